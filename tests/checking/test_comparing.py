"""Comparing an answer with what was wanted: nothing broadcast, nothing believed, one sentence for each difference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from course_lib.checking.comparing import described, difference

numbers = st.one_of(st.booleans(), st.integers(-(2**62), 2**62), st.floats())
dtypes = st.sampled_from([np.float64, np.float32, np.int64, np.bool_])
some_arrays = arrays(dtypes, array_shapes(min_dims=0, max_dims=3))
values = st.recursive(
    st.one_of(numbers, st.text(), some_arrays),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)),
    max_leaves=8,
)
# What a learner's function may give back: also what no check ever wants.
anything = st.one_of(
    values,
    st.none(),
    st.binary(),
    st.complex_numbers(),
    st.sets(st.integers()),
    st.just(object()),
    st.dictionaries(st.one_of(st.none(), st.floats(), st.integers()), numbers, max_size=3),
    st.integers(min_value=10**5000, max_value=10**5000 + 9),
    arrays(object, 2, elements=st.none()),
)


class SaysItIsEqual:
    """Claims to be equal to everything, and to have any shape that is asked for."""

    shape, dtype, ndim, size = (3,), np.dtype("float64"), 1, 3

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __array__(self, dtype=None, copy=None):
        return np.ones(3)


class EqualArray(np.ndarray):
    """An array whose comparisons are all true."""

    def __eq__(self, other):
        return np.ones(self.shape, bool)


class EqualNumber(np.float64):
    def __eq__(self, other):
        return True

    __hash__ = np.float64.__hash__


class EqualDict(dict):
    def keys(self):
        return {"a": 1}.keys()

    def __getitem__(self, key):
        return 1


@given(values)
def test_a_value_is_equal_to_itself(value):
    assert difference(value, value) is None


@given(values, anything)
def test_any_answer_gets_none_or_one_sentence(wanted, got):
    text = difference(wanted, got)
    assert text is None or (text.strip() == text and text.endswith("."))


@given(some_arrays.filter(lambda array: array.dtype.kind == "f" and array.size), st.data())
def test_one_changed_entry_is_found_where_it_is(wanted, data):
    wanted = np.array(np.nan_to_num(wanted, nan=0, posinf=9, neginf=-9))
    index = data.draw(st.integers(0, wanted.size - 1))
    got = wanted.copy()
    got.flat[index] = -1 - 2 * abs(got.flat[index]) if abs(got.flat[index]) < 1e30 else 0
    place = [int(i) for i in np.unravel_index(index, wanted.shape)]
    expected = (
        "The value differs." if wanted.ndim == 0 else (f"1 of {wanted.size} values differ, the first at index {place}.")
    )
    assert difference(wanted, got) == expected


@given(arrays(np.float64, array_shapes(min_dims=1, max_dims=3, min_side=2), elements=st.just(0.5)))
def test_what_numpy_would_broadcast_is_another_shape(wanted):
    for got in (wanted[..., :1], wanted[None], wanted[:1], np.float64(0.5)):
        assert difference(wanted, got) == f"Its shape is {np.shape(got)}; the shape {wanted.shape} was wanted."


@pytest.mark.parametrize(
    ("wanted", "got", "sentence"),
    [
        (np.ones(3), [1.0, 1.0, 1.0], "It is a list; an array of shape (3,) was wanted. np.array makes one of it."),
        (np.ones(3), None, "It is None; an array of shape (3,) was wanted."),
        (np.ones(3), np.ones((3, 1)), "Its shape is (3, 1); the shape (3,) was wanted."),
        (np.ones(3), np.ones(3, "float32"), "Its dtype is float32; float64 was wanted."),
        (
            np.ones(2) / 2,
            np.zeros(2, int),
            "It holds whole numbers (int64); numbers with a fraction (float64) were wanted.",
        ),
        (
            np.ones(2, int),
            np.ones(2) / 2,
            "It holds numbers with a fraction (float64); whole numbers (int64) were wanted.",
        ),
        (np.ones(3, int), np.ones(3, bool), "It holds True or False (bool); whole numbers (int64) were wanted."),
        (
            np.ones(2),
            np.array([1, None]),
            "It holds Python objects (object); numbers with a fraction (float64) were wanted.",
        ),
        (np.ones(2), np.array([1, np.nan]), "It contains NaN (not a number)."),
        (0.5, float("nan"), "It contains NaN (not a number)."),
        (0.5, 0.6, "The value differs."),
        (0.5, "0.5", "It is a text; a number was wanted."),
        (0.5, {"a": 1}, "It is a dict; a number was wanted."),
        (True, 1, "It holds whole numbers (int64); True or False (bool) were wanted."),
        ("A", 1, "It is a number; a text in quotes was wanted."),
        ("A", "B", "It is 'B', and that is not it."),
        ([1, 2], [1, 2, 3], "It has 3 entries; 2 were wanted."),
        ([1, 2], [1, 3], "At entry 1: The value differs."),
        ([1, 2], np.array(2), "It is an array of shape (); a list of 2 was wanted."),
        ([1, 2], np.array([1, 3]), "At entry 1: The value differs."),
        ([1, 2], {1, 2}, "It is a set, which has no order; a list of 2 was wanted."),
        ({"a": 1}, {"b": 1}, "Its keys are ['b']; wanted were ['a']."),
        ({"a": 1}, {"a": 2}, "At key 'a': The value differs."),
        ({"a": 1}, [1], "It is a list; a dict was wanted."),
        ({"a": 1}, {None: 1}, "Its keys must be texts or whole numbers."),
    ],
)
def test_each_difference_has_its_sentence(wanted, got, sentence):
    assert difference(wanted, got) == sentence


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (1.0, 1),
        (1.0, np.float32(1)),
        (1.0, np.array(1.0)),
        (3, np.int32(3)),
        (np.ones(2, "int64"), np.ones(2, "int32")),
        ("Kernel", " kernel "),
        ((1, 2), [1, 2]),
        (1.0, 1 + 1e-9),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
    ],
)
def test_what_a_learner_may_well_write_is_accepted(wanted, got):
    assert difference(wanted, got) is None


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (np.ones(3), SaysItIsEqual()),
        (1.0, SaysItIsEqual()),
        ("A", SaysItIsEqual()),
        ([1], SaysItIsEqual()),
        ({"a": 1}, SaysItIsEqual()),
        ([1], [SaysItIsEqual()]),
        ({"a": 1}, {SaysItIsEqual(): 1}),
        ({"a": 1}, EqualDict()),
        (np.ones(3), np.zeros(3).view(EqualArray)),
        (np.ones(3), np.ones(3).view(EqualArray)),
        (2.0, EqualNumber(1)),
        (np.ones(3), np.ma.masked_array(np.ones(3), mask=True)),
    ],
)
def test_an_object_cannot_declare_itself_equal(wanted, got):
    assert difference(wanted, got)


def test_a_subclass_of_an_array_is_not_called_an_array():
    assert described(np.zeros(3).view(EqualArray)) == "an object of type EqualArray"
    assert described(np.zeros(3)) == "an array of shape (3,)"


def test_tolerances_are_those_asked_for():
    assert difference(2.0, 2.004, rtol=0, atol=0.005) is None
    assert difference(2.0, 2.006, rtol=0, atol=0.005)
    assert difference(2.0, 2.1, rtol=0.1, atol=0) is None


@pytest.mark.parametrize(
    ("got", "right"),
    [
        ([1e-6 + 5e-6, 1.0], True),
        ([1e-6 + 2e-5, 1.0], False),
        # Beside 0.01 it may be off by a hundredth of that, and beside 1000 by no more than beside 1.
        ([1e-6 + 5e-8, 0.01], True),
        ([1e-6 + 5e-7, 0.01], False),
        ([1e-6 + 5e-6, 1e3], True),
        ([1e-6 + 5e-5, 1e3], False),
        ([1e-6, 1.0 + 5e-5], False),
        ([1e-6 + 5e-6, np.inf], False),
    ],
)
def test_a_small_number_beside_a_larger_one_may_have_been_computed_in_float32(got, right):
    wanted = np.array([1e-6, got[1] if got[1] in (0.01, 1e3, np.inf) else 1.0])
    assert (difference(wanted, np.array(got)) is None) == right
    assert difference(wanted, np.array(got), atol=0) is not None


def test_the_largest_number_and_a_single_one_have_no_larger_one_beside_them():
    assert difference(np.array([0.5, 1e-6]), np.array([0.500002, 1e-6])) is not None
    assert difference(np.array([0.5]), np.array([0.500002])) is not None
    assert difference(0.5, 0.500002) is not None


def test_where_every_number_stands_for_itself_none_may_be_off_because_of_another():
    assert difference(np.array([1e-6, 1.0]), np.array([1.1e-6, 1.0]), atol=0) is not None
