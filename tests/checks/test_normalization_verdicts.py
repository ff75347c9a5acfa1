"""Chapter 06's checks, tried: right answers written otherwise."""

import math
from fractions import Fraction

import numpy as np
import pytest

from course_lib.checks import normalization as check
from course_lib.layers import Dense, Sequential
from course_lib.normalization import BatchNormalization
from tests.checks.tried import accept, right_ones

SIZES = {"one layer": 2, "ten layers": 1024, "kept": 0.01, "kept with ReLU": 0.02}
MEANS = {
    "batch norm: means": 16,
    "batch norm: numbers in each": 2048,
    "batch norm: learnt": 32,
    "batch norm: remembered": 32,
    "layer norm: means": 2048,
    "layer norm: numbers in each": 16,
}
CURES = {"A": 3, "B": 5, "C": 4, "D": 1, "E": 2}
LINES = {"A": 4, "B": 2, "C": 3}


def scale_in_loops(train, new):
    out = np.zeros(new.shape)
    for feature in range(new.shape[1]):
        column = [float(value) for value in train[:, feature]]
        mean = sum(column) / len(column)
        spread = math.sqrt(sum((value - mean) ** 2 for value in column) / len(column))
        for row in range(len(new)):
            out[row, feature] = (new[row, feature] - mean) / spread if spread else new[row, feature] - mean
    return out


def scale_in_two_steps(train, new):
    shifted, std = new - np.mean(train, 0), np.sqrt(np.var(train, 0))
    std[std == 0] = 1
    return shifted / std


def scale_by_scikit_learn(train, new):
    from sklearn.preprocessing import StandardScaler

    return StandardScaler().fit(train).transform(new)


def scale_by_squares(train, new):
    mean = np.einsum("nf->f", train) / len(train)
    variance = np.einsum("nf,nf->f", train - mean, train - mean) / len(train)
    return np.divide(new - mean, variance**0.5, out=(new - mean).astype(float), where=variance > 0)


def he_by_a_loop(shape, slope):
    fan_in = 1
    for size in list(shape)[:-1]:
        fan_in *= size
    return (2 / (1 + slope * slope) / fan_in) ** 0.5


