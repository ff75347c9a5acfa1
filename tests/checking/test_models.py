"""A model is described by its graph, and made of a few words for right and wrong answers."""

import numpy as np
import pytest

from course_lib.checking.answers import model_answer
from course_lib.checking.kinds import build
from course_lib.checking.models import compiled, keras_model


@pytest.fixture(scope="module")
def layers():
    from course_lib.page import quiet

    with quiet():
        import keras
    return keras.layers


def test_the_description_is_what_it_was_and_the_bends(layers):
    inner = keras_model(4, (5, "relu"), (5, "tanh"), 5)
    described = model_answer(lambda: keras_model(4, lambda _: inner, (1, "sigmoid")))("build")
    assert described == {
        "parameters": 25 + 30 + 30 + 6,
        "shapes": [[4, 5], [5], [5, 5], [5], [5, 5], [5], [5, 1], [1]],
        "layers": ["Sequential", "Dense"],
        "activations": ["", "sigmoid"],
        "bends": ["relu", "tanh", "sigmoid"],
        "last bend": "sigmoid",
        "maps and steps": [],
        "loss of shares": False,
    }


def test_the_description_tells_the_maps_of_each_convolution_also_of_one_inside(layers):
    import keras

    inner = keras.Sequential([layers.ZeroPadding2D((1, 2)), layers.Conv2D(2, (1, 3))])
    first = layers.Conv2D(3, 5, strides=2, padding="same")
    outer = keras.Sequential([keras.Input((11, 15, 1)), first, layers.MaxPooling2D(2), inner, layers.Flatten()])
    assert model_answer(lambda: outer)("build")["maps and steps"] == [[6, 8, 2, 2], [5, 6, 1, 1]]


def test_the_description_tells_a_loss_that_takes_shares_from_one_that_takes_logits(layers):
    import keras

    def told(loss):
        return model_answer(lambda: compiled(keras_model(2, 1), loss))("build")["loss of shares"]

    of_shares = keras.losses.BinaryCrossentropy(), keras.losses.binary_crossentropy, "binary_crossentropy"
    others = keras.losses.BinaryCrossentropy(from_logits=True), "hinge", lambda y, z: (y - z) ** 2
    assert [told(lambda _, one=one: one) for one in of_shares] == [True] * 3
    assert [told(lambda _, one=one: one) for one in others] == [False] * 3


def test_a_trial_asks_for_the_model_and_for_what_it_makes_of_inputs_of_a_shape():
    @build(points=1, mistakes={})
    def two_layers(trial):
        trial.require(trial.built(3)["bends"] == ["relu"], "It does not bend.")
        trial.predicted(np.ones((2000, 3)), 1, "points", ": one logit each.")

    assert two_layers.run(lambda n: keras_model(n, (4, "relu"), 1)).cases == 2
    assert two_layers.run(lambda n: keras_model(n, 4, 1)).message == "It does not bend."
    assert two_layers.run(lambda n: keras_model(n, (4, "relu"), 2)).message == (
        "For 2,000 points its output has the shape (2000, 2); (2000, 1) was wanted: one logit each."
    )


# Models in a few words


def test_a_model_is_what_keras_makes_with_that_seed(layers):
    import keras

    keras.utils.set_random_seed(0)
    by_hand = keras.Sequential(
        [keras.Input((3,)), layers.BatchNormalization(), layers.Dense(4, "relu"), layers.Dense(2)]
    )
    short = keras_model(3, "BatchNormalization", (4, "relu"), 2)
    assert [layer.get_config().get("activation") for layer in short.layers] == [None, "relu", "linear"]
    for wanted, got in zip(by_hand.get_weights(), short.get_weights(), strict=True):
        np.testing.assert_array_equal(wanted, got)
    assert not np.array_equal(keras_model(3, 4, seed=1).get_weights()[0], keras_model(3, 4).get_weights()[0])


def test_a_model_is_given_weights():
    model = keras_model(2, 1, weights=[np.array([[1.0], [-2.0]]), np.array([0.5])])
    np.testing.assert_allclose(model(np.array([[3.0, 1.0]])), [[1.5]])


def test_a_model_is_trained_as_by_hand():
    import keras

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)
    by_hand = keras_model(2, 1)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    by_hand.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.5, 8)), loss)
    by_hand.fit(x, y, batch_size=10, epochs=2, verbose=0)
    short = keras_model(
        2,
        1,
        fit=(x, y),
        loss=lambda losses: losses.BinaryCrossentropy(from_logits=True),
        optimizer="SGD",
        rate=lambda schedules: schedules.CosineDecay(0.5, 8),
        batch_size=10,
        epochs=2,
    )
    np.testing.assert_array_equal(short.get_weights()[0], by_hand.get_weights()[0])


def test_normalization_learns_its_mean_from_the_data():
    x = np.random.default_rng(0).normal(7, 3, (200, 2))
    model = keras_model(2, "Normalization", 1, fit=(x, x[:, 0]), rate=0.1)
    scaled = model.layers[0](x).numpy()
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-5)
