"""The brute-force gradient, before slopes that are known otherwise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.gradients import numeric_gradient
from tests.witness import without, witness

pytestmark = without(["numeric"], "it is this witness", numeric_gradient)


@witness("hypothesis", numeric_gradient)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.sampled_from([0.0, 1.0, 1e3]), st.integers(0, 2**32 - 1))
def test_slope_of_a_quadratic(shape, scale, seed):
    """Central differences of a x² + b x are exact, but for rounding: 2 a x + b."""
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((2, *shape))
    x = scale * rng.standard_normal(shape)
    before = x.copy()
    slope = numeric_gradient(lambda: np.sum(a * x**2 + b * x), x, step=2.0**-10)
    np.testing.assert_allclose(slope, 2 * a * x + b, rtol=1e-6, atol=1e-12 * max(1, scale) ** 2 * 2**10)
    np.testing.assert_array_equal(x, before)


@witness("keras", numeric_gradient)
def test_slope_equals_the_tape(keras):
    import tensorflow as tf

    x = np.random.default_rng(0).standard_normal((3, 4))
    variable = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.exp(tf.sin(variable)) * variable**2)
    ours = numeric_gradient(lambda: np.sum(np.exp(np.sin(x)) * x**2), x)
    np.testing.assert_allclose(ours, tape.gradient(y, variable), rtol=1e-7, atol=1e-8)


def test_float32_is_refused():
    with pytest.raises(ValueError, match="x must be an array of float64, got float32"):
        numeric_gradient(lambda: 0.0, np.zeros(3, "float32"))


@pytest.mark.parametrize("x", [[1.0, 2.0], 3.0, np.ones(2, int), np.ones(2, np.float16)])
def test_only_what_can_be_changed_in_place_in_float64(x):
    with pytest.raises(ValueError, match=r"x must be an array of float64, got (list|float|int64|float16)"):
        numeric_gradient(lambda: 0.0, x)


def test_f_returns_one_number():
    x = np.ones(2)
    with pytest.raises(ValueError, match=r"what f returns must have the shape of one number, \(\), got \(2,\)"):
        numeric_gradient(lambda: x, x)
    # A loss that counts in whole numbers is taken as a number: below - above would wrap round in uint8.
    np.testing.assert_array_equal(numeric_gradient(lambda: np.uint8(np.floor(3 - x[0])), np.ones(1)), [0.0])
