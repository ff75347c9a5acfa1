"""Checks: what tells a learner at once what is right, what is not, and what to try.

A check judges an ``answer``: something that can be called with values that travel (numbers, text,
arrays, lists, dicts) and gives back such a value. In a notebook that is the learner's own function;
an instructor's judge can put a call into another process in its place. A check never sees more.
"""

import contextlib
import copy
import inspect
import io
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from course_lib import progress
from course_lib.comparing import difference


@dataclass(frozen=True)
class Verdict:
    """What a check says: ``status`` is "correct", "not yet" or "not written yet"; ``message`` is for the learner."""

    status: str
    message: str
    cases: int = 0


class NotYet(Exception):
    """Raised by a check's judge: the answer is wrong, and this is why."""


class Trial:
    """One answer on trial: ``ask`` it for values, ``expect`` some of it, ``rng`` to make up cases."""

    def __init__(self, name, answer, rng, mistakes=None):
        self.name, self.rng = name, rng
        self.cases = 0
        self._answer = answer
        self._mistakes = mistakes or {}
        self._failures = []

    def ask(self, *args):
        """The answer's value for ``args``. ``NotYet`` if it raises or changes what it was given."""
        given = copy.deepcopy(args)
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                got = self._answer(*given)
        except NotImplementedError:
            raise
        except (Exception, SystemExit) as error:
            first_line = (str(error).splitlines() or [""])[0]
            text = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
            raise NotYet(f"{self._call(args)}\nraised {text}") from error
        if any(difference(before, after, rtol=0, atol=0) for before, after in zip(args, given, strict=True)):
            raise NotYet(f"{self._call(args)}\nchanged the data it was given. Work on a copy: it belongs to the caller.")
        if got is None:
            also = " It printed something: printing shows a value to you, returning hands it on." * bool(printed.getvalue())
            raise NotYet(f"{self._call(args)}\nreturned None. End the function with return.{also}")
        return got

    def expect(self, wanted, *args, rtol=1e-6, atol=1e-9):
        """Ask for one value and compare. The first difference is reported by ``close``, when all cases are known."""
        try:
            got = self.ask(*args)
        except NotYet:
            if self._failures:
                self.close()
            raise
        self.cases += 1
        text = difference(wanted, got, rtol, atol)
        if text:
            self._failures.append((args, wanted, got, text, rtol, atol))

    def require(self, holds, message):
        """One case that is a condition rather than a value."""
        self.cases += 1
        if not holds:
            raise NotYet(message)

    def close(self):
        """Raise ``NotYet`` for the first failure, with the hint for the mistake that explains every failure."""
        if not self._failures:
            return
        args, wanted, got, text, *_ = self._failures[0]
        shown = "" if isinstance(wanted, str) else f"\n  wanted: {shown_value(wanted)}"
        hint = self._explanation()
        raise NotYet(f"{self._call(args)}{shown}\n  got:    {shown_value(got)}\n{text}" + (f"\nHint: {hint}" if hint else ""))

    def _explanation(self):
        """The hint whose mistake gives just what was got, in every case that failed."""
        for hint, wrong in self._mistakes.items():
            try:
                if not any(difference(wrong(*copy.deepcopy(args)), got, rtol, atol)
                           for args, _, got, _, rtol, atol in self._failures):
                    return hint
            # A mistake's own code may not fit every case: then it does not explain this answer.
            except Exception:
                continue
        return None

    def _call(self, args):
        return f"{self.name}({', '.join(shown_value(a) for a in args)})" if args else self.name


