"""Figures of chapter 02, and the experiments on digits and spirals whose results they show."""

import functools
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

from course_lib.activations import ACTIVATION_GRADIENTS, step, step_grad
from course_lib.data import digits, spirals
from course_lib.drawing.palette import BLUE, GREEN, INK, LINE_COLOURS, ORANGE, PURPLE, VERMILION
from course_lib.initializers import glorot_normal, he_normal
from course_lib.layers import Activation, Dense, Sequential
from course_lib.losses import loss_and_gradient
from course_lib.optimizers import SGD, Adam
from course_lib.training import Callback, fit, train_on_batch

CROSS_ENTROPY = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)
# A spiral and a half: one line gets 7 of 10 points right, one hidden layer most, two all.
SPIRALS = {"n": 300, "noise": 0.02, "turns": 1.5}
GALLERY = "step", "linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus", "silu"
NAMES = {"relu": "ReLU", "leaky_relu": "leaky ReLU", "elu": "ELU", "gelu": "GELU", "silu": "SiLU"}


def digit_network(widths, activation, rng, initializer=None):
    """Dense layers of these widths, each with the activation, and ten logits. He for ReLU, else Glorot."""
    initializer = initializer or (he_normal if activation in ("relu", "leaky_relu") else glorot_normal)
    return _network([*widths, 10], activation, rng, initializer)


def _network(widths, activation, rng, initializer):
    hidden = [
        layer
        for inputs, units in pairwise(widths[:-1])
        for layer in (Dense(inputs, units, rng, initializer), Activation(activation))
    ]
    return Sequential(*hidden, Dense(*widths[-2:], rng, initializer))


@functools.cache
def training_digits():
    """The digits to learn from as rows: x (1077, 64), y (1077,)."""
    split = digits()
    return split.x_train.reshape(-1, 64).astype(float), split.y_train


def share_right(network):
    """The share of the training digits that the network reads right."""
    x, y = training_digits()
    return float(np.mean(network.forward(x).argmax(axis=1) == y))


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
    network = _network([2, *[width] * depth, 1], activation, rng, he_normal if activation == "relu" else glorot_normal)
    loss = loss_and_gradient("binary_crossentropy", from_logits=True)
    for _ in range(steps):
        train_on_batch(network, 3 * x, y[:, None].astype(float), loss, adam)
    return lambda points: network.forward(3 * points)


def plot_gallery():
    """Ten activations, each with its slope."""
    _, panels = plt.subplots(2, 5, figsize=(7.2, 3.6), sharex=True, sharey=True)
    z = np.linspace(-4, 4, 401)
    for axes, name in zip(panels.flat, GALLERY, strict=True):
        f, f_grad = (step, step_grad) if name == "step" else ACTIVATION_GRADIENTS[name]
        axes.plot(z, without_jumps(f(z)), color=BLUE, linestyle="-", label="value")
        axes.plot(z, without_jumps(f_grad(z)), color=VERMILION, linestyle="--", linewidth=1.6, label="slope")
        axes.set(xlim=(-4, 4), ylim=(-1.5, 2.5), xticks=[-4, 0, 4], yticks=[-1, 0, 1, 2])
        axes.set_title(NAMES.get(name, name), fontsize=11)
    panels[0, 0].legend(fontsize=8, loc="lower right", handlelength=1.6, borderaxespad=0.1)


def without_jumps(y):
    """The curve with a gap wherever it jumps, so that no upright line is drawn there."""
    return np.where(np.abs(np.diff(y, append=y[-1])) > 0.5, np.nan, y)


def plot_sizes(sizes):
    """The gradient at each layer on a logarithmic axis, the band from the smallest to the largest run.

    sizes: {name: (runs, depth)}
    """
    _, axes = plt.subplots(figsize=(7.2, 3.2))
    for (name, runs), colour, marker in zip(sizes.items(), LINE_COLOURS, "osD^", strict=False):
        layers, runs = np.arange(1, runs.shape[1] + 1), runs / runs[:, -1:]
        axes.fill_between(layers, runs.min(axis=0), runs.max(axis=0), color=colour, alpha=0.2, linewidth=0)
        axes.plot(layers, np.median(runs, axis=0), color=colour, linestyle="-", marker=marker, markersize=4, label=name)
    axes.set(
        yscale="log",
        xlabel="hidden layer (20 is next to the output)",
        ylabel="reaction of the loss\n(layer 20: 1)",
        xticks=[1, 5, 10, 15, 20],
    )
    axes.legend(loc="lower right")


def plot_firing(panels):
    """Which unit fires for which digit, a panel for each network. panels: {title: (digits, units) of True and False}"""
    _, row = plt.subplots(1, len(panels), figsize=(7.2, 2.7), sharey=True, squeeze=False)
    for axes, (title, fires) in zip(row[0], panels.items(), strict=True):
        # Units in the order of how often they fire, so that the silent ones stand together.
        order = np.argsort(-fires.mean(axis=0), kind="stable")
        axes.imshow(fires[:150, order].T, cmap="Blues", vmin=0, vmax=1.3, aspect="auto", interpolation="nearest")
        silent = int((~fires.any(axis=0)).sum())
        axes.set(title=title, xlabel=f"150 digits\n{silent} of 64 never fire", xticks=[], yticks=[0, 63])
        axes.set_yticklabels(["1", "64"])
        axes.grid(False)
    row[0, 0].set_ylabel("units, busiest first")


def plot_epochs(groups):
    """One dot for each run, a row for each kind of network, with a line at the median. groups: {name: (runs,)}"""
    _, axes = plt.subplots(figsize=(7.2, 0.7 + 0.36 * len(groups)))
    for row, (name, epochs) in enumerate(groups.items()):
        colour, marker = next((c, m) for word, c, m in _LOOKS if word in name)
        spread = row + 0.22 * np.linspace(-1, 1, len(epochs))
        axes.plot(epochs, spread, marker, color=colour, markersize=6, alpha=0.8, linestyle="none")
        axes.plot([np.median(epochs)] * 2, [row - 0.36, row + 0.36], color=INK, linestyle="-", linewidth=1.6)
    axes.set(yticks=range(len(groups)), yticklabels=list(groups), ylim=(len(groups) - 0.5, -0.5))
    axes.set(xlim=(0, None), xlabel="epochs until at most 1 % of the training digits are misread")
    axes.grid(visible=False, axis="y")


_LOOKS = ("centred", PURPLE, "^"), ("sigmoid", ORANGE, "s"), ("tanh", BLUE, "o"), ("ReLU", GREEN, "D")
