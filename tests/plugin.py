"""A pytest plugin: what holds for every test and for every notebook that is run as one.

It is named in pyproject.toml, because a conftest.py would hold only for the tests in its own folder.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import psutil
import pytest
from nbval.plugin import IPyNbCell

from course_lib.building.notebooks import ROOT
from course_lib.lab import surroundings
from tests import kernels

# What ``_seconds_of_work`` takes where chapter 06 takes 40 seconds, as on the machine on which the budgets were set.
SECONDS_OF_WORK = 0.17


def pytest_configure(config):
    """Neither a test nor a notebook under test may touch the learner's own progress, or take over her settings."""
    config.ignored = surroundings.settle()
    config.private = tempfile.TemporaryDirectory(prefix="course-tests-")
    if os.environ.get("COURSE_DEVICE") == "gpu" and not hasattr(config, "workerinput"):
        _want_a_gpu()
    if hasattr(config, "workerinput"):
        # Each of several workers has one core: threads of NumPy's that wait for another would only spin.
        os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    kernels.use()


def _want_a_gpu():
    """End the run, in a sentence, where none is: else a run on the CPU would pass for one on a GPU."""
    code = "from course_lib.start_here import machine; print(machine()['Computes on'])"
    seen = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    if not seen.endswith("GPU"):
        pytest.exit(f"COURSE_DEVICE=gpu, but Keras computes on {seen}. make set-up GPU=1 installs what it needs.", 4)


def pytest_report_header(config):
    """What of the environment the tests do not take over."""
    return surroundings.sentence(config.ignored) or None


def pytest_unconfigure(config):
    """What the tests have solved is forgotten."""
    config.private.cleanup()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Every file of tests, and every notebook, begins with nothing solved. A notebook's kernel starts after this."""
    name = str(item.path).replace(os.sep, "-")[-150:]
    os.environ["COURSE_PROGRESS"] = os.path.join(item.config.private.name, f"{name}.jsonl")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where everything is installed (COURSE_NO_SKIP=1, as in .ci/run), a test that skips has failed."""
    report = yield
    if report.skipped and os.environ.get("COURSE_NO_SKIP") == "1" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where no skip is tolerated: {call.excinfo.value}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """A notebook fails at the cell with which it exceeds the seconds that its metadata allow."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    notebook, provisioner = item.parent, item.parent.kernel.km.provisioner
    kernel = provisioner.pid
    clock, work = time.monotonic(), processor_seconds(kernel)
    result = yield
    seconds = min(time.monotonic() - clock, processor_seconds(kernel) - work)
    # A slow machine is measured beside each long cell: what its neighbours leave to it changes from minute to minute.
    if not hasattr(notebook, "seconds"):
        # What a forked kernel found imported, a learner's has to import.
        notebook.seconds, seconds = 0.0, seconds + getattr(provisioner, "spared", 0.0)
    notebook.seconds += seconds / slowness() if seconds > 1 else seconds
    budget = notebook.nb.metadata.get("course", {}).get("seconds")
    if budget and notebook.seconds > budget:
        pytest.fail(f"The notebook has taken {notebook.seconds:.0f} s by now; its budget is {budget} s.", pytrace=False)
    return result


def slowness():
    """How many times as long as the machine that budgets are made for this one takes for the same work, at least 1."""
    return max(1.0, statistics.median(_seconds_of_work() for _ in range(3)) / SECONDS_OF_WORK)


def _seconds_of_work():
    """The processor's time for what notebooks do: small matrix products, and loops in Python."""
    start, x, kernel = time.process_time(), np.ones((32, 64)), np.full((64, 64), 1 / 64)
    for _ in range(4000):
        x = np.tanh(x @ kernel)
    sum(i % 7 for i in range(1_000_000))
    return time.process_time() - start


def processor_seconds(pid=None):
    """The processor's time for a process (this one) and what it has started. On a busy machine the clock shows more."""
    first = psutil.Process(pid)
    return sum(sum(process.cpu_times()[:2]) for process in [first, *first.children(recursive=True)])
