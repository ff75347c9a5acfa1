"""No public operation of the mathematics without its three witnesses, or a reason why it has fewer."""

import importlib
import inspect
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

import course_lib
from tests.witness import KINDS

TESTS = Path(__file__).parents[1]
# Modules of course_lib's own folder that hold no mathematics; every other must answer.
SUPPORT = {"__init__", "data", "formulas", "limits", "start_here"}
MODULES = sorted({path.stem for path in Path(course_lib.__file__).parent.glob("*.py")} - SUPPORT)

COLLECT = """
import json, sys, pytest

class Marks:
    def pytest_collection_finish(self, session):
        marks = [(item, kind, mark) for item in session.items for kind in ("witness", "without_witness")
                 for mark in item.iter_markers(kind)]
        print("MARKS" + json.dumps([[kind, *mark.args] for _, kind, mark in marks]))

options = ["--collect-only", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
sys.exit(pytest.main([*options, *sys.argv[1:]], plugins=[Marks()]))
"""


def operations():
    """Every public function and class that a maths module defines, as "module.name"."""
    for name in MODULES:
        module = importlib.import_module(f"course_lib.{name}")
        for attribute, thing in vars(module).items():
            own = getattr(thing, "__module__", None) == module.__name__
            if own and not attribute.startswith("_") and (inspect.isfunction(thing) or inspect.isclass(thing)):
                yield f"{name}.{attribute}"


@pytest.fixture(scope="module")
def marks():
    """({operation: kinds of witness}, {operation: kinds excused}), from the marks of all tests that pytest collects."""
    # Relative, for pytest reads what stands in [ ] as parameters, in the name of a folder too.
    files = [str(path.relative_to(TESTS.parent)) for path in sorted(TESTS.glob("test_*.py"))]
    printed = subprocess.run([sys.executable, "-c", COLLECT, *files], capture_output=True, text=True, cwd=TESTS.parent)
    line = next((line for line in printed.stdout.splitlines() if line.startswith("MARKS")), None)
    assert line, printed.stdout[-2000:] + printed.stderr[-2000:]
    witnessed, excused = defaultdict(set), defaultdict(set)
    for mark, kind, *rest in json.loads(line.removeprefix("MARKS")):
        for name in rest if mark == "witness" else rest[1:]:
            (witnessed if mark == "witness" else excused)[name.removeprefix("course_lib.")].add(kind)
    return witnessed, excused


@pytest.mark.parametrize("operation", list(operations()))
def test_operation_has_three_witnesses(operation, marks):
    witnessed, excused = marks
    missing = set(KINDS) - witnessed[operation] - excused[operation]
    assert not missing, f"{operation} lacks a witness: {', '.join(sorted(missing))}"


def test_no_excuse_is_left_over(marks):
    """An excuse for what has the witness after all, or is no longer there, would hide a gap later."""
    witnessed, excused = marks
    assert set(excused) <= set(operations())
    assert not {(name, kind) for name, kinds in excused.items() for kind in kinds & witnessed[name]}
