"""A learner's engine, part by part: the graphs that it is asked about, and the usual slips in building it.

A graph is a list: for each value the pairs (place of an input, slope towards it), in topological order.
"""

import math

import numpy as np

from course_lib.checking.answers import function_answer
from course_lib.checking.check import Check
from course_lib.checking.mistakes import wrong_functions


class Node:
    """What a learner hands on where a number was wanted: Python's complaint names it so."""


def _itself(a, b):
    return _itself(a, b)


def product_cases(rng):
    """(a, b)"""
    yield from [(2.0, 3.0), (-0.5, 4.0), (0.0, 3.0), (2.5, 2.5)]
    yield from rng.normal(size=(5, 2)).tolist()


UNKNOWN = (
    "A slope of 0 means that the Node does not know this input. It keeps pairs in a list, [(a, …), (b, …)]: first the "
    "Node itself, then the slope towards it."
)
WRONG_PRODUCTS = {
    UNKNOWN: '"slope to a": b, "slope to b": a → "slope to a": 0, "slope to b": 0',
    "The slope towards one factor is the *other* one. You took each factor's own value.": (
        '"slope to a": b, "slope to b": a → "slope to a": a, "slope to b": b'
    ),
    "Slopes of 1 are those of a sum. If a grows by 1, by how much does a · b?": (
        '"slope to a": b, "slope to b": a → "slope to a": 1, "slope to b": 1'
    ),
    "It knows a alone. b is an input as well: a second pair.": '"slope to b": a → "slope to b": 0',
    "It knows b alone. a is an input as well: a second pair.": '"slope to a": b → "slope to a": 0',
    "That is a sum, with the slopes of a sum. In a product the slope towards one factor is the other.": (
        '"value": a * b, "slope to a": b, "slope to b": a → "value": a + b, "slope to a": 1, "slope to b": 1'
    ),
    "The slopes are right. The value is that of the sum.": '"value": a * b → "value": a + b',
    "You took the product for both slopes. If a grows by 1, a · b grows by b.": (
        '"slope to a": b, "slope to b": a → "slope to a": a * b, "slope to b": a * b'
    ),
    "times returns a number. A Node is wanted: Node(number, pairs).": lambda a, b: (a * b).data,
    "A slope is a number, such as b.data. You kept the Node in its place.": lambda a, b: float(Node()),
    "Inside times, a * b calls times again, without end. Multiply the numbers, a.data and b.data.": _itself,
}


def tanh_cases(rng):
    """(x,)"""
    yield from [(0.0,), (0.5,), (-1.0,), (20.0,), (1000.0,), (-1000.0,)]
    yield from rng.normal(size=(5, 1)).tolist()


def _overflowing(x):
    e = math.exp(abs(2 * x))
    y = math.copysign((e - 1) / (e + 1), x)
    return {"value": y, "slope": 1 - y**2}


WRONG_TANHS = {
    "The slope is 1 − y², with y = tanh(x), its own output. You took its input.": "1 - y**2 → 1 - x**2",
    "In 1 − y² the output is squared.": "1 - y**2 → 1 - y",
    "In 1 − y² there is a minus.": "1 - y**2 → 1 + y**2",
    "y (1 − y) is the slope of the sigmoid. That of tanh is 1 − y².": "1 - y**2 → y * (1 - y)",
    "It keeps its value in place of the slope, which is 1 − y².": "1 - y**2 → y",
    "The slope of tanh is 1 only at 0: it is 1 − y².": "1 - y**2 → 1.0",
    "A slope of 0 everywhere means that the Node does not know a: a list of one pair is wanted, [(a, 1 − y²)].": (
        "1 - y**2 → 0.0"
    ),
    "The value is tanh of the number, not the number itself.": '"value": y → "value": x',
    "math.tanh wants a number: a.data.": lambda x: math.tanh(Node()),
    "tanh returns a number. A Node is wanted: Node(number, pairs).": lambda x: math.tanh(x).data,
    "An exponential is too large for a float where x is 1,000. math.tanh is not, and 1 − y² needs no other.": (
        _overflowing
    ),
}

SHORT_AND_LONG = [[], [(0, 1.0)], [(1, 1.0)], [(0, 1.0), (2, 1.0)], [(2, 1.0), (0, 1.0)], [(3, 1.0), (4, 1.0)]]


