"""Widgets of chapter 03: losses and their slopes, a ball that rolls downhill, and the noise of a mini-batch."""

import html
from functools import cache

import ipywidgets
import numpy as np
from contourpy import contour_generator

from course_lib.activations import sigmoid, sigmoid_grad
from course_lib.data import digits
from course_lib.drawing import svg
from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, VERMILION
from course_lib.experiments.losses import slopes, with_one
from course_lib.losses import LOSSES, descend, loss_and_gradient, sparse_categorical_crossentropy_grad
from course_lib.surfaces import LANDSCAPES
from course_lib.widgets.base import SvgDemo
from course_lib.widgets.controls import choice, slider


class Chart:
    """A frame in a drawing, with data coordinates inside. ends: ((left, right), (bottom, top)) in those coordinates."""

    def __init__(self, left, top, width, height, x_ends, y_ends):
        self.left, self.top, self.width, self.height = left, top, width, height
        self.x_ends, self.y_ends = x_ends, y_ends

    def at(self, x, y):
        """Where a point of the data lies in the drawing; what is outside lies on the frame."""
        (x0, x1), (y0, y1) = self.x_ends, self.y_ends
        across = np.clip((x - x0) / (x1 - x0), 0, 1)
        up = np.clip((y - y0) / (y1 - y0), 0, 1)
        return self.left + self.width * across, self.top + self.height * (1 - up)

    def frame(self, title, x_name, x_ticks, y_ticks, digits=0):
        """The frame with its numbers, a title above it and the name of its x-axis below."""
        bottom, right = self.top + self.height, self.left + self.width
        parts = [
            svg.box(self.left, self.top, self.width, self.height, "none", GREY, 1, 0),
            svg.text(self.left, self.top - 13, title, 13, anchor="start", bold=True),
            svg.text(self.left + self.width / 2, bottom + 30, x_name, 12),
        ]
        for x in x_ticks:
            parts.append(svg.text(self.at(x, 0)[0], bottom + 13, svg.signed(x, 0), 12))
        for y in y_ticks:
            height = self.at(0, y)[1]
            parts += [
                svg.line(self.left, height, right, height, "#E3E3E3", 1),
                svg.text(self.left - 6, height, svg.signed(y, digits), 12, anchor="end"),
            ]
        return "".join(parts)

    def curve(self, x, y, colour, width=2.2, dashes=""):
        """A line through the points, cut where it leaves the frame."""
        inside = (y >= self.y_ends[0]) & (y <= self.y_ends[1])
        pieces = np.split(np.arange(len(x)), np.flatnonzero(np.diff(inside.astype(int))) + 1)
        drawn = "".join(
            svg.path(np.transpose(self.at(x[piece], y[piece])), colour, width) for piece in pieces if inside[piece[0]]
        )
        return drawn.replace("<polyline", f'<polyline stroke-dasharray="{dashes}"') if dashes else drawn


# What a loss is drawn in: its colour and dashes.
STYLES = {
    "squared error": (BLUE, ""),
    "absolute error": (ORANGE, "8 4"),
    "Huber": (GREEN, "2 3"),
    "cross-entropy": (BLUE, ""),
    "squared error of the sigmoid": (ORANGE, "8 4"),
}
AMOUNT, YES, NO = "an amount", "yes or no; truth: yes", "yes or no; truth: no"


