"""Gradients of what Keras computes equal the brute-force ones, on each backend that is installed."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import course_lib
from course_lib.backend_gradients import value_and_gradients
from course_lib.gradients import numeric_gradient
from tests.witness import witness

# Keras computes its formulas in float32 on JAX.
NEAR = 1e-5 if os.environ.get("COURSE_BACKEND") == "jax" else 1e-12
OTHERS = [name for name in ("jax", "torch") if importlib.util.find_spec(name)]


@pytest.fixture
def model(keras):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Conv2D(3, 3, activation="tanh"), keras.layers.Flatten(), keras.layers.Dense(2)]
    return keras.Sequential([keras.Input((5, 5, 1)), *layers])


@witness("hypothesis", value_and_gradients)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.integers(0, 2**32 - 1))
def test_slopes_of_a_formula_equal_the_brute_force_ones(shape, seed):
    from keras import ops

    x, y = np.random.default_rng(seed).standard_normal((2, *shape))
    value, slopes = value_and_gradients(lambda x, y: ops.sum(ops.exp(ops.sin(x)) * y), x, y)
    assert value == pytest.approx(np.sum(np.exp(np.sin(x)) * y), rel=NEAR, abs=NEAR)
    for of, slope in zip((x, y), slopes, strict=True):
        wanted = numeric_gradient(lambda: np.sum(np.exp(np.sin(x)) * y), of)
        np.testing.assert_allclose(slope, wanted, rtol=max(NEAR, 1e-6), atol=max(NEAR, 1e-8))


@witness("numeric", value_and_gradients)
@witness("keras", value_and_gradients)
def test_slopes_of_a_model_equal_the_tape_and_the_brute_force_ones(model):
    import tensorflow as tf

    x = np.random.default_rng(1).standard_normal((2, 5, 5, 1))

    def loss(x):
        return tf.reduce_sum(model(x) ** 2)

    value, (dx, *grads) = value_and_gradients(loss, x.astype("float32"), variables=model.trainable_variables)
    with tf.GradientTape() as tape:
        wanted = loss(x)
    assert value == pytest.approx(float(wanted), rel=1e-6)
    for ours, theirs in zip(grads, tape.gradient(wanted, model.trainable_variables), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    slope = numeric_gradient(lambda: float(loss(x)), x, step=1e-2)
    np.testing.assert_allclose(dx, slope, rtol=2e-2, atol=2e-2)


def test_what_f_does_not_depend_on_has_the_slope_0(model):
    variables = model.trainable_variables[-1:]
    value, slopes = value_and_gradients(
        lambda x, y: y[0] ** 2, np.ones((2, 3)), np.array([3.0, 1.0]), variables=variables
    )
    assert value == 9
    for slope, wanted in zip(slopes, [np.zeros((2, 3)), [6, 0], [0, 0]], strict=True):
        np.testing.assert_array_equal(slope, wanted)


def test_whole_numbers_have_slopes_too():
    value, (slope,) = value_and_gradients(lambda x: x[0] * x[1], np.array([2, 3], "uint8"))
    assert value == 6
    np.testing.assert_array_equal(slope, [3, 2])


def test_f_returns_one_number():
    with pytest.raises(ValueError, match=r"what f returns must have the shape of one number, \(\), got \(2,\)"):
        value_and_gradients(lambda x: x, np.ones(2))


if OTHERS:

    @pytest.mark.parametrize("backend", OTHERS)
    def test_every_backend_says_the_same(backend):
        """The tests of this file, on Keras with another backend. They have no tape."""
        chosen = {**os.environ, "COURSE_BACKEND": backend, "JAX_ENABLE_X64": "1"}
        told = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:xdist",
                "-p",
                "no:cacheprovider",
                __file__,
                "-k",
                "not tape and not every",
            ],
            env=chosen,
            cwd=course_lib.ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stdout
