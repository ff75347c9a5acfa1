"""The steps through a graph: what each says, and where it is drawn."""

import pytest

from course_lib.drawing.graph_steps import Diagram, Walk, shown
from tests.formula_examples import FORMULAS, LARGEST, graph_of


def test_the_steps_say_what_the_gradients_are():
    """Every sum that is told on the way back ends in the gradient of the maths module."""
    for text in [*FORMULAS, LARGEST]:
        nodes, edges = graph_of(text)
        walk = Walk(nodes, edges)
        operations = sum(bool(node["operation"]) for node in nodes)
        assert walk.last == 2 * operations + 1
        assert len(walk.sentences) == walk.last + 1
        assert all(walk.sentences)
        for node in nodes:
            if node["name"] or node["operation"]:
                assert walk.grads[node["number"]][-1][1] == pytest.approx(node["grad"], rel=1e-12)
                steps = [step for step, _ in walk.grads[node["number"]]]
                assert steps == sorted(steps)
                assert steps[-1] <= walk.last


def test_boxes_lie_within_the_picture():
    for text in [*FORMULAS, LARGEST]:
        diagram = Diagram(Walk(*graph_of(text)))
        for x, y in diagram.places.values():
            assert 40 <= x <= diagram.size[0] - 40
            assert 25 <= y <= diagram.size[1] - 50


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (3.0, "3"),
        (-0.3651, "−0.365"),
        (999.6, "1000"),
        (1234.5, "1234"),
        (-99999.0, "−99999"),
        (1e5, "1.0e5"),
        (1.5e-5, "1.5e−5"),
        (-2e10, "−2.0e10"),
    ],
)
def test_numbers_are_short(number, text):
    assert shown(number) == text
