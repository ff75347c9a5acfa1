"""The checks of numbers and arrays: what each takes as it is, what it refuses, and the one form of its sentence."""

import json
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import limits

INF, NAN = np.inf, np.nan
INTEGERS = (int, np.integer)
ONES = np.ones((2, 3))

# A check with what belongs to it, and values that it must take and return as they came.
TAKEN = {
    "above_zero": (
        limits.above_zero,
        (),
        [1e-300, 1, True, Fraction(1, 2), np.float32(0.5), np.array(2), np.array([2])],
    ),
    "above_zero, infinite": (lambda name, x: limits.above_zero(name, x, infinite=True), (), [1e-300, INF]),
    "from_zero": (limits.from_zero, (), [0, -0.0, False, 1e300, np.int64(3)]),
    "below_one": (limits.below_one, (), [0, -0.0, 0.5, np.nextafter(1, 0)]),
    "share": (limits.share, (), [0, 1, -0.0, 0.5, True, np.float32(1)]),
    "number": (limits.number, (2, 5), [2, 5, 2.5, np.int8(3), np.array(4.5)]),
    "number, infinite": (limits.number, (2, INF), [2, INF]),
    "number of some types": (lambda name, x: limits.number(name, x, 0, 5, kinds=(int, float)), (), [0, 5, 2.5]),
    "one_of": (limits.one_of, (("a", "b"),), ["a", np.str_("b")]),
    "one_of a dict": (limits.one_of, ({"a": 1},), ["a"]),
    "finite": (limits.finite, (), [ONES, 0.5, [1, 2], np.array([1, 2]), np.array([True]), []]),
    "all_from_zero": (limits.all_from_zero, (), [ONES, 0, [0.0, 5], [], np.zeros((0, 3))]),
    "all_shares": (limits.all_shares, (), [ONES, 0, [0.0, 1], [], np.array([True])]),
    "all_whole": (limits.all_whole, (0, 3), [np.array([0, 3]), [1, 2], 2, np.zeros((0, 2), int), np.uint8([3])]),
    "true_or_false": (limits.true_or_false, (), [np.array([True, False]), [True], True, np.zeros(0, bool)]),
    "filled": (limits.filled, (), [ONES, 0.5, [0], np.ones((1, 1))]),
    "shape": (limits.shape, ("rows", 3), [ONES, [[1, 2, 3]], np.ones((0, 3))]),
    "shape of one number": (limits.shape, (), [0.5, np.array(2)]),
    "shape, axes left open": (limits.shape, ("batch", ..., 3), [ONES, np.ones((2, 5, 0, 3))]),
    "shape, filled": (lambda name, x: limits.shape(name, x, ..., 3, filled=True), (), [ONES, [1, 2, 3]]),
    "same_shape": (limits.same_shape, ("y", [2, 3]), [ONES, [[1, 2, 3], [4, 5, 6]]]),
}


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_as_wished_comes_back_as_it_came(case):
    check, more, values = TAKEN[case]
    for value in values:
        assert check("x", value, *more) is value


COUNTED = {
    "whole": (limits.whole, (), [1, 10**400, 3.0, True, Fraction(2), np.uint8(2), np.array(2)]),
    "whole from 0 to 3": (limits.whole, (0, 3), [0, 3, 3.0, False, np.float32(2)]),
    "whole by type": (lambda name, x: limits.whole(name, x, kinds=INTEGERS), (), [1, np.int8(2), 10**400]),
    "whole or True": (lambda name, x: limits.whole(name, x, kinds=(bool, *INTEGERS)), (), [1, True]),
    "divides": (limits.divides, (6, "the channels"), [1, 2, 6, 2.0, True, np.int64(3)]),
}


@pytest.mark.parametrize("case", COUNTED)
def test_what_is_counted_comes_back_as_an_int(case):
    """4 · np.uint8(100) is 144, and range(3.0) an error without a sentence."""
    check, more, values = COUNTED[case]
    for value in values:
        found = check("x", value, *more)
        assert type(found) is int
        assert found == value
    assert limits.lengths("x", np.uint8([200, 3])) == (200, 3)
    assert all(type(n) is int for n in limits.lengths("x", [3.0, np.int8(1)]))
    assert limits.lengths("x", 3) == (3,)
    assert limits.lengths("x", (0, 3), 0) == (0, 3)
    assert limits.divides("x", np.uint8(8), 400, "the channels") == 8


