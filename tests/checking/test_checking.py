"""Checks as such, tried on small made-up exercises: whatever a learner hands in, one clear sentence comes back."""

import sys

import numpy as np
import pytest

from course_lib.checking import progress
from course_lib.checking.check import Verdict
from course_lib.checking.kinds import implement, value
from tests.checking.odd import SaysItIsEqual, nested

SQUARED_SIZE = "That is the squared length: the root is missing."
NO_ABS = "A length is never negative."


def _cases(rng):
    yield np.array([[3.0, 4.0], [0.0, 0.0]]), 1.0
    yield rng.normal(size=(3, 2)), -2.0


@implement(
    _cases,
    "Pythagoras.",
    "np.linalg.norm knows an axis.",
    points=2,
    mistakes={
        SQUARED_SIZE: lambda x, scale: abs(scale) * (x**2).sum(axis=1),
        NO_ABS: lambda x, scale: scale * np.sqrt((x**2).sum(axis=1)),
        "A mistake that fails on its own": lambda x, scale: 1 / None,
    },
)
def lengths(x, scale):
    """The length of each row, times |scale|."""
    return abs(scale) * np.sqrt((x**2).sum(axis=1))


class EqualArray(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, bool)


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("an exception that fails to say what it is")


def raises(x, scale):
    raise ValueError("bad rows\nand more of it")


def divides_by_zero(x, scale):
    return 1 / 0


def recurses(x, scale):
    return recurses(x, scale)


def exits(x, scale):
    sys.exit()


def cannot_be_said(x, scale):
    raise Unspeakable


def too_few_parameters(x):
    return x


def prints(x, scale):
    print(lengths_right(x, scale))


def prints_and_returns(x, scale):
    print("a look at the data:", x)
    return lengths_right(x, scale)


def sorts_in_place(x, scale):
    x.sort(axis=0)
    return lengths_right(x, scale)


def lengths_right(x, scale):
    return abs(scale) * np.sqrt((x**2).sum(axis=1))


class Lengths:
    def __init__(self, x, scale):
        pass


CALL = "lengths(array([[3., 4.], [0., 0.]]), 1.0)"
ITSELF = "This check wants the function itself, without parentheses;"
BAD = {
    "raises": (raises, f"{CALL}\nraised ValueError: bad rows"),
    "divides by zero": (divides_by_zero, f"{CALL}\nraised ZeroDivisionError: division by zero"),
    "recurses for ever": (recurses, "raised RecursionError: maximum recursion depth exceeded"),
    "exits": (exits, f"{CALL}\nraised SystemExit"),
    "an exception without words": (cannot_be_said, f"{CALL}\nraised Unspeakable"),
    "too few parameters": (too_few_parameters, "raised TypeError: too_few_parameters() takes 1 positional argument"),
    "prints instead of returning": (prints, "returned None. End the function with return. It printed something"),
    "returns nothing": (lambda x, scale: None, f"{CALL}\nreturned None. End the function with return."),
    "changes its argument": (sorts_in_place, f"{CALL}\nchanged the data it was given."),
    "a list": (
        lambda x, s: lengths_right(x, s).tolist(),
        "It is a list; an array of shape (2,) was wanted. np.array makes one of it.",
    ),
    "a number": (lambda x, s: 5.0, "Its shape is (); the shape (2,) was wanted."),
    "another shape": (lambda x, s: lengths_right(x, s)[:, None], "Its shape is (2, 1); the shape (2,) was wanted."),
    "another dtype": (lambda x, s: lengths_right(x, s).astype("float32"), "Its dtype is float32; float64 was wanted."),
    "whole numbers": (lambda x, s: lengths_right(x, s).astype(int), "It holds whole numbers (int64);"),
    "NaN": (lambda x, s: lengths_right(x, s) * np.nan, "It contains NaN (not a number)."),
    "equal to everything": (lambda x, s: SaysItIsEqual(), "It is an object of type SaysItIsEqual;"),
    "a list of things equal to everything": (lambda x, s: [SaysItIsEqual()] * 2, "It is a list;"),
    "an array equal to everything": (lambda x, s: np.zeros(2).view(EqualArray), "It is an object of type EqualArray;"),
    "an array of objects": (lambda x, s: np.array([SaysItIsEqual(), None]), "It holds Python objects (object);"),
    "a function": (lambda x, s: lengths_right, "It is an object of type function;"),
    "a list in lists, 100,000 deep": (lambda x, s: nested(100_000), "It is a list;"),
    "a number of 6,000 digits": (lambda x, s: 10**6000, "It"),
    "a class": (Lengths, "This check wants a function; it was given the class Lengths."),
    "called instead of handed over": (np.array([5.0, 0.0]), f"{ITSELF} it was given array([5., 0.])."),
    "nothing": (None, f"{ITSELF} it was given None."),
}


