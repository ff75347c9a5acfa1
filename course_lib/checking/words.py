"""Values, calls and errors as a learner would type or read them, cut where they get long."""

import contextlib
import itertools

import numpy as np

from course_lib.checking.comparing import described

# Far more than is shown of a value.
LONGEST_TEXT = 400


def shown_call(name, args):
    """A call as a learner would type it."""
    return f"{name}({', '.join(shown_value(arg) for arg in args)})" if args else name


def shown_model_call(name, args):
    """What a ``model_answer`` was asked, in the learner's terms: her function, or the model that it returned."""
    command, *rest = args
    call = shown_call(name, rest) if rest else f"{name}()"
    return call if command == "build" else f"The model that {name} returned, called with {shown_value(rest[0])}"


def shown_error(error):
    """The exception's name and the first line of its message."""
    name = type(error).__name__
    # An exception's own text may fail too, if the learner wrote its class.
    with contextlib.suppress(Exception):
        return f"{name}: {str(error).splitlines()[0]}"
    return name


def shown_value(value, width=88):
    """A value as a learner would type it, cut where it gets long. Calls no method of a type that is not known."""
    text = " ".join(_shown(value, 4).split())
    return text if len(text) <= width else text[: width - 1] + "…"


def _shown(value, depth):
    kind = type(value)
    if kind in (list, tuple, dict):
        return _shown_container(value, depth)
    # NumPy shortens each axis for itself, so that many short ones would all be written out.
    if kind is np.ndarray and value.ndim > 4 and value.size > 1000:
        return described(value)
    if kind is np.ndarray and value.dtype.kind != "O":
        return f"array({np.array2string(value, precision=4, threshold=12, separator=', ')})"
    if kind in np.sctypeDict.values() and value.dtype.kind in "biufU":
        return _shown(value.item(), depth)
    if kind is float:
        return f"{value:.6g}"
    # Python writes out no whole number of more than 4,300 digits.
    if kind is int and value.bit_length() > 10_000:
        return f"a whole number of {value.bit_length()} bits"
    if kind is str:
        return repr(value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + "…")
    return repr(value) if kind in (bool, int) else described(value)


def _shown_container(value, depth):
    if not depth:
        return "…"
    entries = itertools.islice(value.items() if type(value) is dict else value, 8)
    if type(value) is dict:
        shown = [f"{_shown(key, depth - 1)}: {_shown(entry, depth - 1)}" for key, entry in entries]
    else:
        shown = [_shown(entry, depth - 1) for entry in entries]
    shown += ["…"] * (len(value) > len(shown))
    before, after = {list: "[]", tuple: "()", dict: "{}"}[type(value)]
    only = "," * (type(value) is tuple and len(value) == 1)
    return f"{before}{', '.join(shown)}{only}{after}"
