"""Notebooks from anybody: found, read and taken apart without believing anything about them."""

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 20 << 20
MAX_CELLS = 2000
# Each opening bracket becomes an object of Python's: a file of nothing else would fill the memory.
MAX_BRACKETS = 2_000_000


class NotGradable(Exception):
    """This submission cannot be graded. The message is one sentence that says why."""


@dataclass(frozen=True)
class Submission:
    """One notebook to grade, and the name under which its result appears."""

    name: str
    path: Path


def find(paths):
    """The submissions among the paths: each file by its name, each folder's notebooks by their place in it.

    ``FileNotFoundError`` for a path that does not exist. What cannot be graded is found too: it gets its line.
    """
    found = []
    for path in map(Path, paths):
        if not path.exists() and not path.is_symlink():
            raise FileNotFoundError(f"{path} does not exist; a notebook or a folder of notebooks was expected.")
        is_folder = path.is_dir() and not path.is_symlink()
        found += _in_folder(path) if is_folder else [Submission(path.name.removesuffix(".ipynb"), path)]
    return _with_different_names(found)


def _in_folder(folder):
    for place, folders, files in os.walk(folder):
        # A folder that is named like a notebook is somebody's mistake, who is to be told of it.
        for name in sorted(name for name in (*files, *folders) if name.endswith(".ipynb")):
            path = Path(place, name)
            yield Submission(path.relative_to(folder).as_posix().removesuffix(".ipynb"), path)
        # JupyterLab keeps copies in hidden folders.
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not name.endswith(".ipynb"))


def _written(name):
    """A name in characters that can be written anywhere."""
    name = name.encode(errors="backslashreplace").decode()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def _with_different_names(submissions):
    """Each with a name of its own. Who has an ordinary name keeps it, whatever others call themselves."""
    named, taken = {}, set()
    for submission in sorted(submissions, key=lambda submission: _written(submission.name) != submission.name):
        name, number = _written(submission.name), 1
        while name in taken:
            number += 1
            name = f"{_written(submission.name)} ({number})"
        taken.add(name)
        named[submission] = name
    return [Submission(named[submission], submission.path) for submission in submissions]


def read(path):
    """The bytes of a submission. ``NotGradable`` if it is no plain file of a sensible size."""
    try:
        # A link could lead to another's work, and a named pipe would keep us waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        why = "it is a link" if Path(path).is_symlink() else error.strerror
        raise NotGradable(f"The file could not be read ({why}).") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotGradable("This is no file but a folder or a device.")
        if status.st_size > MAX_BYTES:
            raise NotGradable(f"The file has {status.st_size / 1e6:.0f} MB; at most {MAX_BYTES >> 20} MiB are read.")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_BYTES)
    finally:
        os.close(descriptor)


def code_cells(content):
    """The text of each code cell, in order. ``NotGradable`` if the bytes are no notebook of format 4."""
    if content.count(b"[") + content.count(b"{") > MAX_BRACKETS:
        raise NotGradable("The file is too complicated to be a notebook.")
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotGradable("The file is no notebook: it is not JSON.") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise NotGradable("The file is no notebook: it does not say which format it has.")
    if notebook["nbformat"] != 4:
        raise NotGradable(f"The notebook has the format {notebook['nbformat']}; 4 is expected. Save it in JupyterLab.")
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise NotGradable("The notebook has no list of cells.")
    if len(cells) > MAX_CELLS:
        raise NotGradable(f"The notebook has {len(cells)} cells; at most {MAX_CELLS} are run.")
    return [_text(cell.get("source")) for cell in cells if cell.get("cell_type") == "code"]


def _text(source):
    lines = [source] if isinstance(source, str) else source
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise NotGradable("A cell of the notebook has no text.")
    return "".join(lines)
