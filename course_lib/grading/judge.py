"""Judging one submission: the student's process computes, this one judges.

What is expected, the random cases, the tolerances and the points never leave this process.
"""

import hashlib
import time
from dataclasses import dataclass

from course_lib.checking import answers
from course_lib.checking.trial import HIDDEN_CASE
from course_lib.grading import recognized, submissions
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


@dataclass(frozen=True)
class Settings:
    """How to judge: seconds for a whole submission, the seed of the hidden cases, and whether each has its own."""

    timeout: float = 120
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
    cells, verdicts, notes, error, doubt = [], {}, [], None, False
    try:
        cells = submissions.code_cells(content)
        leashed = launcher, cells, start + settings.timeout, settings.timeout * SHARE
        with Process(*leashed) as process, Process(*leashed) as fresh:
            verdicts = _verdicts(open_checks, process, fresh, settings.seed_for(content))
        if process.trouble:
            raise process.trouble
        if refusals() > refused and not all(verdict[0] for verdict in verdicts.values()):
            raise TooFewProcesses("This machine allows too few processes: some were refused.")
        notes, doubt = process.notes, process.doubt
    except submissions.NotGradable as reason:
        error = str(reason)
    of = keys(assignment, settings)
    rows = [known.get(c.name) or _row(c, verdicts.get(c.name, NOT_JUDGED), of[c.name]) for c in assignment.checks]
    if doubt:
        # Nobody who asks for the same again gets this.
        rows = [row if row["passed"] or row["name"] in known else row | {"key": None} for row in rows]
    told = recognized.remark(assignment.slug, cells) if not error else ""
    seconds = time.monotonic() - start
    return result(assignment, rows, notes, error, seconds, launcher.sandbox, hash_of(content), told)


# Whether it is passed, what to say, and whether what came of it hangs on a hidden case.
NOT_JUDGED = (False, "", False)


def _row(check, verdict, key):
    passed, message, hidden = verdict
    return {
        "name": check.name,
        "points": check.points,
        "passed": passed,
        "message": message,
        "hidden": hidden,
        "key": key,
    }


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
    }


def score(rows):
    """The points of the checks that are passed."""
    return sum(row["points"] for row in rows if row["passed"])


def _verdicts(checks, process, fresh, seed):
    """{check: verdict}, as ``NOT_JUDGED`` has it. All cases that the notebook shows come before the first hidden one,
    after which nothing is told that the student's process says. A model is tried on hidden cases alone; why it is wrong
    is found out in a ``fresh`` process, which has seen none, on the notebook's own.
    """
    kinds, asked = {check.name: KIND[check.accept] for check in checks}, {check.name: set() for check in checks}
    found = {}
    for check in (check for check in checks if kinds[check.name] != "model"):
        found[check.name] = _verdict(check, process, 0, False, asked[check.name])
    for check in checks:
        kind = kinds[check.name]
        if kind == "model" or (kind == "function" and found[check.name][0]):
            found[check.name] = _verdict(check, process, seed, True, asked[check.name])
    for check in checks:
        if kinds[check.name] == "model" and not found[check.name][0] and not process.trouble:
            shown = _verdict(check, fresh, 0, False, set())
            if not (shown[0] or fresh.over or fresh.trouble):
                found[check.name] = shown
    return found


def _verdict(check, process, seed, hidden, asked):
    """One round: the notebook's own cases, or hidden ones, of which the words tell nothing but these few."""
    passed, message = False, ""
    try:
        verdict = check.judged(process.answer(check.name, KIND[check.accept], hidden), seed, hidden, asked)
        passed, message = verdict.status == "correct", _words(verdict, hidden)
    # A check is not written for every value that somebody may make up; one that it fails on is not right.
    except Exception as error:
        kind = "" if hidden else f" ({type(error).__name__})"
        message = f"The check could not make use of what came back{kind}."
    return passed, clean(message, LONGEST_MESSAGE), hidden


def _words(verdict, hidden):
    if verdict.status == "correct":
        return ""
    if not hidden:
        return "Not written yet." if verdict.status == "not written yet" else verdict.message
    said = verdict.difference.removeprefix(f"{HIDDEN_CASE}\n")
    return f"{HIDDEN_CASE}\n{next((words for words in OF_HIDDEN if said.startswith(words)), WRONG)}"
