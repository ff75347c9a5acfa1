"""Widgets of chapter 01: one neuron, the perceptron's learning, a forward pass, and a curve made of bends."""

import ipywidgets
import numpy as np

from course_lib.activations import ACTIVATIONS, sigmoid, tanh
from course_lib.drawing import svg
from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, VERMILION
from course_lib.drawing.plane import NEGATIVE_SIDE, POSITIVE_SIDE, Plane
from course_lib.neurons import GATES, INPUTS, curve_network, forward, mistakes_per_round, neuron, perceptron_updates
from course_lib.widgets.base import FigureDemo, SvgDemo
from course_lib.widgets.controls import choice, slider


class Neuron(SvgDemo):
    """Three inputs, three weights, a bias, an activation: every term, the sum, the output and the decision line."""

    name = "neuron"
    picture_width = 600

    def __init__(self, x=(0.5, -0.3, 0.7), w=(0.8, 1.2, -0.5), b=0.1, activation="sigmoid"):
        controls = {f"x{i + 1}": slider(f"input x{i + 1}", x[i], -1.0, 1.0) for i in range(3)}
        controls |= {f"w{i + 1}": slider(f"weight w{i + 1}", w[i], -2.0, 2.0) for i in range(3)}
        controls["b"] = slider("bias b", b, -2.0, 2.0)
        controls["activation"] = choice("activation", list(ACTIVATIONS), activation)
        super().__init__(controls)

    @property
    def x(self):
        return np.array([self.values[f"x{i}"] for i in (1, 2, 3)])

    @property
    def w(self):
        return np.array([self.values[f"w{i}"] for i in (1, 2, 3)])

    @property
    def terms(self):
        """Each input times its weight."""
        return self.w * self.x

    @property
    def sum(self):
        return float(self.terms.sum() + self.values["b"])

    @property
    def output(self):
        return float(neuron(self.x, self.w, self.values["b"], ACTIVATIONS[self.values["activation"]]))

    def svg(self):
        return svg.drawing(600, 270, self._diagram(), self._decision())

    def _diagram(self):
        rows, centre, parts = (55, 125, 195), (176, 125), []
        for i, y in enumerate(rows):
            parts.append(svg.weight_line(32, y, *centre, self.w[i]))
        for i, y in enumerate(rows):
            label = 96, y + (centre[1] - y) * 0.45
            parts += [
                svg.circle(32, y, 22),
                svg.text(32, y, svg.signed(self.x[i], 1)),
                svg.text(32, y - 31, f"x{'₁₂₃'[i]}", 13),
                svg.box(label[0] - 20, label[1] - 9, 40, 18, "#fff", "none", 0, 4),
                svg.text(*label, svg.signed(self.terms[i]), 13),
            ]
        b, activation = self.values["b"], self.values["activation"]
        parts += [
            svg.weight_line(176, 222, *centre, b),
            svg.text(176, 236, f"b = {svg.signed(b, 1)}", 13),
            svg.line(*centre, 222, 125),
            svg.circle(*centre, 27),
            svg.text(176, 115, "Σ", 15, bold=True),
            svg.text(176, 134, svg.signed(self.sum), 13),
            self._activation_box(222, 97),
            svg.text(250, 168, activation, 13),
            svg.line(278, 125, 296, 125),
            svg.text(314, 105, "y", 13),
            svg.text(300, 125, svg.signed(self.output), 15, anchor="start", bold=True),
        ]
        return "".join(parts)

    def _activation_box(self, left, top):
        """The activation's curve from -4 to 4, and where on it the sum stands."""
        z = np.linspace(-4, 4, 81)
        f = ACTIVATIONS[self.values["activation"]]
        low, high = min(f(z).min(), 0), f(z).max()

        def at(z):
            share = (float(f(z)) - low) / (high - low)
            return left + 6 + (np.clip(z, -4, 4) + 4) / 8 * 44, top + 48 - np.clip(share, 0, 1) * 40

        return "".join(
            [svg.box(left, top, 56, 56), svg.path([at(v) for v in z], BLUE), svg.circle(*at(self.sum), 4, VERMILION)]
        )

    def _decision(self):
        plane = Plane(396, 36, 186, -1, 1)
        x1, x2, x3 = self.x
        return "".join(
            [
                plane.sides(self.w[0], self.w[1], self.values["b"] + self.w[2] * x3),
                plane.axes(),
                svg.circle(*plane.at(x1, x2), 7, VERMILION, "#fff", 2),
                svg.text(489, 12, "the line where the sum is 0", 13, bold=True),
                svg.text(489, 27, f"(for x₃ = {svg.signed(x3, 1)})", 12),
                svg.text(489, 256, "blue: sum above 0 · orange: below", 12),
            ]
        )

    def words(self):
        products = " ".join(
            f"{'+' if i else ''} ({svg.signed(w, 1)})·({svg.signed(x, 1)})"
            for i, (w, x) in enumerate(zip(self.w, self.x, strict=True))
        )
        terms = " + ".join(f"({svg.signed(t)})" for t in self.terms)
        b = svg.signed(self.values["b"], 1)
        return (
            f"sum = {products} + ({b})<br>{6 * '&nbsp;'}= {terms} + ({b}) = <b>{svg.signed(self.sum)}</b><br>"
            f"output = {self.values['activation']}({svg.signed(self.sum)}) = <b>{svg.signed(self.output, 4)}</b>"
        )

    def describe(self):
        b = svg.signed(self.values["b"], 1)
        return (
            f"A neuron with inputs {_list(self.x)}, weights {_list(self.w)} and bias {b}: "
            f"the sum is {svg.signed(self.sum)} and its {self.values['activation']} is {svg.signed(self.output, 4)}."
        )


