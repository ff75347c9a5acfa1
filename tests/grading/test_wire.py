"""What travels between the judge and a student's process, and what somebody may send instead."""

import contextlib
import json
import pickle
import socket
import struct
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from course_lib.grading import wire

numbers = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())
arrays = npst.arrays(
    st.one_of(
        npst.boolean_dtypes(),
        npst.integer_dtypes(),
        npst.floating_dtypes(),
        npst.complex_number_dtypes(),
        npst.unicode_string_dtypes(max_len=5),
    ),
    npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)
values = st.recursive(
    st.one_of(numbers, arrays),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text(), st.integers(-(2**64) + 1, 2**64 - 1)), inner, max_size=4),
    ),
    max_leaves=12,
)


def over(value):
    """The value after a journey through a socket."""
    here, there = socket.socketpair()
    with here, there:
        # A large frame does not fit into the socket's buffer.
        sender = threading.Thread(target=wire.send, args=(here, value))
        sender.start()
        received = wire.receive(there, time.monotonic() + 30)
        sender.join()
    return received


def same(one, other):
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    if isinstance(one, (np.ndarray, np.generic)):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    return one == other or (one != one and other != other)


@given(values)
def test_what_travels_arrives_unchanged(value):
    assert same(over(value), value)


def test_scalars_keep_their_types():
    for value in (np.float32(0.5), np.int8(3), np.bool_(True), True, 1, 1.0, np.str_("a")):
        assert type(over(value)) is type(value)


def test_large_arrays_arrive():
    assert same(over(big := np.arange(1_000_000.0)), big)


