"""The exercises of chapters 01 to 03 that build a model, tried on models really trained, rightly and wrongly."""

import numpy as np
import pytest

from course_lib.checking.models import keras_model
from course_lib.checks import activations, losses, neurons
from course_lib.page import quiet
from tests.checks.tried import accept, refuse, right_ones, wrong_ones

with quiet():
    import keras

layers = keras.layers


def trained(make, turned=lambda y: y, epochs=40, batch_size=32, **training):
    """A learner's function. All epochs in one, because Keras takes a moment at the end of each."""

    def build(x, y):
        rng = np.random.default_rng(0)
        order = np.concatenate([rng.permutation(len(x)) for _ in range(epochs)])
        keras.utils.set_random_seed(0)
        model = make()
        model.compile(**training, jit_compile=False)
        model.fit(x[order], turned(y)[order], batch_size=batch_size, shuffle=False, verbose=0)
        return model

    return build


def chain(inputs, *parts):
    return lambda: keras_model(inputs, *parts)


def functional(inputs, body):
    def make():
        x = keras.Input((inputs,))
        return keras.Model(x, body(x))

    return make


# Chapter 01: XOR, one logit, at most 65 parameters.


def xor(*parts, loss=None, rate=0.03, **more):
    """Trained on XOR with the loss that fits, unless another is given."""
    make = parts[0] if callable(parts[0]) and len(parts) == 1 else chain(2, *parts)
    loss = loss or keras.losses.BinaryCrossentropy(from_logits=True)
    return lambda x, y: trained(make, optimizer=keras.optimizers.Adam(rate), loss=loss, **more)(x, y)


def nested_xor():
    inner = keras.Sequential([layers.Dense(16), layers.Activation("relu")])
    return keras.Sequential([keras.Input((2,)), inner, keras.Sequential([layers.Dense(1)])])


def bare(units):
    return lambda made: made.Dense(units, use_bias=False)


def signs(y):
    return 2.0 * y - 1


# Chapter 02: ten hidden layers, shares of ten digits.


def deep(*parts, rate=0.003, epochs=12, loss="sparse_categorical_crossentropy", **more):
    make = parts[0] if callable(parts[0]) and len(parts) == 1 else chain(64, *parts)
    more = {"batch_size": 50, "epochs": epochs} | more
    return lambda x, y: trained(make, optimizer=keras.optimizers.Adam(rate), loss=loss, **more)(x, y)


def first_ten(x):
    return keras.ops.softmax(x[:, :10])


def he(units=32, activation="relu"):
    return lambda made: made.Dense(units, activation, kernel_initializer="he_normal")


def inner_sequential():
    inner = keras.Sequential([layers.Dense(32, "relu", kernel_initializer="he_normal") for _ in range(10)])
    return keras.Sequential([keras.Input((64,)), inner, layers.Dense(10, "softmax")])


def residual(x):
    x = layers.Dense(32, "relu")(x)
    for _ in range(9):
        x = layers.Add()([x, layers.Dense(32, "relu")(x)])
    return layers.Softmax()(layers.Dense(10)(layers.LayerNormalization()(x)))


class WithTensorFlow(keras.Model):
    """A class whose bends are TensorFlow's own."""

    def __init__(self):
        super().__init__()
        self.hidden = [layers.Dense(32, kernel_initializer="he_normal") for _ in range(10)]
        self.last = layers.Dense(10)

    def call(self, x):
        import tensorflow as tf

        for layer in self.hidden:
            x = tf.nn.relu(layer(x))
        return tf.nn.softmax(self.last(x))


def side_by_side(x):
    beside = layers.Concatenate()([layers.Dense(8, "relu")(x) for _ in range(10)])
    return layers.Dense(10, "softmax")(beside)


# Chapter 03: a plane through readings of which every fifth is broken.


def plane(loss, *parts, rate=0.05, **more):
    make = chain(3, *(parts or (1,)))
    return lambda x, y: trained(make, optimizer=keras.optimizers.Adam(rate), loss=loss, **more)(x, y)


