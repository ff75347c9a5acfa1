"""Widgets of chapter 05: optimizers side by side on a surface, and learning rates that follow a schedule."""

from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure

from course_lib.drawing import svg
from course_lib.drawing.chart import Chart
from course_lib.drawing.palette import BLUE, GREY, LINE_COLOURS, VERMILION
from course_lib.drawing.race import race_heights, race_map, race_names
from course_lib.optimizers import SGD, Adam, Momentum, RMSprop
from course_lib.plots.optimizers import VIEWS, heights, lowest
from course_lib.schedules import CosineDecay, ExponentialDecay, LinearWarmup, PiecewiseConstantDecay
from course_lib.surfaces import FAR, SURFACES, walk
from course_lib.widgets.base import SvgDemo
from course_lib.widgets.controls import pick, slide
from course_lib.widgets.live import LiveDemo, choice, play, push_button, slider, stops

# Each is made of its learning rate and of the share β of its velocity that it keeps, if it has one.
RACERS = {
    "SGD": lambda rate, _: SGD(rate),
    "momentum": Momentum,
    "Nesterov": lambda rate, beta: Momentum(rate, beta, nesterov=True),
    "RMSprop": lambda rate, _: RMSprop(rate),
    "Adam": lambda rate, _: Adam(rate),
}
# A colour and a letter for each.
LOOKS = {racer: (colour, racer[0].upper()) for racer, colour in zip(RACERS, LINE_COLOURS, strict=False)}
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.02, 0.03, 0.1, 0.2, 0.3, 1.0)
# Rates that do well on each surface: the same for all only on the saddle.
GOOD_RATES = {
    "bowl": (0.1, 0.02, 0.02, 0.1, 0.3),
    "ravine": (0.01, 0.01, 0.01, 0.1, 0.2),
    "saddle": (0.03, 0.03, 0.03, 0.03, 0.03),
    "Rosenbrock": (0.001, 0.001, 0.001, 0.1, 0.3),
}
STEPS = 150
BETAS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)
ARROWS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, 1), "ArrowDown": (0, -1)}


@lru_cache(maxsize=400)
def _walk(racer, surface, rate, beta, start):
    """(places, heights above the lowest point), up to where the walk left the map."""
    path = walk(RACERS[racer](rate, beta), SURFACES[surface], STEPS, start)
    return path, np.array([SURFACES[surface].f(*w) - lowest(surface) for w in path])


@lru_cache(maxsize=len(SURFACES))
def _contours(surface):
    """The contour lines of a surface: a list of arrays (points, 2)."""
    x, y, z, levels = heights(surface)
    lines = Figure().subplots().contour(x, y, z, levels=levels).allsegs
    return [line[[*range(0, len(line), 2), -1]] for level in lines for line in level if len(line) > 2]


