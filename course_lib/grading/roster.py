"""The class: who is in it, which of her attempts counts, and how late that was."""

import csv
import io
import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

ATTEMPTS = ("last", "best")
HEADER = ("student", "name", "submission", "score", "max_score", "attempts", "handed_in", "due", "days_late", "page")


class RosterError(ValueError):
    """The roster cannot be used. The message is one sentence that says why."""


@dataclass(frozen=True)
class Student:
    """``key``: as she is called in the names of submissions   ``extension``: the days that she has longer."""

    key: str
    name: str = ""
    extension: float = 0


@dataclass(frozen=True)
class Roster:
    """The students in order; ``attempt``: which counts, "last" or "best"; ``due``: when it is due, or None."""

    students: tuple
    attempt: str = "last"
    due: datetime | None = None

    def __post_init__(self):
        if self.attempt not in ATTEMPTS:
            raise RosterError(f"attempt must be one of {', '.join(ATTEMPTS)}; it was {self.attempt!r}.")

    def rows(self, lines):
        """(a row of ``HEADER`` for each student, the names of the submissions that are nobody's)."""
        known = {_plain(text): student for student in self.students for text in (student.name, student.key) if text}
        own, nobodys = {student.key: [] for student in self.students}, []
        for line in lines:
            student = next((known[part] for part in _parts(line["submission"]) if part in known), None)
            own[student.key].append(line) if student else nobodys.append(line["submission"])
        return [self._row(student, own[student.key]) for student in self.students], nobodys

    def _row(self, student, lines):
        due = self.due + timedelta(days=student.extension) if self.due else None
        shown_due = due and due.isoformat(" ", "minutes")
        if not lines:
            return [student.key, student.name, None, None, None, 0, None, shown_due, None, None]
        line = max(lines, key=self._rank)
        beside = [len(lines), line["handed_in"], shown_due, days_late(line["handed_in"], due), line["page"]]
        return [student.key, student.name, line["submission"], line["score"], line["max_score"], *beside]

    def _rank(self, line):
        time = line["handed_in"] or ""
        return (line["score"] or 0, time) if self.attempt == "best" else (time, line["submission"])


def days_late(handed_in, due):
    """How many days after its due date something was handed in, begun ones as whole; None where that is not known."""
    if not handed_in or not due:
        return None
    return max(0, math.ceil((datetime.fromisoformat(handed_in) - due) / timedelta(days=1)))


def read(path):
    """The students of a table with the column ``student`` and, if wanted, ``name`` and ``extension`` (in days)."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RosterError(
            f"The roster {path} cannot be read ({getattr(error, 'strerror', 'it is not UTF-8')})."
        ) from error
    head = text.partition("\n")[0]
    table = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    columns = [column.strip().casefold() for column in table.fieldnames or []]
    if "student" not in columns:
        raise RosterError(f"The roster {path} needs a column student, and may have name and extension.")
    table.fieldnames = columns
    rows = [{key: (value or "").strip() for key, value in row.items() if isinstance(key, str)} for row in table]
    students = tuple(_student(row) for row in rows if row["student"])
    seen = {}
    for student in students:
        for text in {_plain(student.key), _plain(student.name)} - {""}:
            if seen.setdefault(text, student) is not student:
                raise RosterError(f"The roster {path} has {student.name or student.key!r} twice.")
    return students


def _student(row):
    days = row.get("extension") or "0"
    try:
        extension = float(days)
    except ValueError:
        extension = math.nan
    if not 0 <= extension < 10_000:
        raise RosterError(f"An extension is a number of days; {row['student']} has {days!r}.")
    return Student(row["student"], row.get("name", ""), extension)


def _parts(submission):
    """What of a submission's name may be its student's, longest first: "ann/hw (2)", "ann/hw", "ann"."""
    names = [submission, submission.partition("/")[0]]
    return [_plain(part) for name in names for part in (name, re.sub(r" \(\d+\)\Z", "", name))]


def _plain(text):
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", text).casefold()).strip()
