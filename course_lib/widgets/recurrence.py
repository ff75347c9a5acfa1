"""Widgets of chapter 08: a state that walks through time, the gates of an LSTM, and what a prediction remembers."""

import numpy as np
import traitlets

from course_lib import limits
from course_lib.drawing import svg, unrolled
from course_lib.drawing.chart import Chart
from course_lib.drawing.palette import INK, LINE_COLOURS, NEGATIVE_SHADE, POSITIVE_SHADE, VERMILION
from course_lib.experiments.recurrence_readers import SIGNS, encoded, reader_of
from course_lib.experiments.recurrence_readers import reader as own_reader
from course_lib.widgets.base import ScriptDemo
from course_lib.widgets.scripts import script, style


class Unroll(ScriptDemo):
    """One neuron with a state, h' = tanh(w x + u h), unrolled over six inputs: forward, and the slope back.

    inputs: six numbers from −1 to 1, or a list of one's own of 2 to 7   w, u: from −2 to 2
    step: how many inputs have been read
    All of them can be read and set, singly or as the dict ``state``.
    """

    _esm, _css = script("recurrence_unroll.js"), style("recurrence.css")
    name, picture_width = "unroll", unrolled.WIDE
    inputs = traitlets.List([1.0, 0.0, 0.0, 0.0, 0.0, 0.0]).tag(sync=True)
    w, u = (traitlets.Float(weight).tag(sync=True) for weight in (1.0, 0.8))
    step = traitlets.Int(3).tag(sync=True)
    picture, sentence = (traitlets.Unicode("").tag(sync=True) for _ in range(2))
    places = traitlets.List([]).tag(sync=True)
    STATE = "inputs", "w", "u", "step"

    def __init__(self, inputs=None, **state):
        super().__init__(**state | ({} if inputs is None else {"inputs": [float(x) for x in inputs]}))
        self._draw()
        for trait in self.STATE:
            self.react(trait, self._draw)

    @property
    def state(self):
        return {name: getattr(self, name) for name in self.STATE}

    @state.setter
    def state(self, state):
        self.set(**state)

    def set(self, **state):
        """Set some of ``state``."""
        for name in sorted(state, key=self.STATE.index):
            setattr(self, name, state[name])

    @property
    def h(self):
        """The states, the first of them the 0 before all inputs: (inputs + 1,)."""
        h = [0.0]
        for x in self.inputs:
            h.append(float(np.tanh(self.w * x + self.u * h[-1])))
        return np.array(h)

    @property
    def slopes(self):
        """How the state after the step answers to each state up to it: (step,), the last of them 1."""
        factors = self.u * (1 - self.h[2 : self.step + 1] ** 2)
        return np.append(np.cumprod(factors[::-1])[::-1], 1.0)

    def _draw(self):
        limits.number("the number of inputs", len(self.inputs), 2, 7)
        for name, value, end in (*(("an input", x, 1) for x in self.inputs), ("w", self.w, 2), ("u", self.u, 2)):
            limits.number(name, value, -end, end)
        limits.whole("step", self.step, 1, len(self.inputs))
        with self.hold_sync():
            self.picture, self.places = unrolled.unrolled(self), unrolled.places(len(self.inputs))
            self.sentence = self.describe()

    def describe(self):
        k, h = self.step, self.h
        x, before, after = self.inputs[k - 1], h[k - 1], h[k]
        left, first = unrolled.left(self.slopes[0]), ""
        if k > 1 and abs(self.slopes[0]) > 1:
            first = f" A small change of the state after step 1 has grown to {left} times itself."
        elif k > 1:
            first = f" Of a small change of the state after step 1, {left} is left."
        return (
            f"Step {k}: h = tanh({svg.signed(self.w)} · {svg.signed(x)} + {svg.signed(self.u)} · {svg.signed(before)}) "
            f"= {svg.signed(after)}.{first}"
        )

    def still(self):
        return self.picture.encode(), "image/svg+xml"


# The chart below the strips, and its frame: left, top, width, height. On a narrow page its words shrink to 10 px.
CHART, FRAME = (366, 186), (62, 26, 296, 116)
# Higher where names of lines stand above.
LEGEND = 24