class Race(LiveDemo):
    """Five optimizers start at one place, each with a learning rate of its own, and take their steps together.

    start: (x, y) in place of the surface's own; on the picture it is dragged
    """

    name = "race"
    picture_width = 560

    def __init__(self, surface="ravine", step=20, start=None, **rates):
        controls = [
            play("next", "one step"),
            push_button("first", "step 0"),
            slider("step", "step", 0, STEPS),
            choice("surface", "surface", SURFACES),
            stops("beta", "β of momentum and Nesterov", BETAS),
            # A list of rates: of a slider over them, a screen reader would say which place in the list is chosen.
            *[choice(racer, f"{racer} rate", [(f"{rate:g}", rate) for rate in RATES]) for racer in RACERS],
            push_button("home", "usual start"),
        ]
        state = {"surface": surface, "step": step, "beta": 0.9, "start": start}
        state |= dict(zip(RACERS, GOOD_RATES[surface], strict=True)) | rates
        self._last, self._held = state, False
        super().__init__(controls, drags=True, **state)

    def _answer(self):
        last, self._last = self._last, self.state
        alike = all(self.state[racer] == last[racer] for racer in RACERS)
        if self.state["surface"] != last["surface"] and alike:
            # Rates that suit one surface throw an optimizer off another, so each begins with its own, at its own start.
            self.set(start=None, **dict(zip(RACERS, GOOD_RATES[self.state["surface"]], strict=True)))
        super()._answer()

    @property
    def start(self):
        """Where all begin."""
        return tuple(self.state["start"] or SURFACES[self.state["surface"]].start)

    def press(self, what):
        if what == "next":
            self.set(step=min(self.number("step") + 1, STEPS))
        elif what in ("first", "home"):
            self.set(**{"first": {"step": 0}, "home": {"start": None}}[what])
        elif what in ARROWS:
            # A fortieth of the map.
            chart, (across, up) = self.map(), ARROWS[what]
            x, y = chart.at(*self.start)
            self._begin(x + across * chart.width / 40, y - up * chart.width / 40)

    def grab(self, x, y):
        chart = self.map()
        self._held = chart.left <= x <= chart.right and chart.top <= y <= chart.bottom

    def drag(self, x, y):
        if self._held:
            self._begin(x, y)

    def _begin(self, x, y):
        self.set(start=[round(float(value), 3) for value in self.map().data(x, y)])

    def map(self):
        """The frame of the surface."""
        left, right, bottom, top = VIEWS[self.state["surface"]]
        place = (10, 24, 380, 169) if self.narrow else (10, 24, 540, 240)
        # What is far outside still has to be drawn towards; the window cuts it.
        return Chart(*place, (left, right), (bottom, top), beyond=60)

    def walk(self, racer):
        """(places, heights above the lowest point) of one optimizer up to the present step."""
        rate, beta, step = self.state[racer], self.number("beta"), self.number("step")
        path, height = _walk(racer, self.state["surface"], rate, beta, self.start)
        return path[: step + 1], height[: step + 1]

    def left_the_map(self, racer):
        """Whether it has gone so far that its walk has ended."""
        return not np.abs(self.walk(racer)[0][-1]).max() <= FAR

    def draw(self):
        walks = {racer: self.walk(racer) for racer in RACERS}
        surface, step = self.state["surface"], self.number("step")
        self.finished = step >= STEPS
        size, middle = ((400, 388), 200) if self.narrow else ((560, 446), 280)
        title = svg.text(middle, 12, f"{surface} after {_steps(step)}; ★ is the lowest point", 13, bold=True)
        places = {racer: path for racer, (path, _) in walks.items()}
        heights = {racer: height for racer, (_, height) in walks.items()}
        curves = Chart(52, size[1] - 130, size[0] - 90, 96, (0, STEPS), (1e-6, 1000), log="y")
        parts = [race_map(self.map(), _contours(surface), SURFACES[surface].goals, places, LOOKS)]
        parts += [race_names(LOOKS, size[1] - 172), race_heights(curves, heights, LOOKS)]
        told = _told(surface, self.start, step, heights, [racer for racer in RACERS if self.left_the_map(racer)])
        return svg.drawing(*size, title, *parts), _table(self, walks), told


def _table(race, walks):
    """Where all are, as HTML. walks: {racer: (places, heights)}"""
    rows = "".join(
        f"<tr><td style='text-align: left'><b>{LOOKS[racer][1]}</b> {racer}</td><td>{race.state[racer]:g}</td>"
        f"<td>{_place(path, race.left_the_map(racer))}</td>"
        f"<td>{'–' if race.left_the_map(racer) else _rounded(height[-1])}</td></tr>"
        for racer, (path, height) in walks.items()
    )
    return (
        f"□ start: {_point(race.start)}, dragged or moved with the arrow keys; β = {race.number('beta'):g}."
        "<table><tr><th style='text-align: left'>optimizer</th><th>rate</th><th>is at</th>"
        f"<th>height above ★</th></tr>{rows}</table>"
    )


def _point(place):
    x, y = place
    return f"({svg.signed(x)}, {svg.signed(y)})"


def _place(path, has_left):
    return f"off the map since step {len(path) - 1}" if has_left else _point(path[-1])


def _told(surface, start, step, heights, gone):
    here = sorted((racer for racer in RACERS if racer not in gone), key=lambda racer: heights[racer][-1])
    text = f"Five optimizers on the surface “{surface}” after {_steps(step)} from {_point(start)}"
    if here:
        text += "; from the lowest to the highest: "
        text += ", ".join(f"{racer} ({_rounded(heights[racer][-1])})" for racer in here)
    return text + (f"; off the map: {', '.join(gone)}." if gone else ".")


def _steps(n):
    return "1 step" if n == 1 else f"{n} steps"


def _rounded(height):
    """Two digits, and nothing finer than a millionth."""
    if height > 1000:
        return "over 1,000"
    if height >= 100:
        return f"{height:.0f}"
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