class Loss(SvgDemo):
    """One prediction and one truth: what each loss says, and its slope."""

    name = "loss"
    picture_width = 600

    def __init__(self, task=AMOUNT, prediction=1.5, target=0.0, delta=1.0):
        super().__init__(
            {
                "task": choice("task", [AMOUNT, YES, NO], task),
                "prediction": slider("prediction", prediction, -6.0, 6.0),
                "target": slider("true amount", target, -3.0, 3.0),
                "delta": slider("Huber's delta", delta, 0.1, 3.0),
            }
        )

    def draw(self):
        # The truth of a yes or no is part of the task, and its losses have no delta.
        for name in ("target", "delta"):
            self.controls[name].disabled = self.values["task"] != AMOUNT
        super().draw()

    def compute(self, predictions):
        """{name: (losses, slopes)} for each prediction, an amount or a logit. predictions: (n,)"""
        values = self.values
        if values["task"] == AMOUNT:
            pairs = {
                "squared error": LOSSES["mean_squared_error"],
                "absolute error": LOSSES["mean_absolute_error"],
                "Huber": loss_and_gradient("huber", delta=values["delta"]),
            }
            truth = values["target"]
        else:
            pairs = {
                "cross-entropy": loss_and_gradient("binary_crossentropy", from_logits=True),
                "squared error of the sigmoid": (_squared_sigmoid, _squared_sigmoid_grad),
            }
            truth = float(values["task"] == YES)
        return {name: self._one_by_one(pair, truth, predictions) for name, pair in pairs.items()}

    @staticmethod
    def _one_by_one(pair, truth, predictions):
        """Each prediction is a batch of one, so that its loss is no mean over others."""
        f, f_grad = pair
        y_true = np.array([truth])
        pairs = [(f(y_true, p), f_grad(y_true, p)[0]) for p in predictions[:, None]]
        return tuple(np.transpose(pairs))

    @property
    def now(self):
        """{name: (loss, slope)} at the present prediction."""
        computed = self.compute(np.array([self.values["prediction"]]))
        return {name: (float(loss[0]), float(slope[0])) for name, (loss, slope) in computed.items()}

    def svg(self):
        grid = np.linspace(-6, 6, 121)
        curves, here = self.compute(grid), self.values["prediction"]
        amount = self.values["task"] == AMOUNT
        what, steepest = ("prediction", 4) if amount else ("prediction, a logit", 1)
        left = Chart(40, 40, 240, 200, (-6, 6), (0, 8))
        right = Chart(340, 40, 240, 200, (-6, 6), (-steepest, steepest))
        parts = [
            left.frame("loss", what, (-6, -3, 0, 3, 6), (0, 2, 4, 6, 8)),
            right.frame("slope", what, (-6, -3, 0, 3, 6), steepest * np.linspace(-1, 1, 5), digits=int(not amount)),
        ]
        for chart in (left, right):
            top, bottom = (chart.at(here, y) for y in reversed(chart.y_ends))
            parts.append(svg.line(*top, *bottom, GREY, 1, dashed=True))
        for name, (heights, steepness) in curves.items():
            parts += [left.curve(grid, heights, *_ink(name)), right.curve(grid, steepness, *_ink(name))]
        for name, (loss, slope) in self.now.items():
            parts += [
                svg.circle(*left.at(here, loss), 5, STYLES[name][0], "#fff"),
                svg.circle(*right.at(here, slope), 5, STYLES[name][0], "#fff"),
            ]
        return svg.drawing(600, 310, *parts, *_legend(curves, 40, 292))

    def words(self):
        rows = "".join(
            f"<tr><td>{name}</td><td>{svg.signed(loss, 3)}</td><td>{svg.signed(slope, 3)}</td></tr>"
            for name, (loss, slope) in self.now.items()
        )
        said = "" if self.values["task"] == AMOUNT else f"Probability of yes: <b>{self._probability:.4f}</b>."
        return f"<table><tr><th></th><th>loss</th><th>slope</th></tr>{rows}</table>{said}"

    @property
    def _probability(self):
        return float(sigmoid(self.values["prediction"]))

    def describe(self):
        values = self.values
        said = f"{svg.signed(values['prediction'], 1)}"
        if values["task"] == AMOUNT:
            start = f"Predicted {said}, true {svg.signed(values['target'], 1)}"
        else:
            start = f"Predicted the logit {said}, a probability of {self._probability:.4f}; {values['task'][11:]}"
        each = [
            f"{name} {svg.signed(loss, 3)} with slope {svg.signed(slope, 3)}"
            for name, (loss, slope) in self.now.items()
        ]
        return f"{start}: {', '.join(each)}."


