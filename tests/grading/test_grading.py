"""The judge: what it makes of honest, careless and broken notebooks, and what it leaves in its folder.

Hostile ones have a test of their own, test_hostile.py.
"""

import contextlib
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from course_lib import checks
from course_lib.building.notebooks import ROOT
from course_lib.checking.answers import function_answer
from course_lib.grading import assignment, batch, judge, submissions
from course_lib.grading.reports import Results, ResultsError
from course_lib.grading.sandbox import BUBBLEWRAP, LIMITS, SandboxError, why_not_bubblewrap

SLUG = "00-start-here"
needs_bubblewrap = pytest.mark.skipif(bool(why_not_bubblewrap()), reason=str(why_not_bubblewrap()))
GRADE = [sys.executable, "-m", "course_lib.grading", "grade"]


def cells(folder="solutions", slug=SLUG):
    """The code of each cell of a notebook of the course."""
    return submissions.code_cells((ROOT / folder / f"{slug}.ipynb").read_bytes())


def notebook(sources, **more):
    """A notebook of these cells, as bytes."""
    made = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
        for source in sources
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made, **more}).encode()


def changed(old, new, sources=None):
    """The solution's cells with one text replaced."""
    sources = sources or cells()
    assert any(old in source for source in sources)
    return [source.replace(old, new) for source in sources]


def passed(result):
    return [check["name"] for check in result["checks"] if check["passed"]]


@pytest.fixture(scope="module")
def place():
    if why_not_bubblewrap():
        pytest.skip(why_not_bubblewrap())
    workplace = batch.Workplace(SLUG, judge.Settings(timeout=45), require_sandbox=True)
    yield workplace
    workplace.close()


@pytest.fixture
def impatient():
    """A workplace with little time for each submission."""
    if why_not_bubblewrap():
        pytest.skip(why_not_bubblewrap())
    workplace = batch.Workplace(SLUG, judge.Settings(timeout=9), require_sandbox=True)
    # Starting the fork server is not part of a submission's time.
    workplace.judge(notebook([]))
    yield workplace
    workplace.close()


# Finding and reading submissions


def test_files_go_by_their_name_and_folders_by_their_content(tmp_path):
    for name in ("b/two.ipynb", "b/a/one.ipynb", "b/.ipynb_checkpoints/one.ipynb", "b/readme.md", "alone.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = submissions.find([tmp_path / "alone.ipynb", tmp_path / "b"])
    assert [submission.name for submission in found] == ["alone", "two", "a/one"]


def test_submissions_of_one_name_are_told_apart(tmp_path):
    for name in ("a/x.ipynb", "b/x.ipynb"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    found = submissions.find([tmp_path / "a/x.ipynb", tmp_path / "b/x.ipynb"])
    assert [submission.name for submission in found] == ["x", "x (2)"]


def test_a_path_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere does not exist; a notebook or a folder of notebooks was"):
        submissions.find([tmp_path / "nowhere"])


def make_link(path):
    path.symlink_to(ROOT / f"solutions/{SLUG}.ipynb")


def make_large(path):
    with path.open("wb") as file:
        file.truncate(100_000_000)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (make_link, "it is a link"),
        (os.mkfifo, "no file but a folder or a device"),
        (Path.mkdir, "no file but a folder"),
        (make_large, "The file has 100 MB; at most 20 MiB are read"),
        (lambda path: None, "could not be read (No such file or directory)"),
    ],
)
def test_what_is_no_plain_file_of_a_sensible_size_is_not_read(tmp_path, make, words):
    make(tmp_path / "x.ipynb")
    with pytest.raises(submissions.NotGradable, match=re.escape(words)):
        submissions.read(tmp_path / "x.ipynb")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"\x89PNG\r\n", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "which format it has"),
        (b"3", "which format it has"),
        (b"[" * 3_000_000, "too complicated"),
        (notebook([], nbformat=3), "The notebook has the format 3; 4 is expected"),
        (notebook([], nbformat="4"), "which format it has"),
        (notebook([], cells={}), "no list of cells"),
        (notebook([], cells=[1]), "no list of cells"),
        (notebook(["1"] * 2001), "2001 cells; at most 2000"),
        (notebook([5]), "has no text"),
        (notebook([["a", 1]]), "has no text"),
        (notebook([None]), "has no text"),
    ],
)
def test_what_is_no_notebook_gets_its_reason(content, words):
    with pytest.raises(submissions.NotGradable, match=re.escape(words)):
        submissions.code_cells(content)


