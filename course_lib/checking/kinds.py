"""The kinds of exercise, each a decorator that makes a check: a function, a value, a Keras model."""

import copy

from course_lib.checking.answers import function_answer, model_answer, value_answer
from course_lib.checking.check import Check
from course_lib.checking.comparing import keys_difference
from course_lib.checking.trial import itself
from course_lib.checking.words import shown_model_call


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
