"""No public operation of the mathematics without its three witnesses, or a reason why it has fewer."""

import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.witness import KINDS

TESTS = Path(__file__).parent
# The modules that hold mathematics, and those still to come: the test names what is missing.
MODULES = ["activations", "gradients", "initializers", "layers", "neurons"]

# operation → {kind: the reason why it has no such witness}; "*" stands for all three.
REASONS = {
    "gradients.numeric_gradient": {"numeric": "it is this witness", "keras": "Keras has none; functions of known slope"},
    "initializers.fans": {"numeric": "counts; there is nothing to differentiate"},
    "layers.Layer": {"*": "computes nothing by itself; every subclass is witnessed"},
    "neurons.Update": {"*": "a record"},
}
NO_SLOPE = "its output does not change smoothly, or it is no function of what a gradient would be taken of"

COLLECT = """
import json, sys, pytest

class Marks:
    def pytest_collection_finish(self, session):
        found = [[m.args[0], name] for item in session.items for m in item.iter_markers("witness") for name in m.args[1:]]
        print("MARKS" + json.dumps(found))

sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[Marks()]))
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
    """{operation: kinds of witness}, read from the marks of all tests that pytest collects."""
    files = [str(path) for path in sorted(TESTS.glob("test_*.py"))]
    printed = subprocess.run([sys.executable, "-c", COLLECT, *files], capture_output=True, text=True, cwd=TESTS.parent)
    line = next((line for line in printed.stdout.splitlines() if line.startswith("MARKS")), None)
    assert line, printed.stdout[-2000:] + printed.stderr[-2000:]
    found = {}
    for kind, name in json.loads(line.removeprefix("MARKS")):
        found.setdefault(name.removeprefix("course_lib."), set()).add(kind)
    return found


@pytest.mark.parametrize("operation", operations())
def test_operation_has_three_witnesses(operation, marks):
    reasons = REASONS.get(operation, {})
    excused = set(KINDS) if "*" in reasons else set(reasons)
    missing = set(KINDS) - marks.get(operation, set()) - excused
    assert not missing, f"{operation} lacks a witness: {', '.join(sorted(missing))}"


def test_no_reason_is_left_over(marks):
    """A reason for something that has the witness after all, or is no longer there, would hide a gap later."""
    known = set(operations())
    for operation, reasons in REASONS.items():
        assert operation in known, operation
        assert not set(reasons) & marks.get(operation, set()), operation
