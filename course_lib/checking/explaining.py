"""Which usual mistake explains what an answer gave: the one that gives just the same."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

from course_lib.checking.comparing import Difference, Nearness, first_difference
from course_lib.checking.words import shown_error

IN_PART = "(That explains this case. Elsewhere something else is different too.)"


@dataclass(frozen=True)
class Compared:
    """One value that was asked for: with which arguments, what was wanted, what came, and how it differs (or None)."""

    args: tuple
    wanted: object
    got: object
    found: Difference | None
    of: Callable
    tell: bool
    near: Nearness

    def is_what_comes_of(self, wrong):
        """Whether the wrong answer, asked the same, gives just what was got."""
        # A mistake's own code may not fit every case: then it does not explain this answer.
        try:
            given = wrong(*copy.deepcopy(self.args)) if callable(wrong) else wrong
            return not first_difference(self.of(given), self.got, self.near)
        except Exception:
            return False


@dataclass(frozen=True)
class Raised:
    """One call that ended in an exception."""

    args: tuple
    error: BaseException
    found = True

    def is_what_comes_of(self, wrong):
        """Whether the wrong answer, asked the same, ends in just that exception."""
        try:
            wrong(*copy.deepcopy(self.args))
        except Exception as error:
            return shown_error(error) == shown_error(self.error)
        return False


def explanation(mistakes, seen):
    """The hint that fits what was ``seen``, the ``Compared`` and perhaps at last a ``Raised``; "" if none does.

    That is the hint of the mistake that gives just what was got, in every case: also in those where it came out right.
    If none does, then of the mistakes that give just what was got in the first wrong case, the one that explains most
    of the others; with words that say so. Where two explain as much, neither is told.
    """
    answers = {}
    for hint in mistakes:
        # Making it may fail too, if its slip does not fit; the tests see to that.
        try:
            wrong = answers[hint] = mistakes[hint]
        except Exception:
            continue
        if all(one.is_what_comes_of(wrong) for one in seen):
            return hint
    first, *later = [one for one in seen if one.found]
    partly = {hint: wrong for hint, wrong in answers.items() if first.is_what_comes_of(wrong)}
    explained = {hint: sum(one.is_what_comes_of(wrong) for one in later) for hint, wrong in partly.items()}
    best = [hint for hint, count in explained.items() if count == max(explained.values())]
    return f"{best[0]} {IN_PART}" if len(best) == 1 else ""
