"""Chapter 11's checks, tried: right answers written otherwise. What is wrong: see the other test_overfitting files."""

from collections import Counter

import numpy as np
import pytest

from course_lib.checks import overfitting as check
from tests.checks.tried import accept, right_ones

STOP, STEP = check.when_to_stop.mistakes.right(), check.one_step.mistakes.right()
LINES = check.three_leaks.mistakes.right()
VALIDATION = [1.25, 1.00, 0.84, 0.86, 0.80, 0.83, 0.82, 0.81, 0.88, 0.97]


def shrink_in_loops(w, slope, rate, l1):
    new = []
    for one, down in zip(np.ravel(w), np.ravel(slope), strict=True):
        one, far = float(one) - rate * float(down), rate * l1
        new.append(one - far if one > far else one + far if one < -far else 0.0)
    return np.reshape(new, np.shape(w))


def shrink_by_two_sides(w, slope, rate, l1):
    w = np.asarray(w, float) - rate * slope
    return np.maximum(w - rate * l1, 0) - np.maximum(-w - rate * l1, 0)


def shrink_by_masks(w, slope, rate, l1):
    new = np.array(w, float)
    new -= rate * slope
    small = abs(new) < rate * l1
    new[~small] -= rate * l1 * np.sign(new[~small])
    new[small] = 0
    return new


def connections_in_loops(x, kernel, bias, points, rate, training):
    out = np.zeros((len(x), kernel.shape[1]))
    for b, u in np.ndindex(*out.shape):
        out[b, u] = bias[u]
        for i in range(len(kernel)):
            if not training:
                out[b, u] += x[b, i] * kernel[i, u]
            elif points[b, i, u] >= rate:
                out[b, u] += x[b, i] * kernel[i, u] / (1 - rate)
    return out


def connections_by_sums(x, kernel, bias, points, rate, training):
    kept = (points >= rate).astype(float) if training else np.ones_like(points)
    total = (np.asarray(x)[:, :, None] * kernel * kept).sum(axis=1)
    return total / (1 - rate * training) + bias


def connections_by_copies(x, kernel, bias, points, rate, training):
    if not training:
        return np.matmul(x, kernel) + bias
    kernels = np.stack([np.array(kernel, float)] * len(x))
    kernels[points < rate] = 0
    return np.array([row @ one / (1 - rate) + bias for row, one in zip(x, kernels, strict=True)])


def votes_by_counters(answers, y):
    wrong, missed, apart = [], [], []
    for column, true in zip(np.transpose(answers).tolist(), y, strict=True):
        counts = Counter(column)
        main = min(counts, key=lambda one: (-counts[one], one))
        missed.append(main != true)
        wrong += [one != true for one in column]
        apart += [one != main for one in column]
    return np.array([sum(one) / len(one) for one in (wrong, missed, apart)])


def votes_by_one_hot(answers, y):
    counts = (np.asarray(answers)[:, :, None] == np.arange(np.max(answers) + 1)).sum(axis=0)
    main, networks = counts.argmax(axis=1), len(answers)
    agree = counts[np.arange(len(y)), main].sum()
    error, bias = (answers != y).mean(), np.count_nonzero(main - y) / len(y)
    return np.stack([error, bias, 1 - agree / (networks * len(y))])


