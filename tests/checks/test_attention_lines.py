"""Chapter 09's three functions with a wrong line: each repair is run, and so is what comes to mind instead of it."""

import numpy as np
import pytest

from course_lib.attention import attention, attention_weights, causal_mask
from course_lib.checks.attention import broken_attentions
from tests.checks.tried import with_line

RIGHT = {"A": 3, "B": 2, "C": 1}
NAMES = {"A": "attend_a", "B": "split_b", "C": "causal_c"}
REPAIRS = [
    ("A", 3, "weights = e / e.sum(axis=-1, keepdims=True)"),
    ("B", 2, "split = x.reshape(batch, time, heads, width // heads).swapaxes(1, 2)"),
    ("C", 1, "seen = np.tri(scores.shape[-1], dtype=bool)"),
]
NO_REPAIRS = [
    ("A", 1, "scores = q @ k.T"),
    ("A", 2, "e = np.exp(scores - scores.max())"),
    ("A", 2, "e = np.exp(scores)"),
    ("A", 4, "return weights.T @ v"),
    ("B", 1, "batch, width, time = x.shape"),
    ("B", 3, "return split.swapaxes(1, 2)"),
    ("C", 2, "masked = np.where(seen, scores, 0)"),
    ("C", 3, "e = np.exp(masked - masked.max())"),
    ("C", 4, "return e / e.sum(axis=0, keepdims=True)"),
]


def is_right(letter, function):
    """For usual scores, and for such whose exponentials are too large for any computer."""
    with np.errstate(all="ignore"):
        return all(is_right_at(scale, letter, function) for scale in (1, 3000))


def is_right_at(scale, letter, function):
    rng = np.random.default_rng(1)
    x, scores = rng.standard_normal((2, 6, 4)), scale * rng.standard_normal((5, 5))
    q, k, v = rng.standard_normal((3, 5, 2))
    q = scale * q
    wanted = {
        "A": lambda: (function(q, k, v), attention(q, k, v)[0]),
        "B": lambda: (function(x, 2), np.stack([x[..., :2], x[..., 2:]], axis=1)),
        "C": lambda: (function(scores), attention_weights(scores, causal_mask(5))),
    }
    got, right = wanted[letter]()
    return got.shape == right.shape and np.allclose(got, right)


@pytest.mark.parametrize(("letter", "line", "code"), REPAIRS)
def test_where_a_change_alone_repairs_the_line_is_right(letter, line, code):
    assert is_right(letter, with_line("09-attention", NAMES[letter], line, code))
    assert broken_attentions.run(RIGHT | {letter: line}).status == "correct"


@pytest.mark.parametrize(("letter", "line", "code"), NO_REPAIRS)
def test_where_it_does_not_the_line_is_refused_with_a_hint(letter, line, code):
    assert not is_right(letter, with_line("09-attention", NAMES[letter], line, code))
    verdict = broken_attentions.run(RIGHT | {letter: line})
    assert verdict.status == "not yet"
    assert verdict.hint
