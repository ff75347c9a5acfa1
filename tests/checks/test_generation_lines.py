"""Chapter 13's three functions with a wrong line: each repair is run, and so is what comes to mind instead of it."""

import numpy as np
import pytest

from course_lib.activations import sigmoid
from course_lib.checks.generation import broken_makers
from course_lib.generation import kl_to_standard_normal
from tests.checks.tried import with_line

RIGHT = {"A": 2, "B": 3, "C": 4}
NAMES = {"A": "code_a", "B": "step_b", "C": "step_c"}
REPAIRS = [
    ("A", 2, "code = mean + np.sqrt(variance) * noise"),
    ("A", 2, "code = mean + np.exp(log_variance / 2) * noise"),
    ("B", 3, "slope = np.mean((1 - trust)[:, None] * real - fooled[:, None] * made, axis=0)"),
    ("C", 4, "return picture + np.sqrt(1 - left[earlier]) * noise"),
]
NO_REPAIRS = [
    ("A", 1, "variance = np.exp(log_variance / 2)"),
    ("A", 1, "variance = np.exp(log_variance) ** 2"),
    ("A", 3, "kl = np.sum(mean**2 + variance**2 - 1 - log_variance) / 2"),
    ("A", 4, "return np.sqrt(code), kl"),
    ("B", 1, "trust = 1 / (1 + np.exp(real @ w))"),
    ("B", 2, "fooled = 1 / (1 + np.exp(made @ w))"),
    ("B", 2, "fooled = -1 / (1 + np.exp(-made @ w))"),
    ("B", 4, "pull = -fooled[:, None] * w"),
    ("B", 5, "return w - rate * slope, made + rate * pull"),
    ("B", 5, "return w + rate * slope, made - rate * pull"),
    ("C", 1, "noise = x - np.sqrt(left[earlier]) * guess"),
    ("C", 2, "noise = noise / np.sqrt(1 - left[earlier])"),
    ("C", 2, "noise = noise / (1 - left[t])"),
    ("C", 3, "picture = np.sqrt(left[t]) * guess"),
]


def spreads_as_it_should(function):
    mean, log_variance, noise = np.random.default_rng(0).normal(size=(3, 7))
    code, kl = function(mean, log_variance, noise)
    wanted = kl_to_standard_normal(mean[None], log_variance[None])
    return np.allclose(code, mean + np.exp(log_variance / 2) * noise) and np.isclose(kl, wanted)


def goes_uphill(function):
    """The slope of mean ln D(real) + mean ln(1 − D(made)) in w, and of ln D in each made point."""
    real, made = np.random.default_rng(1).normal(size=(2, 5, 2))
    w = np.array([0.7, -0.4])
    after, pulled = function(real, made, w, 0.1)
    slope = (sigmoid(-real @ w) @ real - sigmoid(made @ w) @ made) / 5
    return np.allclose(after, w + 0.1 * slope) and np.allclose(pulled, made + 0.1 * np.outer(sigmoid(-made @ w), w))


def steps_back(function):
    """Who guesses the picture comes to what this picture and this noise would have been earlier."""
    left = np.array([1.0, 0.8, 0.5, 0.1])
    picture, noise = np.random.default_rng(2).normal(size=(2, 6))

    def at(t):
        return np.sqrt(left[t]) * picture + np.sqrt(1 - left[t]) * noise

    ways = [(1, 0), (2, 1), (3, 1), (3, 0)]
    with np.errstate(all="ignore"):
        return all(np.allclose(function(at(t), t, s, picture, left), at(s)) for t, s in ways)


CASES = {"A": spreads_as_it_should, "B": goes_uphill, "C": steps_back}


@pytest.mark.parametrize(("letter", "line", "code"), REPAIRS)
def test_where_a_change_alone_repairs_the_line_is_right(letter, line, code):
    assert CASES[letter](with_line("13-generation", NAMES[letter], line, code))
    assert broken_makers.run(RIGHT | {letter: line}).status == "correct"


@pytest.mark.parametrize(("letter", "line", "code"), NO_REPAIRS)
def test_where_it_does_not_the_line_is_refused_with_a_hint(letter, line, code):
    with np.errstate(all="ignore"):
        assert not CASES[letter](with_line("13-generation", NAMES[letter], line, code))
    verdict = broken_makers.run(RIGHT | {letter: line})
    assert verdict.status == "not yet"
    assert verdict.hint.startswith(f"{letter}: ")


def test_every_line_is_tried():
    tried = {(letter, line) for letter, line, _ in REPAIRS + NO_REPAIRS}
    assert tried == {(letter, line) for letter, most in {"A": 4, "B": 5, "C": 4}.items() for line in range(1, most + 1)}
