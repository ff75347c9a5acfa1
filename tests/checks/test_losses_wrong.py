"""Chapter 03's checks, tried with functions that a learner writes first, and limits that are nearly right."""

import numpy as np
import pytest

from course_lib.checks import losses as check
from tests.checks.test_losses_verdicts import line_by_matrices, naive_softmax, picked, reader_with, softmax
from tests.checks.tried import refuse, wrong_ones


def shifted_sum(z, shift):
    with np.errstate(all="ignore"):
        return shift + np.log(np.exp(z - shift[:, None]).sum(axis=1))


def line(x, y, learning_rate, steps, factor=2.0, after=False, order="both", shared=True):
    w = b = 0.0
    losses = []
    for _ in range(steps):
        e = w * x + b - y
        losses.append(np.mean(e**2))
        w = w - learning_rate * factor * np.mean(e * x)
        if not shared:
            e = w * x + b - y
        b = b - learning_rate * factor * np.mean(e)
        if after:
            losses[-1] = np.mean((w * x + b - y) ** 2)
    return w, b, np.array(losses)


LOG_2_PI = np.log(2 * np.pi)


def gaussian(y, m, s, variance=np.exp, n=None, half=2.0, constant=LOG_2_PI, sign=1, inner=1):
    v, n = variance(s), n or y.size
    square = (y - m) ** 2 / v
    loss = np.mean(s + square + constant) / half
    return loss, sign * (m - y) / v / n, inner * (1 - square) / half / n


WRONG = {
    "quantile_loss": [
        ("The sides are swapped", lambda y, p, q: np.mean(np.where(p > y, q * (p - y), (1 - q) * (y - p)))),
        ("That is the sum", lambda y, p, q: np.maximum(q * (y - p), (q - 1) * (y - p)).sum()),
        ("one for each prediction", lambda y, p, q: np.maximum(q * (y - p), (q - 1) * (y - p))),
        ("costs as well", lambda y, p, q: np.mean(q * np.maximum(y - p, 0))),
        ("never negative", lambda y, p, q: np.mean(np.where(y > p, q * (y - p), (1 - q) * (y - p)))),
        ("Both sides cost the same", lambda y, p, q: np.mean(q * np.abs(y - p))),
        ("is not squared", lambda y, p, q: np.mean(np.where(y > p, q, 1 - q) * (y - p) ** 2)),
        ("", lambda y, p, q: np.mean(np.abs(y - p))),
        ("", lambda y, p, q: np.quantile(y - p, q)),
    ],
    "log_sum_exp": [
        ("the formula as it stands", lambda z: shifted_sum(z, np.zeros(len(z)))),
        ("came out as NaN", lambda z: shifted_sum(z, z.max(axis=1))),
        ("is to be added again", lambda z: shifted_sum(z, z.max(axis=1)) - z.max(axis=1)),
        ("Every row needs its own", lambda z: shifted_sum(z, np.full(len(z), z.max()))),
        ("That keeps a column", lambda z: np.logaddexp.reduce(z, axis=1, keepdims=True)),
        ("the shape", lambda z: np.logaddexp.reduce(z, axis=0)),
        ("the shape", lambda z: np.logaddexp.reduce(z, axis=None)),
        ("mean of the exponentials", lambda z: np.logaddexp.reduce(z, axis=1) - np.log(z.shape[1])),
        ("", lambda z: np.logaddexp.reduce(np.maximum(z, -1e9), axis=1)),
        ("", lambda z: np.log(np.exp(np.clip(z, -700, 700)).sum(axis=1))),
        ("", lambda z: np.nan_to_num(shifted_sum(z, z.max(axis=1)), nan=0.0)),
        ("", lambda z: z.max(axis=1)),
    ],
    "fit_line": [
        ("Uphill", lambda x, y, rate, steps: line(x, y, -rate, steps)),
        ("factor 2", lambda x, y, rate, steps: line(x, y, rate, steps, factor=1)),
        ("added the examples up", lambda x, y, rate, steps: line(x, y, rate, steps, factor=2 * len(x))),
        ("b has seen the new w", lambda x, y, rate, steps: line(x, y, rate, steps, shared=False)),
        ("*before* its step", lambda x, y, rate, steps: line(x, y, rate, steps, after=True)),
        ("hape is", lambda x, y, rate, steps: (*line(x, y, rate, steps)[:2], np.zeros(steps + 1))),
        ("a list", lambda x, y, rate, steps: (*line(x, y, rate, steps)[:2], line(x, y, rate, steps)[2].tolist())),
        ("", lambda x, y, rate, steps: (*line(x, y, rate, steps)[:2], line(x, y, rate, steps)[2] / 2)),
        ("", lambda x, y, rate, steps: (*np.polyfit(x, y, 1), line(x, y, rate, steps)[2])),
        ("3 were wanted", lambda x, y, rate, steps: line_by_matrices(x, y, rate, steps)[:2]),
    ],
    "gaussian_nll": [
        ("divided by the number of values", lambda y, m, s: gaussian(y, m, s, n=1)),
        (
            "not of σ",
            lambda y, m, s: (gaussian(y, m, 2 * s)[0], gaussian(y, m, 2 * s)[1], gaussian(y, m, 2 * s)[2] * 2),
        ),
        ("The constant is missing", lambda y, m, s: gaussian(y, m, s, constant=0)),
        ("too high a mean must come down", lambda y, m, s: gaussian(y, m, s, sign=-1)),
        ("above 0 for small errors", lambda y, m, s: gaussian(y, m, s, inner=-1)),
        ("slope in the variance", lambda y, m, s: gaussian(y, m, s, inner=np.exp(-s))),
        ("lacks the variance", lambda y, m, s: gaussian(y, m, s, sign=np.exp(s))),
        ("", lambda y, m, s: gaussian(y, m, np.exp(s), variance=lambda v: v)),
        ("3 were wanted", lambda y, m, s: gaussian(y, m, s)[:2]),
        ("a tuple of 3", lambda y, m, s: float(gaussian(y, m, s)[0])),
    ],
    "train_reader": [
        ("Log-softmax stays finite", reader_with(lambda z, y: -np.mean(np.log(picked(softmax(z), y))))),
        ("Take log-softmax", reader_with(lambda z, y: -np.mean(np.log(picked(softmax(z), y) + 1e-12)))),
        ("", reader_with(lambda z, y: -np.mean(np.log(np.clip(picked(softmax(z), y), 1e-7, 1 - 1e-7))))),
        ("", reader_with(lambda z, y: -np.mean(np.log(np.maximum(picked(softmax(z), y), 1e-300))))),
        ("NaN", reader_with(lambda z, y: np.mean(np.logaddexp.reduce(z, axis=1) - picked(z, y)), naive_softmax)),
        ("", reader_with(lambda z, y: np.mean(np.log(np.exp(z).sum(axis=1)) - picked(z, y)))),
        ("", reader_with(lambda z, y: np.sum(np.logaddexp.reduce(z, axis=1) - picked(z, y)))),
        ("", reader_with(lambda z, y: np.mean(np.logaddexp.reduce(z, axis=1) - picked(z, y)) / z.shape[1])),
    ],
}


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_wrong_function_is_refused_with_its_words(one, words, answer):
    refuse(one, words, answer)
