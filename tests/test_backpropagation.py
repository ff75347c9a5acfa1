"""Values that find their slopes: brute force, TensorFlow's tape, and random expressions. Then figures and widgets."""

import ast
import inspect
import json
import math
import sys
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest
import traitlets
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import formulas as expressions
from course_lib.backpropagation import Operations, Value, graph, topological_order
from course_lib.drawing.graph_layout import layout
from course_lib.drawing.graph_steps import Diagram, Walk, shown
from course_lib.formulas import FUNCTIONS, MOST_BOXES, evaluated, names_in, parsed
from course_lib.gradients import numeric_gradient
from course_lib.neurons import GATES, INPUTS
from course_lib.widgets.backpropagation import DOWNHILL, PARAMETERS, Credit, Graph
from tests.witness import without, witness

pytestmark = [
    *without(["numeric", "keras"], "it puts a graph in order and computes nothing", topological_order, graph),
]

# An expression of two numbers, once for Value, for plain numbers and for tensors: m holds the functions.
EXPRESSIONS = {
    "sum": lambda a, b, m: a + b + 2 + a,
    "left": lambda a, b, m: a * 3 - 1 / b,
    "right": lambda a, b, m: 3 * a - (b - 1) / 2,
    "reflected": lambda a, b, m: (2 - a) + 2 / b + (1 + a) * (4 * b),
    "quotient": lambda a, b, m: a / b - -a,
    "powers": lambda a, b, m: a**2 + b**0.5 + a**-1 + b**1 + a**0,
    "exp": lambda a, b, m: m.exp(a * b),
    "log": lambda a, b, m: m.log(b) * a,
    "tanh": lambda a, b, m: m.tanh(a + b) * b,
    "relu": lambda a, b, m: m.relu(a) * b + m.relu(-b) + m.relu(b - a),
    "sigmoid": lambda a, b, m: m.sigmoid(a * 3) / b,
    "reused": lambda a, b, m: (lambda c: c * c + c * a)(a * b + m.tanh(a)),
    "neuron": lambda a, b, m: (m.sigmoid(0.5 * a + 2 * b - 1) - 1) ** 2,
}


class OfValues:
    exp, log, tanh, relu, sigmoid = Value.exp, Value.log, Value.tanh, Value.relu, Value.sigmoid


class OfNumbers:
    exp, log, tanh = np.exp, np.log, np.tanh
    relu = staticmethod(lambda x: np.maximum(x, 0))
    sigmoid = staticmethod(lambda x: 1 / (1 + np.exp(-x)))


def with_slopes(expression, a, b):
    a, b = Value(a), Value(b)
    y = expression(a, b, OfValues)
    y.backward()
    return y.data, [a.grad, b.grad]


@witness("numeric", Value, Operations)
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_slopes_equal_brute_force(name):
    x, upstream = np.array([-1.25, 0.75]), 1.75
    numeric = numeric_gradient(lambda: upstream * EXPRESSIONS[name](x[0], x[1], OfNumbers), x)
    y, slopes = with_slopes(lambda a, b, m: upstream * EXPRESSIONS[name](a, b, m), *x)
    np.testing.assert_allclose(y, upstream * EXPRESSIONS[name](x[0], x[1], OfNumbers), rtol=1e-12)
    np.testing.assert_allclose(slopes, numeric, rtol=1e-6, atol=1e-8)


@witness("keras", Value, Operations)
@pytest.mark.parametrize("point", [(-1.25, 0.75), (0.5, 2.0), (3.0, 3.0)])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_slopes_equal_tensorflow(name, point, keras):
    import tensorflow as tf

    a, b = (tf.constant(v, "float64") for v in point)
    with tf.GradientTape() as tape:
        tape.watch([a, b])
        y = EXPRESSIONS[name](a, b, keras.ops)
    ours, slopes = with_slopes(EXPRESSIONS[name], *point)
    np.testing.assert_allclose(ours, y, rtol=1e-9)
    np.testing.assert_allclose(slopes, tape.gradient(y, [a, b]), rtol=1e-9, atol=1e-15)


