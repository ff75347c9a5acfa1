"""Claims: sentences of a chapter that are checked each time the chapter runs."""

import ast
import inspect
import reprlib

import executing
import numpy as np


class ClaimFailed(AssertionError):
    """A sentence of the course that did not hold. Its message says what was seen instead."""


def claim(sentence, holds):
    """Print ``sentence`` with a tick, or fail with the values that its condition was made of.

    What is printed is the same on every machine: the exact numbers belong in a figure.

    Raises ``TypeError`` if ``holds`` is not a plain True or False, because anything else (a text,
    an array) could make a claim that cannot fail, and ``ClaimFailed`` if it is False.
    """
    if not isinstance(holds, (bool, np.bool_)):
        raise TypeError(f"claim needs True or False for {sentence!r}, got {type(holds).__name__}: {holds!r}")
    if not holds:
        raise ClaimFailed(f"{sentence}. This did not hold: {_seen(inspect.currentframe().f_back)}")
    print(f"✔ {sentence}")


def _seen(frame):
    """The condition as it was written, then the value of every variable in it."""
    condition = _condition(executing.Source.executing(frame).node)
    if condition is None:
        return "the condition was False"
    variables = {**frame.f_globals, **frame.f_locals}
    names = dict.fromkeys(node.id for node in ast.walk(condition) if isinstance(node, ast.Name))
    values = [
        f"{name} = {_shown(variables[name])}"
        for name in names
        if isinstance(variables.get(name), (int, float, str, np.ndarray, np.generic, list, tuple))
    ]
    return ", ".join([ast.unparse(condition), *values])


def _condition(call):
    """The second argument of the call as it was written. None if the source is not known or does not show it."""
    if not isinstance(call, ast.Call):
        return None
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    return call.args[1] if len(call.args) > 1 else named.get("holds")


def _shown(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return np.array2string(np.asarray(value), threshold=8)
    return reprlib.repr(value)
