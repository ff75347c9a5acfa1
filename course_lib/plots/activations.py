"""Figures of chapter 02."""

import matplotlib.pyplot as plt
import numpy as np

from course_lib.activations import ACTIVATION_GRADIENTS, step, step_grad
from course_lib.drawing.palette import BLUE, GREEN, LINE_COLOURS, ORANGE, PURPLE, VERMILION
from course_lib.drawing.strips import MARKERS, band_plot, strip_plot

GALLERY = "step", "linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus", "silu"
NAMES = {"relu": "ReLU", "leaky_relu": "leaky ReLU", "elu": "ELU", "gelu": "GELU", "silu": "SiLU"}


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
    for (name, runs), colour, marker in zip(sizes.items(), LINE_COLOURS, MARKERS, strict=False):
        band_plot(axes, runs / runs[:, -1:], colour, linestyle="-", marker=marker, markersize=4, label=name)
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
    looks = [next(look for word, *look in _LOOKS if word in name) for name in groups]
    strip_plot(axes, groups, looks, spread=0.22, markersize=6, median=0.36, linewidth=1.6)
    axes.set(xlim=(0, None), xlabel="epochs until at most 1 % of the training digits are misread")
    axes.grid(visible=False, axis="y")


_LOOKS = ("centred", PURPLE, "^"), ("sigmoid", ORANGE, "s"), ("tanh", BLUE, "o"), ("ReLU", GREEN, "D")
