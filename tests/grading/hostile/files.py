"""Files that are no notebooks, or notebooks that no JupyterLab has written. Each function makes one."""

import json
import os
import socket

from tests.grading.hostile.attack import with_cells

SLUG = "00-start-here"


def _notebook(**changed):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [], **changed})


def _code(source):
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": []}


def _sparse(path):
    path.touch()
    os.truncate(path, 100_000_000)


def _socket(path):
    # The path of a socket may only be short; a file descriptor makes it so.
    folder = os.open(path.parent, os.O_DIRECTORY)
    socket.socket(socket.AF_UNIX).bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)


# By the name of the file: text, bytes, or a function that makes it.
FILES = {
    "file_empty.ipynb": "",
    "file_of_a_letter.ipynb": "x",
    "file_of_noise.ipynb": bytes(range(256)) * 4000,
    "file_of_zeros.ipynb": bytes(1 << 20),
    "file_in_utf16.ipynb": _notebook().encode("utf-16"),
    "file_of_100_MB.ipynb": _sparse,
    "file_deep.ipynb": "[" * 1_000_000,
    "file_of_brackets.ipynb": "[" + "[]," * 3_000_000 + "[]]",
    "file_deep_and_allowed.ipynb": '{"a":' * 900_000 + "1" + "}" * 900_000,
    "file_of_many_numbers.ipynb": "[" + "1.5," * 4_000_000 + "1]",
    "file_of_a_long_number.ipynb": _notebook(nbformat=0).replace('"nbformat": 0', f'"nbformat": {"9" * 100_000}'),
    "file_of_nbformat_3.ipynb": _notebook(nbformat=3, worksheets=[]),
    "file_of_nbformat_true.ipynb": _notebook(nbformat=True),
    "file_of_nbformat_NaN.ipynb": _notebook(nbformat=float("nan")),
    "file_without_cells.ipynb": _notebook(cells=None),
    "file_of_cells_that_are_none.ipynb": _notebook(cells=[1, "a", None, []]),
    "file_of_sources_that_are_none.ipynb": _notebook(cells=[_code([1, None, {}])]),
    "file_of_a_source_that_is_a_dict.ipynb": _notebook(cells=[_code({"a": 1})]),
    "file_of_a_million_cells.ipynb": _notebook(cells=[{}]).replace("{}]", "{}," * 1_000_000 + "{}]"),
    "file_of_empty_cells.ipynb": _notebook(cells=[_code("")] * 2000),
    "file_of_a_surrogate.ipynb": _notebook(cells=[_code("x = '\ud800'")]),
    "file_of_a_null.ipynb": _notebook(cells=[_code("x = '\0'")]),
    "file_of_a_long_cell.ipynb": _notebook(cells=[_code("#" * 19_000_000)]),
    "file_of_a_deep_expression.ipynb": _notebook(cells=[_code("(" * 100_000), _code("-" * 1_000_000 + "1")]),
    "file_that_links_to_another.ipynb": lambda path: path.symlink_to("honest_full.ipynb"),
    "file_that_links_to_itself.ipynb": lambda path: path.symlink_to(path.name),
    "file_that_links_to_a_solution.ipynb": lambda path: path.symlink_to("/dev/zero"),
    "file_pipe.ipynb": os.mkfifo,
    "file_socket.ipynb": _socket,
    "file_<script>alert(1)</script>.ipynb".replace("/", "∕"): with_cells(SLUG),
    "=cmd|' ∕C calc'!A0.ipynb": with_cells(SLUG),
    "file\nof two\r\tlines\x1b[2J.ipynb": with_cells(SLUG),
    "..ipynb.ipynb": with_cells(SLUG),
    "....ipynb": with_cells(SLUG),
    "file_" + "n" * 240 + ".ipynb": with_cells(SLUG),
    b"file_\xff\xfe_not_utf8.ipynb": with_cells(SLUG),
}


def make(folder):
    """Make all of them in the folder."""
    for name, content in FILES.items():
        path = folder / (os.fsdecode(name) if isinstance(name, bytes) else name)
        if callable(content):
            content(path)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8")
