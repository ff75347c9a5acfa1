"""Prepares .venv: makes it, installs the course into it, and does nothing when that is done already.

Run as a script by whichever Python is there: ``python3 course_lib/lab/set_up.py``. Everything down to
``main`` is written for Python 2.7 too, so that an old Python finds a newer one or says what is missing.
"""
# ruff: noqa: B904, UP024, UP031, RUF005

import contextlib
import hashlib
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OLDEST, NEWEST = (3, 11), (3, 13)
SUITABLE = "Python 3.11, 3.12 or 3.13"

# What an installed .venv depends on, besides its Python and its place.
INPUTS = ["requirements.txt", "pyproject.toml", "course_lib/lab/overrides.json", "course_lib/lab/server_extension.json"]

# A finished .venv was measured at 2.7 GB (Linux, Python 3.11); for the CUDA build this is an estimate.
GIGABYTES = {"0": 3.0, "1": 8.0}

PROBE = "import sys; print('%d.%d' % sys.version_info[:2]); import ensurepip, venv; print('venv')"


def say(words, end="\n"):
    """Shows the words at once, also where the output goes into a file."""
    sys.stdout.write(words + end)
    sys.stdout.flush()


class CannotSetUp(Exception):
    """One sentence for the person at the keyboard: what is wrong, and what to do."""


def venv_python(root):
    """The Python inside .venv."""
    return os.path.join(root, ".venv", *(["Scripts", "python.exe"] if os.name == "nt" else ["bin", "python"]))


