"""The data the course learns from. Nothing here is downloaded, save by ``mnist`` and ``fashion_mnist``."""

from datetime import date
from functools import cache
from typing import NamedTuple

import numpy as np

from course_lib import limits


class Split(NamedTuple):
    """Examples to learn from, to choose by, and to be judged by once."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def digits():
    """1,797 scanned handwritten digits, split 1,077 / 360 / 360 into training, validation and test.

    x: (n, 8, 8) float32, 0 for paper to 1 for ink   y: (n,) int64, 0 to 9

    Each part has the same share of every digit (a stratified split), and the split is the same on
    every machine. It is random over images, so the 13 people who wrote them appear in all three
    parts: "unseen" means unseen images, not unseen hands.

    Source: Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, 1998 (UCI Machine
    Learning Repository); scikit-learn ships its test set.
    """
    from sklearn.datasets import load_digits

    loaded = load_digits()
    images, labels = (loaded.images / 16).astype("float32"), loaded.target.astype("int64")
    return _split(images, labels)


def _split(x, y):
    """Three fifths to train, one fifth to validate, one fifth to test, each with the same mix of labels."""
    from sklearn.model_selection import train_test_split

    rest, test = train_test_split(np.arange(len(y)), test_size=360, stratify=y, random_state=0)
    train, val = train_test_split(rest, test_size=360, stratify=y[rest], random_state=0)
    return Split(x[train], y[train], x[val], y[val], x[test], y[test])


def moons(n=400, noise=0.15, seed=0):
    """Two half-moons, one inside the other's bend. x: (n, 2), y: (n,) of 0 and 1."""
    from sklearn.datasets import make_moons

    return make_moons(_count(n), noise=_spread(noise), random_state=seed)


def circles(n=400, noise=0.08, seed=0):
    """Two rings, one inside the other. x: (n, 2), y: (n,) of 0 (outer) and 1 (inner)."""
    from sklearn.datasets import make_circles

    return make_circles(_count(n), noise=_spread(noise), factor=0.4, random_state=seed)


def blobs(n=400, noise=0.6, classes=2, seed=0):
    """One round cloud a class, their centres on a circle of radius 2. x: (n, 2), y: (n,) from 0 to classes - 1."""
    limits.number("classes", classes, 1, _count(n), "the number of points")
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    angle = 2 * np.pi * y / classes
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + _spread(noise) * rng.standard_normal((n, 2)), y


