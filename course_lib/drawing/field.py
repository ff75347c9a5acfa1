"""A plane coloured by what a classifier says of each place, and points on it that can be clicked."""

from itertools import pairwise

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.palette import BLUE, INK, ORANGE, VERMILION


def field(plane, says, columns=44, rows=34):
    """What a classifier says of each place: boxes, deeper in colour the surer it is.

    says: function of (n, 2) that gives the probabilities of class 1
    """
    xs, ys = (np.linspace(*ends, n + 1) for ends, n in ((plane.x_ends, columns), (plane.y_ends, rows)))
    middles = np.stack(np.meshgrid((xs[1:] + xs[:-1]) / 2, (ys[1:] + ys[:-1]) / 2), axis=-1).reshape(-1, 2)
    p = says(middles).reshape(rows, columns)
    level = np.digitize(p, (0.05, 0.25, 0.5, 0.75, 0.95))
    colours = "#F2CF7F", "#F8E3B2", "#FCF3E0", "#E3F0F8", "#B9D9EC", "#8CC0DF"
    parts = []
    for i in range(rows):
        # One box for neighbours of the same colour.
        edges = [0, *(1 + np.flatnonzero(np.diff(level[i]))), columns]
        for a, b in pairwise(edges):
            (left, top), (right, bottom) = plane.at(xs[a], ys[i + 1]), plane.at(xs[b], ys[i])
            place = f'x="{left:.1f}" y="{top:.1f}" width="{right - left + 0.3:.1f}" height="{bottom - top + 0.3:.1f}"'
            parts.append(f'<rect {place} fill="{colours[level[i][a]]}"/>')
    return f'<g shape-rendering="crispEdges">{"".join(parts)}</g>'


def labelled_points(plane, x, y, flipped):
    """Points of two classes, which can be clicked; a wrong label has a red rim."""
    parts = [svg.text(plane.left, plane.top - 13, "what the network says", 13, anchor="start", bold=True)]
    for k, (place, label) in enumerate(zip(x, y, strict=True)):
        rim, wide = (VERMILION, 3) if k in flipped else (INK, 1)
        mark = svg.circle(*plane.at(*place), 6, BLUE if label else ORANGE, rim, wide)
        parts.append(f'<g data-cell="point{k}" tabindex="-1" role="button" aria-label="point {k + 1}">{mark}</g>')
    return parts
