"""Widgets of chapter 12: a doctor who looks at curves and then measures, and a threshold that is moved by hand."""

import html
from functools import lru_cache

import numpy as np

from course_lib import clinic, diagnosis, practice
from course_lib.drawing import svg
from course_lib.drawing.chart import Chart, legend
from course_lib.drawing.palette import BLUE, GREY, INK, ORANGE, VERMILION
from course_lib.widgets.live import LiveDemo, check_box, choice, nearest, slider

# Where a curve that is drawn by hand can be taken, of its 20 epochs; and how each curve looks.
KNOTS = (0, 2, 5, 10, 19)
LOOKS = {"loss": (BLUE, ""), "val_loss": (ORANGE, "7 4"), "accuracy": (BLUE, ""), "val_accuracy": (ORANGE, "7 4")}
HAND, ANY = "drawn by hand", "I do not know"
# What is told of a run that was measured: a name in ``Run.numbers``, in words, and how it is written.
TOLD = {
    "not_finite": ("inputs that are no number", "{:.1%}"),
    "largest": ("largest input", "{:.0f}"),
    "shared": ("validation examples also trained on", "{:.0%}"),
    "commonest": ("share of the commonest class", "{:.0%}"),
    "neighbours": ("neighbours with the same label", "{:.0%}"),
    "twice": ("two predictions differ by", "{:.2f}"),
    "off_one": ("outputs' sum is off 1 by", "{:.2f}"),
    "first_loss": ("loss before training", "{:.2f}"),
    "dead_first": ("dead units before training", "{:.0%}"),
    "dead": ("dead units after it", "{:.0%}"),
    "ratio": ("largest early step, of the weights", ""),
}


@lru_cache(64)
def _case(fault, seed):
    return clinic.unknown_run(seed) if fault == ANY else clinic.run(fault, seed)


