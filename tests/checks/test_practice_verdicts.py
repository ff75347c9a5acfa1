"""Chapter 12's checks, tried: right answers written otherwise. What is wrong: see test_practice_slips."""

import itertools
import math

import numpy as np
import pytest

from course_lib import clinic, practice
from course_lib.activations import log_softmax
from course_lib.checks import practice as check
from course_lib.diagnosis import FAULTS, diagnose, of_data, update_to_weight_ratio
from course_lib.page import quiet
from course_lib.ward import evidence
from tests.checks.tried import accept, right_ones

with quiet():
    import keras

LOSSES, SHARES = check.first_losses.mistakes.right(), check.screening.mistakes.right()
PATIENTS = check.six_patients.mistakes.right()


def gain_in_a_loop(a, b):
    differences = [float(two) - float(one) for one, two in zip(a, b, strict=True)]
    mean = sum(differences) / len(differences)
    squares = sum((d - mean) ** 2 for d in differences)
    return [mean, math.sqrt(squares / (len(a) - 1) / len(a))]


def gain_by_covariance(a, b):
    table = np.cov(a, b)
    return np.mean(b) - np.mean(a), np.sqrt((table[0, 0] + table[1, 1] - 2 * table[0, 1]).clip(0) / len(a))


def cheapest_in_a_loop(y_true, y_score, miss, alarm):
    costs = {}
    for threshold in [math.inf, *(float(score) for score in y_score)]:
        cost = 0
        for y, score in zip(y_true, y_score, strict=True):
            if score >= threshold and y == 0:
                cost += alarm
            if score < threshold and y == 1:
                cost += miss
        costs[threshold] = cost
    least = min(costs.values())
    return max(threshold for threshold, cost in costs.items() if cost == least), least


def cheapest_by_the_course(y_true, y_score, miss, alarm):
    """Along the ROC curve, where there is one."""
    if len(set(y_true.tolist())) < 2:
        return cheapest_in_a_loop(y_true, y_score, miss, alarm)
    fpr, tpr, thresholds = practice.roc_curve(y_true, y_score)
    costs = (miss * (1 - tpr) * y_true.sum() + alarm * fpr * (1 - y_true).sum()).round()
    return thresholds[costs.argmin()], costs.min()


def edge_in_loops(grid, scores):
    best, place = -1.0, None
    for where in np.ndindex(*scores.shape[:-1]):
        mean = sum(scores[where].tolist()) / scores.shape[-1]
        # False for NaN.
        if mean > best:
            best, place = mean, where
    found = []
    for axis, name in enumerate(grid):
        below = [value for value in grid[name] if value < grid[name][place[axis]]]
        if len(grid[name]) > 1 and len(below) in (0, len(grid[name]) - 1):
            found.append(name)
    return tuple(found)


def edge_of_sorted_axes(grid, scores):
    for axis, values in enumerate(grid.values()):
        scores = np.take(scores, np.argsort(values), axis=axis)
    place = np.argwhere(scores.sum(axis=-1) == np.nanmax(scores.sum(axis=-1)))[0]
    return [name for name, i, n in zip(grid, place, scores.shape, strict=False) if n > 1 and i in (0, n - 1)]


def doubted_by_the_course(logits, labels, k):
    losses = -log_softmax(logits)[np.arange(len(labels)), labels]
    rows = sorted(range(len(labels)), key=lambda row: (-losses[row], row))
    return np.array([(row, int(np.argmax(logits[row]))) for row in rows[:k]], float)


def doubted_one_after_another(logits, labels, k):
    losses, found = [], np.zeros((k, 2), int)
    for row, label in zip(logits.tolist(), labels, strict=True):
        top = max(row)
        losses.append(math.log(sum(math.exp(z - top) for z in row)) + top - row[label])
    for place in range(k):
        worst = losses.index(max(losses))
        found[place] = worst, np.argmax(logits[worst])
        losses[worst] = -1.0
    return found


