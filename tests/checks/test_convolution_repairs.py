"""The three broken convolutions of chapter 07: each line that is called right is repaired there alone, and run."""

import numpy as np
import pytest

from course_lib.checks import convolution as check
from tests.checks import test_repairs

ROW, CUBE = np.array([1.0, 2, 4, 8, 16]), np.arange(32.0).reshape(4, 4, 2) ** 2
REPAIRS = {
    "A": {
        1: "places = range(len(x) - len(kernel) + 1)",
        3: "[np.sum(x[i : i + len(kernel)] * kernel) for i in range(len(x) - len(kernel) + 1)]",
    },
    "B": {3: "y[i, j] = np.sum(x[i : i + 3, j : j + 3] * kernel)"},
    "C": {3: "[x[i * stride : i * stride + len(kernel)] @ kernel for i in range(places)]"},
}
NO_REPAIRS = {
    "A": {2: "return np.asarray("},
    "B": {1: "y = np.zeros((x.shape[0] - 1, x.shape[1] - 1))", 2: "for i, j in np.ndindex(*x.shape[:2]):"},
    "C": {1: "places = (len(x) - len(kernel)) // stride"},
}


def cases(repairs):
    return [(letter, line, code) for letter, lines in repairs.items() for line, code in lines.items()]


def is_right(letter, function):
    try:
        if letter == "A":
            return function(ROW, ROW[:3]).tolist() == [21, 42, 84]
        if letter == "C":
            return function(ROW, np.array([1, 10]), 2).tolist() == [21, 84]
        wanted = [[np.sum(CUBE[i : i + 3, j : j + 3] * CUBE[:3, :3]) for j in range(2)] for i in range(2)]
        return function(CUBE, CUBE[:3, :3]).tolist() == wanted
    except (IndexError, ValueError):
        return False


def verdict(letter, line):
    return check.broken_convolutions.run({"A": 1, "B": 3, "C": 3} | {letter: line})


@pytest.fixture(autouse=True)
def its_source(monkeypatch):
    """The functions are looked for in this chapter's exercise."""
    path = test_repairs.ROOT / "solutions/source/07-convolution.py"
    cells = [cell.source for cell in test_repairs.jupytext.read(path).cells if cell.cell_type == "code"]
    monkeypatch.setattr(test_repairs, "source_of", lambda name: next(cell for cell in cells if f"def {name}(" in cell))


@pytest.mark.parametrize(("letter", "line", "code"), cases(REPAIRS))
def test_where_a_change_alone_repairs_the_line_is_right(letter, line, code):
    assert is_right(letter, test_repairs.changed(f"convolve_{letter.lower()}", line, code))
    assert verdict(letter, line).status == "correct"


@pytest.mark.parametrize(("letter", "line", "code"), cases(NO_REPAIRS))
def test_where_it_does_not_the_line_is_refused_with_a_hint(letter, line, code):
    assert not is_right(letter, test_repairs.changed(f"convolve_{letter.lower()}", line, code))
    refused = verdict(letter, line)
    assert refused.status == "not yet"
    assert refused.hint
