"""A text as a row of boxes, one for each token, broken into lines."""

import html

from course_lib.drawing import svg
from course_lib.drawing.palette import GREY, VERMILION

# A word's boxes have one colour, the next word's another.
LOOKS = "#D6E8F5", "#FBE6BF", "#CFEBDD", "#F1DCE8", "#E9E9E9"
LINE = 46


def chosen(cell, part):
    """A piece of a drawing that can be pointed at and clicked."""
    return f'<g data-cell="{html.escape(cell)}">{part}</g>'


def visible(text):
    """A token's text with its spaces and ends of lines to be seen."""
    return text.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥") or "∅"


def written(piece):
    """A token's bytes to be seen: as text, or, if they are parts of characters, as ⟨numbers to the base 16⟩."""
    try:
        return visible(piece.decode("utf-8"))
    except UnicodeDecodeError:
        return f"⟨{piece.hex(' ').upper()}⟩"


def corners(labels, wide):
    """Where each box begins and how wide it is: (x, y, width)."""
    x, y = 12, 14
    for label in labels:
        width = 14 + 9 * len(label)
        if x > 12 and x + width > wide - 12:
            x, y = 12, y + LINE
        yield x, y, width
        x += width + 4


def token_boxes(found, text, cell, wide):
    """(height, drawing). found: (token, its bytes, the number of its word)   text: all bytes   cell: pointed at

    The height is that of the text in single bytes, so that nothing jumps when some are merged.
    """
    labels = [written(piece) for _, piece, _ in found]
    single = (written(bytes([byte])) for byte in text)
    lowest = max((y for some in (labels, single) for _, y, _ in corners(some, wide)), default=0)
    parts = []
    boxes = zip(found, labels, corners(labels, wide), strict=True)
    for place, ((token, _, word), label, (x, y, width)) in enumerate(boxes):
        frame, line = (VERMILION, 2) if cell == f"t{place}" else (GREY, 1)
        drawn = svg.box(x, y, width, 22, LOOKS[word % len(LOOKS)], frame, line, 4)
        drawn += svg.text(x + width / 2, y + 11, label, 13) + svg.text(x + width / 2, y + 31, token, 10, "#555")
        parts.append(chosen(f"t{place}", drawn))
    return max(lowest + 48, 120), "".join(parts)
