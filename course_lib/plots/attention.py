"""Figures of chapter 09."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from course_lib.drawing.labels import label_points
from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, VERMILION
from course_lib.drawing.strips import LOOKS, strip_plot
from course_lib.drawing.style import TWO_SIDES

# White where nobody looks, the course's blue where all look.
LOOKS_AT = LinearSegmentedColormap.from_list("looks at", ["#FFFFFF", "#9CCBE6", BLUE, "#003A5C"])


def plot_regression(x, y, grid, averages, query, weights, truth):
    """Noisy points, the weighted average at each place, and the weights of one query as the size of the points.

    x, y: (n,)   grid: (m,)   averages: {name: (m,)}   query: a place   weights: (n,)   truth: (m,), the curve itself
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.1), sharey=True)
    for axes in (left, right):
        axes.plot(grid, truth, color=GREY, linewidth=5, alpha=0.35, label="the curve")
    left.scatter(x, y, s=18, color=GREY)
    for (name, values), style in zip(averages.items(), [":", "-", "--"], strict=False):
        left.plot(grid, values, style, label=name)
    left.legend(fontsize=9, loc="lower left")
    left.set(title="three widths of looking", xlabel="x", ylabel="y")
    right.scatter(x, y, s=8 + 1200 * weights, color=BLUE, alpha=0.75, edgecolor="white")
    right.axvline(query, color=VERMILION, linestyle="--")
    right.plot(query, weights @ y, "D", color=VERMILION, markersize=9)
    right.set(title="one query: who counts how much", xlabel="x")


def plot_widths(widths, spreads, largest):
    """Against the width d: the spread of the scores, and the largest weight of a row, with and without the root.

    spreads, largest: {name: (widths,)}
    """
    _, panels = plt.subplots(1, 2, figsize=(7.2, 2.9))
    for axes, values, title in zip(panels, (spreads, largest), ("spread of scores", "largest weight"), strict=True):
        for (name, numbers), (colour, mark) in zip(values.items(), LOOKS, strict=False):
            axes.plot(widths, numbers, marker=mark, color=colour, label=name)
        axes.set(xscale="log", xticks=widths, xticklabels=widths, xlabel="width d", title=title)
        axes.minorticks_off()
    panels[0].set(yscale="log", yticks=[1, 2, 4, 8, 16, 32], yticklabels=[1, 2, 4, 8, 16, 32])
    panels[0].minorticks_off()
    panels[1].set_ylim(0, 1.03)
    panels[0].legend(fontsize=9)


def draw_map(axes, weights, rows, columns, numbers=False, largest=1):
    """One map of attention: a row for each query, a column for each key. weights: (queries, keys)"""
    axes.imshow(weights, cmap=LOOKS_AT, vmin=0, vmax=largest, aspect="auto")
    axes.set(xticks=range(len(columns)), yticks=range(len(rows)))
    axes.set_xticklabels(columns, rotation=0 if max(map(len, columns)) < 2 else 90, fontsize=9)
    axes.set_yticklabels(rows, fontsize=9)
    axes.grid(False)
    if numbers:
        for (row, column), weight in np.ndenumerate(weights):
            colour = "white" if weight > 0.55 * largest else INK
            axes.text(column, row, f"{weight:.2f}", ha="center", va="center", fontsize=9, color=colour)


def plot_masks(masks, tokens):
    """Masks beside one another, blue where a query may look. masks: {name: (queries, keys)}"""
    _, panels = plt.subplots(1, len(masks), figsize=(7.2, 2.5))
    for axes, (name, mask) in zip(panels, masks.items(), strict=True):
        draw_map(axes, 0.55 * mask, tokens, tokens)
        axes.set_title(name, fontsize=10)
    panels[0].set_ylabel("who looks")


