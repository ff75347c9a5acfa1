"""Every widget of the course, found and not listed, so that a new chapter's are tested without new code."""

import importlib
import pkgutil

import nbformat

import course_lib.widgets
from course_lib.widgets.base import Demo, ScriptDemo
from course_lib.widgets.live import LiveDemo

# Where the notebook with all widgets lies in a copy of the course.
PATH = "chapters/every-widget.ipynb"
# The arguments of widgets that cannot do without.
ARGUMENTS = {
    "DigitPad": "read=lambda picture: (ink := picture.ravel()[20:30] + 0.01) / ink.sum()",
    "FeatureMaps": "model=(k := __import__('keras')).Sequential([k.Input((8, 8, 1)), k.layers.Conv2D("
    "2, 3, activation='relu', kernel_initializer='ones'), k.layers.MaxPooling2D(name='pool'), "
    "k.layers.Conv2D(1, 2, name='second')])",
}


def find():
    """The classes of all widgets, in the order of their modules."""
    modules = [
        importlib.import_module(f"course_lib.widgets.{module.name}")
        for module in pkgutil.iter_modules(course_lib.widgets.__path__)
    ]
    return [
        thing
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type)
        and issubclass(thing, (Demo, ScriptDemo))
        and thing.__module__ == module.__name__
        # What only others are built on is no widget.
        and module.__name__ not in (Demo.__module__, LiveDemo.__module__)
        and thing.__name__[0] != "_"
    ]


def expression(kind):
    """The Python that makes a widget of this class."""
    return f"{kind.__name__}({ARGUMENTS.get(kind.__name__, '')})"


def make(kind):
    """A widget of this class, as a chapter shows it."""
    return eval(expression(kind), {kind.__name__: kind})


def notebook():
    """A notebook with a cell that imports all widgets and, after it, a cell for each."""
    kinds = find()
    imports = "\n".join(f"from {kind.__module__} import {kind.__name__}" for kind in kinds)
    return with_cells(imports, *map(expression, kinds))


def with_cells(*sources):
    """A notebook with a code cell for each of these texts."""
    cells = [nbformat.v4.new_code_cell(source, id=f"cell{i}") for i, source in enumerate(sources)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
