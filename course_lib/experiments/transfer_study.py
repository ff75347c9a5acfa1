"""What takes longer than chapter 14's notebook may: ``python -m course_lib.experiments.transfer_study [NAME …]``.

Each study's numbers are kept in ``transfer.json``. A setting (rate, steps, the encoder's share of the rate, ridge) is
chosen on the validation digits, with other random numbers than those it is judged with on the test digits.
"""

import json
import sys
from itertools import product
from pathlib import Path

import numpy as np

from course_lib.data import digits
from course_lib.experiments import stored_results
from course_lib.experiments.transfer_costs import costs
from course_lib.experiments.transfer_many import (
    RIDGES,
    WORLDS,
    Readers,
    asked,
    contrasted,
    drawn,
    pretrained,
    probes,
    source,
    wandering,
)
from course_lib.experiments.transfer_many import STORE as KEPT

STORE = Path(__file__).with_name("transfer.json")
# Wandering takes four times as long: there a network's setting is chosen on fewer draws.
RUNS, TRIED, TRIED_IN = 20, 2, {"centred": 4, "wandering": 2}
LABELS = (1, 2, 5, 10, 20, 50, 100)
TRAINED = {"centred": (2, 10, 100), "wandering": (2, 10, 50, 100)}
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03)
STEPS = (10, 30, 100, 300, 1000)


def stored():
    """{study: its numbers}"""
    return stored_results.read(STORE)


def _seeds(judging, runs):
    """Draws to judge by begin at 0, those to choose by at 1000."""
    return range(runs) if judging else range(1000, 1000 + runs)


def probe_of(feature, world, labels, ridges=RIDGES, runs=RUNS):
    """A linear probe on what ``feature`` makes of pictures: {"ridge", "inside", "test": (runs,)}

    feature: takes (N, m, pixels) and gives (N, m, width); called with N = 5 to choose, then N = ``runs``
    """
    chosen = _probe_runs(feature(False), world, labels, ridges, "val", False, TRIED)
    best = int(np.argmax(chosen.mean(1)))
    test = _probe_runs(feature(True), world, labels, ridges[best : best + 1], "test", True, runs)[0]
    return {"ridge": float(ridges[best]), "inside": 0 < best < len(ridges) - 1, "test": test.tolist()}


def _probe_runs(feature, world, labels, ridges, part, judging, runs):
    """(ridges, runs) shares right."""
    place, _ = WORLDS[world]
    x, y = drawn(labels, _seeds(judging, runs))
    z, truth = asked(part, world, len(x))
    said = probes(feature(place(x, np.random.default_rng(labels))), y, [feature(z)], ridges)
    return np.array([(answers == truth).mean(-1) for (answers,) in said])


def trained(world, labels, encoders=None, augmented=False, factors=(1.0,), rates=RATES, steps=STEPS, runs=RUNS):
    """Networks with Adam: {"rate", "factor", "steps", "inside", "test": (runs,)}, their setting chosen first.

    encoders: {False: readers to choose with, True: to judge with}; None begins from scratch
    """
    settings = list(product(rates, factors))
    val = np.mean(_curves(world, labels, settings, steps, encoders, augmented, False, TRIED_IN[world]), axis=-1)
    when, which = np.unravel_index(val.argmax(), val.shape)
    rate, factor = settings[which]
    test = _curves(world, labels, [(rate, factor)], steps[: when + 1], encoders, augmented, True, runs)[-1, 0]
    inside = rates[0] < rate < rates[-1] and 0 < when < len(steps) - 1
    found = {"rate": float(rate), "factor": factor, "steps": steps[when], "inside": bool(inside)}
    return found | {"test": test.tolist()}


def _curves(world, labels, settings, steps, encoders, augmented, judging, runs):
    """(steps, settings, runs) shares right, after each number of steps; batches of 50 at most."""
    place, side = WORLDS[world]
    (x, y), count = drawn(labels, _seeds(judging, runs)), len(settings) * runs
    x, y = np.tile(x, (len(settings), 1, 1, 1)), np.tile(y, (len(settings), 1))
    rates, factors = np.repeat(np.array(settings, float).T, runs, axis=1)
    readers = Readers(count, side, seed=77 + judging, encoders=encoders and encoders[judging])
    z, truth = asked("test" if judging else "val", world, count)
    fixed, seen, rows = place(x, np.random.default_rng(labels)), [], np.arange(count)[:, None]
    for step in range(1, steps[-1] + 1):
        batch = readers.rng.random(y.shape).argsort(1)[:, :50]
        shown = wandering(x[rows, batch], readers.rng) if augmented else fixed[rows, batch]
        readers.learn(shown, y[rows, batch], rates, factors)
        if step in steps:
            seen.append(readers.right(z, truth).reshape(len(settings), runs))
    return np.array(seen)


