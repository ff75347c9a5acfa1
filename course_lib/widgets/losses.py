"""Widgets of chapter 03: losses and their slopes, a ball that rolls downhill, and the noise of a mini-batch."""

import html
from functools import cache

import numpy as np

from course_lib.activations import sigmoid
from course_lib.drawing import relief, svg
from course_lib.drawing.chart import GRID, Chart, legend
from course_lib.drawing.palette import BLUE, GREEN, GREY, ORANGE, VERMILION
from course_lib.experiments import losses as experiments
from course_lib.experiments.losses import MOMENTS, reader_at
from course_lib.surfaces import LANDSCAPES
from course_lib.widgets.base import SvgDemo
from course_lib.widgets.controls import pick, slide, slide_over

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
    task = pick("task", (AMOUNT, YES, NO))
    prediction = slide("prediction", 1.5, -6.0, 6.0)
    target = slide("true amount", 0.0, -3.0, 3.0)
    delta = slide("Huber's delta", 1.0, 0.1, 3.0)

    def draw(self):
        # The truth of a yes or no is part of the task, and its losses have no delta.
        for name in ("target", "delta"):
            self.controls[name].disabled = self.task != AMOUNT
        super().draw()

    def compute(self, predictions):
        """{name: (losses, slopes)} for each prediction, an amount or a logit. predictions: (n,)"""
        losses, truth = experiments.LOGIT_LOSSES, float(self.task == YES)
        if self.task == AMOUNT:
            losses, truth = experiments.amount_losses(self.delta), self.target
        return {name: experiments.one_by_one(pair, truth, predictions) for name, pair in losses.items()}

    @property
    def now(self):
        """{name: (loss, slope)} at the present prediction."""
        computed = self.compute(np.array([self.prediction]))
        return {name: (float(loss[0]), float(slope[0])) for name, (loss, slope) in computed.items()}

    def svg(self):
        grid, amount = np.linspace(-6, 6, 121), self.task == AMOUNT
        what, steepest = ("prediction", 4) if amount else ("prediction, a logit", 1)
        left = Chart(40, 40, 240, 200, (-6, 6), (0, 8))
        right = Chart(340, 40, 240, 200, (-6, 6), (-steepest, steepest))
        slopes = {y: svg.signed(y, int(not amount)) for y in steepest * np.linspace(-1, 1, 5)}
        parts = [
            left.frame("loss", what, (-6, -3, 0, 3, 6), (0, 2, 4, 6, 8)),
            right.frame("slope", what, (-6, -3, 0, 3, 6), slopes),
        ]
        for chart in (left, right):
            x, _ = chart.at(self.prediction, 0)
            parts.append(svg.line(x, chart.top, x, chart.bottom, GREY, 1, dashed=True))
        curves = self.compute(grid)
        for name, both in curves.items():
            colour, dashes = STYLES[name]
            parts += [chart.curve(grid, y, colour, 2.4, dashes) for chart, y in zip((left, right), both, strict=True)]
        for name, both in self.now.items():
            places = (chart.at(self.prediction, y) for chart, y in zip((left, right), both, strict=True))
            parts += [svg.circle(*place, 5, STYLES[name][0], "#fff") for place in places]
        return svg.drawing(600, 310, *parts, legend({name: STYLES[name] for name in curves}, 40, 292))

    def words(self):
        rows = "".join(
            f"<tr><td>{name}</td><td>{svg.signed(loss, 3)}</td><td>{svg.signed(slope, 3)}</td></tr>"
            for name, (loss, slope) in self.now.items()
        )
        said = "" if self.task == AMOUNT else f"Probability of yes: <b>{sigmoid(self.prediction):.4f}</b>."
        return f"<table><tr><th></th><th>loss</th><th>slope</th></tr>{rows}</table>{said}"

    def describe(self):
        said, p = svg.signed(self.prediction, 1), sigmoid(self.prediction)
        start = f"Predicted the logit {said}, a probability of {p:.4f}; {self.task[11:]}"
        if self.task == AMOUNT:
            start = f"Predicted {said}, true {svg.signed(self.target, 1)}"
        each = (
            f"{name} {svg.signed(loss, 3)} with slope {svg.signed(slope, 3)}"
            for name, (loss, slope) in self.now.items()
        )
        return f"{start}: {', '.join(each)}."


REACH, LOSSES_SHOWN, MOST_STEPS = 3.5, (-1, 10), 60


