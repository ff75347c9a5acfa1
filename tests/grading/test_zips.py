"""Zips from anybody: graded where they hold a notebook, else one sentence; none fills anything."""

import time
import tracemalloc
import zipfile

import pytest

from course_lib.grading import hand_ins, zips
from tests.grading.test_hand_ins import NOTEBOOK, graded, names, reason, zipped

SIGNS = {"flag": 6, "method": 8}


def found_in(folder):
    return hand_ins.find([folder])[0]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "class/dan").mkdir(parents=True)
    return tmp_path / "class"


def test_a_zip_with_one_notebook_goes_by_the_zips_name(folder):
    zipped({"work/hw.ipynb": NOTEBOOK, "data.csv": b"1"}, folder / "dan/hw.zip")
    zipped({"hw.ipynb": NOTEBOOK}, folder / "eve.zip")
    zipped({"hw.ipynb": NOTEBOOK}, folder / "fay.ipynb")
    assert graded(found_in(folder)) == {"eve": True, "fay": True, "dan/hw": True}
    assert hand_ins.find([folder])[1] == [("dan/hw/data.csv", "no notebook")]
    assert graded(hand_ins.find([folder / "eve.zip", folder / "dan/hw.zip"])[0]) == {"eve": True, "hw": True}


def test_places_in_a_zip_lead_nowhere_else(folder, tmp_path):
    zipped(
        dict.fromkeys(["/etc/a.ipynb", "../../b.ipynb", "c\\d.ipynb", "C:\\e.ipynb"], NOTEBOOK), folder / "dan/hw.zip"
    )
    found = graded(found_in(folder))
    assert sorted(found) == ["dan/hw/C:/e", "dan/hw/b", "dan/hw/c/d", "dan/hw/etc/a"]
    assert all(found.values())
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["class", "dan", "hw.zip"]


def test_a_macs_umlauts_are_read(folder):
    info = zipfile.ZipInfo("größer.ipynb")
    with zipfile.ZipFile(folder / "hw.zip", "w") as archive:
        archive.writestr(info, NOTEBOOK)
        archive.writestr("b.ipynb", NOTEBOOK)
    content = (folder / "hw.zip").read_bytes().replace(b"PK\x03\x04\x14\x00\x00\x08", b"PK\x03\x04\x14\x00\x00\x00")
    content = content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x08", b"PK\x01\x02\x14\x03\x14\x00\x00\x00")
    (folder / "hw.zip").write_bytes(content)
    assert graded(found_in(folder)) == {"hw/b": True, "hw/größer": True}


def patched(path, field, value):
    """Set a field of each file's headers."""
    content = bytearray(path.read_bytes())
    for sign, more in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        at = content.find(sign)
        while at >= 0:
            content[at + SIGNS[field] + more] = value
            at = content.find(sign, at + 4)
    path.write_bytes(content)


def locked(path):
    zipped({"hw.ipynb": NOTEBOOK}, path)
    patched(path, "flag", 1)


def oddly_packed(path):
    zipped({"hw.ipynb": NOTEBOOK}, path)
    patched(path, "method", 14)


def linking(path):
    info = zipfile.ZipInfo("hw.ipynb")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")


def cut_off(path):
    zipped({"hw.ipynb": NOTEBOOK}, path)
    path.write_bytes(path.read_bytes()[:-30])


def damaged(path):
    zipped({"hw.ipynb": NOTEBOOK * 50}, path)
    content = bytearray(path.read_bytes())
    content[60:70] = bytes(10)
    path.write_bytes(content)


def a_bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("hw.ipynb", "w") as file:
        for _ in range(400):
            file.write(b" " * (1 << 20))


def a_bomb_of_outputs(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("hw.ipynb", "w") as file:
        file.write(b'{"outputs": "')
        for _ in range(300):
            file.write(b"A" * (1 << 20))


def a_zip_in_a_zip(path):
    inner = zipped({"hw.ipynb": NOTEBOOK}, path.with_name("inner"))
    path.with_name("inner").unlink()
    zipped({"hw.zip": inner}, path)


WRONG = {
    locked: "locked with a password",
    oddly_packed: "packed in a way that is not read",
    linking: "it is a link",
    cut_off: "damaged or cut off",
    damaged: "The file in the zip is damaged",
    a_bomb: "more than 20 MiB; no more is read",
    a_bomb_of_outputs: "more than 256 MiB; no more is read",
    a_zip_in_a_zip: "a zip in a zip",
    lambda path: zipped({}, path): "The zip holds no notebook",
    lambda path: zipped({"a.txt": b"x"}, path): "The zip holds no notebook",
    lambda path: zipped({f"{n}.ipynb": NOTEBOOK for n in range(21)}, path): "holds 21 notebooks; one was expected",
}


@pytest.mark.parametrize(("make", "words"), WRONG.items(), ids=[str(words) for words in WRONG.values()])
def test_what_is_wrong_with_a_zip_is_one_sentence(folder, make, words):
    make(folder / "dan/hw.zip")
    (found,) = found_in(folder)
    tracemalloc.start()
    assert words in reason(found)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.name.startswith("dan/hw")
    assert peak < 60 << 20


def test_a_zip_of_very_many_files_is_not_listed(folder, monkeypatch):
    monkeypatch.setattr(zips, "MAX_LIST", 1 << 16)
    zipped({f"{n}.txt": b"" for n in range(3000)}, folder / "hw.zip")
    assert "too many files" in reason(found_in(folder)[0])


def test_many_files_are_looked_at_in_a_time_that_grows_with_their_number(folder):
    zipped({f"{n}.txt": b"{" for n in range(4000)} | {"hw.ipynb": NOTEBOOK}, folder / "hw.zip")
    start = time.process_time()
    assert names(found_in(folder)) == ["hw"]
    assert time.process_time() - start < 10


def test_a_document_that_is_a_zip_inside_is_no_zip(folder):
    zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}, folder / "ann.docx")
    (found,) = found_in(folder)
    assert "a document of an office program" in reason(found)