@dataclass
class Check:
    """One exercise's check: call it with the learner's answer, or ``hint()`` for the next hint.

    ``judge(trial)`` looks at the answer; ``accept`` turns what the learner wrote into an answer;
    ``mistakes`` maps a hint to a wrong answer that earns it, which is also how the check is tested.
    """

    name: str
    judge: Callable
    accept: Callable
    points: int
    hints: tuple
    mistakes: dict = field(default_factory=dict)
    module: str = ""
    _given: int = 0

    def run(self, written, seed=0):
        """The verdict on what the learner wrote. ``seed`` chooses the random cases."""
        try:
            trial = Trial(self.name, self.accept(written), np.random.default_rng(seed), self._wrong_answers())
            self.judge(trial)
            trial.close()
        except NotImplementedError:
            return Verdict("not written yet", "")
        except NotYet as reason:
            return Verdict("not yet", str(reason))
        return Verdict("correct", "", trial.cases)

    def __call__(self, written):
        """Say what is right and what to try, and keep the progress. Never raises, so "run all" goes on."""
        verdict = self.run(written)
        print(self._said(verdict))
        if verdict.status in progress.STATUSES:
            complaint = progress.record(self.key, verdict.status, self.points)
            if complaint:
                print(complaint)

    def hint(self):
        """Print the next hint; each call gives one more."""
        if self._given == len(self.hints):
            print(f"{self.name}: that were all {len(self.hints)} hints. The solutions folder has one way to do it.")
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
        return {hint: wrong if callable(wrong) else (lambda wrong=wrong: wrong) for hint, wrong in self.mistakes.items()}

    def __repr__(self):
        return f"check.{self.name}: call it with your answer, or ask for check.{self.name}.hint()"


def implement(cases, *, points, hints, mistakes):
    """A check for a function: decorates the right one. ``cases(rng)`` yields the tuples of arguments to try."""

    def decorate(right):
        def judge(trial):
            for args in cases(trial.rng):
                trial.expect(right(*copy.deepcopy(args)), *args)

        return Check(right.__name__, judge, _function, points, tuple(hints), mistakes, right.__module__)

    return decorate


def value(*, points, hints, mistakes, rtol=1e-6, atol=1e-9):
    """A check for one value (a predicted number, a diagnosis): decorates a function that computes the right one."""

    def decorate(right):
        def judge(trial):
            trial.expect(right(), rtol=rtol, atol=atol)

        return Check(right.__name__, judge, _value, points, tuple(hints), mistakes, right.__module__)

    return decorate


def build(*, points, hints, mistakes):
    """A check for a function that builds a Keras model: decorates the judge, which asks a ``model_answer``."""

    def decorate(judge):
        return Check(judge.__name__, judge, model_answer, points, tuple(hints), mistakes, judge.__module__)

    return decorate


def _function(written):
    if not callable(written):
        raise NotYet(f"This check wants the function itself, without parentheses; it was given {shown_value(written)}.")
    return written


def _value(written):
    if written is ...:
        raise NotImplementedError
    if written is None:
        raise NotYet("The value is None. Write your answer in place of the three dots.")
    return lambda: written


def model_answer(written):
    """An answer that keeps the learner's Keras model to itself and speaks in values that travel.

    ``answer("build", *args)`` calls the learner's function and describes the model: its number of
    ``parameters``, the shape of each weight and the class of each layer. ``answer("predict", x)`` runs it.
    """
    function = _function(written)
    kept = {}

    def answer(command, *args):
        if command == "build":
            kept["model"] = _checked_model(function(*args))
            return _description(kept["model"])
        return np.asarray(kept["model"](args[0], training=False))

    return answer


def _checked_model(model):
    from course_lib.quiet import quiet

    with quiet():
        import keras
    if not isinstance(model, keras.Model):
        raise NotYet(f"Your function returned {shown_value(model)}; a Keras model was wanted. Return the model itself.")
    if not model.built:
        raise NotYet("The model does not know its input yet: begin it with keras.Input(shape).")
    return model


def _description(model):
    return {
        "parameters": int(model.count_params()),
        "shapes": [list(w.shape) for w in model.weights],
        "layers": [type(layer).__name__ for layer in model.layers],
        "activations": [getattr(getattr(layer, "activation", None), "__name__", "") for layer in model.layers],
    }


def shown_value(value, width=88):
    """A value as a learner would type it, cut where it gets long."""
    if isinstance(value, np.ndarray):
        text = np.array2string(value, precision=4, threshold=12, separator=", ", prefix="array(")
    elif isinstance(value, (float, np.floating)):
        text = f"{value:.6g}"
    elif isinstance(value, np.generic):
        text = repr(value.item())
    elif isinstance(value, (bool, int, str, list, tuple, dict)):
        text = repr(value)
    else:
        text = f"an object of type {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"
