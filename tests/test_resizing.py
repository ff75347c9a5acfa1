"""Repeated pixels and zeros around an image, before three witnesses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.resizing import UpSampling2D, ZeroPadding2D
from tests.witness import check_keras, check_numeric, witness

SHAPE = (2, 3, 4, 2)
CASES = [
    (UpSampling2D, {}),
    (UpSampling2D, {"size": 1}),
    (UpSampling2D, {"size": (3, 1)}),
    (UpSampling2D, {"size": (2, 4)}),
    (ZeroPadding2D, {}),
    (ZeroPadding2D, {"padding": 0}),
    (ZeroPadding2D, {"padding": (2, 1)}),
    (ZeroPadding2D, {"padding": ((0, 1), (2, 0))}),
    (ZeroPadding2D, {"padding": ((3, 0), (0, 0))}),
]


def table(kind):
    return [pytest.param(*case, marks=witness(kind, case[0])) for case in CASES]


@pytest.mark.parametrize(("operation", "options"), table("numeric"))
def test_gradients_equal_brute_force(operation, options, rng):
    check_numeric(operation(**options), rng.standard_normal(SHAPE), rng)


@pytest.mark.parametrize(("operation", "options"), table("keras"))
def test_equals_keras(operation, options, rng, keras):
    check_keras(
        operation(**options), getattr(keras.layers, operation.__name__)(**options), rng.standard_normal(SHAPE), rng
    )


SMALL = st.integers(1, 3)
SEEDS = st.integers(0, 2**32 - 1)


@witness("hypothesis", UpSampling2D)
@given(st.tuples(SMALL, SMALL, SMALL, SMALL), st.tuples(SMALL, SMALL), SEEDS)
def test_every_pixel_is_the_one_it_was_copied_from(shape, size, seed):
    rng = np.random.default_rng(seed)
    layer, x = UpSampling2D(size), rng.standard_normal(shape)
    y = layer.forward(x)
    dy, wanted = rng.standard_normal(y.shape), np.zeros(shape)
    assert y.shape == (shape[0], shape[1] * size[0], shape[2] * size[1], shape[3])
    for n, i, j, c in np.ndindex(*y.shape):
        from_pixel = n, i // size[0], j // size[1], c
        assert y[n, i, j, c] == x[from_pixel]
        wanted[from_pixel] += dy[n, i, j, c]
    np.testing.assert_allclose(layer.backward(dy), wanted, rtol=1e-9, atol=1e-12)


@witness("hypothesis", ZeroPadding2D)
@given(st.tuples(SMALL, SMALL, SMALL, SMALL), st.tuples(*[st.integers(0, 3)] * 4), SEEDS)
def test_the_image_lies_inside_and_all_else_is_0(shape, widths, seed):
    rng = np.random.default_rng(seed)
    top, bottom, left, right = widths
    layer, x = ZeroPadding2D(((top, bottom), (left, right))), rng.standard_normal(shape)
    y = layer.forward(x)
    dy, inside = rng.standard_normal(y.shape), np.zeros(y.shape, bool)
    assert y.shape == (shape[0], top + shape[1] + bottom, left + shape[2] + right, shape[3])
    inside[:, top : top + shape[1], left : left + shape[2]] = True
    assert (y[inside] == x.ravel()).all()
    assert (y[~inside] == 0).all()
    assert (layer.backward(dy).ravel() == dy[inside]).all()


def test_gradients_own_their_memory(rng):
    """Whoever adds to a gradient must not change what was handed in."""
    layer = ZeroPadding2D(0)
    dy = np.ones_like(layer.forward(rng.standard_normal(SHAPE)))
    layer.backward(dy)[:] += 1
    assert (dy == 1).all()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: UpSampling2D(0), "size must be a whole number from 1 up, or 2 of them; got 0"),
        (lambda: UpSampling2D((2, 2, 2)), r"size must be .* 2 of them; got \(2, 2, 2\)"),
        (lambda: UpSampling2D().forward(np.ones((3, 4, 2))), r"\(batch, height, width, channels\).*got \(3, 4, 2\)"),
        (lambda: ZeroPadding2D().forward(np.ones((0, 3, 4, 2))), r"not be empty, got \(0, 3, 4, 2\)"),
        (lambda: ZeroPadding2D(-1), "padding must be a whole number from 0 up, got -1"),
        (lambda: ZeroPadding2D(0.5), "padding must be a whole number from 0 up, got 0.5"),
        (lambda: ZeroPadding2D((1, 2, 3)), r"padding must be .* 2 pairs of them; got \(1, 2, 3\)"),
        (lambda: ZeroPadding2D(((1, 2, 3), 1)), r"padding must be .*got \(\(1, 2, 3\), 1\)"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()
