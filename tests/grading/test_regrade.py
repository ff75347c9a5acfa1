"""After a check was repaired, only the answers concerned are graded again; a table says who lost and who gained."""

import contextlib
import csv
import dataclasses
import json

import pytest

from course_lib.grading import assignment, batch, judge, regrade, writing
from course_lib.grading.reports import Results, ResultsError
from course_lib.grading.sandbox import BUBBLEWRAP
from tests.grading.submitted import SLUG, SOLVED, changed, lines, needs_bubblewrap, notebook

EXERCISE = assignment.load(SLUG)


@pytest.fixture
def repaired(monkeypatch):
    """A function that changes what `misread` accepts, as if its code had been repaired; and the calls that followed."""
    asked = []
    real = judge.Process.answer

    def answer(self, name, *rest):
        asked.append(name)
        return real(self, name, *rest)

    monkeypatch.setattr(judge.Process, "answer", answer)

    def repair(right):
        def judged(trial):
            trial.expect(right)

        checks = [
            dataclasses.replace(check, judge=judged) if check.name == "misread" else check for check in EXERCISE.checks
        ]
        prints = {**EXERCISE.fingerprints, "misread": f"repaired for {right}"}
        made = dataclasses.replace(EXERCISE, checks=tuple(checks), fingerprints=prints)
        monkeypatch.setattr(assignment, "load", lambda slug: made)
        asked.clear()
        return asked

    # What other people change in this folder meanwhile is no repair.
    monkeypatch.setattr(assignment, "load", lambda slug: EXERCISE)
    return repair


@pytest.fixture
def class_folder(tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    for name, misread in (("ann", 18), ("ben", 19), ("cleo", 5)):
        (folder / f"{name}.ipynb").write_bytes(notebook(changed("misread = 18", f"misread = {misread}")))
    (folder / "dan.pdf").write_bytes(b"%PDF")
    return folder


@pytest.fixture
def desk(tmp_path):
    with contextlib.closing(writing.Desk(tmp_path)) as place:
        yield place


def table(folder):
    with (folder / "regraded.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def scores(folder):
    return {line["submission"]: line["score"] for line in lines(folder)}


@needs_bubblewrap
def test_only_what_is_concerned_is_graded_again_and_the_table_says_what_changed(class_folder, tmp_path, repaired):
    out = tmp_path / "out"
    batch.grade(SLUG, [class_folder], out)
    asked, again = repaired(19), regrade.Regrading(out)
    batch.grade(SLUG, [class_folder], out, regrading=again)
    assert asked == ["misread"] * 3
    assert scores(out) == {"ann": 2, "ben": 3, "cleo": 2, "dan.pdf": 0}
    assert {name: (row["old"], row["new"], row["misread"], row["ink"]) for name, row in table(out).items()} == {
        "ann": ("3", "2", "1 → 0", ""),
        "ben": ("2", "3", "0 → 1", ""),
        "cleo": ("2", "2", "", ""),
        "dan.pdf": ("0", "0", "", ""),
    }
    assert list(again.words()) == [
        "ann: 3 → 2 (misread 1 → 0)",
        "ben: 2 → 3 (misread 0 → 1)",
        "1 have more points than before, 1 fewer, 2 as many; 0 are new.",
    ]
    assert not (out / "before_regrading.jsonl").exists()
    asked.clear()
    batch.grade(SLUG, [class_folder], out)
    assert asked == []


@needs_bubblewrap
def test_nobody_loses_a_point_where_that_is_not_wanted(class_folder, tmp_path, repaired):
    out = tmp_path / "out"
    batch.grade(SLUG, [class_folder], out)
    asked = repaired(19)
    batch.grade(SLUG, [class_folder], out, regrading=regrade.Regrading(out, never_lower=True))
    assert scores(out) == {"ann": 3, "ben": 3, "cleo": 2, "dan.pdf": 0}
    kept = {row["name"]: row["message"] for row in lines(out)[0]["checks"]}
    assert kept["misread"] == regrade.KEPT
    asked.clear()
    # It stays so, and another notebook under the same name has no claim to it.
    batch.grade(SLUG, [class_folder], out)
    assert (asked, scores(out)["ann"]) == ([], 3)
    (class_folder / "ann.ipynb").write_bytes(notebook([*SOLVED, "x = 1"]))
    batch.grade(SLUG, [class_folder], out, regrading=regrade.Regrading(out, never_lower=True))
    assert scores(out)["ann"] == 2


@needs_bubblewrap
def test_a_regrading_that_was_interrupted_goes_on_and_knows_the_old_points(class_folder, tmp_path, repaired):
    out = tmp_path / "out"
    batch.grade(SLUG, [class_folder], out)
    asked = repaired(19)

    def interrupt(done, all_of_them):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch.grade(SLUG, [class_folder], out, jobs=1, regrading=regrade.Regrading(out, True), advance=interrupt)
    assert (out / "before_regrading.jsonl").exists()
    before = len(asked)
    batch.grade(SLUG, [class_folder], out, jobs=1, regrading=regrade.Regrading(out, True))
    assert before < len(asked) <= 5
    assert {name: (row["old"], row["new"]) for name, row in table(out).items()} == {
        "ann": ("3", "3"),
        "ben": ("2", "3"),
        "cleo": ("2", "2"),
        "dan.pdf": ("0", "0"),
    }


def test_what_was_kept_at_first_is_not_replaced_by_a_second_start(tmp_path):
    with Results(tmp_path, EXERCISE) as results:
        results.add("ann", judge.result(EXERCISE, [], [], None, 0.0, BUBBLEWRAP, "c"))
        regrade.Regrading(tmp_path).begin(results.lines(), results.desk)
        regrade.Regrading(tmp_path).begin([], results.desk)
    (kept,) = map(json.loads, (tmp_path / "before_regrading.jsonl").read_text().splitlines())
    assert kept["submission"] == "ann"


def line_of(content, passed, message=""):
    """A line for a notebook whose first check is passed or not."""
    rows = [
        {
            "name": check.name,
            "points": 1,
            "passed": passed and not number,
            "message": message,
            "hidden": False,
            "key": "",
        }
        for number, check in enumerate(EXERCISE.checks)
    ]
    return judge.result(EXERCISE, rows, [], None, 0.0, BUBBLEWRAP, content)


def test_the_same_notebook_keeps_its_points_whoever_handed_it_in(tmp_path, desk):
    again = regrade.Regrading(tmp_path, never_lower=True)
    again.begin([{"submission": "ann", **line_of("a", True)}, {"submission": "ben", **line_of(None, True)}], desk)
    assert [again.settled(line_of(content, False))["score"] for content in ("a", "b", None)] == [1, 0, 0]
    assert regrade.Regrading(tmp_path).settled(line_of("a", False))["score"] == 0


def test_what_was_kept_is_judged_again_where_it_is_not_to_be_kept(tmp_path):
    rows = {row["name"]: row for row in line_of("a", True, regrade.KEPT)["checks"][:1]} | {"other": {"message": ""}}
    assert regrade.Regrading(tmp_path, never_lower=True).holding(rows) == rows
    assert list(regrade.Regrading(tmp_path).holding(rows)) == ["other"]


def test_a_damaged_note_of_an_interrupted_regrading_is_one_sentence(tmp_path, desk):
    (tmp_path / "before_regrading.jsonl").write_text("{")
    with pytest.raises(ResultsError, match=r"before_regrading.jsonl, .* is damaged: delete it"):
        regrade.Regrading(tmp_path).begin([], desk)
