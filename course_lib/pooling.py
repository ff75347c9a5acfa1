"""Pooling: one number for every window of an image, channel by channel; nothing is learnt.

x: (batch, *image, channels)   y: (batch, *positions, channels), or (batch, channels) where one window is the image
"""

import math

import numpy as np

from course_lib import limits
from course_lib.layers import Layer
from course_lib.windows import IMAGE_AXES, per_axis, scatter, windows


class _Pooling(Layer):
    """pool_size and strides: one number or a tuple; strides are the pool_size unless they are given, as in Keras."""

    rank = 2

    def __init__(self, pool_size, strides=None, padding="valid"):
        super().__init__()
        self.padding = limits.one_of("padding", padding, ("valid", "same"))
        self.pool_size = per_axis("pool_size", pool_size, self.rank)
        self.strides = per_axis("strides", self.pool_size if strides is None else strides, self.rank)

    def _windows(self, x, fill):
        """(batch, *positions, all places of a window, channels)."""
        limits.shape("x", x, "batch", *IMAGE_AXES[self.rank], "channels")
        seen = windows(x, self.pool_size, self.strides, self.padding, fill=fill)
        return seen.reshape(*seen.shape[: self.rank + 1], -1, x.shape[-1])

    def _scatter(self, d, shape):
        """The transpose of ``_windows``."""
        return scatter(d.reshape(*d.shape[:-2], *self.pool_size, d.shape[-1]), shape, self.strides, self.padding)


class _MaxPooling(_Pooling):
    """The largest number of every window. Where several are, the first, row by row, takes the gradient, as in Keras."""

    def __init__(self, pool_size=2, strides=None, padding="valid"):
        super().__init__(pool_size, strides, padding)

    def forward(self, x, training=False):
        x = limits.floats(x)
        seen = self._windows(x, -np.inf)
        y = seen.max(axis=-2)
        # What is padding takes no gradient, even where all that lies beside it is -inf too.
        inside = self._windows(np.ones((1, *x.shape[1:-1], 1)), 0.0)
        largest = inside * ((seen == y[..., None, :]) | np.isnan(seen))
        self.cache = x.shape, largest.argmax(axis=-2)[..., None, :]
        return y

    def backward(self, dy):
        shape, first = self.cache
        takes_it = np.arange(math.prod(self.pool_size))[:, None] == first
        return self._scatter(takes_it * dy[..., None, :], shape)


class MaxPooling1D(_MaxPooling):
    """x: (batch, time, channels)"""

    rank = 1


class MaxPooling2D(_MaxPooling):
    """x: (batch, height, width, channels)"""


class _AveragePooling(_Pooling):
    """The mean of every window; what "same" padding adds is not counted."""

    def forward(self, x, training=False):
        x = limits.floats(x)
        total = self._windows(x, 0.0).sum(axis=-2)
        count = self._windows(np.ones((1, *x.shape[1:-1], 1)), 0.0).sum(axis=-2)
        self.cache = x.shape, count
        return total / count

    def backward(self, dy):
        shape, count = self.cache
        share = (dy / count)[..., None, :]
        return self._scatter(np.repeat(share, math.prod(self.pool_size), axis=-2), shape)


class AveragePooling1D(_AveragePooling):
    """x: (batch, time, channels)"""

    rank = 1


class AveragePooling2D(_AveragePooling):
    """x: (batch, height, width, channels)"""


class GlobalAveragePooling2D(Layer):
    """The mean of every channel's image. Lin et al., 2014.

    x: (batch, height, width, channels)   y: (batch, channels)
    """

    def forward(self, x, training=False):
        x = _images(x)
        self.cache = x.shape
        return x.mean(axis=(1, 2))

    def backward(self, dy):
        _, height, width, _ = self.cache
        return np.broadcast_to(dy[:, None, None] / (height * width), self.cache).copy()


class GlobalMaxPooling2D(Layer):
    """The largest number of every channel's image. x: (batch, height, width, channels)   y: (batch, channels)

    Where several are the largest they share the gradient evenly: so does Keras here, and not in ``MaxPooling2D``.
    """

    def forward(self, x, training=False):
        x = _images(x)
        y = x.max(axis=(1, 2))
        largest = x == y[:, None, None]
        self.cache = largest / largest.sum(axis=(1, 2), keepdims=True)
        return y

    def backward(self, dy):
        return self.cache * dy[:, None, None]


def _images(x):
    return limits.floats(limits.shape("x", x, "batch", "height", "width", "channels", filled=True))
