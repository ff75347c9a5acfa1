"""Chapter 03's checks, tried: right answers written otherwise, and what a learner writes first."""

import math

import numpy as np
import pytest

from course_lib import losses as of_the_course
from course_lib.activations import softmax
from course_lib.checks import losses as check
from tests.checks.tried import accept, refuse, right_ones, wrong_ones


def quantile_in_loops(y_true, y_pred, q):
    costs = []
    for y, p in zip(y_true.ravel(), y_pred.ravel(), strict=True):
        costs.append(q * (y - p) if y > p else (1 - q) * (p - y))
    return sum(costs) / len(costs)


def quantile_by_clipping(y_true, y_pred, q):
    e = y_true - y_pred
    return (q * np.clip(e, 0, None).sum() + (1 - q) * np.clip(-e, 0, None).sum()) / e.size


def log_sum_exp_in_loops(z):
    found = []
    for row in z:
        largest = max(row)
        finite = largest > -np.inf
        found.append(largest + math.log(sum(math.exp(one - largest) for one in row)) if finite else -np.inf)
    return np.array(found)


def log_sum_exp_in_a_chain(z):
    total = z[:, 0]
    for column in z.T[1:]:
        total = np.logaddexp(total, column)
    return total


def log_sum_exp_with_nan_to_num(z):
    shift = np.nan_to_num(z.max(axis=1, keepdims=True), neginf=0.0)
    return (np.log(np.einsum("bc->b", np.exp(z - shift))) + shift[:, 0]).astype("float64")


def line_by_matrices(x, y, learning_rate, steps):
    X, theta, losses = np.column_stack([x, np.ones(len(x))]), np.zeros(2), []
    for _ in range(steps):
        losses += [((X @ theta - y) ** 2).mean()]
        theta = theta - learning_rate * 2 / len(x) * X.T @ (X @ theta - y)
    return *theta, np.array(losses)


def line_in_loops(x, y, learning_rate, steps):
    w, b, losses, n = 0, 0, np.zeros(steps), len(x)
    for step in range(steps):
        dw = db = loss = 0
        for one, wanted in zip(x, y, strict=True):
            e = wanted - (w * one + b)
            loss, dw, db = loss + e * e / n, dw - 2 * e * one / n, db - 2 * e / n
        losses[step] = loss
        w, b = w - learning_rate * dw, b - learning_rate * db
    return [w, b, losses]


def line_by_moments(x, y, learning_rate, steps):
    """All it needs of the data are five means."""
    sx, sy, sxx, sxy, syy = x.mean(), y.mean(), (x * x).mean(), (x * y).mean(), (y * y).mean()
    w, b, losses = 0.0, 0.0, []
    for _ in range(steps):
        losses.append(w * w * sxx + b * b + syy + 2 * w * b * sx - 2 * w * sxy - 2 * b * sy)
        w, b = w - 2 * learning_rate * (w * sxx + b * sx - sxy), b - 2 * learning_rate * (w * sx + b - sy)
    return w, b, np.array(losses)


def line_in_float32(x, y, learning_rate, steps):
    x, y, rate = x.astype("float32"), y.astype("float32"), np.float32(learning_rate)
    w, b, losses = np.float32(0), np.float32(0), np.zeros(steps)
    for step in range(steps):
        error = w * x + b - y
        losses[step] = np.mean(error * error)
        w, b = w - 2 * rate * np.mean(error * x), b - 2 * rate * np.mean(error)
    return float(w), float(b), losses


def gaussian_in_loops(y_true, mean, log_variance):
    loss, d_mean, d_log = 0.0, np.zeros(y_true.shape), np.zeros(y_true.shape)
    for place in np.ndindex(y_true.shape):
        e, v = y_true[place] - mean[place], math.exp(log_variance[place])
        loss += 0.5 * (math.log(v) + e * e / v + math.log(2 * math.pi)) / y_true.size
        d_mean[place], d_log[place] = -e / v / y_true.size, (1 - e * e / v) / (2 * y_true.size)
    return loss, d_mean, d_log


def gaussian_of_the_density(y_true, mean, log_variance):
    sigma, n = np.exp(log_variance / 2), np.prod(y_true.shape)
    z = (y_true - mean) / sigma
    loss = -np.mean(-(z**2) / 2 - np.log(sigma * np.sqrt(2 * np.pi)))
    return [loss, -z / sigma / n, 0.5 / n - z**2 / (2 * n)]


