"""Values that find their slopes: brute force, TensorFlow's tape, and random expressions."""

import json
import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.backpropagation import Operations, Value, graph, topological_order
from course_lib.gradients import numeric_gradient
from tests.witness import without, witness

pytestmark = without(["numeric", "keras"], "it puts a graph in order and computes nothing", topological_order, graph)

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


def test_a_number_that_changed_is_noticed():
    """Its slopes would be those of the number before, in silence; what is computed anew has new ones."""
    w, x = Value(2.0, name="w"), Value(3.0)
    y = (w * x).tanh() + w**2
    y.backward()
    kept = w.grad
    w.data = 5.0
    with pytest.raises(ValueError, match=r"^w was 2 when this was computed and is 5: compute it again$"):
        y.backward()
    w.data, x.data = 2.0, -1.0
    with pytest.raises(ValueError, match=r"^a value was 3 when this was computed and is -1: compute it again$"):
        y.backward()
    x.data = 3.0
    y.backward()
    assert w.grad == kept
    w.data = 5.0
    (w * w).backward()
    assert w.grad == 10


def test_what_is_no_number_may_stay_so():
    x = Value(math.nan)
    y = x * 2
    y.backward()
    assert x.grad == 2


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
        (lambda: 1 / Value(0.0), "^a division by 0 has no result$"),
        (lambda: Value(1.0) / Value(0.0), "^a division by 0 has no result$"),
        (lambda: Value(1.0) / 0, "^a division by 0 has no result$"),
        (lambda: 1 / Value(1e-200), "^a division by 1e-200, or its slope, is too large to compute with"),
        (lambda: Value(1.0) / 1e-310, "^a division by 1e-310, or its slope, is too large to compute with"),
        (lambda: Value(-0.0).__rtruediv__(0.0), "^a division by 0 has no result$"),
        (lambda: Value(1000).exp(), r"^exp\(1000\) is too large to compute with: floats end at 1\.8e308$"),
        (lambda: Value(1e200) ** 2, r"^1e\+200 \*\* 2, or its slope, is too large to compute with"),
        (lambda: Value(1e-200) ** -1, r"^1e-200 \*\* -1, or its slope, is too large to compute with"),
        (lambda: Value(2.0) ** math.inf, "power must be a plain number, got inf"),
        (lambda: Value(2.0) ** math.nan, "power must be a plain number, got nan"),
        (lambda: Value(2.0) ** "2", "power must be a plain number, got '2'"),
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


def test_what_numpy_does_with_arrays_of_values():
    """Sums, products, exp, log and tanh; what compares or asks for another method it refuses."""
    arrays = np.array([Value(1), Value(2)], object)
    for made in (0.5 * arrays, np.float64(0.5) * arrays, arrays * np.full(2, 0.5), arrays / 2):
        assert [one.data for one in made] == [0.5, 1]
    assert [one.data for one in np.ones((3, 2)) @ arrays] == [3, 3, 3]
    assert [one.data for one in np.tanh(arrays)] == pytest.approx(np.tanh([1, 2]), rel=1e-15)
    assert [one.data for one in np.log(np.exp(arrays))] == pytest.approx([1, 2], rel=1e-15)
    for refused in (lambda: np.maximum(arrays, 0), lambda: np.sqrt(arrays), lambda: arrays.max()):
        with pytest.raises(TypeError):
            refused()
