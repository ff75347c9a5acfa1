"""Chapter 10's three functions with a wrong line: each repair is run, and so is what comes to mind instead of it."""

import numpy as np
import pytest

from course_lib.checks.transformers import broken_choices
from tests.checks.tried import with_line

RIGHT = {"A": 1, "B": 2, "C": 2}
NAMES = {"A": "chances_a", "B": "kept_b", "C": "read_c"}
REPAIRS = [
    ("A", 1, "z = logits / temperature"),
    ("B", 2, "before = chances[order].cumsum() - chances[order]"),
    ("C", 2, "new = new + places[len(past) : len(past) + len(tokens)]"),
]
NO_REPAIRS = [
    ("A", 2, "e = np.exp(z)"),
    ("A", 2, "e = np.exp(z.max() - z)"),
    ("A", 3, "return e / e.max()"),
    ("B", 1, "order = np.argsort(chances)[::-1]"),
    ("B", 1, "order = np.arange(len(chances))"),
    ("B", 3, "return order[before <= p]"),
    ("B", 3, "return order[before + chances < p]"),
    ("C", 1, "new = table[tokens + len(past)]"),
    ("C", 3, "seen = np.concatenate([new, past])"),
    ("C", 4, "scores = seen @ new[0] / np.sqrt(len(new[-1]))"),
    ("C", 4, "scores = seen @ new[-1] / np.sqrt(len(seen))"),
    ("C", 5, "e = np.exp(scores)"),
    ("C", 6, "return e @ seen / e.sum(), new"),
]


def is_right(letter, function):
    """For usual numbers, and for such whose exponentials are too large for any computer."""
    with np.errstate(all="ignore"):
        return all(CASES[letter](function, scale) for scale in (1.0, 60.0))


def sharpens(function, scale):
    z = 20 * scale * np.array([1.0, 0.5, -0.2])
    return all(np.allclose(function(z, t), np.exp((z - z[0]) / t) / np.exp((z - z[0]) / t).sum()) for t in (0.5, 3.0))


def keeps_the_fewest(function, scale):
    cases = [
        ([0.1, 0.6, 0.3], 0.8, [1, 2]),
        ([0.1, 0.2, 0.7], 0.6, [2]),
        ([0.25, 0.25, 0.5], 0.5, [2]),
        ([0.5, 0.125, 0.375], 0.875, [0, 2]),
    ]
    return all(function(np.array(chances), p).tolist() == wanted for chances, p, wanted in cases)


def reads_on(function, scale):
    """Whatever was read before, in one piece or in several, the last average is the same."""
    table, places = scale * np.random.default_rng(1).normal(size=(2, 6, 3))
    tokens, nothing = np.array([2, 0, 4, 2, 1]), np.zeros((0, 3))
    x = table[tokens] + places[:5]
    e = np.exp(x @ x[-1] / np.sqrt(3) - (x @ x[-1] / np.sqrt(3)).max())
    for cuts in ([5], [3, 5], [1, 2, 3, 4, 5]):
        past, begin = nothing, 0
        for end in cuts:
            average, past = function(tokens[begin:end], table, places, past)
            begin = end
        if average.shape != (3,) or not np.allclose(average, e @ x / e.sum()):
            return False
    return True


CASES = {"A": sharpens, "B": keeps_the_fewest, "C": reads_on}


@pytest.mark.parametrize(("letter", "line", "code"), REPAIRS)
def test_where_a_change_alone_repairs_the_line_is_right(letter, line, code):
    assert is_right(letter, with_line("10-transformers", NAMES[letter], line, code))
    assert broken_choices.run(RIGHT | {letter: line}).status == "correct"


@pytest.mark.parametrize(("letter", "line", "code"), NO_REPAIRS)
def test_where_it_does_not_the_line_is_refused_with_a_hint(letter, line, code):
    assert not is_right(letter, with_line("10-transformers", NAMES[letter], line, code))
    verdict = broken_choices.run(RIGHT | {letter: line})
    assert verdict.status == "not yet"
    assert verdict.hint.startswith(f"{letter}: ")


def test_every_line_is_tried():
    tried = {(letter, line) for letter, line, _ in REPAIRS + NO_REPAIRS}
    assert tried == {(letter, line) for letter, most in {"A": 3, "B": 3, "C": 6}.items() for line in range(1, most + 1)}
