"""Prepares .venv: makes it, has uv install the course into it, and does nothing when that is done already.

Run as a script by whichever Python is there: ``python3 course_lib/lab/set_up.py``. It is written for Python 3.6 too, so
that an old Python finds a newer one to make .venv with, or says what is missing.
"""

import contextlib
import errno
import functools
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

if __package__:
    from course_lib.lab import installer
else:
    # A script knows only its own folder.
    import installer

ROOT = str(Path(os.path.abspath(__file__)).parents[2])
VERSIONS = ["3.13", "3.12", "3.11"]
SUITABLE = "Python 3.11, 3.12 or 3.13"

# What an installed .venv depends on, besides its Python and its place.
INPUTS = ["requirements.txt", "pyproject.toml", "course_lib/lab/overrides.json", "course_lib/lab/server_extension.json"]

# At once, also where the output goes into a file.
say = functools.partial(print, flush=True)


class CannotSetUp(Exception):
    """One sentence for the person at the keyboard: what is wrong, and what to do."""


def venv_python(root):
    """The Python inside .venv."""
    return os.path.join(root, ".venv", *(["Scripts", "python.exe"] if os.name == "nt" else ["bin", "python"]))


def probe(command, modules="ensurepip, venv"):
    """(version, has these modules) of the Python that a command starts, or (None, False)."""
    script = f"import sys; print('%d.%d' % sys.version_info[:2]); import {modules}; print('and these')"
    try:
        process = subprocess.run([*command, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except (OSError, ValueError):
        return None, False
    version, *these = process.stdout.decode("ascii", "replace").split() or [None]
    return version, bool(these)


def find_python(asked=None, probe=probe):
    """(command, version) of a Python that can make .venv: the one asked for, or the first suitable one."""
    if asked:
        commands = [[asked] if os.path.exists(asked) else asked.split()]
    else:
        by_name = [["py", "-" + name] if os.name == "nt" else ["python" + name] for name in VERSIONS]
        commands = [[sys.executable], *by_name]
    found = [(" ".join(command), command, *probe(command)) for command in commands]
    suitable = [python for python in found if python[2] in VERSIONS]
    for _, command, version, has_venv in suitable:
        if has_venv:
            return command, version
    name, _, version, _ = (suitable or found)[0]
    if suitable:
        raise CannotSetUp(
            f"Python {version} ({name}) lacks its venv module: install it (on Debian and Ubuntu: "
            f"apt install python{version}-venv), then run this again."
        )
    if asked and version is None:
        raise CannotSetUp(f"PYTHON={asked} cannot be started: name the path of {SUITABLE}.")
    raise CannotSetUp(
        f"This course needs {SUITABLE}, and {name} is Python {version or 'unknown'}: install one of these, or name "
        "one that you have, as in PYTHON=/path/to/python3.12."
    )


def read_note(root):
    """What the last set-up noted in .venv, {} where there is no note: .venv is not there, or was made by hand."""
    try:
        return json.loads(Path(root, ".venv", "set_up.json").read_text())
    except (OSError, ValueError):
        return {}


def write_note(root, note):
    """Notes what .venv holds. While "finished" is False, it is not to be trusted."""
    Path(root, ".venv", "set_up.json").write_text(json.dumps(note, indent=2))


def wanted_note(root, version, gpu):
    """What a finished set-up notes."""
    # As text: a clone on Windows may end its lines otherwise; it installs the same.
    inputs = [Path(root, name).read_text(encoding="utf-8") for name in INPUTS]
    # Scripts and the course's own entry in .venv hold full paths: a folder that moved is not set up.
    return {"finished": True, "inputs": inputs, "python": version, "gpu": gpu, "folder": root}


def is_finished(root, asked, gpu):
    """Whether .venv works and is just what would be installed now. The GPU choice holds until another is made."""
    # uv is not asked: where a folder was restored or got another owner, it would install the course again, from the
    # internet, because it looks at when pyproject.toml was touched and not at what it says.
    note = read_note(root)
    version = probe([venv_python(root)], "sys")[0] if note else None
    if version is None or note != wanted_note(root, version, gpu or note.get("gpu")):
        return False
    return not asked or find_python(asked)[1] == version


def run(command, root, title, gpu="0"):
    """Runs one step, with the user's settings of pip. Returns whether nothing but a lack of uv made it fail."""
    told = installer.settings(venv_python(root)) if command[2:3] in (["pip"], ["uv"]) else {}
    command = installer.adapted(command, told)
    status, words = attempt(command, root, title, installer.environment(told))
    if status and installer.is_untrusted(words) and "cert" not in told:
        status, words = attempt(command, root, title, installer.environment(told, systems=True))
    if status and installer.lacks_uv(words):
        return True
    if status:
        raise CannotSetUp(f"{installer.explain(words, gpu, told)} (the installer's own words: .venv/set_up.log).")


def attempt(command, root, title, environ):
    """(status, words) of a command, its output kept in a log, its seconds counted where someone is looking."""
    start, watched = time.monotonic(), sys.stdout.isatty()
    say("  " + title, end="" if watched else "\n")
    with open(Path(root, ".venv", "set_up.log"), "a+b", buffering=0) as log:
        log.write(f"$ {' '.join(command)}\n".encode())
        before = log.tell()
        # The lock goes on to the child: while an orphaned installer still runs, the next call waits for it.
        process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environ, close_fds=False
        )
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)
            if watched:
                say(f"\r  {title} ({int(time.monotonic() - start)} s)", end="")
        log.seek(before)
        words = log.read().decode("utf-8", "replace")
    if watched:
        say()
    return process.returncode, words


