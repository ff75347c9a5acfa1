"""A race of optimizers: a surface with the walks of all, the letter of each, and how high each stands step by step.

looks: {racer: (colour, letter)}, in all of them
"""

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.palette import GREY, INK, ORANGE


def race_map(chart, contours, goals, walks, looks):
    """The walks of all over the contour lines, from the square where they start. walks: {racer: places (n, 2)}"""
    window = chart.left, chart.top, chart.width, chart.height
    parts = [svg.box(*window, "#FBFBFB", GREY)]
    parts += [svg.path(chart.points(*line.T), "#C9C9C9", 1) for line in contours]
    parts += [svg.text(*chart.at(*goal), "★", 20, INK) for goal in goals]
    parts += [svg.path(chart.points(*walks[racer].T), colour, 1.6) for racer, (colour, _) in looks.items()]
    x, y = chart.at(*next(iter(walks.values()))[0])
    parts.append(svg.box(x - 6, y - 6, 12, 12, "#fff", INK, 2, 0))
    for racer, (colour, sign) in looks.items():
        x, y = chart.at(*walks[racer][-1])
        if chart.left <= x <= chart.right and chart.top <= y <= chart.bottom:
            parts += [svg.circle(x, y, 9, colour, "#fff", 1.5, title=racer), _letter(x, y, colour, sign)]
    return svg.window(*window, *parts)


def race_names(looks, y):
    """Who is which letter, in one row."""
    parts, x = [], 20
    for racer, (colour, sign) in looks.items():
        parts += [svg.circle(x, y, 8, colour, "#fff", 1), _letter(x, y, colour, sign, 10)]
        parts.append(svg.text(x + 12, y, racer, 12, anchor="start"))
        x += 29 + 7.8 * len(racer)
    return "".join(parts)


def race_heights(chart, heights, looks):
    """The heights above the lowest point against steps, as far as they are within the frame. heights: {racer: (n,)}"""
    parts = [
        svg.line(chart.left, chart.bottom, chart.right, chart.bottom, GREY, 1),
        svg.line(chart.left, chart.top, chart.left, chart.bottom, GREY, 1),
        chart.y_ticks((100, 1, 0.01, 0.0001), grid=False),
        chart.x_ticks((0, 50, 100, 150), below=12),
        svg.text(chart.middle, chart.top - 10, "height above the lowest point", 12),
        svg.text(chart.middle, chart.bottom + 24, "step", 12),
    ]
    for racer, (colour, sign) in looks.items():
        height = heights[racer]
        parts.append(chart.curve(np.arange(len(height)), height, colour, 1.8))
        if chart.y_ends[0] <= height[-1] <= chart.y_ends[1]:
            place = chart.at(len(height) - 1, height[-1])
            parts += [svg.circle(*place, 7, colour, "#fff", 1), _letter(*place, colour, sign, 9)]
    return "".join(parts)


def _letter(x, y, colour, sign, size=11):
    # Dark on orange, white on the others: all can be read.
    return svg.text(x, y, sign, size, INK if colour == ORANGE else "#fff", bold=True)
