"""Figures of chapter 03."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from course_lib.drawing.palette import BLUE, GREY, INK, LINE_COLOURS, ORANGE, PAPER, VERMILION
from course_lib.drawing.strips import MARKERS, strip_plot

# Darker is lower, as in the widget.
DEPTH = LinearSegmentedColormap.from_list("depth", ["#72A8CE", "#F4F8FC"])


def plot_constants(values, losses):
    """What each constant would cost as the one prediction for all values, with the cheapest marked.

    values: (n,)   losses: {name: function of (y_true, y_pred)}
    """
    _, panels = plt.subplots(1, len(losses), figsize=(7.2, 2.6))
    c = np.linspace(min(values) - 2, max(values) + 2, 401)
    for axes, (name, loss), colour in zip(panels, losses.items(), LINE_COLOURS, strict=False):
        cost = np.array([loss(values, np.full(len(values), constant)) for constant in c])
        axes.plot(c, cost, color=colour, linestyle="-")
        axes.plot(values, np.zeros(len(values)), "|", color=INK, markersize=12, clip_on=False)
        best = c[cost.argmin()]
        axes.plot(best, cost.min(), "o", color=VERMILION)
        axes.set(title=f"{name}: best {best:.1f}", xlabel="constant", ylim=(0, None))
    panels[0].set_ylabel("loss")


def plot_likelihood(p, likelihood, crossentropy):
    """The probability of what was seen, and the cross-entropy, for every p. All: (n,)"""
    _, panels = plt.subplots(1, 2, figsize=(7.2, 2.6))
    curves = ("likelihood", likelihood, likelihood.argmax()), ("cross-entropy", crossentropy, crossentropy.argmin())
    for axes, (name, curve, best), colour in zip(panels, curves, (BLUE, ORANGE), strict=True):
        axes.plot(p, curve, color=colour, linestyle="-")
        axes.axvline(p[best], color=GREY, linestyle="--", linewidth=1.2)
        axes.plot(p[best], curve[best], "o", color=VERMILION)
        axes.set(title=name, xlabel="p, the probability of heads", ylim=(0, None))


def plot_rates(loss, paths, reach):
    """A ball on one curve with several learning rates. paths: {title: (steps + 1,)}   reach: (lowest w, highest)"""
    _, panels = plt.subplots(1, len(paths), figsize=(7.2, 2.5), sharey=True)
    w = np.linspace(*reach, 201)
    for axes, (title, path) in zip(panels, paths.items(), strict=True):
        axes.plot(w, loss(w), color=GREY, linestyle="-", linewidth=1.5)
        axes.plot(path, loss(path), "-o", color=BLUE, markersize=4, linewidth=1)
        axes.plot(path[0], loss(path[0]), "o", color=VERMILION, markersize=8)
        axes.set(title=title, xlabel="w", xlim=reach, ylim=(-2, loss(w).max()))
    panels[0].set_ylabel("loss")


def plot_path(loss, path, reach):
    """The way of two weights on the map of their loss, and the loss at each step.

    loss: from (..., 2) to (...)   path: (steps + 1, 2)   reach: ((lowest, highest), (lowest, highest))
    """
    _, (plan, curve) = plt.subplots(1, 2, figsize=(7.2, 3.0), width_ratios=[1.4, 1])
    grid = np.meshgrid(*(np.linspace(*ends, 80) for ends in reach))
    height = loss(np.stack(grid, axis=-1))
    levels = height.min() + np.ptp(height) * np.linspace(0.02, 1, 14) ** 2
    plan.contourf(*grid, height, levels=levels, cmap=DEPTH, extend="both")
    plan.contour(*grid, height, levels=levels, colors=PAPER, linewidths=0.8)
    plan.grid(False)
    plan.plot(*path.T, "-o", color=VERMILION, markersize=3, linewidth=1.2)
    plan.plot(*path[0], "o", color=INK, markersize=8)
    plan.annotate("start", path[0], (8, 6), textcoords="offset points", fontsize=10)
    plan.set(xlabel="weight w", ylabel="bias b", title="the map")
    curve.plot(loss(path), color=VERMILION, linestyle="-")
    curve.set(xlabel="step", ylabel="loss", title="the loss", ylim=(0, None))


def plot_maps(maps, reach):
    """Ways over maps, side by side. maps: {title: (loss, {name: (steps + 1, 2)})}   reach: from -reach to reach"""
    _, panels = plt.subplots(1, len(maps), figsize=(7.2, 3.6))
    grid = np.meshgrid(*2 * [np.linspace(-reach, reach, 121)])
    for axes, (title, (loss, paths)) in zip(panels, maps.items(), strict=True):
        height = loss(np.stack(grid, axis=-1))
        levels = height.min() + np.ptp(height) * np.linspace(0.01, 1, 14) ** 2
        axes.contourf(*grid, height, levels=levels, cmap=DEPTH, extend="both")
        axes.contour(*grid, height, levels=levels, colors=PAPER, linewidths=0.8)
        axes.grid(False)
        for (name, path), colour, marker in zip(paths.items(), (VERMILION, INK), MARKERS, strict=False):
            axes.plot(*path.T, color=colour, marker=marker, markersize=3.5, linewidth=1.2, linestyle="-", label=name)
        # A square, or the steps would not cross the lines of equal loss at right angles.
        axes.set(title=title, xlabel="w₁", ylabel="w₂", aspect="equal", xlim=(-reach, reach), ylim=(-reach, reach))
        axes.legend(loc="lower right", fontsize=9)


def plot_race(runs, names):
    """The loss against milliseconds, a line for each seed. runs: {batch size: (seconds (marks,), (seeds, marks))}"""
    _, axes = plt.subplots(figsize=(7.2, 2.9))
    for (size, (seconds, losses)), colour, marker in zip(runs.items(), LINE_COLOURS, MARKERS, strict=False):
        for of_run in losses:
            axes.loglog(1000 * seconds, of_run, color=colour, linestyle="-", linewidth=0.8, alpha=0.5)
        mean = losses.mean(axis=0)
        axes.loglog(1000 * seconds, mean, color=colour, marker=marker, markersize=4, linestyle="-", label=names[size])
    axes.set(xlabel="milliseconds", ylabel="loss")
    axes.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    axes.set_yticks([0.03, 0.1, 0.3, 1, 3, 10, 30], ["0.03", "0.1", "0.3", "1", "3", "10", "30"])
    axes.minorticks_off()
    axes.legend(title="batch size", loc="lower left", fontsize=9)


def plot_noise(noise):
    """The noise of the gradient for each batch size, a mark a seed, beside 1 / √batch. noise: {batch size: (seeds,)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.9))
    sizes = np.array(list(noise))
    first = np.mean(noise[sizes[0]])
    axes.loglog(sizes, first / np.sqrt(sizes), color=GREY, linestyle="--", linewidth=1.5, label="first mark / √batch")
    for size, values in noise.items():
        axes.plot(np.full(len(values), size), values, "o", color=BLUE, alpha=0.6)
    axes.plot([], [], "o", color=BLUE, label="measured, 5 seeds")
    axes.set(xlabel="examples in the batch", ylabel="noise / length of\nthe full gradient")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.set_yticks([0.5, 1, 2, 4, 8], ["0.5", "1", "2", "4", "8"])
    axes.minorticks_off()
    axes.legend()