class Perceptron(SvgDemo):
    """Rosenblatt's rule on a gate, one look at one example at a time."""

    name = "perceptron"
    rounds = 12

    def __init__(self, gate="AND", look=0):
        # Learnt once, so that a look only has to be found.
        self._looks = {name: perceptron_updates(INPUTS, y, self.rounds) for name, y in GATES.items()}
        looks = self.rounds * len(INPUTS)
        controls = {
            "gate": choice("gate", list(GATES), gate),
            "look": slider("looks", look, 0, looks, 1),
            "play": ipywidgets.Play(min=0, max=looks, interval=400, description="Play", layout={"width": "300px"}),
        }
        ipywidgets.jslink((controls["play"], "value"), (controls["look"], "value"))
        super().__init__(controls)

    @property
    def values(self):
        # The play button only moves the slider.
        return {name: control.value for name, control in self.controls.items() if name != "play"}

    @property
    def updates(self):
        """All looks up to now."""
        return self._looks[self.values["gate"]][: self.values["look"]]

    @property
    def weights(self):
        """(w, b) after the looks up to now."""
        return (self.updates[-1].w, self.updates[-1].b) if self.updates else (np.zeros(2), 0.0)

    @property
    def right(self):
        """How many of the four pairs the present weights get right."""
        w, b = self.weights
        return int((neuron(INPUTS, w, b, ACTIVATIONS["step"]) == GATES[self.values["gate"]]).sum())

    @property
    def mistakes(self):
        """The number of mistakes in each round so far."""
        return mistakes_per_round(self.updates, GATES[self.values["gate"]])

    def svg(self):
        return svg.drawing(560, 270, self._plane(), self._history())

    def _plane(self):
        (w, b), plane = self.weights, Plane(40, 30, 200, -0.5, 1.5)
        parts = [plane.sides(*w, b), plane.axes(), svg.text(140, 14, "blue: says 1 · orange: says 0", 13)]
        if self.updates:
            parts.append(svg.circle(*plane.at(*INPUTS[self.updates[-1].example]), 19, "none", VERMILION, 3))
        for x, y in zip(INPUTS, GATES[self.values["gate"]], strict=True):
            parts += [
                svg.circle(*plane.at(*x), 12, BLUE if y else ORANGE, "#fff", 2),
                # Dark on orange, white on blue: both can be read.
                svg.text(*plane.at(*x), y, 14, "#fff" if y else INK, bold=True),
            ]
        return "".join(parts)

    def _history(self):
        """One column a round: how many of its four looks were mistakes."""
        parts = [svg.text(410, 14, "mistakes in each round", 13), svg.line(300, 230, 530, 230)]
        parts += [svg.text(310.5 + 19 * k, 244, k + 1, 12) for k in range(self.rounds)]
        for k, mistakes in enumerate(self.mistakes):
            parts.append(
                svg.box(304 + 19 * k, 230 - 45 * mistakes, 13, 45 * mistakes, VERMILION, "none", 0, 2)
                if mistakes
                else svg.text(310.5 + 19 * k, 220, "0", 13, GREEN, bold=True)
            )
        parts += [svg.text(292, 230 - 45 * m, m, 12, anchor="end") for m in range(5)]
        return "".join([*parts, svg.text(414, 260, "round", 12)])

    def words(self):
        (w, b), y = self.weights, GATES[self.values["gate"]]
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
            f"A perceptron learning {self.values['gate']}: after {len(self.updates)} looks its weights are {_list(w)}, "
            f"its bias {svg.signed(b, 1)}, and {self.right} of the 4 pairs are right."
        )


