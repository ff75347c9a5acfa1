"""Widgets of chapter 03: losses and their slopes, a ball that rolls downhill, and the noise of a mini-batch."""

import html
from functools import cache

import numpy as np

from course_lib.activations import sigmoid
from course_lib.drawing import relief, svg
from course_lib.drawing.chart import Chart, legend
from course_lib.drawing.descent import fan, loss_of_each_step, noise_law, way_down_a_curve, way_over_a_map
from course_lib.drawing.palette import BLUE, GREEN, GREY, ORANGE
from course_lib.experiments import losses as experiments
from course_lib.experiments.losses import MOMENTS, reader_at
from course_lib.surfaces import LANDSCAPES
from course_lib.widgets.base import SvgDemo
from course_lib.widgets.controls import pick, slide, slide_over
from course_lib.widgets.live import ARROWS, LiveDemo, choice, nearest, play, push_button, slider

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
            marks = zip((left, right), both, strict=True)
            parts += [_mark(chart, self.prediction, y, STYLES[name][0]) for chart, y in marks]
        return svg.drawing(600, 310, *parts, legend({name: STYLES[name] for name in curves}, 40, 292))

    def words(self):
        rows = "".join(
            f"<tr><td>{name}</td><td>{svg.signed(loss, 3)}</td><td>{svg.signed(slope, 3)}</td></tr>"
            for name, (loss, slope) in self.now.items()
        )
        said = "" if self.task == AMOUNT else f"Probability of yes: <b>{sigmoid(self.prediction):.4f}</b>."
        table = f"<table><tr><th></th><th>loss</th><th>slope</th></tr>{rows}</table>"
        # As high for every task, or what stands below would jump.
        return f'<div style="min-height: 9em">{table}{said}<br>▲ ▼: a value outside of the picture.</div>'

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


def _mark(chart, x, y, colour):
    """A dot; where the value lies outside of the frame, an arrowhead at its edge."""
    across, down = chart.at(x, y)
    low, high = chart.y_ends
    if low <= y <= high:
        return svg.circle(across, down, 5, colour, "#fff")
    inward = 9 if y > high else -9
    return svg.polygon([(across, down), (across - 6, down + inward), (across + 6, down + inward)], colour)


REACH, LOSSES_SHOWN, MOST_STEPS = 3.5, (-1, 10), 60


class Descent(LiveDemo):
    """A ball on a curve or on a map: each step goes downhill, as far as the slope times the learning rate.

    The ball is taken up and put elsewhere by hand; the square, where it started, is moved with its whole way.
    """

    name = "descent"

    def __init__(self, landscape="one valley", start_1=-3.0, start_2=1.0, learning_rate=0.1, steps=10):
        controls = [
            choice("landscape", "landscape", list(LANDSCAPES)),
            slider("start_1", "start w₁", -3.0, 3.0, 0.1),
            slider("start_2", "start w₂", -3.0, 3.0, 0.1),
            slider("learning_rate", "learning rate", 0.01, 1.2, 0.01),
            slider("steps", "steps", 0, MOST_STEPS),
            play("step", "one step"),
            push_button("back", "back to the start"),
        ]
        start = {"landscape": landscape, "start_1": start_1, "start_2": start_2}
        self._ball = False
        super().__init__(controls, drags=True, **start, learning_rate=learning_rate, steps=steps)

    @property
    def surface(self):
        return LANDSCAPES[self.state["landscape"]]

    @property
    def path(self):
        """Every place of the ball, the start first; after a place outside the picture comes none. (n, weights)"""
        start = np.array([self.number("start_1"), self.number("start_2")])[: self.surface.weights]
        return experiments.path_inside(self.surface, start, self.number("learning_rate"), self.number("steps"), REACH)

    @property
    def verdict(self):
        """In a sentence, what has become of the ball."""
        return experiments.fate(self.surface, self.path, REACH)

    @property
    def chart(self):
        """The frame of the curve, or of the map: a square, or steps would not cross its lines at right angles."""
        if self.surface.weights == 1:
            return Chart(44, 36, *((330, 200) if self.narrow else (380, 250)), (-REACH, REACH), LOSSES_SHOWN)
        left, side = (82, 236) if self.narrow else (109, 250)
        return Chart(left, 36, side, side, (-REACH, REACH), (-REACH, REACH))

    def _places(self):
        """The ball's way in the drawing's units. (n, 2)"""
        path = self.path
        return self.chart.points(*(path.T if path.shape[1] == 2 else (path[:, 0], self.surface.loss(path))))

    def grab(self, x, y):
        self._ball = nearest(self._places()[[0, -1]], x, y, 24) == 1

    def drag(self, x, y):
        place = np.clip(self.chart.data(x, y), -3, 3).round(1)[: self.surface.weights]
        start = {f"start_{k}": float(w) for k, w in enumerate(place, 1)}
        # Who takes up the ball puts it down at a new start.
        self.set(**start, **({"steps": 0} if self._ball else {}))

    def press(self, what):
        if what == "back":
            self.set(steps=0)
        elif what in ("step", "Enter", " "):
            self.set(steps=min(self.number("steps") + 1, MOST_STEPS))
        elif what in ARROWS:
            start = {f"start_{k}": self.number(f"start_{k}") + 0.1 * move for k, move in enumerate(ARROWS[what], 1)}
            self.set(**{name: float(np.clip(w, -3, 3).round(1)) for name, w in start.items()})

    def draw(self):
        path, steps = self.path, self.number("steps")
        losses = self.surface.loss(path)
        gone = not (np.abs(path[-1]) <= REACH).all()
        self.finished = steps >= MOST_STEPS or gone or experiments.at_rest(self.surface, path[-1])
        if self.surface.weights == 1:
            w = np.linspace(-REACH, REACH, 141)
            way = way_down_a_curve(self.chart, w, self.surface.loss(w[:, None]), path[:, 0], losses)
        else:
            way = way_over_a_map(self.chart, _layers(self.state["landscape"]), path)
        place = (44, 350, 330, 150) if self.narrow else (500, 36, 236, 250)
        history = loss_of_each_step(Chart(*place, (0, max(steps, 10)), LOSSES_SHOWN), losses)
        size = (400, 550) if self.narrow else (760, 334)
        told = _told_of_descent(self.state["landscape"], path, self.number("learning_rate"), self.verdict)
        return svg.drawing(*size, way, history), _step_in_words(self.surface, path, self.verdict), told