def plot_runs(runs, names):
    """The loss over all examples after each epoch, a line for each run. runs: {batch size: (runs, epochs + 1)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.9))
    for (size, losses), colour, marker in zip(runs.items(), LINE_COLOURS, MARKERS, strict=False):
        for losses_of_run in losses:
            axes.plot(losses_of_run, color=colour, marker=marker, markersize=4, linestyle="-", linewidth=1, alpha=0.7)
        axes.plot([], [], color=colour, marker=marker, linestyle="-", label=names[size])
    axes.set(xlabel="epochs: how often each example was looked at", ylabel="loss", ylim=(0, None))
    axes.set_xticks(range(losses.shape[1]))
    axes.legend(title="batch size", loc="upper right")


def plot_reports(reported, right):
    """What networks say of themselves, and how many unseen digits they read; a dot a seed. Both: {name: (seeds,)}"""
    _, panels = plt.subplots(1, 2, figsize=(7.2, 2.0), sharey=True)
    for axes, values in zip(panels, (reported, right), strict=True):
        strip_plot(axes, values, [(ORANGE, "s"), (BLUE, "o")], spread=0.2, markersize=8)
    panels[0].set(xlabel="loss that it reports", xlim=(0, None))
    panels[1].set(xlabel="unseen digits read")
    panels[1].xaxis.set_major_formatter("{x:.0%}")
