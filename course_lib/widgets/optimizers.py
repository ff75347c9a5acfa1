"""Widgets of chapter 05: optimizers side by side on a surface, and learning rates that follow a schedule."""

from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure

from course_lib.drawing import svg
from course_lib.drawing.chart import Chart
from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION
from course_lib.optimizers import SGD, Adam, Momentum, RMSprop
from course_lib.plots.optimizers import VIEWS, heights, lowest
from course_lib.schedules import CosineDecay, ExponentialDecay, LinearWarmup, PiecewiseConstantDecay
from course_lib.surfaces import FAR, SURFACES, walk
from course_lib.widgets.base import SvgDemo
from course_lib.widgets.controls import group, pick, slide

RACERS = {
    "SGD": SGD,
    "momentum": Momentum,
    "Nesterov": lambda rate: Momentum(rate, nesterov=True),
    "RMSprop": RMSprop,
    "Adam": Adam,
}
COLOURS = dict(zip(RACERS, (BLUE, ORANGE, GREEN, PURPLE, VERMILION), strict=True))
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.02, 0.03, 0.1, 0.2, 0.3, 1.0)
# Rates that do well on each surface: the same for all only on the saddle.
GOOD_RATES = {
    "bowl": (0.1, 0.02, 0.02, 0.1, 0.3),
    "ravine": (0.01, 0.01, 0.01, 0.1, 0.2),
    "saddle": (0.03, 0.03, 0.03, 0.03, 0.03),
    "Rosenbrock": (0.001, 0.001, 0.001, 0.1, 0.3),
}
STEPS = 150


@lru_cache(maxsize=200)
def _walk(racer, surface, rate):
    """(places, heights above the lowest point), up to where the walk left the map."""
    path = walk(RACERS[racer](rate), SURFACES[surface], STEPS)
    return path, np.array([SURFACES[surface].f(*w) - lowest(surface) for w in path])


@lru_cache(maxsize=len(SURFACES))
def _contours(surface):
    """The contour lines of a surface: a list of arrays (points, 2)."""
    x, y, z, levels = heights(surface)
    lines = Figure().subplots().contour(x, y, z, levels=levels).allsegs
    return [line[[*range(0, len(line), 2), -1]] for level in lines for line in level if len(line) > 2]


class Race(SvgDemo):
    """Five optimizers start at one place, each with a learning rate of its own, and take their steps together."""

    name = "race"
    step = slide("step", 20, 0, STEPS, 1, play=100)
    surface = pick("surface", list(SURFACES), "ravine")
    # A list of rates: of a slider over them, a screen reader would say which place in the list is chosen.
    rates = group({racer: pick(f"{racer} rate", [(f"{rate:g}", rate) for rate in RATES]) for racer in RACERS})

    def __init__(self, surface="ravine", step=20):
        super().__init__(surface=surface, step=step, rates=GOOD_RATES[surface])
        for racer in RACERS:
            self.controls[racer].style.description_width = "110px"

    def follow(self, name):
        # Rates that suit one surface throw an optimizer off another, so each begins with its own.
        if name == "surface":
            self.set(rates=GOOD_RATES[self.surface])

    def walk(self, racer):
        """(places, heights above the lowest point) of one optimizer up to the present step."""
        path, height = _walk(racer, self.surface, self.values[racer])
        return path[: self.step + 1], height[: self.step + 1]

    def left_the_map(self, racer):
        """Whether it has gone so far that its walk has ended."""
        return not np.abs(self.walk(racer)[0][-1]).max() <= FAR

    def svg(self):
        walks = {racer: self.walk(racer) for racer in RACERS}
        told = f"{self.surface} after {_steps(self.step)}; ★ is the lowest point"
        title = svg.text(280, 12, told, 13, bold=True)
        places = {racer: places for racer, (places, _) in walks.items()}
        heights = {racer: heights for racer, (_, heights) in walks.items()}
        return svg.drawing(560, 416, title, _map(self.surface, places), _curves(heights))

    def words(self):
        rows = "".join(
            f"<tr><td style='text-align: left'><b>{_SIGN[racer]}</b> {racer}</td><td>{self.values[racer]:g}</td>"
            f"<td>{self._place(racer)}</td><td>{self._height(racer)}</td></tr>"
            for racer in RACERS
        )
        return (
            "<table><tr><th style='text-align: left'>optimizer</th><th>rate</th><th>is at</th>"
            f"<th>height above ★</th></tr>{rows}</table>"
        )

    def _place(self, racer):
        if self.left_the_map(racer):
            return f"off the map since step {len(self.walk(racer)[0]) - 1}"
        x, y = self.walk(racer)[0][-1]
        return f"({svg.signed(x)}, {svg.signed(y)})"

    def _height(self, racer):
        return "–" if self.left_the_map(racer) else _rounded(self.walk(racer)[1][-1])

    def describe(self):
        order = sorted(
            (racer for racer in RACERS if not self.left_the_map(racer)), key=lambda racer: self.walk(racer)[1][-1]
        )
        gone = [racer for racer in RACERS if self.left_the_map(racer)]
        text = f"Five optimizers on the surface “{self.surface}” after {_steps(self.step)}"
        if order:
            text += "; from the lowest to the highest: " + ", ".join(
                f"{racer} ({_rounded(self.walk(racer)[1][-1])})" for racer in order
            )
        return text + (f"; off the map: {', '.join(gone)}." if gone else ".")


