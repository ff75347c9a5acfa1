"""Widgets of chapter 04: a computation graph to step through, and a weight whose blame is put to the test."""

import math

import numpy as np
import traitlets

from course_lib.activations import sigmoid
from course_lib.backpropagation import graph
from course_lib.drawing import svg
from course_lib.drawing.graph_steps import Diagram, Walk
from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, VERMILION
from course_lib.formulas import evaluated, names_in, parsed
from course_lib.layers import Activation, Dense, Sequential
from course_lib.losses import loss_and_gradient
from course_lib.neurons import GATES, INPUTS
from course_lib.widgets.base import FigureDemo, ScriptDemo
from course_lib.widgets.controls import pick, slide
from course_lib.widgets.scripts import script, style

# What names begin with that have no value yet.
BEGINNINGS = 2.0, 3.0, 0.5, 1.5, 1.0, 4.0


class Graph(ScriptDemo):
    """A formula as a graph of boxes: step forward for the values, then backward for the gradients.

    expression: the formula, such as "a * b + a"   values: {name: number}   step: from 0 to ``last``
    All three can be read and set. parts: the drawing, as [first step, step after the last, SVG] for each piece of it.
    """

    _esm = script("backpropagation.js")
    _css = style("backpropagation.css")
    name = "graph"
    picture_width = 760

    expression = traitlets.Unicode("a * b + tanh(a)").tag(sync=True)
    values = traitlets.Dict({}).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    last = traitlets.Int(0).tag(sync=True)
    size = traitlets.List([760, 200]).tag(sync=True)
    parts = traitlets.List([]).tag(sync=True)
    sentences = traitlets.List([]).tag(sync=True)

    def __init__(self, expression="a * b + tanh(a)", step=0, **values):
        super().__init__(expression=expression, values=values)
        self.result = None
        self._answer()
        for trait in ("expression", "values"):
            self.react(trait, self._answer)
        self.step = step

    def _answer(self):
        """Compute the graph anew. What cannot be computed raises, and the last good graph stays."""
        tree = parsed(self.expression)
        names = names_in(tree)
        values = {name: _number(name, self.values.get(name, BEGINNINGS[k])) for k, name in enumerate(names)}
        result = evaluated(tree, values)
        walk = Walk(*graph(result))
        diagram = Diagram(walk)
        self.result = result
        # One message to the browser instead of six.
        with self.hold_sync():
            if walk.last != self.last:
                self.step = 0
            self.values, self.last, self.sentences = values, walk.last, walk.sentences
            self.size, self.parts = diagram.size, diagram.parts

    @traitlets.validate("step")
    def _within(self, proposal):
        if not 0 <= proposal["value"] <= max(self.last, 0):
            raise traitlets.TraitError(f"step must lie between 0 and {self.last}, got {proposal['value']}")
        return proposal["value"]

    @property
    def gradients(self):
        """{name: gradient} of the last good graph."""
        nodes, _ = graph(self.result)
        return {node["name"]: node["grad"] for node in nodes if node["name"]}

    def describe(self):
        begin = f"The computation graph of {self.expression}, step {self.step} of {self.last}."
        return f"{begin} {self.sentences[self.step]}"

    def still(self):
        seen = [part for first, end, part in self.parts if first <= self.step < end]
        return svg.drawing(*self.size, *seen).encode(), "image/svg+xml"


def _number(name, given):
    try:
        number = float(given)
    except (TypeError, ValueError):
        raise ValueError(f"{name} needs a number, such as 0.5.") from None
    if not (math.isfinite(number) and abs(number) <= 1e6):
        raise ValueError(f"{name} needs a number between −1,000,000 and 1,000,000.")
    return number


# In the order of the layers' arrays.
PARAMETERS = ["x₁ → h₁", "x₁ → h₂", "x₂ → h₁", "x₂ → h₂", "bias of h₁", "bias of h₂", "h₁ → y", "h₂ → y", "bias of y"]
DOWNHILL = "all, downhill"
IMPOSSIBLE = " It predicts a loss below 0, which cannot be."


def _theta_and_gradient():
    """The 9 parameters of a network and the gradient of its loss on XOR, both (9,)."""
    rng = np.random.default_rng(41)
    network = Sequential(Dense(2, 2, rng), Activation("tanh"), Dense(2, 1, rng))
    for p in network.parameters():
        p[...] = rng.normal(0, 1.6, p.shape).round(1)
    _, loss_grad = loss_and_gradient("binary_crossentropy", from_logits=True)
    network.backward(loss_grad(GATES["XOR"][:, None], network.forward(INPUTS)))
    return tuple(np.concatenate([a.ravel() for a in arrays]) for arrays in (network.parameters(), network.gradients()))


