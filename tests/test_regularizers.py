"""Penalties on weights: alone, in a layer, and in training, beside Keras' regularizers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.gradients import numeric_gradient
from course_lib.layers import Activation, Dense, Sequential
from course_lib.optimizers import SGD
from course_lib.regularizers import L1, L1L2, L2, l1_penalty, l1_penalty_grad, l2_penalty, l2_penalty_grad, penalty
from course_lib.training import evaluate, fit
from tests.witness import shaken, witness

# Ours, and Keras' by the same name; constants that are exact in float32, to which Keras rounds.
PENALTIES = [(L1(0.125), "L1", (0.125,)), (L2(0.25), "L2", (0.25,)), (L1L2(0.5, 0.125), "L1L2", (0.5, 0.125))]


def penalized(rng):
    first = Dense(3, 4, rng, kernel_regularizer=L2(0.125))
    last = Dense(4, 2, rng, use_bias=False, kernel_regularizer=L1L2(0.25, 0.5))
    first.regularizers["bias"] = L1(0.5)
    return shaken(Sequential(first, Activation("tanh"), Sequential(last)), rng)


def twin_of(ours, keras):
    r = keras.regularizers
    first = keras.layers.Dense(4, "tanh", kernel_regularizer=r.L2(0.125), bias_regularizer=r.L1(0.5))
    last = keras.layers.Dense(2, use_bias=False, kernel_regularizer=r.L1L2(0.25, 0.5))
    model = keras.Sequential([keras.Input((3,)), first, last])
    model.set_weights(ours.get_weights())
    return model


@witness("numeric", L1, L2, L1L2)
@pytest.mark.parametrize(("ours", "name", "constants"), PENALTIES)
def test_slopes_equal_brute_force(ours, name, constants, rng):
    w = rng.standard_normal((3, 4))
    np.testing.assert_allclose(ours.gradient(w), numeric_gradient(lambda: ours(w), w), rtol=1e-6, atol=1e-9)


@witness("keras", L1, L2, L1L2)
@pytest.mark.parametrize(("ours", "name", "constants"), PENALTIES)
def test_equals_keras(ours, name, constants, rng, keras):
    w = rng.standard_normal((3, 4))
    np.testing.assert_allclose(ours(w), getattr(keras.regularizers, name)(*constants)(w), rtol=1e-9)


@witness("hypothesis", L1, L2, L1L2, penalty)
@given(st.floats(0, 10), st.floats(0, 10), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_a_penalty_is_the_sum_of_its_weights(l1, l2, depth, seed):
    rng = np.random.default_rng(seed)
    layers = [Dense(2, 2, rng, kernel_regularizer=L1L2(l1, l2)) for _ in range(depth)]
    kernels = [layer.params["kernel"] for layer in layers]
    total = sum(l1 * abs(w) + l2 * w * w for kernel in kernels for w in kernel.flat)
    np.testing.assert_allclose(penalty(Sequential(*layers)), total, rtol=1e-9, atol=1e-12)
    assert L1(l1)(kernels[0]) + L2(l2)(kernels[0]) == L1L2(l1, l2)(kernels[0])
    assert penalty(Dense(2, 2, rng)) == 0


@witness("numeric", penalty)
def test_gradients_hold_the_penalty_s_slopes(rng):
    ours, x, dy = penalized(rng), rng.standard_normal((5, 3)), rng.standard_normal((5, 2))

    def loss():
        return np.sum(dy * ours.forward(x)) + penalty(ours)

    loss()
    ours.backward(dy)
    for p, gradient in zip(ours.parameters(), ours.gradients(), strict=True):
        np.testing.assert_allclose(gradient, numeric_gradient(loss, p), rtol=1e-5, atol=1e-8)


@witness("keras", penalty)
@pytest.mark.parametrize("frozen", [False, True])
def test_training_with_penalties_beside_keras(frozen, rng, keras):
    """What is frozen is not penalized either: it could not become smaller."""
    ours, (x, y) = penalized(rng), (rng.standard_normal((10, 3)), rng.standard_normal((10, 2)))
    model = twin_of(ours, keras)
    ours.layers[0].trainable = model.layers[0].trainable = not frozen
    model.compile(optimizer=keras.optimizers.SGD(2**-4), loss="mean_squared_error", run_eagerly=True)
    np.testing.assert_allclose(penalty(ours), sum(map(float, model.losses)), rtol=1e-9)
    theirs = model.fit(x, y, 4, 2, verbose=0, shuffle=False, validation_data=(x, y)).history
    history = fit(ours, x, y, "mean_squared_error", SGD(2**-4), 2, 4, None, validation_data=(x, y))
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(history[name], theirs[name], rtol=1e-9)
    for w, their in zip(ours.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(w, their, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(evaluate(ours, x, y, "mean_squared_error"), history["val_loss"][-1], rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint32, bool, np.float16])
def test_numbers_of_every_kind_are_made_float(dtype):
    w = np.array([[200, 100], [0, 1]]).astype(dtype)
    for f in (l1_penalty, l1_penalty_grad, l2_penalty, l2_penalty_grad, L1L2(0.5, 0.25), L1L2(0.5, 0.25).gradient):
        np.testing.assert_allclose(f(w), f(w.astype(float)), rtol=1e-3 if dtype is np.float16 else 0)
    assert l2_penalty(np.array([200, 100], np.uint8)) == 500
    assert l1_penalty(np.array([-128], np.int8), 1) == 128


@pytest.mark.parametrize("wrong", [lambda: L1(-1), lambda: L2(np.nan), lambda: L1L2(0.5, np.inf)])
def test_bad_input_gets_a_sentence(wrong):
    with pytest.raises(ValueError, match=r"l[12] must be a number from 0 up, got (-1|nan|inf)"):
        wrong()
