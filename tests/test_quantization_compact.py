"""Zero points, blocks and 4 bits: against Keras' own, and number by number."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import quantization as q
from tests.witness import without, witness

OPERATIONS = q.quantize_affine, q.dequantize_affine, q.quantize_blocks, q.dequantize_blocks, q.pack_int4, q.unpack_int4
pytestmark = without(
    ["numeric"], "rounding has the slope 0 almost everywhere, and is never trained through", *OPERATIONS
)

SEEDS = st.integers(0, 2**32 - 1)
NUMBERS = st.one_of(st.floats(-1e4, 1e4), st.sampled_from([0.0, 5e-324, 1e-310, 1e308, -1e308]))
ROWS = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(NUMBERS, min_size=width, max_size=width), min_size=1, max_size=4)
)


@witness("keras", q.quantize_affine, q.dequantize_affine)
@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("shift", [-0.5, 0.0, 3.0])
def test_quantizes_with_a_zero_point_as_keras(bits, shift, rng, keras):
    """Keras' training stand-in for quantized numbers: rounded to the whole numbers of a range that holds 0.

    It takes the range; its own float32 allows what it rounds to lie a step aside where a number is just between two.
    """
    x = rng.standard_normal((6, 5)) + shift
    low, high = min(x.min(), 0), max(x.max(), 0)
    theirs = keras.quantizers.fake_quant_with_min_max_vars(x.astype("float32"), low, high, num_bits=bits)
    codes, scale, zero_point = q.quantize_affine(x, bits=bits)
    ours = q.dequantize_affine(codes, scale, zero_point)
    assert np.abs(ours - theirs).max() <= 1.001 * scale.item()
    assert np.mean(np.abs(ours - theirs) < 1e-4) > 0.9


@witness("hypothesis", q.quantize_affine, q.dequantize_affine)
@given(ROWS, st.sampled_from([None, 0, 1]), st.integers(2, 8))
def test_off_by_a_step_at_most_and_0_stays_0(rows, axis, bits):
    x = np.array(rows)
    codes, scale, zero_point = q.quantize_affine(x, axis, bits)
    assert (codes.dtype, zero_point.dtype, zero_point.shape) == (np.uint8, np.uint8, scale.shape)
    assert codes.max() < 2**bits
    steps, zeros = (np.broadcast_to(a, x.shape) for a in (scale, zero_point))
    for i in np.ndindex(x.shape):
        meant = (int(codes[i]) - int(zeros[i])) * Fraction(float(steps[i]))
        assert abs(Fraction(float(x[i])) - meant) <= Fraction(float(steps[i])) * (1 + Fraction(1, 2**40))
        if x[i] == 0:
            assert codes[i] == zeros[i]
    ours = q.dequantize_affine(codes, scale, zero_point)
    assert ours.tolist() == ((codes.astype(float) - zero_point) * scale).tolist()


def test_numbers_on_one_side_of_0_are_twice_as_fine(rng):
    x = rng.random((50, 4))
    codes, scale, zero_point = q.quantize_affine(x)
    assert scale.item() == pytest.approx(x.max() / 255)
    assert zero_point.item() == 0
    symmetric = np.abs(q.dequantize(*q.quantize(x)) - x).mean()
    assert np.abs(q.dequantize_affine(codes, scale, zero_point) - x).mean() < 0.6 * symmetric


@witness("keras", q.quantize_blocks, q.dequantize_blocks)
def test_blocks_are_as_keras_quantizes_each(rng, keras):
    kernel = rng.standard_normal((12, 3))
    codes, scale = q.quantize_blocks(kernel, 4)
    for i in range(3):
        part = kernel[4 * i : 4 * i + 4]
        theirs, their_scale = keras.quantizers.abs_max_quantize(part, axis=0, value_range=(-7, 7), epsilon=0.0)
        assert (codes[4 * i : 4 * i + 4] == theirs.numpy()).all()
        np.testing.assert_allclose(1 / scale[i], their_scale.numpy()[0], rtol=1e-9)
        np.testing.assert_allclose(
            q.dequantize_blocks(codes, scale)[4 * i : 4 * i + 4], theirs.numpy() / their_scale.numpy(), rtol=1e-9
        )


@witness("hypothesis", q.quantize_blocks, q.dequantize_blocks)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(2, 8), SEEDS)
def test_a_block_is_quantized_by_itself(blocks, block, units, bits, seed):
    kernel = np.random.default_rng(seed).standard_normal((blocks * block, units)) * 10
    codes, scale = q.quantize_blocks(kernel, block, bits)
    assert (codes.shape, scale.shape) == (kernel.shape, (blocks, units))
    again = q.dequantize_blocks(codes, scale)
    for i, u in np.ndindex(kernel.shape):
        assert scale[i // block, u] == pytest.approx(
            np.abs(kernel[i // block * block : (i // block + 1) * block, u]).max() / (2 ** (bits - 1) - 1)
        )
        assert abs(again[i, u] - kernel[i, u]) <= scale[i // block, u] / 2 * (1 + 1e-9)


def test_one_large_number_spoils_its_block_only(rng):
    kernel = rng.standard_normal((64, 8))
    kernel[5, 2] = 100.0
    whole = q.dequantize(*q.quantize(kernel, 0, 4))
    blocks = q.dequantize_blocks(*q.quantize_blocks(kernel, 16))
    assert (whole[16:, 2] == 0).all()
    assert np.abs(blocks - kernel)[16:].max() < 0.5


@witness("keras", q.pack_int4, q.unpack_int4)
@pytest.mark.parametrize("shape", [(6, 4), (5, 3), (1, 2), (7, 2, 3)])
def test_packs_as_keras(shape, rng, keras):
    codes = rng.integers(-8, 8, shape).astype(np.int8)
    theirs, _, rows = keras.quantizers.pack_int4(codes)
    packed = q.pack_int4(codes)
    assert packed.dtype == np.int8
    assert (packed == theirs.numpy()).all()
    np.testing.assert_array_equal(q.unpack_int4(packed, rows), keras.quantizers.unpack_int4(theirs, rows).numpy())


@witness("hypothesis", q.pack_int4, q.unpack_int4)
@given(st.lists(st.lists(st.integers(-8, 7), min_size=2, max_size=2), min_size=1, max_size=9))
def test_what_is_packed_comes_out_again_from_half_the_bytes(rows):
    codes = np.array(rows, np.int8)
    packed = q.pack_int4(codes)
    assert packed.nbytes == (codes.nbytes + codes.nbytes % 4) // 2
    unpacked = q.unpack_int4(packed, len(rows))
    assert unpacked.dtype == np.int8
    assert unpacked.tolist() == rows


Q, ONE = np.ones((4, 2), np.int8), np.ones((1, 1))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: q.quantize(Q, bits=1), "bits must be a whole number from 2 to 8, got 1"),
        (lambda: q.quantize_affine(Q, bits=9), "bits must be a whole number from 2 to 8, got 9"),
        (lambda: q.quantize_affine([np.inf]), "x must hold finite numbers, got inf"),
        (lambda: q.quantize_affine([]), "x must hold at least one number"),
        (lambda: q.dequantize_affine(Q, ONE, ONE), "q must hold uint8, as quantize gives it; got int8"),
        (lambda: q.dequantize_affine(Q.view(np.uint8), ONE, 0), "zero_point must have the shape of scale"),
        (lambda: q.quantize_blocks(Q, 3), "block must divide the inputs, 4, got 3"),
        (lambda: q.quantize_blocks(Q, 2.5), "block must divide the inputs, 4, got 2.5"),
        (lambda: q.quantize_blocks(Q[0], 1), r"kernel must have the shape \(inputs, units\)"),
        (lambda: q.dequantize_blocks(Q, np.ones((3, 2))), "the number of blocks must divide the inputs, 4, got 3"),
        (lambda: q.dequantize_blocks(Q, np.ones((2, 1))), r"scale must have the shape \(blocks, 2\), got \(2, 1\)"),
        (lambda: q.pack_int4(Q * 8), "q must hold whole numbers from -8 to 7, got 8"),
        (lambda: q.pack_int4(Q.astype(float)), "q must hold whole numbers from -8 to 7, got float64"),
        (lambda: q.unpack_int4(Q, 9), "packed must hold int8 in 5 rows for 9, as pack_int4 gives it"),
        (lambda: q.unpack_int4(Q.view(np.uint8), 8), "packed must hold int8 in 4 rows for 8"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()
