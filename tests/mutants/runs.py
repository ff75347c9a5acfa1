"""Whether a check catches a mutant: each is run in another process, with a limit of time and of memory.

A mutated loop may never end, and may eat all memory while it does not. So a process of its own is forked for the
mutants of an exercise; when one of them brings it down, the next begins in a new one. Mutants that train a network get
a process each, because Keras keeps some things for a whole process.
"""

import ast
import contextlib
import importlib
import io
import multiprocessing
import os
import resource
import signal
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from course_lib.page import quiet

# The seed of the learner's check, and one that no learner sees.
SEEDS = (0, (1, 1))
SECONDS, SECONDS_TO_TRAIN = 60, 300
# In bytes, over what the process has before it meets a mutant. TensorFlow reserves more than it uses.
MEMORY, MEMORY_TO_TRAIN = 2**30, 2**33


@dataclass(frozen=True)
class Exercise:
    """An exercise as texts, so that it can be sent to another process: the code of its notebook, and its check.

    ``before`` are the cells before the solution's ``cell``, ``after`` those from there to the check;
    ``handed`` is what the check is given, ``lines`` the first and the last line of the solution, ``seeds`` choose the
    random cases.
    """

    key: str
    module: str
    name: str
    before: tuple
    cell: str
    lines: tuple
    after: tuple
    handed: str
    trains: bool
    seeds: tuple = SEEDS

    @property
    def check(self):
        return getattr(importlib.import_module(self.module), self.name)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: ``end`` is the check's status, or "crashed", "check raised", "too slow" or "killed".

    ``seed`` is the place in the exercise's ``seeds`` of the random cases that it fell on (or the last, if it did not).
    """

    end: str
    seed: int
    seconds: float = 0.0

    @property
    def caught(self):
        return self.end != "correct"


class Unsound(Exception):
    """The solution itself did not pass in the process that was to run its mutants, so they would prove nothing."""


class TooSlow(KeyboardInterrupt):
    """Raised by the timer. What interrupts is for neither a mutant nor a check an error of its own."""


def outcomes(exercise, texts):
    """What becomes of each text in the place of the exercise's cell. Raises ``Unsound``."""
    _import_ahead(exercise)
    limit = SECONDS_TO_TRAIN if exercise.trains else SECONDS
    # One training tells that the solution passes here; whether it always does is tested elsewhere.
    tried = replace(exercise, seeds=exercise.seeds[:1]) if exercise.trains else exercise
    solution, *_ = _in_a_process(tried, [exercise.cell], limit)
    if solution.caught:
        raise Unsound(f"{exercise.key}: its solution is not correct but: {solution.end}")
    limit = 2 + 4 * solution.seconds
    at_once = 1 if exercise.trains else len(texts)
    found = []
    while len(found) < len(texts):
        found += _in_a_process(exercise, texts[len(found) : len(found) + at_once], limit)
    return found


def _import_ahead(exercise):
    """Import what the notebook imports: once, here, and each process forked from this one has it already.

    No more than that: after TensorFlow has computed something, a forked process would wait for its threads for ever.
    """
    with quiet():
        for statement in (one for cell in exercise.before for one in ast.walk(ast.parse(cell))):
            if isinstance(statement, ast.Import | ast.ImportFrom):
                exec(ast.unparse(statement), {})


def _in_a_process(exercise, texts, limit):
    """The outcomes of the first texts, as far as one process came: a text that ended it is the last."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_judge, args=(exercise, texts, limit, sender))
    child.start()
    sender.close()
    found = []
    try:
        # Its notebook up to the solution: a chapter may draw and train a little before.
        _received(receiver, SECONDS_TO_TRAIN, Unsound(f"{exercise.key}: the notebook does not run up to the solution"))
        for _ in texts:
            # The child has its own timer, of processor time. This one is for what does not listen to that, and long
            # enough for a machine that is busy with other things.
            found.append(_received(receiver, 20 * limit + 60))
            if found[-1].end in ("too slow", "killed"):
                break
    finally:
        child.kill()
        child.join()
    return found


def _received(receiver, seconds, failure=None):
    if receiver.poll(seconds):
        with contextlib.suppress(EOFError):
            return receiver.recv()
        end = "killed"
    else:
        end = "too slow"
    if failure:
        raise failure
    return Outcome(end, 0)


def _judge(exercise, texts, limit, sender):
    """In the forked process: run the notebook up to the solution, then judge each text in the solution's place."""
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    sys.stdout = sys.stderr = io.StringIO()
    names = {"__name__": "notebook"}
    for cell in exercise.before:
        exec(compile(cell, "notebook", "exec"), names)
    sender.send("ready")
    limit_memory(MEMORY_TO_TRAIN if exercise.trains else MEMORY)
    signal.signal(signal.SIGPROF, _stop)
    for text in texts:
        sender.send(_outcome(exercise, text, names, limit))


def _outcome(exercise, text, names, limit):
    """The first seed at which the text is not correct decides."""
    start = time.process_time()
    for number, seed in enumerate(exercise.seeds):
        end = _end(exercise, text, dict(names), seed, limit)
        if end != "correct":
            return Outcome(end, number, time.process_time() - start)
    return Outcome("correct", number, time.process_time() - start)


def _end(exercise, text, names, seed, limit):
    if exercise.trains:
        import keras

        # A mutant may forget to: it is to be the same network each time all the same.
        keras.utils.set_random_seed(0)
    end = "crashed"
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        for cell in (text, *exercise.after):
            exec(compile(cell, "mutant", "exec"), names)
        written = eval(exercise.handed, names)
        verdict = exercise.check.run(written, seed)
        return "check raised" if verdict.check_failed else verdict.status
    except TooSlow:
        return "too slow"
    # Whatever a mutant raises, a learner who wrote it would have no tick.
    except BaseException:
        return end
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _stop(*_):
    raise TooSlow


def limit_memory(more):
    """No more than so many bytes over what the process has reserved by now, where the system tells (Linux does)."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        reserved = int(pages.read_text().split()[0]) * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_AS, (reserved, reserved))
