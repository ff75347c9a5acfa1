"""Widgets of chapter 11: a curve of any capacity, two moons with cures, a layer with dropout."""

import html

import numpy as np

from course_lib.activations import sigmoid
from course_lib.drawing import svg
from course_lib.drawing.chart import Chart, legend
from course_lib.drawing.dropped_layer import FOUND, UNSEEN, dropped_layer, passes
from course_lib.drawing.field import field, labelled_points
from course_lib.drawing.palette import BLUE, GREY, INK, ORANGE
from course_lib.experiments import overfitting as experiments
from course_lib.widgets.live import LiveDemo, check_box, choice, nearest, push_button, slider, stops

CAPACITIES = (*range(1, 17), 20, 25, 30, 40, 60, 100, 200)
PENALTIES = (0.0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0)


def _number(value):
    """For reading: three digits, or the power of ten of what is large."""
    return f"{value:.3f}" if value < 100 else f"{value:.1e}".replace("e+0", " · 10^").replace("e+", " · 10^")


def _loss(value):
    """Three digits behind the point; what is too small for them is not called 0."""
    return "less than 0.001" if 0 < value < 0.0005 else f"{value:.3f}"


class Capacity(LiveDemo):
    """Points and the curve that fits them best, with as many parameters as you like, also more than there are points.

    x, y: points of your own, x from -1 to 1; then every third one is kept to judge by
    """

    name = "capacity"

    def __init__(self, x=None, y=None, parameters=11, noise=0.3, penalty=0.0):
        self.own = None if x is None else (np.asarray(x, float), np.asarray(y, float))
        controls = [
            stops("parameters", "parameters", CAPACITIES),
            stops("penalty", "penalty λ", [(f"{p:g}", p) for p in PENALTIES]),
            *([slider("noise", "noise", 0.0, 0.6, 0.1), push_button("new", "new points")] if x is None else []),
        ]
        start = {"parameters": parameters, "penalty": penalty, "noise": noise, "points": 0, "moved": []}
        super().__init__(controls, drags=True, **start)
        self._held = -1

    def data(self):
        """(x, y) of the points, and (x, y) of those that judge, and the part of their noise that the latter lack."""
        if self.own is not None:
            judges = np.arange(len(self.own[0])) % 3 == 2
            x, y, x_new, y_new = (part[some] for some in (~judges, judges) for part in self.own)
            noise = 0
        else:
            noise = self.number("noise")
            x, y = experiments.noisy_points(12, noise, np.random.default_rng(int(self.state["points"])))
            x_new = np.linspace(-1, 1, 201)
            y_new = experiments.wave(x_new)
        y = y.copy()
        for k, height in self.state["moved"]:
            y[int(k) % len(y)] = height
        return x, y, x_new, y_new, noise**2

    def press(self, what):
        if what == "new":
            self.set(points=int(self.state["points"]) + 1, moved=[])
        elif what in ("ArrowLeft", "ArrowRight"):
            at = CAPACITIES.index(self.number("parameters")) + (1 if what == "ArrowRight" else -1)
            self.set(parameters=CAPACITIES[int(np.clip(at, 0, len(CAPACITIES) - 1))])

    def charts(self):
        """The frame of the points, and that of the errors."""
        high = max(1.9, 1.1 * np.abs(self.own[1]).max()) if self.own is not None else 1.9
        places = ((40, 34, 330, 230), (58, 330, 324, 190)) if self.narrow else ((44, 34, 300, 240), (430, 34, 300, 240))
        first = Chart(*places[0], (-1, 1), (-high, high))
        return first, Chart(*places[1], (0.9, 220), (1e-4, 1e4), log="xy")

    def grab(self, x, y):
        points = self.data()
        self._held = nearest(self.charts()[0].points(points[0], points[1]), x, y, 24)

    def drag(self, x, y):
        if self._held >= 0:
            height = round(float(self.charts()[0].data(x, y)[1]), 3)
            rest = [[k, h] for k, h in self.state["moved"] if k != self._held]
            self.set(moved=[*rest, [self._held, height]])

    def draw(self):
        x, y, x_new, y_new, extra = self.data()
        parameters, penalty = self.number("parameters"), self.number("penalty")
        learnt, unseen = experiments.errors(x, y, x_new, y_new, CAPACITIES, penalty)
        left, right = self.charts()
        grid = np.linspace(-1, 1, 401)
        w = experiments.fitted(experiments.features(x, parameters), y, penalty)
        parts = [left.frame("points and curve", "x", (-1, 0, 1), (-1, 0, 1))]
        if self.own is None:
            parts.append(left.curve(grid, experiments.wave(grid), GREY, 1.4, "3 4"))
        parts.append(left.curve(grid, experiments.features(grid, parameters) @ w, BLUE, 2.4))
        if self.own is not None:
            parts += [svg.circle(*left.at(a, b), 5, "#fff", BLUE) for a, b in zip(x_new, y_new, strict=True)]
        parts += [svg.circle(*left.at(a, b), 6, ORANGE, INK) for a, b in zip(x, y, strict=True)]
        parts += _error_marks(right, learnt, unseen + extra, parameters, len(x))
        told = _told_of_capacity(parameters, penalty, len(x), learnt, unseen + extra)
        size = (400, 590) if self.narrow else (760, 340)
        return svg.drawing(*size, *parts), html.escape(told), told