def folds_by_dicts(groups, k):
    counts = Counter(np.asarray(groups).tolist())
    filled, home = [0] * k, {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        home[name] = filled.index(min(filled))
        filled[home[name]] += counts[name]
    return np.array([home[name] for name in np.asarray(groups).tolist()])


def folds_again_and_again(groups, k):
    """The largest group that is left, looked for in every round."""
    folds, left = np.full(len(groups), -1), set(groups.tolist())
    while left:
        best = max(left, key=lambda name: (np.sum(groups == name), -name))
        folds[groups == best] = min(range(k), key=lambda fold: np.sum(folds == fold))
        left.remove(best)
    return folds.astype(float)


def errors_by_rows_added(x, y, strengths, k):
    """Least squares with a row for each penalized weight: the same in one call."""
    errors = np.zeros((k, len(strengths)))
    for out in range(k):
        new, known = x[out::k], np.delete(x, np.s_[out::k], axis=0)
        true = np.delete(y, np.s_[out::k])
        known, new = ((part - known.mean(axis=0)) / np.std(known, axis=0) for part in (known, new))
        for i, strength in enumerate(strengths):
            rows = np.vstack([known, np.sqrt(strength) * np.eye(x.shape[1])])
            w = np.linalg.lstsq(rows, np.append(true - true.mean(), np.zeros(x.shape[1])), rcond=None)[0]
            errors[out, i] = np.square(new @ w + true.mean() - y[out::k]).mean()
    return errors.mean(axis=0)


def errors_strength_by_strength(x, y, strengths, k):
    """With the mean of y as a weight of its own, without a penalty, and the inverse."""

    def of_fold(strength, out):
        train = [i for i in range(len(y)) if i % k != out]
        new = [i for i in range(len(y)) if i % k == out]
        mean, spread = x[train].mean(axis=0), x[train].std(axis=0)
        z = np.column_stack([np.ones(len(y)), (x - mean) / spread])
        penalty = strength * np.diag([0.0] + [1.0] * x.shape[1])
        w = np.linalg.inv(z[train].T @ z[train] + penalty) @ z[train].T @ y[train]
        return float(np.mean((z[new] @ w - y[new]) ** 2))

    return np.array([sum(of_fold(strength, out) for out in range(k)) / k for strength in strengths])


RIGHT = {
    "when_to_stop": {
        "whole floats": {key: float(number) for key, number in STOP.items()},
        "computed": STOP | {"gap": 0.80 - 0.45},
    },
    "one_step": {
        "of NumPy": {key: np.float32(number) for key, number in STEP.items()},
        "another order": dict(reversed(STEP.items())),
        "with the step itself": STEP | {"Adam, L2": 2 - 0.1 * 2.4 / (2.4 + 1e-7), "plain": 2 - 0.04},
    },
    "shrink": {"loops": shrink_in_loops, "two sides": shrink_by_two_sides, "masks": shrink_by_masks},
    "drop_connections": {
        "loops": connections_in_loops,
        "sums": connections_by_sums,
        "copies": connections_by_copies,
        "float32": lambda *args: np.float64(np.float32(connections_by_sums(*args))),
    },
    "error_bias_variance": {"counters": votes_by_counters, "one-hot": votes_by_one_hot},
    "grouped_folds": {"dicts": folds_by_dicts, "again and again": folds_again_and_again},
    "three_leaks": {
        "whole floats": {key: float(number) for key, number in LINES.items()},
        "of NumPy": {key: np.int8(number) for key, number in LINES.items()},
    },
    "honest_errors": {"rows added": errors_by_rows_added, "one by one": errors_strength_by_strength},
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer, seeds=range(20) if callable(answer) else [0])


@pytest.mark.parametrize(("patience", "stops", "restored"), [(3, STOP["patience 3"], 5), (1, STOP["patience 1"], 3)])
def test_keras_stops_when_the_answer_says(patience, stops, restored):
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    stop = keras.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=True)
    stop.set_model(model)
    model.stop_training = False
    stop.on_train_begin()
    for epoch, loss in enumerate(VALIDATION, 1):
        model.set_weights([np.full((1, 1), epoch)])
        stop.on_epoch_end(epoch - 1, {"val_loss": loss})
        if model.stop_training:
            break
    stop.on_train_end()
    assert epoch == stops
    assert model.get_weights()[0] == restored


@pytest.mark.parametrize("name", STEP)
def test_keras_takes_the_step_that_the_answer_says(name):
    import keras

    optimizers = {
        "plain": (keras.optimizers.SGD(0.1), 0.4),
        "L1": (keras.optimizers.SGD(0.1), 0.4 + _slope(keras.regularizers.L1(0.5))),
        "L2": (keras.optimizers.SGD(0.1), 0.4 + _slope(keras.regularizers.L2(0.5))),
        "Adam, L2": (keras.optimizers.Adam(0.1), 0.4 + _slope(keras.regularizers.L2(0.5))),
        "AdamW": (keras.optimizers.AdamW(0.1, weight_decay=0.5), 0.4),
    }
    optimizer, slope = optimizers[name]
    weight = keras.Variable([2.0])
    optimizer.build([weight])
    optimizer.apply([keras.ops.convert_to_tensor([slope])])
    assert np.allclose(keras.ops.convert_to_numpy(weight), STEP[name], atol=1e-5)


def _slope(regularizer, at=2.0, step=0.125):
    """By a difference, which of lines and parabolas is exact."""
    import keras

    above, below = (float(regularizer(keras.ops.convert_to_tensor([at + d]))) for d in (step, -step))
    return (above - below) / (2 * step)
