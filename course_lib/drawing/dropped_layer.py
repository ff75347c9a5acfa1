"""A layer of neurons of which some have fallen out, and what came of it pass after pass."""

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.chart import legend
from course_lib.drawing.palette import BLUE, GREY, INK, ORANGE, VERMILION

# What was learnt from, or is exact, beside what is new, or found by trying.
FOUND, UNSEEN = (ORANGE, "6 4"), (BLUE, "")


def dropped_layer(values, hidden, weights, kept, right):
    """The hidden neurons in a column, those that fell out crossed, and their weights to one neuron at the right."""
    parts = [svg.text(16, 20, "click a neuron: out, or back", 13, anchor="start", bold=True)]
    middle = 140
    for k, (value, plain, weight) in enumerate(zip(values, hidden, weights, strict=True)):
        y = 50 + k * 190 / max(len(values) - 1, 1)
        parts.append(svg.weight_line(110, y, right, middle, weight, faint=not kept[k]))
        mark = svg.circle(110, y, 14, "#fff" if kept[k] else "#eee", INK if kept[k] else GREY)
        if not kept[k]:
            mark += svg.line(101, y - 9, 119, y + 9, VERMILION, 2.4) + svg.line(101, y + 9, 119, y - 9, VERMILION, 2.4)
        mark += svg.text(88, y, f"{svg.signed(plain)} → {svg.signed(value)}", 12, INK if kept[k] else GREY, "end")
        parts.append(f'<g data-cell="neuron{k}" tabindex="-1" role="button" aria-label="neuron {k + 1}">{mark}</g>')
    return [*parts, svg.circle(right, middle, 14, "#fff", BLUE)]


def passes(chart, sums, whole):
    """The sum of each pass, their mean so far, and the sum without dropout."""
    count = np.arange(1, len(sums) + 1)
    low, high = chart.y_ends
    parts = [chart.frame("sums", "pass", (1, max(len(sums), 2)), (0, *np.round((low * 0.8, high * 0.8), 1)))]
    shown = np.unique(np.linspace(0, len(sums) - 1, 300).astype(int))
    parts += [svg.circle(*chart.at(count[k], sums[k]), 2.5, GREY, GREY, 0.5) for k in shown]
    parts.append(chart.curve(count[shown], (np.cumsum(sums) / count)[shown], *UNSEEN[:1], 2.4))
    parts.append(chart.curve(np.array(chart.x_ends), np.full(2, whole), ORANGE, 2, "6 4"))
    styles = {"mean so far": UNSEEN, "without dropout": FOUND}
    return [*parts, legend(styles, chart.left, chart.bottom + 48)]
