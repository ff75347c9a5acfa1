"""What mixes the entries of a row, softmax and its logarithm, before three witnesses and at its limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from course_lib.activations import log_softmax, log_softmax_backward, softmax, softmax_backward
from course_lib.gradients import numeric_gradient
from tests.witness import witness

LARGE = st.one_of(st.floats(-1e4, 1e4), st.sampled_from([-1e4, -1e3, -40.0, -0.0, 0.0, 40.0, 1e3, 1e4]))

# What mixes a row: the function, what turns dy and y into dx, and Keras' name.
ROWS = [(softmax, softmax_backward, "softmax"), (log_softmax, log_softmax_backward, "log_softmax")]


def rows(kind):
    return [pytest.param(*row, marks=witness(kind, *row[:2]), id=row[2]) for row in ROWS]


@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize(("f", "backward", "name"), rows("numeric"))
def test_row_gradient_equals_brute_force(f, backward, name, axis):
    rng = np.random.default_rng(5)
    x, dy = rng.standard_normal((2, 2, 3, 4))
    numeric = numeric_gradient(lambda: np.sum(dy * f(x, axis)), x)
    np.testing.assert_allclose(backward(dy, f(x, axis), axis), numeric, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize("scale", [1.0, 1e3, 1e4])
@pytest.mark.parametrize(("f", "backward", "name"), rows("keras"))
def test_row_matches_keras(f, backward, name, scale, axis, keras):
    import tensorflow as tf

    x, dy = np.random.default_rng(6).standard_normal((2, 2, 3, 4)) * np.array([scale, 1.0])[:, None, None, None]
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = getattr(keras.activations, name)(inputs, axis=axis)
        loss = tf.reduce_sum(dy * y)
    np.testing.assert_allclose(f(x, axis), y, rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(backward(dy, f(x, axis), axis), tape.gradient(loss, inputs), rtol=1e-9, atol=1e-12)


@witness("hypothesis", softmax, softmax_backward, log_softmax, log_softmax_backward)
@given(arrays(float, array_shapes(min_dims=1, max_dims=3), elements=LARGE), st.data())
def test_rows_are_shares(x, data):
    """Shares of 1, the same whatever is added to the row, in the order of x; ties share alike; no gradient along 1."""
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    with np.errstate(all="raise", under="ignore"):
        y, log_y = softmax(x, axis), log_softmax(x, axis)
    assert y.shape == log_y.shape == x.shape
    np.testing.assert_allclose(y.sum(axis=axis), 1, rtol=1e-12)
    np.testing.assert_allclose(np.exp(log_y), y, rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(softmax(x + 8.0, axis), y, rtol=1e-9, atol=1e-300)
    order = np.argsort(x, axis=axis)
    assert (np.diff(np.take_along_axis(y, order, axis), axis=axis) >= 0).all()
    same = np.full_like(x, x.flat[0])
    np.testing.assert_allclose(softmax(same, axis), 1 / x.shape[axis], rtol=1e-12)
    np.testing.assert_allclose(softmax_backward(np.ones_like(x), y, axis), 0, atol=1e-12)
    dy = np.arange(x.size, dtype=float).reshape(x.shape)
    # What moves a whole row moves nothing, so the gradients of a row cancel.
    for backward, output in ((softmax_backward, y), (log_softmax_backward, log_y)):
        np.testing.assert_allclose(backward(dy, output, axis).sum(axis=axis), 0, atol=1e-11 * x.size**2)


def test_extremes_of_a_row():
    x = np.array([-1e4, 0.0, 1e4])
    assert softmax(x).tolist() == [0, 0, 1]
    assert log_softmax(x).tolist() == [-2e4, -1e4, 0]


@pytest.mark.parametrize("backward", [softmax_backward, log_softmax_backward])
def test_dy_of_another_shape_gets_a_sentence(backward):
    with pytest.raises(ValueError, match=r"dy must have the shape of y, \(2, 3\), got \(3,\)"):
        backward(np.ones(3), np.ones((2, 3)))


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint32, np.uint64, np.int64, bool])
def test_whole_numbers_are_made_float(dtype):
    x, dy = np.array([[0, 1, 2], [3, 100, 1]]).astype(dtype), np.array([[0, 1, 2], [2, 1, 0]]).astype(dtype)
    for f, backward, _ in ROWS:
        np.testing.assert_array_equal(f(x), f(x.astype(float)))
        y = f(x.astype(float))
        np.testing.assert_array_equal(backward(dy, y), backward(dy.astype(float), y))
        np.testing.assert_array_equal(backward(dy, dy), backward(dy.astype(float), dy.astype(float)))


def test_uint8_by_hand():
    np.testing.assert_allclose(softmax(np.array([0, 1, 2], np.uint8)), [0.09, 0.24, 0.67], atol=0.006)
