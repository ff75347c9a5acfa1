"""Chapter 06's checks, tried: what a learner writes first, and the words that are due."""

import math

import numpy as np
import pytest

from course_lib.checks import normalization as check
from tests.checks.test_normalization_verdicts import (
    CURES,
    LINES,
    MEANS,
    SIZES,
    calibrate_by_recursion,
    fold_by_asking,
    merge_by_squares,
    scale_in_loops,
)
from tests.checks.tried import refuse, wrong_ones

WRONG = {
    "ten_layers": [
        ("the typical size", SIZES | {"one layer": 1.414}),
        ("You added", SIZES | {"ten layers": 20.0}),
        ("spread", SIZES | {"kept": 0.1}),
        ("so more variance", SIZES | {"kept with ReLU": 0.005}),
        ("without ReLU", SIZES | {"kept with ReLU": 0.01}),
        ("", SIZES | {"ten layers": 512}),
    ],
    "scale_by": [
        ("together", lambda train, new: scale_in_loops(np.concatenate([train, new]), new)),
        (
            "not by n − 1",
            lambda train, new: (new - train.mean(0)) / np.where(train.std(0) > 0, train.std(0, ddof=1), 1),
        ),
        ("It is only shifted", lambda train, new: divided(new - train.mean(0), train.std(0))),
        ("small number", lambda train, new: (new - train.mean(0)) / (train.std(0) + 1e-8)),
        ("must not decide", lambda train, new: divided(new - new.mean(0), np.where(new.std(0) > 0, new.std(0), 1))),
        ("thrown together", lambda train, new: (new - train.mean()) / train.std()),
    ],
    "shared_means": [
        ("whatever the pixel", MEANS | {"batch norm: means": 1024}),
        ("all 64 pixels", MEANS | {"batch norm: numbers in each": 32}),
        ("gamma and a beta", MEANS | {"batch norm: learnt": 16.0}),
        ("remembered, not learnt", MEANS | {"batch norm: learnt": 64}),
        ("one for each pixel", MEANS | {"layer norm: means": 32}),
        ("only the last axis", MEANS | {"layer norm: numbers in each": 1024}),
    ],
    "leaky_he": [
        ("plain ReLU", lambda shape, slope: math.sqrt(2 / math.prod(shape[:-1]))),
        ("the slope squared", lambda shape, slope: math.sqrt(2 / (1 + slope) / math.prod(shape[:-1]))),
        ("a whole window", lambda shape, slope: math.sqrt(2 / (1 + slope**2) / shape[-2])),
        ("That is the variance", lambda shape, slope: 2 / (1 + slope**2) / math.prod(shape[:-1])),
        ("no part of fan-in", lambda shape, slope: math.sqrt(2 / (1 + slope**2) / math.prod(shape))),
        ("the 2 is missing", lambda shape, slope: math.sqrt(1 / (1 + slope**2) / math.prod(shape[:-1]))),
    ],
    "cures": [
        ("ReLU halves", CURES | {"A": 4}),
        ("zeros come back", CURES | {"B": 3}),
        ("not the cause", CURES | {"C": 2}),
        ("gradient that explodes", CURES | {"D": 2}),
        ("What would hold it", CURES | {"E": 1}),
    ],
    "fold": [
        ("Epsilon stands under the root", lambda *args: fold_slip(*args, scale=lambda v, e: np.sqrt(v) + e)),
        ("Divide by the root", lambda *args: fold_slip(*args, scale=lambda v, e: v + e)),
        ("part of what is divided by", lambda *args: fold_slip(*args, scale=lambda v, e: np.sqrt(v + (v == 0)))),
        ("has to be scaled as well", lambda kernel, *rest: (1.0 * kernel, fold_by_asking(kernel, *rest)[1])),
        (
            "it lowers the new bias",
            lambda kernel, bias, gamma, beta, mean, *rest: fold_by_asking(kernel, bias, gamma, beta, -mean, *rest),
        ),
        ("Gamma is missing", lambda kernel, bias, gamma, *rest: fold_by_asking(kernel, bias, 1, *rest)),
    ],
    "merge": [
        ("divide by n, not by n − 1", lambda *parts: unbiased(parts, merge_by_squares(*parts)[2])),
        ("by n, not by n − 1", lambda *parts: unbiased(parts, merge_slip(*parts))),
        (
            "Their distance adds",
            lambda n_a, a, v, n_b, b, w: (
                n_a + n_b,
                (n_a * a + n_b * b) / (n_a + n_b),
                (n_a * v + n_b * w) / (n_a + n_b),
            ),
        ),
        ("weigh the means", lambda n_a, a, v, n_b, b, w: (n_a + n_b, (a + b) / 2, (v + w) / 2 + (a - b) ** 2 / 4)),
        ("were wanted", lambda *parts: merge_by_squares(*parts)[1:]),
    ],
    "broken_norms": [
        *(
            (f"A: {words}", LINES | {"A": line})
            for line, words in ((1, "zeros"), (2, "the loop"), (3, "the moving mean"))
        ),
        *((f"B: {words}", LINES | {"B": line}) for line, words in ((1, "the mean"), (3, "the last line"))),
        *((f"C: {words}", LINES | {"C": line}) for line, words in ((1, "the RMS"), (2, "multiply"))),
    ],
    "calibrate": [
        ("not the spread", lambda *args: calibrate_slip(*args, size=np.std)),
        ("The rms is its root", lambda *args: calibrate_slip(*args, size=lambda z: np.mean(z**2))),
        ("Take their mean", lambda *args: calibrate_slip(*args, size=lambda z: np.sqrt(np.sum(z**2)))),
        ("adds its input", lambda x, kernels, skip: calibrate_by_recursion(x, kernels, False)),
        ("nothing is added", lambda x, kernels, skip: calibrate_by_recursion(x, kernels, True)),
        ("changed the data", lambda x, kernels, skip: kernels.append(x) or (kernels, x)),
    ],
}


def divided(a, b):
    with np.errstate(all="ignore"):
        return a / b


def fold_slip(kernel, bias, gamma, beta, mean, variance, epsilon, scale):
    by = gamma / scale(variance, epsilon)
    return kernel * by, (bias - mean) * by + beta


def merge_slip(n_a, a, v, n_b, b, w):
    n = n_a + n_b
    return ((n_a - 1) * v + (n_b - 1) * w + n_a * n_b / n * (a - b) ** 2) / n


def unbiased(parts, variance):
    n, mean, _ = merge_by_squares(*parts)
    return n, mean, variance * n / (n - 1)


def calibrate_slip(x, kernels, skip, size):
    h, scaled, sizes = x, [], []
    for kernel in kernels:
        by = size(h @ kernel) or 1.0
        y = np.maximum(h @ kernel / by, 0)
        h = h + y if skip and y.shape == h.shape else y
        scaled.append(kernel / by)
        sizes.append(np.sqrt(np.mean(h**2)))
    return scaled, np.array(sizes)


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_a_wrong_answer_is_refused_with_its_words(one, words, answer):
    refuse(one, words, answer)
