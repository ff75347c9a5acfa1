"""The student's process: runs the notebook's cells and answers calls. It knows no expected value.

Everything in here may be read, patched or killed by the student's code, which lives in the same process. So nothing
depends on it: all it can do is to send values, and the judge looks at each of them as at anybody's.
"""

import random

import numpy as np

from course_lib.checking.answers import KINDS, ChangedInput, NotYet, ReturnedNone, is_stub
from course_lib.checking.words import shown_error
from course_lib.grading import statements, wire
from course_lib.grading.cells import LeftOut, Notebook
from course_lib.grading.given import GIVEN

# A notebook with more of them is nobody's exercise.
MOST_STATEMENTS = 5000


def serve(channel, keras):
    """Answer the judge's requests until it closes the channel. ``keras``: whether Keras is there, to be seeded."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 (the student's own code may use it)
    if keras:
        import keras

        keras.utils.set_random_seed(0)
    notebook, answers = Notebook(), Answers()
    while True:
        try:
            request = wire.receive(channel)
        except wire.Closed:
            return
        if "cell" in request:
            reply = _run_cell(request["cell"], request["number"], notebook)
        elif "statements" in request:
            reply = {"statements": statements.hashes(request["statements"])[:MOST_STATEMENTS]}
        elif "candidates" in request:
            reply = {"candidates": len(answers.candidates(request["candidates"], notebook))}
        else:
            reply = _call(request, notebook, answers)
        try:
            wire.send(channel, reply)
        except wire.WireError as error:
            wire.send(channel, {"not yet": str(error)})


def _run_cell(source, number, notebook):
    """Run one cell. The reply says what went wrong, if anything did."""
    return {"errors": [_said(error) for error in notebook.run_cell(source, f"<cell {number}>")[: wire.MOST_ERRORS]]}


def _said(error):
    """An exception in words; of a module that is not there, which one."""
    if isinstance(error, LeftOut):
        return str(error)
    if isinstance(error, ModuleNotFoundError):
        own = (error.name or "").partition(".")[0] == "course_lib"
        return f"{error.name} is not there in grading; what the exercises import is." if own else str(error)
    return shown_error(error)


class Answers:
    """The notebook's answers, each made ready to be called when it is first asked."""

    def __init__(self):
        self._candidates, self._ready = {}, {}

    def candidates(self, name, notebook):
        """What may be the answer of this name, looked up once, when all cells have run."""
        if name not in self._candidates:
            self._candidates[name] = GIVEN.candidates(name, notebook.names)
        return self._candidates[name]

    def get(self, name, which, kind, notebook):
        """One of them, as a function. ``NotYet`` if there is none, or none of this kind."""
        if (name, which) not in self._ready:
            candidates = self.candidates(name, notebook)
            if which >= len(candidates):
                raise NotYet(f"The notebook has no {name}.")
            self._ready[name, which] = KINDS[kind](candidates[which])
        return self._ready[name, which]


def _call(request, notebook, answers):
    """Call the answer that the request names, and put what came of it into words or values."""
    try:
        answer = answers.get(request["call"], request["which"], request["kind"], notebook)
        return {"value": notebook.call(answer, *request["args"])}
    except NotYet as reason:
        return {"not yet": str(reason)}
    except ChangedInput:
        return {"changed": True}
    except ReturnedNone as nothing:
        return {"none": nothing.printed}
    except BaseException as error:
        if is_stub(error):
            return {"stub": True}
        shown = shown_error(error)
        return {"raised": [type(error).__name__, shown.partition(": ")[2]]}
