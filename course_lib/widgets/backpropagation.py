"""Widgets of chapter 04: a computation graph to step through, and a weight whose blame is put to the test."""

import math
from itertools import pairwise

import numpy as np
import traitlets

from course_lib.activations import sigmoid
from course_lib.backpropagation import graph
from course_lib.drawing import svg
from course_lib.drawing.graph_layout import layout
from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, VERMILION
from course_lib.formulas import evaluated, names_in, parsed
from course_lib.layers import Activation, Dense, Sequential
from course_lib.losses import loss_and_gradient
from course_lib.neurons import GATES, INPUTS
from course_lib.widgets.base import FigureDemo, ScriptDemo
from course_lib.widgets.controls import choice, slider
from course_lib.widgets.scripts import script, style

# Where on a line its label may stand, the middle first.
TRIES = sorted(np.linspace(0.2, 0.8, 21), key=lambda t: abs(t - 0.5))
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
        drawing = Walk(*graph(result))
        self.result = result
        # One message to the browser instead of six.
        with self.hold_sync():
            if drawing.last != self.last:
                self.step = 0
            self.values, self.last, self.size = values, drawing.last, drawing.size
            self.parts, self.sentences = drawing.parts, drawing.sentences

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


class Walk:
    """The steps through a graph: for each of them a sentence, and which pieces of the drawing are seen.

    Step 0 knows the inputs. Steps 1 to n compute the n boxes; step n + 1 gives the result its gradient, 1; the n
    steps after it let each box, the last first, hand its gradient on to its inputs.
    """

    DOWN, MARGIN, BOX, LABEL = 84, 56, (74, 44), (62, 17)

    def __init__(self, nodes, edges):
        self.nodes, self.edges = nodes, edges
        places, self.routes = layout(nodes, edges)
        rows = [row for route in self.routes for _, row in route] + [row for _, row in places.values()]
        self.top = min(rows)
        columns = max(column for column, _ in places.values())
        self.across = max(140, min(200, 640 // max(columns, 1)))
        self.size = [2 * self.MARGIN + self.across * columns, round(112 + self.DOWN * (max(rows) - self.top))]
        self.places = {number: self._at(place) for number, place in places.items()}
        computed = [node["number"] for node in nodes if node["operation"]]
        self.turn = len(computed) + 1
        self.last = 2 * len(computed) + 1
        self.forward = {number: k for k, number in enumerate(computed, 1)}
        self.backward = {number: self.last + 1 - k for number, k in self.forward.items()}
        self.grads = {node["number"]: [] for node in nodes}
        self.grads[nodes[-1]["number"]].append((self.turn, 1.0))
        self.parts, self.sentences = [], [None] * (self.last + 1)
        self._say_forward()
        self._say_backward()
        self._draw()

    def _at(self, place):
        column, row = place
        return self.MARGIN + self.across * column, 40 + self.DOWN * (row - self.top)

    def _inputs(self, number):
        """The edges into a box."""
        return [edge for edge in self.edges if edge["target"] == number]

    def _is_plain(self, number):
        """Whether a box is a number that was typed."""
        return not self.nodes[number]["operation"] and not self.nodes[number]["name"]

    def _named(self, number):
        node = self.nodes[number]
        box = f"the box {node['operation']} ({shown(node['data'])})"
        return node["name"] or (box if node["operation"] else shown(node["data"]))

    def _say_forward(self):
        self.sentences[0] = "Only the inputs are known. A step forward lets the first box compute."
        for number, k in self.forward.items():
            node, inputs = self.nodes[number], self._inputs(number)
            slopes = " and ".join(
                f"{shown(edge['slope'])} towards {self._named(edge['source'])}"
                for edge in inputs
                if not self._is_plain(edge["source"])
            )
            numbers = [shown(self.nodes[edge["source"]]["data"]) for edge in inputs]
            op = node["operation"]
            made = f" {op} ".join(numbers) if len(numbers) == 2 else f"{op} of {numbers[0]}"
            notes = f" It notes its slope: {slopes}." if slopes else ""
            self.sentences[k] = f"Forward, {k} of {self.turn - 1}: {made} = {shown(node['data'])}.{notes}"

    def _say_backward(self):
        begins = f"Backward begins at the result, {self._named(self.nodes[-1]['number'])}: its gradient is 1."
        self.sentences[self.turn] = begins
        for number, k in sorted(self.backward.items(), key=lambda item: item[1]):
            grad = self.nodes[number]["grad"]
            told = [self._hand_back(edge, grad, k) for edge in self._inputs(number)]
            begin = f"Backward, {k - self.turn} of {self.turn - 1}:"
            has = f"{self._named(number)} has the gradient {shown(grad)}."
            self.sentences[k] = " ".join([begin, has, *filter(None, told)])

    def _hand_back(self, edge, grad, k):
        """What the box at the edge's end hands to the one at its beginning, in words."""
        if self._is_plain(edge["source"]):
            return ""
        source, part = self._named(edge["source"]), edge["slope"] * grad
        before = self.grads[edge["source"]]
        edge["part"] = part
        words = f"To {source} it hands {shown(grad)} × {shown(edge['slope'])} = {shown(part)}."
        if before:
            total = before[-1][1] + part
            words += f" There it joins the {shown(before[-1][1])} from another path: {shown(total)}."
            part = total
        before.append((k, part))
        return words

    def _draw(self):
        # What a label may not cover: each box with the gradient under it, and the labels before.
        self.taken = [(x, y + 10, self.BOX[0] + 4, self.BOX[1] + 22) for x, y in self.places.values()]
        for edge, route in zip(self.edges, self.routes, strict=True):
            self._draw_edge(edge, [self._at(place) for place in route])
        for node in self.nodes:
            self._draw_node(node, *self.places[node["number"]])
        words = "forward: values", "backward: gradients"
        for phase, (first, end) in enumerate([(0, self.turn), (self.turn, self.last + 1)]):
            self._add(first, end, svg.text(12, self.size[1] - 12, words[phase], 12, INK, "start"))

    def _add(self, first, end, part):
        self.parts.append([first, end, part])

    def _draw_edge(self, edge, points):
        forward, backward, end = self.forward[edge["target"]], self.backward[edge["target"]], self.last + 1
        lit = [(forward, BLUE)] + [(backward, VERMILION)] * ("part" in edge)
        self._add(0, end, svg.path(points, GREY, 1.5))
        for step, colour in lit:
            self._add(step, step + 1, svg.path(points, colour, 4))
        x, y = self._free_place(points)
        if "part" in edge:
            self._add(forward, backward, self._label(x, y, f"× {shown(edge['slope'])}", INK))
            self._add(backward, end, self._label(x, y, f"← {shown(edge['part'])}", VERMILION))

    def _free_place(self, points):
        """The middle of a label on the line, where it covers nothing; else the middle of the last piece."""
        tries = [(p, q, t) for p, q in list(pairwise(points))[::-1] for t in TRIES]
        places = [(p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])) for p, q, t in tries]
        width, height = self.LABEL
        free = (
            (x, y)
            for x, y in places
            if all(abs(x - u) > (width + w) / 2 or abs(y - v) > (height + h) / 2 for u, v, w, h in self.taken)
        )
        x, y = next(free, places[0])
        self.taken.append((x, y, width, height))
        return x, y

    def _label(self, x, y, words, colour):
        width = 7 * len(words) + 4
        return svg.box(x - width / 2, y - 9, width, 18, "#fff", "none", 0, 4) + svg.text(x, y, words, 12, colour)

    def _draw_node(self, node, x, y):
        number, (width, height), end = node["number"], self.BOX, self.last + 1
        first = self.forward.get(number, 0)
        frame = f'<g data-forward="{first}" data-backward="{self._complete(number)}">'
        label = node["name"] or node["operation"] or "number"
        fill = "#D9EAF5" if node["operation"] else "#F4F4F4"
        box = svg.box(x - width / 2, y - height / 2, width, height, fill)
        empty = svg.text(x, y + 10, "?", 13) if first else ""
        self._add(0, end, f"{frame}{box}{svg.text(x, y - 10, label, 13, bold=True)}</g>")
        self._add(0, first, empty)
        self._add(first, end, svg.text(x, y + 10, shown(node["data"]), 13))
        busy = [(first, BLUE)] * bool(first) + [(self.backward.get(number, self.turn), VERMILION)] * bool(first)
        for step, colour in busy:
            ring = svg.box(x - width / 2 - 3, y - height / 2 - 3, width + 6, height + 6, "none", colour, 3, 8)
            self._add(step, step + 1, ring)
        for (step, grad), (after, _) in pairwise([*self.grads[number], (end, None)]):
            self._add(step, after, self._label(x, y + height / 2 + 15, f"grad {shown(grad)}", VERMILION))

    def _complete(self, number):
        """The step at which a box has all of its gradient; for a typed number, when the way back begins."""
        return self.grads[number][-1][0] if self.grads[number] else self.turn