def _some_graph(rng, size):
    """Of so many values, each made from none, one or two before it, which may be the same one."""
    slopes = rng.normal(size=(size, 2)).round(2).tolist()
    made_from = [rng.integers(0, k, min(k, int(rng.integers(0, 3)))).tolist() for k in range(1, size)]
    made_from[-1] = rng.integers(0, size - 1, 2).tolist()
    return [[], *([*zip(places, slopes[k], strict=False)] for k, places in enumerate(made_from))]


def order_cases(rng):
    """(graph,)"""
    yield ([[], [(0, 1.0)], [(1, 1.0), (0, 1.0)]],)
    yield ([[]],)
    yield ([[], [(0, 1.0), (0, 1.0)]],)
    # The first walks of a visit go the short way, or the long one; one value is behind no result.
    yield (SHORT_AND_LONG,)
    yield ([[], [(0, 2.0)], [(0, 3.0)], [(0, 1.0)], [(1, 1.0), (3, 1.0)]],)
    # Each joins the one before it twice.
    yield ([[], *([(k, 1.0), (k, 1.0)] for k in range(8))],)
    for _ in range(4):
        yield (_some_graph(rng, int(rng.integers(6, 12))),)


def is_order(order, graph):
    """Whether a list has every place behind the last value of a graph once, and each after its inputs."""
    behind = {len(graph) - 1}
    for place in reversed(range(len(graph))):
        behind |= {source for source, _ in graph[place]} if place in behind else set()
    places = [int(place) for place in order]
    if sorted(places) != sorted(behind) or places != [*order]:
        return False
    at = {place: k for k, place in enumerate(places)}
    return all(at[source] < at[place] for place in places for source, _ in graph[place])


def ordered(cases, *hints, points, mistakes):
    """A check for a function that puts a graph in order: decorates one that does. Every topological order is right."""

    def decorate(right):
        def judge(trial):
            for args in filter(trial.is_to_ask, cases(trial.rng)):
                [graph], wanted = args, right(*args)
                trial.expect(wanted, *args, of=_settling(graph, wanted))

        wrong = wrong_functions(mistakes, right)
        return Check(right.__name__, judge, function_answer, points, hints, wrong, right.__module__)

    return decorate


def _settling(graph, wanted):
    """A function that takes every order that is right for the one that is wanted, and leaves the rest as it is."""

    def settled(order):
        try:
            return wanted if is_order(order, graph) else order
        except (TypeError, ValueError):
            return order

    return settled


def _by_levels(graph):
    order = [len(graph) - 1]
    for place in order:
        order += [source for source, _ in dict(graph[place]).items() if source not in order]
    return order[::-1]


def _only_inputs(graph):
    return [*dict.fromkeys(source for source, _ in graph[-1]), len(graph) - 1]


WRONG_ORDERS = {
    "The result comes last. You append each Node before those it was made from, so it comes first.": (
        "seen.add(place) → seen.add(place)\n            order.append(place); "
        "visit(source)\n            order.append(place) → visit(source)"
    ),
    "A Node comes twice where two paths lead to it: mark those that you have seen.": "if place not in seen → if True",
    "The result itself is missing at the end.": "return order → return order[:-1]",
    "Inputs have inputs of their own: the function has to call itself for each of them.": _only_inputs,
    "Level by level, turned round at the end, is wrong where a short path and a long one lead to the same Node.": (
        _by_levels
    ),
    "You append a Node, then its inputs, and turn the list round. Where a short path and a long one join, that is "
    "wrong: append it after its inputs.": (
        "seen.add(place) → seen.add(place)\n            order.append(place); "
        "visit(source)\n            order.append(place) → visit(source); return order → return order[::-1]"
    ),
    "in_order returns its list before it is filled. First the visit, then the return.": "visit(len(graph) - 1) →",
}


def walk_cases(rng):
    """(graph, ends)"""
    # The slope 0 and the same slope twice would hide what goes wrong.
    yield [[], [(0, 3.0)], [(0, 4.0), (1, 5.0)]], [2]
    yield [[], [(0, 1.0), (0, 1.0)]], [1]
    yield [[], [(0, 2.0)], [(1, -3.0)], [(2, 0.5)]], [3]
    yield [[], [(0, 3.0)], [(0, 4.0), (1, 5.0)]], [2, 2]
    yield [[], [(0, 2.0)], [(1, 3.0), (0, 1.0)], [(1, 5.0)]], [2, 3]
    yield [[]], [0]
    for _ in range(4):
        size = int(rng.integers(5, 9))
        yield _some_graph(rng, size), [int(end) for end in rng.integers(1, size, int(rng.integers(1, 4)))]


