"""Training, batch by batch beside Keras, and what it does with data, batches and callbacks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import training
from course_lib.gradients import numeric_gradient
from course_lib.layers import Activation, Dense, Sequential
from course_lib.losses import LOSSES, loss_and_gradient
from course_lib.optimizers import SGD, Adam, Momentum
from course_lib.training import Callback, Progress, batches, evaluate, fit, learning_rate_range_test, train_on_batch
from tests.witness import KINDS, shaken, without, witness

pytestmark = [
    *without(KINDS, "it computes nothing; what fit tells it is witnessed with fit", Callback, Progress),
    *without(["numeric"], "it has no gradient", batches, evaluate),
    *without(["numeric"], "each of its steps is one of train_on_batch's, which is witnessed", learning_rate_range_test),
    *without(["keras"], "in what order Keras draws its batches is its own affair", batches),
]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def network(rng):
    return shaken(Sequential(Dense(3, 5, rng), Activation("tanh"), Dense(5, 2, rng)), rng)


def examples(n, rng):
    return rng.standard_normal((n, 3)), rng.standard_normal((n, 2))


def twin_of(ours, keras, loss, optimizer):
    """A Keras model with the same weights, compiled. Without a graph: that takes seconds to build."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(5, "tanh"), keras.layers.Dense(2)])
    model.set_weights(ours.parameters())
    model.compile(optimizer=optimizer, loss=loss, run_eagerly=True)
    return model


def same_weights(ours, model):
    for p, theirs in zip(ours.parameters(), model.get_weights(), strict=True):
        np.testing.assert_allclose(p, theirs, rtol=1e-9, atol=1e-12)


@witness("numeric", train_on_batch, fit)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("step", [train_on_batch, fit])
def test_one_step_goes_down_the_brute_force_gradient(step, weighted, rng):
    ours, (x, y) = network(rng), examples(6, rng)
    w = rng.uniform(0, 2, 6) if weighted else None
    f, _ = LOSSES["huber"]

    def loss():
        return f(y, ours.forward(x, training=True), sample_weight=w)

    before = [p.copy() for p in ours.parameters()]
    slopes = [numeric_gradient(loss, p) for p in ours.parameters()]
    first, rate = loss(), 0.25
    if step is fit:
        assert fit(ours, x, y, "huber", SGD(rate), 1, 6, None, sample_weight=w) == {"loss": [pytest.approx(first)]}
    else:
        assert train_on_batch(ours, x, y, "huber", SGD(rate), w) == first
    for p, start, slope in zip(ours.parameters(), before, slopes, strict=True):
        np.testing.assert_allclose(start - p, rate * slope, rtol=1e-5, atol=1e-8)


@witness("keras", train_on_batch)
@pytest.mark.parametrize("weighted", [False, True])
def test_shuffled_batches_beside_keras(weighted, rng, keras):
    """The same weights, the same batches in the same order: the same losses, step by step."""
    ours, (x, y) = network(rng), examples(20, rng)
    w = rng.uniform(0, 2, 20) if weighted else None
    model = twin_of(ours, keras, "mean_squared_error", keras.optimizers.SGD(2**-4, 0.875))
    optimizer = Momentum(2**-4, 0.875)
    for _ in range(3):
        for i in batches(20, 6, rng):
            weights = w if w is None else w[i]
            theirs = model.train_on_batch(x[i], y[i], sample_weight=weights)
            loss = train_on_batch(ours, x[i], y[i], "mean_squared_error", optimizer, weights)
            # What Keras returns is the mean of all batches since the last reset.
            np.testing.assert_allclose(loss, theirs, rtol=1e-9)
            model.reset_metrics()
    same_weights(ours, model)


class Diary(Callback):
    """Everything that fit says, in order."""

    def on_train_begin(self, logs=None):
        self.said = ["begin"]

    def on_train_batch_end(self, batch, logs=None):
        self.said.append((batch, logs["loss"]))

    def on_epoch_end(self, epoch, logs=None):
        self.said.append(("epoch", epoch, *logs.items()))


