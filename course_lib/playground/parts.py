"""What the playground is put together from: points, features, and a network, each made from its settings.

The four data sets and the seven features are those of TensorFlow Playground (Smilkov et al., 2017), in its units. Every
random number comes from the settings' seed.
"""

from functools import partial

import numpy as np

from course_lib import initializers, limits, optimizers
from course_lib.layers import Activation, Dense, dense_stack
from course_lib.overfitting import Dropout, l1_penalty_grad, l2_penalty_grad

# --- points


def circle(n, rng):
    """Class 1 in a disc, class 0 in a ring around it. x: (n, 2), y: (n,)"""
    y = np.arange(n) % 2
    radius = np.where(y == 1, rng.uniform(0, 2.5, n), rng.uniform(3.5, 5, n))
    angle = rng.uniform(0, 2 * np.pi, n)
    return radius[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1), y


def xor(n, rng):
    """Class 1 where exactly one coordinate is positive, with a gap along the axes. x: (n, 2), y: (n,)"""
    x = rng.uniform(-5, 5, (n, 2))
    return x + 0.3 * np.sign(x), ((x[:, 0] > 0) ^ (x[:, 1] > 0)).astype(int)


def gaussians(n, rng):
    """Two round clouds around (2, 2), class 1, and (-2, -2), class 0. x: (n, 2), y: (n,)"""
    y = np.arange(n) % 2
    return 4 * y[:, None] - 2 + rng.standard_normal((n, 2)), y


def spiral(n, rng):
    """Two arms that wind around each other one and three quarter times. x: (n, 2), y: (n,)"""
    y = np.arange(n) % 2
    along = rng.uniform(0.05, 1, n)
    angle = 1.75 * 2 * np.pi * along + np.pi * y
    return 5 * along[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1), y


DATA = {f.__name__: f for f in (circle, xor, gaussians, spiral)}


def points(settings):
    """(x_train, y_train, x_test, y_test). x: (n, 2)   y: (n, 1), of 0 and 1"""
    rng, n = random_stream(settings, 0), settings["points"]
    x, y = DATA[settings["data"]](n, rng)
    x, y = x + settings["noise"] * rng.standard_normal(x.shape), y[:, None]
    train = train_count(settings)
    return x[:train], y[:train], x[train:], y[train:]


def train_count(settings):
    """How many of the points are for training: the share, but at least one point on either side."""
    return min(max(round(settings["train_share"] * settings["points"]), 1), settings["points"] - 1)


def random_stream(settings, number):
    """A Generator for one purpose: 0 points, 1 weights, 2 order of the examples, 3 dropout."""
    return np.random.default_rng([settings["seed"], number])


# --- features


FEATURES = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1**2": lambda x1, x2: x1**2,
    "x2**2": lambda x1, x2: x2**2,
    "x1*x2": lambda x1, x2: x1 * x2,
    "sin(x1)": lambda x1, x2: np.sin(x1),
    "sin(x2)": lambda x1, x2: np.sin(x2),
}


def features(x, names):
    """What the network is given of each point. x: (n, 2)   result: (n, features)"""
    x = limits.shape("x, a row (x1, x2) for each point,", np.asarray(x, float), "n", 2)
    return np.stack([FEATURES[name](*x.T) for name in names], axis=1)


# --- the network


OPTIMIZERS = {
    "SGD": optimizers.SGD,
    "Momentum": optimizers.Momentum,
    "Nesterov": partial(optimizers.Momentum, nesterov=True),
    "Adagrad": optimizers.Adagrad,
    "RMSprop": optimizers.RMSprop,
    "Adam": optimizers.Adam,
    "AdamW": optimizers.AdamW,
}
INITIALIZERS = {
    f.__name__: f
    for f in (
        initializers.glorot_uniform,
        initializers.glorot_normal,
        initializers.he_uniform,
        initializers.he_normal,
        initializers.lecun_uniform,
        initializers.lecun_normal,
        initializers.orthogonal,
        initializers.normal,
        initializers.uniform,
        initializers.zeros,
    )
}


class PenalizedDense(Dense):
    """A dense layer whose large weights cost something: its loss has l1 Σ |w| + l2 Σ w² besides, over the kernel."""

    l1 = l2 = 0.0

    def backward(self, dy):
        dx, kernel = super().backward(dy), self.params["kernel"]
        self.grads["kernel"] += l1_penalty_grad(kernel, self.l1) + l2_penalty_grad(kernel, self.l2)
        return dx


def network(settings):
    """Sequential: for each hidden layer Dense, Activation and perhaps Dropout; then Dense with one unit, the logit."""
    rng, noise = random_stream(settings, 1), random_stream(settings, 3)
    widths, initializer = [len(settings["features"]), *settings["hidden"], 1], INITIALIZERS[settings["initializer"]]

    def dropout():
        return [Dropout(settings["dropout"], noise)] if settings["dropout"] else []

    return dense_stack(widths, settings["activation"], rng, initializer, dense=PenalizedDense, after=dropout)


def dense_layers(network):
    """The layers that have weights, from the first hidden one to the output."""
    return [layer for layer in network.layers if isinstance(layer, PenalizedDense)]


def neuron_outputs(network, x):
    """[(n, units) for each hidden layer, (n, 1)]: what each neuron says, last of all the logit of class 1."""
    outputs = []
    for layer in network.layers:
        x = layer.forward(x)
        if isinstance(layer, Activation):
            outputs.append(x)
    return [*outputs, x]
