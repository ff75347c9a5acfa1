"""What a number or an array must be, said in one way: NAME must WISH, got WHAT.

Each check takes the name by which the caller knows the value, then the value, and returns the value as it came;
``whole`` and ``divides`` return it as an int, since Python counts with no 3.0, and 8 bits hold no 4 · 100. If it is not
as wished, it raises ``ValueError`` with that sentence. NaN is never as wished, nor is what is no number, as a text.
"""

import numpy as np

# --- one number


def above_zero(name, value, infinite=False):
    """infinite: whether ∞ will do."""
    if not _so(value, lambda x: 0 < x < np.inf or (infinite and x > 0)):
        raise _refusal(name, "be a number above 0", value)
    return value


def from_zero(name, value):
    """0 or more, and finite."""
    if not _so(value, lambda x: 0 <= x < np.inf):
        raise _refusal(name, "be a number from 0 up", value)
    return value


def below_one(name, value):
    """From 0 to what lies below 1."""
    if not _so(value, lambda x: 0 <= x < 1):
        raise _refusal(name, "be a number from 0 to below 1", value)
    return value


def share(name, value):
    """From 0 to 1, both included."""
    return number(name, value, 0, 1)


def number(name, value, low, high, top="", kinds=None):
    """From low to high, both included. top: what high is, in words   kinds: as for ``whole``"""
    if not _is_of(value, kinds) or not _so(value, lambda x: low <= x <= high):
        raise _refusal(name, f"be a number {_span(low, high)}{top and f', {top}'}", value)
    return value


def whole(name, value, low=1, high=np.inf, kinds=None):
    """A whole number from low to high, both included: 3.0 is one too. Returned as an int.

    kinds: the only types that will do; where they are named, bool, which Python counts as an int, must be named too
    """
    if not _is_of(value, kinds) or not _so(value, lambda x: low <= x <= high and _is_whole(x)):
        raise _refusal(name, f"be a whole number {_span(low, high)}", value)
    return int(value)


def divides(name, value, total, what):
    """A whole number from 1 up, of which total is a multiple. Returned as an int. what: what total is, in words"""
    if not _so(value, lambda x: x >= 1 and _is_whole(x) and total % int(x) == 0):
        raise _refusal(name, f"divide {what}, {total}", value)
    return int(value)


def lengths(name, shape, low=1):
    """A shape as a tuple of ints, each a whole number from low up; as in NumPy, 3 stands for (3,)."""
    return tuple(whole(f"each length in {name}", n, low) for n in (shape if np.iterable(shape) else [shape]))


# --- one text


def one_of(name, value, allowed):
    """One of several texts, such as the keys of a dict."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed) or 'nothing'}; got {value!r}")
    return value


# --- every entry of an array


def hold(name, x, right, wish):
    """right: which entries of x are as wished, of NumPy's True and False. The first of the others is told."""
    if not right.all():
        raise _refusal(name, f"hold {wish}", np.asarray(x)[~right][0])
    return x


def finite(name, x):
    """No NaN and no infinity."""
    return hold(name, x, _each(x, np.isfinite), "finite numbers")


def all_from_zero(name, x):
    """0 or more, and finite."""
    return hold(name, x, _each(x, lambda x: (x >= 0) & (x < np.inf)), "numbers from 0 up")


def all_shares(name, x):
    """From 0 to 1, both included."""
    return hold(name, x, _each(x, lambda x: (x >= 0) & (x <= 1)), "numbers from 0 to 1")


def all_whole(name, x, low, high):
    """Whole numbers from low to high, both included, also by their type: here 3.0 is none."""
    wish = f"whole numbers {_span(low, high)}"
    if not np.issubdtype(np.asarray(x).dtype, np.integer):
        raise _refusal(name, f"hold {wish}", np.asarray(x).dtype)
    return hold(name, x, np.greater_equal(x, low) & np.less_equal(x, high), wish)


