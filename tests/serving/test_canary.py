"""When a new model is rolled back, and when it is promoted."""

import numpy as np
import pytest

from course_lib.serving.canary import Canary


def test_every_fifth_request_is_the_new_ones():
    canary = Canary(share=0.2)
    assert [canary.serves(k) == "new" for k in range(10)] == ([False] * 4 + [True]) * 2


def test_z_is_that_of_two_shares():
    canary = Canary(least=1000)
    for which, wrong, right in (("old", 5, 95), ("new", 20, 80)):
        for is_wrong, times in ((True, wrong), (False, right)):
            for _ in range(times):
                canary.hear(which, is_wrong)
    p = 0.125
    assert canary.apart() == pytest.approx((0.20 - 0.05) / np.sqrt(2 * p * (1 - p) / 100))


def test_nothing_is_apart_where_nobody_errs():
    canary = Canary()
    canary.hear("old", False)
    canary.hear("new", False)
    assert canary.apart() == 0


def verdict_of(old, new, seed=0):
    canary, rng, number = Canary(), np.random.default_rng(seed), 0
    while canary.verdict == "wait":
        which = canary.serves(number)
        canary.hear(which, rng.random() < {"old": old, "new": new}[which])
        number += 1
    return canary


def test_bad_ones_go_and_good_ones_stay():
    assert verdict_of(0.05, 0.6).verdict == "roll back"
    assert verdict_of(0.05, 0.6).serves(4) == "old"
    assert verdict_of(0.05, 0.0).verdict == "promote"
    assert verdict_of(0.05, 0.0).serves(0) == "new"


def test_no_verdict_before_enough_was_heard():
    canary = Canary(least=20)
    canary.hear("old", False)
    assert {canary.hear("new", True) for _ in range(19)} == {"wait"}
    assert canary.hear("new", True) == "roll back"
    # It stays so, whatever comes.
    assert canary.hear("new", False) == "roll back"
