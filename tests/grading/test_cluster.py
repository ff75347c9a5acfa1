"""Grading on a Dask cluster: a scheduler and two workers, each a process of its own, one of them killed half-way."""

import json
import os
import socket
import subprocess
import sys
import time

import pytest

from course_lib.building.notebooks import ROOT
from course_lib.grading import batch
from course_lib.grading.sandbox import SandboxError, why_not_bubblewrap
from tests.grading.submitted import SLUG, SOLVED, below, lines, notebook, wait_for, without_time

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'neural-networks-course[cluster]'")
NUMBER = 12


def free_port():
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def start(*arguments):
    """A process of Dask's, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.fixture
def cluster():
    """The address of a scheduler with two workers, and the workers."""
    if why_not_bubblewrap():
        pytest.skip(why_not_bubblewrap())
    address = f"tcp://127.0.0.1:{free_port()}"
    scheduler = start("dask_scheduler", "--host", address, "--no-dashboard")
    workers = [
        start("dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60")
        for _ in range(2)
    ]
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


@pytest.fixture
def class_folder(tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    for number in range(NUMBER):
        sources = [*SOLVED, f"import time\ntime.sleep(0.3)\nmisread = {number % 3 + 17}"]
        (folder / f"{number:02}.ipynb").write_bytes(notebook(sources))
    (folder / "broken.ipynb").write_text("{")
    return folder


def test_a_worker_that_is_killed_costs_no_line_and_none_comes_twice(cluster, class_folder, tmp_path):
    address, workers = cluster
    here, there = tmp_path / "here", tmp_path / "there"
    command = [
        sys.executable,
        "-m",
        "course_lib.grading",
        "grade",
        SLUG,
        str(class_folder),
        "--out",
        str(there),
        "--scheduler",
        address,
        "--seed",
        "1",
        "--require-sandbox",
    ]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    file = there / "results.jsonl"
    wait_for(lambda: file.exists() and len(file.read_bytes().splitlines()) >= NUMBER // 3, 240)
    lost = below(workers[0].pid)
    workers[0].kill()
    workers[0].wait()
    before = len(file.read_bytes().splitlines())
    _, said = running.communicate(timeout=300)
    assert (running.returncode, said) == (0, "")
    assert before < NUMBER, "the worker was killed too late to prove anything"
    batch.grade(SLUG, [class_folder], here, jobs=2, seed=1)
    assert list(map(without_time, lines(there))) == list(map(without_time, lines(here)))
    names = [line["submission"] for line in lines(there)]
    assert len(names) == len(set(names)) == NUMBER + 1
    assert lost
    wait_for(lambda: not [process for process in lost if os.path.exists(f"/proc/{process}")])


def test_where_no_scheduler_answers_one_sentence_says_so(tmp_path, monkeypatch):
    import distributed

    real = distributed.Client
    monkeypatch.setattr(distributed, "Client", lambda address, timeout: real(address, timeout=1))
    (tmp_path / "x.ipynb").write_text(json.dumps({}))
    start = time.monotonic()
    with pytest.raises(SandboxError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:1\."):
        batch.grade(SLUG, [tmp_path / "x.ipynb"], tmp_path / "out", scheduler="tcp://127.0.0.1:1")
    assert time.monotonic() - start < 30


def test_without_dask_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SandboxError, match="--scheduler needs Dask"):
        batch.grade(SLUG, [], tmp_path / "out", scheduler="tcp://127.0.0.1:1")
