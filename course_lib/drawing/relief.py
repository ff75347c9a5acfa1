"""A relief: a surface seen from above, darker where it is lower, and a ball's way over it."""

import numpy as np
from contourpy import contour_generator

from course_lib.drawing import svg
from course_lib.drawing.palette import INK, VERMILION

SHADES = [f"#{round(240 - 14 * k):02x}{round(246 - 9 * k):02x}{round(252 - 5 * k):02x}" for k in range(10)]


def layers(grid, height):
    """[(polygon (n, 2), shade)], the highest first: all that lies below each of ten heights, closer where it is low.

    grid: (rows, columns, 2), the places as of np.meshgrid   height: (rows, columns)
    """
    lines = contour_generator(grid[0, :, 0], grid[:, 0, 1], height)
    lowest, highest = height.min(), height.max()
    levels = lowest + (highest - lowest) * np.linspace(1, 0.05, len(SHADES)) ** 2
    return [
        (region[::2], shade)
        for level, shade in zip(levels, SHADES, strict=True)
        for region in lines.filled(lowest - 1, level)[0]
    ]


def trail(places):
    """The ball's way, its start as a square and its last place as a large dot. places: (n, 2) in the drawing"""
    x, y = places[0]
    return "".join(
        [
            svg.path(places, VERMILION, 1.5),
            *(svg.circle(*place, 2.5, VERMILION, "none", 0) for place in places),
            svg.box(x - 5, y - 5, 10, 10, "#fff", INK, 2, 0),
            svg.circle(*places[-1], 7, VERMILION, "#fff", 2),
        ]
    )
