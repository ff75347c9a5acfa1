"""What a learner of chapter 12 writes first where a dict is asked: each entry gets the words that are due."""

import numpy as np
import pytest

from course_lib.checks import practice as check
from tests.checks.tried import refuse, wrong_ones

LOSSES, SHARES = check.first_losses.mistakes.right(), check.screening.mistakes.right()
PATIENTS = check.six_patients.mistakes.right()
WRONG = {
    "first_losses": [
        ("ten digits: that is the logarithm to the base 10", LOSSES | {"ten digits": 1.0}),
        ("ten digits: that is in bits", LOSSES | {"ten digits": 3.32}),
        ("yes or no: that is the share", LOSSES | {"yes or no": 0.5}),
        ("one in ten: that is what ½ and ½ would cost", LOSSES | {"one in ten": 0.69}),
        ("one in ten: that is the loss of a no", LOSSES | {"one in ten": 0.11}),
        ("softmax twice: a 1 and nine zeros are what the second", LOSSES | {"softmax twice": 0}),
        ("softmax twice: that is where it starts", LOSSES | {"softmax twice": 2.3}),
        ("softmax twice: beside the 1 there are nine zeros.", LOSSES | {"softmax twice": 1.37}),
        ("ten digits: the logarithm of a share is below 0.", {name: -loss for name, loss in LOSSES.items()}),
        ("yes or no: that is the logarithm to the base 10", LOSSES | {"yes or no": np.log10(2)}),
        ("one in ten: that is what the yes cost", LOSSES | {"one in ten": -0.1 * np.log(0.1)}),
        ("one in ten: that is what the no cost", LOSSES | {"one in ten": -0.9 * np.log(0.9)}),
        ("softmax twice: that is the share that the second", LOSSES | {"softmax twice": np.e / (np.e + 9)}),
        ("softmax twice: that is of two classes", LOSSES | {"softmax twice": np.log(1 + 1 / np.e)}),
    ],
    "screening": [
        ("precision: that is recall", SHARES | {"precision": 0.75}),
        ("recall: that is precision", SHARES | {"recall": 0.3}),
        ("F1: that is the plain mean", SHARES | {"F1": 0.525}),
        ("accuracy: right are also the healthy", SHARES | {"accuracy": 0.75}),
        ("nobody is ill: the 20 that are ill", SHARES | {"nobody is ill": 1}),
        ("F1: the 2 is missing", SHARES | {"F1": 0.214}),
        ("accuracy: that is in per cent", {name: 100 * share for name, share in SHARES.items()}),
        ("F1: that is in per cent", SHARES | {"F1": 100 * SHARES["F1"]}),
        ("F1: that is in per cent", SHARES | {"F1": 43}),
    ],
    "six_patients": [
        ("A: they are dead at the end", PATIENTS | {"A": "dead ReLUs"}),
        ("A: the steps are far too long", PATIENTS | {"A": "rate too high"}),
        ("B: at 96 % right", PATIENTS | {"B": "healthy"}),
        ("C: then validation would be good", PATIENTS | {"C": "leakage"}),
        ("D: it looks better than all", PATIENTS | {"D": "healthy"}),
        ("E: 91 % are right", PATIENTS | {"E": "healthy"}),
        ("F: 3 % of the units are dead", PATIENTS | {"F": "dead ReLUs"}),
        ("A: its steps are 16 times as long", PATIENTS | {"A": "rate too low"}),
        ("B: 2 % of the units are dead", PATIENTS | {"B": "dead ReLUs"}),
        ("C: a loss that stays high is not all", PATIENTS | {"C": "softmax twice"}),
        ("C: it starts at log 7", PATIENTS | {"C": "wrong loss"}),
        ("E: 13 % of the units are dead", PATIENTS | {"E": "dead ReLUs"}),
        ("F: its loss stays high", PATIENTS | {"F": "softmax twice"}),
    ],
}


@pytest.mark.parametrize(("one", "words_due", "answer"), wrong_ones(check, WRONG))
def test_what_is_usually_wrong_gets_the_words_that_are_due(one, words_due, answer):
    refuse(one, words_due, answer)
