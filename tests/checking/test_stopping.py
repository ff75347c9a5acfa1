"""What does not come to an end, or ends in another way than by returning."""

import asyncio
import subprocess
import sys

import numpy as np
import pytest

from course_lib import ROOT
from course_lib.checking import progress
from course_lib.checking.check import NO_MEMORY, Check
from course_lib.checking.kinds import implement


@implement(lambda rng: iter([(np.array([1.0, 2.0]),)]), "A hint.", points=1, mistakes={})
def half(x):
    """A half."""
    return x / 2


def interrupted(x):
    raise KeyboardInterrupt


def test_a_loop_that_is_stopped_ends_in_one_sentence(capsys):
    assert half(interrupted) is None
    assert capsys.readouterr().out == (
        "■ half: It was stopped before it came to an end. Does a loop in your code never end?\n"
    )
    assert progress.read() == ({}, None)


def test_an_interrupt_is_nbgraders_own(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(KeyboardInterrupt):
        half(interrupted)


class OfItsOwn(BaseException):
    pass


@pytest.mark.parametrize("kind", [SystemExit, GeneratorExit, asyncio.CancelledError, OfItsOwn, MemoryError])
def test_what_ends_the_function_otherwise_is_an_exception_of_it(kind):
    def ends(x):
        raise kind

    assert half.run(ends).difference == f"raised {kind.__name__}"


def generator(x):
    yield x / 2


async def coroutine(x):
    return x / 2


class Series:
    def __array__(self, dtype=None, copy=None):
        return np.array([0.5, 1.0])


@pytest.mark.parametrize(
    ("written", "came"),
    [
        (generator, "an object of type generator"),
        (lambda x: np.ma.masked_array(x / 2), "an object of type MaskedArray"),
        (lambda x: np.asmatrix(x / 2), "an object of type matrix"),
        (lambda x: Series(), "an object of type Series"),
        (lambda x: memoryview(x / 2), "an object of type memoryview"),
        (lambda x: (y for y in x / 2), "an object of type generator"),
        (lambda x: map(float, x / 2), "an object of type map"),
        (lambda x: {0.5, 1.0}, "a set, which has no order"),
    ],
)
def test_what_is_no_array_is_called_what_it_is(written, came):
    assert half.run(written).difference == f"It is {came}; an array of shape (2,) was wanted."


FULL = """
from course_lib.checking.check import NO_MEMORY, Check
from course_lib.checking.kinds import implement
from tests.mutants.runs import limit_memory

{code}

check = implement(lambda rng: iter([([1.0, 2.0],)]), points=1, mistakes={{}})(lambda x: x)
limit_memory(2**28)
check(grows)
"""
ITS_INPUT = "def grows(x):\n    for one in x:\n        x.append((one, one))"
WHILE_IT_MENDS = (
    "def grows(x):\n    try:\n        for one in x:\n            x.append((one, one))\n"
    "    except MemoryError:\n        return [x] * 2**40"
)


@pytest.mark.skipif(sys.platform != "linux", reason="A limit of memory is Linux' own.")
@pytest.mark.parametrize(
    "code",
    [ITS_INPUT, WHILE_IT_MENDS],
)
def test_what_fills_the_memory_is_no_fault_of_the_check(code):
    command = [sys.executable, "-c", FULL.format(code=code)]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True, cwd=ROOT)
    assert "raised MemoryError" in ran.stdout


def test_where_the_memory_stays_full_nothing_is_said_of_the_answer():
    def full(trial):
        raise MemoryError

    verdict = Check("half", full, lambda written: written, 1, ()).run(lambda x: x)
    assert (verdict.status, verdict.message, verdict.check_failed) == ("stopped", NO_MEMORY, False)