def test_lines_are_joined_and_markdown_is_left_out():
    content = notebook(
        [], cells=[{"cell_type": "markdown", "source": "words"}, {"cell_type": "code", "source": ["a = 1\n", "b = 2"]}]
    )
    assert submissions.code_cells(content) == ["a = 1\nb = 2"]


# What a student's process may know


def test_an_unknown_slug_is_answered_with_those_there_are():
    with pytest.raises(assignment.AssignmentError, match=r"no exercises '99-magic'. There are: 00-start-here, 01"):
        assignment.load("99-magic")


@pytest.mark.parametrize("slug", assignment.slugs())
def test_no_check_no_solution_and_no_progress_is_staged(slug, tmp_path):
    exercise = assignment.load(slug)
    assignment.stage(exercise, tmp_path)
    staged = {
        path.relative_to(tmp_path).as_posix(): path.read_text(encoding="utf-8")
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    kept_away = {"checking/check.py", "checking/progress.py", "building/notebooks.py"}
    assert not {f"course_lib/{name}" for name in kept_away} & staged.keys()
    everything = "\n".join(staged.values())
    solution = (ROOT / f"solutions/source/{slug}.py").read_text(encoding="utf-8")
    answers = re.findall(r"# BEGIN SOLUTION\n(.*?)\n[ ]*# END SOLUTION", solution, re.S)
    assert len(answers) == len(exercise.checks)
    assert [answer for answer in answers if answer in everything] == []
    for check in exercise.checks:
        assert f"def {check.name}(" not in everything
        assert not [hint for hint in check.mistakes if hint in everything]


@pytest.mark.parametrize("slug", assignment.slugs())
def test_what_an_exercise_imports_of_the_course_is_staged(slug, tmp_path):
    assignment.stage(assignment.load(slug), tmp_path)
    imports = [
        line
        for cell in cells("exercises", slug)
        for line in cell.splitlines()
        if line.startswith(("from course_lib", "import course_lib"))
    ]
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        + "\n".join(imports)
        + "\nimport course_lib\n"
        + ("assert course_lib.__file__.startswith(sys.argv[1])\n")
    )
    subprocess.run([sys.executable, "-I", "-c", program, str(tmp_path)], check=True, cwd=tmp_path)


def test_each_answer_has_its_checks_name():
    """By which alone the judge finds it in a notebook."""
    for slug in assignment.slugs():
        calls = [
            line
            for cell in cells("exercises", slug)
            for line in cell.splitlines()
            if line.startswith("check.") and not line.endswith(".hint()")
        ]
        assert calls == [f"check.{check.name}({check.name})" for check in assignment.load(slug).checks]


# Judging


@needs_bubblewrap
@pytest.mark.parametrize("slug", assignment.slugs())
def test_every_exercise_can_be_graded(slug):
    """The solution gets full marks, the released exercise none: for each chapter, without a line of code for it."""
    workplace = batch.Workplace(slug, judge.Settings(timeout=300, seed=7), require_sandbox=True)
    with contextlib.closing(workplace):
        full, stub = (
            workplace.judge((ROOT / folder / f"{slug}.ipynb").read_bytes()) for folder in ("solutions", "exercises")
        )
    assert [(check["name"], check["message"]) for check in full["checks"] if not check["passed"]] == []
    assert full["score"] == full["max_score"] == sum(check["points"] for check in full["checks"])
    assert full["error"] is None
    assert stub["score"] == 0
    assert {check["message"] for check in stub["checks"]} == {"Not written yet."}
    assert stub["notes"] == []


