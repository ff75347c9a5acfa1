"""Whatever a notebook has set before a check is called, its answers get the verdicts that they always get.

NumPy raises where it warned, warnings are errors, Keras counts in 16 bits: all at once, since none of them may matter.
"""

from contextlib import ExitStack

import pytest

from course_lib.checking.answers import model_answer
from course_lib.checks import overfitting, practice
from tests.checking.test_checks import ALL, UNTRAINED, written
from tests.checking.test_world import keras_as, odd_printing, raising, warnings_as_errors

# Those that train take seconds each; the others stand for what is common to all.
TRAINED = [check for check in ALL if check.accept is model_answer]
OF_THESE = [check for check in TRAINED if check.module in (overfitting.__name__, practice.__name__)]
every_untrained = pytest.mark.parametrize("check", UNTRAINED, ids=lambda check: check.key)


@pytest.fixture
def strict_world():
    with ExitStack() as worlds:
        for world in (keras_as(dtype_policy="mixed_float16"), raising(), warnings_as_errors(), odd_printing()):
            worlds.enter_context(world)
        yield


@pytest.mark.parametrize("check", UNTRAINED + OF_THESE, ids=lambda check: check.key)
def test_a_solution_is_right_in_a_strict_world(check, strict_world):
    verdict = check.run(written(check))
    assert (verdict.status, verdict.message) == ("correct", "")


@every_untrained
def test_a_usual_mistake_is_told_in_the_same_words_in_a_strict_world(check, request):
    usual = [check.run(answer) for answer in check.mistakes.values()]
    request.getfixturevalue("strict_world")
    assert [check.run(answer) for answer in check.mistakes.values()] == usual
