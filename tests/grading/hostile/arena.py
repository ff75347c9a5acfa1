"""Where the hostile submissions meet the judge: one run of its command line, and all that it leaves behind."""

import contextlib
import ctypes
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.grading.hostile.attack import FOOTPRINT, ROOT

PR_SET_CHILD_SUBREAPER = 36
# Where an attacker who got out would leave a footprint.
PLACES = ("/", "/tmp", "/var/tmp", "/dev", "/dev/shm", "/run", "/home", "/root", "/course", ROOT, ROOT / "course_lib")


@dataclass
class Outcome:
    """What came of a run. ``status`` is None if the judge had to be ended."""

    status: int | None
    said: str
    seconds: float
    rows: list = field(default_factory=list)
    # The judge's largest memory, in MiB.
    peak: int = 0
    still_running: list = field(default_factory=list)
    left_behind: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    pages: str = ""

    def row(self, name):
        """The only line of a submission."""
        (row,) = [row for row in self.rows if row["submission"] == name]
        return row


def graded(slug, submissions, place, timeout, patience):
    """Grade a folder on two jobs, and look at everything afterwards. ``place`` is for all that the judge may write."""
    out, environment = place / "out", {**os.environ, "TMPDIR": str(place / "tmp"), "HOME": str(place / "home")}
    for folder in ("tmp", "home"):
        (place / folder).mkdir(parents=True)
    command = [
        sys.executable,
        "-m",
        "course_lib.grading",
        "grade",
        slug,
        "--seed",
        "1",
        str(submissions),
        "--out",
        str(out),
        "--jobs",
        "2",
        "--timeout",
        str(timeout),
        "--require-sandbox",
    ]
    before, start = _contents(submissions), time.monotonic()
    with _adopting() as adopted, (place / "said").open("w+") as said:
        judge = subprocess.Popen(command, stdout=said, stderr=said, env=environment, cwd=ROOT)
        watch = _Watch(judge.pid)
        status = _ended(judge, patience)
        seconds = time.monotonic() - start
        still_running = adopted()
        said.seek(0)
        text = said.read()
    return Outcome(
        status,
        text,
        seconds,
        _rows(out / "results.jsonl"),
        watch.peak(),
        still_running,
        _left_behind(place, submissions),
        [name for name, hash_ in _contents(submissions).items() if before.get(name) != hash_],
        _pages(out),
    )


def _ended(judge, patience):
    """The judge's exit status, or None if it took too long."""
    try:
        return judge.wait(patience)
    except subprocess.TimeoutExpired:
        judge.kill()
        judge.wait()
        return None


@contextlib.contextmanager
def _adopting():
    """What a judge leaves running becomes this process's child. Gives a function that names those that do not end."""
    libc, before = ctypes.CDLL(None), _children()
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield lambda: _that_stay(before)
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _that_stay(before, patience=3):
    """The command lines of the children, beyond those from before, that are still there after some seconds."""
    until = time.monotonic() + patience
    while (new := _children() - before) and time.monotonic() < until:
        for process in new:
            # One that has ended is there until its parent, which is this process now, has been told.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, os.WNOHANG)
        time.sleep(0.05)
    return [Path(f"/proc/{process}/cmdline").read_bytes()[:80] for process in new]


def _children():
    """The numbers of this process's children."""
    return {int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _parent(path) == os.getpid()}


def _parent(stat):
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


class _Watch:
    """Looks at a process's memory while it lives."""

    def __init__(self, process):
        self._path, self._peak = Path(f"/proc/{process}/status"), 0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self):
        with contextlib.suppress(OSError, IndexError):
            while True:
                self._peak = int(self._path.read_text().partition("VmHWM:")[2].split()[0]) >> 10
                time.sleep(0.1)

    def peak(self):
        self._thread.join(5)
        return self._peak


def _rows(file):
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


# What of a run is for the instructor alone: in it stands what hidden cases were.
FOR_INSTRUCTOR = ("report.html", "results.jsonl")


def told(row):
    """A line of results without what is for the instructor alone."""
    return {**row, "checks": [{**check, "for_instructor": ""} for check in row["checks"]]}


def _pages(out):
    """All that students may read, and all that the instructor reads but for what hidden cases were."""
    paths = [path for path in sorted(out.rglob("*")) if path.is_file() and path.name not in FOR_INSTRUCTOR]
    pages = [path.read_text(encoding="utf-8", errors="replace") for path in paths]
    return "\n".join([*pages, *(json.dumps(told(row)) for row in _rows(out / "results.jsonl"))])


def _contents(folder):
    """A hash of each plain file in the folder."""
    return {
        os.fsencode(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def _left_behind(place, submissions):
    """What is in the folder for temporary files, footprints anywhere, and what is new beside the submissions."""
    footprints = [
        path
        for folder in (*PLACES, place, place / "home", submissions)
        for path in (Path(folder, FOOTPRINT),)
        if path.exists()
    ]
    return [*map(str, (place / "tmp").iterdir()), *map(str, footprints)]
