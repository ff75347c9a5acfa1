"""Chapter 04's checks, tried: right answers written otherwise."""

import numpy as np
import pytest

from course_lib.activations import log_softmax, softmax
from course_lib.checks import backpropagation as check
from course_lib.gradients import numeric_gradient
from course_lib.layers import Activation, Dense, Sequential
from tests.checks.tried import accept, right_ones

PATH = {"L": 8, "slope of the cube": 12, "gradient of w": 36, "predicted change": -0.36}
PATHS = {"s": -3, "p": 2, "a": -5, "b": 3}
COSTS = {"forward": 37888, "backward": 43008, "passes": 4820}
LINES = {"P": 1, "Q": 2, "R": 6, "S": 3, "T": 9}
WALKS = {"A": 3, "B": 5, "C": 1}


def softsign_in_loops(x, dy):
    dx = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        dx[i] = dy[i] / (1 + abs(x[i])) / (1 + abs(x[i]))
    return dx


def softsign_by_its_output(x, dy):
    y = x / (1 + np.abs(x))
    return dy * (1 - np.abs(y)) ** 2


def softsign_in_float32(x, dy):
    x, dy = x.astype("float32"), dy.astype("float32")
    return (dy / (1 + np.abs(x)) ** 2).astype("float64")


def tempered_in_loops(t, z, temperature):
    dz = np.zeros(z.shape)
    for row in range(len(z)):
        shares = [np.exp((one - z[row].max()) / temperature) for one in z[row]]
        for k in range(z.shape[1]):
            dz[row, k] = (shares[k] / sum(shares) - t[row, k]) / temperature / len(z)
    return dz


def tempered_in_torch_style(t, z, temperature):
    """softmax by its logarithm, and the loss's gradient towards the scaled logits handed back one station more."""
    return np.exp(log_softmax(z / temperature)) / temperature / len(z) - t / temperature / len(z)


def tied_by_einsum(x, kernel, dy):
    h = np.tanh(np.einsum("ni,iu->nu", x, kernel))
    d = np.einsum("ni,iu->nu", dy, kernel) * (1 - h * h)
    first, second = np.einsum("ni,nu->iu", x, d), np.einsum("ni,nu->iu", dy, h)
    return np.einsum("nu,iu->ni", d, kernel), first + second


def tied_in_float32(*arrays):
    return tuple(gradient.astype(float) for gradient in tied_by_einsum(*(a.astype("float32") for a in arrays)))


def tied_in_loops(x, kernel, dy):
    dx, dkernel = np.zeros(x.shape), np.zeros(kernel.shape)
    for n in range(len(x)):
        h = np.tanh(x[n] @ kernel)
        d = (kernel.T @ dy[n]) * (1 - h**2)
        dx[n] = kernel @ d
        dkernel += np.outer(x[n], d) + np.outer(dy[n], h)
    return [dx, dkernel]


def tied_by_layers(x, kernel, dy):
    inputs, units = kernel.shape
    down, up = Dense(inputs, units, np.random.default_rng(0)), Dense(units, inputs, np.random.default_rng(0))
    down.params["kernel"][...], up.params["kernel"][...] = kernel, kernel.T
    both = Sequential(down, Activation("tanh"), up)
    both.forward(x)
    return both.backward(dy), down.grads["kernel"] + up.grads["kernel"].T


def tied_by_tensorflow(x, kernel, dy):
    import tensorflow as tf

    x, kernel = tf.Variable(x), tf.Variable(kernel)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(dy * (tf.tanh(x @ kernel) @ tf.transpose(kernel)))
    return tuple(gradient.numpy() for gradient in tape.gradient(loss, (x, kernel)))


def shortcut(x, parameters):
    W1, b1, W2, b2, W3, b3 = parameters
    h1 = np.tanh(x @ W1 + b1)
    u = np.tanh(h1 @ W2 + b2)
    return h1, u, (h1 + u) @ W3 + b3


def shortcut_in_place(x, t, parameters, learning_rate, steps):
    parameters, losses = [np.array(p) for p in parameters], np.zeros(steps)
    W2, W3 = parameters[2], parameters[4]
    for step in range(steps):
        h1, u, z = shortcut(x, parameters)
        losses[step] = np.mean([np.log(np.exp(row).sum()) - row @ right for row, right in zip(z, t, strict=True)])
        d3 = (softmax(z) - t) / len(x)
        d2 = np.einsum("nk,uk->nu", d3, W3) * (1 - u**2)
        d1 = (d3 @ W3.T + d2 @ W2.T) * (1 - h1**2)
        gradients = [x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), (h1 + u).T @ d3, d3.sum(0)]
        for p, gradient in zip(parameters, gradients, strict=True):
            p -= learning_rate * gradient
    return losses, tuple(parameters)


