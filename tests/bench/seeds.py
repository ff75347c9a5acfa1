"""Whether every check's right answer is right whatever the random cases are: ``python -m tests.bench.seeds [KEY …]``

20,000 seeds where numbers are asked for, 200 where a model is trained, shared by two processes. Each line is a check:
how many seeds were tried, on how many its own right answer was refused, and of these the first ones with the reason.
A KEY is a part of a check's key, as ``neurons.`` or ``train_xor``.
"""

import argparse
import multiprocessing
import os
import sys
import time
from dataclasses import dataclass

from course_lib.checking.answers import function_answer, model_answer, value_answer
from course_lib.checks import all_checks

SEEDS = {function_answer: 20_000, model_answer: 200, value_answer: 1}
PROCESSES, SHARES, SHOWN = 2, 20, 3


@dataclass(frozen=True)
class Tried:
    """How one check's right answer fared on some seeds: on how many, in what time, and [(seed, why it was refused)]."""

    key: str
    seeds: int
    seconds: float
    refused: list

    def __str__(self):
        first = "".join(f"\n    seed {seed}: {' | '.join(why.splitlines())}" for seed, why in self.refused[:SHOWN])
        return f"{self.key}: {self.seeds:,} seeds, {len(self.refused)} refused, {self.seconds:.1f} s{first}"


def right_answer(check):
    """What the check's solution notebook hands to it."""
    # The module reads all notebooks, which takes a while.
    from tests.checking.test_checks import written

    return written(check)


def tried(check, answer, seeds, most_seconds=float("inf")):
    """``Tried`` for the answer on these seeds, or on the first of them, as far as the time allows."""
    refused, count, start = [], 0, time.perf_counter()
    for seed in seeds:
        verdict = check.run(answer, seed)
        count += 1
        if verdict.status != "correct":
            refused.append((seed, verdict.message or verdict.status))
        if time.perf_counter() - start > most_seconds:
            break
    return Tried(check.key, count, time.perf_counter() - start, refused)


def _share(key, first, seeds):
    check = next(check for check in all_checks() if check.key == key)
    return tried(check, right_answer(check), range(first, seeds, SHARES))


def main(keys, most=None):
    """Try all checks whose key holds one of the keys. Returns the number of checks that refuse their own answer."""
    checks = [check for check in all_checks() if not keys or any(key in check.key for key in keys)]
    failing = 0
    # Each process begins anew: TensorFlow does not survive a fork.
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        for check in checks:
            count = min(SEEDS[check.accept], most or SEEDS[check.accept])
            parts = pool.starmap(_share, [(check.key, first, count) for first in range(min(SHARES, count))], 1)
            refused = sorted(one for part in parts for one in part.refused)
            seconds = sum(part.seconds for part in parts)
            print(Tried(check.key, sum(part.seeds for part in parts), seconds, refused), flush=True)
            failing += bool(refused)
    return failing


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("keys", nargs="*", metavar="KEY", help="parts of the checks' keys; none for all checks")
    parser.add_argument("--most", type=int, help="at most so many seeds for a check")
    given = parser.parse_args()
    sys.exit(1 if main(given.keys, given.most) else 0)
