"""A memory that is a matrix, judged by what it recalls: digits of which half is erased."""

import numpy as np

from course_lib.checking.answers import function_answer
from course_lib.checking.check import Check
from course_lib.checking.mistakes import wrong_functions

# An odd number of rounds: with all signs turned round a matrix gives the negative every other time.
STORED, SIDE, ERASED, LEAST, ROUNDS = 20, 8, 4, 0.45, 31
UNITS = SIDE * SIDE
# Two digits that are nearly the same cannot be told apart by a half.
APART = 12
# Some hundred rounds at a rate that suits lead to weights of about 1.
LARGEST = 1e6
SQUARE = "A row for each unit, a column for each unit that it listens to: the shape is (64, 64)."
FINITE = "Its entries must be finite. Did the rate let the weights grow without end?"
GROWN = "Its weights have grown without end, and say nothing any more: a smaller rate."
NEGATIVE = (
    "With all its signs turned round it would recall them: each row moves by the target minus what the unit says, not "
    "by the contrary."
)
NO_OWN = (
    "Its diagonal is 0. If the other weights have learnt with what it held, they do not fit without it: leave it as it "
    "is, or set it to 0 in each round of learning."
)
OWN_STATE = (
    "It leaves what is erased at 0. Each unit must listen to the others: what do the weights to an erased one hold?"
)
NOT_KEPT = (
    "It does not even keep whole digits. Digits are alike, and Hebb's rule mixes what is alike: correct the weights "
    "where a unit says the wrong thing, as ADALINE did."
)
TURNED = "Turned round it would recall them: row i is for the weights with which unit i listens to the others."
ONLY_WHOLE = (
    "It keeps whole digits, and finds back too few from a half. Let it learn with erased digits as inputs and the "
    "whole ones as targets, some hundred rounds at a small rate: by the target minus the tanh of the sum, not its sign."
)


def erased(patterns):
    """Every pattern with four neighbouring rows, or columns, set to 0, in ten ways: (10 · k, 64)."""
    images = np.repeat(patterns.reshape(1, -1, SIDE, SIDE), 10, axis=0).astype(float)
    for first in range(SIDE - ERASED + 1):
        images[first, :, first : first + ERASED] = 0
        images[first + 5, :, :, first : first + ERASED] = 0
    return images.reshape(-1, UNITS)


def recalled(weights, states):
    """What the states, (n, 64), come to: all units at once take the sign of their sum, and stay where that is 0."""
    for _ in range(ROUNDS):
        sums = states @ weights.T
        states = np.where(sums == 0, states, np.sign(sums))
    return states


def share_recalled(weights, patterns, begin):
    """The share of ``begin``, (m · k, 64), that comes to just its pattern."""
    wanted = np.tile(patterns, (len(begin) // len(patterns), 1))
    return float((recalled(weights, begin) == wanted).all(axis=1).mean())


def some_digits(rng, split):
    """(20, 64), ink 1 and paper −1: of ``data.digits()``, such that no two have fewer than 12 points of difference."""
    images, chosen = np.concatenate([split.x_train, split.x_val, split.x_test]).reshape(-1, UNITS), []
    for one in rng.permutation(np.where(images > 0.5, 1, -1)):
        if all(np.sum(one != other) >= APART for other in chosen):
            chosen.append(one)
        if len(chosen) == STORED:
            return np.array(chosen)
    raise ValueError("there are not enough digits so far apart")


def hebb(patterns):
    """Hebb's rule: a unit listens to another as often as both agreed."""
    return _without_own(patterns.T @ patterns / UNITS)


def projection(patterns):
    """The rule of the exercise before."""
    return _without_own(np.linalg.pinv(patterns) @ patterns)


def learnt(patterns, rounds=500, rate=0.002):
    """The weights of 64 units that learn, each by gradient descent, to say their point from what an erased digit shows.

    The answer is the tanh of the sum, so that a sum far on the right side is no error.
    """
    weights, seen = np.zeros((UNITS, UNITS)), erased(patterns)
    wanted = np.tile(patterns, (10, 1))
    for _ in range(rounds):
        weights += rate * (wanted - np.tanh(seen @ weights.T)).T @ seen
    return weights


def _without_own(weights):
    np.fill_diagonal(weights, 0.0)
    return weights


def kept_in_a_matrix(*hints, points, digits):
    """A check for a function that makes a memory's matrix: decorates the right one. digits: ``data.digits``"""

    def decorate(right):
        def judge(trial):
            judge_memory(trial, digits())

        wrong = wrong_functions(WRONG_MEMORIES, right)
        return Check(right.__name__, judge, function_answer, points, hints, wrong, right.__module__)

    return decorate


def judge_memory(trial, split):
    """Three memories of twenty digits each: of their 600 halves, at least 45 % come back just as they were."""
    tried = []
    for _ in range(3):
        patterns = some_digits(trial.rng, split)
        weights = _matrix(trial.ask(patterns))
        trial.require(weights is not None, "It is no array of numbers of the shape (64, 64).", SQUARE)
        trial.require(np.isfinite(weights).all(), "Its entries are not all finite.", FINITE)
        tried.append((weights, patterns, erased(patterns)))
    shares = [share_recalled(weights, patterns, begin) for weights, patterns, begin in tried]
    enough, worst = np.mean(shares) >= LEAST, tried[int(np.argmin(shares))]
    said = f"Of 600 half-erased digits {np.mean(shares):.0%} come back just as they were; 45 % were wanted."
    trial.require(enough, said, "" if enough else why_not(*worst))


def _matrix(value):
    """The value as a (64, 64) array of floats; None if it is something else."""
    try:
        weights = np.array(value, float)
    except (TypeError, ValueError):
        return None
    return weights if weights.shape == (UNITS, UNITS) else None


def why_not(weights, patterns, begin):
    """The words for a matrix that recalls too few."""
    if share_recalled(weights.T, patterns, begin) >= LEAST:
        return TURNED
    if share_recalled(-weights, patterns, begin) >= LEAST:
        return NEGATIVE
    if np.abs(weights).max() > LARGEST:
        return GROWN
    if (recalled(weights, begin) == begin).all():
        return OWN_STATE
    kept = share_recalled(weights, patterns, patterns.astype(float))
    if kept >= 0.9:
        return ONLY_WHOLE
    return NO_OWN if kept >= 0.5 and not np.diag(weights).any() else NOT_KEPT


WRONG_MEMORIES = {
    SQUARE: lambda patterns: patterns @ patterns.T / UNITS,
    FINITE: lambda patterns: np.full((UNITS, UNITS), np.nan),
    OWN_STATE: lambda patterns: np.eye(UNITS),
    NOT_KEPT: hebb,
    TURNED: lambda patterns: learnt(patterns).T,
    NEGATIVE: lambda patterns: -learnt(patterns),
    GROWN: lambda patterns: 1e9 * hebb(patterns),
    ONLY_WHOLE: projection,
}
