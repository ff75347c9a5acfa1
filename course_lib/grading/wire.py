"""What the two processes say to each other: values as JSON, arrays as npy, in frames of bounded size.

A frame is two numbers (the bytes of the header and of all arrays), the header, the arrays. The header is
``{"value": …, "arrays": [bytes of each]}``. Nothing in it is ever executed: no pickle, no eval. Whoever sits at the
other end may send what he likes, so each bound is checked before what it bounds is read, allocated or parsed.
"""

import functools
import io
import itertools
import json
import re
import struct
import time

import numpy as np

MAX_HEADER, MAX_ARRAYS, MAX_COUNT, MAX_DEPTH, MAX_BRACKETS = 4 << 20, 16 << 20, 1000, 24, 200_000
LONGEST_NPY_HEADER = 2000
# What is told of one cell.
MOST_ERRORS = 3
# As Python has it for texts of whole numbers.
MAX_DIGITS = 4300
# True or False, whole numbers, fractions, complex numbers, text.
KINDS = "biufcU"
_PREFIX = struct.Struct(">II")


class WireError(Exception):
    """A value that cannot be sent, or a frame that breaks the rules. The message is a sentence for the learner."""


class Closed(Exception):
    """The other end is gone."""


class TooSlow(Exception):
    """The other end did not answer in time."""


class Foreign:
    """Stands in for an object of a type that does not travel. Its class is named after that type."""


def foreign(name):
    """A stand-in for an object whose type has this name."""
    return _foreign_class(name if isinstance(name, str) and name.isidentifier() and len(name) <= 60 else "unknown")()


@functools.lru_cache(256)
def _foreign_class(name):
    return type(name, (Foreign,), {})


def send(channel, value):
    """Send one value. ``WireError`` if it does not fit into a frame, ``Closed`` if nobody is there."""
    frame = packed(value)
    try:
        channel.sendall(frame)
    except TimeoutError as error:
        raise TooSlow from error
    except OSError as error:
        raise Closed from error


def receive(channel, deadline=None):
    """The next value. ``deadline``, in ``time.monotonic`` seconds, is for all of it, however it trickles in."""
    header_size, arrays_size = _PREFIX.unpack(_read(channel, _PREFIX.size, deadline))
    if header_size > MAX_HEADER or arrays_size > MAX_ARRAYS:
        raise WireError(
            f"The value is too large: at most {MAX_ARRAYS >> 20} MiB of arrays and {MAX_HEADER >> 20} MiB "
            "of other values can be judged."
        )
    header = _read(channel, header_size, deadline)
    return unpacked(header, _read(channel, arrays_size, deadline))


def _read(channel, size, deadline):
    data = bytearray()
    while len(data) < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TooSlow
            channel.settimeout(left)
        try:
            part = channel.recv(min(size - len(data), 1 << 20))
        except TimeoutError as error:
            raise TooSlow from error
        except OSError as error:
            raise Closed from error
        if not part:
            raise Closed
        data += part
    return data


def packed(value):
    """A value as a frame."""
    arrays = []
    header = json.dumps({"value": _outgoing(value, arrays, 0), "arrays": [len(array) for array in arrays]}).encode()
    body = b"".join(arrays)
    if len(header) > MAX_HEADER or len(body) > MAX_ARRAYS or len(arrays) > MAX_COUNT:
        raise WireError(
            f"The value is too large: at most {MAX_ARRAYS >> 20} MiB of arrays, {MAX_COUNT} of them, and "
            f"{MAX_HEADER >> 20} MiB of other values can be judged."
        )
    return _PREFIX.pack(len(header), len(body)) + header + body


def _outgoing(value, arrays, depth):
    """The value as JSON has it. What JSON has no word for is a dict with one entry, which says what it is."""
    if depth > MAX_DEPTH:
        raise WireError(f"The value is nested more than {MAX_DEPTH} deep.")
    kind = type(value)
    if value is None or kind in (bool, str, float):
        return value
    if kind is int:
        return value if value.bit_length() < 3 * MAX_DIGITS else {"object": "int"}
    if kind is list:
        return [_outgoing(entry, arrays, depth + 1) for entry in value]
    if kind is tuple:
        return {"tuple": [_outgoing(entry, arrays, depth + 1) for entry in value]}
    if kind is dict:
        return {"dict": [[_outgoing(part, arrays, depth + 1) for part in item] for item in value.items()]}
    # By the exact type: an object that inherits from an array may lie about itself.
    if kind is np.ndarray or kind in np.sctypeDict.values():
        return _outgoing_array(value, arrays)
    return {"object": kind.__name__}


