"""Names beside the points of a figure, where they cover neither one another nor a point."""

import numpy as np

# Where a name can stand: right, left, above, below of its point, and between these.
SIDES = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]


def label_points(axes, places, names, fontsize=9, gap=7, inside=False, bars=None):
    """Write each name beside its point, on the side where it covers least. The limits of the axes must be set.

    places: (n, 2) in data coordinates   gap: points between the middle of a mark and its name
    inside: whether a name that leaves the axes, for instance across its numbers, is as bad as one that covers another
    bars: (n, 2), the lower and the upper ends of the points' error bars, which no name covers either
    """
    if inside:
        # Only when the figure has been laid out do the axes have their place.
        axes.figure.draw_without_rendering()
    scale = axes.figure.dpi / 72
    frame = axes.get_window_extent().extents / scale
    points = axes.transData.transform(np.asarray(places, float)) / scale
    marks = [_box(point, (0, 0), 2 * gap - 4, 2 * gap - 4) for point in points]
    drawn = [] if bars is None else _drawn(axes, places, bars, scale)
    written = []
    for number, (point, name) in enumerate(zip(points, names, strict=True)):
        size = _measured(axes, name, fontsize) / scale if inside else (0.56 * fontsize * len(name), 1.1 * fontsize)
        others = [*written, *marks[:number], *marks[number + 1 :], *drawn]
        boxes = [_box(point + gap * np.array(side), side, *size) for side in SIDES]
        bad = [sum(_overlap(box, other) for other in others) for box in boxes]
        if inside:
            bad = [area + _overlap(box, box) - _overlap(box, frame) for area, box in zip(bad, boxes, strict=True)]
        best = int(np.argmin(bad))
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


def _measured(axes, name, fontsize):
    text = axes.text(0, 0, name, fontsize=fontsize)
    extent = text.get_window_extent()
    text.remove()
    return np.array(extent.size)


def _drawn(axes, places, bars, scale):
    """The boxes of error bars, three points wide."""
    ends = [
        axes.transData.transform(np.column_stack([np.asarray(places)[:, 0], end])) / scale for end in np.transpose(bars)
    ]
    return [(x - 1.5, low, x + 1.5, high) for (x, low), (_, high) in zip(*ends, strict=True)]


def _box(point, side, width, height):
    """(left, bottom, right, top) of a box on that side of a point."""
    left, bottom = point[0] + (side[0] - 1) * width / 2, point[1] + (side[1] - 1) * height / 2
    return left, bottom, left + width, bottom + height


def _overlap(one, other):
    """The area that two boxes share."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    up = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0) * max(up, 0)
