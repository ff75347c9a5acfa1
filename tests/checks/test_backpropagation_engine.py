"""The engine that a learner of chapter 04 builds: a part is right however it is written."""

import graphlib
import math

import numpy as np
import pytest

from course_lib.backpropagation import Value, topological_order
from course_lib.checking.engines import is_order
from course_lib.checks import backpropagation as check
from course_lib.gradients import numeric_gradient
from tests.checking.test_checks import cells
from tests.checks.tried import accept, right_ones

GIVEN = ("class Node", "def slope_to", "def tanh_at", "def nodes_of", "def gradients_of")


def asked(name, part, write):
    """The function that a check asks, in a notebook in which one part is written: ``write(Node)`` gives it."""
    names = {"math": math, "np": np}
    for cell in cells("04-backpropagation", blanked=True):
        if cell.cell_type == "code" and cell.source.startswith(GIVEN):
            exec(cell.source, names)
    names[part] = write(names["Node"])
    return names[name]


def times(write):
    return asked("product", "times", write)


def tanh(write):
    return asked("tanh_at", "tanh", write)


def in_order(write):
    return asked("order_of", "in_order", lambda Node: write)


def hand_back(write):
    return asked("gradients_of", "hand_back", lambda Node: write)


def tanh_by_cosh(Node):
    return lambda a: Node(math.tanh(a.data), [(a, 1 / math.cosh(max(-300, min(300, a.data))) ** 2)])


def tanh_by_exponentials(Node):
    def tanh(a):
        e = math.exp(-2 * abs(a.data))
        y = math.copysign((1 - e) / (1 + e), a.data)
        return Node(y, ((a, 4 * e / (1 + e) ** 2),))

    return tanh


def order_without_calls(result):
    """From the end: a Node comes as soon as all that were made from it are there; then turned round."""
    users, to_do = {}, [result]
    for node in to_do:
        for source in {one for one, _ in node.inputs}:
            to_do += [source] * (source not in users)
            users[source] = users.get(source, 0) + 1
    order, ready = [], [result]
    while ready:
        order.append(ready.pop())
        for source in {one for one, _ in order[-1].inputs}:
            users[source] -= 1
            ready += [source] * (users[source] == 0)
    return order[::-1]


def order_by_depth(result):
    def depth(node):
        return 1 + max((depth(source) for source, _ in node.inputs), default=0)

    behind = [result]
    for node in behind:
        behind += [source for source in dict(node.inputs) if source not in behind]
    return sorted(behind, key=depth)


def order_with_a_list(result, order=None):
    order = [] if order is None else order
    for source, _ in result.inputs:
        if source not in order:
            order_with_a_list(source, order)
    order.append(result)
    return tuple(order)


def order_by_the_library(result):
    behind = [result]
    for node in behind:
        behind += [source for source in dict(node.inputs) if source not in behind]
    return list(graphlib.TopologicalSorter({node: [one for one, _ in node.inputs] for node in behind}).static_order())


def back_from_a_dict(order):
    grads = dict.fromkeys(order, 0.0) | {order[-1]: 1.0}
    while order:
        node = order.pop()
        node.grad = grads[node]
        for source, slope in node.inputs:
            grads[source] = grads[source] + node.grad * slope


def back_path_by_path(order):
    def walk(node, so_far):
        node.grad += so_far
        for source, slope in node.inputs:
            walk(source, so_far * slope)

    for node in order:
        node.grad = 0
    walk(order[-1], 1)


def back_by_a_matrix(order):
    """Gradients are what the slopes leave of them: g = e + S g."""
    slopes = np.zeros((len(order),) * 2)
    for k, node in enumerate(order):
        for source, slope in node.inputs:
            slopes[order.index(source), k] += slope
    grads = np.linalg.solve(np.eye(len(order)) - slopes, np.eye(len(order))[-1])
    for node, grad in zip(order, grads, strict=True):
        node.grad = grad


def loss_of(x, t, p, tanh=np.tanh):
    total = 0.0
    for (x1, x2), target in zip(x, t, strict=True):
        h, k = tanh(p[0] * x1 + p[1] * x2 + p[2]), tanh(p[3] * x1 + p[4] * x2 + p[5])
        total = total + (p[6] * h + p[7] * k + p[8] - target) ** 2
    return total / len(x)