class Strips(traitlets.HasTraits):
    """A text in several strips under one another, in which one character is looked at; colours show numbers.

    text, focus (the character looked at) and unit can be read and set, singly or as the dict ``state``.
    names: of the strips   rows: of each strip the colours, from −1 to 1: one for each character, or, where there is one
    such row for each character looked at, the row of that one   sentences: of each character looked at
    legend: what the colours say   chart: a picture below the strips, or nothing   span: of the chart's frame left, top,
    width and height as shares of the picture, where a character can be chosen in it; else nothing
    """

    text, legend, chart = (traitlets.Unicode("").tag(sync=True) for _ in range(3))
    focus, unit, units = (traitlets.Int(0).tag(sync=True) for _ in range(3))
    names, rows, sentences, span = (traitlets.List([]).tag(sync=True) for _ in range(4))
    longest = 72

    def begin(self, text, focus, unit=0):
        """Show the text for the first time, and answer from then on."""
        self.text, self.unit = text, unit
        self._answer()
        self.focus = len(text) - 1 if focus is None else focus
        self._draw()
        for trait in ("text", "unit"):
            self.react(trait, self._answer)
        self.react("focus", self._draw)

    def _answer(self):
        if not 2 <= len(self.text) <= self.longest:
            raise ValueError(f"The text needs 2 to {self.longest} characters, and has {len(self.text)}.")
        names, rows, sentences = self.compute()
        # One message to the browser instead of four.
        with self.hold_sync():
            self.focus = min(self.focus, len(self.text) - 1)
            self.names, self.rows, self.sentences = names, rows, sentences
            self._draw()

    def _draw(self):
        self.chart = self.charted()

    def charted(self):
        return ""

    @traitlets.validate("focus")
    def _within(self, proposal):
        if not 0 <= proposal["value"] < len(self.text):
            raise traitlets.TraitError(f"focus must lie between 0 and {len(self.text) - 1}, got {proposal['value']}")
        return proposal["value"]

    @property
    def state(self):
        """{"text", "focus", "unit"}, which can be set again."""
        return {"text": self.text, "focus": self.focus, "unit": self.unit}

    @state.setter
    def state(self, state):
        for name in ("text", "unit", "focus"):
            if name in state:
                setattr(self, name, state[name])

    def shades(self):
        """Of each strip the colours that are seen now: (strips, characters), from −1 to 1; 0 is white."""
        return [row[self.focus] if isinstance(row[0], list) else row for row in self.rows]

    def describe(self):
        return f"“{self.text}”, character {self.focus + 1}. {self.sentences[self.focus]}"

    def still(self):
        return unrolled.strips(self, _mixed).encode(), "image/svg+xml"


