"""A chart in a diagram: a frame with data coordinates inside, ticks beside it, curves cut at the frame, a legend."""

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.palette import GREY

GRID = "#E3E3E3"


class Chart:
    """A frame in a drawing, with data coordinates inside.

    x_ends, y_ends: (left, right) and (bottom, top) in those coordinates
    log: the axes that count in factors: "", "x", "y" or "xy"
    beyond: how far outside of the frame a point may lie in the drawing; what is further out lies there too
    """

    def __init__(self, left, top, width, height, x_ends, y_ends, log="", beyond=0):
        self.left, self.top, self.width, self.height = left, top, width, height
        self.x_ends, self.y_ends, self.log, self.beyond = x_ends, y_ends, log, beyond
        self.right, self.bottom, self.middle = left + width, top + height, left + width / 2

    def at(self, x, y):
        """Where points of the data lie in the drawing: (across, down), as numbers or arrays."""
        across = self.width * self._share("x", x, self.x_ends)
        down = self.height * (1 - self._share("y", y, self.y_ends))
        return self.left + self._kept(across, self.width), self.top + self._kept(down, self.height)

    def data(self, across, down):
        """The data's coordinates (x, y) of a point of the drawing, or of the nearest point inside the frame."""
        shares = (across - self.left) / self.width, 1 - (down - self.top) / self.height
        return tuple(
            self._value(axis, np.clip(share, 0, 1), ends)
            for axis, share, ends in zip("xy", shares, (self.x_ends, self.y_ends), strict=True)
        )

    def _value(self, axis, share, ends):
        low, high = np.log10(ends) if axis in self.log else ends
        value = low + share * (high - low)
        return 10**value if axis in self.log else value

    def _share(self, axis, values, ends):
        """How far along its axis a value lies: 0 at the lower end, 1 at the upper."""
        if axis in self.log:
            # The logarithm of 0 is far down, not an error.
            values, ends = (np.log10(np.maximum(v, 1e-300)) for v in (values, ends))
        return (np.asarray(values) - ends[0]) / (ends[1] - ends[0])

    def _kept(self, place, length):
        return np.clip(place, -self.beyond, length + self.beyond)

    def points(self, x, y):
        """The same as ``at`` for arrays, a row for each point: (n, 2)."""
        return np.column_stack(self.at(x, y))

    def frame(self, title, x_name, x_ticks, y_ticks, grid=True):
        """The frame with its numbers, a title above it and the name of its x-axis below."""
        return "".join(
            [
                svg.box(self.left, self.top, self.width, self.height, "none", GREY, 1, 0),
                svg.text(self.left, self.top - 13, title, 13, anchor="start", bold=True),
                svg.text(self.middle, self.bottom + 30, x_name, 12),
                self.x_ticks(x_ticks),
                self.y_ticks(y_ticks, grid=grid),
            ]
        )

    def x_ticks(self, ticks, below=13):
        """Numbers below the frame. ticks: values, or {value: what is written there}"""
        return "".join(
            svg.text(self.at(x, self.y_ends[0])[0], self.bottom + below, label, 12)
            for x, label in _labelled(ticks).items()
        )

    def y_ticks(self, ticks, beside=6, grid=True):
        """Numbers to the left of the frame, each with a line across it if there is a grid. ticks: as in ``x_ticks``"""
        parts = []
        for y, label in _labelled(ticks).items():
            height = self.at(self.x_ends[0], y)[1]
            parts.append(svg.line(self.left, height, self.right, height, GRID, 1) if grid else "")
            parts.append(svg.text(self.left - beside, height, label, 12, anchor="end"))
        return "".join(parts)

    def curve(self, x, y, colour, width=2.2, dashes=""):
        """A line through the points, cut at the frame where it leaves it above or below."""
        across, up = self._cut(self._share("x", x, self.x_ends), self._share("y", y, self.y_ends))
        # What lies on the frame is inside, also where rounding has put it a hair outside.
        inside = np.abs(up - 0.5) <= 0.5 + 1e-9
        places = (
            self.left + self._kept(self.width * across, self.width),
            self.top + self._kept(self.height * (1 - up), self.height),
        )
        pieces = np.split(np.column_stack(places), np.flatnonzero(np.diff(inside.astype(int))) + 1)
        shown = inside[:1].item() if len(inside) else False
        return "".join(svg.path(piece, colour, width, dashes) for piece in pieces[not shown :: 2])

    @staticmethod
    def _cut(across, up):
        """The same points, and between them those at which their line crosses the frame's lower or upper edge."""
        place, found = np.arange(len(up)), [(np.arange(len(up)), across, up)]
        with np.errstate(invalid="ignore"):
            begin, end, apart = up[:-1], up[1:], (np.abs(up - 0.5) > 0.5 + 1e-9) & np.isfinite(up)
            open_ends = np.isfinite(begin) & np.isfinite(end) & (apart[:-1] | apart[1:])
            for edge in (0, 1):
                i = np.flatnonzero(open_ends & ((begin - edge) * (end - edge) < 0))
                share = (edge - begin[i]) / (end[i] - begin[i])
                at = across[i] + share * (across[i + 1] - across[i])
                found.append((place[i] + share, at, np.full(len(i), float(edge))))
        place, across, up = (np.concatenate(some) for some in zip(*found, strict=True))
        order = np.argsort(place, kind="stable")
        return across[order], up[order]


def legend(styles, x, y):
    """A short piece of each line with its name behind it, in one row. styles: {name: (colour, dashes)}"""
    parts = []
    for name, (colour, dashes) in styles.items():
        piece = svg.line(x, y, x + 26, y, colour, 2.4)
        parts.append(piece.replace("<line", f'<line stroke-dasharray="{dashes}"') if dashes else piece)
        parts.append(svg.text(x + 32, y, name, 13, anchor="start"))
        x += 60 + 8 * len(name)
    return "".join(parts)


def _labelled(ticks):
    return ticks if isinstance(ticks, dict) else {tick: f"{tick:g}".replace("-", "−") for tick in ticks}
