"""A doctor of training runs, judged on runs of the clinic that nobody has seen: four of each kind, in any order."""

import copy
import functools
from collections import Counter

import numpy as np

from course_lib.checking.answers import function_answer
from course_lib.checking.check import Check
from course_lib.checking.mistakes import wrong_functions
from course_lib.checking.words import shown_value

OF_EACH, AT_LEAST, MOST_WRONG = 4, 3, 6
NO_NAME = "Return one of the twelve names, as a text."
ALL_THE_SAME = "It says the same of all runs. Measure something of each, and let that decide."
# What is said to who never finds a fault: causes before effects.
FOUND_BY = {
    "not a number": "Ask first whether all of x is finite: np.isfinite.",
    "inputs not scaled": "Ask for the largest input, signs left out, before its effects: dead ReLUs, long steps.",
    "leakage": "Count how many rows of x_val stand in x too. Nothing else shows a leak. One alone is none yet.",
    "class imbalance": "np.bincount(y) shows one class with nearly all rows. More than 0.6 of them is far from even.",
    "labels shuffled": "Neighbours in x should have one label. Compare each with its nearest other row, by distance.",
    "forgotten training=": "outputs and again are what one network said of the same rows. They should be equal.",
    "softmax twice": "What the loss takes for logits adds up to 1 in each row: then there was a softmax already.",
    "wrong loss": "Compare the loss with the logarithm of the number of classes: it may be too low or too high.",
    "dead ReLUs": "A unit is dead if its column in hidden is 0 in all rows. Ask before you look at the steps.",
    "rate too high": "Divide the length of a step by that of the weights before it. Above about 0.06 it is too long.",
    "rate too low": "Divide the length of a step by that of the weights before it. Below about 0.001 little moves.",
    "healthy": "Some are healthy, and get a disease of you. Is one of your limits too narrow?",
}


def ward_round(*hints, points, mistakes, evidence):
    """A check for a function that says a run's fault: decorates the right one.

    mistakes: as for ``implement``   evidence: ``ward.evidence``, what is handed over of (fault, seed)
    """

    def decorate(right):
        def judge(trial):
            said = []
            for fault, run in _runs(int(trial.rng.integers(2**62)), right, evidence):
                said.append((fault, trial.ask(run)))
                trial.require(_is_name(said[-1][1]), f"It said {shown_value(said[-1][1])}.", NO_NAME)
            trial.require(len({str(what) for _, what in said}) > 1, "All runs got the same name.", ALL_THE_SAME)
            for fault, hint in FOUND_BY.items():
                found = sum(one == what == fault for one, what in said)
                trial.require(found >= AT_LEAST, _missed(fault, said, found), hint)
            wrong = [(fault, str(what)) for fault, what in said if what != fault]
            trial.require(len(wrong) <= MOST_WRONG, *_too_many(wrong, len(said)))

        wrong = wrong_functions(mistakes, right)
        return Check(right.__name__, judge, function_answer, points, hints, wrong, right.__module__)

    return decorate


def _is_name(said):
    return isinstance(said, str) and said in FOUND_BY


def _missed(fault, said, found):
    """The message for a doctor that ``found`` too few of a fault's runs."""
    instead = Counter(str(what) for one, what in said if one == fault != what)
    most = instead.most_common(1)[0][0] if instead else ""
    return f'Of {OF_EACH} runs that are "{fault}" it found {found or "none"}: it said "{most}".'


def _too_many(wrong, runs):
    """(message, hint) for a doctor that is right too seldom."""
    if not wrong:
        return "", ""
    fault, said = Counter(wrong).most_common(1)[0][0]
    return f'{runs - len(wrong)} of {runs} are right. One was "{fault}", and it said "{said}".', FOUND_BY[fault]


def _runs(first, right, evidence):
    return copy.deepcopy(_fresh_runs(first, right, evidence))


@functools.lru_cache(maxsize=10)
def _fresh_runs(first, right, evidence):
    """[(fault, evidence), …], four of each, shuffled: two of even seeds and two of odd ones, which differ in form.

    Where the right answer itself is misled, another run is taken.
    """
    rng, runs = np.random.default_rng(first), []
    for fault in FOUND_BY:
        for form in (0, 1):
            seeds = (2 * int(seed) + form for seed in iter(lambda: rng.integers(2**61), None))
            clear = (run for run in (evidence(fault, seed) for seed in seeds) if right(copy.deepcopy(run)) == fault)
            runs += [(fault, next(clear)) for _ in range(OF_EACH // 2)]
    return [runs[i] for i in rng.permutation(len(runs))]
