"""Widgets of chapter 01: one neuron, the perceptron, a forward pass, points that are moved, a curve made of bends."""

import html

import numpy as np

from course_lib.activations import ACTIVATIONS
from course_lib.drawing import svg
from course_lib.drawing.bent_plane import before_and_after, step_in_words
from course_lib.drawing.network import SUBSCRIPTS, arithmetic, flow
from course_lib.drawing.neuron import decision, gate_plane, history, look_in_words, neuron_diagram, sum_in_words
from course_lib.drawing.palette import BLUE, GREY, VERMILION
from course_lib.drawing.plane import Plane
from course_lib.experiments.neurons import CURVES, small_network, tangled
from course_lib.neurons import GATES, INPUTS, curve_network, forward, mistakes_per_round, neuron, perceptron_updates
from course_lib.widgets.base import FigureDemo, SvgDemo
from course_lib.widgets.controls import pick, slide
from course_lib.widgets.live import ARROWS, LiveDemo, choice, nearest, push_button, slider


class Neuron(LiveDemo):
    """Three inputs, three weights, a bias, an activation: every term, the sum, the output and the decision line.

    The point in the plane, the first two inputs, can be dragged. w, x: (3,) to begin with   b: a number
    """

    name = "neuron"

    def __init__(self, w=(0.8, 1.2, -0.5), x=(0.5, -0.3, 0.7), b=0.1, activation="sigmoid"):
        controls = [
            *(slider(f"x{i}", f"input x{SUBSCRIPTS[i]}", -1.0, 1.0, 0.1) for i in (1, 2, 3)),
            *(slider(f"w{i}", f"weight w{SUBSCRIPTS[i]}", -2.0, 2.0, 0.1) for i in (1, 2, 3)),
            slider("b", "bias b", -2.0, 2.0, 0.1),
            choice("activation", "activation", list(ACTIVATIONS)),
        ]
        start = {f"{letter}{i}": number for letter, some in (("x", x), ("w", w)) for i, number in enumerate(some, 1)}
        super().__init__(controls, drags=True, **start, b=b, activation=activation)

    @property
    def x(self):
        return np.array([self.number(f"x{i}") for i in (1, 2, 3)])

    @property
    def w(self):
        return np.array([self.number(f"w{i}") for i in (1, 2, 3)])

    @property
    def _plane(self):
        return Plane(*((100, 320, 200) if self.narrow else (500, 44, 220)), -1, 1)

    def drag(self, x, y):
        x1, x2 = self._plane.data(x, y)
        self.set(x1=round(float(x1), 1), x2=round(float(x2), 1))

    grab = drag

    def press(self, what):
        move = ARROWS.get(what, (0, 0))
        x1, x2 = np.clip(self.x[:2] + 0.1 * np.array(move), -1, 1).round(1)
        self.set(x1=float(x1), x2=float(x2))

    def draw(self):
        x, w, b, name = self.x, self.w, self.number("b"), self.state["activation"]
        diagram, plane = neuron_diagram(x, w, b, name, 0 if self.narrow else 60), decision(self._plane, x, w, b)
        z, y = (float(neuron(x, w, b, ACTIVATIONS[f])) for f in ("linear", name))
        told = f"A neuron with inputs {svg.listed(x)}, weights {svg.listed(w)} and bias {svg.signed(b, 1)}: "
        told += f"the sum is {svg.signed(z)} and its {name} is {svg.signed(y, 4)}."
        size = (400, 600) if self.narrow else (760, 320)
        return svg.drawing(*size, diagram, plane), sum_in_words(x, w, b, name), told


