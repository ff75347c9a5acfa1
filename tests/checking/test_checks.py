"""The exercises and their checks, all of them: what is tested here holds for each exercise of each chapter."""

import ast
import contextlib
import doctest
import functools
import importlib
import inspect
import io
import re
from collections import Counter
from types import SimpleNamespace

import pytest

from course_lib import checks
from course_lib.building.exercises import BEGIN, END, HEADER
from course_lib.building.notebooks import ROOT, Target, from_source
from course_lib.checking import progress
from course_lib.checking.answers import function_answer, model_answer

ALL = checks.all_checks()
MODULES = list(dict.fromkeys(importlib.import_module(check.module) for check in ALL))
SLUGS = {module.__name__: module.CHAPTER for module in MODULES}


# Training a network takes seconds: that the solution does it is seen where its notebook runs, and where it is graded.
UNTRAINED = [check for check in ALL if check.accept is not model_answer]
SEEDS = [pytest.param(check, seed, id=f"{check.key}-{seed}") for check in UNTRAINED for seed in range(10)]
MISTAKES = [pytest.param(check, hint, id=f"{check.key}-{n}") for check in ALL for n, hint in enumerate(check.mistakes)]
every_check = pytest.mark.parametrize("check", ALL, ids=lambda check: check.key)
every_function = pytest.mark.parametrize(
    "check", [check for check in ALL if check.accept is function_answer], ids=lambda check: check.key
)
every_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CHAPTER)
as_written = pytest.mark.parametrize("blanked", [False, True], ids=["solution", "exercise"])


def chapter_of(check):
    return SLUGS[check.module]


@functools.cache
def cells(chapter, blanked):
    source = ROOT / f"solutions/source/{chapter}.py"
    folder = "exercises" if blanked else "solutions"
    return from_source(Target(source, ROOT / f"{folder}/{chapter}.ipynb", blanked)).cells


def check_call(statement):
    """The name of the check that the statement calls, and what it is called with; (None, None) for other statements."""
    match statement:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name("check"), name), [argument])):
            return name, argument
    return None, None


def is_about_checks(statement):
    """Whether the statement calls a check, or asks it for a hint."""
    return isinstance(statement, ast.Expr) and ast.unparse(statement).startswith("check.")


@functools.cache
def notebook(chapter, blanked):
    """The names that the notebook defines, and what it hands to which check. The checks themselves are not run."""
    names, handed = {"__name__": "notebook"}, []
    for cell in cells(chapter, blanked):
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        handed += [check_call(statement) for statement in tree.body if check_call(statement)[0]]
        tree.body = [statement for statement in tree.body if not is_about_checks(statement)]
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(tree, f"{chapter} notebook", "exec"), names)
    return SimpleNamespace(names=names, handed=handed)


def written(check, blanked=False):
    """What the notebook hands to the check: the solution, or the stub."""
    run = notebook(chapter_of(check), blanked)
    argument = next(argument for name, argument in run.handed if name == check.name)
    return eval(compile(ast.Expression(argument), "<handed>", "eval"), run.names)


@functools.cache
def headers(chapter, blanked=False):
    """{the check's name: its header's parts}, where exactly one check is called under each header."""
    found, header = {}, None
    for cell in cells(chapter, blanked):
        if cell.cell_type == "markdown":
            if match := HEADER.search(cell.source):
                header = match
        else:
            for name, _ in map(check_call, ast.parse(cell.source).body):
                if name:
                    found[name], header = header, None
    return found


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.jsonl"))


# The answers


@pytest.mark.parametrize(("check", "seed"), SEEDS)
def test_the_solution_is_correct_whatever_the_random_cases_are(check, seed):
    verdict = check.run(written(check), seed)
    assert (verdict.status, verdict.message) == ("correct", "")
    assert verdict.cases > 0


@every_check
def test_the_stub_is_not_written_yet(check):
    assert check.run(written(check, blanked=True)).status == "not written yet"


