"""Widgets of chapter 09: who looks at whom in a sentence, and what positional codes look like."""

import math

import numpy as np
import traitlets

from course_lib import limits
from course_lib.attention import attention_weights, causal_mask
from course_lib.drawing import svg
from course_lib.drawing.chart import Chart
from course_lib.drawing.looks import fill, looks
from course_lib.drawing.palette import BLUE, FAINT, GREY, LINE_COLOURS, VERMILION
from course_lib.positions import rotary, sinusoidal
from course_lib.widgets.base import ScriptDemo
from course_lib.widgets.scripts import script, style


def read_sentence(sentence):
    """(words, queries, keys) of the chapter's network in its first layer: a list, and (heads, words, width) twice."""
    from course_lib.experiments.attention import it_reader, numbered

    words, places, layer = it_reader(2).layers[:3]
    x = layer.norm.forward(places.forward(words.forward(np.array([numbered(sentence)]))))
    queries, keys = (layer.layer.layers[k].forward(x)[0].swapaxes(0, 1) for k in (0, 1))
    return sentence.lower().replace(".", "").split(), queries, keys


class Attention(ScriptDemo):
    """A sentence whose words look at each other: hover, change, mask; every number of a score can be edited.

    read: sentence → (words, queries, keys), of a model of one's own; queries and keys (heads, words, width)
    text: the sentence   word, key: the numbers of who looks and who is looked at   head: whose map is drawn
    shown: for each head, whether its lines are drawn   stage: 0 to 3, of ``STAGES``   causal: no look ahead
    queries, keys: what they are now. All of them can be read and set; ``state`` is all of it as a dict.
    """

    _esm, _css = script("attention.js"), style("attention.css")
    name, picture_width = "attention", 760

    text = traitlets.Unicode("the cat sat on the mat because it was tired").tag(sync=True)
    words = traitlets.List([]).tag(sync=True)
    word, key, head = (traitlets.Int(k).tag(sync=True) for k in (7, 1, 3))
    stage = traitlets.Int(3).tag(sync=True)
    causal = traitlets.Bool(False).tag(sync=True)
    shown = traitlets.List([]).tag(sync=True)
    queries, keys = (traitlets.List([]).tag(sync=True) for _ in range(2))
    picture, sentence = (traitlets.Unicode("").tag(sync=True) for _ in range(2))
    sums = traitlets.List([]).tag(sync=True)
    colours = traitlets.List(list(LINE_COLOURS)).tag(sync=True)
    STATE = "text", "queries", "keys", "word", "key", "head", "shown", "stage", "causal"

    def __init__(self, text=None, read=read_sentence, **state):
        super().__init__(**({} if text is None else {"text": text}))
        self.read = read
        self._read()
        self.set(**state)
        self.react("text", self._read)
        for trait in self.STATE[1:]:
            self.react(trait, self._draw)

    @property
    def state(self):
        return {name: getattr(self, name) for name in self.STATE}

    def set(self, **state):
        """Set some of ``state``: the sentence first, since it brings queries and keys of its own."""
        for name in sorted(state, key=self.STATE.index):
            setattr(self, name, state[name])
        self._draw()

    def _read(self):
        words, queries, keys = self.read(self.text)
        queries, keys = (np.asarray(each, float) for each in (queries, keys))
        limits.number("the number of words", len(words), 1, 16)
        limits.shape("queries", queries, "heads", len(words), "width")
        limits.same_shape("keys", keys, "queries", queries.shape)
        with self.hold_sync(), self.hold_trait_notifications():
            self.words, self.queries, self.keys = list(words), queries.tolist(), keys.tolist()
            self.word, self.key = min(self.word, len(words) - 1), min(self.key, len(words) - 1)
            self.head = min(self.head, len(queries) - 1)
            if len(self.shown) != len(queries):
                self.shown = [True] * len(queries)
        self._draw()

    def _draw(self):
        q, k = _numbers("queries", self.queries), _numbers("keys", self.keys)
        limits.whole("word", self.word, 0, len(self.words) - 1)
        limits.whole("key", self.key, 0, len(self.words) - 1)
        limits.whole("head", self.head, 0, len(q) - 1)
        limits.whole("stage", self.stage, 0, 3)
        self.stages = stages(q, k, self.causal)
        with self.hold_sync():
            self.sums = [float(each[self.head, self.word, self.key]) for each in self.stages]
            self.sums = [one if math.isfinite(one) else None for one in self.sums]
            self.picture, self.sentence = looks(self), _sentence(self)

    @property
    def weights(self):
        """(heads, words, words)"""
        return self.stages[3]

    def describe(self):
        return self.sentence

    def still(self):
        return self.picture.encode(), "image/svg+xml"


def _numbers(name, given):
    try:
        numbers = np.array(given, float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} need numbers, such as 0.5.") from None
    if not np.isfinite(numbers).all() or np.abs(numbers).max() > 1e3:
        raise ValueError(f"{name} need numbers between −1000 and 1000.")
    return numbers


def stages(queries, keys, causal):
    """Scores, scaled, masked, and as weights: four arrays (heads, queries, keys)."""
    scores = queries @ keys.swapaxes(-1, -2)
    scaled = scores / np.sqrt(queries.shape[-1])
    masked = np.where(causal_mask(len(scaled[0])), scaled, -np.inf) if causal else scaled
    return scores, scaled, masked, attention_weights(masked)


