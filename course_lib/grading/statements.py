"""What a notebook says, without how it is written: a hash of each statement's tree, whatever its variables are called.

Whoever's text is read, it is read in a student's process, before any of its cells has run there: a parser can be
made to crash.
"""

import ast
import hashlib

# In letters: more than this nobody has written by hand, and it is not looked at.
MOST_TEXT = 1 << 20


def hashes(sources):
    """A hash of each statement of these cells, in order. A cell that is not Python has none."""
    return [_hash(statement) for source in sources for statement in _statements(source)]


def summary(own, released):
    """What is left of these hashes without the released exercise's: how many, and one hash of all in any order."""
    left = sorted(one for one in own if one not in set(released))
    return {"count": len(left), "hash": hashlib.sha256("\0".join(left).encode()).hexdigest()[:32]} if left else None


def _statements(source):
    for prepare in (str, _without_magics):
        try:
            return ast.parse(prepare(source)).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return []


def _without_magics(source):
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(source)


def _hash(statement):
    for node in ast.walk(statement):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            # What it says of itself, which costs nothing to change.
            node.body = [one for one in body if not _is_text(one)] or [ast.Pass()]
    return hashlib.sha256(ast.dump(_Renamed(_bound(statement)).visit(statement)).encode()).hexdigest()[:16]


def _is_text(statement):
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return constant and isinstance(statement.value.value, str)


def _bound(statement):
    """The names that a statement binds, in their order."""
    names = {}
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id)
        elif isinstance(node, ast.arg):
            names.setdefault(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.setdefault(node.name)
    return {name: f"name {number}" for number, name in enumerate(names)}


class _Renamed(ast.NodeTransformer):
    def __init__(self, names):
        self._names = names

    def generic_visit(self, node):
        for field in ("id", "arg", "name"):
            if isinstance(name := getattr(node, field, None), str) and name in self._names:
                setattr(node, field, self._names[name])
        return super().generic_visit(node)
