"""What was handed in: looked at, not believed by its name; in folders, in zips, in a whole copy of the course."""

import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from course_lib.grading import names, recognized, submissions, zips
from course_lib.grading.submissions import NotGradable

# Nobody hands these in: systems put them there. What lies in a hidden folder is no hand-in either.
OF_SYSTEMS = re.compile(r"__MACOSX|\.DS_Store|Thumbs\.db|desktop\.ini|~\$.*|Icon\r", re.I)
# In these, what looks like a notebook is a copy that a program keeps.
KEPT_BY_PROGRAMS = (".ipynb_checkpoints", ".virtual_documents", ".git", "__MACOSX", "__pycache__")
INSTALLED = ("node_modules", "site-packages", "venv", "env", "__pycache__")
# Beside notebooks, these are not taken for somebody's hand-in.
BESIDE = re.compile(
    r"(?i)(?:readme|license|makefile)[^/]*|index\.html|.*\.(?:md|csv|tsv|toml|ya?ml|xlsx?|ini|cfg|log|sh)"
)
# An exercise in the folder my_course.
LEARNERS = re.compile(r"exercises/\d\d-[\w-]+-exercises\.ipynb")
# Why what lies in a folder of theirs is no hand-in.
ASIDE = "put there by a system, or in a hidden folder"
# A student's zip with more notebooks than this is no hand-in.
MOST_IN_A_ZIP = 20
HEAD = 512


