"""Notebooks from their sources: ``python -m course_lib.building`` rebuilds what changed.

``chapters/source/NN-slug.py`` becomes ``chapters/NN-slug.ipynb``, executed. ``solutions/source/NN-slug.py``
becomes the executed solution and, with the solutions blanked, ``exercises/NN-slug.ipynb``. The result is the
same byte for byte each time: ids come from the cells' text, and no time, path or count of the build is kept.
"""

import contextlib
import hashlib
import io
import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from course_lib.building.bibliography import cite
from course_lib.building.exercises import BuildError, blank, mark_for_nbgrader

ROOT = Path(__file__).resolve().parents[2]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# Of a cell whose output the reader is to predict: JupyterLab keeps it closed until the cell runs, and its code, whose
# words tell the answer too, until it is opened.
HIDDEN = {"outputs_hidden": True, "source_hidden": True}

# Above the first cell that is run: what a Python without the course says there, it says in words of its own.
WITHOUT_THE_COURSE = """\
*This page needs the course's folder. Where it is missing, the next cell says* `No module named 'course_lib'`*: then
open the page with* `make lab` *in that folder, or see "One notebook elsewhere" in its README.*"""

# At the end of every chapter: the way to what belongs to all of them.
WHOLE_COURSE = """\
*Of the whole course: all* [words](glossary.md)*, all* [widgets](widgets.md)*, all* [exercises](exercises.md)*, all*
[sources](bibliography.md)*.*"""


@dataclass(frozen=True)
class Target:
    """One notebook to build: where it goes, from which source, and whether its solutions are blanked."""

    source: Path
    notebook: Path
    blanked: bool = False


def targets(root=ROOT):
    """Every notebook of the course that has a source, chapters first."""
    for source in sorted((root / "chapters/source").glob("*.py")):
        yield Target(source, root / f"chapters/{source.stem}.ipynb")
    for source in sorted((root / "solutions/source").glob("*.py")):
        yield Target(source, root / f"solutions/{source.stem}.ipynb")
        yield Target(source, root / f"exercises/{source.stem}.ipynb", blanked=True)


def from_source(target):
    """The notebook that a source describes, not yet executed."""
    import jupytext
    import nbformat

    notebook = jupytext.reads(target.source.read_text(encoding="utf-8"), fmt="py:percent")
    cells = (
        [blank(cell) for cell in notebook.cells if "solution" not in cell.metadata.get("tags", [])]
        if target.blanked
        else notebook.cells
    )
    first = next((i for i, cell in enumerate(cells) if cell.cell_type == "code"), len(cells))
    cells.insert(first, nbformat.v4.new_markdown_cell(WITHOUT_THE_COURSE))
    if target.source.parents[1].name == "chapters":
        if cells[-1].cell_type != "markdown":
            cells.append(nbformat.v4.new_markdown_cell(""))
        cells[-1].source = f"{cells[-1].source}\n\n{WHOLE_COURSE}".lstrip()
    prose = [cell for cell in cells if cell.cell_type == "markdown"]
    for cell, text in zip(prose, cite([cell.source for cell in prose]), strict=True):
        cell.source = text
    seen = {}
    for cell in cells:
        cell.metadata = {key: value for key, value in cell.metadata.items() if key == "tags" or value == HIDDEN}
        repeat = seen[cell.source] = seen.get(cell.source, -1) + 1
        cell.id = hashlib.sha256(f"{cell.cell_type}{cell.source}{repeat}".encode()).hexdigest()[:12]
    mark_for_nbgrader(cells)
    notebook.cells = cells
    notebook.metadata = {
        **KERNEL,
        "course": {"seconds": 60, **notebook.metadata.get("course", {}), "cells": fingerprint(cells)},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def fingerprint(cells):
    """A short hash of what the cells say, outputs aside."""
    said = json.dumps([[cell["cell_type"], "".join(cell["source"])] for cell in cells])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def is_edited(path):
    """Whether somebody has changed the stored notebook since it was built: a learner at work, perhaps."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return stored["metadata"].get("course", {}).get("cells") != fingerprint(stored["cells"])


def is_current(target):
    """Whether the stored notebook has its source's cells, every code cell of it executed."""
    if not target.notebook.exists():
        return False
    stored, wanted = json.loads(target.notebook.read_text(encoding="utf-8")), from_source(target)
    executed = all(c["execution_count"] for c in stored["cells"] if c["cell_type"] == "code")
    return (
        executed
        and stored["metadata"] == wanted.metadata
        and [(c["id"], c["cell_type"], "".join(c["source"]), c["metadata"]) for c in stored["cells"]]
        == [(c.id, c.cell_type, c.source, c.metadata) for c in wanted.cells]
    )


class Recorder:
    """A pytest plugin that keeps the outputs which nbval sees, so that what is stored is what will be compared."""

    def __init__(self):
        self.outputs, self.failure = [], None

    def pytest_runtest_logreport(self, report):
        if report.failed and not self.failure:
            self.failure = str(report.longrepr)

    def pytest_runtest_teardown(self, item):
        self.outputs.append(item.test_outputs)


def execute(notebook):
    """Run the notebook by nbval's own engine, and put the outputs into it."""
    import nbformat
    import pytest

    recorder = Recorder()
    with tempfile.TemporaryDirectory() as private:
        # The learner's own progress neither shows in a notebook nor is touched by building one.
        os.environ["COURSE_PROGRESS"] = str(Path(private) / "progress.jsonl")
        path = Path(private) / "notebook.ipynb"
        nbformat.write(notebook, path)
        with contextlib.redirect_stdout(io.StringIO()):
            pytest.main(
                [
                    "--nbval-lax",
                    "--nbval-current-env",
                    "-x",
                    "-p",
                    "no:cacheprovider",
                    "-p",
                    "no:xdist",
                    "--nbval-cell-timeout=600",
                    "--color=no",
                    "-c",
                    os.devnull,
                    str(path),
                ],
                plugins=[recorder],
            )
    if recorder.failure:
        raise BuildError(re.sub(r"\x1b\[[0-9;]*m", "", recorder.failure))
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, (cell, outputs) in enumerate(zip(code, recorder.outputs, strict=True), 1):
        cell.execution_count, cell.outputs = number, [_portable(out, number) for out in outputs]


def _portable(output, number):
    """Without what only holds while this kernel lives: the widget's view, whose id is random."""
    if "data" in output:
        output["data"] = {mime: data for mime, data in output["data"].items() if mime != WIDGET_VIEW}
        output["metadata"] = {}
    if "execution_count" in output:
        output["execution_count"] = number
    return output


def write(notebook, path):
    """Store the notebook: sorted keys, one line of text a line, so that a change is small in a diff."""
    import nbformat

    content = nbformat.v4.writes(notebook, indent=1, sort_keys=True, ensure_ascii=False)
    path.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="\n", dir=path.parent, delete=False) as file:
        file.write(content.rstrip("\n") + "\n")
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


def build(target):
    """Build one notebook. Raises ``BuildError``; the stored notebook changes only if all of it ran."""
    name = f"{target.notebook.parent.name}/{target.notebook.name}"
    if target.notebook.exists() and is_edited(target.notebook):
        raise BuildError(
            f"{name} was edited since it was built, and is left as it is. Move it away to have it built anew."
        )
    try:
        notebook = from_source(target)
        execute(notebook)
        write(notebook, target.notebook)
    except BuildError as error:
        raise BuildError(f"{name} was not built.\n{error}") from None
    return name