class Descent(SvgDemo):
    """A ball on a curve or on a map: each step goes downhill, as far as the slope times the learning rate."""

    name = "descent"
    picture_width = 600
    landscape = pick("landscape", list(LANDSCAPES))
    start_1 = slide("start w1", -3.0, -3.0, 3.0)
    start_2 = slide("start w2", 1.0, -3.0, 3.0)
    learning_rate = slide("learning rate", 0.1, 0.01, 1.2, 0.01)
    steps = slide("steps", 10, 0, MOST_STEPS, 1, play=300)

    def draw(self):
        self.controls["start_2"].disabled = self.surface.weights == 1
        super().draw()

    @property
    def surface(self):
        return LANDSCAPES[self.landscape]

    @property
    def path(self):
        """Every place of the ball, the start first; after a place outside the picture comes none. (n, weights)"""
        start = np.array([self.start_1, self.start_2])[: self.surface.weights]
        return experiments.path_inside(self.surface, start, self.learning_rate, self.steps, REACH)

    @property
    def left_at(self):
        """The number of the step that threw the ball out of the picture, or None."""
        path = self.path
        return None if (np.abs(path[-1]) <= REACH).all() else len(path) - 1

    def svg(self):
        draw = _curve if self.surface.weights == 1 else _map
        history = _history(self.surface.loss(self.path), max(self.steps, 10))
        return svg.drawing(600, 320, draw(self.landscape, self.path), history)

    def words(self):
        w = self.path[-1]
        at = ", ".join(f"w{k} = {svg.signed(coordinate, 3)}" for k, coordinate in enumerate(w, 1))
        slopes = ", ".join(svg.signed(s, 3) for s in self.surface.gradient(w))
        loss = svg.signed(float(self.surface.loss(w)), 4)
        step = len(self.path) - 1
        return f"After step {step}: {at}; loss <b>{loss}</b>, slope {slopes}.<br>{html.escape(self.verdict)}"

    @property
    def verdict(self):
        """In a sentence, what has become of the ball."""
        path, losses = self.path, self.surface.loss(self.path)
        if self.left_at is not None:
            return f"Step {self.left_at} throws it out of the picture: with this learning rate it diverges."
        if np.abs(self.surface.gradient(path[-1])).max() < 0.005:
            kind = experiments.kind_of_place(self.surface, path[-1], REACH)
            return f"It has come to rest: the slope is 0. This is {kind}."
        if len(path) == 1:
            return "It lies at the start."
        if losses[-1] > losses[-2] - 1e-12:
            return "Its last step led uphill: it jumped across the valley."
        return "It is still on its way down."

    def describe(self):
        start = ", ".join(svg.signed(w, 1) for w in self.path[0])
        return (
            f"Gradient descent on “{self.landscape}” from {start}, learning rate {self.learning_rate:.2f}, "
            f"{self.steps} steps. {self.verdict}"
        )


def _curve(landscape, path):
    loss, w = LANDSCAPES[landscape].loss, np.linspace(-REACH, REACH, 141)
    chart = Chart(44, 36, 310, 236, (-REACH, REACH), LOSSES_SHOWN)
    frame = chart.frame("the loss, for each weight", "weight w₁", range(-3, 4), range(0, 11, 2))
    return frame + chart.curve(w, loss(w[:, None]), GREY) + relief.trail(chart.points(path[:, 0], loss(path)))


def _map(landscape, path):
    # A square, or the steps would not cross the lines of equal loss at right angles.
    chart = Chart(84, 36, 236, 236, (-REACH, REACH), (-REACH, REACH))
    parts = [svg.polygon(chart.points(*region.T), shade) for region, shade in _layers(landscape)]
    ticks = range(-3, 4)
    parts.append(chart.frame("the map: darker is lower", "weight w₁", ticks, ticks, grid=False))
    return "".join(
        [*parts, svg.text(42, 154, "weight", 12), svg.text(42, 170, "w₂", 12), relief.trail(chart.points(*path.T))]
    )


def _history(losses, end):
    """The loss after each step. losses: (n,)   end: the step at the end of the axis"""
    chart = Chart(410, 36, 176, 236, (0, end), LOSSES_SHOWN)
    frame = chart.frame("the loss, for each step", "step", (0, end), range(0, 11, 2))
    places = chart.points(np.arange(len(losses)), losses)
    return frame + svg.path(places, VERMILION, 2) + svg.circle(*places[-1], 4, VERMILION, "#fff")


@cache
def _layers(landscape):
    grid = experiments.places(REACH)
    return relief.layers(grid, LANDSCAPES[landscape].loss(grid))


SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1077]
ARROWS = 40


class BatchSize(SvgDemo):
    """The directions in which forty random mini-batches point, beside the direction of all examples.

    The network is one layer that reads digits, with 650 weights. What is drawn of each gradient is its true angle to
    the full one; half of them are drawn upwards, half downwards.
    """

    name = "batch_size"
    picture_width = 600
    moment = pick("moment", list(MOMENTS))
    draw_ = slide("another draw", 1, 1, 20, 1)
    batch_size = slide_over("batch size", [*((f"{n:,}", n) for n in SIZES[:-1]), ("all 1,077", 1077)], 16)
    arguments = ("batch_size",)

    @property
    def full(self):
        """The gradient over all examples. (65, 10)"""
        x, errors = reader_at(self.moment)
        return x.T @ errors / len(x)

    @property
    def gradients(self):
        """Those of forty random mini-batches, none of which holds an example twice. (40, 65, 10)"""
        rng = np.random.default_rng(self.draw_)
        return experiments.random_gradients(*reader_at(self.moment), self.batch_size, ARROWS, rng)

    def expected(self, size):
        """The noise over all mini-batches of a size, computed."""
        return experiments.expected_noise(*reader_at(self.moment), size)

    def draw(self):
        # Both pictures and both texts speak of the same forty.
        self.angles, self.noise = experiments.angles_and_noise(self.gradients, self.full)
        super().draw()

    def svg(self):
        computed = {size: self.expected(size) for size in SIZES[:-1]}
        return svg.drawing(600, 310, _fan(self.angles), _law(computed, self.batch_size, self.noise))

    def words(self):
        size = self.batch_size
        return (
            f"Noise of these forty: <b>{self.noise:.2f}</b> times the length of the full gradient "
            f"(computed for all such batches: {self.expected(size):.2f}).<br>"
            f"A step costs <b>{size:,}</b> examples: one look at all {SIZES[-1]:,} pays for {-(-SIZES[-1] // size):,}."
        )

    def describe(self):
        size = self.batch_size
        which = f"Forty mini-batches of {size:,}" if size < SIZES[-1] else f"Batches of all {size:,} examples"
        return (
            f"{which}, {self.moment}: half of them point within {np.median(self.angles):.0f}° of the full "
            f"gradient, and the noise is {self.noise:.2f} times its length."
        )


def _fan(angles):
    """Downhill for all examples is to the right. angles: (n,), in degrees"""
    x, y, radius = 130, 160, 108
    parts = [
        svg.text(22, 23, "the directions of forty mini-batches", 13, anchor="start", bold=True),
        svg.circle(x, y, radius, "none", GRID, 1),
    ]
    for k, angle in enumerate(np.radians(angles)):
        up = 1 if k % 2 else -1
        end = x + radius * np.cos(angle), y - up * radius * np.sin(angle)
        parts += [svg.line(x, y, *end, BLUE, 1), svg.circle(*end, 2.5, BLUE, "none", 0)]
    parts += [
        svg.line(x, y, x + radius, y, VERMILION, 4),
        svg.circle(x + radius, y, 6, VERMILION, "#fff", 1.5),
        svg.text(x + radius + 10, y - 8, "all", 12, anchor="start"),
        svg.text(x + radius + 10, y + 8, f"{SIZES[-1]:,}", 12, anchor="start"),
        svg.text(x, 290, f"middle angle: {np.median(angles):.0f}°", 13),
    ]
    return "".join(parts)


def _law(computed, size, noise):
    """Both axes count in doublings, so that halving the noise is the same distance everywhere.

    computed: {size: noise} of the line   size, noise: of the dot, which a batch of all examples has not
    """
    chart = Chart(360, 40, 220, 220, (2**-0.4, 2**10.4), (1 / 8, 64), log="xy")
    parts = [
        chart.frame("noise (in full gradients)", "examples in the batch", (), ()),
        chart.x_ticks({n: f"{n:,}" for n in (1, 4, 16, 64, 256, 1077)}),
        chart.y_ticks({1 / 4: "¼", 1: "1", 4: "4", 16: "16", 64: "64"}, beside=7),
        chart.curve(*map(np.array, (list(computed), list(computed.values()))), GREY),
        svg.circle(*chart.at(size, noise), 6, BLUE, "#fff", 1.5) if size < SIZES[-1] else "",
        svg.text(572, 56, "line: computed", 12, anchor="end"),
        svg.text(572, 72, "dot: these forty", 12, anchor="end"),
    ]
    return "".join(parts)
