"""Chapter 07's experiments: digits that move, and what a network looks at."""

import numpy as np
import pytest

from course_lib.experiments import convolution as experiments
from course_lib.experiments.classic_networks import lenet
from course_lib.page import quiet

with quiet():
    import keras


def test_an_image_moves_by_whole_pixels_and_paper_comes_in():
    image = np.arange(1.0, 10).reshape(1, 3, 3)
    assert experiments.moved(image, 0, 0).tolist() == image.tolist()
    assert experiments.moved(image, 1, 0)[0].tolist() == [[0, 0, 0], [1, 2, 3], [4, 5, 6]]
    assert experiments.moved(image, 0, -1)[0].tolist() == [[2, 3, 0], [5, 6, 0], [8, 9, 0]]
    assert experiments.moved(image, -2, 1)[0].tolist() == [[0, 7, 8], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("reach", [0, 1])
def test_a_lesson_has_every_image_once_an_epoch(reach):
    x = np.pad(np.arange(1.0, 6)[:, None, None], ((0, 0), (1, 1), (1, 1)))
    images, labels = experiments.lesson(x, np.arange(5), 3, np.random.default_rng(0), reach)
    assert images.shape == (15, 3, 3, 1)
    assert sorted(labels.tolist()) == sorted([*range(5)] * 3)
    # The only pixel with ink tells which image it is, wherever it has gone.
    np.testing.assert_array_equal(images.sum(axis=(1, 2, 3)), labels + 1)
    places = {tuple(np.argwhere(image[..., 0])[0]) for image in images}
    assert len(places) == 1 if reach == 0 else len(places) > 1


def test_shares_are_means_over_four_directions():
    x, y = np.zeros((2, 5, 5)), np.array([0, 1])
    x[0, 2, 2], x[1, 0, 2] = 1, 1
    # Reads 1 where the first row has ink: moved up, the second image loses it.
    shares = experiments.shares_right(lambda images: images[:, 0].any(axis=1).astype(int), x, y)
    assert shares[0] == 1
    assert shares[1] == np.mean([0.5, 0.5, 1, 1])


def test_on_its_sheet_a_digit_moves_by_two_pixels_and_loses_nothing():
    sheets = experiments.on_sheets(np.random.default_rng(0).random((3, 8, 8)))
    assert sheets.shape == (3, 12, 12)
    for move in experiments.MOVES[2]:
        np.testing.assert_array_equal(experiments.moved(sheets, *move), np.roll(sheets, move, axis=(1, 2)))


def test_centred_the_box_of_the_ink_lies_in_the_middle_wherever_it_was():
    image = np.zeros((1, 5, 5))
    image[0, 0, 1], image[0, 1, 3] = 1, 2
    middle = experiments.centred(image)
    assert np.argwhere(middle[0]).tolist() == [[1, 1], [2, 3]]
    np.testing.assert_array_equal(experiments.centred(experiments.moved(image, 3, -1)), middle)
    assert experiments.centred(np.zeros((2, 3, 3))).tolist() == np.zeros((2, 3, 3)).tolist()


def test_every_place_has_its_share():
    x, y = np.zeros((2, 5, 5)), np.array([1, 1])
    x[0, 2, 2], x[1, 2, 3] = 1, 1
    # Reads 1 where the middle pixel has ink.
    shares = experiments.shares_at_places(lambda images: images[:, 2, 2].astype(int), x, y, most=1)
    assert shares.tolist() == [[0, 0, 0], [0.5, 0.5, 0], [0, 0, 0]]


def test_support_vectors_read_a_centred_image_wherever_it_lies():
    x, y = np.zeros((2, 7, 7)), np.array([0, 1])
    x[0, 2:5, 3] = x[1, 3, 2:5] = 1
    read = experiments.support_vectors(x, y, prepared=experiments.centred)
    assert list(experiments.shares_right(read, x, y).values()) == [1, 1, 1]


def test_classical_readers_read_what_they_learnt():
    rng = np.random.default_rng(0)
    x, y = 0.1 * rng.random((60, 6, 6)), np.arange(60) % 2
    x[y == 1, 2:4, 3] = 1
    for name, read in experiments.classical(x, y).items():
        assert read(x).tolist() == y.tolist(), name


@pytest.mark.parametrize(
    ("control", "of", "parameters"),
    [
        (experiments.pooled_two, experiments.flattened, 5130),
        (experiments.flattened_three, experiments.pooled, 23950),
    ],
)
def test_a_control_has_the_body_of_its_network_and_another_head(control, of, parameters):
    one, other = experiments.network(control), experiments.network(of)
    bodies = [[layer.filters for layer in model.layers if hasattr(layer, "filters")] for model in (one, other)]
    assert bodies[0] == bodies[1]
    assert one.count_params() == parameters


def test_support_vectors_that_saw_the_moves_read_moved_images():
    x, y = np.zeros((2, 7, 7)), np.array([0, 1])
    x[0, 2:5, 3] = x[1, 3, 2:5] = 1
    seen = experiments.support_vectors(x, y, reach=1)
    assert experiments.shares_right(seen, x, y)[1] == 1
    assert experiments.shares_right(experiments.support_vectors(x, y), x, y)[0] == 1


@pytest.mark.parametrize("parts", [experiments.dense, experiments.flattened, experiments.pooled])
def test_a_network_learns_what_its_lesson_shows(parts):
    rng = np.random.default_rng(0)
    x, y = 0.1 * rng.random((256, 12, 12)).astype("float32"), rng.integers(0, 2, 256)
    x[y == 1, 4:8, 5] = 1
    model = experiments.trained(parts, x, y, seed=0, rate=0.01, epochs=20)
    assert model.count_params() == pytest.approx(9940, rel=0.002)
    assert np.mean(experiments.reader(model)(x) == y) > 0.95


def test_occlusion_finds_the_pixel_that_matters():
    image = np.ones((5, 5))
    found = experiments.occlusion(lambda images: images[:, 1, 1], image, size=1)
    assert found[1, 1] == 1
    assert found.sum() == 1
    assert experiments.occlusion(lambda images: images[:, 1, 1], image).sum() == 9


def test_grad_cam_weighs_maps_by_their_mean_slope():
    maps, slopes = np.random.default_rng(0).normal(size=(2, 4, 4, 3))
    weights = [slopes[..., k].mean() for k in range(3)]
    wanted = np.maximum(sum(w * maps[..., k] for k, w in enumerate(weights)), 0)
    np.testing.assert_allclose(experiments.grad_cam(maps, slopes), wanted)


def test_looks_are_the_three_maps_of_one_network():
    keras.utils.set_random_seed(0)
    network = experiments.network(experiments.pooled)
    images, labels = np.random.default_rng(0).random((2, 12, 12)).astype("float32"), np.array([3, 8])
    seen = experiments.looks(network, images, labels)
    assert {name: maps.shape for name, maps in seen.items()} == dict.fromkeys(seen, images.shape)
    np.testing.assert_allclose(seen["saliency"], experiments.saliency(network, images, labels))
    for image, label, covered, cam in zip(images, labels, seen["occlusion"], seen["Grad-CAM"], strict=True):
        falls = experiments.occlusion(experiments.sureness(network, label), image)
        np.testing.assert_allclose(covered, np.maximum(falls, 0), atol=1e-6)
        assert cam.any()
        cam[3:9, 3:9] = 0
        assert not cam.any()


def test_the_cost_is_that_of_the_square_pointed_at():
    covered, pointing = np.arange(8.0).reshape(2, 2, 2), np.zeros((2, 2, 2))
    pointing[0, 0, 1], pointing[1, 1, 0] = 1, 1
    assert experiments.cost_where(pointing, covered) == (1 + 6) / 2


def test_saliency_of_a_linear_model_is_the_size_of_its_weights():
    model = keras.Sequential([keras.Input((3, 3, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    seen = experiments.saliency(model, np.ones((2, 3, 3), "float32"), np.array([1, 0]))
    weights = model.get_weights()[0].T[::-1].reshape(2, 3, 3)
    np.testing.assert_allclose(seen, np.abs(weights), rtol=1e-5)


def test_what_is_maximized_grows_and_a_prior_makes_it_smooth():
    signs = np.indices((6, 6)).sum(axis=0)[..., None] % 2 * 2.0 - 1
    values = {}
    for smooth in (0.0, 0.3):
        image = experiments.maximized(
            lambda a: keras.ops.sum(keras.ops.multiply(a, signs.astype("float32"))),
            (2, 6, 6, 1),
            np.random.default_rng(0),
            40,
            smooth=smooth,
        )
        assert image.min() >= 0
        assert image.max() <= 1
        values[smooth] = np.sum(image * signs), experiments.roughness(image[0, ..., 0])
    start = np.sum(np.random.default_rng(0).random((2, 6, 6, 1)) * signs)
    assert values[0.0][0] > start + 5
    assert values[0.3][1] < values[0.0][1]


def test_digits_lie_on_the_sheet_where_they_were_put():
    digits = np.ones((2, 2, 2)) * np.array([1, 2])[:, None, None]
    sheet = experiments.canvas(digits, [(0, 0), (1, 3)], (3, 5))
    assert sheet.tolist() == [[1, 1, 0, 0, 0], [1, 1, 0, 2, 2], [0, 0, 0, 2, 2]]


def test_lenet_has_the_parameters_of_its_layers():
    assert lenet(keras).count_params() == 156 + 2416 + 48120 + 10164 + 850
