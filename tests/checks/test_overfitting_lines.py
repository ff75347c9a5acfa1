"""Chapter 11's three leaks: each repair is run, and so is what comes to mind instead of it."""

import numpy as np
import pytest

from course_lib.checks.overfitting import three_leaks
from tests.checks.tried import with_line

NAMES = {"A": "score_a", "B": "score_b", "C": "score_c"}
REPAIRS = [
    ("A", 2, "best = np.argsort(-np.abs((y[train] - y[train].mean()) @ x[train]))[:10]"),
    ("A", 2, "best = np.random.default_rng(5).permutation(x.shape[1])[:10]"),
    ("B", 1, "test = patient % 4 == 0"),
    ("B", 1, "test = np.random.default_rng(0).permutation(patient.max() + 1)[patient] % 4 == 0"),
    ("C", 2, "share = np.array([y[train & (town == one)].mean() for one in range(100)])"),
    ("C", 2, "share = np.array([y[:300][town[:300] == one].mean() for one in range(100)])"),
]
NO_REPAIRS = [
    ("A", 1, "train, test = np.arange(len(y)) % 4 == 0, np.arange(len(y)) % 4 != 0"),
    ("A", 2, "best = np.argsort(-np.abs((y - y.mean()) @ x))[:30]"),
    ("A", 3, "middles = [x[test & (y == one)][:, best].mean(axis=0) for one in (0, 1)]"),
    ("A", 4, "far = [np.abs(x[test][:, best] - middle).sum(axis=1) for middle in middles]"),
    ("B", 1, "test = np.arange(len(y)) % 4 == 0"),
    ("B", 1, "test = np.random.default_rng(1).random(len(y)) < 0.25"),
    ("B", 3, "far = np.abs(x[test][:, None] - x[train]).sum(axis=2)"),
    ("C", 1, "train = np.arange(len(y)) % 2 == 0"),
    ("C", 2, "share = np.array([y[~train & (town == one)].mean() for one in range(100)])"),
    ("C", 3, "said = share[town[~train]] >= 0.5"),
]


def score(letter, function, seed):
    """How well coin flips are learnt, from rows as the notebook makes them."""
    rng = np.random.default_rng(seed)
    if letter == "A":
        return function(rng.normal(size=(260, 2000)), rng.integers(0, 2, 260))
    if letter == "B":
        patient = np.arange(400) // 4
        x = rng.normal(size=(100, 5))[patient] + 0.01 * rng.normal(size=(400, 5))
        return function(x, rng.integers(0, 2, 100)[patient], patient)
    return function(np.arange(600) % 100, rng.integers(0, 2, 600))


def mean_score(letter, line, code):
    function = with_line("11-overfitting", NAMES[letter], line, code)
    return np.mean([score(letter, function, seed) for seed in range(20)])


@pytest.mark.parametrize(("letter", "line", "code"), REPAIRS)
def test_a_repair_leaves_what_chance_leaves(letter, line, code):
    assert three_leaks.mistakes.right()[letter] == line
    assert abs(mean_score(letter, line, code) - 0.5) < 0.04


@pytest.mark.parametrize(("letter", "line", "code"), NO_REPAIRS)
def test_what_comes_to_mind_instead_still_leaks(letter, line, code):
    assert mean_score(letter, line, code) > 0.62


def test_to_leave_out_the_patients_of_the_test_undoes_the_split_and_costs_most_rows():
    """As the hint says: where line 1 of B stays, line 2 can mend it, but few rows are left to learn from."""
    assert abs(mean_score("B", 2, "train = ~np.isin(patient, patient[test])") - 0.5) < 0.04
    patient = np.arange(400) // 4
    test = np.random.default_rng(0).permutation(400) % 4 == 0
    assert np.mean(~np.isin(patient, patient[test])) < 0.5
