"""Figures of chapter 16."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patheffects import withStroke

from course_lib.drawing.palette import BLUE, GREY, INK, ORANGE, VERMILION
from course_lib.drawing.strips import LOOKS, strip_plot


def plot_recall(meant, shown, recalled, shape=(8, 8)):
    """Three rows of pictures: what was stored, what was shown of it, what came back. Each: (n, units) of −1 and 1"""
    figure, grid = plt.subplots(3, len(meant), figsize=(1.05 * len(meant) + 1.2, 3.3), squeeze=False)
    rows = {"stored": meant, "shown": shown, "recalled": recalled}
    for axes, (name, states) in zip(grid, rows.items(), strict=True):
        for place, state in zip(axes, states, strict=True):
            place.imshow(np.reshape(state, shape), cmap="gray_r", vmin=-1, vmax=1)
            place.set(xticks=[], yticks=[])
            place.grid(False)
        axes[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
    return figure


def plot_capacity(found):
    """How many memories come back whole, against how many were stored. found: {name: {stored: share}}"""
    _, axes = plt.subplots(figsize=(6.4, 2.6))
    for (name, shares), (colour, mark) in zip(found.items(), LOOKS, strict=False):
        axes.plot(list(shares), list(shares.values()), color=colour, marker=mark, markersize=6, label=name)
    axes.set(xlabel="memories stored", ylabel="share recalled", ylim=(-0.04, 1.06))
    axes.legend()


def plot_ladder(found):
    """Errors of the networks with one idea after the other, in per cent. found: {idea: (runs,) shares wrong}"""
    _, axes = plt.subplots(figsize=(7.0, 3.2))
    strip_plot(axes, {name: 100 * np.asarray(wrong) for name, wrong in found.items()}, LOOKS, 0.28, 4, 0.5)
    for row, wrong in enumerate(found.values()):
        axes.plot([100 * np.mean(wrong)] * 2, [row - 0.4, row + 0.4], "-", color=INK, linewidth=2)
    axes.set(xlabel="errors on the test digits, %", xlim=(0, None))


PANELS = {
    "parameters": "parameters",
    "units": "units",
    "examples": "examples, pictures or words",
    "training": "operations of training",
}


def plot_growth(sizes, doubling=2.4):
    """Four logarithmic panels over the years, each with a fitted line; dashed: doubled every so many years."""
    figure, grid = plt.subplots(2, 2, figsize=(7.4, 5.4), sharex=True)
    for axes, (key, title) in zip(grid.flat, PANELS.items(), strict=True):
        some = [size for size in sizes if getattr(size, key) is not None]
        years, values = np.array([size.year for size in some]), np.array([getattr(size, key) for size in some], float)
        slope, start = np.polyfit(years, np.log10(values), 1)
        ends = np.array([1988, 2021])
        axes.plot(years, values, "o", color=BLUE)
        axes.plot(ends, 10 ** (slope * ends + start), "-", color=ORANGE, label="fitted")
        if key == "units":
            axes.plot(ends, values[0] * 2 ** ((ends - years[0]) / doubling), "--", color=VERMILION)
            axes.text(2021, values[0] * 2 ** (33 / doubling) / 400, "× 2 in 2.4 years", ha="right", fontsize=9)
        for size, value in zip(some, values, strict=True):
            if size.name in ("LeNet 1989", "AlexNet", "GPT-3"):
                left = size.name == "LeNet 1989"
                axes.annotate(
                    size.name,
                    (size.year, value),
                    xytext=(-4, 10) if left else (-7, 0),
                    textcoords="offset points",
                    ha="left" if left else "right",
                    va="center",
                    fontsize=9,
                    color=INK,
                    path_effects=[withStroke(linewidth=3, foreground="white")],
                )
        axes.set(yscale="log", title=title, xlim=(1987, 2022))
    figure.legend(*_handles(), loc="outside lower center", ncols=2, fontsize=9)
    return figure


def _handles():
    marks = [
        plt.Line2D([], [], marker="o", color=BLUE, linestyle="none"),
        plt.Line2D([], [], color=ORANGE, linestyle="-"),
    ]
    return marks, ["counted from the papers", "fitted line"]


def plot_adaline(updates):
    """The squared error of ADALINE and the mistakes of a perceptron, round by round. updates: {name: (rounds,)}"""
    figure, grid = plt.subplots(1, len(updates), figsize=(7.0, 2.3))
    for axes, (name, values), colour in zip(grid, updates.items(), (BLUE, ORANGE), strict=False):
        axes.plot(np.arange(1, len(values) + 1), values, "-", color=colour)
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.set(xlabel="round", title=name)
    return figure
