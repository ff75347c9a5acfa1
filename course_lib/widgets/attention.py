"""Widgets of chapter 09: who looks at whom in a sentence, and what positional codes look like."""

import math
import re

import numpy as np
import traitlets

from course_lib import limits
from course_lib.attention import attention_weights, causal_mask
from course_lib.drawing import looks, svg
from course_lib.drawing.codes import codes
from course_lib.drawing.palette import LINE_COLOURS
from course_lib.positions import rotary, sinusoidal
from course_lib.widgets.base import ScriptDemo
from course_lib.widgets.scripts import script, style


def read_sentence(sentence):
    """(words, q, k) of the chapter's network in its first layer: a list, and (heads, words, width) twice."""
    from course_lib.experiments.attention import it_reader, numbered

    read = re.findall(r"[a-z]+", sentence.lower())
    if not 1 <= len(read) <= 12:
        raise ValueError(f"This network reads 1 to 12 words, got {len(read)}.")
    words, places, layer = it_reader(2).layers[:3]
    x = layer.norm.forward(places.forward(words.forward(np.array([numbered(" ".join(read))]))))
    q, k = (layer.layer.layers[part].forward(x)[0].swapaxes(0, 1) for part in (0, 1))
    return read, q, k


class Attention(ScriptDemo):
    """A sentence whose words look at each other: hover, mask, unfold a row; each number of it can be edited.

    read: sentence → (words, q, k), of a model of one's own; q and k (heads, words, width)
    text: the sentence   word, key: the numbers of who looks and who is looked at   head: whose map is drawn
    shown: for each head, whether its lines are drawn   stage: 0 to 3, of scores, scale, mask and softmax
    causal: no look ahead   unfolded: whether the key's row shows its arithmetic   q, k: what they are now
    All of them can be read and set; ``state`` is all of it as a dict.
    """

    _esm, _css = script("attention_fold.js", "attention.js"), style("attention.css")
    name, picture_width = "attention", looks.WIDE + looks.MAP

    text = traitlets.Unicode("the cat sat on the mat because it was tired").tag(sync=True)
    words = traitlets.List([]).tag(sync=True)
    word, key, head, stage = (traitlets.Int(number).tag(sync=True) for number in (7, 1, 3, 3))
    causal, unfolded = (traitlets.Bool(on).tag(sync=True) for on in (False, True))
    # (The name "keys" is taken: every widget has one.)
    shown, q, k, sums, fold = (traitlets.List([]).tag(sync=True) for _ in range(5))
    picture, grid, sentence = (traitlets.Unicode("").tag(sync=True) for _ in range(3))
    colours = traitlets.List(list(LINE_COLOURS)).tag(sync=True)
    wish = traitlets.Dict({}).tag(sync=True)
    STATE = "text", "q", "k", "word", "key", "head", "shown", "stage", "causal", "unfolded"

    def __init__(self, text=None, read=read_sentence, **state):
        super().__init__(**({} if text is None else {"text": text}))
        self.read = read
        self._read()
        self.set(**state)
        self.react("text", self._read)
        self.react("wish", self._grant)
        for trait in self.STATE[1:]:
            self.react(trait, self._draw)

    @property
    def state(self):
        return {name: getattr(self, name) for name in self.STATE}

    def set(self, **state):
        """Set some of ``state``: the sentence first, since it brings q and k of its own."""
        for name in sorted(state, key=self.STATE.index):
            setattr(self, name, state[name])
        self._draw()

    def _read(self):
        words, q, k = self.read(self.text)
        q, k = (np.asarray(each, float) for each in (q, k))
        limits.number("the number of words", len(words), 1, 16)
        limits.shape("q", q, "heads", len(words), "width")
        limits.same_shape("k", k, "q", q.shape)
        with self.hold_sync(), self.hold_trait_notifications():
            self.words, self.q, self.k = list(words), q.tolist(), k.tolist()
            self.word, self.key = min(self.word, len(words) - 1), min(self.key, len(words) - 1)
            self.head = min(self.head, len(q) - 1)
            if len(self.shown) != len(q):
                self.shown = [True] * len(q)
        self._draw()

    def _draw(self):
        q, k = _numbers("q", self.q), _numbers("k", self.k)
        limits.whole("word", self.word, 0, len(self.words) - 1)
        limits.whole("key", self.key, 0, len(self.words) - 1)
        limits.whole("head", self.head, 0, len(q) - 1)
        limits.whole("stage", self.stage, 0, 3)
        self.stages = stages(q, k, self.causal)
        sums = [float(each[self.head, self.word, self.key]) for each in self.stages]
        with self.hold_sync():
            self.sums = [one if math.isfinite(one) else None for one in sums]
            self.fold = looks.fold(self)
            self.picture, self.grid, self.sentence = looks.looks(self), looks.grid(self), _sentence(self)

    def _grant(self):
        """Make a number of the unfolded row what is wished: {"what", "value", "at"}; or all {"what": "trained"}."""
        if self.wish["what"] == "trained":
            return self._read()
        q, k, weight = np.array(self.q), np.array(self.k), self.weights[self.head, self.word, self.key]
        wish = {name: self.wish[name] for name in ("what", "value", "at")}
        k[self.head, self.key] = granted(q[self.head, self.word], k[self.head, self.key], weight, **wish)
        self.k = _numbers("k", k).tolist()

    @property
    def weights(self):
        """(heads, words, words)"""
        return self.stages[3]

    def describe(self):
        return self.sentence

    def still(self):
        return looks.both(self).encode(), "image/svg+xml"


