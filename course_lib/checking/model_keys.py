"""A key by which a trained model is found: what must not change it, what must, and what to say where it is not so."""

import re
import string

import numpy as np

from course_lib.checking.answers import NotYet, function_answer
from course_lib.checking.check import Check
from course_lib.checking.mistakes import wrong_functions
from course_lib.checking.words import shown_value

ROUNDS, LENGTH = 3, 64
FORM = "Return hashlib.sha256(bytes).hexdigest() as it is: a text of 64 hexadecimal characters."
BUILT_IN = "Python's own hash() gives a text another number in each new process. hashlib's sha256 gives the same one."
AGAIN = "Nothing that changes by itself may go into it: no clock, no random number, no id()."
ORDER = "Sort the names: json.dumps(settings, sort_keys=True)."
INNER = "The dicts inside have to be sorted too. json.dumps with sort_keys=True does that."
LAYOUT = "How an array lies in memory is no part of it: data.tobytes() gives the rows one after the other."
SETTINGS = "The settings have to go into it, names and values, also those inside."
SWAPPED = "Which value belongs to which name counts. Keep each pair together, in the order of the names."
KINDS = 'The text "3" is not the number 3: json.dumps keeps the quotes, str does not.'
CODE = "The code has to go into it, all of it: each space, each line end, each capital letter."
JSON = "json.dumps knows no arrays. Give it the rest; hashlib takes its text and data.tobytes(), one after the other."
BYTES = "The text of a long array leaves most of it out, and rounds the rest. Take its bytes: data.tobytes()."
PLACES = "The same numbers at other places are other data. Take all of the bytes, in their order."
DTYPE = "The same numbers, or the same bytes, as another dtype are other data: put str(data.dtype) into it."
SHAPE = "The same bytes in another shape are other data: put data.shape into it."


def keyed(*hints, points, mistakes):
    """A check for a function of (settings, data, code) that gives a key: decorates a right one."""

    def decorate(right):
        def judge(trial):
            for _ in range(ROUNDS):
                _judge(trial, *_run(trial.rng))

        wrong = wrong_functions(mistakes, right)
        return Check(right.__name__, judge, function_answer, points, hints, wrong, right.__module__)

    return decorate


def _judge(trial, settings, data, code):
    key = _asked(trial, JSON, settings, data, code)
    hint = BUILT_IN if _looks_built_in(key) else FORM
    trial.require(_is_key(key), f"It gave {shown_value(key)}; 64 hexadecimal characters were wanted.", hint)
    for what, hint, *run in _same(settings, data, code):
        again = _asked(trial, LAYOUT, *run) if hint is LAYOUT else trial.ask(*run)
        trial.require(str(again) == str(key), f"{what}, and the key is another one.", hint)
    for what, hint, *run in _other(trial.rng, settings, data, code):
        trial.require(str(trial.ask(*run)) != str(key), f"{what}, and the key stays the same.", hint)


def _asked(trial, hint, *run):
    """The answer's key. Where it raises of the array that it is given, with this hint."""
    try:
        return trial.ask(*run)
    except NotYet as reason:
        said = str(reason)
        if hint is LAYOUT or "not JSON serializable" in said:
            reason.parts["hint"] = hint
        raise


def _is_key(key):
    return isinstance(key, str) and len(key) == LENGTH and set(key) <= set(string.hexdigits)


def _looks_built_in(key):
    """Whether this is a number of 64 bits, as hash() gives it, or its digits."""
    try:
        number = int(key, 0) if isinstance(key, str) else key
    except ValueError:
        return False
    return isinstance(number, int | np.integer) and abs(int(number)) < 2**64


