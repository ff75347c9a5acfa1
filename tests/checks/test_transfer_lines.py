"""Chapter 14's three broken teachers: each repair is run, and so is what comes to mind instead of it."""

import numpy as np
import pytest

from course_lib.activations import log_softmax, softmax
from course_lib.checks.transfer import broken_distillations
from course_lib.transfer import distillation_loss
from tests.checks.tried import with_line

RIGHT = {"A": 1, "B": 3, "C": 2}
NAMES = {"A": "loss_a", "B": "loss_b", "C": "loss_c"}
REPAIRS = [
    ("A", 1, "log_q = log_softmax(student / t)"),
    ("B", 3, "kl = np.sum(np.exp(log_p) * (log_p - log_q), axis=1)"),
    ("C", 2, "hard = -log_softmax(student)[np.arange(len(labels)), labels]"),
]
NO_REPAIRS = [
    ("A", 2, "log_p = log_softmax(teacher)"),
    ("A", 3, "kl = np.sum(np.exp(log_q) * (log_q - log_p), axis=1)"),
    ("A", 3, "kl = -np.sum(np.exp(log_p) * log_q, axis=1)"),
    ("A", 4, "return np.mean(kl)"),
    ("B", 1, "log_p = log_softmax(teacher)"),
    ("B", 2, "log_q = log_softmax(student)"),
    ("B", 4, "return np.mean(kl)"),
    ("B", 4, "return -(t**2) * np.mean(kl)"),
    ("C", 1, "log_q = log_softmax(student)"),
    ("C", 3, "soft = -np.sum(np.exp(log_softmax(teacher / t)) * log_q, axis=1)"),
    ("C", 3, "soft = -(t**2) * np.sum(np.exp(log_softmax(teacher)) * log_q, axis=1)"),
    ("C", 4, "return np.mean(share * soft + t**2 * (1 - share) * hard)"),
    ("C", 4, "return np.mean((1 - share) * soft + share * hard)"),
]
CASES = [(seed, t) for seed in range(3) for t in (1.0, 2.0, 5.0)]


def logits(seed):
    return 2 * np.random.default_rng(seed).normal(size=(2, 6, 4))


def is_the_chapters(function):
    return all(np.isclose(function(*logits(seed), t), distillation_loss(*logits(seed), t)) for seed, t in CASES)


def learns_from_both(function):
    def wanted(student, teacher, t, share):
        soft = -(t**2) * np.sum(softmax(teacher / t) * log_softmax(student / t), axis=1)
        return np.mean(share * soft - (1 - share) * log_softmax(student)[np.arange(6), labels])

    labels = np.array([0, 1, 2, 3, 0, 1])
    return all(
        np.isclose(function(*logits(seed), labels, t, share), wanted(*logits(seed), t, share))
        for seed, t in CASES
        for share in (0.0, 0.7, 1.0)
    )


IS_RIGHT = {"A": is_the_chapters, "B": is_the_chapters, "C": learns_from_both}


def changed(letter, line, code):
    function = with_line("14-transfer", NAMES[letter], line, code)
    function.__globals__["log_softmax"] = log_softmax
    return function


@pytest.mark.parametrize(("letter", "line", "code"), REPAIRS)
def test_where_a_change_alone_repairs_the_line_is_right(letter, line, code):
    assert IS_RIGHT[letter](changed(letter, line, code))
    assert broken_distillations.run(RIGHT | {letter: line}).status == "correct"


@pytest.mark.parametrize(("letter", "line", "code"), NO_REPAIRS)
def test_where_it_does_not_the_line_is_refused_with_a_hint(letter, line, code):
    assert not IS_RIGHT[letter](changed(letter, line, code))
    verdict = broken_distillations.run(RIGHT | {letter: line})
    assert verdict.status == "not yet"
    assert verdict.hint.startswith(f"{letter}: ")


def test_every_line_is_tried():
    tried = {(letter, line) for letter, line, _ in REPAIRS + NO_REPAIRS}
    assert tried == {(letter, line) for letter in "ABC" for line in range(1, 5)}
