"""Chapter 00's checks, tried: right answers written otherwise, and what a learner writes first."""

import itertools

import numpy as np
import pytest

from course_lib.checks import start_here as check
from tests.checks.tried import accept, refuse, right_ones, wrong_ones


def ink_in_loops(picture):
    total, pixels = 0, 0
    for row in picture:
        for pixel in row:
            total, pixels = total + pixel, pixels + 1
    return total / pixels


RIGHT = {
    "ink": {
        "loops": ink_in_loops,
        "sum and size": lambda picture: picture.sum() / picture.size,
        "sum and shape": lambda picture: np.sum(picture) / (picture.shape[0] * picture.shape[1]),
        "einsum": lambda picture: np.einsum("rc->", picture) / picture.size,
        "lists": lambda picture: sum(map(sum, picture.tolist())) / sum(map(len, picture.tolist())),
        "mean of the rows' means": lambda picture: np.mean([np.mean(row) for row in picture]),
        "the share of paper, taken away": lambda picture: 1 - (1 - picture).mean(),
        "np.average": lambda picture: np.average(picture),
        "float32 inside": lambda picture: float(picture.astype("float32").mean()),
        "an array without axes": lambda picture: np.asarray(picture.mean()),
    },
    "misread": {
        "a whole float": 18.0,
        "as one multiplies it": 360 * 0.05,
        "with an error in the last digit": 360 * (1 - 0.95),
        "of NumPy": np.int64(18),
        "a float of NumPy": np.float64(18),
        "an array without axes": np.array(18),
        "rounded": round(360 * 0.05),
        "taken away": 360 - 342,
    },
    "what_was_done": {
        "other cases": {"A": "Mirrored", "B": "FINE", "C": " inverted ", "D": "Upside Down"},
        "another order": {"D": "upside down", "C": "inverted", "B": "fine", "A": "mirrored"},
        "dict()": dict([*{"A": "mirrored", "B": "fine", "C": "inverted", "D": "upside down"}.items()]),
        "dict(zip())": dict(zip("ABCD", ["mirrored", "fine", "inverted", "upside down"], strict=True)),
    },
}

WRONG = {
    "ink": [
        ("divided by the number of pixels", lambda picture: picture.sum()),
        ("divided by the number of pixels", lambda picture: sum(sum(row) for row in picture)),
        ("any ink at all", lambda picture: np.count_nonzero(picture) / picture.size),
        ("You divide by 64", lambda picture: picture.sum() / 64),
        ("len(picture) is the number of rows", lambda picture: picture.sum() / len(picture)),
        ("len(picture) is the number of rows", lambda picture: sum(sum(picture)) / len(picture)),
        ("one number a column", lambda picture: picture.mean(axis=0)),
        ("one number a row.", lambda picture: picture.mean(axis=1)),
        ("0 is paper and 1 is ink", lambda picture: 1 - picture.mean()),
        ("half black", lambda picture: (picture > 0.5).mean()),
        ("half black", lambda picture: (picture >= 0.5).mean()),
        ("It is rounded", lambda picture: round(picture.mean(), 2)),
        ("darkest", lambda picture: picture.max()),
        ("a list", lambda picture: [picture.mean()]),
        ("an object of type builtin", lambda picture: picture.mean),
        ("not a percentage", lambda picture: 100 * picture.mean()),
        ("End the function with return. It printed something", lambda picture: print(picture.mean())),
        ("", lambda picture: 0.75),
    ],
    "misread": [
        ("So many are read right", 342),
        ("So many are read right", 342.0),
        ("So many are read right", 360 * 0.95),
        ("Five in every hundred", 5),
        ("Five in every hundred", 5.0),
        ("That is the share", 0.05),
        ("That is the share that is read right", 0.95),
        ("So many of 100 are read right", 95),
        ("a number", "18"),
        ("a number", [18]),
        ("", 17),
        ("", 18.5),
        ("", 18.0001),
        ("", True),
        ("None", None),
    ],
    "what_was_done": [
        ("A: ", {"A": "fine", "B": "fine", "C": "fine", "D": "fine"}),
        ("foot of the 2", {"A": "upside down", "B": "fine", "C": "inverted", "D": "upside down"}),
        ("Its keys are", {"A": "mirrored"}),
        ("a dict was wanted", ["mirrored", "fine", "inverted", "upside down"]),
    ],
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer)


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_a_wrong_answer_is_refused_with_its_words(one, words, answer):
    refuse(one, words, answer)


RIGHT_WORDS = {"A": "mirrored", "B": "fine", "C": "inverted", "D": "upside down"}
WORDS = {*RIGHT_WORDS.values()}


@pytest.mark.parametrize(
    ("letter", "word"), [(letter, word) for letter, word in itertools.product("ABCD", sorted(WORDS))]
)
def test_each_word_that_does_not_fit_a_picture_has_a_hint_of_its_own(letter, word):
    verdict = check.what_was_done.run(RIGHT_WORDS | {letter: word})
    if RIGHT_WORDS[letter] == word:
        assert verdict.status == "correct"
    else:
        assert f"Hint: {letter}: " in verdict.message


@pytest.mark.parametrize("word", ["inverse", "upside-down", "flipped", "", "mirror"])
def test_a_word_that_is_none_of_the_four_is_called_so(word):
    verdict = check.what_was_done.run(RIGHT_WORDS | {"A": word})
    assert verdict.status == "not yet"
    assert repr(word) in verdict.message