def _step_in_words(surface, path, verdict):
    w, loss = path[-1], float(surface.loss(path[-1]))
    at = ", ".join(f"{name} = {svg.signed(number, 3)}" for name, number in zip(("w₁", "w₂"), w, strict=False))
    slopes = ", ".join(svg.signed(slope, 3) for slope in surface.gradient(w))
    now = f"After step {len(path) - 1}: {at}; loss <b>{svg.signed(loss, 4)}</b>, slope {slopes}."
    return f"{now}<br>{html.escape(verdict)}<br>Drag the ball, or the square, where it starts."


def _told_of_descent(landscape, path, learning_rate, verdict):
    start = ", ".join(svg.signed(w, 1) for w in path[0])
    steps = f"{len(path) - 1} step{'s' * (len(path) != 2)}"
    return f"Gradient descent on “{landscape}” from {start}, learning rate {learning_rate:.2f}, {steps}. {verdict}"


@cache
def _layers(landscape):
    grid = experiments.places(REACH)
    return relief.layers(grid, LANDSCAPES[landscape].loss(grid))


SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1077]
DRAWN = 40


class BatchSize(SvgDemo):
    """The gradients of forty random mini-batches, beside that of all examples.

    The network is one layer that reads digits, with 650 weights. What is drawn of each gradient is its true length and
    its true angle to the full one; half of them are drawn upwards, half downwards.
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
        return experiments.random_gradients(*reader_at(self.moment), self.batch_size, DRAWN, rng)

    def expected(self, size):
        """The noise over all mini-batches of a size, computed."""
        return experiments.expected_noise(*reader_at(self.moment), size)

    def draw(self):
        # Both pictures and both texts speak of the same forty.
        gradients, full = self.gradients, self.full
        self.angles, self.noise = experiments.angles_and_noise(gradients, full)
        self.lengths = np.sqrt((gradients**2).sum(axis=(1, 2))) / np.linalg.norm(full)
        super().draw()

    def svg(self):
        computed = {size: self.expected(size) for size in SIZES[:-1]}
        return svg.drawing(
            600, 310, fan(self.angles, self.lengths), noise_law(computed, self.batch_size, self.noise, SIZES[-1])
        )

    def words(self):
        size, steps = self.batch_size, -(-SIZES[-1] // self.batch_size)
        return (
            f"Noise of these forty: <b>{self.noise:.2f}</b> times the length of the full gradient "
            f"(computed for all such batches: {self.expected(size):.2f}).<br>"
            f"A step costs <b>{_examples(size)}</b>: an epoch is {steps:,} step{'s' * (steps > 1)}."
        )

    def describe(self):
        size = self.batch_size
        which = f"Forty mini-batches of {_examples(size)}" if size < SIZES[-1] else f"Batches of all {_examples(size)}"
        return (
            f"{which}, {self.moment}: half of them point within {np.ceil(np.median(self.angles)):.0f}° of the full "
            f"gradient, and the noise is {self.noise:.2f} times its length."
        )


def _examples(size):
    return f"{size:,} example{'s' * (size != 1)}"
