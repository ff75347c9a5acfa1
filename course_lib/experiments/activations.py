"""Experiments of chapter 02: networks that read digits, and networks that tell two spirals apart."""

import functools

import numpy as np

from course_lib.data import digits, spirals
from course_lib.initializers import glorot_normal, he_normal
from course_lib.layers import Activation, dense_stack
from course_lib.losses import loss_and_gradient
from course_lib.optimizers import SGD, Adam
from course_lib.start_here import accuracy
from course_lib.training import Callback, fit, train_on_batch

CROSS_ENTROPY = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)
# A spiral and a half: one line gets 7 of 10 points right, one hidden layer most, two all.
SPIRALS = {"n": 300, "noise": 0.02, "turns": 1.5}


def digit_network(widths, activation, rng, initializer=None):
    """Dense layers of these widths, each with the activation, and ten logits. He for ReLU, else Glorot."""
    initializer = initializer or (he_normal if activation in ("relu", "leaky_relu") else glorot_normal)
    return dense_stack([*widths, 10], activation, rng, initializer)


@functools.cache
def training_digits():
    """The digits to learn from as rows: x (1077, 64), y (1077,)."""
    split = digits()
    return split.x_train.reshape(-1, 64).astype(float), split.y_train


def share_right(network):
    """The share of the training digits that the network reads right."""
    x, y = training_digits()
    return accuracy(y, network.forward(x).argmax(axis=1))


def train_digits(network, learning_rate, epochs, rng, callbacks=()):
    """Train in place with plain gradient descent, 32 digits at a time. Returns fit's history."""
    x, y = training_digits()
    return fit(network, x, y, CROSS_ENTROPY, SGD(learning_rate), epochs, 32, rng, callbacks=callbacks)


class _Until(Callback):
    """Stop once the share of misread training digits is at most ``error``."""

    def __init__(self, error):
        self.error, self.reached = error, None

    def on_epoch_end(self, epoch, logs=None):
        if 1 - share_right(self.network) <= self.error:
            self.reached, self.stop_training = epoch + 1, True


def epochs_until(error, network, learning_rate, rng, most=100):
    """How many epochs until so few training digits are misread; infinity if that takes more than ``most``."""
    until = _Until(error)
    train_digits(network, learning_rate, most, rng, [until])
    return until.reached or np.inf


def gradient_sizes(activation, initializer, seed, depth=20):
    """How strongly the loss reacts to each hidden layer of a new network, first layer first: (depth,).

    The root mean square of dL/dh over 200 digits and 64 units.
    """
    x, y = (part[:200] for part in training_digits())
    network = digit_network([64] * (depth + 1), activation, np.random.default_rng(seed), initializer)
    d = CROSS_ENTROPY[1](y, network.forward(x))
    sizes = []
    for layer in reversed(network.layers):
        if isinstance(layer, Activation):
            sizes.append(np.sqrt(np.mean(d**2)))
        d = layer.backward(d)
    return np.array(sizes[::-1])


def firing(network):
    """Which units of the last hidden layer are above 0, for each training digit: (digits, units) of True and False."""
    h, _ = training_digits()
    for layer in network.layers[:-1]:
        h = layer.forward(h)
    return h > 0


@functools.cache
def spiral_network(activation, depth, width=10, steps=500, seed=0):
    """A network with ``depth`` hidden layers, trained to tell two spirals apart: takes (n, 2), gives logits (n, 1)."""
    x, y = spirals(**SPIRALS)
    rng, adam = np.random.default_rng(seed), Adam(0.03)
    initializer = he_normal if activation == "relu" else glorot_normal
    network = dense_stack([2, *[width] * depth, 1], activation, rng, initializer)
    loss = loss_and_gradient("binary_crossentropy", from_logits=True)
    for _ in range(steps):
        train_on_batch(network, 3 * x, y[:, None].astype(float), loss, adam)
    return lambda points: network.forward(3 * points)