NUMBERS = {
    "above_zero": (limits.above_zero, (), "x must be a number above 0"),
    "from_zero": (limits.from_zero, (), "x must be a number from 0 up"),
    "below_one": (limits.below_one, (), "x must be a number from 0 to below 1"),
    "share": (limits.share, (), "x must be a number from 0 to 1"),
    "whole": (limits.whole, (), "x must be a whole number from 1 up"),
    "divides": (limits.divides, (6, "the width"), "x must divide the width, 6"),
}


NONE = ["3", None, Decimal("nan"), [1, 2], (), 3 + 0j, np.complex64(3), -INF, np.array([1, 2]), {}, np.str_("a")]


@pytest.mark.parametrize("value", NONE, ids=repr)
@pytest.mark.parametrize("case", NUMBERS)
def test_what_is_no_number_is_refused_with_the_same_sentence(case, value):
    check, more, sentence = NUMBERS[case]
    with pytest.raises(ValueError, match=f"{sentence}, got "):
        check("x", value, *more)


@pytest.mark.parametrize("x", ["12", None, 1.5, (2, 0), (2, 1.5), (2, None), (-1,)], ids=repr)
def test_what_are_no_lengths_is_refused(x):
    with pytest.raises(ValueError, match="each length in x must be a whole number from 1 up, got"):
        limits.lengths("x", x)


def test_half_width_floats_and_objects_are_computed_with_in_64_bits():
    """The square of 300 is infinite in 16 bits."""
    for x in (np.float16([300]), np.array([300], object), [300], np.uint16([300]), np.array([True]) * np.int16(300)):
        assert limits.floats(x).dtype == np.float64
        assert limits.floats(x)[0] ** 2 == 90_000
    assert limits.floats(np.float32([1])).dtype == np.float32
    for x in ([1 + 2j], ["1"], [None], np.array(["2020-01-01"], "datetime64[D]"), [b"1"]):
        with pytest.raises(ValueError, match="an array must hold real numbers to compute with, got "):
            limits.floats(x)


@pytest.mark.parametrize("check", [limits.finite, limits.all_from_zero, limits.all_shares])
def test_of_objects_the_first_that_is_no_number_is_told(check):
    check("x", np.array([1, 0.5], object))
    with pytest.raises(ValueError, match=r"x must hold .*, got None"):
        check("x", np.array([None, "a"], object))
    with pytest.raises(ValueError, match="x must hold "):
        check("x", np.array([1j]))


