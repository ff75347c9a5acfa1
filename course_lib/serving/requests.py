"""What a server lets in: a request is text from a stranger, and every wish about it is checked before it is used."""

import json

import numpy as np

# A picture of 8 × 8 numbers takes less than 2 kB of JSON.
MOST_BYTES, MOST_PICTURES, SHAPE = 200_000, 64, (8, 8)


class Refused(Exception):
    """A request that is not answered: its HTTP status, and a sentence that says what would be."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


def pictures_in(body):
    """The pictures in a request, (n, 8, 8) float32, or ``Refused``. body: bytes of JSON, {"pictures": [...]}"""
    if len(body) > MOST_BYTES:
        raise Refused(413, f"at most {MOST_BYTES} bytes")
    return _checked(_field(parsed(body), "pictures"))


def parsed(body):
    """JSON as the standard has it: Python's own reader would let NaN, Infinity and a name's second value in."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_once)
    # Ten thousand opening brackets are more than its stack holds.
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body must be JSON in UTF-8, each name once, without NaN and Infinity") from error


def _no_number(word):
    raise ValueError(word)


def _once(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def must_be_json(content_type):
    """Any page in a browser may send a form or a plain text to any address; for JSON the browser has to ask first."""
    if content_type.split(";")[0].strip().lower() != "application/json":
        raise Refused(415, "the Content-Type must be application/json")


def _field(found, name):
    if not isinstance(found, dict) or set(found) != {name}:
        raise Refused(400, f'the JSON must be an object with "{name}" and nothing else')
    return found[name]


def _checked(pictures):
    rows, columns = SHAPE
    if not _is_list(pictures, range(1, MOST_PICTURES + 1)):
        raise Refused(422, f"pictures must be a list of 1 to {MOST_PICTURES}")
    if not all(_is_list(p, [rows]) and all(_is_list(row, [columns]) for row in p) for p in pictures):
        raise Refused(422, f"each picture must have {rows} rows of {columns} numbers")
    # True counts as 1 in Python, and a text may look like a number; neither is one.
    if not all(type(n) in (int, float) and 0 <= n <= 1 for p in pictures for row in p for n in row):
        raise Refused(422, "each number must lie from 0 to 1")
    return np.array(pictures, np.float32)


def _is_list(value, lengths):
    return isinstance(value, list) and len(value) in lengths
