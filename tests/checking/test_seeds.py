"""A right answer is right whatever the random cases are: here on some seeds, on 20,000 by ``tests.bench.seeds``."""

import numpy as np
import pytest

from course_lib.checking.answers import function_answer
from course_lib.checking.kinds import implement
from course_lib.checks import all_checks
from tests.bench.seeds import right_answer, tried

FUNCTIONS = [check for check in all_checks() if check.accept is function_answer]


@pytest.mark.parametrize("check", FUNCTIONS, ids=lambda check: check.key)
def test_a_right_answer_is_right_on_many_seeds(check):
    assert tried(check, right_answer(check), range(100, 10_000), most_seconds=0.5).refused == []


@implement(lambda rng: iter([(float(rng.integers(10)),)]), "A hint.", points=1, mistakes={})
def tenth(x):
    """Differs from what it should be for one number in ten."""
    return x if x != 3 else np.nan


def test_the_seeds_on_which_an_answer_is_refused_are_found():
    found = tried(tenth, lambda x: x, range(200))
    wrong = [seed for seed in range(200) if np.random.default_rng(seed).integers(10) == 3]
    assert [seed for seed, _ in found.refused] == wrong
    assert found.seeds == 200
    assert 5 < len(wrong) < 40
    assert str(found).startswith(f"test_seeds.tenth: 200 seeds, {len(wrong)} refused, ")
    assert f"seed {wrong[0]}: tenth(3.0) | " in str(found)
