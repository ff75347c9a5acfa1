"""What takes longer than chapter 16's notebook may: ``python -m course_lib.experiments.history_study [IDEA …]``.

The network of 1989 on our digits, and newer ideas one after the other. Each has the rate that is best for it on the
validation digits, tried with other random numbers (CHOOSING) than those with which it is judged on the test digits.
The numbers are kept in ``history.json``.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np

from course_lib.data import digits
from course_lib.experiments import history_lenet as lenet
from course_lib.experiments import stored_results

STORE = Path(__file__).with_name("history.json")
RUNS, CHOOSING = 20, 1000
# Powers of two between which the best rate lies, for plain descent and for Adam.
RATES = {"sgd, squares": (0.05, 0.1, 0.2, 0.4, 0.8), "sgd": (0.01, 0.02, 0.04, 0.08, 0.16, 0.32)}
RATES["adam"] = (0.001, 0.002, 0.004, 0.008, 0.016)
# The control: all as in 1989, but for the shifts.
SHIFTS_ALONE = "1989 + shifts alone"


def stored():
    """{idea: {rate, inside: bool, tried: (rates,) errors, test: (runs,), train: (runs,)}}, errors as shares"""
    return stored_results.read(STORE)


def settings(idea):
    """What a network has: see ``lenet.settings``."""
    return {"shifts": True} if idea == SHIFTS_ALONE else lenet.settings(idea)


def pictures():
    """The digits' parts as (x, y) pairs, 16 × 16: training, validation, test."""
    x, y, x_val, y_val, x_test, y_test = digits()
    return [(lenet.large(images), labels) for images, labels in ((x, y), (x_val, y_val), (x_test, y_test))]


def judged(idea, rate, seed, passes=lenet.PASSES):
    """The shares of wrong answers of one network: [in training, in validation, in test]"""
    parts = pictures()
    model = lenet.train(seed, *parts[0], rate, passes, **settings(idea))
    return [lenet.errors(model, x, y) for x, y in parts]


def study(idea, runs=RUNS):
    """The rate that is best in validation, and with it ``runs`` networks."""
    has = settings(idea)
    kind = "adam" if has.get("adam") else "sgd" if has.get("cross_entropy") else "sgd, squares"
    tried = [np.mean([judged(idea, rate, CHOOSING + k)[1] for k in range(3)]) for rate in RATES[kind]]
    best = int(np.argmin(tried))
    rate = RATES[kind][best]
    train, _, test = zip(*(judged(idea, rate, seed) for seed in range(runs)), strict=True)
    return {
        "rate": rate,
        "inside": 0 < best < len(tried) - 1,
        "tried": [round(float(error), 5) for error in tried],
        "test": [round(error, 5) for error in test],
        "train": [round(error, 5) for error in train],
    }


def main(names):
    """Study the ideas named, or all, and keep what is found."""
    parts = {idea: partial(study, idea) for idea in (*lenet.IDEAS, SHIFTS_ALONE)}
    stored_results.measure(parts, names, STORE)


if __name__ == "__main__":
    main(sys.argv[1:])