@pytest.mark.parametrize(("written", "sentence"), BAD.values(), ids=BAD)
def test_whatever_is_handed_in_gets_one_clear_sentence(written, sentence, capsys):
    verdict = lengths.run(written)
    assert verdict.status == "not yet"
    assert sentence in verdict.message
    assert max(map(len, verdict.message.splitlines())) < 200
    assert lengths(written) is None
    out = capsys.readouterr().out
    assert out.startswith("✘ lengths: not yet.\n")
    assert out.endswith("For another hint: check.lengths.hint()\n")
    assert "a look at the data" not in out


def test_a_keyboard_interrupt_is_the_learners_own():
    def waits(x, scale):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lengths.run(waits)


def test_the_right_answer_is_correct_and_says_on_how_many_cases(capsys):
    assert lengths.run(lengths_right) == Verdict("correct", "", 2)
    lengths(lengths_right)
    assert capsys.readouterr().out == "✔ lengths: correct, on 2 cases. 2 points.\n"


def test_printing_as_well_as_returning_is_no_mistake(capsys):
    lengths(prints_and_returns)
    assert capsys.readouterr().out == "✔ lengths: correct, on 2 cases. 2 points.\n"


@pytest.mark.parametrize("written", [..., lambda x, scale: stub()])
def test_what_is_not_written_yet_is_called_so(written, capsys):
    lengths(written)
    assert capsys.readouterr().out == "○ lengths: not written yet.\n"


def stub():
    raise NotImplementedError("Your code goes here.")


def test_what_a_library_has_not_implemented_is_an_exception_like_others():
    def lacks(x, scale):
        raise NotImplementedError("Model Own does not have a `call()` method implemented.")

    verdict = lengths.run(lacks)
    assert verdict.status == "not yet"
    assert "raised NotImplementedError: Model Own does not have" in verdict.message


def test_the_call_the_values_and_the_mistakes_hint_are_shown(capsys):
    lengths(lambda x, scale: abs(scale) * (x**2).sum(axis=1))
    assert capsys.readouterr().out == (
        "✘ lengths: not yet.\n"
        f"  {CALL}\n"
        "    wanted: array([5., 0.])\n"
        "    got:    array([25., 0.])\n"
        "  1 of 2 values differ, the first at index [0].\n"
        f"  Hint: {SQUARED_SIZE}\n"
        "  For another hint: check.lengths.hint()\n"
    )


def test_a_mistake_made_in_one_case_only_is_explained():
    verdict = lengths.run(lambda x, scale: scale * lengths_right(x, 1))
    assert verdict.message.endswith(f"Hint: {NO_ABS}")


def test_an_earlier_failure_is_reported_before_a_later_exception():
    def late(x, scale):
        return (x**2).sum(axis=1) if scale > 0 else stub_of_a_case()

    def stub_of_a_case():
        raise ValueError("only in the second case")

    assert "25." in lengths.run(late).message


def test_hints_come_one_by_one_and_end(capsys):
    @value("Count.", "Then count again.", points=1, mistakes={})
    def count():
        return 26

    for _ in range(4):
        count.hint()
    end = "count: those were all 2 hints. The solutions folder has one way to do it.\n"
    assert capsys.readouterr().out == "Hint 1 of 2: Count.\nHint 2 of 2: Then count again.\n" + 2 * end


def test_progress_is_kept_once_correct(capsys):
    for written in (raises, lengths_right, raises):
        lengths(written)
    assert [(event["check"], event["status"], event["points"]) for event in progress.read()[0].values()] == [
        (lengths.key, "correct", 2)
    ]
    assert lengths.key == "test_checking.lengths"


def test_a_stub_leaves_no_trace():
    lengths(lambda x, scale: stub())
    assert progress.read() == ({}, None)


def test_a_damaged_progress_file_does_not_hide_the_verdict(capsys):
    progress.progress_file().write_bytes(b"\xff garbage")
    lengths(lengths_right)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("✔ lengths: correct")
    assert second.startswith("Part of your progress file was unreadable")


def test_the_same_seed_asks_the_same_and_another_seed_does_not():
    def asked(seed):
        seen = []
        lengths.run(lambda x, scale: seen.append(x.tolist()) or lengths_right(x, scale), seed)
        return seen

    assert asked(3) == asked(3) != asked(4)
