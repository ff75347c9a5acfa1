"""What of this machine a student's process sees."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.grading import folders, sandbox
from tests.grading.submitted import needs_bubblewrap


@pytest.fixture
def far_python(tmp_path):
    """An interpreter that is reached over two links, each in a folder that holds something else, too."""
    links = [tmp_path / name / "python" for name in ("first", "second")]
    for link, target in zip(links, ["../second/python", os.path.realpath(sys.executable)], strict=True):
        link.parent.mkdir()
        (link.parent / "diary.txt").write_text("private")
        link.symlink_to(target)
    return links


def test_links_on_the_way_to_python_are_all_found(far_python):
    assert folders.links_on_the_way(far_python[0]) == far_python
    assert folders.links_on_the_way(os.path.realpath(sys.executable)) == []


@needs_bubblewrap
def test_python_starts_over_links_and_nothing_beside_them_is_shown(far_python, tmp_path, monkeypatch):
    # The folder of the program itself is shown, as is .venv/bin; those in between are not.
    monkeypatch.setattr(sandbox, "links_on_the_way", lambda program: far_python)
    code = f"import os; print(os.listdir({str(far_python[1].parent)!r}))"
    command = [*sandbox.bubblewrap(tmp_path, divided=False), str(far_python[0]), "-I", "-c", code]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.stdout.strip() == "['python']", said.stderr


def test_what_a_learner_has_written_is_hidden_where_pythons_folder_holds_the_course(tmp_path, monkeypatch):
    for name in ("course_lib", "my_course", "solutions", "chapters"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(folders, "ROOT", tmp_path)
    monkeypatch.setattr(folders, "python_folders", lambda: [tmp_path])
    hidden = {path.name for path in folders.hidden_folders()}
    assert hidden == {"course_lib", "my_course", "solutions", "chapters"}


def test_no_folder_is_shown_twice():
    shown = folders.python_folders()
    assert all(isinstance(path, Path) for path in shown)
    assert folders.is_below(Path(sys.prefix), shown)
    assert not any(folders.is_below(path, [other]) for path in shown for other in shown if other != path)
