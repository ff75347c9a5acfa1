"""What chapter 07 has measured once and stored: how readers of digits fare, and where their networks look.

``python -m course_lib.experiments.convolution_study`` measures all parts, ``… convolution_study rivals looks`` these
two. All together take more than an hour. Settings are chosen on the validation digits; then readers learn from these
as well. Shares are those read right in place, one pixel aside, two pixels aside, where aside is straight: up, down,
left, right.
"""

import json
import sys
from itertools import product

import numpy as np

from course_lib.experiments import convolution as experiments

CHOOSING, RUNS, FEWER_RUNS = 2, 20, 5
# C and gamma of support vectors, to choose from.
MARGINS, WIDTHS = (1, 3, 10, 30, 100), (0.02, 0.035, 0.05, 0.07, 0.1, 0.14, 0.2)
SPLITS, LOOKED_AT = 10, 40
# Of the three other readers, what is chosen, and from what.
OTHERS = {
    "five neighbours": ("n_neighbors", range(1, 10)),
    "random forest": ("max_features", (4, 8, 12, 24, 48)),
    "logistic regression": ("C", (1, 2, 4, 8, 16, 32, 64)),
}


def sheets():
    """{"learn", "choose", "both", "test": (images, labels)}, each digit in the middle of its sheet."""
    from course_lib.data import digits

    data = digits()
    parts = {
        "learn": (experiments.on_sheets(data.x_train), data.y_train),
        "choose": (experiments.on_sheets(data.x_val), data.y_val),
        "test": (experiments.on_sheets(data.x_test), data.y_test),
    }
    both = [np.concatenate(pair) for pair in zip(parts["learn"], parts["choose"], strict=True)]
    return parts | {"both": tuple(both)}


def judged(read, images, labels):
    """The three shares, to four digits."""
    return [round(share, 4) for share in experiments.shares_right(read, images, labels).values()]


def chosen(tried, reach):
    """The setting that reads most on the validation digits, as far aside as the lessons went. tried: {setting: shares}

    setting: a number, or a tuple of numbers   Of several that read as much, it is the one whose neighbours in the grid
    read most; beyond the grid's edge they count as reading nothing.
    """
    reads = {setting: sum(shares[: reach + 1]) for setting, shares in tried.items()}
    grid = np.array([np.ravel(setting) for setting in tried])
    places = np.array([[sorted(set(axis)).index(value) for value in axis] for axis in grid.T.tolist()]).T
    near = np.abs(places[:, None] - places).max(axis=2) <= 1
    around = dict(zip(tried, near @ np.array(list(reads.values())), strict=True))
    return max(tried, key=lambda setting: (round(reads[setting], 6), around[setting]))


def best_between(shares, reach):
    """{rate: shares} of rates a factor of two apart, as many as it takes until the best lies between two worse ones."""
    tried = {rate: shares(rate) for rate in (0.003, 0.006, 0.012)}
    while (best := chosen(tried, reach)) in (min(tried), max(tried)):
        further = best / 2 if best == min(tried) else best * 2
        tried[further] = shares(further)
    return dict(sorted(tried.items()))


def machines(parts, reach, prepared=np.asarray):
    """(the best pair of settings of support vectors, {pair: shares on the validation digits})"""
    tried = {}
    for pair in product(MARGINS, WIDTHS):
        read = experiments.support_vectors(*parts["learn"], reach, *pair, prepared)
        tried[pair] = judged(read, *parts["choose"])
    return chosen(tried, reach), {str(pair): shares for pair, shares in tried.items()}


def settings_of_others(parts):
    """{name: {setting: shares on the validation digits}} of the three other readers."""
    from sklearn.base import clone

    found = {}
    for name, (setting, values) in OTHERS.items():
        machine = experiments.others()[name]
        tries = {value: clone(machine).set_params(**{setting: value}) for value in values}
        reads = {value: experiments.fitted(tried, *parts["learn"]) for value, tried in tries.items()}
        found[name] = {value: judged(read, *parts["choose"]) for value, read in reads.items()}
    return found


def rivals(parts):
    """Support vectors that learnt in the middle, of digits as they lie and centred; and three other readers.

    "splits": {name: shares of each of ten other splits, as large}
    """
    from sklearn.model_selection import train_test_split

    x, y = (np.concatenate(pair) for pair in zip(parts["both"], parts["test"], strict=True))
    found = {"validation": settings_of_others(parts), "test": {}, "splits": {}}
    for name, prepared in (("support vectors, 0", np.asarray), ("support vectors, centred", experiments.centred)):
        pair, found["validation"][name] = machines(parts, 0, prepared)
        read = experiments.support_vectors(*parts["both"], 0, *pair, prepared)
        found["test"][name] = [judged(read, *parts["test"])]
        for seed in range(SPLITS):
            learnt, kept, labels, answers = train_test_split(
                x, y, test_size=len(parts["test"][1]), random_state=seed, stratify=y
            )
            read = experiments.support_vectors(learnt, labels, 0, *pair, prepared)
            found["splits"].setdefault(name, []).append(judged(read, kept, answers))
    for name, read in experiments.classical(*parts["both"]).items():
        found["test"][name] = [judged(read, *parts["test"])]
    return found