SHARES, WHOLE = "x must hold numbers from 0 to 1, got ", "x must hold whole numbers from 0 to 3, got "
REFUSED = [
    *[(limits.above_zero, v, (), f"x must be a number above 0, got {v}") for v in (0, -0.0, -1, INF, -INF, NAN)],
    (limits.above_zero, np.float64(-0.5), (), "x must be a number above 0, got -0.5"),
    *[(limits.above_zero, v, (True,), f"x must be a number above 0, got {v}") for v in (0, -1, -INF, NAN)],
    *[(limits.from_zero, v, (), f"x must be a number from 0 up, got {v}") for v in (-1e-300, INF, -INF, NAN)],
    *[(limits.below_one, v, (), f"x must be a number from 0 to below 1, got {v}") for v in (1, True, -0.5, NAN)],
    *[(limits.share, v, (), f"x must be a number from 0 to 1, got {v}") for v in (1.01, -0.01, INF, NAN)],
    *[(limits.number, v, (2, 5), f"x must be a number from 2 to 5, got {v}") for v in (1.9, 5.1, NAN)],
    (limits.number, 6, (1, 5, "the length"), "x must be a number from 1 to 5, the length, got 6"),
    (limits.number, 6.0, (0.0, 0.5), "x must be a number from 0 to 0.5, got 6.0"),
    (limits.number, True, (0, 5, "", (int,)), "x must be a number from 0 to 5, got True"),
    (limits.number, "3", (0, 5, "", (int,)), "x must be a number from 0 to 5, got '3'"),
    *[(limits.whole, v, (), f"x must be a whole number from 1 up, got {v}") for v in (0, -1, 1.5, INF, NAN, False)],
    *[(limits.whole, v, (0, 3), f"x must be a whole number from 0 to 3, got {v}") for v in (-1, 4, 2.5)],
    *[(limits.whole, v, (1, INF, INTEGERS), f"from 1 up, got {v}") for v in (True, 3.0, np.array(3), None)],
    *[(limits.divides, v, (6, "the width"), f"x must divide the width, 6, got {v}") for v in (0, -2, 4, 12)],
    (limits.one_of, "c", (("a", "b"),), "x must be one of a, b; got 'c'"),
    (limits.one_of, ["a"], ({"a": 1},), "x must be one of a; got ['a']"),
    (limits.one_of, None, (("a", "b"),), "x must be one of a, b; got None"),
    (limits.one_of, "a", ((),), "x must be one of nothing; got 'a'"),
    *[(limits.finite, [1, v], (), f"x must hold finite numbers, got {v}") for v in (NAN, INF, -INF)],
    (limits.finite, NAN, (), "x must hold finite numbers, got nan"),
    *[
        (limits.all_from_zero, [[0], [v]], (), f"x must hold numbers from 0 up, got {float(v)}")
        for v in (-1.0, INF, NAN)
    ],
    *[(limits.all_shares, [0.5, v, 3], (), f"{SHARES}{v}") for v in (-0.1, 1.1, NAN)],
    *[(limits.all_whole, [[0, v]], (0, 3), f"{WHOLE}{v}") for v in (-1, 4)],
    (limits.all_whole, [0.0, 1.0], (0, 3), f"{WHOLE}float64"),
    (limits.all_whole, [True], (0, 3), f"{WHOLE}bool"),
    (limits.all_whole, [], (0, 3), f"{WHOLE}float64"),
    (limits.true_or_false, [1, 0], (), "x must hold True and False, got int64"),
    (limits.filled, np.ones((2, 0)), (), "x must hold at least one number, got the shape (2, 0)"),
    (limits.shape, [1, 2], ("n", 3), "x must have the shape (n, 3), got (2,)"),
    (limits.shape, ONES, ("n",), "x must have the shape (n,), got (2, 3)"),
    (limits.shape, ONES, (), "x must have the shape (), got (2, 3)"),
    (limits.shape, [1, 2], ("batch", ..., 3), "x must have the shape (batch, ..., 3), got (2,)"),
    (limits.shape, 1.0, ("batch", ...), "x must have the shape (batch, ...), got ()"),
    (limits.same_shape, [1, 2], ("y", (2, 1)), "x must have the shape of y, (2, 1), got (2,)"),
]


@pytest.mark.parametrize(("check", "value", "more", "sentence"), REFUSED)
def test_what_is_not_as_wished_gets_a_sentence(check, value, more, sentence):
    with pytest.raises(ValueError) as told:  # noqa: PT011, the whole sentence is compared
        check("x", value, *more)
    assert str(told.value).endswith(sentence)
    assert str(told.value).startswith("x must ")


def test_an_axis_of_length_0_is_empty():
    with pytest.raises(ValueError, match=r"^x must have the shape \(n, 3\) and not be empty, got \(0, 3\)$"):
        limits.shape("x", np.ones((0, 3)), "n", 3, filled=True)


def test_the_first_entry_that_is_wrong_is_told():
    with pytest.raises(ValueError, match=r"^x must hold even numbers, got 3$"):
        limits.hold("x", [2, 3, 5], np.array([True, False, False]), "even numbers")


@given(st.lists(st.integers(0, 3), max_size=4), st.data())
def test_a_shape_fits_its_own_pattern_and_no_longer_one(lengths, data):
    """Any of its axes named, and any stretch of them left open."""
    x = np.empty(lengths)
    axes = [data.draw(st.sampled_from([length, "axis"])) for length in lengths]
    assert limits.shape("x", x, *axes) is x
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(axes))] * 2)))
    assert limits.shape("x", x, *axes[:start], ..., *axes[end:]) is x
    for wrong in ([*axes, "more"], [..., *axes, "more"], [4, *axes], [*axes[:start], ..., 4]):
        with pytest.raises(ValueError, match="must have the shape"):
            limits.shape("x", x, *wrong)


@given(st.floats(), st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_a_number_is_taken_if_it_lies_within(value, low, high):
    if low <= value <= high:
        assert limits.number("x", value, low, high) is value
    else:
        with pytest.raises(ValueError, match=r"^x must be a number from "):
            limits.number("x", value, low, high)


def test_importing_it_loads_numpy_alone():
    code = (
        "import numpy, sys; known = set(sys.modules); import course_lib.limits, json; print(json.dumps([*sys.modules]))"
    )
    names = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert {name for name in names if name.startswith("course_lib")} == {"course_lib", "course_lib.limits"}
