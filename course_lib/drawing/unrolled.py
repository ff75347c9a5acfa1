"""The pictures of a recurrent network over time: a neuron unrolled, and a text in strips of colour.

``demo`` has inputs, w, u, step, h and slopes, as the widget ``Unroll`` has; or text, names, shades(), focus and chart.
"""

import re

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.palette import BLUE, FAINT, GREY, INK, NEGATIVE_SHADE, ORANGE, POSITIVE_SHADE, VERMILION

WIDE, HIGH, LEFT = 680, 330, 110
# Down the picture: the states as bars, the boxes, the inputs as bars with a knob, the slopes.
STATE, BOX, INPUT, REACH, SLOPE = 62, 132, 222, 32, 300


def places(count):
    """Of each step the middle of its column, for the page's script: (count,)."""
    return [LEFT + (WIDE - 10 - LEFT) * (k + 0.5) / count for k in range(count)]


def unrolled(demo):
    """The whole picture, as SVG; what can be grabbed has the number of its step."""
    h, slopes, middles = demo.h, demo.slopes, places(len(demo.inputs))
    names = [_name(STATE - 8, "state h"), _name(INPUT - 8, "input x"), _name(INPUT + 8, "(drag ○)")]
    names += [_name(SLOPE - 12, "left of a"), _name(SLOPE + 3, "small change")]
    # A drawing that is cut in two has them twice.
    parts = [f'<g data-names="">{"".join(names)}{svg.text(8, SLOPE + 19, "framed: it grew", 12, anchor="start")}</g>']
    parts += [svg.text(middles[0] - 66, BOX, "0", 13), _arrow(middles[0] - 60, BOX, middles[0] - 32, BOX, True)]
    for k, x in enumerate(middles):
        seen = k < demo.step
        if k:
            parts.append(_arrow(middles[k - 1] + 30, BOX, x - 32, BOX, seen))
            parts.append(svg.text((middles[k - 1] + x) / 2, BOX - 11, "u", 12))
        parts += _column(demo, k, x, seen, h[k + 1], slopes[k] if seen else 0)
    return svg.drawing(WIDE, HIGH, *parts)


def _column(demo, k, x, seen, h, slope):
    now = k == demo.step - 1
    yield _bar(x, STATE, h, 30) if seen else svg.line(x - 16, STATE, x + 16, STATE, FAINT, 1)
    frame = svg.box(
        x - 30, BOX - 22, 60, 44, "#fff" if seen else "#f6f6f6", VERMILION if now else INK, 3 if now else 1.5
    )
    label = svg.text(x, BOX, svg.signed(h) if seen else "?", 15, bold=now)
    yield f'<g data-step="{k + 1}" style="cursor: pointer">{frame}{label}</g>'
    yield _arrow(x, INPUT - REACH - 8, x, BOX + 25, seen)
    yield svg.text(x + 9, BOX + 36, "w", 12, INK, "start")
    value = demo.inputs[k]
    knob = svg.circle(x, INPUT - REACH * value, 8, "#fff", INK, 2)
    grip = svg.box(x - 30, INPUT - REACH - 6, 60, 2 * REACH + 12, "transparent", "none", 0, 4)
    # Beyond the end of its line, which else looks like a minus sign.
    words = svg.text(x + 20, INPUT - REACH * value, svg.signed(value, _digits(value)), 13, INK, "start")
    yield f'<g data-input="{k}" style="cursor: ns-resize">{grip}{_bar(x, INPUT, value, REACH)}{knob}{words}</g>'
    if seen:
        # The shade stops growing at 1; a frame says that there is more.
        strength = min(abs(slope), 1)
        frame = svg.box(x - 30, SLOPE - 13, 60, 26, "none", VERMILION if abs(slope) > 1.0005 else FAINT, 2, 4)
        shade = svg.box(x - 30, SLOPE - 13, 60, 26, POSITIVE_SHADE if slope > 0 else NEGATIVE_SHADE, "none", 0, 4)
        yield f'<g opacity="{strength:.3f}">{shade}</g>{frame}'
        yield svg.text(x, SLOPE, left(slope), 13)


def left(slope):
    """What is left of a small change, in as many digits as its box has room for."""
    return svg.signed(slope, 3 if abs(slope) < 9.9995 else 1)


def _digits(value):
    """One digit where it says all, as of what is dragged; two as in the sentence."""
    return 1 if abs(value - round(value, 1)) < 1e-9 else 2


def _name(y, words):
    return svg.text(8, y, words, 13, INK, "start", bold=True)


def _arrow(x1, y1, x2, y2, seen):
    colour = INK if seen else FAINT
    length = np.hypot(x2 - x1, y2 - y1)
    a, b = (x2 - x1) / length, (y2 - y1) / length
    head = [(x2, y2), (x2 - 7 * a + 4 * b, y2 - 7 * b - 4 * a), (x2 - 7 * a - 4 * b, y2 - 7 * b + 4 * a)]
    return svg.line(x1, y1, x2, y2, colour, 1.5) + svg.polygon(head, colour)


def _bar(x, y, value, reach):
    """A bar from the line at y: up and blue, or down and orange."""
    top, high = y - reach * max(value, 0), max(reach * abs(value), 0.1)
    line = svg.line(x - 16, y, x + 16, y, GREY, 1)
    return line + svg.box(x - 11, top, 22, high, BLUE if value > 0 else ORANGE, "none", 0, 0)


def strips(demo, mixed, wide=13, per_line=48):
    """The text once for each strip, on its colours; under it the chart. mixed: from a shade to a colour"""
    parts, y = [], 8
    for name, shades in zip(demo.names, demo.shades(), strict=True):
        parts.append(svg.text(8, y + 10, name, 13, anchor="start", bold=True))
        y += 24
        for k, (sign, shade) in enumerate(zip(demo.text, [*shades, *[0] * len(demo.text)], strict=False)):
            left, top = 8 + wide * (k % per_line), y + 24 * (k // per_line)
            frame = INK if k == demo.focus else "none"
            parts.append(svg.box(left, top, wide, 22, mixed(shade), frame, 1.5, 0))
            parts.append(svg.text(left + wide / 2, top + 11, sign, 14))
        y += 24 * ((len(demo.text) - 1) // per_line + 1) + 6
    parts.append(svg.text(8, y + 10, demo.legend, 12, INK, "start"))
    y += 26
    if demo.chart:
        inner = re.sub(r"^<svg[^>]*>|</svg>$", "", demo.chart)
        parts.append(f'<g transform="translate(0 {y})" font-size="14">{inner}</g>')
        y += float(re.search(r'height="(\d+)"', demo.chart)[1])
    return svg.drawing(2 * 8 + wide * per_line, y + 4, *parts)
