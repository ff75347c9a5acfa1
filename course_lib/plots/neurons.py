"""Figures of chapter 01."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle, Ellipse, FancyBboxPatch

from course_lib.drawing.palette import BLUE, GREY, INK, VERMILION
from course_lib.drawing.strips import LOOKS, strip_plot
from course_lib.drawing.style import TWO_SIDES, points


def plot_two_neurons():
    """A biological and an artificial neuron side by side, each part above its counterpart."""
    _, (cell, unit) = plt.subplots(1, 2, figsize=(7.2, 2.7))
    for axes, title in (cell, "A nerve cell"), (unit, "An artificial neuron"):
        axes.set(xlim=(-1, 10), ylim=(0, 6.8), title=title, aspect="equal")
        axes.axis("off")
    _draw_cell(cell)
    _draw_unit(unit)


def _draw_cell(axes):
    for y, bend in (5.6, 0.5), (3.7, 0.0), (1.8, -0.5):
        axes.plot([0.4, 1.6, 2.9], [y, y - bend * 0.3, 3.7 + bend * 1.4], color=BLUE, linewidth=3, linestyle="-")
        axes.plot([-0.6, 0.1], [y + 0.5, y], color=INK, linewidth=2, linestyle="-")
        axes.plot(0.25, y, "o", color=VERMILION, markersize=7, zorder=4)
    axes.add_patch(Ellipse((3.7, 3.7), 2.2, 2.6, facecolor="#D9EAF5", edgecolor=INK))
    axes.add_patch(Circle((3.7, 3.7), 0.45, facecolor=BLUE, edgecolor="none"))
    axes.plot([4.8, 8.2], [3.7, 3.7], color=INK, linewidth=4, linestyle="-")
    for y in (4.7, 3.7, 2.7):
        axes.plot([8.2, 9.4], [3.7, y], color=INK, linewidth=2, linestyle="-")
    labels = (
        (0.3, 0.2, "synapses\nand dendrites"),
        (3.9, 0.2, "the cell body\nadds up"),
        (6.5, 4.1, "the axon\ncarries the spike"),
        (8.9, 0.2, "to other\ncells"),
    )
    for x, y, words in labels:
        axes.text(x, y, words, ha="center", fontsize=9)


def _draw_unit(axes):
    for y, name, weight in (5.6, "x₁", 3.5), (3.7, "x₂", 1.2), (1.8, "x₃", 2.3):
        axes.plot([1.1, 3.3], [y, 3.7], color=BLUE, linewidth=weight, linestyle="-")
        axes.add_patch(Circle((0.7, y), 0.5, facecolor="white", edgecolor=INK, zorder=3))
        axes.text(0.7, y, name, ha="center", va="center", zorder=4)
    axes.add_patch(Circle((3.9, 3.7), 0.9, facecolor="#D9EAF5", edgecolor=INK, zorder=3))
    axes.text(3.9, 3.7, "Σ + b", ha="center", va="center", zorder=4)
    axes.plot([4.8, 9.2], [3.7, 3.7], color=INK, linewidth=1.5, linestyle="-")
    axes.add_patch(
        FancyBboxPatch((5.6, 3.0), 1.4, 1.4, boxstyle="round,pad=0.1", facecolor="white", edgecolor=INK, zorder=3)
    )
    z = np.linspace(-1, 1, 50)
    axes.plot(6.3 + 0.6 * z, 3.7 + 0.5 * np.tanh(3 * z), color=BLUE, linestyle="-", zorder=4)
    axes.text(9.4, 3.7, "y", va="center")
    for x, words in (1.2, "inputs ×\nweights"), (3.9, "sum\nand bias"), (6.3, "activation"), (8.6, "output"):
        axes.text(x, 0.2, words, ha="center", fontsize=9)


def plot_lines(x, gates, lines):
    """The four pairs of truth values, once for each gate, with the line that was found for it, if any.

    gates: {name: labels}   lines: {name: (w, b)}
    """
    _, panels = plt.subplots(1, len(gates), figsize=(7.2, 2.7))
    for axes, (name, y) in zip(panels, gates.items(), strict=True):
        shade_sides(axes, *lines[name])
        points(axes, x, y, ("0", "1"), size=90)
        axes.set(
            xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), xticks=[0, 1], yticks=[0, 1], title=name, aspect="equal", xlabel="x₁"
        )
    panels[0].set_ylabel("x₂")
    panels[-1].legend(loc="center left", bbox_to_anchor=(1, 0.5), title="wanted")


def shade_sides(axes, w, b, low=-0.5, high=1.5):
    """The side of the plane where w · x + b >= 0, and the line between the sides."""
    x1, x2 = np.meshgrid(np.linspace(low, high, 200), np.linspace(low, high, 200))
    z = w[0] * x1 + w[1] * x2 + b
    axes.contourf(x1, x2, (z >= 0).astype(float), levels=[-1, 0.5, 2], colors=["#FBEBCF", "#D9EAF5"])
    if z.min() < 0 < z.max():
        axes.contour(x1, x2, z, levels=[0], colors=INK, linewidths=2)


def plot_moved(inputs, hidden, y, output_layer):
    """The same examples before and after a hidden layer, and there the line that the output neuron draws.

    inputs, hidden: (n, 2)   y: (n,)   output_layer: (kernel, bias, activation) of one neuron
    """
    kernel, bias, _ = output_layer
    _, (before, after) = plt.subplots(1, 2, figsize=(7.2, 2.9))
    shade_sides(after, kernel[:, 0], bias[0])
    for axes, places, name, title in (
        (before, inputs, "x", "as the inputs see it"),
        (after, hidden, "h", "as the hidden layer sees it"),
    ):
        points(axes, places, y, ("0", "1"), size=110)
        axes.set(
            xlim=(-0.5, 1.5),
            ylim=(-0.5, 1.5),
            xlabel=f"{name}₁",
            ylabel=f"{name}₂",
            aspect="equal",
            xticks=[0, 1],
            yticks=[0, 1],
            title=title,
        )
    after.legend(loc="center left", bbox_to_anchor=(1, 0.5), title="wanted")


def plot_mistakes(mistakes):
    """Mistakes in each round, one line a gate. mistakes: {name: (rounds,)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.6))
    for (name, counts), marker in zip(mistakes.items(), "osD", strict=True):
        axes.plot(range(1, len(counts) + 1), counts, marker=marker, label=name)
    axes.set(xlabel="round", ylabel="mistakes in four looks", ylim=(-0.2, 4.4))
    axes.legend(ncols=3, loc="upper right", bbox_to_anchor=(1, 1.18))


