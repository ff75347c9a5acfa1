"""The same value in another form is right: whole floats, tuples for lists, two decimals, one of several."""

import numpy as np
import pytest

from course_lib.checking.comparing import Difference, difference, first_difference, one_of, settled
from course_lib.checking.kinds import value

WHOLE = np.array([3, -1, 0])


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (18, 360 * 0.05),
        (18, 360 * (1 - 0.95)),
        (18, np.float64(18)),
        (18, np.float32(18)),
        (18, np.float16(18)),
        (18, np.array(18.0)),
        (18, np.uint8(18)),
        (0, 0.1 + 0.2 - 0.3),
        (7 * 10**9, 7e9),
        (10**30, 1e30),
        (10**30, 10**30),
        (-3, -3.0),
        (18.0, 18),
        (1e30, 10**30),
        (WHOLE, WHOLE * 1.0),
        (WHOLE, WHOLE.astype("float32")),
        (WHOLE * 1.0, WHOLE),
        (WHOLE * 1.0, WHOLE.astype("int8")),
        (np.ones(2, "float32"), np.ones(2)),
        (np.ones(2), np.ones(2, np.longdouble)),
        ([1, 2], (1.0, 2)),
        ((1, 2), [1, 2]),
        ([1, 2], np.array([1.0, 2.0])),
        ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]])),
        ((np.ones(2), np.zeros(2)), np.array([[1, 1], [0, 0]])),
        ({"a": [1.5, 2]}, {"a": (1.5, np.int64(2))}),
        ("relu", np.str_(" ReLU")),
        ("leaky ReLU", "leaky_relu"),
        ("leaky ReLU", "LeakyReLU"),
        ("upside down", "Upside-down."),
        ("too small", "too  small"),
        ("?", " ?"),
        (["a", "b"], np.array(["a", "b"])),
        ({"a": 1}, {np.str_("a"): 1}),
    ],
)
def test_the_same_value_written_otherwise_is_right(wanted, got):
    assert difference(wanted, got) is None


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (18, 18.001),
        (18, 18.000001),
        (18, np.float16(18.02)),
        (18, True),
        (1, True),
        (1, np.True_),
        (1.0, True),
        (True, 1),
        (True, 1.0),
        (18, 18 + 0j),
        (18, "18"),
        (18, float("nan")),
        (18, float("inf")),
        pytest.param(18, 10**6000, id="18 and 6,000 digits"),
        pytest.param(18.0, -(10**6000), id="18.0 and 6,000 digits"),
        (10**30, 10**30 + 1),
        (7 * 10**9, 7e9 + 1),
        (7 * 10**9, 7 * 10**9 + 1),
        (WHOLE, WHOLE + 1e-6),
        (WHOLE, WHOLE > 0),
        (WHOLE / 2, WHOLE // 2),
        (np.ones(2), np.ones(2, "float32")),
        ([1, 2], (1, 2, 3)),
        ([1, 2], "12"),
        ([1, 2], {0: 1, 1: 2}),
        ([1, 2], iter([1, 2])),
        ([1, 2], np.array([1, 2], object)),
        (np.ones(2), [1.0, 1.0]),
    ],
)
def test_another_value_is_still_wrong(wanted, got):
    assert difference(wanted, got)


def test_a_whole_number_that_was_wanted_and_an_infinite_one_differ_in_value():
    assert difference(18, float("inf")) == difference(18, 10**6000) == difference(1.5, 10**400) == "The value differs."
    assert difference(18, float("nan")) == "It contains NaN (not a number)."


@pytest.mark.parametrize(
    ("wanted", "right", "wrong"),
    [
        (0.125, [0.12, 0.13, 0.125, 0.1251, np.float32(0.125)], [0.11, 0.14, 0.1, 0.1199, 0.1301, 0, True]),
        (-0.125, [-0.12, -0.13, -0.125], [0.12, 0.13, -0.14, -0.11]),
        (0.455, [0.45, 0.46, 0.4545 + 0.0005], [0.44, 0.47]),
        (1.2345, [1.2345, 1.23, 1.2333], [1.24, 1.239, 1.22, 1]),
        # Whoever takes 2.01 for e to the power of 0.7, as a hint says, is right to two decimals.
        (1 / (1 + np.exp(0.7)), [0.33, 0.332, 1 / 3.01], [0.34, 0.336, 0.32]),
        (2.675, [2.67, 2.68], [2.66, 2.69]),
        (2.0, [2, 2.0, 2.004], [2.01, 1.99, 2.006]),
        (2, [2, 2.0, 2.004], [2.01, 1.99, 2.006, True]),
        (1.005, [1.0, 1, 1.01], [0.99, 1.02]),
    ],
)
def test_two_decimals_are_those_of_either_way_of_rounding(wanted, right, wrong):
    @value("A hint.", points=1, decimals=2, mistakes={})
    def number():
        return wanted

    assert [got for got in right if number.run(got).status != "correct"] == []
    assert [got for got in wrong if number.run(got).status != "not yet"] == []


# One of several


@value("A hint.", points=1, mistakes={"B: no.": {"B": 1}})
def lines():
    """In A two repairs work."""
    return {"A": one_of(4, 3), "B": 2}


def test_where_several_values_are_right_any_is():
    assert [lines.run({"A": a, "B": 2}).status for a in (3, 4, 4.0, 5)] == ["correct"] * 3 + ["not yet"]
    assert lines.run({"A": 5, "B": 2}).message == "lines\n  got:    {'A': 5}\nAt key 'A': The value differs."
    assert lines.run({"A": 3, "B": 1}).hint == "B: no."


def test_a_mistake_has_the_first_of_the_right_values_elsewhere():
    assert lines.mistakes["B: no."] == {"A": 4, "B": 1}
    assert settled({"a": one_of([1, one_of(2, 3)], 5), "b": (one_of(1, 2),)}) == {"a": [1, 2], "b": (1,)}


def test_the_first_difference_has_its_place():
    found = first_difference({"a": [1, np.array([[1.0, 2.0], [3.0, 4.0]])]}, {"a": [1, np.array([[1, 2], [3, 5.5]])]})
    assert found == Difference(
        "At key 'a': At entry 1: 1 of 4 values differ, the first at index [1, 1].", 4.0, 5.5, ("a", 1, (1, 1))
    )
