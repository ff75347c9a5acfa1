"""Diagrams as SVG text: sharp at any size, the same on every machine, and drawn in about a millisecond."""

import html

from course_lib.drawing.palette import BLUE, GREY, INK, ORANGE


def drawing(width, height, *parts):
    """A whole picture from its parts, later ones on top, on white paper: its ink is dark on a dark page too."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, Helvetica, Arial, sans-serif" font-size="14">'
        f'<rect width="{width}" height="{height}" rx="8" fill="#fff"/>{"".join(parts)}</svg>'
    )


def window(x, y, width, height, *parts):
    """Parts that are cut off at the edges of a rectangle.

    A clip path would need an id, which two pictures on one page would share.
    """
    place = f'x="{x}" y="{y}" width="{width}" height="{height}" viewBox="{x} {y} {width} {height}"'
    return f"<svg {place}>{''.join(parts)}</svg>"


def line(x1, y1, x2, y2, colour=INK, width=1.5, dashed=False, title=""):
    dashes = ' stroke-dasharray="6 4"' * bool(dashed)
    return _titled(
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:.2f}" stroke-linecap="round"{dashes}',
        "line",
        title,
    )


def circle(x, y, radius, fill="#fff", colour=INK, width=1.5, title=""):
    return _titled(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}" stroke="{colour}" '
        f'stroke-width="{width:.1f}"',
        "circle",
        title,
    )


def box(x, y, width, height, fill="#fff", colour=INK, line_width=1.5, round=6):
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{round}" fill="{fill}" '
        f'stroke="{colour}" stroke-width="{line_width}"/>'
    )


def polygon(points, fill, opacity=1.0):
    return f'<polygon points="{_points(points)}" fill="{fill}" opacity="{opacity}"/>'


def path(points, colour=INK, width=2.0, dashes=""):
    """A line through all points. dashes: as in SVG, such as "8 4" for 8 on and 4 off"""
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline{dashed} points="{_points(points)}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def text(x, y, words, size=14, colour=INK, anchor="middle", bold=False):
    """Words centred on the point, or beginning ("start") or ending ("end") there."""
    weight = ' font-weight="600"' * bool(bold)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
        f'dominant-baseline="central"{weight}>{html.escape(str(words))}</text>'
    )


def weight_line(x1, y1, x2, y2, weight, faint=False):
    """A connection: wider for a larger weight; blue and solid if positive, orange and dashed if negative."""
    colour = GREY if faint or weight == 0 else (BLUE if weight > 0 else ORANGE)
    return line(
        x1, y1, x2, y2, colour, min(0.8 + 2.2 * abs(weight), 7), dashed=weight < 0, title=f"weight {signed(weight)}"
    )


def signed(number, digits=2):
    """A number with a true minus sign, for reading: −0.36."""
    # Adding 0 turns a negative zero into a plain one.
    return f"{round(number, digits) + 0:.{digits}f}".replace("-", "−")


def listed(numbers, digits=1):
    """Several such numbers: (0.5, −0.3)."""
    return "(" + ", ".join(signed(number, digits) for number in numbers) + ")"


def products(numbers, others, digits):
    """A sum of products in words; the second of each with one decimal."""
    return " + ".join(f"({signed(a, digits)})·({signed(b, 1)})" for a, b in zip(numbers, others, strict=True))


def _points(points):
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _titled(opening, tag, title):
    """A part with a tool tip, where it has one."""
    return f"{opening}><title>{html.escape(title)}</title></{tag}>" if title else f"{opening}/>"