def _sentence(demo):
    words, row = demo.words, demo.weights[demo.head, demo.word]
    top, weight = words[int(row.argmax())], demo.weights[demo.head, demo.word, demo.key]
    score, scaled = (
        svg.signed(demo.stages[0][demo.head, demo.word, demo.key]),
        svg.signed(demo.stages[1][demo.head, demo.word, demo.key]),
    )
    seen = f"score {score}, scaled {scaled}, weight {weight:.2f}"
    if demo.causal and demo.key > demo.word:
        seen = f"it comes later and is masked: score {score}, weight 0"
    begin = f"Head {demo.head + 1}: “{words[demo.word]}” looks hardest at “{top}” ({row.max():.2f})."
    return f"{begin} At “{words[demo.key]}”: {seen}."


SCHEMES = "sinusoidal", "rotary", "none"


class Positions(ScriptDemo):
    """A code for each position, as clocks, and how well one position matches all the others.

    scheme: of ``SCHEMES``   position: 0 to 39   base: from 2 on, how much slower the last hand is than the first
    """

    _esm, _css = script("attention_positions.js"), style("attention.css")
    name, picture_width = "positions", 760
    LENGTH, WIDTH = 40, 8

    scheme = traitlets.Enum(SCHEMES, "sinusoidal").tag(sync=True)
    position = traitlets.Int(12).tag(sync=True)
    base = traitlets.Float(10_000.0).tag(sync=True)
    picture, sentence = (traitlets.Unicode("").tag(sync=True) for _ in range(2))
    STATE = "scheme", "position", "base"

    def __init__(self, **state):
        super().__init__(**state)
        self._draw()
        for trait in self.STATE:
            self.react(trait, self._draw)

    @property
    def state(self):
        return {name: getattr(self, name) for name in self.STATE}

    def set(self, **state):
        for name, value in state.items():
            setattr(self, name, value)

    def code(self):
        """What each position adds (or, rotary, what becomes of a key of ones): (40, 8)"""
        if self.scheme == "sinusoidal":
            return sinusoidal(self.LENGTH, self.WIDTH, self.base)
        ones = np.tile([1.0, 0.0], (self.LENGTH, self.WIDTH // 2))
        return rotary(ones, np.arange(self.LENGTH), self.base) if self.scheme == "rotary" else ones

    def matches(self):
        """The dot product of the chosen position with each, as a share of that with itself. (40,)"""
        code = self.code()
        return code @ code[self.position] / (code[self.position] @ code[self.position])

    def _draw(self):
        limits.whole("position", self.position, 0, self.LENGTH - 1)
        limits.number("base", self.base, 2, 1e6)
        with self.hold_sync():
            self.picture, self.sentence = _codes(self), _match_sentence(self)

    describe, still = Attention.describe, Attention.still


def _codes(demo):
    """The code as a striped map, a clock for each pair of columns, and the match with all positions below."""
    code, matches = demo.code(), demo.matches()
    parts = [svg.text(16, 18, "the code: a column for each position, drag to choose one", 12, GREY, "start")]
    for (place, row), value in np.ndenumerate(code):
        box = f'x="{16 + 18 * place}" y="{32 + 14 * row}" width="18" height="14"'
        parts.append(f"<rect {box} {fill(value, 1)}/>")
    parts.append(svg.box(16 + 18 * demo.position, 32, 18, 14 * demo.WIDTH, "none", VERMILION, 3, 2))
    for k, (down, across) in enumerate(
        code[demo.position].reshape(-1, 2)
        if demo.scheme == "sinusoidal"
        else code[demo.position].reshape(-1, 2)[:, ::-1]
    ):
        x, y = 70 + 180 * k, 216
        parts += [svg.circle(x, y, 34), svg.line(x, y, x + 30 * across, y - 30 * down, VERMILION, 3)]
        parts.append(svg.text(x + 46, y, f"hand {k + 1}", 12, GREY, "start"))
    chart = Chart(56, 280, 680, 120, (0, demo.LENGTH - 1), (-1.1, 1.1))
    across, down = chart.at(np.arange(demo.LENGTH), matches)
    parts += [
        svg.text(16, 268, "match with each position", 12, GREY, "start"),
        svg.line(56, chart.at(0, 0)[1], 736, chart.at(0, 0)[1], FAINT),
    ]
    parts += [svg.text(48, chart.at(0, y)[1], svg.signed(y, 0), 12, GREY, "end") for y in (-1, 0, 1)]
    parts += [svg.text(chart.at(x, 0)[0], 412, x, 12, GREY) for x in range(0, demo.LENGTH, 5)]
    parts += [svg.path(list(zip(across, down, strict=True)), BLUE, 2.5)]
    parts += [svg.circle(across[demo.position], down[demo.position], 6, VERMILION, VERMILION)]
    return svg.drawing(760, 426, *parts)


def _match_sentence(demo):
    matches = demo.matches()
    others = np.delete(np.arange(demo.LENGTH), demo.position)
    best = others[matches[others] >= matches[others].max() - 1e-9]
    if demo.scheme == "none":
        return (
            f"Without a code, position {demo.position} matches every position alike: nobody can tell who stands where."
        )
    where, match = " and ".join(map(str, best[:2])), svg.signed(matches[best[0]])
    begin = f"{demo.scheme.capitalize()}, base {demo.base:g}: position {demo.position} matches itself by 1,"
    return f"{begin} and best of the others {where}, by {match}."
