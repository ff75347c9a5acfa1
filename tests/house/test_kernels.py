"""The kernels that the course's notebooks get under test behave as those that a learner gets."""

import contextlib
import sys
import time

import psutil
import pytest
from jupyter_client.manager import KernelManager

from course_lib.building.notebooks import ROOT
from tests import kernels

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere kernels are not forked")


@contextlib.contextmanager
def running(cwd):
    """(manager, client) of a kernel that is ready."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(cwd))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def said(client, code):
    """What the code prints, or the name of its error."""
    printed = []

    def hear(message):
        content = message["content"]
        printed.append(content.get("text") or content.get("ename") or "")

    client.execute_interactive(code, timeout=60, output_hook=hear)
    return "".join(printed).strip()


@pytest.fixture(scope="module")
def forked():
    kernels.use()
    with running(ROOT / "chapters") as pair:
        yield pair


def test_keras_is_imported_and_yet_no_name(forked):
    manager, client = forked
    assert said(client, "import sys; print('keras' in sys.modules)") == "True"
    assert said(client, "keras") == "NameError"
    assert manager.provisioner.spared > 1


def test_a_notebook_elsewhere_has_a_kernel_of_its_own(tmp_path):
    with running(tmp_path) as (manager, client):
        assert said(client, "import sys; print('keras' in sys.modules)") == "False"
        assert manager.provisioner.spared == 0


def test_folder_and_environment_are_the_notebooks(forked, monkeypatch):
    monkeypatch.setenv("COURSE_TRIED", "now")
    with running(ROOT / "solutions") as (_, client):
        assert said(client, "import os; print(os.getcwd(), os.environ['COURSE_TRIED'])") == f"{ROOT / 'solutions'} now"
    assert said(forked[1], "import os; print(os.environ.get('COURSE_TRIED'))") == "None"


def test_a_kernel_is_interrupted_alone(forked):
    manager, client = forked
    message = client.execute("import time\nprint('begun')\ntime.sleep(60)")
    while client.get_iopub_msg(timeout=60)["content"].get("text") != "begun\n":
        pass
    manager.interrupt_kernel()
    while (reply := client.get_shell_msg(timeout=20))["parent_header"]["msg_id"] != message:
        pass
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert said(client, "print('lives')") == "lives"


def test_what_a_kernel_leaves_to_its_end_is_done_and_it_is_gone(forked, tmp_path):
    left = tmp_path / "left"
    with running(ROOT / "chapters") as (manager, client):
        pid = manager.provisioner.pid
        said(client, f"import atexit, pathlib; atexit.register(pathlib.Path({str(left)!r}).touch)")
    assert left.exists()
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_kernel_that_dies_is_seen_to_be_dead(forked):
    with running(ROOT / "chapters") as (manager, client):
        client.execute("import os; os._exit(3)")
        deadline = time.monotonic() + 20
        while manager.is_alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not manager.is_alive()