def _numbers(name, given):
    try:
        numbers = np.array(given, float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} needs numbers, such as 0.5.") from None
    if not np.isfinite(numbers).all() or np.abs(numbers).max() > 1e3:
        raise ValueError(f"{name} needs numbers between −1000 and 1000.")
    return numbers


def granted(q, k, weight, what, value, at=0):
    """k, changed as little as can be, so that one number of its row becomes ``value``. q, k: (width,)

    what: "product", of number ``at``; "sum"; "scaled"; or "softmax", for which ``weight`` is what it has now
    """
    if what == "product":
        if q[at] == 0:
            raise ValueError("q is 0 there: their product is 0, whatever k is.")
        return np.where(np.arange(len(k)) == at, value / q[at], k)
    if not q.any():
        raise ValueError("All of q is 0: the sum is 0, whatever k is.")
    root = math.sqrt(len(q))
    if what == "softmax":
        limits.number("the weight", value, 0.001, 0.999)
        if not 0 < weight < 1:
            raise ValueError(f"Its weight is {weight:.0f}, whatever k is: change what is masked, or another number.")
        value = q @ k + root * (math.log(value / (1 - value)) - math.log(weight / (1 - weight)))
    wanted = value * root if what == "scaled" else value
    return k + (wanted - q @ k) * q / (q @ q)


def stages(q, k, causal):
    """Scores, scaled, masked, and as weights: four arrays (heads, queries, keys)."""
    scores = q @ k.swapaxes(-1, -2)
    scaled = scores / np.sqrt(q.shape[-1])
    masked = np.where(causal_mask(len(scaled[0])), scaled, -np.inf) if causal else scaled
    return scores, scaled, masked, attention_weights(masked)


def _sentence(demo):
    words, row = demo.words, demo.weights[demo.head, demo.word]
    top, weight = words[int(row.argmax())], demo.weights[demo.head, demo.word, demo.key]
    score, scaled = (svg.signed(demo.stages[stage][demo.head, demo.word, demo.key]) for stage in (0, 1))
    seen = f"score {score}, scaled {scaled}, weight {weight:.2f}"
    if demo.causal and demo.key > demo.word:
        seen = f"it comes later and is masked: score {score}, weight 0"
    begin = f"Head {demo.head + 1}: “{words[demo.word]}” looks hardest at “{top}” ({row.max():.2f})."
    return f"{begin} At “{words[demo.key]}”: {seen}."


SCHEMES = "sinusoidal", "rotary", "none"


