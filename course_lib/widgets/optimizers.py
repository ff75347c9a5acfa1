"""Widgets of chapter 05: optimizers side by side on a surface, and learning rates that follow a schedule."""

from functools import lru_cache

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from course_lib.drawing import svg
from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION
from course_lib.optimizers import SGD, Adam, Momentum, RMSprop
from course_lib.plots.optimizers import VIEWS, heights, lowest
from course_lib.schedules import CosineDecay, ExponentialDecay, LinearWarmup, PiecewiseConstantDecay
from course_lib.surfaces import FAR, SURFACES, descend
from course_lib.widgets.base import SvgDemo
from course_lib.widgets.controls import choice, slider

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
    path = descend(RACERS[racer](rate), SURFACES[surface], STEPS)
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
    width, map_height, curve_top, curve_height = 540, 240, 286, 96

    def __init__(self, surface="ravine", step=20):
        rates = dict(zip(RACERS, GOOD_RATES[surface], strict=True))
        controls = {
            "step": slider("step", step, 0, STEPS, 1),
            "play": ipywidgets.Play(
                min=0, max=STEPS, value=step, interval=100, description="Play", layout={"width": "300px"}
            ),
            "surface": choice("surface", list(SURFACES), surface),
        }
        controls |= {racer: _rate_choice(f"{racer} rate", rate) for racer, rate in rates.items()}
        ipywidgets.jslink((controls["play"], "value"), (controls["step"], "value"))
        # Rates that suit one surface throw an optimizer off another, so each begins with its own.
        controls["surface"].observe(self._give_good_rates, "value")
        super().__init__(controls)

    def _give_good_rates(self, change):
        self.set(**dict(zip(RACERS, GOOD_RATES[change["new"]], strict=True)))

    @property
    def values(self):
        # The play button only moves the slider.
        return {name: control.value for name, control in self.controls.items() if name != "play"}

    def walk(self, racer):
        """(places, heights above the lowest point) of one optimizer up to the present step."""
        path, height = _walk(racer, self.values["surface"], self.values[racer])
        steps = self.values["step"] + 1
        return path[:steps], height[:steps]

    def left_the_map(self, racer):
        """Whether it has gone so far that its walk has ended."""
        return not np.abs(self.walk(racer)[0][-1]).max() <= FAR

    def svg(self):
        return svg.drawing(560, 416, self._map(), self._curves())

    def _at(self, places):
        left, right, bottom, top = VIEWS[self.values["surface"]]
        # What is far outside still has to be drawn towards, but not with numbers of 300 digits.
        x, y = np.clip(np.transpose(places), -1e4, 1e4)
        across, down = (x - left) / (right - left) * self.width, (top - y) / (top - bottom) * self.map_height
        return np.column_stack([10 + np.clip(across, -60, 600), 24 + np.clip(down, -60, 300)])

    def _map(self):
        surface = self.values["surface"]
        window = f'<rect x="10" y="24" width="{self.width}" height="{self.map_height}"/>'
        frame = f'<clipPath id="race-map">{window}</clipPath>'
        parts = [frame, '<g clip-path="url(#race-map)">', svg.box(10, 24, self.width, self.map_height, "#FBFBFB", GREY)]
        parts += [svg.path(self._at(line), "#C9C9C9", 1) for line in _contours(surface)]
        parts += [svg.text(*self._at([goal])[0], "★", 20, INK) for goal in SURFACES[surface].goals]
        for racer, colour in COLOURS.items():
            parts.append(svg.path(self._at(self.walk(racer)[0]), colour, 1.6))
        for racer, colour in COLOURS.items():
            x, y = self._at(self.walk(racer)[0][-1:])[0]
            parts += [svg.circle(x, y, 9, colour, "#fff", 1.5, title=racer), _letter(x, y, racer)]
        told = f"{surface} after {_steps(self.values['step'])}; ★ is the lowest point"
        return "".join([svg.text(280, 12, told, 13, bold=True), *parts, "</g>"])

    def _curves(self):
        """The height above the lowest point against steps, on a scale of powers of ten from 100 down to 1e-6."""
        top, bottom = self.curve_top, self.curve_top + self.curve_height

        def at(steps, height):
            share = np.clip((2 - np.log10(np.maximum(height, 1e-300))) / 8, 0, 1)
            return np.column_stack([52 + steps / STEPS * 470, top + share * self.curve_height])

        parts = [svg.line(52, bottom, 522, bottom, GREY, 1), svg.line(52, top, 52, bottom, GREY, 1)]
        parts += [svg.text(46, at(0, h)[0, 1], label, 12, anchor="end") for h, label in _TICKS]
        parts += [svg.text(52 + s / STEPS * 470, bottom + 12, s, 12) for s in (0, 50, 100, 150)]
        parts.append(svg.text(287, top - 10, "height above the lowest point", 12))
        parts.append(svg.text(287, bottom + 24, "step", 12))
        for racer, colour in COLOURS.items():
            height = self.walk(racer)[1]
            points = at(np.arange(len(height)), height)
            parts.append(svg.path(points, colour, 1.8))
            parts += [svg.circle(*points[-1], 7, colour, "#fff", 1), _letter(*points[-1], racer, 9)]
        return "".join(parts)

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
        text = f"Five optimizers on the surface “{self.values['surface']}” after {_steps(self.values['step'])}"
        if order:
            text += "; from the lowest to the highest: " + ", ".join(
                f"{racer} ({_rounded(self.walk(racer)[1][-1])})" for racer in order
            )
        return text + (f"; off the map: {', '.join(gone)}." if gone else ".")


