"""Three places back: models that find the token there, and such that do not, most of them really trained."""

import jupytext
import numpy as np
import pytest

from course_lib.building.notebooks import ROOT
from course_lib.checking import looking_back as words
from course_lib.checks import transformers as check
from course_lib.page import quiet
from tests.checks.tried import accept, refuse

with quiet():
    import keras

layers, ops = keras.layers, keras.ops


def solution(seed):
    """The function of the solution's notebook, with another seed in it."""
    cells = jupytext.read(ROOT / "solutions/source/10-transformers.py").cells
    [code] = [cell.source for cell in cells if cell.source.startswith("def look_back(")]
    assert code.count("set_random_seed(0)") == 1
    names = {"keras": keras}
    exec(code.replace("set_random_seed(0)", f"set_random_seed({seed})"), names)
    return names["look_back"]


def embedded(tokens, places=True):
    h = layers.Embedding(6, 32)(tokens)
    return h + layers.Embedding(12, 32)(ops.cumsum(ops.ones_like(tokens), axis=1) - 1) if places else h


def attending(tokens, last=None, **wanted):
    """As the solution does it."""
    h = embedded(tokens)
    h = h + layers.MultiHeadAttention(2, 16)(h, h, use_causal_mask=True)
    return layers.Dense(6, last)(h)


def block(tokens):
    """A whole block, with norms, places as one-hot vectors, and one head."""
    places = ops.cumsum(ops.ones_like(tokens), axis=1) - 1
    h = layers.Dense(32)(layers.Concatenate()([ops.one_hot(tokens, 6), ops.one_hot(places, 12)]))
    n = layers.LayerNormalization()(h)
    h = h + layers.MultiHeadAttention(1, 32)(n, n, use_causal_mask=True)
    h = h + layers.Dense(32)(layers.Dense(64, "relu")(layers.LayerNormalization()(h)))
    return layers.Dense(6)(h)


def convolved(window=4):
    """No attention. Nobody said that there must be any."""

    def make(tokens):
        h = layers.Conv1D(32, window, padding="causal", activation="relu")(layers.Embedding(6, 16)(tokens))
        return layers.Dense(6)(h)

    return make


def moved_by_three(tokens):
    """No parameters at all."""
    return ops.one_hot(ops.pad(tokens[:, :-3], [[0, 0], [3, 0]]), 6)


def without_places(tokens):
    h = embedded(tokens, places=False)
    return layers.Dense(6)(h + layers.MultiHeadAttention(2, 16)(h, h, use_causal_mask=True))


def places_behind(tokens):
    """Places that come when attention is over: it does not see them."""
    h = layers.Embedding(6, 32)(tokens)
    return layers.Dense(6)(embedded(tokens) + layers.MultiHeadAttention(2, 16)(h, h, use_causal_mask=True))


def without_attention(tokens):
    return layers.Dense(6)(layers.Dense(32, "relu")(embedded(tokens)))


def without_a_mask(tokens):
    h = embedded(tokens)
    return layers.Dense(6)(h + layers.MultiHeadAttention(2, 16)(h, h))


def softened(tokens):
    return attending(tokens, "softmax")


def cut_at_0(tokens):
    return attending(tokens, "relu")


def wide(tokens):
    h = layers.Embedding(6, 64)(tokens)
    return layers.Dense(6)(h + layers.MultiHeadAttention(4, 32)(h, h, use_causal_mask=True))


def trained(make, epochs=20, rate=0.01, optimizer="Adam", logits=True, targets=lambda x, y: y):
    def answer(x, y):
        model = untrained(make)(x, y)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=logits)
        model.compile(getattr(keras.optimizers, optimizer)(rate), loss)
        model.fit(x, targets(x, y), batch_size=32, epochs=epochs, verbose=0)
        return model

    return answer


def untrained(make):
    def answer(x, y):
        keras.utils.set_random_seed(1)
        tokens = keras.Input((12,), dtype="int32")
        return keras.Model(tokens, make(tokens))

    return answer


def test_the_solution_does_not_live_on_its_seed():
    accept(check.look_back, solution(3), seeds=[3])


@pytest.mark.parametrize(("make", "training"), [(block, {"epochs": 12}), (convolved(), {"epochs": 8, "rate": 0.02})])
def test_another_model_is_right(make, training):
    accept(check.look_back, trained(make, **training), seeds=[0])


def test_who_needs_no_training_is_right():
    accept(check.look_back, untrained(moved_by_three), seeds=[0])


TRAINED = {
    "no places": (words.NO_PLACES, without_places, {"epochs": 1}),
    "places behind attention": (words.NO_PLACES, places_behind, {"epochs": 1}),
    "no attention": (words.NO_ATTENTION, without_attention, {"epochs": 1}),
    "no mask": (words.LOOKS_AHEAD, without_a_mask, {"epochs": 1}),
    "too wide": (words.TOO_LARGE, wide, {"epochs": 1}),
    "a window of three": (words.TOO_NEAR, convolved(3), {"epochs": 4}),
    "Adam's default": ("0.01", attending, {"epochs": 4, "rate": 0.001}),
    "SGD": (words.GUESSING, attending, {"epochs": 3, "optimizer": "SGD"}),
    "from_logits forgotten": (words.GUESSING, attending, {"epochs": 6, "logits": False}),
    "the input for a target": (words.SAYS_ITSELF, attending, {"epochs": 4, "targets": lambda x, y: x}),
    "softmax at the end": (words.SHARES, softened, {"epochs": 2}),
    "relu at the end": (words.NOTHING_BELOW, cut_at_0, {"epochs": 2}),
    "on its way": (words.ONLY_NEAR, attending, {"epochs": 6, "rate": 0.003}),
}


@pytest.mark.parametrize("wrong", TRAINED)
def test_a_model_that_was_trained_wrongly_gets_the_words_that_are_due(wrong):
    due, make, training = TRAINED[wrong]
    refuse(check.look_back, due, trained(make, **training), seeds=[0])


UNTRAINED = {
    "one number a place": (words.WRONG_SHAPE, lambda tokens: layers.Dense(1)(embedded(tokens))),
    "the last place alone": (words.WRONG_SHAPE, lambda tokens: attending(tokens)[:, -1]),
    "a mean of all places": (words.LOOKS_AHEAD, lambda tokens: attending(tokens) + ops.mean(embedded(tokens)) * 9),
    "the same for all": (words.CONSTANT, lambda tokens: 0 * attending(tokens)),
    "not a number": ("NaN or infinity", lambda tokens: attending(tokens) * np.nan),
}


@pytest.mark.parametrize("wrong", UNTRAINED)
def test_a_model_that_was_not_trained_gets_the_words_that_are_due(wrong):
    due, make = UNTRAINED[wrong]
    refuse(check.look_back, due, untrained(make), seeds=[0])
