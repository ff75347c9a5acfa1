"""The exercises that ask for a line: each line that is called right is repaired there alone, and the repair is run.

Of the lines that are refused, the repair that comes to mind first is run too, and does not do.
"""

import ast
import functools

import jupytext
import numpy as np
import pytest

from course_lib.building.notebooks import ROOT
from course_lib.checks import backpropagation, normalization, optimizers
from course_lib.optimizers import Adam

WALKS = [[[], [(0, 1.0), (0, 1.0)]], [[], [(0, 3.0)], [(0, 4.0), (1, 5.0)]]]
SLOPES = [[4.0], [4.0] * 3, [4.0] * 30 + [0.04] * 30, [1.0, -2.0, 0.5]]
CHECKS = {
    "broken_walks": backpropagation.broken_walks,
    "broken_adams": optimizers.broken_adams,
    "broken_norms": normalization.broken_norms,
}
# {a check: {the letter: (its function, {line: what stands there instead})}}
REPAIRS = {
    "broken_walks": {
        "A": ("walk_a", {3: "for k in reversed(range(len(inputs))):"}),
        "B": ("walk_b", {5: "grads[source] += slope * grads[k]"}),
        "C": (
            "walk_c",
            {1: "grads = [0.0] * len(inputs)", 2: "grads[:] = [0.0] * (len(inputs) - 1) + [1.0]"},
        ),
    },
    "broken_adams": {
        "A": ("adam_a", {5: "m_hat = m / (1 - 0.9**t)"}),
        "B": (
            "adam_b",
            {6: "v_hat = (v / (1 - 0.999**t)) ** 0.5", 7: "w = w - 0.1 * m_hat / (v_hat**0.5 + 1e-7)"},
        ),
        "C": ("adam_c", {6: "v_hat = v / (1 - 0.999**t)"}),
    },
    "broken_norms": {
        "A": (
            "norm_a",
            {
                4: "variance = momentum * variance + (1 - momentum) * batch.var(axis=0)",
                5: "return (x - mean) / (variance + epsilon)",
            },
        ),
        "B": ("norm_b", {2: "variance = x.var(axis=-1, keepdims=True)"}),
        "C": ("block_c", {3: "return x + f"}),
    },
}
NO_REPAIRS = {
    "broken_walks": {
        "A": ("walk_a", {2: "grads[0] = 1.0", 5: "grads[source] = slope * grads[k]"}),
        "B": ("walk_b", {3: "for k in range(len(inputs)):"}),
        "C": ("walk_c", {3: "for k in range(len(inputs)):", 5: "grads[source] = slope * grads[k]"}),
    },
    "broken_adams": {
        "A": ("adam_a", {3: "m = 0.9 * m + g", 6: "v_hat = v / (1 - 0.9**t)"}),
        "B": ("adam_b", {4: "v = 0.999 * v + 0.001 * g", 5: "m_hat = m"}),
        "C": ("adam_c", {4: "v = 0.9 * v + 0.1 * g**2", 5: "m_hat = m / (1 - 0.999**t)"}),
    },
    "broken_norms": {
        "A": ("norm_a", {1: "mean, variance = np.zeros(x.shape[1]), np.zeros(x.shape[1])"}),
        "B": ("norm_b", {1: "mean = x.mean(axis=0, keepdims=True)"}),
        "C": ("block_c", {1: "h = x", 2: "f = np.maximum(x @ kernel, 0)"}),
    },
}


def cases(repairs):
    return [
        pytest.param(check, letter, name, line, code, id=f"{name}-{line}")
        for check, letters in repairs.items()
        for letter, (name, lines) in letters.items()
        for line, code in lines.items()
    ]


@functools.cache
def source_of(name):
    """The function as its exercise's source has it."""
    for path in sorted((ROOT / "solutions/source").glob("0[456]-*.py")):
        for cell in jupytext.read(path).cells:
            if cell.cell_type == "code" and f"def {name}(" in cell.source:
                return cell.source
    raise KeyError(name)


def changed(name, line, code):
    """The function with another line, the one that is numbered so."""
    lines = source_of(name).splitlines()
    (place,) = (k for k, text in enumerate(lines) if text.endswith(f"  # {line}"))
    indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
    assert ast.unparse(ast.parse(source_of(name))) != code
    lines[place] = indent + code
    names = {"np": np}
    exec("\n".join(lines), names)
    return names[name]


def walks_right(walk):
    return [walk(graph) for graph in WALKS * 2] == [[2.0, 1.0], [19.0, 5.0, 1.0]] * 2


def adam_right(adam):
    def right(slopes):
        w, rule = np.zeros(1), Adam(0.1)
        for slope in slopes:
            rule.step([w], [np.array([slope])])
        return w[0]

    return np.allclose([adam(slopes) for slopes in SLOPES], [right(slopes) for slopes in SLOPES], rtol=1e-4)


def norm_a_right(norm):
    batches = 10 * np.random.default_rng(0).standard_normal((200, 32, 4))
    return abs(norm(batches, batches[0]).std() - 1) < 0.2


