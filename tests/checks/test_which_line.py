"""Exercises that ask which line is wrong: every line is tried, and one whose change repairs the function is right.

The functions stand in the sources of the notebooks; a repair is another line in the place of a numbered one.
"""

import re

import jupytext
import numpy as np
import pytest

from course_lib.activations import softmax
from course_lib.building.notebooks import ROOT
from course_lib.checks import activations, losses, neurons
from course_lib.losses import sparse_categorical_crossentropy
from tests.checks.tried import SEEDS


def numbered(chapter, name):
    """The lines of a function of a chapter's exercises."""
    cells = jupytext.read(ROOT / f"solutions/source/{chapter}.py").cells
    [source] = [cell.source for cell in cells if cell.source.startswith(f"def {name}(")]
    return source.splitlines()


def repaired(chapter, name, number, line):
    """The function with another line in place of the one with that number."""
    lines = numbered(chapter, name)
    [place] = [i for i, old in enumerate(lines) if old.endswith(f"  # {number}")]
    indent = re.match(" *", lines[place])[0]
    names = {"np": np}
    exec("\n".join([*lines[:place], indent + line, *lines[place + 1 :]]), names)
    return names[name]


def learns(loop):
    """Whether it learns what a line separates, not OR alone."""
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    targets = [[0, 1, 1, 1], [0, 0, 0, 1], [1, 1, 1, 0], [1, 0, 0, 0], [0, 0, 1, 1]]
    return all(loop(inputs, np.array(y)).tolist() == y for y in targets)


def is_softmax(function):
    rng = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        return all(
            np.allclose(function(logits), softmax(logits), atol=1e-9)
            for logits in (rng.normal(size=(3, 4)), np.zeros((2, 3)), -1000 - rng.random((3, 3)), 1000 * np.eye(3))
        )


def is_crossentropy(function):
    """On logits such as the exercise shows, and further apart."""
    rng = np.random.default_rng(0)
    labels = np.array([0, 1, 2])
    cases = [np.zeros((3, 3)), 10 * np.eye(3), rng.normal(0, 9, (3, 3)), rng.normal(0, 9, (3, 3)) + 60 * np.eye(3)]
    with np.errstate(all="ignore"):
        return all(
            np.isclose(function(labels, logits), sparse_categorical_crossentropy(labels, logits, from_logits=True))
            for logits in cases
        )


# {check: (chapter, the names of its functions, what a right one is, {letter: {line: repairs that work}})}
ROW_SUM = "np.sum(e, axis=-1, keepdims=True)"
LOG_SUM = "np.log(np.exp(logits).sum(axis=1, keepdims=True))"
REPAIRS = {
    "broken_loops": (
        neurons.broken_loops,
        "01-neurons",
        "loop",
        learns,
        {
            "A": {5: ["error = target - y_pred", "error = -(y_pred - target)"]},
            "B": {3: ["for x, target in 20 * list(zip(inputs, targets, strict=True)):"]},
            "C": {
                4: ["y_pred = int(x @ w + b >= 0)"],
                5: ["error = target - int(x @ w + b >= 0)"],
            },
        },
    ),
    "broken_softmaxes": (
        activations.broken_softmaxes,
        "02-activations",
        "softmax",
        is_softmax,
        {
            "A": {2: ["e = np.exp(logits - largest)"]},
            "B": {3: [f"total = {ROW_SUM}"], 4: [f"return e / {ROW_SUM}"]},
            "C": {
                1: ["largest = np.max(logits, axis=-1, keepdims=True)"],
                2: ["e = np.exp(logits - np.max(logits, axis=-1, keepdims=True))"],
            },
        },
    ),
    "broken_losses": (
        losses.broken_losses,
        "03-losses",
        "loss",
        is_crossentropy,
        {
            "A": {
                3: ["p = shifted", "p = logits", "p = np.log(e / e.sum(axis=1, keepdims=True))"],
                4: ["log_p = np.log(p)", "log_p = shifted - np.log(e.sum(axis=1, keepdims=True))"],
                5: ["return -np.mean(np.log(p)[np.arange(len(labels)), labels])"],
            },
            "B": {
                4: ["return -np.mean((one_hot * log_p).sum(axis=1))", "return -np.sum(one_hot * log_p) / len(labels)"],
            },
            "C": {
                1: ["shifted = logits - logits.max(axis=1, keepdims=True)", "shifted = logits"],
                2: [f"log_p = logits - {LOG_SUM}"],
            },
        },
    ),
}
# Other lines, changed as one would try first: none of these helps.
VAIN = {
    "broken_loops": {
        "A": {
            1: ["w, b = np.ones(2), 0.0"],
            2: ["for _ in range(2000):"],
            3: ["for x, target in zip(-inputs, targets):", "for x, target in zip(inputs, 1 - targets):"],
            4: ["y_pred = int(x @ w + b > 0)", "y_pred = int(x @ w + b < 0)", "y_pred = int(x @ w >= 0)"],
            6: ["w = w - error * x"],
            7: ["b = b - error"],
        },
        "B": {
            4: ["y_pred = int(x @ w + b > 0)", "y_pred = int(x @ w >= 0)"],
            5: ["error = y_pred - target"],
            6: ["w = w - error * x", "w = w + 2 * error * x"],
            7: ["b = b - error", "b = b + 2 * error", "pass"],
        },
        "C": {
            1: ["w, b = np.ones(2), 0.0", "w, b = np.ones(2), -1.0"],
            2: ["for _ in range(2000):", "for _ in range(2):"],
            3: ["for x, target in zip(inputs[::-1], targets[::-1]):"],
            6: ["w = w - error * x", "w = w + error * x + b"],
            7: ["b = b - error", "b = error", "b = b", "b = b + error / 20"],
        },
    },
    "broken_softmaxes": {
        "A": {
            1: ["largest = np.max(logits)", "largest = 0"],
            3: ["total = np.sum(np.abs(e), axis=-1, keepdims=True)"],
            4: ["return (e + largest) / (total + largest)"],
        },
        "B": {1: ["largest = np.max(logits)", "largest = 0"], 2: ["e = np.exp(logits)"]},
        "C": {
            3: ["total = np.sum(e, axis=-1, keepdims=True) + 1e-9"],
            4: ["return e / np.maximum(total, 1e-12)", "return np.nan_to_num(e / total)"],
        },
    },
    "broken_losses": {
        "A": {1: ["shifted = logits", "shifted = logits - logits.max()"], 2: ["e = shifted", "e = np.exp(logits)"]},
        "B": {
            1: ["shifted = logits", "shifted = logits - logits.max()"],
            2: ["log_p = np.log(np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True))"],
            3: ["one_hot = np.eye(len(labels))[labels]"],
        },
        "C": {3: ["return -np.mean(log_p[:, labels])", "return -np.sum(log_p[np.arange(len(labels)), labels])"]},
    },
}