def shown(number):
    """A number of three digits, or whole, or of two digits and a power of ten: −0.365, 1234, 1.8e−5."""
    # Adding 0 turns a negative zero into a plain one.
    text = f"{number + 0:.3g}" if abs(number) < 999.5 or abs(number) >= 1e5 else f"{number:.0f}"
    if "e" in text:
        digits, power = f"{number:.1e}".split("e")
        text = f"{digits}e{int(power)}"
    return text.replace("-", "−")


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


class Credit(FigureDemo):
    """A network of 9 parameters on XOR: the loss as one of them changes, and what its gradient predicted."""

    name = "credit"
    size = (6.6, 3.4)
    picture_width = 660

    def __init__(self, weight="h₁ → y", change=-1.2):
        rng = np.random.default_rng(41)
        network = Sequential(Dense(2, 2, rng), Activation("tanh"), Dense(2, 1, rng))
        for p in network.parameters():
            p[...] = rng.normal(0, 1.6, p.shape).round(1)
        self.theta = np.concatenate([p.ravel() for p in network.parameters()])
        _, loss_grad = loss_and_gradient("binary_crossentropy", from_logits=True)
        network.backward(loss_grad(GATES["XOR"][:, None], network.forward(INPUTS)))
        self.gradient = np.concatenate([grad.ravel() for grad in network.gradients()])
        weights = choice("change", [*PARAMETERS, DOWNHILL], weight)
        super().__init__({"weight": weights, "change": slider("by", change, -2.0, 2.0, 0.05)})

    @property
    def direction(self):
        """A step of length 1 in the parameters: along the chosen one, or against the gradient."""
        if self.values["weight"] == DOWNHILL:
            return -self.gradient / np.linalg.norm(self.gradient)
        return np.eye(len(PARAMETERS))[PARAMETERS.index(self.values["weight"])]

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
        self.changes = np.linspace(-2, 2, 161)
        blame, curve = self.figure.subplots(1, 2, width_ratios=[1, 1.45])
        blame.set(title="gradient", ylim=(len(PARAMETERS) - 0.5, -0.5), yticks=range(len(PARAMETERS)))
        blame.set_yticklabels(PARAMETERS, fontsize=9)
        blame.barh(range(len(PARAMETERS)), self.gradient, color=GREY)
        (self.bar,) = blame.barh([0], [0], color=VERMILION)
        curve.set(title="loss", xlim=(-2, 2), ylim=(0, 2.6), xlabel="change")
        curve.axvline(0, color=GREY, linewidth=1)
        (self.true,) = curve.plot([], [], color=BLUE, linestyle="-", label="true")
        (self.tangent,) = curve.plot([], [], color=ORANGE, linestyle="--", label="predicted")
        (self.gap,) = curve.plot([], [], color=INK, linestyle=":", linewidth=2)
        (self.dots,) = curve.plot([], [], "o", color=GREEN, markersize=8, zorder=4)
        curve.legend(loc="upper center", ncols=2, fontsize=9)
        self.moving = [self.bar, self.true, self.tangent, self.gap, self.dots]

    def move(self):
        change, chosen = self.values["change"], self.values["weight"]
        row = 0 if chosen == DOWNHILL else PARAMETERS.index(chosen)
        self.bar.set_bounds(0, row - 0.4, 0 if chosen == DOWNHILL else self.gradient[row], 0.8)
        self.true.set_data(self.changes, self.loss(self.changes))
        self.tangent.set_data(self.changes, self.start + self.slope * self.changes)
        true, predicted = self.start + self.happened, self.start + self.predicted
        self.gap.set_data([change, change], [true, predicted])
        self.dots.set_data([change, change], [true, predicted])

    @property
    def predicted(self):
        """What the gradient says of the change."""
        return self.slope * self.values["change"]

    @property
    def happened(self):
        """What the loss did."""
        return float(self.loss(np.array([self.values["change"]]))[0]) - self.start

    def describe(self):
        chosen, change = self.values["weight"], svg.signed(self.values["change"])
        return (
            f"Loss {svg.signed(self.start, 3)}; change {chosen} by {change}. The slope {svg.signed(self.slope, 3)} "
            f"predicts {svg.signed(self.predicted, 3)}; the loss changes by {svg.signed(self.happened, 3)}, "
            f"so the prediction is off by {svg.signed(abs(self.predicted - self.happened), 3)}."
        )
