"""Normalization: subtract a mean, divide by a spread, then let the network undo it with a scale and a shift.

x: (batch, ..., features)   The layers differ in what they average over: a feature's batch, or an example's features.
What they are good for shows in a deep stack of layers, where ``layer_statistics`` measures what becomes of a signal.
"""

from functools import partial

import numpy as np

from course_lib import limits
from course_lib.initializers import glorot_normal, he_normal, lecun_normal, normal, orthogonal, zeros
from course_lib.layers import Layer, Sequential, dense_stack

# What a network's weights may begin with. 0.05 is the spread of Keras' own RandomNormal.
RECIPES = {
    "zero": zeros,
    "too small": partial(normal, std=0.05),
    "too large": partial(normal, std=0.5),
    "LeCun": lecun_normal,
    "Glorot": glorot_normal,
    "He": he_normal,
    "orthogonal": orthogonal,
}


class _Normalization(Layer):
    """y = gamma x_hat + beta, where a subclass says how x becomes x_hat. gamma, beta: (features,)"""

    def __init__(self, features, epsilon):
        features = limits.whole("features", features)
        super().__init__(gamma=np.ones(features), beta=np.zeros(features))
        self.epsilon = _above_zero(epsilon)

    def _scale(self, x_hat):
        return self.params["gamma"] * x_hat + self.params["beta"]

    def _scale_backward(self, dy, x_hat):
        """Fills ``grads`` and returns the gradient of x_hat."""
        self.grads = {"gamma": _over_features(dy * x_hat), "beta": _over_features(dy)}
        return dy * self.params["gamma"]


class BatchNormalization(_Normalization):
    """Each feature by its batch, or, when not training, by moving averages. Ioffe and Szegedy, 2015.

    The variance is the batch's own, divided by its size n and not by n - 1, in both places, as in Keras.
    """

    state = "moving_mean", "moving_variance"

    def __init__(self, features, momentum=0.99, epsilon=1e-3):
        features = limits.whole("features", features)
        super().__init__(features, epsilon)
        self.momentum = limits.share("momentum", momentum)
        self.moving_mean, self.moving_variance = np.zeros(features), np.ones(features)

    def forward(self, x, training=False):
        x = _features(x, self.params["gamma"])
        # What is frozen keeps its averages, and goes by them, as in Keras.
        training = training and self.trainable
        axes = tuple(range(x.ndim - 1)) if training else ()
        if training:
            self._remember(x, axes)
            x_hat, std = _standardize(x, axes, self.epsilon)
        else:
            std = np.sqrt(self.moving_variance + self.epsilon)
            x_hat = (x - self.moving_mean) / std
        self.cache = x_hat, std, axes
        return self._scale(x_hat)

    def backward(self, dy):
        """The moving averages do not depend on x: without training, the slope is gamma / std alone."""
        x_hat, std, axes = self.cache
        d = self._scale_backward(dy, x_hat)
        return _standardize_backward(d, x_hat, std, axes) if axes else d / std

    def _remember(self, x, axes):
        """moving ← momentum · moving + (1 - momentum) · batch."""
        if not np.isfinite(x).all():
            raise ValueError("x must be finite in training; NaN or infinity would stay in the moving averages")
        self.moving_mean = self.momentum * self.moving_mean + (1 - self.momentum) * x.mean(axes)
        self.moving_variance = self.momentum * self.moving_variance + (1 - self.momentum) * x.var(axes)


class LayerNormalization(_Normalization):
    """Each vector of features by itself, in training and after it alike. Ba et al., 2016."""

    def __init__(self, features, epsilon=1e-3):
        super().__init__(features, epsilon)

    def forward(self, x, training=False):
        x = _features(x, self.params["gamma"])
        self.cache = _standardize(x, -1, self.epsilon)
        return self._scale(self.cache[0])

    def backward(self, dy):
        x_hat, std = self.cache
        return _standardize_backward(self._scale_backward(dy, x_hat), x_hat, std, -1)


