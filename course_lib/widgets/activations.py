"""Widgets of chapter 02: an activation and its slope, softmax, and what depth adds with and without a bend."""

import html
from functools import partial

import contourpy
import numpy as np
from matplotlib.ticker import FuncFormatter

from course_lib import activations
from course_lib.activations import ACTIVATION_GRADIENTS, softmax
from course_lib.data import spirals
from course_lib.drawing import svg
from course_lib.drawing.operating_point import charts, knob_rows, operating_point, percent, shares
from course_lib.drawing.palette import CLASS_COLOURS, CLASS_MARKERS, INK
from course_lib.drawing.style import TWO_SIDES
from course_lib.experiments.activations import SPIRALS, spiral_network
from course_lib.plots.activations import NAMES
from course_lib.widgets.base import FigureDemo
from course_lib.widgets.controls import pick, slide
from course_lib.widgets.live import ARROWS, LiveDemo, choice, nearest, slider

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


class Activation(LiveDemo):
    """A function and its slope, with the point where a neuron's sum stands, to be dragged, and the tangent there.

    f, f_grad: a function of your own and its slope, both of arrays   band: its lowest and highest value
    """

    name = "activation"
    # Below this slope, a change of the sum hardly reaches the output.
    flat = 0.05

    def __init__(self, activation="sigmoid", z=1.0, f=None, f_grad=None, band=(-INFINITE, INFINITE)):
        self.curves = {**CURVES, **({"yours": (f, f_grad)} if f else {})}
        self.ranges = {**RANGES, "yours": band}
        controls = [choice("activation", "activation", list(self.curves)), slider("z", "sum z", -4.0, 4.0, 0.1)]
        super().__init__(controls, drags=True, activation="yours" if f else activation, z=float(z))

    @property
    def chosen(self):
        """The activation's name."""
        if self.state["activation"] not in self.curves:
            raise ValueError(f"activation must be one of {', '.join(self.curves)}; got {self.state['activation']!r}")
        return self.state["activation"]

    @property
    def now(self):
        """(value, slope) where the sum stands."""
        return tuple(float(f(self.number("z"))) for f in self.curves[self.chosen])

    def drag(self, x, y):
        f, _ = self.curves[self.chosen]
        left, right = charts(float(f(-4.0)), self.narrow)
        # Whichever picture the hand is on: beside one another, or one below the other.
        on_right = y > left.bottom + 40 if self.narrow else x > left.right + 20
        place, _ = (right if on_right else left).data(x, y)
        self.set(z=round(float(np.clip(place, -4, 4)), 1))

    def press(self, what):
        step = 0.1 * sum(ARROWS.get(what, (0, 0)))
        self.set(z=round(float(np.clip(self.number("z") + step, -4, 4)), 1))

    def draw(self):
        name, z = self.chosen, self.number("z")
        drawn = operating_point(*self.curves[name], z, self.ranges[name], self.narrow)
        value, slope = self.now
        low, high = (_bound(bound) for bound in self.ranges[name])
        flat = " Flat: what changes here hardly gets through." if abs(slope) < self.flat else ""
        told = (
            f"{name} at z = {svg.signed(z, 1)}: value {svg.signed(value, 3)}, "
            f"slope {svg.signed(slope, 3)}. Its values lie between {low} and {high}.{flat}"
        )
        return drawn, html.escape(told), told


def _bound(number):
    if np.isinf(number):
        return ("−" if number < 0 else "+") + "∞"
    return svg.signed(number, 0 if number == round(number) else 2)


class Softmax(LiveDemo):
    """Logits to be dragged, a number added to all of them, a temperature: and the probabilities that come of it.

    logits: as many as there are names, between -5 and 5 to begin with
    """

    name = "softmax"

    def __init__(self, logits=(2.0, 1.0, 0.0, -1.0), names=("cat", "dog", "bird", "fish"), add=0.0, temperature=1.0):
        self.names, self.held = tuple(names), -1
        controls = [
            *(slider(f"logit {name}", f"logit {name}", -5.0, 5.0, 0.1) for name in self.names),
            slider("add", "add to all", -10.0, 10.0, 0.5),
            slider("temperature", "temperature", 0.1, 5.0, 0.1),
        ]
        start = {f"logit {name}": float(logit) for name, logit in zip(self.names, logits, strict=True)}
        super().__init__(controls, drags=True, **start, add=add, temperature=temperature)

    @property
    def sums(self):
        """What goes into softmax before the temperature: each logit with what is added to all."""
        return np.array([self.number(f"logit {name}") for name in self.names]) + self.number("add")

    @property
    def probabilities(self):
        return softmax(self.sums / self.number("temperature"))

    def grab(self, x, y):
        rows = knob_rows(len(self.names), self.narrow)
        self.held = nearest([chart.at(total, 0) for chart, total in zip(rows, self.sums, strict=True)], x, y, 22)

    def drag(self, x, y):
        if self.held >= 0:
            chart = knob_rows(len(self.names), self.narrow)[self.held]
            self._move(float(chart.data(x, y)[0]) - self.number("add"))

    def press(self, what):
        across, up = ARROWS.get(what, (0, 0))
        self.held = (max(self.held, 0) - up) % len(self.names)
        self._move(self.sums[self.held] - self.number("add") + 0.1 * across)
        self._answer()

    def _move(self, logit):
        self.set(**{f"logit {self.names[self.held]}": round(float(np.clip(logit, -5, 5)), 1)})

    def draw(self):
        temperature, sums = self.number("temperature"), self.sums
        drawn = shares(self.names, sums, sums / temperature, self.probabilities, self.held, self.narrow)
        found = ", ".join(f"{name} {percent(p)}" for name, p in zip(self.names, self.probabilities, strict=True))
        logits = ", ".join(svg.signed(total, 1) for total in sums)
        told = f"Softmax of the logits {logits} at temperature {temperature:.1f}: {found}."
        return drawn, html.escape(told), told


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
        """How many of the points each of the two gets right."""
        return [self.drawing(name)[2] for name in ("linear", BENDS[self.bend])]

    def drawing(self, name):
        """A network's shades (121, 121, 4), boundary (n, 2) and number of right points: made once, and kept."""
        key = name, self.depth
        if key not in self._drawings:
            network = spiral_network(*key)
            logits = network(self.grid).reshape(len(self.side), -1)
            right = int(np.sum((network(self.points)[:, 0] > 0) == self.labels))
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
            title.set_text(f"{name}: {right} of {len(self.points)}")

    def describe(self):
        linear, bent = self.right
        if not self.depth:
            return (
                "Two spirals and two networks without a hidden layer: nothing can bend, both boundaries are straight. "
                f"Of {len(self.points)} points {linear} and {bent} are right."
            )
        layers = f"{self.depth} hidden layer{'s' * (self.depth != 1)}"
        return (
            f"Two spirals and two networks with {layers}, trained alike. Without a bend the boundary is a straight "
            f"line and {linear} of {len(self.points)} points are right; with {self.bend}, {bent}."
        )
