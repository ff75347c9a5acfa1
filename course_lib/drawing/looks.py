"""The picture of a sentence whose words look at each other: lines from one word, and the map of one head.

``demo`` has words, word, key, head, stage, shown, weights and stages, as the widget ``Attention`` has them.
"""

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.palette import BLUE, FAINT, GREY, INK, LINE_COLOURS, ORANGE, VERMILION

STAGES = "scores", "scale", "mask", "softmax"
# Pixels: the words on the left and the keys beside them, then the map of one head.
ROW, TOP, LEFT, RIGHT, MAP = 26, 66, 96, 264, 430


def looks(demo):
    """The whole picture, as SVG. What can be pointed at says by data-word or data-key which word it is."""
    n = len(demo.words)
    parts = [
        svg.text(LEFT - 8, 48, "who looks", 12, GREY, "end"),
        svg.text(RIGHT + 8, 48, "at whom", 12, GREY, "start"),
    ]
    parts += [_lines(demo, head) for head in range(len(demo.queries)) if demo.shown[head]]
    for k, word in enumerate(demo.words):
        y = TOP + ROW * (k + 0.5)
        chosen, met = k == demo.word, k == demo.key
        parts += [
            _target(0, y - ROW / 2, LEFT, f'data-word="{k}"', FAINT if chosen else "#fff"),
            svg.text(LEFT - 8, y, word, 14, INK, "end", bold=chosen),
            _target(RIGHT, y - ROW / 2, LEFT, f'data-key="{k}"', FAINT if met else "#fff"),
            svg.text(RIGHT + 8, y, word, 14, INK, "start", bold=met),
        ]
    return svg.drawing(760, max(TOP + ROW * n + 12, 200), *parts, *_map(demo))


def _target(x, y, width, mark, fill):
    return f'<rect x="{x}" y="{y}" width="{width}" height="{ROW}" rx="4" fill="{fill}" {mark}/>'


def _lines(demo, head):
    """From the word that looks to all that it looks at, as wide as the weight."""
    colour, start = LINE_COLOURS[head % len(LINE_COLOURS)], TOP + ROW * (demo.word + 0.5)
    lift = (head - (len(demo.queries) - 1) / 2) * 3
    return "".join(
        svg.line(LEFT + 2, start + lift, RIGHT - 2, TOP + ROW * (k + 0.5) + lift, colour, 9 * weight)
        for k, weight in enumerate(demo.weights[head, demo.word])
        if weight > 0.01
    )


def _map(demo):
    """All numbers of one head at the chosen stage: a row for each word that looks."""
    n, values = len(demo.words), demo.stages[demo.stage][demo.head]
    side = min(ROW, (760 - MAP - 12) / n)
    largest = 1 if demo.stage == 3 else max(np.abs(values[np.isfinite(values)]).max(), 1e-9)
    yield svg.text(MAP, 14, f"head {demo.head + 1}: {STAGES[demo.stage]}", 12, GREY, "start")
    for column, word in enumerate(demo.words):
        x = MAP + side * (column + 0.5)
        yield f'<g transform="rotate(-40 {x:.1f} {TOP - 8})">{svg.text(x, TOP - 8, word, 11, GREY, "start")}</g>'
    for (row, column), value in np.ndenumerate(values):
        x, y = MAP + side * column, TOP + ROW * row
        mark = f'data-word="{row}" data-key="{column}"'
        yield f'<rect x="{x:.1f}" y="{y}" width="{side:.1f}" height="{ROW}" {fill(value, largest)} {mark}/>'
        words = "–" if value == -np.inf else svg.signed(value, 1) if demo.stage < 3 else f"{value:.1f}"[-2:]
        if side > 18 and (demo.stage < 3 or value >= 0.05):
            colour = "#fff" if value / largest > 0.7 else INK
            words = "1" if demo.stage == 3 and value > 0.95 else words
            # A click on the number is one on its cell.
            yield svg.text(x + side / 2, y + ROW / 2, words, 9, colour).replace("<text", f"<text {mark}")
    y = TOP + ROW * demo.word
    yield _frame(MAP, y, side * n, INK, 1.5) + _frame(MAP + side * demo.key, y, side, VERMILION, 3)


def _frame(x, y, width, colour, line_width):
    # A frame must not catch the clicks on what it surrounds.
    return f'<g pointer-events="none">{svg.box(x, y, width, ROW, "none", colour, line_width, 2)}</g>'


def fill(value, largest):
    """What fills a cell: blue above 0, orange below, the stronger the nearer to the largest; grey behind a mask."""
    if value == -np.inf:
        return f'fill="{FAINT}"'
    return f'fill="{BLUE if value >= 0 else ORANGE}" fill-opacity="{min(abs(value) / largest, 1):.3f}" stroke="{FAINT}"'
