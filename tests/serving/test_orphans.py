"""Nobody's server, worker or run is left behind, however a notebook's kernel ends."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

# A kernel that starts something and waits, and says when it has begun.
SERVES = """
import time
from course_lib.serving.client import running
with running({folder!r}, {name!r}) as client:
    print("begun", flush=True)
    time.sleep(300)
"""
TRAINS = """
import subprocess
from course_lib.experiments import production_resume as resume
class Told(subprocess.Popen):
    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        print("begun", flush=True)
subprocess.Popen = Told
resume.killed({folder!r}, epoch=99, step=0)
"""
WORKS = """
import subprocess
from course_lib.experiments import production_workers as workers
class Told(subprocess.Popen):
    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        print("begun", flush=True)
subprocess.Popen = Told
workers.weights_from("workers")
"""
# A kernel hears SIGINT, also where these tests were started in the background and do not.
LISTENS = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"


def started(code, **settings):
    """(the kernel, what it has started), as soon as something has begun."""
    kernel = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, **settings)
    assert kernel.stdout.readline() == "begun\n"
    return kernel, psutil.Process(kernel.pid).children(recursive=True)


def ended(kernel, left, seconds=60):
    kernel.stdout.close()
    kernel.wait(seconds)
    _, alive = psutil.wait_procs(left, seconds)
    for process in alive:
        process.kill()
    return left and not alive


@pytest.mark.parametrize("code", [SERVES, TRAINS, WORKS], ids=["server", "run", "workers"])
def test_a_kernel_that_is_killed_leaves_nothing(code, folder, names, tmp_path):
    """As by "Restart": it has no time to say good-bye."""
    place = folder if code == SERVES else str(tmp_path)
    kernel, left = started(code.format(folder=place, name=names[0]))
    kernel.kill()
    assert ended(kernel, left)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals for a group of processes")
@pytest.mark.parametrize("code", [SERVES, TRAINS, WORKS], ids=["server", "run", "workers"])
def test_a_cell_that_is_interrupted_leaves_nothing(code, folder, names, tmp_path):
    """JupyterLab's stop button signals the kernel and all that it has started."""
    place = folder if code == SERVES else str(tmp_path)
    code = LISTENS + code.format(folder=place, name=names[0])
    kernel, left = started(code, start_new_session=True, stderr=subprocess.DEVNULL)
    os.killpg(kernel.pid, signal.SIGINT)
    assert ended(kernel, left)
