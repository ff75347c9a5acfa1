"""Figures of chapter 08."""

import matplotlib.pyplot as plt
import numpy as np

from course_lib.drawing.palette import BLUE, GREY, INK, PURPLE, VERMILION
from course_lib.drawing.strips import LINE_STYLES, LOOKS, strip_plot


def plot_distances(sizes):
    """What is left of a gradient against the steps that it has gone back, logarithmic. sizes: {name: (runs, steps)}

    The line is the middle one of the runs at each step, the band reaches from the least to the greatest.
    """
    _, axes = plt.subplots(figsize=(7.2, 3.0))
    for (name, runs), (colour, mark), line in zip(sizes.items(), LOOKS, LINE_STYLES, strict=False):
        steps = np.arange(runs.shape[1])
        axes.fill_between(steps, runs.min(axis=0), runs.max(axis=0), color=colour, alpha=0.25, linewidth=0)
        look = {"color": colour, "marker": mark, "markevery": 10, "markersize": 5, "label": name}
        axes.plot(steps, np.median(runs, axis=0), line, **look)
    axes.axhline(1, color=GREY, linewidth=1)
    axes.set(yscale="log", xlabel="steps back", ylabel="what is left")
    axes.minorticks_off()
    axes.legend(fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5), handlelength=3.2)


def plot_recall(shares):
    """The share of first symbols recalled, every run a dot: a panel a length. shares: {name: {length: [share, ...]}}

    At the right of each row: how many of its runs recall all.
    """
    lengths = sorted(next(iter(shares.values())), key=int)
    figure, grid = plt.subplots(1, len(lengths), figsize=(7.2, 0.9 + 0.42 * len(shares)), sharey=True, squeeze=False)
    panels = grid[0]
    for axes, length in zip(panels, lengths, strict=True):
        _strips(axes, {name: np.array(of[length]) for name, of in shares.items()})
        axes.set_title(f"{length} steps", fontsize=10)
        # So that no number looks like one of the next panel's axis.
        axes.tick_params(axis="y", length=0)
    figure.get_layout_engine().set(wspace=0.08)
    # Below a single panel it would widen that one.
    figure.supxlabel(SHARE, fontsize=10)


def plot_shares(shares):
    """The same in one panel. shares: {name: (runs,)}"""
    _, axes = plt.subplots(figsize=(7.2, 0.9 + 0.42 * len(shares)))
    _strips(axes, shares)
    axes.set_xlabel(SHARE, loc="left")


SHARE = "share recalled (dotted: guessing; at the right: how many recall all)"


def _strips(axes, shares):
    for row, runs in enumerate(shares.values()):
        axes.annotate(
            f"{np.sum(runs == 1)}",
            (1, row),
            (9, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            annotation_clip=False,
        )
    axes.axvline(0.25, color=GREY, linestyle=":", linewidth=1.5)
    strip_plot(axes, shares, LOOKS, spread=0.3, markersize=4, alpha=0.7)
    axes.set(xlim=(0, 1.05), xticks=[0, 0.5, 1], xticklabels=["0", "½", "1"])


def plot_forecasts(years, numbers, forecasts):
    """What came, and what was said of each year the year before. forecasts: {name: (years,)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.8))
    axes.plot(years, numbers, "-", color=INK, linewidth=1.4, label="what came")
    for (name, values), colour, line in zip(
        forecasts.items(), (BLUE, VERMILION, PURPLE), ("--", ":", "-."), strict=False
    ):
        axes.plot(years, values, line, color=colour, linewidth=1.8, label=name)
    axes.set(ylabel="sunspots", xlabel="year", ylim=(-10, 245))
    axes.legend(fontsize=9, ncols=3, loc="upper left")


def plot_unit(text, values, inside, per_line=64):
    """A text whose characters are shaded by one unit; a line under those that stand inside. values: (characters,)"""
    lines = -(-len(text) // per_line)
    _, axes = plt.subplots(figsize=(7.2, 0.15 + 0.3 * lines))
    axes.set(xlim=(0, per_line), ylim=(lines, 0))
    axes.axis("off")
    shades = (values - values.min()) / np.ptp(values)
    for k, sign in enumerate(text):
        x, y = k % per_line, k // per_line
        axes.add_patch(plt.Rectangle((x, y + 0.08), 1, 0.8, color=BLUE, alpha=0.75 * shades[k], linewidth=0))
        axes.text(x + 0.5, y + 0.46, sign.strip() or " ", ha="center", va="center", fontsize=9, family="monospace")
        if inside[k]:
            axes.plot([x, x + 1], [y + 0.94, y + 0.94], "-", color=VERMILION, linewidth=2)


def plot_lengths(shares, xlabel, ylabel):
    """A share against a length, every run a line. shares: {name: (runs, lengths)}, the lengths from 1"""
    _, axes = plt.subplots(figsize=(7.2, 2.6))
    for (name, runs), (colour, mark), line in zip(shares.items(), LOOKS, LINE_STYLES, strict=False):
        places = np.arange(1, runs.shape[1] + 1)
        for k, run in enumerate(runs):
            look = {"color": colour, "marker": mark, "markersize": 5, "alpha": 0.7, "linewidth": 1.4}
            axes.plot(places, run, line, label=name if k == 0 else None, **look)
    axes.set(ylim=(0, 1.05), xticks=places, xlabel=xlabel, ylabel=ylabel)
    axes.legend(fontsize=9, loc="lower left")
