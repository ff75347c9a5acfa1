"""The widget of chapter 00: a pad to draw a digit on, which a trained network reads."""

import numpy as np
import traitlets
from matplotlib.figure import Figure

from course_lib.drawing.palette import INK
from course_lib.page.live_text import LiveText
from course_lib.page.pictures import png
from course_lib.plots.start_here import draw_digit, draw_shares
from course_lib.start_here import machine, picture_of
from course_lib.widgets.base import ScriptDemo
from course_lib.widgets.scripts import script, style

# A 3, as a hand might draw it: what the pad shows before anybody has drawn.
THREE = [
    [
        [0.30, 0.20],
        [0.45, 0.12],
        [0.62, 0.16],
        [0.66, 0.29],
        [0.58, 0.41],
        [0.45, 0.46],
        [0.62, 0.50],
        [0.70, 0.64],
        [0.64, 0.80],
        [0.48, 0.88],
        [0.30, 0.82],
    ]
]


class DigitPad(ScriptDemo):
    """Draw with mouse, finger or keyboard; ``read`` says what it is.

    read: a function from one picture, (8, 8) float32 with 0 for paper and 1 for ink, to 10 probabilities
    strokes: what is drawn, a list of lists of [x, y], both from 0 to 1; can be read and set
    picture: the 64 numbers that the network sees   probabilities: its ten outputs   reading: the likeliest digit
    """

    _esm = script("start_here.js")
    _css = style("start_here.css")
    name = "digit_pad"
    picture_width = 720

    strokes = traitlets.List(THREE).tag(sync=True)
    picture = traitlets.List([0.0] * 64).tag(sync=True)
    probabilities = traitlets.List([]).tag(sync=True)
    reading = traitlets.Int(-1).tag(sync=True)

    def __init__(self, read, **traits):
        super().__init__(**traits)
        self._read = read
        self._answer()
        self.react("strokes", self._answer)

    def _answer(self):
        """Turn the strokes into a picture, and let the network read it."""
        picture = picture_of(self.strokes)
        # One message to the browser instead of three.
        with self.hold_sync():
            self.picture = picture.ravel().tolist()
            if not picture.any():
                self.probabilities, self.reading = [], -1
                return
            shares = np.asarray(self._read(picture), float).ravel()
            if shares.shape != (10,) or not np.isfinite(shares).all():
                raise ValueError(f"read must return 10 finite probabilities, got shape {shares.shape}")
            self.probabilities, self.reading = shares.tolist(), int(shares.argmax())

    def describe(self):
        if not self.probabilities:
            return "A pad to draw a digit on. Nothing is drawn yet."
        return (
            "A pad with a digit drawn on it, the same drawing as 8 × 8 shades of grey, "
            "and the network's probabilities for the ten digits."
        )

    def still(self):
        figure = Figure(figsize=(7.2, 2.6), layout="constrained")
        pad, seen, bars = figure.subplots(1, 3, width_ratios=[1, 1, 1.4])
        for stroke in self.strokes:
            pad.plot(
                *np.transpose(stroke), "-", color=INK, linewidth=9, solid_capstyle="round", solid_joinstyle="round"
            )
        pad.set(xlim=(0, 1), ylim=(1, 0), xticks=[], yticks=[], aspect="equal", title="You draw")
        for spine in pad.spines.values():
            spine.set_visible(True)
        draw_digit(seen, np.reshape(self.picture, (8, 8)), "It sees this")
        draw_shares(bars, self.probabilities or [0] * 10, "It reads")
        return png(figure), "image/png"


def machine_report():
    """What runs on this machine, as a table that is shown live and not stored."""
    rows = "".join(
        f"<tr><td>{name}</td><td style='padding-left: 1em'><b>{value}</b></td></tr>"
        for name, value in machine().items()
    )
    return LiveText(f"<table>{rows}</table>", instead="Run this cell to see what runs on your machine.")
