"""Widgets that Python draws anew whenever something is typed, moved, pointed at, pressed or dragged.

A widget's controls are described in Python and made by ``live.js``; all that they say is one dict, ``state``.
"""

import numpy as np
import traitlets

from course_lib.widgets.base import ScriptDemo
from course_lib.widgets.scripts import script, style

# Where an arrow key moves what is held: across and up.
ARROWS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, 1), "ArrowDown": (0, -1)}


def text_field(name, label, most=200):
    return {"kind": "text", "name": name, "label": label, "most": most}


def slider(name, label, low, high, step=1):
    return {"kind": "slide", "name": name, "label": label, "min": low, "max": high, "step": step}


def _options(options):
    """[[what is shown, value], …] of values, or of such pairs."""
    return [list(option) if isinstance(option, tuple) else [f"{option}", option] for option in options]


def stops(name, label, options):
    """A slider that stops at these values only. options: values, or (what is shown, value)"""
    return {"kind": "stops", "name": name, "label": label, "options": _options(options)}


def choice(name, label, options):
    """A list to choose from. options: values, or (what is shown, value)"""
    return {"kind": "list", "name": name, "label": label, "options": _options(options)}


def check_box(name, label):
    return {"kind": "check", "name": name, "label": label}


def push_button(name, label):
    return {"kind": "button", "name": name, "label": label}


def play(name, label):
    """Two buttons: one presses ``name`` once, the other again and again, each time that the last is drawn."""
    return {"kind": "play", "name": name, "label": label}


class LiveDemo(ScriptDemo):
    """A drawing that follows a state. A subclass gives its controls and its ``state`` at first, and writes ``draw``.

    draw() returns (drawing, words as HTML, words as plain text); press(what) answers a click, or does nothing.
    state["cell"] is the part of the drawing, marked data-cell, that is pointed at; where ``pins``, a click keeps it.
    Where ``drags``, a hand moves things on the drawing: grab(x, y) is where it goes down and drag(x, y) where it is, in
    the drawing's units; and press is told the keys, as "ArrowLeft". ``finished`` ends what plays.
    """

    _esm = script("live.js")
    _css = style("live.css")
    picture_width = 760

    state = traitlets.Dict({}).tag(sync=True)
    controls = traitlets.List([]).tag(sync=True)
    # What was pressed and not answered when the page last spoke: [its name, its number], in their order.
    presses = traitlets.List([]).tag(sync=True)
    # What was done by hand last: which grip it was, where it began and where it is.
    dragged = traitlets.Dict({}).tag(sync=True)
    # The number of the press that was answered last.
    answered = traitlets.Int(0).tag(sync=True)
    pins = traitlets.Bool(False).tag(sync=True)
    drags = traitlets.Bool(False).tag(sync=True)
    finished = traitlets.Bool(False).tag(sync=True)
    # Whether there is room for half the width only, as beside a list of files on a small screen.
    narrow = traitlets.Bool(False).tag(sync=True)
    drawing = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Unicode("").tag(sync=True)

    def __init__(self, controls, pins=False, drags=False, **state):
        super().__init__(controls=controls, pins=pins, drags=drags, state={"cell": "", **state})
        self._names, self._grip = set(self.state), None
        self._answer()
        self.react("state", self._answer)
        self.react("narrow", self._answer)
        self.react("presses", self._on_presses)
        self.react("dragged", self._on_drag)

    def set(self, **state):
        """Move several controls at once: ``demo.set(text="def")``."""
        self.state = {**self.state, **state}

    def draw(self):
        raise NotImplementedError

    def press(self, what):
        """Answer a click on a button, or on a cell of the drawing; where ``drags``, also a key."""

    def grab(self, x, y):
        """Answer a hand that goes down on the drawing."""

    def drag(self, x, y):
        """Answer a hand that has gone down, there and wherever it moves."""

    def _on_presses(self):
        for name, number in [press for press in self.presses if press[1] > self.answered][:1]:
            try:
                self.press(name)
            finally:
                self.answered = number
                self._on_presses()

    def _on_drag(self):
        if self.dragged["grip"] != self._grip:
            self._grip = self.dragged["grip"]
            self.grab(*self.dragged["start"])
        self.drag(*self.dragged["place"])

    def _answer(self):
        for name in sorted(set(self.state) - self._names):
            raise ValueError(f"{self.name} has no control {name!r}; it has {', '.join(sorted(self._names))}")
        drawing, words_, told = self.draw()
        with self.hold_sync():
            self.drawing, self.words, self._told = drawing, words_, told

    def number(self, name):
        """A control's value, within the control's ends; one set from Python may be any number."""
        spec = next(spec for spec in self.controls if spec["name"] == name)
        if spec["kind"] == "stops":
            return min((value for _, value in spec["options"]), key=lambda value: abs(value - self.state[name]))
        value = float(np.clip(float(self.state[name]), spec["min"], spec["max"]))
        return round(value) if isinstance(spec["step"], int) else value

    def describe(self):
        return self._told

    def still(self):
        return self.drawing.encode(), "image/svg+xml"


def nearest(places, x, y, within):
    """The number of the place that is nearest to a point of the drawing; -1 where none is near. places: (n, 2)"""
    far = np.hypot(*(np.reshape(places, (-1, 2)) - (x, y)).T)
    return int(far.argmin()) if len(far) and far.min() <= within else -1
