"""The hint for the mistake that explains an answer: all of it, or its first wrong case, or an exception."""

import numpy as np
import pytest

from course_lib.checking.explaining import IN_PART
from course_lib.checking.kinds import implement

HALF, FLOOR, SUMMED, TURNED = (
    "The half is missing.",
    "Rounded down.",
    "That is the sum.",
    "The second factor is turned.",
)


def _cases(rng):
    yield np.array([[2.0, 4.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    yield np.array([[1.0, 3.0]]), np.array([[1.0, 0.0], [0.0, 3.0]])
    yield np.array([[3.0, 5.0]]), np.array([[1.0], [2.0]])


@implement(
    _cases,
    "A hint.",
    points=1,
    mistakes={
        HALF: "/ 2 →",
        FLOOR: "/ 2 → // 2",
        SUMMED: "x @ y → (x @ y).sum(axis=1, keepdims=True)",
        TURNED: "x @ y → x @ y.T",
        "There is no such piece.": "np.tan →",
    },
)
def half_product(x, y):
    """x @ y / 2."""
    return x @ y / 2


def test_the_mistake_that_explains_all_is_told_without_reserve():
    assert half_product.run(lambda x, y: x @ y).hint == HALF
    # In the first case this is right, and in the second it differs.
    assert half_product.run(lambda x, y: x @ y // 2).hint == FLOOR


@pytest.mark.parametrize("elsewhere", [0.0, np.nan, 7.0])
def test_a_mistake_that_explains_the_first_wrong_case_is_told_with_reserve(elsewhere):
    verdict = half_product.run(lambda x, y: x @ y if x[0, 0] < 3 else np.full((1, 1), elsewhere))
    assert verdict.hint == f"{HALF} {IN_PART}"
    assert verdict.message.endswith(f"Hint: {verdict.hint}")


def test_what_explains_only_a_later_case_is_not_told():
    assert half_product.run(lambda x, y: x @ y if x[0, 0] == 1 else x @ y * 7).hint == ""


@implement(
    lambda rng: iter([(4.0,), (3.0,)]),
    "A hint.",
    points=1,
    mistakes={"Two.": "return x → return x + 2", "Half more.": "return x → return 1.5 * x"},
)
def same(x):
    """It."""
    return x


def test_of_two_mistakes_that_explain_as_much_neither_is_told():
    assert same.run(lambda x: 6.0 if x == 4 else 0.0).hint == ""
    assert same.run(lambda x: 6.0 if x == 4 else 5.0).hint == "Two."


def test_a_mistake_that_ends_in_the_same_exception_is_told():
    verdict = half_product.run(lambda x, y: x @ y.T / 2)
    assert "raised ValueError: matmul" in verdict.message
    assert verdict.hint == TURNED
    assert half_product.run(lambda x, y: x @ y[:1] / 2).hint == ""


def test_an_exception_after_a_mistake_of_another_kind_is_not_explained_by_it():
    def fails_late(x, y):
        if x[0, 0] < 3:
            return x @ y / 2
        raise ValueError("something else")

    assert half_product.run(fails_late).hint == ""


def test_in_a_hidden_case_the_hint_is_told_and_nothing_else():
    verdict = half_product.judged(lambda x, y: x @ y.T / 2, hidden=True)
    assert verdict.message == f"A case that the notebook does not show\nraised an exception\nHint: {TURNED}"
