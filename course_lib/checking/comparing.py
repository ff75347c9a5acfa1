"""Whether an answer equals what was wanted: first its type, shape and dtype, then its values.

What is the same thing written otherwise is right: 18.0 for 18, a tuple for a list, an array for a list of numbers,
"upside-down" for "upside down".
"""

from dataclasses import dataclass, replace

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
# Of a float that was to be a whole number: how many times its dtype's epsilon it may be off, relatively.
ROUNDING = 16
# How many times as far off a small number may be as a larger one beside it, up to 1, may be.
BESIDE_LARGER = 10
LONGEST_TEXT = 60


@dataclass(frozen=True)
class OneOf:
    """Several values, each of which is right: ``one_of(3, 4)``."""

    values: tuple


def one_of(*values):
    """In the place of a right value: any of these is right."""
    return OneOf(values)


def settled(wanted):
    """The right value with the first one chosen wherever several are right."""
    if isinstance(wanted, OneOf):
        return settled(wanted.values[0])
    if isinstance(wanted, dict):
        return {key: settled(entry) for key, entry in wanted.items()}
    return type(wanted)(map(settled, wanted)) if type(wanted) in (list, tuple) else wanted


@dataclass(frozen=True)
class Difference:
    """In what two values differ: in a sentence, and the first entries that do, with their place.

    A place is one step for each container: a key, a number, or a tuple of numbers into an array.
    """

    text: str
    wanted: object
    got: object
    place: tuple = ()

    def inside(self, where, step):
        """The same difference, seen from the container around it."""
        return replace(self, text=f"At {where} {step!r}: {self.text}", place=(step, *self.place))


@dataclass(frozen=True)
class Nearness:
    """How near two fractions must be: by ``rtol`` and ``atol``, or alike when rounded to so many ``decimals``.

    Beside a larger number in the same array a small one may be off by about as much as that one may: who computes in
    float32 cannot do better, and is right. With atol=0 each number stands for itself.
    """

    rtol: float = 1e-6
    atol: float = 1e-9
    decimals: int | None = None

    def holds(self, wanted, got):
        """For each entry of two arrays, whether they are near."""
        if self.decimals is None:
            size = np.abs(wanted)
            largest = np.max(size, where=np.isfinite(size), initial=0.0)
            beside = np.where(size < largest, BESIDE_LARGER * self.rtol * min(largest, 1.0), 0.0)
            atol = np.maximum(self.atol, beside) if self.atol else 0.0
            return np.isclose(got, wanted, rtol=self.rtol, atol=atol, equal_nan=True)
        unit = 10.0**-self.decimals
        low, high = zip(_rounded(wanted / unit), _rounded(got / unit), strict=True)
        return (np.abs(got - wanted) <= unit * (0.5 + 1e-9)) & (np.maximum(*low) <= np.minimum(*high))


def _rounded(x):
    """The nearest whole number; where two are as near, both, since either way of rounding is right."""
    return np.ceil(x - 0.5 - 1e-6), np.floor(x + 0.5 + 1e-6)


def difference(wanted, got, rtol=1e-6, atol=1e-9, decimals=None):
    """None where ``got`` is as ``wanted``, else one sentence that says in what it differs."""
    found = first_difference(wanted, got, Nearness(rtol, atol, decimals))
    return found and found.text


def first_difference(wanted, got, near=None):
    """None where ``got`` is as ``wanted``, else the first ``Difference``. near: a ``Nearness``

    Values are numbers, text, arrays, lists and dicts of these. Nothing is broadcast, and no method
    of ``got`` is called unless its type is exactly one of these: an object cannot declare itself equal.
    """
    near = near or Nearness()
    if isinstance(wanted, OneOf):
        found = [first_difference(value, got, near) for value in wanted.values]
        return found[0] if all(found) else None
    if isinstance(wanted, dict):
        return _dict_difference(wanted, got, near)
    if isinstance(wanted, (list, tuple)):
        return _list_difference(wanted, got, near)
    if isinstance(wanted, str):
        return _text_difference(wanted, got)
    return _number_difference(wanted, got, near)


def keys_difference(wanted, got):
    """None where ``got`` is a dict with the keys of ``wanted``, else one sentence."""
    if type(got) is not dict:
        return f"It is {described(got)}; a dict was wanted."
    if not all(type(key) in (str, np.str_, int) for key in got):
        return "Its keys must be texts or whole numbers."
    if got.keys() != wanted.keys():
        return f"Its keys are {sorted(map(str, got))}; wanted were {sorted(map(str, wanted))}."
    return None


def _dict_difference(wanted, got, near):
    if text := keys_difference(wanted, got):
        return Difference(text, wanted, got)
    found = ((key, first_difference(wanted[key], got[key], near)) for key in wanted)
    return next((one.inside("key", key) for key, one in found if one), None)


