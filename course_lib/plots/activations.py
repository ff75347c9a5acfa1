"""Figures of chapter 02."""

import matplotlib.pyplot as plt
import numpy as np

from course_lib.activations import ACTIVATION_GRADIENTS, softmax, step, step_grad
from course_lib.drawing.operating_point import without_jumps
from course_lib.drawing.palette import BLUE, GREEN, LINE_COLOURS, ORANGE, PURPLE, VERMILION
from course_lib.drawing.strips import MARKERS, band_plot, strip_plot

GALLERY = "step", "linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus", "silu"
NAMES = {"relu": "ReLU", "leaky_relu": "leaky ReLU", "elu": "ELU", "gelu": "GELU", "silu": "SiLU"}
# What softmax does to one logit of three: two others are 0.
BESIDE = "softmax of z, 0, 0"


def plot_gallery():
    """Ten activations, each with its slope, and the first share of a softmax of three."""
    _, panels = plt.subplots(3, 4, figsize=(7.2, 5.2), sharex=True, sharey=True)
    z = np.linspace(-4, 4, 401)
    share = softmax(np.stack([z, 0 * z, 0 * z], axis=1))[:, 0]
    curves = {name: ACTIVATION_GRADIENTS.get(name, (step, step_grad)) for name in GALLERY}
    drawn = {NAMES.get(name, name): (f(z), f_grad(z)) for name, (f, f_grad) in curves.items()}
    drawn[BESIDE] = share, share * (1 - share)
    for axes, (name, (value, slope)) in zip(panels.flat, drawn.items(), strict=False):
        axes.plot(z, without_jumps(value), color=BLUE, linestyle="-", label="value")
        axes.plot(z, without_jumps(slope), color=VERMILION, linestyle="--", linewidth=1.6, label="slope")
        axes.set(xlim=(-4, 4), ylim=(-1.5, 2.5), xticks=[-4, 0, 4], yticks=[-1, 0, 1, 2])
        axes.set_title(name, fontsize=11)
    panels[2, 3].set_axis_off()
    panels[2, 3].legend(*panels[0, 0].get_legend_handles_labels(), fontsize=10, loc="center left")


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