def learn_with_values(x, t, parameters, learning_rate, steps, fresh=True, before=True):
    p, losses = [Value(number) for number in parameters], []
    for _ in range(steps):
        p = [Value(one.data) for one in p] if fresh else p
        loss = loss_of(x, t, p, lambda v: v.tanh())
        loss.backward()
        losses.append(loss.data)
        for one in p:
            one.data -= learning_rate * one.grad
        if not before:
            losses[-1] = loss_of(x, t, [one.data for one in p])
    return losses, [one.data for one in p]


def learn_by_nudges(x, t, parameters, learning_rate, steps):
    p, losses = parameters.copy(), []
    for _ in range(steps):
        losses.append(loss_of(x, t, p))
        p[...] -= learning_rate * numeric_gradient(lambda: loss_of(x, t, p), p)
    return np.array(losses), p


def learn_by_tensorflow(x, t, parameters, learning_rate, steps):
    import tensorflow as tf

    p, losses = tf.Variable(parameters), []
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = loss_of(x, t, p, tf.tanh)
        losses.append(float(loss))
        p.assign_sub(learning_rate * tape.gradient(loss, p))
    return np.array(losses), p.numpy()


RIGHT = {
    "product": {
        "the other pair first": times(lambda Node: lambda a, b: Node(b.data * a.data, [(b, a.data), (a, b.data)])),
        "a tuple": times(lambda Node: lambda a, b: Node(a.data * b.data, ((a, b.data), (b, a.data)))),
        "lists inside": times(lambda Node: lambda a, b: Node(a.data * b.data, [[a, b.data], [b, a.data]])),
        "of NumPy": times(
            lambda Node: (
                lambda a, b: Node(np.prod([a.data, b.data]), [*zip((a, b), np.array([b.data, a.data]), strict=True)])
            )
        ),
        "numbers alone": lambda a, b: {"slope to b": a, "slope to a": b, "value": a * b},
    },
    "tanh_at": {
        "by cosh": tanh(tanh_by_cosh),
        "by exponentials": tanh(tanh_by_exponentials),
        "of NumPy": tanh(
            lambda Node: lambda a: Node(np.tanh(a.data), [(a, (1 - np.tanh(a.data)) * (1 + np.tanh(a.data)))])
        ),
        "two calls": tanh(lambda Node: lambda a: Node(math.tanh(a.data), [(a, 1 - math.tanh(a.data) ** 2)])),
    },
    "order_of": {
        "without calls": in_order(order_without_calls),
        "by depth": in_order(order_by_depth),
        "with a list": in_order(order_with_a_list),
        "the standard library": in_order(order_by_the_library),
        "the chapter's": in_order(topological_order),
        "an array": lambda graph: np.array(in_order(order_by_depth)(graph)),
    },
    "gradients_of": {
        "a dict": hand_back(back_from_a_dict),
        "path by path": hand_back(back_path_by_path),
        "a matrix": hand_back(back_by_a_matrix),
    },
    "train_with_engine": {
        "the chapter's values, kept": lambda *args: map_arrays(learn_with_values(*args, fresh=False)),
        "the chapter's values, new in each step": lambda *args: map_arrays(learn_with_values(*args)),
        "nudges": learn_by_nudges,
        "TensorFlow's tape": learn_by_tensorflow,
    },
}


def map_arrays(pair):
    return [np.array(one) for one in pair]


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_part_is_right_however_it_is_written(one, answer):
    accept(one, answer)


@pytest.mark.parametrize(
    ("order", "right"),
    [
        ([0, 1, 2, 3], True),
        ([1, 0, 2, 3], True),
        (np.array([1, 0, 2, 3]), True),
        ((0.0, 1.0, 2.0, 3.0), True),
        ([0, 2, 1, 3], False),
        ([0, 1, 2, 3, 3], False),
        ([0, 1, 2], False),
        ([0, 1, 2, 3.5], False),
        ([], False),
    ],
)
def test_every_order_is_right_that_has_inputs_first(order, right):
    assert is_order(order, [[], [], [(0, 1.0), (1, 1.0)], [(2, 1.0)]]) == right


def test_what_is_behind_no_result_belongs_to_no_order():
    assert is_order([0, 2], [[], [(0, 1.0)], [(0, 1.0)]])
    assert not is_order([0, 1, 2], [[], [(0, 1.0)], [(0, 1.0)]])
