"""Figures of chapter 12."""

import re

import matplotlib.pyplot as plt
import numpy as np

from course_lib.drawing.palette import BLUE, FAINT, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILION
from course_lib.drawing.strips import LOOKS, strip_plot

# What plot_knobs shows at most, in per cent.
KNOBS_TOP = 13


def plot_verdicts(verdicts):
    """Five verdicts for each pipeline: a tick or a cross, with what was measured. verdicts: {name: recipe}"""
    questions = {
        "start": "starts\nat log K",
        "inputs": "uses\nits inputs",
        "overfit": "learns two\nby heart",
        "alone": "keeps\nexamples apart",
        "labels": "labels\nfit",
    }
    _, axes = plt.subplots(figsize=(7.4, 2.6))
    for row, recipe in enumerate(verdicts.values()):
        for column, question in enumerate(questions):
            passed = recipe[question][0]
            fill, mark = ("#E3F1EC", "✓") if passed else ("#F8E0D0", "✗")
            axes.add_patch(plt.Rectangle((column - 0.46, row - 0.42), 0.92, 0.84, color=fill))
            axes.text(column, row, mark, ha="center", va="center", fontsize=14, color=INK)
    axes.set(xlim=(-0.5, 4.5), ylim=(len(verdicts) - 0.5, -0.5), yticks=range(len(verdicts)))
    axes.set_yticklabels(list(verdicts), fontsize=9)
    axes.set_xticks(range(5), list(questions.values()), fontsize=9)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(False)
    axes.spines[:].set_visible(False)


def plot_clinic(runs, names=None):
    """The loss of many runs, in multiples of log K, cut at 2.5. names: above each, or else their numbers."""
    figure, grid = plt.subplots(3, 4, figsize=(7.0, 4.0), sharex=True, sharey=True)
    for number, (axes, run) in enumerate(zip(grid.flat, runs, strict=True)):
        log_k = np.log(run.numbers["classes"])
        for name, colour, line in (("loss", BLUE, "-"), ("val_loss", ORANGE, "--")):
            axes.plot(run.curves[name] / log_k, line, color=colour, linewidth=1.8)
        axes.axhline(1, color=GREY, linewidth=0.8)
        if not np.isfinite(run.curves["loss"]).any():
            axes.text(9.5, 1.5, "no number", ha="center", fontsize=9, color=VERMILION)
        axes.set_title(names[number] if names else f"case {number + 1}", fontsize=9.5)
        axes.set(ylim=(0, 2.5), xticks=(0, 10), yticks=(0, 1, 2))
    figure.supxlabel("epoch", fontsize=10)
    figure.supylabel("loss / log K", fontsize=10)
    return figure


def plot_named(found):
    """How many of 25 runs with each fault are named by the curves, and how many by measuring. found: stored study"""
    _, axes = plt.subplots(figsize=(7.4, 3.6))
    rows = np.arange(len(found))
    for key, shift, colour in (("measured", -0.19, BLUE), ("curves", 0.19, ORANGE)):
        counts = [sum(said == fault for said in of[key]) for fault, of in found.items()]
        axes.barh(
            rows + shift, counts, 0.36, color=colour, label={"curves": "by curves", "measured": "by measuring"}[key]
        )
    axes.set(yticks=rows, yticklabels=list(found), xlabel="of 25 unseen runs", ylim=(len(found) - 0.4, -0.6))
    axes.grid(False, axis="y")
    axes.legend(loc="upper right", bbox_to_anchor=(1, 1.16), ncols=2, frameon=False)


