"""What chapter 16 measures while one waits: the memory of a Hopfield network, and ADALINE beside the perceptron."""

import functools

import numpy as np

from course_lib import hopfield
from course_lib.data import digits
from course_lib.neurons import mistakes_per_round, perceptron_updates


def signs(images):
    """Digits as ±1: 1 where there is more ink than 0.4. images: (n, 8, 8)   returns: (n, 64)"""
    return np.where(images.reshape(len(images), -1) > 0.4, 1, -1)


@functools.cache
def _training():
    return digits()[:2]


def memories(count, seed=0):
    """So many training digits, each of another kind, chosen by chance: (count, 64) of ±1. count: at most 10"""
    x, y = _training()
    rng = np.random.default_rng(seed)
    return signs(x[[rng.choice(np.flatnonzero(y == kind)) for kind in rng.permutation(10)[:count]]])


def half_erased(patterns):
    """The lower half of each picture is paper. (n, 64)"""
    shown = patterns.copy()
    shown[:, patterns.shape[1] // 2 :] = -1
    return shown


def recalled(patterns, shown, weights=None):
    """The share of the patterns that come back without a mistake from what is shown of them."""
    weights = hopfield.hebb(patterns) if weights is None else weights
    return float((hopfield.recall(weights, shown) == patterns).all(axis=1).mean())


def thrown(count, kind, seed=0):
    """Patterns of 64 coins: (count, 64) of ±1. kind: "coins", fair ones

    "loaded coins": in each square as often ink as the training digits have it there
    """
    ink = 0.5 if kind == "coins" else (signs(_training()[0]) == 1).mean(axis=0)
    return np.where(np.random.default_rng(seed).random((count, 64)) < ink, 1, -1)


def capacity(counts, kind="digits", seeds=range(100)):
    """{stored: the mean share recalled from the upper half}. kind: "digits", or see ``thrown``"""
    shares = {}
    for count in counts:
        found = []
        for seed in seeds:
            patterns = memories(count, seed) if kind == "digits" else thrown(count, kind, seed)
            found.append(recalled(patterns, half_erased(patterns)))
        shares[count] = float(np.mean(found))
    return shares


def two_machines(rounds=30, rate=0.01):
    """Digits 3 and 5 by a perceptron and by ADALINE: {name: (rounds,)} mistakes, and mean squared errors."""
    x, y, *_ = digits()
    some = np.isin(y, (3, 5))
    x, y = x[some].reshape(-1, 64).astype(float), (y[some] == 5).astype(int)
    mistakes = mistakes_per_round(perceptron_updates(x, y, rounds), y)
    w, b, target, errors = np.zeros(64), 0.0, 2 * y - 1, []
    for _ in range(rounds):
        for example, wanted in zip(x, target, strict=True):
            error = wanted - (w @ example + b)
            w, b = w + rate * error * example, b + rate * error
        errors.append(np.mean((target - x @ w - b) ** 2))
    return {"perceptron: mistakes": mistakes, "ADALINE: mean squared error": np.array(errors)}