class Positions(ScriptDemo):
    """A code for each position, as clocks, and how well one position matches all the others.

    scheme: of ``SCHEMES``, or "own"   position: the number of a column
    base: from 2 on, how much slower the last hand is than the first
    own: a code of your own, (2 to 40 positions, 1 to 16 columns), such as the weights of a PositionEmbedding
    """

    _esm, _css = script("attention_positions.js"), style("attention.css")
    name, picture_width = "positions", 760
    LENGTH, WIDTH = 40, 8

    scheme = traitlets.Enum((*SCHEMES, "own"), "sinusoidal").tag(sync=True)
    position, count = (traitlets.Int(number).tag(sync=True) for number in (12, 40))
    base = traitlets.Float(10_000.0).tag(sync=True)
    picture, sentence = (traitlets.Unicode("").tag(sync=True) for _ in range(2))
    own, schemes, speeds = (traitlets.List([]).tag(sync=True) for _ in range(3))
    STATE = "own", "scheme", "position", "base"

    def __init__(self, own=(), **state):
        own = np.asarray(own, float).tolist()
        super().__init__(**{"own": own, "scheme": "own" if own else "sinusoidal", "position": 1 if own else 12} | state)
        self._draw()
        for trait in self.STATE:
            self.react(trait, self._draw)

    @property
    def state(self):
        return {name: getattr(self, name) for name in self.STATE}

    def set(self, **state):
        """Set some of ``state``."""
        for name in sorted(state, key=self.STATE.index):
            setattr(self, name, state[name])

    def code(self):
        """What each position adds (or, rotary, what becomes of a key of ones and zeros): (positions, columns)"""
        if self.scheme == "own":
            return _numbers("own", self.own)
        if self.scheme == "sinusoidal":
            return sinusoidal(self.LENGTH, self.WIDTH, self.base)
        ones = np.tile([1.0, 0.0], (self.LENGTH, self.WIDTH // 2))
        return rotary(ones, np.arange(self.LENGTH), self.base) if self.scheme == "rotary" else ones

    def matches(self):
        """The dot product of the chosen position with each, as a share of that with itself. (positions,)"""
        code = self.code()
        return code @ code[self.position] / max(code[self.position] @ code[self.position], 1e-12)

    @property
    def hands(self):
        """The angle of each clock's hand at the chosen position, in radians."""
        return [self.position * speed for speed in self.speeds]

    def _draw(self):
        if self.scheme == "own":
            limits.shape("own", _numbers("own", self.own), "positions", "columns")
            limits.number("the number of positions", len(self.own), 2, self.LENGTH)
            limits.number("the number of columns", len(self.own[0]), 1, 16)
        limits.number("base", self.base, 2, 1e6)
        count = len(self.own) if self.scheme == "own" else self.LENGTH
        limits.whole("position", self.position, 0, count - 1)
        slower = [self.base ** (-2 * k / self.WIDTH) for k in range(self.WIDTH // 2)]
        with self.hold_sync():
            self.count, self.schemes = count, [*SCHEMES, "own"] if self.own else list(SCHEMES)
            self.speeds = slower if self.scheme in ("sinusoidal", "rotary") else []
            self.picture, self.sentence = _headed(codes(self), self.scheme), _match_sentence(self)

    describe = Attention.describe

    def still(self):
        return self.picture.encode(), "image/svg+xml"


def _headed(picture, scheme):
    """The picture, which says what its stripes are: in a scheme that adds no code they are a key."""
    if scheme not in ("rotary", "none"):
        return picture
    return picture.replace("the code: a column for each position", "a key (1, 0, 1, 0 …) at each position")


def _match_sentence(demo):
    matches = demo.matches()
    others = np.delete(np.arange(len(matches)), demo.position)
    if np.ptp(matches) < 1e-9:
        return f"Position {demo.position} matches every position alike: nobody can tell who stands where."
    best = others[matches[others] >= matches[others].max() - 1e-9]
    match = svg.signed(matches[best[0]])
    where = " and ".join(map(str, best)) if len(best) < 3 else f"{len(best)} alike"
    named = "Your own code" if demo.scheme == "own" else f"{demo.scheme.capitalize()}, base {demo.base:g}"
    return f"{named}: position {demo.position} matches itself by 1, and best of the others {where}, by {match}."
