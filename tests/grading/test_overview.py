"""The whole class at a glance: grades by a roster, statistics, identical submissions, and the instructor's report."""

import csv
from datetime import datetime

import pytest

from course_lib.grading import batch, roster, statements, statistics, tables
from course_lib.grading.roster import RosterError
from tests.grading.submitted import GRADE, SLUG, SOLVED, instead, lines, needs_bubblewrap, notebook, run
from tests.grading.test_judge import MEMORIZED, shown_cases

WRONG = "def ink(picture):\n    return picture.sum()"


def line(submission, score=1, handed_in=None, **more):
    made = {"submission": submission, "score": score, "max_score": 3, "handed_in": handed_in, "page": None}
    return {**made, "error": None, "content": submission, "remark": "", "statements": None, "checks": [], **more}


def table(path):
    with path.open(encoding=tables.ENCODING, newline="") as file:
        return list(csv.DictReader(file))


def written(tmp_path, text):
    (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
    return tmp_path / "roster.csv"


ATTEMPTS = [
    line("ann/first", 3, "2026-11-30 10:00:00"),
    line("ann/second", 1, "2026-12-03 09:00:00"),
    line("Ben Ray (2)", 2, "2026-12-02 00:00:01"),
    line("Ben_Ray", 1, None),
    line("stranger", 1, None),
]


@pytest.mark.parametrize(
    ("attempt", "ann", "ben"),
    [
        ("last", ["ann/second", 1, 3, 2, "2026-12-03 09:00:00", "2026-12-02 00:00", 2], ["Ben Ray (2)", 2]),
        ("best", ["ann/first", 3, 3, 2, "2026-11-30 10:00:00", "2026-12-02 00:00", 0], ["Ben Ray (2)", 2]),
    ],
)
def test_the_attempt_that_counts_and_how_late_it_was(tmp_path, attempt, ann, ben):
    text = "student,name,extension,group\nann,Ann Lee,,1\nbray,Ben Ray,1,2\ncleo,Cleo,2,1\n"
    students = roster.read(written(tmp_path, text))
    (one, two, three), nobodys = roster.Roster(students, attempt, datetime(2026, 12, 2)).rows(ATTEMPTS)
    assert one == ["ann", "Ann Lee", *ann, None]
    assert two[:4] == ["bray", "Ben Ray", *ben]
    # An extension of a day.
    assert two[7:9] == ["2026-12-03 00:00", 0]
    assert three == ["cleo", "Cleo", None, None, None, 0, None, "2026-12-04 00:00", None, None]
    assert nobodys == ["stranger"]


def test_begun_days_are_whole_ones_and_what_is_not_known_is_not_guessed():
    due = datetime(2026, 12, 2)
    times = [None, "2026-12-01 23:59:59", "2026-12-02 00:00:00", "2026-12-02 00:00:01", "2026-12-04 00:00:00"]
    assert [roster.days_late(time, due) for time in times] == [None, 0, 0, 1, 2]
    assert roster.days_late("2026-12-01 23:59:59", None) is None


@pytest.mark.parametrize(
    "text", ["student;name\nann;Ann", "\ufeffStudent\tname\r\nann\tAnn\r\n", "name, student\nAnn, ann\n\n"]
)
def test_a_roster_may_come_from_any_spreadsheet(tmp_path, text):
    assert roster.read(written(tmp_path, text)) == (roster.Student("ann", "Ann"),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,points\nann,3", "needs a column student"),
        ("", "needs a column student"),
        ("student,extension\nann,two", "An extension is a number of days; ann has 'two'."),
        ("student,extension\nann,nan", "An extension is a number of days"),
        ("student,name\nann,Ann\nAnn,Other", "has 'Other' twice"),
    ],
)
def test_what_is_wrong_with_a_roster_is_one_sentence(tmp_path, text, words):
    with pytest.raises(RosterError, match=words):
        roster.read(written(tmp_path, text))


def test_a_roster_that_is_not_there_and_an_attempt_that_does_not_exist(tmp_path):
    with pytest.raises(RosterError, match=r"cannot be read \(No such file"):
        roster.read(tmp_path / "none.csv")
    with pytest.raises(RosterError, match="must be one of last, best; it was 'first'"):
        roster.Roster((), "first")


INK = "def ink(picture):\n    total = picture.sum()\n    return total / picture.size"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (INK, True),
        ("def ink(p):\n    '''The ink.'''\n    n = p.sum()  # all of it\n    return (n\n        / p.size)", True),
        ("%matplotlib inline\n" + INK, False),
        ("def ink(picture):\n    total = picture.sum()\n    return total / len(picture)", False),
        ("def ink(picture):\n    return picture.sum() / picture.size", False),
    ],
)
def test_statements_are_the_same_whatever_their_names_and_layout(other, same):
    assert (statements.hashes([INK]) == statements.hashes([other])) == same


