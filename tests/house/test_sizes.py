"""The reference implementations stay readable: small functions, small classes, a module on a few screens."""

import ast
import statistics
from pathlib import Path

import pytest

import course_lib
from tests.house.test_witnesses import MODULES

FOLDER = Path(course_lib.__file__).parent
FILE_LINES, CLASS_LINES, FUNCTION_LINES = 250, 45, 6


def body_lines(function):
    """The lines of a function's body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("module", MODULES)
def test_module_is_readable(module):
    text = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    assert len(text.splitlines()) <= FILE_LINES
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            assert node.end_lineno - node.lineno + 1 <= CLASS_LINES, node.name
    assert ast.get_docstring(ast.parse(text))


def test_functions_are_short():
    """Over all modules, because one that has a single function has no median to speak of."""
    texts = ((FOLDER / f"{module}.py").read_text(encoding="utf-8") for module in MODULES)
    functions = [node for text in texts for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    assert len(functions) > 200
    assert statistics.median(map(body_lines, functions)) <= FUNCTION_LINES


@pytest.mark.parametrize("module", MODULES)
def test_what_is_public_says_what_it_is(module):
    """Every public function and class, has a docstring."""
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    public = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"]
    assert [node.name for node in public if not ast.get_docstring(node)] == []
