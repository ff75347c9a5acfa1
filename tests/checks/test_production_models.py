"""Digit readers that ship and others that do not, each really trained: chapter 15's suite, tried."""

import numpy as np
import pytest

from course_lib.checking import behaviour
from course_lib.checks import production as check
from course_lib.data import digits
from course_lib.page import quiet
from tests.checks.tried import accept, refuse, right_ones, wrong_ones

with quiet():
    import keras
    from keras import layers


FIVE = (0, 0), *behaviour.WAYS.values()


def copies(x, y, ways=FIVE, grey=0.5, seed=0):
    """The pictures moved in these ways, each on its own grey."""
    x = np.concatenate([behaviour.shifted(x, *way) for way in ways])
    g = np.random.default_rng(seed).uniform(0, grey, (len(x), 1, 1))
    return (g + (1 - g) * x).astype("float32"), np.tile(y, len(ways))


def convolutions(last=10, before=()):
    keras.utils.set_random_seed(3)
    seen = [layers.Conv2D(n, 3, padding="same", activation="relu") for n in (16, 32)]
    said = [layers.MaxPooling2D(), layers.Flatten(), layers.Dense(24, "relu"), layers.Dense(last)]
    return keras.Sequential([keras.Input((8, 8)), *before, layers.Reshape((8, 8, 1)), *seen, *said])


def fitted(model, x, y, epochs=6, loss=None, rate=0.01):
    """Large batches, and nothing compiled for long: the tests are to be quick."""
    loss = loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=False)
    model.fit(x, y, batch_size=200, epochs=epochs, verbose=0)
    return model


@keras.saving.register_keras_serializable("tests")
class Scaled(layers.Layer):
    """Each picture from 0 for its lightest pixel to 1 for its darkest."""

    def call(self, x):
        low, high = (f(x, axis=(1, 2), keepdims=True) for f in (keras.ops.min, keras.ops.max))
        return (x - low) / (high - low + 1e-6)


def scaled_inside(x, y):
    return fitted(convolutions(before=[Scaled()]), *copies(x, y, grey=0.0))


def functional_with_shares(x, y):
    keras.utils.set_random_seed(4)
    inputs = keras.Input((8, 8, 1))
    h = layers.Conv2D(24, 3, activation="relu")(inputs)
    h = layers.Conv2D(24, 3, activation="relu")(h)
    h = layers.Dense(32, "relu")(layers.Flatten()(h))
    model = keras.Model(inputs, layers.Dense(10, "softmax")(h))
    x, y = copies(x, y)
    return fitted(model, x[..., None], np.eye(10)[y], epochs=9, loss="categorical_crossentropy")


def moved_by_a_layer(x, y):
    """Keras' own augmentation, in training only, and then each picture made as dark as the others."""
    moves = layers.RandomTranslation(0.15, 0.15, fill_mode="constant", fill_value=0.0, seed=1)
    before = [layers.Reshape((8, 8, 1)), moves, Scaled(), layers.Reshape((8, 8))]
    return fitted(convolutions(before=before), x, y, epochs=25)


def dense_alone(x, y):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8, 8)), layers.Flatten(), layers.Dense(190, "relu"), layers.Dense(10)])
    both = [copies(x, y, seed=seed) for seed in range(2)]
    return fitted(model, *map(np.concatenate, zip(*both, strict=True)), epochs=10)


def plain(x, y):
    return fitted(convolutions(), x, y, epochs=20)


def only_moved(x, y):
    return fitted(convolutions(), *copies(x, y, grey=0.0))


def only_grey(x, y):
    return fitted(convolutions(), *copies(x, y, ways=[(0, 0)] * 5))


def without_nines(x, y):
    return fitted(convolutions(), *copies(x[y < 9], y[y < 9]))


def labels_in_another_order(x, y):
    x, _ = copies(x, y)
    return fitted(convolutions(), x, np.repeat(y, 5), epochs=2)


def to_one_side(x, y):
    """Moved to the right and down alone."""
    return fitted(convolutions(), *copies(x, y, ways=[(0, 0), (0, 1), (1, 0)]))


def flat(x, y):
    return keras.Sequential([keras.Input((64,)), layers.Dense(10)])


def diverged(x, y):
    model = convolutions()
    model.set_weights([np.full(w.shape, np.nan) for w in model.get_weights()])
    return model


def too_large(x, y):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((8, 8)), layers.Flatten(), layers.Dense(512, "relu"), layers.Dense(10)])


RIGHT = {
    "ships": {
        "scaled inside": scaled_inside,
        "functional": functional_with_shares,
        "a layer moves": moved_by_a_layer,
        "dense": dense_alone,
    }
}
WRONG = {
    "ships": [
        (behaviour.MOVES, plain),
        (behaviour.MOVES, only_grey),
        (behaviour.GREYS, only_moved),
        (behaviour.ONE_DIGIT, without_nines),
        (behaviour.GUESSING, labels_in_another_order),
        (behaviour.FEW, lambda x, y: behaviour.straight(x[:40], y[:40])),
        (behaviour.TOO_LARGE, too_large),
        (behaviour.TEN_LOGITS, lambda x, y: convolutions(last=1)),
        (behaviour.MOVES, to_one_side),
        ("Expected shape (None, 64), but input has incompatible shape", flat),
        ("an object of type History; a Keras model was wanted", lambda x, y: keras.callbacks.History()),
        ("contains NaN or infinity", diverged),
    ]
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_reader_may_learn_to_bear_shifts_and_grey_paper_in_many_ways(one, answer):
    accept(one, answer, seeds=[0])


@pytest.mark.parametrize(("one", "words_due", "answer"), wrong_ones(check, WRONG))
def test_a_reader_that_does_not_ship_is_told_why(one, words_due, answer):
    refuse(one, words_due, answer, seeds=[0])


def test_a_picture_is_moved_by_a_pixel_and_paper_comes_in():
    x = digits().x_train[:5]
    for (down, right), (old, new) in {
        (0, 1): (np.s_[:, :, :-1], np.s_[:, :, 1:]),
        (0, -1): (np.s_[:, :, 1:], np.s_[:, :, :-1]),
        (1, 0): (np.s_[:, :-1], np.s_[:, 1:]),
        (-1, 0): (np.s_[:, 1:], np.s_[:, :-1]),
    }.items():
        moved = behaviour.shifted(x, down, right)
        np.testing.assert_array_equal(moved[new], x[old])
        assert np.isclose(moved.sum(), x[old].sum())
    assert behaviour.WAYS == {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}


def test_grey_paper_lies_under_the_ink():
    np.testing.assert_allclose(behaviour.on_grey(np.array([0.0, 0.5, 1.0])), [0.4, 0.7, 1.0])
