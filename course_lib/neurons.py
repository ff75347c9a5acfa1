"""Chapter 01: the neuron, the perceptron that learns, and layers of neurons.

x: (inputs,) one example, or (batch, inputs) many at once   w: (inputs,)   b: a number
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from course_lib import limits
from course_lib.activations import linear, relu, sigmoid, step

# The four pairs of truth values, and what each gate makes of them.
INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
GATES = {"AND": np.array([0, 0, 0, 1]), "OR": np.array([0, 1, 1, 1]), "XOR": np.array([0, 1, 1, 0])}


def neuron(x, w, b, activation=sigmoid):
    """y = f(w · x + b). Returns a number for one example, (batch,) for many."""
    if np.ndim(w) != 1 or np.shape(x)[-1:] != np.shape(w):
        raise ValueError(f"x must hold {np.size(w)} inputs, one a weight; its shape is {np.shape(x)}")
    x, w = limits.floats(x), limits.floats(w)
    return activation(x @ w + b)


class Update(NamedTuple):
    """One look at one example: what the perceptron said, and its weights and bias afterwards."""

    epoch: int
    example: int
    y_pred: int
    w: np.ndarray
    b: float


def perceptron_updates(x, y, epochs, learning_rate=1.0):
    """Show the examples one by one, ``epochs`` times round, and correct each mistake: a list of ``Update``.

    x: (n, inputs)   y: (n,) of 0 and 1

    w ← w + η (y − y_pred) x,  b ← b + η (y − y_pred), from zeros. Rosenblatt, 1958; in this form, Minsky and
    Papert, 1969. Where a line separates the two classes it stops making mistakes; else it never does.
    """
    x, y = np.asarray(limits.floats(x), float), np.asarray(y)
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"y must hold only 0 and 1, got {np.unique(y).tolist()}")
    limits.finite("x", limits.shape("x", x, "n", "inputs"))
    limits.shape("y", y, len(x))
    limits.above_zero("learning_rate", learning_rate)
    w, b, updates = np.zeros(x.shape[1]), 0.0, []
    for epoch in range(limits.whole("epochs", epochs, 0)):
        for i, (example, target) in enumerate(zip(x, y, strict=True)):
            y_pred = int(neuron(example, w, b, step))
            error = int(target) - y_pred
            w, b = w + learning_rate * error * example, b + learning_rate * error
            updates.append(Update(epoch, i, y_pred, w, float(b)))
    return updates


def mistakes_per_round(updates, y):
    """How many looks of each round were answered wrongly: (rounds,) whole numbers. y: (n,) of 0 and 1"""
    wrong = [update.epoch for update in updates if update.y_pred != y[update.example]]
    return np.bincount(wrong, minlength=updates[-1].epoch + 1 if updates else 0)


def dense(x, kernel, bias, activation=linear):
    """A layer of neurons that share their inputs, for a whole batch at once: f(x W + b).

    x: (batch, inputs)   kernel: (inputs, units), one column a neuron   bias: (units,)   returns: (batch, units)
    """
    limits.shape("kernel", kernel, "inputs", "units")
    limits.shape("x", x, "batch", len(kernel))
    limits.shape("bias", bias, *np.shape(kernel)[1:])
    x, kernel = limits.floats(x), limits.floats(kernel)
    return activation(x @ kernel + bias)


def forward(x, layers):
    """Forward propagation: a list of what every layer puts out, the inputs first.

    x: (batch, inputs)   layers: a list of (kernel, bias, activation)
    """
    x = limits.floats(x)
    outputs = [x]
    for kernel, bias, activation in layers:
        outputs.append(dense(outputs[-1], kernel, bias, activation))
    return outputs


def count_parameters(widths):
    """Weights and biases of a network whose layers, the inputs first, are this wide: [3, 4, 2] has 26."""
    widths = limits.lengths("widths", widths)
    if len(widths) < 2:
        raise ValueError(f"widths must name at least an input and an output layer, got {widths}")
    return sum((inputs + 1) * units for inputs, units in pairwise(widths))


def curve_network(x, y):
    """The layers of a network, computed and not trained, whose output passes through the points (x, y).

    x: (n,) increasing   y: (n,)   One hidden layer of n - 1 ReLU neurons: each begins to act at its own x and
    there changes the slope of the sum to what the next stretch needs. That piecewise linear curves can come as
    close as one likes to any continuous curve is the simplest case of the universal approximation theorem
    (Cybenko, 1989; Hornik et al., 1989; for ReLU, Leshno et al., 1993).
    """
    x, y = (np.asarray(limits.floats(a), float) for a in (x, y))
    if x.ndim != 1 or x.shape != y.shape or len(x) < 2 or not (np.diff(x) > 0).all():
        raise ValueError(f"x must be at least two increasing numbers and y as many, got shapes {x.shape} and {y.shape}")
    limits.finite("x", x)
    limits.finite("y", y)
    slopes = np.diff(y) / np.diff(x)
    bends = np.diff(slopes, prepend=0)
    hidden = np.ones((1, len(bends))), -x[:-1], relu
    output = bends[:, None], y[:1], linear
    return [hidden, output]


def tent_network(depth):
    """The layers of a network that folds the stretch from 0 to 1 in half, ``depth`` times.

    Each fold is two ReLU neurons, relu(2x) and relu(4x - 2), whose difference goes up from 0 to 1 and down again.
    The output has 2^(depth - 1) teeth, while the parameters grow only in proportion to depth. Telgarsky, 2015.
    """
    depth = limits.whole("depth", depth)
    scale, shift = np.array([2.0, 4.0]), np.array([0.0, -2.0])
    first = scale[None, :], shift, relu
    # The difference of one fold's two neurons is the next fold's x.
    later = np.array([[1.0], [-1.0]]) * scale, shift, relu
    last = np.array([[1.0], [-1.0]]), np.zeros(1), linear
    return [first, *[later] * (depth - 1), last]
