"""The widgets of chapter 01 that a hand moves: every sentence and mark against the numbers."""

import re

import numpy as np
import pytest

from course_lib.activations import ACTIVATIONS, linear, tanh
from course_lib.drawing import svg
from course_lib.drawing.palette import VERMILION
from course_lib.experiments.neurons import tangled
from course_lib.neurons import forward, neuron
from course_lib.widgets import neurons as widgets


def rims(drawing):
    """The middles of the circles with a red rim: [(across, down)]"""
    found = re.findall(rf'<circle cx="([\d.]+)" cy="([\d.]+)" r="[\d.]+" fill="[^"]+" stroke="{VERMILION}"', drawing)
    return [tuple(map(float, place)) for place in found]


# The neuron


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("settings", [{}, {"b": -2.0}, {"w1": -2.0, "x3": -1.0}, {"x1": 1.0, "w2": 2.0, "b": 2.0}])
def test_a_neuron_says_its_sum_and_its_output(activation, settings):
    demo = widgets.Neuron()
    demo.set(activation=activation, **settings)
    x, w, b = demo.x, demo.w, demo.number("b")
    total = neuron(x, w, b, linear)
    output = svg.signed(float(neuron(x, w, b, ACTIVATIONS[activation])), 4)
    assert f"the sum is {svg.signed(float(total))} and its {activation} is {output}." in demo.describe()
    assert f"<b>{svg.signed(float(total))}</b>" in demo.words
    assert f"<b>{output}</b>" in demo.words
    assert all(f"({svg.signed(float(term))})" in demo.words for term in w * x)


@pytest.mark.parametrize("narrow", [False, True])
def test_its_point_is_dragged_and_moved_by_keys(narrow):
    demo = widgets.Neuron()
    demo.narrow = narrow
    for place in [(-0.4, 0.8), (1.0, -1.0)]:
        demo.drag(*demo._plane.at(*place))
        assert (demo.state["x1"], demo.state["x2"]) == place
    demo.drag(0, 0)
    assert (demo.state["x1"], demo.state["x2"]) == (-1, 1)
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowUp", "Enter"):
        demo.press(key)
    assert (demo.state["x1"], demo.state["x2"]) == (-0.8, 1)
    assert demo.error == ""


# The forward pass


def test_a_neuron_that_is_clicked_shows_its_arithmetic():
    demo = widgets.ForwardPass(layer=1)
    _, hidden, output = demo.outputs
    assert np.allclose(output, forward(demo.x[None], demo.layers)[-1][0])
    demo.set(cell="1,2")
    kernel, bias, _ = demo.layers[0]
    total = svg.signed(demo.x @ kernel[:, 2] + bias[2])
    assert f"h₃ = tanh({total}) = <b>{svg.signed(hidden[2])}</b>" in demo.words
    demo.set(cell="2,1")
    assert "y₂ is not computed yet" in demo.words
    demo.press("2,1")
    assert demo.layer == 2
    assert f"<b>{svg.signed(output[1])}</b>" in demo.words
    demo.set(cell="0,1")
    assert "x₂ = <b>−0.30</b> is an input" in demo.words


@pytest.mark.parametrize("cell", ["", "9,9", "1,9", "nonsense", "1,", ",1", "-1,0"])
def test_a_neuron_that_is_not_there_is_none(cell):
    demo = widgets.ForwardPass(layer=1)
    demo.set(cell=cell)
    demo.press(cell)
    assert demo.error == ""
    assert demo.words


def test_it_takes_a_network_of_ones_own():
    layers = [
        (np.ones((2, 3)), np.zeros(3), tanh),
        (np.ones((3, 3)), np.zeros(3), tanh),
        (np.ones((3, 1)), [1.0], linear),
    ]
    demo = widgets.ForwardPass(layers, x=(0.5, 0.5), layer=3)
    assert demo.widths == (2, 3, 3, 1)
    assert demo.drawing.count("data-cell") == 9
    assert demo.describe().endswith(f"layer 3 {svg.listed(demo.outputs[-1], 2)}.")
    demo.narrow = True
    assert demo.error == ""


# Points that are moved


@pytest.mark.parametrize("data", widgets.MovingPoints.kinds)
def test_the_points_are_where_the_network_takes_them(data):
    x, y, layers = tangled(data)
    demo = widgets.MovingPoints(data=data)
    right = int(((forward(x, layers)[-1][:, 0] > 0) == y).sum())
    for step in range(5):
        demo.set(step=step)
        done = min(step, 2 * len(layers[:-1]))
        assert demo.describe().endswith(f"The network puts {right} of {len(x)} points on their side.")
        assert f"after {done} of {2 * len(layers[:-1])} steps" in demo.drawing
        assert ("straight lines are still straight" in demo.describe()) == (done % 2 == 1)
        assert ("draws one straight line" in demo.describe()) == (done == 2 * len(layers[:-1]))


@pytest.mark.parametrize("narrow", [False, True])
def test_a_point_is_dragged_moved_by_keys_and_put_back(narrow):
    demo = widgets.MovingPoints(data="XOR", step=2)
    demo.narrow = narrow
    before, start = demo.drawing, demo.network()[0]
    demo.grab(*demo._left.at(*start[0]))
    assert demo.held >= 0
    # An orange one into the blue stripe.
    orange = int(np.flatnonzero(demo.network()[1] == 0)[0])
    demo.held = orange
    demo.drag(*demo._left.at(0.0, 0.0))
    assert demo.network()[0][orange].tolist() == [0, 0]
    assert demo.describe().endswith("The network puts 47 of 48 points on their side.")
    assert rims(demo.drawing)[0] == pytest.approx(demo._left.at(0, 0), abs=0.1)
    demo.press("ArrowUp")
    assert demo.network()[0][orange].tolist() == [0, 0.05]
    demo.press("back")
    assert demo.drawing == before
    demo.press("Enter")
    assert len(rims(demo.drawing)) == 2
    demo.press("Enter")
    assert demo.error == ""


def test_a_hand_beside_all_points_moves_none():
    demo = widgets.MovingPoints(data="ring")
    before = demo.drawing
    demo.grab(*demo._left.at(-1.4, -1.4))
    demo.drag(*demo._left.at(0, 0))
    assert demo.drawing == before


def test_moving_points_takes_points_and_a_network_of_ones_own():
    x, y = np.array([[0.0, 1.0], [1.0, 0.0], [-1.0, 0.5]]), [0, 1, 1]
    layers = [(np.eye(2), np.zeros(2), tanh)] * 3 + [(np.ones((2, 1)), np.zeros(1), linear)]
    demo = widgets.MovingPoints(x, y, layers, step=5)
    assert "after 5 of 6 steps" in demo.drawing
    assert "Layer 3 has multiplied and added" in demo.describe()
    assert demo.describe().endswith("The network puts 1 of 3 points on their side.")
    demo.drag(1, 1)
    assert demo.error == ""
