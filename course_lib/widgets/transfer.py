"""Widgets of chapter 14: how much a few labels teach, from what is known already, and a librarian who may say no."""

import html
import textwrap
from functools import cache

import numpy as np

from course_lib.data import digits
from course_lib.drawing import svg
from course_lib.drawing.chart import Chart
from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION
from course_lib.drawing.pixels import image
from course_lib.experiments import transfer_retrieval, transfer_study
from course_lib.experiments.transfer_many import WORLDS, Readers, asked, probes, stored_reader
from course_lib.widgets.live import LiveDemo, choice, slider, stops, text_field

LABELS = transfer_study.LABELS
# What is drawn live, and what was trained beforehand.
PROBED = {"pixels": ORANGE, "random encoder": GREY, "linear probe": BLUE}
TRAINED = {"scratch": VERMILION, "fine-tuning": GREEN}
SAID = {
    "pixels": "the pixels",
    "random encoder": "a random encoder",
    "linear probe": "the encoder of 0 to 4",
    "scratch": "from scratch",
    "fine-tuning": "fine-tuned",
    "yours": "yours",
}
RIDGE = 0.1


@cache
def _stored():
    return transfer_study.stored()


@cache
def _pictures(world):
    """(pool, its labels, judged, their labels): the training and the test pictures of 5 to 9, in rows of pixels."""
    x, y, *_ = digits()
    pool = WORLDS[world][0](x[y >= 5], np.random.default_rng(4))
    (judged, *_), truth = asked("test", world, 1)
    return pool, y[y >= 5] - 5, judged, truth


@cache
def _features(world, method):
    """What a method makes of the pool and of what is judged."""
    pool, _, judged, _ = _pictures(world)
    if method == "pixels":
        return pool, judged
    readers = stored_reader(world) if method == "linear probe" else Readers(1, WORLDS[world][1], seed=90)
    return tuple(readers.features(x[None])[0] for x in (pool, judged))


class FewShot(LiveDemo):
    """Labels a digit against the share of 5 to 9 that is read, from what was learnt on 0 to 4, and from what was not.

    encoder: your own, for digits that wander: takes (n, 12, 12, 1) and gives (n, any width), as a Keras model does
    """

    name = "few_shot"

    def __init__(self, encoder=None, labels=10, world=None, draw=0):
        self.own = None if encoder is None else _made_by(encoder)
        controls = [
            stops("labels", "labels a digit", LABELS),
            choice("world", "digits", list(WORLDS)),
            slider("draw", "which labels", 0, 19),
        ]
        start = world or ("centred" if encoder is None else "wandering")
        super().__init__(controls, drags=True, labels=labels, world=start, draw=draw)

    def chart(self):
        return Chart(52, 40, 330 if self.narrow else 420, 210, (0.9, 110), (0, 1), log="x", beyond=5)

    def grab(self, x, y):
        self._held = self.chart().left - 20 <= x <= self.chart().right + 20 and y < 290

    def drag(self, x, y):
        if self._held:
            value = self.chart().data(x, y)[0]
            self.set(labels=min(LABELS, key=lambda n: abs(np.log(n / value))))

    def press(self, what):
        step = {"ArrowLeft": -1, "ArrowRight": 1}.get(what, 0)
        place = LABELS.index(self.number("labels")) + step
        self.set(labels=LABELS[int(np.clip(place, 0, len(LABELS) - 1))])

    def world(self):
        return self.state["world"] if self.state["world"] in WORLDS else "centred"

    def rows(self):
        """Which pictures of the pool are labelled: the first of a shuffle, so that more labels keep the fewer."""
        _, y, *_ = _pictures(self.world())
        mixed = np.random.default_rng(self.number("draw")).permutation(len(y))
        return np.concatenate([mixed[y[mixed] == k][: self.number("labels")] for k in range(5)])

    def live(self):
        """{method: share right}, from these labels alone."""
        rows, (_, y, _, truth) = self.rows(), _pictures(self.world())
        made = {name: _features(self.world(), name) for name in PROBED}
        if self.own is not None and self.world() == "wandering":
            made["yours"] = self.own
        found = {}
        for name, (pool, judged) in made.items():
            ((said,),) = probes(pool[None, rows], y[None, rows], [judged[None]], [self._ridge(name)])
            found[name] = float(np.mean(said[0] == truth))
        return found

    def _ridge(self, name):
        of = _stored()[self.world()].get(name)
        return of[str(self.number("labels"))]["ridge"] if of else RIDGE

    def draw(self):
        live, chart = self.live(), self.chart()
        parts = [chart.frame("share of 5 to 9 read rightly", "labels a digit", LABELS, (0, 0.2, 0.5, 1))]
        for name, colour in (PROBED | TRAINED).items():
            of = _stored()[self.world()][name]
            counts = np.array([int(n) for n in of])
            right = np.array([np.mean(found["test"]) for found in of.values()])
            parts.append(chart.curve(counts, right, colour, 2, "6 4" if name in TRAINED else ""))
        x, _ = chart.at(self.number("labels"), 0)
        parts.append(svg.line(x, chart.top, x, chart.bottom, INK, 2) + svg.circle(x, chart.bottom, 6, "#fff", INK, 2))
        for name, right in live.items():
            parts.append(svg.circle(*chart.at(self.number("labels"), right), 6, PROBED.get(name, PURPLE), "#fff", 1.5))
        parts += [*_legend(live, self.narrow), *_labelled(self.world(), self.rows(), self.narrow)]
        words = _told(self.world(), self.number("labels"), live)
        return svg.drawing(*((400, 560) if self.narrow else (760, 310)), *parts), html.escape(words), words


