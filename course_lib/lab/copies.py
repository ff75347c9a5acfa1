"""The learner's own copies of the notebooks: what JupyterLab opens, so that running a chapter changes no file of git's.

A copy is made where there is none. One that the learner has changed or run is never written again: a newer version of
the course's is put beside it. One that is still just as the course put it there is replaced by the newer version.
"""

import hashlib
import itertools
import json
import os
import re
from pathlib import Path

# What a learner works with, and what ends its copies' names: a tab shows nothing but the name.
KINDS = {"chapters": "", "exercises": "-exercises", "solutions": "-solutions"}
LINK = re.compile(rb"(\.\./(exercises|solutions)/[\w-]+?)\.ipynb")
# Which versions the learner has been given: a hash of each, the newest last, for every copy.
NOTES = ".course.json"


def place(root, home=None):
    """The folder of the copies: in the checkout, or at home where the checkout or its copies are someone else's."""
    mine = Path(root, "my_course")
    return mine if _is_own(mine if mine.exists() else Path(root)) else Path(home or Path.home(), "my_course")


def _is_own(folder):
    """Whether the user may write there; copies, besides, are one user's alone."""
    user = os.geteuid() if hasattr(os, "geteuid") else None
    shared = folder.name == "my_course" and user and folder.stat().st_uid != user
    return os.access(folder, os.W_OK) and not shared


def bring_up_to_date(root, mine):
    """Copy what is new in the course. Returns a sentence for each thing that the learner should know.

    Raises ``OSError`` where the folder cannot be written.
    """
    is_new, given, updated, beside = not mine.exists(), _read_notes(mine), [], []
    for kind, ending in KINDS.items():
        for original in sorted(Path(root, kind).glob("*.ipynb")):
            name = f"{kind}/{original.stem}{ending}.ipynb"
            _offer(name, as_copied(original), mine, given, updated, beside)
    for page in sorted(Path(root, "chapters").glob("*.md")):
        _offer(f"chapters/{page.name}", as_copied(page), mine, given, updated, beside)
    return list(_sentences(mine, is_new, updated, beside))


def as_copied(original):
    """The bytes of a copy: the original's, with links that lead to copies."""
    return LINK.sub(lambda found: found[1] + KINDS[found[2].decode()].encode() + b".ipynb", original.read_bytes())


def _offer(name, content, mine, given, updated, beside):
    """Give the learner one file, under its own name or beside what she has made of it."""
    version, versions = _version(content), given.setdefault(name, [])
    if versions[-1:] == [version] and (mine / name).exists():
        return
    free = next(other for other in _names(name) if _version_of(mine / other) in [None, version, *versions])
    now = _version_of(mine / free)
    if now is None and free != name:
        beside.append(free)
    elif now not in (None, version):
        updated.append(free)
    _write(mine / free, content)
    given[name] = [known for known in versions if known != version] + [version]
    # After each file: what a full disk interrupts here must not look like the learner's work next time.
    _write(mine / NOTES, json.dumps(given, indent=1).encode())


def _names(name):
    """A name and those that stand beside it: a.ipynb, a-updated.ipynb, a-updated-2.ipynb, …"""
    stem, dot, ending = name.rpartition(".")
    yield name
    yield f"{stem}-updated{dot}{ending}"
    yield from (f"{stem}-updated-{number}{dot}{ending}" for number in itertools.count(2))


def _version(content):
    return hashlib.sha256(content).hexdigest()


def _version_of(copy):
    """The version of what is there, None where nothing is, "" where it is no file that can be read."""
    if not os.path.lexists(copy):
        return None
    try:
        return _version(copy.read_bytes())
    except OSError:
        return ""


def _write(path, content):
    """Write all of a file, or nothing of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        half.write_bytes(content)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def _read_notes(mine):
    """The versions given so far; without them every copy counts as the learner's work."""
    try:
        notes = json.loads((mine / NOTES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    sound = isinstance(notes, dict) and all(isinstance(versions, list) for versions in notes.values())
    return notes if sound else {}


def _sentences(mine, is_new, updated, beside):
    if is_new:
        yield f"Your own copies of the notebooks are in {mine}: what the course changes later leaves your work alone."
    if updated:
        yield f"The course has changed, and with it what you had not touched yet: {', '.join(updated)}."
    if beside:
        yield f"The course has changed; your copies are as you left them, and beside them stand {', '.join(beside)}."
