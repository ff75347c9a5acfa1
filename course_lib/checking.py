"""Checks: what tells a learner at once what is right, what is not, and what to try.

A check judges an ``answer``: something that can be called with values that travel (numbers, text,
arrays, lists, dicts) and gives back such a value. In a notebook that is the learner's own function;
an instructor's judge can put a call into another process in its place. A check never sees more.
"""

import contextlib
import copy
import functools
import inspect
import io
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from course_lib import progress
from course_lib.comparing import difference, keys_difference
from course_lib.showing import shown_call, shown_error, shown_model_call, shown_value


@dataclass(frozen=True)
class Verdict:
    """What a check says: ``status`` is "correct", "not yet" or "not written yet"; ``message`` is for the learner."""

    status: str
    message: str
    cases: int = 0


class NotYet(Exception):
    """Raised by a check's judge: the answer is wrong, and this is why."""


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
    """One answer on trial: ``ask`` it for values, ``expect`` some of it, ``rng`` to make up cases."""

    def __init__(self, name, answer, rng, mistakes=None, call=None):
        self.name, self.rng = name, rng
        self.cases = 0
        self._answer = answer
        self._mistakes = mistakes or {}
        self._call = lambda args: (call or shown_call)(name, args)
        self._compared = []

    def ask(self, *args):
        """The answer's value for ``args``. ``NotYet`` if it raises or changes what it was given."""
        given = copy.deepcopy(args)
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                got = self._answer(*given)
        except (NotImplementedError, NotYet):
            raise
        except (Exception, SystemExit) as error:
            raise NotYet(f"{self._call(args)}\nraised {shown_error(error)}") from error
        if any(difference(before, after, rtol=0, atol=0) for before, after in zip(args, given, strict=True)):
            raise NotYet(f"{self._call(args)}\nchanged the data it was given. Work on a copy: it is the caller's.")
        if got is None:
            also = " It printed something: printing shows a value, returning hands it on." if printed.getvalue() else ""
            raise NotYet(f"{self._call(args)}\nreturned None. End the function with return.{also}")
        return got

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
        lines = [self._call(first.args)]
        if first.tell:
            lines.append(f"  wanted: {shown_value(first.wanted)}")
        lines += [f"  got:    {shown_value(first.got)}", first.text]
        hint = self._explanation()
        raise NotYet("\n".join([*lines, f"Hint: {hint}"] if hint else lines))

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
        """The verdict on what the learner wrote. ``seed`` chooses the random cases."""
        try:
            rng = np.random.default_rng(seed)
            trial = Trial(self.name, self.accept(written), rng, self._wrong_answers(), self.call)
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
            for args in cases(trial.rng):
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


def function_answer(written):
    if written is ...:
        raise NotImplementedError
    if inspect.isclass(written):
        raise NotYet(f"This check wants a function; it was given the class {written.__name__}.")
    if not callable(written):
        raise NotYet(f"This check wants the function itself, without parentheses; it was given {shown_value(written)}.")
    return written


def value_answer(written):
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
    function = function_answer(written)
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