def _list_difference(wanted, got, near):
    if type(got) not in (list, tuple) and not (type(got) is np.ndarray and got.ndim and got.dtype.kind in "biufU"):
        text = f"It is {described(got)}; a {type(wanted).__name__} of {len(wanted)} was wanted."
        return Difference(text, wanted, got)
    if len(got) != len(wanted):
        return Difference(f"It has {len(got)} entries; {len(wanted)} were wanted.", wanted, got)
    found = ((i, first_difference(w, g, near)) for i, (w, g) in enumerate(zip(wanted, got, strict=True)))
    return next((one.inside("entry", i) for i, one in found if one), None)


def _text_difference(wanted, got):
    if type(got) not in (str, np.str_):
        return Difference(f"It is {described(got)}; a text in quotes was wanted.", wanted, got)
    if _letters(got) == _letters(wanted):
        return None
    shown = got if len(got) <= LONGEST_TEXT else f"{got[:LONGEST_TEXT].rpartition(' ')[0] or got[:LONGEST_TEXT]} …"
    # Which text is right is what the exercise asks, so the sentence does not say it.
    return Difference(f"It is {str(shown)!r}, and that is not it.", wanted, got)


def _letters(text):
    """What a word is known by, however it is written: "leaky ReLU" is "leaky_relu", or "LeakyReLU"."""
    folded = text.strip().casefold()
    return "".join(filter(str.isalnum, folded)) or folded


def _number_difference(wanted, got, near):
    if not _is_number_or_array(got):
        made = " np.array makes one of it." if type(wanted) is np.ndarray and type(got) in (list, tuple) else ""
        return Difference(f"It is {described(got)}; {described(wanted)} was wanted.{made}", wanted, got)
    if type(wanted) is type(got) is int:
        return Difference("The value differs.", wanted, got) if wanted != got else None
    w, g = _as_array(wanted), _as_array(got)
    if near.decimals is not None and w.dtype.kind in "iu":
        w = w.astype(float)
    text = _type_difference(w, g)
    return Difference(text, wanted, got) if text else _value_difference(w, g, near)


def _type_difference(w, g):
    """Shape and dtype, before any value is looked at."""
    if g.shape != w.shape:
        return f"Its shape is {g.shape}; the shape {w.shape} was wanted."
    if not _may_hold(w, g):
        return (
            f"It holds {KINDS.get(g.dtype.kind, 'something else')} ({g.dtype}); "
            f"{KINDS[w.dtype.kind]} ({w.dtype}) were wanted."
        )
    if w.ndim and g.dtype.kind == w.dtype.kind == "f" and g.dtype.itemsize < w.dtype.itemsize:
        return f"Its dtype is {g.dtype}; {w.dtype} was wanted."
    return None


def _may_hold(w, g):
    """Whether the numbers in ``g`` are of the kind that ``w`` holds: 18.0 can stand for 18, and 1 for 1.0."""
    if w.dtype.kind in "iu" and g.dtype.kind == "f":
        return _is_whole(g)
    if w.dtype.kind == "f" and g.dtype.kind in "iu":
        # Where fractions were cut off, that is what is to be said.
        return w.ndim == 0 or _is_whole(w)
    return KINDS.get(w.dtype.kind) == KINDS.get(g.dtype.kind)


def _is_whole(x):
    """Whether all entries are whole numbers but for rounding. What is not finite has its own sentence."""
    finite = x[np.isfinite(x)].astype(float)
    return bool(_whole(x).holds(np.round(finite), finite).all())


def _whole(x):
    """How near a float must be to a whole number: it may have been rounded, as 360 * (1 - 0.95) is."""
    return Nearness(min(ROUNDING * np.finfo(x.dtype).eps, 1e-6), 1e-9)


def _value_difference(w, g, near):
    if "f" in (w.dtype.kind, g.dtype.kind):
        equal = (near if w.dtype.kind == "f" else _whole(g)).holds(w.astype(float), g.astype(float))
    else:
        equal = w == g
    if equal.all():
        return None
    is_nan = g != g
    if is_nan.any() and not (w != w).any():
        text, first = "It contains NaN (not a number).", _first(is_nan)
    else:
        first = _first(~equal)
        text = f"{(~equal).sum()} of {w.size} values differ, the first at index {list(first)}."
    if w.ndim == 0:
        return Difference(text if is_nan else "The value differs.", w[()], g[()])
    return Difference(text, w[first], g[first], (first,))


def _first(marks):
    return tuple(int(i) for i in np.argwhere(marks)[0])


def _as_array(value):
    """The value as an array; of a whole number that is too large for any, the nearest float, perhaps infinity."""
    if type(value) is int and not -(2**63) <= value < 2**64:
        return np.array(float(value) if value.bit_length() < 1024 else np.copysign(np.inf, value > 0 or -1))
    return np.asarray(value)


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
        np.str_: "a text",
        list: "a list",
        tuple: "a tuple",
        dict: "a dict",
        set: "a set, which has no order",
    }
    if _is_numpy_scalar(value) and value.dtype.kind in "biuf":
        return names[bool] if value.dtype.kind == "b" else "a number"
    return names.get(type(value)) or f"an object of type {type(value).__name__}"
