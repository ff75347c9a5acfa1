"""Names beside the points of a figure, where they cover neither one another nor a point."""

import numpy as np

# Where a name can stand: right, left, above, below of its point, and between these.
SIDES = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]


def label_points(axes, places, names, fontsize=9, gap=7):
    """Write each name beside its point, on the side where it covers least. The limits of the axes must be set.

    places: (n, 2) in data coordinates   gap: points between the middle of a mark and its name
    """
    scale = axes.figure.dpi / 72
    points = axes.transData.transform(np.asarray(places, float)) / scale
    marks = [_box(point, (0, 0), 2 * gap - 4, 2 * gap - 4) for point in points]
    written = []
    for number, (point, name) in enumerate(zip(points, names, strict=True)):
        size = 0.56 * fontsize * len(name), 1.1 * fontsize
        others = [*written, *marks[:number], *marks[number + 1 :]]
        boxes = [_box(point + gap * np.array(side), side, *size) for side in SIDES]
        best = int(np.argmin([sum(_overlap(box, other) for other in others) for box in boxes]))
        across, up = SIDES[best]
        written.append(boxes[best])
        axes.annotate(
            name,
            places[number],
            (gap * across, gap * up),
            textcoords="offset points",
            fontsize=fontsize,
            ha={1: "left", 0: "center", -1: "right"}[across],
            va={1: "bottom", 0: "center", -1: "top"}[up],
        )
    return written


def _box(point, side, width, height):
    """(left, bottom, right, top) of a box on that side of a point."""
    left, bottom = point[0] + (side[0] - 1) * width / 2, point[1] + (side[1] - 1) * height / 2
    return left, bottom, left + width, bottom + height


def _overlap(one, other):
    """The area that two boxes share."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    up = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0) * max(up, 0)
