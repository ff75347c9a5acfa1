"""What takes longer than chapter 15's notebook may: ``python -m course_lib.experiments.production_study [NAME …]``.

Each study's numbers are kept in ``production.json``.
"""

import sys
from pathlib import Path

import numpy as np

from course_lib.activations import softmax
from course_lib.data import digits
from course_lib.drift import gap_limit, kolmogorov_smirnov
from course_lib.experiments import production, stored_results
from course_lib.experiments.production_serving import behaviour
from course_lib.serving.canary import Canary

STORE = Path(__file__).with_name("production.json")
RUNS, WINDOW, WINDOWS = 20, 60, 200
# Plain pictures; moved by a pixel; half as dark; with noise.
CHANGES = {
    "nothing": lambda x, rng: x,
    "a pixel to the right": lambda x, rng: production.shifted(x, 0, 1),
    "half as dark": lambda x, rng: 0.5 * x,
    "noise": lambda x, rng: np.clip(x + 0.3 * rng.standard_normal(x.shape), 0, 1).astype("float32"),
}


def stored():
    """{study: its numbers}"""
    return stored_results.read(STORE)


def promises_of(model):
    """(n, 8, 8) → (n, 10): the shares that a model promises."""
    return lambda x: softmax(np.asarray(model(x), float))


def readers_study(runs=RUNS):
    """Twenty readers each: plain, in 16 bits, in 8, and taught with shifts. What do they read, how do they behave?"""
    x, y, _, _, x_test, y_test = digits()
    found = {"float32": [], "mixed_float16": [], "int8": [], "plain": [], "sturdy": [], "sturdy right": []}
    for seed in range(runs):
        plain = production.trained_reader(x, y, seed=seed)
        sturdy = sturdy_reader(x, y, seed)
        half, eight = production.half_precision(x, y, seed=seed), production.in_eight_bits(plain)
        models = {"float32": plain, "mixed_float16": half, "int8": eight, "sturdy right": sturdy}
        for name, model in models.items():
            found[name].append(production.share_right(np.asarray(model(x_test), float), y_test))
        for name, model in (("plain", plain), ("sturdy", sturdy)):
            found[name].append(behaviour(promises_of(model), x_test, y_test))
    return found


def sturdy_reader(x, y, seed=0):
    return production.trained_reader(*production.with_shifts(x, y), epochs=10, width=128, seed=seed)


def wide_study(runs=RUNS):
    """The control: as wide as the sturdy readers, and as many steps, but no shifts. What it reads, how it behaves."""
    x, y, _, _, x_test, y_test = digits()
    found = {"right": [], "behaviour": []}
    for seed in range(runs):
        wide = production.trained_reader(x, y, epochs=5 * 10, width=128, seed=seed)
        found["right"].append(production.share_right(np.asarray(wide(x_test), float), y_test))
        found["behaviour"].append(behaviour(promises_of(wide), x_test, y_test))
    return found


def drift_study(runs=RUNS):
    """Of 200 windows of 60 digits each, the share with an alarm, for twenty readers and what may change.

    The reference is a random half of the digits that the reader was not taught, and windows come from the other half.
    """
    x, y, x_val, _, x_test, _ = digits()
    unseen = np.concatenate([x_val, x_test])
    found = {change: [] for change in CHANGES}
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        read = promises_of(production.trained_reader(x, y, seed=seed))
        half = rng.permutation(len(unseen))
        reference, stream = read(unseen[half[:360]]).max(axis=1), unseen[half[360:]]
        limit = gap_limit(reference, WINDOW)
        for change, make in CHANGES.items():
            found[change].append(float(np.mean(gaps(reference, read(make(stream, rng)).max(axis=1), rng) > limit)))
    return found


def gaps(reference, promises, rng, windows=WINDOWS):
    """How far so many windows of promises lie from the reference."""
    return np.array([kolmogorov_smirnov(reference, rng.choice(promises, WINDOW)) for _ in range(windows)])


def canary_study(runs=2000):
    """The old model errs in 5 of 100 answers, the new one as often, twice or four times: how often is it rolled back?

    {limit: {how often the new one errs: share of canaries that roll back}}
    """
    found = {}
    for limit in (1.645, 3.0):
        found[str(limit)] = {}
        for new in (0.05, 0.1, 0.2):
            rng, ends = np.random.default_rng(0), []
            for _ in range(runs):
                canary, number = Canary(limit=limit), 0
                while canary.verdict == "wait":
                    which = canary.serves(number)
                    canary.hear(which, rng.random() < {"old": 0.05, "new": new}[which])
                    number += 1
                ends.append(canary.verdict == "roll back")
            found[str(limit)][str(new)] = float(np.mean(ends))
    return found


STUDIES = {"readers": readers_study, "wide": wide_study, "drift": drift_study, "canary": canary_study}


def main(names):
    stored_results.measure(STUDIES, names, STORE)


if __name__ == "__main__":
    main(sys.argv[1:])
