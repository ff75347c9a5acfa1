"""Values, calls and errors as a learner would type or read them, cut between words where they get long."""

import contextlib
import itertools
import re

import numpy as np

from course_lib.checking.comparing import OneOf, described

WIDTH, LONGEST_REASON = 88, 160
# Far more than is shown of a value.
LONGEST_TEXT = 400
# Digits of a number: as many as are pleasant to read, and where two numbers look alike, as many as tell them apart.
DIGITS = (6, 9, 12, 17)
# NumPy's own, whatever the notebook has set.
PRINTING = {
    "edgeitems": 3,
    "linewidth": 75,
    "suppress": False,
    "nanstr": "nan",
    "infstr": "inf",
    "formatter": None,
    "sign": "-",
    "floatmode": "maxprec",
    "legacy": False,
}
# What Keras and TensorFlow say before and after what is the matter.
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
BOILERPLATE = re.compile(
    r"Exception encountered when calling |Graph execution error|Detected at node |File \"|in user code:|Stack trace"
    r"|\d+ root error|\[\[\{\{node|Could not automatically infer the output shape .*Error encountered:$"
)
# Between the two stands the whole input, over many lines.
INPUT = re.compile(r"Invalid input shape for input .*?(?=Expected shape )", re.DOTALL)
AROUND = re.compile(r"\{\{function_node [^}]*\}\}\s*|\s*\[\[\{\{node.*|\s*\[Op:.*|^\(\d+\) [A-Z_]+:\s*")


def shown_call(name, args):
    """A call as a learner would type it."""
    return f"{name}({', '.join(shown_value(arg) for arg in args)})" if args else name


def shown_model_call(name, args):
    """What a ``model_answer`` was asked, in the learner's terms: her function, or the model that it returned."""
    command, *rest = args
    call = shown_call(name, rest) if rest else f"{name}()"
    return call if command == "build" else f"The model that {name} returned, called with {shown_value(rest[0])}"


def shown_error(error):
    """The exception's name and that line of its message which says something."""
    name = type(error).__name__
    # An exception's own text may fail too, if the learner wrote its class.
    with contextlib.suppress(Exception):
        if reason := _reason(str(error)):
            return f"{name}: {cut(reason, LONGEST_REASON)}"
    return name


def _reason(text):
    text = INPUT.sub("", COLOUR.sub("", text).partition("\nArguments received by ")[0])
    lines = [line.strip() for line in text.splitlines()]
    # AutoGraph shows the learner's code first, and last what is wrong with it.
    if lines and lines[0] == "in user code:":
        lines = lines[::-1]
    said = [AROUND.sub("", line) for line in lines if not BOILERPLATE.match(line)]
    return next(filter(None, [*said, *lines]), "")


def shown_value(value, width=WIDTH):
    """A value as a learner would type it, cut where it gets long. Calls no method of a type that is not known."""
    return cut(_one_line(value, DIGITS[0]), width)


def shown_pair(wanted, got, found):
    """What was wanted and what came, so that the two look different.

    found: the first ``Difference`` of the two   returns: two texts. That is the values, or where these are long, or
    differ in what no text shows, the first entries that differ, with their place.
    """
    for digits in DIGITS:
        texts = _one_line(wanted, digits), _one_line(got, digits)
        if any(len(text) > WIDTH or "…" in text or "..." in text for text in texts):
            break
        if texts[0] != texts[1] and _tell_apart(found, digits):
            return texts
    place = "".join(f"[{_index(step)}]" for step in found.place)
    where = f"at {place}: " if place else ""
    return tuple(where + text for text in _shown_entries(found.wanted, found.got))


def _index(step):
    return ", ".join(map(str, step)) if type(step) is tuple else repr(step)


def _tell_apart(found, digits):
    """Whether the entries that differ first look different, written with so many digits."""
    wanted, got = found.wanted, found.got
    if found.place and type(found.place[-1]) is tuple and type(wanted) is np.float64 and type(got) is np.float64:
        # In an array, as many digits stand behind the point.
        return f"{wanted:.{digits - 2}f}" != f"{got:.{digits - 2}f}"
    return _one_line(wanted, digits) != _one_line(got, digits)


def _shown_entries(wanted, got):
    for digits in DIGITS:
        texts = _one_line(wanted, digits), _one_line(got, digits)
        if texts[0] != texts[1] and max(map(len, texts)) <= WIDTH:
            return texts
    if type(wanted) is str and type(got) is str:
        return _parted_texts(wanted, got)
    texts = cut(texts[0], WIDTH), cut(texts[1], WIDTH)
    return texts if texts[0] != texts[1] else (_form(wanted), _form(got))


def _parted_texts(wanted, got):
    """Two long texts from a little before where they part."""
    start = next((i for i, (w, g) in enumerate(zip(wanted, got, strict=False)) if w != g), min(len(wanted), len(got)))
    start = max(0, start - 20)
    return tuple(
        ("…" if start else "") + cut(repr(text[start : start + LONGEST_TEXT]), WIDTH) for text in (wanted, got)
    )


def _form(value):
    """A value's type, length and dtype, where its entries do not show the difference."""
    if type(value) is np.ndarray:
        return f"{described(value)}, {value.dtype}"
    return f"{described(value)} of {len(value)}" if type(value) in (list, tuple, dict) else described(value)


def cut(text, width):
    """The text, or as many whole words of it as fit, if there are some."""
    if len(text) <= width:
        return text
    kept = text[: width - 1]
    words = kept.rpartition(" ")[0].rstrip(" ,")
    return (words if len(words) > width // 2 else kept) + "…"


def _one_line(value, digits):
    with np.printoptions(**PRINTING):
        return " ".join(_shown(value, 4, digits).split())


def _shown(value, depth, digits):
    kind = type(value)
    if kind in (list, tuple, dict):
        return _shown_container(value, depth, digits)
    # NumPy shortens each axis for itself, so that many short ones would all be written out.
    if kind is np.ndarray and value.ndim > 4 and value.size > 1000:
        return described(value)
    if kind is np.ndarray and value.dtype.kind != "O":
        return f"array({np.array2string(value, precision=digits - 2, threshold=12, separator=', ')})"
    if kind in np.sctypeDict.values() and value.dtype.kind in "biufU":
        return _shown(value.item(), depth, digits)
    if kind is OneOf:
        return " or ".join(dict.fromkeys(_shown(one, depth, digits) for one in value.values))
    if kind is float:
        return _shown_float(value, digits)
    # Python writes out no whole number of more than 4,300 digits.
    if kind is int and value.bit_length() > 10_000:
        return f"a whole number of {value.bit_length()} bits"
    if kind is str:
        return repr(value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + "…")
    return repr(value) if kind in (bool, int) else described(value)


def _shown_float(value, digits):
    """As it is, if that is short, else rounded; never as if it were a whole number."""
    text = repr(value)
    if len(text) > digits + 4:
        text = f"{value:.{digits}g}"
    return text if set(".en") & set(text) else f"{text}.0"


def _shown_container(value, depth, digits):
    if not depth:
        return "…"
    entries = itertools.islice(value.items() if type(value) is dict else value, 8)
    if type(value) is dict:
        shown = [f"{_shown(key, depth - 1, digits)}: {_shown(entry, depth - 1, digits)}" for key, entry in entries]
    else:
        shown = [_shown(entry, depth - 1, digits) for entry in entries]
    shown += ["…"] * (len(value) > len(shown))
    before, after = {list: "[]", tuple: "()", dict: "{}"}[type(value)]
    only = "," * (type(value) is tuple and len(value) == 1)
    return f"{before}{', '.join(shown)}{only}{after}"
