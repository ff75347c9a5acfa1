"""The checks catch at least 95 % of the wrong answers that are one slip away from the right one, and we can tell.

At most 60 mutants of each exercise are run here, always the same, and all of them in ``make mutants``. Those that
train a network take seconds each: one stands for them, and tests/checks/ has networks that are trained wrongly.
"""

import functools
import sys
import textwrap
import tomllib
from dataclasses import replace

import pytest

if sys.platform == "win32":
    pytest.skip("Mutants run in forked processes, which Windows does not have.", allow_module_level=True)

from course_lib.checking.answers import function_answer, model_answer
from course_lib.checking.check import Check
from course_lib.checking.doctors import _fresh_runs
from course_lib.checking.kinds import implement
from course_lib.checks import all_checks
from tests.mutants.counting import (
    EQUIVALENT,
    complaints,
    equivalents,
    exercises,
    failed,
    lines_of,
    marked_lines,
    measure,
    measured,
    mutants_of,
    sampled,
    table,
)
from tests.mutants.runs import Exercise, Unsound, outcomes

MOST, TRAINED = 60, "losses.train_robust"
KEYS = [check.key for check in all_checks() if check.key == TRAINED or check.accept is not model_answer]
# About a minute of one processor, all of it spent before the first of these tests; a busy machine may give little.
pytestmark = pytest.mark.timeout(1800)
every_exercise = pytest.mark.parametrize("key", KEYS)


# The checks


@functools.cache
def all_mutants():
    """{key: (exercise, its mutants)}"""
    return {exercise.key: (exercise, mutants_of(exercise)) for exercise in exercises()}


@functools.cache
def chosen():
    """{key: (exercise, those of its mutants that are run here, which lines are equivalent)}"""
    listed = equivalents()
    found = {}
    for key, (exercise, some) in all_mutants().items():
        if key not in KEYS:
            continue
        if exercise.trains:
            some = [one for one in some if lines_of(one) not in listed.get(key, ())]
        found[key] = exercise, sampled(some, 1 if exercise.trains else MOST), listed.get(key, ())
    return found


@pytest.fixture(scope="module")
def found():
    """{key: what became of the exercise's mutants}"""
    return {one.key: one for one in measured(chosen().values(), jobs=1)}


@every_exercise
def test_the_check_catches_the_mutants(key, found):
    assert not failed([found[key]]), "\n".join(complaints([found[key]]))


@every_exercise
def test_no_mutant_makes_the_check_itself_raise(key, found):
    assert [one for one, outcome in found[key].outcomes.items() if outcome.end == "check raised"] == []


@pytest.mark.parametrize("key", equivalents())
def test_what_is_listed_as_equivalent_is_a_mutant(key):
    assert equivalents()[key] - {lines_of(one) for one in all_mutants()[key][1]} == set()


def test_what_is_listed_as_equivalent_is_correct_whatever_the_random_cases_are():
    """On 20 seeds, without the exercises that train, for which twenty networks for each mutant would take too long.

    Ten seeds at a time: the doctor's check keeps that many rounds of runs, and makes none of them twice so.
    """
    assert _fresh_runs.cache_info().maxsize == 10
    work = [
        (replace(exercise, seeds=seeds), [one for one in some if lines_of(one) in listed], listed)
        for seeds in (tuple(range(10)), tuple(range(10, 20)))
        for key, listed in equivalents().items()
        for exercise, some in [all_mutants()[key]]
        if not exercise.trains
    ]
    assert work
    found = list(measured(work, jobs=1))
    assert [one.problem for one in found if one.problem] == []
    assert [(one.key, lines_of(mutant)) for one in found for mutant in one.wrongly_excused] == []


def test_every_equivalent_has_a_reason_and_is_listed_once():
    entries = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["equivalent"]
    assert [entry for entry in entries if len(entry["reason"].split()) < 5 or not entry["after"]] == []
    listed = [(entry["check"], entry["before"], after) for entry in entries for after in entry["after"]]
    assert len(set(listed)) == len(listed)


# The measuring: a check that sees too little


def slope(x):
    return 2.0 * x + 1.0


def slope_check(cases):
    return implement(cases, points=1, mistakes={})(slope)


weak_check = slope_check(lambda rng: iter([(0.0,)]))
good_check = slope_check(lambda rng: iter([(0.0,), (1.0,), (float(rng.normal()),)]))
# With seed 0 the case is the weak check's, with the other seed it is a good one.
late_check = slope_check(lambda rng: iter([(float(rng.random() < 0.5),)]))
raising_check = Check("slope", lambda trial: trial.require(1 / trial.ask(1.0), ""), function_answer, 1, ())
SLOPE = textwrap.dedent("""\
    def slope(x, unused=7):
        # BEGIN SOLUTION
        return 2.0 * x + 1.0
        # END SOLUTION
    """)


