"""The map of the course: a bar for each chapter and one for all, which follow the learner's progress by themselves."""

import contextlib
import html
import threading

import anywidget
import traitlets

from course_lib.drawing.palette import BLUE, GREY
from course_lib.page.stills import beside
from course_lib.widgets.scripts import script, style

STILL = "Run this cell to see how far you are now."
# How often the progress is looked at, in seconds: often enough to be seen, and too rarely to be felt.
PAUSE = 1.0


class CourseMap(anywidget.AnyWidget):
    """What is solved so far, also in other notebooks, without running anything again.

    rows: a function that returns [(name, solved, exercises, points, possible points), …], the last for the whole course
    stamp: a function that returns something else whenever the rows may have changed
    """

    _esm = script("course_map.js")
    _css = style("course_map.css")

    table = traitlets.Unicode().tag(sync=True)
    total = traitlets.Unicode().tag(sync=True)

    def __init__(self, rows, stamp):
        self._rows, self._stamp, self._closed = rows, stamp, threading.Event()
        self._seen = stamp()
        super().__init__(**self._drawn())
        threading.Thread(target=self._follow, daemon=True, name="course map").start()

    def close(self):
        self._closed.set()
        super().close()

    def _drawn(self):
        rows = self._rows()
        _, solved, count, points, possible = rows[-1]
        total = f"{solved} of {count} exercises solved, {points} of {possible} points."
        return {"table": _table(rows), "total": total}

    def _follow(self):
        while not self._closed.wait(PAUSE):
            if (now := self._stamp()) != self._seen:
                self._seen = now
                # A change that cannot be shown is passed over; the next one is looked at again.
                with contextlib.suppress(Exception), self.hold_sync():
                    for name, value in self._drawn().items():
                        setattr(self, name, value)

    def _repr_mimebundle_(self, **kwargs):
        still = f"{self.table}<p>{self.total} <em>{STILL}</em></p>"
        return beside(super()._repr_mimebundle_(**kwargs), {"text/html": still, "text/plain": f"{self.total} {STILL}"})

    def __repr__(self):
        return f"<course map: {self.total}>"


def _table(rows):
    head = "".join(
        f'<th scope="col" style="text-align: left">{name}</th>' for name in ("chapter", "solved", "", "points")
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(_row(*row) for row in rows)}</tbody></table>"


def _row(name, solved, count, points, possible):
    frame = f"width: 90px; height: 10px; border: 1px solid {GREY}"
    bar = f'<div style="width: {100 * solved / max(count, 1):.0f}%; height: 10px; background: {BLUE}"></div>'
    return (
        f'<tr><th scope="row" style="text-align: left; font-weight: 400">{html.escape(name)}</th>'
        f'<td><div style="{frame}" aria-hidden="true">{bar}</div></td>'
        f"<td>{solved} of {count}</td><td>{points} of {possible}</td></tr>"
    )
