"""What holds for every test: tried on small notebooks in a process of their own."""

import json
import os
import subprocess
import sys

import pytest

from course_lib.building.notebooks import ROOT
from tests import plugin

BURN = "import time\nstart = time.process_time()\nwhile time.process_time() - start < 4: pass"


def run(folder, sources, seconds=60, **environment):
    """Run a notebook of these cells as the course's notebooks are run; what pytest said, and its exit status."""
    common = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**common, "source": source, "id": f"cell{number}"} for number, source in enumerate(sources)]
    path = folder / "notebook.ipynb"
    path.write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": cells, "metadata": {"course": {"seconds": seconds}}})
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "-c", str(ROOT / "pyproject.toml"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **environment})
    return done.returncode, done.stdout


def test_a_notebook_within_its_budget_passes(tmp_path):
    status, said = run(tmp_path, [BURN])
    assert status == 0, said


def test_a_notebook_that_exceeds_its_budget_fails_at_that_cell(tmp_path):
    status, said = run(tmp_path, ["x = 1", BURN, "y = 1"], seconds=1)
    assert status == 1
    assert "its budget is 1 s" in said
    assert "Cell 0 PASSED" in said or "1 passed" in said


def test_a_slower_machine_is_given_more_time_and_a_faster_one_no_less(monkeypatch):
    for seconds, wanted in ((0.17, 1), (0.34, 2), (0.05, 1)):
        monkeypatch.setattr(plugin, "_seconds_of_work", lambda seconds=seconds: seconds)
        assert plugin.slowness() == pytest.approx(wanted)


def test_waiting_for_a_busy_machine_is_not_counted(tmp_path):
    status, said = run(tmp_path, ["import time\ntime.sleep(4)"], seconds=2)
    assert status == 0, said


@pytest.mark.parametrize("variable", ["XDG_DATA_HOME", "COURSE_PROGRESS"])
def test_a_notebook_leaves_the_learners_progress_alone(tmp_path, variable):
    own = tmp_path / "own"
    source = (
        "from course_lib.checks import start_here\nstart_here.misread.run(18)\n"
        "from course_lib.checking import progress\n"
        "assert progress.record('start_here.misread', 'correct', 1) is None\nassert progress.read()[0]"
    )
    status, said = run(tmp_path, [source], **{variable: str(own)})
    assert status == 0, said
    assert not own.exists()