def moved_rivals(parts):
    """Support vectors that saw 9 or 25 moves. "places": {name: shares at each of the 25 places}"""
    pair, tried = machines(parts, 1)
    found = {"validation": {"support vectors, 1": tried}, "test": {}, "places": {}}
    for reach in (1, 2):
        name, read = f"support vectors, {reach}", experiments.support_vectors(*parts["both"], reach, *pair)
        found["test"][name] = [judged(read, *parts["test"])]
        found["places"][name] = experiments.shares_at_places(read, *parts["test"]).round(4).tolist()
    return found


def of_networks(parts, readers, runs):
    """All runs of some networks, and of each kind all runs together. readers: {name: (layers, reach, passes)}"""
    validation, test = {}, {}
    for name, (layers, reach, passes) in readers.items():

        def trained(data, seed, rate, layers=layers, reach=reach, passes=passes):
            return experiments.trained(layers, *parts[data], seed, rate, reach, passes)

        def shares(rate, trained=trained):
            reads = [experiments.reader(trained("learn", seed, rate)) for seed in range(CHOOSING)]
            return np.mean([judged(read, *parts["choose"]) for read in reads], axis=0).round(4).tolist()

        validation[name] = best_between(shares, reach)
        models = [trained("both", seed, chosen(validation[name], reach)) for seed in range(runs)]
        test[name] = [judged(experiments.reader(model), *parts["test"]) for model in models]
        test[f"{name}, together"] = [judged(experiments.reader(*models), *parts["test"])]
    return {"validation": validation, "test": test}


def networks(parts):
    """The chapter's three networks, each with lessons in the middle and moved by up to a pixel."""
    layers = experiments.pooled, experiments.flattened, experiments.dense
    readers = {f"{one.__name__}, {reach}": (one, reach, experiments.EPOCHS) for one in layers for reach in (0, 1)}
    return of_networks(parts, readers, RUNS)


def controls(parts):
    """Bodies with the other's head; moves of two pixels, in forty passes; the dense network, in a hundred."""
    readers = {f"{one.__name__}, 2": (one, 2, 40) for one in (experiments.pooled, experiments.flattened)}
    for one in (experiments.pooled_two, experiments.flattened_three):
        readers[f"{one.__name__}, 0"] = (one, 0, experiments.EPOCHS)
    readers["dense, 1, long"] = (experiments.dense, 1, 100)
    found = of_networks(parts, readers, FEWER_RUNS)
    # By their own names, so that none of them stands among the networks of the first figure.
    return {"control validation": found["validation"], "controls": found["test"]}


def looks(parts):
    """What it costs to cover where a map points, for twenty pooled networks: {"looks": {whose square: costs}}

    "costliest" is the square that costs most, "any ink" the mean of all squares with ink in the middle.
    """
    images, labels = (part[:LOOKED_AT] for part in parts["test"])
    rate = chosen({float(rate): shares for rate, shares in experiments.stored()["validation"]["pooled, 0"].items()}, 0)
    costs = {"Grad-CAM": [], "saliency": [], "costliest": [], "any ink": []}
    for seed in range(RUNS):
        maps = experiments.looks(experiments.trained(experiments.pooled, *parts["both"], seed, rate), images, labels)
        covered = maps["occlusion"]
        for name in ("Grad-CAM", "saliency"):
            costs[name].append(round(float(experiments.cost_where(maps[name], covered)), 4))
        costs["costliest"].append(round(float(experiments.cost_where(covered, covered)), 4))
        costs["any ink"].append(round(float(covered[images > 0].mean()), 4))
    return {"looks": costs}


PARTS = {part.__name__: part for part in (rivals, moved_rivals, networks, controls, looks)}


def study(*names):
    """Measure the parts of these names, or all, and store what each finds as soon as it is known."""
    parts = sheets()
    for name in names or PARTS:
        measured = PARTS[name](parts)
        known = experiments.stored() if experiments.STORED.exists() else {}
        for kind, found in measured.items():
            known[kind] = known.get(kind, {}) | found
        experiments.STORED.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    study(*sys.argv[1:])