def plot_effect_and_cause(curves):
    """The validation accuracy of one run under each treatment. curves: {name: (epochs,)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.6))
    for (name, right), (colour, mark) in zip(curves.items(), LOOKS, strict=False):
        axes.plot(np.arange(1, len(right) + 1), right, color=colour, marker=mark, markersize=4, label=name)
    axes.set(xlabel="epoch", ylabel="share right", ylim=(0, 1))
    axes.locator_params(axis="x", integer=True)
    axes.legend(loc="center right")


def plot_rates(rates, right):
    """The share of test digits read, for each learning rate: (rates,), (rates, runs)"""
    _, axes = plt.subplots(figsize=(7.2, 2.6))
    axes.plot(rates, right, "o", color=BLUE, markersize=4, alpha=0.35)
    axes.plot(rates, right.mean(axis=1), "-", color=BLUE)
    axes.axhline(0.1, color=GREY, linestyle="--")
    axes.text(1e-3, 0.13, "guessing", fontsize=9, color=INK)
    axes.set(xscale="log", xlabel="learning rate of Adam", ylabel="share right", ylim=(0, 1.02))


def plot_knobs(knobs):
    """Errors on the test digits for each setting: dots for runs, a line for means. Means above 13 are told.

    knobs: {name: {setting: (runs,) shares right}}
    """
    figure, grid = plt.subplots(2, 3, figsize=(7.0, 3.8), sharey=True)
    for axes, (name, settings) in zip(grid.flat, knobs.items(), strict=True):
        for place, right in enumerate(settings.values()):
            spread = place + 0.12 * np.linspace(-1, 1, len(right))
            axes.plot(spread, 100 * (1 - np.asarray(right)), "o", color=BLUE, markersize=3, alpha=0.35)
        means = [100 * (1 - np.mean(right)) for right in settings.values()]
        axes.plot(means, "-", color=VERMILION, linewidth=1.6)
        for place, mean in enumerate(means):
            if mean > KNOBS_TOP:
                axes.text(place - 0.2, KNOBS_TOP - 4, f"↑ {mean:.0f}", fontsize=9, ha="left", color=INK)
        brief = [_brief(setting) for setting in settings]
        axes.set_xticks(range(len(settings)), brief, fontsize=7 if max(map(len, brief)) > 5 else 8)
        axes.set_title(name, fontsize=10)
        axes.set_ylim(0, KNOBS_TOP)
    for axes in grid[:, 0]:
        axes.set_ylabel("errors, %")
    return figure


def _brief(setting):
    """What stands below a tick, where there is no room for many zeros: 0.0001 as 1e-4."""
    return re.sub(r"^0\.(0{2,})1$", lambda found: f"1e-{len(found[1]) + 1}", setting)


def plot_search(trials):
    """The validation loss of each trial against its rate; the mark says the width. trials: ({rate, width}, loss)"""
    _, axes = plt.subplots(figsize=(7.2, 2.5))
    for width, (colour, mark) in zip((16, 32, 64), LOOKS, strict=False):
        some = [(tried["rate"], loss) for tried, loss in trials if tried["width"] == width]
        if some:
            axes.plot(*zip(*some, strict=True), mark, color=colour, markersize=8, label=f"width {width}")
    axes.set(xscale="log", xlabel="learning rate", ylabel="validation loss", xlim=(1e-5, 1), ylim=(0, None))
    axes.legend()


def plot_grid_and_random(found):
    """The test digits read by the best of nine trials, in a grid and at random. found: {name: (draws,)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.2))
    at = np.linspace(0.85, 0.98, 261)
    for (name, shares), colour, line in zip(found.items(), (ORANGE, BLUE, GREEN), ("-", "--", ":"), strict=True):
        below = np.mean(np.asarray(shares)[:, None] < at, axis=0)
        axes.plot(at, below, line, color=colour, label=name, linewidth=2.2)
    axes.set(xlabel="share right on the test digits", ylabel="searches below")
    axes.legend(loc="upper left")


def plot_confusion(matrix):
    """A confusion matrix: rows what it was, columns what was said. (10, 10)"""
    _, axes = plt.subplots(figsize=(3.9, 3.7))
    wrong = matrix * (1 - np.eye(len(matrix), dtype=int))
    axes.imshow(wrong, cmap="Oranges", vmin=0, vmax=max(wrong.max(), 1) * 1.4)
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            bold = "bold" if row != column else "normal"
            axes.text(column, row, count, ha="center", va="center", fontsize=9, weight=bold, color=INK)
    axes.set(xlabel="read as", ylabel="is", xticks=range(len(matrix)), yticks=range(len(matrix)))
    axes.grid(False)


