"""Figures of chapter 04."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch

from course_lib.backpropagation import graph
from course_lib.drawing.graph_layout import layout
from course_lib.drawing.palette import BLUE, GREY, INK, ORANGE, VERMILION

ACROSS, DOWN = 1.8, 1.25


def plot_graph(result):
    """The graph behind a ``Value``: in each box its value, on each line the slope, under each box its gradient."""
    nodes, edges = graph(result)
    places, routes = layout(nodes, edges)
    x, y = np.array([_at(stop) for route in routes for stop in route]).T
    size = np.ptp(x) + 1.5, np.ptp(y) + 1.7
    _, axes = plt.subplots(figsize=(min(7.2, 0.95 * size[0]), min(3.4, 0.85 * size[1])))
    axes.set(xlim=(x.min() - 0.75, x.max() + 0.75), ylim=(y.min() - 0.85, y.max() + 0.6), aspect="equal")
    axes.axis("off")
    for edge, route in zip(edges, routes, strict=True):
        points = np.array([_at(stop) for stop in route])
        axes.plot(*points.T, color=GREY, linestyle="-", linewidth=1.5, zorder=1)
        middle = points[-2:].mean(axis=0)
        axes.text(
            *middle,
            f"× {_number(edge['slope'])}",
            ha="center",
            va="center",
            fontsize=9,
            color=INK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    for node in nodes:
        _draw_box(axes, *_at(places[node["number"]]), node)


def _at(stop):
    column, row = stop
    return ACROSS * column, -DOWN * row


def _draw_box(axes, x, y, node):
    fill = "#D9EAF5" if node["operation"] else "#FFFFFF"
    axes.add_patch(
        FancyBboxPatch(
            (x - 0.42, y - 0.3),
            0.84,
            0.6,
            boxstyle="round,pad=0.02,rounding_size=0.12",
            facecolor=fill,
            edgecolor=INK,
            zorder=2,
        )
    )
    label = node["operation"] or node["name"]
    axes.text(x, y, f"{label}\n{_number(node['data'])}", ha="center", va="center", fontsize=10, zorder=3)
    axes.text(
        x,
        y - 0.5,
        f"grad {_number(node['grad'])}",
        ha="center",
        va="center",
        fontsize=9,
        color=VERMILION,
        weight="bold",
    )


def _number(value):
    return f"{value:.4g}".replace("-", "−")


def plot_witnesses(ours, witnesses, errors):
    """A gradient by our own backward pass and by its witnesses, entry by entry, and how far they lie apart.

    ours: (parameters,)   witnesses: {name: (parameters,)}   errors: {name: relative error}
    """
    _, (both, apart) = plt.subplots(1, 2, figsize=(7.2, 3), width_ratios=[1.5, 1])
    both.plot(ours, color=GREY, linestyle="-", linewidth=5, alpha=0.4, label="ours")
    for (name, found), marker, colour in zip(witnesses.items(), "osx", (BLUE, ORANGE, INK), strict=True):
        both.plot(found, marker, color=colour, markerfacecolor="none", markersize=5 if marker == "x" else 8, label=name)
    both.set(xlabel="parameter", ylabel="gradient", title="One gradient, four ways")
    both.legend(fontsize=8, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.22))
    # A difference of exactly 0 has no place on this scale: it is drawn at one unit of float64's last digit.
    apart.barh(range(len(errors)), [max(error, 1e-16) for error in errors.values()], color=(BLUE, ORANGE, INK))
    apart.set(
        xscale="log",
        xlim=(1e-17, 1),
        yticks=range(len(errors)),
        yticklabels=list(errors),
        ylim=(len(errors) - 0.5, -0.5),
        xticks=[1e-16, 1e-8, 1],
        xlabel="relative error",
        title="How far from ours",
    )


def plot_errors(errors):
    """The relative error of each parameter's gradient, on a logarithmic scale. errors: {parameter: error}"""
    _, axes = plt.subplots(figsize=(7.2, 2.2))
    # 0 has no place on this scale: it is drawn at one unit of float64's last digit.
    heights = [max(error, 1e-16) for error in errors.values()]
    axes.bar(list(errors), heights, 0.6, color=[VERMILION if error > 1e-6 else BLUE for error in heights])
    for place, error in enumerate(heights):
        axes.text(place, error * 2, "wrong" if error > 1e-6 else "right", ha="center")
    axes.set(yscale="log", ylim=(1e-17, 100), yticks=[1e-16, 1e-8, 1], ylabel="relative error")


def plot_runs(runs):
    """The training loss after every epoch, one line a run. runs: {name: (runs, epochs)}"""
    _, axes = plt.subplots(figsize=(7.2, 2.7))
    for (name, losses), colour, style in zip(runs.items(), (BLUE, VERMILION), ("-", "--"), strict=True):
        for number, run in enumerate(losses):
            axes.plot(
                range(1, len(run) + 1),
                run,
                color=colour,
                linestyle=style,
                linewidth=1.4,
                label=name if number == 0 else None,
            )
    axes.set(xlabel="epoch", ylabel="training loss", yscale="log")
    axes.legend()


def plot_steps(ours, theirs):
    """The loss before each step, by our loop and, as dots below its line, by Keras."""
    _, axes = plt.subplots(figsize=(7.2, 2.6))
    axes.plot(theirs, "o", color=ORANGE, markersize=4, label="Keras")
    axes.plot(ours, color=INK, linestyle="-", linewidth=0.7, label="our loop")
    axes.set(xlabel="step", ylabel="loss of the batch", yscale="log")
    axes.legend()


def plot_costs(milliseconds):
    """How long each way takes, on a logarithmic scale, with its time beside it. milliseconds: {name: time}"""
    _, axes = plt.subplots(figsize=(7.2, 1.9))
    for row, duration in enumerate(milliseconds.values()):
        axes.barh(row, duration, color=(BLUE, ORANGE, VERMILION)[row])
        text = f"{duration:.1f} ms" if duration < 60_000 else f"{duration / 60_000:,.0f} minutes"
        axes.text(duration * 1.15, row, text, va="center")
    axes.set(
        xscale="log",
        yticks=range(len(milliseconds)),
        yticklabels=list(milliseconds),
        ylim=(len(milliseconds) - 0.5, -0.5),
        xlabel="milliseconds",
        xlim=(min(milliseconds.values()) / 10, max(milliseconds.values()) * 30),
    )
