"""The judge's command line: help, mistakes in one sentence, and its end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.building.notebooks import ROOT
from course_lib.grading import assignment
from tests.grading.submitted import GRADE, SLUG, below, needs_bubblewrap, notebook, run, wait_for


def test_help_tells_all_of_it():
    said = run([*GRADE, "--help"], env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"})
    assert said.returncode == 0
    for words in (
        "--out",
        "--jobs",
        "--timeout",
        "--seed",
        "--scheduler",
        "--require-sandbox",
        "--gradescope",
        "--vary",
        "--hidden-feedback",
        "--due",
        "--roster",
        "--attempt",
        "grades.csv",
        "report.html",
        "published.csv",
        "results.jsonl",
        "scores.csv",
        "feedback",
        "01-neurons",
        "exit status is 0",
    ):
        assert words in " ".join(said.stdout.split()), words


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["99-magic", "solutions"], 2, "There are no exercises '99-magic'"),
        ([SLUG, "nowhere.ipynb"], 2, "nowhere.ipynb does not exist"),
        ([SLUG, "solutions", "--jobs", "0"], 2, "--jobs"),
        ([SLUG, "solutions", "--timeout", "x"], 2, "--timeout"),
        ([SLUG, "solutions", "--hidden-feedback", "later"], 2, "must be one of now, after-due-date, never"),
        ([SLUG, "solutions", "--hidden-feedback", "after-due-date", "--due", "x"], 2, "2026-12-01 18:00; it was 'x'"),
    ],
)
def test_a_mistake_in_the_command_is_one_sentence(tmp_path, arguments, status, words):
    said = run([*GRADE, *arguments, "--out", str(tmp_path / "out")])
    assert said.returncode == status
    assert words in said.stderr
    assert "Traceback" not in said.stderr


def test_the_exercises_are_listed():
    said = run([sys.executable, "-m", "course_lib.grading", "exercises"])
    assert said.stdout.split() == assignment.slugs()


@needs_bubblewrap
def test_regrading_is_a_command_that_says_what_changed(tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "class/ann.ipynb").write_bytes(notebook(["misread = 18"]))
    (tmp_path / "class/roster.csv").write_text("ann")
    out = str(tmp_path / "out")
    first = run([*GRADE, SLUG, str(tmp_path / "class"), "--out", out])
    assert (first.returncode, first.stderr) == (0, "Not graded (no notebook): roster.csv.\n")
    again = run([*GRADE[:-1], "regrade", SLUG, str(tmp_path / "class"), "--out", out, "--never-lower"])
    assert again.returncode == 0, again.stderr
    assert "0 have more points than before, 0 fewer, 1 as many; 0 are new." in again.stdout
    assert (tmp_path / "out/regraded.csv").exists()


@needs_bubblewrap
@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        (signal.SIGINT, 130, "Interrupted. Run the same command again to go on.\n"),
        (signal.SIGTERM, 143, "Interrupted. Run the same command again to go on.\n"),
        (signal.SIGKILL, -signal.SIGKILL, ""),
    ],
)
def test_whatever_ends_it_leaves_nothing_behind(sent, status, words, tmp_path):
    for folder in ("tmp", "out"):
        (tmp_path / folder).mkdir()
    (tmp_path / "x.ipynb").write_bytes(notebook(["import time\ntime.sleep(100)"]))
    command = [*GRADE, SLUG, str(tmp_path / "x.ipynb"), "--out", str(tmp_path / "out")]
    # What runs these tests in the background has switched a signal off, and it is inherited.
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    # Two of them wait for the end, to remove folders.
    wait_for(lambda: len(below(running.pid)) >= 6, 60)
    descendants = below(running.pid)
    assert list((tmp_path / "tmp").iterdir())
    running.send_signal(sent)
    # Not the 100 seconds for which the notebook sleeps, nor those that the judge would wait for it.
    _, said = running.communicate(timeout=20)
    assert (running.returncode, said) == (status, words)
    wait_for(lambda: not [process for process in descendants if Path(f"/proc/{process}").exists()])
    assert list((tmp_path / "tmp").iterdir()) == []
    assert {path.name for path in (tmp_path / "out").iterdir()} == {".lock", ".seed", "results.jsonl"}


def test_where_nothing_was_handed_in_nothing_was_graded(tmp_path):
    (tmp_path / "class/ann").mkdir(parents=True)
    said = run([*GRADE, SLUG, str(tmp_path / "class"), "--out", str(tmp_path / "out")])
    assert said.returncode == 1
    assert said.stderr.splitlines()[-1] == "Nothing was graded: nobody handed anything in there."
