"""A computation graph to step through: for each step a sentence, and which pieces of the drawing are seen."""

from itertools import pairwise

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.graph_layout import layout
from course_lib.drawing.palette import BLUE, GREY, INK, VERMILION

# Pixels: between two rows, around the whole, and (width, height) of a box and of what a line's label needs.
DOWN, MARGIN, BOX, LABEL = 84, 56, (74, 44), (62, 17)
# Where on a line its label may stand, the middle first.
TRIES = sorted(np.linspace(0.2, 0.8, 21), key=lambda t: abs(t - 0.5))


class Walk:
    """The steps through a graph: forward for the values, then backward for the gradients.

    Step 0 knows the inputs. Steps 1 to n compute the n boxes; step n + 1, ``turn``, gives the result its gradient, 1;
    the n steps after it, up to ``last``, let each box, the last first, hand its gradient on to its inputs.

    nodes, edges: as ``backpropagation.graph`` gives them; an edge gets "part", the gradient that it hands back
    forward, backward: {number of a box: the step at which it computes, or hands its gradient on}
    grads: {number of a node: [(step, its gradient from then on), ...]}   sentences: one for each step
    """

    def __init__(self, nodes, edges):
        self.nodes, self.edges = nodes, edges
        computed = [node["number"] for node in nodes if node["operation"]]
        self.turn, self.last = len(computed) + 1, 2 * len(computed) + 1
        self.forward = {number: k for k, number in enumerate(computed, 1)}
        self.backward = {number: self.last + 1 - k for number, k in self.forward.items()}
        result = nodes[-1]["number"]
        self.grads = {node["number"]: [(self.turn, 1.0)] * (node["number"] == result) for node in nodes}
        self.sentences = [
            "Only the inputs are known. A step forward lets the first box compute.",
            *(self._say_forward(number, k) for number, k in self.forward.items()),
            f"Backward begins at the result, {self._named(result)}: its gradient is 1.",
            *(self._say_backward(number, k) for number, k in reversed(self.backward.items())),
        ]

    def complete(self, number):
        """The step at which a box has all of its gradient; for a typed number, when the way back begins."""
        return self.grads[number][-1][0] if self.grads[number] else self.turn

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

    def _say_forward(self, number, k):
        node, inputs = self.nodes[number], self._inputs(number)
        slopes = " and ".join(
            f"{shown(edge['slope'])} towards {self._named(edge['source'])}"
            for edge in inputs
            if not self._is_plain(edge["source"])
        )
        numbers, op = [shown(self.nodes[edge["source"]]["data"]) for edge in inputs], node["operation"]
        made = f" {op} ".join(numbers) if len(numbers) == 2 else f"{op} of {numbers[0]}"
        notes = f" It notes its slope: {slopes}." if slopes else ""
        return f"Forward, {k} of {self.turn - 1}: {made} = {shown(node['data'])}.{notes}"

    def _say_backward(self, number, k):
        grad = self.nodes[number]["grad"]
        has = f"{self._named(number)} has the gradient {shown(grad)}."
        told = [self._hand_back(edge, grad, k) for edge in self._inputs(number) if not self._is_plain(edge["source"])]
        return " ".join([f"Backward, {k - self.turn} of {self.turn - 1}:", has, *told])

    def _hand_back(self, edge, grad, k):
        """What the box at the edge's end hands to the one at its beginning, in words."""
        source, part, before = self._named(edge["source"]), edge["slope"] * grad, self.grads[edge["source"]]
        edge["part"] = part
        words = f"To {source} it hands {shown(grad)} × {shown(edge['slope'])} = {shown(part)}."
        if before:
            total = before[-1][1] + part
            words += f" There it joins the {shown(before[-1][1])} from another path: {shown(total)}."
            part = total
        before.append((k, part))
        return words


