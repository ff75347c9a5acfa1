"""Judging one submission: the student's process computes, this one judges.

What is expected, the random cases, the tolerances and the points never leave this process.
"""

import hashlib
import time
from dataclasses import asdict, dataclass

from course_lib.checking import answers
from course_lib.checking.trial import HIDDEN_CASE
from course_lib.grading import recognized, statements, submissions
from course_lib.grading.asking import ENDED, LOST, OVER, TOO_LONG, UNANSWERED, Process
from course_lib.grading.children import TooFewProcesses
from course_lib.grading.control_groups import refusals
from course_lib.grading.replies import LONGEST_MESSAGE, clean

# Which share of the time for a submission one cell or one call may take.
SHARE = 1 / 3
KIND = {adapter: kind for kind, adapter in answers.KINDS.items()}
# What is told of hidden cases: by the choice of a hint, or by a number, their inputs could be told as well.
WRONG = "came out wrong."
OF_HIDDEN = (
    UNANSWERED,
    ENDED,
    TOO_LONG,
    OVER,
    LOST.partition("{")[0] + "again and again.",
    "raised an exception",
    "returned None. End the function with return.",
    "changed the data it was given. Work on a copy: it is the caller's.",
)
# So that no seed of a judge gives the cases that a notebook shows, whose seed is 0.
HIDDEN = 1
# The seed of a notebook's own cases.
SHOWN = 0


@dataclass(frozen=True)
class Settings:
    """How to judge: seconds for a whole submission, the seed of the hidden cases, and whether each has its own."""

    timeout: float = 180
    seed: int = 1
    vary: bool = False

    def seed_for(self, content):
        """The seed of the hidden cases for a notebook with this content."""
        own = int.from_bytes(hashlib.sha256(content).digest()[:8]) if self.vary else 0
        return [HIDDEN, self.seed, own]


def keys(assignment, settings):
    """{check: what its verdicts depend on besides the notebook, as a hash}: its code, the seed, the other settings."""
    parts = {name: repr((assignment.slug, of, settings)) for name, of in assignment.fingerprints.items()}
    return {name: hash_of(text.encode()) for name, text in parts.items()}


def hash_of(content):
    """What a notebook, or anything else in bytes, is known by."""
    return hashlib.sha256(content).hexdigest()[:32]


def judge(assignment, content, launcher, settings, known=None):
    """The result for one notebook, given as bytes: a dict of JSON values. Nothing that it holds makes this raise.

    Its keys are those of ``result``. ``known``: {check: its row} of those checks that need not be judged again.
    ``SandboxError`` if no process can be started, so that nobody gets a score for the judge's own trouble.
    """
    launcher.get_ready()
    start, known, refused = time.monotonic(), known or {}, refusals()
    open_checks = [check for check in assignment.checks if check.name not in known]
    cells, verdicts, notes, error, doubt, own = [], {}, [], None, False, None
    try:
        cells = submissions.code_cells(content)
        leashed = launcher, cells, start + settings.timeout, settings.timeout * SHARE
        with Process(*leashed, reads=True) as process, Process(*leashed) as fresh:
            verdicts = _verdicts(open_checks, process, fresh, settings.seed_for(content))
        if process.trouble:
            raise process.trouble
        if refusals() > refused and not all(verdict.passed for verdict in verdicts.values()):
            raise TooFewProcesses("This machine allows too few processes: some were refused.")
        notes, doubt = process.notes, process.doubt
        own = statements.summary(process.statements or [], assignment.released)
    except submissions.NotGradable as reason:
        error = str(reason)
    of = keys(assignment, settings)
    rows = [known.get(c.name) or _row(c, verdicts.get(c.name, NOT_JUDGED), of[c.name]) for c in assignment.checks]
    if doubt:
        # Nobody who asks for the same again gets this.
        rows = [row if row["passed"] or row["name"] in known else row | {"key": None} for row in rows]
    told = recognized.remark(assignment.slug, cells) if not error else ""
    seconds = time.monotonic() - start
    line = result(assignment, rows, notes, error, seconds, launcher.sandbox, hash_of(content), told)
    return line | {"statements": own}