def _error_marks(chart, learnt, unseen, parameters, n):
    """Both errors against the number of parameters, and where the curve of the picture stands."""
    where = CAPACITIES.index(parameters)
    ticks = {1e-4: "0.0001", 1e-2: "0.01", 1: "1", 100: "100", 1e4: "10,000"}
    parts = [chart.frame("mean squared error", "parameters", (1, 3, 12, 60, 200), ticks)]
    across = chart.at(n, 1)[0]
    parts.append(svg.line(across, chart.top, across, chart.bottom, GREY, 1.2, dashed=True))
    for values, (colour, dashes) in ((learnt, FOUND), (unseen, UNSEEN)):
        values = np.clip(values, 1.001e-4, 0.999e4)
        parts.append(chart.curve(np.array(CAPACITIES), values, colour, 2.2, dashes))
        parts.append(svg.circle(*chart.at(parameters, values[where]), 6, colour, INK))
    return [*parts, legend({"on the points": FOUND, "on new ones": UNSEEN}, chart.left + 20, chart.bottom + 46)]


def _told_of_capacity(parameters, penalty, n, learnt, unseen):
    where = CAPACITIES.index(parameters)
    told = f"{parameters} parameter{'s' * (parameters > 1)} for {n} points: "
    told += f"the error on the points is {_number(learnt[where])}, "
    told += f"on new ones {_number(unseen[where])}. "
    if learnt[where] < 1e-9 and penalty == 0:
        told += "The curve goes through every point. "
    least = int(np.argmin(unseen))
    told += f"On new ones it is least with {CAPACITIES[least]}: {_number(unseen[least])}."
    return told + (f" Large weights are penalized with λ = {penalty:g}." if penalty else "")


class Regularizers(LiveDemo):
    """Two moons, few points, some cures: what a network has made of them after each epoch. Click one."""

    name = "regularizers"
    last = 400

    def __init__(self, **start):
        controls = [
            slider("epoch", "epoch", 0, self.last, 20),
            stops("decay", "L2 penalty", (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)),
            stops("dropout", "dropout", (0.0, 0.1, 0.2, 0.3, 0.5, 0.7)),
            stops("noise", "noise on the input", (0.0, 0.1, 0.2, 0.3, 0.5, 0.8)),
            choice("width", "width", (2, 4, 8, 16, 32)),
            choice("points", "points", (24, 48, 96, 200)),
            check_box("best", "early stopping: best weights so far"),
            push_button("cure", "no cures"),
        ]
        plain = {"decay": 0.0, "dropout": 0.0, "noise": 0.0, "best": False}
        self.plain = plain
        super().__init__(controls, **{"epoch": 400, **plain, "width": 32, "points": 24, "flipped": [], **start})

    def run(self):
        """The run with these controls, and the place of the epoch that is shown."""
        names = ("width", "points")
        settings = {name: self.state[name] for name in names}
        settings |= {name: self.number(name) for name in ("decay", "dropout", "noise")}
        flipped = tuple(sorted(k for k in self.state["flipped"] if k < settings["points"]))
        found = experiments.moons_run(**settings, flipped=flipped)
        at = round(self.number("epoch") / 20)
        if self.state["best"]:
            at = int(np.argmin([losses[3] for losses in found[: at + 1]]))
        return settings, flipped, found, at

    def press(self, what):
        if what == "cure":
            self.set(**self.plain, flipped=[])
        elif what[:5] == "point" and what[5:].isdigit():
            k, flipped = int(what[5:]), list(self.state["flipped"])
            self.set(flipped=[j for j in flipped if j != k] if k in flipped else [*flipped, k])

    def draw(self):
        settings, flipped, found, at = self.run()
        places = ((34, 34, 340, 260), (46, 360, 330, 180)) if self.narrow else ((30, 34, 330, 250), (430, 34, 300, 240))
        plane = Chart(*places[0], (-2.2, 2.2), (-1.7, 1.7))
        right = Chart(*places[1], (0, self.last), (0.0003, 10), log="y")
        net = experiments.moons_network(settings["width"], 0.0, 0.0, 0.0, np.random.default_rng(0))
        net.set_weights(found[at][1])
        x, y = experiments.moons_points(settings["points"], flipped)[0]

        def says(places):
            return sigmoid(net.forward(places)[:, 0])

        parts = [field(plane, says), *labelled_points(plane, x, y[:, 0], flipped), *_moon_curves(right, found, at)]
        told = _told_of_moons(found, at, bool(self.state["best"]), self.number("epoch"), net, settings, flipped)
        size = (400, 600) if self.narrow else (760, 330)
        return svg.drawing(*size, *parts), html.escape(told), told


