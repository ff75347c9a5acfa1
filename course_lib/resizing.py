"""Larger images without weights: every pixel repeated, or zeros around the image.

x: (batch, height, width, channels)
"""

import numpy as np

from course_lib import limits
from course_lib.layers import Layer
from course_lib.windows import per_axis


class UpSampling2D(Layer):
    """Every pixel becomes a block of equal pixels: the nearest neighbour. size: (rows, columns) of the block, or one

    y: (batch, rows · height, columns · width, channels). With a convolution after it, it takes the place of a
    transposed one, whose windows overlap unevenly and leave a checkerboard (Odena et al., 2016).
    """

    def __init__(self, size=2):
        super().__init__()
        self.size = per_axis("size", size, 2)

    def forward(self, x, training=False):
        x, (rows, columns) = _images(x), self.size
        return x.repeat(rows, axis=1).repeat(columns, axis=2)

    def backward(self, dy):
        """A pixel takes what all of its copies get."""
        (batch, height, width, channels), (rows, columns) = dy.shape, self.size
        return dy.reshape(batch, height // rows, rows, width // columns, columns, channels).sum(axis=(2, 4))


class ZeroPadding2D(Layer):
    """Rows and columns of zeros around the image.

    padding: one number, (rows, columns), or ((top, bottom), (left, right)), as in Keras
    y: (batch, top + height + bottom, left + width + right, channels)
    """

    def __init__(self, padding=1):
        super().__init__()
        self.padding = _sides(padding)

    def forward(self, x, training=False):
        return np.pad(_images(x), [(0, 0), *self.padding, (0, 0)])

    def backward(self, dy):
        (top, bottom), (left, right) = self.padding
        return dy[:, top : dy.shape[1] - bottom, left : dy.shape[2] - right].copy()


def _sides(padding):
    """((top, bottom), (left, right))"""
    one_an_axis = tuple(padding) if np.iterable(padding) else (padding,) * 2
    sides = tuple(tuple(side) if np.iterable(side) else (side,) * 2 for side in one_an_axis)
    if [len(pair) for pair in sides] != [2, 2]:
        raise ValueError(f"padding must be a whole number, 2 of them, or 2 pairs of them; got {padding!r}")
    return tuple(tuple(int(limits.whole("padding", n, 0)) for n in pair) for pair in sides)


def _images(x):
    return limits.floats(limits.shape("x", x, "batch", "height", "width", "channels", filled=True))