def even_bins_in_loops(y_true, y_pred, bins):
    rows = sorted(zip(y_pred.max(axis=1).tolist(), (y_pred.argmax(axis=1) == y_true).tolist(), strict=True))
    n, error = len(rows), 0.0
    for k in range(bins):
        start = k * (n // bins) + min(k, n % bins)
        part = rows[start : start + n // bins + (k < n % bins)]
        error += abs(sum(right - confidence for confidence, right in part)) / n
    return error


def even_bins_with_weights(y_true, y_pred, bins):
    order = np.argsort(-np.max(y_pred.astype("float32"), axis=1))[::-1]
    parts = np.array_split(order, bins)
    right, sure = np.argmax(y_pred, axis=1) == y_true, np.sort(y_pred, axis=1)[:, -1]
    gaps = [np.abs(np.mean(right[part]) - np.mean(sure[part])) for part in parts]
    return np.average(gaps, weights=[len(part) for part in parts])


def doctor_of_the_course(run):
    """Its own numbers, and the chapter's order."""
    numbers = of_data(run["x"], run["y"], run["x_val"]) | {"classes": run["outputs"].shape[1]}
    steps = [update_to_weight_ratio([a], [b]) for a, b in zip(run["weights"], run["weights"][1:], strict=False)]
    numbers |= {
        "first_loss": run["loss"],
        "off_one": np.abs(run["outputs"].sum(axis=1) - 1).mean(),
        "twice": np.abs(run["outputs"] - run["again"]).mean(),
        "dead_first": np.mean(run["hidden"].max(axis=0) == 0),
        "ratio": max(steps),
    }
    return diagnose(numbers)[0]


def doctor_with_lines_of_its_own(run):
    """Other limits, other measures: a leak by distance, labels by the means of the classes."""
    x, y, w = run["x"].astype(float), run["y"], run["weights"].astype(float)
    if np.isnan(x.sum()):
        return "not a number"
    if x.std() > 2:
        return "inputs not scaled"
    near = (np.sum(run["x_val"] ** 2, axis=1)[:, None] + np.sum(x**2, axis=1) - 2 * run["x_val"] @ x.T).min(axis=1)
    if np.mean(near < 1e-4) > 0.2:
        return "leakage"
    counts = np.bincount(y)
    if counts.max() > 5 * np.median(counts[counts > 0]):
        return "class imbalance"
    means = np.array([x[y == label].mean(axis=0) for label in np.unique(y)])
    closest = np.unique(y)[((x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)]
    if np.mean(closest == y) < 0.6:
        return "labels shuffled"
    if (run["outputs"] != run["again"]).any():
        return "forgotten training="
    if run["outputs"].min() >= 0 and np.abs(run["outputs"].mean() * run["outputs"].shape[1] - 1) < 1e-4:
        return "softmax twice"
    if abs(run["loss"] / math.log(run["outputs"].shape[1]) - 1) > 0.35:
        return "wrong loss"
    if np.mean(run["hidden"] > 0) < 0.1:
        return "dead ReLUs"
    length = np.sqrt(np.sum(np.diff(w, axis=0) ** 2, axis=1)).max() / np.sqrt(np.sum(w[0] ** 2))
    return "rate too high" if length > 0.07 else "rate too low" if length < 8e-4 else "healthy"


def trained(x, y, layers=(1,), model=None, epochs=10, **options):
    keras.utils.set_random_seed(1)
    dense = [keras.layers.Dense(units, "relu") for units in layers[:-1]]
    model = model or keras.Sequential([keras.Input((4,)), *dense, keras.layers.Dense(layers[-1])])
    model.compile(keras.optimizers.Adam(0.03), keras.losses.BinaryCrossentropy(from_logits=True))
    model.fit(x, y, batch_size=100, epochs=epochs, verbose=0, **options)
    return model


def rare_rows_repeated(x, y):
    rows = np.concatenate([np.flatnonzero(y == 0), np.repeat(np.flatnonzero(y == 1), 24)])
    return trained(x[rows], y[rows], (8, 1))


def common_rows_left_out(x, y):
    some = np.concatenate([np.flatnonzero(y == 0)[:60], np.flatnonzero(y == 1)])
    return trained(np.tile(x[some], (8, 1)), np.tile(y[some], 8))


def threshold_moved_afterwards(x, y):
    model = trained(x, y, epochs=40)
    kernel, bias = model.get_weights()
    model.set_weights([kernel, bias + np.log(24)])
    return model


def sigmoid_taken_off(x, y):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1), keras.layers.Activation("sigmoid")])
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    model.fit(x, y, batch_size=50, epochs=5, class_weight={0: 1.0, 1: 24.0}, verbose=0)
    return keras.Model(model.inputs, model.layers[0].output)


def functional_with_sample_weights(x, y):
    inputs = keras.Input((4,))
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)])
    model = keras.Model(inputs, inner(keras.layers.BatchNormalization()(inputs)))
    return trained(x, y, model=model, sample_weight=np.where(y == 1, 12.0, 0.5))