def test_each_check_counts_for_itself(place):
    result = place.judge(notebook(changed("misread = 18", "misread = 5")))
    assert passed(result) == ["ink", "what_was_done"]
    assert (result["score"], result["max_score"]) == (2, 3)
    assert "Hint: Five in every hundred are misread, and there are 360" in result["checks"][1]["message"]
    assert (result["slug"], result["sandbox"], result["error"]) == (SLUG, BUBBLEWRAP, None)


SOLVED = cells()
INK = next(source for source in SOLVED if source.startswith("def ink"))
CARELESS = {
    "a cell twice": [*SOLVED, INK],
    "cells in another order": [SOLVED[0], *reversed(SOLVED[1:])],
    "the checks deleted": [source for source in SOLVED if not source.startswith("check.")],
    "magics": ["%matplotlib inline\n!ls\n?print", *SOLVED, "%%time\nsum(range(10))", "%%bash\nls"],
    "a syntax error elsewhere": ["for", *SOLVED, "1 +"],
    "an error elsewhere": [*SOLVED, "1 / 0", "undefined"],
    "sys.exit elsewhere": ["import sys\nsys.exit(3)", *SOLVED],
    "a wrong import": ["import not_there\nfrom course_lib.checking.check import Check", *SOLVED],
    "output": ["print('x' * 10_000_000)", *SOLVED],
    "display": ["display(1)\nfrom IPython.display import display", *SOLVED],
    "lone surrogates": ["'\ud800'", *SOLVED],
    "another copy of the libraries": ["import numpy as np\nnp.random.seed(5)\nimport random", *SOLVED],
    "the process ended by a cell": ["import os\nos._exit(0)", *SOLVED],
    "a crash in a cell": ["import ctypes\nctypes.string_at(0)", *SOLVED],
}


@pytest.mark.parametrize("sources", CARELESS.values(), ids=CARELESS)
def test_carelessness_costs_nothing(place, sources):
    result = place.judge(notebook(sources))
    assert (result["score"], result["error"]) == (3, None), result


@pytest.mark.parametrize(
    ("name", "number", "words"),
    [
        ("a syntax error elsewhere", 1, "SyntaxError"),
        ("an error elsewhere", -2, "ZeroDivisionError: division by zero"),
        ("sys.exit elsewhere", 1, "SystemExit: 3"),
        ("the process ended by a cell", 1, "It ended the process"),
        ("a crash in a cell", 1, "signal SIGSEGV"),
    ],
)
def test_what_went_wrong_in_a_cell_is_noted(place, name, number, words):
    notes = place.judge(notebook(CARELESS[name]))["notes"]
    number = number if number > 0 else len(CARELESS[name]) + 1 + number
    assert [note for note in notes if note.startswith(f"Code cell {number}: ") and words in note], notes


def test_a_module_that_exercises_do_not_import_is_refused_in_words(place):
    notes = place.judge(notebook(["from course_lib.checking.check import Check"]))["notes"]
    assert notes == ["Code cell 1: course_lib.checking.check is not there in grading; what the exercises import is."]


def test_a_renamed_or_missing_answer_is_said(place):
    result = place.judge(notebook(changed("def ink(", "def inc(")))
    assert passed(result) == ["misread", "what_was_done"]
    assert result["checks"][0]["message"] == "The notebook has no ink."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise KeyError('oh')", "raised KeyError"),
        ("import os; os._exit(3)", "the process: it ended itself (status 3)"),
        ("import os; os.abort()", "ended the process"),
        ("return None", "returned None"),
        ("print(1)", "It printed"),
        ("picture[:] = 0; return 0.0", "changed the data it was given"),
        ("return object()", "an object of type object"),
        ("return 'x'", "a text"),
        ("return [picture] * 2000", "The value is too large"),
        ("return bytearray(3 << 30)", "MemoryError"),
        ("raise NotImplementedError", "Not written yet."),
    ],
)
def test_a_wrong_answer_costs_its_own_points_only(place, body, words):
    result = place.judge(notebook([*SOLVED, f"def ink(picture):\n    {body}"]))
    assert passed(result) == ["misread", "what_was_done"], result
    assert words in result["checks"][0]["message"], result