def _squared_sigmoid(y_true, logit):
    return LOSSES["mean_squared_error"][0](y_true, sigmoid(logit))


def _squared_sigmoid_grad(y_true, logit):
    return LOSSES["mean_squared_error"][1](y_true, sigmoid(logit)) * sigmoid_grad(logit)


def _ink(name):
    colour, dashes = STYLES[name]
    return colour, 2.4, dashes


def _legend(names, x, y):
    """A short piece of each line with its name behind it."""
    for name in names:
        colour, dashes = STYLES[name]
        piece = svg.line(x, y, x + 26, y, colour, 2.4)
        yield piece.replace("<line", f'<line stroke-dasharray="{dashes}"') if dashes else piece
        yield svg.text(x + 32, y, name, 13, anchor="start")
        x += 60 + 8 * len(name)


REACH, LOSSES_SHOWN, MOST_STEPS = 3.5, (-1, 10), 60


class Descent(SvgDemo):
    """A ball on a curve or on a map: each step goes downhill, as far as the slope times the learning rate."""

    name = "descent"
    picture_width = 600

    def __init__(self, landscape="one valley", start_1=-3.0, start_2=1.0, learning_rate=0.1, steps=10):
        controls = {
            "landscape": choice("landscape", list(LANDSCAPES), landscape),
            "start_1": slider("start w1", start_1, -3.0, 3.0),
            "start_2": slider("start w2", start_2, -3.0, 3.0),
            "learning_rate": slider("learning rate", learning_rate, 0.01, 1.2, 0.01),
            "steps": slider("steps", steps, 0, MOST_STEPS, 1),
            # It begins where the slider stands, or linking the two would move the slider.
            "play": ipywidgets.Play(
                value=steps, max=MOST_STEPS, interval=300, description="Play", layout={"width": "300px"}
            ),
        }
        ipywidgets.jslink((controls["play"], "value"), (controls["steps"], "value"))
        super().__init__(controls)

    @property
    def values(self):
        # The play button only moves the slider.
        return {name: control.value for name, control in self.controls.items() if name != "play"}

    def draw(self):
        self.controls["start_2"].disabled = self.landscape.weights == 1
        super().draw()

    @property
    def landscape(self):
        return LANDSCAPES[self.values["landscape"]]

    @property
    def path(self):
        """Every place of the ball, the start first; after a place outside the picture comes none. (n, weights)"""
        values = self.values
        start = np.array([values["start_1"], values["start_2"]])[: self.landscape.weights]
        # A ball that is thrown out grows beyond all numbers; only its first place outside is kept.
        with np.errstate(over="ignore", invalid="ignore"):
            path = descend(self.landscape.gradient, start, values["learning_rate"], values["steps"])
        outside = np.flatnonzero(~(np.abs(path) <= REACH).all(axis=1))
        return path[: outside[0] + 1] if len(outside) else path

    @property
    def left_at(self):
        """The number of the step that threw the ball out of the picture, or None."""
        path = self.path
        return None if (np.abs(path[-1]) <= REACH).all() else len(path) - 1

    def svg(self):
        path = self.path
        draw = self._curve if self.landscape.weights == 1 else self._map
        return svg.drawing(600, 320, draw(path), self._history(path))

    def _curve(self, path):
        chart = Chart(44, 36, 310, 236, (-REACH, REACH), LOSSES_SHOWN)
        w = np.linspace(-REACH, REACH, 141)
        places = np.transpose(chart.at(path[:, 0], self.landscape.loss(path)))
        return "".join(
            [
                chart.frame("the loss, for each weight", "weight w₁", range(-3, 4), range(0, 11, 2)),
                chart.curve(w, self.landscape.loss(w[:, None]), GREY),
                _trail(places),
            ]
        )

    def _map(self, path):
        # A square, or the steps would not cross the lines of equal loss at right angles.
        chart = Chart(84, 36, 236, 236, (-REACH, REACH), (-REACH, REACH))
        layers = "".join(
            svg.polygon(np.transpose(chart.at(*np.transpose(region))), shade)
            for region, shade in _layers(self.values["landscape"])
        )
        frame = chart.frame("the map: darker is lower", "weight w₁", range(-3, 4), ())
        ticks = "".join(svg.text(78, chart.at(0, w)[1], svg.signed(w, 0), 12, anchor="end") for w in range(-3, 4))
        ticks += svg.text(42, 154, "weight", 12) + svg.text(42, 170, "w₂", 12)
        return layers + frame + ticks + _trail(np.transpose(chart.at(*path.T)))

    def _history(self, path):
        losses = self.landscape.loss(path)
        chart = Chart(410, 36, 176, 236, (0, max(self.values["steps"], 10)), LOSSES_SHOWN)
        ticks = (0, chart.x_ends[1])
        parts = [chart.frame("the loss, for each step", "step", ticks, range(0, 11, 2))]
        places = np.transpose(chart.at(np.arange(len(path)), losses))
        return "".join([*parts, svg.path(places, VERMILION, 2), svg.circle(*places[-1], 4, VERMILION, "#fff")])

    def words(self):
        path = self.path
        slope = self.landscape.gradient(path[-1])
        at = ", ".join(f"w{k} = {svg.signed(w, 3)}" for k, w in enumerate(path[-1], 1))
        slopes = ", ".join(svg.signed(s, 3) for s in slope)
        loss = svg.signed(float(self.landscape.loss(path[-1])), 4)
        return f"After step {len(path) - 1}: {at}; loss <b>{loss}</b>, slope {slopes}.<br>{html.escape(self.verdict)}"

    @property
    def verdict(self):
        """In a sentence, what has become of the ball."""
        path, losses = self.path, self.landscape.loss(self.path)
        if self.left_at is not None:
            return f"Step {self.left_at} throws it out of the picture: with this learning rate it diverges."
        if np.abs(self.landscape.gradient(path[-1])).max() < 0.005:
            return f"It has come to rest: the slope is 0. This is {self._kind_of_place(path[-1])}."
        if len(path) == 1:
            return "It lies at the start."
        if losses[-1] > losses[-2] - 1e-12:
            return "Its last step led uphill: it jumped across the valley."
        return "It is still on its way down."

    def _kind_of_place(self, w):
        """Where the slope is 0, the slopes a little beside it tell what kind of place it is."""
        h = 1e-4
        bends = [(self.landscape.gradient(w + h * e) - self.landscape.gradient(w - h * e)) @ e for e in np.eye(len(w))]
        if min(bends) < 0:
            return "a saddle point: downhill in one direction, uphill in another" if max(bends) > 0 else "a peak"
        lowest = self.landscape.loss(_grid()).min() if len(w) == 2 else self.landscape.loss(_grid()[0, :, :1]).min()
        return "a global minimum" if self.landscape.loss(w) < lowest + 0.02 else "a local minimum, not the global one"

    def describe(self):
        values = self.values
        start = ", ".join(svg.signed(w, 1) for w in self.path[0])
        return (
            f"Gradient descent on “{values['landscape']}” from {start}, learning rate {values['learning_rate']:.2f}, "
            f"{values['steps']} steps. {self.verdict}"
        )


