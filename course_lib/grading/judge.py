"""Judging one submission: the student's process computes, this one judges.

What is expected, the random cases, the tolerances and the points never leave this process.
"""

import hashlib
import time
from dataclasses import dataclass, field

from course_lib.checking import answers
from course_lib.checking.answers import NotYet
from course_lib.checking.trial import HIDDEN_CASE
from course_lib.grading import recognized, submissions, wire
from course_lib.grading.replies import LONGEST_MESSAGE, LONGEST_NOTE, check_description, clean, outcome
from course_lib.grading.sandbox import SandboxError

# How often a process that died or had to be ended is replaced.
RESTARTS = 2
# Which share of the time for a submission one cell or one call may take.
SHARE = 1 / 3
KIND = {adapter: kind for kind, adapter in answers.KINDS.items()}
# What comes from the student's process in words could tell what was asked of it in a hidden case.
HIDDEN_REASON = f"{HIDDEN_CASE}\nwas not answered. Running the notebook's own check may say why."
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
    start, known = time.monotonic(), known or {}
    open_checks = [check for check in assignment.checks if check.name not in known]
    cells, verdicts, notes, error = [], {}, [], None
    try:
        cells = submissions.code_cells(content)
        with Process(launcher, cells, start + settings.timeout, settings.timeout * SHARE) as process:
            seed = settings.seed_for(content)
            verdicts = {check.name: _verdict(check, process, seed) for check in open_checks}
        if process.trouble:
            raise process.trouble
        notes = process.notes
    except submissions.NotGradable as reason:
        error = str(reason)
    of = keys(assignment, settings)
    rows = [known.get(c.name) or _row(c, verdicts.get(c.name, NOT_JUDGED), of[c.name]) for c in assignment.checks]
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


def _verdict(check, process, seed):
    """As ``NOT_JUDGED`` has it: on the cases that the notebook shows, then on hidden ones."""
    kind = KIND[check.accept]
    rounds = {"function": [(0, False), (seed, True)], "value": [(0, False)], "model": [(seed, True)]}[kind]
    asked = set()
    for chosen, hidden in rounds:
        try:
            verdict = check.judged(process.answer(check.name, kind, hidden), chosen, hidden, asked)
        # A check is not written for every value that somebody may make up; one that it fails on is not right.
        except Exception as error:
            return False, f"The check could not make use of what came back ({type(error).__name__}).", hidden
        if verdict.status == "not written yet":
            return False, "Not written yet.", False
        if verdict.status != "correct":
            return False, clean(verdict.message, LONGEST_MESSAGE), hidden
    return True, "", hidden


class Lost(NotYet):
    """The process is gone or must be ended; ``briefly`` says so without telling how, for hidden cases."""

    def __init__(self, text, briefly):
        super().__init__(text)
        self.briefly = briefly


@dataclass
class Process:
    """A student's process with the notebook's cells in it, replaced when it dies, until the time is over."""

    launcher: object
    cells: list
    deadline: float
    most: float
    notes: list = field(default_factory=list)
    trouble: SandboxError | None = None
    _child: object = None
    _starts: int = 0
    _bad: set = field(default_factory=set)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._end()

    def answer(self, name, kind, hidden):
        """What a check calls: it asks the student's process, and raises what the call raised there."""

        def ask(*args):
            try:
                reply = self._exchange({"call": name, "kind": kind, "args": list(args)}, "Your code")
                value = outcome(reply)
            except Lost as loss:
                raise NotYet(f"{HIDDEN_CASE}\n{loss.briefly}" if hidden else str(loss)) from loss
            except NotYet as reason:
                raise NotYet(HIDDEN_REASON if hidden else str(reason)) from reason
            if kind == "model" and args[0] == "build":
                check_description(value)
            return value

        return ask

    def _exchange(self, request, who):
        """Ask, and wait for the reply. ``NotYet`` if none comes: the process is ended then."""
        self._ensure()
        deadline = min(self.deadline, time.monotonic() + self.most)
        try:
            wire.send(self._child.channel, request)
            return wire.receive(self._child.channel, deadline)
        except wire.Closed as error:
            loss = Lost(f"{who} ended the process: it {self._child.why_it_ended()}.", "ended the process.")
            self._end()
            raise loss from error
        except wire.TooSlow as error:
            self._end()
            if time.monotonic() >= self.deadline:
                raise self._over() from error
            raise Lost(f"{who} took more than {self.most:.0f} seconds.", "took too long.") from error
        except wire.WireError as error:
            self._end()
            raise NotYet(str(error)) from error

    def _ensure(self):
        """See to it that there is a process in which the cells have run. ``NotYet`` if there cannot be one."""
        while self._child is None:
            if time.monotonic() >= self.deadline:
                raise self._over()
            if self._starts > RESTARTS:
                words = f"The process was lost {self._starts} times and is not started again."
                raise Lost(words, words)
            self._starts += 1
            try:
                self._child = self.launcher.start()
            except SandboxError as error:
                self.trouble = error
                raise NotYet(str(error)) from error
            self._run_cells()

    @staticmethod
    def _over():
        words = "The time for the whole notebook was over."
        return Lost(words, words)

    def _run_cells(self):
        for number, source in enumerate(self.cells, 1):
            if number in self._bad:
                continue
            try:
                reply = self._exchange({"cell": source, "number": number}, "It")
            except NotYet as reason:
                self._bad.add(number)
                self._note(number, str(reason))
                return
            errors = reply.get("errors") if type(reply) is dict else None
            if type(errors) is not list:
                errors = ["It broke the connection to the judge."]
            for error in errors[: wire.MOST_ERRORS]:
                if type(error) is str:
                    self._note(number, error)

    def _note(self, number, text):
        note = f"Code cell {number}: {clean(text, LONGEST_NOTE)}"
        if note not in self.notes and len(self.notes) < 100:
            self.notes.append(note)

    def _end(self):
        if self._child:
            self._child.close()
            self._child = None
