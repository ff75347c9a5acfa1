"""The layers that everything is built from: dense ones, activations, and what joins layers to networks."""

import math
from itertools import pairwise

import numpy as np

from course_lib import limits
from course_lib.activations import ACTIVATION_GRADIENTS
from course_lib.base_layer import Layer
from course_lib.initializers import glorot_uniform


class Sequential(Layer):
    """Layers one after another: the chain rule is the same list, read backwards. Each is an argument of its own."""

    def __init__(self, *layers):
        super().__init__(layers)

    def forward(self, x, training=False):
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, dy):
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy


class Residual(Layer):
    """y = x + f(x). He et al., 2015."""

    def __init__(self, layer):
        super().__init__([layer])

    def forward(self, x, training=False):
        y = self.layers[0].forward(x, training)
        limits.same_shape("what a residual layer adds", y, "its input", np.shape(x))
        return limits.floats(x) + y

    def backward(self, dy):
        return dy + self.layers[0].backward(dy)


class Dense(Layer):
    """y = x W + b, along the last axis.

    x: (..., inputs)   W: (inputs, units)   b: (units,), none without use_bias   y: (..., units)
    kernel_regularizer: a penalty on W, such as ``L2(0.01)``
    """

    def __init__(self, inputs, units, rng, initializer=glorot_uniform, use_bias=True, kernel_regularizer=None):
        inputs, units = limits.whole("inputs", inputs), limits.whole("units", units)
        bias = {"bias": np.zeros(units)} if use_bias else {}
        super().__init__(kernel=initializer((inputs, units), rng), **bias)
        if kernel_regularizer is not None:
            self.regularizers["kernel"] = kernel_regularizer

    def forward(self, x, training=False):
        x = self.cache = limits.floats(limits.shape("x", x, ..., len(self.params["kernel"])))
        return x @ self.params["kernel"] + self.params.get("bias", 0)

    def backward(self, dy):
        rows, d_rows = _rows(self.cache), _rows(dy)
        self.grads = {"kernel": rows.T @ d_rows, "bias": d_rows.sum(axis=0)}
        return dy @ self.params["kernel"].T


class Activation(Layer):
    """y = f(x), entry by entry. name: a key of ``ACTIVATION_GRADIENTS``, as in Keras"""

    def __init__(self, name):
        super().__init__()
        limits.one_of("name", name, ACTIVATION_GRADIENTS)
        self.f, self.f_grad = ACTIVATION_GRADIENTS[name]

    def forward(self, x, training=False):
        self.cache = limits.floats(x)
        return self.f(self.cache)

    def backward(self, dy):
        return dy * self.f_grad(self.cache)


class Flatten(Layer):
    """Every example as one row. x: (batch, ...)   y: (batch, all of it)"""

    def forward(self, x, training=False):
        x = np.asarray(x)
        self.cache = np.shape(limits.shape("x", x, "batch", ...))
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def backward(self, dy):
        return dy.reshape(self.cache)


class Embedding(Layer):
    """A row of the table for each whole number.

    x: (...) of 0 to vocabulary - 1   embeddings: (vocabulary, width)   y: (..., width)
    """

    def __init__(self, vocabulary, width, rng):
        shape = limits.whole("vocabulary", vocabulary), limits.whole("width", width)
        super().__init__(embeddings=rng.uniform(-0.05, 0.05, shape))

    def forward(self, x, training=False):
        table = self.params["embeddings"]
        self.cache = limits.all_whole("x", np.asarray(x), 0, len(table) - 1)
        return table[self.cache]

    def backward(self, dy):
        """Rows that were taken several times add up; there is no gradient for whole numbers, so dx is None."""
        self.grads = {"embeddings": np.zeros_like(self.params["embeddings"])}
        np.add.at(self.grads["embeddings"], self.cache, dy)


class Concatenate(Layer):
    """Several arrays one behind the other along an axis: forward takes a list of them, backward gives a list back."""

    def __init__(self, axis=-1):
        super().__init__()
        self.axis = limits.whole("axis", axis, -np.inf)

    def forward(self, xs, training=False):
        y = np.concatenate([limits.floats(x) for x in _fitting(xs, self.axis)], axis=self.axis)
        self.cache = np.cumsum([np.shape(x)[self.axis] for x in xs])[:-1]
        return y

    def backward(self, dy):
        return np.split(dy, self.cache, axis=self.axis)


def dense_stack(widths, activation, rng, initializer=glorot_uniform, last=None, dense=Dense, after=tuple):
    """Dense layers one after another, each but the last with the activation. widths: (inputs, ..., outputs)

    last: the last one's activation, if any   dense: makes each of them, as ``Dense`` does
    after: called without arguments, makes the layers that follow an activation, such as a dropout
    """
    limits.whole("the number of widths", len(widths), 2)
    widths = limits.lengths("widths", widths)
    hidden = [
        layer
        for inputs, units in pairwise(widths[:-1])
        for layer in (dense(inputs, units, rng, initializer), Activation(activation), *after())
    ]
    return Sequential(*hidden, dense(*widths[-2:], rng, initializer), *([Activation(last)] if last else []))


def _rows(x):
    """All axes but the last as one: (..., n) becomes (rows, n)."""
    return x.reshape(-1, x.shape[-1])


def _fitting(xs, axis):
    """Arrays of one shape, but for their lengths along the axis."""
    shapes = [list(np.shape(x)) for x in xs]
    if not shapes or not -len(shapes[0]) <= axis < len(shapes[0]):
        raise ValueError(f"xs must hold at least one array with an axis {axis}, got the shapes {shapes}")
    place = axis % len(shapes[0])
    others = [[len(shape), *shape[:place], *shape[place + 1 :]] for shape in shapes]
    if any(other != others[0] for other in others):
        raise ValueError(f"xs must hold arrays that differ along axis {axis} alone, got the shapes {shapes}")
    return xs
