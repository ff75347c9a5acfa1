"""Normalization: subtract a mean, divide by a spread, then let the network undo it with a scale and a shift.

x: (batch, ..., features)   The layers differ in what they average over: a feature's batch, or an example's features.
"""

import numpy as np

from course_lib.layers import Layer


class _Normalization(Layer):
    """y = gamma x_hat + beta, where a subclass says how x becomes x_hat. gamma, beta: (features,)"""

    def __init__(self, features, epsilon):
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

    def __init__(self, features, momentum=0.99, epsilon=1e-3):
        super().__init__(features, epsilon)
        if not 0 <= momentum <= 1:
            raise ValueError(f"momentum must be between 0 and 1, got {momentum}")
        self.momentum = momentum
        self.moving_mean, self.moving_variance = np.zeros(features), np.ones(features)

    def forward(self, x, training=False):
        _check(x, self.params["gamma"])
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
        _check(x, self.params["gamma"])
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
        super().__init__(features, epsilon)
        self.groups = features if groups == -1 else groups
        if self.groups < 1 or features % self.groups:
            raise ValueError(f"groups must divide the {features} features, got {groups}")

    def forward(self, x, training=False):
        _check(x, self.params["gamma"])
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
        super().__init__(scale=np.ones(features))
        self.epsilon = _above_zero(epsilon)

    def forward(self, x, training=False):
        _check(x, self.params["scale"])
        rms = np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + self.epsilon)
        self.cache = x / rms, rms
        return self.params["scale"] * self.cache[0]

    def backward(self, dy):
        """The root depends on x too: it takes out the part of the gradient that points along x_hat."""
        x_hat, rms = self.cache
        self.grads = {"scale": _over_features(dy * x_hat)}
        d = dy * self.params["scale"]
        return (d - x_hat * np.mean(d * x_hat, axis=-1, keepdims=True)) / rms


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


def _check(x, scale):
    if x.ndim < 2 or x.size == 0 or x.shape[-1] != len(scale):
        raise ValueError(f"x must have the shape (batch, ..., {len(scale)}) and not be empty, got {x.shape}")


def _above_zero(epsilon):
    if not epsilon > 0:
        raise ValueError(f"epsilon must be above 0, or what never varies is divided by 0; got {epsilon}")
    return epsilon