def _map(surface, walks):
    """The walks of all over the contour lines. walks: {racer: places (n, 2)}"""
    left, right, bottom, top = VIEWS[surface]
    # What is far outside still has to be drawn towards; the window cuts it.
    chart = Chart(10, 24, 540, 240, (left, right), (bottom, top), beyond=60)
    window = chart.left, chart.top, chart.width, chart.height
    parts = [svg.box(*window, "#FBFBFB", GREY)]
    parts += [svg.path(chart.points(*line.T), "#C9C9C9", 1) for line in _contours(surface)]
    parts += [svg.text(*chart.at(*goal), "★", 20, INK) for goal in SURFACES[surface].goals]
    parts += [svg.path(chart.points(*walks[racer].T), colour, 1.6) for racer, colour in COLOURS.items()]
    for racer, colour in COLOURS.items():
        x, y = chart.at(*walks[racer][-1])
        parts += [svg.circle(x, y, 9, colour, "#fff", 1.5, title=racer), _letter(x, y, racer)]
    return svg.window(*window, *parts)


def _curves(heights):
    """The heights above the lowest point against steps. heights: {racer: (n,)}"""
    chart = Chart(52, 286, 470, 96, (0, STEPS), (1e-6, 100), log="y")
    parts = [
        svg.line(chart.left, chart.bottom, chart.right, chart.bottom, GREY, 1),
        svg.line(chart.left, chart.top, chart.left, chart.bottom, GREY, 1),
        chart.y_ticks((100, 1, 0.01, 0.0001), grid=False),
        chart.x_ticks((0, 50, 100, 150), below=12),
        svg.text(chart.middle, chart.top - 10, "height above the lowest point", 12),
        svg.text(chart.middle, chart.bottom + 24, "step", 12),
    ]
    for racer, colour in COLOURS.items():
        points = chart.points(np.arange(len(heights[racer])), heights[racer])
        parts.append(svg.path(points, colour, 1.8))
        parts += [svg.circle(*points[-1], 7, colour, "#fff", 1), _letter(*points[-1], racer, 9)]
    return "".join(parts)


_SIGN = {"SGD": "S", "momentum": "M", "Nesterov": "N", "RMSprop": "R", "Adam": "A"}


def _letter(x, y, racer, size=11):
    # Dark on orange, white on the others: all can be read.
    return svg.text(x, y, _SIGN[racer], size, INK if racer == "momentum" else "#fff", bold=True)


def _steps(n):
    return "1 step" if n == 1 else f"{n} steps"


