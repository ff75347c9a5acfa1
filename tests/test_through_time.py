"""The loop over time, with a cell of its own: what one step does is done at every step, and undone in reverse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.gradients import numeric_gradient
from course_lib.through_time import Recurrent, checked_mask, over_steps
from tests.witness import shaken


class Adding(Recurrent):
    """h ← x W + b + h U: no bend, so that the last h is a sum of powers of U."""

    def step(self, x_sum, h_sum, h):
        return (x_sum + h_sum,), None

    def step_backward(self, memory, h, dh):
        return dh, dh, np.zeros_like(h)


@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_the_last_state_is_a_sum_over_all_steps(batch, time, inputs, units, seed):
    rng = np.random.default_rng(seed)
    layer, x = shaken(Adding(inputs, units, rng), rng), rng.standard_normal((batch, time, inputs))
    w, u, b = layer.parameters()
    powers = [np.linalg.matrix_power(u, time - 1 - t) for t in range(time)]
    expected = sum((x[:, t] @ w + b) @ powers[t] for t in range(time))
    np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-9, atol=1e-9)
    dy = rng.standard_normal((batch, units))
    dx = np.stack([dy @ powers[t].T @ w.T for t in range(time)], axis=1)
    np.testing.assert_allclose(layer.backward(dy), dx, rtol=1e-9, atol=1e-9)


def test_gradients_of_the_weights_add_up_over_the_steps(rng):
    layer, x = shaken(Adding(2, 3, rng, return_sequences=True), rng), rng.standard_normal((2, 4, 2))
    mask = np.array([[1, 1, 0, 1], [0, 1, 1, 0]], bool)
    dy = rng.standard_normal((2, 4, 3))

    def loss():
        return np.sum(dy * layer.forward(x, mask=mask))

    loss()
    layer.backward(dy)
    for p, grad in zip(layer.parameters(), layer.gradients(), strict=True):
        np.testing.assert_allclose(grad, numeric_gradient(loss, p), rtol=1e-6, atol=1e-8)


def test_padding_keeps_the_state_and_gets_no_gradient(rng):
    layer, x = Adding(2, 3, rng), rng.standard_normal((1, 4, 2))
    short = layer.forward(x[:, [0, 2]])
    np.testing.assert_allclose(layer.forward(x, mask=np.array([[True, False, True, False]])), short)
    dx = layer.backward(np.ones((1, 3)))
    assert (dx[0, [1, 3]] == 0).all()
    assert (dx[0, [0, 2]] != 0).all()


def test_a_kernel_s_gradient_is_a_sum_of_outer_products(rng):
    x, d = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 3, 5))
    expected = sum(np.outer(x[b, t], d[b, t]) for b in range(2) for t in range(3))
    np.testing.assert_allclose(over_steps(x, d), expected)


def test_a_mask_says_true_or_false_for_each_step():
    x = np.ones((2, 3, 4))
    assert checked_mask(x, None).tolist() == [[True] * 3] * 2
    with pytest.raises(ValueError, match=r"mask must have the shape \(2, 3\), got \(3,\)"):
        checked_mask(x, np.ones(3, bool))
    with pytest.raises(ValueError, match="mask must hold True and False, got float64"):
        checked_mask(x, np.ones((2, 3)))