class Perceptron(SvgDemo):
    """Rosenblatt's rule on a gate, one look at one example at a time."""

    name = "perceptron"
    rounds = 12
    gate = pick("gate", list(GATES), "AND")
    look = slide("looks", 0, 0, rounds * len(INPUTS), 1, play=400)

    def prepare(self):
        # Learnt once, so that a look only has to be found.
        self._looks = {name: perceptron_updates(INPUTS, y, self.rounds) for name, y in GATES.items()}

    @property
    def updates(self):
        """All looks up to now."""
        return self._looks[self.gate][: self.look]

    @property
    def weights(self):
        """(w, b) after the looks up to now."""
        return (self.updates[-1].w, self.updates[-1].b) if self.updates else (np.zeros(2), 0.0)

    @property
    def right(self):
        """How many of the four pairs the present weights get right."""
        w, b = self.weights
        return int((neuron(INPUTS, w, b, ACTIVATIONS["step"]) == GATES[self.gate]).sum())

    @property
    def mistakes(self):
        """The number of mistakes in each round so far."""
        return mistakes_per_round(self.updates, GATES[self.gate])

    def svg(self):
        example = self.updates[-1].example if self.updates else -1
        plane = gate_plane(*self.weights, INPUTS, GATES[self.gate], example)
        return svg.drawing(560, 270, plane, history(self.mistakes, self.rounds))

    def words(self):
        return look_in_words(self.updates, *self.weights, GATES[self.gate], INPUTS, self.right)

    def describe(self):
        w, b = self.weights
        return (
            f"A perceptron learning {self.gate}: after {len(self.updates)} looks its weights are {svg.listed(w)}, "
            f"its bias {svg.signed(b, 1)}, and {self.right} of the 4 pairs are right."
        )


class ForwardPass(LiveDemo):
    """A network of 3, 4 and 2 neurons (26 parameters): values flow through it layer by layer.

    A neuron that is clicked or pointed at shows its arithmetic. layers: your own, as ``forward`` takes them
    """

    name = "forward_pass"

    def __init__(self, layers=None, x=(0.5, -0.3, 0.7), layer=0, cell=""):
        self.layers = layers or small_network()
        self.widths = (len(self.layers[0][0]), *(len(bias) for _, bias, _ in self.layers))
        x = np.resize(np.asarray(x, float), self.widths[0])
        controls = [
            *(slider(f"x{i}", f"input x{SUBSCRIPTS[i]}", -1.0, 1.0, 0.1) for i in range(1, self.widths[0] + 1)),
            slider("layer", "layers done", 0, len(self.layers)),
        ]
        start = {f"x{i}": number for i, number in enumerate(x, 1)}
        super().__init__(controls, pins=True, **start, layer=layer)
        if cell:
            self.set(cell=cell)

    @property
    def x(self):
        return np.array([self.number(f"x{i}") for i in range(1, self.widths[0] + 1)])

    @property
    def layer(self):
        return self.number("layer")

    @property
    def outputs(self):
        """What every layer puts out for the present inputs, the inputs first."""
        return [output[0] for output in forward(self.x[None], self.layers)]

    @property
    def chosen(self):
        """(layer, neuron) that is looked at: the first of the last layer done, where none is chosen."""
        layer, _, number = str(self.state["cell"]).partition(",")
        if layer.isdigit() and number.isdigit() and int(layer) <= len(self.layers):
            return int(layer), min(int(number), self.widths[int(layer)] - 1)
        return self.layer, 0

    def press(self, what):
        """A click on a neuron that is not computed yet computes it."""
        layer = str(what).partition(",")[0]
        if layer.isdigit() and int(layer) > self.layer:
            self.set(cell=what, layer=min(int(layer), len(self.layers)))

    def draw(self):
        kernels = [kernel for kernel, _, _ in self.layers]
        drawn = flow(self.outputs, kernels, self.layer, self.chosen, 400 if self.narrow else 760)
        return drawn, arithmetic(self.layers, self.outputs, self.layer, *self.chosen), self._in_words()

    def _in_words(self):
        names = ["inputs", *(f"layer {k}" for k in range(1, len(self.layers) + 1))]
        reached = [f"{name} {svg.listed(output, 2)}" for name, output in zip(names, self.outputs, strict=True)]
        widths = " → ".join(str(width) for width in self.widths)
        done = "; ".join(reached[: self.layer + 1])
        return f"A network {widths}, computed up to its {names[self.layer]}: {done}."