def true_or_false(name, x):
    """Nothing that only counts as True or False, such as 1 and 0."""
    if np.asarray(x).dtype != bool:
        raise _refusal(name, "hold True and False", np.asarray(x).dtype)
    return x


def floats(x):
    """x as an array to compute with: floats of 32 bits or more in the width they have, all other numbers as float64.

    In whole numbers without a sign NumPy takes 1 from 0 and finds 255; of 8-bit ones it computes e^x in 16 bits, in
    which the square of 300 is ∞.
    """
    x = np.asarray(x)
    return x if x.dtype.kind == "f" and x.itemsize >= 4 else _as_float64(x)


# --- shapes


def filled(name, x):
    """At least one number: the mean of none is none."""
    if not np.size(x):
        raise ValueError(f"{name} must hold at least one number, got the shape {np.shape(x)}")
    return x


def shape(name, x, *axes, filled=False):
    """axes: a number is an axis' length, a text names one of any length, ``...`` stands for any number of axes.

    filled: whether none may be of length 0
    """
    have = np.shape(x)
    if not _fits(have, axes) or (filled and 0 in have):
        raise _refusal(name, f"have the shape {_named(axes)}{' and not be empty' * filled}", have)
    return x


def same_shape(name, x, what, wanted):
    """NumPy would stretch a shape that is almost right. what: whose shape is wanted, in words"""
    if np.shape(x) != tuple(wanted):
        raise _refusal(name, f"have the shape of {what}, {tuple(wanted)}", np.shape(x))
    return x


def same_floats(first, x, **others):
    """Each array as ``floats`` gives it, at least one number in it, and all of the shape of the first."""
    filled(first, x)
    return [floats(same_shape(name, y, first, np.shape(x))) for name, y in {first: x, **others}.items()]


# --- what the sentences are made of


def _refusal(name, wish, got):
    return ValueError(f"{name} must {wish}, got {got!r}" if isinstance(got, str) else f"{name} must {wish}, got {got}")


def _so(value, right):
    """Whether right(value) holds; of what cannot even be compared, such as None, a list or a text, it does not."""
    try:
        # NumPy compares complex numbers, though none of two lies below the other.
        return not isinstance(value, (complex, np.complexfloating)) and bool(right(value))
    except (TypeError, ValueError, ArithmeticError):
        return False


def _each(x, right):
    """For which entries it is so: of texts, None and complex numbers, for none."""
    try:
        return right(floats(x))
    except ValueError:
        return np.zeros(np.shape(x), bool)


def _is_whole(x):
    return abs(x) != np.inf and x == int(x)


def _as_float64(x):
    """Also numbers that came as objects. A complex number would lose a part of itself, and a text is none."""
    try:
        # Of None NumPy would make NaN, and of the text "3" a number.
        objects = x.flat if x.dtype.kind == "O" else ()
        if x.dtype.kind in "cSUmM" or any(n is None or isinstance(n, (str, bytes, complex)) for n in objects):
            raise TypeError
        return x.astype(float)
    except (TypeError, ValueError):
        raise ValueError(f"an array must hold real numbers to compute with, got {x.dtype}") from None


def _is_of(value, kinds):
    return kinds is None or (isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)))


def _span(low, high):
    low, high = (f"{n:g}" if isinstance(n, float) else f"{n}" for n in (low, high))
    return f"from {low} up" if high == "inf" else f"from {low} to {high}"


def _named(axes):
    """(batch, ..., 4), and (n,) for one axis, as Python writes shapes."""
    texts = ["..." if axis is ... else str(axis) for axis in axes]
    return f"({', '.join(texts)}{',' * (len(texts) == 1)})"


def _fits(have, axes):
    if ... in axes:
        place = axes.index(...)
        axes = (*axes[:place], *["any"] * (len(have) - len(axes) + 1), *axes[place + 1 :])
    pairs = zip(axes, have, strict=False)
    return len(have) == len(axes) and all(axis == length or isinstance(axis, str) for axis, length in pairs)