def _moon_curves(chart, found, at):
    epochs, learnt, unseen = (np.array([row[k] for row in found], float) for k in (0, 2, 4))
    parts = [chart.frame("loss", "epoch", (0, 100, 200, 300, 400), {0.001: "0.001", 0.01: "0.01", 0.1: "0.1", 1: "1"})]
    for values, (colour, dashes) in ((learnt, FOUND), (unseen, UNSEEN)):
        values = np.clip(values, 0.00031, 9.9)
        parts.append(chart.curve(epochs, values, colour, 2.2, dashes))
        parts.append(svg.circle(*chart.at(epochs[at], values[at]), 6, colour, INK))
    return [*parts, legend({"on the points": FOUND, "on new ones": UNSEEN}, chart.left + 10, chart.bottom + 48)]


def _told_of_moons(found, at, best, epoch, net, settings, flipped):
    (x, y), _, (x_new, y_new) = experiments.moons_points(settings["points"], flipped)
    right, unseen = (np.mean((net.forward(a) > 0) == b) for a, b in ((x, y), (x_new, y_new)))
    told = f"Up to epoch {epoch:g}, the weights of epoch {found[at][0]}" if best else f"After epoch {found[at][0]}"
    told += f": {right:.0%} of the points and {unseen:.0%} of 400 new ones are right. "
    told += f"The loss is {_loss(found[at][2])} on the points and {_loss(found[at][4])} on new ones."
    return told + (f" {len(flipped)} wrong label{'s' * (len(flipped) > 1)}." if flipped else "")


class Dropout(LiveDemo):
    """A hidden layer in which neurons fall out by chance, pass after pass, and the mean of what comes out.

    hidden, weights: numbers of your own, of a layer's outputs and of one neuron behind it
    """

    name = "dropout"

    def __init__(self, hidden=(0.9, 0.0, 1.6, 0.4, 1.1, 0.7), weights=(0.8, -1.2, 0.5, 1.5, -0.7, 0.9), **start):
        self.hidden, self.weights = np.asarray(hidden, float), np.asarray(weights, float)
        controls = [
            slider("rate", "rate", 0.0, 0.9, 0.1),
            check_box("training", "training"),
            push_button("one", "one more pass"),
            push_button("hundred", "a hundred more"),
            push_button("again", "from the start"),
        ]
        super().__init__(controls, **{"rate": 0.5, "training": True, "passes": 3, "flipped": [], **start})

    def masks(self):
        """(passes, neurons) of True where a neuron stays; what was flipped by hand belongs to the last pass."""
        passes = max(1, int(self.state["passes"]))
        kept = np.random.default_rng(0).random((passes, len(self.hidden))) >= self.number("rate")
        for k in self.state["flipped"]:
            kept[-1, k] = not kept[-1, k]
        return kept

    def press(self, what):
        more = {"one": 1, "hundred": 100}
        if what in more:
            self.set(passes=min(int(self.state["passes"]) + more[what], 5000), flipped=[])
        elif what == "again":
            self.set(passes=1, flipped=[])
        elif what[:6] == "neuron" and what[6:].isdigit() and self.state["training"]:
            k, flipped = int(what[6:]), list(self.state["flipped"])
            self.set(flipped=[j for j in flipped if j != k] if k in flipped else [*flipped, k])

    def sums(self):
        """What the neuron behind adds up in each pass, and without dropout."""
        scaled = self.masks() * self.hidden / (1 - self.number("rate"))
        return scaled @ self.weights, float(self.hidden @ self.weights)

    def draw(self):
        kept, (sums, whole) = self.masks()[-1], self.sums()
        training = bool(self.state["training"])
        scale = 1 / (1 - self.number("rate")) if training else 1.0
        kept = kept | (not training)
        wide = 400 if self.narrow else 760
        parts = dropped_layer(self.hidden * scale * kept, self.hidden, self.weights, kept, 0.86 * wide / 2)
        parts.append(
            svg.text(0.86 * wide / 2 + 22, 140, svg.signed(sums[-1] if training else whole), 15, BLUE, "start")
        )
        top, left = (330, 46) if self.narrow else (34, 450)
        reach = max(2.0, 1.1 * np.abs([*sums, whole]).max())
        chart = Chart(left, top, 330 if self.narrow else 290, 200, (1, max(len(sums), 2)), (-reach, reach))
        parts += passes(chart, sums, whole)
        told = self._words(kept, sums, whole, training, scale)
        return svg.drawing(wide, 600 if self.narrow else 300, *parts), html.escape(told), told

    def _words(self, kept, sums, whole, training, scale):
        if not training:
            return f"Not in training: nothing falls out, nothing is scaled, and the sum is {svg.signed(whole)}."
        told = f"Pass {len(sums)}: {int((~kept).sum())} of {len(kept)} fell out"
        told += f", the others count {scale:.2f} times; " if kept.any() else "; "
        told += f"the sum is {svg.signed(sums[-1])}. The mean of {len(sums)} is {svg.signed(sums.mean())}; "
        told += f"without dropout it is {svg.signed(whole)}."
        flips = len(self.state["flipped"])
        return told + (f" {flips} of this pass changed by hand." if flips else "")
