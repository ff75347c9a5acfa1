"""What takes longer than chapter 12's notebook may: ``python -m course_lib.experiments.practice_study [NAME …]``.

Each study's numbers are kept in ``practice.json``. A setting is chosen on the validation digits with other random
numbers (CHOOSING) than those with which it is judged on the test digits (JUDGING).
"""

import sys
from pathlib import Path

import numpy as np

from course_lib import clinic, diagnosis, practice
from course_lib.activations import softmax
from course_lib.data import digits
from course_lib.experiments import practice_rivals, stored_results
from course_lib.experiments.many_networks import OPTIMIZERS, Many

STORE = Path(__file__).with_name("practice.json")
RUNS, CHOOSING, JUDGING = 20, 1000, 0
RATES = 10.0 ** np.arange(-5, 0.6, 0.5)


def stored():
    """{study: its numbers}"""
    return stored_results.read(STORE)


def clinic_study(seeds=range(100, 125)):
    """Of each fault, on seeds that no limit was chosen on: how often curves alone, and measuring, name it."""
    found = {}
    for fault in diagnosis.FAULTS:
        runs = [clinic.run(fault, seed) for seed in seeds]
        by_curves = [diagnosis.suspects(run.curves, run.numbers["classes"]) for run in runs]
        found[fault] = {
            "curves": [some[0][0] for some in by_curves],
            "measured": [diagnosis.diagnose(run.numbers)[0] for run in runs],
            "ratio": [run.numbers["ratio"] for run in runs],
            "val_accuracy": [float(run.curves["val_accuracy"][-1]) for run in runs],
        }
    return found


def flat_digits():
    x, y, x_val, y_val, x_test, y_test = digits()
    return x.reshape(-1, 64), y, x_val.reshape(-1, 64), y_val, x_test.reshape(-1, 64), y_test


def _judged(seed, runs=RUNS, widths=(64, 32, 10), epochs=30, batch_size=32, **settings):
    """(runs,) each: the share right on the validation digits, and on the test digits."""
    x, y, x_val, y_val, x_test, y_test = flat_digits()
    many = Many(runs, widths, seed=seed, **settings)
    with np.errstate(all="ignore"):
        many.fit(x, y, epochs, batch_size)
    return many.judged(x_val, y_val)[0], many.judged(x_test, y_test)[0]


def _at_best_rate(rates, **settings):
    """The rate that is best on the validation digits, and with it twenty networks on the test digits."""
    side_by_side = _judged(CHOOSING, 5 * len(rates), rates=np.repeat(rates, 5), **settings)[0]
    tried = side_by_side.reshape(len(rates), 5).mean(axis=1).tolist()
    best = int(np.argmax(tried))
    test = _judged(JUDGING, rates=rates[best], **settings)[1]
    return {"rate": float(rates[best]), "inside": 0 < best < len(rates) - 1, "tried": tried, "test": test.tolist()}


def rates_study():
    """The share right on the test digits for each rate of Adam, after 30 passes."""
    return {f"{rate:.6f}": _judged(JUDGING, rates=rate)[1].tolist() for rate in RATES}


def knobs_study():
    """One knob at a time, and for each of its settings the rate anew."""
    return {knob: {f"{setting}": found for setting, found in of.items()} for knob, of in _knobs().items()}


def shares_right(found):
    """{knob: {setting: (runs,) shares right on the test digits}} of the stored ``knobs_study``."""
    return {knob: {setting: of["test"] for setting, of in some.items()} for knob, some in found.items()}


def _knobs():
    rates = RATES[2:10]
    return {
        "batch": {n: _at_best_rate(rates, batch_size=n) for n in (16, 32, 64, 128, 256, 512)},
        "optimizer": {name: _at_best_rate(10.0 ** np.arange(-4, 1.1, 0.5), optimizer=name) for name in OPTIMIZERS},
        "width": {n: _at_best_rate(rates, widths=(64, n, 10)) for n in (4, 8, 16, 32, 64, 128)},
        "depth": {n: _at_best_rate(rates, widths=(64, *[32] * n, 10)) for n in (0, 1, 2, 3, 4)},
        "dropout": {p: _at_best_rate(rates, widths=(64, 64, 10), dropout=p) for p in (0, 0.1, 0.2, 0.3, 0.5, 0.8)},
        "decay": {d: _at_best_rate(rates, decay=d) for d in (0, 1e-4, 1e-3, 1e-2, 1e-1, 1)},
    }


