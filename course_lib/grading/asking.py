"""Asking a student's process for values: it is started, given the notebook's cells, and replaced when it dies."""

import contextlib
import time
from dataclasses import dataclass, field

from course_lib.checking.answers import NotYet
from course_lib.checking.trial import HIDDEN_CASE
from course_lib.grading import wire
from course_lib.grading.children import SandboxError
from course_lib.grading.given import MOST
from course_lib.grading.replies import LONGEST_NOTE, check_description, clean, outcome
from course_lib.grading.statements import MOST_TEXT

# How often a process that died or had to be ended is replaced.
RESTARTS = 2
# What comes from the student's process in words could tell what was asked of it in a hidden case.
UNANSWERED = "was not answered. Running the notebook's own check may say why."
ENDED, TOO_LONG, OVER = "ended the process.", "took too long.", "The time for the whole notebook was over."
LOST = "The process was lost {} times and is not started again."


class Lost(NotYet):
    """The process is gone or must be ended; ``briefly`` says so without telling how, for hidden cases."""

    def __init__(self, text, briefly):
        super().__init__(text)
        self.briefly = briefly


def _told(words, reason):
    """The reason, or these words in its place, which then go with it as the instructor may read it."""
    told = NotYet(words or str(reason))
    told.in_full = str(reason) if words else ""
    return told


@dataclass
class Process:
    """A student's process with the notebook's cells in it, replaced when it dies, until the time is over."""

    launcher: object
    cells: list
    deadline: float
    most: float
    notes: list = field(default_factory=list)
    trouble: SandboxError | None = None
    # Whether something was lost for which a neighbour may be to blame.
    doubt: bool = False
    # Whether the time was over before all was asked.
    over: bool = False
    # Whether a hidden case was asked: of what comes then nothing is told, nor when it came.
    sealed: bool = False
    # Whether the cells' statements are asked for, before any cell has run; and then those, as hashes.
    reads: bool = False
    statements: list | None = None
    _child: object = None
    _starts: int = 0
    _bad: set = field(default_factory=set)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.end()

    def candidates(self, name):
        """How many values of the notebook may be the answer of this name: one at least, to say that there is none."""
        try:
            self._ensure()
            reply = self._exchange({"candidates": name}, "It")
        except NotYet:
            return 1
        count = reply.get("candidates") if type(reply) is dict else None
        return max(1, min(count, MOST)) if type(count) is int else 1

    def answer(self, name, kind, hidden, which=0):
        """What a check calls: it asks the student's process, and raises what the call raised there."""

        def ask(*args):
            try:
                self._ensure()
                self.sealed = self.sealed or hidden
                reply = self._exchange({"call": name, "which": which, "kind": kind, "args": list(args)}, "Your code")
                value = outcome(reply)
            except Lost as loss:
                raise _told(f"{HIDDEN_CASE}\n{loss.briefly}" if hidden else "", loss) from loss
            except NotYet as reason:
                raise _told(f"{HIDDEN_CASE}\n{UNANSWERED}" if hidden else "", reason) from reason
            if kind == "model" and args[0] == "build":
                check_description(value)
            return value

        return ask

    def _exchange(self, request, who):
        """Ask, and wait for the reply. ``NotYet`` if none comes: the process is ended then."""
        deadline = min(self.deadline, time.monotonic() + self.most)
        try:
            wire.send(self._child.channel, request)
            return wire.receive(self._child.channel, deadline)
        except wire.Closed as error:
            end = self._how_it_ended()
            self.doubt = self.doubt or end.doubt
            self.end()
            raise Lost(f"{who} ended the process: it {end.why}.", ENDED) from error
        except wire.TooSlow as error:
            self.doubt = self.doubt or self._child.has_waited()
            self.end()
            if time.monotonic() >= self.deadline:
                raise self._is_over() from error
            raise Lost(f"{who} took more than {self.most:.0f} seconds.", TOO_LONG) from error
        except wire.WireError as error:
            self.end()
            raise NotYet(str(error)) from error

    def _how_it_ended(self):
        try:
            return self._child.end()
        except SandboxError as error:
            self.end()
            self.trouble = error
            raise NotYet(str(error)) from error

    def _ensure(self):
        """See to it that there is a process in which the cells have run. ``NotYet`` if there cannot be one."""
        while self._child is None:
            if time.monotonic() >= self.deadline:
                raise self._is_over()
            if self._starts > RESTARTS:
                words = LOST.format(self._starts)
                raise Lost(words, words)
            self._starts += 1
            try:
                self._child = self.launcher.start()
            except SandboxError as error:
                self.trouble = error
                raise NotYet(str(error)) from error
            if self.reads and self._starts == 1 and sum(map(len, self.cells)) < MOST_TEXT:
                self._read()
            if self._child:
                self._run_cells()

    def _read(self):
        with contextlib.suppress(NotYet):
            reply = self._exchange({"statements": self.cells}, "It")
            said = reply.get("statements") if type(reply) is dict else None
            self.statements = said if type(said) is list and all(type(one) is str for one in said) else None

    def _is_over(self):
        self.over = True
        return Lost(OVER, OVER)

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
        if not self.sealed and note not in self.notes and len(self.notes) < 100:
            self.notes.append(note)

    def end(self):
        """End the process, and with it all that it knows."""
        if self._child:
            self._child.close()
            self._child = None
