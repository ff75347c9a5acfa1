"""What several tests of the judge hand in, and how they start it."""

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course_lib.building.notebooks import ROOT
from course_lib.grading import submissions
from course_lib.grading.sandbox import why_not_bubblewrap

SLUG = "00-start-here"


needs_bubblewrap = pytest.mark.skipif(bool(why_not_bubblewrap()), reason=str(why_not_bubblewrap()))


GRADE = [sys.executable, "-m", "course_lib.grading", "grade"]


def cells(folder="solutions", slug=SLUG):
    """The code of each cell of a notebook of the course."""
    return submissions.code_cells((ROOT / folder / f"{slug}.ipynb").read_bytes())


def notebook(sources, **more):
    """A notebook of these cells, as bytes."""
    made = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
        for source in sources
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made, **more}).encode()


def changed(old, new, sources=None):
    """The solution's cells with one text replaced."""
    sources = sources or cells()
    assert any(old in source for source in sources)
    return [source.replace(old, new) for source in sources]


def passed(result):
    return [check["name"] for check in result["checks"] if check["passed"]]


def make_link(path):
    path.symlink_to(ROOT / f"solutions/{SLUG}.ipynb")


SOLVED = cells()


def instead(ink):
    """The solution's cells with another text for its first answer."""
    return [ink if source.startswith("def ink(") else source for source in SOLVED]


def lines(folder):
    return [json.loads(line) for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()]


def below(process):
    """The processes that a process has started, and those have, and so on."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found, new = set(), {process}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=200, **options)


def without_time(result):
    return {key: value for key, value in result.items() if key != "seconds"}
