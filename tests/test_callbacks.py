"""Callbacks in training: beside Keras' of the same name, epoch by epoch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.callbacks import EarlyStopping, ReduceLROnPlateau
from course_lib.layers import Activation, Dense, Sequential
from course_lib.normalization import BatchNormalization
from course_lib.optimizers import SGD, Adam
from course_lib.schedules import ExponentialDecay
from course_lib.training import evaluate, fit
from tests.witness import without, witness

pytestmark = without(["numeric"], "it sets a rate; there is nothing to differentiate", ReduceLROnPlateau)


def normalized(rng):
    layers = Dense(2, 8, rng), Activation("relu"), Dense(8, 1, rng)
    return Sequential(BatchNormalization(2, momentum=0.5), *layers)


def examples(rng):
    x, y = rng.standard_normal((60, 2)) * 3 + 5, rng.standard_normal((60, 1))
    return x[:30], y[:30], (x[30:], y[30:])


def test_early_stopping_restores_the_moving_averages_too():
    """What it gives back is the network of its best epoch, whose loss it named."""
    rng = np.random.default_rng(1)
    x, y, validation = examples(rng)
    network, stopping = normalized(rng), EarlyStopping(patience=3, restore_best_weights=True)
    history = fit(network, x, y, "mean_squared_error", SGD(0.05), 60, 10, rng, validation, [stopping])
    assert len(history["val_loss"]) == stopping.best_epoch + 4
    assert evaluate(network, *validation, "mean_squared_error", 10) == stopping.best == min(history["val_loss"])


def test_early_stopping_with_moving_averages_beside_keras(keras):
    rng = np.random.default_rng(1)
    x, y, validation = examples(rng)
    ours = normalized(rng)
    layers = [keras.layers.BatchNormalization(momentum=0.5), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((2,)), *layers])
    model.set_weights(ours.get_weights())
    model.compile(keras.optimizers.SGD(2**-4), "mean_squared_error", run_eagerly=True)
    options = {"patience": 2, "restore_best_weights": True}
    they = keras.callbacks.EarlyStopping(**options)
    theirs = model.fit(x, y, 10, 20, verbose=0, shuffle=False, validation_data=validation, callbacks=[they]).history
    history = fit(ours, x, y, "mean_squared_error", SGD(2**-4), 20, 10, None, validation, [EarlyStopping(**options)])
    assert 3 <= len(history["val_loss"]) == len(theirs["val_loss"]) < 20
    np.testing.assert_allclose(history["val_loss"], theirs["val_loss"], rtol=1e-8)
    for w, their in zip(ours.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(w, their, rtol=1e-8, atol=1e-11)


class Optimizer:
    """As much of an optimizer as both look at."""

    def __init__(self, learning_rate):
        self.learning_rate = learning_rate


def our_rates(values, rate, **options):
    callback = ReduceLROnPlateau("loss", **options)
    callback.optimizer = Optimizer(rate)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"loss": value})
        yield callback.optimizer.learning_rate


def keras_rates(keras, values, rate, **options):
    callback = keras.callbacks.ReduceLROnPlateau("loss", **options)
    callback.set_model(type("Model", (), {"optimizer": Optimizer(rate), "metrics": ()})())
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"loss": value})
        yield callback.model.optimizer.learning_rate


# Whole numbers of sixteenths: no rounding decides what improves.
VALUES = st.lists(st.integers(0, 12).map(lambda n: n / 16), min_size=1, max_size=14)


@witness("keras", ReduceLROnPlateau)
@witness("hypothesis", ReduceLROnPlateau)
def test_the_rate_falls_as_in_keras():
    from course_lib.page import quiet

    with quiet():
        import keras

    @given(
        VALUES,
        st.fixed_dictionaries(
            {
                "factor": st.sampled_from([0.5, 0.25]),
                "patience": st.integers(0, 3),
                "mode": st.sampled_from(["min", "max"]),
                "min_delta": st.sampled_from([0.0, 1 / 16, 1 / 8]),
                "cooldown": st.integers(0, 3),
                "min_lr": st.sampled_from([0.0, 2**-4, 2**-3]),
            }
        ),
    )
    def holds(values, options):
        assert list(our_rates(values, 0.5, **options)) == list(keras_rates(keras, values, 0.5, **options))

    holds()


def test_defaults_are_keras(keras):
    theirs = keras.callbacks.ReduceLROnPlateau()
    for name, value in vars(ReduceLROnPlateau()).items():
        assert value == (getattr(theirs, name) if name != "mode" else "min")


def test_in_training_it_is_asked_after_every_epoch(rng):
    network, optimizer = Dense(2, 1, rng), Adam(0.5)
    plateau = ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1e9, min_lr=0.1)
    fit(network, np.ones((4, 2)), np.ones((4, 1)), "mean_squared_error", optimizer, 6, 4, rng, callbacks=[plateau])
    assert optimizer.learning_rate == 0.1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"factor": 1.0}, "factor must be a number from 0 to below 1, got 1.0"),
        ({"cooldown": -1}, "cooldown must be a number from 0 up, got -1"),
        ({"min_lr": np.nan}, "min_lr must be a number from 0 up, got nan"),
        ({"patience": -1}, "patience must be a number from 0 up, got -1"),
        ({"mode": "auto"}, "mode must be one of min, max; got 'auto'"),
    ],
)
def test_bad_input_gets_a_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        ReduceLROnPlateau(**options)


def test_what_it_cannot_watch_or_reduce_gets_a_sentence(rng):
    data = np.ones((4, 2)), np.ones((4, 1)), "mean_squared_error"
    with pytest.raises(ValueError, match="monitor must be one of loss; got 'val_loss'"):
        fit(Dense(2, 1, rng), *data, SGD(), 1, 4, rng, callbacks=[ReduceLROnPlateau()])
    optimizer = SGD(ExponentialDecay(0.1, 5, 0.5))
    with pytest.raises(ValueError, match="learning_rate must be a number for ReduceLROnPlateau to reduce, got a sched"):
        fit(Dense(2, 1, rng), *data, optimizer, 1, 4, rng, callbacks=[ReduceLROnPlateau("loss")])
