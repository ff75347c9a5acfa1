"""The widgets of chapter 04: a formula's graph, step by step, and which weight is to blame."""

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st

from course_lib.backpropagation import graph
from course_lib.formulas import MOST_BOXES
from course_lib.gradients import numeric_gradient
from course_lib.neurons import GATES, INPUTS
from course_lib.widgets.backpropagation import DOWNHILL, IMPOSSIBLE, PARAMETERS, Credit, Graph
from tests.formula_examples import LARGEST, UNREADABLE


@given(st.text(alphabet="abx019.+-*/()^ ,=[]'\"", max_size=40))
def test_whatever_is_typed_draws_or_tells(text):
    demo = Graph("a * b")
    before = demo.parts
    demo.expression = text
    assert bool(demo.error) == (demo.parts == before) or text.replace(" ", "") in ("a*b", "(a*b)")
    assert ET.fromstring(demo.still()[0]).tag.endswith("svg")


def test_a_name_used_twice_is_told_to_join():
    demo = Graph("a * b + a", a=2, b=3)
    joined = [sentence for sentence in demo.sentences if "joins" in sentence]
    assert joined == [
        "Backward, 2 of 2: the box × (6) has the gradient 1. To a it hands 1 × 3 = 3. "
        "There it joins the 1 from another path: 4. To b it hands 1 × 2 = 2."
    ]
    assert demo.gradients == {"a": 4, "b": 2}
    assert demo.sentences[1] == "Forward, 1 of 2: 2 × 3 = 6. It notes its slope: 3 towards a and 2 towards b."


def test_a_value_is_seen_from_its_step_on_and_a_gradient_from_its_own():
    demo = Graph("a * b + a", a=2, b=3)

    def words(step):
        demo.step = step
        return "".join(ET.fromstring(demo.still()[0]).itertext())

    assert words(0).count("?") == 2
    assert words(1).count("?") == 1
    assert words(2).count("?") == 0
    assert "grad" not in words(2)
    assert words(3).count("grad ") == 1
    assert words(4).count("grad 1") == 3
    assert "grad 4" in words(5)
    assert "grad 2" in words(5)
    assert "forward" in words(2)
    assert "backward" in words(3)


def test_the_graph_follows_its_formula_and_its_values():
    demo = Graph("w * x", w=3, x=2)
    assert (demo.last, demo.gradients) == (3, {"w": 2, "x": 3})
    demo.values = {"w": 5, "x": -1}
    assert demo.gradients == {"w": -1, "x": 5}
    demo.step = 3
    demo.values = {"w": 5, "x": 4}
    assert demo.step == 3
    demo.expression = "w * x + b"
    assert demo.step == 0
    assert set(demo.values) == {"w", "x", "b"}
    assert demo.values["w"] == 5
    assert demo.gradients["b"] == 1
    assert "w * x + b" in demo.describe()
    assert demo.sentences[0] in demo.describe()


def test_a_formula_of_one_name_has_a_gradient_of_1():
    assert Graph("x").gradients == {"x": 1}


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_bad_formula_leaves_the_last_good_graph(text):
    demo = Graph("a * b + a", step=3)
    before = demo.still(), demo.gradients, demo.sentences
    demo.expression = text
    assert demo.error
    assert (demo.still(), demo.gradients, demo.sentences) == before
    demo.expression = "a * b"
    assert demo.error == ""
    assert demo.gradients == {"a": 3, "b": 2}


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e7, "", "two", None, [1]])
def test_a_bad_value_leaves_the_last_good_graph(bad):
    demo = Graph("a * b", a=2, b=3)
    before = demo.still()
    demo.values = {"a": bad, "b": 3}
    assert "a needs a number" in demo.error
    assert demo.still() == before
    demo.values = {"a": "4", "b": 3}
    assert demo.error == ""
    assert demo.gradients == {"a": 3, "b": 4}


def test_a_value_that_the_formula_cannot_take_leaves_the_last_good_graph():
    demo = Graph("log(a)", a=2)
    demo.values = {"a": -1}
    assert "above 0" in demo.error
    assert demo.gradients == {"a": 0.5}


@pytest.mark.parametrize("step", [-1, 6, 99])
def test_a_step_outside_is_refused_in_a_sentence(step):
    demo = Graph("a * b + a")
    with pytest.raises(traitlets.TraitError, match=f"step must lie between 0 and 5, got {step}"):
        demo.step = step
    assert demo.step == 0


