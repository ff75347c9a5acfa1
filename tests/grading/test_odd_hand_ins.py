"""What cannot be read, or is called oddly, never vanishes; and when each was handed in is known."""

import os
import shutil
import sys
import zipfile
from datetime import datetime

import pytest

from course_lib.grading import hand_ins
from tests.grading.submitted import SLUG, run
from tests.grading.test_hand_ins import NOTEBOOK, fill, graded, names, zipped

LOOKS = """
import sys
from pathlib import Path
from course_lib.grading import hand_ins, submissions
found, left_out = hand_ins.find([Path(sys.argv[1])], "00-start-here")
for one in found:
    try:
        one.read()
        print(one.name)
    except submissions.NotGradable as reason:
        print(f"{one.name}: {reason}")
for place, why in left_out:
    print(f"{place} ({why})")
"""


@pytest.mark.skipif(not shutil.which("bwrap"), reason="needs bubblewrap to become an ordinary user")
def test_what_an_ordinary_user_may_not_read_gets_its_line_or_its_word(tmp_path):
    """Root may read all."""
    names_of = ["ann/hw.ipynb", "ben/hw.ipynb", "cleo/hw.ipynb", "cleo/more/x.ipynb", "dan/hw.ipynb", "eve.ipynb"]
    fill(tmp_path, dict.fromkeys(names_of, NOTEBOOK))
    closed = {"ben": 0, "cleo/more": 0, "dan": 0o444, "eve.ipynb": 0}
    for name, mode in closed.items():
        (tmp_path / name).chmod(mode)
    command = [sys.executable, "-c", LOOKS, str(tmp_path)]
    said = run(["bwrap", "--unshare-user", "--uid", "1000", "--gid", "1000", "--dev-bind", "/", "/", "--", *command])
    for name in closed:
        (tmp_path / name).chmod(0o700)
    assert said.stdout.splitlines() == [
        "ben: The folder could not be read (Permission denied).",
        "eve: The file could not be read (Permission denied).",
        "ann/hw",
        "cleo/hw",
        "dan/hw: The file could not be read (Permission denied).",
        "cleo/more (The folder could not be read (Permission denied))",
    ], said.stderr


def test_a_notebook_with_an_odd_name_is_graded_or_gets_a_word(tmp_path):
    odd = [
        ".ipynb",
        "...ipynb",
        " .ipynb",
        "a.ipynb ",
        "new\nline.ipynb",
        os.fsdecode(b"\xfe.ipynb"),
        "README.ipynb",
        "~.ipynb",
    ]
    aside = [".hidden/hw.ipynb", "x/.hidden/hw.ipynb", "env/a/hw.ipynb", "thumbs.db/hw.ipynb", "~$hw.ipynb"]
    silent = [
        ".ipynb_checkpoints/hw-checkpoint.ipynb",
        "x/.git/hw.ipynb",
        "__MACOSX/hw.ipynb",
        "env/site-packages/y.ipynb",
    ]
    fill(tmp_path, dict.fromkeys([*odd, *aside, *silent, "x/hw.ipynb"], NOTEBOOK))
    found, left_out = hand_ins.find([tmp_path], SLUG)
    of_odd = [".ipynb", "..", " ", "a.ipynb ", "new\\nline", "\\udcfe", "README", "~"]
    assert graded(found) == dict.fromkeys([*of_odd, "x/hw"], True)
    why = "put there by a system, or in a hidden folder"
    assert left_out == sorted((place, why) for place in (".hidden", "x/.hidden", "env", "thumbs.db", "~$hw.ipynb"))
    packed = dict.fromkeys((*aside, *silent, "x/hw.ipynb"), NOTEBOOK)
    zipped(packed, tmp_path / "class.zip")
    found, left_out = hand_ins.find([tmp_path / "class.zip"], SLUG)
    assert names(found) == ["class"]
    assert sorted(place for place, _ in left_out) == sorted(f"class/{name}" for name in aside)


def test_when_it_was_handed_in_is_known_from_a_systems_name_or_from_the_file(tmp_path):
    fill(tmp_path, dict.fromkeys(["a/ann.ipynb", "a/Lab_ben_attempt_2026-11-02-13-05-09_hw.ipynb"], NOTEBOOK))
    fill(
        tmp_path,
        {"a/12-3 - Cleo Ray - Nov 3, 2026 1230 PM - hw.ipynb": NOTEBOOK, "a/dan - Nov 3, 2026 1230 PM": NOTEBOOK},
    )
    os.utime(tmp_path / "a/ann.ipynb", (0, datetime(2026, 11, 1, 12, 0, 0).timestamp()))
    os.utime(tmp_path / "a/dan - Nov 3, 2026 1230 PM", (0, datetime(2026, 11, 1, 12, 0, 0).timestamp()))
    with zipfile.ZipFile(tmp_path / "a/eve.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("hw.ipynb", (2026, 11, 4, 9, 0, 0)), NOTEBOOK)
    with zipfile.ZipFile(tmp_path / "a/fay.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("hw.ipynb", (1980, 1, 1, 0, 0, 0)), NOTEBOOK)
    assert {one.name: str(one.time) for one in hand_ins.find([tmp_path / "a"])[0]} == {
        "ann": "2026-11-01 12:00:00",
        "ben": "2026-11-02 13:05:09",
        "Cleo Ray": "2026-11-03 12:30:00",
        "dan - Nov 3, 2026 1230 PM": "2026-11-01 12:00:00",
        "eve": "2026-11-04 09:00:00",
        "fay": "None",
    }