@dataclass(frozen=True)
class File:
    """A file, in a folder or in a zip: its place, which is a tuple of names, how to open it, when it was changed."""

    place: tuple
    open: Callable
    time: datetime | None = None

    @property
    def is_named_as_one(self):
        """Whether it is called a notebook: ``hw.ipynb``, ``HW.IPYNB``, ``hw.ipynb.json``, ``hw.ipynb (1)``."""
        return ".ipynb" in self.place[-1].lower()

    def head(self):
        """The first bytes, or what stands in for them where it cannot be opened."""
        try:
            with self.open() as file:
                return file.read(HEAD)
        except (NotGradable, OSError):
            return b""

    def refused(self):
        """Why it cannot be opened, in a few words, or nothing."""
        try:
            with self.open():
                return ""
        except NotGradable as reason:
            return str(reason).rstrip(".")

    @property
    def read(self):
        """What gives the bytes without outputs. ``NotGradable`` if it cannot be read."""
        return Reading(self._content, self.time)

    def _content(self):
        with self.open() as file:
            return submissions.content(file)

    def holds_a_notebook(self):
        """Whether it is one, whatever it is called."""
        if not re.match(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*\{", self.head()):
            return False
        with contextlib.suppress(NotGradable):
            submissions.code_cells(self.read())
            return True
        return False


@dataclass(frozen=True)
class Reading:
    """A function that reads a file, and when that was changed, as far as it is known."""

    function: Callable
    time: datetime | None = None

    def __call__(self):
        return self.function()


@dataclass(frozen=True)
class HandIn:
    """One notebook to grade, and the name under which its result appears. ``read`` gives bytes, or ``NotGradable``."""

    name: str
    place: tuple
    read: Reading

    @property
    def time(self):
        """When it was handed in, as a system has it in its names, else when the file was changed, else None."""
        return names.time(self.place) or self.read.time


def find(paths, slug=None):
    """(what is to be graded, [(place, why not)] of the rest): of each file in a folder, and of each that is named.

    ``FileNotFoundError`` for a path that does not exist. What cannot be graded is found too: it gets its line.
    """
    found, left_out = [], []
    for path in dict.fromkeys(map(Path, paths)):
        if not path.exists() and not path.is_symlink():
            raise FileNotFoundError(f"{path} does not exist; a notebook or a folder of notebooks was expected.")
        if OF_SYSTEMS.fullmatch(path.name):
            left_out.append(((path.name,), "of the system"))
        elif path.is_dir() and not path.is_symlink():
            own = path.resolve().name
            some = _of_a_class(list(_in_folder(path, left_out)), own, slug, left_out)
            left_out += _without_a_file(path, {place[0] for place, _ in (*some, *left_out)})
            # One folder a student may be given, by a pattern of the shell: then its name is the student's.
            taken = {place for place, _ in found}
            apart = names.is_a_systems(own) or any(place in taken for place, _ in some)
            found += [((own, *place), read) for place, read in some] if apart else some
        else:
            file = _file(path, path.name)
            found += _unpacked(file, slug, left_out, deep=1) or [(file.place, file.read)]
    chosen = names.named([place for place, _ in found])
    hand_ins = [HandIn(name, place, read) for name, (place, read) in zip(chosen, found, strict=True)]
    return hand_ins, sorted((names.written("/".join(place)), why) for place, why in left_out)


def _without_a_file(folder, seen):
    """[(place, why not)] of the folders in it, perhaps students', of which nothing was seen."""
    found = [Path(entry) for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
    odd = [one.name for one in found if one.name not in INSTALLED or any(one.glob("*.ipynb"))]
    why = "no file that somebody handed in"
    return [((name,), why) for name in odd if name not in seen and not name.startswith((".", "__"))]


def _in_folder(folder, left_out):
    unread = []
    for place, folders, files in os.walk(folder, onerror=unread.append):
        below = Path(place).relative_to(folder).parts
        # A folder that is named like a notebook is somebody's mistake, who is to be told of it.
        odd = [name for name in folders if name.endswith(".ipynb") or os.path.islink(Path(place, name))]
        for name in sorted((*files, *odd)):
            yield _file(Path(place, name), *below, name)
        others = [name for name in folders if name not in odd]
        systems = [name for name in others if _is_a_systems((*below, name, "x"))]
        folders[:] = sorted(set(others) - set(systems))
        left_out += [((*below, name), ASIDE) for name in systems if _holds_notebooks(Path(place, name))]
    for error in unread:
        place = Path(error.filename)
        if place == folder:
            raise error
        yield File(place.relative_to(folder).parts, _refusal(f"The folder could not be read ({error.strerror})."))


def _file(path, *place):
    try:
        time = datetime.fromtimestamp(os.lstat(path).st_mtime)
    except (OSError, OverflowError, ValueError):
        time = None
    return File(place, lambda: submissions.opened(path), time)


def _holds_notebooks(folder):
    """Whether somebody's notebook may lie in a folder into which nobody looks."""
    walk = os.walk(folder) if folder.name not in KEPT_BY_PROGRAMS else ()
    return any(".ipynb" in file.lower() for place, _, files in walk for file in files if _is_a_persons(place))


def _is_a_persons(place):
    return not set(Path(place).parts) & {*KEPT_BY_PROGRAMS, "site-packages", "node_modules"}


def _is_a_systems(place):
    """Whether a file there is put there by a system: a Mac, JupyterLab, git, an installed Python."""
    return OF_SYSTEMS.fullmatch(place[-1]) or any(
        name.startswith(".") or OF_SYSTEMS.fullmatch(name) or name in INSTALLED for name in place[:-1]
    )


def _of_a_class(files, root, slug, left_out):
    """[(place, read)] of what is graded in a folder; the rest goes to ``left_out``."""
    found, others = _sorted_out(files, root, slug, left_out, deep=1)
    return sorted(_with_others(found, others, left_out), key=lambda one: (len(one[0]) > 1, one[0]))


def _with_others(found, others, left_out):
    """What is graded, and of the other files those that seem to be somebody's hand-in."""
    with_notebook = {names.owner(place) for place, _ in found} - {None}
    for file in others:
        # What lies beside a student's notebook, in a folder or by a system's names, is no hand-in of its own.
        beside, name = names.owner(file.place) in with_notebook, file.place[-1]
        if beside or BESIDE.fullmatch(name) or name.startswith("."):
            left_out.append((file.place, file.refused() or "no notebook"))
        else:
            found = [*found, (file.place, file.read)]
    return found


def _sorted_out(files, root, slug, left_out, deep):
    """([(place, read)] of the notebooks, the other files). ``deep``: how many zips, one in the other, are opened."""
    aside = [file for file in files if _is_a_systems(file.place)]
    files = [file for file in files if not _is_a_systems(file.place)]
    left_out += [(file.place, ASIDE) for file in aside if file.is_named_as_one and _is_a_persons("/".join(file.place))]
    found, others = [], []
    for copy in _copies_of_the_course(files):
        own = [file for file in files if file.place[: len(copy)] == copy]
        files = [file for file in files if file.place[: len(copy)] != copy]
        found += _of_a_copy(own, copy or (root,), slug, left_out)
    for file in files:
        if unpacked := _unpacked(file, slug, left_out, deep - 1):
            found += unpacked
        elif file.holds_a_notebook() or (file.is_named_as_one and not file.place[-1].startswith("._")):
            found.append((file.place, file.read))
        elif not file.place[-1].startswith("._"):
            others.append(file)
    return found, others


def _unpacked(file, slug, left_out, deep):
    """[(place, read)] of what a zip holds; nothing if the file is no zip, or a document that is one inside."""
    if not file.head().startswith(zips.BEGINNING):
        return []
    place = (*file.place[:-1], names.without_suffix(file.place[-1]))
    archive, beside = zips.Archive(zips.nested(file.open)), []
    try:
        if deep < 0:
            raise NotGradable("This is a zip in a zip: hand in the notebook alone.")
        with archive.held():
            inside = [File(*member) for member in archive.members()]
            inner, others = _sorted_out(inside, place[-1], slug, beside, deep)
            if deep and any(names.is_a_systems(one.place[0]) for one in inside):
                inner, others = _with_others(inner, others, beside), []
        if not inner:
            raise NotGradable("The zip holds no notebook.")
        if len(inner) > MOST_IN_A_ZIP and not deep:
            raise NotGradable(f"The zip holds {len(inner)} notebooks; one was expected.")
    except NotGradable as reason:
        named_as_one = file.is_named_as_one or file.place[-1].lower().endswith(".zip")
        return [(place, _refusal(str(reason)))] if named_as_one else []
    left_out += [((*place, *inner), why) for inner, why in (*beside, *((one.place, "no notebook") for one in others))]
    # Of one notebook, the zip's own name says whose it is, unless it is a whole class's.
    if len(inner) == 1 and not names.is_a_systems(inner[0][0][0]):
        return [(place, inner[0][1])]
    return [(one if names.is_a_systems(one[0]) and deep else (*place, *one), read) for one, read in inner]


def _refusal(reason):
    def read():
        raise NotGradable(reason)

    return read


def _copies_of_the_course(files):
    """The places of whole copies of the course, or of all of a learner's copies, without those that lie in another."""
    places = {file.place for file in files}
    tops = {(place[:-2], "exercises") for place in places if place[-2:] == ("course_lib", "__init__.py")}
    tops |= {(place[:-2], "chapters") for place in places if LEARNERS.fullmatch("/".join(place[-2:]))}
    copies = {top for top, with_it in tops if any(place[: len(top) + 1] == (*top, with_it) for place in places)}
    return sorted(top for top in copies if not any(top[: len(other)] == other for other in copies if other != top))


def _of_a_copy(files, place, slug, left_out):
    """What somebody has written in a copy of the course, and one line where that is nothing."""
    written = {file: _own_work(file, slug) for file in files if file.is_named_as_one and slug}
    most = max(written.values(), default=0)
    own = [file for file, count in written.items() if count == most > 0]
    left_out.append((place, f"a whole copy of the course, of which {len(own) or 'nothing'} is graded"))
    if not own:
        why = f"This is a whole copy of the course, without work on the exercise {slug}: hand in that notebook alone."
        return [(place, _refusal(why))]
    return [(place, own[0].read)] if len(own) == 1 else [(file.place, file.read) for file in own]


def _own_work(file, slug):
    with contextlib.suppress(NotGradable):
        return recognized.own_work(slug, submissions.code_cells(file.read()))
    return 0
