"""Dense layers for numbers that lie along several axes: from one vector a position to many heads, and back."""

import math
import re

import numpy as np

from course_lib import limits
from course_lib.initializers import glorot_uniform
from course_lib.layers import Layer


class EinsumDense(Layer):
    """y = x W + b, where the numbers of one position may lie along several axes, such as heads and width.

    equation: names the axes. "btd,dhe->bthe" says that x is (b, t, d), W (d, h, e) and y (b, t, h, e). The axes
    that only W and y have come last in y, and b has these: (h, e). Without use_bias there is no b.
    """

    def __init__(self, equation, kernel_shape, rng, initializer=glorot_uniform, use_bias=True):
        self.x_axes, self.kernel_axes, self.y_axes = _axes(equation)
        kernel_shape = limits.lengths("kernel_shape", kernel_shape)
        if len(kernel_shape) != len(self.kernel_axes):
            raise ValueError(f"kernel_shape must have the axes {self.kernel_axes}, got {kernel_shape}")
        sizes = dict(zip(self.kernel_axes, kernel_shape, strict=True))
        self.inputs = {axis: size for axis, size in sizes.items() if axis in self.x_axes}
        outputs = {axis: size for axis, size in sizes.items() if axis not in self.x_axes}
        if not self.y_axes.endswith("".join(outputs)):
            raise ValueError(f"equation must end with the axes that b has, {''.join(outputs)}, got {equation!r}")
        # As one matrix, whose fans the initializer can see.
        matrix = initializer((math.prod(self.inputs.values()), math.prod(outputs.values())), rng)
        bias = {"bias": np.zeros(list(outputs.values()))} if use_bias else {}
        super().__init__(kernel=matrix.reshape(kernel_shape), **bias)

    def forward(self, x, training=False):
        # einsum alone would stretch an axis of length 1.
        limits.shape("x", x, *(self.inputs.get(axis, axis) for axis in self.x_axes))
        self.cache = x = limits.floats(x)
        y = _product(self.x_axes, x, self.kernel_axes, self.params["kernel"], self.y_axes)
        return y + self.params["bias"] if "bias" in self.params else y

    def backward(self, dy):
        """The gradient of a sum of products is again one, with the letters in other places."""
        self.grads = {"kernel": _product(self.x_axes, self.cache, self.y_axes, dy, self.kernel_axes)}
        if "bias" in self.params:
            self.grads["bias"] = dy.sum(axis=tuple(range(dy.ndim - self.params["bias"].ndim)))
        return _product(self.y_axes, dy, self.kernel_axes, self.params["kernel"], self.x_axes)


def _axes(equation):
    """The names of the axes of x, W and y."""
    axes = re.fullmatch(r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)", str(equation))
    if not axes or any(len(set(names)) < len(names) for names in axes.groups()):
        raise ValueError(f'equation must name each axis by a letter, as "btd,dhe->bthe" does, got {equation!r}')
    return axes.groups()


def _product(first_axes, first, second_axes, second, axes):
    # With optimize=True the fast matrix product does the work.
    return np.einsum(f"{first_axes},{second_axes}->{axes}", first, second, optimize=True)
