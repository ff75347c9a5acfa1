"""How fast the widgets answer: ``python -m tests.browser.latency``, with names of widgets to measure only those.

Measures in the real JupyterLab, in Chromium, the time from a key press to the changed picture: the median and the
95th percentile of 30, with Nagle's algorithm off, as the course has it, and on, as Jupyter has it. Ends with an
error if a median misses its target.
"""

import sys
from typing import NamedTuple

import numpy as np

from course_lib.widgets.base import Demo

from . import catalogue, driver

PRESSES, WARM_UP = 30, 3
# In milliseconds, for pictures that Python draws and for those that JavaScript does: one frame of a screen.
BY_PYTHON, BY_SCRIPT = 50, 16


class Row(NamedTuple):
    """What is measured: press one of ``keys`` after the other in ``focus`` and watch ``picture``."""

    name: str
    what: str
    focus: str
    keys: tuple
    picture: str
    target: int
    # The method of the widget that does Python's part, if it has any.
    work: str = ""
    # Keys that are pressed before.
    before: tuple = ()


PEN_DOWN = ("Delete", *["ArrowUp"] * 12, " ")
ZIGZAG = ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowDown")
# Widgets that are drawn by a script of their own.
SCRIPTS = {
    "DigitPad": [
        Row("DigitPad", "pen → pad", "canvas.pad", ("ArrowRight", "ArrowLeft"), "canvas.pad", BY_SCRIPT),
        Row("DigitPad", "stroke → pad", "canvas.pad", ZIGZAG, "canvas.pad", BY_SCRIPT, before=PEN_DOWN),
        Row("DigitPad", "stroke → reading", "canvas.pad", ZIGZAG, ".pad-right", BY_PYTHON, "_answer", PEN_DOWN),
    ],
    "Graph": [
        Row("Graph", "step → picture", "input[type=range]", ("ArrowRight", "ArrowLeft"), ".course-picture", BY_SCRIPT),
        Row(
            "Graph",
            "value → picture",
            "input[data-name=a]",
            ("ArrowUp", "ArrowDown"),
            ".course-picture",
            BY_PYTHON,
            "_answer",
        ),
    ],
    "Playground": [
        Row(
            "Playground",
            "neuron → large picture",
            ".pg-node[tabindex='0']",
            ("ArrowLeft", "ArrowRight"),
            ".pg-large",
            BY_SCRIPT,
        ),
        Row("Playground", "tick → points", "[aria-label='test points']", (" ",), ".pg-large", BY_SCRIPT),
        Row("Playground", "step → curves", ".pg-step", ("Enter",), ".pg-curves", BY_PYTHON, "train"),
    ],
}


def rows(kind):
    """The rows of a class of widgets: made from its controls, or taken from the table of scripts."""
    if not issubclass(kind, Demo):
        if kind.__name__ not in SCRIPTS:
            sys.exit(f"{kind.__name__} is drawn by a script: say in latency.py, in SCRIPTS, how to move it.")
        return SCRIPTS[kind.__name__]
    number, label, keys = first_slider(catalogue.make(kind))
    image = "img.course-picture, .course-picture .widget-html-content"
    focus = f":nth-match(.noUi-handle, {number + 1})"
    return [Row(kind.__name__, f"{label} → picture", focus, keys, image, BY_PYTHON, "refresh")]


def first_slider(demo):
    """(its number, its label, the keys for there and back) of the first slider that changes the picture."""
    sliders = [control for control in demo.controls.values() if control.has_trait("readout")]
    for number, slider in enumerate(sliders):
        if not slider.has_trait("step"):
            continue
        before, value = demo.still(), slider.value
        there = slider.step if value < slider.max else -slider.step
        slider.value = value + there
        changed = demo.still() != before
        slider.value = value
        if changed:
            return number, slider.description, ("ArrowRight", "ArrowLeft")[:: 1 if there > 0 else -1]
    sys.exit(f"No slider of {demo.name} changes its picture.")


def measure(page, model, row):
    """The times from key press to picture, in milliseconds."""
    part, times = driver.widget(page, model).locator(row.focus), []
    part.focus()
    for key in row.before:
        page.keyboard.press(key)
    for i in range(WARM_UP + PRESSES):
        page.evaluate("(where) => courseTest.measure(where)", [model, row.picture])
        page.keyboard.press(row.keys[i % len(row.keys)])
        times.append(page.evaluate("courseTest.measured()"))
    if None in times:
        sys.exit(f"{row.name}, {row.what}: the picture does not follow the key.")
    return times[WARM_UP:]


def measure_all(context, names, nagle):
    """A dict from rows to (times, Python's own time or None)."""
    results = {}
    kinds = catalogue.find()
    with driver.jupyterlab({catalogue.PATH: catalogue.notebook()}, nagle) as lab:
        page = driver.open_notebook(context, lab, catalogue.PATH)
        for kind, (model, _) in zip(kinds, driver.run_all(page), strict=True):
            for row in rows(kind):
                if not names or row.name in names:
                    own = driver.ask(page, f"milliseconds({model!r}, {row.work!r})") if row.work else None
                    results[row] = measure(page, model, row), own
        driver.close(page)
    return results


def main(names):
    """Measure, print the table, and say by the exit status whether all targets are met."""
    if problem := driver.missing():
        sys.exit(f"Measuring {problem}.")
    with driver.browser() as context:
        quick = measure_all(context, names, nagle=False)
        slow = measure_all(context, names, nagle=True)
    print(f"{'milliseconds from key press to picture':<46}  median   95th   Nagle on: median   95th   Python   target")
    for row, (times, own) in quick.items():
        figures = [*np.percentile(times, [50, 95]), *np.percentile(slow[row][0], [50, 95])]
        print(
            "{:<46}  {:6.1f} {:6.1f}  {:16.1f} {:6.1f}   {:>6}   {:>6}".format(
                f"{row.name}: {row.what}", *figures, "–" if own is None else f"{own:.1f}", f"≤ {row.target}"
            )
        )
    missed = [row for row, (times, _) in quick.items() if np.median(times) > row.target]
    for row in missed:
        print(f"{row.name}, {row.what}, misses its target of {row.target} ms.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
