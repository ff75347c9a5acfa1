"""The map of the course: its rows, and that it follows a change without being asked."""

import time

import pytest

from course_lib import checks
from course_lib.checking import progress
from course_lib.widgets import course_map
from course_lib.widgets.course_map import CourseMap

ROWS = [("00 <Start>", 1, 3, 1, 3), ("01 Neurons", 0, 10, 0, 23), ("The whole course", 1, 13, 1, 26)]


@pytest.fixture
def state(monkeypatch):
    monkeypatch.setattr(course_map, "PAUSE", 0.02)
    return {"rows": ROWS, "stamp": 0}


@pytest.fixture
def shown(state):
    shown = CourseMap(lambda: state["rows"], lambda: state["stamp"])
    yield shown
    shown.close()


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_each_row_has_a_bar_as_long_as_what_is_solved(shown):
    for name, solved, count, points, possible in ROWS[1:]:
        row = shown.table.split(f">{name}<")[1].split("</tr>")[0]
        assert f"width: {100 * solved / count:.0f}%" in row
        assert f"<td>{solved} of {count}</td><td>{points} of {possible}</td>" in row
    assert "00 &lt;Start&gt;" in shown.table
    assert shown.total == "1 of 13 exercises solved, 1 of 26 points."


def test_it_follows_a_change(shown, state):
    state["rows"] = [*ROWS[:2], ("The whole course", 2, 13, 4, 26)]
    time.sleep(0.1)
    assert shown.total.startswith("1 of 13")
    state["stamp"] = 1
    wait_for(lambda: shown.total == "2 of 13 exercises solved, 4 of 26 points.")


def test_a_change_that_cannot_be_read_is_passed_over(shown, state):
    rows, state["rows"] = state["rows"], None
    state["stamp"] = 1
    time.sleep(0.1)
    state.update(rows=[*rows[:2], ("The whole course", 3, 13, 4, 26)], stamp=2)
    wait_for(lambda: shown.total.startswith("3 of 13"))


def test_its_still_says_what_to_do(shown):
    data, _ = shown._repr_mimebundle_()
    assert shown.table in data["text/html"]
    assert data["text/plain"] == "1 of 13 exercises solved, 1 of 26 points. Run this cell to see how far you are now."


def test_the_course_s_map_holds_all_chapters_and_follows_the_progress_file(monkeypatch):
    monkeypatch.setattr(course_map, "PAUSE", 0.02)
    shown = checks.progress_map()
    try:
        first = checks.all_checks()[0]
        assert shown.table.count("<tr>") == 2 + len({check.module for check in checks.all_checks()})
        before = int(shown.total.split()[0])
        progress.record(first.key, "correct", first.points)
        wait_for(lambda: int(shown.total.split()[0]) == before + 1)
    finally:
        shown.close()


def test_a_progress_file_that_is_missing_has_a_stamp_too(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "p.jsonl"))
    assert progress.stamp() is None
    progress.record("a.b", "not yet", 1)
    first = progress.stamp()
    progress.record("a.b", "correct", 1)
    assert None is not first != progress.stamp()
