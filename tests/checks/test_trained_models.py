"""The exercises of chapters 04 to 06 that build a model, tried on models really trained, rightly and wrongly."""

import numpy as np
import pytest

from course_lib.checking import deep_networks
from course_lib.checks import backpropagation, normalization, optimizers
from course_lib.page import quiet
from tests.checks.tried import accept, refuse, right_ones, wrong_ones

with quiet():
    import keras

layers, schedules = keras.layers, keras.optimizers.schedules
Adam, SGD, RMSprop = keras.optimizers.Adam, keras.optimizers.SGD, keras.optimizers.RMSprop


def trained(make, x, y, optimizer=None, loss="mse", epochs=30, batch_size=50):
    """All epochs in one, because Keras takes a moment at the end of each."""
    rng = np.random.default_rng(0)
    keras.utils.set_random_seed(0)
    model = make()
    model.compile(optimizer or Adam(0.01), loss)
    order = np.concatenate([rng.permutation(len(x)) for _ in range(epochs)])
    model.fit(x[order], y[order], batch_size, shuffle=False, verbose=0)
    return model


def chain(inputs, *parts):
    return lambda: keras.Sequential([keras.Input((inputs,)), *[part() for part in parts]])


def dense(units=1, activation=None, **more):
    return lambda: layers.Dense(units, activation, **more)


# Chapter 04: eight hidden layers.


def deep(*parts, turned=lambda y: y, loss=None, optimizer=None, epochs=60):
    loss = loss or keras.losses.BinaryCrossentropy(from_logits=True)
    return lambda x, y: trained(chain(2, *parts), x, turned(y), optimizer and optimizer(), loss, epochs, 32)


def residual(x, y):
    def make():
        inputs = keras.Input((2,))
        h = layers.Dense(6, "tanh")(inputs)
        for _ in range(7):
            h = layers.Add()([h, layers.Dense(6, "tanh")(h)])
        return keras.Model(inputs, layers.Dense(1)(h))

    return trained(make, x, y, Adam(0.003), keras.losses.BinaryCrossentropy(from_logits=True), 60, 32)


def side_by_side(x, y):
    def make():
        inputs = keras.Input((2,))
        beside = layers.Concatenate()([layers.Dense(3, "tanh")(inputs) for _ in range(9)])
        return keras.Model(inputs, layers.Dense(1)(beside))

    return trained(make, x, y, None, keras.losses.BinaryCrossentropy(from_logits=True), 30, 32)


def one_layer_again_and_again(x, y):
    """Deep enough, but not trained."""
    keras.utils.set_random_seed(0)
    inputs, shared = keras.Input((2,)), layers.Dense(6, "tanh")
    h = layers.Dense(6, "tanh")(inputs)
    for _ in range(7):
        h = shared(h)
    return keras.Model(inputs, layers.Dense(1)(h))


EIGHT = [dense(6, "tanh")] * 8
SHARES = keras.losses.BinaryCrossentropy()


# Chapter 05: through the ravine.


def ravine(optimizer, *parts, epochs=30):
    return lambda x, y: trained(chain(8, *(parts or [dense()])), x, y, optimizer(), "mse", epochs)


# Chapter 06: raw inputs.


def raw(*parts, optimizer=None, epochs=30, loss=None, prepared=lambda x: x, adapted=True):
    """A part that is "scaling" stands for Normalization."""

    def build(x, y):
        def scaling():
            layer = layers.Normalization()
            if adapted:
                layer.adapt(x)
            return layer

        make = chain(5, *(scaling if part == "scaling" else part for part in parts))
        of_logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        return trained(make, prepared(x), y, optimizer and optimizer(), loss or of_logits, epochs, 32)

    return build


def by_hand(x, y):
    """A Dense layer that is not trained does the scaling."""
    model = raw("scaling", dense(16, "relu"), dense(3))(x, y)
    scale = keras.Sequential([keras.Input((5,)), layers.Dense(5, trainable=False)])
    scale.set_weights([np.diag(1 / x.std(axis=0)), -x.mean(axis=0) / x.std(axis=0)])
    return keras.Sequential([keras.Input((5,)), scale, *model.layers[1:]])