TEN = [he()] * 10
HEAD = (10, "softmax")
RIGHT = {
    neurons: {
        "train_xor": {
            "relu": xor((16, "relu"), 1),
            "a nested model": xor(nested_xor),
            "of a graph": xor(functional(2, lambda x: layers.Dense(1)(layers.Dense(16, "relu")(x)))),
            "hinge": xor((16, "relu"), 1, loss="hinge", turned=signs),
            "the squared error of −1 and 1": xor((16, "relu"), 1, loss="mse", turned=signs),
        },
    },
    activations: {
        "train_deep": {
            "ten in an inner Sequential": deep(inner_sequential),
            "with shortcuts": deep(functional(64, residual)),
            "tanh": deep(*[(32, "tanh")] * 10, HEAD, epochs=18),
            "softmax as a layer": deep(*TEN, 10, "Softmax"),
        },
    },
    losses: {
        "train_robust": {
            "mae": plane("mae"),
            "a small δ": plane(keras.losses.Huber(0.1)),
            "the loss by hand": plane(lambda y, p: keras.ops.mean(keras.ops.abs(y - p))),
        },
    },
}
WRONG = {
    neurons: {
        "train_xor": [
            ("The last layer squeezes them", xor((16, "relu"), (1, "sigmoid"), loss="binary_crossentropy")),
            ("The last layer squeezes them", xor((16, "relu"), (1, "tanh"), loss="mse", turned=signs)),
            ("The last layer squeezes them", xor((16, "relu"), (1, "relu"))),
            ("no line separates XOR", xor(1, epochs=5)),
            ("no line separates XOR", xor("BatchNormalization", 1, epochs=1)),
            ("Let it bend", xor(bare(16), bare(1), epochs=1)),
            ("Let it bend", xor((16, lambda x: x), 1, epochs=1)),
            ("Let it bend", xor(16, 1, epochs=5)),
            ("Fewer neurons will do", xor((32, "relu"), 1, epochs=5)),
            ("It answers the opposite", xor((16, "relu"), 1, turned=lambda y: 1 - y)),
            ("at one half", xor((16, "relu"), 1, loss="mse")),
            ("more epochs, a larger learning rate", xor((16, "relu"), 1, rate=0.001)),
            ("That is near guessing", xor((16, "tanh"), 1, rate=1e-5, epochs=1)),
            ("one logit each", xor((8, "relu"), (2, "softmax"), loss="sparse_categorical_crossentropy", epochs=1)),
        ],
    },
    activations: {
        "train_deep": [
            ("no more than 1 bend", deep(he(), *[32] * 9, HEAD)),
            ("At least ten were wanted", deep(functional(64, lambda x: layers.Dense(10, "softmax")(x)), epochs=1)),
            ("no deeper than one of them", deep(functional(64, side_by_side), epochs=3)),
            ("At least ten were wanted", deep(*[he()] * 9, HEAD, epochs=3)),
            ("No hidden layer bends", deep(*[32] * 10, HEAD, epochs=3)),
            ("No hidden layer bends", deep(*[(32, lambda x: x)] * 10, HEAD, epochs=1)),
            ("No hidden layer bends", deep(*[32, lambda made: made.Lambda(lambda x: x)] * 10, HEAD, epochs=1)),
            ("It has 0 hidden", lambda x, y: keras_model(64, lambda made: made.Lambda(first_ten))),
            ("All hidden layers are sigmoids", deep(*[(32, "sigmoid")] * 10, HEAD)),
            ("are to be probabilities", deep(*TEN, (10, "sigmoid"), epochs=1)),
            ("are to be probabilities", deep(*TEN, 10, epochs=1)),
            ("Narrower layers will do", deep(*[he(64)] * 10, HEAD, epochs=1)),
            # Deep enough, but hardly trained.
            ("That is near guessing", deep(WithTensorFlow, rate=1e-6, epochs=1)),
            ("That is near guessing", deep(*TEN, HEAD, rate=3.0, epochs=2)),
            ("It is on its way", deep(*TEN, HEAD, epochs=2)),
        ],
    },
    losses: {
        "train_robust": [
            ("It lies too high everywhere", plane("mse")),
            ("It lies too high everywhere", plane(keras.losses.Huber(1.0))),
            ("It lies too high everywhere", plane(keras.losses.Huber(5.0))),
            ("Was it trained long enough", plane("mae", rate=0.001)),
            ("It is close", plane("mae", rate=0.7)),
            ("three weights and one bias", plane("mae", (8, "relu"), 1, epochs=2)),
            ("the last layer must be linear", plane("mae", (1, "relu"))),
            ("end with one linear unit", plane("mae", 2, turned=lambda y: np.stack([y, y], axis=1), epochs=1)),
        ],
    },
}


@pytest.mark.parametrize(
    ("one", "answer"), [case for module, tried in RIGHT.items() for case in right_ones(module, tried)]
)
def test_a_model_that_is_trained_well_is_right_however_it_is_built(one, answer):
    accept(one, answer, seeds=[1])


@pytest.mark.parametrize(
    ("one", "words", "answer"), [case for module, tried in WRONG.items() for case in wrong_ones(module, tried)]
)
def test_a_model_that_is_wrong_is_refused_with_the_hint_that_fits(one, words, answer):
    refuse(one, words, answer, seeds=[1])
