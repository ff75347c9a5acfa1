"""Noise taken from digits: models that do it, and such that do not, most of them really trained."""

import numpy as np
import pytest

from course_lib.checking import cleaning as words
from course_lib.checks import generation as check
from course_lib.page import quiet
from tests.checks.tried import accept, refuse

with quiet():
    import keras

layers, ops = keras.layers, keras.ops


def cleaner(last="sigmoid", width=128, first=(), middle="relu"):
    """A model of one hidden layer, behind ``first``."""

    def make():
        return keras.Sequential(
            [keras.Input((64,)), *(make() for make in first), layers.Dense(width, middle), layers.Dense(64, last)]
        )

    return make


def convolved():
    """A functional model that sees a picture, and corrects what it gets."""
    x = keras.Input((64,))
    h = layers.Reshape((8, 8, 1))(x)
    h = layers.Conv2D(16, 3, padding="same", activation="relu")(h)
    h = layers.Dense(64)(layers.Flatten()(layers.Conv2D(4, 3, padding="same", activation="relu")(h)))
    return keras.Model(x, layers.Activation("sigmoid")(h))


def nested():
    inner = keras.Sequential([keras.Input((64,)), layers.Dense(32, "tanh"), layers.Dense(96, "relu")])
    return keras.Sequential([keras.Input((64,)), inner, layers.Dense(64)])


def bottleneck():
    """An autoencoder with a code of 16 numbers."""
    sizes = [layers.Dense(64, "relu"), layers.Dense(16), layers.Dense(64, "relu"), layers.Dense(64, "sigmoid")]
    return keras.Sequential([keras.Input((64,)), *sizes])


def trained(
    make, rate=0.003, epochs=15, optimizer="Adam", loss="mse", batch=32, data=lambda noisy, digits: (noisy, digits)
):
    def answer(noisy, digits):
        keras.utils.set_random_seed(1)
        model = make()
        # Thirty-two steps in one call: the same weights, in less time.
        model.compile(getattr(keras.optimizers, optimizer)(rate), loss, steps_per_execution=32)
        model.fit(*data(noisy, digits), batch_size=batch, epochs=epochs, verbose=0)
        return model

    return answer


def untrained(make):
    def answer(noisy, digits):
        keras.utils.set_random_seed(1)
        return make()

    return answer


def straight(noisy, digits):
    """No training at all: the best straight line, computed."""
    inputs = np.c_[noisy, np.ones(len(noisy))]
    best = np.linalg.solve(inputs.T @ inputs + 10 * np.eye(65), inputs.T @ digits)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(64)])
    model.set_weights([best[:-1], best[-1]])
    return model


def both_digits(noisy, digits):
    return digits, digits


RIGHT = {
    "new noise in each batch": trained(cleaner(first=[lambda: layers.GaussianNoise(0.5)]), epochs=8, data=both_digits),
    "convolved": trained(convolved, epochs=6),
    "nested": trained(nested, epochs=8),
    "a straight line": straight,
    "cross-entropy": trained(cleaner(), loss="binary_crossentropy", epochs=8),
}


@pytest.mark.parametrize("answer", RIGHT.values(), ids=RIGHT)
def test_another_model_is_right(answer):
    accept(check.clean_up, answer, seeds=[0])


TRAINED = {
    "too wide": (words.TOO_LARGE, cleaner(width=256), {"epochs": 1}),
    "digits for both": (words.ONLY_CLEAN, bottleneck, {"epochs": 8, "data": both_digits}),
    "noisy for both": (words.HANDS_ON, cleaner(last=None), {"epochs": 8, "data": lambda noisy, digits: (noisy, noisy)}),
    "the noise for a target": (
        words.SAYS_NOISE,
        cleaner(last=None),
        {"epochs": 12, "data": lambda noisy, digits: (noisy, noisy - digits)},
    ),
    "turned round": (
        words.ONLY_CLEAN,
        cleaner(last=None),
        {"epochs": 6, "data": lambda noisy, digits: (digits, noisy)},
    ),
    "logits": (
        words.SAYS_LOGITS,
        cleaner(last=None),
        {"epochs": 5, "loss": keras.losses.BinaryCrossentropy(from_logits=True)},
    ),
    "SGD": (words.GUESSING, cleaner(), {"epochs": 5, "optimizer": "SGD"}),
    "one epoch": (words.GUESSING, cleaner(), {"epochs": 1, "rate": 0.001}),
    "by heart": (words.BY_HEART, cleaner(), {"epochs": 40, "rate": 0.02, "batch": 100}),
    "a narrow one": (words.ON_ITS_WAY, cleaner(width=4), {"epochs": 10, "rate": 0.01}),
    "a high rate": (words.CONSTANT, cleaner(last="relu"), {"epochs": 2, "rate": 1.0}),
}


@pytest.mark.parametrize("wrong", TRAINED)
def test_a_model_that_was_trained_wrongly_gets_the_words_that_are_due(wrong):
    due, make, training = TRAINED[wrong]
    refuse(check.clean_up, due, trained(make, **training), seeds=[0])


UNTRAINED = {
    "ten numbers": (words.WRONG_SHAPE, lambda: keras.Sequential([keras.Input((64,)), layers.Dense(10)])),
    "a picture": (words.WRONG_SHAPE, lambda: keras.Sequential([keras.Input((64,)), layers.Reshape((8, 8))])),
    "not trained": (words.GUESSING, cleaner()),
    "not a number": ("NaN or infinity", lambda: keras.Sequential([cleaner()(), layers.Rescaling(np.nan)])),
}


@pytest.mark.parametrize("wrong", UNTRAINED)
def test_a_model_that_was_not_trained_gets_the_words_that_are_due(wrong):
    due, make = UNTRAINED[wrong]
    refuse(check.clean_up, due, untrained(make), seeds=[0])