def _pair(make, runs=RUNS):
    """Readers to choose with and to judge with."""
    return {False: make(TRIED, 11), True: make(runs, 1)}


def _of(readers, layer=1):
    """A ``feature`` for ``probe_of``."""
    return lambda judging: lambda x: readers[judging].layers(x)[layer]


def _pixels(judging):
    return lambda x: x


def still_study(world="centred"):
    """{method: {labels: found}} on digits as they are, or wherever they wander."""
    learnt = _pair(lambda count, seed: pretrained(world, count, seed))
    random = _pair(lambda count, seed: Readers(count, WORLDS[world][1], seed=90 + seed))
    features = {
        "pixels": _pixels,
        "random encoder": _of(random),
        "random filters": _of(random, 0),
        "linear probe": _of(learnt),
        "learnt filters": _of(learnt, 0),
    }
    found = {name: {n: probe_of(feature, world, n) for n in LABELS} for name, feature in features.items()}
    return found | _trained_study(world, learnt)


def _trained_study(world, learnt):
    labels = TRAINED[world]
    fine_tuned = {n: trained(world, n, learnt, factors=(0.1, 1.0)) for n in labels}
    return {"scratch": {n: trained(world, n) for n in labels}, "fine-tuning": fine_tuned}


def wandering_study():
    return still_study("wandering")


def told_study():
    """The rival who is told that digits wander: each step shows them elsewhere. And what pre-training adds then."""
    learnt, unlabelled = _pair(lambda count, seed: pretrained("wandering", count, seed)), _pair(_contrasted)
    found = {"scratch": {}, "labels of 0 to 4": {}, "no labels": {}}
    for n in (2, 10):
        for name, encoders in zip(found, (None, learnt, unlabelled), strict=True):
            factors = (1.0,) if encoders is None else (0.1, 1.0)
            found[name][n] = trained("wandering", n, encoders, True, factors, steps=(30, 100, 300, 1000))
    return found


def _contrasted(count, seed, pictures=None, **settings):
    """Of all training digits, without their labels, unless other pictures are given."""
    return contrasted(digits().x_train if pictures is None else pictures, count, seed, **settings)


CONTRASTS = {
    "with negatives": {},
    "without": {"negatives": False},
    # The control: no pictures but those from which the encoder of the labels learnt.
    "of 0 to 4 alone": {"pictures": "source", "labels": (10,), "runs": 10},
}


def contrast_study():
    """Encoders that saw no label: the linear probe on features and on codes, and how alike their codes are."""
    return {name: _contrast_of(**settings) for name, settings in CONTRASTS.items()}


def _contrast_of(pictures=None, labels=LABELS, runs=RUNS, **settings):
    pictures = None if pictures is None else source()[0]
    readers = _pair(lambda count, seed: _contrasted(count, seed, pictures, **settings), runs)
    found = {f"{n}": probe_of(_of(readers), "wandering", n, runs=runs) for n in labels}
    found["codes"] = {f"{n}": probe_of(_of(readers, 2), "wandering", n, runs=runs) for n in (10,)}
    codes = readers[True].layers(asked("test", "wandering", runs)[0])[-1]
    unit = codes / np.linalg.norm(codes, axis=-1, keepdims=True)
    n = unit.shape[1]
    alike = (np.sum(unit.sum(1) ** 2, axis=-1) - n) / (n * (n - 1))
    return found | {"cosine": alike.tolist()}


def encoders():
    """Keeps a reader of each world in ``transfer.npz``, and returns the share of 0 to 4 that it reads."""
    kept, found = {}, {}
    for world, (place, _) in WORLDS.items():
        reader, (x, y) = pretrained(world, 1, seed=0), source()
        kept |= {f"{world} {k}": w.astype("float16") for k, w in enumerate(reader.params)}
        found[world] = float(reader.right(place(x, np.random.default_rng(0))[None], y)[0])
    np.savez_compressed(KEPT, **kept)
    return found


STUDIES = {
    "encoders": encoders,
    "costs": costs,
    "centred": still_study,
    "wandering": wandering_study,
    "told": told_study,
    "contrast": contrast_study,
}


def main(names):
    stored_results.measure({name: lambda study=study: _short(study()) for name, study in STUDIES.items()}, names, STORE)


def _short(found):
    """Shares to four digits, since more would be of no use."""
    return json.loads(json.dumps(found), parse_float=lambda text: float(f"{float(text):.4g}"))


if __name__ == "__main__":
    main(sys.argv[1:])
