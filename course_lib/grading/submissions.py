"""Notebooks from anybody, read and taken apart without believing anything about them."""

import contextlib
import json
import os
import re
import stat

from course_lib.grading.outputs import MAX_READ, TooLarge, without_outputs

MAX_CELLS = 2000
# Each opening bracket becomes an object of Python's: a file of nothing else would fill the memory.
MAX_BRACKETS = 2_000_000
FORMATS = (2, 3, 4)
# What else people hand in, by how it begins.
BEGINNINGS = {
    rb"\s*\Z": "empty",
    rb"%PDF": "a PDF",
    rb"\x89PNG|\xff\xd8\xff|GIF8|\x00\x00\x00.ftypheic": "a picture",
    rb"PK\x03\x04": "a zip archive, or a document of an office program",
    rb"Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ": "an archive that is no zip",
    rb"\xd0\xcf\x11\xe0|\{\\rtf": "a document of an office program",
    rb"\x00\x05\x16\x07": "what a Mac keeps beside a file",
    rb"\s*<": "a web page",
    rb"\s*(?:import |from |def |class |#|%%|\"\"\")": "a program",
    rb"version https://git-lfs": "a note of git's that says where the file is",
    rb"(?sm)\s*\{.*^(?:<{7}|>{7}) ": "what git left of a conflict between two versions",
    rb"(?s)\s*\{.*\"(?:cells|nbformat)\"": "a notebook that is cut off or damaged",
}


class NotGradable(Exception):
    """This submission cannot be graded. The message is one sentence that says why."""


@contextlib.contextmanager
def opened(path):
    """A submission's file, for reading. ``NotGradable`` if it is no plain file of a sensible size."""
    try:
        # A link could lead to another's work, and a named pipe would keep us waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        why = "it is a link" if os.path.islink(path) else error.strerror
        raise NotGradable(f"The file could not be read ({why}).") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotGradable("This is no file but a folder or a device.")
        if status.st_size > MAX_READ:
            raise NotGradable(f"The file has {status.st_size / 1e6:.0f} MB; at most {MAX_READ >> 20} MiB are read.")
        with open(descriptor, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(descriptor)


def read(path):
    """The bytes of a submission, without its outputs. ``NotGradable`` if it is no plain file of a sensible size."""
    with opened(path) as file:
        return content(file)


def content(file):
    """The bytes of an open file, without outputs. ``NotGradable`` if there are too many."""
    try:
        return without_outputs(file)
    except TooLarge as reason:
        raise NotGradable(str(reason)) from reason
    except OSError as error:
        raise NotGradable(f"The file could not be read ({error.strerror}).") from error


def code_cells(content):
    """The text of each code cell, in order. ``NotGradable`` if the bytes are no notebook of a format that is known."""
    if content.count(b"[") + content.count(b"{") > MAX_BRACKETS:
        raise NotGradable("The file is too complicated to be a notebook.")
    try:
        notebook = json.loads(content.decode(json.detect_encoding(content), "replace"))
    except (ValueError, RecursionError) as error:
        kind = next((kind for begins, kind in BEGINNINGS.items() if re.match(begins, content)), "")
        raise NotGradable(f"The file is no notebook: it is not JSON{kind and f' but {kind}'}.") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise NotGradable("The file is no notebook: it does not say which format it has.")
    if notebook["nbformat"] not in FORMATS:
        raise NotGradable(f"The notebook has the format {notebook['nbformat']}; 4 is expected. Save it in JupyterLab.")
    cells = notebook.get("cells") if notebook["nbformat"] == 4 else _of_worksheets(notebook.get("worksheets"))
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise NotGradable("The notebook has no list of cells.")
    if len(cells) > MAX_CELLS:
        raise NotGradable(f"The notebook has {len(cells)} cells; at most {MAX_CELLS} are run.")
    key = "source" if notebook["nbformat"] == 4 else "input"
    return [_text(cell.get(key)) for cell in cells if cell.get("cell_type") == "code"]


def _of_worksheets(sheets):
    """The cells of a notebook of format 2 or 3, or None."""
    sheets = sheets if isinstance(sheets, list) else [None]
    lists = [sheet.get("cells") if isinstance(sheet, dict) else None for sheet in sheets]
    return [cell for cells in lists for cell in cells] if all(isinstance(cells, list) for cells in lists) else None


def _text(source):
    lines = [source] if isinstance(source, str) else source
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise NotGradable("A cell of the notebook has no text.")
    return "".join(lines).replace("\r\n", "\n")
