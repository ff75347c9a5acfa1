"""Chapter 00's checks: three small exercises, to meet the checks, their answers and their hints."""

import numpy as np

from course_lib.checking.entries import mistakes_of_entries
from course_lib.checking.kinds import implement, value

CHAPTER = "00-start-here"


def _pictures(rng):
    yield (np.zeros((8, 8)),)
    yield (np.array([[1.0, 0.0], [0.5, 0.0]]),)
    yield (np.full((8, 8), 0.25),)
    yield (np.array([[0.2, 0.9, 0.4]]),)
    for _ in range(4):
        yield (np.clip(rng.normal(size=rng.integers(2, 10, 2)), 0, 1),)


@implement(
    _pictures,
    "Add up the ink of all pixels, then divide by the number of pixels.",
    "picture.sum() adds all pixels up, picture.size is how many there are. There is also picture.mean().",
    points=1,
    mistakes={
        "That is all the ink together. A share is the ink divided by the number of pixels.": "mean → sum",
        "You count the pixels with any ink at all. A pixel of 0.2 holds a fifth of the ink that one of 1 holds.": (
            "picture.mean → (picture > 0).mean"
        ),
        "You divide by 64. Not every picture has 8 × 8 pixels: picture.size knows how many there are.": (
            "mean() → sum() / 64"
        ),
        "len(picture) is the number of rows. picture.size is the number of pixels, in all rows together.": (
            "picture.mean() → picture.sum() / len(picture)"
        ),
        "That is one number a column. One number for the whole picture is wanted.": "mean() → mean(axis=0)",
        "That is one number a row. One number for the whole picture is wanted.": "mean() → mean(axis=1)",
        "That is the share of paper. 0 is paper and 1 is ink.": "return → return 1 -",
        "You count the pixels that are at least half black. A grey one holds some ink as well.": (
            "picture.mean → (picture >= 0.5).mean"
        ),
        "You count the pixels that are more than half black. A grey one holds some ink as well.": (
            "picture.mean → (picture > 0.5).mean"
        ),
        "That is the darkest pixel. All of them count.": "mean → max",
        "It is rounded. The share itself was wanted, with all its decimals.": (
            lambda picture: round(float(picture.mean()), 2)
        ),
        "A share lies between 0 and 1: it is not a percentage.": "return → return 100 *",
    },
)
def ink(picture):
    """The share of ink in a picture: (rows, columns) of 0 for paper to 1 for ink. Returns a number."""
    return picture.mean()


@value(
    "If 95 of 100 are read right, how many of 100 are misread?",
    "360 is 3.6 times 100.",
    points=1,
    mistakes={
        "So many are read right. How many are left?": 342,
        "Five in every hundred are misread, and there are 360 of them.": 5,
        "That is the share that is misread. How many digits is that, of 360?": 0.05,
        "That is the share that is read right. How many digits are misread, of 360?": 0.95,
        "So many of 100 are read right. How many of 100 are misread, and how many of 360?": 95,
    },
)
def misread():
    """Of 360 digits, with 95 in 100 read right."""
    return 360 * (100 - 95) // 100


@value(
    "Compare each picture with how you would write that digit yourself. A is a 2, B a 3, C a 5, D a 4.",
    "In the scanned digits the ink is dark and the paper light. In which picture is it the other way round?",
    "A mirror swaps left and right. Upside down, here, swaps top and bottom.",
    points=1,
    mistakes=mistakes_of_entries(
        A={
            "fine": "a 2 ends in a foot that points to the right. Where does it point here?",
            "upside down": "the foot of the 2 is still at the bottom, so it does not stand on its head.",
            "inverted": "its ink is dark and its paper light, as they should be.",
        },
        B={
            "mirrored": "nothing was done to this 3. Its two bows open to the left, as they should.",
            "upside down": "a 3 on its head looks much like a 3. But nothing was done to this one.",
            "inverted": "its ink is dark and its paper light, as they should be.",
        },
        C={
            "fine": "look at the corners. A corner is paper, and paper is light.",
            "mirrored": "the bar at the top of the 5 points to the right, as it should. What about its colours?",
            "upside down": "the bar of the 5 is at the top, as it should be. What about its colours?",
        },
        D={
            "fine": "a 4 ends in a foot at the bottom. Where is it here?",
            "mirrored": "the foot of the 4 is at the top. A mirror that swaps left and right does not do that.",
            "inverted": "its ink is dark and its paper light, as they should be.",
        },
    ),
)
def what_was_done():
    """What was done to each of the four pictures."""
    return {"A": "mirrored", "B": "fine", "C": "inverted", "D": "upside down"}
