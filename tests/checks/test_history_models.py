"""Chapter 16's exercises that build a model: right ones built otherwise, wrong ones trained, with the words due."""

import numpy as np
import pytest

from course_lib.checking import zip_readers as words
from course_lib.checks import history as check
from course_lib.page import quiet
from tests.checks.tried import accept, refuse, right_ones, wrong_ones

with quiet():
    import keras

layers = keras.layers


def plan(*first, maps=12, units=30, last="tanh"):
    """A Sequential model: what is given, then the dense layers."""
    dense = [layers.Flatten(), layers.Dense(units, "tanh"), layers.Dense(10, last)]
    return keras.Sequential([keras.Input((16, 16, 1)), *first, *dense])


def functional(maps, units):
    x = inputs = keras.Input((16, 16, 1))
    for name in ("H1", "H2"):
        x = layers.Conv2D(maps, (5, 5), (2, 2), "same", name=name)(x)
        x = keras.activations.tanh(x)
    x = layers.Reshape((16 * maps,))(x)
    return keras.Model(inputs, layers.Dense(10, "tanh")(layers.Activation("tanh")(layers.Dense(units)(x))))


def nested(maps, units):
    eyes = keras.Sequential([layers.Conv2D(maps, 5, 2, "same", activation="tanh") for _ in range(2)])
    return plan(eyes, units=units)


def padded_by_hand(maps, units):
    one = [[layers.ZeroPadding2D(2), layers.Conv2D(maps, 5, strides=2), layers.Activation("tanh")] for _ in range(2)]
    return plan(*one[0], *one[1], units=units)


def halved_by_pooling(maps, units):
    one = [[layers.Conv2D(maps, 5, padding="same", activation="tanh"), layers.AveragePooling2D(2)] for _ in range(2)]
    return plan(*one[0], *one[1], units=units)


def with_dropout(maps, units):
    maps_of = [layers.Conv2D(maps, 5, 2, "same", activation="tanh") for _ in range(2)]
    return plan(maps_of[0], layers.Dropout(0.1), maps_of[1], units=units)


class Reader(keras.Model):
    def __init__(self, maps, units):
        super().__init__()
        self.first, self.second = convolutions(maps)
        self.flat, self.hidden = layers.Flatten(), layers.Dense(units, "tanh")
        self.last = layers.Dense(10, "tanh")

    def call(self, x):
        return self.last(self.hidden(self.flat(self.second(self.first(x)))))


def of_a_class(maps, units):
    model = Reader(maps, units)
    model(np.zeros((1, 16, 16, 1), "float32"))
    return model


def of_convolutions_only(maps, units):
    """A kernel as large as the maps is a dense layer, and a kernel of one place, where there is only one, as well."""
    dense = [layers.Conv2D(units, 4, activation="tanh"), layers.Conv2D(10, 1, activation="tanh"), layers.Flatten()]
    return keras.Sequential([keras.Input((16, 16, 1)), *convolutions(maps), *dense])


def convolutions(maps=12, activation="tanh", **more):
    return [layers.Conv2D(maps, 5, **{"strides": 2, "padding": "same", "activation": activation} | more) for _ in "12"]


def in_steps(maps, *both):
    return [layers.Conv2D(maps, 5, strides, padding, activation="tanh") for strides, padding in both]


def fitted(model, x, y, epochs=5, loss=None, rate=0.003):
    model.compile(keras.optimizers.Adam(rate), loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)
    return model


def copies(x, y, times=8, far=2):
    rng = np.random.default_rng(3)
    rolled = [[np.roll(one, rng.integers(-far, far + 1, 2), (0, 1)) for one in x] for _ in range(times)]
    return np.concatenate([x, *rolled]), np.tile(y, times + 1)


def of_logits(x, y):
    """Cross-entropy on logits, and copies that are rolled: what leaves at one side comes in at the other."""
    keras.utils.set_random_seed(1)
    return fitted(plan(*convolutions(activation="relu"), last=None), *copies(x, y))


def of_shares(x, y):
    keras.utils.set_random_seed(2)
    return fitted(plan(*convolutions(), last="softmax"), *copies(x, y), loss="sparse_categorical_crossentropy")


def moved_by_a_layer(x, y):
    """Keras moves what it trains on, anew in each epoch."""
    keras.utils.set_random_seed(3)
    moves = layers.RandomTranslation(0.15, 0.15, fill_mode="constant", fill_value=-1.0)
    return fitted(plan(moves, *convolutions(activation="relu"), last=None), x, y, epochs=40)


def the_same_at_all_places(x, y):
    """No moved copies: what a map has seen anywhere counts, whatever the place."""
    keras.utils.set_random_seed(4)
    eyes = [layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(), layers.Conv2D(20, 5, activation="relu")]
    inputs = [keras.Input((16, 16, 1)), layers.ZeroPadding2D(2)]
    model = keras.Sequential([*inputs, *eyes, layers.GlobalMaxPooling2D(), layers.Dense(10)])
    return fitted(model, x, y, epochs=60)


def without_copies(activation, loss, last):
    def answer(x, y):
        keras.utils.set_random_seed(5)
        targets = 2 * np.eye(10)[y] - 1 if loss == "mse" else y
        return fitted(plan(*convolutions(activation=activation), last=last), x, targets, 12, loss)

    return answer


def shuffled(x, y):
    keras.utils.set_random_seed(6)
    return fitted(plan(*convolutions(), last=None), x, np.random.default_rng(0).permutation(y), 3)


