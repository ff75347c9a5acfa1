"""Whole numbers for real ones: against Keras' own quantizer, and number by number."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.quantization import dequantize, quantize, quantized_matmul
from tests.witness import without, witness

pytestmark = without(
    ["numeric"],
    "rounding has the slope 0 almost everywhere, and is never trained through",
    quantize,
    dequantize,
    quantized_matmul,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@witness("keras", quantize, dequantize)
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1), -1])
def test_quantizes_as_keras(axis, rng, keras):
    """Keras' scale is how many steps make 1, ours what a step is worth; its epsilon is 0 here, for it biases both."""
    x = rng.standard_normal((6, 5, 4))
    theirs, their_scale = keras.quantizers.abs_max_quantize(x, axis=axis, epsilon=0.0)
    q, scale = quantize(x, axis)
    assert (q == theirs.numpy()).all()
    assert q.dtype == np.int8
    np.testing.assert_allclose(1 / scale, their_scale, rtol=1e-9)
    np.testing.assert_allclose(dequantize(q, scale), theirs.numpy() / their_scale.numpy(), rtol=1e-9)


@witness("keras", quantized_matmul)
def test_multiplies_as_keras(rng, keras):
    """As Keras' int8 Dense does it: whole numbers multiplied, then divided by both scales."""
    x, w = rng.standard_normal((7, 6)), rng.standard_normal((6, 3))
    (x_q, x_scale), (w_q, w_scale) = (
        keras.quantizers.abs_max_quantize(a, axis=axis, epsilon=0.0) for a, axis in ((x, -1), (w, 0))
    )
    theirs = keras.ops.cast(keras.ops.matmul(x_q, w_q), "float64") / (x_scale * w_scale)
    ours = quantized_matmul(*quantize(x, -1), *quantize(w, 0))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_halves_go_to_the_even_neighbour():
    """As NumPy's rint: 0.5 to 0, 1.5 to 2, -2.5 to -2; 127 makes the scale 1."""
    q, scale = quantize([127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5])
    assert scale.tolist() == [1]
    assert q.tolist() == [127, 0, 2, 2, 0, -2, -2]


NUMBERS = st.one_of(st.floats(-1e4, 1e4), st.sampled_from([0.0, -0.0, 5e-324, 1e-310, 2.2e-308, 1e308, -1e308]))
ROWS = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(NUMBERS, min_size=width, max_size=width), min_size=1, max_size=4)
)


@witness("hypothesis", quantize, dequantize)
@given(ROWS, st.sampled_from([None, 0, 1]))
def test_off_by_half_a_step_at_most(rows, axis):
    """In exact fractions, down to the smallest numbers there are; each channel by itself where there is an axis."""
    x = np.array(rows)
    before = x.copy()
    q, scale = quantize(x, axis)
    assert (x.tobytes(), q.shape, q.dtype) == (before.tobytes(), x.shape, np.int8)
    assert scale.shape == np.max(np.abs(x), axis=axis, keepdims=True).shape
    steps = np.broadcast_to(scale, x.shape)
    for i in np.ndindex(x.shape):
        error = abs(Fraction(float(x[i])) - int(q[i]) * Fraction(float(steps[i])))
        # x / scale is itself rounded, by one part in 2^53 of at most 127.
        assert error <= Fraction(float(steps[i])) * (Fraction(1, 2) + Fraction(127, 2**52))
    assert (np.sign(q) * np.sign(x) >= 0).all()
    assert dequantize(q, scale).tolist() == [
        [int(a) * b for a, b in zip(*r, strict=True)] for r in zip(q, steps, strict=True)
    ]


