"""The layers that everything is built from: dense ones, activations, and what joins layers to networks."""

from itertools import pairwise

import numpy as np

from course_lib import limits
from course_lib.activations import ACTIVATION_GRADIENTS
from course_lib.base_layer import Layer
from course_lib.initializers import glorot_uniform


class Sequential(Layer):
    """Layers one after another: the chain rule is the same list, read backwards."""

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
        if y.shape != x.shape:
            raise ValueError(f"a residual layer must keep the shape of its input, {x.shape}; it gave {y.shape}")
        return x + y

    def backward(self, dy):
        return dy + self.layers[0].backward(dy)


class Dense(Layer):
    """y = x W + b, along the last axis.

    x: (..., inputs)   W: (inputs, units)   b: (units,)   y: (..., units)
    """

    def __init__(self, inputs, units, rng, initializer=glorot_uniform):
        super().__init__(kernel=initializer((inputs, units), rng), bias=np.zeros(units))

    def forward(self, x, training=False):
        self.cache = x
        return x @ self.params["kernel"] + self.params["bias"]

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
        self.cache = x
        return self.f(x)

    def backward(self, dy):
        return dy * self.f_grad(self.cache)


class Flatten(Layer):
    """Every example as one row. x: (batch, ...)   y: (batch, all of it)"""

    def forward(self, x, training=False):
        self.cache = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy):
        return dy.reshape(self.cache)


class Embedding(Layer):
    """A row of the table for each whole number.

    x: (...) of 0 to vocabulary - 1   embeddings: (vocabulary, width)   y: (..., width)
    """

    def __init__(self, vocabulary, width, rng):
        super().__init__(embeddings=rng.uniform(-0.05, 0.05, (vocabulary, width)))

    def forward(self, x, training=False):
        table = self.params["embeddings"]
        limits.all_whole("x", x, 0, len(table) - 1)
        self.cache = x
        return table[x]

    def backward(self, dy):
        """Rows that were taken several times add up; there is no gradient for whole numbers, so dx is None."""
        self.grads = {"embeddings": np.zeros_like(self.params["embeddings"])}
        np.add.at(self.grads["embeddings"], self.cache, dy)


def dense_stack(widths, activation, rng, initializer=glorot_uniform, last=None, dense=Dense, after=tuple):
    """Dense layers one after another, each but the last with the activation. widths: (inputs, ..., outputs)

    last: the last one's activation, if any   dense: makes each of them, as ``Dense`` does
    after: called without arguments, makes the layers that follow an activation, such as a dropout
    """
    limits.whole("the number of widths", len(widths), 2)
    limits.all_whole("widths", widths, 1, np.inf)
    hidden = [
        layer
        for inputs, units in pairwise(widths[:-1])
        for layer in (dense(inputs, units, rng, initializer), Activation(activation), *after())
    ]
    return Sequential(*hidden, dense(*widths[-2:], rng, initializer), *([Activation(last)] if last else []))


def _rows(x):
    """All axes but the last as one: (..., n) becomes (rows, n)."""
    return x.reshape(-1, x.shape[-1])
