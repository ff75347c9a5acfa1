"""What a model's description and outputs say of its form, and mistakes written entry by entry."""

import numpy as np
import pytest

from course_lib.checking.entries import mistakes_of_entries
from course_lib.checking.forms import are_shares, hidden_layers, is_flat, is_squeezed, nearest_plane
from course_lib.checking.graph import last_bend
from course_lib.checking.models import keras_model


def test_mistakes_of_entries_begin_with_their_entry():
    made = mistakes_of_entries(A={1: "look up.", 2: "look down."}, **{"leaky ReLU": {8: "one more."}})
    assert made == {"A: look up.": {"A": 1}, "A: look down.": {"A": 2}, "leaky ReLU: one more.": {"leaky ReLU": 8}}


def test_hidden_layers_are_those_with_a_kernel_but_the_last():
    assert hidden_layers({"shapes": [[2, 5], [5], [5], [5, 3], [3], [3, 1], [1]]}) == 2
    assert hidden_layers({"shapes": [[2, 1], [1]]}) == 0


@pytest.mark.parametrize(
    ("rows", "shares"),
    [([[0.25, 0.75]], True), ([[1.0, 0.0]], True), ([[0.5, 0.6]], False), ([[-0.5, 1.5]], False)],
)
def test_shares_are_not_negative_and_add_up_to_one(rows, shares):
    assert are_shares(np.array(rows)) is shares


def test_a_plane_is_flat_and_found_again():
    x = np.random.default_rng(0).normal(size=(50, 3))
    y = x @ [1.0, -2.0, 0.5] + 3
    np.testing.assert_allclose(nearest_plane(x, y), [1.0, -2.0, 0.5, 3.0])
    assert is_flat(x, y[:, None])
    assert not is_flat(x, np.maximum(y, 0)[:, None])


@pytest.mark.parametrize(
    ("bend", "outputs", "squeezed"),
    [
        ("", [-0.5, 0.5], False),
        ("", [0.5, 3.0], False),
        ("tanh", [-0.99, 0.99], True),
        ("tanh", [-9.9, 9.9], True),
        ("softmax", [-5.0, 5.0], True),
        ("relu", [0.0, 9.0], True),
        ("leaky_relu", [-0.1, 9.0], False),
        ("<lambda>", [-0.5, 0.5], True),
        ("log_softmax", [-5.0, -0.1], False),
    ],
)
def test_outputs_are_squeezed_by_what_bends_them_last(bend, outputs, squeezed):
    assert is_squeezed({"last bend": bend}, np.array(outputs)[:, None]) is squeezed


TEN_TIMES = [lambda layers: layers.Rescaling(10.0), lambda layers: layers.Lambda(lambda z: 10.0 * z)]


@pytest.mark.parametrize("scale", TEN_TIMES)
@pytest.mark.parametrize(
    ("layers", "bend"),
    [
        ([(1, "tanh")], "tanh"),
        ([(8, "relu"), 1, lambda layers: layers.Activation("sigmoid")], "sigmoid"),
        ([lambda _: keras_model(2, (8, "relu"), (1, "tanh"))], "tanh"),
        ([lambda _: keras_model(2, (8, "relu"), 1)], ""),
        ([(8, "tanh"), 1, "Flatten", lambda layers: layers.Activation("linear")], ""),
    ],
)
def test_the_last_bend_is_that_after_the_last_kernel_whatever_follows(layers, bend, scale):
    assert last_bend(keras_model(2, *layers, scale)) == bend