def test_the_largest_is_exact_and_each_channel_finer_than_the_whole(rng):
    w = rng.standard_normal((50, 4)) * [1, 10, 100, 1000]
    (whole, whole_scale), (channels, channel_scales) = quantize(w), quantize(w, axis=0)
    assert (np.abs(channels).max(axis=0) == 127).all()
    assert np.abs(whole).max() == 127
    errors = [np.abs(dequantize(*pair) - w).mean() for pair in ((whole, whole_scale), (channels, channel_scales))]
    assert errors[1] < errors[0] / 3
    assert (channel_scales <= whole_scale).all()


@witness("hypothesis", quantized_matmul)
@given(
    st.integers(1, 3), st.integers(1, 40), st.integers(1, 3), st.booleans(), st.booleans(), st.integers(0, 2**32 - 1)
)
def test_product_of_what_they_stand_for(rows, inputs, units, by_row, by_unit, seed):
    """All at ±127 as well, where the sums are the largest."""
    rng = np.random.default_rng(seed)
    x, w = rng.choice([-1.0, 1.0], (2, rows, inputs)), rng.choice([-1.0, 0.5, 1.0], (inputs, units))
    (x_q, x_scale), (w_q, w_scale) = quantize(x, -1 if by_row else None), quantize(w, 0 if by_unit else None)
    before = x_q.copy(), w_q.copy()
    y = quantized_matmul(x_q, x_scale, w_q, w_scale)
    np.testing.assert_allclose(y, dequantize(x_q, x_scale) @ dequantize(w_q, w_scale), rtol=1e-9, atol=1e-9)
    # Each factor is off by half a step at most, so each of the products by this much.
    bound = x_scale / 2 * np.abs(w).max() + w_scale / 2 * np.abs(x).max() + x_scale * w_scale / 4
    assert (np.abs(y - x @ w) <= inputs * bound + 1e-12).all()
    assert (x_q == before[0]).all()
    assert (w_q == before[1]).all()


def test_long_sums_are_exact():
    """The longest sum that 32 bits hold: 133,144 products of 127 and 127."""
    inputs = (2**31 - 1) // 127**2
    x, one = np.full((1, inputs), 127, np.int8), np.ones((1, 1))
    assert quantized_matmul(x, one, x.T, one).item() == inputs * 127**2
    too_long = np.full((1, inputs + 1), 127, np.int8)
    with pytest.raises(ValueError, match=f"share {inputs + 1} inputs; beyond {inputs} a sum may not fit"):
        quantized_matmul(too_long, one, too_long.T, one)


Q, ONE = np.ones((2, 3), np.int8), np.ones((1, 1))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: quantize([1.0, np.nan]), "x must hold finite numbers, got nan"),
        (lambda: quantize([1.0, np.inf]), "x must hold finite numbers"),
        (lambda: quantize(np.zeros((0, 3))), r"x must hold at least one number, got the shape \(0, 3\)"),
        (lambda: dequantize(Q.astype(np.uint8), ONE), "q must hold int8, as quantize gives it; got uint8"),
        (lambda: dequantize([1, 2], ONE), "q must hold int8, as quantize gives it; got list"),
        (lambda: dequantize(Q, np.ones(3)), r"scale must have the shape \(2, 3\), or 1 where it is shared; got \(3,\)"),
        (lambda: dequantize(Q[:1], np.ones((4, 1))), r"scale must have the shape \(1, 3\).*got \(4, 1\)"),
        (lambda: quantized_matmul(Q, ONE, Q.T.astype(int), ONE), "w must hold int8"),
        (lambda: quantized_matmul(Q, np.ones((1, 3)), Q.T, ONE), r"where the product sums; got \(1, 3\) and \(1, 1\)"),
        (lambda: quantized_matmul(Q, ONE, Q.T, np.ones((3, 1))), r"where the product sums; got \(1, 1\) and \(3, 1\)"),
        (lambda: quantized_matmul(Q, np.ones(1), Q.T, ONE), r"x_scale must have the shape \(2, 3\)"),
        (lambda: quantized_matmul(Q[0], np.ones(1), Q[0], np.ones(1)), "where the product sums"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()
