"""Reading submissions, and what is no notebook."""

import json
import os
import re
from pathlib import Path

import pytest

from course_lib.grading import submissions
from tests.grading.submitted import make_link, notebook


def make_large(path):
    with path.open("wb") as file:
        file.truncate(300_000_000)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (make_link, "it is a link"),
        (os.mkfifo, "no file but a folder or a device"),
        (Path.mkdir, "no file but a folder"),
        (make_large, "The file has 300 MB; at most 256 MiB are read"),
        (lambda path: None, "could not be read (No such file or directory)"),
    ],
)
def test_what_is_no_plain_file_of_a_sensible_size_is_not_read(tmp_path, make, words):
    make(tmp_path / "x.ipynb")
    with pytest.raises(submissions.NotGradable, match=re.escape(words)):
        submissions.read(tmp_path / "x.ipynb")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"\x89PNG\r\n", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "which format it has"),
        (b"3", "which format it has"),
        (b"[" * 3_000_000, "too complicated"),
        (notebook([], nbformat=5), "The notebook has the format 5; 4 is expected"),
        (notebook([], nbformat=3), "no list of cells"),
        (notebook([], nbformat=3, worksheets=[{"cells": 1}]), "no list of cells"),
        (notebook([], nbformat=3, worksheets=[None]), "no list of cells"),
        (b" \n", "not JSON but empty"),
        (b"%PDF-1.7", "not JSON but a PDF"),
        (b"\xff\xd8\xff\xe0", "not JSON but a picture"),
        (b"<!DOCTYPE html>", "not JSON but a web page"),
        (b"Rar!\x1a\x07", "not JSON but an archive that is no zip"),
        (b"import numpy as np", "not JSON but a program"),
        (notebook(["x = 1"])[:-20], "not JSON but a notebook that is cut off or damaged"),
        (b'{"cells": [\n<<<<<<< HEAD\n', "not JSON but what git left of a conflict"),
        (notebook([], nbformat="4"), "which format it has"),
        (notebook([], cells={}), "no list of cells"),
        (notebook([], cells=[1]), "no list of cells"),
        (notebook(["1"] * 2001), "2001 cells; at most 2000"),
        (notebook([5]), "has no text"),
        (notebook([["a", 1]]), "has no text"),
        (notebook([None]), "has no text"),
    ],
)
def test_what_is_no_notebook_gets_its_reason(content, words):
    with pytest.raises(submissions.NotGradable, match=re.escape(words)):
        submissions.code_cells(content)


def test_a_notebook_of_an_old_format_is_read():
    cells = [{"cell_type": "markdown", "source": "x"}, {"cell_type": "code", "input": ["a = 1\n", "b"], "outputs": []}]
    old = json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]})
    assert submissions.code_cells(old.encode()) == ["a = 1\nb"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_notebook_in_another_unicode_is_read(tmp_path, encoding):
    (tmp_path / "x.ipynb").write_bytes(notebook(["größer = 1\r\n"]).decode().encode(encoding))
    assert submissions.code_cells(submissions.read(tmp_path / "x.ipynb")) == ["größer = 1\n"]


def test_a_letter_that_is_not_utf8_costs_itself_alone(tmp_path):
    (tmp_path / "x.ipynb").write_bytes(notebook([]).replace(b"[]", b'[{"cell_type":"code","source":"# \xf6\\nx = 1"}]'))
    assert submissions.code_cells(submissions.read(tmp_path / "x.ipynb")) == ["# \ufffd\nx = 1"]


def test_lines_are_joined_and_markdown_is_left_out():
    content = notebook(
        [], cells=[{"cell_type": "markdown", "source": "words"}, {"cell_type": "code", "source": ["a = 1\n", "b = 2"]}]
    )
    assert submissions.code_cells(content) == ["a = 1\nb = 2"]
