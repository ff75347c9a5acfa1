"""Mutants of a program's text: each is the same program with one small slip in it.

``mutants(text, first, last)`` makes them from the syntax tree.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tests.mutants.operators import OPERATORS
from tests.mutants.tables import COMPREHENSIONS

FUNCTIONS = (ast.FunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Mutant:
    """A program with one slip: its whole text, and the lines that differ, without their indentation."""

    text: str
    before: str
    after: str
    operator: str


@dataclass(frozen=True)
class Place:
    """Where a node stands: ``holder[key]`` is the node, ``names`` the local names and ``texts`` the strings there."""

    node: ast.AST
    holder: object
    key: object
    parent: ast.AST
    names: tuple
    texts: tuple


def mutants(text, first, last) -> Iterator[Mutant]:
    """The mutants of what stands on the lines ``first`` to ``last``. No two have the same text, and all compile."""
    tree = ast.parse(text)
    original = ast.unparse(tree)
    seen = {original}
    for place in list(_places(tree, first, last)):
        for operator in OPERATORS:
            for replacement in operator(place.node, place):
                mutated = _with(tree, place, replacement)
                if mutated not in seen and _compiles(mutated):
                    seen.add(mutated)
                    yield Mutant(mutated, *changed_lines(original, mutated), operator.__name__)


def changed_lines(before, after):
    """What is left of two texts without the lines that they begin and end with alike."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return tuple("\n".join(line.strip() for line in lines) for lines in (old, new))


def _places(tree, first, last):
    """Every node that stands between the two lines, in the order of the text."""
    texts = tuple(
        dict.fromkeys(node.value for node in ast.walk(tree) if _is_text(node) and first <= node.lineno <= last)
    )

    def visit(parent, names):
        names = names + _own_names(parent)
        for holder, key, node in _children(parent):
            if _is_docstring(node):
                continue
            if first <= getattr(node, "lineno", 0) <= last:
                yield Place(node, holder, key, parent, tuple(dict.fromkeys(names)), texts)
            yield from visit(node, names)

    return visit(tree, ())


def _children(parent):
    """(holder, key, child) of each child, where holder[key] is the child, so that it can be replaced."""
    for field, found in ast.iter_fields(parent):
        if isinstance(found, ast.AST):
            yield vars(parent), field, found
        elif isinstance(found, list):
            yield from ((found, i, node) for i, node in enumerate(found) if isinstance(node, ast.AST))


def _with(tree, place, replacement):
    """The tree's text with the replacement at that place. The tree itself is left as it was."""
    place.holder[place.key] = replacement
    try:
        return ast.unparse(tree)
    finally:
        place.holder[place.key] = place.node


def _compiles(text):
    try:
        compile(text, "mutant", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _own_names(node):
    """The names that a function or a comprehension makes its own."""
    if isinstance(node, COMPREHENSIONS):
        return tuple(n.id for part in node.generators for n in ast.walk(part.target) if isinstance(n, ast.Name))
    if not isinstance(node, FUNCTIONS):
        return ()
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    body = node.body if isinstance(node.body, list) else [node.body]
    return (*(a.arg for a in arguments if a.arg != "self"), *(n for part in body for n in _stored(part)))


def _stored(node):
    """The names that are set in a node, but for those of the functions and comprehensions in it."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if not isinstance(node, (*FUNCTIONS, *COMPREHENSIONS)):
        for child in ast.iter_child_nodes(node):
            yield from _stored(child)


def _is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_docstring(node):
    return isinstance(node, ast.Expr) and _is_text(node.value)
