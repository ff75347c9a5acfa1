"""Chapter 05's checks, tried: right answers written otherwise."""

import functools

import numpy as np
import pytest

from course_lib.activations import softmax
from course_lib.checks import optimizers as check
from course_lib.optimizers import Adam, AdamW, clip_by_global_norm
from course_lib.schedules import CosineDecay, LinearWarmup
from tests.checks.tried import accept, right_ones

STEPS = {"SGD": 1.28, "momentum": 0.92, "Adam": 1.9}
RATES = {"limit": 0.25, "one step": 0.125, "best": 2 / 11, "factor": 5 / 11}
MEMORY = {"SGD": 56, "momentum": 84, "Adam": 112}
BOXES = {"A": "RMSprop", "B": "momentum", "C": "Adagrad", "D": "Adam", "E": "SGD"}
LINES = {"A": 5, "B": 7, "C": 6}


def mean_by_weights(x, beta):
    means = []
    for t in range(len(x)):
        weights = [beta ** (t - k) for k in range(t + 1)]
        means.append(sum(weight * row for weight, row in zip(weights, x, strict=False)) / sum(weights))
    return np.stack(means)


def mean_by_a_matrix(x, beta):
    age = np.subtract.outer(np.arange(len(x)), np.arange(len(x)))
    weights = np.where(age >= 0, float(beta) ** np.maximum(age, 0), 0.0)
    return np.einsum("tk,kc->tc", weights / weights.sum(axis=1, keepdims=True), x)


def mean_column_by_column(x, beta):
    out = np.empty(x.shape)
    for column in range(x.shape[1]):
        m, share = 0.0, 0.0
        for t in range(len(x)):
            m, share = beta * m + (1 - beta) * float(x[t, column]), beta * share + (1 - beta)
            out[t, column] = m / share
    return out


def triangles_in_loops(steps, low, high, size):
    out = np.empty(steps.shape)
    for place in np.ndindex(steps.shape):
        number, peak = 0, high - low
        step = int(steps[place])
        while step >= 2 * size:
            step, number, peak = step - 2 * size, number + 1, peak / 2
        out[place] = low + peak * (step if step <= size else 2 * size - step) / size
    return out


def triangles_by_remainders(steps, low, high, size):
    along = steps % (2 * size)
    return low + (high - low) / 2.0 ** (steps // (2 * size)) * np.minimum(along, 2 * size - along) / size


def lion_in_loops(w, grads, learning_rate, beta_1, beta_2, weight_decay):
    out = []
    for k in range(len(w)):
        one, m = float(w[k]), 0.0
        for g in grads[:, k]:
            c = beta_1 * m + (1 - beta_1) * g
            one -= learning_rate * ((c > 0) - float(c < 0) + weight_decay * one)
            m = beta_2 * m + (1 - beta_2) * g
        out.append(one)
    return np.array(out, float)


def lion_that_shrinks_first(w, grads, learning_rate, beta_1, beta_2, weight_decay):
    w, m = w.astype(float), np.zeros(len(w))
    for g in grads:
        direction = np.sign(beta_1 * m + (1 - beta_1) * g)
        w = w * (1 - learning_rate * weight_decay) - learning_rate * direction
        m += (1 - beta_2) * (g - m)
    return w


def softmax_gradients(x, y, kernel, bias, limit):
    error = softmax(x @ kernel + bias)
    error[np.arange(len(y)), y] -= 1
    return clip_by_global_norm([x.T @ error / len(x), error.mean(axis=0)], limit)


def by_the_course(x, y, classes, steps, learning_rate, warmup, limit, weight_decay):
    """Adam, the schedule and the clipping as the chapter has them."""
    params = [np.zeros((x.shape[1], classes)), np.zeros(classes)]
    falling = CosineDecay(learning_rate, steps - warmup)
    rate = LinearWarmup(warmup, falling) if warmup else falling

    def one_step_later(t):
        # The exercise's warm-up begins with one part, the chapter's with 0.
        return learning_rate * (t + 1) / warmup if t < warmup else rate(t)

    adam = Adam(one_step_later)
    for t in range(steps):
        grads = softmax_gradients(x, y, *params, limit)
        before = params[0].copy()
        adam.step(params, grads)
        params[0] -= one_step_later(t) * weight_decay * before
    return tuple(params)


def by_two_optimizers(x, y, classes, steps, learning_rate, warmup, limit, weight_decay):
    """AdamW for the kernel, Adam for the bias."""
    kernel, bias = np.zeros((x.shape[1], classes)), np.zeros(classes)

    def rate(t):
        fallen = (1 + np.cos(np.pi * (t - warmup) / (steps - warmup))) / 2
        return learning_rate * ((t + 1) / warmup if t < warmup else fallen)

    of_kernel, of_bias = AdamW(rate, weight_decay), Adam(rate)
    for _ in range(steps):
        one, other = softmax_gradients(x, y, kernel, bias, limit)
        of_kernel.step([kernel], [one])
        of_bias.step([bias], [other])
    return [kernel, bias]


def own_adam(x, y, classes, steps, learning_rate, warmup, limit, weight_decay, step, first=1, dtype=float):
    """Written out, with one array of kernel and bias together. ``step`` makes it of m, v and t."""
    x = np.hstack([x, np.ones((len(x), 1))]).astype(dtype)
    both, decays = np.zeros((x.shape[1], classes), dtype), np.ones((x.shape[1], 1), dtype)
    decays[-1] = 0
    m, v = np.zeros_like(both), np.zeros_like(both)
    for t in range(steps):
        g = np.einsum("ni,nk->ik", x, softmax(x @ both) - (np.arange(classes) == y[:, None])) / len(x)
        g = g if np.linalg.norm(g) <= limit else g / np.linalg.norm(g) * limit
        m, v = m + 0.1 * (g - m), v + 0.001 * (g * g - v)
        done = (t - warmup) / (steps - warmup)
        rate = learning_rate * (t + first) / warmup if t < warmup else learning_rate * np.cos(np.pi / 2 * done) ** 2
        both = both - rate * (step(m, v, t + 1) + weight_decay * decays * both)
    return both[:-1].astype(float), both[-1].astype(float)


def beside_the_root(m, v, t):
    return m / (1 - 0.9**t) * np.sqrt(1 - 0.999**t) / (np.sqrt(v) + 1e-7)


def beside_the_corrected_root(m, v, t):
    return m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)