class ForwardPass(SvgDemo):
    """A network of 3, 4 and 2 neurons (26 parameters): values flow through it layer by layer."""

    name = "forward_pass"
    names = ("input", "hidden", "output")

    def __init__(self, x=(0.5, -0.3, 0.7), layer=0, look_at="h1"):
        # One decimal, so that the arithmetic of any neuron can be followed by hand.
        rng = np.random.default_rng(4)
        self.layers = [
            (rng.normal(0, 0.8, (3, 4)).round(1), rng.normal(0, 0.5, 4).round(1), tanh),
            (rng.normal(0, 0.8, (4, 2)).round(1), rng.normal(0, 0.5, 2).round(1), sigmoid),
        ]
        controls = {f"x{i + 1}": slider(f"input x{i + 1}", x[i], -1.0, 1.0) for i in range(3)}
        controls["layer"] = slider("layers done", layer, 0, 2, 1)
        controls["look_at"] = choice("look at", ["h1", "h2", "h3", "h4", "y1", "y2"], look_at)
        super().__init__(controls)

    @property
    def outputs(self):
        """What every layer puts out for the present inputs: arrays of 3, 4 and 2 numbers."""
        x = np.array([[self.values[f"x{i}"] for i in (1, 2, 3)]])
        return [output[0] for output in forward(x, self.layers)]

    def _place(self, layer, i):
        return 60 + 220 * layer, 168 + (i - (len(self.outputs[layer]) - 1) / 2) * 70

    @property
    def _chosen(self):
        name = self.values["look_at"]
        return (1 if name[0] == "h" else 2), int(name[1]) - 1

    def svg(self):
        done = self.values["layer"]
        heads = [
            svg.text(60 + 220 * k, 14, f"{name} ({len(self.outputs[k])})", 13, bold=k == done)
            for k, name in enumerate(self.names)
        ]
        return svg.drawing(560, 310, *heads, self._connections(), self._neurons())

    def _connections(self):
        done, chosen, parts = self.values["layer"], self._chosen, []
        for k, (kernel, _, _) in enumerate(self.layers, 1):
            for (i, j), weight in np.ndenumerate(kernel):
                lit = k <= done and (k, j) == chosen
                parts.append((lit, svg.weight_line(*self._place(k - 1, i), *self._place(k, j), weight, faint=not lit)))
        # The neuron that is looked at lies over the others.
        return "".join(part for _, part in sorted(parts, key=lambda pair: pair[0]))

    def _neurons(self):
        done, parts = self.values["layer"], []
        for k, output in enumerate(self.outputs):
            for i, value in enumerate(output):
                x, y = self._place(k, i)
                ring = VERMILION if (k, i) == self._chosen else INK
                fill = "#fff" if k > done else (POSITIVE_SIDE if value >= 0 else NEGATIVE_SIDE)
                parts += [
                    svg.circle(x, y, 28, fill, ring, 3 if ring == VERMILION else 1.5),
                    svg.text(x, y - 11, f"{'xhy'[k]}{'₁₂₃₄'[i]}", 12),
                    svg.text(x, y + 6, "?" if k > done else svg.signed(value)),
                ]
        return "".join(parts)

    def words(self):
        k, j = self._chosen
        name = self.values["look_at"]
        if k > self.values["layer"]:
            return f"{name} is not computed yet: move “layers done” to {k}."
        kernel, bias, activation = self.layers[k - 1]
        before = self.outputs[k - 1]
        total = before @ kernel[:, j] + bias[j]
        products = " + ".join(
            f"({svg.signed(v)})·({svg.signed(w, 1)})" for v, w in zip(before, kernel[:, j], strict=True)
        )
        return (
            f"sum = {products} + ({svg.signed(bias[j], 1)}) = <b>{svg.signed(total)}</b><br>"
            f"{name} = {activation.__name__}({svg.signed(total)}) = <b>{svg.signed(self.outputs[k][j])}</b>"
        )

    def describe(self):
        reached = [f"{name} {_list(output, 2)}" for name, output in zip(self.names, self.outputs, strict=True)]
        return (
            f"A network of 3, 4 and 2 neurons, computed up to its {self.names[self.values['layer']]} layer: "
            f"{'; '.join(reached[: self.values['layer'] + 1])}."
        )


CURVES = {
    "wave": lambda x: np.sin(2 * np.pi * x) + 0.4 * np.sin(6 * np.pi * x),
    "hill": lambda x: np.exp(-((x - 0.5) ** 2) / 0.02),
    "step": lambda x: np.where(x < 0.5, -1.0, 1.0),
}


class Approximation(FigureDemo):
    """One hidden layer, computed to pass through as many points of a curve as it has bends."""

    name = "approximation"

    def __init__(self, curve="wave", neurons=4):
        super().__init__(
            {"curve": choice("curve", list(CURVES), curve), "neurons": slider("neurons", neurons, 1, 60, 1)}
        )

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
        curve, neurons = CURVES[self.values["curve"]], self.values["neurons"]
        knots = np.linspace(0, 1, neurons + 1)
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
            f"The curve “{self.values['curve']}” and a network with {self.values['neurons']} hidden ReLU neurons: "
            f"the largest error is {svg.signed(self.error, 3)}."
        )


def _list(numbers, digits=1):
    return "(" + ", ".join(svg.signed(n, digits) for n in numbers) + ")"
