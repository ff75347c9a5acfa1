"""Which folders a sandbox shows, the system's and Python's with its packages, and which of the course it hides."""

import os
import site
import sys
from pathlib import Path

from course_lib.grading.assignment import ROOT

# The system's own folders; which of them are links differs from one Linux to the other.
SYSTEM = (
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/bin",
    "/sbin",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/localtime",
    "/sys/devices/system/cpu",
)


def system_folders():
    return [Path(path).resolve() for path in SYSTEM if Path(path).is_dir()]


def python_folders():
    """Where Python and its packages are, unless the system's folders show them already."""
    named = {Path(folder) for folder in (sys.base_prefix, sys.prefix, *site.getsitepackages())}
    # An interpreter may be reached through a folder that is a link.
    folders = {Path(sys.executable).parent, *named, *(folder.resolve() for folder in named)}
    folders = {folder for folder in folders if folder.exists() and not is_below(folder, system_folders())}
    return sorted(folder for folder in folders if not is_below(folder, folders - {folder}))


def links_on_the_way(program):
    """From a program to its file, the links that lie in no folder that is shown: they, and nothing beside them."""
    shown, found, path = [*python_folders(), *system_folders()], [], Path(program)
    while path.is_symlink():
        if not is_below(path, shown):
            found.append(path)
        path = Path(os.path.normpath(path.parent / os.readlink(path)))
    return found


def hidden_folders():
    """The course itself, where a folder that is shown contains it: exercises' answers are in there."""
    shown = [*python_folders(), *system_folders()]
    own = [
        ROOT / name
        for name in ("course_lib", "chapters", "solutions", "exercises", "my_course", "tests", ".git", ".course")
    ]
    return [path for path in own if path.exists() and is_below(path, shown)]


def is_below(path, folders):
    return any(folder == path or folder in path.parents for folder in folders)
