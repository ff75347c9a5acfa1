"""The places of a graph's boxes and edges."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.backpropagation import Value, graph
from course_lib.drawing.graph_layout import layout
from tests.formula_examples import graph_of


@st.composite
def graphs(draw):
    """The graph of random operations on up to four names, of at most 24 boxes."""
    values = [Value(1.5, name=name) for name in "abcd"[: draw(st.integers(1, 4))]]
    for _ in range(draw(st.integers(1, 12))):
        a, b = (values[draw(st.integers(max(0, len(values) - 5), len(values) - 1))] for _ in range(2))
        values.append(a * b if draw(st.booleans()) else a.tanh())
    values[-1].backward()
    return graph(values[-1])


@settings(max_examples=60)
@given(graphs())
def test_a_layout_runs_from_left_to_right_and_nothing_lies_on_anything(drawn):
    nodes, edges = drawn
    places, routes = layout(nodes, edges)
    assert set(places) == {node["number"] for node in nodes}
    for edge, route in zip(edges, routes, strict=True):
        assert route[0] == places[edge["source"]]
        assert route[-1] == places[edge["target"]]
        assert [column for column, _ in route] == list(range(route[0][0], route[-1][0] + 1))
        assert len(route) > 1
    stops = {*places.values(), *(stop for route in routes for stop in route)}
    for column in {column for column, _ in stops}:
        rows = sorted(row for at, row in stops if at == column)
        # Two edges from a box to another, as in a * a, may share their way.
        assert all(below - above > 0.99 for above, below in pairwise(rows) if below != above)
    assert min(column for column, _ in stops) == 0


def test_a_chain_is_a_straight_line():
    places, _ = layout(*graph_of("tanh(exp(sin(a)))"))
    assert sorted(places.values()) == [(0, 0), (1, 0), (2, 0), (3, 0)]


def test_a_tree_is_drawn_without_crossings():
    places, routes = layout(*graph_of("(a + b) * (c + d)"))
    for one, other in ((p, q) for p in routes for q in routes if p[0][0] == q[0][0] and len(p) == len(q) == 2):
        assert (one[0][1] - other[0][1]) * (one[1][1] - other[1][1]) >= 0
    assert len(set(places.values())) == 7
