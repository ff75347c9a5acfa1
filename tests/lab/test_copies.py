"""The learner's copies: made once, never written again once she has touched them, told of what is new in a sentence."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from course_lib.lab import copies

ROOT = Path(copies.__file__).parents[2]
FIRST = "chapters/01-neurons.ipynb"
NEXT = b"[next](../exercises/01-neurons.ipynb), [one way](../solutions/01-neurons.ipynb), [02](02-activations.ipynb)"


@pytest.fixture
def course(tmp_path):
    """A course of one chapter."""
    for kind in copies.KINDS:
        (tmp_path / "course" / kind).mkdir(parents=True)
        (tmp_path / "course" / kind / "01-neurons.ipynb").write_bytes(
            NEXT if kind == "chapters" else b"[](../chapters/a)"
        )
    return tmp_path / "course"


def brought(course):
    """(the folder, the sentences) of a start of the launcher."""
    mine = copies.place(course)
    return mine, copies.bring_up_to_date(course, mine)


def files(mine):
    """{name: content} of what a learner sees."""
    seen = (path for path in mine.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(mine).as_posix(): path.read_bytes() for path in seen}


def test_first_start_makes_the_copies_and_says_where(course):
    mine, said = brought(course)
    assert mine == course / "my_course"
    assert set(files(mine)) == {
        FIRST,
        "exercises/01-neurons-exercises.ipynb",
        "solutions/01-neurons-solutions.ipynb",
    }
    assert len(said) == 1
    assert str(mine) in said[0]


def test_second_start_changes_nothing_and_says_nothing(course):
    mine, _ = brought(course)
    before = {path: path.stat().st_mtime_ns for path in mine.rglob("*")}
    assert brought(course)[1] == []
    assert {path: path.stat().st_mtime_ns for path in mine.rglob("*")} == before


def test_links_of_a_copy_lead_to_copies(course):
    mine, _ = brought(course)
    links = re.findall(r"\((\S+)\)", files(mine)[FIRST].decode())
    assert links == [
        "../exercises/01-neurons-exercises.ipynb",
        "../solutions/01-neurons-solutions.ipynb",
        "02-activations.ipynb",
    ]


def test_touched_copy_is_never_written_and_the_new_version_stands_beside_it(course):
    mine, _ = brought(course)
    (mine / FIRST).write_bytes(b"my work")
    (course / FIRST).write_bytes(b"new")
    _, said = brought(course)
    assert files(mine)[FIRST] == b"my work"
    assert files(mine)["chapters/01-neurons-updated.ipynb"] == b"new"
    assert len(said) == 1
    assert "chapters/01-neurons-updated.ipynb" in said[0]
    assert brought(course)[1] == []


def test_touched_new_version_is_not_written_either(course):
    mine, _ = brought(course)
    for number in range(4):
        for name in files(mine):
            (mine / name).write_bytes(b"my work %d on " % number + name.encode())
        before = files(mine)
        (course / FIRST).write_bytes(b"version %d" % number)
        brought(course)
        assert before.items() <= files(mine).items()
    assert files(mine)["chapters/01-neurons-updated-4.ipynb"] == b"version 3"


def test_untouched_copy_becomes_the_new_version_and_says_so(course):
    mine, _ = brought(course)
    (course / FIRST).write_bytes(b"new")
    _, said = brought(course)
    assert files(mine)[FIRST] == b"new"
    assert len(said) == 1
    assert FIRST in said[0]
    assert "01-neurons-updated" not in "".join(files(mine))


def test_version_that_comes_back_is_offered_again(course):
    mine, _ = brought(course)
    for content in (b"new", NEXT):
        (course / FIRST).write_bytes(content)
        brought(course)
    assert b"-exercises.ipynb" in files(mine)[FIRST]


def test_deleted_copy_is_made_anew(course):
    mine, _ = brought(course)
    (mine / FIRST).unlink()
    brought(course)
    assert FIRST in files(mine)


def test_deleted_offer_is_not_made_again(course):
    mine, _ = brought(course)
    (mine / FIRST).write_bytes(b"my work")
    (course / FIRST).write_bytes(b"new")
    brought(course)
    (mine / "chapters/01-neurons-updated.ipynb").unlink()
    assert brought(course)[1] == []
    assert "chapters/01-neurons-updated.ipynb" not in files(mine)


@pytest.mark.parametrize("notes", ["", "no json", "[]", '{"chapters/01-neurons.ipynb": 1}', None])
def test_without_notes_every_copy_is_work(course, notes):
    mine, _ = brought(course)
    (mine / copies.NOTES).unlink() if notes is None else (mine / copies.NOTES).write_text(notes)
    (course / FIRST).write_bytes(b"new")
    old = files(mine)[FIRST]
    brought(course)
    assert files(mine)[FIRST] == old
    assert files(mine)["chapters/01-neurons-updated.ipynb"] == b"new"


def test_what_is_no_file_is_left_alone(course):
    mine, _ = brought(course)
    (mine / FIRST).unlink()
    (mine / FIRST).mkdir()
    (course / FIRST).write_bytes(b"new")
    brought(course)
    assert (mine / FIRST).is_dir()
    assert "chapters/01-neurons-updated.ipynb" in files(mine)


def test_copy_that_cannot_be_read_is_left_alone(course, monkeypatch):
    mine, _ = brought(course)
    (course / FIRST).write_bytes(b"new")
    read = Path.read_bytes

    def refuse(path):
        # Simulated, because root may read everything.
        if path == mine / FIRST:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    with monkeypatch.context() as locked:
        locked.setattr(Path, "read_bytes", refuse)
        brought(course)
    assert b"-exercises.ipynb" in files(mine)[FIRST]
    assert files(mine)["chapters/01-neurons-updated.ipynb"] == b"new"


def test_interrupted_first_start_is_finished_by_the_next(course, monkeypatch):
    write, written = copies._write, []

    def full(path, content):
        written.append(path)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(copies, "_write", full)
    with pytest.raises(OSError, match="No space"):
        brought(course)
    monkeypatch.setattr(copies, "_write", write)
    mine, _ = brought(course)
    assert len(files(mine)) == 3
    (course / "exercises/01-neurons.ipynb").write_bytes(b"new")
    brought(course)
    assert files(mine)["exercises/01-neurons-exercises.ipynb"] == b"new"


def test_half_a_file_is_never_left(course, monkeypatch):
    def breaks(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", breaks)
    with pytest.raises(OSError, match="No space"):
        brought(course)
    assert files(course / "my_course") == {}


# ---- Where the copies are


def test_checkout_of_someone_else_has_its_copies_at_home(course, tmp_path, monkeypatch):
    # Simulated, because root may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert copies.place(course, tmp_path / "home") == tmp_path / "home" / "my_course"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no owners of this kind")
@pytest.mark.parametrize(("user", "own"), [(0, True), (4242, False)])
def test_two_users_of_a_checkout_have_each_their_own(course, tmp_path, monkeypatch, user, own):
    brought(course)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert (copies.place(course, tmp_path).parent == course) is own


# ---- The course itself


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The copies that this course's first start makes."""
    mine = tmp_path_factory.mktemp("mine")
    copies.bring_up_to_date(ROOT, mine)
    return mine


