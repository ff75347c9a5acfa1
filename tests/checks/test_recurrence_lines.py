"""Chapter 08's three broken cells: each repair is run, and so is what comes to mind at every other line."""

import jupytext
import numpy as np
import pytest

from course_lib.building.notebooks import ROOT
from course_lib.checks.recurrence import broken_cells
from course_lib.recurrence import GRU, LSTM

RIGHT = {"A": 3, "B": 4, "C": 5}
NAMES = {"A": "lstm_a", "B": "gru_b", "C": "slopes_c"}
REPAIRS = [
    ("A", 3, "c = f * c + i * g"),
    ("A", 3, "c = np.multiply(f, c) + g * i"),
    ("B", 4, "return z * h + (1 - z) * g"),
    ("B", 4, "return g + z * (h - g)"),
    ("C", 5, "of_u += d * h[t]"),
    ("C", 5, "of_u = of_u + d * h[t]"),
]
NO_REPAIRS = [
    ("A", 1, "i, f, o = sigmoid(i), 1 - sigmoid(f), sigmoid(o)"),
    ("A", 1, "i, f, o = sigmoid(f), sigmoid(i), sigmoid(o)"),
    ("A", 2, "g = sigmoid(g)"),
    ("A", 3, "c = i * c + f * g"),
    ("A", 4, "return o * c, c"),
    ("B", 1, "z = 1 - sigmoid(xz + hz)"),
    ("B", 2, "r = sigmoid(xz + hz)"),
    ("B", 3, "g = np.tanh(r * (xg + hg))"),
    ("B", 3, "g = np.tanh(xg + z * hg)"),
    ("B", 4, "return (1 - z) * h + z * g"),
    ("B", 4, "return r * h + (1 - r) * g"),
    ("C", 1, "h = [1.0]"),
    ("C", 2, "h.append(u * x[t] + w * h[t])"),
    ("C", 3, "d, of_w, of_u = 0.0, 0.0, 0.0"),
    ("C", 4, "of_w = d * x[t]"),
    ("C", 5, "of_u += d * h[t + 1]"),
    ("C", 6, "d = d * w"),
    ("C", 6, "d = d * u + 1"),
]


def source(letter):
    cells = jupytext.read(ROOT / "solutions/source/08-recurrence.py").cells
    [found] = [cell.source for cell in cells if f"def {NAMES[letter]}(" in cell.source]
    return found


def changed(letter, line, code):
    """The function as the exercise has it, but for the line that is numbered so."""
    lines = source(letter).splitlines()
    [place] = [k for k, text in enumerate(lines) if text.endswith(f"  # {line}")]
    indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
    names = {"np": np}
    exec(source("A").partition("def lstm_a")[0], names)
    exec("\n".join([*lines[:place], indent + code, *lines[place + 1 :]]), names)
    return names[NAMES[letter]]


def lstm_right(step):
    rng = np.random.default_rng(1)
    layer, (i, f, g, o, c) = LSTM(1, 3, rng), rng.standard_normal((5, 2, 3))
    wanted, _ = layer.step(np.hstack([i, f, g, o]), 0, 0 * c, c)
    return np.allclose(step(i, f, g, o, c), wanted)


def gru_right(step):
    rng = np.random.default_rng(2)
    layer, (xz, hz, xr, hr, xg, hg, h) = GRU(1, 3, rng), rng.standard_normal((7, 2, 3))
    [wanted], _ = layer.step(np.hstack([xz, xr, xg]), np.hstack([hz, hr, hg]), h)
    return np.allclose(step(xz, hz, xr, hr, xg, hg, h), wanted)


def slopes_right(slopes):
    def last(x, w, u):
        h = 0.0
        for x_now in x:
            h = w * x_now + u * h
        return h

    rng = np.random.default_rng(3)
    for time in (1, 2, 5):
        x, (w, u) = rng.standard_normal(time), rng.standard_normal(2)
        d = 1e-6
        wanted = [last(x, w + d, u) - last(x, w - d, u), last(x, w, u + d) - last(x, w, u - d)]
        if not np.allclose(slopes(x, w, u), np.array(wanted) / (2 * d), atol=1e-6):
            return False
    return True


IS_RIGHT = {"A": lstm_right, "B": gru_right, "C": slopes_right}


@pytest.mark.parametrize(("letter", "line", "code"), REPAIRS)
def test_where_a_change_alone_repairs_the_line_is_right(letter, line, code):
    assert IS_RIGHT[letter](changed(letter, line, code))
    assert broken_cells.run(RIGHT | {letter: line}).status == "correct"


@pytest.mark.parametrize(("letter", "line", "code"), NO_REPAIRS)
def test_where_it_does_not_the_line_is_refused_with_a_hint(letter, line, code):
    assert not IS_RIGHT[letter](changed(letter, line, code))
    verdict = broken_cells.run(RIGHT | {letter: line})
    assert line == RIGHT[letter] or (verdict.status == "not yet" and verdict.hint)


@pytest.mark.parametrize("letter", NAMES)
def test_every_line_that_is_not_right_has_been_tried(letter):
    numbered = {int(text.rpartition("# ")[2]) for text in source(letter).splitlines() if "  # " in text}
    assert {line for one, line, _ in NO_REPAIRS if one == letter} == numbered


def test_what_the_exercise_prints_is_true_of_the_repaired_and_false_of_the_broken(capsys):
    cells = jupytext.read(ROOT / "solutions/source/08-recurrence.py").cells
    [shown] = [cell.source for cell in cells if "A: with its input gate closed" in cell.source]
    for repaired in (False, True):
        names = {"np": np}
        for letter, line, code in [REPAIRS[0], REPAIRS[2], REPAIRS[4]]:
            if repaired:
                names[NAMES[letter]] = changed(letter, line, code)
            else:
                exec(source(letter), names)
        exec(shown, names)
        assert [text.endswith(str(repaired)) for text in capsys.readouterr().out.splitlines()] == [True] * 3
