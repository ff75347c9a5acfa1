"""The pictures of a sentence whose words look at each other: lines from one word to all, and the map of one head.

``demo`` has words, word, key, head, stage, shown, q, k, weights, stages and unfolded, as the widget ``Attention`` has.
"""

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.palette import BLUE, FAINT, GREY, INK, LINE_COLOURS, ORANGE, VERMILION

STAGES = "scores", "scale", "mask", "softmax"
# Pixels: who looks, on the left, and at whom, where one row can unfold; and the map beside them.
ROW, TOP, LEFT, RIGHT, WIDE, MAP = 26, 66, 84, 216, 540, 304
# The unfolded row: how high, and where its columns of numbers begin.
FOLD, NUMBERS = 150, 54
# On the map: room for the words that look, and for the last slanted one of those looked at.
ROWS, SLANT = 54, 22
# The most that is between the lines of two heads.
APART = 5


def looks(demo):
    """Words and lines, as SVG. What can be pointed at says by data-word or data-key which word it is."""
    return svg.drawing(WIDE, height(demo), *_words(demo))


def grid(demo):
    """The map of one head, as SVG: a row for each word that looks."""
    return svg.drawing(MAP, TOP + ROW * len(demo.words) + 8, *_map(demo))


def both(demo):
    """The two beside one another, as where nothing can be moved."""
    return svg.drawing(
        WIDE + MAP, height(demo), *_words(demo), f'<g transform="translate({WIDE} 0)">', *_map(demo), "</g>"
    )


def height(demo):
    return TOP + ROW * len(demo.words) + FOLD + 8


def fold(demo):
    """Where the row unfolds: [left, top, width, height] as shares of the picture, or [] where none does."""
    if not demo.unfolded:
        return []
    top, all_of_it = TOP + ROW * (demo.key + 1), height(demo)
    return [RIGHT / WIDE, top / all_of_it, (WIDE - RIGHT - 8) / WIDE, FOLD / all_of_it]


def _down(demo, key):
    """The middle of a row on the right: those after an unfolded one are further down."""
    return TOP + ROW * (key + 0.5) + FOLD * (demo.unfolded and key > demo.key)


def _words(demo):
    yield svg.text(LEFT - 8, 48, "who looks", 12, GREY, "end")
    yield svg.text(RIGHT + 24, 48, "at whom", 12, GREY, "start")
    for head in range(len(demo.shown)):
        yield _lines(demo, head) if demo.shown[head] else ""
    for k, word in enumerate(demo.words):
        y, chosen = TOP + ROW * (k + 0.5), k == demo.word
        yield _target(0, y, LEFT, f'data-word="{k}"' + ' class="attention-who"' * chosen, chosen)
        yield svg.text(LEFT - 8, y, word, 14, INK, "end", bold=chosen)
        y, chosen = _down(demo, k), k == demo.key
        yield _target(RIGHT, y, 140, f'data-key="{k}"', chosen)
        yield svg.text(RIGHT + 12, y, "▾" if chosen and demo.unfolded else "▸", 12, GREY)
        yield svg.text(RIGHT + 24, y, word, 14, INK, "start", bold=chosen)
    if demo.unfolded:
        yield from _unfolded(demo)


def _target(x, y, width, mark, chosen):
    place = f'x="{x}" y="{y - ROW / 2}" width="{width}" height="{ROW}"'
    return f'<rect {place} rx="4" fill="{FAINT if chosen else "#fff"}" {mark}/>'


def _lines(demo, head):
    """From the word that looks to all that it looks at, as wide as the weight, and beside those of other heads."""
    colour, start = LINE_COLOURS[head % len(LINE_COLOURS)], TOP + ROW * (demo.word + 0.5)
    others = len(demo.shown) - 1
    apart = min(APART, (ROW - 6) / max(others, 1))
    lift = (head - others / 2) * apart
    return "".join(
        svg.line(LEFT + 2, start + lift, RIGHT - 2, _down(demo, k) + lift, colour, apart * weight)
        for k, weight in enumerate(demo.weights[head, demo.word])
        if weight > 0.01
    )