def _trail(places):
    """The ball's way, its start as a square and its last place as a large dot. places: (n, 2) in the drawing"""
    x, y = places[0]
    dots = "".join(svg.circle(*place, 2.5, VERMILION, "none", 0) for place in places)
    return "".join(
        [
            svg.path(places, VERMILION, 1.5),
            dots,
            svg.box(x - 5, y - 5, 10, 10, "#fff", INK, 2, 0),
            svg.circle(*places[-1], 7, VERMILION, "#fff", 2),
        ]
    )


@cache
def _grid():
    """Points all over the map. (141, 141, 2)"""
    return np.stack(np.meshgrid(*2 * [np.linspace(-REACH, REACH, 141)]), axis=-1)


@cache
def _layers(name):
    """[(polygon, shade)] of a landscape of two weights, the highest first: all that lies below each of ten heights."""
    height = LANDSCAPES[name].loss(_grid())
    lines = contour_generator(_grid()[0, :, 0], _grid()[:, 0, 1], height)
    lowest, highest = height.min(), height.max()
    levels = lowest + (highest - lowest) * np.linspace(1, 0.05, 10) ** 2
    shades = [f"#{round(240 - 14 * k):02x}{round(246 - 9 * k):02x}{round(252 - 5 * k):02x}" for k in range(10)]
    return [
        (region[::2], shade)
        for level, shade in zip(levels, shades, strict=True)
        for region in lines.filled(lowest - 1, level)[0]
    ]


