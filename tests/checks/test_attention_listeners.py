"""Who is loudest? Networks that listen, and such that do not: all but the untrained are really trained."""

import jupytext
import pytest

from course_lib.building.notebooks import ROOT
from course_lib.checks import attention as check
from course_lib.page import quiet
from tests.checks.tried import accept, refuse

with quiet():
    import keras


def solution(seed):
    """The function of the solution's notebook, with another seed in it."""
    cells = jupytext.read(ROOT / "solutions/source/09-attention.py").cells
    [code] = [cell.source for cell in cells if cell.source.startswith("def loudest(")]
    assert code.count("set_random_seed(0)") == 1
    names = {"keras": keras}
    exec(code.replace("set_random_seed(0)", f"set_random_seed({seed})"), names)
    return names["loudest"]


def in_keras(layers, inputs):
    """Keras' own attention: a constant 1 asks, the volume answers, what is said is averaged."""
    keys = layers.Dense(1, use_bias=False)(inputs[..., :1])
    return layers.Attention()([keras.ops.ones_like(keys[:, :1]), inputs[..., 1:], keys])[:, 0]


def by_hand(layers, inputs):
    weights = keras.ops.softmax(layers.Dense(1)(inputs)[..., 0], axis=-1)
    return keras.ops.sum(weights * inputs[..., 1], axis=-1, keepdims=True)


def pooled(layers, inputs):
    """No attention, and 33 parameters."""
    return layers.Dense(1)(layers.GlobalAveragePooling1D()(layers.Dense(8, "relu")(inputs)))


def loudest_of_all(layers, inputs):
    """No parameters at all."""
    weights = keras.ops.softmax(100 * inputs[..., 0], axis=-1)
    return keras.ops.sum(weights * inputs[..., 1], axis=-1, keepdims=True)


def weighed(weigh, last="linear"):
    """The solution's network, with other weights, or another last layer."""

    def make(layers, inputs):
        weights = weigh(layers, layers.Dense(1)(inputs))
        return layers.Dense(1, last)(layers.Flatten()(layers.Dot(axes=1)([weights, inputs])))

    return make


def softmax(layers, scores):
    return layers.Softmax(axis=1)(scores)


def softmax_along_the_last(layers, scores):
    return layers.Softmax()(scores)


def raw(layers, scores):
    return scores


def gates(layers, scores):
    return layers.Activation("sigmoid")(scores)


def flat(hidden=None):
    def make(layers, inputs):
        out = layers.Flatten()(inputs)
        return layers.Dense(1)(layers.Dense(hidden, "relu")(out) if hidden else out)

    return make


def recurrent(layers, inputs):
    return layers.Dense(1)(layers.SimpleRNN(3)(inputs))


def mean(layers, inputs):
    return layers.Dense(1)(layers.GlobalAveragePooling1D()(inputs))


def trained(make, epochs=20, rate=0.1, optimizer="Adam"):
    def answer(x, y):
        model = untrained(make)(x, y)
        model.compile(getattr(keras.optimizers, optimizer)(rate), "mse")
        model.fit(x, y, 64, epochs, verbose=0)
        return model

    return answer


def untrained(make):
    def answer(x, y):
        keras.utils.set_random_seed(0)
        inputs = keras.Input((8, 2))
        return keras.Model(inputs, make(keras.layers, inputs))

    return answer


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_solution_does_not_live_on_its_seed(seed):
    accept(check.loudest, solution(seed), seeds=[seed])


@pytest.mark.parametrize("make", [in_keras, by_hand, pooled], ids=lambda make: make.__name__)
def test_a_network_that_listens_is_right(make):
    accept(check.loudest, trained(make), seeds=[0])


def test_who_needs_no_training_is_right():
    accept(check.loudest, untrained(loudest_of_all), seeds=[0])


@pytest.mark.parametrize(
    ("words", "make", "training"),
    [
        ("parameters; 40 are allowed", flat(16), {"epochs": 3}),
        ("shuffled", flat(), {"epochs": 5}),
        ("a recurrent layer", recurrent, {"epochs": 3}),
        ("does not listen", mean, {"epochs": 3}),
        ("axis=1", weighed(softmax_along_the_last), {"epochs": 3}),
        ("nothing below 0", weighed(softmax, "relu"), {"epochs": 5}),
        ("nothing below 0", weighed(softmax, "sigmoid"), {"epochs": 5}),
        ("Is there a softmax", weighed(raw), {"epochs": 10}),
        ("Is there a softmax", weighed(gates), {"epochs": 10}),
        ("on its way", by_hand, {"epochs": 1, "rate": 0.05}),
        ("0.001 is): try 0.1", weighed(softmax), {"epochs": 15, "rate": 0.001}),
        ("far too small", weighed(softmax), {"epochs": 15, "rate": 0.01, "optimizer": "SGD"}),
    ],
)
def test_a_network_that_was_trained_wrongly_gets_the_words_that_are_due(words, make, training):
    refuse(check.loudest, words, trained(make, **training), seeds=[0])


@pytest.mark.parametrize(
    ("words", "make"),
    [
        ("near guessing", lambda layers, x: -3 * by_hand(layers, x)),
        ("one number", lambda layers, x: layers.Dense(1)(x)),
    ],
)
def test_a_network_that_was_not_trained_gets_the_words_that_are_due(words, make):
    refuse(check.loudest, words, untrained(make), seeds=[0])
