"""What an import costs and whom it may know: no TensorFlow on import, layers that only look down, no cycle."""

import ast
import graphlib
import json
import pkgutil
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import course_lib

FOLDER = Path(course_lib.__file__).parent
# One runs before anything is installed, one builds the notebooks, one is pytest's: nothing imports them.
PROGRAMS = {"course_lib.lab.set_up", "course_lib.building.__main__"}
MODULES = ["course_lib", *sorted(found.name for found in pkgutil.walk_packages([str(FOLDER)], "course_lib."))]
IMPORTED = [name for name in MODULES if name not in PROGRAMS]
# Whom the modules of each folder may import, besides what is installed. "" is course_lib's own folder.
MAY_IMPORT = {
    "page": {"page"},
    "": {"", "page"},
    "playground": {"", "playground"},
    "serving": {"", "serving"},
    "experiments": {"", "page", "experiments", "serving"},
    "drawing": {"", "page", "drawing"},
    "plots": {"", "page", "drawing", "plots", "playground"},
    "widgets": {"", "page", "drawing", "experiments", "playground", "plots", "widgets"},
    "checking": {"page", "checking"},
    "checks": {"", "page", "widgets", "checking", "checks"},
    "grading": {"building", "checking", "checks", "grading"},
    "building": {"building"},
    "lab": {"", "lab"},
}
# What no module of course_lib's own folder may load: it would cost more than the whole course.
SLOW = ["tensorflow", "keras", "matplotlib", "sklearn", "IPython", "ipywidgets", "scipy", "jupytext", "pybtex"]


def loaded_by(modules):
    """The top-level names of all that a fresh interpreter has loaded after importing the modules."""
    code = f"import json, sys, {', '.join(modules)}\nprint(json.dumps(list(sys.modules)))"
    names = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    return {name.partition(".")[0] for name in names}


def folder(module):
    """ "" for course_lib.neurons, "plots" for course_lib.plots.neurons and for course_lib.plots itself."""
    first = module.split(".")[1:2]
    return "".join(first) if FOLDER.joinpath(*first).is_dir() else ""


def path(module):
    """The file of a module or package."""
    place = FOLDER.parent.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def imports(module):
    """The modules of the course that a module's text imports, also those inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively; this test reads full names"
            # from package import x: x is a module of its own or a name inside the package.
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inner & set(MODULES) or {node.module}
    return {name for name in found if name.partition(".")[0] == "course_lib"} - {module}


def test_every_module_is_looked_at():
    """One for each file: a folder without its __init__.py would be passed over in silence."""
    assert {path(module) for module in MODULES} == set(FOLDER.rglob("*.py"))
    assert PROGRAMS.issubset(MODULES)


def test_no_import_loads_tensorflow_or_keras():
    loaded = loaded_by(IMPORTED)
    assert {"course_lib", "numpy", "matplotlib"} <= loaded
    assert not {"tensorflow", "keras"} & loaded


def test_the_maths_loads_nothing_slow():
    loaded = loaded_by([module for module in IMPORTED if folder(module) == ""])
    assert "numpy" in loaded
    assert not set(SLOW) & loaded


def test_no_module_of_the_maths_takes_as_long_as_numpy():
    """NumPy takes about 0.1 s on a laptop; no module may add as much to it with all that it loads first."""
    modules = [module for module in IMPORTED if folder(module) == ""]
    code = f"""
import importlib, json, time
def seconds(module):
    start = time.process_time()
    importlib.import_module(module)
    return time.process_time() - start
print(json.dumps({{module: seconds(module) for module in {["numpy", *modules]}}}))
"""
    runs = [
        json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(5)
    ]
    # Both are times of the processor in the same run, so that a busy or slow machine changes their share little.
    shares = {module: statistics.median(run[module] / run["numpy"] for run in runs) for module in modules}
    assert {module: share for module, share in shares.items() if share >= 1} == {}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_lies_below(module):
    for imported in imports(module):
        assert folder(imported) in MAY_IMPORT[folder(module)], f"{module} imports {imported}"


def test_no_module_imports_a_program():
    for module in MODULES:
        assert not imports(module) & PROGRAMS, module


def test_imports_form_no_cycle():
    order = graphlib.TopologicalSorter({module: imports(module) for module in MODULES})
    assert set(order.static_order()) == set(MODULES)


def test_imports_are_found_however_they_are_written(tmp_path, monkeypatch):
    text = (
        "import numpy, course_lib.data\nfrom course_lib import neurons, __doc__\n"
        "from course_lib.plots import show\ndef f():\n    from course_lib.drawing import svg, style\n"
        "    import course_lib.data as q\n"
    )
    file = tmp_path / "example.py"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setitem(globals(), "path", lambda module: file)
    assert imports("course_lib.example") == {
        "course_lib.data",
        "course_lib.neurons",
        "course_lib.plots",
        "course_lib.drawing.svg",
        "course_lib.drawing.style",
    }


@pytest.mark.parametrize(
    ("module", "wanted"),
    [
        ("course_lib", ""),
        ("course_lib.neurons", ""),
        ("course_lib.plots", "plots"),
        ("course_lib.plots.neurons", "plots"),
    ],
)
def test_folder(module, wanted):
    assert folder(module) == wanted