def shortcut_example_by_example(x, t, parameters, learning_rate, steps):
    losses = []
    for _ in range(steps):
        W2, W3 = parameters[2], parameters[4]
        total, loss = [np.zeros(p.shape) for p in parameters], 0.0
        for one, right in zip(x, t, strict=True):
            h1, u, z = shortcut(one, parameters)
            shares = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
            loss -= np.log(shares @ right) / len(x)
            d3 = (shares - right) / len(x)
            d2 = (W3 @ d3) * (1 - u**2)
            d1 = (W3 @ d3 + W2 @ d2) * (1 - h1**2)
            parts = [np.outer(one, d1), d1, np.outer(h1, d2), d2, np.outer(h1 + u, d3), d3]
            total = [a + b for a, b in zip(total, parts, strict=True)]
        losses.append(loss)
        parameters = [p - learning_rate * g for p, g in zip(parameters, total, strict=True)]
    return np.array(losses), parameters


def shortcut_by_nudges(x, t, parameters, learning_rate, steps):
    """No derivation at all: numeric gradients, which the exercise names."""
    parameters, losses = [np.array(p) for p in parameters], []

    def loss():
        return -np.mean(np.sum(t * log_softmax(shortcut(x, parameters)[-1]), axis=1))

    for _ in range(steps):
        losses.append(loss())
        gradients = [numeric_gradient(loss, p) for p in parameters]
        parameters[:] = [p - learning_rate * g for p, g in zip(parameters, gradients, strict=True)]
    return np.array(losses), parameters


RIGHT = {
    "one_path": {
        "whole floats": {"L": 8.0, "slope of the cube": 12.0, "gradient of w": 36.0, "predicted change": -0.36},
        "of NumPy": {key: np.float64(value) for key, value in PATH.items()},
        "computed": {
            "L": 2**3,
            "slope of the cube": 3 * 2.0**2,
            "gradient of w": 12 * 3,
            "predicted change": 36 * -0.01,
        },
        "by a nudge": PATH | {"gradient of w": round(((3 * 2.0001 - 4) ** 3 - (3 * 1.9999 - 4) ** 3) / 0.0002, 2)},
    },
    "joined_paths": {
        "whole floats": {"s": -3.0, "p": 2.0, "a": -5.0, "b": 3.0},
        "of NumPy": {key: np.int64(value) for key, value in PATHS.items()},
        "another order": dict(reversed(PATHS.items())),
        "arrays without axes": {key: np.array(value) for key, value in PATHS.items()},
    },
    "softsign_backward": {
        "loops": softsign_in_loops,
        "by its output": softsign_by_its_output,
        "two branches": lambda x, dy: (
            dy * np.where(x > 0, 1 / (1 + np.maximum(x, 0)) ** 2, 1 / (1 - np.minimum(x, 0)) ** 2)
        ),
        "the quotient rule": lambda x, dy: dy * ((1 + np.abs(x)) - x * np.sign(x)) / (1 + np.abs(x)) ** 2,
        "a power": lambda x, dy: dy * np.power(1 + np.sqrt(x**2), -2),
        "einsum": lambda x, dy: np.einsum("...,...->...", dy, 1 / (1 + np.abs(x)) ** 2),
        "float32 inside": softsign_in_float32,
    },
    "broken_walks": {
        "whole floats": {"A": 3.0, "B": 5.0, "C": 1.0},
        "the other line of C": WALKS | {"C": 2},
        "of NumPy": {key: np.int32(value) for key, value in WALKS.items()},
        "another order": {"C": 1, "B": 5, "A": 3},
    },
    "count_costs": {
        "whole floats": {key: float(value) for key, value in COSTS.items()},
        "computed": {"forward": 16 * (64 * 32 + 32 * 10), "backward": 37888 + 5120, "passes": 2 * (65 * 32 + 33 * 10)},
        "powers of ten": {"forward": 3.7888e4, "backward": 4.3008e4, "passes": 4.82e3},
        "of NumPy": {key: np.uint32(value) for key, value in COSTS.items()},
    },
    "tempered_gradient": {
        "loops": tempered_in_loops,
        "by logarithms": tempered_in_torch_style,
        "the course's softmax": lambda t, z, temperature: (softmax(z / temperature) - t) / temperature / z.shape[0],
    },
    "wrong_lines": {
        "whole floats": {key: float(value) for key, value in LINES.items()},
        "of NumPy": {key: np.int8(value) for key, value in LINES.items()},
        "another order": dict(reversed(LINES.items())),
        "dict(zip())": dict(zip("PQRST", (1, 2, 6, 3, 9), strict=True)),
    },
    "tied_gradients": {
        "einsum": tied_by_einsum,
        "loops, and a list": tied_in_loops,
        "float32 inside": tied_in_float32,
        "the course's layers": tied_by_layers,
        "TensorFlow's tape": tied_by_tensorflow,
    },
    "train_shortcut": {
        "in place, on copies": shortcut_in_place,
        "example by example": shortcut_example_by_example,
        "numeric gradients": shortcut_by_nudges,
        "the losses as a tuple's array": lambda *args: tuple(shortcut_in_place(*args)),
    },
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer)
