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
import shutil
import signal
import socket
import sys
import tempfile

from course_lib.grading import child, refused, supervising, wire
from course_lib.grading.watching import Group, Tree, Watch

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 1 << 12, 1 << 14, 1 << 18
PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 4, 36, 38
# The system call that handles keys, which the C library has no function for.
KEYCTL, KEYCTL_JOIN_SESSION_KEYRING = {"x86_64": 250, "aarch64": 219}, 1
# Where the sandbox keeps the machine's /proc for as long as its own code runs.
WHOLE_PROC = "/.proc"
# The user that owns nothing, on Linux and macOS alike.
NOBODY = 65534

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
        # The channel and the leash, and where there is a control group, how it is entered and its statistics.
        message, descriptors, _, _ = socket.recv_fds(control, 1, 4)
        if not message:
            return
        channel, leash, *group = descriptors
        try:
            supervisor = os.fork()
        except OSError as error:
            # The judge's own trouble: no process, and so no verdict.
            with _socket(os.dup(leash)) as said:
                supervising.say(said, str(error.strerror), short=True)
            supervisor = None
        if supervisor == 0:
            control.close()
            os._exit(_supervise(_socket(channel), _socket(leash), settings, Group(*group)))
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


def _supervise(channel, leash, settings, group):
    """Start the student's process, watch it, and end it when it eats too much or the judge lets go. Returns 0."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY) if sys.platform == "linux" else None
    divided = settings["namespaces"]
    if divided:
        _separate(settings)
    folder = None if divided else tempfile.mkdtemp(prefix="graded-")
    if not divided and sys.platform == "linux":
        # Who loses its parent becomes a child of this process, and so stays in sight.
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        student = os.fork()
    except OSError as error:
        supervising.say(leash, str(error.strerror), short=True)
        return 1
    if student == 0:
        leash.close()
        _student(channel, folder or "/tmp", settings, group)
    channel.close()
    watch = None
    if processes is not None:
        supervising.expose_to_the_oom_killer(student, processes)
        tree = Tree(student if divided else os.getpid(), processes, guard=not divided, apart=divided)
        watch = Watch(tree, settings["memory"], settings["limits"]["RLIMIT_CPU"], group)
    supervising.attend(student, leash, watch)
    if folder:
        supervising.end_all(student, watch)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


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


def _student(channel, folder, settings, group):
    """Become the student's process: limits, nothing inherited but the channel, and its code."""
    try:
        # Where the scheduler shares the processor between sessions first, each submission gets its share.
        os.setsid()
        group.enter()
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
        if not refused.why_not():
            refused.refuse()
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