def test_what_does_not_end_is_ended_and_the_rest_is_graded(impatient):
    for sources in ([*SOLVED, "def ink(picture):\n    while True: pass"], [*SOLVED, "while True: pass"]):
        start = time.monotonic()
        result = impatient.judge(notebook(sources))
        assert time.monotonic() - start < 20
        assert {"misread", "what_was_done"} <= set(passed(result)), result
    assert (
        "took more than 3 seconds"
        in impatient.judge(notebook([*SOLVED, "def ink(x):\n    while True: pass"]))["checks"][0]["message"]
    )


def test_a_process_is_replaced_twice_and_no_more(place):
    result = place.judge(notebook(["import os", *["os._exit(1)"] * 3, *SOLVED]))
    assert result["score"] == 0
    assert result["checks"][-1]["message"] == "The process was lost 3 times and is not started again."


def test_the_time_for_all_of_it_is_bounded(impatient):
    start = time.monotonic()
    result = impatient.judge(notebook(["import time\ntime.sleep(2)"] * 30 + SOLVED))
    assert time.monotonic() - start < 20
    assert result["score"] == 0
    assert result["checks"][0]["message"] == "The time for the whole notebook was over."


# Hidden cases

MEMORIZED = """
import numpy as np
known = {KNOWN}
def ink(picture):
    for before, answer in known:
        if np.array_equal(np.array(before), picture):
            return answer
    return 0.5
"""


def shown_cases():
    """What the check asks in a notebook, and the right answers."""
    (check,) = (check for check in checks.all_checks() if check.key == "start_here.ink")
    asked = []
    check.run(lambda picture: asked.append(picture) or float(picture.mean()))
    return [(picture.tolist(), float(picture.mean())) for picture in asked]


def test_answers_learnt_by_heart_fail_on_hidden_cases_which_are_not_given_away(place):
    memorized = MEMORIZED.replace("{KNOWN}", repr(shown_cases()))
    result = place.judge(notebook([*SOLVED, memorized]))
    message = result["checks"][0]["message"]
    assert not result["checks"][0]["passed"]
    assert message.startswith("A case that the notebook does not show\ncame out wrong.")
    assert "array" not in message
    assert "0.5" not in message


def test_a_learner_who_smuggles_hidden_cases_out_gets_none(place):
    known = MEMORIZED.replace("{KNOWN}", repr(shown_cases()))
    for smuggle in (
        "raise ValueError(str(picture.tolist()))",
        "raise type('Case' + str(picture.size), (Exception,), {})",
        "print(picture.tolist()); return None",
        "return str(picture.tolist())",
    ):
        result = place.judge(notebook([*SOLVED, known.replace("return 0.5", smuggle)]))
        assert not result["checks"][0]["passed"]
        message = result["checks"][0]["message"]
        assert message.startswith("A case that the notebook does not show\n")
        assert not re.search(r"\d", message), message


@pytest.mark.parametrize(
    "check", [check for check in checks.all_checks() if check.accept is function_answer], ids=lambda check: check.key
)
def test_hidden_cases_are_others_than_those_shown(check):
    """Fixed cases, the edges, are shown to all; a hidden trial asks for none of them again, and for new ones."""

    def asked(seed, hidden, known):
        seen = []

        def recording(*args):
            seen.append(repr(args))
            return wanted(*args)

        wanted = next(iter(check.mistakes.values()))
        # A mistake's own code may not fit every case; the trial ends there.
        check.judged(recording, seed, hidden, known)
        return set(seen)

    with np.printoptions(threshold=100_000, floatmode="unique"):
        for seed in (1, 2, 99):
            known = set()
            shown = asked(0, False, known)
            hidden = asked(judge.Settings(seed=seed).seed_for(b""), True, known)
            assert shown
            assert hidden
            assert not shown & hidden


