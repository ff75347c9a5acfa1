"""Figures of chapter 11."""

import matplotlib.pyplot as plt
import numpy as np

from course_lib.drawing.palette import BLUE, GREY, INK, ORANGE, VERMILION


def plot_fits(x, y, grid, curves, truth):
    """The same points three times, each with another curve. curves: {title: values on the grid}"""
    _, axes = plt.subplots(1, len(curves), figsize=(7.2, 2.5), sharey=True)
    for axis, (title, values) in zip(axes, curves.items(), strict=True):
        axis.plot(grid, truth, "--", color=GREY, linewidth=1.6)
        axis.plot(grid, values, "-", color=BLUE)
        axis.plot(x, y, "o", color=ORANGE, markeredgecolor="white")
        axis.set(title=title, ylim=(-2.2, 2.2), xlabel="x")


def plot_bias_and_variance(capacities, bias, variance, error):
    """The parts of the error against capacity: (capacities,) each."""
    _, axes = plt.subplots(figsize=(7.2, 2.9))
    for values, mark, colour, name in (
        (bias, "s--", ORANGE, "bias²"),
        (variance, "D-.", VERMILION, "variance"),
        (error, "o-", BLUE, "error on new points"),
    ):
        axes.plot(capacities, values, mark, color=colour, label=name, markersize=5)
    axes.set(yscale="log", xlabel="parameters of the curve", ylabel="squared error", ylim=(1e-5, 1.5))
    axes.set_xticks(capacities)
    axes.legend()


def plot_learning_curves(history):
    """Loss and share of right answers after each epoch, in training and on the validation digits."""
    _, axes = plt.subplots(1, 2, figsize=(7.2, 2.7))
    epochs = 1 + np.arange(len(history["loss"]))
    for axis, name, label in zip(axes, ("loss", "accuracy"), ("loss", "share right"), strict=True):
        axis.plot(epochs, history[name], "--", color=ORANGE, label="in training")
        axis.plot(epochs, history[f"val_{name}"], "-", color=BLUE, label="on unseen digits")
        axis.set(xlabel="epoch", title=label)
    least = int(np.argmin(history["val_loss"]))
    axes[0].plot(epochs[least], history["val_loss"][least], "o", color=INK, label="the least")
    axes[0].set(ylim=(0, 1.2))
    axes[1].set(ylim=(0.5, 1.02))
    axes[0].legend(fontsize=9)


def plot_gains(worlds):
    """The gain of each cure over none, in points, with twice its standard error to both sides.

    worlds: {title: {name: (gain, standard error)}}, in the order in which they are drawn from top to bottom
    """
    count = max(map(len, worlds.values()))
    _, axes = plt.subplots(1, len(worlds), figsize=(7.2, 0.24 * count + 1), sharey=True)
    for axis, (title, gains) in zip(axes, worlds.items(), strict=True):
        gain, error = np.array(list(gains.values())).T
        rows = np.arange(len(gains))
        axis.axvline(0, color=INK, linewidth=1)
        axis.errorbar(gain, rows, xerr=2 * error, fmt="o", color=BLUE, markersize=5, elinewidth=1.6)
        axis.set(title=title, xlabel="points gained")
        axis.set_yticks(rows, list(gains), fontsize=9)
    axes[0].invert_yaxis()


def plot_descent(widths, plain, penalized, count):
    """Wrong answers against the number of random neurons. plain, penalized: (seeds, widths), as shares"""
    _, axes = plt.subplots(figsize=(7.2, 2.9))
    for shares, mark, colour, name in (
        (plain, "o-", VERMILION, "no penalty"),
        (penalized, "s--", BLUE, "with an L2 penalty"),
    ):
        axes.plot(widths, 100 * shares.T, mark[0], color=colour, markersize=3, alpha=0.3)
        axes.plot(widths, 100 * shares.mean(axis=0), mark, color=colour, label=name, markersize=5)
    axes.axvline(count, color=GREY, linestyle=":")
    axes.text(count * 1.04, 2, f"{count} examples", fontsize=9, color=INK)
    axes.set(xscale="log", xlabel="random neurons", ylabel="wrong answers, %", ylim=(0, None))
    ends = [n for n in (10, 20, 50, 100, 200, 400, 800, 1600) if n in widths]
    axes.set_xticks(ends, [f"{n:,}" for n in ends])
    axes.minorticks_off()
    axes.legend()


def plot_shown(rows):
    """Digits as training shows them. rows: {name: (n, 8, 8)}"""
    n = max(map(len, rows.values()))
    _, axes = plt.subplots(len(rows), n, figsize=(7.2, 0.85 * len(rows)))
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for axis, image in zip(line, images, strict=True):
            axis.imshow(image, vmin=0, vmax=1)
            axis.set(xticks=[], yticks=[])
            axis.grid(False)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
