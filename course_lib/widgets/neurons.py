"""Widgets of chapter 01: one neuron, the perceptron's learning, a forward pass, and a curve made of bends."""

import numpy as np

from course_lib.activations import ACTIVATIONS, sigmoid, tanh
from course_lib.drawing import svg
from course_lib.drawing.chart import Chart
from course_lib.drawing.network import Network
from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, VERMILION
from course_lib.drawing.plane import Plane
from course_lib.neurons import GATES, INPUTS, curve_network, forward, mistakes_per_round, neuron, perceptron_updates
from course_lib.widgets.base import FigureDemo, SvgDemo
from course_lib.widgets.controls import group, pick, slide


class Neuron(SvgDemo):
    """Three inputs, three weights, a bias, an activation: every term, the sum, the output and the decision line."""

    name = "neuron"
    picture_width = 600
    x = group({f"x{i}": slide(f"input x{i}", x, -1.0, 1.0) for i, x in enumerate((0.5, -0.3, 0.7), 1)})
    w = group({f"w{i}": slide(f"weight w{i}", w, -2.0, 2.0) for i, w in enumerate((0.8, 1.2, -0.5), 1)})
    b = slide("bias b", 0.1, -2.0, 2.0)
    activation = pick("activation", list(ACTIVATIONS), "sigmoid")

    @property
    def terms(self):
        """Each input times its weight."""
        return self.w * self.x

    @property
    def sum(self):
        return float(self.terms.sum() + self.b)

    @property
    def output(self):
        return float(neuron(self.x, self.w, self.b, ACTIVATIONS[self.activation]))

    def svg(self):
        parts = [
            _terms(self.x, self.w),
            svg.weight_line(176, 222, 176, 125, self.b),
            svg.text(176, 236, f"b = {svg.signed(self.b, 1)}", 13),
            svg.line(176, 125, 222, 125),
            svg.circle(176, 125, 27),
            svg.text(176, 115, "Σ", 15, bold=True),
            svg.text(176, 134, svg.signed(self.sum), 13),
            _activation_box(self.activation, self.sum),
            svg.text(250, 168, self.activation, 13),
            svg.line(278, 125, 296, 125),
            svg.text(314, 105, "y", 13),
            svg.text(300, 125, svg.signed(self.output), 15, anchor="start", bold=True),
        ]
        return svg.drawing(600, 270, *parts, _decision(self.x, self.w, self.b))

    def words(self):
        b, total = svg.signed(self.b, 1), svg.signed(self.sum)
        terms = " + ".join(f"({svg.signed(t)})" for t in self.terms)
        return (
            f"sum =  {_products(self.w, self.x, 1)} + ({b})<br>{6 * '&nbsp;'}= {terms} + ({b}) = <b>{total}</b><br>"
            f"output = {self.activation}({total}) = <b>{svg.signed(self.output, 4)}</b>"
        )

    def describe(self):
        return (
            f"A neuron with inputs {svg.listed(self.x)}, weights {svg.listed(self.w)} and "
            f"bias {svg.signed(self.b, 1)}: the sum is {svg.signed(self.sum)} and its {self.activation} "
            f"is {svg.signed(self.output, 4)}."
        )


def _terms(x, w):
    """The inputs, one above the other, and their terms on the lines to the sum. x, w: (3,)"""
    network = Network((3, 1), 32, 125, 144, 70)
    parts = [network.connections([w[:, None]], lit=(1, 0))]
    for i, term in enumerate(w * x):
        left, y = network.at(0, i)
        across, down = 96, y + (125 - y) * 0.45
        parts += [
            svg.circle(left, y, 22),
            svg.text(left, y, svg.signed(x[i], 1)),
            svg.text(left, y - 31, f"x{'₁₂₃'[i]}", 13),
            svg.box(across - 20, down - 9, 40, 18, "#fff", "none", 0, 4),
            svg.text(across, down, svg.signed(term), 13),
        ]
    return "".join(parts)


def _activation_box(activation, z):
    """The activation's curve from -4 to 4, and where on it the sum z stands."""
    f, x = ACTIVATIONS[activation], np.linspace(-4, 4, 81)
    chart = Chart(228, 105, 44, 40, (-4, 4), (min(f(x).min(), 0), f(x).max()))
    return svg.box(222, 97, 56, 56) + chart.curve(x, f(x), BLUE, 2.0) + svg.circle(*chart.at(z, f(z)), 4, VERMILION)


