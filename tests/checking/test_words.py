"""Values as they are shown to a learner: as she would type them, and cut where they get long."""

import numpy as np
import pytest

from course_lib.checking.comparing import one_of
from course_lib.checking.words import cut, shown_value
from tests.checking.odd import SaysItIsEqual, nested


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (18.0, "18.0"),
        (np.float64(2), "2.0"),
        (np.float32(0.1), "0.1"),
        (18 + 2e-14, "18.0"),
        (1234567.5, "1234567.5"),
        (123456789012.5, "1.23457e+11"),
        (7e9, "7e+09"),
        (1e300, "1e+300"),
        (-0.0, "-0.0"),
        (float("nan"), "nan"),
        (np.inf, "inf"),
        (np.array([5.0, 0.0]), "array([5., 0.])"),
        (np.array([5, 0]), "array([5, 0])"),
        (one_of(3, "a"), "3 or 'a'"),
        (np.bool_(True), "True"),
        ("a\nb", r"'a\nb'"),
        ((1,), "(1,)"),
        ([], "[]"),
        ([np.ones(2), {"a": 1.5}], "[array([1., 1.]), {'a': 1.5}]"),
        # With a name of its own, because pytest would write out the number for one.
        pytest.param(10**6000, "a whole number of 19932 bits", id="6,000 digits"),
        (SaysItIsEqual(), "an object of type SaysItIsEqual"),
        (list(range(20)), "[0, 1, 2, 3, 4, 5, 6, 7, …]"),
        (nested(9), "[[[[…]]]]"),
        (np.array([None]), "an array of shape (1,)"),
        (None, "None"),
    ],
)
def test_a_value_is_shown_as_it_would_be_typed(given, text):
    assert shown_value(given) == text


def test_a_long_value_is_cut_between_words():
    assert shown_value("x" * 1000) == "'" + 86 * "x" + "…"
    assert shown_value(np.zeros((50, 50))).endswith("[0., 0., 0., ..., 0., 0., 0.], [0., 0., 0., ...…")
    assert shown_value([1234567.85] * 8).endswith("1234567.85, 1234567.85…")
    assert cut("a sentence of some words", 20) == "a sentence of some…"


def test_the_notebooks_print_options_change_nothing():
    shown = shown_value(np.array([1 / 3, 1e-9]))
    with np.printoptions(precision=1, suppress=True, sign="+", legacy="1.13", linewidth=20, edgeitems=1):
        assert shown_value(np.array([1 / 3, 1e-9])) == shown == "array([3.3333e-01, 1.0000e-09])"
    with np.printoptions(formatter={"float": lambda x: "?"}):
        assert shown_value(np.array([1 / 3, 1e-9])) == shown
