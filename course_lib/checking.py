"""Checks: what tells a learner at once what is right, what is not, and what to try.

A check judges an ``answer``: something that can be called with values that travel (numbers, text,
arrays, lists, dicts) and gives back such a value. In a notebook that is the learner's own function;
an instructor's judge can put a call into another process in its place. A check never sees more.
"""

import copy
import functools
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from course_lib import progress
from course_lib.answers import ChangedInput, NotYet, ReturnedNone, function_answer, model_answer, value_answer
from course_lib.comparing import difference, keys_difference
from course_lib.showing import shown_call, shown_error, shown_model_call, shown_value

HIDDEN_CASE = "A case that the notebook does not show"


@dataclass(frozen=True)
class Verdict:
    """What a check says: ``status`` is "correct", "not yet" or "not written yet"; ``message`` is for the learner."""

    status: str
    message: str
    cases: int = 0


@dataclass(frozen=True)
class Compared:
    """One value that was asked for: with which arguments, what was wanted, what came, and how it differs (or None)."""

    args: tuple
    wanted: object
    got: object
    text: str | None
    of: Callable
    tell: bool
    rtol: float
    atol: float

    def is_what_comes_of(self, wrong):
        """Whether the wrong answer, asked the same, gives just what was got."""
        return not difference(self.of(wrong(*copy.deepcopy(self.args))), self.got, self.rtol, self.atol)


def itself(value):
    """The value as it is."""
    return value


class Trial:
    """One answer on trial: ``ask`` it for values, ``expect`` some of it, ``rng`` to make up cases.

    Of a ``hidden`` trial's cases the reasons tell neither what was asked nor what was wanted or got. Cases in
    ``asked``, which an earlier trial has filled, are not hidden, and not asked again.
    """

    def __init__(self, name, answer, rng, mistakes=None, call=None, hidden=False, asked=None):
        self.name, self.rng, self.hidden = name, rng, hidden
        self._asked = set() if asked is None else asked
        self.cases = 0
        self._answer = answer
        self._mistakes = mistakes or {}
        self._call = lambda args: (call or shown_call)(name, args)
        self._compared = []

    def ask(self, *args):
        """The answer's value for ``args``. ``NotYet`` if it raises, returns nothing or changes what it was given."""
        try:
            return self._answer(*args)
        except (NotImplementedError, NotYet):
            raise
        except ChangedInput as error:
            raise self._wrong(args, "changed the data it was given. Work on a copy: it is the caller's.") from error
        except ReturnedNone as error:
            also = " It printed something: printing shows a value, returning hands it on." if error.printed else ""
            raise self._wrong(args, f"returned None. End the function with return.{also}") from error
        except (Exception, SystemExit) as error:
            raise self._wrong(args, "raised an exception" if self.hidden else f"raised {shown_error(error)}") from error

    def _wrong(self, args, what):
        return NotYet(f"{HIDDEN_CASE if self.hidden else self._call(args)}\n{what}")

    def is_to_ask(self, args):
        """Whether this case is still to be asked."""
        # Made of the check's own cases, to compare them, and never read.
        key = pickle.dumps(args)
        known = self.hidden and key in self._asked
        self._asked.add(key)
        return not known

    def expect(self, wanted, *args, rtol=1e-6, atol=1e-9, of=itself, tell=True):
        """Ask for one value and compare. The first difference is reported by ``close``, when all cases are known.

        ``of`` takes from the value what is compared (it may raise ``NotYet``); ``tell`` shows what was wanted.
        """
        try:
            got = of(self.ask(*args))
        except NotYet:
            self.close()
            raise
        self.cases += 1
        self._compared.append(Compared(args, wanted, got, difference(wanted, got, rtol, atol), of, tell, rtol, atol))

    def require(self, holds, message):
        """One case that is a condition rather than a value."""
        self.cases += 1
        if not holds:
            raise NotYet(message)

    def close(self):
        """Raise ``NotYet`` for the first difference, with the hint for the mistake that explains the answer."""
        first = next((one for one in self._compared if one.text), None)
        if not first:
            self._compared = []
            return
        lines = [HIDDEN_CASE, "came out wrong."] if self.hidden else self._shown(first)
        hint = self._explanation()
        raise NotYet("\n".join([*lines, f"Hint: {hint}"] if hint else lines))

    def _shown(self, one):
        wanted = [f"  wanted: {shown_value(one.wanted)}"] if one.tell else []
        return [self._call(one.args), *wanted, f"  got:    {shown_value(one.got)}", one.text]

    def _explanation(self):
        """The hint whose mistake gives just what was got, in every case: also in those where it came out right."""
        for hint, wrong in self._mistakes.items():
            try:
                if all(one.is_what_comes_of(wrong) for one in self._compared):
                    return hint
            # A mistake's own code may not fit every case: then it does not explain this answer.
            except Exception:
                continue
        return None


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
    mistakes: dict = field(default_factory=dict)
    module: str = ""
    call: Callable | None = None
    _given: int = 0

    def run(self, written, seed=0):
        """The verdict on what the learner wrote. ``seed`` (what ``default_rng`` takes) chooses the random cases."""
        return self._verdict(lambda: self.accept(written), seed)

    def judged(self, answer, seed=0, hidden=False, asked=None):
        """The verdict on an answer from elsewhere, perhaps another process; ``hidden``, ``asked``: see ``Trial``."""
        return self._verdict(lambda: answer, seed, hidden, asked)

    def _verdict(self, prepare, seed, hidden=False, asked=None):
        try:
            rng = np.random.default_rng(seed)
            trial = Trial(self.name, prepare(), rng, self._wrong_answers(), self.call, hidden, asked)
            self.judge(trial)
            trial.close()
        except NotImplementedError:
            return Verdict("not written yet", "")
        except NotYet as reason:
            return Verdict("not yet", str(reason))
        return Verdict("correct", "", trial.cases)

    def __call__(self, written):
        """Say what is right and what to try, and keep the progress.

        Never raises, so that "run all" goes on; but under nbgrader, for which a cell that raises is one without points.
        """
        verdict = self.run(written)
        if os.environ.get("NBGRADER_EXECUTION") and verdict.status != "correct":
            raise AssertionError(self._said(verdict))
        print(self._said(verdict))
        if verdict.status in progress.STATUSES:
            complaint = progress.record(self.key, verdict.status, self.points)
            if complaint:
                print(complaint)

    def hint(self):
        """Print the next hint; each call gives one more."""
        if self._given == len(self.hints):
            print(f"{self.name}: those were all {len(self.hints)} hints. The solutions folder has one way to do it.")
            return
        self._given += 1
        print(f"Hint {self._given} of {len(self.hints)}: {self.hints[self._given - 1]}")

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
        reason = verdict.message.replace("\n", "\n  ")
        return f"✘ {self.name}: not yet.\n  {reason}\n  For another hint: check.{self.name}.hint()"

    def _wrong_answers(self):
        return {hint: wrong if callable(wrong) else functools.partial(itself, wrong)
                for hint, wrong in self.mistakes.items()}

    def __repr__(self):
        return f"check.{self.name}: call it with your answer, or ask for check.{self.name}.hint()"


