"""Chapter 05's checks, tried: what a learner writes first, and the words that are due."""

import numpy as np
import pytest

from course_lib.checks import optimizers as check
from tests.checks.test_optimizers_verdicts import (
    BOXES,
    LINES,
    MEMORY,
    RATES,
    STEPS,
    beside_the_root,
    mean_by_a_matrix,
    own_adam,
    triangles_by_remainders,
    with_step,
)
from tests.checks.tried import refuse, wrong_ones


def under_the_root(m, v, t):
    return m / (1 - 0.9**t) / np.sqrt(v / (1 - 0.999**t) + 1e-7)


def under_the_first_root(m, v, t):
    return m / (1 - 0.9**t) * np.sqrt(1 - 0.999**t) / np.sqrt(v + 1e-7)


def with_epsilon(epsilon):
    return lambda m, v, t: m / (1 - 0.9**t) * np.sqrt(1 - 0.999**t) / (np.sqrt(v) + epsilon)


def uncorrected(m, v, t):
    return m / (np.sqrt(v) + 1e-7)


WRONG = {
    "first_steps": [
        ("a running mean of slopes", STEPS | {"momentum": 1.88}),
        ("nine tenths", STEPS | {"momentum": 1.28}),
        ("without the bias correction", STEPS | {"Adam": 1.68}),
        ("SGD's first step", STEPS | {"Adam": 1.6}),
        ("not w", STEPS | {"SGD": 1.62}),
        ("", STEPS | {"SGD": 1.29}),
    ],
    "corrected_mean": [
        (
            "The first means are too small",
            lambda x, beta: mean_by_a_matrix(x, beta) * (1 - beta ** np.arange(1, len(x) + 1))[:, None],
        ),
        ("the plain mean", lambda x, beta: np.cumsum(x, axis=0) / np.arange(1, len(x) + 1)[:, None]),
        ("dtype is float32", lambda x, beta: mean_by_a_matrix(x, beta).astype("float32")),
        ("Its shape is", lambda x, beta: mean_by_a_matrix(x, beta)[-1]),
        ("It is a list", lambda x, beta: mean_by_a_matrix(x, beta).tolist()),
    ],
    "ravine_rates": [
        ("the rate was rounded before", RATES | {"factor": 0.46}),
        ("has long flown away", RATES | {"limit": 0.67}),
        ("Beyond it", RATES | {"limit": 0.125}),
        ("not fair to both", RATES | {"best": 0.23}),
        ("that is gone", RATES | {"factor": 0.55}),
        ("", RATES | {"one step": 0.1}),
    ],
    "memory": [
        ("as many numbers as the weights", MEMORY | {"SGD": 28.0}),
        ("a velocity", MEMORY | {"momentum": 56}),
        ("two numbers for each weight", MEMORY | {"Adam": 84}),
        ("m and v", MEMORY | {"Adam": 140}),
        ("", MEMORY | {"SGD": 56.5}),
    ],
    "triangular": [
        ("do not shrink", lambda steps, low, high, size: triangles_by_remainders(steps % (2 * size), low, high, size)),
        (
            "with it",
            lambda steps, low, high, size: (
                0.5 ** (steps // (2 * size)) * triangles_by_remainders(steps % (2 * size), low, high, size)
            ),
        ),
        (
            "It is the second",
            lambda steps, low, high, size: triangles_by_remainders(steps, low, (low + high) / 2, size),
        ),
        (
            "1/2, 1/3, 1/4",
            lambda steps, low, high, size: (
                low + (triangles_by_remainders(steps % (2 * size), low, high, size) - low) / (steps // (2 * size) + 1)
            ),
        ),
        ("size is the way up", lambda steps, low, high, size: triangles_by_remainders(steps, low, high, size / 2)),
    ],
    "black_boxes": [
        ("A: Adam's first step", BOXES | {"A": "Adam"}),
        ("B: SGD has no memory", BOXES | {"B": "SGD"}),
        ("C: the second move", BOXES | {"C": "Adam"}),
        ("D: without correction", BOXES | {"D": "RMSprop"}),
        ("E: momentum would", BOXES | {"E": "momentum"}),
    ],
    "broken_adams": [
        *((f"A: {words}", LINES | {"A": line}) for line, words in ((2, "t"), (3, "the"), (6, "v"), (7, "line"))),
        *((f"B: {words}", LINES | {"B": line}) for line, words in ((4, "squares"), (5, "m"))),
        *((f"C: {words}", LINES | {"C": line}) for line, words in ((4, "v"), (5, "m"), (7, "line"))),
    ],
    "lion": [
        ("before you compute c", lambda *args: lion_slip(*args, early=True)),
        ("only its sign", lambda *args: lion_slip(*args, sign=lambda c: c)),
        ("goes uphill", lambda *args: lion_slip(*args, sign=lambda c: -np.sign(c))),
        ("The decay is missing", lambda *args: lion_slip(*args[:-1], 0.0)),
        ("swapped", lambda w, grads, rate, one, two, decay: lion_slip(w, grads, rate, two, one, decay)),
        ("changed the data", lambda w, *rest: np.multiply(w, 2, out=w, casting="unsafe")),
    ],
    "train_softmax": [
        ("not under it", with_step(step=under_the_root)),
        ("not under it", with_step(step=under_the_first_root)),
        ("and not 1e-8", with_step(step=with_epsilon(1e-8))),
        ("Epsilon is missing", with_step(step=np.errstate(all="ignore")(with_epsilon(0)))),
        ("not corrected", with_step(step=uncorrected)),
        ("with one part", with_step(step=beside_the_root, first=0)),
        ("The decay is missing", lambda *args: own_adam(*args[:-1], 0.0, beside_the_root)),
        ("The gradient is not clipped", lambda *args: own_adam(*args[:-2], np.inf, args[-1], beside_the_root)),
    ],
}


def lion_slip(w, grads, rate, beta_1, beta_2, decay, sign=np.sign, early=False):
    w, m = np.array(w, float), np.zeros(len(w))
    for g in grads:
        new = beta_2 * m + (1 - beta_2) * g
        c = beta_1 * (new if early else m) + (1 - beta_1) * g
        w, m = w - rate * (sign(c) + decay * w), new
    return w


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_a_wrong_answer_is_refused_with_its_words(one, words, answer):
    refuse(one, words, answer)