def test_seeds_give_different_cases_and_vary_one_for_each_notebook():
    one, two = judge.Settings(seed=1), judge.Settings(seed=2)
    assert one.seed_for(b"a") == one.seed_for(b"b") != two.seed_for(b"a")
    varied = judge.Settings(seed=1, vary=True)
    assert varied.seed_for(b"a") != varied.seed_for(b"b")
    assert varied.seed_for(b"a") == varied.seed_for(b"a") != one.seed_for(b"a")


def test_grading_again_gives_the_same(place):
    content = notebook(changed("misread = 18", "misread = 17"))
    first, second = place.judge(content), place.judge(content)
    assert {**first, "seconds": 0} == {**second, "seconds": 0}


# A batch and its folder


def lines(folder):
    return [json.loads(line) for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()]


def without_time(result):
    return {key: value for key, value in result.items() if key != "seconds"}


@pytest.fixture
def class_folder(tmp_path):
    """A folder of submissions: full, stub, partly right, and two that are none."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "=full.ipynb").write_bytes(notebook(SOLVED))
    (folder / "stub.ipynb").write_bytes((ROOT / f"exercises/{SLUG}.ipynb").read_bytes())
    (folder / "<b>part.ipynb").write_bytes(notebook(changed("misread = 18", "misread = 5")))
    (folder / "text.ipynb").write_text("hello")
    make_link(folder / "link.ipynb")
    return folder


@needs_bubblewrap
def test_a_batch_leaves_lines_scores_and_feedback(class_folder, tmp_path):
    seen = []
    out = tmp_path / "out"
    results = batch.grade(SLUG, [class_folder], out, jobs=2, gradescope=True, advance=lambda *done: seen.append(done))
    assert seen == [(number, 5) for number in range(1, 6)]
    assert lines(out) == sorted(results, key=lambda result: result["submission"])
    assert {result["submission"]: result["score"] for result in results} == {
        "=full": 3,
        "stub": 0,
        "<b>part": 2,
        "text": 0,
        "link": 0,
    }
    assert {result["submission"]: bool(result["error"]) for result in results} == {
        "=full": False,
        "stub": False,
        "<b>part": False,
        "text": True,
        "link": True,
    }
    assert set(results[0]) == {
        "submission",
        "slug",
        "score",
        "max_score",
        "checks",
        "notes",
        "seconds",
        "sandbox",
        "error",
        "key",
    }
    with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
        table = {row["submission"]: row for row in csv.DictReader(file)}
    assert table["'=full"]["ink"] == "1"
    assert (table["<b>part"]["score"], table["<b>part"]["misread"], table["text"]["max_score"]) == ("2", "0", "3")
    pages = {path.name: path.read_text(encoding="utf-8") for path in (out / "feedback").iterdir()}
    assert len(pages) == 5
    part = next(page for name, page in pages.items() if "part" in name)
    assert "&lt;b&gt;part" in part
    assert "<b>part" not in part
    for words in ("2 of 3 points", "How much ink?", "Five in every hundred are misread", "<summary>Hints"):
        assert words in part
    scores = {json.loads(path.read_text())["score"] for path in (out / "gradescope").rglob("results.json")}
    assert scores == {0, 2, 3}


@needs_bubblewrap
def test_for_gradescope_one_submission_gives_one_file(tmp_path):
    (tmp_path / "x.ipynb").write_bytes(notebook(changed("misread = 18", "misread = 5")))
    batch.grade(SLUG, [tmp_path / "x.ipynb"], tmp_path / "out", gradescope=True)
    result = json.loads((tmp_path / "out/results.json").read_text())
    assert result["score"] == 2
    assert [(test["score"], test["max_score"], test["status"]) for test in result["tests"]] == [
        (1, 1, "passed"),
        (0, 1, "failed"),
        (1, 1, "passed"),
    ]
    assert sum(test["score"] for test in result["tests"]) == result["score"]


@needs_bubblewrap
def test_what_is_graded_is_not_graded_again_unless_it_changed(class_folder, tmp_path, monkeypatch):
    out, judged = tmp_path / "out", []
    real = judge.judge
    monkeypatch.setattr(
        judge, "judge", lambda exercise, content, *rest: judged.append(content) or real(exercise, content, *rest)
    )
    first = batch.grade(SLUG, [class_folder], out)
    assert len(judged) == 4
    assert batch.grade(SLUG, [class_folder], out) == first
    assert len(judged) == 4
    (class_folder / "copy of full.ipynb").write_bytes((class_folder / "=full.ipynb").read_bytes())
    (class_folder / "stub.ipynb").write_bytes(notebook(SOLVED[:3]))
    batch.grade(SLUG, [class_folder], out)
    assert len(judged) == 5
    batch.grade(SLUG, [class_folder / "stub.ipynb"], out, seed=2)
    assert len(judged) == 6
    assert len(lines(out)) == 6


@needs_bubblewrap
def test_a_batch_that_is_killed_goes_on_and_ends_with_the_same_file(tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    for number in range(12):
        source = [*SOLVED, f"import time\ntime.sleep(0.3)\nmisread = {number % 3 + 17}"]
        (folder / f"{number}.ipynb").write_bytes(notebook(source))
    whole = tmp_path / "whole"
    batch.grade(SLUG, [folder], whole, jobs=2)
    out = tmp_path / "killed"
    command = [*GRADE, SLUG, str(folder), "--out", str(out), "--jobs", "2"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    file = out / "results.jsonl"
    while not file.exists() or len(file.read_bytes().splitlines()) < 3:
        assert running.poll() is None
        time.sleep(0.02)
    descendants = below(running.pid)
    running.kill()
    running.wait()
    assert descendants
    wait_for(lambda: not [process for process in descendants if Path(f"/proc/{process}").exists()])
    before = lines(out)
    assert 3 <= len(before) < 12
    # As if the last line had been caught in the middle.
    with file.open("a") as half:
        half.write('{"submission": "half a li')
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    assert list(map(without_time, lines(out))) == list(map(without_time, lines(whole)))
    assert [line for line in lines(out) if line in before] == sorted(before, key=lambda line: line["submission"])


def below(process):
    """The processes that a process has started, and those have, and so on."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found, new = set(), {process}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@needs_bubblewrap