def implement(cases, *, points, hints, mistakes):
    """A check for a function: decorates the right one. ``cases(rng)`` yields the tuples of arguments to try."""

    def decorate(right):
        def judge(trial):
            for args in filter(trial.is_to_ask, cases(trial.rng)):
                trial.expect(right(*copy.deepcopy(args)), *args)

        return Check(right.__name__, judge, function_answer, points, tuple(hints), mistakes, right.__module__)

    return decorate


def value(*, points, hints, mistakes, rtol=1e-6, atol=1e-9, of=None):
    """A check for one value (a predicted number, a diagnosis): decorates a function that computes the right one.

    The value wanted is not shown, or a first guess would be told the answer. Where many answers are right,
    ``of`` takes from an answer what they have in common; that is compared, and shown. A dict is judged entry by
    entry, so that a mistake in one gets its hint whatever the others are.
    """

    def decorate(right):
        def judge(trial):
            wanted = right()
            parts = [itself]
            if of is None and isinstance(wanted, dict) and not keys_difference(wanted, trial.ask()):
                parts = [_entry(key) for key in wanted]
            for part in parts:
                trial.expect(part(wanted), rtol=rtol, atol=atol, of=of or part, tell=of is not None)
                trial.close()

        return Check(right.__name__, judge, value_answer, points, tuple(hints), mistakes, right.__module__)

    return decorate


def build(*, points, hints, mistakes):
    """A check for a function that builds a Keras model: decorates the judge, which asks a ``model_answer``."""

    def decorate(judge):
        module = judge.__module__
        return Check(judge.__name__, judge, model_answer, points, tuple(hints), mistakes, module, shown_model_call)

    return decorate


def _entry(key):
    """A function that takes one entry out of a dict, its key with it."""
    return lambda value: {key: value[key]}
