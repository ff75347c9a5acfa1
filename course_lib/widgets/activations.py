"""Widgets of chapter 02: an activation and its slope, softmax, and what depth adds with and without a bend."""

from functools import partial

import contourpy
import numpy as np
from matplotlib.ticker import FuncFormatter

from course_lib import activations
from course_lib.activations import ACTIVATION_GRADIENTS, softmax
from course_lib.data import spirals
from course_lib.drawing import svg
from course_lib.drawing.palette import BLUE, CLASS_COLOURS, CLASS_MARKERS, GREY, INK, VERMILION
from course_lib.drawing.style import TWO_SIDES
from course_lib.experiments.activations import SPIRALS, spiral_network
from course_lib.plots.activations import NAMES, without_jumps
from course_lib.widgets.base import FigureDemo, SvgDemo
from course_lib.widgets.controls import group, pick, slide

INFINITE = np.inf
_ORDER = "step", "linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus", "silu"
# Each activation by the name it has in the text: the function and its slope.
CURVES = {
    NAMES.get(name, name): ACTIVATION_GRADIENTS.get(name, (activations.step, activations.step_grad)) for name in _ORDER
}
CURVES["GELU, tanh form"] = tuple(partial(f, approximate=True) for f in CURVES["GELU"])
# The smallest and largest value, reached or approached. GELU's and SiLU's lowest points have no formula.
RANGES = {
    "step": (0, 1),
    "linear": (-INFINITE, INFINITE),
    "sigmoid": (0, 1),
    "tanh": (-1, 1),
    "ReLU": (0, INFINITE),
    "leaky ReLU": (-INFINITE, INFINITE),
    "ELU": (-1, INFINITE),
    "GELU": (-0.17, INFINITE),
    "softplus": (0, INFINITE),
    "SiLU": (-0.28, INFINITE),
    "GELU, tanh form": (-0.17, INFINITE),
}


class Activation(FigureDemo):
    """A function and its slope, with the point where a neuron's sum stands and the tangent there."""

    name = "activation"
    size = (6.0, 3.1)
    picture_width = 600
    # Below this slope, a change of the sum hardly reaches the output.
    flat = 0.05
    activation = pick("activation", list(CURVES), "sigmoid")
    z = slide("sum z", 1.0, -4.0, 4.0)

    def prepare(self):
        self.sums = np.linspace(-4, 4, 801)
        left, right = self.figure.subplots(1, 2)
        left.set(xlim=(-4.2, 4.2), ylim=(-1.4, 3.2), xlabel="sum z", title="value")
        right.set(xlim=(-4.2, 4.2), ylim=(-0.3, 1.3), xlabel="sum z", title="slope")
        for axes in (left, right):
            axes.axhline(0, color=GREY, linewidth=0.8)
            axes.axvline(0, color=GREY, linewidth=0.8)
        self.band = left.axhspan(0, 1, color=BLUE, alpha=0.1, linewidth=0)
        (self.value,) = left.plot([], [], color=BLUE, linestyle="-")
        (self.tangent,) = left.plot([], [], color=VERMILION, linestyle="--", linewidth=1.8)
        (self.point,) = left.plot([], [], "o", color=VERMILION, markersize=8)
        (self.slope,) = right.plot([], [], color=BLUE, linestyle="-")
        (self.slope_point,) = right.plot([], [], "o", color=VERMILION, markersize=8)
        self.moving = [self.band, self.value, self.tangent, self.point, self.slope, self.slope_point]

    @property
    def now(self):
        """(value, slope) where the sum stands."""
        return tuple(float(f(self.z)) for f in CURVES[self.activation])

    def move(self):
        _check_numbers(self.z)
        f, f_grad = CURVES[self.activation]
        low, high = np.clip(RANGES[self.activation], -1.4, 3.2)
        z, (value, slope) = self.z, self.now
        reach = 1.7 / np.hypot(1, slope)
        self.band.set_y(low)
        self.band.set_height(high - low)
        self.value.set_data(self.sums, without_jumps(f(self.sums)))
        self.slope.set_data(self.sums, without_jumps(f_grad(self.sums)))
        self.tangent.set_data([z - reach, z + reach], [value - reach * slope, value + reach * slope])
        self.point.set_data([z], [value])
        self.slope_point.set_data([z], [slope])

    def describe(self):
        value, slope = self.now
        low, high = (_bound(bound) for bound in RANGES[self.activation])
        flat = " Flat: what changes here hardly gets through." if abs(slope) < self.flat else ""
        return (
            f"{self.activation} at z = {svg.signed(self.z, 1)}: value {svg.signed(value, 3)}, "
            f"slope {svg.signed(slope, 3)}. Its values lie between {low} and {high}.{flat}"
        )


def _check_numbers(*values):
    if not np.isfinite(values).all():
        raise ValueError("every slider needs a number; move it, or type one")


def _bound(number):
    if np.isinf(number):
        return ("−" if number < 0 else "+") + "∞"
    return svg.signed(number, 0 if number == round(number) else 2)


