"""What a student is told of hidden cases: now, after the due date, or never.

What came of a check hangs on a hidden case if the notebook's own cases did not refuse the answer. Before it is told, a
page has neither the words nor the points for such a check: whoever is right and whoever is not gets the same page.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

# By the words of the command line: Gradescope's.
VISIBILITY = {"now": "visible", "after-due-date": "after_due_date", "never": "hidden"}


class TellingError(ValueError):
    """There is no such way to tell. The message is one sentence."""


@dataclass(frozen=True)
class Telling:
    """``when``: "now", "after-due-date" or "never". ``due``: that date, or None where only Gradescope knows it."""

    when: str = "now"
    due: datetime | None = None

    def __post_init__(self):
        if self.when not in VISIBILITY:
            raise TellingError(f"when must be one of {', '.join(VISIBILITY)}; it was {self.when!r}.")

    @property
    def all_of_it(self):
        """Whether all may be told at this moment."""
        is_over = self.due is not None and datetime.now(self.due.tzinfo) >= self.due
        return self.when == "now" or (self.when == "after-due-date" and is_over)

    @property
    def sentence(self):
        """What stands in place of what is not told."""
        if self.when == "never":
            return "It was tried on cases that the notebook does not show. What came of that is not told here."
        due = f" ({self.due:%Y-%m-%d %H:%M})" if self.due else ""
        return (
            f"It was tried on cases that the notebook does not show. What came of that is told after the due date{due}."
        )

    def of(self, line):
        """A submission's line as its student may see it: ``passed`` and ``score`` are None where they are not told."""
        if self.all_of_it:
            return line
        withheld = {"passed": None, "message": self.sentence}
        rows = [row | withheld if row["hidden"] else row for row in line["checks"]]
        score = None if any(row["passed"] is None for row in rows) else line["score"]
        return line | {"checks": rows, "score": score}


def telling(when, due=None):
    """A ``Telling`` from words: ``due`` is "2026-12-01", which means its end, or "2026-12-01 18:00"."""
    if due is None:
        return Telling(when)
    if when != "after-due-date":
        raise TellingError("A due date has a meaning only where hidden cases are told of after it, or with a roster.")
    return Telling(when, due_date(due))


def due_date(due):
    """The end of "2026-12-01", or the moment "2026-12-01 18:00"."""
    try:
        date = datetime.fromisoformat(due)
    except ValueError as error:
        raise TellingError(
            f"The due date must be written as 2026-12-01 or 2026-12-01 18:00; it was {due!r}."
        ) from error
    return date + timedelta(days=1) if len(due) == len("2026-12-01") else date


NOW = Telling()
