"""Whether an answer equals what was wanted: first its type, shape and dtype, then its values."""

import numpy as np

KINDS = {
    "b": "True or False",
    "i": "whole numbers",
    "u": "whole numbers",
    "f": "numbers with a fraction",
    "U": "text",
    "c": "complex numbers",
    "O": "Python objects",
}


def difference(wanted, got, rtol=1e-6, atol=1e-9):
    """None where ``got`` is as ``wanted``, else one sentence that says in what it differs.

    Values are numbers, text, arrays, lists and dicts of these. Nothing is broadcast, and no method
    of ``got`` is called unless its type is exactly one of these: an object cannot declare itself equal.
    """
    if isinstance(wanted, dict):
        return _dict_difference(wanted, got, rtol, atol)
    if isinstance(wanted, (list, tuple)):
        return _list_difference(wanted, got, rtol, atol)
    if isinstance(wanted, str):
        return _text_difference(wanted, got)
    return _type_difference(wanted, got) or _value_difference(np.asarray(wanted), np.asarray(got), rtol, atol)


def keys_difference(wanted, got):
    """None where ``got`` is a dict with the keys of ``wanted``, else one sentence."""
    if type(got) is not dict:
        return f"It is {described(got)}; a dict was wanted."
    if not all(type(key) in (str, int) for key in got):
        return "Its keys must be texts or whole numbers."
    if got.keys() != wanted.keys():
        return f"Its keys are {sorted(map(str, got))}; wanted were {sorted(map(str, wanted))}."
    return None


def _dict_difference(wanted, got, rtol, atol):
    if text := keys_difference(wanted, got):
        return text
    found = ((key, difference(wanted[key], got[key], rtol, atol)) for key in wanted)
    return next((f"At key {key!r}: {text}" for key, text in found if text), None)


def _list_difference(wanted, got, rtol, atol):
    if type(got) not in (list, tuple):
        return f"It is {described(got)}; a {type(wanted).__name__} of {len(wanted)} was wanted."
    if len(got) != len(wanted):
        return f"It has {len(got)} entries; {len(wanted)} were wanted."
    found = ((i, difference(w, g, rtol, atol)) for i, (w, g) in enumerate(zip(wanted, got, strict=True)))
    return next((f"At entry {i}: {text}" for i, text in found if text), None)


def _text_difference(wanted, got):
    if type(got) is not str:
        return f"It is {described(got)}; a text in quotes was wanted."
    same = got.strip().casefold() == wanted.strip().casefold()
    # Which text is right is what the exercise asks, so the sentence does not say it.
    return None if same else f"It is {got!r}, and that is not it."


def _type_difference(wanted, got):
    """Shape and dtype, before any value is looked at."""
    if not _is_number_or_array(got):
        return f"It is {described(got)}; {described(wanted)} was wanted."
    w, g = np.asarray(wanted), np.asarray(got)
    if g.shape != w.shape:
        return f"Its shape is {g.shape}; the shape {w.shape} was wanted."
    whole_for_fraction = w.ndim == 0 and w.dtype.kind == "f" and g.dtype.kind in "iu"
    holds, should_hold = KINDS.get(g.dtype.kind, "something else"), KINDS[w.dtype.kind]
    if holds != should_hold and not whole_for_fraction:
        return f"It holds {holds} ({g.dtype}); {should_hold} ({w.dtype}) were wanted."
    if w.ndim and w.dtype.kind == "f" and g.dtype != w.dtype:
        return f"Its dtype is {g.dtype}; {w.dtype} was wanted."
    return None


def _value_difference(wanted, got, rtol, atol):
    if wanted.dtype.kind != "f":
        equal = got == wanted
    else:
        if np.isnan(got).any() and not np.isnan(wanted).any():
            return "It contains NaN (not a number)."
        equal = np.isclose(got, wanted, rtol=rtol, atol=atol, equal_nan=True)
    if equal.all():
        return None
    if wanted.ndim == 0:
        return "The value differs."
    first = tuple(int(i) for i in np.argwhere(~equal)[0])
    return f"{int((~equal).sum())} of {wanted.size} values differ, the first at index {list(first)}."


def _is_number_or_array(value):
    return type(value) in (bool, int, float, np.ndarray) or (_is_numpy_scalar(value) and value.dtype.kind in "biuf")


def _is_numpy_scalar(value):
    # A class of the learner's own may inherit from NumPy's and lie about itself.
    return type(value) in np.sctypeDict.values()


def described(value):
    """A value's type in words, with its shape if it is an array."""
    if value is None:
        return "None"
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape}"
    names = {
        bool: "True or False",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        tuple: "a tuple",
        dict: "a dict",
    }
    if _is_numpy_scalar(value) and value.dtype.kind in "biuf":
        return names[bool] if value.dtype.kind == "b" else "a number"
    return names.get(type(value)) or f"an object of type {type(value).__name__}"
