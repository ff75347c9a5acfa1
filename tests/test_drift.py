"""Two samples and their largest gap, against SciPy and by counting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from course_lib import drift
from tests.witness import without, witness

BOTH = [drift.kolmogorov_smirnov, drift.gap_limit]
pytestmark = [
    *without(["numeric"], "it counts: there is no gradient", *BOTH),
    *without(["keras"], "Keras has no such test; SciPy has", *BOTH),
]
SAMPLES = st.lists(st.integers(-5, 5), min_size=1, max_size=12)


@witness("hypothesis", drift.kolmogorov_smirnov)
@given(SAMPLES, SAMPLES)
def test_the_gap_is_scipys_ties_and_all(a, b):
    wanted = ks_2samp(a, b, method="asymp").statistic
    assert drift.kolmogorov_smirnov(a, b) == pytest.approx(wanted, abs=1e-12)
    assert drift.kolmogorov_smirnov(b, a) == drift.kolmogorov_smirnov(a, b)


@witness("hypothesis", drift.gap_limit)
@given(st.integers(1, 40), st.integers(0, 5))
def test_no_window_of_one_number_is_apart_where_all_are_equal(window, seed):
    assert drift.gap_limit(np.ones(10), window, draws=20, seed=seed) == 0


def test_by_hand():
    assert drift.kolmogorov_smirnov([1, 2], [3, 4]) == 1
    assert drift.kolmogorov_smirnov([1, 2, 3, 4], [2.5]) == 0.5


def test_as_many_windows_ring_as_were_asked_for():
    """Windows and references that are all drawn anew: about 5 in 100, where the reference is the world."""
    rng = np.random.default_rng(0)
    rings = []
    for _ in range(30):
        reference = rng.random(360)
        limit = drift.gap_limit(reference, 60, 0.05, draws=400)
        rings.append(np.mean([drift.kolmogorov_smirnov(reference, rng.random(60)) > limit for _ in range(50)]))
    assert np.mean(rings) == pytest.approx(0.05, abs=0.025)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: drift.kolmogorov_smirnov([], [1]), "a must hold at least one number"),
        (lambda: drift.kolmogorov_smirnov([1], [np.nan]), "b must hold finite numbers"),
        (lambda: drift.kolmogorov_smirnov([[1]], [1]), "a must have the shape"),
        (lambda: drift.gap_limit([1], 0), "window must be a whole number from 1 up"),
        (lambda: drift.gap_limit([1], 1, 2), "false_alarms must be a number from 0 to 1"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()
