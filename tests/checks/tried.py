"""Answers tried on a check by hand: right ones written otherwise, and wrong ones with the words that are due."""

import pytest

SEEDS = range(3)


def right_ones(module, tried):
    """The parameters of a test: {name of the check: {what it is: answer}} as (check, answer)."""
    return [
        pytest.param(getattr(module, name), answer, id=f"{name}-{what}")
        for name, answers in tried.items()
        for what, answer in answers.items()
    ]


def wrong_ones(module, tried):
    """The parameters of a test: {name of the check: [(words due, answer), …]} as (check, words, answer)."""
    return [
        pytest.param(getattr(module, name), words, answer, id=f"{name}-{number}")
        for name, answers in tried.items()
        for number, (words, answer) in enumerate(answers)
    ]


def accept(check, answer, seeds=SEEDS):
    """Fail unless the check calls the answer correct, whatever the random cases are."""
    for seed in seeds:
        verdict = check.run(answer, seed)
        assert (verdict.status, verdict.message) == ("correct", "")


def refuse(check, words, answer, seeds=SEEDS):
    """Fail unless the check refuses the answer, and says the words."""
    for seed in seeds:
        verdict = check.run(answer, seed)
        assert verdict.status == "not yet"
        assert words in verdict.message