def gaussian_by_precision(y_true, mean, log_variance):
    precision = np.exp(-log_variance)
    weighted = precision * (mean - y_true)
    terms = np.stack([log_variance, weighted * (mean - y_true), np.full(mean.shape, np.log(2 * np.pi))])
    return terms.sum() / 2 / mean.size, weighted / mean.size, (1 - weighted * (mean - y_true)) / mean.size * 0.5


def reader_of_the_course(x, y, classes, learning_rate, batch_size, orders):
    kernel, bias = np.zeros((x.shape[1], classes)), np.zeros(classes)

    def loss():
        return of_the_course.sparse_categorical_crossentropy(y, x @ kernel + bias, from_logits=True)

    losses = [loss()]
    for order in orders:
        for i in np.split(order, range(batch_size, len(order), batch_size)):
            d = of_the_course.sparse_categorical_crossentropy_grad(y[i], x[i] @ kernel + bias, from_logits=True)
            kernel, bias = kernel - learning_rate * x[i].T @ d, bias - learning_rate * d.sum(axis=0)
        losses.append(loss())
    return kernel, bias, np.array(losses)


def reader_with_a_column_of_ones(x, y, classes, learning_rate, batch_size, orders):
    X, W = np.insert(x, 0, 1.0, axis=1), np.zeros((x.shape[1] + 1, classes))
    wanted, losses = (y[:, None] == np.arange(classes)) * 1.0, []
    for epoch in range(len(orders) + 1):
        z = X @ W
        losses.append(np.mean(np.logaddexp.reduce(z, axis=1) - (z * wanted).sum(axis=1)))
        for start in range(0, len(x), batch_size) if epoch < len(orders) else ():
            i = orders[epoch][start : start + batch_size]
            W = W + learning_rate * np.einsum("ni,nk->ik", X[i], wanted[i] - softmax(X[i] @ W)) / len(i)
    return W[1:], W[0], np.array(losses)


def reader_in_loops(x, y, classes, learning_rate, batch_size, orders):
    """One example after the other; the slopes of a batch are added up and used when it is full."""
    kernel, bias, losses = np.zeros((x.shape[1], classes)), np.zeros(classes), []

    def shares(example):
        z = example @ kernel + bias
        e = np.exp(z - z.max())
        return e / e.sum()

    def loss():
        z = x @ kernel + bias
        z = z - z.max(axis=1)[:, None]
        return float(np.mean([math.log(np.exp(row).sum()) - row[label] for row, label in zip(z, y, strict=True)]))

    losses.append(loss())
    for order in orders.tolist():
        while order:
            batch, order = order[:batch_size], order[batch_size:]
            errors = [shares(x[i]) - np.eye(classes)[y[i]] for i in batch]
            kernel = kernel - learning_rate * sum(np.outer(x[i], e) for i, e in zip(batch, errors, strict=True)) / len(
                batch
            )
            bias = bias - learning_rate * sum(errors) / len(batch)
        losses.append(loss())
    return kernel, bias, np.array(losses)


def reader_with(loss_of, shares=softmax):
    """A reader whose losses come of its logits and labels in some other way."""

    def reader(x, y, classes, learning_rate, batch_size, orders):
        W, b = np.zeros((x.shape[1], classes)), np.zeros(classes)
        losses = [loss_of(x @ W + b, y)]
        for order in orders:
            for first in range(0, len(order), batch_size):
                i = order[first : first + batch_size]
                d = shares(x[i] @ W + b)
                d[np.arange(len(i)), y[i]] -= 1
                W, b = W - learning_rate * x[i].T @ d / len(i), b - learning_rate * d.sum(axis=0) / len(i)
            losses.append(loss_of(x @ W + b, y))
        return W, b, np.array(losses)

    return reader


def picked(p, y):
    return p[np.arange(len(y)), y]


def naive_softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


