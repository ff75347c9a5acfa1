"""What came last? Networks that keep it, and such that do not: all but the untrained are really trained."""

import jupytext
import numpy as np
import pytest

from course_lib.building.notebooks import ROOT
from course_lib.checking.pauses import sequences, with_pauses
from course_lib.checks import recurrence as check
from course_lib.page import quiet
from tests.checks.tried import accept, refuse

with quiet():
    import keras

LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
SHARES = "sparse_categorical_crossentropy"


def solution(seed):
    """The function of the solution's notebook, with another seed in it."""
    cells = jupytext.read(ROOT / "solutions/source/08-recurrence.py").cells
    [code] = [cell.source for cell in cells if cell.source.startswith("def came_last(")]
    assert code.count("set_random_seed(0)") == 1
    names = {"keras": keras}
    exec(code.replace("set_random_seed(0)", f"set_random_seed({seed})"), names)
    return names["came_last"]


def nested(layers, x):
    """An LSTM in a model of its own, and shares in place of logits."""
    inner = keras.Sequential([keras.Input((None, 5)), layers.LSTM(12)])
    return layers.Dense(4, "softmax")(inner(x))


def simple(layers, x):
    return layers.Dense(4)(layers.RNN(layers.SimpleRNNCell(16))(x))


def counted(layers, x):
    """No parameters and nothing recurrent: each letter weighs more than all before it together."""
    steps = keras.ops.cumsum(keras.ops.ones_like(x[..., :1]), axis=1)
    return keras.ops.max(x[..., :4] * steps, axis=1)


def gru(units=12, last=None, **more):
    def make(layers, x):
        return layers.Dense(4, last)(layers.GRU(units, **more)(x))

    return make


def relu(layers, x):
    return layers.Dense(4)(layers.SimpleRNN(12, activation="relu")(x))


def pooled(layers, x):
    return layers.Dense(4)(layers.GlobalAveragePooling1D()(x))


def last_step(layers, x):
    return layers.Dense(4)(x[:, -1])


def convolution(layers, x):
    return layers.Dense(4)(layers.Conv1D(12, 5, padding="causal", activation="relu")(x)[:, -1])


def flat(layers, x):
    return layers.Dense(4)(layers.Flatten()(x))


def one_number(layers, x):
    return layers.Dense(1)(layers.GRU(8)(x))


def untrained(make, time=None):
    def answer(x, y):
        keras.utils.set_random_seed(0)
        inputs = keras.Input((time, 5))
        return keras.Model(inputs, make(keras.layers, inputs))

    return answer


def trained(make, epochs=6, rate=0.03, optimizer="Adam", loss=LOGITS, time=None):
    def answer(x, y):
        model = untrained(make, time)(x, y)
        model.compile(getattr(keras.optimizers, optimizer)(rate), loss)
        model.fit(x, y, 32, epochs, verbose=0)
        return model

    return answer


def test_the_last_letter_is_the_last_one_that_is_no_pause():
    x, y = sequences(np.random.default_rng(0), 200)
    for long in (x, with_pauses(x)):
        signs = long.argmax(axis=-1)
        assert [int(row[row < 4][-1]) for row in signs] == y.tolist()
    assert with_pauses(x).shape == (200, 32, 5)
    assert (x[:, 0, 4] == 0).all()
    assert 0.7 < x[:, 1:, 4].mean() < 0.8


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_solution_does_not_live_on_its_seed(seed):
    accept(check.came_last, solution(seed), seeds=[seed])


@pytest.mark.parametrize(("make", "training"), [(nested, {"epochs": 10, "loss": SHARES}), (simple, {"epochs": 8})])
def test_a_network_that_keeps_the_last_letter_is_right(make, training):
    accept(check.came_last, trained(make, **training), seeds=[0])


def test_who_needs_no_training_is_right():
    accept(check.came_last, untrained(counted), seeds=[0])


@pytest.mark.parametrize(
    ("words", "make", "training"),
    [
        ("1,000 are allowed", gru(16), {"epochs": 1}),
        ("hardly better than guessing", gru(), {"epochs": 2, "rate": 0.001}),
        ("hardly better than guessing", gru(), {"epochs": 2, "rate": 0.01, "optimizer": "SGD"}),
        ("from_logits=True after Dense(4)", gru(), {"epochs": 2, "loss": SHARES}),
        ("on its way", gru(), {"epochs": 5, "rate": 0.001}),
        ("shuffled", pooled, {"epochs": 2}),
        ("does not hear the first six", last_step, {"epochs": 2}),
        ("does not hear the first six", convolution, {"epochs": 2}),
        ("It forgets while nothing happens", relu, {"epochs": 5}),
        ("without Flatten", flat, {"epochs": 2, "time": 12}),
        ("begin it with keras.Input((None, 5))", gru(), {"epochs": 1, "time": 12}),
    ],
)
def test_a_network_that_was_trained_wrongly_gets_the_words_that_are_due(words, make, training):
    refuse(check.came_last, words, trained(make, **training), seeds=[0])


@pytest.mark.parametrize(
    ("words", "make"),
    [
        ("hardly better than guessing", gru()),
        ("learning rate is far too large", gru(kernel_initializer="zeros")),
        ("returns its last state only", gru(8, return_sequences=True)),
        ("one answer for each sequence", one_number),
    ],
)
def test_a_network_that_was_not_trained_gets_the_words_that_are_due(words, make):
    refuse(check.came_last, words, untrained(make), seeds=[0])


def test_a_rate_that_is_far_too_large_never_gets_the_advice_to_make_it_larger():
    """What such a network learns, and so which words it gets, is another matter on each machine."""
    verdict = check.came_last.run(trained(gru(), epochs=2, rate=1.0), 0)
    assert verdict.status == "not yet"
    assert "larger learning rate" not in verdict.message