def plot_surface(x, y, output):
    """What a network says over the unit square, as shades, with the four points on top. output: (n, 2) -> (n,)"""
    _, axes = plt.subplots(figsize=(4.2, 3.2))
    x1, x2 = np.meshgrid(np.linspace(-0.5, 1.5, 80), np.linspace(-0.5, 1.5, 80))
    z = output(np.stack([x1.ravel(), x2.ravel()], axis=1)).reshape(x1.shape)
    shades = axes.contourf(x1, x2, z, levels=np.linspace(0, 1, 11), cmap=TWO_SIDES)
    axes.contour(x1, x2, z, levels=[0.5], colors=INK, linewidths=2)
    points(axes, x, y, ("0", "1"), size=90)
    axes.set(xticks=[0, 1], yticks=[0, 1], xlabel="x₁", ylabel="x₂", aspect="equal")
    plt.colorbar(shades, label="output", ticks=[0, 0.5, 1])


def plot_losses(losses):
    """The final loss of every run, one row a network. losses: {name: (runs,)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.6))
    strip_plot(axes, losses, LOOKS, spread=0.38, markersize=6)
    axes.set(xlim=(-0.02, 0.75), xlabel="loss after training (0 is perfect; guessing gives 0.69)")


def plot_fits(x, target, outputs):
    """A curve and several networks' outputs, one panel each. outputs: {title: (n,)}"""
    _, panels = plt.subplots(1, len(outputs), figsize=(7.2, 2.6), sharey=True)
    for axes, (title, output) in zip(panels, outputs.items(), strict=True):
        axes.plot(x, target, color=GREY, linewidth=5, alpha=0.45, linestyle="-", label="the curve")
        axes.plot(x, output, color=BLUE, linestyle="-", linewidth=1.6, label="the network")
        axes.set(title=title, xlabel="x")
    panels[-1].legend(loc="upper right", fontsize=9)


def plot_shares(shares):
    """The share that every network reads, one row a kind. shares: {name: (runs,)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.6))
    strip_plot(axes, shares, LOOKS, spread=0.38, markersize=5)
    axes.set(xlim=(0.7, 1.01), xlabel="share of new dots read right")
    axes.xaxis.set_major_formatter("{x:.0%}")


def _show_weights(axes, weights):
    """Weights as a picture, blue above 0 and orange below. weights: (8, 8)"""
    end = np.abs(weights).max()
    axes.imshow(weights, cmap=TWO_SIDES, vmin=-end, vmax=end)
    axes.set(xticks=[], yticks=[])


def plot_template(picture, weights):
    """A digit, and beside it the weights that look at it. picture, weights: (8, 8)"""
    _, (left, right) = plt.subplots(1, 2, figsize=(5.2, 2.6))
    left.imshow(picture, vmin=0, vmax=1)
    left.set(xticks=[], yticks=[], title="a digit")
    _show_weights(right, weights)
    right.set_title("64 weights")


def plot_parts(picture, parts, pushes, answer):
    """A digit below, the weights of some hidden neurons above it, how each pushes the answer, and the answer.

    picture: (8, 8)   parts: (neurons, 8, 8)   pushes: (neurons,)
    """
    figure = plt.figure(figsize=(7.2, 4.4))
    figure.set_layout_engine("none")
    places = [0.14 + 0.72 * (k + 0.5) / len(parts) for k in range(len(parts))]
    for x, weights, push in zip(places, parts, pushes, strict=True):
        for ends in ((0.79, 0.86), (0.47, 0.37)):
            figure.add_artist(plt.Line2D([x, 0.5], ends, color=GREY, linewidth=1.4))
        _show_weights(figure.add_axes((x - 0.075, 0.48, 0.15, 0.25)), weights)
        figure.text(x, 0.75, f"+{push:.1f}", ha="center", fontsize=10)
    axes = figure.add_axes((0.41, 0.08, 0.18, 0.28))
    axes.imshow(picture, vmin=0, vmax=1)
    axes.set(xticks=[], yticks=[])
    look = {"boxstyle": "circle", "facecolor": "white"}
    figure.text(0.5, 0.9, answer, ha="center", va="center", fontsize=20, bbox=look)
    for y, words in (0.9, "output"), (0.6, "hidden:\nweights"), (0.22, "input"):
        figure.text(0.01, y, words, va="center", fontsize=10)
