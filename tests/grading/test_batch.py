"""A batch and its folder: lines, scores, feedback, and going on after a kill."""

import csv
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from course_lib.building.notebooks import ROOT
from course_lib.grading import assignment, batch, judge
from course_lib.grading.reports import Results, ResultsError
from course_lib.grading.sandbox import LIMITS
from tests.grading.submitted import (
    GRADE,
    SLUG,
    SOLVED,
    below,
    changed,
    lines,
    needs_bubblewrap,
    notebook,
    wait_for,
    without_time,
)


@needs_bubblewrap
def test_a_batch_leaves_lines_scores_and_feedback(class_folder, tmp_path):
    seen = []
    out = tmp_path / "out"
    results = batch.grade(SLUG, [class_folder], out, jobs=2, gradescope=True, advance=lambda *done: seen.append(done))
    assert seen == [(number, 5) for number in range(1, 6)]
    assert lines(out) == sorted(results, key=lambda result: result["submission"])
    assert {result["submission"]: result["score"] for result in results} == {
        "=full": 3,
        "stub": 0,
        "<b>part": 2,
        "text": 0,
        "link": 0,
    }
    assert {result["submission"]: bool(result["error"]) for result in results} == {
        "=full": False,
        "stub": False,
        "<b>part": False,
        "text": True,
        "link": True,
    }
    assert set(results[0]) == {
        "submission",
        "slug",
        "score",
        "max_score",
        "checks",
        "notes",
        "seconds",
        "sandbox",
        "error",
        "remark",
        "content",
        "statements",
        "handed_in",
        "page",
    }
    with (out / "scores.csv").open(encoding="utf-8-sig", newline="") as file:
        table = {row["submission"]: row for row in csv.DictReader(file)}
    assert table["'=full"]["ink"] == "1"
    assert (table["<b>part"]["score"], table["<b>part"]["misread"], table["text"]["max_score"]) == ("2", "0", "3")
    pages = {path.name: path.read_text(encoding="utf-8") for path in (out / "feedback").iterdir()}
    assert len(pages) == 5
    part = next(page for name, page in pages.items() if "part" in name)
    assert "&lt;b&gt;part" in part
    assert "<b>part" not in part
    for words in ("2 of 3 points", "How much ink?", "Five in every hundred are misread", "<summary>Hints"):
        assert words in part
    scores = {json.loads(path.read_text())["score"] for path in (out / "gradescope").rglob("results.json")}
    assert scores == {0, 2, 3}


@needs_bubblewrap
def test_for_gradescope_one_submission_gives_one_file(tmp_path):
    (tmp_path / "x.ipynb").write_bytes(notebook(changed("misread = 18", "misread = 5")))
    batch.grade(SLUG, [tmp_path / "x.ipynb"], tmp_path / "out", gradescope=True)
    result = json.loads((tmp_path / "out/results.json").read_text())
    assert result["score"] == 2
    assert [(test["score"], test["max_score"], test["status"]) for test in result["tests"]] == [
        (1, 1, "passed"),
        (0, 1, "failed"),
        (1, 1, "passed"),
    ]
    assert sum(test["score"] for test in result["tests"]) == result["score"]


@needs_bubblewrap
def test_what_is_graded_is_not_graded_again_unless_it_changed(class_folder, tmp_path, monkeypatch):
    out, judged = tmp_path / "out", []
    real = judge.judge
    monkeypatch.setattr(
        judge, "judge", lambda exercise, content, *rest: judged.append(content) or real(exercise, content, *rest)
    )
    first = batch.grade(SLUG, [class_folder], out)
    assert len(judged) == 4
    assert batch.grade(SLUG, [class_folder], out) == first
    assert len(judged) == 4
    (class_folder / "copy of full.ipynb").write_bytes((class_folder / "=full.ipynb").read_bytes())
    (class_folder / "stub.ipynb").write_bytes(notebook(SOLVED[:3]))
    batch.grade(SLUG, [class_folder], out)
    assert len(judged) == 5
    batch.grade(SLUG, [class_folder / "stub.ipynb"], out, seed=2)
    assert len(judged) == 6
    assert len(lines(out)) == 6


