"""What fit can do besides: weights for classes, metrics in the history, frozen layers; beside Keras."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.layers import Activation, Dense, Sequential
from course_lib.losses import loss_and_gradient
from course_lib.normalization import BatchNormalization
from course_lib.optimizers import SGD, Adam
from course_lib.training import Callback, fit

LOGITS = {"from_logits": True}


def classifier(rng, classes=3):
    return Sequential(Dense(3, 5, rng), Activation("tanh"), Dense(5, classes, rng))


def twin_of(ours, keras, loss, classes=3, **options):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(5, "tanh"), keras.layers.Dense(classes)])
    model.set_weights(ours.get_weights())
    model.compile(keras.optimizers.SGD(2**-4), loss, run_eagerly=True, **options)
    return model


def same_histories(ours, theirs):
    assert set(ours) == set(theirs)
    for name, values in ours.items():
        np.testing.assert_allclose(values, theirs[name], rtol=1e-9, atol=1e-15, err_msg=name)


@pytest.mark.parametrize("one_hot", [False, True])
def test_class_weights_and_metrics_beside_keras(one_hot, rng, keras):
    """Weights act on the loss in training alone; metrics count every example once."""
    x, y = rng.standard_normal((14, 3)), rng.integers(0, 3, 14)
    weights = {0: 0.5, 2: 4.0}
    prefix = "" if one_hot else "sparse_"
    y = np.eye(3)[y] if one_hot else y
    names = ["accuracy", "mean_absolute_error"] if one_hot else ["accuracy", "sparse_categorical_accuracy"]
    theirs = {True: keras.losses.CategoricalCrossentropy, False: keras.losses.SparseCategoricalCrossentropy}[one_hot]
    ours = classifier(rng)
    model = twin_of(ours, keras, theirs(**LOGITS), metrics=names)
    data = {"validation_data": (x[:5], y[:5]), "class_weight": weights}
    said = model.fit(x, y, 4, 3, verbose=0, shuffle=False, **data).history
    loss = loss_and_gradient(f"{prefix}categorical_crossentropy", **LOGITS)
    same_histories(fit(ours, x, y, loss, SGD(2**-4), 3, 4, None, metrics=names, **data), said)
    for w, their in zip(ours.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(w, their, rtol=1e-9, atol=1e-12)


def test_sample_weights_do_not_touch_metrics_as_in_keras(rng, keras):
    x, y, w = rng.standard_normal((14, 3)), rng.standard_normal((14, 2)), rng.uniform(0, 2, 14)
    ours = classifier(rng, 2)
    model = twin_of(ours, keras, "mean_squared_error", 2, metrics=["mean_absolute_error"])
    said = model.fit(x, y, 4, 2, verbose=0, shuffle=False, sample_weight=w).history
    history = fit(
        ours, x, y, "mean_squared_error", SGD(2**-4), 2, 4, None, sample_weight=w, metrics=["mean_absolute_error"]
    )
    same_histories(history, said)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=9), st.booleans(), st.booleans(), st.integers(0, 2**32 - 1))
def test_class_weights_are_sample_weights(classes, one_hot, column, seed):
    """Classes as whole numbers of any kind, in a row, a column, or one-hot: the same steps."""
    rng = np.random.default_rng(seed)
    x, weights = rng.standard_normal((len(classes), 3)), {0: 2.0, 1: 0.0, 3: 0.5}
    each = np.array([weights.get(c, 1.0) for c in classes])
    y = np.eye(4)[classes] if one_hot else np.array(classes, float)[:, None]

    def trained(**options):
        network = Dense(3, y.shape[1], np.random.default_rng(seed))
        fit(network, x, y, "mean_squared_error", SGD(0.1), 2, 4, None, **options)
        return network.get_weights()

    for ours, wanted in zip(trained(class_weight=weights), trained(sample_weight=each), strict=True):
        np.testing.assert_array_equal(ours, wanted)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.float32])
def test_classes_of_every_kind_of_number(dtype):
    y, loss = np.array([[0], [1], [1], [0]]).astype(dtype), loss_and_gradient("binary_crossentropy", **LOGITS)

    def trained(**options):
        network = Dense(3, 1, np.random.default_rng(0))
        fit(network, np.eye(4)[:, :3], y, loss, SGD(0.1), 1, 4, None, **options)
        return network.get_weights()

    ours, wanted = trained(class_weight={1: 3.0}), trained(sample_weight=np.array([1.0, 3.0, 3.0, 1.0]))
    assert all((a == b).all() for a, b in zip(ours, wanted, strict=True))


def test_callbacks_hear_of_metrics(rng):
    class Diary(Callback):
        said = ()

        def on_train_batch_end(self, batch, logs=None):
            self.said = *self.said, (batch, *logs)

        def on_epoch_end(self, epoch, logs=None):
            self.said = *self.said, tuple(logs)

    diary, (x, y) = Diary(), (rng.standard_normal((6, 3)), rng.integers(0, 2, (6, 1)))

    def worst(y_true, y_pred):
        return np.abs(y_true - y_pred).max()

    history = fit(
        Dense(3, 1, rng),
        x,
        y,
        "mean_squared_error",
        SGD(),
        1,
        4,
        rng,
        validation_data=(x, y),
        callbacks=[diary],
        metrics=["accuracy", worst],
    )
    names = "loss", "accuracy", "worst"
    assert diary.said == ((0, *names), (1, *names), (*names, "val_loss", "val_accuracy", "val_worst"))
    assert list(history) == [*names, "val_loss", "val_accuracy", "val_worst"]


def test_frozen_layers_stay_and_the_rest_learns(rng, keras):
    """Beside Keras: also a frozen BatchNormalization, which goes by averages that no longer move."""
    ours = Sequential(Dense(3, 4, rng), BatchNormalization(4), Activation("tanh"), Dense(4, 2, rng))
    layers = [keras.layers.Dense(4), keras.layers.BatchNormalization(), keras.layers.Activation("tanh")]
    model = keras.Sequential([keras.Input((3,)), *layers, keras.layers.Dense(2)])
    model.set_weights(ours.get_weights())
    for layer in (*ours.layers[:2], *model.layers[:2]):
        layer.trainable = False
    model.compile(keras.optimizers.SGD(2**-4), "mean_squared_error", run_eagerly=True)
    x, y, before = rng.standard_normal((10, 3)), rng.standard_normal((10, 2)), ours.get_weights()
    said = model.fit(x, y, 4, 3, verbose=0, shuffle=False).history
    same_histories(fit(ours, x, y, "mean_squared_error", SGD(2**-4), 3, 4, None), said)
    for i, (w, their, start) in enumerate(zip(ours.get_weights(), model.get_weights(), before, strict=True)):
        np.testing.assert_allclose(w, their, rtol=1e-9, atol=1e-12)
        assert (w == start).all() == (i < 6)


def test_an_optimizer_that_began_with_other_layers_says_so(rng):
    network, adam = classifier(rng), Adam()
    data = rng.standard_normal((4, 3)), rng.standard_normal((4, 3)), "mean_squared_error"
    fit(network, *data, adam, 1, 4, rng)
    network.layers[0].trainable = False
    with pytest.raises(ValueError, match="params must be the arrays of the first step; for others, make an optimizer"):
        fit(network, *data, adam, 1, 4, rng)


def test_generators_and_one_name_will_do(rng):
    """Not used up by the first look at them."""
    heard = []

    class Listening(Callback):
        def on_epoch_end(self, epoch, logs=None):
            heard.append(sorted(logs))

    data = np.ones((4, 3)), np.ones((4, 1)), "mean_squared_error"
    for metrics in ("accuracy", (name for name in ["accuracy"])):
        callbacks = (callback for callback in [Listening()])
        fit(Dense(3, 1, rng), *data, SGD(), 2, 2, rng, callbacks=callbacks, metrics=metrics)
    assert heard == [["accuracy", "loss"]] * 4


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"class_weight": {0: 1.0}, "sample_weight": np.ones(4)}, "class_weight must be None where sample_weight is"),
        ({"class_weight": [1.0, 2.0]}, r"class_weight must be a dict from classes to weights, got \[1\.0, 2\.0\]"),
        (
            {"class_weight": {0: 1.0}, "y": np.ones((4, 2, 1))},
            r"classes in y, .* must have the shape \(4,\), got \(4, 2\)",
        ),
        ({"class_weight": {0: -1.0}}, "class_weight must hold numbers from 0 up, got -1.0"),
        ({"metrics": ["acc"]}, "metric must be one of accuracy, .* got 'acc'"),
    ],
)
def test_bad_options_get_a_sentence(options, sentence, rng):
    network, ours = Dense(3, 1, rng), {"loss": "mean_squared_error", "optimizer": SGD()}
    ours |= {"epochs": 1, "batch_size": 2, "rng": rng}
    before = network.get_weights()
    with pytest.raises(ValueError, match=sentence):
        fit(network, np.ones((4, 3)), **({"y": np.ones((4, 1))} | ours | options))
    assert all((a == b).all() for a, b in zip(before, network.get_weights(), strict=True))