MEANS = {"MSE": 2.875, "MAE": 1.25, "Huber": 1.3125}
FIRST = {"spam": 0.693, "clothes": 2.303, "words": 10.309, "tags": 0.693, "rare": 0.325}
RUNS = {"A": "too small", "B": "too large", "C": "wrong loss", "D": "fine", "E": "stuck"}
RIGHT = {
    "losses_by_hand": {
        "rounded up": {"MSE": 2.88, "MAE": 1.25, "Huber": 1.31},
        "half to even": {"MSE": 2.87, "MAE": 1.25, "Huber": 1.31},
        "fractions": {"MSE": 23 / 8, "MAE": 5 / 4, "Huber": 21 / 16},
        "float32": {name: np.float32(loss) for name, loss in MEANS.items()},
    },
    "first_losses": {
        "two decimals": {"spam": 0.69, "clothes": 2.30, "words": 10.31, "tags": 0.69, "rare": 0.33},
        "computed": {
            "spam": np.log(2),
            "clothes": -math.log(0.1),
            "words": np.log(30_000),
            "tags": 5 * np.log(2) / 5,
            "rare": -(math.log(0.1) + 9 * math.log(0.9)) / 10,
        },
        "cut off": FIRST | {"rare": 0.325, "spam": 0.6931},
    },
    "quantile_loss": {
        "loops": quantile_in_loops,
        "np.maximum": lambda y, p, q: np.maximum(q * (y - p), (q - 1) * (y - p)).mean(),
        "clipping": quantile_by_clipping,
        "size and lean": lambda y, p, q: np.mean(np.abs(y - p) / 2 + (q - 0.5) * (y - p)),
        "a weight": lambda y, p, q: np.average(np.abs(q - (y < p)) * np.abs(y - p)),
    },
    "learning_curves": {"other cases": {letter: word.upper() for letter, word in RUNS.items()}},
    "log_sum_exp": {
        "loops": log_sum_exp_in_loops,
        "a chain": log_sum_exp_in_a_chain,
        "nan_to_num": log_sum_exp_with_nan_to_num,
        "np.logaddexp.reduce": lambda z: np.logaddexp.reduce(z, axis=1),
    },
    "fit_line": {
        "matrices": line_by_matrices,
        "loops": line_in_loops,
        "moments": line_by_moments,
        "float32 inside": line_in_float32,
    },
    "gaussian_nll": {
        "loops": gaussian_in_loops,
        "the density": gaussian_of_the_density,
        "precision": gaussian_by_precision,
    },
    "train_reader": {
        "the course's own": reader_of_the_course,
        "a column of ones": reader_with_a_column_of_ones,
        "loops": reader_in_loops,
        "logaddexp": reader_with(lambda z, y: np.mean(np.logaddexp.reduce(z, axis=1) - picked(z, y))),
    },
}

WRONG = {
    "losses_by_hand": [
        ("MSE: that is the sum", MEANS | {"MSE": 11.5}),
        ("MSE: that is the root", MEANS | {"MSE": 1.70}),
        ("MSE: a prediction that is right", MEANS | {"MSE": 3.83}),
        ("MAE: errors of different signs", MEANS | {"MAE": -0.5}),
        ("MAE: a prediction that is right", MEANS | {"MAE": 1.67}),
        ("Huber: small errors", MEANS | {"Huber": 1.63}),
        ("Huber: beyond the border it is", MEANS | {"Huber": 1.81}),
        ("Huber: the border", MEANS | {"Huber": 0.91}),
        ("Huber: −3 lies", MEANS | {"Huber": 1.44}),
        ("Huber: that is the sum", MEANS | {"Huber": 5.25}),
        ("", MEANS | {"MSE": 2.86}),
    ],
    "first_losses": [
        ("spam: that is the probability", FIRST | {"spam": 0.5}),
        ("spam: that is the logarithm to the base 2", FIRST | {"spam": 1}),
        ("clothes: the sum over the classes", FIRST | {"clothes": 0.23}),
        ("clothes: that is the logarithm to the base 10", FIRST | {"clothes": 1}),
        ("clothes: ten logits", FIRST | {"clothes": 0.69}),
        ("words: ", FIRST | {"words": 4.48}),
        ("tags: the loss is the mean", FIRST | {"tags": 3.47}),
        ("tags: the five questions", FIRST | {"tags": 1.61}),
        ("rare: it does not say one half", FIRST | {"rare": 0.69}),
        ("rare: that is the cost of a no", FIRST | {"rare": 0.11}),
        ("rare: that is the cost of a yes", FIRST | {"rare": 2.30}),
        ("", FIRST | {"words": 10.0}),
    ],
    "learning_curves": [
        *[("A: ", RUNS | {"A": word}) for word in ("stuck", "fine")],
        *[("B: ", RUNS | {"B": word}) for word in ("too small", "wrong loss")],
        *[("C: ", RUNS | {"C": word}) for word in ("fine", "too small")],
        ("D: ", RUNS | {"D": "too small"}),
        ("E: ", RUNS | {"E": "too small"}),
        ("that is not it", RUNS | {"A": "slow"}),
    ],
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer)


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_a_wrong_answer_is_refused_with_its_words(one, words, answer):
    refuse(one, words, answer)
