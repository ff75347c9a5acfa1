"""The student's process: runs the notebook's cells and answers calls. It knows no expected value.

Everything in here may be read, patched or killed by the student's code, which lives in the same process. So nothing
depends on it: all it can do is to send values, and the judge looks at each of them as at anybody's.
"""

import builtins
import contextlib
import io
import random
import sys
import types

import numpy as np

from course_lib.checking.answers import KINDS, ChangedInput, NotYet, ReturnedNone
from course_lib.checking.words import shown_error
from course_lib.grading import wire

# One line of a notebook that is not Python but a command to IPython: %time, !ls, ?help.
MAGIC = ("%", "!", "?")


def serve(channel, keras):
    """Answer the judge's requests until it closes the channel. ``keras``: whether Keras is there, to be seeded."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 (the student's own code may use it)
    if keras:
        import keras

        keras.utils.set_random_seed(0)
    notebook, answers = _notebook(), {}
    while True:
        try:
            request = wire.receive(channel)
        except wire.Closed:
            return
        reply = (
            _run_cell(request["cell"], request["number"], notebook)
            if "cell" in request
            else (_call(request, notebook, answers))
        )
        try:
            wire.send(channel, reply)
        except wire.WireError as error:
            wire.send(channel, {"not yet": str(error)})


def _notebook():
    """The module in which the cells run, as a notebook's do."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    builtins.display = lambda *shown, **options: None
    return module.__dict__


def _run_cell(source, number, notebook):
    """Run one cell. The reply says what went wrong, if anything did."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(_compiled(source, f"<cell {number}>"), notebook)
    except ModuleNotFoundError as error:
        own = (error.name or "").partition(".")[0] == "course_lib"
        return {"error": f"{error.name} is not there in grading; what the exercises import is." if own else str(error)}
    except BaseException as error:
        return {"error": shown_error(error)}
    return {"error": None}


def _compiled(source, name):
    try:
        return compile(source, name, "exec")
    except SyntaxError:
        # Perhaps only IPython would understand it. Without its commands the rest may still be Python.
        if source.lstrip().startswith("%%"):
            return compile("", name, "exec")
        lines = ["" if line.lstrip().startswith(MAGIC) else line for line in source.splitlines()]
        return compile("\n".join(lines), name, "exec")


def _call(request, notebook, answers):
    """Call the answer that the request names, and put what came of it into words or values."""
    name, kind, args = request["call"], request["kind"], request["args"]
    try:
        if name not in notebook:
            return {"not yet": f"The notebook has no {name}."}
        if name not in answers:
            answers[name] = KINDS[kind](notebook[name])
        return {"value": answers[name](*args)}
    except NotImplementedError:
        return {"stub": True}
    except NotYet as reason:
        return {"not yet": str(reason)}
    except ChangedInput:
        return {"changed": True}
    except ReturnedNone as nothing:
        return {"none": nothing.printed}
    except BaseException as error:
        shown = shown_error(error)
        return {"raised": [type(error).__name__, shown.partition(": ")[2]]}