def longer_study():
    """Is too low a rate only slow, and a huge batch only short of steps? Ten and sixteen times as many passes."""
    return {
        "rate 0.0001, 300 passes": _judged(JUDGING, rates=1e-4, epochs=300)[1].tolist(),
        "batch 512, 480 passes": _judged(JUDGING, rates=10**-1.5, epochs=480, batch_size=512)[1].tolist(),
    }


def patience_study(epochs=150, rate=0.003):
    """Where early stopping with each patience ends, and how many it then reads. It watches the validation loss."""
    x, y, x_val, y_val, x_test, y_test = flat_digits()
    many = Many(RUNS, (64, 32, 10), rate, seed=JUDGING)
    val, test = many.fit(x, y, epochs, watch=[(x_val, y_val), (x_test, y_test)])
    found = {"150": {"epochs": [epochs] * RUNS, "test": test[-1, 0].tolist()}}
    for patience in (1, 2, 5, 10, 20):
        ends = [_stop(val[:, 1, k], patience) for k in range(RUNS)]
        right = [float(test[best, 0, k]) for k, (best, _) in enumerate(ends)]
        found[str(patience)] = {"epochs": [end + 1 for _, end in ends], "test": right}
    return found


def _stop(losses, patience):
    """(the best epoch so far, the last epoch): it ends when the loss has not been lower for so many epochs."""
    best = 0
    for epoch, loss in enumerate(losses):
        best = epoch if loss < losses[best] else best
        if epoch - best >= patience:
            return best, epoch
    return best, len(losses) - 1


def search_study(draws=400):
    """Nine trials in a grid, or at random: what the test digits say of the one that validation likes best.

    The square: 24 rates from 1e-5 to 1, and 9 shares of dropout from 0 to 0.8, each cell trained twice. A grid is
    every eighth rate with every third share, wherever it begins; "random" draws any nine cells; "spread" draws a rate
    in each ninth of the range, and takes each share once.
    """
    rates, shares = np.geomspace(1e-5, 1, 24), np.linspace(0, 0.8, 9)
    rate, share = (a.ravel() for a in np.meshgrid(rates, shares, indexing="ij"))
    val, test = (
        np.array(both).reshape(2, 24, 9)
        for both in zip(*(_judged(s, len(rate), rates=rate, dropout=share, epochs=15) for s in (0, 1)), strict=True)
    )
    rng, found = np.random.default_rng(0), {"grid": [], "random": [], "spread": [], "rate": val.mean((0, 2)).tolist()}
    found["share"] = val[:, 10:18].mean((0, 1)).tolist()
    for _ in range(draws):
        start, other, copy = rng.integers(8), rng.integers(3), rng.integers(2)
        cells = np.array([(i, j) for i in range(start, 24, 8) for j in range(other, 9, 3)]).T
        anywhere = np.array(np.unravel_index(rng.choice(24 * 9, 9, replace=False), (24, 9)))
        spread = ((np.arange(9) + rng.random(9)) * 24 / 9).astype(int), rng.permutation(9)
        for name, (i, j) in (("grid", cells), ("random", anywhere), ("spread", spread)):
            best = val[copy, i, j].argmax()
            found[name].append(float(test[copy, i[best], j[best]]))
    return found