def plot_positions(encodings, similarities):
    """The sinusoidal code, a column for each position, and how well position 20 matches each of the others.

    encodings: (length, width)   similarities: {name: (length,)}
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.1), width_ratios=[1, 1.2])
    left.imshow(encodings.T, cmap=TWO_SIDES, vmin=-1, vmax=1, aspect="auto")
    left.set(title="the code (blue: above 0)", xlabel="position", ylabel="column")
    left.yaxis.get_major_locator().set_params(integer=True)
    left.grid(False)
    for name, values in similarities.items():
        right.plot(values, label=name)
    right.axvline(20, color=GREY, linewidth=1)
    right.set(title="match with position 20", xlabel="position")
    right.legend(fontsize=9)


def plot_orders(shares):
    """The share of right letters of every run, at the length of training and at twice that.

    shares: {scheme: (runs, 2)}
    """
    _, panels = plt.subplots(1, 2, figsize=(7.2, 2.5), sharey=True)
    for axes, column, title in zip(panels, (0, 1), ("10 letters, as in training", "20 letters"), strict=True):
        strip_plot(axes, {name: runs[:, column] for name, runs in shares.items()}, LOOKS, spread=0.14)
        axes.set(xlabel="letters named right", xlim=(0, 1.04))
        axes.set_title(title, fontsize=10)


def plot_readers(maps, tokens, row):
    """Whom one word looks at, in several networks: a panel for each, a row for each head.

    maps: {title: (heads, words, words)}   row: the number of the word that looks
    """
    _, panels = plt.subplots(1, len(maps), figsize=(7.2, 2.5), sharey=True)
    for axes, (title, weights) in zip(panels, maps.items(), strict=True):
        draw_map(axes, weights[:, row], [f"head {k + 1}" for k in range(len(weights))], tokens)
        axes.set_title(title, fontsize=9)


def plot_words(vectors, names, kinds):
    """Words as points: their vectors seen from where they spread most. vectors: (n, width)   kinds: {kind: names}"""
    _, axes = plt.subplots(figsize=(7.2, 3.6))
    centred = vectors - vectors.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    flat = centred @ directions[:2].T
    for (kind, members), (colour, mark) in zip(kinds.items(), LOOKS, strict=False):
        axes.scatter(*flat[[names.index(name) for name in members]].T, color=colour, marker=mark, s=46, label=kind)
    axes.legend(fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5))
    axes.set(xlabel="first direction", ylabel="second direction")
    axes.margins(0.12)
    # Only once they are laid out is it known where the points lie.
    axes.figure.canvas.draw()
    drawn = [name for members in kinds.values() for name in members]
    label_points(axes, flat[[names.index(name) for name in drawn]], drawn)


def plot_date(weights, text, iso):
    """Where each character of a translated date looked: (heads, 10, keys), the mean of all heads, then each head."""
    panels = [("mean of the heads", weights.mean(axis=0))]
    panels += [(f"head {k + 1}", head) for k, head in enumerate(weights)]
    figure = plt.figure(figsize=(7.2, 6.4))
    grid = figure.add_gridspec(3, 2, height_ratios=[1.25, 1, 1])
    for k, (title, seen) in enumerate(panels):
        axes = figure.add_subplot(grid[0, :] if k == 0 else grid[(k + 1) // 2, (k + 1) % 2])
        draw_map(axes, seen[:, : len(text)], list(iso), list(text))
        axes.set_title(title, fontsize=10)
        axes.tick_params(labelsize=8, length=0)


def plot_ablations(without):
    """The share of dates that are right, and the loss, without each head. without: {name: (share, loss)}"""
    _, (left, right) = plt.subplots(1, 2, figsize=(7.2, 0.9 + 0.32 * len(without)), sharey=True)
    shares, losses = zip(*without.values(), strict=True)
    colours = [GREEN if name.startswith("with all") else ORANGE for name in without]
    left.barh(list(without), shares, color=colours, height=0.6)
    # Where lengths are factors, a bar has none.
    right.scatter(losses, list(without), color=colours, s=60)
    left.invert_yaxis()
    left.set(xlim=(0, 1.04), xlabel="unseen dates right in all ten")
    right.set(xscale="log", xlim=(min(losses) / 2, 1.5 * max(losses)), xlabel="loss (cross-entropy)")


def plot_costs(lengths, taken):
    """Seconds against length, each relative to the shortest run of all, and lines of slope 1 and 2 to compare with.

    taken: {name: (lengths,)}
    """
    _, axes = plt.subplots(figsize=(7.2, 3.2))
    unit = min(values.min() for values in taken.values())
    lengths = np.asarray(lengths)
    for (name, values), (colour, mark) in zip(taken.items(), LOOKS, strict=False):
        axes.plot(lengths, values / unit, marker=mark, color=colour, label=name)
    ends, (attending, stepping) = lengths[[-3, -1]], (values[-3] / unit for values in taken.values())
    for start, power, words in ((attending, 2, "× 4 for twice the text"), (stepping, 1, "× 2")):
        axes.plot(ends, start * (ends / ends[0]) ** power, ":", color=GREY)
        axes.annotate(words, (ends[1], start * 4.0**power), (6, 0), textcoords="offset points", fontsize=9)
    axes.set(
        xscale="log", yscale="log", xticks=lengths, xticklabels=lengths, xlim=(lengths[0] / 1.2, lengths[-1] * 2.6)
    )
    axes.minorticks_off()
    axes.set(xlabel="words in the text", ylabel="time (shortest = 1)")
    axes.legend(fontsize=9)