# The same operation on two Values and, by the rules of the school book, on their slopes.
OPERATIONS = {
    "+": lambda x, y, dx, dy: (x + y, dx + dy),
    "-": lambda x, y, dx, dy: (x - y, dx - dy),
    "×": lambda x, y, dx, dy: ((x * y).tanh(), (1 - math.tanh(x.data * y.data) ** 2) * (dx * y.data + x.data * dy)),
    "÷": lambda x, y, dx, dy: (x / (y * y + 1), dx / (y.data**2 + 1) - x.data * 2 * y.data * dy / (y.data**2 + 1) ** 2),
    "2": lambda x, y, dx, dy: (0.5 * x**2 / (1 + x**2), x.data * dx / (1 + x.data**2) ** 2),
    "relu": lambda x, y, dx, dy: (x.relu(), dx if x.data > 0 else 0 * dx),
    "sigmoid": lambda x, y, dx, dy: (x.sigmoid(), x.sigmoid().data * (1 - x.sigmoid().data) * dx),
    "log": lambda x, y, dx, dy: ((1 + (-x).tanh().exp()).log(), slope_of_log(x.data) * dx),
}


def slope_of_log(x):
    """Of log(1 + e^tanh(-x))."""
    e = math.exp(math.tanh(-x))
    return e / (1 + e) * -(1 - math.tanh(x) ** 2)


SMALL = st.floats(-2, 2)


