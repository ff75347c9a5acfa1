"""What a diagram of points says besides: a framed digit, where a point is pushed, what the marks mean."""

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, VERMILION
from course_lib.drawing.pixels import image, mixed


def digit(x, left, top, size, name="", colour=GREY):
    """A picture of 64 pixels in a frame, with words below."""
    parts = [
        image(np.reshape(x, (8, 8)), left, top, size, size),
        svg.box(left, top, size, size, "none", colour, 1.2, 0),
    ]
    return "".join([*parts, svg.text(left + size / 2, top + size + 13, name, 12) if name else ""])


def arrow(chart, start, end):
    """From a point to where it is pushed, with a head; nothing where it is hardly pushed."""
    (x1, x2), (y1, y2) = chart.at(*np.transpose([start, end]))
    long = np.hypot(x2 - x1, y2 - y1)
    if long < 2:
        return ""
    reach = min(1, 40 / long)
    x2, y2 = x1 + reach * (x2 - x1), y1 + reach * (y2 - y1)
    across, down = 4 * (x2 - x1) / np.hypot(x2 - x1, y2 - y1), 4 * (y2 - y1) / np.hypot(x2 - x1, y2 - y1)
    head = [(x2 + across, y2 + down), (x2 - down * 0.7, y2 + across * 0.7), (x2 + down * 0.7, y2 - across * 0.7)]
    return svg.line(x1, y1, x2, y2, INK, 1) + svg.polygon(head, INK)


def field(share):
    """How deep the colour of D's opinion is, so that points can be seen on it."""
    return 0.15 + 0.7 * share


def key(left, top):
    """What the colours and marks mean."""
    parts = []
    for row, (fill, name) in enumerate(((GREEN, "real"), (VERMILION, "made by G"))):
        y = top + 24 * row
        parts += [svg.circle(left + 8, y, 5, fill, "#fff", 1), svg.text(left + 24, y, name, 13, anchor="start")]
    parts += [
        svg.line(left + 2, top + 48, left + 14, top + 48, INK),
        svg.polygon([(left + 18, top + 48), (left + 12, top + 45), (left + 12, top + 51)], INK),
    ]
    parts.append(svg.text(left + 24, top + 48, "where D's opinion pushes it", 13, anchor="start"))
    for row, (share, name) in enumerate(((1, "D takes it for real"), (0, "D takes it for made"))):
        y = top + 72 + 24 * row
        parts.append(image(mixed(field(np.full((2, 2), share)), ORANGE, BLUE), left + 1, y - 7, 14, 14))
        parts.append(svg.text(left + 24, y, name, 13, anchor="start"))
    return "".join(parts)
