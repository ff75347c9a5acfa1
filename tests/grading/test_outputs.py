"""A notebook is read without its outputs, however large they are and wherever a piece of it ends."""

import io
import json
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.grading import outputs

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("ab\"\\[]{},:\n é'", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["outputs", "metadata", "attachments", "cells", "source", '"', "\\"]), inner)
    ),
    max_leaves=20,
)


def left(value):
    """The value as it should come: without what is not read."""
    if isinstance(value, dict):
        unread = ("outputs", "metadata", "attachments")
        return {key: None if key in unread else left(entry) for key, entry in value.items()}
    return [left(entry) for entry in value] if isinstance(value, list) else value


def read(content):
    return outputs.without_outputs(io.BytesIO(content))


@given(JSON, st.integers(1, 40), st.sampled_from([None, 1]), st.booleans())
def test_all_comes_but_what_is_not_read(value, piece, indent, ascii_only):
    content = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    size, outputs.PIECE = outputs.PIECE, piece
    try:
        assert json.loads(read(content)) == left(value)
    finally:
        outputs.PIECE = size


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_notebook_may_be_written_in_any_unicode(encoding):
    value = {"cells": [{"source": "größer = '名'", "outputs": ["x"]}]}
    assert json.loads(read(json.dumps(value, ensure_ascii=False).encode(encoding))) == left(value)


@pytest.mark.parametrize(
    "content", [b"", b'"', b'{"outputs"', b'{"outputs":', b'{"outputs":"', b'{"outputs":[', b"\\", b'"\\']
)
def test_what_is_cut_off_comes_to_an_end(content):
    assert read(content).startswith(content[:9].rstrip(b":"))


def test_what_is_not_unicode_comes_as_it_is():
    assert read('{"a": "größer"}'.encode("latin-1")) == '{"a": "größer"}'.encode("latin-1")


def test_a_large_picture_is_never_in_memory():
    picture = b'{"cells": [{"outputs": {"image/png": "' + b"A" * (60 << 20) + b'"}, "source": "x"}]}'
    file = io.BytesIO(picture)
    tracemalloc.start()
    kept = outputs.without_outputs(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert json.loads(kept) == {"cells": [{"outputs": None, "source": "x"}]}
    assert peak < 12 << 20


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'"' + b"A" * (21 << 20) + b'"', "Without its outputs the file has more than 20 MiB"),
        (b'{"outputs": ' + b"[{" * 1_100_000, "too complicated to be skipped"),
    ],
)
def test_what_is_read_is_bounded(content, words):
    with pytest.raises(outputs.TooLarge, match=words):
        read(content)


def test_a_file_without_end_is_read_to_its_bound():
    class Endless:
        def read(self, size):
            return b" " * size

    start = time.process_time()
    with pytest.raises(outputs.TooLarge, match="Without its outputs"):
        outputs.without_outputs(Endless())
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "outputs_of",
    [b'"\\' * 4_000_000, b"[1,2]," * 3_000_000, b'"a",' * 4_000_000, b'["a",' * 900_000, b'{"outputs":' * 500_000],
    ids=["backslashes", "pairs", "texts", "nested lists", "nested outputs"],
)
def test_time_grows_with_the_length_alone(outputs_of):
    start = time.process_time()
    read(b'{"outputs": [' + outputs_of)
    assert time.process_time() - start < 10