@witness("keras", fit, evaluate)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("classify", [False, True])
def test_fit_beside_keras(classify, weighted, rng, keras):
    """Losses of every step and epoch, validation too, in the order and under the names of Keras' history."""
    ours, (x, y), (x_val, y_val) = network(rng), examples(20, rng), examples(9, rng)
    w, w_val = (rng.uniform(0, 2, 20), rng.uniform(0, 2, 9)) if weighted else (None, None)
    loss, their_loss = "mean_squared_error", "mean_squared_error"
    if classify:
        y, y_val = rng.integers(0, 2, 20), rng.integers(0, 2, 9)
        loss = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)
        their_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    constants = {"beta_1": 0.875, "beta_2": 1 - 2**-6, "epsilon": 2**-10}
    model = twin_of(ours, keras, their_loss, keras.optimizers.Adam(2**-4, **constants))
    diary, said = Diary(), []
    they_say = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: said.append((batch, logs["loss"])))
    validation = (x_val, y_val) if w is None else (x_val, y_val, w_val)
    theirs = model.fit(
        x,
        y,
        batch_size=6,
        epochs=3,
        shuffle=False,
        verbose=0,
        sample_weight=w,
        validation_data=validation,
        callbacks=[they_say],
    ).history
    history = fit(ours, x, y, loss, Adam(2**-4, **constants), 3, 6, None, validation, [diary], sample_weight=w)
    assert list(history) == list(theirs) == ["loss", "val_loss"]
    for name in history:
        np.testing.assert_allclose(history[name], theirs[name], rtol=1e-9)
    our_steps = [entry for entry in diary.said if entry != "begin" and entry[0] != "epoch"]
    assert [batch for batch, _ in our_steps] == [batch for batch, _ in said] == [0, 1, 2, 3] * 3
    np.testing.assert_allclose([value for _, value in our_steps], [value for _, value in said], rtol=1e-9)
    same_weights(ours, model)
    their_evaluation = model.evaluate(x_val, y_val, batch_size=4, sample_weight=w_val, verbose=0)
    np.testing.assert_allclose(evaluate(ours, x_val, y_val, loss, 4, w_val), their_evaluation, rtol=1e-9)


@witness("keras", learning_rate_range_test)
def test_range_test_beside_keras(rng, keras):
    """By hand in Keras: the rate is set before each step. It is a power of 2, for Keras keeps it in a float32."""
    ours, (x, y) = network(rng), examples(20, rng)
    model = twin_of(ours, keras, "mean_squared_error", keras.optimizers.SGD())
    rates, losses = learning_rate_range_test(
        ours, x, y, "mean_squared_error", 6, np.random.default_rng(1), lowest=2**-8, highest=2**-2, steps=7
    )
    np.testing.assert_allclose(rates, [2**-8, 2**-7, 2**-6, 2**-5, 2**-4, 2**-3, 2**-2], rtol=1e-12)
    order = np.random.default_rng(1)
    for rate, loss, i in zip(rates, losses, [*batches(20, 6, order), *batches(20, 6, order)][:7], strict=True):
        model.optimizer.learning_rate = rate
        np.testing.assert_allclose(loss, model.train_on_batch(x[i], y[i]), rtol=1e-9)
        model.reset_metrics()


@witness("hypothesis", batches)
@given(st.integers(1, 50), st.integers(1, 60), st.booleans(), st.integers(0, 2**32 - 1))
def test_batches_hold_everything_once(n, batch_size, shuffle, seed):
    parts = batches(n, batch_size, np.random.default_rng(seed) if shuffle else None)
    together = np.concatenate(parts)
    assert sorted(together) == list(range(n))
    assert [len(part) for part in parts[:-1]] == [batch_size] * (len(parts) - 1)
    assert 1 <= len(parts[-1]) <= batch_size
    if not shuffle:
        assert (together == np.arange(n)).all()
    else:
        again = batches(n, batch_size, np.random.default_rng(seed))
        assert all((a == b).all() for a, b in zip(parts, again, strict=True))


