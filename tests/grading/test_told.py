"""What students are told of hidden cases: now, after the due date, or never; on pages, in tables, for Gradescope."""

import csv
import json
from datetime import datetime, timedelta

import pytest

from course_lib.grading import assignment, judge, told
from course_lib.grading.reports import Results
from course_lib.grading.sandbox import BUBBLEWRAP
from tests.grading.submitted import SLUG

EXERCISE = assignment.load(SLUG)
SECRET = "A case that the notebook does not show\ncame out wrong.\nHint: think"
PAST, FUTURE = datetime.now() - timedelta(days=1), datetime.now() + timedelta(days=1)


def row(name, passed, message, hidden):
    return {"name": name, "points": 1, "passed": passed, "message": message, "hidden": hidden, "key": "k"}


def line(ink_passed):
    """Of three checks, the first hangs on hidden cases; the second was refused by a case that is shown."""
    rows = [
        row("ink", ink_passed, "" if ink_passed else SECRET, True),
        row("misread", False, "It is 5.", False),
        row("what_was_done", True, "", False),
    ]
    return judge.result(EXERCISE, rows, [], None, 1.0, BUBBLEWRAP, "c")


def written(folder, telling):
    """(pages, the published table or None, Gradescope files) of Ann, who fails a hidden case, and of Ben."""
    with Results(folder, EXERCISE, telling) as results:
        for name, passed in (("ann", False), ("ben", True)):
            results.add(name, line(passed))
        results.finish(["ann", "ben"], gradescope=True)
    pages = [(folder / f"feedback/{name}.html").read_text(encoding="utf-8") for name in ("ann", "ben")]
    table = folder / "published.csv"
    scopes = [json.loads((folder / f"gradescope/{name}/results.json").read_text()) for name in ("ann", "ben")]
    return pages, rows_of(table) if table.exists() else None, scopes


def rows_of(table):
    with table.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "telling",
    [told.Telling("after-due-date"), told.Telling("after-due-date", FUTURE), told.Telling("never")],
    ids=["after a date that Gradescope knows", "before the due date", "never"],
)
def test_what_is_not_told_cannot_be_seen(telling, tmp_path):
    (ann, ben), table, scopes = written(tmp_path, telling)
    assert ann.replace("ann", "ben") == ben
    assert "came out wrong" not in ann
    assert "It is 5." in ann
    assert "not all of the 3 points are told" in ann
    assert [(row["score"], row["ink"], row["misread"], row["only_hidden_cases"]) for row in table] == [
        ("", "", "0", "")
    ] * 2
    assert {test["visibility"] for test in scopes[0]["tests"] if test["max_score"] and SECRET in test["output"]} == {
        told.VISIBILITY[telling.when]
    }
    assert [test["visibility"] for test in scopes[1]["tests"]] == [told.VISIBILITY[telling.when], "visible", "visible"]
    assert [(row["score"], row["only_hidden_cases"]) for row in rows_of(tmp_path / "scores.csv")] == [
        ("1", "ink"),
        ("2", ""),
    ]


@pytest.mark.parametrize("telling", [told.NOW, told.Telling("after-due-date", PAST)], ids=["now", "after the due date"])
def test_what_is_told_is_told(telling, tmp_path):
    (tmp_path / "published.csv").write_text("from before the due date")
    (ann, ben), table, scopes = written(tmp_path, telling)
    assert table is None
    assert "came out wrong." in ann
    assert "1 of 3 points" in ann
    assert "2 of 3 points" in ben
    assert [scope["score"] for scope in scopes] == [1, 2]


def test_gradescopes_own_words_are_used():
    assert told.VISIBILITY == {"now": "visible", "after-due-date": "after_due_date", "never": "hidden"}


def test_a_due_date_is_the_end_of_its_day():
    assert told.telling("after-due-date", "2026-12-01").due == datetime(2026, 12, 2)
    assert told.telling("after-due-date", "2026-12-01 18:00").due == datetime(2026, 12, 1, 18)
    assert not told.telling("after-due-date", FUTURE.isoformat()).all_of_it
    assert told.telling("after-due-date", PAST.astimezone().isoformat()).all_of_it


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("later",), "must be one of now, after-due-date, never; it was 'later'"),
        (("after-due-date", "tomorrow"), "must be written as 2026-12-01 or 2026-12-01 18:00; it was 'tomorrow'"),
        (("never", "2026-12-01"), "has a meaning only where"),
    ],
)
def test_a_mistake_is_one_sentence(words, said):
    with pytest.raises(told.TellingError, match=said):
        told.telling(*words)


def test_a_table_opens_in_a_spreadsheet_with_its_umlauts_and_no_formula(tmp_path):
    names = ["Jürgen Größer", "=1+1", "+1", "-1", "@A1", "\uff1d1+1"]
    with Results(tmp_path, EXERCISE) as results:
        for name in names:
            results.add(name, line(True))
        results.finish(names, gradescope=False)
    content = (tmp_path / "scores.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfsubmission,")
    assert "Jürgen Größer" in content.decode("utf-8-sig")
    assert [row["submission"][:1] for row in rows_of(tmp_path / "scores.csv")] == ["'"] * 4 + ["J", "'"]


def test_a_check_that_is_gone_or_new_shifts_no_points(tmp_path):
    with Results(tmp_path, EXERCISE) as results:
        older = line(True)
        older["checks"] = [row("gone", True, "", False), *older["checks"][:2]]
        results.add("ann", older)
        results.finish([], gradescope=False)
    (ann,) = rows_of(tmp_path / "scores.csv")
    assert (ann["ink"], ann["misread"], ann["what_was_done"]) == ("1", "0", "")
