"""The kinds of exercise, each a decorator that makes a check: a function, a value, a Keras model.

Each takes the hints that a learner may ask for, one after the other, and the usual mistakes, {hint: wrong answer}.
"""

import copy
import functools

from course_lib.checking.answers import function_answer, model_answer, value_answer
from course_lib.checking.check import Check
from course_lib.checking.comparing import keys_difference, one_of, settled
from course_lib.checking.mistakes import slipped, wrong_functions, wrong_values
from course_lib.checking.trial import itself
from course_lib.checking.words import shown_model_call

# How near, relatively, what a function gives must be: who computes in float32 comes no nearer, and is right.
NEAR = 1e-5


def implement(cases, *hints, points, mistakes, also=()):
    """A check for a function: decorates the right one. ``cases(rng)`` yields the tuples of arguments to try.

    A mistake is a slip in the right one, ``"2 * np.mean → np.mean"``, or a function of its own: see ``mistakes``.
    ``also``: slips that change the right one into others that are as right.
    """

    def decorate(right):
        def judge(trial):
            as_right = [right, *(slipped(right, "as right", slip) for slip in also)]
            for args in filter(trial.is_to_ask, cases(trial.rng)):
                values = [function(*copy.deepcopy(args)) for function in as_right]
                trial.expect(one_of(*values) if also else values[0], *args, rtol=NEAR)

        wrong = wrong_functions(mistakes, right)
        return Check(right.__name__, judge, function_answer, points, hints, wrong, right.__module__)

    return decorate


def value(*hints, points, mistakes, rtol=1e-6, atol=1e-9, decimals=None, of=None):
    """A check for one value (a predicted number, a diagnosis): decorates a function that computes the right one.

    The value wanted is not shown, or a first guess would be told the answer. Where many answers are right,
    ``of`` takes from an answer what they have in common; that is compared, and shown. A dict is judged entry by
    entry, so that a mistake in one gets its hint whatever the others are; of a mistake only that entry is written.
    ``decimals``: a value is right if it is the right one when both are rounded, a half up or down, to so many.
    Where several values are right, the right one is ``one_of(…)`` them.
    """

    def decorate(right):
        right_once = functools.cache(right)

        def judge(trial):
            wanted = right_once()
            parts = [itself]
            if of is None and isinstance(wanted, dict) and not keys_difference(wanted, trial.ask()):
                parts = [_entry(key) for key in wanted]
            for part in parts:
                trial.expect(part(wanted), rtol=rtol, atol=atol, decimals=decimals, of=of or part, tell=of is not None)
                trial.close()

        wrong = wrong_values(mistakes, lambda: settled(right_once())) if of is None else mistakes
        return Check(right.__name__, judge, value_answer, points, hints, wrong, right.__module__)

    return decorate


def build(*hints, points, mistakes):
    """A check for a function that builds a Keras model: decorates the judge, which asks a ``model_answer``."""

    def decorate(judge):
        module, wrong = judge.__module__, wrong_functions(mistakes)
        return Check(judge.__name__, judge, model_answer, points, hints, wrong, module, shown_model_call)

    return decorate


def _entry(key):
    """A function that takes one entry out of a dict, its key with it."""
    return lambda value: {key: value[key]}
