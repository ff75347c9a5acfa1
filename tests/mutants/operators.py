"""The slips that make mutants: an operator is given a node of a syntax tree and yields what could stand there instead.

``place`` says where that is: the node's ``parent``, the local ``names`` and the ``texts`` of the program.
"""

import ast
import copy

from tests.mutants import tables

OPERATORS = []


def changed(node, **fields):
    """A copy of the node with other fields."""
    new = copy.copy(node)
    for name, found in fields.items():
        setattr(new, name, found)
    return new


def shifted(node, by):
    """The expression plus or minus one."""
    return ast.BinOp(node, ast.Add() if by > 0 else ast.Sub(), ast.Constant(abs(by)))


def called(node):
    """The last part of the name of the function that is called: "sum" for np.sum(x) and x.sum(); else ""."""
    match node:
        case ast.Call(ast.Attribute(attr=name) | ast.Name(name)):
            return name
    return ""


def operator(function):
    """Decorates a function (node, place) that yields what could stand there by mistake."""
    OPERATORS.append(function)
    return function


@operator
def operators_swapped(node, place):
    """a + b → a - b, a < b → a <= b, a and b → a or b"""
    match node:
        case ast.BinOp(op=op):
            yield from (changed(node, op=new()) for new in tables.SWAPS.get(type(op), ()))
        case ast.Compare(ops=[op]):
            yield from (changed(node, ops=[new()]) for new in tables.SWAPS.get(type(op), ()))
        case ast.BoolOp(op, values):
            yield changed(node, op=tables.SWAPS[type(op)][0]())
            yield from values


@operator
def updates_changed(node, place):
    """a += b → a -= b, a = b"""
    if isinstance(node, ast.AugAssign):
        yield from (changed(node, op=new()) for new in tables.SWAPS.get(type(node.op), ()))
        yield ast.Assign([node.target], node.value, lineno=node.lineno)


@operator
def constants_changed(node, place):
    """3 → 4, 2, 0, -3; 0.5 → 0.75, 0.0, -0.5; True → False; one text → another"""
    value = node.value if isinstance(node, ast.Constant) and not _is_untouched(place.parent) else None
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield from (ast.Constant(new) for new in other_numbers(value, place.parent) if new != value)
    elif isinstance(value, str) and not isinstance(place.parent, ast.JoinedStr):
        others = [text for text in place.texts if text != value]
        yield from (ast.Constant(text) for text in others[:2] or [""])


def other_numbers(number, parent):
    """What a number could be by mistake, where it stands in ``parent``."""
    match parent:
        # What is chosen before a training: one epoch more or half the rate more is no mistake.
        case ast.keyword("epochs"):
            return [1, 0]
        case ast.keyword("learning_rate") | ast.Call(ast.Attribute(ast.Attribute(attr="optimizers" | "schedules"))):
            return [0 * number, -number]
        # The minus that stands there is dropped elsewhere; the axis -1 is most often the axis 1.
        case ast.UnaryOp() | ast.keyword("axis") | ast.Subscript(ast.Attribute(attr="shape")):
            signs = []
        case _:
            signs = [-number]
    return [*([number + 1, number - 1] if isinstance(number, int) else [1.5 * number or 1.0]), 0 * number, *signs]


def _is_untouched(node):
    return getattr(node, "arg", None) in tables.UNTOUCHED_KEYWORDS or called(node) in tables.UNTOUCHED_CALLS


@operator
def signs_changed(node, place):
    """-a → a, not a → a, ~a → a; x = a → x = -a, return a → return -a"""
    match node:
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Return(ast.AST() as value) | ast.Assign(value=value) if not isinstance(value, tables.UNSIGNED):
            yield changed(node, value=ast.UnaryOp(ast.USub(), value))


@operator
def conditions_forced(node, place):
    """if a → if True, if False, if not a"""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        for test in (ast.Constant(True), ast.Constant(False), ast.UnaryOp(ast.Not(), node.test)):
            yield changed(node, test=test)
    if isinstance(node, tables.COMPREHENSIONS) and any(part.ifs for part in node.generators):
        yield changed(node, generators=[changed(part, ifs=[]) for part in node.generators])


@operator
def keywords_dropped(node, place):
    """f(x, axis=0) → f(x)"""
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if not _is_untouched(keyword):
                yield changed(node, keywords=[other for other in node.keywords if other is not keyword])


@operator
def arguments_changed(node, place):
    """f(x, y) → f(y, x), f(x)"""
    if not isinstance(node, ast.Call) or any(isinstance(argument, ast.Starred) for argument in node.args):
        return
    for i in range(len(node.args) - 1):
        if called(node) not in tables.COMMUTATIVE:
            yield changed(node, args=swapped(node.args, i))
    if len(node.args) > 1:
        yield changed(node, args=node.args[:-1])