def norm_b_right(norm):
    x = np.random.default_rng(0).standard_normal((32, 4))
    wanted = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-3)
    return np.allclose(norm(x), wanted)


def block_right(block):
    rng = np.random.default_rng(0)
    x, kernel = 10 * rng.standard_normal((32, 4)), rng.standard_normal((4, 4))
    same = np.allclose(block(10 * x, kernel) - 10 * x, block(x, kernel) - x)
    return np.allclose(block(x, 0 * kernel), x) and same


def is_right(name, function):
    by_name = {"norm_a": norm_a_right, "norm_b": norm_b_right, "block_c": block_right}
    return (walks_right if "walk" in name else by_name.get(name, adam_right))(function)


def answer(check, letter, line):
    return {other: next(iter(lines)) for other, (_, lines) in REPAIRS[check].items()} | {letter: line}


@pytest.mark.parametrize(("check", "letter", "name", "line", "code"), cases(REPAIRS))
def test_where_a_change_alone_repairs_the_line_is_right(check, letter, name, line, code):
    assert is_right(name, changed(name, line, code))
    assert CHECKS[check].run(answer(check, letter, line)).status == "correct"


@pytest.mark.parametrize(("check", "letter", "name", "line", "code"), cases(NO_REPAIRS))
def test_where_it_does_not_the_line_is_refused_with_a_hint(check, letter, name, line, code):
    assert not is_right(name, changed(name, line, code))
    verdict = CHECKS[check].run(answer(check, letter, line))
    assert verdict.status == "not yet"
    assert verdict.hint


ARRAYS = ["W1", "b1", "W2", "b2", "W3", "b3"]
BACKWARD = [
    "d3 = (softmax(z) - t) / len(x)",
    "d2 = (d3 @ W3.T) * (1 - h2**2)",
    "d1 = (d2 @ W2.T) * (1 - h1**2)",
    "dW1 = x.T @ d1",
    "db1 = d1.sum(axis=0)",
    "dW2 = h1.T @ d2",
    "db2 = d2.sum(axis=0)",
    "dW3 = h2.T @ d3",
    "db3 = d3.sum(axis=0)",
]


def wrong_arrays(line):
    """The arrays that come out otherwise when what the line makes is twice as large."""
    from course_lib.activations import softmax

    rng = np.random.default_rng(0)
    x, t, W1, W2, W3 = rng.normal(size=(5, 3)), np.eye(4)[[0, 1, 2, 3, 0]], *(rng.normal(size=s) for s in SHAPES)
    h1 = np.tanh(x @ W1)
    h2 = np.tanh(h1 @ W2)
    given = {"x": x, "t": t, "W2": W2, "W3": W3, "h1": h1, "h2": h2, "z": h2 @ W3, "softmax": softmax}
    lines = [
        f"{code}; {code.split()[0]} = 2 * {code.split()[0]}" if k == line else code
        for k, code in enumerate(BACKWARD, 1)
    ]
    right, wrong = dict(given), dict(given)
    exec("\n".join(BACKWARD), right)
    exec("\n".join(lines), wrong)
    return {name for name in ARRAYS if not np.allclose(right[f"d{name}"], wrong[f"d{name}"])}


SHAPES = (3, 4), (4, 4), (4, 4)
TABLE = {"P": set(ARRAYS), "Q": set(ARRAYS[:4]), "R": {"W2"}, "S": {"W1", "b1"}, "T": {"b3"}}


@pytest.mark.parametrize("line", range(1, 10))
@pytest.mark.parametrize("letter", TABLE)
def test_only_one_line_spoils_just_the_arrays_that_are_wrong(letter, line):
    assert f"# | {line} | `{BACKWARD[line - 1]}` |" in (ROOT / "solutions/source/04-backpropagation.py").read_text(
        "utf-8"
    )
    right = {"P": 1, "Q": 2, "R": 6, "S": 3, "T": 9}
    verdict = backpropagation.wrong_lines.run(right | {letter: line})
    assert (verdict.status == "correct") == (wrong_arrays(line) == TABLE[letter])


SLOPES_OF_BOXES = [4.0, 4.0, 4.0, 0.04]


def test_the_boxes_moves_are_those_of_the_optimizers_that_they_are():
    from course_lib.optimizers import SGD, Adagrad, Momentum, RMSprop

    kinds = {
        "SGD": SGD(0.1),
        "momentum": Momentum(0.1),
        "Adagrad": Adagrad(0.1, initial_accumulator_value=0.0),
        "RMSprop": RMSprop(0.1),
        "Adam": Adam(0.1),
    }
    text = (ROOT / "solutions/source/05-optimizers.py").read_text("utf-8").replace("−", "-")
    for letter, name in optimizers.black_boxes.mistakes.right().items():
        w, places = np.zeros(1), [0.0]
        for slope in SLOPES_OF_BOXES:
            kinds[name].step([w], [np.array([slope])])
            places.append(w[0])
        row = " | ".join(f"{move:.4f}" for move in np.diff(places))
        assert f"# | {letter} | {row} |" in text