def _made_by(encoder):
    pool, _, judged, _ = _pictures("wandering")
    made = [np.asarray(encoder(x.reshape(-1, 12, 12, 1)), float) for x in (pool, judged)]
    for x, of in zip(made, (pool, judged), strict=True):
        if x.ndim != 2 or len(x) != len(of) or not np.isfinite(x).all():
            raise ValueError(f"encoder must give finite numbers of shape ({len(of)}, width), got {x.shape}")
    return made


def _legend(live, narrow):
    left, top = (52, 316) if narrow else (500, 44)
    names = PROBED | TRAINED | ({"yours": PURPLE} if "yours" in live else {})
    for k, (name, colour) in enumerate(names.items()):
        y = top + 19 * k
        if name != "yours":
            yield svg.path([(left, y), (left + 26, y)], colour, 2.4, "6 4" * (name in TRAINED))
        if name in live:
            yield svg.circle(left + 13, y, 5, colour, "#fff", 1)
        yield svg.text(left + 34, y, SAID[name], 13, anchor="start")


def _labelled(world, rows, narrow):
    """The pictures that have a label: the first ten of each digit, or fourteen where there is a row for them alone."""
    left, top, size, gap = (52, 446, 17, 5) if narrow else (500, 176, 20, 5)
    (pool, *_), side = _pictures(world), WORLDS[world][1]
    rows = rows.reshape(5, -1)[:, : 14 if narrow else 10]
    for k, of_digit in enumerate(rows):
        for j, row in enumerate(of_digit):
            yield image(pool[row].reshape(side, side), left + (size + gap) * j, top + (size + gap) * k, size, size)


def _told(world, n, live):
    told = ", ".join(f"{SAID[name]} {right:.0%}" for name, right in live.items())
    of = _stored()[world]
    means = {name: found[str(n)]["test"] for name, found in of.items() if str(n) in found}
    trained = ", ".join(f"{SAID[name]} {np.mean(means[name]):.0%}" for name in TRAINED if name in means)
    gain = np.subtract(means["linear probe"], means["pixels"])
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    verdict = "make no sure difference to"
    if abs(gain.mean()) > 3 * error:
        verdict = "help" if gain.mean() > 0 else "hurt"
    return (
        f"Digits {world}, {n} label{'s' * (n > 1)} a digit. Dots, a straight line on frozen features, from these "
        f"labels: {told}. Networks trained, mean of {len(gain)} draws: {trained or 'not measured here'}. On a mean "
        f"of {len(gain)} draws the features of 0 to 4 {verdict} a straight line: "
        f"{abs(100 * gain.mean()):.1f} points {'more' if gain.mean() > 0 else 'fewer'} than on pixels, give or take "
        f"{error * 100:.1f}."
    )


