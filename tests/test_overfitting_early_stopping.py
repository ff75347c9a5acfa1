"""Early stopping, beside Keras' and by brute force; and that no cure changes what it is given."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.layers import Dense
from course_lib.optimizers import SGD
from course_lib.overfitting import (
    Dropout,
    EarlyStopping,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    l1_penalty,
    l1_penalty_grad,
    l2_penalty,
    l2_penalty_grad,
    label_smoothing,
)
from course_lib.training import evaluate, fit
from tests.witness import without, witness

pytestmark = without(["numeric"], "it chooses an epoch; there is nothing to differentiate", EarlyStopping)


class Network:
    """As much of a network as early stopping looks at."""

    def __init__(self, *params):
        self.params = list(params)

    def parameters(self):
        return self.params

    def get_weights(self):
        return [p.copy() for p in self.params]

    def set_weights(self, weights):
        for p, new in zip(self.params, weights, strict=True):
            p[...] = new


def begun(*params, **options):
    """Early stopping as it is when training begins."""
    stopping = EarlyStopping("loss", **options)
    stopping.network = Network(*params)
    stopping.on_train_begin()
    return stopping


def our_run(values, weights, **options):
    """(epochs run, best epoch, weights at the end) of a training whose values are known beforehand."""
    stopping = begun(np.zeros(2), np.zeros(()), **options)
    for epoch, value in enumerate(values):
        for p in stopping.network.parameters():
            p[...] = weights[epoch]
        stopping.on_epoch_end(epoch, {"loss": value})
        if stopping.stop_training:
            break
    stopping.on_train_end()
    return epoch + 1, stopping.best_epoch, stopping.network.parameters()


class Model:
    """As much of a Keras model as its EarlyStopping looks at."""

    stop_training = False

    def get_weights(self):
        return [np.copy(w) for w in self.weights]

    def set_weights(self, weights):
        self.weights = weights


def keras_run(keras, values, weights, **options):
    callback, model = keras.callbacks.EarlyStopping("loss", **options), Model()
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        model.weights = [np.full(2, weights[epoch]), np.full((), weights[epoch])]
        callback.on_epoch_end(epoch, {"loss": value})
        if model.stop_training:
            break
    callback.on_train_end()
    return epoch + 1, callback.best_epoch, model.weights


@witness("keras", EarlyStopping)
@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("restore", [False, True])
@pytest.mark.parametrize("min_delta", [0, 0.25])
@pytest.mark.parametrize("patience", [0, 1, 3])
def test_stops_when_keras_stops(mode, restore, min_delta, patience, rng, keras):
    for _ in range(20):
        # Quarters, so that ties and changes of just min_delta happen; now and then, not a number.
        values = rng.integers(0, 8, 12) / 4
        values[1:][rng.random(11) < 0.1] = np.nan
        options = {"patience": patience, "min_delta": min_delta, "mode": mode, "restore_best_weights": restore}
        ours, theirs = our_run(values, range(12), **options), keras_run(keras, values, range(12), **options)
        assert ours[:2] == theirs[:2]
        for p, q in zip(ours[2], theirs[2], strict=True):
            np.testing.assert_array_equal(p, q)


@witness("hypothesis", EarlyStopping)
@given(
    st.lists(st.integers(-3, 3) | st.sampled_from([-1e4, 1e4]), min_size=1, max_size=15),
    st.integers(0, 5),
    st.integers(0, 2),
    st.sampled_from(["min", "max"]),
)
def test_stops_patience_epochs_after_the_best(values, patience, min_delta, mode):
    """All records of the whole run, then the first gap that is too long."""
    gain = [-v if mode == "min" else v for v in values]
    records = [0]
    for epoch, value in enumerate(gain):
        if value > gain[records[-1]] + min_delta:
            records.append(epoch)
    wait, ends = max(patience, 1), [*records[1:], len(values)]
    gaps = [(record + wait, record) for record, end in zip(records, ends, strict=True) if record + wait < end]
    stop, best = gaps[0] if gaps else (len(values) - 1, records[-1])
    epochs, best_epoch, params = our_run(
        values, range(15), patience=patience, min_delta=min_delta, mode=mode, restore_best_weights=True
    )
    assert (epochs - 1, best_epoch, params[0].tolist()) == (stop, best, [best, best])


def test_early_stopping_survives_what_is_not_a_number():
    """Also at the start, where Keras would compare with it for ever."""
    stopping, stops = begun(patience=3), []
    for epoch, value in enumerate((np.nan, 2.0, np.nan, 1.0, np.nan, np.nan, np.nan)):
        stopping.on_epoch_end(epoch, {"loss": value})
        stops.append(stopping.stop_training)
    assert stops == [False] * 6 + [True]
    assert (stopping.best, stopping.best_epoch) == (1.0, 3)


def test_early_stopping_keeps_copies_and_checks_what_it_writes():
    w = np.ones(2)
    stopping = begun(w, restore_best_weights=True)
    stopping.on_epoch_end(0, {"loss": 1.0})
    w[:] = 5
    stopping.on_epoch_end(1, {"loss": 2.0})
    assert (w == 5).all()
    stopping.network.params = [w, w]
    with pytest.raises(ValueError, match="zip"):
        stopping.on_train_end()
    stopping.network.params = [w]
    stopping.on_train_end()
    assert (w == 1).all()


def test_early_stopping_at_work_in_fit():
    """A network with more weights than examples of pure noise: its validation loss turns, and the best is put back."""
    rng = np.random.default_rng(0)
    x, y, x_val, y_val = (rng.standard_normal(shape) for shape in ((10, 20), (10, 1), (50, 20), (50, 1)))
    network, stopping = Dense(20, 1, rng), EarlyStopping(patience=2, restore_best_weights=True)
    history = fit(network, x, y, "mean_squared_error", SGD(0.01), 200, 5, rng, (x_val, y_val), [stopping])
    losses = history["val_loss"]
    assert len(losses) == stopping.best_epoch + 1 + 2 < 200
    assert losses[stopping.best_epoch] == min(losses) == stopping.best
    assert evaluate(network, x_val, y_val, "mean_squared_error", 5) == pytest.approx(stopping.best, rel=1e-12)


def test_early_stopping_names_what_it_cannot_watch():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((4, 2)), rng.standard_normal((4, 1))
    with pytest.raises(ValueError, match="monitor must be one of loss; got 'val_loss'"):
        fit(Dense(2, 1, rng), x, y, "mean_squared_error", SGD(0.01), 1, 4, rng, callbacks=[EarlyStopping()])


def test_inputs_are_left_alone(rng):
    x, y = rng.standard_normal((3, 4, 4, 2)), np.eye(3)
    before = x.copy(), y.copy()
    for layer in (Dropout(0.5, rng), SpatialDropout2D(0.5, rng), GaussianNoise(1.0, rng)):
        layer.forward(x, training=True)
        layer.backward(x)
    SpatialDropout1D(0.5, rng).forward(x[0], training=True)
    for f in (l1_penalty, l1_penalty_grad, l2_penalty, l2_penalty_grad):
        f(x)
    label_smoothing(y)
    begun(x, restore_best_weights=True).on_epoch_end(0, {"loss": 1.0})
    assert (x == before[0]).all()
    assert (y == before[1]).all()