def _rounded(height):
    """Two digits, and nothing finer than a millionth."""
    if height > 1000:
        return "over 1,000"
    return f"{height:.2g}" if height >= 1e-6 else "below 0.000001"


class Schedule(SvgDemo):
    """A learning rate from the first step to the last: which rule it follows, and how it begins."""

    name = "schedule"
    label_width = 100
    steps = 300
    look = slide("look at step", 150, 0, steps, 1)
    kind = pick("schedule", ("constant", "step", "exponential", "cosine"), "cosine")
    rate = slide("rate", 0.4, 0.02, 0.5, 0.02)
    warmup = slide("warm-up steps", 0, 0, 100, 5)
    decay_steps = slide("decay steps", 300, 20, steps, 10)
    share = slide("share left", 0.1, 0.0, 1.0, 0.05)
    arguments = "kind", "rate", "warmup", "decay_steps", "share", "look"

    @property
    def schedule(self):
        """The rule as a function of the step, made by the course's own classes."""
        after = self._after_warmup(self.kind, self.rate, self.decay_steps, self.share)
        return LinearWarmup(self.warmup, after) if self.warmup else after

    def _after_warmup(self, kind, rate, decay_steps, share):
        if kind == "cosine":
            return CosineDecay(rate, decay_steps, share)
        if kind == "step":
            # It ends at the last step that is drawn, so the last boundary may lie there and never be passed.
            boundaries = list(range(decay_steps, self.steps + 1, decay_steps))
            return PiecewiseConstantDecay(boundaries, [rate * share**k for k in range(len(boundaries) + 1)])
        # Keras has no constant schedule, and none that decays to nothing in one go.
        return ExponentialDecay(rate, decay_steps, 1.0 if kind == "constant" else max(share, 0.01))

    @property
    def now(self):
        """The learning rate at the step that is looked at."""
        return float(self.schedule(self.look))

    def svg(self):
        chart, steps = Chart(60, 40, 470, 190, (0, self.steps), (0, 0.5)), np.arange(self.steps + 1)
        parts = [
            svg.text(chart.middle, 16, f"learning rate: {self._name()}", 13, bold=True),
            chart.y_ticks((0, 0.1, 0.2, 0.3, 0.4, 0.5), beside=8),
            chart.x_ticks(range(0, self.steps + 1, 50), below=16),
            svg.text(chart.middle, 264, "step", 12),
        ]
        if self.warmup:
            x, y = chart.at(self.warmup, 0)
            parts.append(svg.line(x, chart.top, x, y, GREY, 1, dashed=True))
            parts.append(svg.text(x + 6, chart.top - 6, "← warm-up", 12, anchor="start"))
        parts.append(chart.curve(steps, self.schedule(steps), BLUE, 2.5))
        parts.append(svg.circle(*chart.at(self.look, self.now), 6, VERMILION, "#fff", 2))
        return svg.drawing(560, 276, *parts)

    def _name(self):
        return f"warm-up, then {self.kind}" if self.warmup else self.kind

    def words(self):
        parts = {
            "constant": f"it stays at {self.rate:g}",
            "step": f"after every {self.decay_steps} steps it is multiplied by {self.share:g}",
            "exponential": f"it shrinks evenly, to {max(self.share, 0.01):g} of itself in {self.decay_steps} steps",
            "cosine": f"in {self.decay_steps} steps it falls to {self.share:g} of {self.rate:g}, then stays",
        }
        text = (f"from 0 up to {self.rate:g} in {self.warmup} steps; then " if self.warmup else "") + parts[self.kind]
        return f"{text[0].upper()}{text[1:]}.<br>At step {self.look} the rate is <b>{self.now:.4f}</b>."

    def describe(self):
        low, high = float(self.schedule(self.steps)), self.rate
        return (
            f"A learning rate over 300 steps ({self._name()}): its highest value is {high:g}, at step "
            f"{self.look} it is {self.now:.4f}, at the end {low:.4f}."
        )
