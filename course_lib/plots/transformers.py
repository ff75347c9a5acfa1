"""Figures of chapter 10."""

import re
import textwrap

import matplotlib.pyplot as plt
import numpy as np

from course_lib.drawing.palette import BLUE, GREY, INK, ORANGE, VERMILION
from course_lib.drawing.strips import LINE_STYLES, LOOKS


def plot_texts(texts):
    """What a model wrote, each under the name of how it chose. Ends of lines and many spaces are marked.

    texts: {name: text}
    """
    marked = {name: re.sub(" {3,}", lambda run: f" ␣×{len(run[0])} ", text) for name, text in texts.items()}
    lines = {name: textwrap.wrap(text.replace("\n", " ⏎ "), 92)[:4] for name, text in marked.items()}
    rows = sum(1.6 + len(some) for some in lines.values())
    figure, axes = plt.subplots(figsize=(7.2, 0.21 * rows + 0.1))
    axes.set(xlim=(0, 1), ylim=(rows, 0))
    axes.axis("off")
    y = 0.6
    for name, some in lines.items():
        axes.text(0, y, name, fontsize=9.5, color=BLUE, va="center", weight="bold")
        for line in some:
            y += 1
            # A lone dollar sign would begin a formula.
            axes.text(0.02, y, line.replace("$", r"\$"), fontsize=8, color=INK, va="center", family="monospace")
        y += 1.6
    return figure


def plot_cache(lengths, without, with_cache):
    """Processor seconds for writing so many tokens, with keys and values kept and without. Each: (n,)"""
    _, axes = plt.subplots(figsize=(7.2, 2.7))
    axes.plot(lengths, without, "s--", color=VERMILION, label="all read again for each token")
    axes.plot(lengths, with_cache, "o-", color=BLUE, label="with the KV cache")
    axes.set(xlabel="tokens written", ylabel="seconds", xticks=lengths, ylim=(0, None))
    axes.legend(loc="upper left")


def plot_depths(depths, sizes):
    """How large the last block's gradient is at the start, against their number. sizes: {name: (runs, depths)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.9))
    for (name, runs), (colour, mark), line in zip(sizes.items(), LOOKS, LINE_STYLES, strict=False):
        axes.plot(depths, runs.T, mark, color=colour, markersize=4, alpha=0.5)
        axes.plot(depths, np.median(runs, axis=0), line, color=colour, marker=mark, markersize=7, label=name)
    axes.set(xscale="log", yscale="log", xlabel="blocks", ylabel="size of the gradient")
    axes.set_xticks(depths, [f"{n}" for n in depths])
    axes.set_yticks([0.1, 0.2, 0.4, 0.8], ["0.1", "0.2", "0.4", "0.8"])
    axes.minorticks_off()
    axes.legend()


def plot_sizes(parameters, bits, rivals, longer):
    """Bits a character against size, both logarithmic.

    bits: (sizes, runs)   rivals: {name: bits} of what counts   longer: of the largest after 3,000 steps
    """
    _, axes = plt.subplots(figsize=(7.2, 2.9))
    # Side by side: dots of one size would hide one another.
    for run, shift in zip(np.transpose(bits), np.geomspace(0.95, 1.05, np.shape(bits)[1]), strict=True):
        axes.plot(shift * np.asarray(parameters), run, "o", color=BLUE, markersize=5, alpha=0.7)
    axes.plot(parameters, np.median(bits, axis=1), "-", color=BLUE, label="transformers, 250 steps each")
    axes.plot(parameters[-1], longer, "D", color=ORANGE, markersize=8, label="3,000 steps")
    for name, level in rivals.items():
        axes.axhline(level, color=GREY, linestyle="--", linewidth=1.8)
        axes.text(parameters[0], level * 1.015, name, fontsize=9, color=INK)
    axes.set(xscale="log", yscale="log", xlabel="parameters", ylabel="bits a character", ylim=(1.6, 4))
    axes.set_xticks(parameters, [f"{n:,}" for n in parameters])
    axes.set_yticks([2, 2.5, 3, 3.5, 4], ["2", "2.5", "3", "3.5", "4"])
    axes.minorticks_off()
    axes.legend(loc="upper right")


def plot_copies(losses, guessing, window=20):
    """The loss on the first and on the second copy, in means of ``window`` steps. losses: (steps, 2)"""
    _, axes = plt.subplots(figsize=(7.2, 2.9))
    means = losses[: len(losses) // window * window].reshape(-1, window, 2).mean(axis=1)
    steps = window * (np.arange(len(means)) + 0.5)
    for copy, (name, colour, line) in enumerate((("first", ORANGE, "--"), ("second", BLUE, "-"))):
        axes.plot(steps, means[:, copy], line, color=colour, label=f"{name} copy")
    axes.axhline(guessing, color=GREY, linestyle=":", linewidth=1.8)
    axes.text(steps[-1], guessing - 0.2, "guessing", fontsize=9, color=INK, ha="right")
    axes.set(xlabel="step", ylabel="loss", ylim=(0, None))
    axes.legend(loc="lower left")


def plot_heads(scores):
    """For each head, how much it looks at the token before and at the one after the last copy.

    scores: [(before, after the copy)] of each layer, two arrays (heads,)
    """
    _, panels = plt.subplots(1, len(scores), figsize=(7.2, 2.3), sharey=True, squeeze=False)
    for number, (axes, pair) in enumerate(zip(panels[0], scores, strict=True), start=1):
        places = np.arange(len(pair[0]))
        axes.bar(places - 0.2, pair[0], 0.38, color=ORANGE, label="the token before")
        axes.bar(places + 0.2, pair[1], 0.38, color=BLUE, hatch="//", label="the token after the last copy")
        axes.set(title=f"layer {number}", xticks=places, xticklabels=[f"head {k + 1}" for k in places], ylim=(0, 1))
    panels[0, 0].set_ylabel("attention")
    panels[0, 0].legend(fontsize=8)


def plot_starts(shares, losses):
    """The loss on the second copy of many starts against how much the last layer looks behind the last copy.

    Both: {number of layers: (starts,)}
    """
    _, axes = plt.subplots(figsize=(7.2, 2.9))
    names = {"1": "one layer", "2": "two layers"}
    for (layers, name), (colour, mark) in zip(names.items(), ((ORANGE, "s"), (BLUE, "o")), strict=True):
        axes.plot(shares[layers], losses[layers], mark, color=colour, markersize=6, alpha=0.8, label=name)
    axes.set(xlabel="attention to the token after the last copy", ylabel="loss on the second copy")
    axes.set(xlim=(0, 1), ylim=(0, None))
    axes.legend(loc="upper right")
