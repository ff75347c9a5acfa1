"""How fast the judge is, and whether it stays small: ``python -m tests.bench.grading [how many submissions]``.

Prints submissions a second on two jobs, for NumPy exercises and for small Keras exercises, and the judge's memory
over a long batch of different notebooks.
"""

import contextlib
import dataclasses
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from course_lib.building.notebooks import ROOT
from course_lib.checking.answers import model_answer
from course_lib.checking.kinds import build
from course_lib.grading import assignment, judge
from course_lib.grading.batch import Workplace
from course_lib.grading.submissions import code_cells

JOBS = 2
SLUG = "01-neurons"
SMALL_MODEL = """
import keras

def small_model():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(3)])
"""


def notebook(sources):
    """A notebook of these code cells, as bytes."""
    cells = [{"cell_type": "code", "source": source, "metadata": {}} for source in sources]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


@build(points=1, mistakes={})
def small_model(trial):
    """A model of a given size that can be called."""
    trial.require(trial.ask("build")["parameters"] == 4 * 8 + 8 + 8 * 3 + 3, "Not the size.")
    trial.require(trial.ask("predict", trial.rng.normal(size=(100, 4))).shape == (100, 3), "Not the shape.")


def without_keras(exercise):
    """The exercise's checks that need NumPy alone."""
    checks = tuple(check for check in exercise.checks if check.accept is not model_answer)
    return dataclasses.replace(exercise, checks=checks, keras=False)


def numpy_cells():
    """The solution's cells, without those that use Keras."""
    cells = code_cells((ROOT / f"solutions/{SLUG}.ipynb").read_bytes())
    return [cell for cell in cells if "keras" not in cell and "train_xor" not in cell]


def memory():
    """This process's memory in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def measure(name, exercise, sources, number):
    """Grade so many different notebooks; print the rate, and the memory on the way. Returns submissions a second."""
    place = Workplace(SLUG, judge.Settings(), require_sandbox=True, exercise=exercise)
    with contextlib.closing(place), ThreadPoolExecutor(JOBS) as threads:
        place.judge(notebook(sources))
        sizes, start = [], time.perf_counter()
        for batch in np.array_split(np.arange(number), 10):
            contents = [notebook([*sources, f"number = {i}"]) for i in batch]
            for result in threads.map(place.judge, contents):
                assert result["score"] == result["max_score"], result
            sizes.append(memory())
        rate = number / (time.perf_counter() - start)
    print(
        f"{name}: {rate:.1f} submissions a second ({number} on {JOBS} jobs, {len(exercise.checks)} checks each); "
        f"the judge's memory {sizes[0]:.0f} MiB after a tenth, {sizes[-1]:.0f} MiB at the end"
    )
    return rate


def main(number=2000):
    """Measure all of it."""
    exercise = assignment.load(SLUG)
    measure("NumPy", without_keras(exercise), numpy_cells(), number)
    keras = dataclasses.replace(exercise, checks=(small_model,), keras=True, fingerprints={"small_model": ""})
    measure("Keras, a small model", keras, [SMALL_MODEL], max(20, number // 40))
    measure("All of 01-neurons", exercise, code_cells((ROOT / f"solutions/{SLUG}.ipynb").read_bytes()), 10)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