def test_nothing_is_left_running_and_no_folder_is_left_behind(tmp_path):
    before = below(os.getpid())
    folders = {path.name for path in Path(tempdir()).iterdir() if path.name.startswith("grading-")}
    sleeper = "import os\nif os.fork() == 0:\n    os.setsid()\n    import time\n    time.sleep(600)"
    (tmp_path / "x.ipynb").write_bytes(notebook([*SOLVED, sleeper]))
    (result,) = batch.grade(SLUG, [tmp_path / "x.ipynb"], tmp_path / "out")
    assert result["score"] == 3
    wait_for(lambda: below(os.getpid()) <= before)
    after = {path.name for path in Path(tempdir()).iterdir() if path.name.startswith("grading-")}
    assert after <= folders


def tempdir():
    import tempfile

    return tempfile.gettempdir()


def test_a_folder_with_other_results_or_another_judge_is_refused(tmp_path):
    one, other = assignment.load(SLUG), assignment.load("01-neurons")
    with Results(tmp_path, one) as results:
        results.add("x", judge.result(one, [], [], "No.", 0.0, LIMITS, None))
        with pytest.raises(ResultsError, match="Another judge is at work"):
            Results(tmp_path, one).__enter__()
    with pytest.raises(ResultsError, match=r"holds results of 00-start-here\. Choose another folder"):
        Results(tmp_path, other).__enter__()


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ResultsError, match=r"cannot be written to .*file"):
        Results(tmp_path / "file", assignment.load(SLUG)).__enter__()


