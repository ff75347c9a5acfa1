"""Chapter 01's experiments: points that layers of two neurons untangle, and a deep network against a wide one."""

from functools import cache

import numpy as np

from course_lib.activations import linear, sigmoid, tanh
from course_lib.data import circles, spirals
from course_lib.experiments.many_networks import Many
from course_lib.layers import Dense, dense_stack
from course_lib.losses import binary_crossentropy_grad
from course_lib.neurons import INPUTS
from course_lib.optimizers import Adam

CURVES = {
    "wave": lambda x: np.sin(2 * np.pi * x) + 0.4 * np.sin(6 * np.pi * x),
    "hill": lambda x: np.exp(-((x - 0.5) ** 2) / 0.02),
    "step": lambda x: np.where(x < 0.5, -1.0, 1.0),
}
# Both have 282 parameters: two hidden layers, and one. The rates are the best of 0.005, 0.007, 0.01, 0.014, 0.02,
# 0.028 and 0.04 for twenty networks of each kind.
DEEP, WIDE = (2, 14, 14, 2), (2, 56, 2)
BEST_RATES = {DEEP: 0.01, WIDE: 0.02}


def small_network():
    """The layers of 3 → 4 → 2 neurons; one decimal, so that the arithmetic of any can be followed by hand."""
    rng = np.random.default_rng(4)
    return [
        (rng.normal(0, 0.8, (3, 4)).round(1), rng.normal(0, 0.5, 4).round(1), tanh),
        (rng.normal(0, 0.8, (4, 2)).round(1), rng.normal(0, 0.5, 2).round(1), sigmoid),
    ]


def trained_layers(x, y, hidden, seed=0, steps=1500, rate=0.03):
    """The layers of a network with tanh and one logit, as ``forward`` takes them, after so many steps on all points.

    x: (n, 2)   y: (n,) of 0 and 1   hidden: the widths of the hidden layers
    """
    network = dense_stack([2, *hidden, 1], "tanh", np.random.default_rng(seed))
    optimizer, wanted = Adam(rate), np.asarray(y, float)[:, None]
    for _ in range(steps):
        z = network.forward(x)
        network.backward(binary_crossentropy_grad(wanted, z, from_logits=True))
        optimizer.step(network.parameters(), network.gradients())
    found = [(layer.params["kernel"], layer.params["bias"]) for layer in network.layers if isinstance(layer, Dense)]
    return [(kernel, bias, tanh) for kernel, bias in found[:-1]] + [(*found[-1], linear)]


@cache
def tangled(name):
    """(x, y, layers) of points in the plane, and a network whose hidden layers have two neurons each.

    "XOR" are clouds around its four corners and chapter 01's two layers, with tanh in place of the step. The layers of
    "spirals" and of "ring" were trained; those of "ring" cannot part it.
    """
    if name == "XOR":
        x = np.repeat(2 * INPUTS - 1, 12, axis=0) + 0.18 * np.random.default_rng(0).standard_normal((48, 2))
        first = np.full((2, 2), 2.0), np.array([2.0, -2.0]), tanh
        return x, (x[:, 0] * x[:, 1] < 0).astype(int), [first, (np.array([[2.0], [-2.0]]), np.array([-2.0]), linear)]
    if name == "spirals":
        x, y = spirals(72, 0.0, 0.75, seed=0)
        # About half of all starts succeed; the fifth does so early, before tanh has pressed all to its ends.
        return x, y, trained_layers(x, y, (2, 2), seed=5, steps=300)
    x, y = circles(72, 0.04, seed=0)
    return x, y, trained_layers(x, y, (2, 2), steps=600)


@cache
def _spiral_points():
    """Arms of three turns: ((x, y) to learn from, (x, y) to be judged by)."""
    return tuple((x.astype("float32"), y) for x, y in (spirals(1000, 0.01, 3.0, seed=seed) for seed in (0, 1)))


def spiral_readers(widths, passes, rate=None, count=10, seed=3):
    """The share of new points that each of ``count`` networks with ReLU reads, after each pass: (passes, count)"""
    seen, new = _spiral_points()
    networks = Many(count, widths, rate or BEST_RATES[widths], seed=seed)
    [judged] = networks.fit(*seen, epochs=passes, batch_size=32, watch=[new])
    return judged[:, 0]
