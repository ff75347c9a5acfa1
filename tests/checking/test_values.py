"""Values as answers: compared with their type, not told, and of a dict each entry for itself."""

from collections import OrderedDict, defaultdict
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from course_lib.checking.answers import NotYet
from course_lib.checking.check import Verdict
from course_lib.checking.kinds import value
from tests.checking.odd import SaysItIsEqual


@value("Count.", "Then count again.", points=1, mistakes={"One too few.": 25, "Twice too many.": 52})
def count():
    return 26


@value(
    "A hint.",
    points=1,
    mistakes={"a is not one.": {"a": 1, "b": "no"}, "b is yes or no, and it is not yes.": {"a": 2, "b": "yes"}},
)
def answers():
    return {"a": 2, "b": "no"}


def _sign_of(number):
    if type(number) not in (int, float):
        raise NotYet("A number is wanted.")
    return int(np.sign(number))


@value("A hint.", points=1, of=_sign_of, mistakes={"It is above 0.": 4.0, "It is 0.": 0})
def any_negative():
    return -1


def test_a_predicted_value_is_judged_without_telling_it(capsys):
    for written in (27, 25):
        count(written)
    out = capsys.readouterr().out
    assert "26" not in out
    assert out.count("The value differs.") == 2
    assert out.count("Hint: One too few.") == 1


@pytest.mark.parametrize(
    ("written", "status"),
    [
        (26, "correct"),
        (np.int64(26), "correct"),
        (26.0, "correct"),
        (np.float32(26), "correct"),
        (Fraction(26), "correct"),
        (Decimal("26.0"), "correct"),
        (Fraction(53, 2), "not yet"),
        (Fraction(10**400), "not yet"),
        (Decimal("sNaN"), "not yet"),
        (26.5, "not yet"),
        ("26", "not yet"),
        ([26], "not yet"),
        (None, "not yet"),
        (..., "not written yet"),
        (True, "not yet"),
        (SaysItIsEqual(), "not yet"),
    ],
)
def test_a_value_is_compared_with_its_type(written, status):
    assert count.run(written).status == status


def test_a_dict_is_judged_entry_by_entry_and_none_is_told():
    verdict = answers.run({"a": 7, "b": "yes"})
    assert "At key 'a': The value differs." in verdict.message
    assert "Hint" not in verdict.message
    assert answers.run({"a": 1, "b": "yes"}).message.endswith("Hint: a is not one.")
    assert answers.run({"a": 2, "b": "yes"}).message.endswith("Hint: b is yes or no, and it is not yes.")
    assert "wanted:" not in verdict.message
    assert answers.run({"b": " No ", "a": 2}) == Verdict("correct", "", 2)


@pytest.mark.parametrize("kind", [OrderedDict, lambda pairs: defaultdict(str, pairs), dict])
def test_each_of_pythons_kinds_of_dict_is_one(kind):
    assert answers.run(kind([("b", "no"), ("a", Fraction(2))])).status == "correct"
    assert "At key 'a': The value differs." in answers.run(kind([("a", 3), ("b", "no")])).message


@pytest.mark.parametrize("written", [{"a": 2}, {"a": 2, "b": "no", "c": 1}, [2, "no"], {SaysItIsEqual(): 2}, 5])
def test_a_dict_of_another_form_is_not_yet(written):
    assert answers.run(written).status == "not yet"


def test_where_many_answers_are_right_what_they_have_in_common_is_judged_and_shown():
    assert any_negative.run(-3).status == any_negative.run(-0.5).status == "correct"
    assert any_negative.run(7).message == (
        "any_negative\n  wanted: -1\n  got:    1\nThe value differs.\nHint: It is above 0."
    )
    assert any_negative.run("7").message == "A number is wanted."
