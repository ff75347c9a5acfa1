"""A usual mistake is a slip in the right answer: made when it is first needed, and only if its piece is there once."""

import ast
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest

from course_lib.checking.kinds import implement, value
from course_lib.checking.mistakes import code_of, replacements, slipped_code, wrong_functions
from course_lib.checks import all_checks

FACTOR = 3.0
SLIPS = [
    pytest.param(check, hint, wrong, id=f"{check.key}-{number}")
    for check in all_checks()
    for number, (hint, wrong) in enumerate(getattr(check.mistakes, "written", {}).items())
    if isinstance(wrong, str) and check.mistakes.right
]
ENTRIES = [
    pytest.param(check, hint, wrong, id=f"{check.key}-{number}")
    for check in all_checks()
    for number, (hint, wrong) in enumerate(getattr(check.mistakes, "written", {}).items())
    if isinstance(wrong, dict)
]


def _cases(rng):
    yield (np.array([1.0, 2.0]),)
    yield (rng.normal(size=3),)


@implement(
    _cases,
    "A hint with ) and FACTOR * x in it.",
    points=1,
    mistakes={
        "The factor is missing.": "FACTOR * x → x",
        "Two pieces.": "np.exp → np.log; y + 1 → y - 1",
        "A piece is left out.": "+ 1 →",
        "A line more.": "y = → x = x[::-1]\n    y =",
        "It overflows.": lambda x: np.exp(1e6 * x),
        "Not there.": "np.tan → np.sin",
        "There twice.": "( → [",
    },
)
def scaled(x):
    """FACTOR * x is in the docstring, and np.tan as well."""
    y = np.exp(FACTOR * x)
    # A comment is no slip's place, but may be one's.
    return y + 1


X = np.array([1.0, 2.0])


@pytest.mark.parametrize(
    ("hint", "wanted"),
    [
        ("The factor is missing.", np.exp(X) + 1),
        ("Two pieces.", np.log(3 * X) - 1),
        ("A piece is left out.", np.exp(3 * X)),
        ("A line more.", np.exp(3 * X[::-1]) + 1),
    ],
)
def test_a_slip_is_the_right_answer_with_its_pieces_replaced(hint, wanted):
    np.testing.assert_array_equal(scaled.mistakes[hint](X), wanted)
    assert scaled.run(scaled.mistakes[hint]).message.endswith(f"Hint: {hint}")


@pytest.mark.parametrize(("hint", "piece", "times"), [("Not there.", "'np.tan'", 0), ("There twice.", r"'\('", 2)])
def test_a_piece_that_is_not_there_once_is_named_with_check_and_hint(hint, piece, times):
    with pytest.raises(ValueError, match=f"scaled: {piece} must stand once .*, not {times} times. Hint: {hint}"):
        scaled.mistakes[hint]


def test_a_faulty_slip_does_not_reach_the_learner():
    assert scaled.run(lambda x: x).message.startswith("scaled(array([1., 2.]))\n  wanted:")


def test_the_wrong_function_sees_its_modules_globals_as_they_are_now(monkeypatch):
    monkeypatch.setitem(globals(), "FACTOR", 5.0)
    np.testing.assert_array_equal(scaled.mistakes["A piece is left out."](X), np.exp(5 * X))
    assert "scaled" in globals()


def test_code_has_neither_decorators_nor_docstring():
    assert code_of(scaled.mistakes.right).splitlines() == [
        "def scaled(x):",
        "    y = np.exp(FACTOR * x)",
        "    # A comment is no slip's place, but may be one's.",
        "    return y + 1",
    ]


def test_a_mistake_may_overflow_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isinf(scaled.mistakes["It overflows."](X)).all()


def test_a_wrong_answer_is_made_once_and_only_when_it_is_asked_for():
    made = []
    mistakes = wrong_functions({"One.": "a → b", "Another.": len})
    mistakes._make = lambda hint, written: made.append(hint) or written
    assert list(mistakes) == ["One.", "Another."]
    assert len(mistakes) == 2
    assert made == []
    assert mistakes["Another."] is mistakes["Another."]
    assert made == ["Another."]
    with pytest.raises(KeyError):
        mistakes["A third."]


def test_of_a_dict_only_the_changed_entry_is_written():
    @value("A hint.", points=1, mistakes={"One too many.": {"a": 3}, "Both.": {"a": 0, "b": "yes"}})
    def entries():
        return {"a": 2, "b": "no"}

    assert dict(entries.mistakes) == {"One too many.": {"a": 3, "b": "no"}, "Both.": {"a": 0, "b": "yes"}}
    assert entries.run({"a": 3, "b": "no"}).message.endswith("Hint: One too many.")


# All checks


@pytest.mark.parametrize(("check", "hint", "slip"), SLIPS)
def test_each_piece_stands_once_in_the_right_answer_and_the_slip_changes_it(check, hint, slip):
    code = code_of(check.mistakes.right)
    for old, new in replacements(slip):
        assert old
        assert old != new
        assert code.count(old) == 1, f"{check.key}: {old!r} stands {code.count(old)} times in the code. Hint: {hint}"
    assert ast.dump(ast.parse(slipped_code(check.mistakes.right, hint, slip))) != ast.dump(ast.parse(code))


@pytest.mark.parametrize(("check", "hint", "wrong"), ENTRIES)
def test_each_wrong_entry_is_an_entry_and_not_the_right_one(check, hint, wrong):
    right = check.mistakes.right()
    assert wrong.keys() <= right.keys()
    assert any(wrong[key] != right[key] for key in wrong)


def test_importing_the_checks_compiles_and_parses_nothing():
    script = """
import builtins, ast, sys
import numpy, course_lib.checking.kinds, course_lib.checking.models, course_lib.checks
from course_lib.checking import mistakes
def never(*args, **kwargs): raise AssertionError("a check module made a mistake while it was imported")
mistakes.slipped = mistakes.code_of = mistakes.Mistakes.__getitem__ = never
checks = course_lib.checks.all_checks()
print(len(checks), sum(len(check.mistakes) for check in checks), "keras" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert re.fullmatch(r"\d+ \d+ False\n", run.stdout)


# A doctor draws its lines where it likes: the exercise names none, and judges what is said.
OWN_LIMITS = {"practice.doctor"}
SMALL = [
    pytest.param(check, float(number), id=f"{check.key}-{number}")
    for check in all_checks()
    if getattr(right := getattr(check.mistakes, "right", None), "__name__", "") == check.name
    and check.key not in OWN_LIMITS
    for number in sorted(set(re.findall(r"\b(?:1e-\d+|0\.0\d+)\b", code_of(right))))
]


@pytest.mark.parametrize(("check", "number"), SMALL)
@pytest.mark.parametrize("factor", [0, 0.1, 0.5, 2, 10])
def test_a_small_constant_that_the_exercise_names_is_told_from_others(check, number, factor):
    right = check.mistakes.right
    tree = ast.parse(code_of(right))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value == number:
            node.value = factor * number
    names = {}
    exec(compile(tree, "<another constant>", "exec"), right.__globals__, names)
    assert check.run(np.errstate(all="ignore")(names[right.__name__])).status == "not yet"
