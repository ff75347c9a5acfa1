"""Figures of chapter 05."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import NullFormatter

from course_lib.drawing.palette import GREY, INK, LINE_COLOURS, VERMILION
from course_lib.drawing.strips import strip_plot
from course_lib.surfaces import SURFACES

MARKERS = "osDv^P"
# The piece of each surface that is drawn, 9 wide to 4 high: (left, right, bottom, top).
VIEWS = {
    "bowl": (-11.25, 11.25, -5.0, 5.0),
    "ravine": (-11.25, 11.25, -5.0, 5.0),
    "saddle": (-2.7, 2.7, -1.2, 1.2),
    "Rosenbrock": (-2.25, 2.25, -0.4, 1.6),
}


def heights(name, columns=200, rows=120):
    """(x, y, z, levels) of a named surface for drawing its contours: a level for each doubling of the height."""
    left, right, bottom, top = VIEWS[name]
    x, y = np.meshgrid(np.linspace(left, right, columns), np.linspace(bottom, top, rows))
    z = SURFACES[name].f(x, y)
    levels = lowest(name) + z.max() / 4.0 ** np.arange(7)[::-1]
    return x, y, z, levels


def lowest(name):
    """The height of the surface's lowest points."""
    return float(SURFACES[name].f(*SURFACES[name].goals[0]))


def plot_paths(name, walks):
    """The same surface once for each walk, and the way that was taken over it. walks: {title: (steps + 1, 2)}"""
    x, y, z, levels = heights(name)
    (goal,) = SURFACES[name].goals
    _, panels = plt.subplots(1, len(walks), figsize=(7.2, 2.9), sharey=True)
    for axes, (title, path) in zip(panels, walks.items(), strict=True):
        axes.contour(x, y, z, levels=levels, colors=GREY, linewidths=0.7, alpha=0.7)
        axes.plot(*path.T, "o-", color=LINE_COLOURS[0], markersize=3, linewidth=1)
        axes.plot(*path[0], "s", color=INK, markersize=6, zorder=3)
        axes.plot(*goal, "*", color=VERMILION, markersize=12, zorder=4)
        axes.set(xlim=(goal[0] - 1, path[0, 0] + 1), ylim=VIEWS[name][2:], title=title, aspect="equal", xlabel="$w_1$")
        axes.grid(False)
    panels[0].set_ylabel("$w_2$")


def plot_step_lengths(lengths):
    """How far each step goes, in learning rates, while the gradient stays the same. lengths: {name: (steps,)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.6))
    for name, length in lengths.items():
        axes.plot(np.arange(1, len(length) + 1), length, label=name)
    axes.set(xscale="log", xlabel="step", ylabel="step ÷ learning rate", ylim=(0, None))
    axes.legend(loc="upper right")


def plot_decay(kept):
    """What is left of weights of 1, step by step, one panel a method. kept: {method: {group: (steps,)}}"""
    _, panels = plt.subplots(1, len(kept), figsize=(7.2, 2.7), sharey=True)
    for axes, (method, groups) in zip(panels, kept.items(), strict=True):
        for group, mean in groups.items():
            axes.plot(mean, label=group)
        axes.set(title=method, xlabel="step", ylim=(-0.08, 1.12))
    panels[0].set_ylabel("mean weight")
    panels[-1].legend(title="gradients of size", loc="upper right")


def plot_rate_map(rates, losses):
    """The loss after training for each rate: the median of the runs as a line, and how far they reach as strokes.

    rates: (n,)   losses: {optimizer: (n, runs)}
    """
    _, axes = plt.subplots(figsize=(7.2, 3.2))
    for k, (name, values) in enumerate(losses.items()):
        # A little beside each other, or the strokes would lie on one another.
        beside = rates * 1.06 ** (k - (len(losses) - 1) / 2)
        (line,) = axes.plot(beside, np.median(values, axis=1), marker=MARKERS[k], label=name)
        axes.vlines(beside, values.min(axis=1), values.max(axis=1), color=line.get_color(), linewidth=1.4)
    axes.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="loss after training")
    _plain_numbers(axes.xaxis, rates)
    _plain_numbers(axes.yaxis, [0.03, 0.1, 0.3, 1, 3])
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))


def plot_range_tests(tests):
    """The loss while the rate rises: every batch faint, the mean of nine as a line. tests: {name: (rates, losses)}"""
    _, panels = plt.subplots(1, len(tests), figsize=(7.2, 2.5), sharey=True)
    for axes, (name, (rates, losses)) in zip(panels, tests.items(), strict=True):
        axes.plot(rates, losses, color=GREY, linewidth=0.8, linestyle="-", alpha=0.7)
        middle, mean = smoothed(rates, losses)
        axes.plot(middle, mean, color=LINE_COLOURS[0], linestyle="-")
        best = mean.argmin()
        axes.plot(middle[best], mean[best], "v", color=VERMILION, markersize=9)
        # Nobody reads it off an axis in factors.
        axes.text(middle[best], mean[best] - 0.25, f"{middle[best]:.2g}", ha="center", va="top", fontsize=9)
        axes.set(xscale="log", xlim=(5e-5, 10), ylim=(0, 4), title=name, xlabel="learning rate")
        _plain_numbers(axes.xaxis, [0.0001, 0.01, 1])
    panels[0].set_ylabel("loss of the batch")


def smoothed(rates, losses, width=9):
    """(rates, means): the mean of each ``width`` neighbouring losses, at the rate in their middle."""
    mean = np.convolve(losses, np.ones(width) / width, "valid")
    return rates[width // 2 : width // 2 + len(mean)], mean


def plot_runs(runs, label, log=True, reference=None):
    """The result of every run as a dot, one row a way of training, a stroke at the median.

    runs: {name: (runs,)}   log: for losses; shares, from 0 to 1, are drawn evenly   reference: (x, its name)
    """
    _, axes = plt.subplots(figsize=(7.2, 0.75 + 0.36 * len(runs)))
    looks = list(zip(LINE_COLOURS, MARKERS, strict=True))
    strip_plot(axes, runs, looks, spread=0.15, alpha=0.85, median=0.32, linewidth=1.5)
    if reference:
        axes.axvline(reference[0], color=GREY, linewidth=1.2, linestyle=":")
        axes.text(reference[0], -0.55, reference[1], color=INK, fontsize=9, ha="center", va="bottom")
    axes.set_xlabel(label)
    if log:
        axes.set_xscale("log")
        low, high = axes.get_xlim()
        _plain_numbers(axes.xaxis, [t for t in (0.003, 0.01, 0.03, 0.1, 0.3, 1, 3) if low <= t <= high])
    else:
        axes.set_xlim(0, 1.02)


def _plain_numbers(axis, ticks):
    """0.01 and not 10⁻², at these ticks alone."""
    axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_minor_formatter(NullFormatter())
    axis.set_ticks([], minor=True)
