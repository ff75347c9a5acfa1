"""What chapter 01 trains: points that are untangled, and a deep network beside a wide one."""

import numpy as np
import pytest

from course_lib.activations import linear, tanh
from course_lib.data import circles
from course_lib.experiments import neurons as experiments
from course_lib.neurons import count_parameters, forward


@pytest.mark.parametrize(("name", "share"), [("XOR", 1), ("spirals", 1)])
def test_layers_of_two_neurons_untangle_the_points(name, share):
    x, y, layers = experiments.tangled(name)
    assert np.mean((forward(x, layers)[-1][:, 0] > 0) == y) == share
    assert all(kernel.shape == (2, 2) and activation is tanh for kernel, _, activation in layers[:-1])
    assert layers[-1][0].shape == (2, 1)
    assert layers[-1][2] is linear


@pytest.mark.parametrize("seed", range(3))
def test_no_sheet_of_two_neurons_a_layer_parts_a_ring_and_three_neurons_do(seed):
    x, y = circles(72, 0.04, seed=0)
    shares = [
        np.mean((forward(x, experiments.trained_layers(x, y, hidden, seed))[-1][:, 0] > 0) == y)
        for hidden in ((2, 2), (3,))
    ]
    assert shares[0] < shares[1] == 1


def test_the_deep_and_the_wide_network_have_as_many_parameters():
    assert count_parameters(experiments.DEEP) == count_parameters(experiments.WIDE) == 282


def test_a_reader_of_spirals_is_judged_after_each_pass():
    shares = experiments.spiral_readers((2, 4, 2), passes=2, rate=0.01, count=3)
    assert shares.shape == (2, 3)
    assert ((shares > 0.3) & (shares < 0.8)).all()
