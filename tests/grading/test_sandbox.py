"""With the sandbox, without it, and as another user."""

import contextlib
import os
import platform
import shutil
import sys
from pathlib import Path

import pytest

from course_lib.grading import batch, judge, refused
from course_lib.grading.lookout import Lookout
from course_lib.grading.sandbox import BUBBLEWRAP, LIMITS, SandboxError, why_not_bubblewrap
from tests.grading.submitted import GRADE, SLUG, SOLVED, below, lines, needs_bubblewrap, notebook, run, wait_for


def without_bubblewrap(tmp_path):
    """The environment of a machine on which bubblewrap is not installed."""
    return {**os.environ, "PATH": str(tmp_path)}


def as_ordinary_user(command):
    """The command, run as a user who is not root and has no rights but his own."""
    return ["bwrap", "--unshare-user", "--uid", "1000", "--gid", "1000", "--dev-bind", "/", "/", "--", *command]


def test_without_bubblewrap_a_required_sandbox_is_refused(tmp_path):
    out = tmp_path / "out"
    said = run([*GRADE, SLUG, "solutions", "--out", str(out), "--require-sandbox"], env=without_bubblewrap(tmp_path))
    assert said.returncode == 1
    assert said.stderr.startswith("A sandbox is required, but bubblewrap is not installed")
    assert len(said.stderr.splitlines()) == 1
    assert not (out / "results.jsonl").exists() or lines(out) == []


def test_without_bubblewrap_students_code_does_not_run_as_root(class_folder, tmp_path):
    (class_folder / "who.ipynb").write_bytes(notebook(["import os\nraise ValueError(f'as {os.geteuid()}')"]))
    said = run([*GRADE, SLUG, str(class_folder), "--out", str(tmp_path / "out")], env=without_bubblewrap(tmp_path))
    if said.returncode:
        assert "Python lies in a folder that only root may enter" in said.stderr
        assert len(said.stderr.splitlines()) == 2
    else:
        assert sorted(line["score"] for line in lines(tmp_path / "out")) == [0, 0, 0, 0, 2, 3]
        (note,) = next(line["notes"] for line in lines(tmp_path / "out") if line["submission"] == "who")
        assert "ValueError: as " in note
        assert not note.endswith("as 0")


@needs_bubblewrap
def test_without_bubblewrap_an_ordinary_user_grades_with_limits_and_the_results_say_so(class_folder, tmp_path):
    environment = {**without_bubblewrap(tmp_path), "PATH": ""}
    command = as_ordinary_user([*GRADE, SLUG, str(class_folder), "--out", str(tmp_path / "out")])
    said = run([shutil.which("bwrap"), *command[1:]], env=environment)
    assert (said.returncode, said.stderr.splitlines()[0][:24]) == (0, "Graded with limits only:"), said.stderr
    assert {line["submission"]: line["score"] for line in lines(tmp_path / "out")} == {
        "=full": 3,
        "stub": 0,
        "<b>part": 2,
        "text": 0,
        "link": 0,
    }
    assert {line["sandbox"] for line in lines(tmp_path / "out")} == {LIMITS}


@needs_bubblewrap
def test_an_ordinary_user_has_the_same_sandbox(class_folder, tmp_path):
    said = run(as_ordinary_user([*GRADE, SLUG, str(class_folder), "--out", str(tmp_path / "out"), "--require-sandbox"]))
    assert (said.returncode, said.stderr) == (0, "")
    assert {line["sandbox"] for line in lines(tmp_path / "out")} == {BUBBLEWRAP}
    assert sorted(line["score"] for line in lines(tmp_path / "out")) == [0, 0, 0, 2, 3]


KEYS = """
import ctypes, platform
call, numbers = ctypes.CDLL(None, use_errno=True).syscall, {"x86_64": (250, 248), "aarch64": (219, 217)}
keyctl, add_key = numbers[platform.machine()]
JOIN, SEARCH, READ, SESSION = 1, 10, 11, ctypes.c_int(-3)
def leave(name): return call(add_key, b"user", name, b"secret", ctypes.c_size_t(6), SESSION)
def found(name):
    key, text = call(keyctl, SEARCH, SESSION, b"user", name, 0), ctypes.create_string_buffer(9)
    return key > 0 and call(keyctl, READ, key, text, ctypes.c_size_t(9)) == 6 and text.value == b"secret"
"""
LOOKS = 'raise LookupError(f\'keys: {found(b"instructor")} {found(b"neighbour")} {leave(b"neighbour") > 0}\')'