@dataclass(frozen=True)
class Told:
    """What is said of one check: whether it is passed, what students hear, whether that hangs on a hidden case, and
    what the instructor alone may read.
    """

    passed: bool
    message: str = ""
    hidden: bool = False
    for_instructor: str = ""


NOT_JUDGED, NOT_WRITTEN = Told(False), "Not written yet."


def _row(check, told, key):
    return {"name": check.name, "points": check.points, **asdict(told), "key": key}


def result(assignment, rows, notes, error, seconds, sandbox, of, remark=""):
    """The line that a submission gets. Without rows, no check is passed. ``of``: the hash of the notebook, or None."""
    rows = rows or [_row(check, NOT_JUDGED, None) for check in assignment.checks]
    return {
        "slug": assignment.slug,
        "score": score(rows),
        "max_score": assignment.max_score,
        "checks": rows,
        "notes": notes,
        "seconds": round(seconds, 3),
        "sandbox": sandbox,
        "error": error,
        "remark": remark,
        "content": of,
        "statements": None,
    }


def score(rows):
    """The points of the checks that are passed."""
    return sum(row["points"] for row in rows if row["passed"])


def _verdicts(checks, process, fresh, seed):
    """{check: what is said of it}. All cases that the notebook shows come before the first hidden one,
    after which nothing is told that the student's process says. A model is tried on hidden cases alone; why it is wrong
    is found out in a ``fresh`` process, which has seen none, on the notebook's own.
    """
    kinds = {check.name: KIND[check.accept] for check in checks}
    # Of what may be the answer, one that is right is enough.
    left = {check.name: list(range(process.candidates(check.name))) for check in checks}
    asked = {(name, which): set() for name, some in left.items() for which in some}
    found = {}

    def tried(check, by, seed, hidden):
        return {which: _verdict(check, by, which, seed, hidden, asked[check.name, which]) for which in left[check.name]}

    for check in (check for check in checks if kinds[check.name] != "model"):
        shown = tried(check, process, SHOWN, False)
        found[check.name] = _best(shown.values())
        left[check.name] = [which for which, verdict in shown.items() if verdict.passed]
    for check in (check for check in checks if kinds[check.name] != "value" and left[check.name]):
        found[check.name] = _best(tried(check, process, seed, True).values())
    for check in checks:
        if kinds[check.name] == "model" and not found[check.name].passed and not process.trouble:
            # Who has seen hidden cases is gone before.
            process.end()
            shown = _best(tried(check, fresh, SHOWN, False).values())
            if not (shown.passed or fresh.over or fresh.trouble):
                found[check.name] = shown
    return found


def _best(verdicts):
    """The one that is passed, else the first of what is written."""
    in_order = sorted(verdicts, key=lambda verdict: (not verdict.passed, verdict.message == NOT_WRITTEN))
    return in_order[0]


def _verdict(check, process, which, seed, hidden, asked):
    """One round: the notebook's own cases, or hidden ones, of which the words tell nothing but these few."""
    passed, message, in_full = False, "", ""
    try:
        answer = process.answer(check.name, KIND[check.accept], hidden, which)
        verdict = check.judged(answer, seed, hidden, asked)
        passed, message = verdict.status == "correct", _words(verdict, hidden)
        in_full = verdict.in_full or verdict.message
    # A check is not written for every value that somebody may make up; one that it fails on is not right.
    except Exception as error:
        in_full = f"The check could not make use of what came back ({type(error).__name__})."
        message = "The check could not make use of what came back." if hidden else in_full
    in_full = clean(in_full, LONGEST_MESSAGE) if hidden and not passed else ""
    return Told(passed, clean(message, LONGEST_MESSAGE), hidden, in_full)


def _words(verdict, hidden):
    if verdict.status == "correct":
        return ""
    if not hidden:
        return NOT_WRITTEN if verdict.status == "not written yet" else verdict.message
    said = verdict.difference.removeprefix(f"{HIDDEN_CASE}\n")
    return f"{HIDDEN_CASE}\n{next((words for words in OF_HIDDEN if said.startswith(words)), WRONG)}"
