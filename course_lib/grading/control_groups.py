"""Linux' control groups, where they can be had: what a submission takes of the processor, and if processes ran short.

Version 2 counts a group's time by itself, whatever else it is allowed to do; that takes leave to make a group below
one's own. https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

import contextlib
import os
import tempfile
import time
from pathlib import Path

# Seconds that a group's processes have to vanish after they were ended.
PATIENCE = 2


def _places():
    """(version, where it is mounted, folder) of version 2's group of this process, and of version 1's for processes."""
    with contextlib.suppress(OSError, ValueError):
        mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        own = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
        paths = {2 if not kinds else 1: path for _, kinds, path in own if not kinds or "pids" in kinds.split(",")}
        for mount in mounts:
            system, options = mount[mount.index("-") + 1], mount[-1].split(",")
            version = 2 if system == "cgroup2" else 1 if system == "cgroup" and "pids" in options else None
            if version in paths:
                inside = os.path.relpath(paths[version], mount[3])
                yield version, Path(mount[4]), Path(os.path.normpath(f"{mount[4]}/{inside}"))


def refusals():
    """How often a process was refused to this one's control groups, as far as they tell."""
    count = 0
    for _, top, folder in _places():
        for group in (folder, *folder.parents):
            if not group.is_relative_to(top):
                break
            with contextlib.suppress(OSError, ValueError):
                count += int((group / "pids.events").read_text().partition("max ")[2].split()[0])
    return count


def _is_orphan(folder):
    return not Path(f"/proc/{folder.name.split('-')[1]}").exists()


class Groups:
    """Makes a control group of version 2 for each submission, where that is allowed, and takes them away again."""

    def __init__(self):
        self._folder = next((folder for version, _, folder in _places() if version == 2), None)
        # Those of a judge that was killed are empty, and nobody's.
        self._left = (
            set() if not self._folder else {str(path) for path in self._folder.glob("graded-*-*") if _is_orphan(path)}
        )
        self.tidy()

    def make(self):
        """A new group's folder, and the open files by which it is entered and read, see ``watching.Group``; or None."""
        if not self._folder:
            return None, []
        try:
            folder = tempfile.mkdtemp(prefix=f"graded-{os.getpid()}-", dir=self._folder)
        except OSError:
            return None, []
        files = []
        with contextlib.suppress(OSError):
            files.append(os.open(f"{folder}/cgroup.procs", os.O_WRONLY))
            files.append(os.open(f"{folder}/cpu.stat", os.O_RDONLY))
            return folder, files
        self.leave(folder, files)
        return None, []

    def leave(self, folder, files=()):
        """Close the files, and take the group away as soon as it is empty."""
        for file in files:
            os.close(file)
        if folder:
            self._left.add(folder)
        self.tidy()

    def tidy(self, patience=0.0):
        """Take away the groups that are left and empty; wait for the others as many seconds."""
        until = time.monotonic() + patience
        while True:
            for folder in list(self._left):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
                    self._left.discard(folder)
            if not self._left or time.monotonic() >= until:
                return
            time.sleep(0.02)