_TICKS = ((100, "100"), (1, "1"), (0.01, "0.01"), (0.0001, "0.0001"))
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


def _rate_choice(name, rate):
    """A list of rates: of a slider over them, a screen reader would say which place in the list is chosen."""
    return ipywidgets.Dropdown(
        options=[(f"{r:g}", r) for r in RATES],
        value=rate,
        description=name,
        layout={"width": "300px"},
        style={"description_width": "110px"},
    )


class Schedule(SvgDemo):
    """A learning rate from the first step to the last: which rule it follows, and how it begins."""

    name = "schedule"
    steps = 300
    kinds = ("constant", "step", "exponential", "cosine")

    def __init__(self, kind="cosine", rate=0.4, warmup=0, decay_steps=300, share=0.1, look=150):
        controls = {
            "look": slider("look at step", look, 0, self.steps, 1),
            "kind": choice("schedule", list(self.kinds), kind),
            "rate": slider("rate", rate, 0.02, 0.5, 0.02),
            "warmup": slider("warm-up steps", warmup, 0, 100, 5),
            "decay_steps": slider("decay steps", decay_steps, 20, self.steps, 10),
            "share": slider("share left", share, 0.0, 1.0, 0.05),
        }
        for control in controls.values():
            control.style.description_width = "100px"
        super().__init__(controls)

    @property
    def schedule(self):
        """The rule as a function of the step, made by the course's own classes."""
        v = self.values
        after = self._after_warmup(v["kind"], v["rate"], v["decay_steps"], v["share"])
        return LinearWarmup(v["warmup"], after) if v["warmup"] else after

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
        return float(self.schedule(self.values["look"]))

    def _at(self, step, rate):
        return 60 + np.asarray(step) / self.steps * 470, 230 - np.asarray(rate) / 0.5 * 190

    def svg(self):
        v, steps = self.values, np.arange(self.steps + 1)
        parts = [svg.text(295, 16, f"learning rate: {self._name()}", 13, bold=True)]
        for rate in (0, 0.1, 0.2, 0.3, 0.4, 0.5):
            x, y = self._at(0, rate)
            parts += [svg.line(x, y, 530, y, "#E3E3E3", 1), svg.text(x - 8, y, f"{rate:g}", 12, anchor="end")]
        parts += [svg.text(self._at(s, 0)[0], 246, s, 12) for s in range(0, self.steps + 1, 50)]
        parts.append(svg.text(295, 264, "step", 12))
        if v["warmup"]:
            x = self._at(v["warmup"], 0)[0]
            parts.append(svg.line(x, 40, x, 230, GREY, 1, dashed=True))
            parts.append(svg.text(x + 6, 34, "← warm-up", 12, anchor="start"))
        parts.append(svg.path(np.column_stack(self._at(steps, self.schedule(steps))), BLUE, 2.5))
        parts.append(svg.circle(*self._at(v["look"], self.now), 6, VERMILION, "#fff", 2))
        return svg.drawing(560, 276, *parts)

    def _name(self):
        kind = self.values["kind"]
        return f"warm-up, then {kind}" if self.values["warmup"] else kind

    def words(self):
        v = self.values
        parts = {
            "constant": f"it stays at {v['rate']:g}",
            "step": f"after every {v['decay_steps']} steps it is multiplied by {v['share']:g}",
            "exponential": f"it shrinks evenly, to {max(v['share'], 0.01):g} of itself in {v['decay_steps']} steps",
            "cosine": f"in {v['decay_steps']} steps it falls to {v['share']:g} of {v['rate']:g}, then stays",
        }
        text = (f"from 0 up to {v['rate']:g} in {v['warmup']} steps; then " if v["warmup"] else "") + parts[v["kind"]]
        return f"{text[0].upper()}{text[1:]}.<br>At step {v['look']} the rate is <b>{self.now:.4f}</b>."

    def describe(self):
        low, high = float(self.schedule(self.steps)), self.values["rate"]
        return (
            f"A learning rate over 300 steps ({self._name()}): its highest value is {high:g}, at step "
            f"{self.values['look']} it is {self.now:.4f}, at the end {low:.4f}."
        )
