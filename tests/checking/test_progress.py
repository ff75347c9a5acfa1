"""Progress: whatever happens to the file, nothing that could be read is lost, and nothing raises."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_lib import checks
from course_lib.checking import progress

GOOD = b'{"check": "neurons.a", "status": "correct", "points": 2}\n'
DAMAGE = {
    "garbage": b"\x00\xff\xfe not json at all",
    "half a line": b'{"check": "neurons.b", "sta',
    "a list": b"[1, 2, 3]",
    "a number": b"7",
    "null": b"null",
    "a key is missing": b'{"check": "neurons.b", "status": "correct"}',
    "the check is a number": b'{"check": 3, "status": "correct", "points": 1}',
    "an unknown status": b'{"check": "neurons.b", "status": "solved", "points": 1}',
    "the status is a list": b'{"check": "neurons.b", "status": ["correct"], "points": 1}',
    "the points are a text": b'{"check": "neurons.b", "status": "correct", "points": "1"}',
    "the points are True": b'{"check": "neurons.b", "status": "correct", "points": true}',
    "the points are negative": b'{"check": "neurons.b", "status": "correct", "points": -1}',
    "the points have 5,000 digits": b'{"check": "neurons.b", "status": "correct", "points": ' + b"9" * 5000 + b"}",
    "deep JSON": b"[" * 100_000 + b"]" * 100_000,
    "two lines run together": GOOD.strip() * 2,
}
every_damage = pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    path = tmp_path / "learner" / "progress.jsonl"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    return path


def statuses():
    return {check: event["status"] for check, event in progress.read()[0].items()}


def test_nothing_is_known_before_anything_is_recorded(file):
    assert progress.read() == ({}, None)
    assert not file.exists()


def test_what_is_recorded_is_read_again():
    assert progress.record("neurons.a", "not yet", 2) is None
    assert progress.record("neurons.b", "correct", 1) is None
    assert progress.read() == (
        {
            "neurons.a": {"check": "neurons.a", "status": "not yet", "points": 2},
            "neurons.b": {"check": "neurons.b", "status": "correct", "points": 1},
        },
        None,
    )


def test_correct_once_stays_correct():
    for status in ("not yet", "correct", "not yet", "correct"):
        progress.record("neurons.a", status, 2)
    assert statuses() == {"neurons.a": "correct"}


def test_correct_stays_correct_though_another_notebook_adds_a_not_yet(file):
    progress.record("neurons.a", "correct", 2)
    with file.open("ab") as other:
        other.write(GOOD.replace(b"correct", b"not yet"))
    assert statuses() == {"neurons.a": "correct"}


def test_running_a_check_again_adds_nothing(file):
    progress.record("neurons.a", "correct", 2)
    before = file.read_bytes()
    progress.record("neurons.a", "correct", 2)
    progress.record("neurons.a", "not yet", 2)
    assert file.read_bytes() == before


@every_damage
@pytest.mark.parametrize("before", [b"", GOOD], ids=["alone", "after a good line"])
def test_a_damaged_file_is_kept_and_its_readable_lines_go_on(file, damage, before):
    file.parent.mkdir()
    content = before + damage + b"\n" + GOOD.replace(b"neurons.a", b"neurons.c")
    file.write_bytes(content)
    complaint = progress.record("neurons.new", "correct", 1)
    kept = file.with_name("progress.unreadable-1.jsonl")
    assert kept.name in complaint
    assert str(file.parent) not in complaint
    assert kept.read_bytes() == content
    readable = {"neurons.c", "neurons.new"} | ({"neurons.a"} if before else set())
    assert statuses() == dict.fromkeys(readable, "correct")
    assert progress.read()[1] is None, "nobody is told twice"
    assert file.read_bytes().startswith(content), "the file itself is only added to"


def test_damage_upon_damage_overwrites_nothing(file):
    file.parent.mkdir()
    contents = [f"damage {i}".encode() for i in range(3)]
    for content in contents:
        with file.open("ab") as damaged:
            damaged.write(content)
        progress.record(f"neurons.{content.decode()[-1]}", "correct", 1)
    assert set(statuses()) == {"neurons.0", "neurons.1", "neurons.2"}
    kept = [path.read_bytes() for path in sorted(file.parent.glob("*unreadable*"))]
    assert len(kept) == 3
    assert all(old.endswith(content) for old, content in zip(kept, contents, strict=True))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.binary(max_size=40), st.just(GOOD), st.sampled_from(list(DAMAGE.values())[:-2]))))
def test_no_content_makes_reading_raise(file, parts):
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"\n".join(parts))
    events, _ = progress.read()
    assert ("neurons.a" in events) >= (GOOD in parts)
    assert progress.read() == (events, None)


def test_a_folder_in_the_files_place_stays_and_is_complained_of(file):
    file.mkdir(parents=True)
    (file / "something of the learner's").touch()
    complaint = progress.record("neurons.a", "correct", 2)
    assert complaint.startswith("Your progress could not be saved (")
    assert progress.read()[0] == {}
    assert progress.read()[1].startswith("Not all of your progress could be read (")
    assert [path.name for path in file.iterdir()] == ["something of the learner's"]


def test_a_file_in_the_folders_place_is_complained_of(file):
    file.parent.write_text("a file where a folder should be")
    assert progress.record("neurons.a", "correct", 2).startswith("Your progress could not be saved (")
    assert file.parent.read_text() == "a file where a folder should be"


def test_a_folder_that_cannot_be_written_is_complained_of(monkeypatch, file):
    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(self))

    # Whoever runs the tests as root could write anywhere, so the refusal is played.
    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    complaint = progress.record("neurons.a", "correct", 2)
    assert complaint == "Your progress could not be saved (Permission denied); the answer above holds all the same."
    assert not file.exists()


def test_a_damaged_file_that_cannot_be_copied_is_left_alone_and_read(monkeypatch, file):
    def refuse(content, path):
        raise PermissionError(13, "Permission denied", str(path))

    file.parent.mkdir()
    file.write_bytes(b"damage\n" + GOOD)
    monkeypatch.setattr(progress, "_keep_copy", refuse)
    events, complaint = progress.read()
    assert (list(events), complaint) == (["neurons.a"], "Not all of your progress could be read (Permission denied).")
    assert [(path.name, path.read_bytes()) for path in file.parent.iterdir()] == [(file.name, b"damage\n" + GOOD)]


def test_no_half_copy_stays_on_a_full_disk(monkeypatch, file):
    class Full:
        def __init__(self, path):
            self.file = path.open("xb")

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            self.file.close()

        def write(self, content):
            raise OSError(28, "No space left on device")

    file.parent.mkdir()
    file.write_bytes(b"damage\n" + GOOD)
    monkeypatch.setattr(progress, "_new", Full)
    for _ in range(2):
        _, complaint = progress.read()
        assert complaint == "Not all of your progress could be read (No space left on device)."
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_the_place_of_the_file_may_be_named_from_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("COURSE_PROGRESS", "~/mine.jsonl")
    assert progress.progress_file() == tmp_path / "mine.jsonl"


def test_a_user_without_a_home_is_told_so_and_no_folder_of_that_name_is_made(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COURSE_PROGRESS", raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name: f"~/.local/share/{name}")
    said = "Your progress could not be saved (you have no home on this machine); the answer above holds all the same."
    assert progress.record("neurons.a", "correct", 2) == said
    assert list(tmp_path.iterdir()) == []


def test_a_line_whose_end_is_missing_counts_and_the_next_does_not_run_into_it(file):
    file.parent.mkdir()
    file.write_bytes(GOOD.strip())
    progress.record("neurons.b", "correct", 1)
    assert statuses() == {"neurons.a": "correct", "neurons.b": "correct"}


WRITER = """
import sys
from course_lib.checking import progress
for number in range(100):
    complaint = progress.record(f"{sys.argv[1]}.{number}", "correct", 1)
    assert complaint is None or "unreadable" in complaint, complaint
