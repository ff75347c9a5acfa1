"""What was handed in is looked at, not its name; each gets its line or its word, under the right student's name."""

import json
import os
import shutil
import zipfile

import pytest

from course_lib.building.notebooks import ROOT
from course_lib.grading import hand_ins, submissions
from course_lib.lab import copies
from tests.grading.submitted import SLUG, notebook

INK = "def ink(picture):\n    return picture.mean() + 0"
NOTEBOOK = notebook([INK])


def fill(folder, files):
    """Put files into a folder: {name: content}."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def zipped(files, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path.read_bytes()


def names(found):
    return [hand_in.name for hand_in in found]


def graded(found):
    """{name: whether there is a notebook to be graded}."""

    def is_one(hand_in):
        try:
            return submissions.code_cells(hand_in.read()) == [INK]
        except submissions.NotGradable:
            return False

    return {hand_in.name: is_one(hand_in) for hand_in in found}


def reason(hand_in):
    with pytest.raises(submissions.NotGradable) as why:
        submissions.code_cells(hand_in.read())
    return str(why.value)


def test_files_go_by_their_name_and_folders_by_their_content(tmp_path):
    for name in ("b/two.ipynb", "b/a/one.ipynb", "b/.ipynb_checkpoints/one.ipynb", "b/readme.md", "alone.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found, left_out = hand_ins.find([tmp_path / "alone.ipynb", tmp_path / "b"])
    assert names(found) == ["alone", "two", "a/one"]
    assert left_out == [("readme.md", "no notebook")]


def test_submissions_of_one_name_are_told_apart(tmp_path):
    fill(tmp_path, {"a/x.ipynb": NOTEBOOK, "b/x.ipynb": NOTEBOOK})
    assert names(hand_ins.find([tmp_path / "a/x.ipynb", tmp_path / "b/x.ipynb"])[0]) == ["x", "x (2)"]


def test_a_folder_for_each_student_may_be_given_by_a_pattern(tmp_path):
    fill(
        tmp_path, {"ann/hw.ipynb": NOTEBOOK, "ben/hw.ipynb": NOTEBOOK, "Cleo_12345_assignsubmission_file/h.ipynb": b"x"}
    )
    assert names(hand_ins.find(sorted(tmp_path.iterdir(), reverse=True))[0]) == ["hw", "ann/hw", "Cleo"]


def test_a_path_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere does not exist; a notebook or a folder of notebooks was"):
        hand_ins.find([tmp_path / "nowhere"])


def test_a_notebook_is_one_whatever_it_is_called(tmp_path):
    called = [
        "ann.ipynb.json",
        "ben.ipynb.txt",
        "CLEO.IPYNB",
        "dan",
        "eve.json",
        "fay.txt",
        "gil.ipynb (1)",
        ".hal.ipynb",
    ]
    fill(tmp_path, dict.fromkeys(called, NOTEBOOK))
    (tmp_path / "ida.ipynb").write_bytes(b"\xef\xbb\xbf" + NOTEBOOK)
    (tmp_path / "jo").write_text(NOTEBOOK.decode(), encoding="utf-16")
    found = graded(hand_ins.find([tmp_path])[0])
    assert found == dict.fromkeys([".hal", "CLEO", "ann", "ben", "dan", "eve", "fay", "gil", "ida", "jo"], True)


def test_what_systems_add_is_no_student(tmp_path):
    fork = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X"
    added = ["__MACOSX/ann/._hw.ipynb", "ann/._hw.ipynb", "ann/.DS_Store", "Thumbs.db", "desktop.ini", "ann/~$hw.docx"]
    fill(tmp_path, dict.fromkeys(added, fork))
    copies = ["ann/.ipynb_checkpoints/hw-checkpoint.ipynb", "ann/.git/x.ipynb", "ann/venv/lib/site-packages/x.ipynb"]
    fill(tmp_path, {"ann/hw.ipynb": NOTEBOOK, **dict.fromkeys(copies, NOTEBOOK)})
    found, left_out = hand_ins.find([tmp_path])
    assert (names(found), left_out) == (["ann/hw"], [])
    found, left_out = hand_ins.find([tmp_path / "__MACOSX", tmp_path / "ann"])
    assert (names(found), left_out) == (["hw"], [("__MACOSX", "of the system")])


def test_each_file_gets_its_line_or_its_word(tmp_path):
    files = {
        "ann.ipynb": NOTEBOOK,
        "ben.pdf": b"%PDF-1.7",
        "cleo/answer.docx": b"PK\x03\x04 nothing",
        "dan/hw.ipynb": NOTEBOOK,
        "dan/data.json": b'{"a": 1}',
        "roster.csv": b"a,b",
        "eve/empty.ipynb": b"",
        "fay.tar.gz": b"\x1f\x8b",
        "gil/hw.py": b"import numpy",
    }
    fill(tmp_path, files)
    found, left_out = hand_ins.find([tmp_path])
    assert left_out == [("dan/data.json", "no notebook"), ("roster.csv", "no notebook")]
    reasons = {one.name: reason(one) for one in found if one.name not in ("ann", "dan/hw")}
    assert {name: why.partition("but ")[2] for name, why in reasons.items()} == {
        "ben.pdf": "a PDF.",
        "fay.tar.gz": "an archive that is no zip.",
        "cleo/answer.docx": "a zip archive, or a document of an office program.",
        "eve/empty": "empty.",
        "gil/hw.py": "a program.",
    }


def test_links_pipes_and_sockets_are_named_and_not_followed(tmp_path):
    folder = tmp_path / "class"
    fill(folder, {"ann/hw.ipynb": NOTEBOOK})
    (folder / "ben").symlink_to(folder / "ann")
    os.mkfifo(folder / "cleo")
    found, _ = hand_ins.find([folder])
    assert graded(found) == {"ann/hw": True, "ben": False, "cleo": False}


CLASSES = {
    "Moodle's folders": (
        {
            "Anna Müller_12345_assignsubmission_file_/hw.ipynb": NOTEBOOK,
            "Ben Li_7_assignsubmission_file/HW.IPYNB": NOTEBOOK,
        },
        ["Anna Müller", "Ben Li"],
    ),
    "Moodle's files": (
        {
            "Anna Müller_12345_assignsubmission_file_hw.ipynb": NOTEBOOK,
            "Ben_7_assignsubmission_file_hw.ipynb.json": NOTEBOOK,
        },
        ["Anna Müller", "Ben"],
    ),
    "Moodle's two of one name": (
        {"Anna_1_assignsubmission_file_/hw.ipynb": NOTEBOOK, "Anna_2_assignsubmission_file_/hw.ipynb": NOTEBOOK},
        ["Anna (1)", "Anna (2)"],
    ),
    "Moodle's in groups": (
        {
            "Group 1/Anna_1_assignsubmission_file_/hw.ipynb": NOTEBOOK,
            "Group 2/Ben_2_assignsubmission_file_/h.ipynb": NOTEBOOK,
        },
        ["Group 1/Anna", "Group 2/Ben"],
    ),
    "two notebooks of one student": (
        {"Anna_1_assignsubmission_file_/a.ipynb": NOTEBOOK, "Anna_1_assignsubmission_file_/b/c.ipynb": NOTEBOOK},
        ["Anna/a", "Anna/b/c"],
    ),
    "Canvas": (
        {"namelast_12345_67890_hw-1.ipynb": NOTEBOOK, "smithjohn_LATE_12346_67891_hw.ipynb": NOTEBOOK},
        ["namelast", "smithjohn"],
    ),
    "Canvas' without names": (
        {"anon_x7f2k_67890_hw.ipynb": NOTEBOOK, "LATE_anon_12345_67891_hw.ipynb": NOTEBOOK},
        ["anon_12345", "anon_x7f2k"],
    ),
    "Blackboard": ({"hw_1_jsmith_attempt_2024-01-02-03-04-05_hw.ipynb": NOTEBOOK}, ["jsmith"]),
    "Brightspace": ({"123-456 - Jo Li - Jan 5, 2024 1234 PM/hw.ipynb": NOTEBOOK}, ["Jo Li"]),
    "who would be another": (
        {"eve_111_22222_ann_333_44444_hw.ipynb": NOTEBOOK, "eve/Ann_1_assignsubmission_file_/hw.ipynb": NOTEBOOK},
        ["eve", "eve/Ann"],
    ),
    "names that only look so": ({"week_1_2_hw.ipynb": NOTEBOOK, "hw_02_2024_final.ipynb": NOTEBOOK}, None),
}


@pytest.mark.parametrize(("files", "students"), CLASSES.values(), ids=CLASSES)
def test_a_hand_in_has_its_students_name(tmp_path, files, students):
    fill(tmp_path, files)
    found = graded(hand_ins.find([tmp_path])[0])
    assert all(found.values())
    assert sorted(found) == (students or sorted(name.removesuffix(".ipynb") for name in files))


def test_what_lies_beside_a_students_notebook_is_no_hand_in_of_its_own(tmp_path):
    beside = {
        "namelast_12345_67891_notes.pdf": b"%PDF",
        "namelast_12345_text.html": b"<p>",
        "hw_1_jsmith_attempt_2024-01-02-03-04-05.txt": b"Name: Jo Smith",
        "Group 1/Anna_1_assignsubmission_onlinetext_/onlinetext.html": b"<p>",
        "index.html": b"<html>",
    }
    own = {
        "namelast_12345_67890_hw.ipynb": NOTEBOOK,
        "hw_1_jsmith_attempt_2024-01-02-03-04-05_hw.ipynb": NOTEBOOK,
        "Group 1/Anna_1_assignsubmission_file_/hw.ipynb": NOTEBOOK,
        "Group 1/Ben_2_assignsubmission_file_/hw.pdf": b"%PDF",
        "other_123_link.html": b"<p>",
    }
    fill(tmp_path, beside | own)
    found, left_out = hand_ins.find([tmp_path])
    students = {"namelast": True, "jsmith": True, "Group 1/Anna": True, "Group 1/Ben": False, "other": False}
    assert graded(found) == students
    assert sorted(place for place, _ in left_out) == sorted(beside)


def test_a_students_folder_of_which_nothing_is_graded_gets_its_word(tmp_path):
    fork = b"\x00\x05\x16\x07"
    files = {"ann/._hw.ipynb": fork, "ben/.ipynb_checkpoints/x.ipynb": NOTEBOOK, "env/hw.ipynb": NOTEBOOK}
    fill(tmp_path, files | {"dan/hw.ipynb": NOTEBOOK, ".git/x.ipynb": NOTEBOOK, "__MACOSX/._x": fork})
    (tmp_path / "cleo").mkdir()
    found, left_out = hand_ins.find([tmp_path])
    assert names(found) == ["dan/hw"]
    aside = "put there by a system, or in a hidden folder"
    nothing = [(name, "no file that somebody handed in") for name in ("ann", "ben", "cleo")]
    assert left_out == [*nothing, ("env", aside)]


def test_a_whole_class_may_be_given_as_a_zip(tmp_path):
    inner = zipped({"hw.ipynb": NOTEBOOK, "__MACOSX/._hw.ipynb": b"\0"}, tmp_path / "inner.zip")
    moodle = {
        "Anna Müller_1_assignsubmission_file_/hw.ipynb": NOTEBOOK,
        "Ben_2_assignsubmission_file_/hw.zip": inner,
        "Cleo_3_assignsubmission_file_/hw.pdf": b"%PDF",
    }
    zipped(moodle, tmp_path / "class.zip")
    assert graded(hand_ins.find([tmp_path / "class.zip"])[0]) == {"Anna Müller": True, "Ben": True, "Cleo": False}


def test_a_copy_of_the_course_is_called_one_and_what_was_written_in_it_is_graded(tmp_path):
    own = json.loads((ROOT / f"exercises/{SLUG}.ipynb").read_text(encoding="utf-8"))
    own["cells"].append({"cell_type": "code", "source": INK, "metadata": {}, "outputs": [], "execution_count": None})
    for student in ("ann", "ben"):
        course = tmp_path / f"class/{student}/course"
        (course / "course_lib").mkdir(parents=True)
        (course / "course_lib/__init__.py").touch()
        for folder in ("exercises", "solutions", "chapters"):
            shutil.copytree(ROOT / folder, course / folder, ignore=shutil.ignore_patterns("source", "images"))
    (tmp_path / f"class/ann/course/exercises/{SLUG}.ipynb").write_text(json.dumps(own), encoding="utf-8")
    found, left_out = hand_ins.find([tmp_path / "class"], SLUG)
    assert names(found) == ["ann/course", "ben/course"]
    assert submissions.code_cells(found[0].read())[-1] == INK
    assert "This is a whole copy of the course, without work on the exercise 00-start-here" in reason(found[1])
    assert [place for place, _ in left_out] == ["ann/course", "ben/course"]
    assert "of which nothing is graded" in left_out[1][1]


def test_all_of_a_learners_copies_are_a_copy_of_the_course(tmp_path):
    copies.bring_up_to_date(ROOT, tmp_path / "class/ann/my_course")
    copies.bring_up_to_date(ROOT, tmp_path / "class/ben")
    own = tmp_path / f"class/ann/my_course/exercises/{SLUG}-exercises.ipynb"
    own.write_bytes(notebook([INK]))
    fill(tmp_path / "class", {f"cleo/exercises/{SLUG}-exercises.ipynb": NOTEBOOK})
    found, _ = hand_ins.find([tmp_path / "class"], SLUG)
    assert graded(found) == {"ann/my_course": True, "ben": False, f"cleo/exercises/{SLUG}-exercises": True}
    assert "This is a whole copy of the course, without work" in reason(found[0])