class Diagram:
    """The drawing of a walk, in pieces that come and go with its steps.

    size: [width, height]   places: {number of a node: (x, y), the middle of its box}
    parts: [first step, step after the last, SVG] for each piece
    """

    def __init__(self, walk):
        self.walk, self.end, self.parts = walk, walk.last + 1, []
        places, routes = layout(walk.nodes, walk.edges)
        rows = [row for route in routes for _, row in route] + [row for _, row in places.values()]
        columns = max(column for column, _ in places.values())
        self.top, self.across = min(rows), max(140, min(200, 640 // max(columns, 1)))
        self.size = [2 * MARGIN + self.across * columns, round(112 + DOWN * (max(rows) - self.top))]
        self.places = {number: self._at(place) for number, place in places.items()}
        # What a label may not cover: each box with the gradient under it, and the labels before.
        self.taken = [(x, y + 10, BOX[0] + 4, BOX[1] + 22) for x, y in self.places.values()]
        for edge, route in zip(walk.edges, routes, strict=True):
            self._draw_edge(edge, [self._at(place) for place in route])
        for node in walk.nodes:
            self._draw_node(node, *self.places[node["number"]])
        self._add(0, walk.turn, self._phase("forward: values"))
        self._add(walk.turn, self.end, self._phase("backward: gradients"))

    def _at(self, place):
        column, row = place
        return MARGIN + self.across * column, 40 + DOWN * (row - self.top)

    def _add(self, first, end, part):
        self.parts.append([first, end, part])

    def _phase(self, words):
        return svg.text(12, self.size[1] - 12, words, 12, INK, "start")

    def _draw_edge(self, edge, points):
        forward, backward = self.walk.forward[edge["target"]], self.walk.backward[edge["target"]]
        self._add(0, self.end, svg.path(points, GREY, 1.5))
        for step, colour in [(forward, BLUE)] + [(backward, VERMILION)] * ("part" in edge):
            self._add(step, step + 1, svg.path(points, colour, 4))
        x, y = _free_place(points, self.taken)
        self.taken.append((x, y, *LABEL))
        if "part" in edge:
            self._add(forward, backward, _label(x, y, f"× {shown(edge['slope'])}", INK))
            self._add(backward, self.end, _label(x, y, f"← {shown(edge['part'])}", VERMILION))

    def _draw_node(self, node, x, y):
        number = node["number"]
        first = self.walk.forward.get(number, 0)
        self._add(0, self.end, _box(node, x, y, first, self.walk.complete(number)))
        self._add(0, first, svg.text(x, y + 10, "?", 13) if first else "")
        self._add(first, self.end, svg.text(x, y + 10, shown(node["data"]), 13))
        if first:
            self._add(first, first + 1, _ring(x, y, BLUE))
            self._add(self.walk.backward[number], self.walk.backward[number] + 1, _ring(x, y, VERMILION))
        for (step, grad), (after, _) in pairwise([*self.walk.grads[number], (self.end, None)]):
            self._add(step, after, _label(x, y + BOX[1] / 2 + 15, f"grad {shown(grad)}", VERMILION))


def _box(node, x, y, forward, backward):
    """A box with its name, and for its script the steps at which its value and its whole gradient are there."""
    fill = "#D9EAF5" if node["operation"] else "#F4F4F4"
    name = svg.text(x, y - 10, node["name"] or node["operation"] or "number", 13, bold=True)
    box = svg.box(x - BOX[0] / 2, y - BOX[1] / 2, *BOX, fill)
    return f'<g data-forward="{forward}" data-backward="{backward}">{box}{name}</g>'


def _ring(x, y, colour):
    return svg.box(x - BOX[0] / 2 - 3, y - BOX[1] / 2 - 3, BOX[0] + 6, BOX[1] + 6, "none", colour, 3, 8)


def _label(x, y, words, colour):
    width = 7 * len(words) + 4
    return svg.box(x - width / 2, y - 9, width, 18, "#fff", "none", 0, 4) + svg.text(x, y, words, 12, colour)


def _free_place(points, taken):
    """The middle of a label on the line, where it covers nothing; else the middle of the last piece."""
    tries = [(p, q, t) for p, q in list(pairwise(points))[::-1] for t in TRIES]
    places = [(p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])) for p, q, t in tries]
    width, height = LABEL
    free = (
        (x, y)
        for x, y in places
        if all(abs(x - u) > (width + w) / 2 or abs(y - v) > (height + h) / 2 for u, v, w, h in taken)
    )
    return next(free, places[0])


def shown(number):
    """A number of three digits, or whole, or of two digits and a power of ten: −0.365, 1234, 1.8e−5."""
    # Adding 0 turns a negative zero into a plain one.
    text = f"{number + 0:.3g}" if abs(number) < 999.5 or abs(number) >= 1e5 else f"{number:.0f}"
    if "e" in text:
        digits, power = f"{number:.1e}".split("e")
        text = f"{digits}e{int(power)}"
    return text.replace("-", "−")
