"""The picture of a positional code: a striped map, a clock for each pair of its columns, and how well positions match.

``demo`` has scheme, position, hands, code() and matches(), as the widget ``Positions`` has.
"""

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.chart import Chart
from course_lib.drawing.looks import fill
from course_lib.drawing.palette import BLUE, FAINT, GREY, INK, VERMILION

# Pixels: the map is a column for each position, and below it the clocks, which the page's script knows, too.
LEFT, RIGHT, TOP, STRIPES = 16, 736, 32, 112
CLOCK, BESIDE, MIDDLE, RADIUS = 70, 180, 206, 38


def codes(demo):
    """The whole picture, as SVG."""
    return svg.drawing(760, 430, *_stripes(demo), *_clocks(demo), *_matches(demo))


def _stripes(demo):
    code = demo.code()
    length, width = code.shape
    across, down = (RIGHT - LEFT) / length, STRIPES / width
    largest = max(np.abs(code).max(), 1e-9)
    yield svg.text(LEFT, 18, "the code: a column for each position, drag to choose one", 12, GREY, "start")
    for (place, row), value in np.ndenumerate(code):
        box = f'x="{LEFT + across * place:.1f}" y="{TOP + down * row:.1f}" width="{across:.1f}" height="{down:.1f}"'
        yield f"<rect {box} {fill(value, largest)}/>"
    yield svg.box(LEFT + across * demo.position, TOP, across, STRIPES, "none", VERMILION, 3, 2)


def _clocks(demo):
    """As on a clock: 0 is at the top, and time goes to the right."""
    for k, angle in enumerate(demo.hands):
        x, y = CLOCK + BESIDE * k, MIDDLE
        yield svg.circle(x, y, RADIUS)
        yield "".join(
            svg.line(x + 34 * np.sin(tick), y - 34 * np.cos(tick), x + 37 * np.sin(tick), y - 37 * np.cos(tick), GREY)
            for tick in np.arange(12) * np.pi / 6
        )
        yield svg.line(x, y, x + 31 * np.sin(angle), y - 31 * np.cos(angle), VERMILION, 4)
        yield svg.circle(x + 31 * np.sin(angle), y - 31 * np.cos(angle), 6, VERMILION, VERMILION)
        yield svg.text(x + 48, y - 9, f"hand {k + 1}", 12, INK, "start")
        yield svg.text(x + 48, y + 9, "drag it", 12, GREY, "start")


def _matches(demo):
    matches = demo.matches()
    length, low = len(matches), min(-1.1, 1.1 * matches.min())
    chart = Chart(56, 284, RIGHT - 56, 116, (0, length - 1), (low, max(1.1, 1.1 * matches.max())))
    across, down = chart.at(np.arange(length), matches)
    yield svg.text(LEFT, 270, "match with each position", 12, GREY, "start")
    yield svg.line(56, chart.at(0, 0)[1], RIGHT, chart.at(0, 0)[1], FAINT)
    yield from (svg.text(48, chart.at(0, y)[1], svg.signed(y, 0), 12, GREY, "end") for y in (-1, 0, 1))
    yield from (svg.text(chart.at(x, 0)[0], 416, x, 12, GREY) for x in range(0, length, 5))
    yield svg.path(list(zip(across, down, strict=True)), BLUE, 2.5)
    yield svg.circle(across[demo.position], down[demo.position], 6, VERMILION, VERMILION)
