"""Formulas that a learner types: what they mean, and a sentence for what is none."""

import ast
import inspect
import math

import numpy as np
import pytest

from course_lib import formulas as expressions
from course_lib.backpropagation import topological_order
from course_lib.formulas import FUNCTIONS, evaluated, names_in, parsed
from course_lib.gradients import numeric_gradient
from tests.formula_examples import FORMULAS, UNREADABLE

# What Python's own evaluation makes of the same text: only here, on texts of the tests.
MEANINGS = {
    "exp": math.exp,
    "log": math.log,
    "tanh": math.tanh,
    "sin": math.sin,
    "cos": math.cos,
    "relu": lambda x: max(x, 0.0),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
}


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
