"""What was wanted and what came never look alike: the first entry that differs is shown, with its place and digits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.checking.comparing import first_difference
from course_lib.checking.kinds import implement
from course_lib.checking.words import WIDTH, shown_pair
from tests.checking.test_comparing import anything, values

LONG = np.arange(40.0)


def with_entry(array, place, entry):
    changed = array.copy()
    changed[place] = entry
    return changed


def pair(wanted, got):
    return shown_pair(wanted, got, first_difference(wanted, got))


@pytest.mark.parametrize(
    ("wanted", "got", "texts"),
    [
        (0.5, 0.75, ("0.5", "0.75")),
        (0.1234567, 0.1234569, ("0.1234567", "0.1234569")),
        (1 / 3, 1 / 3 + 1e-6, ("0.333333", "0.333334")),
        (1e9 / 3, 1e9 / 3 + 1e4, ("3.33333e+08", "3.33343e+08")),
        (18, 18.5, ("18", "18.5")),
        (18, 18.000001, ("18", "18.000001")),
        (2.0, 2.0000001 + 2e-6, ("2.0", "2.0000021")),
        (np.array([5.0, 0.0]), np.array([25.0, 0.0]), ("array([5., 0.])", "array([25., 0.])")),
        (
            np.array([0.1234567, 0.0]),
            np.array([0.1234569, 0.0]),
            ("array([0.1234567, 0. ])", "array([0.1234569, 0. ])"),
        ),
        # The first entry that differs is not the one that looks different.
        (
            np.array([1.0, 0.5]),
            np.array([1.00002, 0.75]),
            ("array([1. , 0.5])", "array([1.00002, 0.75 ])"),
        ),
        (LONG, with_entry(LONG, 20, 7.5), ("at [20]: 20.0", "at [20]: 7.5")),
        (LONG, with_entry(LONG, 0, 7.5), ("at [0]: 0.0", "at [0]: 7.5")),
        (LONG, with_entry(LONG, 20, np.nan), ("at [20]: 20.0", "at [20]: nan")),
        ((LONG, LONG), (LONG, with_entry(LONG, 20, 7.5)), ("at [1][20]: 20.0", "at [1][20]: 7.5")),
        (LONG.reshape(8, 5), with_entry(LONG, 7, 0).reshape(8, 5), ("at [1, 2]: 7.0", "at [1, 2]: 0.0")),
        (LONG, with_entry(LONG, 20, 20.0001), ("at [20]: 20.0", "at [20]: 20.0001")),
        (np.ones(2), np.ones(2, "float32"), ("an array of shape (2,), float64", "an array of shape (2,), float32")),
        ({"a": 1, "b": LONG}, {"a": 1, "b": LONG + 1}, ("at ['b'][0]: 0.0", "at ['b'][0]: 1.0")),
        (list(range(30)), [*range(29), 7], ("at [29]: 29", "at [29]: 7")),
        (list(range(30)), list(range(29)), ("a list of 30", "a list of 29")),
        ([[1, 2]] * 9, [*[[1, 2]] * 8, [1]], ("at [8]: [1, 2]", "at [8]: [1]")),
        (1, True, ("1", "True")),
        (["relu"], ["rleu"], ("['relu']", "['rleu']")),
        ("x" * 200 + "yes", "x" * 200 + "no", (f"…'{'x' * 20}yes'", f"…'{'x' * 20}no'")),
    ],
)
def test_the_two_texts_are_those(wanted, got, texts):
    assert pair(wanted, got) == texts


@given(values, anything)
def test_two_values_that_differ_never_look_alike(wanted, got):
    if found := first_difference(wanted, got):
        texts = shown_pair(wanted, got, found)
        assert texts[0] != texts[1]
        assert max(map(len, texts)) <= WIDTH + 200


@given(st.floats(-1e12, 1e12), st.sampled_from([1e-5, 1e-3, 0.1, 10]), st.booleans())
def test_two_near_numbers_are_shown_with_the_digits_that_tell_them_apart(wanted, relative, in_array):
    got = wanted * (1 + relative) + relative
    if in_array:
        wanted, got = np.array([wanted, 1.0]), np.array([got, 1.0])
    if found := first_difference(wanted, got):
        assert len(set(shown_pair(wanted, got, found))) == 2


def test_a_verdict_shows_the_first_entry_that_differs():
    @implement(lambda rng: iter([(LONG,)]), "A hint.", points=1, mistakes={})
    def doubled(x):
        return 2 * x, x

    verdict = doubled.run(lambda x: (2 * x, with_entry(x, 30, 0)))
    assert verdict.message == (
        "doubled(array([ 0., 1., 2., ..., 37., 38., 39.]))\n  wanted: at [1][30]: 30.0\n  got:    at [1][30]: 0.0\n"
        "At entry 1: 1 of 40 values differ, the first at index [30]."
    )