def fold_by_asking(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    """What the two give for zeros is the bias, for a row of the identity a row of the kernel more."""

    def both(x):
        return gamma * (x @ kernel + bias - moving_mean) / np.sqrt(moving_variance + epsilon) + beta

    nothing = both(np.zeros((1, len(kernel))))[0]
    return both(np.eye(len(kernel))) - nothing, nothing


def fold_by_the_course(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    dense, norm = Dense(*kernel.shape, np.random.default_rng(0)), BatchNormalization(len(bias), epsilon=epsilon)
    dense.params["kernel"][...], dense.params["bias"][...] = kernel, bias
    norm.params["gamma"][...], norm.params["beta"][...] = gamma, beta
    norm.moving_mean, norm.moving_variance = moving_mean, moving_variance
    both = Sequential(dense, norm)
    nothing = both.forward(np.zeros((1, len(kernel))))[0]
    return [both.forward(np.eye(len(kernel))) - nothing, nothing]


def fold_unit_by_unit(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    kernel, bias = np.array(kernel), np.array(bias)
    for unit in range(len(bias)):
        scale = gamma[unit] / (moving_variance[unit] + epsilon) ** 0.5
        kernel[:, unit] *= scale
        bias[unit] = bias[unit] * scale + (beta[unit] - moving_mean[unit] * scale)
    return kernel, bias


def merge_by_squares(n_a, mean_a, var_a, n_b, mean_b, var_b):
    n = n_a + n_b
    mean = (n_a * mean_a + n_b * mean_b) / n
    return n, mean, (n_a * (var_a + mean_a**2) + n_b * (var_b + mean_b**2)) / n - mean**2


def merge_by_the_distance(n_a, mean_a, var_a, n_b, mean_b, var_b):
    """Chan, Golub and LeVeque's own form, with sums of squares."""
    n, delta = n_a + n_b, mean_b - mean_a
    squares = var_a * n_a + var_b * n_b + delta * delta * n_a * n_b / n
    return [n, mean_a + delta * n_b / n, squares / n]


def merge_by_rows(n_a, mean_a, var_a, n_b, mean_b, var_b):
    """Rows that have these means and variances, put together."""

    def rows(n, mean, var):
        # One row more than n keeps the variance apart from the mean where n is 1.
        spread = np.sqrt(var) if n > 1 else 0 * var
        signs = np.resize([1.0, -1.0], n)[:, None] if n % 2 == 0 else np.r_[0.0, np.resize([1.0, -1.0], n - 1)][:, None]
        return mean + spread * signs * math.sqrt(n / max(n - n % 2, 1))

    together = np.concatenate([rows(n_a, mean_a, var_a), rows(n_b, mean_b, var_b)])
    return len(together), together.mean(axis=0), together.var(axis=0)


def calibrate_in_loops(x, kernels, skip):
    scaled, sizes, h = [], [], [list(map(float, row)) for row in x]
    for kernel in kernels:
        z = np.array([[sum(a * b for a, b in zip(row, column, strict=True)) for column in kernel.T] for row in h])
        rms = math.sqrt((z * z).sum() / z.size)
        factor = 1 / rms if rms else 1.0
        y = np.where(z > 0, z * factor, 0)
        h = y + h if skip and y.shape == np.shape(h) else y
        scaled.append(np.array(kernel) * factor)
        sizes.append(np.linalg.norm(h) / math.sqrt(np.size(h)))
    return tuple(scaled), np.array(sizes)


def calibrate_by_recursion(x, kernels, skip):
    if not kernels:
        return [], np.array([])
    z = np.einsum("bi,iu->bu", x, kernels[0])
    size = np.sqrt(np.average(z**2))
    size = 1.0 if size == 0 else size
    out = np.clip(z / size, 0, None)
    out = out + x if skip and out.shape == x.shape else out
    rest, sizes = calibrate_by_recursion(out, kernels[1:], skip)
    return [kernels[0] / size, *rest], np.append(np.sqrt((out**2).mean()), sizes)


RIGHT = {
    "ten_layers": {
        "whole floats": {key: float(value) for key, value in SIZES.items()},
        "computed": {
            "one layer": 100 * 0.02,
            "ten layers": (100 * 0.02) ** 10,
            "kept": 1 / 100,
            "kept with ReLU": 2 / 100,
        },
        "of NumPy": {key: np.float32(value) for key, value in SIZES.items()},
        "another order": dict(reversed(SIZES.items())),
    },
    "scale_by": {
        "loops": scale_in_loops,
        "two steps": scale_in_two_steps,
        "scikit-learn": scale_by_scikit_learn,
        "sums of squares": scale_by_squares,
    },
    "shared_means": {
        "whole floats": {key: float(value) for key, value in MEANS.items()},
        "of NumPy": {key: np.int16(value) for key, value in MEANS.items()},
        "computed": MEANS | {"batch norm: numbers in each": 32 * 8 * 8, "batch norm: learnt": 64 / 2},
        "another order": dict(reversed(MEANS.items())),
    },
    "leaky_he": {
        "a loop": he_by_a_loop,
        "np.prod": lambda shape, slope: np.sqrt(2 / ((1 + slope**2) * np.prod(shape[:-1]))),
        "all but the last": lambda shape, slope: np.sqrt(2 * shape[-1] / math.prod(shape) / (1 + slope**2)),
        "a gain": lambda shape, slope: math.sqrt(2 / (1 + slope**2)) / math.sqrt(math.prod(shape[:-1])),
        "fractions": lambda shape, slope: float(2 / (1 + Fraction(slope) ** 2) / math.prod(shape[:-1])) ** 0.5,
    },
    "cures": {
        "whole floats": {key: float(value) for key, value in CURES.items()},
        "of NumPy": {key: np.uint8(value) for key, value in CURES.items()},
        "another order": dict(reversed(CURES.items())),
        "dict(zip())": dict(zip("ABCDE", (3, 5, 4, 1, 2), strict=True)),
    },
    "fold": {
        "asked what they do": fold_by_asking,
        "the course's layers": fold_by_the_course,
        "unit by unit": fold_unit_by_unit,
        "a diagonal matrix": lambda kernel, bias, gamma, beta, mean, variance, epsilon: (
            kernel @ np.diag(gamma / np.sqrt(variance + epsilon)),
            beta + gamma * (bias - mean) * (variance + epsilon) ** -0.5,
        ),
    },
    "merge": {
        "by squares": merge_by_squares,
        "by the distance, and a list": merge_by_the_distance,
        "by rows": merge_by_rows,
        "a whole float": lambda *parts: (float(parts[0] + parts[3]), *merge_by_squares(*parts)[1:]),
    },
    "broken_norms": {
        "the other line of A": LINES | {"A": 5},
        "whole floats": {key: float(value) for key, value in LINES.items()},
        "of NumPy": {key: np.int64(value) for key, value in LINES.items()},
        "another order": dict(reversed(LINES.items())),
    },
    "calibrate": {
        "loops, and a tuple": calibrate_in_loops,
        "recursion": calibrate_by_recursion,
        "lists inside": lambda x, kernels, skip: tuple(
            calibrate_by_recursion(np.array(x.tolist()), list(kernels), skip)
        ),
        "a list for the pair": lambda x, kernels, skip: list(calibrate_in_loops(x, kernels, skip)),
    },
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer)