WRONG_WALKS = {
    "Where paths join, gradients add up: += in place of =.": "grads[source] += → grads[source] =",
    "From the last Node to the first: else a Node hands on a gradient that it does not have yet.": (
        "reversed(range(end + 1)) → range(end + 1)"
    ),
    "The second walk begins with the gradients of the first. Set all to 0 before it begins.": (
        "grads[: end + 1] = [0.0] * (end + 1) →"
    ),
    "The result's own gradient is 1. Where everything begins at 0, 0 is all that is handed back.": "= 1.0 → = 0.0",
    "What is handed back is the slope times the gradient of the Node that hands it back.": (
        "slope * grads[place] → slope"
    ),
    "The slope is missing: slope · gradient is what an input gets.": "slope * grads[place] → grads[place]",
    "A Node hands on *its own* gradient. You took the input's.": "slope * grads[place] → slope * grads[source]",
    "A slope and a gradient are multiplied, not added up.": "slope * grads[place] → slope + grads[place]",
    "The result's gradient is set to 1, whatever it was before. You add 1 to what is left of the last walk.": (
        "grads[: end + 1] = [0.0] * (end + 1) → grads[:end] = [0.0] * end; grads[end] = 1.0 → grads[end] += 1.0"
    ),
}


def network_cases(rng):
    """(x, t, parameters, learning_rate, steps)"""
    yield np.array([[1.0, 0.5], [-0.5, 2.0]]), np.array([1.0, -1.0]), 0.5 * np.arange(1.0, 10) % 1.7 - 0.6, 0.5, 1
    for n in (1, 3, 4, 5):
        x, p = rng.normal(size=(n, 2)), rng.normal(size=9)
        yield x, rng.choice([-1.0, 1.0], n), p, float(rng.choice([0.125, 0.25, 0.5])), int(rng.integers(2, 5))


WRONG_NETWORKS = {
    "The loss is the mean over the examples: divide the sum by their number.": (
        "losses.append(np.mean(error**2)) → losses.append(np.sum(error**2)); / len(x) →"
    ),
    "The losses are right, the steps are not: the gradients are those of the sum, not of the mean.": "/ len(x) →",
    "Each loss is to be noted before its step.": (
        "range(steps) → range(steps + 1); p = p - → kept, p = p, p -; np.array(losses), p → np.array(losses[1:]), kept"
    ),
    "Uphill: subtract the gradient.": "p - learning_rate → p + learning_rate",
    "The loss is the mean of squares. You took the mean of y − t.": (
        "np.mean(error**2) → np.mean(error); 2 * error → np.ones(len(x))"
    ),
    "The gradients pile up: set them to 0 before you walk back, or a new step begins with those of the last one.": (
        "p, losses = np.array(parameters, float), [] → p, losses, grads = np.array(parameters, float), [], 0.0; "
        "grads = np.concatenate → grads = grads + np.concatenate"
    ),
    "The same graph is walked back each time, with the slopes of the first step. Build a new one, from the moved "
    "parameters, in every step.": (
        "p[:6].reshape(2, 3), p[6:8], p[8] → "
        "np.reshape(parameters[:6], (2, 3)), np.array(parameters[6:8]), parameters[8]"
    ),
    "The output has a tanh that the formula does not have: y is the sum itself.": (
        "error = h @ out + bias - t → y = np.tanh(h @ out + bias)\n        error = y - t; "
        "2 * error → 2 * error * (1 - y**2)"
    ),
    "The last parameter, p₈, does not move.": "d_y.sum()]]) → 0.0]])",
    "Only the last example counts: the loss adds up all of them.": (
        "p, losses = np.array(parameters, float), [] → "
        "p, losses, x, t = np.array(parameters, float), [], x[-1:], t[-1:]"
    ),
    "You walk back from a single example's square: the loss is the mean over all of them.": (
        "d_y = 2 * error / len(x) → d_y = 2 * error * (np.arange(len(x)) == len(x) - 1)"
    ),
}