class Liar(np.ndarray):
    """Equal to everything."""

    def __eq__(self, other):
        return True


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (object(), "object"),
        ({1, 2}, "set"),
        (b"bytes", "bytes"),
        (lambda: 0, "function"),
        (np.zeros(2).view(Liar), "Liar"),
        (np.array([None]), "object_array"),
        (np.datetime64("2020-01-01"), "datetime64"),
        (np.zeros(2, [("a", int)]), "object_array"),
        (type("float", (float,), {})(1), "float"),
        (1 << 99_999, "int"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_does_not_travel_arrives_as_a_stand_in_named_after_its_type(value, name):
    got = over([value])[0]
    assert isinstance(got, wire.Foreign)
    assert type(got).__name__ == name


def test_a_key_that_is_no_text_or_number_is_a_stand_in():
    ((key, value),) = over({(1, 2): 3}).items()
    assert isinstance(key, wire.Foreign)
    assert value == 3


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (nested(30), "nested more than 24 deep"),
        (np.zeros((17 << 20) // 8), "too large: at most 16 MiB"),
        ([0.123456789] * 500_000, "4 MiB of other values"),
        ([np.zeros(1)] * 1001, "1000 of them"),
    ],
)
def test_what_is_too_much_is_said_in_words(value, words):
    with pytest.raises(wire.WireError, match=words):
        wire.packed(value)


def header(value, arrays=()):
    return json.dumps({"value": value, "arrays": list(arrays)}).encode()


def npy(text, version=(1, 0), body=b""):
    """An npy file with this text for its header."""
    text = text.encode()
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H", len(text)) + text + body


def shaped(shape, descr="'<f8'", order="False"):
    return npy(f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n", body=b"\0" * 8)


ARRAYS = {
    "100 GiB": shaped("(13421772800,)"),
    "overflow": shaped("(4294967296, 4294967296)"),
    "negative": shaped("(-1,)"),
    "two negatives": shaped("(-1, -1)"),
    "nothing times a lot": shaped(f"(0, {10**30})"),
    "objects": shaped("(1,)", "'|O'"),
    "structured": shaped("(1,)", "[('a', '<f8')]"),
    "dates": shaped("(1,)", "'<M8[s]'"),
    "raw": shaped("(1,)", "'|V8'"),
    "code": npy("__import__('os').system('echo')"),
    "no dict": npy("[]"),
    "empty": b"",
    "half": shaped("(1,)")[:20],
    "version 3": npy("{}", (3, 0)),
    "long header": npy(" " * 5000 + "{}"),
    "pickle": pickle.dumps([1, 2]),
    "deep": npy("(" * 900 + ")" * 900),
    "33 axes": shaped(str((1,) * 33)),
    "a float for a size": shaped("(1.0,)"),
    "a text for a size": shaped("('1',)"),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_an_array_is_believed_nothing(array):
    with pytest.raises(wire.WireError):
        wire.unpacked(header({"array": 0}, [len(array)]), array)


def test_fortran_order_is_read():
    file = shaped("(1, 1)", order="True")
    assert same(wire.unpacked(header({"array": 0}, [len(file)]), file), np.zeros((1, 1)))


HEADERS = {
    "no JSON": b"{",
    "no dict": b"[]",
    "no value": b'{"arrays": []}',
    "bytes": b"\xff\xfe",
    "empty": b"",
    "arrays is a number": b'{"value": 1, "arrays": 1}',
    "negative size": b'{"value": 1, "arrays": [-1]}',
    "size is true": b'{"value": 1, "arrays": [true]}',
    "too long": header(1, [10]),
    "no such array": header({"array": 3}),
    "array by a text": header({"array": "x"}),
    "two entries": header({"array": 0, "dict": []}),
    "none": header({}),
    "dict of no pairs": header({"dict": [1]}),
    "dict is a number": header({"dict": 1}),
    "a huge number": b'{"value": ' + b"9" * 5000 + b', "arrays": []}',
    "deep": b'{"value": ' + b"[" * 100_000 + b"]" * 100_000 + b', "arrays": []}',
    "deep dicts": b'{"value": ' + b'{"tuple":[' * 2000 + b"]}" * 2000 + b', "arrays": []}',
    "many brackets": b'{"value": [' + b"[]," * 300_000 + b'[]], "arrays": []}',
}


@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS)
def test_a_header_is_believed_nothing(text):
    start = time.process_time()
    with pytest.raises(wire.WireError):
        wire.unpacked(text, b"")
    assert time.process_time() - start < 2


@pytest.mark.parametrize("name", ["__class__", "int", "a b", "", "x" * 100, 5, None, "<script>"])
def test_a_stand_ins_name_is_an_identifier(name):
    made = type(wire.unpacked(header({"object": name}), b"")).__name__
    assert made.isidentifier()
    assert len(made) <= 60


def test_bytes_in_a_text_do_not_count_as_brackets():
    text = '[{"' * 50
    assert wire.unpacked(header(text), b"") == text


@pytest.mark.parametrize("sizes", [(wire.MAX_HEADER + 1, 0), (10, wire.MAX_ARRAYS + 1), (2**32 - 1, 2**32 - 1)])
def test_a_frame_that_promises_too_much_is_refused_before_it_is_read(sizes):
    here, there = socket.socketpair()
    with here, there:
        here.sendall(struct.pack(">II", *sizes))
        with pytest.raises(wire.WireError, match="too large"):
            wire.receive(there, time.monotonic() + 5)


@pytest.mark.parametrize("sent", [b"", b"\0\0", struct.pack(">II", 100, 0), struct.pack(">II", 100, 0) + b"x" * 99])
def test_an_end_in_the_middle_is_noticed(sent):
    here, there = socket.socketpair()
    with there:
        here.sendall(sent)
        here.close()
        with pytest.raises(wire.Closed):
            wire.receive(there, time.monotonic() + 5)


@pytest.mark.parametrize("step", [2**61 - 1, 2.0**61, 2**64], ids=["hash alike", "fractions", "large"])
def test_keys_that_hash_alike_do_not_hold_the_judge(step):
    """20,000 of the first kind alone took 3 seconds once, and the time grew with the square."""
    keys = 130_000
    text = json.dumps({"value": {"dict": [[k * step, 0] for k in range(keys)]}, "arrays": []}).encode()
    assert len(text) < wire.MAX_HEADER
    start = time.process_time()
    found = wire.unpacked(text, b"")
    assert time.process_time() - start < 10
    assert len(found) == keys
    assert found[0] == 0


def test_the_deadline_is_for_the_whole_frame_however_it_trickles_in():
    here, there = socket.socketpair()
    stop = threading.Event()

    def trickle():
        here.sendall(struct.pack(">II", 1000, 0))
        while not stop.wait(0.02):
            here.sendall(b" ")

    with here, there:
        sender = threading.Thread(target=trickle)
        sender.start()
        start = time.monotonic()
        with pytest.raises(wire.TooSlow):
            wire.receive(there, start + 0.3)
        stop.set()
        sender.join()
        assert time.monotonic() - start < 5


def test_sending_to_nobody_is_noticed():
    here, there = socket.socketpair()
    there.close()
    with here, pytest.raises(wire.Closed):
        wire.send(here, 1)


@given(st.binary(max_size=200), st.binary(max_size=60))
def test_no_bytes_whatever_do_anything_but_be_refused_or_be_a_value(text, body):
    with contextlib.suppress(wire.WireError):
        wire.unpacked(text, body)
