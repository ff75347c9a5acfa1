"""What several tests of attention take: small layers, random masks, and several arrays in a row."""

import numpy as np

from course_lib.attention import GroupedQueryAttention, MultiHeadAttention
from course_lib.layers import Layer


class Parts(Layer):
    """What takes several arrays as a layer of one, in which each example holds them all in a row.

    f(*arrays) computes y, f_backward(dy) the gradients of the arrays; shapes: those of one example's arrays
    """

    def __init__(self, f, f_backward, shapes, layers=()):
        super().__init__(layers)
        self.f, self.f_backward, self.shapes = f, f_backward, shapes

    def forward(self, x, training=False):
        ends = np.cumsum([np.prod(shape) for shape in self.shapes])[:-1]
        arrays = np.split(x, ends, axis=1)
        return self.f(*(a.reshape(len(x), *shape) for a, shape in zip(arrays, self.shapes, strict=True)))

    def backward(self, dy):
        return np.concatenate([d.reshape(len(dy), -1) for d in self.f_backward(dy)], axis=1)


def parts_twin(keras, f, shapes):
    """The Keras model of ``Parts``: f is called on Keras tensors."""
    ends = np.cumsum([0, *(np.prod(shape) for shape in shapes)])
    x = keras.Input((int(ends[-1]),))
    arrays = [keras.layers.Reshape(s)(x[:, a:b]) for s, a, b in zip(shapes, ends[:-1], ends[1:], strict=True)]
    return keras.Model(x, f(*arrays))


# Widths of a head whose roots are exact: Keras rounds 1 / √width to float32.
def heads(rng, **options):
    return MultiHeadAttention(6, 2, 4, rng, **options)


def groups(rng, **options):
    return GroupedQueryAttention(6, 4, 4, 2, rng, **options)


def some_mask(shape, rng):
    """Random, but no query is left without a key."""
    mask = rng.random(shape) < 0.5
    mask[..., 0] |= ~mask.any(axis=-1)
    return mask