def test_every_link_between_notebooks_leads_somewhere(real):
    links = [
        (path, link)
        for path in real.rglob("*.ipynb")
        for link in re.findall(r"\]\(((?:\.\./)?[\w/-]+\.ipynb)", path.read_text(encoding="utf-8"))
    ]
    assert len(links) > 25
    assert [(path.name, link) for path, link in links if not (path.parent / link).exists()] == []


def test_no_two_tabs_have_the_same_name(real):
    names = [path.name for path in real.rglob("*.ipynb")]
    assert len(names) == len(set(names)) > 20


def test_copy_differs_from_its_original_in_links_alone(real):
    for original in ROOT.glob("exercises/*.ipynb"):
        assert (real / f"exercises/{original.stem}-exercises.ipynb").read_bytes() == original.read_bytes()
    for original in ROOT.glob("chapters/*.ipynb"):
        copied = json.loads((real / "chapters" / original.name).read_text(encoding="utf-8"))
        wanted = json.loads(original.read_text(encoding="utf-8"))
        assert [cell["source"] for cell in copied["cells"] if cell["cell_type"] == "code"] == [
            cell["source"] for cell in wanted["cells"] if cell["cell_type"] == "code"
        ]


def test_git_does_not_see_the_copies():
    ignored = subprocess.run(["git", "-C", ROOT, "check-ignore", "my_course/" + FIRST], capture_output=True)
    if ignored.returncode == 128:
        pytest.skip("needs git, and a checkout")
    assert ignored.returncode == 0
