"""What the playground is put together from: points, features and a network."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.gradients import numeric_gradient
from course_lib.playground.parts import (
    DATA,
    FEATURES,
    INITIALIZERS,
    OPTIMIZERS,
    PenalizedDense,
    circle,
    features,
    gaussians,
    network,
    neuron_outputs,
    points,
    random_stream,
    spiral,
    train_count,
    xor,
)
from course_lib.playground.run import Run, dense_layers
from course_lib.playground.settings import checked
from tests.playground.examples import settings_of_all_kinds
from tests.witness import KINDS, without, witness

pytestmark = [
    *without(
        KINDS,
        "it makes examples or plain values, and no mathematics",
        circle,
        xor,
        gaussians,
        spiral,
        points,
        train_count,
        random_stream,
    ),
    *without(["numeric"], "it puts together layers that have their own witnesses", network),
    *without(["keras", "numeric"], "it takes out of the network what passes through it", neuron_outputs),
    *without(["keras", "numeric"], "it is one formula, tested against the same formula as text", features),
]


# Points and features.


@pytest.mark.parametrize("name", DATA)
def test_points_lie_in_the_picture_and_in_two_classes(name):
    x, y = DATA[name](400, np.random.default_rng(0))
    assert x.shape == (400, 2)
    assert np.abs(x).max() < 6
    assert np.abs(x).max() > 4
    assert set(y) == {0, 1}
    assert 150 < y.sum() < 250


def test_each_data_set_is_what_it_says():
    rng = np.random.default_rng(1)
    x, y = circle(200, rng)
    radius = np.hypot(*x.T)
    assert radius[y == 1].max() <= 2.5
    assert radius[y == 0].min() >= 3.5
    x, y = xor(200, rng)
    np.testing.assert_array_equal(y, (np.sign(x).prod(axis=1) < 0).astype(int))
    assert np.abs(x).min() >= 0.3
    x, y = gaussians(2000, rng)
    np.testing.assert_allclose(x[y == 1].mean(axis=0), [2, 2], atol=0.15)
    np.testing.assert_allclose(x[y == 0].mean(axis=0), [-2, -2], atol=0.15)
    np.testing.assert_allclose(x[y == 1].std(axis=0), 1, atol=0.1)
    # On a spiral, the angle grows with the radius: 1.75 turns from 0 to 5, the other arm half a turn on.
    x, y = spiral(200, rng)
    turned = np.arctan2(*x.T) / (2 * np.pi) - 1.75 * np.hypot(*x.T) / 5 - y / 2
    np.testing.assert_allclose(turned, turned.round(), atol=1e-9)


def test_noise_moves_every_point_by_a_standard_deviation():
    still, noisy = (np.concatenate(points(checked({"points": 1000, "noise": noise}))[::2]) for noise in (0, 0.5))
    np.testing.assert_allclose((noisy - still).std(), 0.5, rtol=0.05)
    np.testing.assert_array_equal(*(np.concatenate(points(checked({"noise": noise}))[1::2]) for noise in (0, 0.5)))


@pytest.mark.parametrize(("count", "share", "wanted"), [(400, 0.5, 200), (20, 0.1, 2), (20, 0.9, 18), (25, 0.3, 8)])
def test_the_share_for_training(count, share, wanted):
    settings = checked({"points": count, "train_share": share})
    x_train, y_train, x_test, y_test = points(settings)
    assert train_count(settings) == len(x_train) == len(y_train) == wanted
    assert len(x_test) == len(y_test) == count - wanted
    assert y_train.shape[1] == 1


@witness("hypothesis", features)
@given(st.lists(st.tuples(*[st.floats(-6, 6)] * 2), min_size=1, max_size=5), st.permutations(list(FEATURES)))
def test_a_feature_is_its_own_formula(rows, names):
    x = np.array(rows)
    formulas = [eval(name, {"sin": np.sin, "x1": x[:, 0], "x2": x[:, 1]}) for name in names]
    np.testing.assert_array_equal(features(x, names), np.transpose(formulas))


@pytest.mark.parametrize("x", [np.zeros(2), np.zeros((2, 3)), 1.0])
def test_features_want_rows_of_two(x):
    with pytest.raises(ValueError, match=r"^x, a row \(x1, x2\) for each point, must have the shape \(n, 2\), got "):
        features(x, ["x1"])


# The network.


@witness("numeric", PenalizedDense)
def test_penalties_are_part_of_the_gradient():
    rng = np.random.default_rng(0)
    layer, x, dy = PenalizedDense(4, 3, rng), rng.standard_normal((5, 4)), rng.standard_normal((5, 3))
    layer.l1, layer.l2 = 0.3, 0.7
    w, b = layer.parameters()

    def loss():
        return np.sum(dy * layer.forward(x)) + 0.3 * np.abs(w).sum() + 0.7 * np.square(w).sum()

    loss()
    dx = layer.backward(dy)
    np.testing.assert_allclose(layer.grads["kernel"], numeric_gradient(loss, w), rtol=1e-6)
    np.testing.assert_allclose(layer.grads["bias"], numeric_gradient(loss, b), rtol=1e-6)
    np.testing.assert_allclose(dx, numeric_gradient(loss, x), rtol=1e-6)


@witness("hypothesis", network, neuron_outputs, PenalizedDense)
@given(settings_of_all_kinds)
def test_any_settings_make_a_network_of_their_sizes_that_trains(settings):
    run = Run(settings)
    sizes = [len(run.now["features"]), *run.now["hidden"], 1]
    shapes = [layer.params["kernel"].shape for layer in dense_layers(run.network)]
    assert shapes == list(itertools.pairwise(sizes))
    outputs = neuron_outputs(run.network, run.x_test)
    assert [out.shape for out in outputs] == [(len(run.x_test), units) for units in sizes[1:]]
    np.testing.assert_array_equal(outputs[-1], run.network.forward(run.x_test))
    run.train(1)
    assert run.epoch == 1
    assert run.network.backward(np.ones((len(run.x_test), 1))).shape == run.x_test.shape


def test_initializers_and_optimizers_have_their_own_names():
    for name, initializer in INITIALIZERS.items():
        assert initializer.__name__ == name
    assert OPTIMIZERS["Nesterov"]().nesterov
    assert not OPTIMIZERS["Momentum"]().nesterov
