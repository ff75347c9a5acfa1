"""What a model's description and outputs say of its form, and mistakes written entry by entry."""

import numpy as np
import pytest

from course_lib.checking.entries import mistakes_of_entries
from course_lib.checking.forms import are_shares, hidden_layers, is_flat, is_squeezed, nearest_plane


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
    ("layer", "activation", "outputs", "squeezed"),
    [
        ("Dense", "linear", [-0.5, 0.5], False),
        ("Dense", "linear", [0.5, 3.0], False),
        ("Dense", "tanh", [-0.99, 0.99], True),
        ("Dense", "relu", [0.0, 9.0], True),
        ("Sequential", "", [-0.5, 0.5], True),
        ("Sequential", "", [-5.0, 5.0], False),
    ],
)
def test_outputs_are_squeezed_if_none_goes_beyond_and_the_last_layer_is_not_known_to_be_linear(
    layer, activation, outputs, squeezed
):
    assert is_squeezed({"layers": [layer], "activations": [activation]}, np.array(outputs)[:, None]) is squeezed


def test_a_model_without_layers_squeezes_what_it_squeezes():
    assert not is_squeezed({"layers": [], "activations": []}, np.array([[-5.0], [5.0]]))
