"""Checks: what tells a learner at once what is right, what is not, and what to try.

A check judges an ``answer``: something that can be called with values that travel (numbers, text,
arrays, lists, dicts) and gives back such a value. In a notebook that is the learner's own function;
an instructor's judge can put a call into another process in its place. A check never sees more.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from course_lib.checking import progress
from course_lib.checking.answers import NotYet
from course_lib.checking.state import state_of_checks
from course_lib.checking.trial import Trial
from course_lib.checking.words import shown_error

STOPPED = "It was stopped before it came to an end. Does a loop in your code never end?"
NO_MEMORY = "The computer's memory was full before it came to an end. Does something in your code grow without end?"


@dataclass(frozen=True)
class Verdict:
    """What a check says: ``message`` is for the learner, ``status`` is "correct", "not yet", "not written yet" or
    "stopped".

    The other texts are the message's parts: the ``call`` in question, what was ``wanted`` and ``got``, the
    ``difference`` in a sentence, and the ``hint`` for the mistake that explains it; "" is what is not known or told.
    ``in_full``: of a hidden case, all that, which is not for the learner.
    ``check_failed``: whether the check itself raised, so that the status says nothing of the answer.
    """

    status: str
    message: str
    cases: int = 0
    call: str = ""
    wanted: str = ""
    got: str = ""
    difference: str = ""
    hint: str = ""
    in_full: str = ""
    check_failed: bool = False


@dataclass
class Check:
    """One exercise's check: call it with the learner's answer, or ``hint()`` for the next hint.

    ``judge(trial)`` looks at the answer; ``accept`` turns what the learner wrote into an answer;
    ``mistakes`` maps a hint to a wrong answer that earns it, which is also how the check is tested;
    ``call`` writes a call of the answer as the learner knows it.
    """

    name: str
    judge: Callable
    accept: Callable
    points: int
    hints: tuple
    mistakes: Mapping = field(default_factory=dict)
    module: str = ""
    call: Callable | None = None
    # How many hints the learner has had.
    given: int = 0

    def run(self, written, seed=0):
        """The verdict on what the learner wrote. ``seed`` (what ``default_rng`` takes) chooses the random cases.

        Where the check itself fails, the verdict says so.
        """
        try:
            with state_of_checks():
                return self._verdict(lambda: self.accept(written), seed)
        except MemoryError:
            return Verdict("stopped", NO_MEMORY, difference=NO_MEMORY)
        except Exception as error:
            failed = f"The check itself failed ({shown_error(error)}). Your answer may be right: please report this."
            return Verdict("not yet", failed, difference=failed, check_failed=True)

    def judged(self, answer, seed=0, hidden=False, asked=None):
        """The verdict on an answer from elsewhere, perhaps another process; ``hidden``, ``asked``: see ``Trial``."""
        # Filters of warnings belong to all threads, and a judge has many.
        with np.errstate(all="ignore"):
            return self._verdict(lambda: answer, seed, hidden, asked)

    def _verdict(self, prepare, seed, hidden=False, asked=None):
        try:
            rng = np.random.default_rng(seed)
            trial = Trial(self.name, prepare(), rng, self.mistakes, self.call, hidden, asked)
            self.judge(trial)
            trial.close()
        except NotImplementedError:
            return Verdict("not written yet", "")
        except NotYet as reason:
            return Verdict("not yet", str(reason), **reason.parts, in_full=reason.in_full)
        return Verdict("correct", "", trial.cases)

    def __call__(self, written):
        """Say what is right and what to try, and keep the progress.

        Never raises, so that "run all" goes on, not even if it is interrupted; but under nbgrader, for which a cell
        that raises is one without points.
        """
        graded = os.environ.get("NBGRADER_EXECUTION")
        try:
            verdict = self.run(written)
        except KeyboardInterrupt:
            if graded:
                raise
            verdict = Verdict("stopped", STOPPED, difference=STOPPED)
        if graded and verdict.status != "correct":
            raise AssertionError(self._said(verdict))
        complaint = None
        if verdict.status in progress.STATUSES:
            complaint = progress.record(self.key, verdict.status, self.points)
        Check.show(self, verdict, self._said(verdict), complaint)

    def hint(self):
        """Print the next hint; each call gives one more."""
        if self.given == len(self.hints):
            print(f"{self.name}: those were all {len(self.hints)} hints. The solutions folder has one way to do it.")
            return
        self.given += 1
        print(f"Hint {self.given} of {len(self.hints)}: {self.hints[self.given - 1]}")

    @staticmethod
    def show(check, verdict, text, complaint):
        """Show a verdict: its ``text``, and a sentence about the progress or None.

        Plain, until ``course_lib.checks`` puts cards in its place, where they can be seen.
        """
        print(text)
        if complaint:
            print(complaint)

    @property
    def key(self):
        """The name under which progress is kept: the module's, a dot, the check's."""
        return f"{self.module.rpartition('.')[2]}.{self.name}"

    def _said(self, verdict):
        if verdict.status == "correct":
            cases = f", on {verdict.cases} cases" if verdict.cases > 1 else ""
            return f"✔ {self.name}: correct{cases}. {self.points} point{'s' * (self.points > 1)}."
        if verdict.status == "not written yet":
            return f"○ {self.name}: not written yet."
        if verdict.status == "stopped":
            return f"■ {self.name}: {verdict.message}"
        reason = verdict.message.replace("\n", "\n  ")
        return f"✘ {self.name}: not yet.\n  {reason}\n  For another hint: check.{self.name}.hint()"

    def __repr__(self):
        return f"check.{self.name}: call it with your answer, or ask for check.{self.name}.hint()"