class MovingPoints(LiveDemo):
    """Points in the plane, and where each step of a network's hidden layers takes them; drag one on the left.

    x, y: points of your own, (n, 2) between -1.5 and 1.5, and (n,) of 0 and 1
    layers: a network for them, as ``forward`` takes it, with two neurons in each hidden layer and one logit
    """

    name = "moving_points"
    kinds = ("XOR", "spirals", "ring")
    reach = 1.5

    def __init__(self, x=None, y=None, layers=None, data="XOR", step=2, moved=()):
        self.own = None if x is None else (np.asarray(x, float), np.asarray(y).astype(int), layers)
        self.held = -1
        controls = [
            *([choice("data", "points", self.kinds)] if x is None else []),
            slider("step", "steps done", 0, 2 * len(layers[:-1]) if layers else 4),
            push_button("back", "all points back"),
        ]
        super().__init__(controls, drags=True, step=step, data=data, moved=list(moved))

    def network(self):
        """(x, y, layers), the points where they have been dragged to."""
        x, y, layers = self.own or tangled(self.state["data"])
        x = x.copy()
        for k, *place in self.state["moved"]:
            if int(k) < len(x):
                x[int(k)] = place
        return x, y, layers

    @property
    def step(self):
        """The number of steps done: no more than there are."""
        return min(self.number("step"), 2 * len(self.network()[2][:-1]))

    @property
    def right(self):
        """How many points the whole network puts on their side."""
        x, y, layers = self.network()
        return int(((forward(x, layers)[-1][:, 0] > 0) == y).sum())

    @property
    def _left(self):
        return Plane(*((26, 40, 160) if self.narrow else (50, 40, 300)), -self.reach, self.reach)

    def grab(self, x, y):
        self.held = nearest(self._left.points(*self.network()[0].T), x, y, 14)

    def drag(self, x, y):
        if self.held >= 0:
            place = [round(float(value), 2) for value in self._left.data(x, y)]
            self.set(moved=[*(one for one in self.state["moved"] if one[0] != self.held), [self.held, *place]])

    def press(self, what):
        if what == "back":
            self.held = -1
            self.set(moved=[])
        elif what == "Enter":
            self.held = (self.held + 1) % len(self.network()[0])
            self._answer()
        elif what in ARROWS and self.held >= 0:
            place = self.network()[0][self.held] + 0.05 * np.array(ARROWS[what])
            self.drag(*self._left.at(*np.clip(place, -self.reach, self.reach)))

    def draw(self):
        x, y, layers = self.network()
        drawn = before_and_after(self._left, self.narrow, x, y, layers, self.step, self.held)
        told = f"{step_in_words(self.step, layers)} The network puts {self.right} of {len(x)} points on their side."
        return drawn, html.escape(told), told


class Approximation(FigureDemo):
    """One hidden layer, computed to pass through as many points of a curve as it has bends."""

    name = "approximation"
    curve = pick("curve", list(CURVES), "wave")
    neurons = slide("neurons", 4, 1, 60, 1)

    def prepare(self):
        self.x = np.linspace(0, 1, 401)
        axes = self.figure.subplots()
        axes.set(xlim=(0, 1), ylim=(-1.6, 1.6), xlabel="x", ylabel="y")
        (self.target,) = axes.plot([], [], color=GREY, linewidth=5, alpha=0.5, linestyle="-", label="the curve")
        (self.fit,) = axes.plot([], [], color=BLUE, linestyle="-", label="the network")
        (self.knots,) = axes.plot([], [], "o", color=VERMILION, markersize=5, label="where a neuron bends it")
        axes.legend(loc="upper right", ncols=3, fontsize=9)
        self.moving = [self.target, self.fit, self.knots]

    def compute(self):
        """(the curve, the network's output, the points where it bends) for the present controls."""
        curve, knots = CURVES[self.curve], np.linspace(0, 1, self.neurons + 1)
        output = forward(self.x[:, None], curve_network(knots, curve(knots)))[-1][:, 0]
        return curve(self.x), output, knots[:-1]

    @property
    def error(self):
        """The largest distance between curve and network."""
        target, output, _ = self.compute()
        return float(np.abs(output - target).max())

    def move(self):
        target, output, knots = self.compute()
        self.target.set_data(self.x, target)
        self.fit.set_data(self.x, output)
        self.knots.set_data(knots, np.interp(knots, self.x, output))

    def describe(self):
        return (
            f"The curve “{self.curve}” and a network with {self.neurons} hidden ReLU neurons: "
            f"the largest error is {svg.signed(self.error, 3)}."
        )