def rare_study(rare=20):
    """Is it an eight? Of a thousand digits, twenty are. Weights, copies and a moved threshold, each 20 times."""
    x, y, x_val, y_val, x_test, y_test = flat_digits()
    found = {
        name: {"f1": [], "auroc": [], "ap": [], "recall": [], "f1 moved": []} for name in ("plain", "weights", "copies")
    }
    for run in range(RUNS):
        rng = np.random.default_rng(run)
        eights = rng.permutation(np.flatnonzero(y == 8))[:rare]
        kept = np.concatenate([np.flatnonzero(y != 8), eights])
        copied = np.concatenate([kept, np.repeat(eights, (len(kept) - rare) // rare - 1)])
        weight = len(kept) / (2 * np.array([len(kept) - rare, rare]))
        ways = {"plain": (kept, None), "weights": (kept, weight), "copies": (copied, None)}
        for name, (rows, weights) in ways.items():
            many = Many(1, (64, 32, 2), 0.003, seed=run, weights=weights)
            many.fit(x[rows], (y[rows] == 8).astype(int), 30 if name != "copies" else 16)
            score = [softmax(many.logits(some)[0].astype(float))[:, 1] for some in (x_val, x_test)]
            for key, value in _measured((y_val == 8) * 1, (y_test == 8) * 1, *score).items():
                found[name][key].append(float(value))
    return found


def _measured(y_val, y_test, val, test):
    """At the threshold ½; over all thresholds; and at the threshold that has the best F1 on the validation digits."""
    tried = np.unique(val)
    moved = tried[np.argmax([practice.f1(y_val, (val >= t) * 1) for t in tried])]
    said = (test >= 0.5) * 1
    return {
        "f1": practice.f1(y_test, said),
        "recall": practice.recall(y_test, said),
        "auroc": practice.auroc(y_test, test),
        "ap": practice.average_precision(y_test, test),
        "f1 moved": practice.f1(y_test, (test >= moved) * 1),
    }


def promises_study(count=300, epochs=100, noise=0.4):
    """Networks that learn few, blurred digits for long promise too much. Before and after a temperature, 20 of them."""
    x, y, x_val, y_val, x_test, y_test = flat_digits()
    found = {key: [] for key in ("temperature", "ece", "ece after", "brier", "brier after", "confidence", "right")}
    for run in range(RUNS):
        rng = np.random.default_rng(run)
        rows = rng.permutation(len(x))[:count]
        some, val, test = (part + noise * rng.standard_normal(part.shape) for part in (x[rows], x_val, x_test))
        many = Many(1, (64, 64, 10), 0.003, seed=run)
        many.fit(some, y[rows], epochs)
        val, test = (many.logits(part)[0].astype(float) for part in (val, test))
        t = practice.fit_temperature(y_val, val)
        before, after = softmax(test), practice.temperature_scaling(test, t)
        values = t, *(practice.expected_calibration_error(y_test, p) for p in (before, after))
        values += tuple(practice.brier_score(y_test, p) for p in (before, after))
        values += before.max(-1).mean(), (test.argmax(-1) == y_test).mean()
        for key, value in zip(found, values, strict=True):
            found[key].append(float(value))
    return found


def labels_study(wrong=20):
    """Twenty labels are made wrong. How many of them are among the twenty largest losses, after 1 … 100 passes?"""
    x, y, *_ = flat_digits()
    found = {}
    for epochs in (1, 3, 10, 30, 100):
        caught = []
        for run in range(RUNS):
            rng = np.random.default_rng(run)
            rows = rng.permutation(len(y))[:wrong]
            changed = y.copy()
            changed[rows] = (y[rows] + rng.integers(1, 10, wrong)) % 10
            many = Many(1, (64, 32, 10), 0.003, seed=run)
            many.fit(x, changed, epochs)
            p = softmax(many.logits(x)[0].astype(float))[np.arange(len(y)), changed]
            caught.append(len(set(np.argsort(p)[:wrong].tolist()) & set(rows.tolist())))
        found[epochs] = caught
    return found


STUDIES = {
    "clinic": clinic_study,
    "rates": rates_study,
    "knobs": knobs_study,
    "longer": longer_study,
    "patience": patience_study,
    "search": search_study,
    "rare": rare_study,
    "promises": promises_study,
    "labels": labels_study,
    "rivals": practice_rivals.rivals_study,
    "few": practice_rivals.few_study,
    "trusted": practice_rivals.trusted_study,
}


def main(names):
    stored_results.measure(STUDIES, names, STORE)


if __name__ == "__main__":
    main(sys.argv[1:])