class Softmax(SvgDemo):
    """Four logits, a number added to all of them, a temperature: and the probabilities that come of it."""

    name = "softmax"
    picture_width = 600
    animals = "cat", "dog", "bird", "fish"
    logits = group(
        {
            animal: slide(f"logit {animal}", logit, -5.0, 5.0)
            for animal, logit in zip(animals, (2.0, 1.0, 0.0, -1.0), strict=True)
        }
    )
    add = slide("add to all", 0.0, -10.0, 10.0, 0.5)
    temperature = slide("temperature", 1.0, 0.1, 5.0)

    @property
    def sums(self):
        """What goes into softmax before the temperature: each logit with what is added to all."""
        return self.logits + self.add

    @property
    def probabilities(self):
        return softmax(self.sums / self.temperature)

    def svg(self):
        _check_numbers(*self.values.values())
        parts = [
            svg.text(140, 20, "logit", 13, anchor="end"),
            svg.text(262, 20, "÷ temperature", 13, anchor="end"),
            svg.text(292, 20, "probability", 13, anchor="start"),
        ]
        sums, scaled = self.sums, self.sums / self.temperature
        for row, (animal, p) in enumerate(zip(self.animals, self.probabilities, strict=True)):
            y = 56 + 44 * row
            parts += [
                svg.text(24, y, animal, 15, anchor="start", bold=True),
                svg.text(140, y, svg.signed(sums[row], 1), anchor="end"),
                svg.text(262, y, svg.signed(scaled[row]), anchor="end"),
                svg.box(292, y - 13, 220, 26, "#F2F2F2", "none", 0, 3),
                svg.box(292, y - 13, 220 * p, 26, BLUE, "none", 0, 3),
                svg.text(584, y, f"{p:.1%}", 15, anchor="end", bold=True),
            ]
        return svg.drawing(600, 220, *parts)

    def describe(self):
        shares = ", ".join(f"{animal} {p:.1%}" for animal, p in zip(self.animals, self.probabilities, strict=True))
        logits = ", ".join(svg.signed(logit, 1) for logit in self.sums)
        return f"Softmax of the logits {logits} at temperature {self.temperature:.1f}: {shares}."


# What the second network of Collapse bends with, by its name in the text: Keras' name.
BENDS = {"tanh": "tanh", "ReLU": "relu"}
SHADES = 16


class Collapse(FigureDemo):
    """Two networks of the same depth, trained on two spirals: one without any bend, one with."""

    name = "collapse"
    size = (5.6, 3.0)
    picture_width = 560
    depth = slide("hidden layers", 2, 0, 5, 1)
    bend = pick("bend", list(BENDS))

    def prepare(self):
        self._drawings = {}
        self.points, self.labels = spirals(**SPIRALS)
        self.side = np.linspace(-1.2, 1.2, 121)
        self.grid = np.stack(np.meshgrid(self.side, self.side), axis=-1).reshape(-1, 2)
        both = self.figure.subplots(1, 2, sharey=True)
        both[0].set_ylabel("x₂")
        self.panels = [self._panel(axes) for axes in both]
        self.moving = [artist for panel in self.panels for artist in panel]

    def _panel(self, axes):
        """The artists of one network: shades, boundary, the points of both classes, and what it gets right."""
        axes.set(xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), xticks=[-1, 0, 1], yticks=[-1, 0, 1], aspect="equal", xlabel="x₁")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: svg.signed(x, 0)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda x, _: svg.signed(x, 0)))
        axes.grid(False)
        # Room for the title, which is painted anew each time.
        axes.set_title(" ", pad=12)
        shades = axes.imshow(
            np.zeros((2, 2, 4), np.uint8), extent=(-1.2, 1.2) * 2, origin="lower", interpolation="nearest"
        )
        (boundary,) = axes.plot([], [], color=INK, linestyle="-")
        groups = [
            axes.plot(
                *self.points[self.labels == k].T,
                CLASS_MARKERS[k],
                color=CLASS_COLOURS[k],
                markersize=3.2,
                markeredgecolor="white",
                markeredgewidth=0.3,
                linestyle="none",
            )[0]
            for k in (0, 1)
        ]
        title = axes.text(0.5, 1.03, "", transform=axes.transAxes, ha="center", fontsize=11, weight="bold")
        return [shades, boundary, *groups, title]

    @property
    def right(self):
        """The share of the points that each of the two gets right."""
        return [self.drawing(name)[2] for name in ("linear", BENDS[self.bend])]

    def drawing(self, name):
        """A network's shades (121, 121, 4), boundary (n, 2) and share of right points: made once, and kept."""
        key = name, self.depth
        if key not in self._drawings:
            network = spiral_network(*key)
            logits = network(self.grid).reshape(len(self.side), -1)
            right = float(np.mean((network(self.points)[:, 0] > 0) == self.labels))
            # Few shades make a small picture, which travels faster; and colours once chosen need not be chosen again.
            shades = TWO_SIDES(np.round(SHADES * activations.sigmoid(logits)) / SHADES, bytes=True)
            self._drawings[key] = shades, self.boundary(logits), right
        return self._drawings[key]

    def boundary(self, logits):
        """The lines on which the network is undecided, as one array of points with gaps: (n, 2)."""
        lines = contourpy.contour_generator(self.side, self.side, logits).lines(0.0)
        return np.concatenate([np.vstack([line, [[np.nan, np.nan]]]) for line in lines] or [np.empty((0, 2))])

    def move(self):
        for panel, name in zip(self.panels, ("no bend", self.bend), strict=True):
            shades, boundary, *_, title = panel
            colours, line, right = self.drawing("linear" if name == "no bend" else BENDS[name])
            shades.set_data(colours)
            boundary.set_data(*line.T)
            title.set_text(f"{name}: {right:.0%} right")

    def describe(self):
        linear, bent = self.right
        layers = f"{self.depth or 'no'} hidden layer{'s' * (self.depth != 1)}"
        return (
            f"Two spirals and two networks with {layers}, trained alike. Without a bend the boundary is a straight "
            f"line and {linear:.0%} of the points are right; with {self.bend}, {bent:.0%}."
        )