def test_what_the_exercise_brings_is_nobodys_and_the_order_says_nothing():
    released = statements.hashes(["import numpy as np"])
    one = statements.summary(statements.hashes(["import numpy as np", "a = 1\nb(2)"]), released)
    assert one == statements.summary(statements.hashes(["b(2)", "a = 1"]), released)
    assert one["count"] == 2
    assert statements.summary(released, released) is None
    assert statements.hashes(["(" * 100_000, "-" * 1_000_000 + "1", "x = '\0'", "def f(:"]) == []


def test_identical_submissions_come_together():
    hashes = [{"count": n, "hash": text} for n, text in ((2, "a"), (2, "a"), (5, "b"), (5, "b"), (1, "c"))]
    made = [line(str(n), statements=hash_) for n, hash_ in enumerate(hashes)] + [line("empty"), line("none")]
    groups = statistics.identical(made)
    assert [[one["submission"] for one in group] for group in groups] == [["2", "3"], ["0", "1"]]
    assert [row[:4] for row in statistics.identical_rows(groups)][::2] == [[1, 5, "2", "no"], [2, 2, "0", "no"]]


@needs_bubblewrap
def test_a_class_gets_its_grades_statistics_and_report(tmp_path):
    (tmp_path / "class").mkdir()
    handed_in = {
        "ann": SOLVED,
        "ben": instead(WRONG),
        "cleo": instead(WRONG.replace("picture", "p")),
        "dan": instead("def ink(picture):\n    return picture.sum() * 1"),
        "eve": instead("def ink(picture):\n    raise NotImplementedError"),
        "fay": instead(MEMORIZED.replace("{KNOWN}", repr(shown_cases()))),
    }
    for name, sources in handed_in.items():
        (tmp_path / f"class/{name}.ipynb").write_bytes(notebook(sources))
    (tmp_path / "class/gil.pdf").write_bytes(b"%PDF")
    students = written(tmp_path, "student,name,extension\nann,Ann Lee,\nben,=1+1,3\nzoe,Zoë,\n")
    out = tmp_path / "out"
    asks = [SLUG, str(tmp_path / "class"), "--out", str(out), "--roster", str(students), "--due", "2020-01-01"]
    said = run([*GRADE, *asks, "--attempt", "best", "--gradescope"])
    assert said.returncode == 0, said.stderr
    assert "Not on the roster: cleo, dan, eve, fay, gil.pdf." in said.stderr
    grades = {row["student"]: row for row in table(out / "grades.csv")}
    assert list(grades) == ["ann", "ben", "zoe"]
    assert (grades["ann"]["score"], grades["ben"]["name"], grades["zoe"]["score"]) == ("3", "'=1+1", "")
    assert int(grades["ann"]["days_late"]) == int(grades["ben"]["days_late"]) + 3 > 2000
    assert (out / grades["ann"]["page"]).is_file()
    ink = next(row for row in table(out / "statistics.csv") if row["exercise"] == "ink")
    assert [ink[name] for name in ("submissions", "written", "right", "pass_rate")] == ["6", "5", "1", "0.167"]
    assert (ink["commonest_hint"][:30], ink["times"]) == ("That is all the ink together. ", "3")
    assert [row["submission"] for row in table(out / "identical.csv")] == ["ben", "cleo"]
    # What students may not be told, the instructor is told in full.
    row = next(line for line in lines(out) if line["submission"] == "fay")["checks"][0]
    assert (row["hidden"], row["message"]) == (True, "A case that the notebook does not show\ncame out wrong.")
    assert row["for_instructor"].startswith("ink(array(")
    assert "wanted: " in row["for_instructor"]
    report = (out / "report.html").read_text(encoding="utf-8")
    for words in ("Identical submissions", "17 %", "Ann Lee", "wanted: ", "The file is no notebook"):
        assert words in report, words
    told = [*(out / "feedback").iterdir(), *(out / "gradescope").rglob("*.json"), out / "scores.csv"]
    assert not [path for path in told if row["for_instructor"][:60] in path.read_text(encoding="utf-8")]


@needs_bubblewrap
def test_what_is_known_already_gets_its_grades_without_being_graded_again(tmp_path):
    (tmp_path / "ann.ipynb").write_bytes(notebook(SOLVED))
    batch.grade(SLUG, [tmp_path / "ann.ipynb"], tmp_path / "out")
    before = lines(tmp_path / "out")
    students = roster.Roster(roster.read(written(tmp_path, "student\nann\n")))
    batch.grade(SLUG, [tmp_path / "ann.ipynb"], tmp_path / "out", roster=students)
    assert lines(tmp_path / "out") == before
    assert table(tmp_path / "out/grades.csv")[0]["score"] == "3"
