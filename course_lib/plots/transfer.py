"""Figures of chapter 14."""

import matplotlib.pyplot as plt
import numpy as np

from course_lib.drawing.labels import label_points
from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILION

LOOKS = {
    "pixels": (ORANGE, "s", "-"),
    "random encoder": (GREY, "v", "-"),
    "random filters": (PURPLE, "v", ":"),
    "linear probe": (BLUE, "o", "-"),
    "learnt filters": (SKY, "o", ":"),
    "scratch": (VERMILION, "D", "--"),
    "fine-tuning": (GREEN, "^", "--"),
}


def plot_pictures(old, new):
    """Pictures in two rows: (n, side, side) each, what was learnt and what is to be learnt."""
    figure, grid = plt.subplots(2, len(old), figsize=(7.2, 1.7))
    for row, (name, pictures) in zip(grid, {"learnt": old, "new": new}.items(), strict=True):
        for axes, picture in zip(row, pictures, strict=True):
            axes.imshow(picture, vmin=0, vmax=1)
            axes.set(xticks=[], yticks=[])
            axes.grid(False)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
    return figure


def plot_worlds(worlds, methods=tuple(LOOKS)):
    """Labels a digit against the share read: mean and standard deviation of the draws. worlds: {name: stored study}"""
    figure, grid = plt.subplots(1, len(worlds), figsize=(7.4, 3.3), sharey=True)
    for axes, (world, found) in zip(np.atleast_1d(grid), worlds.items(), strict=True):
        for name in methods:
            colour, mark, line = LOOKS[name]
            counts = np.array([int(n) for n in found[name]])
            right = np.array([of["test"] for of in found[name].values()])
            # Beside one another, so that error bars do not cover one another.
            counts = counts * 1.02 ** (list(LOOKS).index(name) - 3)
            look = {"color": colour, "marker": mark, "linestyle": line, "label": name}
            axes.errorbar(counts, right.mean(1), right.std(1), linewidth=1.6, markersize=4.5, elinewidth=0.8, **look)
        axes.set(xscale="log", xlabel="labels a digit", title=f"digits {world}", ylim=(0.15, 1.0))
        axes.set_xticks([1, 2, 5, 10, 20, 50, 100], ["1", "2", "5", "10", "20", "50", "100"])
        axes.minorticks_off()
        axes.axhline(0.2, color=INK, linewidth=0.8)
    np.atleast_1d(grid)[0].set_ylabel("share of 5 to 9 read")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=9)
    return figure


def plot_told(told, plain):
    """A dot for each draw: trained as shown, and with digits moved about at each step. {name: {labels: found}}"""
    figure, grid = plt.subplots(1, 2, figsize=(7.2, 2.8), sharey=True)
    for axes, labels in zip(grid, ("2", "10"), strict=True):
        ways = {"scratch,\nnot told": plain["scratch"], "fine-tuned,\nnot told": plain["fine-tuning"]}
        ways |= {name.replace(" of ", "\nof ") + ",\ntold": of for name, of in told.items()}
        colours = VERMILION, GREEN, VERMILION, GREEN, BLUE
        for place, (of, colour) in enumerate(zip(ways.values(), colours, strict=False)):
            right = np.array(of[labels]["test"])
            beside = place + 0.25 * np.linspace(-1, 1, len(right))
            axes.plot(beside, right, "o", color=colour, markersize=3.5, alpha=0.6)
            axes.plot([place - 0.35, place + 0.35], [right.mean()] * 2, "-", color=INK, linewidth=1.8)
        axes.set_xticks(range(len(ways)), list(ways), fontsize=7)
        axes.set(title=f"{labels} labels a digit", ylim=(0.15, 1))
        axes.grid(False, axis="x")
    grid[0].set_ylabel("share of 5 to 9 read")
    return figure