@witness("hypothesis", fit, train_on_batch, evaluate)
@given(
    st.integers(1, 12),
    st.integers(1, 15),
    st.integers(1, 3),
    st.sampled_from([0.0, 1.0, 1e3]),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_fit_is_a_plain_loop(n, batch_size, epochs, scale, weighted, seed):
    """A straight-line model by its own equations, on the same batches; data stays as it was; one seed, one result."""
    rng = np.random.default_rng(seed)
    x, y = scale * rng.standard_normal((n, 2)), rng.standard_normal((n, 1))
    w = rng.uniform(0, 2, n) if weighted else None
    kept = [a.copy() for a in (x, y)]
    rate, kernel, bias = 1e-2 / (1 + scale**2), rng.standard_normal((2, 1)), rng.standard_normal(1)

    def trained():
        layer = Dense(2, 1, rng)
        layer.params["kernel"][:], layer.params["bias"][:] = kernel, bias
        order = np.random.default_rng(seed)
        return layer, fit(
            layer,
            x,
            y,
            "mean_squared_error",
            SGD(rate),
            epochs,
            batch_size,
            order,
            validation_data=(x, y),
            sample_weight=w,
        )

    layer, history = trained()
    order, ones = np.random.default_rng(seed), np.ones(n)
    for epoch in range(epochs):
        total, left = 0.0, order.permutation(n)
        while len(left):
            i, left = left[:batch_size], left[batch_size:]
            error = x[i] @ kernel + bias - y[i]
            pull = (ones if w is None else w)[i][:, None] * error
            total += (pull * error).sum()
            kernel, bias = kernel - rate * 2 * x[i].T @ pull / len(i), bias - rate * 2 * pull.sum(axis=0) / len(i)
        np.testing.assert_allclose(history["loss"][epoch], total / n, rtol=1e-9)
        np.testing.assert_allclose(history["val_loss"][epoch], ((x @ kernel + bias - y) ** 2).mean(), rtol=1e-9)
    np.testing.assert_allclose(layer.params["kernel"], kernel, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(evaluate(layer, x, y, "mean_squared_error", batch_size), history["val_loss"][-1])
    assert all((a == b).all() for a, b in zip(kept, (x, y), strict=True))


@witness("hypothesis", learning_rate_range_test)
@given(st.integers(1, 12), st.integers(1, 15), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_range_test_leaves_the_network_alone(n, batch_size, steps, seed):
    rng = np.random.default_rng(seed)
    ours, (x, y) = network(rng), examples(n, rng)
    before = [p.copy() for p in ours.parameters()]
    rates, losses = learning_rate_range_test(
        ours, x, y, "mean_squared_error", batch_size, rng, lowest=1e-3, highest=1e6, steps=steps
    )
    assert all((p == b).all() for p, b in zip(ours.parameters(), before, strict=True))
    assert 1 <= len(rates) == len(losses) <= steps
    assert rates[0] == 1e-3
    ratios = rates[1:] / rates[:-1]
    np.testing.assert_allclose(ratios, ratios[0] if len(ratios) else 1, rtol=1e-9)
    # All but the last are still near the best before them: where it goes wrong, it stops.
    assert all(loss <= 4 * min(losses[: i + 1]) for i, loss in enumerate(losses[:-1]))
    if len(losses) < steps:
        assert not losses[-1] <= 4 * losses.min()


def test_it_learns(rng):
    x = rng.standard_normal((60, 3))
    y = np.stack([x[:, 0] - x[:, 1], np.tanh(x[:, 2])], axis=1)
    ours = network(rng)
    history = fit(ours, x, y, "mean_squared_error", Adam(0.02), 60, 10, rng)
    assert history["loss"][-1] < history["loss"][0] / 20
    assert evaluate(ours, x, y, "mean_squared_error") < history["loss"][0] / 20


def test_callbacks_hear_everything_in_order(rng):
    diary = Diary()
    fit(network(rng), *examples(5, rng), "mean_squared_error", SGD(), 2, 3, rng, callbacks=[diary])
    assert [entry if entry == "begin" else entry[:2] if entry[0] == "epoch" else entry[0] for entry in diary.said] == [
        "begin",
        0,
        1,
        ("epoch", 0),
        0,
        1,
        ("epoch", 1),
    ]


def test_a_callback_can_look_and_stop(rng):
    class Stop(Callback):
        def on_epoch_end(self, epoch, logs=None):
            assert self.network is ours
            assert self.optimizer.iterations == 2 * (epoch + 1)
            self.stop_training = epoch == 2

    ours, stop = network(rng), Stop()
    for _ in range(2):
        history = fit(ours, *examples(4, rng), "mean_squared_error", SGD(), 10, 2, rng, callbacks=[stop])
        assert len(history["loss"]) == 3


def test_nothing_is_printed_unless_asked(rng, capsys):
    data = examples(4, rng)
    fit(network(rng), *data, "mean_squared_error", SGD(), 4, 2, rng)
    assert capsys.readouterr().out == ""
    history = fit(network(rng), *data, "huber", SGD(), 4, 2, rng, data, callbacks=[Progress(every=2)])
    assert capsys.readouterr().out == "".join(
        f"epoch {i}: loss {history['loss'][i - 1]:.4f}  val_loss {history['val_loss'][i - 1]:.4f}\n" for i in (2, 4)
    )


def test_training_is_told_to_layers(rng):
    """Forward with training=True in a step, and without for validation."""
    heard = []

    class Listening(Dense):
        def forward(self, x, training=False):
            heard.append(training)
            return super().forward(x, training)

    data = examples(4, rng)
    fit(Listening(3, 2, rng), *data, "mean_squared_error", SGD(), 1, 2, rng, validation_data=data)
    assert heard == [True, True, False, False]


X, Y = np.ones((4, 3)), np.ones((4, 2))
BAD = np.array([[1.0, np.nan, 1.0]] * 4)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"x": BAD}, "^x must hold finite numbers, got nan"),
        ({"y": Y * np.inf}, "^y must hold finite numbers, got inf"),
        ({"sample_weight": np.full(4, np.nan)}, "^sample_weight must hold finite numbers, got nan"),
        ({"x": np.ones((0, 3)), "y": np.ones((0, 2))}, r"^x, y must hold as many examples, 1 or more, got \[0, 0\]"),
        ({"y": Y[:3]}, r"^x, y must hold as many examples, 1 or more, got \[4, 3\]"),
        ({"sample_weight": np.ones(3)}, r"^x, y, sample_weight must hold as many .*got \[4, 4, 3\]"),
        ({"x": 3.0}, r"^x, y must hold as many examples, 1 or more, got \[0, 4\]"),
        ({"x": np.array([["a"] * 3] * 4)}, "^x must hold numbers, got <U1"),
        ({"validation_data": (BAD, Y)}, "^validation_data: x must hold finite numbers, got nan"),
        ({"validation_data": (X, Y[:1])}, r"^validation_data: x, y must hold as many .*got \[4, 1\]"),
        ({"y": np.ones(4)}, r"y_true must have the shape of y_pred, \(2, 2\), got \(2,\)"),
        ({"sample_weight": -np.ones(4)}, "sample_weight must hold numbers from 0 up, got -1"),
        ({"epochs": 0}, "epochs must be a whole number from 1 up, got 0"),
        ({"epochs": 1.5}, "epochs must be a whole number from 1 up, got 1.5"),
        ({"batch_size": 0}, "batch_size must be a whole number from 1 up, got 0"),
        ({"batch_size": 2.0}, "batch_size must be a whole number from 1 up, got 2.0"),
        ({"loss": "mse"}, "name must be one of mean_squared_error"),
    ],
)
def test_bad_input_gets_a_sentence(changed, sentence, rng):
    ours = network(rng)
    before = [p.copy() for p in ours.parameters()]
    arguments = {"x": X, "y": Y, "loss": "mean_squared_error", "optimizer": SGD(), "epochs": 1, "batch_size": 2}
    with pytest.raises(ValueError, match=sentence):
        fit(ours, **(arguments | {"rng": rng} | changed))
    assert all((p == b).all() for p, b in zip(ours.parameters(), before, strict=True))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda rng: batches(0, 2, rng), "n must be a whole number from 1 up, got 0"),
        (lambda rng: batches(4, -1), "batch_size must be a whole number from 1 up, got -1"),
        (lambda rng: Progress(0), "every must be a whole number from 1 up, got 0"),
        (lambda rng: evaluate(network(rng), BAD, Y, "huber"), "x must hold finite numbers, got nan"),
        (lambda rng: learning_rate_range_test(network(rng), BAD, Y, "huber", 2, rng), "x must hold finite numbers"),
        (lambda rng: learning_rate_range_test(network(rng), X, Y, "huber", 2, rng, 1.0, 0.1), "one below the other"),
        (lambda rng: learning_rate_range_test(network(rng), X, Y, "huber", 2, rng, steps=0), "steps must be a whole"),
    ],
)
def test_other_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(rng)


def test_callback_does_nothing_by_itself():
    callback = training.Callback()
    assert callback.on_train_begin() is callback.on_train_batch_end(0) is callback.on_epoch_end(0) is None
