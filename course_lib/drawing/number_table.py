"""A table of numbers to click on, and frames around some of its cells."""

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.palette import GREY, INK, VERMILION
from course_lib.drawing.plane import NEGATIVE_SIDE, POSITIVE_SIDE


def table(numbers, left, top, width, colour, digits, head, name, chosen):
    """A cell to click for each number, in the colour that ``colour`` gives it, under a head and the columns' numbers.

    name: what stands before "row,column" in the names of its cells   chosen: (row, column)
    """
    columns = numbers.shape[1]
    parts = [svg.text(left + width * (j + 0.5), top + 32, j + 1, 12, GREY) for j in range(columns)]
    parts.append(svg.text(left + width * columns / 2, top + 14, head, 13, bold=True))
    for (i, j), v in np.ndenumerate(numbers):
        x, y, said = left + width * j, top + 42 + 34 * i, svg.signed(v, digits)
        marked = ' data-marked=""' * ((i, j) == chosen and not name)
        role = f'data-cell="{name}{i},{j}" tabindex="-1" role="button" aria-label="row {i + 1}, pixel {j + 1}: {said}"'
        cell = svg.box(x, y, width, 32, colour(v), "#fff", 1, 2) + svg.text(x + width / 2, y + 16, said, 12)
        parts.append(f"<g {role}{marked}>{cell}</g>")
    return "".join(parts)


def inked(share):
    """Grey for ink; orange where a number of one's own is below 0."""
    return _mix("#A8A8A8" if share >= 0 else NEGATIVE_SIDE, abs(share))


def frames(rows, pixels, row, pixel, left, top, width):
    """A frame around the cells that decide together, and a thick one around the chosen one. A click goes through."""
    together = left + width * pixels[0], top + 42 + 34 * rows[0], width * len(pixels), 34 * len(rows) - 2
    chosen = left + width * pixel, top + 42 + 34 * row, width, 32
    frames = svg.box(*together, "none", VERMILION, 2.5, 3) + svg.box(*chosen, "none", INK, 3, 3)
    return f'<g pointer-events="none">{frames}</g>'


def _mix(colour, share):
    """White with a share of the colour, which may be more than all of it."""
    share = min(max(share, 0), 1)
    rgb = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 + share * (part - 255)):02x}" for part in rgb)


def two_sided(number):
    """Bluer the further above 0, more orange the further below."""
    return _mix(POSITIVE_SIDE if number >= 0 else NEGATIVE_SIDE, abs(number) / 1.5)
