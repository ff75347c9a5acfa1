"""The playground's pictures: what each shade stands for."""

import numpy as np
import pytest

from course_lib.playground.parts import features, neuron_outputs
from course_lib.playground.run import Run
from course_lib.plots.playground import GRID, LOGIT, PIXELS, neuron_shades, shades, sure
from tests.playground.examples import SMALL


def test_shades_are_white_at_zero_and_full_at_the_strongest():
    outputs = np.array([[0.0, -4.0, 0.5, np.nan], [0.0, 2.0, 0.0, np.inf], [0.0, 0.0, -1.0, -np.inf]])
    pictures, ranges = shades(outputs)
    assert pictures.dtype == np.uint8
    assert pictures.tolist() == [[128, 128, 128], [0, 191, 128], [191, 128, 0], [128, 255, 0]]
    np.testing.assert_array_equal(ranges[:3], [[0, 0], [-4, 2], [-1, 0.5]])
    assert shades(outputs[:, :3], strongest=2)[0].tolist() == [[128] * 3, [0, 255, 128], [159, 128, 64]]


def test_a_hidden_neuron_s_picture_is_full_from_1_on():
    run = Run(SMALL | {"activation": "relu"})
    run.network.layers[0].params["kernel"] *= 20
    pictures, ranges = neuron_shades(run)
    hidden = np.concatenate(neuron_outputs(run.network, features(PIXELS, run.now["features"]))[:-1], axis=1).T
    assert ranges[0, 1] > 20
    np.testing.assert_allclose(ranges[:-1, 1], hidden.max(axis=1))
    np.testing.assert_allclose(pictures[:-1] / 127.5 - 1, np.clip(hidden, -1, 1), atol=1 / 255 + 1e-9)


def test_without_hidden_neurons_there_is_the_output_alone():
    run = Run(SMALL | {"hidden": []})
    assert [len(part) for part in neuron_shades(run)] == [1, 1]


def test_the_output_s_picture_holds_its_logits():
    run = Run(SMALL)
    run.train(3)
    pictures, ranges = neuron_shades(run)
    assert pictures.shape == (3 + 2 + 1, GRID * GRID)
    logits = run.network.forward(features(PIXELS, run.now["features"]))[:, 0]
    np.testing.assert_allclose(ranges[-1], [logits.min(), logits.max()])
    inside = np.abs(logits) < LOGIT
    np.testing.assert_allclose((pictures[-1] / 127.5 - 1)[inside] * LOGIT, logits[inside], atol=LOGIT / 255 + 1e-9)
    np.testing.assert_allclose(sure(pictures[-1]) / 255, 1 / (1 + np.exp(-logits)), atol=0.01)
    # The first row of pixels is at the top, the first column on the left.
    assert PIXELS[0].tolist() == [-5.88, 5.88]
    assert PIXELS[1].tolist() == [pytest.approx(-5.64), 5.88]