def probe(command):
    """(version, has the venv module) of the Python that a command starts, or (None, False)."""
    try:
        process = subprocess.Popen(command + ["-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        words = process.communicate()[0].decode("ascii", "replace").split()
    except (OSError, ValueError):
        return None, False
    return (words[0] if words else None), "venv" in words


def is_suitable(version):
    """Whether the course runs on this Python, named "3.12"."""
    return OLDEST <= tuple(int(part) for part in version.split(".")) <= NEWEST


def candidates():
    """Commands that may start a suitable Python, the one running now first."""
    names = ["%d.%d" % (3, minor) for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    launchers = [["py", "-" + name] for name in names] if os.name == "nt" else [["python" + name] for name in names]
    return [[sys.executable]] + launchers


def find_python(asked=None, probe=probe):
    """(command, version) of a Python that can make .venv: the one asked for, or the first suitable one."""
    by_name = [[asked] if os.path.exists(asked) else asked.split()] if asked else []
    commands = by_name or candidates()
    found = [(command,) + probe(command) for command in commands]
    for command, version, has_venv in found:
        if version and is_suitable(version) and has_venv:
            return command, version
    for command, version, _ in found:
        if version and is_suitable(version):
            raise CannotSetUp(
                "Python %s (%s) lacks its venv module: install it (on Debian and Ubuntu: apt install python%s-venv), "
                "then run this again." % (version, " ".join(command), version)
            )
    if asked and found[0][1] is None:
        raise CannotSetUp("PYTHON=%s cannot be started: name the path of %s." % (asked, SUITABLE))
    raise CannotSetUp(
        "This course needs %s, and %s is Python %s: install one of these, or name one that you have, "
        "as in PYTHON=/path/to/python3.12." % (SUITABLE, " ".join(found[0][0]), found[0][1] or "unknown")
    )


def hash_of_inputs(root):
    """Changes when what is to be installed changes."""
    digest = hashlib.sha256()
    for name in INPUTS:
        with open(os.path.join(root, *name.split("/")), "rb") as file:
            # A clone on Windows may end its lines otherwise; it installs the same.
            digest.update(file.read().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def read_stamp(root):
    """What the last finished set-up wrote down, {} where none finished."""
    try:
        with open(os.path.join(root, ".venv", "set_up.json")) as file:
            return json.load(file)
    except (OSError, IOError, ValueError):
        return {}


def wanted_stamp(root, version, gpu=None):
    """What a finished set-up writes down. The GPU choice holds until it is changed in words."""
    gpu = gpu or read_stamp(root).get("gpu", "0")
    # Scripts and the course's own entry in .venv hold full paths: a folder that moved is not set up.
    return {"inputs": hash_of_inputs(root), "python": version, "gpu": gpu, "folder": root}


def is_finished(root, asked, gpu):
    """Whether .venv works and is just what would be installed now."""
    stamp = read_stamp(root)
    version = probe([venv_python(root)])[0] if stamp else None
    if version is None or stamp != wanted_stamp(root, version, gpu):
        return False
    return not asked or find_python(asked)[1] == version


def main(arguments):
    """Makes sure that .venv is ready; returns the exit status."""
    asked, gpu = os.environ.get("PYTHON"), os.environ.get("GPU")
    try:
        if "--build" in arguments:
            build(ROOT, gpu)
        elif not is_finished(ROOT, asked, gpu):
            # From here on the work needs a recent Python, which may be another than the one running.
            command = find_python(asked)[0]
            return subprocess.call(command + [os.path.join(ROOT, "course_lib", "lab", "set_up.py"), "--build"])
    except CannotSetUp as problem:
        sys.stderr.write("%s\n" % problem)
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; the next call finishes the set-up.\n" if "--build" in arguments else "")
        return 130
    return 0


# ---- From here on: Python 3.11 or later -------------------------------------------------------------------------


# What an installer's words mean, first match first.
REASONS = [
    (
        ["No space left", "os error 28", "Errno 28", "not enough space", "quota exceeded"],
        "The disk is full: free some space (about {needed:.1f} GB are needed in all), then run this again",
    ),
    (
        [
            "Failed to fetch",
            "error sending request",
            "dns error",
            "Connection refused",
            "connection error",
            "Failed to establish",
            "ConnectionError",
            "ConnectTimeout",
            "Could not fetch",
            "Could not connect",
            "name resolution",
            "unreachable",
            "timed out",
            "ProxyError",
            "tunnel error",
        ],
        "The packages could not be downloaded: the first set-up needs the internet, once (later starts do not); "
        "connect, then run this again",
    ),
    (
        ["Permission denied", "os error 13", "Errno 13", "Read-only file system", "Access is denied"],
        "The installer may not write where it has to: see which file, and make it writable",
    ),
    (
        ["no wheels with a matching", "is not a supported wheel", "not supported on this platform"],
        "One of the packages has no build for this machine ({machine})",
    ),
]


def explain(log, gpu="0"):
    """One sentence for what an installer wrote before it gave up."""
    import platform

    matching = [sentence for signs, sentence in REASONS if any(sign.lower() in log.lower() for sign in signs)]
    sentence = matching[0] if matching else "The installer gave up"
    return sentence.format(needed=GIGABYTES[gpu], machine=platform.platform())


def run(command, root, title, gpu="0"):
    """Runs one step, its output kept in a log, its seconds counted where someone is looking."""
    import time

    log = os.path.join(root, ".venv", "set_up.log")
    start, watched = time.monotonic(), sys.stdout.isatty()
    say("  " + title, end="" if watched else "\n")
    with open(log, "ab") as file:
        file.write(("$ " + " ".join(command) + "\n").encode())
        file.flush()
        before = file.tell()
        # The lock goes on to the child: while an orphaned installer still runs, the next call waits for it.
        process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment(), close_fds=False
        )
        while True:
            try:
                status = process.wait(timeout=1)
                break
            except subprocess.TimeoutExpired:
                if watched:
                    say("\r  %s (%d s)" % (title, time.monotonic() - start), end="")
    if watched:
        say("")
    if status:
        with open(log, "rb") as file:
            file.seek(before)
            words = file.read().decode("utf-8", "replace")
        raise CannotSetUp("%s (the installer's own words: .venv/set_up.log)." % explain(words, gpu))


def environment():
    """The environment of an installer: who told pip of a mirror has told uv."""
    told = dict(os.environ, PIP_USER="0")
    for pips, uvs in [("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), ("PIP_CERT", "SSL_CERT_FILE")]:
        if told.get(pips):
            told.setdefault(uvs, told[pips])
    return told


def steps(root, gpu):
    """(title, command) of everything that a set-up runs, in this order."""
    python = venv_python(root)
    what = ["-e", ".[gpu]", "-r", "requirements.txt"] if gpu == "1" else ["-r", "requirements.txt"]
    return [
        ("1/3 A Python of the course's own", [sys.executable, "-m", "venv", os.path.join(root, ".venv")]),
        ("2/3 The installer", [python, "-m", "pip", "install", "--retries", "2", "uv>=0.8,<1"]),
        (
            "3/3 TensorFlow, JupyterLab and what they need: the longest step",
            # The course's own files that JupyterLab reads are copied at each install, under the same version.
            [python, "-m", "uv", "pip", "install", "--python", python, "--reinstall-package", "neural-networks-course"]
            + what,
        ),
    ]


def is_usable(root):
    """Whether .venv holds a Python with pip, at its own place, that a set-up can go on with."""
    stamp = read_stamp(root)
    if os.path.exists(os.path.join(root, ".venv", "unfinished")) or stamp.get("folder", root) != root:
        return False
    version = probe([venv_python(root)])[0]
    if version is None or subprocess.call([venv_python(root), "-c", "import pip"], stderr=subprocess.DEVNULL):
        return False
    if os.environ.get("PYTHON"):
        return version == "%d.%d" % sys.version_info[:2]
    return is_suitable(version)


def check_disk(folder, gpu, usage=None):
    """Raises where the disk cannot hold what will be installed."""
    import shutil

    free = (usage or shutil.disk_usage)(folder).free / 1e9
    if free < GIGABYTES[gpu]:
        raise CannotSetUp(
            "The set-up needs %.1f GB, and %.1f GB are free on this disk: free some space, then run this again."
            % (GIGABYTES[gpu], free)
        )


def check(root, gpu):
    """Raises where the set-up is bound to fail."""
    if gpu not in GIGABYTES:
        raise CannotSetUp("GPU=%s is neither 1 (TensorFlow's CUDA build) nor 0." % gpu)
    if gpu == "1" and not sys.platform.startswith("linux"):
        raise CannotSetUp("GPU=1 works on Linux only (on Windows: in WSL 2): leave it out to use the processor.")
    if not os.access(root, os.W_OK):
        raise CannotSetUp("The folder %s is not writable: clone the course to a folder of your own." % root)


@contextlib.contextmanager
def lock(root):
    """Waits until no other set-up is at work in this folder. The lock ends with the process, even a killed one."""
    try:
        import fcntl
    except ImportError:
        # Windows has no lock on folders.
        yield
        return
    folder = os.open(root, os.O_RDONLY)
    os.set_inheritable(folder, True)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is at work in this folder: waiting until it ends.")
            fcntl.flock(folder, fcntl.LOCK_EX)
        except OSError:
            pass  # Some network disks have none either.
        yield
    finally:
        os.close(folder)


def empty(venv, keep):
    """Deletes what is in .venv, but for the file that says that it is not finished."""
    import shutil

    for name in os.listdir(venv):
        path = os.path.join(venv, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif name != keep:
            os.remove(path)


def begin_afresh(root, gpu, usage=None):
    """Leaves a .venv with nothing in it but the note that it is unfinished."""
    venv = os.path.join(root, ".venv")
    os.makedirs(venv, exist_ok=True)
    if set(os.listdir(venv)) - {"unfinished", "set_up.log"}:
        say("The .venv here is broken, unfinished, moved or of another Python: making it anew.")
    else:
        say("Setting up the course, once: %.1f GB in .venv, one to ten minutes." % GIGABYTES[gpu])
    mark_unfinished(root)
    empty(venv, keep="unfinished")
    check_disk(venv, gpu, usage)


def mark_unfinished(root):
    """Notes that .venv is not to be trusted until ``finish``."""
    with open(os.path.join(root, ".venv", "unfinished"), "w"):
        pass


def build(root, gpu=None, run=run, usage=None):
    """Makes .venv, or brings it up to date. What an interrupted call left is made anew: downloads are kept."""
    gpu = gpu or read_stamp(root).get("gpu", "0")
    check(root, gpu)
    with lock(root):
        # Another call may have finished while this one waited.
        if not is_finished(root, os.environ.get("PYTHON"), gpu):
            build_alone(root, gpu, run, usage)


def build_alone(root, gpu, run, usage):
    """``build``, once no other call is at work in the same folder."""
    import errno
    import time

    start = time.monotonic()
    try:
        todo = steps(root, gpu)
        if is_usable(root):
            say("Bringing .venv up to date.")
            todo = todo[1:]
        else:
            begin_afresh(root, gpu, usage)
        mark_unfinished(root)
        for title, command in todo:
            run(command, root, title, gpu)
        finish(root, gpu)
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CannotSetUp(explain("No space left", gpu) + ".")
        raise CannotSetUp(
            "The folder .venv cannot be changed (%s): close what runs from it, or delete it, then run this again."
            % problem.strerror
        )
    say("Ready after %d s." % (time.monotonic() - start))


def finish(root, gpu):
    """Writes down what was installed; only then does .venv count as finished."""
    venv = os.path.join(root, ".venv")
    stamp = wanted_stamp(root, probe([venv_python(root)])[0], gpu)
    with open(os.path.join(venv, "set_up.json"), "w") as file:
        json.dump(stamp, file, indent=2)
    os.remove(os.path.join(venv, "unfinished"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