RIGHT = {
    backpropagation: {
        "train_deep": {
            "ReLU": deep(*[dense(6, "relu", kernel_initializer="he_normal")] * 8, dense()),
            "a model inside": deep(chain(2, *EIGHT), dense()),
            "layers that are activations": deep(*[dense(6), lambda: layers.Activation("tanh")] * 8, dense()),
            "shortcuts": residual,
        }
    },
    optimizers: {
        "through_the_ravine": {
            "a constant rate": ravine(lambda: Adam(0.3)),
            "RMSprop that falls": ravine(lambda: RMSprop(schedules.CosineDecay(0.5, 600))),
            "Adagrad": ravine(lambda: keras.optimizers.Adagrad(3.0)),
            "a model inside, no bias": ravine(
                lambda: Adam(schedules.ExponentialDecay(1.0, 100, 0.5)), chain(8, dense(use_bias=False))
            ),
        }
    },
    normalization: {
        "raw_inputs": {
            "tanh": raw("scaling", dense(16, "tanh"), dense(3)),
            "batch norm without an epsilon": raw(
                lambda: layers.BatchNormalization(epsilon=1e-12, momentum=0.9), dense(16, "relu"), dense(3)
            ),
            "two hidden layers": raw("scaling", dense(8, "relu"), dense(8, "relu"), dense(3)),
            "scaled by hand": by_hand,
        }
    },
}
WRONG = {
    backpropagation: {
        "train_deep": [
            (deep_networks.TOO_SHALLOW, side_by_side),
            (deep_networks.TOO_SHALLOW, deep(dense(6, "tanh"), *[dense(6)] * 7, dense())),
            (deep_networks.TOO_SHALLOW, deep(*[dense(6, "tanh")] * 7, dense(6), dense(1, "leaky_relu"), epochs=1)),
            (deep_networks.NOTHING_BENDS, deep(*[dense(6)] * 8, dense(), epochs=20)),
            (deep_networks.NOTHING_BENDS, deep(*[dense(6, lambda x: x)] * 8, dense(), epochs=1)),
            (deep_networks.NOTHING_BENDS, deep(*[dense(6)] * 8, dense(1, "sigmoid"), epochs=1)),
            (deep_networks.NO_BLAME, deep(*[dense(6, "sigmoid")] * 8, dense())),
            (deep_networks.SQUEEZED, deep(*EIGHT, dense(1, "sigmoid"), loss=SHARES)),
            (deep_networks.SQUEEZED, deep(*EIGHT, dense(1, "tanh"), loss="mse", turned=lambda y: 2 * y - 1)),
            (deep_networks.AT_A_HALF, deep(*EIGHT, dense(), loss="mse")),
            (deep_networks.TURNED, deep(*EIGHT, dense(), turned=lambda y: 1 - y)),
            (deep_networks.NOT_TRAINED, one_layer_again_and_again),
            (deep_networks.NOT_TRAINED, deep(*EIGHT, dense(), optimizer=lambda: Adam(1.0))),
            (deep_networks.NOT_ENOUGH, deep(*EIGHT, dense(), optimizer=SGD)),
        ]
    },
    optimizers: {
        "through_the_ravine": [
            (optimizers.EXPLODED, ravine(lambda: SGD(0.3))),
            (optimizers.WEAK_LEFT, ravine(lambda: SGD(0.05))),
            (optimizers.WEAK_LEFT, ravine(lambda: Adam(0.01))),
            ("far too small", ravine(lambda: Adam(0.00001))),
            (optimizers.HARDLY_BEGUN, ravine(lambda: Adam(0.003), epochs=15)),
            (optimizers.HOPPING, ravine(lambda: RMSprop(3.0))),
            (optimizers.BENDS, ravine(lambda: Adam(0.3), dense(1, "relu"))),
        ]
    },
    normalization: {
        "raw_inputs": [
            (normalization.NOT_SCALED, raw(dense(16, "relu"), dense(3))),
            (normalization.NOT_SCALED, raw(dense(16, "relu"), dense(3), prepared=lambda x: (x - x.mean(0)) / x.std(0))),
            (normalization.NOT_ADAPTED, raw("scaling", dense(16, "relu"), dense(3), adapted=False)),
            (normalization.TINY_FEATURES, raw(layers.BatchNormalization, dense(16, "relu"), dense(3), epochs=20)),
            (
                normalization.SQUEEZED,
                raw(
                    "scaling", dense(16, "relu"), dense(3, "softmax"), loss="sparse_categorical_crossentropy", epochs=1
                ),
            ),
            (normalization.SQUEEZED, raw("scaling", dense(16, "relu"), dense(3, "sigmoid"), epochs=1)),
            (normalization.ONE_LINE, raw("scaling", dense(16), dense(3))),
            (normalization.NOT_TRAINED, raw("scaling", dense(16, "relu"), dense(3), optimizer=lambda: Adam(10.0))),
            (normalization.NOT_ENOUGH, raw("scaling", dense(16, "relu"), dense(3), optimizer=SGD, epochs=15)),
        ]
    },
}


def each(tried, parameters):
    return [one for module, answers in tried.items() for one in parameters(module, answers)]


@pytest.mark.parametrize(("one", "answer"), each(RIGHT, right_ones))
def test_a_model_that_does_what_is_asked_is_right(one, answer):
    accept(one, answer, seeds=[0])


@pytest.mark.parametrize(("one", "words", "answer"), each(WRONG, wrong_ones))
def test_a_model_that_was_trained_wrongly_gets_the_hint_that_fits(one, words, answer):
    refuse(one, words, answer, seeds=[0])
