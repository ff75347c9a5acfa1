"""What a learner's own code computes, in a Lambda layer, an activation or a class, is followed on a symbol."""

import numpy as np
import pytest

from course_lib.checking.graph import bends
from course_lib.checking.models import keras_model
from course_lib.page import quiet

with quiet():
    import keras
    import tensorflow as tf

layers, ops = keras.layers, keras.ops


def of(compute):
    """A model in which this is computed between two layers."""
    return keras_model(4, 3, lambda made: made.Lambda(compute), 1)


def activated(activation):
    return keras_model(4, lambda made: made.Dense(3, activation), 1)


def own(compute, **parts):
    """A model that is a class of the learner's own."""

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            for name, part in parts.items():
                setattr(self, name, part)

        def call(self, x, training=False):
            return compute(self, x)

    model = Own()
    model(np.zeros((1, 4)))
    return model


def bare(compute, layers_in_a_row=2):
    """A model of layers that hold their numbers themselves."""

    class Bare(layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], 4))
            self.bias = self.add_weight(shape=(4,))

        def call(self, x):
            return compute(x, self.kernel, self.bias)

    return keras_model(4, *[lambda _: Bare()] * layers_in_a_row, 1)


def two_into(compute):
    x = keras.Input((4,))
    return keras.Model(x, layers.Dense(1)(layers.Lambda(compute)([layers.Dense(3)(x), layers.Dense(3)(x)])))


def dense(number, *more):
    return {f"d{i}": layers.Dense(4, *more) for i in range(number)}


MODELS = {
    "a Lambda of nothing": (lambda: of(lambda x: x), []),
    "a straight Lambda": (lambda: of(lambda x: 2 * x - 1), []),
    "a Lambda of an operation": (lambda: of(lambda x: ops.relu(x)), ["relu"]),
    "a Lambda of a step": (lambda: of(lambda x: ops.cast(x > 0, "float32")), ["greater"]),
    "a Lambda of a power": (lambda: of(lambda x: x**2), ["power"]),
    "a Lambda of a size": (lambda: of(abs), ["absolute"]),
    "a Lambda of a remainder": (lambda: of(lambda x: x % 1), ["mod"]),
    "a Lambda of two things, multiplied": (lambda: two_into(lambda both: both[0] * both[1]), ["multiply"]),
    "a Lambda of two things, added": (lambda: two_into(lambda both: both[0] + both[1]), []),
    "an activation that does nothing": (lambda: activated(lambda x: x), []),
    "an activation that is straight": (lambda: activated(lambda x: 3 * x + 1), []),
    "an activation of operations": (lambda: activated(lambda x: ops.maximum(x, 0.1 * x)), ["<lambda>"]),
    "an Activation layer that does nothing": (
        lambda: keras_model(4, 3, lambda made: made.Activation(lambda x: x), 1),
        [],
    ),
    "a leaky unit that does not bend": (lambda: keras_model(4, 3, lambda made: made.LeakyReLU(1.0), 1), []),
    "one as an activation": (lambda: activated(layers.LeakyReLU(1.0)), []),
    "bare operations": (lambda: bare(lambda x, w, b: ops.relu(ops.matmul(x, w) + b)), ["relu", "relu"]),
    "maxout": (
        lambda: own(lambda self, x: self.d2(ops.maximum(self.d0(x), self.d1(x))), **dense(3)),
        ["maximum"],
    ),
    "TensorFlow's operations in a class": (
        lambda: own(lambda self, x: self.d2(tf.tanh(self.d1(tf.nn.relu(self.d0(x))))), **dense(3)),
        ["relu", "tanh"],
    ),
    "TensorFlow's operations, bare": (
        lambda: bare(lambda x, w, b: tf.maximum(tf.matmul(x, w) + b, 0.0)),
        ["maximum", "maximum"],
    ),
    "TensorFlow's operations in a Lambda": (lambda: of(lambda x: tf.nn.relu(x)), ["relu"]),
    "TensorFlow's, doing nothing": (lambda: of(lambda x: tf.identity(x)), []),
    "TensorFlow's, side by side": (
        lambda: own(lambda self, x: tf.concat([tf.sin(self.d0(x)), tf.sin(self.d1(x))], 1), **dense(2)),
        ["sin"],
    ),
    "TensorFlow's, straight, around layers that bend": (
        lambda: own(lambda self, x: tf.identity(self.d1(self.d0(x))), **dense(2, "relu")),
        ["relu", "relu"],
    ),
    "TensorFlow's product": (lambda: own(lambda self, x: self.d0(x) * tf.identity(self.d1(x)), **dense(2)), ["mul"]),
}


@pytest.mark.parametrize(("made", "wanted"), MODELS.values(), ids=MODELS)
def test_code_of_the_learners_own_is_followed(made, wanted):
    if "tf." in repr(made) and keras.backend.backend() != "tensorflow":
        pytest.skip("This code is TensorFlow's.")
    assert bends(made()) == wanted


def test_an_activation_that_cannot_be_followed_counts_as_a_bend():
    assert bends(activated(lambda x: tf.math.erf(x))) == ["<lambda>"]