def test_names_that_look_alike_get_pages_of_their_own():
    from course_lib.grading.reports import _places

    places = _places(["a/b", "a b", "A_B", "../../etc/passwd", "...", "\n", "é", "x" * 500])
    assert len({place.casefold() for place in places.values()}) == 8
    for place in places.values():
        assert re.fullmatch(r"[\w-][\w.-]*", place)
        assert len(place.encode()) < 200


# Without the sandbox, and as another user


def without_bubblewrap(tmp_path):
    """The environment of a machine on which bubblewrap is not installed."""
    return {**os.environ, "PATH": str(tmp_path)}


def as_ordinary_user(command):
    """The command, run as a user who is not root and has no rights but his own."""
    return ["bwrap", "--unshare-user", "--uid", "1000", "--gid", "1000", "--dev-bind", "/", "/", "--", *command]


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=200, **options)


def test_without_bubblewrap_a_required_sandbox_is_refused(tmp_path):
    out = tmp_path / "out"
    said = run([*GRADE, SLUG, "solutions", "--out", str(out), "--require-sandbox"], env=without_bubblewrap(tmp_path))
    assert said.returncode == 1
    assert said.stderr.startswith("A sandbox is required, but bubblewrap is not installed")
    assert len(said.stderr.splitlines()) == 1
    assert not (out / "results.jsonl").exists() or lines(out) == []


def test_without_bubblewrap_students_code_does_not_run_as_root(class_folder, tmp_path):
    (class_folder / "who.ipynb").write_bytes(notebook(["import os\nraise ValueError(f'as {os.geteuid()}')"]))
    said = run([*GRADE, SLUG, str(class_folder), "--out", str(tmp_path / "out")], env=without_bubblewrap(tmp_path))
    if said.returncode:
        assert "Python lies in a folder that only root may enter" in said.stderr
        assert len(said.stderr.splitlines()) == 2
    else:
        assert sorted(line["score"] for line in lines(tmp_path / "out")) == [0, 0, 0, 0, 2, 3]
        (note,) = next(line["notes"] for line in lines(tmp_path / "out") if line["submission"] == "who")
        assert "ValueError: as " in note
        assert not note.endswith("as 0")


@needs_bubblewrap
def test_without_bubblewrap_an_ordinary_user_grades_with_limits_and_the_results_say_so(class_folder, tmp_path):
    environment = {**without_bubblewrap(tmp_path), "PATH": ""}
    command = as_ordinary_user([*GRADE, SLUG, str(class_folder), "--out", str(tmp_path / "out")])
    said = run([shutil.which("bwrap"), *command[1:]], env=environment)
    assert (said.returncode, said.stderr.splitlines()[0][:24]) == (0, "Graded with limits only:"), said.stderr
    assert {line["submission"]: line["score"] for line in lines(tmp_path / "out")} == {
        "=full": 3,
        "stub": 0,
        "<b>part": 2,
        "text": 0,
        "link": 0,
    }
    assert {line["sandbox"] for line in lines(tmp_path / "out")} == {LIMITS}


@needs_bubblewrap
def test_an_ordinary_user_has_the_same_sandbox(class_folder, tmp_path):
    said = run(as_ordinary_user([*GRADE, SLUG, str(class_folder), "--out", str(tmp_path / "out"), "--require-sandbox"]))
    assert (said.returncode, said.stderr) == (0, "")
    assert {line["sandbox"] for line in lines(tmp_path / "out")} == {BUBBLEWRAP}
    assert sorted(line["score"] for line in lines(tmp_path / "out")) == [0, 0, 0, 2, 3]