def steps(root, command, gpu):
    """(title, command) of everything that a set-up runs, in this order."""
    python = venv_python(root)
    # The course's own files that JupyterLab reads are copied at each install, under the same version.
    uv = [python, "-m", "uv", "pip", "install", "--python", python, "--reinstall-package", "neural-networks-course"]
    what = ["-e", ".[gpu]", "-r", "requirements.txt"] if gpu == "1" else ["-r", "requirements.txt"]
    return [
        ("1/3 A Python of the course's own", [*command, "-m", "venv", os.path.join(root, ".venv")]),
        ("2/3 The installer", [python, "-m", "pip", "install", "--retries", "2", "uv>=0.8,<1"]),
        ("3/3 TensorFlow, JupyterLab and what they need: the longest step", uv + what),
    ]


def is_usable(root, versions):
    """Whether .venv holds one of these Pythons, with pip, at its own place, that a set-up can go on with."""
    note = read_note(root)
    version, has_pip = probe([venv_python(root)], "pip")
    return has_pip and version in versions and note.get("finished", True) and note.get("folder", root) == root


def check(root, gpu):
    """Raises where the set-up is bound to fail."""
    if gpu not in installer.GIGABYTES:
        raise CannotSetUp(f"GPU={gpu} is neither 1 (TensorFlow's CUDA build) nor 0.")
    if gpu == "1" and not sys.platform.startswith("linux"):
        raise CannotSetUp("GPU=1 works on Linux only (on Windows: in WSL 2): leave it out to use the processor.")
    if not os.access(root, os.W_OK):
        raise CannotSetUp(f"The folder {root} is not writable: clone the course to a folder of your own.")


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
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Another set-up is at work in this folder: waiting until it ends.")
        fcntl.flock(folder, fcntl.LOCK_EX)
    except OSError:
        pass  # Some network disks have none either.
    try:
        yield
    finally:
        os.close(folder)


def begin_afresh(venv, gpu, usage):
    """Empties .venv, but for the note that it is not finished, and raises where the disk cannot hold what follows."""
    paths = [path for path in venv.iterdir() if path.name != "set_up.json"]
    if {path.name for path in paths} - {"set_up.log"}:
        say("The .venv here is broken, unfinished, moved or of another Python: making it anew.")
    else:
        say(f"Setting up the course, once: {installer.GIGABYTES[gpu]:.1f} GB in .venv, one to ten minutes.")
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    free = usage(venv).free / 1e9
    if free < installer.GIGABYTES[gpu]:
        raise CannotSetUp(
            f"The set-up needs {installer.GIGABYTES[gpu]:.1f} GB, and {free:.1f} GB are free on this disk: "
            "free some space, then run this again."
        )


def build(root, asked=None, gpu=None, run=run, usage=shutil.disk_usage):
    """Makes .venv, or brings it up to date. What an interrupted call left is made anew: downloads are kept."""
    gpu = gpu or read_note(root).get("gpu", "0")
    if is_finished(root, asked, gpu):
        return
    command, version = find_python(asked)
    check(root, gpu)
    with lock(root):
        # Another call may have finished while this one waited.
        if not is_finished(root, asked, gpu):
            build_alone(root, command, [version] if asked else VERSIONS, gpu, run, usage)


def build_alone(root, command, versions, gpu, run, usage):
    """``build``, once no other call is at work in the same folder."""
    start, venv, usable = time.monotonic(), Path(root, ".venv"), is_usable(root, versions)
    try:
        venv.mkdir(exist_ok=True)
        write_note(root, dict(read_note(root), finished=False))
        if usable:
            say("Bringing .venv up to date.")
        else:
            begin_afresh(venv, gpu, usage)
        lacks_uv = False
        for title, step in steps(root, command, gpu)[usable:]:
            lacks_uv = run(installer.without_uv(step) if lacks_uv else step, root, title, gpu)
        write_note(root, wanted_note(root, probe([venv_python(root)])[0], gpu))
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CannotSetUp(installer.explain("No space left", gpu) + ".") from problem
        raise CannotSetUp(
            f"The folder .venv cannot be changed ({problem.strerror}): close what runs from it, or delete it, "
            "then run this again."
        ) from problem
    say(f"Ready after {int(time.monotonic() - start)} s.")


def gpu_choice(arguments, environ):
    """The GPU that is asked for on make's command line, or in the environment, where clusters number theirs too."""
    if arguments:
        return arguments[0]
    there = environ.get("GPU")
    if there and there not in installer.GIGABYTES:
        say(f"Ignored: GPU={there} of the environment, which is no choice of the course's (make lab GPU=1 is).")
        return None
    return there


def python_choice(environ):
    """The Python that is asked for. One that another project has left in the environment need not suit."""
    there = environ.get("PYTHON")
    if not there or "MAKELEVEL" not in environ or "PYTHON=" in environ.get("MAKEFLAGS", ""):
        return there
    if probe([there] if os.path.exists(there) else there.split() or [there], "sys")[0] in VERSIONS:
        return there
    say(f"Ignored: PYTHON={there} of the environment, which is no {SUITABLE}.")
    return None


def main():
    """Makes sure that .venv is ready; returns the exit status."""
    for name in installer.FOREIGN:
        os.environ.pop(name, None)
    try:
        build(ROOT, python_choice(os.environ), gpu_choice(sys.argv[1:], os.environ))
    except CannotSetUp as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the next call finishes the set-up.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
