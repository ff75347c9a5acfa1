"""Every file stays readable: small functions, small classes, a module on a few screens. The limits stand here."""

import ast
import statistics

import jupytext
import pytest

from course_lib.building.notebooks import ROOT
from tests.house.test_witnesses import MODULES

FOLDER = ROOT / "course_lib"
# Lines. Mathematics is read by learners; a module of checks holds ten exercises, each with its words.
MATHEMATICS_FILE, MATHEMATICS_CLASS, MATHEMATICS_FUNCTION = 250, 45, 6
CHECKS_FILE, WIDGET_CLASS, OTHER_FILE = 420, 90, 300
CODE_CELL = (4, 5)
# Tests that were longer before there was a limit, with their lines: they may become shorter, and none may join them.
LONG_TESTS = {
    "tests/checking/test_checks.py": 311,
    "tests/lab/test_set_up.py": 385,
    "tests/test_convolution.py": 350,
    "tests/test_layer_costs.py": 363,
    "tests/test_neurons.py": 423,
    "tests/test_optimizers.py": 479,
    "tests/test_training.py": 360,
}
FLAT = sorted(FOLDER.glob("*.py"))
CHECKS = sorted(FOLDER.glob("checks/*.py"))
WIDGETS = sorted(FOLDER.glob("widgets/*.py"))
SOURCES = sorted(ROOT.glob("*/source/*.py"))
EVERY = sorted({*FOLDER.rglob("*.py"), *ROOT.glob("tests/**/*.py")})


def limit_of(path):
    """The most lines that a file may have."""
    other = LONG_TESTS.get(name(path), OTHER_FILE)
    return MATHEMATICS_FILE if path in FLAT else CHECKS_FILE if path in CHECKS else other


def name(path):
    return path.relative_to(ROOT).as_posix()


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def lines(node):
    return node.end_lineno - node.lineno + 1


def body_lines(function):
    """The lines of a function's body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


def classes(path):
    return [node for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef)]


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_a_file_fits_on_a_few_screens(path):
    count = path.read_text(encoding="utf-8").count("\n")
    assert count <= limit_of(path)


@pytest.mark.parametrize("path", LONG_TESTS)
def test_what_is_no_longer_long_is_off_the_list(path):
    assert (ROOT / path).read_text(encoding="utf-8").count("\n") > OTHER_FILE


@pytest.mark.parametrize("module", MODULES)
def test_module_is_readable(module):
    path = FOLDER / f"{module}.py"
    assert ast.get_docstring(parsed(path))
    assert {node.name: lines(node) for node in classes(path) if lines(node) > MATHEMATICS_CLASS} == {}


@pytest.mark.parametrize("path", WIDGETS, ids=name)
def test_a_widget_is_short(path):
    assert {node.name: lines(node) for node in classes(path) if lines(node) > WIDGET_CLASS} == {}


def test_functions_are_short():
    """Over all modules, because one that has a single function has no median to speak of."""
    trees = (parsed(FOLDER / f"{module}.py") for module in MODULES)
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert len(functions) > 200
    assert statistics.median(map(body_lines, functions)) <= MATHEMATICS_FUNCTION


@pytest.mark.parametrize("module", MODULES)
def test_what_is_public_says_what_it_is(module):
    """Every public function and class, has a docstring."""
    tree = parsed(FOLDER / f"{module}.py")
    public = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


def test_code_cells_are_short():
    """The lines of a code cell, over all chapters: four or five in the median."""
    cells = [
        cell.source
        for path in SOURCES
        if path.parent.parent.name == "chapters"
        for cell in jupytext.read(path).cells
        if cell.cell_type == "code"
    ]
    assert len(cells) > 100
    assert statistics.median(len(cell.splitlines()) for cell in cells) <= CODE_CELL[1]


def test_format_is_skipped_only_around_matrices():
    """One format: what is kept from it by hand is a matrix, whose rows would be torn apart."""
    marks = ("# fmt: " + word for word in ("skip", "off"))
    kept = [
        f"{name(path)}:{number}"
        for mark in marks
        for path in [*EVERY, *SOURCES]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if mark in line and not line.lstrip().startswith("]") and "np.array" not in line
    ]
    assert kept == []
