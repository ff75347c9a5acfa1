"""What a student's process may know: what its exercise imports, and no check, solution or progress."""

import re
import subprocess
import sys

import pytest

from course_lib.building.notebooks import ROOT
from course_lib.grading import assignment, imports
from tests.grading.submitted import cells


def test_an_unknown_slug_is_answered_with_those_there_are():
    with pytest.raises(assignment.AssignmentError, match=r"no exercises '99-magic'. There are: 00-start-here, 01"):
        assignment.load("99-magic")


@pytest.mark.parametrize("slug", assignment.slugs())
def test_no_check_no_solution_and_no_progress_is_staged(slug, tmp_path):
    exercise = assignment.load(slug)
    assignment.stage(exercise, tmp_path)
    staged = {
        path.relative_to(tmp_path).as_posix(): path.read_text(encoding="utf-8", errors="replace")
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
    # Mathematics, and what shows and trains, is there for whoever imports it, and may have a function of the same name.
    within = {name: name.removeprefix("course_lib/").split("/") for name in staged}
    beside = "\n".join(
        staged[name] for name, (folder, *rest) in within.items() if rest and folder not in assignment.CRAFTS
    )
    for check in exercise.checks:
        assert f"def {check.name}(" not in beside
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
    """By which the judge finds it where its check was not called."""
    for slug in assignment.slugs():
        calls = [
            line
            for cell in cells("exercises", slug)
            for line in cell.splitlines()
            if line.startswith("check.") and not line.endswith(".hint()")
        ]
        assert calls == [f"check.{check.name}({check.name})" for check in assignment.load(slug).checks]


@pytest.mark.parametrize("slug", assignment.slugs())
def test_whatever_mathematics_a_notebook_can_import_a_students_process_can(slug):
    exercise = assignment.load(slug)
    mathematics = {f"course_lib.{path.stem}" for path in (ROOT / "course_lib").glob("[a-z]*.py")}
    assert {"course_lib.optimizers", "course_lib.data"} <= mathematics <= exercise.course_modules
    assert not {name for name in exercise.course_modules if name.startswith("course_lib.checks")}


def test_what_shows_and_trains_is_there_with_all_that_it_imports():
    assert imports.closure(assignment.BESIDE) <= assignment.load("00-start-here").course_modules
