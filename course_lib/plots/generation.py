"""Figures of chapter 13."""

import matplotlib.pyplot as plt
import numpy as np

from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, LINE_COLOURS, ORANGE, VERMILION
from course_lib.drawing.strips import LOOKS, strip_plot

SIDE = 8


def sheet(pictures, gap=1):
    """Pictures side by side on white paper: (n, 64) becomes (8, …), from 0, paper, to 1"""
    side = np.pad(np.reshape(pictures, (-1, SIDE, SIDE)), ((0, 0), (0, 0), (gap, gap)))
    return np.concatenate(side, axis=1)


def plot_rows(rows, width=7.2):
    """Rows of digits, each with its name on the left. rows: {name: (n, 64)}, as many in each"""
    count = max(len(some) for some in rows.values())
    high = (width - 1.6) / count
    size = width, len(rows) * (high + 0.08) + 0.1
    figure, panels = plt.subplots(len(rows), 1, figsize=size, squeeze=False, layout="none")
    figure.subplots_adjust(left=1.6 / width, right=1, top=1, bottom=0)
    for axes, (name, some) in zip(panels[:, 0], rows.items(), strict=True):
        axes.imshow(sheet(np.clip(some, 0, 1)), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
        axes.text(-4, SIDE / 2 - 0.5, name, fontsize=9.5, color=INK, ha="right", va="center")
        axes.axis("off")
    return figure


def plot_plane(vae_codes, labels, decoded, reach):
    """Left: where digits lie in the plane of codes, with their names. Right: what the decoder draws from places in it.

    vae_codes: (n, 2)   labels: (n,)   decoded: (rows, columns, 64), from the top left   reach: how far both go
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.6))
    for digit in range(10):
        some = vae_codes[labels == digit]
        left.plot(*some.T, ".", color=LINE_COLOURS[digit % 6], markersize=3, alpha=0.35)
    for digit in range(10):
        middle = np.median(vae_codes[labels == digit], axis=0)
        left.text(*middle, str(digit), fontsize=13, weight="bold", color=INK, ha="center", va="center")
    left.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
    # A pixel of paper around each, so that one sees where it ends.
    framed = np.pad(decoded.reshape(*decoded.shape[:2], SIDE, SIDE), ((0, 0), (0, 0), (1, 1), (1, 1)))
    rows = [np.concatenate(row, axis=1) for row in framed]
    right.imshow(np.concatenate(rows), cmap="gray_r", vmin=0, vmax=1, extent=(-reach, reach, -reach, reach))
    right.set(xlabel="$z_1$")
    right.grid(False)


def plot_points(groups, real):
    """Points that GANs have made, a panel each, over real ones. groups: {name: (n, 2)}"""
    _, panels = plt.subplots(1, len(groups), figsize=(7.2, 2.7), sharex=True, sharey=True)
    for axes, (name, points) in zip(np.atleast_1d(panels), groups.items(), strict=True):
        axes.plot(*real.T, "s", color=GREY, markersize=3, alpha=0.35, label="real")
        axes.plot(*points.T, "o", color=VERMILION, markersize=2.5, alpha=0.6, label="made")
        axes.set(title=name, xlim=(-1.7, 1.7), ylim=(-1.7, 1.7), aspect="equal", xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    key = np.atleast_1d(panels)[0].legend(fontsize=8, loc="center", markerscale=2)
    for mark in key.legend_handles:
        mark.set_alpha(1)


def plot_covered(groups, bells=8):
    """How many bells each of many GANs makes, a row for each kind. groups: {name: (starts,)}"""
    _, axes = plt.subplots(figsize=(7.2, 0.5 * len(groups) + 0.9))
    for row, numbers in enumerate(groups.values()):
        colour, mark = LOOKS[row % len(LOOKS)]
        for value in range(bells + 1):
            count = int(np.sum(np.asarray(numbers) == value))
            if count:
                size = 5 + 1.1 * count
                axes.plot(value, row, mark, color=colour, markersize=size, alpha=0.85)
                axes.annotate(str(count), (value, row), (size / 2 + 3, -8), textcoords="offset points", fontsize=8)
    axes.set(yticks=range(len(groups)), yticklabels=list(groups), ylim=(len(groups) - 0.4, -0.6))
    axes.set(xlabel="bells made, of eight (beside each mark: in how many of the starts)", xlim=(-0.5, bells + 0.6))


def plot_families(groups, floor, copies, name):
    """One dot a start for each family. floor: many of unseen real digits; copies: of the training digits"""
    _, axes = plt.subplots(figsize=(7.2, 0.36 * len(groups) + 0.9))
    strip_plot(axes, groups, LOOKS, 0.22, markersize=4.5, alpha=0.6, median=0.34)
    axes.axvspan(np.min(floor), np.max(floor), color=INK, alpha=0.1, linewidth=0)
    marks = ((np.median(floor), "unseen digits", "-", "left"), (copies, "copies", ":", "right"))
    for value, label, line, where in marks:
        axes.axvline(value, color=INK, linestyle=line, linewidth=1.3)
        far = -0.004 if where == "right" else 0.004
        axes.text(value + far, -0.62, label, fontsize=8.5, color=INK, ha=where, va="bottom")
    axes.set(xlabel=name)


def plot_steps(counts, ways, floor):
    """FID against the number of steps. ways: {name: (counts, starts)}   floor: of unseen real digits"""
    _, axes = plt.subplots(figsize=(7.2, 3.0))
    for (name, runs), (colour, mark), line in zip(ways.items(), LOOKS, ("-", "--", ":"), strict=False):
        axes.plot(counts, np.median(runs, axis=1), line, color=colour, marker=mark, markersize=6, label=name)
        axes.fill_between(counts, np.min(runs, axis=1), np.max(runs, axis=1), color=colour, alpha=0.15, linewidth=0)
    axes.axhline(floor, color=INK, linewidth=1.2)
    axes.text(counts[0], floor * 1.06, "unseen digits", fontsize=8.5, color=INK)
    axes.set(xscale="log", yscale="log", xlabel="steps (calls of the network for a picture)", ylabel="FID")
    axes.set_xticks(counts, [str(n) for n in counts])
    axes.set_yticks([0.05, 0.1, 0.2, 0.4], ["0.05", "0.1", "0.2", "0.4"])
    axes.minorticks_off()
    axes.legend()


def plot_scales(scales, fid, floor):
    """FID against the guidance scale, all starts and their median. fid: (scales, starts)"""
    _, axes = plt.subplots(figsize=(7.2, 2.6))
    axes.plot(scales, fid, "o", color=BLUE, markersize=3.5, alpha=0.4)
    axes.plot(scales, np.median(fid, axis=1), "-", color=BLUE)
    axes.axhline(floor, color=INK, linewidth=1.2)
    axes.text(scales[-1], floor, "unseen digits", fontsize=8.5, color=INK, ha="right", va="bottom")
    axes.set(xlabel="guidance scale", ylabel="FID", ylim=(0, None))


def plot_left(left):
    """How much of a picture's variance is left after each step of noise. left: {name: (steps + 1,)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.3))
    for (name, some), colour, line in zip(left.items(), (BLUE, ORANGE, GREEN), ("-", "--", ":"), strict=False):
        axes.plot(np.arange(len(some)), some, line, color=colour, label=name)
    axes.set(xlabel="step t", ylabel=r"share left, $\bar\alpha_t$", ylim=(0, 1.03))
    axes.legend()


def plot_errors(groups, name):
    """Histograms of two or three groups of numbers on one axis. groups: {name: (n,)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.3))
    ends = np.linspace(0, max(np.max(some) for some in groups.values()), 40)
    for (label, some), colour, hatch in zip(groups.items(), (BLUE, ORANGE, GREEN), ("", "//", ".."), strict=False):
        axes.hist(some, ends, density=True, color=colour, alpha=0.55, hatch=hatch, label=label)
    axes.set(xlabel=name, yticks=())
    axes.legend()