# Steps with all examples and a learning rate of 2 that the digit reader has made.
MOMENTS = {"before training": 0, "after 10 steps": 10, "after 100 steps": 100}
SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1077]
ARROWS = 40


class BatchSize(SvgDemo):
    """The directions in which forty random mini-batches point, beside the direction of all examples.

    The network is one layer that reads digits, with 650 weights. What is drawn of each gradient is its true angle to
    the full one; half of them are drawn upwards, half downwards.
    """

    name = "batch_size"
    picture_width = 600

    def __init__(self, batch_size=16, moment="before training", draw=1):
        sizes = ipywidgets.SelectionSlider(
            options=[(f"{n:,}" if n < SIZES[-1] else f"all {n:,}", n) for n in SIZES],
            value=batch_size,
            description="batch size",
            layout={"width": "300px"},
            style={"description_width": "90px"},
        )
        controls = {"moment": choice("moment", list(MOMENTS), moment), "draw": slider("another draw", draw, 1, 20, 1)}
        super().__init__(controls | {"batch_size": sizes})

    @property
    def full(self):
        """The gradient over all examples. (65, 10)"""
        x, errors = reader_at(self.values["moment"])
        return x.T @ errors / len(x)

    @property
    def gradients(self):
        """Those of forty random mini-batches, none of which holds an example twice. (40, 65, 10)"""
        x, errors = reader_at(self.values["moment"])
        size, rng = self.values["batch_size"], np.random.default_rng(self.values["draw"])
        # Sorting random numbers shuffles all forty rows at once.
        rows = rng.random((ARROWS, len(x))).argsort(axis=1)[:, :size]
        return x[rows].transpose(0, 2, 1) @ errors[rows] / size

    def compute(self):
        """(angles of the forty to the full gradient, in degrees; their noise in units of its length)"""
        full, gradients = self.full, self.gradients
        lengths = np.sqrt((gradients**2).sum(axis=(1, 2)))
        cosines = (gradients * full).sum(axis=(1, 2)) / lengths / np.linalg.norm(full)
        noise = np.sqrt(((gradients - full) ** 2).sum(axis=(1, 2)).mean()) / np.linalg.norm(full)
        return np.degrees(np.arccos(np.clip(cosines, -1, 1))), float(noise)

    def expected(self, size):
        """The noise over all mini-batches of a size, computed: the spread of single examples, divided by √size.

        The factor beside it is there because no example is drawn twice: a batch of all has no noise.
        """
        x, errors = reader_at(self.values["moment"])
        n, square = len(x), (self.full**2).sum()
        # One example's gradient is an outer product, so its length is a product of two lengths.
        one = ((x**2).sum(axis=1) * (errors**2).sum(axis=1)).mean() - square
        return float(np.sqrt(one * (n - size) / ((n - 1) * size) / square))

    def draw(self):
        # Both pictures and both texts speak of the same forty.
        self.angles, self.noise = self.compute()
        super().draw()

    def svg(self):
        return svg.drawing(600, 310, self._fan(), self._law())

    def _fan(self):
        """Downhill for all examples is to the right."""
        x, y, radius, parts = 130, 160, 108, [svg.circle(130, 160, 108, "none", "#E3E3E3", 1)]
        for k, angle in enumerate(np.radians(self.angles)):
            up = 1 if k % 2 else -1
            end = x + radius * np.cos(angle), y - up * radius * np.sin(angle)
            parts += [svg.line(x, y, *end, BLUE, 1), svg.circle(*end, 2.5, BLUE, "none", 0)]
        return "".join(
            [
                svg.text(22, 23, "the directions of forty mini-batches", 13, anchor="start", bold=True),
                *parts,
                svg.line(x, y, x + radius, y, VERMILION, 4),
                svg.circle(x + radius, y, 6, VERMILION, "#fff", 1.5),
                svg.text(x + radius + 10, y - 8, "all", 12, anchor="start"),
                svg.text(x + radius + 10, y + 8, f"{SIZES[-1]:,}", 12, anchor="start"),
                svg.text(x, 290, f"middle angle: {np.median(self.angles):.0f}°", 13),
            ]
        )

    def _law(self):
        """Both axes count in doublings, so that halving the noise is the same distance everywhere."""
        sizes = np.array(SIZES[:-1])
        chart = Chart(360, 40, 220, 220, (-0.4, 10.4), (-3, 6))
        noise = np.log2([self.expected(size) for size in sizes])
        ticks = [svg.text(chart.at(np.log2(n), 0)[0], 273, f"{n:,}", 12) for n in (1, 4, 16, 64, 256, 1077)]
        for power, label in (-2, "¼"), (0, "1"), (2, "4"), (4, "16"), (6, "64"):
            height = chart.at(0, power)[1]
            ticks += [svg.line(360, height, 580, height, "#E3E3E3", 1), svg.text(353, height, label, 12, anchor="end")]
        dot = ""
        if self.values["batch_size"] < SIZES[-1]:
            dot = svg.circle(*chart.at(np.log2(self.values["batch_size"]), np.log2(self.noise)), 6, BLUE, "#fff", 1.5)
        return "".join(
            [
                chart.frame("noise (in full gradients)", "examples in the batch", (), ()),
                *ticks,
                chart.curve(np.log2(sizes), noise, GREY),
                dot,
                svg.text(572, 56, "line: computed", 12, anchor="end"),
                svg.text(572, 72, "dot: these forty", 12, anchor="end"),
            ]
        )

    def words(self):
        size = self.values["batch_size"]
        return (
            f"Noise of these forty: <b>{self.noise:.2f}</b> times the length of the full gradient "
            f"(computed for all such batches: {self.expected(size):.2f}).<br>"
            f"A step costs <b>{size:,}</b> examples: one look at all {SIZES[-1]:,} pays for {-(-SIZES[-1] // size):,}."
        )

    def describe(self):
        size = self.values["batch_size"]
        which = f"Forty mini-batches of {size:,}" if size < SIZES[-1] else f"Batches of all {size:,} examples"
        return (
            f"{which}, {self.values['moment']}: half of them point within {np.median(self.angles):.0f}° of the full "
            f"gradient, and the noise is {self.noise:.2f} times its length."
        )


@cache
def reader_at(moment):
    """(x, errors): the inputs of the 1,077 training digits, (1077, 65), and prediction minus truth, (1077, 10)."""
    data = digits()
    x, y = with_one(data.x_train), data.y_train
    kernel = descend(lambda kernel: slopes(kernel, x, y), np.zeros((65, 10)), 2.0, MOMENTS[moment])[-1]
    return x, len(x) * sparse_categorical_crossentropy_grad(y, x @ kernel, from_logits=True)
