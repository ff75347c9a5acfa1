"""The fork server: a process in the sandbox that has imported what is slow, and forks a child for each submission.

It and the supervisors that it forks run only this file's code. A supervisor puts itself into namespaces of its own
and forks the student's process there, as the first of a process namespace: when that one ends, or the judge lets go
of the leash, all that it has started ends with it, whatever it does.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
import tempfile

from course_lib.grading import child, wire

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 1 << 12, 1 << 14, 1 << 18
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38
# The system call that handles keys, which the C library has no function for.
KEYCTL, KEYCTL_JOIN_SESSION_KEYRING = {"x86_64": 250, "aarch64": 219}, 1
# Where the sandbox keeps the machine's /proc for as long as its own code runs.
WHOLE_PROC = "/.proc"
# The user that owns nothing, on Linux and macOS alike.
NOBODY = 65534
# Seconds between two looks at a child's memory.
PAUSE = 0.1

_libc = ctypes.CDLL(None, use_errno=True)


def main():
    """Serve until the judge closes the control channel. Arguments: the channel's descriptor, the settings as JSON."""
    control, settings = socket.socket(fileno=int(sys.argv[1])), json.loads(sys.argv[2])
    # A library that is imported by root, and then used by nobody, is one that nobody could have imported as well.
    _become_nobody()
    if not os.access(os.__file__, os.R_OK):
        sys.exit(
            "Python lies in a folder that only root may enter, and students' code does not run as root: install "
            "bubblewrap, or grade as an ordinary user"
        )
    for module in settings["preload"]:
        importlib.import_module(module)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    wire.send(control, {"namespaces": _namespaces_work(settings) if settings["namespaces"] else ""})
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            os._exit(_supervise(*map(_socket, descriptors), settings))
        for descriptor in descriptors:
            os.close(descriptor)


def _socket(descriptor):
    return socket.socket(fileno=descriptor)


def _become_nobody():
    if os.geteuid() == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        except OSError:
            sys.exit(
                "in this container root is the only user, and students' code does not run as root: install bubblewrap, "
                "or grade as an ordinary user"
            )
        if sys.platform == "linux":
            # Or the files in /proc, with which user namespaces are set up, would still be root's.
            _libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)


def _namespaces_work(settings):
    """ "" if a process can have namespaces of its own here, else what the system says."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            _separate({**settings, "disk": 1 << 20})
            # The one that is in the new process namespace is the next that is made.
            if os.fork() == 0:
                _own_proc()
        except OSError as error:
            os.write(writing, str(error).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as file:
        return file.read(1000).decode(errors="replace")


def _supervise(channel, leash, settings):
    """Start the student's process, watch it, and end it when it eats too much or the judge lets go. Returns 0."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY) if settings["namespaces"] else None
    if settings["namespaces"]:
        _separate(settings)
    folder = None if settings["namespaces"] else tempfile.mkdtemp(prefix="graded-")
    student = os.fork()
    if student == 0:
        leash.close()
        _student(channel, folder or "/tmp", settings)
    channel.close()
    if processes is not None:
        _expose_to_the_oom_killer(student, processes)
    reason = _watch(student, leash, processes, settings["memory"])
    with contextlib.suppress(OSError):
        leash.send(reason.encode())
    if folder:
        _kill_group(student)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _watch(student, leash, processes, memory):
    """Wait for the end, and say how it came."""
    while True:
        ended, status = os.waitpid(student, os.WNOHANG)
        if ended:
            return _how(status)
        let_go, _, _ = select.select([leash], [], [], PAUSE)
        too_much = processes is not None and _resident(student, processes) > memory
        if let_go or too_much:
            os.kill(student, signal.SIGKILL)
            os.waitpid(student, 0)
            return "used more memory than is allowed" if too_much else "was ended"


def _expose_to_the_oom_killer(student, processes):
    """When the machine runs out of memory all the same, the student's process is the first to go."""
    path = f"{student}/oom_score_adj"
    with contextlib.suppress(OSError), open(os.open(path, os.O_WRONLY, dir_fd=processes), "w") as file:
        file.write("1000")


def _how(status):
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGKILL:
        return "used more processor time or memory than is allowed"
    return f"was ended by the signal {signal.Signals(-code).name}" if code < 0 else f"ended itself (status {code})"