def slope_exercise(check, cell=SLOPE, handed="slope"):
    before = ("import os", "import numpy as np")
    return Exercise(check, __name__, check, before, cell, marked_lines(cell), (), handed, False)


def test_a_weak_check_fails_and_its_survivors_are_told():
    exercise = slope_exercise("weak_check")
    one = measure(exercise, mutants_of(exercise))
    assert 0 < one.share < 0.95
    assert failed([one]) == ["weak_check"]
    told = "\n".join(complaints([one]))
    assert "weak_check: not caught (constants_changed)\n  - return 2.0 * x + 1.0\n  + return 3.0 * x + 1.0" in told
    assert "+ return 2.0 * x + 1.5" not in told
    assert f"{one.share:.1%}" in [cell for column in table([one]).columns for cell in column.cells]


def test_a_good_check_passes():
    exercise = slope_exercise("good_check")
    one = measure(exercise, mutants_of(exercise))
    assert (one.share, one.survivors, list(complaints([one])), failed([one])) == (1.0, [], [], [])
    assert one.visible_share == 1.0
    assert len(one.outcomes) > 10


def test_an_equivalent_mutant_does_not_count_and_none_is_excused_that_is_caught():
    exercise = slope_exercise("weak_check")
    some = mutants_of(exercise)
    survivors = {lines_of(mutant) for mutant in measure(exercise, some).survivors}
    one = measure(exercise, some, survivors)
    assert (one.share, one.survivors, failed([one])) == (1.0, [], [])
    assert len(one.counted) == len(some) - len(survivors)

    caught = next(iter({lines_of(mutant) for mutant in some} - survivors))
    one = measure(exercise, some, {*survivors, caught})
    assert failed([one]) == ["weak_check"]
    assert "weak_check: listed as equivalent, but caught" in "\n".join(complaints([one]))


def test_what_only_the_hidden_cases_catch_is_told_apart():
    exercise = slope_exercise("late_check")
    one = measure(exercise, mutants_of(exercise))
    assert one.visible_share < one.share


def test_a_mutant_that_never_ends_eats_all_memory_or_kills_its_process_is_caught():
    exercise = slope_exercise("good_check")
    written = [
        f"def slope(x):\n    {line}"
        for line in (
            "return 2.0 * x + 1.0",
            "while True: x += 1",
            "return 1 + 2 * x + 0 * np.ones(10**10).sum()",
            "return slope(x)",
            "os.kill(os.getpid(), 9)",
            "os._exit(0)",
            "return 1.0 + 2.0 * x",
            "raise SystemExit",
        )
    ]
    ends = [outcome.end for outcome in outcomes(exercise, [*written, "slope = 1 / 0"])]
    assert ends == ["correct", "too slow", "not yet", "not yet", "killed", "killed", "correct", "not yet", "crashed"]


def test_a_check_that_raises_is_told():
    ends = outcomes(slope_exercise("raising_check"), ["slope = lambda x: 0.0", "slope = lambda x: 1.0"])
    assert [one.end for one in ends] == ["check raised", "correct"]


def test_where_the_solution_itself_is_not_correct_nothing_is_measured():
    exercise = slope_exercise("good_check", SLOPE.replace("2.0", "3.0"))
    with pytest.raises(Unsound, match="good_check: its solution is not correct but: not yet"):
        outcomes(exercise, [])
    one = measure(exercise, mutants_of(exercise))
    assert failed([one]) == ["good_check"]
    assert "its solution is not correct" in "\n".join(complaints([one]))


def test_a_notebook_that_does_not_run_is_no_measurement():
    with pytest.raises(Unsound, match="does not run up to the solution"):
        outcomes(replace(slope_exercise("good_check"), before=("1 / 0",)), [])


def test_one_mutant_leaves_nothing_behind_for_the_next():
    forgetful = SLOPE.replace("# BEGIN SOLUTION", "global np; np = None  # BEGIN SOLUTION")
    kept = "def slope(x):\n    return np.float64(2.0 * x + 1.0)"
    assert not outcomes(slope_exercise("good_check"), [forgetful, kept])[1].caught


def test_a_sample_is_always_the_same():
    assert sampled(range(100), 3) == sampled(range(100), 3)
    assert sampled(range(2), 3) == [0, 1]
    assert len(set(sampled(range(100), 50))) == 50