def plot_contrast(losses, cosines):
    """Two losses over the epochs, and how alike the codes of different pictures are. {name: (epochs,)}, {name: x}"""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 2.6), width_ratios=(2, 1))
    for (name, loss), colour, line in zip(losses.items(), (BLUE, VERMILION), ("-", "--"), strict=True):
        left.plot(np.arange(1, len(loss) + 1), np.array(loss) / loss[0], line, color=colour, label=name)
    left.set(xlabel="epoch", ylabel="loss, first = 1", ylim=(0, 1.05))
    left.legend()
    right.bar(range(len(cosines)), list(cosines.values()), color=(BLUE, VERMILION), width=0.6)
    right.set_xticks(range(len(cosines)), list(cosines), fontsize=9)
    right.set(title="cosine of\ndifferent digits", ylim=(min(0, *cosines.values()) - 0.02, 1.02))
    right.grid(False, axis="x")
    return figure


def plot_costs(costs):
    """The share read against bytes, while it learns and when it serves. costs: the stored study"""
    figure, grid = plt.subplots(1, 2, figsize=(7.4, 3.6), sharey=True)
    names = {way: way.replace("small, ", "").replace("LoRA, rank ", "LoRA ") for way in costs}
    kinds = {"float32": BLUE, "int8": ORANGE, "921 weights": GREEN}
    titles, named = {"while training": "while it learns", "served": "when it serves"}, []
    for axes, (key, title) in zip(grid, titles.items(), strict=True):
        places, shown, bars = [], [], []
        for way, of in costs.items():
            right = np.array(of["test"])
            colour = GREEN if "small" in way else (ORANGE if "int8" in way or "QLoRA" in way else BLUE)
            # What takes as much lies a little beside it, its name at an end of its bar: neither covers the other.
            before = sum(other[key] == of[key] for other in list(costs.values())[: len(shown)])
            place, end = of[key] / 1000 * 1.14**before, ("QLoRA" in way, 1, -1)[min(before, 2)]
            axes.errorbar(place, right.mean(), right.std(), color=colour, marker="o", markersize=5)
            places.append((place, right.mean() + end * right.std()))
            bars.append((right.mean() - right.std(), right.mean() + right.std()))
            shown.append(names[way])
        axes.set(xscale="log", xlabel="kilobytes", title=title, xlim=(0.65, 1000), ylim=(0.7, 1.0))
        axes.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
        axes.minorticks_off()
        named.append((places, shown, bars))
    grid[0].set_ylabel("share of 5 to 9 read")
    marks = [plt.Line2D([], [], marker="o", linestyle="none", color=colour) for colour in kinds.values()]
    figure.legend(marks, list(kinds), loc="outside lower center", ncols=3, fontsize=8)
    for axes, (places, shown, bars) in zip(grid, named, strict=True):
        label_points(axes, places, shown, fontsize=7, inside=True, bars=bars)
    return figure


def plot_recall(places, most=20):
    """For each way the share of questions whose answer stands among the first k. places: {way: (questions,)}"""
    _, axes = plt.subplots(figsize=(5.6, 2.6))
    k = np.arange(1, most + 1)
    for (way, of), colour, line in zip(places.items(), (BLUE, ORANGE), ("-", "--"), strict=True):
        axes.plot(k, [np.mean(np.asarray(of) <= n) for n in k], line, drawstyle="steps-post", color=colour, label=way)
    axes.set(xlabel="k", ylabel="recall@k", ylim=(0, 1), xlim=(1, most), xticks=[1, *range(5, most + 1, 5)])
    axes.legend(loc="lower right")


def plot_refusals(scores):
    """The best score of each question, with an answer and without. scores: {way: (with, without)}"""
    figure, grid = plt.subplots(1, len(scores), figsize=(7.2, 2.2))
    for axes, (way, pair) in zip(grid, scores.items(), strict=True):
        for row, (some, colour) in enumerate(zip(pair, (BLUE, VERMILION), strict=True)):
            axes.plot(some, row + 0.3 * np.linspace(-1, 1, len(some)), "o", color=colour, markersize=4)
        axes.set(xlabel="best score", title=way, ylim=(1.5, -0.5))
        axes.set_yticks((0, 1), ("answered", "no answer") if axes is grid[0] else ("", ""))
        axes.grid(False, axis="y")
    return figure
