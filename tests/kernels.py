"""Kernels for the course's notebooks under test, forked from a process that has imported Keras once.

To import Keras takes 10 s of a processor, and there are three notebooks for each chapter. What is imported already
makes no name known to a notebook: it still has to import what it uses. ``make notebooks`` starts kernels anew, so that
what an import prints would be seen there.
"""

import multiprocessing
import os
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import psutil
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from course_lib.building.notebooks import ROOT

NAME = "course-forked"


def use():
    """From now on the course's notebooks get kernels that are forked, where that is safe."""
    # With another backend, on a GPU or another system, what Keras imports starts threads, and a fork would lose them.
    usual = os.environ.get("COURSE_BACKEND") in (None, "", "tensorflow") and os.environ.get("COURSE_DEVICE") != "gpu"
    if sys.platform == "linux" and usual:
        multiprocessing.get_context("forkserver").set_forkserver_preload(["tests.kernels_preload"])
        factory = KernelProvisionerFactory.instance()
        factory.provisioners[NAME] = EntryPoint(NAME, f"{__name__}:ForkedProvisioner", factory.GROUP_NAME)
        factory.default_provisioner_name = NAME


class ForkedProvisioner(LocalProvisioner):
    """Starts the kernel of a notebook of the course by a fork, any other as usual."""

    # The processor's seconds that the kernel was spared.
    spared = 0.0

    async def launch_kernel(self, cmd, **kwargs):
        cwd = kwargs.get("cwd")
        if not cwd or not Path(cwd).is_relative_to(ROOT):
            return await super().launch_kernel(cmd, **kwargs)
        arguments = cmd[cmd.index("-m") + 2 :]
        process = multiprocessing.get_context("forkserver").Process(target=_run, args=(arguments, cwd, kwargs["env"]))
        process.start()
        self.process, self.cwd = _Started(process), cwd
        # The kernel leads a group of its own; until it does, no signal may reach the group of the tests.
        self.pid = self.pgid = process.pid
        self.spared = sum(psutil.Process(process.pid).parent().cpu_times()[:2])
        return self.connection_info


class _Started:
    """A process of multiprocessing, with the face of a ``subprocess.Popen``."""

    stdin = stdout = stderr = None

    def __init__(self, process):
        self.process, self.pid = process, process.pid

    def poll(self):
        return self.process.exitcode

    def wait(self):
        self.process.join()
        return self.process.exitcode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self):
        self.process.terminate()

    def kill(self):
        self.process.kill()


def _run(arguments, cwd, env):
    """The kernel itself, in the forked process."""
    import atexit

    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    # What a library writes past Python while the kernel starts belongs to no notebook.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    # A kernel ends when its parent does; this one's is not who asked for it.
    IPKernelApp.launch_instance([*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])
    # A process of multiprocessing ends without them.
    atexit._run_exitfuncs()
