"""The experiments of chapter 02: what they train is what they say, and what they measure is right by brute force."""

import itertools

import numpy as np
import pytest

from course_lib.experiments import activations as experiments
from course_lib.initializers import glorot_normal


def test_digit_network_has_the_layers_and_starting_weights_of_its_activation():
    rng = np.random.default_rng(0)
    for name, spread in (("relu", 2 / 64), ("leaky_relu", 2 / 64), ("tanh", 2 / 320), ("sigmoid", 2 / 320)):
        network = experiments.digit_network([64, 256, 256], name, rng)
        assert [type(layer).__name__ for layer in network.layers] == ["Dense", "Activation"] * 2 + ["Dense"]
        assert [p.shape for p in network.parameters()[::2]] == [(64, 256), (256, 256), (256, 10)]
        np.testing.assert_allclose(network.layers[0].params["kernel"].var(), spread, rtol=0.05)


def test_epochs_until_counts_the_epochs_that_fit_needed():
    """The same training, stopped by hand: one epoch fewer is not enough, that many are."""

    def network():
        rng = np.random.default_rng(1)
        return experiments.digit_network([64, 32], "tanh", rng), rng

    needed = experiments.epochs_until(0.05, network()[0], 0.3, np.random.default_rng(2))
    for epochs, enough in ((needed - 1, False), (needed, True)):
        trained, _ = network()
        experiments.train_digits(trained, 0.3, epochs, np.random.default_rng(2))
        assert (1 - experiments.share_right(trained) <= 0.05) == enough
    assert experiments.epochs_until(0.0, network()[0], 1e-6, np.random.default_rng(2), most=2) == np.inf


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_gradient_sizes_equal_brute_force(layer):
    """How much the loss changes if one value behind an activation moves, by finite differences."""
    sizes = experiments.gradient_sizes("tanh", glorot_normal, 0, depth=3)
    x, y = (part[:200] for part in experiments.training_digits())
    network = experiments.digit_network([64] * 4, "tanh", np.random.default_rng(0), glorot_normal)
    h = x
    for one in network.layers[: 2 * layer + 2]:
        h = one.forward(h)

    def loss():
        out = h
        for one in network.layers[2 * layer + 2 :]:
            out = one.forward(out)
        return experiments.CROSS_ENTROPY[0](y, out)

    rows, columns, moved = [0, 50, 199], [0, 20, 63], []
    for row in rows:
        for column in columns:
            ends = []
            for step_size in (1e-5, -1e-5):
                h[row, column] += step_size
                ends.append(loss())
                h[row, column] -= step_size
            moved.append((ends[0] - ends[1]) / 2e-5)
    d = experiments.CROSS_ENTROPY[1](y, network.forward(x))
    for one in reversed(network.layers[2 * layer + 2 :]):
        d = one.backward(d)
    np.testing.assert_allclose(moved, d[np.ix_(rows, columns)].ravel(), rtol=1e-4, atol=1e-10)
    np.testing.assert_allclose(sizes[layer], np.sqrt(np.mean(d**2)), rtol=1e-12)


def test_firing_says_which_sums_are_above_zero():
    network = experiments.digit_network([64, 8, 6], "relu", np.random.default_rng(0))
    network.layers[2].params["bias"][:2] = -1e3, 1e3
    fires = experiments.firing(network)
    assert fires.shape == (len(experiments.training_digits()[0]), 6)
    assert not fires[:, 0].any()
    assert fires[:, 1].all()


def test_a_spiral_network_without_a_bend_is_one_plane_at_every_depth():
    points = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    with_one = np.column_stack([points, np.ones(50)])
    for depth, name in itertools.product((0, 3), ("linear", "tanh")):
        logits = experiments.spiral_network(name, depth)(points)
        nearest = with_one @ np.linalg.lstsq(with_one, logits)[0]
        assert np.allclose(nearest, logits, rtol=1e-9) == (name == "linear" or depth == 0)
    assert experiments.spiral_network("tanh", 3) is experiments.spiral_network("tanh", 3)
