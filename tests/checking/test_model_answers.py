"""Models as answers: asked for their form and their predictions, and what is no model gets its sentence."""

import numpy as np
import pytest

from course_lib.checking.check import Verdict
from course_lib.checking.kinds import build


@build("A hint.", "Another.", points=3, mistakes={})
def small_model(trial):
    model = trial.ask("build", 2)
    parts = f"{model['parameters']} parameters, {model['layers']}, {model['activations']}"
    trial.require(model["parameters"] == 3, parts)
    trial.require(trial.ask("predict", np.ones((5, 2))).shape == (5, 1), "Another shape was wanted.")


def keras_model(inputs, units=1):
    import keras

    return keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(units, "tanh")])


def unbuilt(inputs):
    import keras

    return keras.Sequential([keras.layers.Dense(1)])


def test_a_model_is_asked_for_its_form_and_its_predictions():
    assert small_model.run(keras_model) == Verdict("correct", "", 2)
    assert small_model.run(lambda inputs: keras_model(inputs, 2)).message == "6 parameters, ['Dense'], ['tanh']"


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (lambda inputs: 5, "Your function returned 5; a Keras model was wanted. Return the model itself."),
        (lambda inputs: None, "Your function returned None; a Keras model was wanted. Return the model itself."),
        (unbuilt, "The model does not know its input yet: begin it with keras.Input(shape)."),
        (lambda: None, "small_model(2)\nraised TypeError: "),
        (lambda inputs: keras_model(3, 1), "4 parameters"),
        (5, "This check wants the function itself, without parentheses; it was given 5."),
    ],
)
def test_what_is_no_model_gets_its_sentence(written, sentence):
    verdict = small_model.run(written)
    assert verdict.status == "not yet"
    assert verdict.message.startswith(sentence)


def test_a_model_that_cannot_take_the_data_is_told_what_it_was_called_with():
    @build(points=1, mistakes={})
    def wide_model(trial):
        trial.ask("build", 2)
        trial.ask("predict", np.ones((5, 3)))

    message = wide_model.run(keras_model).message
    assert message.startswith("The model that wide_model returned, called with array([[1., 1.")
