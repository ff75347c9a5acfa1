"""Usual mistakes: wrong answers, each written as what it changes in the right one, and made when it is first needed."""

import ast
import functools
import inspect
import sys
from collections.abc import Mapping

import numpy as np


class Mistakes(Mapping):
    """{hint: wrong answer}. ``make(hint, what is written)`` gives the answer when it is first asked for.

    ``right`` is the right answer, which most of them change.
    """

    def __init__(self, written, right, make):
        self.written, self.right = written, right
        self._make, self._made = make, {}

    def __getitem__(self, hint):
        if hint not in self._made:
            self._made[hint] = self._make(hint, self.written[hint])
        return self._made[hint]

    def __iter__(self):
        return iter(self.written)

    def __len__(self):
        return len(self.written)


def wrong_functions(written, right=None):
    """The mistakes of a function: each a slip in the right one (a text, see ``slipped_code``), or another function."""

    def make(hint, wrong):
        function = slipped(right, hint, wrong) if isinstance(wrong, str) else wrong
        # Some overflow on purpose, and the learner is not to read about that.
        return np.errstate(all="ignore")(function)

    return Mistakes(written, right, make)


def wrong_values(written, right):
    """The mistakes of a value: each another value, or of a dict only the entries that differ from ``right()``."""

    def make(hint, wrong):
        return right() | wrong if isinstance(wrong, dict) else wrong

    return Mistakes(written, right, make)


def slipped(right, hint, slip):
    """``right`` with the slip in its code. ``ValueError``: see ``slipped_code``."""
    names = {}
    code = compile(slipped_code(right, hint, slip), f"<{right.__name__}: {hint}>", "exec")
    # The function is to see its module's globals, and the module is to see nothing of it.
    exec(code, right.__globals__, names)
    return names[right.__name__]


def slipped_code(right, hint, slip):
    """The code of ``right`` with pieces replaced, as in "2 * np.mean → np.mean", or in "w -= → w +=; b -= → b +=".

    A piece may go over several lines; docstring and decorators are no part of the code. ``ValueError`` if an old piece
    does not stand there exactly once.
    """
    code = code_of(right)
    for old, new in replacements(slip):
        if (count := code.count(old)) != 1:
            raise ValueError(f"{right.__name__}: {old!r} must stand once in its code, not {count} times. Hint: {hint}")
        code = code.replace(old, new)
    return code


def replacements(slip):
    """A slip's pieces: [(old, new), …]. Where the new one is empty, the old one is left out."""
    return [tuple(piece.strip() for piece in one.split("→")) for one in slip.split("; ")]


@functools.cache
def code_of(function):
    """A module's function as text, without decorators and docstring."""
    source = inspect.getsource(sys.modules[function.__module__])
    is_it = (node for node in ast.walk(ast.parse(source)) if _begins_at(node) == function.__code__.co_firstlineno)
    node = next(is_it)
    lines = source.splitlines(keepends=True)
    body = node.body[ast.get_docstring(node) is not None :]
    parts = lines[node.lineno - 1 : node.body[0].lineno - 1], lines[body[0].lineno - 1 : node.end_lineno]
    return "".join(line for part in parts for line in part)


def _begins_at(node):
    """The first line of a function, that of its first decorator if it has any; None for what is no function."""
    if isinstance(node, ast.FunctionDef):
        return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return None
