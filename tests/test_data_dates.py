"""Dates as people write them, and as ISO 8601 does."""

from datetime import date, datetime

import numpy as np
import pytest

from course_lib import data


def test_dates_say_the_same_day_twice():
    """Read back by Python's own parser, whose English names of months are those of the C locale."""
    texts, iso = data.dates(500)
    patterns = ("%d %B %Y", "%B %d, %Y", "%d %b %Y", "%d.%m.%Y", "%A, %d %B %Y", "%a %b %d %Y")
    assert len(patterns) == len(data.DATE_FORMS)
    for text, day in zip(texts, iso, strict=True):
        assert 8 <= len(text) <= 28
        read = {found.date().isoformat() for pattern in patterns if (found := parsed(text, pattern))}
        assert read == {day}
    assert data.written(date(1979, 5, 3)) == "3 May 1979"
    longest = data.written(date(2026, 9, 30), 4)
    assert (longest, len(longest)) == ("Wednesday, 30 September 2026", 28)


def parsed(text, pattern):
    try:
        return datetime.strptime(text, pattern)
    except ValueError:
        return None


def test_dates_never_repeat_a_day_and_use_each_form_equally_often():
    texts, iso = data.dates(6000, seed=3)
    assert len(set(iso)) == 6000
    assert (iso, texts) == data.dates(6000, seed=3)[::-1]
    assert iso != data.dates(6000, seed=4)[1]
    # 5 standard deviations around 1000.
    assert abs(sum("." in text for text in texts) - 1000) < 5 * np.sqrt(6000 * 5 / 36)
    every = data.dates(73_049)[1]
    assert (min(every), max(every)) == ("1900-01-01", "2099-12-31")
    for count in (0, 73_050, 2.5):
        with pytest.raises(ValueError, match="count must be a whole number from 1 to 73049"):
            data.dates(count)