@needs_bubblewrap
@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="knows the system calls of these two")
def test_keys_of_the_instructors_session_are_neither_read_nor_left(tmp_path):
    for number in range(2):
        (tmp_path / f"{number}.ipynb").write_bytes(notebook([KEYS, f"number = {number}\n{LOOKS}"]))
    asks = [SLUG, str(tmp_path), "--out", str(tmp_path / "out"), "--jobs", "1"]
    # In a session with a key, and without the machine's own keys in danger.
    grade = f"""{KEYS}
assert call(keyctl, JOIN, None) > 0 and leave(b"instructor") > 0 and found(b"instructor")
import subprocess, sys
status = subprocess.run([sys.executable, *{[*GRADE[1:], *asks]!r}]).returncode
assert not found(b"neighbour")
sys.exit(status)"""
    said = run([sys.executable, "-c", grade])
    assert said.returncode == 0, said.stderr
    notes = [note for line in lines(tmp_path / "out") for note in line["notes"]]
    # In the sandbox, there are no keys at all.
    assert [note.partition("keys: ")[2] for note in notes] == ["False False False"] * 2


ORDINARY = """
import asyncio, ctypes, fcntl, mmap, multiprocessing, socket, subprocess, sys, threading
import numpy as np
with multiprocessing.get_context("fork").Pool(4) as pool: assert pool.map(abs, [-1, 2]) == [1, 2]
shared = multiprocessing.Array("d", 4)
with shared.get_lock(): shared[0] = 1.0
assert subprocess.run(["echo", "hi"], capture_output=True, text=True).stdout == "hi\\n"
thread = threading.Thread(target=asyncio.run, args=(asyncio.sleep(0),)); thread.start(); thread.join()
assert ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(abs)(-3) == 3
np.save("kept.npy", np.arange(4)); assert np.load("kept.npy", mmap_mode="r+").sum() == 6
assert mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).read(1) == b"\\0"
socket.socketpair(); fcntl.fcntl(0, fcntl.F_GETFL)
import h5py
with h5py.File("kept.h5", "w") as file: file["x"] = np.arange(4)
assert h5py.File("kept.h5")["x"][()].sum() == 6
raise ValueError("all of it works")
"""


def test_what_a_notebook_ordinarily_asks_of_the_system_is_granted(place):
    (note,) = place.judge(notebook([ORDINARY]))["notes"]
    assert note.endswith("ValueError: all of it works")


@needs_bubblewrap
def test_where_namespaces_are_forbidden_one_sentence_says_so(tmp_path):
    """A user namespace in which no other may be made is such a place."""
    forbidden = ["bwrap", "--unshare-user", "--disable-userns", "--uid", "1000", "--dev-bind", "/", "/"]
    said = run([*forbidden, *GRADE, SLUG, "solutions", "--out", str(tmp_path / "out"), "--require-sandbox"])
    assert said.returncode == 1
    assert said.stderr.startswith("A sandbox is required, but bubblewrap cannot make a sandbox, because this system")
    assert len(said.stderr.splitlines()) == 1


# A container without privileges: an ordinary user who is called root, and alone.
ROOTLESS = ["bwrap", "--unshare-user", "--uid", "0", "--gid", "0", "--dev-bind", "/", "/"]


@needs_bubblewrap
def test_root_of_a_container_without_privileges_has_the_same_sandbox(tmp_path):
    (tmp_path / "who.ipynb").write_bytes(notebook([*SOLVED, "import os\nraise ValueError(f'as {os.geteuid()}')"]))
    grade = [*GRADE, SLUG, str(tmp_path / "who.ipynb"), "--out", str(tmp_path / "out"), "--require-sandbox"]
    said = run([*ROOTLESS, *grade])
    assert (said.returncode, said.stderr) == (0, "")
    (line,) = lines(tmp_path / "out")
    assert (line["score"], line["notes"]) == (3, [f"Code cell {len(SOLVED) + 1}: ValueError: as 65534"])


@needs_bubblewrap
def test_without_bubblewrap_root_of_such_a_container_gets_one_sentence_that_says_what_to_do(class_folder, tmp_path):
    grade = [*GRADE, SLUG, str(class_folder), "--out", str(tmp_path / "out")]
    said = run([shutil.which("bwrap"), *ROOTLESS[1:], *grade], env=without_bubblewrap(tmp_path))
    assert said.returncode == 1
    assert said.stderr.splitlines()[-1].startswith("The sandbox did not start: in this container root is the only user")


@needs_bubblewrap
@pytest.mark.parametrize("user", [ROOTLESS, as_ordinary_user([])[:-1]], ids=["root", "an ordinary user"])
def test_in_a_container_that_hides_a_part_of_proc_one_sentence_says_so(user, tmp_path):
    grade = [*GRADE, SLUG, "solutions", "--out", str(tmp_path / "out"), "--require-sandbox"]
    said = run([*user, "--tmpfs", "/proc/fs", "--", *grade])
    assert said.returncode == 1
    assert said.stderr.startswith(
        "A sandbox is required, but bubblewrap cannot make a sandbox, because a container hides"
    )
    assert len(said.stderr.splitlines()) == 1


