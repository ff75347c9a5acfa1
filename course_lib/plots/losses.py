"""Figures of chapter 03, the landscapes that its ball rolls on, and its experiment with batch sizes."""

from collections.abc import Callable
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from course_lib.drawing.palette import BLUE, GREY, INK, LINE_COLOURS, ORANGE, PAPER, VERMILION
from course_lib.losses import sparse_categorical_crossentropy, sparse_categorical_crossentropy_grad
from course_lib.training import batches

MARKERS = "osD^v"
# Darker is lower, as in the widget.
DEPTH = LinearSegmentedColormap.from_list("depth", ["#72A8CE", "#F4F8FC"])


class Landscape(NamedTuple):
    """A loss of one or two weights, to roll a ball on. w: (..., weights)

    loss: from w to (...)   gradient: from w to its slopes, of w's shape
    """

    weights: int
    loss: Callable
    gradient: Callable


def _two_valleys(w):
    """A curve with a local minimum near 1.92 and a lower one, the global, near -2.07."""
    return (w**2 - 4) ** 2 / 16 + 0.3 * w


def _two_valleys_slope(w):
    return w * (w**2 - 4) / 4 + 0.3


def _pass(w):
    """Between two equally deep places at -2 and 2 lies a pass at 0."""
    return (w**2 - 4) ** 2 / 16


LANDSCAPES = {
    "one valley": Landscape(1, lambda w: w[..., 0] ** 2, lambda w: 2 * w),
    "two valleys": Landscape(1, lambda w: _two_valleys(w[..., 0]), _two_valleys_slope),
    "a long valley": Landscape(2, lambda w: 0.1 * w[..., 0] ** 2 + w[..., 1] ** 2, lambda w: w * np.array([0.2, 2.0])),
    "a saddle": Landscape(
        2,
        lambda w: w[..., 0] ** 2 / 2 + _pass(w[..., 1]),
        lambda w: np.stack([w[..., 0], w[..., 1] * (w[..., 1] ** 2 - 4) / 4], axis=-1),
    ),
    "two basins": Landscape(
        2,
        lambda w: _two_valleys(w[..., 0]) + w[..., 1] ** 2 / 2,
        lambda w: np.stack([_two_valleys_slope(w[..., 0]), w[..., 1]], axis=-1),
    ),
}


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
    axes.legend(title="batch size", loc="center right", bbox_to_anchor=(1, 0.38))


def plot_reports(reported, right):
    """What networks say of themselves, and how many unseen digits they read; a dot a seed. Both: {name: (seeds,)}"""
    _, panels = plt.subplots(1, 2, figsize=(7.2, 2.0), sharey=True)
    for axes, values in zip(panels, (reported, right), strict=True):
        for row, (colour, marker, dots) in enumerate(zip((ORANGE, BLUE), "so", values.values(), strict=True)):
            spread = row + 0.2 * np.linspace(-1, 1, len(dots))
            axes.plot(dots, spread, marker, color=colour, markersize=8, alpha=0.8, linestyle="none")
    panels[0].set(xlabel="loss that it reports", xlim=(0, None), ylim=(len(reported) - 0.5, -0.5))
    panels[0].set_yticks(range(len(reported)), list(reported))
    panels[1].set(xlabel="unseen digits read")
    panels[1].xaxis.set_major_formatter("{x:.0%}")


def with_one(images):
    """Every picture as a row of numbers with a 1 behind them, whose weights act as biases. (n, 8, 8) -> (n, 65)"""
    rows = images.reshape(len(images), -1).astype(float)
    return np.column_stack([rows, np.ones(len(rows))])


def slopes(kernel, x, y):
    """The gradient of the cross-entropy in the weights of one layer. x: (n, inputs)   y: (n,)   kernel: as returned"""
    return x.T @ sparse_categorical_crossentropy_grad(y, x @ kernel, from_logits=True)


def gradient_noise(kernel, x, y, batch_size, rng, draws=100):
    """How far mini-batch gradients lie from the full one, in units of its length: the root of the mean square."""
    full = slopes(kernel, x, y)
    drawn = [rng.permutation(len(x))[:batch_size] for _ in range(draws)]
    squares = [np.sum((slopes(kernel, x[i], y[i]) - full) ** 2) for i in drawn]
    return np.sqrt(np.mean(squares) / np.sum(full**2))


def losses_by_epoch(x, y, batch_size, learning_rate, epochs, seed, classes=10):
    """Train one layer from zeros; returns the loss over all examples before and after each epoch: (epochs + 1,)."""
    kernel, rng = np.zeros((x.shape[1], classes)), np.random.default_rng(seed)
    losses = [sparse_categorical_crossentropy(y, x @ kernel, from_logits=True)]
    for _ in range(epochs):
        for i in batches(len(x), batch_size, rng):
            kernel -= learning_rate * slopes(kernel, x[i], y[i])
        losses.append(sparse_categorical_crossentropy(y, x @ kernel, from_logits=True))
    return np.array(losses)


def best_runs(x, y, batch_size, epochs=3, seeds=5, rates=(0.1, 0.3, 1.0, 2.0)):
    """The losses of a run for each seed, with the rate whose mean came lowest: (seeds, epochs + 1)."""
    runs = [
        np.array([losses_by_epoch(x, y, batch_size, rate, epochs, seed) for seed in range(seeds)]) for rate in rates
    ]
    return min(runs, key=lambda losses: losses[:, -1].mean())
