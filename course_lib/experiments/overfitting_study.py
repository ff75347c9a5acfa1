"""What chapter 11 has measured once and stored: each cure at its own best strength and rate, alone and together.

``python -m course_lib.experiments.overfitting_study`` measures all parts, ``… clean wrong`` these two; together about
twenty minutes of one processor. Strengths and rates are chosen with 20 draws of training digits, on the validation
digits; what the chapter tells was then measured with 40 other draws, on the test digits.
"""

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from course_lib.data import digits
from course_lib.experiments import overfitting_stack as stack
from course_lib.experiments import stored_results
from course_lib.experiments.overfitting_stack import Cure

RESULTS = Path(__file__).parent / "overfitting.json"
CHOOSING, JUDGING = range(20), range(100, 140)
RATES = (0.0005, 0.001, 0.002)
# How each cure is made of a strength, and where the search for the best strength begins. What doubles may go on.
CURES = {
    "L1": (lambda s: Cure(l1=s), (1e-4, 3e-4, 1e-3)),
    "L2": (lambda s: Cure(l2=s), (3e-4, 1e-3, 3e-3, 1e-2)),
    "weight decay, decoupled": (lambda s: Cure(decay=s), (0.1, 0.3, 1, 3)),
    "dropout": (lambda s: Cure(dropout=s), (0.2, 0.4, 0.6, 0.8)),
    "early stopping": (lambda s: Cure(held_out=s), (0.1, 0.2, 0.4)),
    "batch norm": (lambda s: Cure(batch_norm=True), (1,)),
    "other width": (lambda s: Cure(width=int(s)), (32, 64, 128)),
    "label smoothing": (lambda s: Cure(smoothing=s), (0.1, 0.2, 0.4)),
    "shift": (lambda s: Cure(shift=s), (0.25, 0.5, 1.0)),
    "turn": (lambda s: Cure(degrees=s), (5, 10, 20)),
    "noise": (lambda s: Cure(noise=s), (0.1, 0.2, 0.4)),
    "mixup": (lambda s: Cure(mixup=s), (0.1, 0.2, 0.4)),
    "cutout": (lambda s: Cure(cutout=int(s)), (1, 2, 4)),
    "CutMix": (lambda s: Cure(cutmix=s), (0.1, 0.2, 0.4)),
}
TOGETHER = ("weight decay, decoupled", "dropout", "shift", "turn", "noise")
MOST = {"dropout": 0.9, "early stopping": 0.8, "label smoothing": 0.9, "cutout": 16, "other width": 1024}
# One pixel is the least that can be cut out, and one digit of a hundred the least that can be held out.
LEAST = {"cutout": 1, "other width": 8, "early stopping": 0.01}


def stored():
    """What was measured: {part: what its function below returns}."""
    return stored_results.read(RESULTS)


def gains(found):
    """{name: (mean gain over none, its standard error)} in points, over the same draws. found: of ``world``"""
    base = np.array(found["none"]["points"])
    more = {name: np.array(one["points"]) - base for name, one in found.items() if name != "none"}
    return {name: (gain.mean(), gain.std(ddof=1) / np.sqrt(len(gain))) for name, gain in more.items()}


@cache
def data():
    """(x_train, y_train, x_val, y_val, x_test, y_test), the pictures in rows of 64."""
    split = digits()
    return tuple(part.reshape(len(part), -1) if part.ndim > 1 else part for part in split)