def test_a_folder_has_a_seed_of_its_own_that_nobody_can_guess(tmp_path):
    exercise = assignment.load(SLUG)
    found = []
    for name in ("one", "one", "other"):
        with Results(tmp_path / name, exercise) as results:
            found.append(results.seed())
    assert found[0] == found[1] != found[2]
    assert min(found) > 2**30
    assert (tmp_path / "one/.seed").stat().st_mode & 0o777 == 0o600
    # One that is given is kept, too.
    with Results(tmp_path / "one", exercise) as results:
        assert (results.seed(5), results.seed()) == (5, 5)
        (tmp_path / "one/.seed").write_text("no number")
        assert results.seed() not in (5, found[0])


def test_a_folder_that_was_graded_before_folders_had_seeds_keeps_its_results(tmp_path):
    exercise = assignment.load(SLUG)
    with Results(tmp_path, exercise) as results:
        results.add("ada", judge.result(exercise, [], [], "no notebook", 0.0, LIMITS, None))
    with Results(tmp_path, exercise) as results:
        assert results.seed() == 1
        assert results.seed() == 1


@needs_bubblewrap
def test_a_batch_that_is_killed_goes_on_and_ends_with_the_same_file(tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    for number in range(12):
        source = [*SOLVED, f"import time\ntime.sleep(0.3)\nmisread = {number % 3 + 17}"]
        (folder / f"{number}.ipynb").write_bytes(notebook(source))
    whole = tmp_path / "whole"
    batch.grade(SLUG, [folder], whole, jobs=2, seed=1)
    out = tmp_path / "killed"
    command = [*GRADE, SLUG, str(folder), "--out", str(out), "--jobs", "2", "--seed", "1"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    file = out / "results.jsonl"
    while not file.exists() or len(file.read_bytes().splitlines()) < 3:
        assert running.poll() is None
        time.sleep(0.02)
    descendants = below(running.pid)
    running.kill()
    running.wait()
    assert descendants
    wait_for(lambda: not [process for process in descendants if Path(f"/proc/{process}").exists()])
    before = lines(out)
    assert 3 <= len(before) < 12
    # As if the last line had been caught in the middle.
    with file.open("a") as half:
        half.write('{"submission": "half a li')
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    assert list(map(without_time, lines(out))) == list(map(without_time, lines(whole)))
    assert [line for line in lines(out) if line in before] == sorted(before, key=lambda line: line["submission"])


@needs_bubblewrap
def test_nothing_is_left_running_and_no_folder_is_left_behind(tmp_path, monkeypatch):
    folders = tmp_path / "folders"
    folders.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folders))
    before = below(os.getpid())
    sleeper = "import os\nif os.fork() == 0:\n    os.setsid()\n    import time\n    time.sleep(600)"
    (tmp_path / "x.ipynb").write_bytes(notebook([*SOLVED, sleeper]))
    made = []
    (result,) = batch.grade(
        SLUG, [tmp_path / "x.ipynb"], tmp_path / "out", advance=lambda *_: made.extend(folders.iterdir())
    )
    assert result["score"] == 3
    wait_for(lambda: below(os.getpid()) <= before)
    assert made
    assert list(folders.iterdir()) == []


def test_a_folder_with_other_results_or_another_judge_is_refused(tmp_path):
    one, other = assignment.load(SLUG), assignment.load("01-neurons")
    with Results(tmp_path, one) as results:
        results.add("x", judge.result(one, [], [], "No.", 0.0, LIMITS, None))
        with pytest.raises(ResultsError, match="Another judge is at work"):
            Results(tmp_path, one).__enter__()
    with pytest.raises(ResultsError, match=r"holds results of 00-start-here\. Choose another folder"):
        Results(tmp_path, other).__enter__()


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ResultsError, match=r"cannot be written to .*file"):
        Results(tmp_path / "file", assignment.load(SLUG)).__enter__()