def plot_worst(images, is_, said):
    """Digits under "what it is called, what was read", in rows of ten. images: (n, 8, 8)"""
    rows = -(-len(images) // 10)
    figure, grid = plt.subplots(rows, 10, figsize=(7.4, 1.05 * rows), squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, image, truth, guess in zip(grid.flat, images, is_, said, strict=False):
        axes.imshow(image, cmap="gray_r", vmin=0, vmax=1)
        axes.set_title(
            f"{truth}, read {guess}" if truth != "?" else "?", fontsize=7.5, pad=2, weight="normal", loc="center"
        )
    return figure


def plot_reliability(before, after):
    """Reliability diagrams. Each: (confidence, accuracy, count) of the bins, as ``reliability_bins`` gives them."""
    figure, grid = plt.subplots(1, 2, figsize=(6.8, 2.9), sharey=True)
    for axes, bins, title in zip(grid, (before, after), ("as trained", "with a temperature"), strict=True):
        confidence, right, count = bins
        some = count > 0
        axes.plot([0, 1], [0, 1], "--", color=GREY)
        axes.vlines(confidence[some], right[some], confidence[some], color=ORANGE, linewidth=2)
        axes.scatter(confidence[some], right[some], 8 + 2 * count[some], color=BLUE, zorder=3, clip_on=False)
        axes.set(xlabel="promised", title=title, xlim=(0, 1.02), ylim=(0, 1.02))
    grid[0].set_ylabel("kept")
    return figure


def plot_rare(found):
    """F1 at the threshold ½ and at one chosen on the validation digits. found: {way: {measure: (20,)}}"""
    figure, grid = plt.subplots(1, 3, figsize=(7.4, 2.1), sharey=True)
    titles = {"f1": "F1 at ½", "f1 moved": "F1, threshold moved", "auroc": "AUROC"}
    for axes, (key, title) in zip(grid, titles.items(), strict=True):
        strip_plot(axes, {way: of[key] for way, of in found.items()}, LOOKS, 0.25, 4, 0.6, median=0.38)
        axes.set_title(title, fontsize=10)
    return figure


def plot_rivals(tables):
    """Errors in ten splits for each method: a panel for each table. tables: {name: {method: (splits,) shares right}}"""
    names = list(dict.fromkeys(name for methods in tables.values() for name in methods))
    colours = dict(zip(names, [ORANGE, GREEN, PURPLE, SKY, VERMILION, BLUE, BLUE, BLUE], strict=False))
    figure, grid = plt.subplots(1, len(tables), figsize=(7.2, 2.7), sharey=True)
    for axes, (table, methods) in zip(grid, tables.items(), strict=True):
        for row, name in enumerate(names):
            if name in methods:
                wrong = 100 * (1 - np.asarray(methods[name]))
                axes.plot(wrong, row + 0.25 * np.linspace(-1, 1, len(wrong)), "o", color=colours[name], markersize=4)
                axes.plot([wrong.mean()] * 2, [row - 0.38, row + 0.38], "-", color=INK, linewidth=1.8, zorder=3)
        axes.set(xlabel="errors, %", title=table, xlim=(-0.3, None), ylim=(len(names) - 0.5, -0.5))
        axes.set_yticks(range(len(names)), names, fontsize=9)
    return figure


def plot_few(found):
    """Errors against how many digits were learnt from, both logarithmic. found: {count: {method: (splits,) right}}"""
    _, axes = plt.subplots(figsize=(4.5, 2.1))
    counts = [int(count) for count in found]
    for name, (colour, mark) in zip(next(iter(found.values())), LOOKS, strict=False):
        wrong = 100 * (1 - np.array([of[name] for of in found.values()]))
        axes.plot(counts, wrong, mark, color=colour, markersize=3, alpha=0.3)
        axes.plot(counts, wrong.mean(axis=1), color=colour, marker=mark, markersize=5, label=name)
    axes.set(xscale="log", yscale="log", xlabel="digits to learn from", ylabel="errors, %")
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    axes.minorticks_off()
    axes.grid(color=FAINT)
    axes.legend(fontsize=8)
