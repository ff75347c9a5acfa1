"""Where students' code runs: in bubblewrap where that is possible, else under limits alone, and how it is started."""

import contextlib
import functools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from course_lib.grading import refused, wire
from course_lib.grading.allowance import DISK
from course_lib.grading.children import Child, SandboxError, TooFewProcesses
from course_lib.grading.control_groups import PATIENCE, Groups
from course_lib.grading.folders import SYSTEM, hidden_folders, is_below, links_on_the_way, python_folders
from course_lib.grading.lookout import Lookout
from course_lib.grading.zygote import NOBODY, WHOLE_PROC

BUBBLEWRAP, LIMITS = "bubblewrap", "limits only"
# Seconds until the fork server must have imported Keras, on a slow and busy machine.
START_UP = 120
# Where the sandbox shows the parts of course_lib that an exercise may use.
COURSE = "/course"
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "HOME": "/tmp",
    "MPLBACKEND": "agg",
    "KERAS_BACKEND": "tensorflow",
    "CUDA_VISIBLE_DEVICES": "-1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # A thread for each submission that is graded at the same time is all that there is work for.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
PROGRAM = "import sys; sys.path.insert(0, sys.argv.pop(1)); from course_lib.grading.zygote import main; main()"


def why_not_bubblewrap():
    """None where bubblewrap can be used, else one sentence."""
    if sys.platform != "linux":
        return "bubblewrap is there for Linux alone."
    program = shutil.which("bwrap")
    if not program:
        return "bubblewrap is not installed (on Debian and Ubuntu: apt-get install bubblewrap)."
    # With the same namespaces as later, and nothing in them to do.
    own_folders = ["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    trial = [program, *_namespaces(), *own_folders, "/bin/sh", "-c", ":"]
    try:
        ended = subprocess.run(trial, capture_output=True, text=True, errors="replace", timeout=START_UP)
    except (OSError, subprocess.TimeoutExpired) as error:
        said = getattr(error, "strerror", None) or "it does not end"
        return TooFewProcesses.unless(said, f"{program} cannot be run ({said}).")
    if ended.returncode == 0:
        return None
    said = (ended.stderr.strip().splitlines() or [f"status {ended.returncode}"])[-1].removeprefix("bwrap: ").rstrip(".")
    if "mount proc" in said:
        return f"bubblewrap cannot make a sandbox, because a container hides a part of /proc ({said})."
    return TooFewProcesses.unless(
        said, f"bubblewrap cannot make a sandbox, because this system forbids namespaces ({said})."
    )


def _namespaces():
    """An ordinary user needs a user namespace for all others; for root the fork server becomes nobody by itself."""
    own_user = [] if os.geteuid() == 0 else ["--unshare-user"]
    # Root of a container in which there is no other user is an ordinary user outside, and is made nobody here.
    if os.geteuid() == 0 and not _is_among_others():
        own_user = ["--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY)]
    spaces = "--unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup-try"
    return [*own_user, *spaces.split(), "--die-with-parent", "--new-session"]


def _is_among_others():
    """Whether root can become nobody here."""
    ranges = [list(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    some = any(first <= NOBODY < first + count for first, _, count in ranges)
    return some and Path("/proc/self/setgroups").read_text().strip() == "allow"


def bubblewrap(staged, divided=True):
    """The command line that shows Python, the system and the staged folder, and nothing else, all of it read-only.

    divided: whether the sandbox will be divided into one for each child, for which it needs the machine's /proc
    """
    # By its place: the environment that it gets may lead elsewhere.
    command = [shutil.which("bwrap"), *_namespaces(), "--clearenv"]
    for name, text in ENVIRONMENT.items():
        command += ["--setenv", name, text]
    for path in map(Path, SYSTEM):
        if path.is_symlink() and not str(path).startswith("/etc"):
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            command += ["--ro-bind", str(path), str(path)]
    # Before Python's folders, which may lie in /tmp.
    command += [*(["--size", str(DISK)] if _knows_sizes() else []), "--perms", "1777", "--tmpfs", "/tmp"]
    made = {Path("/"), Path("/tmp")}
    shown = [(path, ["--ro-bind", str(path), str(path)]) for path in python_folders()]
    shown += [(link, ["--symlink", os.readlink(link), str(link)]) for link in links_on_the_way(sys.executable)]
    for path, arguments in shown:
        for parent in [p for p in reversed(path.parents) if p not in made]:
            command += ["--perms", "0755", "--dir", str(parent)]
            made.add(parent)
        command += arguments
    for path in hidden_folders():
        command += ["--tmpfs", str(path), "--remount-ro", str(path)]
    command += ["--bind", "/proc", WHOLE_PROC] if divided else []
    # What is written to a terminal and not read is memory of nobody's, and so is what was mapped from /dev/zero.
    devices = "--dev /dev --dev-bind /dev/null /dev/zero --tmpfs /dev/pts --remount-ro /dev/pts --remount-ro /dev"
    own_folders = f"--proc /proc {devices} --remount-ro / --chdir /"
    return [*command, "--ro-bind", str(staged), COURSE, *own_folders.split()]


@functools.cache
def _knows_sizes():
    """Whether this bubblewrap can limit a folder in memory, as it does from version 0.8 on."""
    said = subprocess.run([shutil.which("bwrap"), "--help"], capture_output=True, text=True, errors="replace")
    return "--size " in said.stdout + said.stderr


class Launcher:
    """Starts students' processes for one assignment, from a fork server that it keeps. May be used by many threads."""

    def __init__(self, staged, limits, preload=("numpy",), keras=False, sandbox=BUBBLEWRAP):
        self.sandbox = sandbox
        self._staged = staged
        self._settings = {
            "preload": [*preload, *(["keras"] if keras else [])],
            "keras": keras,
            "disk": limits.disk,
            "memory": limits.memory,
            "limits": limits.resources,
            "namespaces": sandbox == BUBBLEWRAP,
            "kept": [str(path) for path in python_folders() if is_below(path, [Path("/tmp")])],
        }
        self._lock = threading.Lock()
        self._server, self._closed = None, False
        # Where each child has a server of its own, those that live.
        self._single = set()
        self._groups = Groups()
        # What this sandbox has not, in words, as far as that is known.
        self.lacking = refused.why_not() or ""

    def get_ready(self):
        """Start the fork server, if it is not there: with Keras this takes seconds. ``SandboxError`` if it fails."""
        with self._lock:
            if not self._server and not self._alone():
                self._server = self._start_server()
                # Where each child needs a server of its own, this one was the trial.
                if self._alone():
                    self._look_after(self._server).leave()
                    self._server = self._server.end()

    def start(self):
        """A new child. ``SandboxError`` if none can be made."""
        channel, its_channel = socket.socketpair()
        leash, its_leash = socket.socketpair()
        with its_channel, its_leash, self._lock:
            if self._closed:
                raise SandboxError("The grading was ended.")
            folder, files = self._groups.make()
            on_close = functools.partial(self._groups.leave, folder, files)
            try:
                given = [its_channel.fileno(), its_leash.fileno(), *files]
                if self._alone():
                    return self._start_alone(channel, leash, given, on_close)
                self._hand_over(given)
                return Child(channel, leash, on_close)
            except BaseException:
                on_close()
                raise

    def _start_alone(self, channel, leash, given, on_close):
        server = self._start_server()
        self._single.add(server)
        server.hand_over(given)
        lookout = self._look_after(server)
        lookout.start()

        def end():
            self._end_single(server)
            on_close()

        return Child(channel, leash, end, lookout)

    def _look_after(self, server):
        limits = self._settings["memory"], self._settings["limits"]["RLIMIT_CPU"]
        lookout = Lookout(server.process, *limits, server.kill)
        if not lookout.sees:
            self.lacking = "nobody can watch its memory: /proc does not show what runs in it."
        elif not _knows_sizes():
            self.lacking = "its files in memory have no limit: bubblewrap 0.8 or newer has one."
        return lookout

    def _hand_over(self, given):
        # The system may have ended the server, short of memory; a second attempt starts a new one.
        for attempt in range(2):
            self._server = self._server or self._start_server()
            try:
                return self._server.hand_over(given)
            except OSError as error:
                self._server.end()
                self._server = None
                if attempt:
                    why = f"The fork server ended ({error.strerror})."
                    raise TooFewProcesses.or_else(error.strerror, why) from error

    def close(self):
        """End the fork servers, and with them every child; no other is started."""
        with self._lock:
            self._closed = True
            for server in {self._server, *self._single} - {None}:
                server.end()
            self._server = None
        self._groups.tidy(PATIENCE)

    def _end_single(self, server):
        server.end()
        with self._lock:
            self._single.discard(server)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def _alone(self):
        """Whether each child needs a sandbox, and so a server, of its own: none can be divided further here."""
        return self.sandbox == BUBBLEWRAP and not self._settings["namespaces"]

    def _start_server(self):
        server = Server(self._staged, self._settings, self.sandbox)
        if self._settings["namespaces"] and server.namespaces:
            self._settings["namespaces"] = False
            server.end()
            server = Server(self._staged, self._settings, self.sandbox)
        return server


class Server:
    """The fork server's process. ``SandboxError`` if it does not come up."""

    def __init__(self, staged, settings, sandbox):
        self.control, inner = socket.socketpair()
        command = bubblewrap(staged, settings["namespaces"]) if sandbox == BUBBLEWRAP else []
        course = COURSE if sandbox == BUBBLEWRAP else str(staged)
        command += [sys.executable, "-I", "-c", PROGRAM, course, str(inner.fileno()), json.dumps(settings)]
        with inner, tempfile.TemporaryFile() as log:
            outputs, given = {"stdout": log, "stderr": log}, {"pass_fds": [inner.fileno()], "env": ENVIRONMENT}
            given |= {"stdin": subprocess.DEVNULL, "cwd": "/", "start_new_session": True}
            try:
                self._process = subprocess.Popen(command, **outputs, **given)
            except OSError as error:
                self.control.close()
                why = f"The sandbox did not start: {error.strerror}."
                raise TooFewProcesses.or_else(error.strerror, why) from error
            inner.close()
            try:
                self.control.settimeout(START_UP)
                self.namespaces = wire.receive(self.control)["namespaces"]
            except (wire.Closed, wire.TooSlow, wire.WireError) as error:
                self.end()
                log.seek(0)
                said = (log.read().decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
                raise TooFewProcesses.or_else(said, f"The sandbox did not start: {said}.") from error

    @property
    def process(self):
        """The number of the sandbox's first process."""
        return self._process.pid

    def hand_over(self, given):
        """Have a child made, with these open files: its channel, its leash, and perhaps two of its control group."""
        socket.send_fds(self.control, [b"+"], given)

    def kill(self):
        """End all that runs in the sandbox."""
        self._process.kill()

    def end(self):
        """Close the control channel, upon which a healthy server ends, and see to it that it does."""
        self.control.close()
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