@pytest.mark.parametrize(("check", "hint"), MISTAKES)
def test_each_usual_mistake_earns_its_own_hint(check, hint):
    for seed in range(2 if check.accept is model_answer else 5):
        verdict = check.run(check.mistakes[hint], seed)
        assert verdict.status == "not yet"
        assert [other for other in check.mistakes if other in verdict.message] == [hint]


@every_check
def test_there_are_enough_mistakes_and_hints_and_no_hint_twice(check):
    assert len(check.mistakes) >= 3
    assert 2 <= len(check.hints) <= 4
    assert len({*check.hints, *check.mistakes}) == len(check.hints) + len(check.mistakes)
    for hint in (*check.hints, *check.mistakes):
        assert hint.strip() == hint
        assert hint[-1] in ".?", hint


@pytest.mark.parametrize(
    "check", [check for check in ALL if check.accept in (function_answer, model_answer)], ids=lambda check: check.key
)
def test_no_two_seeds_ask_the_same(check):
    solution = written(check)

    def asked(seed):
        seen = []

        def recording(*args):
            seen.append(repr(args))
            if check.accept is model_answer:
                raise ValueError("what the model was to learn is all that is wanted here")
            return solution(*args)

        check.run(recording, seed)
        return seen

    questions = [asked(seed) for seed in range(6)]
    assert all(questions)
    assert len({str(seen) for seen in questions}) == len(questions)


@every_function
def test_nothing_in_the_chapters_own_module_is_the_answer(check):
    module = importlib.import_module(f"course_lib.{check.module.rpartition('.')[2]}")
    public = {name: found for name, found in vars(module).items() if inspect.isfunction(found) and name[0] != "_"}
    assert public
    assert [name for name, found in public.items() if check.run(found).status == "correct"] == []


@every_function
def test_the_examples_in_a_functions_text_are_true(check):
    names = notebook(chapter_of(check), blanked=False).names
    example = doctest.DocTestParser().get_doctest(written(check).__doc__, dict(names), check.name, None, None)
    assert example.examples
    assert doctest.DocTestRunner().run(example) == (0, len(example.examples))


# The notebooks


@every_module
@as_written
def test_the_notebook_calls_each_of_its_checks_once(module, blanked):
    own = [check.name for check in ALL if check.module == module.__name__]
    handed = Counter(name for name, _ in notebook(module.CHAPTER, blanked).handed)
    assert handed == dict.fromkeys(own, 1)
    assert list(handed) == own, "the checks stand in the order of the exercises"


@every_module
@as_written
def test_each_exercise_has_a_header_and_one_check(module, blanked):
    found = headers(module.CHAPTER, blanked)
    assert None not in found.values()
    assert [int(header["number"]) for header in found.values()] == list(range(1, len(found) + 1))
    titled = [cell for cell in cells(module.CHAPTER, blanked) if cell.source.startswith("### Exercise")]
    assert len(titled) == len(found)


@every_check
def test_the_header_says_what_the_check_does(check):
    header = headers(chapter_of(check))[check.name]
    assert int(header["points"]) == check.points
    assert header[0].endswith(" point*" if check.points == 1 else " points*")
    assert len(header["stars"] + header["dark"]) == 5
    assert int(header["minutes"]) > 0
    assert (header["kind"] == "build") == (check.accept is model_answer)
    if header["kind"] in ("predict", "diagnose"):
        assert not callable(written(check))


@pytest.mark.parametrize(
    "module", [module for module in MODULES if not module.CHAPTER.startswith("00")], ids=lambda module: module.CHAPTER
)
def test_a_chapter_has_exercises_of_all_four_kinds_from_easy_to_hard(module):
    found = headers(module.CHAPTER).values()
    assert {header["kind"] for header in found} == {"implement", "build", "predict", "diagnose"}
    difficulties = [len(header["stars"]) for header in found]
    assert len(difficulties) >= 8
    assert difficulties == sorted(difficulties)
    assert difficulties[-1] - difficulties[0] >= 3