def _run(rng):
    """(settings, data, code) of a training. data: (rows, columns) float32, with more numbers than NumPy prints"""
    optimizer = {"name": str(rng.choice(["adam", "sgd"])), "rate": float(rng.integers(1, 10)) / 1000}
    settings = {"width": int(rng.integers(100, 256)), "optimizer": optimizer, "seed": int(rng.integers(100))}
    data = rng.normal(size=(2 * int(rng.integers(50, 60)), 24)).astype("float32")
    number = 10 * int(rng.integers(1, 5)) + int(rng.integers(5, 10))
    return settings, data, f"def model(x):\n    return x @ w + {number}\n"


def _same(settings, data, code):
    turned = dict(reversed(settings.items()))
    inside = {**settings, "optimizer": dict(reversed(settings["optimizer"].items()))}
    yield "The same run was asked twice", AGAIN, settings, data, code
    yield "The settings came in another order", ORDER, turned, data, code
    yield "The optimizer's settings came in another order", INNER, inside, data, code
    yield "The same array lay otherwise in memory", LAYOUT, settings, np.asfortranarray(data), code


def _other(rng, settings, data, code):
    inside = {**settings, "optimizer": {**settings["optimizer"], "rate": settings["optimizer"]["rate"] + 0.001}}
    renamed = {name + "s" * (name == "width"): value for name, value in settings.items()}
    more, nudged = {**settings, "seed": settings["seed"] + 1}, data.copy()
    swapped = {**settings, "width": settings["seed"], "seed": settings["width"]}
    row, column = len(data) // 2 + int(rng.integers(9)), int(rng.integers(5, 19))
    nudged[row, column] = np.nextafter(nudged[row, column], np.float32(9))
    yield "The seed is another one", SETTINGS, more, data, code
    yield "The optimizer's rate is another one", SETTINGS, inside, data, code
    yield "Width and seed have changed places", SWAPPED, swapped, data, code
    yield "A setting has another name", SETTINGS, renamed, data, code
    yield "The seed is a text now", KINDS, {**settings, "seed": str(settings["seed"])}, data, code
    yield "Another number stands in the code", CODE, settings, data, code.replace("+ ", "+ 1")
    yield "Two digits in the code have changed places", CODE, settings, data, re.sub(r"(\d)(\d)", r"\2\1", code)
    yield "One more space stands in the code", CODE, settings, data, code.replace("  return", "   return")
    yield "The code ends with one more line", CODE, settings, data, code + "\n"
    yield "A name in the code has a capital letter", CODE, settings, data, code.replace("w", "W")
    yield "One number in the middle of the data is a little larger", BYTES, settings, nudged, code
    yield "The rows of the data stand in another order", PLACES, settings, data[::-1].copy(), code
    yield "The same numbers came as float64", DTYPE, settings, data.astype("float64"), code
    yield "The same bytes came as whole numbers", DTYPE, settings, data.view("int32"), code
    yield "The same numbers came in another shape", SHAPE, settings, data.reshape(-1, 48), code
    yield "The same rows came in another shape", SHAPE, settings, data.reshape(len(data), 2, -1), code


WRONG_KEYS = {
    FORM: "hexdigest() → hexdigest()[:16]",
    BUILT_IN: lambda settings, data, code: str(hash((str(settings), data.tobytes(), code))),
    AGAIN: "said.encode() → (said + np.random.default_rng().bytes(8).hex()).encode()",
    ORDER: ", sort_keys=True →",
    INNER: "[settings, → [sorted(settings.items()),; , sort_keys=True →",
    LAYOUT: 'data.tobytes() → data.tobytes("A")',
    SETTINGS: "[settings, → [sorted(settings),",
    SWAPPED: "[settings, → [sorted(str(settings)),",
    KINDS: "[settings, → [{k: v if type(v) is dict else str(v) for k, v in settings.items()},",
    CODE: ", code] → ]",
    BYTES: "data.tobytes() → str(data).encode()",
    PLACES: "data.tobytes() → np.sort(data, axis=None).tobytes()",
    DTYPE: "str(data.dtype), →",
    SHAPE: "data.shape, →",
}