def _mixed(shade):
    """White at 0, towards blue at 1 and towards orange at −1."""
    full = POSITIVE_SHADE if shade > 0 else NEGATIVE_SHADE
    parts = (int(full[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(255 + min(abs(shade), 1) * (part - 255)):02X}" for part in parts)


def _shown(sign):
    return {" ": "a space", "\n": "a line end"}.get(sign, f"“{sign}”")


class Gates(Strips, ScriptDemo):
    """What one unit of an LSTM does with a text: its gates, its memory and its output, character by character.

    reader: a ``Reader`` with an LSTM, or a Keras model as ``keras_reader`` makes it; if none, our own
    """

    _esm, _css = script("recurrence.js"), style("recurrence.css")
    name, picture_width = "gates", 640

    def __init__(self, text='It is called "the loop" (see above) or "a walk".', unit=0, focus=None, reader=None):
        super().__init__()
        self.reader = own_reader("LSTM") if reader is None else reader_of(reader)
        if self.reader.cell != "LSTM":
            raise ValueError(f"Gates are shown of an LSTM, and this reader is a {self.reader.cell}")
        self.units = self.reader.layer.params["recurrent_kernel"].shape[0]
        self.legend = "Blue is above 0, orange below; white is 0. Of c, beyond 1 the colour hardly grows."
        self.span = [end / CHART[k % 2] for k, end in enumerate(FRAME)]
        self.begin(text, focus, unit)

    @traitlets.validate("unit")
    def _known(self, proposal):
        if not 0 <= proposal["value"] < max(self.units, 1):
            raise traitlets.TraitError(f"unit must lie between 0 and {self.units - 1}, got {proposal['value']}")
        return proposal["value"]

    def inside(self):
        """{"forget f", "input i", "candidate g", "memory c", "output o", "state h": (time,)} of the unit."""
        layer = self.reader.layer
        y, *_ = layer.forward(self.reader.embedding[encoded(self.text)][None])
        _, _, states, memories = layer.cache
        i, f, g, o = np.array([[gate[0, self.unit] for gate in memory[:4]] for memory in memories]).T
        c = np.array([c[0, self.unit] for _, c in states[1:]])
        names = "forget f", "input i", "candidate g", "memory c", "output o", "state h"
        return dict(zip(names, (f, i, g, c, o, y[0, :, self.unit]), strict=True))

    def compute(self):
        inside = self.inside()
        shades = {name: np.tanh(v) if name == "memory c" else v for name, v in inside.items()}
        self.memory = inside["memory c"]
        before = np.append(0, self.memory[:-1])
        sentences = []
        for k, sign in enumerate(self.text):
            f, i, g, c, o, h = (svg.signed(v[k]) for v in inside.values())
            sentences.append(
                f"Unit {self.unit} at {_shown(sign)}: c = f · c + i · g = "
                f"{f} · {svg.signed(before[k])} + {i} · {g} = {c}; h = o · tanh(c) = {o} · tanh({c}) = {h}."
            )
        return list(shades), [np.round(v, 3).tolist() for v in shades.values()], sentences

    def charted(self):
        """The memory over the text, and where it is at the character looked at."""
        c, places = self.memory, np.arange(len(self.memory))
        low, high = min(-1.0, c.min()), max(1.0, c.max())
        chart = Chart(*FRAME, (0, len(c) - 1), (low - 0.1, high + 0.1))
        # An end that is too near to 0 would be written across it.
        ends = [end for end in (low, high) if abs(end) > 0.15 * (high - low)]
        heights = {0: "0"} | {end: svg.signed(end, 1) for end in ends}
        # Counted from 1, as in the words.
        numbers = {k - 1: k for k in (1, *range(10, len(c) + 1, 10))}
        parts = [chart.frame("memory c along the text", "character", numbers, heights)]
        parts.append(chart.curve(places, c, LINE_COLOURS[0], 2.4))
        parts.append(svg.circle(*chart.at(self.focus, c[self.focus]), 5, VERMILION, VERMILION))
        return svg.drawing(*CHART, *parts)


class Memory(Strips, ScriptDemo):
    """Which earlier characters decide what comes next, and how the gradient falls with distance, for three cells.

    readers: {name: a ``Reader``, or a Keras model as ``keras_reader`` makes them}; the course's own if there are none
    """

    _esm, _css = script("recurrence.js"), style("recurrence.css")
    name, picture_width = "memory", 640

    def __init__(self, text="the interpreter raises an exception: the exc", focus=None, readers=None):
        super().__init__()
        own = {cell: own_reader(cell) for cell in ("SimpleRNN", "LSTM", "GRU")}
        self.readers = own if readers is None else {name: reader_of(each) for name, each in readers.items()}
        self.legend = "The darker a character, the more it decides what comes after the one in the frame, row by row."
        self.begin(text, focus)

    def compute(self):
        self.found = {name: each.connectivity(self.text) for name, each in self.readers.items()}
        rows = [np.round(c / np.maximum(c.max(axis=1, keepdims=True), 1e-30), 3).tolist() for c in self.found.values()]
        next_ones = {name: np.exp(each.read(encoded(self.text)[None])[0][0]) for name, each in self.readers.items()}
        sentences = []
        for k in range(len(self.text)):
            said = []
            for name, p in next_ones.items():
                best = p[k].argmax()
                far = reach(self.found[name][k, : k + 1])
                said.append(f"{name} {_shown(SIGNS[best])} ({100 * p[k, best]:.0f}\u00a0%), {far}")
            sentences.append(f"{MEANING}: {'; '.join(said)}.")
        return list(self.found), rows, sentences

    def charted(self):
        """The gradient against the distance, from the character looked at back: a line for each reader, in factors."""
        left, top, *size = FRAME
        chart = Chart(left, top + LEGEND, *size, (0, max(len(self.text) - 1, 1)), (3e-7, 3), "y")
        ticks = range(0, len(self.text), 5 if len(self.text) <= 40 else 10)
        parts = [chart.frame("gradient, as a part of its greatest", "characters back", ticks, PARTS)]
        for k, (name, strengths) in enumerate(self.found.items()):
            back = strengths[self.focus, : self.focus + 1][::-1]
            back = np.maximum(back / max(back.max(), 1e-30), 1e-30)
            colour, dashes = LINE_COLOURS[k % len(LINE_COLOURS)], ("", "7 4", "2 4")[k % 3]
            parts.append(chart.curve(np.arange(len(back)), back, colour, 2.4, dashes))
            if len(back) == 1:
                parts.append(svg.circle(*chart.at(0, back[0]), 4, colour, colour))
            x = left + 108 * k
            parts.append(svg.path([(x, 10), (x + 26, 10)], colour, 2.4, dashes))
            parts.append(svg.text(x + 32, 10, name, 12, INK, "start"))
        return svg.drawing(CHART[0], CHART[1] + LEGEND, *parts)


MEANING = "What each expects next, and in how many characters nine tenths of its gradient lie"
PARTS = {1: "1", 0.01: "1/100", 1e-4: "1/10,000", 1e-6: "1/million"}


def reach(strengths):
    """How many of the last characters have nine tenths of all strength. strengths: (characters,)"""
    share = np.cumsum(strengths[::-1]) / max(strengths.sum(), 1e-30)
    return int(np.argmax(share >= 0.9)) + 1