@witness("hypothesis", Value, Operations, topological_order, graph)
@given(st.lists(SMALL, min_size=1, max_size=4), st.data())
def test_any_graph_equals_slopes_carried_forward(leaves, data):
    """A random graph of up to 25 operations; the slopes along each leaf, carried forward with the values, agree.

    Also: the order is a topological one, and the graph to draw holds every value and every edge.
    """
    values = [Value(x) for x in leaves]
    # Each value with its slopes by all leaves, by the rules of the school book.
    slopes = list(np.eye(len(leaves)))
    for _ in range(data.draw(st.integers(0, 25))):
        i, j = (data.draw(st.integers(0, len(values) - 1)) for _ in range(2))
        name = data.draw(st.sampled_from(sorted(OPERATIONS)))
        value, slope = OPERATIONS[name](values[i], values[j], slopes[i], slopes[j])
        values.append(value)
        slopes.append(slope)
    result = values[-1]
    result.backward()
    order = topological_order(result)
    for leaf, slope in zip(values[: len(leaves)], slopes[-1], strict=True):
        np.testing.assert_allclose(leaf.grad if leaf in order else 0.0, slope, rtol=1e-9, atol=1e-9)
    place = {value: i for i, value in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is result
    assert all(place[source] < place[value] for value in order for source, _ in value.inputs)
    nodes, edges = graph(result)
    assert [(node["number"], node["data"], node["grad"]) for node in nodes] == [
        (i, value.data, value.grad) for i, value in enumerate(order)
    ]
    arrows = [(place[source], place[value], slope) for value in order for source, slope in value.inputs]
    assert [(edge["source"], edge["target"], edge["slope"]) for edge in edges] == arrows


def test_a_second_backward_says_the_same():
    """Plain accumulation gives 10 the second time, and adding up inside the graph too gives 14."""
    x = Value(1.0)
    y = x * 2 + x * 3
    for _ in range(3):
        y.backward()
        assert x.grad == 5


def test_a_value_used_twice_adds_up():
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6
    (x + x + x).backward()
    assert x.grad == 3


def test_backward_from_the_middle_leaves_the_rest_alone():
    x = Value(2.0)
    middle = x * x
    result = middle * 5
    result.backward()
    middle.backward()
    assert (x.grad, middle.grad, result.grad) == (4, 1, 1)


def test_a_chain_of_50000():
    """Far deeper than Python lets functions call one another."""
    x = y = Value(1.0)
    for _ in range(50_000):
        y = y + x
    assert sys.getrecursionlimit() < 50_000
    y.backward()
    assert x.grad == 50_001
    assert len(topological_order(y)) == 50_001


def test_steps_downhill_learn():
    """Seen from outside as in chapter 04: no grad has to be put back to 0 between steps."""
    w, b = Value(0.0), Value(0.0)
    for _ in range(200):
        loss = sum((((w * x + b) - (2 * x - 1)) ** 2 for x in (-1.0, 0.0, 1.0)), Value(0.0))
        loss.backward()
        w.data, b.data = w.data - 0.1 * w.grad, b.data - 0.1 * b.grad
    np.testing.assert_allclose([w.data, b.data], [2, -1], rtol=1e-6)


def test_graph_is_plain_data():
    w, x = Value(2.0, name="w"), Value(3.0, name="x")
    y = (w * x).relu()
    y.backward()
    nodes, edges = graph(y)
    assert json.loads(json.dumps([nodes, edges])) == [nodes, edges]
    assert nodes[0] == {"number": 0, "name": "w", "operation": "", "data": 2.0, "grad": 3.0}
    assert nodes[2] == {"number": 2, "name": "", "operation": "×", "data": 6.0, "grad": 1.0}
    assert edges == [
        {"source": 0, "target": 2, "slope": 3.0},
        {"source": 1, "target": 2, "slope": 2.0},
        {"source": 2, "target": 3, "slope": 1.0},
    ]
    assert repr(w) == "Value(2, grad=3)"


def test_numbers_of_numpy_on_the_left():
    x = Value(3.0)
    for y in (np.float64(2) * x, np.float64(2) + x, np.float64(2) - x, np.float64(2) / x):
        assert isinstance(y, Value)


@pytest.mark.parametrize("x", [-1e4, -1e3, 0.0, 1e3, 1e4])
def test_extremes_stay_finite(x):
    for function in (Value.tanh, Value.sigmoid, Value.relu):
        leaf = Value(x)
        y = function(leaf)
        y.backward()
        assert math.isfinite(y.data)
        assert 0 <= leaf.grad <= 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: Value(0.0).log(), "log needs a number above 0, got 0.0"),
        (lambda: Value(-1.0).log(), "log needs a number above 0, got -1.0"),
        (lambda: Value(2.0) ** Value(3.0), r"power must be a plain number, got a Value; .*\.log\(\)\)\.exp\(\)"),
        (lambda: Value(-2.0) ** 0.5, r"power must be a whole number where the base is negative, got -2.0 \*\* 0.5"),
        (lambda: Value(0.0) ** -1, "power must be 0, or 1 or more, where the base is 0 .* got -1"),
        (lambda: 1 / Value(0.0), "power must be 0, or 1 or more, where the base is 0 .* got -1"),
        (lambda: Value(0.0) ** 0.5, "power must be 0, or 1 or more, where the base is 0 .* got 0.5"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


@pytest.mark.parametrize("wrong", [lambda: Value([1, 2]), lambda: Value(1) * np.ones(2), lambda: Value(1) + "one"])
def test_only_numbers(wrong):
    with pytest.raises((TypeError, ValueError)):
        wrong()


# --- formulas that a learner types

# What Python's own evaluation makes of the same text: only here, on texts of this file.
MEANINGS = {
    "exp": math.exp,
    "log": math.log,
    "tanh": math.tanh,
    "sin": math.sin,
    "cos": math.cos,
    "relu": lambda x: max(x, 0.0),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
}
FORMULAS = [
    "a * b + a",
    "a - b",
    "a / b",
    "-a * b",
    "+a",
    "a - -2",
    "a ** 2 + b ** -1.5",
    "(a + b) * (a - b) / 2",
    "1 / a",
    "2 - a",
    "sin(a) * cos(b)",
    "relu(a - b) + relu(b - a)",
    "exp(-a) + log(b)",
    "tanh(a * b) - sigmoid(a)",
    "a * a * a",
]


def test_all_functions_are_tried():
    tried = {name for name in FUNCTIONS if any(f"{name}(" in text for text in FORMULAS)}
    assert tried == set(MEANINGS) == set(FUNCTIONS)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_means_what_it_means_in_python(text):
    """Its value as Python computes it, its gradients as brute force finds them."""
    tree, x = parsed(text), np.array([1.75, 0.625])
    result = evaluated(tree, dict(zip("ab", x, strict=True)))

    def truth():
        return eval(text, MEANINGS, {"a": float(x[0]), "b": float(x[1])})

    assert result.data == pytest.approx(truth(), rel=1e-12)
    slopes = {value.name: value.grad for value in topological_order(result) if value.name}
    assert [slopes.get(name, 0) for name in "ab"] == pytest.approx(numeric_gradient(truth, x), rel=1e-6, abs=1e-8)


def test_signs_as_people_write_them():
    result = evaluated(parsed("x² · 3 − y³ ÷ 2 × y"), {"x": 2.0, "y": 3.0})
    assert result.data == 4 * 3 - 27 / 2 * 3


def test_names_come_in_their_order_and_once():
    assert names_in(parsed("tanh(b * a) + b - exp(c)")) == ["b", "a", "c"]


# A text, and what the sentence about it must say.
UNREADABLE = {
    "": "Type a formula",
    "   ": "Type a formula",
    "2x": "2 \\* x, not 2x",
    "a +": "is no formula",
    "(a": "is no formula",
    "a = 2": "is no formula",
    "a; b": "is no formula",
    "a\x00": "is no formula",
    "x" * 121: "121 characters, and 120",
    "9**9**9": "1 to 6 names",
    "3": "1 to 6 names",
    "a+b+c+d+e+f+g": "this one has 7",
    "learning": "learning is too long",
    "tanh": "tanh is a function",
    "a * exp": "exp is a function",
    "x**9**9": "power must be a plain number",
    "x**x": "plain number",
    "x**1e400": "plain number",
    "x / 0": "division by 0",
    "x / (x - x)": "division by 0",
    "log(-x)": "above 0",
    "log(0 * x)": "above 0",
    "(-x)**0.5": "whole number where the base is negative",
    "(x - x)**-1": "power must be",
    "exp(x * 1000)": "too large to compute",
    "exp(exp(exp(x)))": "too large to compute",
    "x**1000 * x**1000": "too large to compute",
    "x * 1e300": "number in this formula is too large",
    "1e999 * x": "too large",
    "foo(x)": "no function foo",
    "x ^ 2": "write x \\*\\* 2",
    "tanh(x, x)": "tanh takes one argument",
    "tanh()": "1 to 6 names",
    "tanh(x=x)": "one argument",
    "x.real": "cannot be used",
    "x[0]": "cannot be used",
    "[x]": "cannot be used",
    "lambda: x": "cannot be used",
    "x if x else x": "cannot be used",
    "x < x": "cannot be used",
    "x and x": "cannot be used",
    "True * x": "cannot be used",
    "'x' * x": "cannot be used",
    "1j * x": "cannot be used",
    "x // 2": "cannot be used",
    "x % 2": "cannot be used",
    "x @ x": "cannot be used",
    "~x": "cannot be used",
    "not x": "cannot be used",
    "(y := x)": "cannot be used",
    "x.__class__": "cannot be used",
    "__import__('os').system('x') + x": "cannot be used",
    "exec(x)": "no function exec",
    "f'{x}'": "cannot be used",
    "*x": "formula",
    "(x, x)": "cannot be used",
    "{x: x}": "cannot be used",
    "+".join("x" * 20): "39 boxes|too deep",
    "-" * 100 + "x": "101 boxes",
    "tanh(" * 9 + "x" + ")" * 9: "9 operations in a row, and 8",
}


def read(text):
    """The graph of the formula with all its names at 2."""
    tree = parsed(text)
    return evaluated(tree, dict.fromkeys(names_in(tree), 2.0))


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_formula_gets_a_sentence(text):
    with pytest.raises(ValueError, match=UNREADABLE[text]) as told:
        read(text)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 250


def test_nothing_that_is_typed_is_run():
    """No part of the module evaluates: the only way in is ast.parse."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(expressions))) if isinstance(node, ast.Call)]
    called = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
    assert not called & {"eval", "exec", "compile", "getattr", "__import__"}


@given(st.text(alphabet="abx019.+-*/()^ ,=[]'\"", max_size=40))
def test_whatever_is_typed_draws_or_tells(text):
    demo = Graph("a * b")
    before = demo.parts
    demo.expression = text
    assert bool(demo.error) == (demo.parts == before) or text.replace(" ", "") in ("a*b", "(a*b)")
    assert ET.fromstring(demo.still()[0]).tag.endswith("svg")


# --- the graph's places and steps

LARGEST = "tanh(a * b + c) * (a - b) / (1 + exp(-c * a)) + relu(b * d)"


def graph_of(text, **values):
    tree = parsed(text)
    return graph(evaluated(tree, dict.fromkeys(names_in(tree), 0.5) | values))


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


# --- the widgets


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
