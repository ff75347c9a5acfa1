"""A verdict in parts: what was called, wanted, got, in what it differs, and the hint, as a card shows them."""

import pytest

from course_lib.checking.answers import NotYet
from course_lib.checking.check import Verdict
from course_lib.checking.kinds import build, implement, value
from tests.checking.odd import SaysItIsEqual


@implement(lambda rng: iter([(2.5,), (3.0,)]), "A hint.", points=1, mistakes={"The half is missing.": "x / 2 → x"})
def half(x):
    """A half."""
    return x / 2


@value("A hint.", points=1, mistakes={"One too few.": 25})
def count():
    """Letters."""
    return 26


def test_a_wrong_value_has_all_parts():
    got = half.run(lambda x: x)
    assert (got.call, got.wanted, got.got, got.difference, got.hint) == (
        "half(2.5)",
        "1.25",
        "2.5",
        "The value differs.",
        "The half is missing.",
    )
    assert got.message == "half(2.5)\n  wanted: 1.25\n  got:    2.5\nThe value differs.\nHint: The half is missing."


def test_what_is_wanted_of_a_value_is_no_part():
    assert (count.run(25).wanted, count.run(25).got, count.run(25).hint) == ("", "25", "One too few.")


def test_an_exception_is_the_difference_of_a_call():
    got = half.run(lambda x: x / 0)
    assert (got.call, got.difference) == ("half(2.5)", "raised ZeroDivisionError: float division by zero")
    assert got.message == f"{got.call}\n{got.difference}"
    assert (got.wanted, got.got, got.hint) == ("", "", "")


def test_what_a_judge_requires_is_the_difference():
    @build(points=1, mistakes={})
    def small(trial):
        trial.require(False, "It is too large.")

    assert small.run(lambda: None) == Verdict("not yet", "It is too large.", difference="It is too large.")


@pytest.mark.parametrize("written", [lambda x: x, lambda x: x / 0, lambda x: SaysItIsEqual()])
def test_of_a_hidden_case_no_part_tells_what_was_asked_or_wanted(written):
    verdict = half.judged(written, hidden=True)
    told = " ".join([verdict.message, verdict.call, verdict.wanted, verdict.got, verdict.difference])
    assert not {"2.5", "1.25"} & set(told.replace("(", " ").replace(")", " ").split())


def test_a_right_answer_and_a_stub_have_no_parts():
    assert half.run(lambda x: x / 2) == Verdict("correct", "", 2)
    assert half.run(...) == Verdict("not written yet", "")


def test_a_reason_is_its_parts_in_order():
    assert str(NotYet("It differs.", "f(1)", "2", "3", "Add.")) == (
        "f(1)\n  wanted: 2\n  got:    3\nIt differs.\nHint: Add."
    )
    assert str(NotYet("It differs.")) == "It differs."
