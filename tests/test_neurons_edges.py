"""Neurons of whole numbers: no sum wraps round, and no product is cut to 8 bits."""

import numpy as np
import pytest

from course_lib.activations import linear, relu, sigmoid
from course_lib.neurons import count_parameters, dense, forward, mistakes_per_round, neuron, perceptron_updates

KINDS = [np.uint8, np.int8, np.uint32, np.int64, bool]


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("f", [linear, sigmoid, relu])
def test_neurons_of_every_kind_of_number(f, dtype):
    x, w = np.array([[100, 2, 0], [1, 100, 3]]).astype(dtype), np.array([100, 0, 1]).astype(dtype)
    kernel = np.stack([w, w], axis=1)
    wanted = neuron(x.astype(float), w.astype(float), 0.5, f)
    np.testing.assert_array_equal(neuron(x, w, 0.5, f), wanted)
    np.testing.assert_array_equal(neuron(x[0], w, 0.5, f), wanted[0])
    np.testing.assert_array_equal(dense(x, kernel, np.zeros(2), f)[:, 0], neuron(x, w, 0, f))
    np.testing.assert_array_equal(forward(x, [(kernel, np.zeros(2), f)])[-1], dense(x, kernel, np.zeros(2), f))
    np.testing.assert_array_equal(neuron(x.tolist(), w.tolist(), 0.5, f), wanted)


def test_layers_as_wide_as_8_bits_can_say():
    assert count_parameters(np.array([200, 200, 10], np.uint8)) == 201 * 200 + 201 * 10


@pytest.mark.parametrize("dtype", KINDS[:4])
def test_a_perceptron_learns_from_every_kind_of_number(dtype):
    x, y = np.array([[0, 100], [100, 0], [100, 100], [0, 0]]), np.array([0, 0, 1, 0])
    ours, wanted = (perceptron_updates(a, b, 20) for a, b in ((x.astype(dtype), y.astype(dtype)), (x, y)))
    assert [update.y_pred for update in ours] == [update.y_pred for update in wanted]
    assert (ours[-1].w == wanted[-1].w).all()
    np.testing.assert_array_equal(mistakes_per_round(ours, y.astype(dtype)), mistakes_per_round(wanted, y))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: neuron(1, 2, 0), r"x must hold 1 inputs, one a weight; its shape is \(\)"),
        (lambda: neuron([1, 2], [[1, 2]], 0), r"x must hold 2 inputs, one a weight; its shape is \(2,\)"),
        (lambda: dense([[1, 2]], 3, 0), r"kernel must have the shape \(inputs, units\), got \(\)"),
        (lambda: count_parameters([3, 2.5]), "each length in widths must be a whole number from 1 up, got 2.5"),
    ],
)
def test_what_fits_no_neuron_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()
