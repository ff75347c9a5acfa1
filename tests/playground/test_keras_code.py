"""The playground's Keras code: the same network on the same points."""

import re

import numpy as np
import pytest

from course_lib.playground.parts import PenalizedDense, network
from course_lib.playground.run import Run, keras_code
from course_lib.playground.settings import CHOICES
from tests.playground.examples import VARIED
from tests.witness import KINDS, without, witness

pytestmark = without(KINDS, "it makes a text, and no mathematics", keras_code)


@witness("keras", network, PenalizedDense)
@pytest.mark.parametrize("settings", [*VARIED, {"dropout": 0.5}], ids=str)
def test_keras_code_is_the_same_network_on_the_same_points(settings, keras, capsys):
    """It runs in an empty namespace; given our weights it gives our outputs, and a step of training gives our step."""
    run = Run(settings | {"batch_size": 1000})
    space = {}
    exec(keras_code(run.settings, epochs=1), space)
    assert "loss" in capsys.readouterr().out
    np.testing.assert_array_equal(space["inputs"], np.concatenate([run.x_train, run.x_test]))
    np.testing.assert_array_equal(space["targets"], np.concatenate([run.y_train, run.y_test]))
    model = space["model"]
    layers = [type(layer).__name__ for layer in model.layers]
    assert layers.count("Dropout") == len(run.now["hidden"]) * (run.now["dropout"] > 0)
    model.set_weights(run.network.parameters())
    # Not equal to more digits: Keras rounds its Python constants, such as a slope or the rate, to float32.
    np.testing.assert_allclose(
        model(space["inputs"], training=False),
        run.network.forward(np.concatenate([run.x_train, run.x_test])),
        rtol=1e-6,
        atol=1e-9,
    )
    if not run.now["dropout"]:
        # An optimizer of its own: that of the model has taken a step.
        model.compile(type(model.optimizer).from_config(model.optimizer.get_config()), model.loss)
        train = space["train"]
        model.fit(space["inputs"][:train], space["targets"][:train], batch_size=1000, verbose=0)
        run.train(1)
        for theirs, ours in zip(model.get_weights(), run.network.parameters(), strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=1e-7)


def test_keras_code_names_everything_that_can_be_chosen(keras):
    for name, choices in CHOICES.items():
        for value in choices:
            space, code = {}, keras_code({name: value, "points": 20, "hidden": [2]}, epochs=1)
            exec(code.split("history")[0], space)
            assert space["model"].count_params() == 9
            assert space["model"].optimizer is not None


def test_keras_code_needs_keras_and_numpy_alone():
    code = keras_code({"data": "xor"})
    compile(code, "cell", "exec")
    assert re.findall(r"^\s*(?:import|from) .*", code, re.M) == ["import keras", "import numpy as np"]
    assert "\n\n\n\n" not in code
    assert max(map(len, code.splitlines())) <= 120