@needs_bubblewrap
def test_where_namespaces_are_forbidden_one_sentence_says_so(tmp_path):
    """A user namespace in which no other may be made is such a place."""
    forbidden = ["bwrap", "--unshare-user", "--disable-userns", "--uid", "1000", "--dev-bind", "/", "/"]
    said = run([*forbidden, *GRADE, SLUG, "solutions", "--out", str(tmp_path / "out"), "--require-sandbox"])
    assert said.returncode == 1
    assert said.stderr.startswith("A sandbox is required, but bubblewrap cannot make a sandbox, because this system")
    assert len(said.stderr.splitlines()) == 1


@needs_bubblewrap
def test_where_a_sandbox_cannot_be_divided_each_child_gets_its_own(monkeypatch):
    from course_lib.grading import sandbox

    real = sandbox.bubblewrap
    # Without the machine's /proc to be seen, no child can have a /proc of its own.
    monkeypatch.setattr(sandbox, "bubblewrap", lambda staged, divided=True: real(staged, divided=False))
    workplace = batch.Workplace(SLUG, judge.Settings(timeout=60), require_sandbox=True)
    before = below(os.getpid())
    with contextlib.closing(workplace):
        results = [workplace.judge(notebook(SOLVED)) for _ in range(2)]
        assert [result["score"] for result in results] == [3, 3]
        wait_for(lambda: below(os.getpid()) <= before)


@needs_bubblewrap
def test_a_sandbox_that_does_not_start_stops_the_batch_and_gives_nobody_a_zero(class_folder, tmp_path, monkeypatch):
    from course_lib.grading import sandbox

    monkeypatch.setattr(sandbox, "PROGRAM", "print('nothing works here'); raise SystemExit(1)")
    with pytest.raises(SandboxError, match=r"The sandbox did not start: nothing works here"):
        batch.grade(SLUG, [class_folder / "stub.ipynb"], tmp_path / "out")
    assert lines(tmp_path / "out") == []


# The command line


def test_help_tells_all_of_it():
    said = run([*GRADE, "--help"], env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"})
    assert said.returncode == 0
    for words in (
        "--out",
        "--jobs",
        "--timeout",
        "--seed",
        "--scheduler",
        "--require-sandbox",
        "--gradescope",
        "--vary",
        "results.jsonl",
        "scores.csv",
        "feedback",
        "01-neurons",
        "exit status is 0",
    ):
        assert words in " ".join(said.stdout.split()), words


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["99-magic", "solutions"], 2, "There are no exercises '99-magic'"),
        ([SLUG, "nowhere.ipynb"], 2, "nowhere.ipynb does not exist"),
        ([SLUG, "solutions", "--jobs", "0"], 2, "--jobs"),
        ([SLUG, "solutions", "--timeout", "x"], 2, "--timeout"),
    ],
)
def test_a_mistake_in_the_command_is_one_sentence(tmp_path, arguments, status, words):
    said = run([*GRADE, *arguments, "--out", str(tmp_path / "out")])
    assert said.returncode == status
    assert words in said.stderr
    assert "Traceback" not in said.stderr


def test_the_exercises_are_listed():
    said = run([sys.executable, "-m", "course_lib.grading", "exercises"])
    assert said.stdout.split() == assignment.slugs()


@needs_bubblewrap
def test_ctrl_c_ends_it_in_words_and_leaves_nothing(tmp_path):
    (tmp_path / "x.ipynb").write_bytes(notebook(["import time\ntime.sleep(100)"]))
    command = [*GRADE, SLUG, str(tmp_path / "x.ipynb"), "--out", str(tmp_path / "out")]
    # What runs these tests in the background has switched this signal off, and it is inherited.
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_for(lambda: len(below(running.pid)) >= 4, 60)
    descendants = below(running.pid)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=90)
    assert running.returncode == 130
    assert said == "Interrupted. Run the same command again to go on.\n"
    wait_for(lambda: not [process for process in descendants if Path(f"/proc/{process}").exists()])