def always_the_same(x, y):
    """Zeros in its last layer: whatever it sees, it says the same."""
    model = plan(*convolutions(), last=None)
    model.layers[-1].set_weights([np.zeros((30, 10)), np.zeros(10)])
    return model


RIGHT_PLANS = {
    "lenet_1989": {
        "functional": functional,
        "nested": nested,
        "padded by hand": padded_by_hand,
        "pooled": halved_by_pooling,
        "dropout": with_dropout,
        "a class": of_a_class,
        "convolutions only": of_convolutions_only,
    }
}
RIGHT_MAIL = {
    "moved_mail": {
        "logits": of_logits,
        "shares": of_shares,
        "a layer": moved_by_a_layer,
        "anywhere": the_same_at_all_places,
    }
}
WRONG_PLANS = {
    "lenet_1989": [
        (words.BENDS, lambda maps, units: plan(*convolutions(maps, "relu"), units=units)),
        (words.BENDS, lambda maps, units: plan(*convolutions(maps), units=units, last=None)),
        (words.BENDS, lambda maps, units: plan(*convolutions(maps), units=units, last="softmax")),
        (words.BENDS, lambda maps, units: plan(*convolutions(maps), units=units, last="sigmoid")),
        (words.BENDS, lambda maps, units: plan(*convolutions(maps, None), units=units)),
        (words.PLACES, lambda maps, units: plan(*convolutions(maps, padding="valid"), units=units)),
        (words.PLACES, lambda maps, units: plan(*convolutions(maps, strides=1), units=units)),
        (words.PLACES, lambda maps, units: plan(*in_steps(maps, (4, "same"), (1, "same")), units=units)),
        (words.PLACES, lambda maps, units: plan(*in_steps(maps, (1, "valid"), (2, "valid")), units=units)),
        (words.PLACES, lambda maps, units: plan(*in_steps(maps, (2, "same"), (1, "valid")), units=units)),
        (words.FLATTEN, lambda maps, units: plan(*convolutions(maps), layers.GlobalMaxPooling2D(), units=units)),
        (words.FIXED, lambda maps, units: plan(*convolutions(12), units=30)),
        (words.FIXED, lambda maps, units: plan(*convolutions(maps), units=30)),
        (words.KERNELS, lambda maps, units: plan(convolutions(maps)[0], units=units)),
        (words.KERNELS, lambda maps, units: plan(layers.Flatten(), units=units)),
        (words.BESIDES, lambda maps, units: plan(*convolutions(maps), layers.BatchNormalization(), units=units)),
        (words.NO_BIASES, lambda maps, units: plan(*convolutions(maps, use_bias=False), units=units)),
        ("a Keras model was wanted", lambda maps, units: 10_024),
    ]
}
WRONG_MAIL = {
    "moved_mail": [
        (words.MIDDLE, without_copies("tanh", "mse", "tanh")),
        (words.MIDDLE, without_copies("relu", None, None)),
        (words.GUESSING, shuffled),
        (words.GUESSING, always_the_same),
        (words.GUESSING, lambda x, y: plan(*convolutions(), last=None)),
        (words.TOO_LARGE, lambda x, y: plan(*convolutions(20), last=None)),
        (words.TEN, lambda x, y: keras.Sequential([keras.Input((16, 16, 1)), layers.Flatten(), layers.Dense(1)])),
    ]
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT_PLANS))
def test_the_plan_is_right_however_it_is_built(one, answer):
    accept(one, answer)


@pytest.mark.parametrize(("one", "words_due", "answer"), wrong_ones(check, WRONG_PLANS))
def test_another_plan_gets_the_words_that_are_due(one, words_due, answer):
    refuse(one, words_due, answer)


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT_MAIL))
def test_who_reads_moved_mail_is_right_however_it_was_learnt(one, answer):
    accept(one, answer, seeds=[0])


@pytest.mark.parametrize(("one", "words_due", "answer"), wrong_ones(check, WRONG_MAIL))
def test_who_does_not_read_moved_mail_is_told_why(one, words_due, answer):
    refuse(one, words_due, answer, seeds=[0])


def test_the_words_for_a_reader_that_reads_too_little():
    assert words.why_not_the_mail(0.5, 0.95) == words.MIDDLE
    assert words.why_not_the_mail(0.7, 0.8) == words.ON_ITS_WAY
    assert words.why_not_the_mail(0.1, 0.1) == words.GUESSING


def test_the_plan_has_the_numbers_that_the_exercise_says():
    sizes = [int(np.prod(shape)) for shape in words.plan(12, 30)]
    assert [sum(sizes[k : k + 2]) for k in range(0, 8, 2)] == [312, 3612, 5790, 310]
    assert sum(sizes) == words.PARAMETERS == weights_of_1989() + 264


def weights_of_1989():
    """9,760: a bias for each place, and 8 of the 12 maps below."""
    first, second = 25 * 12 + 12 * 64, 12 * 8 * 25 + 12 * 16
    return first + second + 5790 + 310


def test_moved_mail_is_moved_by_two_points_at_most_and_all_ways_occur():
    rng = np.random.default_rng(0)
    dot = np.full((400, 16, 16, 1), -1.0)
    dot[:, 8, 8] = 1
    places = {tuple(place) for place in np.argwhere(words.moved(dot, rng)[..., 0] == 1)[:, 1:].tolist()}
    assert places == {(row, column) for row in range(6, 11) for column in range(6, 11)}
