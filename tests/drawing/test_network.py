"""The network of a diagram: its places are computed, its marks are counted."""

import numpy as np
import pytest

from course_lib.drawing.network import Network
from course_lib.drawing.palette import BLUE, GREY, ORANGE, VERMILION
from course_lib.drawing.plane import NEGATIVE_SIDE, POSITIVE_SIDE

NETWORK = Network((3, 2), 60, 100, 200, 50)


def test_columns_stand_around_one_middle():
    assert [NETWORK.at(0, i) for i in range(3)] == [(60, 50), (60, 100), (60, 150)]
    assert [NETWORK.at(1, i) for i in range(2)] == [(260, 75), (260, 125)]


def test_only_the_weights_into_the_lit_neuron_have_colours_and_they_lie_on_top():
    kernel = np.array([[0.5, 0.5], [-0.5, -0.5], [0.5, 0.5]])
    drawn = NETWORK.connections([kernel], (1, 0)).split("<line")[1:]
    colours = [next(colour for colour in (GREY, BLUE, ORANGE) if colour in line) for line in drawn]
    assert colours == [GREY, GREY, GREY, BLUE, ORANGE, BLUE]
    assert all('x2="260.0" y2="75.0"' in line for line in drawn[3:])


def test_without_a_lit_neuron_all_weights_are_faint():
    drawn = NETWORK.connections([np.ones((3, 2))], None)
    assert drawn.count(GREY) == 6
    assert BLUE not in drawn


def test_a_column_shows_signs_values_and_the_chosen_neuron():
    drawn = NETWORK.column(0, "x", (0.5, -0.5, None), (0, 1))
    for part in ("x₁", "x₂", "x₃", "0.50", "−0.50", "?"):
        assert f">{part}</text>" in drawn
    assert [drawn.count(colour) for colour in (POSITIVE_SIDE, NEGATIVE_SIDE, VERMILION)] == [1, 1, 1]
    assert drawn.index(NEGATIVE_SIDE) < drawn.index(VERMILION) < drawn.index("x₂")


@pytest.mark.parametrize("chosen", [(1, 0), (2, 0)])
def test_a_neuron_of_another_layer_is_not_marked(chosen):
    assert VERMILION not in NETWORK.column(0, "x", (1.0, 2.0, 3.0), chosen)