RIGHT = {
    "first_losses": {
        "computed": {name: np.float32(number) for name, number in LOSSES.items()},
        "three decimals": {name: round(number, 3) for name, number in LOSSES.items()},
        "rounded down": {"ten digits": 2.3, "yes or no": 0.693, "one in ten": 0.325, "softmax twice": 1.461},
    },
    "screening": {
        "of NumPy": {name: np.float64(number) for name, number in SHARES.items()},
        "another order": dict(reversed(SHARES.items())),
    },
    "gain": {"a loop": gain_in_a_loop, "covariance": gain_by_covariance},
    "cheapest": {"a loop": cheapest_in_a_loop, "the course": cheapest_by_the_course},
    "on_the_edge": {"loops": edge_in_loops, "sorted axes": edge_of_sorted_axes},
    "doubted": {"the course": doubted_by_the_course, "one after another": doubted_one_after_another},
    "even_bins_error": {"loops": even_bins_in_loops, "weights": even_bins_with_weights},
    "six_patients": {
        "another order": dict(reversed(PATIENTS.items())),
        "capitals": {letter: fault.capitalize() for letter, fault in PATIENTS.items()},
    },
}
DOCTORS = {"doctor": {"the course": doctor_of_the_course, "lines of its own": doctor_with_lines_of_its_own}}
MODELS = {
    "rare_class": {
        "rows repeated": rare_rows_repeated,
        "rows left out": common_rows_left_out,
        "threshold moved": threshold_moved_afterwards,
        "sigmoid taken off": sigmoid_taken_off,
        "sample weights": functional_with_sample_weights,
    }
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer, seeds=range(20) if callable(answer) else [0])


@pytest.mark.parametrize(("one", "answer"), right_ones(check, DOCTORS))
def test_a_doctor_may_measure_what_it_likes(one, answer):
    accept(one, answer, seeds=range(4))


@pytest.mark.parametrize(("one", "answer"), right_ones(check, MODELS))
def test_a_rare_class_may_be_found_in_many_ways(one, answer):
    accept(one, answer, seeds=[0])


def test_the_runs_of_a_doctors_round_come_in_an_order_that_tells_nothing():
    asked = itertools.count()

    def counting(run):
        return list(FAULTS)[next(asked) // 2]

    assert check.doctor.run(counting, 1).status == "not yet"


def test_the_six_patients_are_runs_of_the_clinic_and_the_table_says_what_was_measured():
    table = read_table()
    for letter, seed in zip("ABCDEF", (204, 205, 204, 205, 204, 204), strict=True):
        run = clinic.run(PATIENTS[letter], seed)
        numbers, curves, shown = run.numbers, run.curves, table[letter]
        assert numbers["classes"] == 7
        wanted = [
            *(numbers[name] for name in ("largest", "shared", "commonest", "neighbours")),
            numbers["first_loss"] / math.log(7),
            *(numbers[name] for name in ("ratio", "dead")),
            *(curves[name][-1] for name in ("loss", "accuracy", "val_accuracy")),
            numbers["rarest_recall"],
        ]
        for value, text in zip(wanted, shown, strict=True):
            assert text in (f"{value:.0%}".replace("%", " %"), f"{value:.2f}", *as_written(value)), (
                letter,
                text,
                value,
            )


def as_written(value):
    return f"{value:.0f}", f"{value:.2g}", f"{value:.2g}0", f"{value:.6f}"


def read_table():
    """{letter: the texts of its column}"""
    from course_lib.building.notebooks import ROOT

    lines = (ROOT / "solutions/source/12-practice.py").read_text(encoding="utf-8").splitlines()
    rows = [line[3:].strip(" |").split(" | ") for line in lines if line.startswith("# | ") and "A |" not in line]
    return {letter: [row[k + 1].strip() for row in rows] for k, letter in enumerate("ABCDEF")}


def test_what_a_doctor_is_handed_is_of_the_shapes_that_the_exercise_says():
    run = evidence("labels shuffled", 3)
    n, classes = run["outputs"].shape
    assert (run["x"].shape, run["y"].shape) == ((n, 64), (n,))
    assert set(run["y"].tolist()) == set(range(classes))
    assert run["x_val"].shape[1:] == (64,)
    assert run["again"].shape == (n, classes)
    assert run["hidden"].min() == 0
    assert (len(run["hidden"]), len(run["weights"])) == (n, 11)
    assert set(run) == {"x", "y", "x_val", "loss", "outputs", "again", "hidden", "weights"}