"""


@pytest.mark.parametrize("content", [b"", b"damage\n" + GOOD], ids=["a sound file", "a damaged file"])
def test_two_notebooks_that_write_at_once_lose_nothing(file, content):
    file.parent.mkdir()
    file.write_bytes(content)
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, name]) for name in ("first", "second")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    wanted = {f"{name}.{number}" for name in ("first", "second") for number in range(100)}
    assert set(statuses()) >= wanted
    assert progress.read()[1] is None
    if content:
        assert "neurons.a" in statuses()
        assert content in [path.read_bytes() for path in file.parent.glob("*unreadable*")]


def test_the_file_lies_in_the_learners_own_folder_unless_told_otherwise(monkeypatch, file):
    assert progress.progress_file() == file
    monkeypatch.delenv("COURSE_PROGRESS")
    assert progress.progress_file().parts[-2:] == ("neural-networks-course", "progress.jsonl")


def test_a_file_from_before_the_move_still_counts(monkeypatch, capsys):
    """Written by the course as it was when all of it lay in one folder: every check has kept its key and its points."""
    old = Path(__file__).with_name("progress_before_the_move.jsonl")
    monkeypatch.setenv("COURSE_PROGRESS", str(old))
    events, complaint = progress.read()
    assert complaint is None
    points = {check.key: check.points for check in checks.all_checks()}
    assert len(events) == 63
    assert {key: event["points"] for key, event in events.items()} == {key: points[key] for key in events}
    checks.progress_report()
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "00-start-here: 2 of 3 exercises solved, 2 of 3 points"
    assert last == "06-normalization: 7 of 10 exercises solved, 18 of 24 points"