def _decision(x, w, b):
    """The line where the sum is 0, over the first two inputs. x, w: (3,)"""
    plane = Plane(396, 36, 186, -1, 1)
    parts = [
        plane.sides(w[0], w[1], b + w[2] * x[2]),
        plane.axes(),
        svg.circle(*plane.at(x[0], x[1]), 7, VERMILION, "#fff", 2),
        svg.text(plane.middle, 12, "the line where the sum is 0", 13, bold=True),
        svg.text(plane.middle, 27, f"(for x₃ = {svg.signed(x[2], 1)})", 12),
        svg.text(plane.middle, 256, "blue: sum above 0 · orange: below", 12),
    ]
    return "".join(parts)


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
        return svg.drawing(560, 270, self._plane(), _history(self.mistakes, self.rounds))

    def _plane(self):
        (w, b), plane = self.weights, Plane(40, 30, 200, -0.5, 1.5)
        parts = [plane.sides(*w, b), plane.axes(), svg.text(plane.middle, 14, "blue: says 1 · orange: says 0", 13)]
        if self.updates:
            parts.append(svg.circle(*plane.at(*INPUTS[self.updates[-1].example]), 19, "none", VERMILION, 3))
        for x, y in zip(INPUTS, GATES[self.gate], strict=True):
            parts.append(svg.circle(*plane.at(*x), 12, BLUE if y else ORANGE, "#fff", 2))
            # Dark on orange, white on blue: both can be read.
            parts.append(svg.text(*plane.at(*x), y, 14, "#fff" if y else INK, bold=True))
        return "".join(parts)

    def words(self):
        (w, b), y = self.weights, GATES[self.gate]
        numbers = f"w₁ = {svg.signed(w[0], 0)}, w₂ = {svg.signed(w[1], 0)}, b = {svg.signed(b, 0)}"
        now = f"{numbers}; <b>{self.right} of 4 right</b>."
        if not self.updates:
            return f"Before the first look: {now}"
        last = self.updates[-1]
        x1, x2 = INPUTS[last.example].astype(int)
        verdict = "right, nothing changes" if last.y_pred == y[last.example] else "wrong, the line moves"
        return (
            f"Look {len(self.updates)}, round {last.epoch + 1}: shown ({x1}, {x2}), said {last.y_pred}, "
            f"wanted {y[last.example]}: {verdict}.<br>Now {now}"
        )

    def describe(self):
        w, b = self.weights
        return (
            f"A perceptron learning {self.gate}: after {len(self.updates)} looks its weights are {svg.listed(w)}, "
            f"its bias {svg.signed(b, 1)}, and {self.right} of the 4 pairs are right."
        )


def _history(mistakes, rounds):
    """One column a round: how many of its four looks were mistakes. mistakes: (rounds so far,)"""
    chart = Chart(301, 50, 19 * rounds, 180, (0, rounds), (0, 4))
    parts = [svg.text(410, 14, "mistakes in each round", 13), svg.line(300, 230, 530, 230)]
    parts.append(chart.x_ticks({k + 0.5: k + 1 for k in range(rounds)}, below=14))
    for k, count in enumerate(mistakes):
        left, top = chart.at(k, count)
        bar = svg.box(left + 3, top, 13, chart.bottom - top, VERMILION, "none", 0, 2)
        parts.append(bar if count else svg.text(left + 9.5, 220, "0", 13, GREEN, bold=True))
    return "".join([*parts, chart.y_ticks(range(5), beside=9, grid=False), svg.text(414, 260, "round", 12)])


class ForwardPass(SvgDemo):
    """A network of 3, 4 and 2 neurons (26 parameters): values flow through it layer by layer."""

    name = "forward_pass"
    names = ("input", "hidden", "output")
    x = Neuron.x
    layer = slide("layers done", 0, 0, 2, 1)
    look_at = pick("look at", ["h1", "h2", "h3", "h4", "y1", "y2"])

    def prepare(self):
        # One decimal, so that the arithmetic of any neuron can be followed by hand.
        rng = np.random.default_rng(4)
        self.layers = [
            (rng.normal(0, 0.8, (3, 4)).round(1), rng.normal(0, 0.5, 4).round(1), tanh),
            (rng.normal(0, 0.8, (4, 2)).round(1), rng.normal(0, 0.5, 2).round(1), sigmoid),
        ]

    @property
    def outputs(self):
        """What every layer puts out for the present inputs: arrays of 3, 4 and 2 numbers."""
        return [output[0] for output in forward(self.x[None], self.layers)]

    @property
    def _chosen(self):
        """(layer, neuron) that is looked at."""
        return (1 if self.look_at[0] == "h" else 2), int(self.look_at[1]) - 1

    def svg(self):
        network, chosen = Network((3, 4, 2), 60, 168, 220, 70), self._chosen
        lit = chosen if chosen[0] <= self.layer else None
        heads, neurons = [], []
        for k, (name, output) in enumerate(zip(self.names, self.outputs, strict=True)):
            heads.append(svg.text(network.at(k, 0)[0], 14, f"{name} ({len(output)})", 13, bold=k == self.layer))
            values = output if k <= self.layer else [None] * len(output)
            neurons.append(network.column(k, "xhy"[k], values, chosen))
        connections = network.connections([kernel for kernel, _, _ in self.layers], lit)
        return svg.drawing(560, 310, *heads, connections, *neurons)

    def words(self):
        (k, j), name = self._chosen, self.look_at
        if k > self.layer:
            return f"{name} is not computed yet: move “layers done” to {k}."
        (kernel, bias, activation), before = self.layers[k - 1], self.outputs[k - 1]
        total = svg.signed(before @ kernel[:, j] + bias[j])
        return (
            f"sum = {_products(before, kernel[:, j], 2)} + ({svg.signed(bias[j], 1)}) = <b>{total}</b><br>"
            f"{name} = {activation.__name__}({total}) = <b>{svg.signed(self.outputs[k][j])}</b>"
        )

    def describe(self):
        reached = [f"{name} {svg.listed(output, 2)}" for name, output in zip(self.names, self.outputs, strict=True)]
        return (
            f"A network of 3, 4 and 2 neurons, computed up to its {self.names[self.layer]} layer: "
            f"{'; '.join(reached[: self.layer + 1])}."
        )


CURVES = {
    "wave": lambda x: np.sin(2 * np.pi * x) + 0.4 * np.sin(6 * np.pi * x),
    "hill": lambda x: np.exp(-((x - 0.5) ** 2) / 0.02),
    "step": lambda x: np.where(x < 0.5, -1.0, 1.0),
}


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


def _products(numbers, others, digits):
    """A sum of products in words; the second of each with one decimal."""
    return " + ".join(f"({svg.signed(a, digits)})·({svg.signed(b, 1)})" for a, b in zip(numbers, others, strict=True))
