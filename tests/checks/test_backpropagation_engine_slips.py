"""The engine that a learner of chapter 04 builds: what is written first, and the words that are due."""

import math

import numpy as np
import pytest

from course_lib.backpropagation import topological_order
from course_lib.checks import backpropagation as check
from course_lib.gradients import numeric_gradient
from tests.checks.test_backpropagation_engine import (
    asked,
    hand_back,
    in_order,
    learn_by_nudges,
    learn_with_values,
    loss_of,
    map_arrays,
    tanh,
    times,
)
from tests.checks.tried import refuse, wrong_ones


def back_without_zeros(order):
    order[-1].grad = 1.0
    for node in reversed(order):
        for source, slope in node.inputs:
            source.grad += slope * node.grad


def back_from_the_front(order):
    for node in order:
        node.grad = 0.0
    order[-1].grad = 1.0
    for node in order:
        for source, slope in node.inputs:
            source.grad += slope * node.grad


def back_overwriting(order):
    order[-1].grad = 1.0
    for node in reversed(order):
        for source, slope in node.inputs:
            source.grad = slope * node.grad


def back_without_the_first_one(order):
    for node in order:
        node.grad = 0.0
    for node in reversed(order):
        for source, slope in node.inputs:
            source.grad += slope * node.grad


def order_of_inputs_alone(result):
    return [*dict.fromkeys(source for source, _ in result.inputs), result]


def order_with_twins(result):
    return [one for source, _ in result.inputs for one in order_with_twins(source)] + [result]


def order_from_the_result(result):
    order = []

    def visit(node):
        if node not in order:
            order.append(node)
            for source, _ in node.inputs:
                visit(source)

    visit(result)
    return order


def learn_piling_up(x, t, parameters, learning_rate, steps):
    p, losses, grads = parameters.copy(), [], np.zeros(9)
    for _ in range(steps):
        losses.append(loss_of(x, t, p))
        grads += numeric_gradient(lambda: loss_of(x, t, p), p)
        p[...] -= learning_rate * grads
    return np.array(losses), p


def learn_on_one_graph(x, t, parameters, learning_rate, steps):
    """The graph is made once. Its Nodes, unlike a Value, do not notice that the parameters have moved."""
    (first, *_), moved = learn_by_nudges(x, t, parameters, learning_rate, 1)
    return np.full(steps, first), parameters + steps * (moved - parameters)


def learn_from_the_sum(x, t, parameters, learning_rate, steps):
    losses, moved = learn_by_nudges(x, t, parameters, learning_rate * len(x), steps)
    return losses * len(x), moved


WRONG = {
    "product": [
        ("does not know this input", times(lambda Node: lambda a, b: Node(a.data * b.data))),
        ("does not know this input", times(lambda Node: lambda a, b: Node(a.data * b.data, [(a.data, b.data)]))),
        (
            "does not know this input",
            times(lambda Node: lambda a, b: Node(a.data * b.data, [(b.data, a), (a.data, b)])),
        ),
        ("each factor's own value", times(lambda Node: lambda a, b: Node(a.data * b.data, [(a, a.data), (b, b.data)]))),
        ("those of a sum", times(lambda Node: lambda a, b: Node(a.data * b.data, [(a, 1.0), (b, 1.0)]))),
        ("a sum, with", times(lambda Node: lambda a, b: Node(a.data + b.data, [(a, 1.0), (b, 1.0)]))),
        ("It knows a alone", times(lambda Node: lambda a, b: Node(a.data * b.data, [(a, b.data)]))),
        ("A Node is wanted", times(lambda Node: lambda a, b: a.data * b.data)),
        ("A slope is a number", times(lambda Node: lambda a, b: Node(a.data * b.data, [(a, b), (b, a)]))),
        ("without end", asked("product", "times", lambda Node: lambda a, b: a * b)),
        ("returned None", lambda a, b: None),
    ],
    "tanh_at": [
        ("You took its input", tanh(lambda Node: lambda a: Node(math.tanh(a.data), [(a, 1 - a.data**2)]))),
        ("is squared", tanh(lambda Node: lambda a: Node(math.tanh(a.data), [(a, 1 - math.tanh(a.data))]))),
        ("does not know a", tanh(lambda Node: lambda a: Node(math.tanh(a.data)))),
        ("a.data", tanh(lambda Node: lambda a: Node(math.tanh(a)))),
        ("A Node is wanted", tanh(lambda Node: lambda a: math.tanh(a.data))),
        (
            "too large for a float",
            tanh(lambda Node: lambda a: Node(math.tanh(a.data), [(a, 1 / math.cosh(a.data) ** 2)])),
        ),
    ],
    "order_of": [
        ("The result comes last", in_order(order_from_the_result)),
        ("a short path and a long one", in_order(lambda result: order_from_the_result(result)[::-1])),
        ("comes twice", in_order(order_with_twins)),
        ("for each of them", in_order(order_of_inputs_alone)),
        ("missing at the end", in_order(lambda result: topological_order(result)[:-1])),
        ("is not in list", in_order(lambda result: [1.0])),
        ("", in_order(lambda result: [])),
    ],
    "gradients_of": [
        ("begins with the gradients of the first", hand_back(back_without_zeros)),
        ("From the last Node", hand_back(back_from_the_front)),
        ("+= in place of =", hand_back(back_overwriting)),
        ("own gradient is 1", hand_back(back_without_the_first_one)),
    ],
    "train_with_engine": [
        ("pile up", learn_piling_up),
        ("The same graph", learn_on_one_graph),
        ("divide the sum by their number", learn_from_the_sum),
        ("before its step", lambda *args: map_arrays(learn_with_values(*args, before=False))),
        ("dtype", lambda *args: (learn_by_nudges(*args)[0].astype("float32"), learn_by_nudges(*args)[1])),
    ],
}


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_a_first_attempt_gets_its_words(one, words, answer):
    refuse(one, words, answer)
