"""Images with a box cut out, or filled from another image; and images of whole numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.augmentation import augment, bilinear, cutmix, cutout, flip, mixup, noise, rotate, shift
from tests.witness import without, witness

pytestmark = [
    *without(["numeric"], "it prepares examples, which no gradient passes", cutmix, cutout),
    *without(["keras"], "Keras draws other boxes by other rules; the paper's rule is counted pixel by pixel", cutmix),
    *without(["keras"], "Keras' RandomErasing draws boxes of random sizes; each pixel is counted here", cutout),
]
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 6), st.sampled_from([(), (1,), (3,)])).map(
    lambda parts: (*parts[:3], *parts[3])
)
SEEDS = st.integers(0, 2**32 - 1)


class Given:
    """A generator of middles, shares and an order that are known."""

    def __init__(self, middles, weight=None, order=None):
        self.integers, self.beta = lambda *_: np.array(middles), lambda *_: np.array(weight)
        self.permutation = lambda _: np.array(order)


@witness("hypothesis", cutout)
@given(SHAPES, st.integers(1, 8), SEEDS)
def test_a_square_is_cut_out(shape, size, seed):
    """All else stays, and what is 0 lies in a square of at most that size, as large as the border allows."""
    images = np.random.default_rng(seed).uniform(1, 2, shape)
    before = images.copy()
    result = cutout(images, np.random.default_rng(seed), size)
    np.testing.assert_array_equal(images, before)
    assert ((result == images) | (result == 0)).all()
    middles = np.random.default_rng(seed).integers(0, shape[1:3], (shape[0], 2))
    for image, (row, column) in zip(result, middles, strict=True):
        hidden = {(r, c) for r in range(shape[1]) for c in range(shape[2]) if (image[r, c] == 0).all()}
        top, left = row - size // 2, column - size // 2
        assert hidden == {(r, c) for r in range(shape[1]) for c in range(shape[2])} & {
            (r, c) for r in range(top, top + size) for c in range(left, left + size)
        }


def test_cutout_by_hand():
    images = np.arange(1, 17).reshape(1, 4, 4).astype(np.uint8)
    assert cutout(images, Given([[1, 1]]), 2)[0].tolist() == [
        [0, 0, 3, 4],
        [0, 0, 7, 8],
        [9, 10, 11, 12],
        [13, 14, 15, 16],
    ]
    assert cutout(images, Given([[3, 0]]), 3)[0].tolist() == [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [0, 0, 11, 12],
        [0, 0, 15, 16],
    ]


def test_cutmix_by_hand():
    """λ = ¾ leaves a quarter: of 4 × 4 pixels a box of 2 × 2, and at the corner one pixel of it."""
    images = np.stack([np.zeros((4, 4)), np.ones((4, 4))])
    x, y = cutmix(images, np.eye(2), Given([[2, 2], [0, 0]], [0.75, 0.75], [1, 0]))
    assert x[0].tolist() == [[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    assert x[1].tolist() == [[0, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]]
    assert y.tolist() == [[0.75, 0.25], [1 / 16, 15 / 16]]


@witness("hypothesis", cutmix)
@given(SHAPES, st.sampled_from([0.1, 1.0, 10.0]), SEEDS)
def test_targets_are_mixed_as_the_pixels_are(shape, alpha, seed):
    """Each image holds its own number, so that its pixels tell whose they are."""
    n = shape[0]
    images = np.broadcast_to(np.arange(n, dtype=float).reshape(-1, *[1] * (len(shape) - 1)), shape)
    x, y = cutmix(images, np.eye(n), np.random.default_rng(seed), alpha)
    assert x.shape == shape
    for i in range(n):
        for other in range(n):
            np.testing.assert_allclose(y[i, other], np.mean(x[i] == other), atol=1e-12)
    rows = [np.flatnonzero((x[i] != i).any(axis=tuple(range(1, x[i].ndim)))) for i in range(n)]
    assert all(np.diff(row).max(initial=1) == 1 for row in rows)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint32, bool, np.float32])
def test_images_of_whole_numbers_are_made_float(dtype):
    images, labels = (np.arange(32).reshape(2, 4, 4) * 3).astype(dtype), np.eye(2).astype(dtype)
    two = np.zeros((2, 4, 4))
    for change in (
        lambda x, rng: shift(x, [1.5, -2], [0.5, 0]),
        lambda x, rng: rotate(x, [30, 90]),
        lambda x, rng: flip(x, [True, False]),
        lambda x, rng: bilinear(x, two + 0.5, two),
        lambda x, rng: noise(x, rng, 1.0),
        lambda x, rng: augment(x, rng, stddev=0.5),
        lambda x, rng: cutout(x, rng, 2),
        lambda x, rng: mixup(x, labels, rng)[0],
        lambda x, rng: cutmix(x, labels, rng)[0],
    ):
        ours, wanted = (change(x, np.random.default_rng(0)) for x in (images, images.astype(float)))
        np.testing.assert_allclose(ours, wanted, rtol=1e-6, atol=1e-5)
        assert np.issubdtype(ours.dtype, np.floating)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda r: cutout(np.ones((2, 3)), r, 2), r"images must be \(batch, height, width\) or .*got \(2, 3\)"),
        (lambda r: cutout(np.ones((0, 3, 3)), r, 2), r"none of them 0; got \(0, 3, 3\)"),
        (lambda r: cutout(np.ones((2, 3, 3)), r, 0), "size must be a whole number from 1 up, got 0"),
        (lambda r: cutout(np.ones((2, 3, 3)), r, 1.5), "size must be a whole number from 1 up, got 1.5"),
        (lambda r: cutmix(np.ones((2, 3, 3)), np.eye(2), r, 0), "alpha must be a number above 0, got 0"),
        (lambda r: cutmix(np.ones((2, 3, 3)), [3, 1], r), "y must hold numbers from 0 to 1, got 3"),
        (lambda r: cutmix(np.ones((2, 3, 3)), np.eye(3), r), r"y must have the shape \(2, \.\.\.\), got \(3, 3\)"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(rng)
