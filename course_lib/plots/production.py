"""Figures of chapter 15."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import LogLocator

from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, VERMILION

PERCENTS = {50: (GREEN, "o"), 95: (ORANGE, "s"), 99: (VERMILION, "^")}


def nearest_rank(values, percent):
    """In whole numbers: 0.07 · 100 is a little more than 7, and rounded up it would be 8. percent: a whole number"""
    return float(np.sort(values)[-(-percent * len(values) // 100) - 1])


def plot_behaviour(found):
    """The share of each test passed, a dot a run. found: {model: [{test: share}]}"""
    _, axes = plt.subplots(figsize=(7.2, 2.8))
    tests = list(next(iter(found.values()))[0])
    looks = ((BLUE, "o", -0.25), (GREEN, "^", 0), (ORANGE, "s", 0.25))[: len(found)]
    for (name, runs), (colour, mark, shift) in zip(found.items(), looks, strict=True):
        for row, test in enumerate(tests):
            shares = [run[test] for run in runs]
            label = name if row == 0 else None
            axes.plot(shares, [row + shift] * len(shares), mark, color=colour, alpha=0.5, markersize=5, label=label)
    axes.set(yticks=range(len(tests)), yticklabels=tests, xlim=(0, 1.02), xlabel="share passed")
    axes.invert_yaxis()
    # Above the frame: within it the marks of a legend look like two more dots.
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)


def plot_waits(most, waited):
    """p50, p95 and p99 against the largest batch, for several loads. waited: {load: [(requests,) for each of most]}"""
    _, grid = plt.subplots(1, len(waited), figsize=(7.2, 2.6), sharey=True)
    for axes, (load, some) in zip(np.ravel(grid), waited.items(), strict=True):
        for percent, (colour, mark) in PERCENTS.items():
            places = [nearest_rank(waits, percent) for waits in some]
            axes.plot(most, places, mark + "-", color=colour, markersize=5, label=f"p{percent}")
        axes.set(xscale="log", yscale="log", xlabel="at most so many at once", xticks=most, xticklabels=most)
        axes.minorticks_off()
        axes.set_title(f"load {load:g}", fontsize=10)
    np.ravel(grid)[0].set_ylabel("from arrival to answer")
    np.ravel(grid)[-1].legend()


def plot_latencies(took):
    """p50, p95, p99 of a request, and of one picture in it, as multiples of the first p50. took: {batch: (times,)}"""
    _, grid = plt.subplots(1, 2, figsize=(7.2, 2.5))
    unit = nearest_rank(next(iter(took.values())), 50)
    for axes, per_picture in zip(grid, (False, True), strict=True):
        for percent, (colour, mark) in PERCENTS.items():
            places = [
                nearest_rank(some, percent) / unit / (batch if per_picture else 1) for batch, some in took.items()
            ]
            axes.plot(list(took), places, mark + "-", color=colour, markersize=5, label=f"p{percent}")
        axes.set(xscale="log", yscale="log", xticks=list(took), xticklabels=list(took), xlabel="pictures in a request")
        axes.minorticks_off()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.set_title("for a picture" if per_picture else "for a request", fontsize=10)
    grid[0].set_ylabel("time, p50 of 1 = 1")
    grid[1].legend()


def plot_canary(apart, limit):
    """How many standard errors the new model lay above the old, heard answer by answer. apart: {name: (answers,)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.4))
    for (name, z), colour, line in zip(apart.items(), (VERMILION, BLUE), ("-", "--"), strict=True):
        axes.plot(np.arange(1, len(z) + 1), z, line, color=colour, label=name)
    axes.axhline(limit, color=GREY, linestyle=":")
    axes.text(1, limit + 0.15, "roll back", fontsize=9, color=INK)
    axes.set(xlabel="judged answers, old and new", ylabel="standard errors apart", xscale="log")
    axes.legend(loc="upper left")


def plot_drift(reference, windows, limit, gaps):
    """How sure the reader was: the reference against changed digits; and the gaps of windows with the alarm's limit.

    reference: (n,)   windows: {change: (n,)}   gaps: {change: (windows,)}
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(7.2, 2.9))
    looks = zip(windows.items(), ((BLUE, "--"), (VERMILION, "-."), (GREEN, ":")), strict=False)
    left.plot(np.sort(reference), np.linspace(0, 1, len(reference)), color=INK, label="reference")
    for (change, promises), (colour, line) in looks:
        left.plot(np.sort(promises), np.linspace(0, 1, len(promises)), line, color=colour, label=change)
    left.set(xlabel="probability promised", ylabel="share at or below")
    left.legend(fontsize=8)
    for row, (some, colour) in enumerate(zip(gaps.values(), (BLUE, VERMILION, GREEN), strict=False)):
        right.plot(some, np.full(len(some), row) + np.linspace(-0.2, 0.2, len(some)), ".", color=colour, alpha=0.5)
    right.axvline(limit, color=INK, linestyle=":")
    right.set(yticks=range(len(gaps)), yticklabels=list(gaps), xlabel="largest gap", xlim=(0, 1), ylim=(2.6, -0.6))
    right.text(limit + 0.02, -0.42, "alarm →", fontsize=9, color=INK)
