"""Zips from anybody: nothing is unpacked to a place that they name, and nothing is larger than it may be."""

import contextlib
import lzma
import shutil
import stat
import tempfile
import zipfile
import zlib
from datetime import datetime

from course_lib.grading.outputs import MAX_READ
from course_lib.grading.submissions import NotGradable

BEGINNING = (b"PK\x03\x04", b"PK\x05\x06")
# In bytes: the list of what a zip holds, which is read at once.
MAX_LIST = 4 << 20
# Others need as much memory as the zip says.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,
    OSError,
    NotImplementedError,
    RuntimeError,
)
FIRST = (1980, 1, 2, 0, 0, 0)
DAMAGED = "The file in the zip is damaged."


class Archive:
    """A zip. ``open_zip`` is a function that gives its file in a ``with`` statement."""

    def __init__(self, open_zip):
        self._open_zip, self._held = open_zip, None

    @contextlib.contextmanager
    def held(self):
        """While this lasts, the zip is opened once for all that is read of it. ``NotGradable`` if it is none."""
        with self._opened() as self._held:
            try:
                yield
            finally:
                self._held = None

    def members(self):
        """The files, [(place, how to open it, when it was changed)]: a place is a tuple of names.

        ``NotGradable`` if the zip cannot be read.
        """
        with self._opened() as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            return [(_place(info), self._opener(info), _time(info)) for info in files]

    def _opener(self, info):
        @contextlib.contextmanager
        def opened():
            if stat.S_ISLNK(info.external_attr >> 16):
                raise NotGradable("The file could not be read (it is a link).")
            if info.flag_bits & 1:
                raise NotGradable("The file in the zip is locked with a password.")
            if info.compress_type not in METHODS:
                raise NotGradable(
                    "The file in the zip is packed in a way that is not read: an ordinary zip was expected."
                )
            with self._opened() as archive:
                try:
                    file = archive.open(info)
                except BROKEN as error:
                    raise NotGradable(DAMAGED) from error
                with file:
                    yield _Readable(file)

        return opened

    @contextlib.contextmanager
    def _opened(self):
        if self._held:
            yield self._held
            return
        with self._open_zip() as file:
            try:
                archive = zipfile.ZipFile(_Sparing(file))
            except BROKEN as error:
                raise NotGradable("The zip cannot be read: it is damaged or cut off.") from error
            with archive:
                yield archive


def _place(info):
    """The names that lead to a file. What would lead out of the zip leads nowhere."""
    name = info.filename
    if not info.flag_bits & 0x800:
        # Macs write UTF-8 without saying so.
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")) or ("?",)


def _time(info):
    """When a file was changed, or None where the zip does not say it."""
    # Programs that know no time write the first that there is.
    with contextlib.suppress(ValueError):
        return datetime(*info.date_time) if info.date_time > FIRST else None


def nested(open_zip):
    """How to open a zip that lies in another: it is copied to a file, since all of a zip is not read in one go."""

    @contextlib.contextmanager
    def opened():
        with open_zip() as packed, tempfile.TemporaryFile() as file:
            shutil.copyfileobj(_Bounded(packed), file)
            file.seek(0)
            yield file

    return opened


class _Readable:
    """A file in a zip. What is wrong with it is said in one sentence."""

    def __init__(self, file):
        self._file = file

    def read(self, size):
        try:
            return self._file.read(size)
        except BROKEN as error:
            raise NotGradable(DAMAGED) from error


class _Bounded:
    """A file of which no more is read than of any."""

    def __init__(self, file):
        self._file, self._left = file, MAX_READ

    def read(self, size):
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise NotGradable(f"The zip has more than {MAX_READ >> 20} MiB; no more is read.")
        return data


class _Sparing:
    """A zip's file that does not read much at once, whatever the zip says of itself."""

    def __init__(self, file):
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size=-1):
        data = self._file.read(MAX_LIST + 1 if size < 0 else min(size, MAX_LIST + 1))
        if len(data) > MAX_LIST:
            raise NotGradable("The zip holds too many files.")
        return data

    @staticmethod
    def seekable():
        return True