with_step = functools.partial(functools.partial, own_adam)

RIGHT = {
    "first_steps": {
        "computed": {"SGD": 2 * 0.8**2, "momentum": 1.6 - 0.9 * 0.4 - 0.1 * 3.2, "Adam": 2 - 0.1},
        "of NumPy": {key: np.float32(value) for key, value in STEPS.items()},
        "with epsilon": STEPS | {"Adam": 2 - 0.1 * 4 / (4 + 1e-7)},
        "to one place more": {"SGD": 1.280, "momentum": 0.9200001, "Adam": 1.8999},
    },
    "corrected_mean": {
        "by weights": mean_by_weights,
        "by a matrix": mean_by_a_matrix,
        "column by column": mean_column_by_column,
        "the share carried along": lambda x, beta: np.array(
            [mean_by_weights(x[: t + 1], beta)[-1] for t in range(len(x))]
        ),
    },
    "ravine_rates": {
        "rounded up": {"limit": 0.25, "one step": 0.13, "best": 0.18, "factor": 0.45},
        "rounded down": {"limit": 0.25, "one step": 0.12, "best": 0.18, "factor": 0.45},
        "three decimals": {"limit": 0.250, "one step": 0.125, "best": 0.182, "factor": 0.455},
        "fractions": {"limit": 2 / 8, "one step": 1 / 8, "best": 2 / 11, "factor": 8 * 2 / 11 - 1},
    },
    "memory": {
        "whole floats": {key: float(value) for key, value in MEMORY.items()},
        "computed": {"SGD": 7e9 * 4 * 2 / 1e9, "momentum": 3 * 28, "Adam": 4 * 7e9 * 4 / 10**9},
        "of NumPy": {key: np.int64(value) for key, value in MEMORY.items()},
        "another order": dict(reversed(MEMORY.items())),
    },
    "triangular": {
        "loops": triangles_in_loops,
        "remainders": triangles_by_remainders,
        "np.interp": lambda steps, low, high, size: (
            low
            + (high - low)
            * np.interp(steps % (2 * size), [0, size, 2 * size], [0, 1, 0])
            * 0.5 ** (steps // (2 * size))
        ),
        "np.vectorize": lambda steps, low, high, size: np.vectorize(
            lambda step: triangles_by_remainders(step, low, high, size), otypes=[float]
        )(steps),
    },
    "black_boxes": {
        "other cases": {"A": "rmsprop", "B": "MOMENTUM", "C": "AdaGrad", "D": "adam", "E": "sgd"},
        "with spaces": {key: f" {value} " for key, value in BOXES.items()},
        "another order": dict(reversed(BOXES.items())),
        "of NumPy": {key: np.str_(value) for key, value in BOXES.items()},
    },
    "broken_adams": {
        "the root in line 6": {"A": 5, "B": 6, "C": 6},
        "whole floats": {key: float(value) for key, value in LINES.items()},
        "of NumPy": {key: np.int64(value) for key, value in LINES.items()},
        "another order": dict(reversed(LINES.items())),
    },
    "lion": {
        "loops": lion_in_loops,
        "shrinks first": lion_that_shrinks_first,
        "recursion": lambda w, grads, *rest: lion_in_loops(np.asarray(w, float), grads, *rest),
        "float32 gradients": lambda w, grads, *rest: lion_in_loops(w, grads.astype("float32"), *rest),
    },
    "train_softmax": {
        "the course's Adam": by_the_course,
        "AdamW and Adam": by_two_optimizers,
        "one array, as in the chapter": with_step(step=beside_the_root),
        "one array, as in the paper": with_step(step=beside_the_corrected_root),
        "float32 inside": with_step(step=beside_the_root, dtype=np.float32),
        "float32 inside, as in the paper": with_step(step=beside_the_corrected_root, dtype=np.float32),
    },
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer)
