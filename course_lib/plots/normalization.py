"""Figures of chapter 06."""

import matplotlib.pyplot as plt
import numpy as np

from course_lib.drawing.palette import BLUE, GREY, INK, VERMILION
from course_lib.drawing.strips import LINE_STYLES, LOOKS, band_plot, strip_plot

# Below this, a logarithmic axis shows nothing that anybody could tell from 0.
TINIEST = 1e-32


def plot_signals(signals, spans):
    """The size of the signal and of the gradient, layer by layer, for each initialization: a row an activation.

    signals: {activation: {name: {"forward": (runs, layers), "backward": (runs, layers)}}}
    spans: {activation: (the least, the greatest size shown)}; a line that goes beyond leaves its panel
    Lines are medians, bands reach from the least to the greatest run.
    """
    figure, panels = plt.subplots(len(signals), 2, figsize=(7.2, 2.6 * len(signals)), sharex=True, squeeze=False)
    for row, (activation, runs) in zip(panels, signals.items(), strict=True):
        for axes, way, title in zip(row, ("forward", "backward"), ("signal →", "← gradient"), strict=True):
            found = {name: sizes[way] for name, sizes in runs.items()}
            _bands(axes, found)
            axes.set(
                yscale="log",
                title=f"{activation}: {title}",
                xlim=(1, max(sizes.shape[1] for sizes in found.values())),
                ylim=spans[activation],
                yticks=_powers(*spans[activation]),
            )
            axes.minorticks_off()
        row[0].set_ylabel("typical size")
    for axes in panels[-1]:
        axes.set_xlabel("layer")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)


def _powers(low, high):
    """About six powers of 10 between two sizes, 1 among them."""
    exponents = np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
    every = 10 if len(exponents) > 10 else 1
    return 10.0 ** exponents[exponents % every == 0]


def _bands(axes, runs):
    """A band for each of them, with a colour, a line and a few marks of its own. runs: {name: (runs, layers)}"""
    for (name, values), (colour, mark), line in zip(runs.items(), LOOKS, LINE_STYLES, strict=False):
        style = {"linestyle": line, "marker": mark, "markersize": 5, "markevery": (4, 11), "linewidth": 1.8}
        band_plot(axes, np.maximum(values, TINIEST), colour, label=name, **style)


def plot_runs(results, xlabel):
    """A share for every run, one row a recipe. results: {name: (runs,)}"""
    _, axes = plt.subplots(figsize=(7.2, 0.75 + 0.34 * len(results)))
    strip_plot(axes, results, LOOKS, spread=0.14)
    axes.set(xlabel=xlabel, xlim=(0, 1.02))


def plot_batch_sizes(sizes, wrong, right):
    """The share of digits read right, against how many are read at once. sizes: (n,)   wrong, right: (n,) shares"""
    _, axes = plt.subplots(figsize=(7.2, 2.7))
    axes.plot(sizes, right, "o-", color=BLUE, label="with what was learnt in training (training=False)")
    axes.plot(sizes, wrong, "s--", color=VERMILION, label="with the statistics of the batch (training=True)")
    axes.set(
        xscale="log", xticks=sizes, xticklabels=sizes, ylim=(0, 1.05), ylabel="read right", xlabel="digits read at once"
    )
    axes.minorticks_off()
    axes.legend(loc="lower right")


PANELS = {"forward": "signal →", "likeness": "likeness →", "backward": "← gradient"}


def plot_diagnosis(statistics):
    """What becomes of a signal in deep networks: its size, how alike examples get, and the size of the gradient.

    statistics: {name: {"forward", "likeness", "backward": (runs, layers)}}
    """
    figure, panels = plt.subplots(1, 3, figsize=(7.2, 3.1))
    for axes, (key, title) in zip(panels, PANELS.items(), strict=True):
        _bands(axes, {name: runs[key] for name, runs in statistics.items()})
        axes.set(title=title, xlabel="block", xticks=[1, 25, 50])
        axes.set(**({"ylim": (0, 1.03)} if key == "likeness" else {"yscale": "log"}))
    panels[0].set_ylabel("typical size")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=9)


def plot_trainings(losses, guessing):
    """The loss of every run, epoch by epoch, one panel a network. losses: {name: (runs, epochs)}

    guessing: the loss of a network that knows nothing. Losses that are off the scale are drawn at its upper edge.
    """
    _, panels = plt.subplots(1, len(losses), figsize=(7.2, 2.4), sharey=True)
    top = 1.6 * guessing
    for axes, (name, runs), (colour, mark) in zip(panels, losses.items(), LOOKS, strict=False):
        epochs = np.arange(1, runs.shape[1] + 1)
        axes.axhline(guessing, color=GREY, linestyle=":", linewidth=1.5)
        for run in runs:
            axes.plot(
                epochs,
                np.minimum(run, top),
                linestyle="-",
                linewidth=1.2,
                marker=mark,
                markersize=4,
                color=colour,
                alpha=0.8,
                clip_on=False,
            )
        if (runs > top).all():
            axes.text(epochs.mean(), 0.93 * top, "off the scale", ha="center", va="top", fontsize=9, color=INK)
        axes.set(ylim=(0, top), xticks=epochs, xlabel="epoch")
        axes.set_title(name, fontsize=10)
    panels[0].set_ylabel("loss")
    panels[0].text(runs.shape[1], 1.05 * guessing, "guessing", fontsize=9, color=INK, ha="right", va="bottom")
