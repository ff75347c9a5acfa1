"""Chapter 02's diagrams: a curve and its slope with the point where a sum stands, and logits that become shares."""

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.chart import Chart
from course_lib.drawing.palette import BLUE, FAINT, GREY, INK, VERMILION

SUMS = np.linspace(-4, 4, 401)
# A curve that falls as far as it rises needs room below.
UP, BOTH_WAYS = (-1.6, 4.2), (-4.2, 4.2)


def charts(lowest, narrow):
    """(chart of the value, chart of the slope); on a narrow page one below the other. lowest: of the values up to -4"""
    y_ends = UP if lowest > UP[0] else BOTH_WAYS
    size, left, place = (330, 228), 50 if narrow else 36, (50, 340) if narrow else (424, 40)
    return Chart(left, 40, *size, (-4.2, 4.2), y_ends), Chart(*place, *size, (-4.2, 4.2), (-0.3, 1.3))


def operating_point(f, f_grad, z, band, narrow):
    """The value with its band and tangent, and the slope, both with the point at z. band: (lowest, highest) value"""
    low = float(f(-4.0))
    left, right = charts(low, narrow)
    value, slope = float(f(z)), float(f_grad(z))
    low, high = np.clip(band, *left.y_ends)
    top, bottom = (left.at(0, end)[1] for end in (high, low))
    reach = 1.7 / np.hypot(1, slope)
    ends = z + np.array([-reach, reach])
    ticks = range(-4, 5, 2) if left.y_ends == BOTH_WAYS else range(-1, 5)
    parts = [
        svg.box(left.left, top, left.width, bottom - top, "#E6F1F8", "none", 0, 0),
        left.frame("value: drag the point", "sum z", range(-4, 5, 2), ticks),
        right.frame("slope", "sum z", range(-4, 5, 2), [0, 0.25, 0.5, 0.75, 1]),
        *(svg.line(*chart.at(0, chart.y_ends[0]), *chart.at(0, chart.y_ends[1]), GREY, 0.8) for chart in (left, right)),
        left.curve(SUMS, without_jumps(f(SUMS)), BLUE, 2.4),
        right.curve(SUMS, without_jumps(f_grad(SUMS)), BLUE, 2.4),
        left.curve(ends, value + slope * (ends - z), VERMILION, 2, "7 4"),
        svg.circle(*left.at(z, value), 8, VERMILION, "#fff", 2),
        svg.circle(*right.at(z, slope), 6, VERMILION, "#fff", 2),
    ]
    return svg.drawing(*((400, 630) if narrow else (770, 330)), *parts)


def without_jumps(y):
    """The curve with a gap wherever it jumps, so that no upright line is drawn there."""
    return np.where(np.abs(np.diff(y, append=y[-1])) > 0.5, np.nan, y)


# How far the line of a logit reaches to both sides.
REACH = 15.0


def knob_rows(count, narrow):
    """A chart for each row's line of logits, from -15 to 15."""
    left, width, top, apart = (70, 300, 62, 78) if narrow else (70, 240, 62, 46)
    return [Chart(left, top + apart * row - 8, width, 16, (-REACH, REACH), (-1, 1)) for row in range(count)]


def shares(names, sums, scaled, probabilities, held, narrow):
    """A row for each class: its logit as a knob on a line, the logit after the temperature, its share as a bar."""
    rows = knob_rows(len(names), narrow)
    parts = [svg.text(rows[0].left, 22, "logit: drag a point", 13, anchor="start", bold=True)]
    if not narrow:
        parts += [
            svg.text(450, 22, "÷ temperature", 13, anchor="end"),
            svg.text(470, 22, "probability", 13, "#222", "start"),
        ]
    for k, (chart, name, p) in enumerate(zip(rows, names, probabilities, strict=True)):
        y = chart.top + 8
        below, right = (y + 32, 70) if narrow else (y, 470)
        parts += [
            svg.text(16, y, name, 15, anchor="start", bold=True),
            svg.line(chart.left, y, chart.right, y, FAINT, 5),
            svg.line(chart.at(0, 0)[0], y - 8, chart.at(0, 0)[0], y + 8, GREY, 1),
            svg.circle(*chart.at(sums[k], 0), 9, BLUE, VERMILION if k == held else "#fff", 3 if k == held else 2),
            svg.text(24 if narrow else 366, below, svg.signed(sums[k], 1), anchor="start" if narrow else "end"),
        ]
        if not narrow:
            parts.append(svg.text(450, y, svg.signed(scaled[k]), anchor="end"))
        parts += [
            svg.box(right, below - 13, 210, 26, "#F2F2F2", "none", 0, 3),
            svg.box(right, below - 13, 210 * p, 26, BLUE, "none", 0, 3),
            svg.text(right + 288, below, percent(p), 15, INK, "end", bold=True),
        ]
    return svg.drawing(*((400, 376) if narrow else (770, 236)), *parts)


def percent(share):
    """A softmax's share with one decimal. None is quite 0 or 1, and none is said to be."""
    if 0.0005 <= share < 0.9995:
        return f"{share:.1%}"
    return "< 0.1%" if share < 0.5 else "> 99.9%"