def _unfolded(demo):
    """The arithmetic of one weight in words and numbers. On a page that lives, boxes to type in cover it."""
    q, k = np.array(demo.q)[demo.head, demo.word], np.array(demo.k)[demo.head, demo.key]
    top = TOP + ROW * (demo.key + 1)
    yield svg.box(RIGHT, top + 1, WIDE - RIGHT - 8, FOLD - 4, "#fff", GREY, 1)
    step = (WIDE - RIGHT - 16 - NUMBERS) / max(len(q), 4)
    for row, (name, numbers) in enumerate({"q": q, "k": k, "q × k": q * k}.items()):
        y = top + ROW * (row + 0.6)
        yield svg.text(RIGHT + 10, y, name, 12, INK, "start", bold=True)
        for i, number in enumerate(numbers):
            yield svg.text(RIGHT + NUMBERS + step * (i + 0.5), y, svg.signed(number), min(12, step / 3), INK)
    for row, words in enumerate(_results(demo)):
        yield svg.text(RIGHT + 10, top + ROW * (row + 3.6), words, 12, INK, "start")


def _results(demo):
    """Two lines: the score, divided by the root; and behind the mask, as a weight. As far as the stage is."""
    sums = [stage[demo.head, demo.word, demo.key] for stage in demo.stages[: demo.stage + 1]]
    said = ["−∞" if number == -np.inf else svg.signed(number) for number in sums]
    names = "sum", f"÷ √{len(demo.q[0][0])}", "masked", "softmax"
    parts = [f"{name} {number}" for name, number in zip(names, said, strict=False)]
    return ",  ".join(parts[:2]), ",  ".join(parts[2:])


def _map(demo):
    """All numbers of one head at the chosen stage: a row for each word that looks."""
    n, values = len(demo.words), demo.stages[demo.stage][demo.head]
    side = min(ROW, (MAP - ROWS - SLANT) / n)
    largest = 1 if demo.stage == 3 else max(np.abs(values[np.isfinite(values)]).max(), 1e-9)
    yield svg.text(4, 14, f"head {demo.head + 1}: {STAGES[demo.stage]}", 12, GREY, "start")
    for column, word in enumerate(demo.words):
        y, chosen = TOP + ROW * (column + 0.5), column == demo.word
        yield svg.text(ROWS - 6, y, word, 11, INK if chosen else GREY, "end", bold=chosen)
        x = ROWS + side * (column + 0.5)
        yield f'<g transform="rotate(-45 {x:.1f} {TOP - 8})">{svg.text(x, TOP - 8, word, 11, GREY, "start")}</g>'
    for (row, column), value in np.ndenumerate(values):
        x, y = ROWS + side * column, TOP + ROW * row
        mark = f'data-word="{row}" data-key="{column}"'
        yield f'<rect x="{x:.1f}" y="{y}" width="{side:.1f}" height="{ROW}" {fill(value, largest)} {mark}/>'
        if side > 18:
            colour = "#fff" if value / largest > 0.7 else INK
            # A click on the number is one on its cell.
            words, size = _short(value, demo.stage == 3), round(min(10, side / 2.1), 1)
            yield svg.text(x + side / 2, y + ROW / 2, words, size, colour).replace("<text", f"<text {mark}")
    y = TOP + ROW * demo.word
    yield _frame(ROWS, y, side * n, INK, 1.5) + _frame(ROWS + side * demo.key, y, side, VERMILION, 3)


def _short(value, is_weight):
    """A number that fits into a cell: .3 of a weight, and nothing where that would be .0; −1.4 or −14 of a score."""
    if value == -np.inf:
        return "–"
    if is_weight:
        return "" if value < 0.05 else "1" if value >= 0.95 else f"{value:.1f}"[1:]
    return svg.signed(value, 1 if abs(value) < 9.95 else 0)


def _frame(x, y, width, colour, line_width):
    # A frame must not catch the clicks on what it surrounds.
    return f'<g pointer-events="none">{svg.box(x, y, width, ROW, "none", colour, line_width, 2)}</g>'


def fill(value, largest):
    """What fills a cell: blue above 0, orange below, the stronger the nearer to the largest; grey behind a mask."""
    if value == -np.inf:
        return f'fill="{FAINT}"'
    return f'fill="{BLUE if value >= 0 else ORANGE}" fill-opacity="{min(abs(value) / largest, 1):.3f}" stroke="{FAINT}"'