class CurveDoctor(LiveDemo):
    """Curves of a run, picked or drawn: what they make likely, and what measuring says.

    history: your own, such as ``fit`` gives: {"loss", "val_loss", "accuracy", "val_accuracy"}
    classes: how many your network tells apart
    """

    name = "curve_doctor"

    def __init__(self, history=None, classes=10, fault=ANY, seed=10, measured=False):
        self.classes = classes
        own = _by_hand(history) if history else _by_hand(_case("healthy", 0).curves)
        controls = [
            choice("fault", "the run's fault", [ANY, *diagnosis.FAULTS, HAND]),
            slider("seed", "case", 0, 60),
            check_box("measured", "measure it"),
        ]
        start = {"fault": HAND if history else fault, "seed": seed, "measured": measured}
        super().__init__(controls, drags=True, own=own, knot=0, **start)

    def curves(self):
        """(curves, classes, the run, or None where they are drawn by hand)"""
        if self.state["fault"] == HAND:
            epochs = np.arange(KNOTS[-1] + 1)
            drawn = {name: np.interp(epochs, KNOTS, heights) for name, heights in self.state["own"].items()}
            return drawn, self.classes, None
        fault = self.state["fault"] if self.state["fault"] in diagnosis.FAULTS else ANY
        run = _case(fault, self.number("seed"))
        return run.curves, run.numbers["classes"], run

    def knots(self):
        """Where the grips lie in the drawing: (20, 2), curve by curve."""
        curves, classes, _ = self.curves()
        places = []
        for name in LOOKS:
            chart, heights = self._of(name), _shown(curves, name, classes)
            places.append(chart.points(np.array(KNOTS), np.clip(heights[list(KNOTS)], *chart.y_ends)))
        return np.concatenate(places)

    def _of(self, name):
        return _doctors_charts(self.narrow)["accuracy" in name]

    def grab(self, x, y):
        found = nearest(self.knots(), x, y, 30)
        self._held = found
        if found >= 0:
            self.set(knot=found)

    def drag(self, x, y):
        if self._held >= 0:
            self._move(self._held, self._of(list(LOOKS)[self._held // 5]).data(x, y)[1])

    def press(self, what):
        knot, moves = int(self.state["knot"]) % 20, {"ArrowUp": 1, "ArrowDown": -1}
        if what in ("ArrowLeft", "ArrowRight"):
            self.set(knot=(knot + (1 if what == "ArrowRight" else -1)) % 20)
        elif what in moves:
            name = list(LOOKS)[knot // 5]
            curves, classes, _ = self.curves()
            height = _shown(curves, name, classes)[KNOTS[knot % 5]]
            self._move(knot, height + moves[what] * self._of(name).y_ends[1] / 20)

    def _move(self, knot, height):
        """Whoever moves a picked curve goes on from it by hand."""
        curves, classes, run = self.curves()
        own = {name: list(heights) for name, heights in (_by_hand(curves) if run else self.state["own"]).items()}
        name = list(LOOKS)[knot // 5]
        height = float(np.clip(height, *self._of(name).y_ends))
        own[name][knot % 5] = height if "accuracy" in name else height * float(np.log(classes))
        self.classes = classes
        self.set(own=own, knot=knot, fault=HAND, measured=False)

    def draw(self):
        curves, classes, run = self.curves()
        parts = [*_frames(_doctors_charts(self.narrow))]
        for name, (colour, dashes) in LOOKS.items():
            heights = _shown(curves, name, classes)
            # Where there is no number there is no curve, not one that falls out of the frame.
            heights = np.where(heights < 0, np.nan, heights)
            parts.append(self._of(name).curve(np.arange(len(heights)), heights, colour, 2.4, dashes))
        for k, (x, y) in enumerate(self.knots()):
            chosen = k == int(self.state["knot"]) % 20
            parts.append(svg.circle(x, y, 7 if chosen else 4, "#fff", VERMILION if chosen else GREY, 2))
        told = _told(curves, classes, run, self.state["measured"])
        size = (400, 550) if self.narrow else (760, 310)
        return svg.drawing(*size, *parts), "<br>".join(map(html.escape, told)), " ".join(told)


def _doctors_charts(narrow):
    """The frames of losses and of shares right: beside one another, or below."""
    epochs, left = (0, KNOTS[-1]), 46
    wide, high = (330, 190) if narrow else (310, 200)
    other = (left, 310) if narrow else (424, 60)
    return Chart(left, 60, wide, high, epochs, (0, 2.5), beyond=6), Chart(*other, wide, high, epochs, (0, 1))


def _frames(charts):
    titles, ticks = ("loss, in multiples of log K", "share right"), ((0, 1, 2), (0, 0.5, 1))
    for chart, title, marks in zip(charts, titles, ticks, strict=True):
        yield chart.frame(title, "epoch", (0, 5, 10, 15), marks)
    yield legend({"training": (BLUE, ""), "validation": (ORANGE, "7 4")}, 46, 18)


def _by_hand(history):
    """The heights of each curve at the knots, stretched over 20 epochs: what is no number lies at 0."""
    at = {}
    for name in LOOKS:
        heights = np.nan_to_num(np.asarray(history[name], float), posinf=99, neginf=0)
        at[name] = np.interp(np.array(KNOTS) / KNOTS[-1], np.linspace(0, 1, len(heights)), heights).tolist()
    return at


def _shown(curves, name, classes):
    """A curve as it is drawn: losses as multiples of log K, and what is no number below the frame."""
    heights = np.asarray(curves[name], float) / (1 if "accuracy" in name else np.log(classes))
    return np.nan_to_num(heights, nan=-1, posinf=99)


def _written(form, value):
    """As the form says; without one with two digits that count: 0.013."""
    return form.format(value) if form else np.format_float_positional(float(f"{value:.2g}"), trim="-")


def _told(curves, classes, run, measured):
    found = diagnosis.suspects(curves, classes)
    told = [f"{classes} classes. By the curves: " + "; ".join(f"{fault} ({reason})" for fault, reason in found) + "."]
    if not measured:
        return [*told, "Not measured yet." if run else "A drawing cannot be measured: only its curves speak."]
    if run is None:
        return [*told, "A drawing cannot be measured: only its curves speak."]
    numbers = (
        f"{words} {_written(form, run.numbers[name]) if np.isfinite(run.numbers[name]) else '–'}"
        for name, (words, form) in TOLD.items()
    )
    fault, reason = diagnosis.diagnose(run.numbers)
    named = f"Diagnosis: {fault}, because {reason}. Cure: {diagnosis.FAULTS[fault]}."
    truth = "" if fault == run.fault else f" It was {run.fault}."
    return [*told, "Measured: " + ", ".join(numbers) + ".", named + truth]


def _threshold_charts(narrow):
    """The frames of the scores, of ROC and of precision: beside one another, or two below."""
    width, (second, third), top, side = (330, (46, 236), 310, 140) if narrow else (260, (356, 576), 46, 170)
    bars = Chart(46, 46, width, 200, (0, 1), (0, 1))
    high = 140 if narrow else 200
    return bars, *(Chart(left, top, side, high, (0, 1), (0, 1)) for left in (second, third))


class Threshold(LiveDemo):
    """Scores of two classes and a threshold: what it finds, what it misses, and where it lies on ROC and on precision.

    y_true: 0 and 1, y_score: from 0 to 1; your own, or else by chance, with a share of positives and a distance
    """

    name = "threshold"

    def __init__(self, y_true=None, y_score=None, threshold=0.5, share=0.2, apart=2.0):
        self.own = None if y_true is None else (np.asarray(y_true).astype(int), np.asarray(y_score, float))
        if self.own and not ((self.own[1] >= 0) & (self.own[1] <= 1)).all():
            raise ValueError("y_score must lie from 0 to 1: give probabilities, as of sigmoid, not logits")
        controls = [slider("threshold", "threshold", 0.0, 1.0, 0.01)]
        if self.own is None:
            controls.append(slider("share", "share of positives", 0.02, 0.5, 0.02))
            controls.append(slider("apart", "apart", 0.0, 4.0, 0.5))
        super().__init__(controls, drags=True, threshold=threshold, share=share, apart=apart)

    def scores(self):
        """(labels, scores from 0 to 1)"""
        if self.own is not None:
            return self.own
        rng = np.random.default_rng(0)
        y = (np.arange(1000) < round(1000 * self.number("share"))).astype(int)
        return y, 1 / (1 + np.exp(-rng.standard_normal(1000) - self.number("apart") * (y - 0.5)))

    def charts(self):
        return _threshold_charts(self.narrow)

    def grab(self, x, y):
        self._held = next((k for k, c in enumerate(self.charts()) if c.left - 9 <= x <= c.right + 9), -1)
        if self.narrow and y < 280:
            self._held = 0

    def drag(self, x, y):
        """On the bars the threshold itself; on a curve the threshold of its nearest point."""
        if self._held == 0:
            self.set(threshold=round(float(self.charts()[0].data(x, y)[0]), 2))
        elif self._held > 0:
            at, value, thresholds = self._curves()[self._held - 1]
            place = nearest(self.charts()[self._held].points(at, value), x, y, np.inf)
            self.set(threshold=round(float(np.clip(thresholds[place], 0, 1)), 2))

    def press(self, what):
        step = {"ArrowLeft": -0.01, "ArrowRight": 0.01}.get(what, 0)
        self.set(threshold=round(float(np.clip(self.number("threshold") + step, 0, 1)), 2))

    def _curves(self):
        """[(x, y, thresholds)] of ROC and of precision against recall."""
        y, score = self.scores()
        fpr, tpr, at = practice.roc_curve(y, score)
        precisions, recalls, _ = practice.precision_recall_curve(y, score)
        return [(fpr, tpr, at), (recalls, precisions, at)]

    def draw(self):
        y, score = self.scores()
        said = (score >= self.number("threshold")).astype(int)
        (tn, fp), (fn, tp) = practice.confusion_matrix(y, said, 2)
        precision, recall = practice.precision(y, said), practice.recall(y, said)
        places = [(fp / max(fp + tn, 1), recall), (recall, precision if tp + fp else 1.0)]
        parts = [*self._bars(y, score), *self._drawn_curves(places)]
        custom = "" if tp + fp else " by custom (its curve begins at 1)"
        words = (
            f"Of {tp + fn} positives {tp} are found and {fn} missed; of {fp + tn} negatives {fp} are taken for "
            f"positive. Precision {precision:.2f}{custom}, recall {recall:.2f}, F1 {practice.f1(y, said):.2f}, "
            f"accuracy {np.mean(said == y):.2f} (always “negative”: {np.mean(y == 0):.2f}). Over all thresholds: AUROC "
            f"{practice.auroc(y, score):.2f}, average precision {practice.average_precision(y, score):.2f}."
        )
        size = (400, 500) if self.narrow else (760, 300)
        return svg.drawing(*size, *parts), html.escape(words), words

    def _bars(self, y, score):
        chart, edges = self.charts()[0], np.linspace(0, 1, 26)
        counts = [np.histogram(score[y == k], edges)[0] for k in (0, 1)]
        highest = max(max(map(max, counts)), 1)
        yield chart.frame("scores", "score", (0, 0.5, 1), {1: f"{highest}"})
        for count, colour, k in zip(counts, (ORANGE, BLUE), (0, 1), strict=True):
            for left, height in zip(edges, count / highest, strict=False):
                x, top = chart.at(left + 0.02 * k, height)
                yield svg.box(x + 1, top, chart.width / 52, chart.bottom - top, colour, colour, 0, 0) if height else ""
        x = chart.at(self.number("threshold"), 0)[0]
        yield svg.line(x, chart.top, x, chart.bottom, VERMILION, 3) + svg.circle(x, chart.top, 7, "#fff", VERMILION, 2)
        yield legend({"negative": (ORANGE, ""), "positive": (BLUE, "")}, chart.left, 14)

    def _drawn_curves(self, places):
        names = ("ROC: true positive rate", "false positive rate"), ("precision", "recall")
        for chart, (x, y, _), place, name in zip(self.charts()[1:], self._curves(), places, names, strict=True):
            yield chart.frame(*name, (0, 0.5, 1), (0, 0.5, 1))
            yield chart.curve(x, y, INK, 2.2)
            yield svg.circle(*chart.at(*place), 7, "#fff", VERMILION, 3)