@every_module
@as_written
def test_the_notebook_begins_with_its_chapter_and_its_checks(module, blanked):
    first, _, second = cells(module.CHAPTER, blanked)[:3]
    assert f"(../chapters/{module.CHAPTER}.ipynb)" in first.source
    assert f"from course_lib.checks import {module.__name__.rpartition('.')[2]} as check" in second.source


@every_module
def test_the_beginning_says_how_many_points_and_minutes_there_are(module):
    found = headers(module.CHAPTER).values()
    first = " ".join(cells(module.CHAPTER, blanked=False)[0].source.split())
    assert f"worth {sum(int(header['points']) for header in found)} points" in first
    assert f"about {sum(int(header['minutes']) for header in found)} minutes" in first


@every_module
def test_no_solution_is_left_in_an_exercise(module):
    solution, exercise = (
        "\n".join(cell.source for cell in cells(module.CHAPTER, blanked)) for blanked in (False, True)
    )
    answers = re.findall(rf"{BEGIN}\n(.*?)\n[ ]*{END}", solution, re.S)
    assert len(answers) == sum(check.module == module.__name__ for check in ALL)
    lines = {line.strip() for answer in answers for line in answer.splitlines()}
    # Shorter ones, as "return x", can stand anywhere.
    assert [line for line in lines & {line.strip() for line in exercise.splitlines()} if len(line) > 8] == []
    assert not [cell for cell in cells(module.CHAPTER, blanked=True) if "solution" in cell.metadata.get("tags", [])]


@every_module
def test_one_slug_names_chapter_and_module(module):
    number, _, slug = module.CHAPTER.partition("-")
    assert re.fullmatch(r"\d\d", number)
    assert slug.replace("-", "_") == module.__name__.rpartition(".")[2]


# The report


def test_checks_come_in_the_order_of_the_chapters_and_each_has_its_own_key():
    chapters = [chapter_of(check) for check in ALL]
    assert chapters == sorted(chapters)
    assert len({check.key for check in ALL}) == len(ALL)


def test_a_new_learner_is_told_where_to_begin(capsys):
    checks.progress_report()
    assert capsys.readouterr().out == "No exercise is solved yet. Begin with those of chapter 00.\n"


def test_the_report_counts_exercises_and_points_of_chapters_that_were_begun(capsys):
    own = [check for check in ALL if check.module == ALL[-1].module]
    for check, status in zip(own, ["correct", "not yet"], strict=False):
        progress.record(check.key, status, check.points)
    checks.progress_report()
    assert capsys.readouterr().out == (
        f"{chapter_of(own[0])}: 1 of {len(own)} exercises solved, {own[0].points} of "
        f"{sum(check.points for check in own)} points\n"
    )


def test_a_chapter_begun_but_not_solved_is_listed_with_the_way_to_begin(capsys):
    progress.record(ALL[0].key, "not yet", ALL[0].points)
    checks.progress_report()
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{chapter_of(ALL[0])}: 0 of ")
    assert second.startswith("No exercise is solved yet.")


def test_the_report_of_a_damaged_file_names_no_path_and_loses_nothing(capsys, tmp_path):
    progress.record(ALL[0].key, "correct", ALL[0].points)
    with progress.progress_file().open("a") as file:
        file.write("{half a li")
    checks.progress_report()
    out = capsys.readouterr().out
    assert f"{chapter_of(ALL[0])}: 1 of " in out
    assert "unreadable" in out
    assert str(tmp_path) not in out


def test_the_report_of_a_folder_in_the_files_place_is_a_sentence(capsys, tmp_path):
    progress.progress_file().mkdir()
    checks.progress_report()
    out = capsys.readouterr().out
    assert "Not all of your progress could be read" in out
    assert str(tmp_path) not in out