def xor(n=400, noise=0.0, seed=0):
    """Points in a square, class 1 where exactly one coordinate is positive. x: (n, 2), y: (n,) of 0 and 1."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (_count(n), 2))
    y = (x[:, 0] > 0) ^ (x[:, 1] > 0)
    return x + _spread(noise) * rng.standard_normal((n, 2)), y.astype("int64")


def spirals(n=400, noise=0.05, turns=1.0, seed=0):
    """Two arms wound around each other. x: (n, 2), y: (n,) of 0 and 1. After Lang and Witbrock, 1988."""
    rng = np.random.default_rng(seed)
    n = _count(n)
    y = np.arange(n) % 2
    along = np.sqrt(rng.uniform(0.01, 1, n))
    angle = 2 * np.pi * turns * along + np.pi * y
    arms = along[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return arms + _spread(noise) * rng.standard_normal((n, 2)), y


@cache
def _china():
    from sklearn.datasets import load_sample_image

    return load_sample_image("china.jpg")


def photo():
    """A photograph of a temple. (427, 640, 3) float32, 0 to 1: red, green, blue.

    It ships with scikit-learn as ``china.jpg``: by danielbuechele on flickr, CC BY 2.0.
    """
    return (_china() / 255).astype("float32")


def topics():
    """The English of Python's own language reference: one text of more than 400,000 characters.

    It ships with Python itself (``pydoc_data.topics``) and differs a little between versions.
    """
    from pydoc_data.topics import topics as by_name

    return "\n\n".join(by_name[name] for name in sorted(by_name))


# Python's own names of months depend on the machine's language.
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DATE_FORMS = (
    "{day} {month} {year}",
    "{month} {day}, {year}",
    "{day} {month:.3} {year}",
    "{day}.{number}.{year}",
    "{weekday}, {day} {month} {year}",
    "{weekday:.3} {month:.3} {day} {year}",
)
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1).toordinal(), date(2099, 12, 31).toordinal()


def dates(count=10_000, seed=0):
    """Dates as people write them, and as ISO 8601 does: "3 May 1979" and "1979-05-03". Two lists of ``count`` texts.

    All days differ, from 1900 to 2099, each in one of the six ``DATE_FORMS``: so a day of the last part of the lists
    stands nowhere in the first part, in no form. 8 to 28 characters, always 10 in ISO 8601.
    """
    count = limits.whole("count", count, 1, _LAST_DAY - _FIRST_DAY + 1)
    rng = np.random.default_rng(seed)
    days = rng.choice(np.arange(_FIRST_DAY, _LAST_DAY + 1), count, replace=False)
    forms = rng.integers(len(DATE_FORMS), size=count)
    days = [date.fromordinal(int(day)) for day in days]
    return [written(day, form) for day, form in zip(days, forms, strict=True)], [day.isoformat() for day in days]


def written(day, form=0):
    """A ``datetime.date`` in words, in one of the six ``DATE_FORMS``: "3 May 1979" in form 0."""
    return DATE_FORMS[limits.whole("form", form, 0, len(DATE_FORMS) - 1)].format(
        day=day.day,
        number=day.month,
        month=MONTHS[day.month - 1],
        year=day.year,
        weekday=WEEKDAYS[day.weekday()],
    )


def topics_split(text=None):
    """``topics`` as (train, test): the first nine tenths, and of the last tenth only what does not stand there too.

    Much of the reference is said in several of its topics: with topics held out at random, a tenth to nearly all of
    their long lines would have been seen. So the cut is one cut, at the end of a line, and of the last tenth every line
    of at least 40 characters that also stands in the first nine tenths is left out.
    text: another one to be cut so, such as the train text itself, where settings are to be chosen
    """
    text = topics() if text is None else text
    cut = text.index("\n", len(text) * 9 // 10) + 1
    train, seen = text[:cut], {line.strip() for line in text[:cut].splitlines()}
    unseen = (line for line in text[cut:].splitlines() if len(line.strip()) < 40 or line.strip() not in seen)
    return train, "\n".join(unseen)


# The mean number of sunspots of each year from 1700 to 2008.
_SUNSPOTS = """
    5 11 16 23 36 58 29 20 10 8 3 0 0 2 11 27 47 63 60 39 28 26 22 11 21 40 78 122 103 73 47 35 11 5 16 34 70 81 111
    101 73 40 20 16 5 11 22 40 60 80.9 83.4 47.7 47.8 30.7 12.2 9.6 10.2 32.4 47.6 54 62.9 85.9 61.2 45.1 36.4 20.9
    11.4 37.8 69.8 106.1 100.8 81.6 66.5 34.8 30.6 7 19.8 92.5 154.4 125.9 84.8 68.1 38.5 22.8 10.2 24.1 82.9 132
    130.9 118.1 89.9 66.6 60 46.9 41 21.3 16 6.4 4.1 6.8 14.5 34 45 43.1 47.5 42.2 28.1 10.1 8.1 2.5 0 1.4 5 12.2
    13.9 35.4 45.8 41.1 30.1 23.9 15.6 6.6 4 1.8 8.5 16.6 36.3 49.6 64.2 67 70.9 47.8 27.5 8.5 13.2 56.9 121.5 138.3
    103.2 85.7 64.6 36.7 24.2 10.7 15 40.1 61.5 98.5 124.7 96.3 66.6 64.5 54.1 39 20.6 6.7 4.3 22.7 54.8 93.8 95.8
    77.2 59.1 44 47 30.5 16.3 7.3 37.6 74 139 111.2 101.6 66.2 44.7 17 11.3 12.4 3.4 6 32.3 54.3 59.7 63.7 63.5 52.2
    25.4 13.1 6.8 6.3 7.1 35.6 73 85.1 78 64 41.8 26.2 26.7 12.1 9.5 2.7 5 24.4 42 63.5 53.8 62 48.5 43.9 18.6 5.7
    3.6 1.4 9.6 47.4 57.1 103.9 80.6 63.6 37.6 26.1 14.2 5.8 16.7 44.3 63.9 69 77.8 64.9 35.7 21.2 11.1 5.7 8.7 36.1
    79.7 114.4 109.6 88.8 67.8 47.5 30.6 16.3 9.6 33.2 92.6 151.6 136.3 134.7 83.9 69.4 31.5 13.9 4.4 38 141.7 190.2
    184.8 159 112.3 53.9 37.6 27.9 10.2 15.1 47 93.8 105.9 105.5 104.5 66.6 68.9 38 34.5 15.5 12.6 27.5 92.5 155.4
    154.6 140.4 115.9 66.6 45.9 17.9 13.4 29.4 100.2 157.6 142.6 145.7 94.3 54.6 29.9 17.5 8.6 21.5 64.3 93.3 119.6
    111 104 63.7 40.4 29.8 15.2 7.5 2.9
"""


def sunspots():
    """(years, numbers): how many spots the sun had on average in each year from 1700 to 2008. (309,) both.

    Public domain: the yearly means (international sunspot number, version 1) of the National Geophysical Data Center.
    """
    return np.arange(1700, 2009), np.array(_SUNSPOTS.split(), float)


def mnist():
    """70,000 handwritten digits, 28 × 28, downloaded once. ``Split`` of float32 images and int64 labels.

    LeCun, Cortes and Burges, 1998. Raises ``ConnectionError`` with one sentence where there is no network.
    """
    return _downloaded("mnist")


def fashion_mnist():
    """70,000 pictures of clothing, 28 × 28, downloaded once; else as ``mnist``. Xiao, Rasul and Vollgraf, 2017."""
    return _downloaded("fashion_mnist")


def _downloaded(name):
    """The last 10,000 training images become the validation set; the published test set stays whole."""
    from course_lib.page import quiet

    with quiet():
        import keras
    try:
        (x, y), (x_test, y_test) = getattr(keras.datasets, name).load_data()
    # Keras raises a bare Exception for a failed download.
    except Exception as error:
        raise ConnectionError(
            f"{name} has to be downloaded once, and that failed: connect to the internet and call it again, "
            "or use course_lib.data.digits(), which needs no network."
        ) from error
    x, x_test = (x / 255).astype("float32"), (x_test / 255).astype("float32")
    y, y_test = y.astype("int64"), y_test.astype("int64")
    return Split(x[:-10_000], y[:-10_000], x[-10_000:], y[-10_000:], x_test, y_test)


def _count(n):
    return limits.whole("n, the number of points,", n, 2)


def _spread(noise):
    return limits.from_zero("noise, a standard deviation,", noise)
