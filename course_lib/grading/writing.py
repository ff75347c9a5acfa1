"""Files that are written in one step or not at all, and folders that end with the process that made them."""

import os
import subprocess
import tempfile
from pathlib import Path


class PassingFolder:
    """A folder that is there for as long as this process uses it, even if that is killed.

    place: the folder in which to make it; by default that for temporary files
    """

    def __init__(self, prefix, place=None):
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        # Whoever is killed can remove nothing, so another waits for its end. A session of its own is not ended with it.
        self._remover = subprocess.Popen(
            ["/bin/sh", "-c", 'read -r end; rm -rf -- "$1"', "sh", str(self.path.resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def close(self):
        """Remove it, with all that it holds."""
        self._remover.stdin.close()
        self._remover.wait()


class Desk(PassingFolder):
    """Where the files of a folder are written before they take their places in it."""

    def __init__(self, folder):
        super().__init__(".writing-", folder)

    def replace(self, path, write, encoding="utf-8", mode=0o644):
        """Write a file in one step: who reads it sees the old one or the new one."""
        descriptor, name = tempfile.mkstemp(dir=self.path)
        with open(descriptor, "w", encoding=encoding, newline="") as file:
            write(file)
        os.chmod(name, mode)
        os.replace(name, path)
