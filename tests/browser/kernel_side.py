"""What the tests ask a widget, run in the kernel of the notebook that shows it."""

import base64
import functools
import gc
import json
import statistics
import time

from course_lib.widgets.base import Demo, ScriptDemo


def answer(expression):
    """The value of an expression, which can use the functions below, as JSON."""
    return json.dumps(eval(expression, globals()))


@functools.cache
def widget(model):
    """The widget whose view has this model."""
    return next(
        thing
        for thing in gc.get_objects()
        if issubclass(type(thing), (Demo, ScriptDemo)) and getattr(thing, "box", thing).model_id == model
    )


def controls(model):
    """(name, kind, label, whether a step upwards is left) of every control that has a value."""
    demo = widget(model)
    return [
        (name, type(control).__name__, control.description, has_next(control))
        for name, control in demo.controls.items()
        if name in demo.values
    ]


def has_next(control):
    if control.has_trait("index"):
        return control.index < len(control.options) - 1
    return not control.has_trait("max") or control.value < control.max


def shown(model, **moved):
    """What the page must show of a ``Demo``, with some controls moved first: its picture (HTML, or PNG in base64),
    text, message and description; with its controls' values, and the names of those that have no work.
    """
    demo = widget(model)
    if moved:
        demo.set(**moved)
    picture = demo.picture.value
    return {
        "values": demo.values,
        "idle": [name for name, control in demo.controls.items() if control.disabled],
        "picture": picture if isinstance(picture, str) else base64.b64encode(picture).decode(),
        "text": demo.text.value,
        "message": demo.message.value,
        "name": demo.describe(),
    }


def milliseconds(model, method):
    """How long a method of the widget takes, the median of 30."""
    work, times = getattr(widget(model), method), []
    for _ in range(30):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)