def test_a_large_graph_is_drawn():
    demo = Graph(LARGEST)
    assert demo.error == ""
    nodes, _ = graph(demo.result)
    assert 18 <= len(nodes) <= MOST_BOXES
    for step in range(demo.last + 1):
        demo.step = step
        ET.fromstring(demo.still()[0])


def test_what_a_name_is_called_cannot_enter_the_page():
    """A name has no place for a tag, and the formula is only ever shown as text."""
    demo = Graph()
    demo.expression = "<b>x</b>"
    assert demo.error
    assert not any("<b>" in part for _, _, part in demo.parts)


def loss_of(theta):
    """The loss of the credit widget's network, written out number by number."""
    total = 0.0
    for x, y in zip(INPUTS, GATES["XOR"], strict=True):
        hidden = [math.tanh(x[0] * theta[k] + x[1] * theta[2 + k] + theta[4 + k]) for k in (0, 1)]
        p = 1 / (1 + math.exp(-(hidden[0] * theta[6] + hidden[1] * theta[7] + theta[8])))
        total -= math.log(p if y else 1 - p) / 4
    return total


def test_the_credit_widget_s_gradient_is_that_of_its_loss():
    demo = Credit()
    theta = demo.theta.copy()
    assert demo.start == pytest.approx(loss_of(theta), rel=1e-12)
    np.testing.assert_allclose(demo.gradient, numeric_gradient(lambda: loss_of(theta), theta), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("chosen", [*PARAMETERS, DOWNHILL])
def test_the_credit_widget_follows_its_controls(chosen):
    demo = Credit()
    for change in (-2.0, -0.35, 0.0, 1.0, 2.0):
        demo.set(weight=chosen, change=change)
        moved = demo.theta + change * demo.direction
        assert demo.start + demo.happened == pytest.approx(loss_of(moved), rel=1e-9)
        assert demo.predicted == pytest.approx(change * float(demo.gradient @ demo.direction), abs=1e-12)
        assert demo.dots.get_ydata() == pytest.approx([demo.start + demo.happened, demo.start + demo.predicted])
        assert f"{abs(demo.happened):.3f}" in demo.describe()
        assert chosen in demo.describe()
    assert np.linalg.norm(demo.direction) == pytest.approx(1)


def test_the_credit_widget_shows_what_the_chapter_asks():
    """A small change is foretold well, a large one badly; one weight does nothing, one stands in a valley."""
    demo = Credit()

    def off(weight, change):
        demo.set(weight=weight, change=change)
        return abs(demo.predicted - demo.happened), demo.happened

    assert off("h₁ → y", 0.1)[0] < 0.001
    assert off("h₁ → y", -1.2)[0] > 0.05
    assert abs(off("x₂ → h₁", 2)[1]) < 0.04
    assert abs(demo.slope) < 0.02
    assert min(off("h₂ → y", 2)[1], off("h₂ → y", -2)[1]) > 0.09
    assert abs(demo.slope) < 0.02
    changes = np.linspace(0, 2, 81)
    demo.set(weight=DOWNHILL)
    lowest = changes[demo.loss(changes).argmin()]
    assert 1.6 <= lowest <= 1.8
    assert demo.slope == pytest.approx(-np.linalg.norm(demo.gradient))


@pytest.mark.parametrize("chosen", [*PARAMETERS, DOWNHILL])
def test_the_credit_widget_shows_what_it_predicts_and_what_comes_at_every_setting(chosen):
    demo = Credit()
    axes = demo.dots.axes
    for change in np.linspace(-2, 2, 81):
        demo.set(weight=chosen, change=change)
        marks = demo.dots.get_ydata()
        assert axes.get_ylim()[0] < min(marks)
        # Below the legend, too.
        assert max(marks) < axes.get_ylim()[1] - 0.4
        assert (IMPOSSIBLE in demo.describe()) == (demo.start + demo.predicted < 0)
    assert axes.get_xlim()[0] < -2 < 2 < axes.get_xlim()[1]


def test_a_prediction_may_be_impossible():
    demo = Credit()
    demo.set(weight=DOWNHILL, change=2.0)
    assert IMPOSSIBLE in demo.describe()
    demo.set(change=1.5)
    assert IMPOSSIBLE not in demo.describe()