def tried(table):
    return [
        pytest.param(name, letter, number, line, id=f"{name}-{letter}{number}-{i}")
        for name, letters in table.items()
        for letter, numbers in letters.items()
        for number, lines in numbers.items()
        for i, line in enumerate(lines)
    ]


def of(name, letter, number, line):
    check, chapter, function, is_right, _ = REPAIRS[name]
    works = is_right(repaired(chapter, f"{function}_{letter.lower()}", number, line))
    right = {"A": 5, "B": 2, "C": 4} if name == "broken_loops" else None
    right = right or {"broken_softmaxes": {"A": 2, "B": 3, "C": 1}, "broken_losses": {"A": 4, "B": 4, "C": 1}}[name]
    return works, [check.run(right | {letter: number}, seed) for seed in SEEDS]


@pytest.mark.parametrize(
    ("name", "letter", "number", "line"), tried({name: all_of[4] for name, all_of in REPAIRS.items()})
)
def test_a_line_whose_change_repairs_the_function_is_right(name, letter, number, line):
    works, verdicts = of(name, letter, number, line)
    assert works
    assert {verdict.status for verdict in verdicts} == {"correct"}


@pytest.mark.parametrize(("name", "letter", "number", "line"), tried(VAIN))
def test_a_line_whose_change_does_not_help_is_refused_with_a_hint_of_its_own(name, letter, number, line):
    works, verdicts = of(name, letter, number, line)
    assert not works
    assert all(verdict.hint.startswith(f"{letter}: ") for verdict in verdicts)


@pytest.mark.parametrize("start", [1, 2])
def test_where_the_epochs_begin_can_be_seen_from_either_line(start):
    """In the second loop the start stands below the head of the epochs: one of the two is to change places."""
    lines = numbered("01-neurons", "loop_b")
    lines[1], lines[2] = lines[2].removeprefix("    "), lines[1]
    names = {"np": np}
    exec("\n".join(lines), names)
    assert learns(names["loop_b"])
    assert neurons.broken_loops.run({"A": 5, "B": start, "C": 4}).status == "correct"


@pytest.mark.parametrize("name", REPAIRS)
def test_each_line_is_tried_and_none_of_them_is_right_as_it_stands(name):
    _, chapter, function, is_right, right = REPAIRS[name]
    for letter in "ABC":
        lines = numbered(chapter, f"{function}_{letter.lower()}")
        numbers = {int(found[1]) for line in lines if (found := re.search(r"  # (\d)$", line))}
        moved = {1, 2} if (name, letter) == ("broken_loops", "B") else set()
        assert {*right[letter], *VAIN[name][letter]} | moved == numbers
        names = {"np": np}
        exec("\n".join(lines), names)
        assert not is_right(names[f"{function}_{letter.lower()}"])
