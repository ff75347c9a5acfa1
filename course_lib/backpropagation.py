"""Chapter 04: numbers that remember how they were computed, so that every slope can be found by walking back.

A ``Value`` keeps, for each number it was computed from, the slope of its own operation. The chain rule multiplies
slopes along a path and adds up over paths; ``backward`` does both in one walk. Linnainmaa, 1970; Rumelhart, Hinton
and Williams, 1986; as a class of few lines, after Karpathy's micrograd, 2020.
"""

import math
from numbers import Real

from course_lib.activations import sigmoid


class Operations:
    """What a ``Value`` can do besides +, × and powers: what follows from these three, and functions."""

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -_value(other)

    def __truediv__(self, other):
        return self * _inverse(_value(other))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return _inverse(self) * other

    def exp(self):
        y = _within_reach(f"exp({self.data:g})", math.exp, self.data)
        return Value(y, "exp", [(self, y)])

    def log(self):
        return Value(math.log(_above_zero(self.data)), "log", [(self, 1 / self.data)])

    def tanh(self):
        return Value(math.tanh(self.data), "tanh", [(self, 1 - math.tanh(self.data) ** 2)])

    def relu(self):
        return Value(max(self.data, 0.0), "relu", [(self, float(self.data > 0))])

    def sigmoid(self):
        y = float(sigmoid(self.data))
        return Value(y, "sigmoid", [(self, y * (1 - y))])


class Value(Operations):
    """A number, where it came from, and ``grad``: how much the result changes for each unit that this one changes.

    inputs: a list of (Value, slope of this operation with respect to it); empty for what was not computed
    """

    # Beside one of NumPy's numbers, this class does the arithmetic.
    __array_ufunc__ = None

    def __init__(self, data, operation="", inputs=(), name=""):
        self.data, self.grad = float(data), 0.0
        self.operation, self.inputs, self.name = operation, inputs, name
        self.computed_from = [source.data for source, _ in inputs]

    def __repr__(self):
        return f"Value({self.data:g}, grad={self.grad:g})"

    def __add__(self, other):
        other = _value(other)
        return Value(self.data + other.data, "+", [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = _value(other)
        return Value(self.data * other.data, "×", [(self, other.data), (other, self.data)])

    def __pow__(self, power):
        _check_power(self.data, power)
        said = f"{self.data:g} ** {power:g}, or its slope,"
        slope = power * _within_reach(said, pow, self.data, power - 1) if power else 0.0
        return Value(_within_reach(said, pow, self.data, power), f"power {power:g}", [(self, slope)])

    def backward(self):
        """Set ``grad`` of every value behind this one, from 0 anew. None may have another number than it had then."""
        order = topological_order(self)
        _check_unchanged(order)
        for value in order:
            value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for source, slope in value.inputs:
                source.grad += slope * value.grad


def topological_order(result):
    """All values behind a result, each after those it was computed from, the result last.

    With a list of what is left to do in place of a function that calls itself: Python allows 1,000 calls in one
    another, and a chain may be longer.
    """
    order, seen, to_do = [], set(), [(result, False)]
    while to_do:
        value, inputs_done = to_do.pop()
        if inputs_done:
            order.append(value)
        elif value not in seen:
            seen.add(value)
            to_do.append((value, True))
            to_do.extend((source, False) for source, _ in reversed(value.inputs))
    return order


def graph(result):
    """(nodes, edges) to draw, as plain data: dicts of numbers and text, nodes numbered in topological order.

    node: number, name, operation, data, grad   edge: source and target (numbers of nodes), slope
    """
    order = topological_order(result)
    number = {value: i for i, value in enumerate(order)}
    kept = ("name", "operation", "data", "grad")
    nodes = [{"number": number[value]} | {key: getattr(value, key) for key in kept} for value in order]
    edges = [
        {"source": number[source], "target": number[value], "slope": slope}
        for value in order
        for source, slope in value.inputs
    ]
    return nodes, edges


def _value(number):
    return number if isinstance(number, Value) else Value(number)


def _above_zero(x):
    if not x > 0:
        raise ValueError(f"log needs a number above 0, got {x}")
    return x


def _inverse(value):
    if value.data == 0:
        raise ValueError("a division by 0 has no result")
    # So that what is said of numbers too small is said of a division, and not of a power.
    _within_reach(f"a division by {value.data:g}, or its slope,", pow, value.data, -2)
    return value**-1


def _within_reach(what, f, *numbers):
    try:
        return f(*numbers)
    except OverflowError:
        raise ValueError(f"{what} is too large to compute with: floats end at 1.8e308") from None


def _check_unchanged(order):
    for value in order:
        for (source, _), then in zip(value.inputs, value.computed_from, strict=True):
            # The same object, where it is NaN, which equals nothing.
            if source.data is not then and source.data != then:
                name = source.name or "a value"
                raise ValueError(f"{name} was {then:g} when this was computed and is {source.data:g}: compute it again")


def _check_power(x, power):
    if isinstance(power, Value):
        raise ValueError("power must be a plain number, got a Value; x ** y is (y * x.log()).exp()")
    if not isinstance(power, Real) or not math.isfinite(power):
        raise ValueError(f"power must be a plain number, got {power!r}")
    if x < 0 and power != int(power):
        raise ValueError(f"power must be a whole number where the base is negative, got {x} ** {power}")
    if x == 0 and power < 1 and power != 0:
        raise ValueError(f"power must be 0, or 1 or more, where the base is 0 and has a slope, got {power}")
