"""Augmented images against Keras, SciPy and whole turns, over shapes and places far outside."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.augmentation import augment, bilinear, flip, mixup, noise, rotate, shift
from tests.witness import without, witness

pytestmark = [
    *without(
        ["numeric"],
        "it prepares examples, which no gradient passes",
        augment,
        bilinear,
        flip,
        mixup,
        noise,
        rotate,
        shift,
    ),
    *without(["keras"], "Keras turns and moves images in float32; SciPy stands in, in float64", rotate),
    *without(
        ["keras"], "Keras draws other random numbers; it is put together from parts that have a twin", augment, noise
    ),
]

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = [(2, 5, 6), (1, 4, 4, 3), (3, 1, 1), (2, 7, 2, 1)]
shapes = st.sampled_from(SHAPES)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@witness("keras", bilinear)
@pytest.mark.parametrize("shape", [s for s in SHAPES if len(s) == 3])
def test_bilinear_equals_keras(shape, rng, keras):
    images = rng.standard_normal(shape)
    # Keras calls everything beyond the outermost pixels' centres outside, ours fades within one pixel.
    rows, columns = rng.uniform(0, shape[1] - 1, (shape[0], 3, 4)), rng.uniform(0, shape[2] - 1, (shape[0], 3, 4))
    theirs = [
        keras.ops.image.map_coordinates(i, np.stack([r, c]), order=1)
        for i, r, c in zip(images, rows, columns, strict=True)
    ]
    np.testing.assert_allclose(bilinear(images, rows, columns), theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_bilinear_equals_scipy_also_outside(shape, rng):
    from scipy.ndimage import map_coordinates

    images = rng.standard_normal(shape)
    places = rng.uniform(-3, 9, (2, shape[0], 4, 3))
    ours = bilinear(images, *places)
    for b in range(shape[0]):
        channels = images[b].reshape(*shape[1:3], -1)
        theirs = [
            map_coordinates(channels[..., c], places[:, b], order=1, mode="grid-constant")
            for c in range(channels.shape[-1])
        ]
        np.testing.assert_allclose(ours[b].reshape(4, 3, -1), np.stack(theirs, axis=-1), rtol=1e-9, atol=1e-12)


@witness("keras", shift)
@pytest.mark.parametrize(("down", "right"), [(0.0, 0.0), (1.0, -2.0), (0.5, 0.25), (-1.5, 9.0)])
def test_shift_equals_keras(down, right, rng, keras):
    """Keras moves in float32: sixteenths of brightness and quarters of pixels are exact there too."""
    images = rng.integers(-128, 128, (2, 5, 6, 3)) / 16
    movement = np.array([1.0, 0.0, -right, 0.0, 1.0, -down, 0.0, 0.0])
    theirs = keras.ops.image.affine_transform(images, movement, interpolation="bilinear", fill_mode="constant")
    np.testing.assert_allclose(shift(images, [down] * 2, [right] * 2), theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("degrees", [0.0, 1.0, -15.0, 77.7, 180.0, 1000.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_rotate_equals_scipy(shape, degrees, rng):
    from scipy.ndimage import rotate as scipy_rotate

    images = rng.standard_normal(shape)
    theirs = [scipy_rotate(i, degrees, reshape=False, order=1, mode="grid-constant") for i in images]
    # At an exact pixel, rounding may put the place on either side of it: a difference of 1e-13 pixels.
    np.testing.assert_allclose(rotate(images, [degrees] * len(images)), theirs, rtol=1e-9, atol=1e-11)


@witness("keras", flip)
@pytest.mark.parametrize("shape", [(3, 2, 4, 1), (3, 3, 5, 2)])
def test_flip_equals_keras(shape, rng, keras):
    images, flipped = rng.standard_normal(shape), np.array([True, False, True])
    theirs = np.stack([keras.ops.flip(i, axis=1) if f else i for i, f in zip(images, flipped, strict=True)])
    np.testing.assert_array_equal(flip(images, flipped), theirs)


@witness("hypothesis", bilinear, shift)
@given(shapes, st.integers(-6, 6), st.integers(-6, 6), st.floats(0, 1), SEEDS)
def test_shift_moves_whole_pixels_and_blends_parts(shape, down, right, part, seed):
    """Pixel by pixel; between two whole places, the average of both; each image by its own number."""
    images = np.random.default_rng(seed).standard_normal(shape)
    moved = np.zeros_like(images)
    for b, r, c in np.ndindex(*shape[:3]):
        if 0 <= r - down < shape[1] and 0 <= c - right < shape[2]:
            moved[b, r, c] = images[b, r - down, c - right]
    n = len(images)
    np.testing.assert_allclose(shift(images, [down] * n, [right] * n), moved, rtol=1e-12, atol=1e-12)
    further = shift(moved, [0] * n, [1] * n)
    between = shift(moved, [0] * n, np.arange(n) * 0 + part)
    np.testing.assert_allclose(between, (1 - part) * moved + part * further, rtol=1e-9, atol=1e-12)
    alone = [shift(images[b : b + 1], [down * b], [right * b])[0] for b in range(n)]
    np.testing.assert_allclose(shift(images, down * np.arange(n), right * np.arange(n)), alone, rtol=1e-12)


def test_far_places_are_empty(rng):
    images = rng.standard_normal((2, 3, 4))
    for far in (1e3, -1e3, 1e300, -1e300):
        assert (shift(images, [far] * 2, [0.0] * 2) == 0).all()


@witness("hypothesis", rotate)
@given(st.sampled_from([(1, 1, 1), (2, 4, 4), (3, 5, 5, 2)]), st.integers(-4, 4), st.floats(-45, 45), SEEDS)
def test_rotate_turns_quarters_as_numpy_does(shape, quarters, degrees, seed):
    """Counter-clockwise; each image by its own angle; brightness 1 stays at most 1."""
    images = np.random.default_rng(seed).standard_normal(shape)
    n = len(images)
    turned = np.rot90(images, quarters, axes=(1, 2))
    np.testing.assert_allclose(rotate(images, [90.0 * quarters] * n), turned, rtol=1e-9, atol=1e-12)
    angles = degrees * np.arange(n)
    alone = [rotate(images[b : b + 1], angles[b : b + 1])[0] for b in range(n)]
    np.testing.assert_allclose(rotate(images, angles), alone, rtol=1e-12)
    assert rotate(np.ones(shape), angles).max() <= 1 + 1e-12


@witness("hypothesis", flip)
@given(shapes, SEEDS)
def test_flip_exchanges_left_and_right(shape, seed):
    rng = np.random.default_rng(seed)
    images, flipped = rng.standard_normal(shape), rng.random(shape[0]) < 0.5
    mirrored = flip(images, flipped)
    for b, c in np.ndindex(shape[0], shape[2]):
        np.testing.assert_array_equal(mirrored[b, :, c], images[b, :, -1 - c if flipped[b] else c])
    np.testing.assert_array_equal(flip(mirrored, flipped), images)


@witness("hypothesis", noise)
@given(shapes, st.sampled_from([0.0, 0.1, 1e3]), SEEDS)
def test_noise_is_what_the_generator_gives(shape, stddev, seed):
    images = np.ones(shape)
    wanted = 1 + stddev * np.random.default_rng(seed).standard_normal(shape)
    np.testing.assert_allclose(noise(images, np.random.default_rng(seed), stddev), wanted, rtol=1e-12)


@witness("hypothesis", augment)
@given(shapes, SEEDS)
def test_augment_does_only_what_it_is_asked(shape, seed):
    """Nothing where every size is 0; only the mirror; only noise; and the same again from the same generator."""
    images = np.random.default_rng(seed).standard_normal(shape)

    def ours(**options):
        return augment(images, np.random.default_rng(seed), **{"max_shift": 0, "max_degrees": 0} | options)

    np.testing.assert_array_equal(ours(), images)
    either = [(m == i).all() or (m == i[:, ::-1]).all() for m, i in zip(ours(flips=True), images, strict=True)]
    assert all(either)
    assert (ours(stddev=1.0) != images).all()
    np.testing.assert_array_equal(ours(max_shift=2, max_degrees=9), ours(max_shift=2, max_degrees=9))


def test_augment_stays_within_its_bounds(rng):
    """A bright pixel in the middle is found again where turning and moving may have brought it."""
    images = np.zeros((500, 21, 21))
    images[:, 10, 14] = 1
    many = augment(images, rng, max_shift=2, max_degrees=30)
    weight = many.sum(axis=(1, 2))
    y, x = ((many * np.indices((21, 21))[i]).sum(axis=(1, 2)) / weight - 10 for i in (0, 1))
    # 4 pixels from the middle, turned by 30 degrees: 2 up or down, then 2 more; blending blurs by less than a pixel.
    assert 3 < np.abs(y).max() < 4.5
    assert 4 * np.cos(np.pi / 6) - 2.5 < x.min() < 2.5
    assert 5.5 < x.max() < 6.5
    half = np.mean(augment(images, rng, 0, 0, flips=True)[:, 10, 6] == 1)
    assert abs(half - 0.5) < 5 * 0.5 / np.sqrt(500)


@witness("keras", mixup)
@pytest.mark.parametrize("shape", [(6, 4, 3, 1), (1, 2, 2, 3)])
def test_mixup_equals_keras(shape, rng, keras):
    """Keras' layer does the mixing that our generator's numbers ask for."""
    x, y = rng.standard_normal(shape), np.eye(3)[rng.integers(0, 3, shape[0])]
    again = np.random.default_rng(5)
    asked = {"mix_weight": again.beta(0.2, 0.2, len(x)), "permutation_order": again.permutation(len(x))}
    layer = keras.layers.MixUp(0.2)
    mixed_x, mixed_y = mixup(x, y, np.random.default_rng(5), 0.2)
    np.testing.assert_allclose(mixed_x, layer.transform_images(x, asked), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(mixed_y, layer.transform_labels(y, asked), rtol=1e-9, atol=1e-12)


@witness("hypothesis", mixup)
@given(st.integers(1, 6), st.integers(1, 3), st.sampled_from([0.01, 0.2, 1.0, 1e3]), SEEDS)
def test_mixup_mixes_inputs_and_targets_alike(n, width, alpha, seed):
    """Where the inputs are the targets, so are the mixtures: one λ and one partner for both."""
    y = np.eye(width)[np.random.default_rng(seed).integers(0, width, n)]
    mixed_x, mixed_y = mixup(np.stack([y, y], axis=1), y, np.random.default_rng(seed), alpha)
    np.testing.assert_array_equal(mixed_x[:, 0], mixed_y)
    np.testing.assert_array_equal(mixed_x[:, 1], mixed_y)
    np.testing.assert_allclose(mixed_y.sum(axis=1), 1, rtol=1e-12)
    # Not more than two answers each; over all, none gained or lost where everything is mixed half and half.
    assert ((mixed_y > 0).sum(axis=1) <= 2).all()
    if alpha == 1e3:
        np.testing.assert_allclose(mixed_y.mean(axis=0), y.mean(axis=0), atol=0.1)


IMAGES = np.ones((2, 3, 3))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda r: shift(np.ones((3, 3)), [1] * 3, [1] * 3), r"images must be \(batch, .* got \(3, 3\)"),
        (lambda r: rotate(np.ones((0, 3, 3)), []), r"images must be .*none of them 0; got \(0, 3, 3\)"),
        (lambda r: shift(IMAGES, 1.0, [1, 1]), r"down must have the shape \(2,\), got \(\)"),
        (lambda r: shift(IMAGES, [1, 1], [1]), r"right must have the shape \(2,\), got \(1,\)"),
        (lambda r: rotate(IMAGES, [np.nan, 0]), "degrees must hold finite numbers, got nan"),
        (lambda r: flip(IMAGES, [1, 0]), "flipped must hold True and False, got int64"),
        (lambda r: flip(IMAGES, [True]), r"flipped must have the shape \(2,\), got \(1,\)"),
        (
            lambda r: bilinear(IMAGES, np.ones((1, 3, 3)), np.ones((1, 3, 3))),
            r"rows must have the shape \(2, height, width\), got \(1, 3, 3\)",
        ),
        (
            lambda r: bilinear(IMAGES, np.ones((2, 3, 3)), np.ones((2, 3, 1))),
            r"columns must have the shape of rows, \(2, 3, 3\), got \(2, 3, 1\)",
        ),
        (lambda r: bilinear(IMAGES, np.full((2, 3, 3), np.inf), np.ones((2, 3, 3))), "must hold finite numbers"),
        (lambda r: noise(IMAGES, r, -1), "stddev must be .*got -1"),
        (lambda r: augment(IMAGES, r, max_shift=-1), "max_shift must be .*got -1"),
        (lambda r: augment(IMAGES, r, max_degrees=181), "max_degrees must be .* from 0 to 180, got 181"),
        (lambda r: augment(IMAGES, r, stddev=np.nan), "stddev must be .*got nan"),
        (lambda r: mixup(IMAGES, np.array([3, 1]), r), r"y must hold numbers from 0 to 1, got 3\.0"),
        (lambda r: mixup(IMAGES, np.ones((1, 2)), r), r"y must have the shape \(2, \.\.\.\), got \(1, 2\)"),
        (lambda r: mixup(IMAGES, np.ones((2, 2)), r, alpha=0), "alpha must be a number above 0, got 0"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(rng)


def test_inputs_are_left_alone(rng):
    images, y = rng.standard_normal((3, 4, 4)), np.eye(3)
    down = np.ones(3)
    before = images.copy(), y.copy()
    shift(images, down, down)
    rotate(images, down)
    flip(images, down > 0)
    bilinear(images, images, images)
    noise(images, rng, 1.0)
    augment(images, rng, flips=True, stddev=1.0)
    mixup(images, y, rng)
    assert (images == before[0]).all()
    assert (y == before[1]).all()
    assert (down == 1).all()
