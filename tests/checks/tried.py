"""Answers tried on a check by hand: right ones written otherwise, and wrong ones with the words that are due."""

import jupytext
import numpy as np
import pytest

from course_lib.building.notebooks import ROOT

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


def with_line(slug, name, line, code):
    """The function of this name as the exercise has it, but for the line that is numbered so."""
    cells = jupytext.read(ROOT / f"solutions/source/{slug}.py").cells
    [source] = [cell.source for cell in cells if cell.source.startswith(f"def {name}(")]
    lines = source.splitlines()
    [place] = [k for k, text in enumerate(lines) if text.endswith(f"  # {line}")]
    names = {"np": np}
    exec("\n".join([*lines[:place], "    " + code, *lines[place + 1 :]]), names)
    return names[name]