class Librarian(LiveDemo):
    """A question, the passages that lie nearest, and a threshold below which it is refused.

    texts: your own passages; by default the paragraphs of Python's language reference
    """

    name = "librarian"

    def __init__(self, texts=None, question="How can I leave a loop early?", way="words", threshold=0.4):
        texts = texts if texts is None or isinstance(texts, str) else list(texts)
        if isinstance(texts, str) or (texts is not None and not any(map(transfer_retrieval.words, texts))):
            raise ValueError("texts must be a list of passages with words in them, not one text and not nothing")
        self.library = transfer_retrieval.library() if texts is None else transfer_retrieval.Library(texts)
        controls = [
            text_field("question", "question", 200),
            choice("way", "nearest by", ["words", "meanings"]),
            slider("threshold", "refuse below", 0.0, 1.0, 0.05),
        ]
        super().__init__(controls, drags=True, question=question, way=way, threshold=threshold)

    def way(self):
        return self.state["way"] if self.state["way"] in ("words", "meanings") else "words"

    def found(self):
        """[(score from 0 to 1, passage)]: cosines, or BM25's score over 20, cut at 1."""
        found = self.library.found(str(self.state["question"])[:200], self.way())
        scale = FULL if self.way() == "words" else 1
        # To two digits, as they are told: 0.396 is not below 0.4 and told as 0.40.
        return [(round(float(np.clip(score / scale, 0, 1)), 2), text) for score, text in found]

    def bars(self):
        """Where scores are drawn: (left, width)."""
        return (20, 360) if self.narrow else (20, 220)

    def drag(self, x, y):
        left, width = self.bars()
        self.set(threshold=float(np.clip(round((x - left) / width * 20) / 20, 0, 1)))

    def press(self, what):
        step = {"ArrowLeft": -0.05, "ArrowRight": 0.05}.get(what, 0)
        self.set(threshold=round(float(np.clip(self.number("threshold") + step, 0, 1)), 2))

    def draw(self):
        found, (left, width), parts = self.found(), self.bars(), []
        row, letters = (74, 48) if self.narrow else (46, 64)
        for k, (score, text) in enumerate(found):
            top, passed = 34 + row * k, score >= max(round(self.number("threshold"), 2), 0.01)
            parts.append(svg.box(left, top, width, 14, "#fff", GREY, 1, 0))
            parts.append(svg.box(left, top, max(width * score, 0.5), 14, BLUE if passed else GREY, "none", 0, 0))
            across, down = (left, top + 30) if self.narrow else (left + width + 16, top)
            for j, piece in enumerate(textwrap.wrap(text, letters, max_lines=2, placeholder=" …")):
                parts.append(svg.text(across, down + 3 + 17 * j, piece, 13, anchor="start"))
        at, bottom = left + width * self.number("threshold"), 34 + row * len(found)
        parts += [svg.line(at, 30 + row * k, at, 52 + row * k, VERMILION, 2.5) for k in range(len(found))]
        parts.append(svg.circle(at, 18, 8, "#fff", VERMILION, 2))
        words = self._words(found)
        return svg.drawing(400 if self.narrow else 760, bottom + 10, *parts), html.escape(words), words

    def _words(self, found):
        best, text = found[0]
        scale = f" (BM25 over {FULL})" if self.way() == "words" else " (cosine)"
        head = f"Of {len(self.library.texts)} passages the best scores {best:.2f}{scale}; "
        if best == 0:
            return head + "nothing of the question is in them, so it is refused, whatever the threshold."
        if best < round(self.number("threshold"), 2):
            return head + f"that is below {self.number('threshold'):.2f}, so the question is refused."
        return head + f"that is {self.number('threshold'):.2f} or more, so this passage is handed on: {text}"


# BM25 has no upper end: so much of it fills a bar.
FULL = 20