def _resident(student, processes):
    """The memory, in bytes, of the student's process and of its descendants, who stay so: it is their init."""
    parents, sizes = {}, {}
    for name in filter(str.isdigit, os.listdir(processes)):
        # A process cannot hide this file, as it can others.
        with contextlib.suppress(OSError), open(os.open(f"{name}/status", os.O_RDONLY, dir_fd=processes)) as file:
            entries = dict(line.split(":", 1) for line in file if ":" in line)
            parents[int(name)] = int(entries["PPid"])
            sizes[int(name)] = sum(int(entries.get(kind, "0 kB").split()[0]) for kind in ("RssAnon", "RssShmem"))
    own, new = set(), {student}
    while new:
        own |= new
        new = {process for process, parent in parents.items() if parent in new} - own
    return 1024 * sum(sizes.get(process, 0) for process in own)


def _kill_group(student):
    """Without namespaces: end at least what has not left the student's process group."""
    with contextlib.suppress(OSError):
        os.killpg(student, signal.SIGKILL)


def _separate(settings):
    """Own user, process, network, mount, IPC and host name namespaces; a private /tmp; nothing else to write to."""
    user, group = os.getuid(), os.getgid()
    _call("unshare", NEWUSER | NEWNS | NEWUTS | NEWIPC | NEWPID | NEWNET)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    # The student's process can then not become the root of a namespace below.
    with contextlib.suppress(OSError), open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")
    _call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    size = f"size={settings['disk']},nr_inodes=10000,mode=1777".encode()
    kept = {path: os.open(path, os.O_PATH) for path in settings["kept"]}
    _call("mount", b"tmpfs", b"/tmp", b"tmpfs", MS_NOSUID | MS_NODEV, size)
    # Python itself, where it lies in the /tmp that is now hidden.
    for path, descriptor in kept.items():
        os.makedirs(path)
        _call("mount", f"/proc/self/fd/{descriptor}".encode(), path.encode(), None, MS_BIND | MS_REC, None)
    _call("mount", b"tmpfs", b"/dev/shm", b"tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, size)


def _own_proc():
    """In the first process of a process namespace: a /proc that tells of this namespace alone.

    TensorFlow needs one. Linux allows it only where another is to be seen in full, which is hidden afterwards.
    """
    flags = MS_NOSUID | MS_NODEV | MS_NOEXEC
    _call("mount", b"proc", b"/proc", b"proc", flags, None)
    _call("mount", b"tmpfs", WHOLE_PROC.encode(), b"tmpfs", flags | MS_RDONLY, b"size=4k")


def _call(name, *args):
    """A system call of the C library. Raises ``OSError``."""
    if getattr(_libc, name)(*args) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def _student(channel, folder, settings):
    """Become the student's process: limits, nothing inherited but the channel, and its code."""
    try:
        os.setpgid(0, 0)
        if settings["namespaces"]:
            _own_proc()
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        for output in (1, 2):
            os.dup2(0, output)
        kept = channel.detach()
        os.closerange(3, kept)
        os.closerange(kept + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        _own_keys()
        os.chdir(folder)
        os.environ.update(HOME=folder, TMPDIR=folder, MPLCONFIGDIR=folder, COURSE_PROGRESS=f"{folder}/progress.jsonl")
        tempfile.tempdir = None
        _limit(settings)
        sys.argv = [""]
        child.serve(_socket(kept), settings["keras"])
    finally:
        os._exit(0)


def _own_keys():
    """An empty keyring in place of that of the instructor's session, which all children would share."""
    if sys.platform == "linux" and os.uname().machine in KEYCTL:
        # Where the kernel has no keys, or forbids them, there are none to be read.
        _libc.syscall(KEYCTL[os.uname().machine], KEYCTL_JOIN_SESSION_KEYRING, None)


def _limit(settings):
    if sys.platform == "linux":
        _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _drop_capabilities()
    for name, most in settings["limits"].items():
        _, hard = resource.getrlimit(getattr(resource, name))
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(getattr(resource, name), (most, most))


def _drop_capabilities():
    """A process that has made its own user namespace is its root. The student's process is not."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _libc.capset(header, (ctypes.c_uint32 * 6)())


if __name__ == "__main__":
    main()
