"""One row for each token that may come next: its logit, exponential and probability as bars."""

from course_lib.drawing import svg
from course_lib.drawing.palette import BLUE, GREY, INK

# Where the tokens end, and for each of three columns: where its bars begin, how long they are, where its numbers end.
WIDE = (110, 150, 80, 290, 330, 120, 505, 540, 130, 735)
NARROW = (72, 80, 36, 158, 172, 50, 266, 284, 55, 388)


def text_lines(text, narrow):
    """How much height the end of a text takes, and its lines: the box of the text is too short to read in."""
    long, most = (50, 3) if narrow else (100, 2)
    text = text.replace("␣", "\u00a0")
    lines = [text[start : start + long] for start in range(0, len(text), long)][-most:]
    drawn = [svg.text(12, 18 + 18 * k, line, 12, anchor="start") for k, line in enumerate(lines)]
    return 18 * most + 10, f'<g font-family="monospace">{"".join(drawn)}</g>'


def heads(places, logit):
    """What stands above the three columns. logit: the first one's name"""
    middle, size = ("exp(logit / T) ÷ largest", 13) if places == WIDE else ("e^(logit/T) ÷ max", 10)
    names = zip(places[1::3], (logit, middle, "probability"), strict=True)
    return "".join(svg.text(x, 16, name, size, anchor="start", bold=True) for x, name in names)


def token_row(places, row, text, numbers, paper):
    """One token's logit, exponential and probability as bars.

    numbers: the logit, the share of the longest bar that it has, the exponential and the probability
    """
    y = 35 + 22 * row
    logit, length, e, share = numbers
    name, x, bar, end, e_x, e_bar, e_end, p_x, p_bar, p_end = places
    text = text if 9 * len(text) < name else text[: name // 9 - 1] + "…"
    ink = INK if share > 0 else "#6A6A6A"
    parts = [
        # Nothing in between may slip from under the hand.
        svg.box(0, y - 3, p_end + 12, 22, paper, paper, 0, 0),
        svg.text(name, y + 9, text, 13, ink, "end", bold=row == 0),
        svg.box(x, y, 2 + bar * length, 16, "#D6E8F5", BLUE, 0.8, 2),
        svg.text(end, y + 9, svg.signed(logit), 11, ink, "end"),
        svg.box(e_x, y, 1 + e_bar * e, 16, "#FBE6BF", GREY, 0.8, 2),
        svg.text(e_end, y + 9, f"{e:.3f}", 11, ink, "end"),
        svg.box(p_x, y, p_bar * share, 16, BLUE, BLUE, 0.8, 2) if share > 0 else "",
        svg.text(p_end, y + 9, f"{share:.3f}", 11, ink, "end"),
    ]
    return "".join(parts)
