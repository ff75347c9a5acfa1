"""What a server lets in, and the sentence for everything else."""

import json

import numpy as np
import pytest

from course_lib.serving.requests import MOST_BYTES, Refused, pictures_in

GOOD = [[[0.25] * 8] * 8]


def body(pictures):
    return json.dumps({"pictures": pictures}).encode()


TWICE = b'{"pictures": [], ' + body(GOOD)[1:]


def with_first(number):
    return body(GOOD).replace(b"0.25", number, 1)


def test_good_pictures_come_in_as_they_are():
    x = np.random.default_rng(0).random((64, 8, 8))
    got = pictures_in(body(x.tolist()))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, x, atol=1e-7)
    assert pictures_in(with_first(b"1"))[0, 0, 0] == 1
    assert pictures_in(with_first(b"0"))[0, 0, 0] == 0


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"nonsense", b"0x1", b"1" + b"0" * 5000])
def test_what_is_no_json_number_is_broken(number):
    with pytest.raises(Refused) as refused:
        pictures_in(with_first(number))
    # A number of 5,000 digits is JSON, but Python does not read it.
    assert refused.value.status == 400


@pytest.mark.parametrize("number", [b"1e999", b"-0.001", b"1.001", b"true", b"null", b'"0"', b"[]", b"1" + b"0" * 400])
def test_what_is_no_share_of_ink_is_nonsense(number):
    with pytest.raises(Refused, match="from 0 to 1") as refused:
        pictures_in(with_first(number))
    assert refused.value.status == 422


@pytest.mark.parametrize("pictures", [[], GOOD * 65, {}, "x", None, 3])
def test_so_many_pictures_and_no_others(pictures):
    with pytest.raises(Refused, match="a list of 1 to 64"):
        pictures_in(body(pictures))


@pytest.mark.parametrize(
    "picture", [[], [[0] * 8] * 7, [[0] * 8] * 7 + [[0] * 9], [0] * 8, "12345678", ["12345678"] * 8]
)
def test_each_of_eight_by_eight(picture):
    with pytest.raises(Refused):
        pictures_in(body([picture]))


@pytest.mark.parametrize(
    "text",
    [
        TWICE,
        b"\xef\xbb\xbf" + body(GOOD),
        body(GOOD).decode().encode("utf-16"),
        b"",
        b"{",
        b"[" * 100_000,
        b'{"a":' * 30_000,
        b"\xff",
        b"[]",
        b"1",
        b'{"pictures": 1, "b": 2}',
    ],
)
def test_what_is_no_such_object_is_broken(text):
    with pytest.raises(Refused) as refused:
        pictures_in(text)
    assert refused.value.status == 400


def test_what_is_too_large_is_not_even_read():
    with pytest.raises(Refused) as refused:
        pictures_in(b" " * (MOST_BYTES + 1))
    assert refused.value.status == 413
