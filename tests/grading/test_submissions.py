"""Finding and reading submissions: names, folders, and what is no notebook."""

import os
import re
from pathlib import Path

import pytest

from course_lib.grading import submissions
from tests.grading.submitted import make_link, notebook


def test_files_go_by_their_name_and_folders_by_their_content(tmp_path):
    for name in ("b/two.ipynb", "b/a/one.ipynb", "b/.ipynb_checkpoints/one.ipynb", "b/readme.md", "alone.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = submissions.find([tmp_path / "alone.ipynb", tmp_path / "b"])
    assert [submission.name for submission in found] == ["alone", "two", "a/one"]


def test_submissions_of_one_name_are_told_apart(tmp_path):
    for name in ("a/x.ipynb", "b/x.ipynb"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    found = submissions.find([tmp_path / "a/x.ipynb", tmp_path / "b/x.ipynb"])
    assert [submission.name for submission in found] == ["x", "x (2)"]


def test_a_path_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere does not exist; a notebook or a folder of notebooks was"):
        submissions.find([tmp_path / "nowhere"])


def make_large(path):
    with path.open("wb") as file:
        file.truncate(100_000_000)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (make_link, "it is a link"),
        (os.mkfifo, "no file but a folder or a device"),
        (Path.mkdir, "no file but a folder"),
        (make_large, "The file has 100 MB; at most 20 MiB are read"),
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
        (notebook([], nbformat=3), "The notebook has the format 3; 4 is expected"),
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


def test_lines_are_joined_and_markdown_is_left_out():
    content = notebook(
        [], cells=[{"cell_type": "markdown", "source": "words"}, {"cell_type": "code", "source": ["a = 1\n", "b = 2"]}]
    )
    assert submissions.code_cells(content) == ["a = 1\nb = 2"]