def _outgoing_array(value, arrays):
    if value.dtype.kind not in KINDS:
        return {"object": "object_array" if type(value) is np.ndarray else type(value).__name__}
    file = io.BytesIO()
    np.save(file, value, allow_pickle=False)
    arrays.append(file.getvalue())
    return {"array" if type(value) is np.ndarray else "scalar": len(arrays) - 1}


def unpacked(header, body):
    """The value of a frame."""
    try:
        _check_brackets(header)
        parsed = json.loads(header)
        sizes = parsed["arrays"]
        if type(sizes) is not list or len(sizes) > MAX_COUNT or any(type(n) is not int or n < 0 for n in sizes):
            raise WireError("The list of arrays is not one.")
        if sum(sizes) != len(body):
            raise WireError("The arrays are not as long as they were said to be.")
        ends = np.cumsum([0, *sizes]).tolist()
        # Each is taken out when it is named, or a frame could name one a million times, each time for a copy.
        view = memoryview(body)
        arrays = {number: view[start:end] for number, (start, end) in enumerate(itertools.pairwise(ends))}
        return _incoming(parsed["value"], arrays, 0)
    except WireError:
        raise
    # NumPy's and json's own ways to say that something is not what it should be are many.
    except Exception as error:
        raise WireError("What came back is not a value.") from error


def _check_brackets(header):
    """A header that is nested too deep, or that would grow much when it is parsed, is not parsed at all."""
    if header.count(b"[") + header.count(b"{") > MAX_BRACKETS:
        raise WireError("The value has too many parts.")
    depth = 0
    # Each byte is looked at once: nothing that was taken is given back, and a text need not end.
    for found in re.finditer(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', header, re.S):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(found[0], 0)
        # A dict's entry is three brackets deep in a frame.
        if depth > 3 * MAX_DEPTH + 4:
            raise WireError(f"The value is nested more than {MAX_DEPTH} deep.")


def _incoming(node, arrays, depth):
    if depth > MAX_DEPTH:
        raise WireError(f"The value is nested more than {MAX_DEPTH} deep.")
    if type(node) is list:
        return [_incoming(entry, arrays, depth + 1) for entry in node]
    if type(node) is not dict:
        return node
    ((what, content),) = node.items()
    if what == "tuple":
        return tuple(_incoming(entry, arrays, depth + 1) for entry in content)
    if what == "dict":
        return {_key(_incoming(key, arrays, depth + 1)): _incoming(entry, arrays, depth + 1) for key, entry in content}
    if what == "array":
        return _array(arrays.pop(content))
    if what == "scalar":
        return _array(arrays.pop(content))[()]
    return foreign(content)


def _key(key):
    """A dict's key, which must be hashable; a check will say that one which is neither text nor number is wrong.

    Whole numbers have at most 64 bits: of larger ones any number can be found that hash alike, and a dict of these
    takes time that grows with its square. (Texts are hashed with a secret, and few fractions hash alike.)
    """
    if type(key) is int and key.bit_length() > 64:
        return foreign("key")
    return key if type(key) in (str, int, float, bool, type(None)) or isinstance(key, Foreign) else foreign("key")


def _array(npy):
    """The array of an npy file whose header is believed in nothing: not in the size, and not in the dtype."""
    file = io.BytesIO(npy[:LONGEST_NPY_HEADER])
    if np.lib.format.read_magic(file) != (1, 0):
        raise WireError("An array came in a format that is not read.")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(file, max_header_size=LONGEST_NPY_HEADER)
    if dtype.hasobject or dtype.kind not in KINDS or len(shape) > 32 or any(n < 0 for n in shape):
        raise WireError("An array came with a dtype or shape that is not read.")
    items = 1
    for n in shape:
        items *= n
    if items * dtype.itemsize != len(npy) - file.tell():
        raise WireError("An array is not as large as it says.")
    flat = np.frombuffer(npy, dtype, offset=file.tell()) if items else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if fortran_order else "C").copy()