def draws(seeds, count=100, wrong=0.0):
    """Other training digits for each seed: (networks, count, 64) and (networks, count).

    wrong: the share of labels that are exchanged for another digit
    """
    x, y, *_ = data()
    picked, labels = [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        rows = rng.permutation(len(x))[:count]
        off = rng.permutation(count) < round(wrong * count)
        picked.append(x[rows])
        labels.append((y[rows] + off * rng.integers(1, 10, count)) % 10)
    return np.stack(picked), np.stack(labels)


def measure(cure, rate, judging=False, wrong=0.0, count=100, steps=stack.STEPS):
    """The share of right answers with each draw, in points: (draws,)"""
    seeds = JUDGING if judging else CHOOSING
    x_eval, y_eval = data()[4:] if judging else data()[2:4]
    trained = stack.train(*draws(seeds, count, wrong), cure, rate, steps, seed=seeds[0])
    return 100 * stack.accuracy(trained, x_eval, y_eval)


def best(points, rates, strengths, least=0.0, most=np.inf):
    """((strength, rate) of the most points, {"strength, rate": points}): a grid that grows until its best lies inside.

    points: function of (strength, rate)   least, most: beyond these there is no strength; one strength is no choice
    """
    found, rates, strengths = {}, list(rates), list(strengths)
    while True:
        for place in [(s, r) for s in strengths for r in rates]:
            if place not in found:
                found[place] = points(*place)
        strength, rate = max(found, key=found.get)
        rates = _wider(rates, rate, 0, np.inf)
        strengths = _wider(strengths, strength, least, most) if len(strengths) > 1 else strengths
        if all((s, r) in found for s in strengths for r in rates):
            return (strength, rate), {f"{s:g}, {r:g}": round(value, 3) for (s, r), value in sorted(found.items())}


def _wider(values, chosen, least, most):
    """With one more value beyond the edge where the best lies, half or double as large, unless there is none."""
    lower, upper = chosen / 2, chosen * 2
    below = [lower] * (chosen == min(values) and lower >= least and lower > 0)
    return [*below, *values, *[upper] * (chosen == max(values) and upper <= most)]


def one(make, strengths, least=0.0, most=np.inf, **world):
    """A cure at its best: {"strength", "rate", "tried", "points" with each of the judging draws}."""
    place, tried = best(lambda s, r: measure(make(s), r, **world).mean(), RATES, strengths, least, most)
    judged = measure(make(place[0]), place[1], judging=True, **world)
    found = {"strength": place[0], "rate": place[1], "tried": tried, "points": judged.round(3).tolist()}
    print(world, place, judged.mean().round(2), flush=True)
    return found


def none(_):
    return Cure()


def world(wrong):
    """Every cure alone, and what they are compared with, where so many labels are wrong."""
    found = {"none": one(none, (1,), wrong=wrong)}
    for name, (make, strengths) in CURES.items():
        print(name)
        found[name] = one(make, strengths, LEAST.get(name, 0.0), MOST.get(name, np.inf), wrong=wrong)
    for count in (200, 1000):
        found[f"{count:,} digits"] = one(none, (1,), wrong=wrong, count=count)
    found["five networks"] = one(lambda s: Cure(networks=5), (1,), wrong=wrong)
    found["one, five times as wide"] = one(lambda s: Cure(width=5 * stack.WIDTH), (1,), wrong=wrong)
    found["together"] = one(together(found), (0.25, 0.5, 1), wrong=wrong)
    found["together, 2,000 steps"] = one(together(found), (0.25, 0.5, 1), wrong=wrong, steps=2000)
    found["none, 2,000 steps"] = one(none, (1,), wrong=wrong, steps=2000)
    return found


def together(found):
    """Several cures at once, all at the same share of what was best for each alone."""
    alone = {name: found[name]["strength"] for name in TOGETHER}

    def make(share):
        decay, dropout, shift, degrees, noise = (share * strength for strength in alone.values())
        return replace(Cure(decay=decay, shift=shift, degrees=degrees, noise=noise), dropout=min(dropout, 0.9))

    return make


def longer():
    """Single cures with 2,000 steps, beside none with as many: is it several together that help, or the time?

    Only these two, on a small grid, all labels right.
    """
    found = {"none": stored()["clean"]["none, 2,000 steps"]}
    for name, strengths in (("shift", (0.5, 1.0)), ("noise", (0.2, 0.4))):
        make = CURES[name][0]
        tried = {(s, r): measure(make(s), r, steps=2000).mean() for s in strengths for r in (0.0005, 0.001)}
        strength, rate = max(tried, key=tried.get)
        points = measure(make(strength), rate, judging=True, steps=2000).round(3).tolist()
        tried = {f"{s:g}, {r:g}": round(value, 2) for (s, r), value in tried.items()}
        found[name] = {"strength": strength, "rate": rate, "tried": tried, "points": points}
    return found


def longer_wrong():
    """The same where 30 % of the labels are wrong: each of the five that ``together`` takes, alone with 2,000 steps."""
    wrong = stored()["wrong"]
    found = {"none": wrong["none, 2,000 steps"]}
    for name in TOGETHER:
        (make, _), most, strength = CURES[name], MOST.get(name, np.inf), wrong[name]["strength"]
        strengths = (strength / 2, strength, min(2 * strength, most))
        found[name] = one(make, strengths, LEAST.get(name, 0.0), most, wrong=0.3, steps=2000)
    return found


PARTS = {"clean": lambda: world(0.0), "wrong": lambda: world(0.3), "longer": longer, "longer, wrong": longer_wrong}


def study(*names):
    """Measure some parts, or all, and store each when it is done."""
    stored_results.measure(PARTS, names, RESULTS)


if __name__ == "__main__":
    study(*sys.argv[1:])
