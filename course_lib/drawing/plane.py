"""A piece of the (x1, x2) plane in a diagram, with the two sides of a straight line."""

from course_lib.drawing import svg
from course_lib.drawing.chart import Chart
from course_lib.drawing.palette import GREY, INK

POSITIVE_SIDE, NEGATIVE_SIDE = "#D9EAF5", "#FBEBCF"


class Plane(Chart):
    """A square piece of the (x1, x2) plane inside a drawing, from ``low`` to ``high`` both ways."""

    def __init__(self, left, top, size, low, high):
        super().__init__(left, top, size, size, (low, high), (low, high))
        self.low, self.high = low, high

    def sides(self, w1, w2, bias):
        """The two sides of the line w1 x1 + w2 x2 + bias = 0, and the line itself where it crosses the square."""
        corners = [(self.low, self.low), (self.high, self.low), (self.high, self.high), (self.low, self.high)]
        above = _clip(corners, w1, w2, bias)
        edge = [
            (p, q)
            for p, q in zip(above, above[1:] + above[:1], strict=True)
            if abs(w1 * p[0] + w2 * p[1] + bias) < 1e-9 and abs(w1 * q[0] + w2 * q[1] + bias) < 1e-9
        ]
        parts = [svg.box(self.left, self.top, self.width, self.height, NEGATIVE_SIDE, GREY, 1, 0)]
        if above:
            parts.append(svg.polygon([self.at(*p) for p in above], POSITIVE_SIDE))
        # Without a slope there is no line: one side is the whole plane.
        if w1 or w2:
            parts += [svg.line(*self.at(*p), *self.at(*q), INK, 2.5) for p, q in edge]
        return "".join(parts)

    def axes(self):
        """The names of both axes and the numbers at their ends."""
        low, high = svg.signed(self.low, 1), svg.signed(self.high, 1)
        return "".join(
            [
                svg.text(self.middle, self.bottom + 16, "x₁"),
                svg.text(self.left - 16, self.top + self.height / 2, "x₂"),
                self.x_ticks({self.low: low, self.high: high}, below=14),
                self.y_ticks({self.low: low, self.high: high}, beside=4, grid=False),
            ]
        )


def _clip(corners, w1, w2, bias):
    """The part of a polygon where w1 x1 + w2 x2 + bias >= 0. Sutherland and Hodgman, 1974."""
    kept = []
    for p, q in zip(corners, corners[1:] + corners[:1], strict=True):
        value_p, value_q = (w1 * x + w2 * y + bias for x, y in (p, q))
        if value_p >= 0:
            kept.append(p)
        if value_p * value_q < 0:
            t = value_p / (value_p - value_q)
            kept.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
    return kept