@needs_bubblewrap
def test_bubblewrap_is_found_where_the_environment_says(tmp_path):
    (tmp_path / "bin").mkdir()
    # With nothing in the usual places.
    shutil.copy(shutil.which("bwrap"), tmp_path / "bin/bwrap")
    (tmp_path / "x.ipynb").write_bytes(notebook(SOLVED))
    grade = [*GRADE, SLUG, str(tmp_path / "x.ipynb"), "--out", str(tmp_path / "out"), "--require-sandbox"]
    hiding = ["--ro-bind", "/dev/null", os.path.realpath(shutil.which("bwrap"))]
    user = ["--unshare-user", "--uid", "1000", "--gid", "1000", "--dev-bind", "/", "/", *hiding]
    said = run(["bwrap", *user, *grade], env={**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"})
    assert (said.returncode, said.stderr) == (0, "")
    assert [line["score"] for line in lines(tmp_path / "out")] == [3]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("#!/nowhere/sh\n", "bwrap cannot be run (No such file or directory)"),
        ("no program", "bwrap cannot be run (Exec format error)"),
        ("#!/bin/sh\necho 'bwrap: Creating new namespace failed: x' >&2; exit 1", "forbids namespaces (Creating new"),
        ("#!/bin/sh\nexit 3", "forbids namespaces (status 3)"),
    ],
)
def test_a_bubblewrap_that_does_not_work_is_one_sentence(script, words, tmp_path, monkeypatch):
    (tmp_path / "bwrap").write_text(script)
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    if sys.platform == "linux":
        assert words in why_not_bubblewrap()


@needs_bubblewrap
def test_where_a_sandbox_cannot_be_divided_each_child_gets_its_own(monkeypatch):
    from course_lib.grading import sandbox

    real = sandbox.bubblewrap
    # Without the machine's /proc to be seen, no child can have a /proc of its own.
    monkeypatch.setattr(sandbox, "bubblewrap", lambda staged, divided=True: real(staged, divided=False))
    workplace = batch.Workplace(SLUG, judge.Settings(timeout=60), require_sandbox=True)
    before = below(os.getpid())
    with contextlib.closing(workplace):
        results = [workplace.judge(notebook(SOLVED)) for _ in range(2)]
        assert [result["score"] for result in results] == [3, 3]
        wait_for(lambda: below(os.getpid()) <= before)


@needs_bubblewrap
def test_a_sandbox_that_lacks_something_is_not_what_is_required(class_folder, tmp_path, monkeypatch):
    """On a machine whose system calls have unknown numbers; where nobody can watch is another such place."""
    monkeypatch.setattr(refused, "MACHINES", {})
    with pytest.raises(SandboxError, match="A sandbox is required, but the system calls of this machine are not known"):
        batch.Workplace(SLUG, judge.Settings(timeout=60), require_sandbox=True)
    said = []
    batch.grade(SLUG, [class_folder / "stub.ipynb"], tmp_path / "out", warn=said.append)
    assert [sentence.partition(": ")[0] for sentence in said] == ["The sandbox is not a whole one"]


def test_who_cannot_be_seen_is_not_watched():
    lookout = Lookout(1 << 30, 1, 1, None)
    assert not lookout.sees
    lookout.leave()


@needs_bubblewrap
def test_a_sandbox_that_does_not_start_stops_the_batch_and_gives_nobody_a_zero(class_folder, tmp_path, monkeypatch):
    from course_lib.grading import sandbox

    monkeypatch.setattr(sandbox, "PROGRAM", "print('nothing works here'); raise SystemExit(1)")
    with pytest.raises(SandboxError, match=r"The sandbox did not start: nothing works here"):
        batch.grade(SLUG, [class_folder / "stub.ipynb"], tmp_path / "out")
    assert lines(tmp_path / "out") == []


DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        os.execv("/bin/sleep", ["sleep", "611.25"])
    os._exit(0)
time.sleep(0.5)
"""


@needs_bubblewrap
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_with_limits_only_what_a_notebook_leaves_running_is_ended_as_well(tmp_path):
    (tmp_path / "x.ipynb").write_bytes(notebook([*SOLVED, DAEMON]))
    command = as_ordinary_user([*GRADE, SLUG, str(tmp_path / "x.ipynb"), "--out", str(tmp_path / "out")])
    said = run([shutil.which("bwrap"), *command[1:]], env={**without_bubblewrap(tmp_path), "PATH": ""})
    assert (said.returncode, [line["score"] for line in lines(tmp_path / "out")]) == (0, [3]), said.stderr
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"611.25" in reading(path)]
    assert left == []


def reading(path):
    with contextlib.suppress(OSError):
        return path.read_bytes()
    return b""