class GroupNormalization(_Normalization):
    """Each example's features in groups, all positions of a group together. Wu and He, 2018.

    groups: how many, side by side along the features; -1, as in Keras, for one feature a group
    """

    def __init__(self, features, groups=32, epsilon=1e-3):
        features = limits.whole("features", features)
        super().__init__(features, epsilon)
        self.groups = limits.divides("groups", features if groups == -1 else groups, features, "the features")

    def forward(self, x, training=False):
        x = _features(x, self.params["gamma"])
        x_hat, std = _standardize(self._grouped(x), (1, 3), self.epsilon)
        self.cache = x_hat.reshape(x.shape), std
        return self._scale(self.cache[0])

    def backward(self, dy):
        x_hat, std = self.cache
        d = self._grouped(self._scale_backward(dy, x_hat))
        return _standardize_backward(d, self._grouped(x_hat), std, (1, 3)).reshape(dy.shape)

    def _grouped(self, x):
        """(batch, ..., features) as (batch, positions, groups, features of a group)."""
        return x.reshape(len(x), -1, self.groups, x.shape[-1] // self.groups)


class RMSNormalization(Layer):
    """y = scale x / sqrt(mean(x²) + epsilon): no mean is subtracted, no shift added. Zhang and Sennrich, 2019."""

    def __init__(self, features, epsilon=1e-6):
        features = limits.whole("features", features)
        super().__init__(scale=np.ones(features))
        self.epsilon = _above_zero(epsilon)

    def forward(self, x, training=False):
        x = _features(x, self.params["scale"])
        rms = np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + self.epsilon)
        self.cache = x / rms, rms
        return self.params["scale"] * self.cache[0]

    def backward(self, dy):
        """The root depends on x too: it takes out the part of the gradient that points along x_hat."""
        x_hat, rms = self.cache
        self.grads = {"scale": _over_features(dy * x_hat)}
        d = dy * self.params["scale"]
        return (d - x_hat * np.mean(d * x_hat, axis=-1, keepdims=True)) / rms


def stack(depth, width, activation, initializer, rng):
    """A dense layer and its activation, ``depth`` times: the plain network of this chapter."""
    depth = limits.whole("depth", depth)
    widths = limits.whole("width", width), width
    return Sequential(*(dense_stack(widths, activation, rng, initializer, last=activation) for _ in range(depth)))


def layer_statistics(network, x, dy):
    """How the signal x fares forward through a Sequential's layers, and the gradient dy backward. In training mode.

    forward: the rms of each layer's output   likeness: how alike the outputs for different examples are
    backward: the rms of the loss's gradient in each layer's output, dy being the last one's. Arrays of (layers,).
    """
    outputs, gradients = [], [dy]
    for layer in network.layers:
        x = layer.forward(x, training=True)
        outputs.append(x)
    for layer in reversed(network.layers[1:]):
        gradients.insert(0, layer.backward(gradients[0]))
    return {
        "forward": np.array([rms(y) for y in outputs]),
        "likeness": np.array([likeness(y) for y in outputs]),
        "backward": np.array([rms(d) for d in gradients]),
    }


def rms(x):
    """The size of a typical number in x: the root of the mean of the squares."""
    return np.sqrt(np.mean(np.square(limits.floats(x))))


def likeness(x):
    """The mean cosine between two different rows: 1 if all point the same way, 0 if they have nothing in common.

    x: (batch, features), 2 rows or more. A row of zeros points nowhere, and has nothing in common with any.
    """
    x = limits.floats(x)
    if x.ndim != 2 or len(x) < 2:
        raise ValueError(f"x must have the shape (batch, features) with 2 rows or more, got {x.shape}")
    length = np.linalg.norm(x, axis=1, keepdims=True)
    rows = x / np.where(length > 0, length, 1)
    n = len(x)
    # The sum over all pairs is the squared length of the sum; what a row has in common with itself is taken off.
    return (np.sum(rows.sum(axis=0) ** 2) - np.sum(rows**2)) / (n * (n - 1))


def _standardize(x, axes, epsilon):
    """x_hat = (x - mean) / std with std = sqrt(variance + epsilon), all over these axes. Returns (x_hat, std)."""
    std = np.sqrt(x.var(axes, keepdims=True) + epsilon)
    return (x - x.mean(axes, keepdims=True)) / std, std


def _standardize_backward(d, x_hat, std, axes):
    """Mean and variance depend on x too: they take out d's mean and the part of it that points along x_hat."""
    return (d - d.mean(axes, keepdims=True) - x_hat * (d * x_hat).mean(axes, keepdims=True)) / std


def _over_features(d):
    """The sum over all axes but the last: (..., features) becomes (features,)."""
    return d.sum(axis=tuple(range(d.ndim - 1)))


def _features(x, scale):
    return limits.floats(limits.shape("x", x, "batch", ..., len(scale), filled=True))


def _above_zero(epsilon):
    return limits.above_zero("epsilon, without which what never varies is divided by 0,", epsilon, infinite=True)