class Credit(FigureDemo):
    """A network of 9 parameters on XOR: the loss as one of them changes, and what its gradient predicted."""

    name = "credit"
    size = (6.6, 3.4)
    picture_width = 660

    weight = pick("change", [*PARAMETERS, DOWNHILL], "h₁ → y")
    change = slide("by", -1.2, -2.0, 2.0, 0.05)

    @property
    def direction(self):
        """A step of length 1 in the parameters: along the chosen one, or against the gradient."""
        if self.weight == DOWNHILL:
            return -self.gradient / np.linalg.norm(self.gradient)
        return np.eye(len(PARAMETERS))[PARAMETERS.index(self.weight)]

    @property
    def slope(self):
        """The gradient along the direction: what it says of a change of 1."""
        return float(self.gradient @ self.direction)

    def loss(self, changes):
        """The true loss after each of some changes. changes: (n,)   returns: (n,)"""
        thetas = self.theta + np.multiply.outer(changes, self.direction)
        w1, b1, w2, b2 = np.split(thetas, [4, 6, 8], axis=1)
        hidden = np.tanh(INPUTS @ w1.reshape(-1, 2, 2) + b1[:, None])
        share = sigmoid((hidden @ w2[..., None])[..., 0] + b2)
        return -np.log(np.where(GATES["XOR"], share, 1 - share)).mean(axis=1)

    @property
    def start(self):
        """The loss before any change."""
        return float(self.loss(np.zeros(1))[0])

    def prepare(self):
        self.theta, self.gradient = _theta_and_gradient()
        self.changes = np.linspace(-2, 2, 161)
        blame, curve = self.figure.subplots(1, 2, width_ratios=[1, 1.45])
        blame.set(title="gradient", ylim=(len(PARAMETERS) - 0.5, -0.5), yticks=range(len(PARAMETERS)))
        blame.set_yticklabels(PARAMETERS, fontsize=9)
        blame.barh(range(len(PARAMETERS)), self.gradient, color=GREY)
        (self.bar,) = blame.barh([0], [0], color=VERMILION)
        # Down to where a prediction can come, which knows nothing of 0.
        curve.set(title="loss", xlim=(-2.1, 2.1), ylim=(-0.5, 3.1), xlabel="change", xticks=range(-2, 3))
        curve.axhspan(-0.5, 0, color=GREY, alpha=0.25, linewidth=0)
        curve.axvline(0, color=GREY, linewidth=1)
        (self.true,) = curve.plot([], [], color=BLUE, linestyle="-", label="true")
        (self.tangent,) = curve.plot([], [], color=ORANGE, linestyle="--", label="predicted")
        (self.gap,) = curve.plot([], [], color=INK, linestyle=":", linewidth=2)
        (self.dots,) = curve.plot([], [], "o", color=GREEN, markersize=8, zorder=4)
        curve.legend(loc="upper center", ncols=2, fontsize=9)
        self.moving = [self.bar, self.true, self.tangent, self.gap, self.dots]

    def move(self):
        row = 0 if self.weight == DOWNHILL else PARAMETERS.index(self.weight)
        self.bar.set_bounds(0, row - 0.4, 0 if self.weight == DOWNHILL else self.gradient[row], 0.8)
        self.true.set_data(self.changes, self.loss(self.changes))
        self.tangent.set_data(self.changes, self.start + self.slope * self.changes)
        true, predicted = self.start + self.happened, self.start + self.predicted
        self.gap.set_data([self.change] * 2, [true, predicted])
        self.dots.set_data([self.change] * 2, [true, predicted])

    @property
    def predicted(self):
        """What the gradient says of the change."""
        return self.slope * self.change

    @property
    def happened(self):
        """What the loss did."""
        return float(self.loss(np.array([self.change]))[0]) - self.start

    def describe(self):
        return (
            f"Loss {svg.signed(self.start, 3)}; change {self.weight} by {svg.signed(self.change)}. "
            f"The slope {svg.signed(self.slope, 3)} predicts {svg.signed(self.predicted, 3)}; "
            f"the loss changes by {svg.signed(self.happened, 3)}, "
            f"so the prediction is off by {svg.signed(abs(self.predicted - self.happened), 3)}."
            f"{IMPOSSIBLE if self.start + self.predicted < 0 else ''}"
        )
