"""Formulas that a learner types, as graphs of ``Value``: a small grammar, read by ``ast`` and never evaluated."""

import ast
import math
import operator
import warnings

from course_lib.backpropagation import Value, topological_order

MOST_CHARACTERS, MOST_BOXES, MOST_IN_A_ROW, MOST_NAMES, LONGEST_NAME = 120, 24, 8, 6, 6
# As people write by hand.
BY_HAND = str.maketrans({"−": "-", "×": "*", "·": "*", "÷": "/", "²": "**2", "³": "**3"})


def _subtract(a, b):
    return Value(a.data - b.data, "−", [(a, 1.0), (b, -1.0)])


def _divide(a, b):
    if b.data == 0:
        raise ValueError("A division by 0 has no result.")
    return Value(a.data / b.data, "÷", [(a, 1 / b.data), (b, -a.data / b.data / b.data)])


def _negate(a):
    return Value(-a.data, "−", [(a, -1.0)])


def _sin(a):
    return Value(math.sin(a.data), "sin", [(a, math.cos(a.data))])


def _cos(a):
    return Value(math.cos(a.data), "cos", [(a, -math.sin(a.data))])


OPERATORS = {ast.Add: operator.add, ast.Sub: _subtract, ast.Mult: operator.mul, ast.Div: _divide}
FUNCTIONS = {
    "exp": Value.exp,
    "log": Value.log,
    "tanh": Value.tanh,
    "sigmoid": Value.sigmoid,
    "relu": Value.relu,
    "sin": _sin,
    "cos": _cos,
}
GRAMMAR = f"names, numbers, + − * / **, parentheses and {', '.join(FUNCTIONS)}"


def parsed(text):
    """The formula's syntax tree. ``ValueError`` with a sentence where it is none."""
    if not isinstance(text, str) or not text.strip():
        raise ValueError("Type a formula, such as a * b + a.")
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"The formula is too long: {len(text)} characters, and {MOST_CHARACTERS} are the most.")
    try:
        # Python warns on the error stream of what it only just accepts.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.strip().translate(BY_HAND), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ValueError(f"“{text.strip()}” is no formula. Write it as in Python: 2 * x, not 2x.") from None


def names_in(tree):
    """The names of a formula's variables, in the order in which they appear. ``ValueError`` if they do not do."""
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions]
    names = list(dict.fromkeys(node.id for node in sorted(found, key=lambda node: node.col_offset)))
    for name in names:
        if name in FUNCTIONS:
            raise ValueError(f"{name} is a function: write {name}(x).")
        if len(name) > LONGEST_NAME:
            raise ValueError(f"The name {name} is too long: {LONGEST_NAME} letters are the most.")
    if not 1 <= len(names) <= MOST_NAMES:
        raise ValueError(f"A formula needs 1 to {MOST_NAMES} names, such as x; this one has {len(names)}.")
    return names


def evaluated(tree, values):
    """The graph of the formula with these values, its gradients computed: the ``Value`` of the result.

    values: {name: number}. A name that appears twice is one ``Value``: there its paths join.
    """
    leaves = {name: Value(number, name=name) for name, number in values.items()}
    try:
        result = _build(tree, leaves)
        result.backward()
    except (OverflowError, ZeroDivisionError, RecursionError):
        raise ValueError("A number in this formula becomes too large to compute with.") from None
    order = topological_order(result)
    if len(order) > MOST_BOXES:
        raise ValueError(f"The formula is too large to draw: {len(order)} boxes, and {MOST_BOXES} are the most.")
    if (deep := _depth(order)) > MOST_IN_A_ROW:
        said = f"{deep} operations in a row, and {MOST_IN_A_ROW} are the most"
        raise ValueError(f"The formula is too deep to draw: {said}.")
    numbers = [n for value in order for n in (value.data, value.grad, *(slope for _, slope in value.inputs))]
    if not all(map(math.isfinite, numbers)):
        raise ValueError("A number in this formula becomes too large to compute with.")
    return result


def _build(node, leaves):
    match node:
        case ast.Name(name) if name in leaves:
            return leaves[name]
        case ast.BinOp(base, ast.Pow(), power):
            return _build(base, leaves) ** _plain(power)
        case ast.BinOp(left, op, right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_build(left, leaves), _build(right, leaves))
        case ast.Call(ast.Name(name), [argument], []) if name in FUNCTIONS:
            return FUNCTIONS[name](_build(argument, leaves))
        case ast.UnaryOp(ast.USub(), ast.Constant(_)) | ast.Constant(_):
            return Value(_number(node))
        case ast.UnaryOp(ast.USub(), operand):
            return _negate(_build(operand, leaves))
        case ast.UnaryOp(ast.UAdd(), operand):
            return _build(operand, leaves)
    raise ValueError(_complaint(node))


def _plain(power):
    try:
        return _number(power)
    except ValueError:
        raise ValueError("A power must be a plain number, such as 2 or −1.") from None


def _number(node):
    """A number as it is typed, with a sign or without."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_number(node.operand)
    if not isinstance(node, ast.Constant) or type(node.value) not in (int, float):
        raise ValueError(_complaint(node))
    if not abs(node.value) <= 1e15:
        raise ValueError("A number in this formula is too large to compute with.")
    return float(node.value)


def _complaint(node):
    match node:
        case ast.BinOp(_, ast.BitXor(), _):
            return "^ is no power here: write x ** 2."
        case ast.Call(ast.Name(name)) if name in FUNCTIONS:
            return f"{name} takes one argument: {name}(x)."
        case ast.Call(ast.Name(name)):
            return f"There is no function {name} here. There are {', '.join(FUNCTIONS)}."
    return f"“{ast.unparse(node)[:40]}” cannot be used here. A formula is made of {GRAMMAR}."


def _depth(order):
    """The most operations on one path."""
    depth = {}
    for value in order:
        depth[value] = max((depth[source] + 1 for source, _ in value.inputs), default=0)
    return depth[order[-1]]