@operator
def statements_deleted(node, place):
    """x = a → pass; break ↔ continue"""
    kept = isinstance(node, ast.Pass | ast.FunctionDef) or _is_untouched(getattr(node, "value", None))
    if isinstance(node, ast.stmt) and not kept:
        yield ast.Pass()
    if isinstance(node, ast.Break):
        yield ast.Continue()
    if isinstance(node, ast.Continue):
        yield ast.Break()


@operator
def returns_cut(node, place):
    """return a + b → return a, return b; return f(x) → return x; return a, b → return a, return b, return b, a"""
    if isinstance(node, ast.Return):
        yield from (changed(node, value=part) for part in parts(node.value))


def parts(value):
    """What an expression is made of, where a part could pass for the whole."""
    match value:
        case ast.BinOp(left, _, right):
            yield from (left, right)
        case ast.Call(ast.Attribute(receiver), arguments):
            yield from arguments or [receiver]
        case ast.Call(args=arguments):
            yield from arguments
        case ast.Subscript(whole):
            yield whole
        case ast.Tuple(elements):
            for i in range(len(elements)):
                left = [*elements[:i], *elements[i + 1 :]]
                yield left[0] if len(left) == 1 else changed(value, elts=left)


@operator
def elements_changed(node, place):
    """[a, b] → [b], [a]; a, b → b, a"""
    match node:
        case ast.List(elements, ast.Load()) if len(elements) > 1:
            for i in range(len(elements)):
                yield changed(node, elts=[*elements[:i], *elements[i + 1 :]])
        case ast.Tuple(elements, ast.Load()):
            for i in range(len(elements) - 1):
                yield changed(node, elts=swapped(elements, i))


@operator
def slices_shifted(node, place):
    """x[a:b] → x[a + 1:b], x[a - 1:b], x[:b]; x[:] → x[1:], x[:-1]; x[i] → x[i + 1], x[i - 1]"""
    if isinstance(node, ast.Slice):
        for field, missing in (("lower", 1), ("upper", -1)):
            yield from (changed(node, **{field: new}) for new in bounds(getattr(node, field), missing))
        if node.step:
            yield changed(node, step=None)
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name | ast.BinOp):
        yield from (changed(node, slice=shifted(node.slice, by)) for by in (1, -1))


def bounds(bound, missing):
    """The neighbours of a slice's bound. Those of a number are made where constants are changed."""
    if bound is None:
        return [ast.Constant(missing)]
    numbers = isinstance(bound, ast.Constant | ast.UnaryOp)
    return [None, *([] if numbers else [shifted(bound, 1), shifted(bound, -1)])]


@operator
def names_replaced(node, place):
    """One local name → the local names before and after it"""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in place.names:
        i = place.names.index(node.id)
        yield from (changed(node, id=place.names[(i + by) % len(place.names)]) for by in (1, -1))


@operator
def functions_swapped(node, place):
    """min ↔ max, np.sum ↔ np.mean, and so on; np.sqrt(x) → x, x.astype(int) → x"""
    if isinstance(node, ast.Attribute) and node.attr in tables.PAIRS:
        yield changed(node, attr=tables.PAIRS[node.attr])
    if isinstance(node, ast.Name) and node.id in tables.BUILT_IN and node.id not in place.names:
        yield changed(node, id=tables.BUILT_IN[node.id])
    if called(node) in tables.FORGETTABLE:
        yield node.args[0] if node.args and _is_of_a_module(node.func) else getattr(node.func, "value", node)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value


def _is_of_a_module(function):
    """Whether a function gets what it works on as its argument: sorted(x) and np.sort(x), but not x.sort()."""
    match function:
        case ast.Name() | ast.Attribute(ast.Name("np")) | ast.Attribute(ast.Attribute(ast.Name("keras"), "ops")):
            return True
    return False


@operator
def loops_bounded_otherwise(node, place):
    """range(n) → range(n + 1), range(n - 1)"""
    match node:
        case ast.Call(ast.Name("range"), arguments):
            for i, bound in enumerate(arguments):
                if not isinstance(bound, ast.Constant | ast.UnaryOp):
                    for by in (1, -1):
                        yield changed(node, args=[*arguments[:i], shifted(bound, by), *arguments[i + 1 :]])


def swapped(elements, i):
    """A list with entry i and the next one swapped."""
    return [*elements[:i], elements[i + 1], elements[i], *elements[i + 2 :]]
