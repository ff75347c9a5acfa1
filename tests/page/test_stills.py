"""A widget's display: its view with the process that it dies with, and a still beside it."""

import os

from course_lib.page import LiveText
from course_lib.page.stills import WIDGET_VIEW, beside

STILL = {"text/html": "<img>", "text/plain": "words"}


def test_a_still_stands_beside_the_view():
    live = {WIDGET_VIEW: {"model_id": "1"}, "text/plain": "Widget()"}
    view = {"model_id": "1", "process": [os.getpid(), os.getppid()]}
    assert beside(live, STILL) == ({WIDGET_VIEW: view, **STILL}, {})
    assert beside((live, {"a": 1}), STILL) == ({WIDGET_VIEW: view, **STILL}, {"a": 1})
    # What was displayed is left as it is.
    assert live[WIDGET_VIEW] == {"model_id": "1"}


def test_where_there_is_no_kernel_there_is_the_still():
    assert beside(None, STILL) == (STILL, {})


def test_a_text_that_differs_from_machine_to_machine_is_live_and_has_its_still():
    data, _ = LiveText("<b>8 cores</b>", instead="Run this cell & see.")._repr_mimebundle_()
    assert data["text/html"] == "<em>Run this cell &amp; see.</em>"
    assert data["text/plain"] == "Run this cell & see."
    assert os.getpid() in data[WIDGET_VIEW]["process"]
