"""What a program imports of the course, and what that imports in turn: read, not run."""

import ast
import functools
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
# What the student's process needs to run cells and to answer. No check, no solution and no progress is in it.
ALWAYS = (
    "course_lib.checking.answers",
    "course_lib.grading.child",
    "course_lib.grading.wire",
    "course_lib.grading.zygote",
)


def named(tree):
    """The modules of the course that a program imports, also inside functions."""
    # Trees are kept, and asked for their imports again and again.
    if not hasattr(tree, "of_the_course"):
        tree.of_the_course = list(_named(tree))
    return tree.of_the_course


def _named(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from filter(file_of, names)


def imported(tree):
    """The modules of the course that a program imports, but none of the checks."""
    return (name for name in named(tree) if not name.startswith("course_lib.checks"))


def outside(trees):
    """The modules that are not the course's."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name for name in names if name.partition(".")[0] != "course_lib"}


def file_of(module):
    """The file of a module of the course, or None."""
    first, _, rest = module.partition(".")
    place = PACKAGE.joinpath(*rest.split(".")) if rest else PACKAGE
    files = [place / "__init__.py", place.with_suffix(".py")] if first == "course_lib" else []
    return next((file for file in files if file.is_file()), None)


def closure(modules, follow=imported):
    """The modules and ``ALWAYS``, what they import, and so on; and the packages in which they lie."""
    waiting, found = {"course_lib", *ALWAYS, *modules}, set()
    while waiting:
        module = waiting.pop()
        found.add(module)
        parents = {module.rpartition(".")[0]} - {""}
        waiting |= {*follow(tree_of(module)), *parents} - found
    return frozenset(found)


def tree_of(module):
    """The syntax tree of a module of the course."""
    return _parsed(file_of(module).read_text(encoding="utf-8"))


# By the text, so that a change of the file is seen.
_parsed = functools.lru_cache(200)(ast.parse)
