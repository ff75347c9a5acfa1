"""Values as they are shown to a learner: as she would type them, and cut where they get long."""

import numpy as np
import pytest

from course_lib.checking.words import shown_value
from tests.checking.odd import SaysItIsEqual, nested


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (np.float64(2), "2"),
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


def test_a_long_value_is_cut():
    assert shown_value("x" * 1000) == "'" + 86 * "x" + "…"
    assert len(shown_value(np.zeros((50, 50)))) == 88
