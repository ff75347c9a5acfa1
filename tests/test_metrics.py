"""Metrics beside Keras' own, by plain counting, and at ties and NaN."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import metrics
from course_lib.metrics import (
    METRICS,
    accuracy,
    binary_accuracy,
    by_name,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from tests.witness import KINDS, without, witness

ACCURACIES = [
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    top_k_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
]
pytestmark = [
    *without(["numeric"], "it counts; nothing to differentiate", accuracy, *ACCURACIES),
    *without(KINDS, "it looks up names; fit is witnessed with what it finds", by_name),
]
# Whole numbers as scores, so that there are ties.
SCORES = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed))


OPTIONS = [
    *((metric, {}) for metric in ACCURACIES),
    (binary_accuracy, {"threshold": 0.25}),
    *((metric, {"k": k}) for metric in ACCURACIES[3:] for k in (1, 2, 7)),
]


@witness("keras", *ACCURACIES)
@pytest.mark.parametrize(("metric", "options"), OPTIONS)
def test_equals_keras(metric, options, rng, keras):
    name = metric.__name__
    y_true, y_pred = rng.integers(0, 6, 40), rng.integers(0, 4, (40, 6)) / 4
    if "sparse" not in name:
        y_true = np.eye(6)[y_true]
    # TensorFlow looks for the top k in float32 alone, where quarters are exact.
    theirs = getattr(keras.metrics, name)(y_true, y_pred.astype("float32"), **options)
    np.testing.assert_allclose(metric(y_true, y_pred, **options), np.mean(theirs), rtol=1e-9)


@witness("keras", accuracy)
@pytest.mark.parametrize("kind", ["yes or no", "one axis", "one-hot", "classes", "classes in a column", "over time"])
def test_accuracy_is_what_keras_takes_it_for(kind, rng, keras):
    y_pred = rng.uniform(0, 1, {"yes or no": (12, 1), "one axis": (12, 1), "over time": (4, 3, 5)}.get(kind, (12, 5)))
    y_true = rng.integers(0, 5, y_pred.shape[:-1])
    if kind in ("yes or no", "one axis"):
        y_true = rng.integers(0, 2, (12, 1))
    elif kind == "one-hot":
        y_true = np.eye(5)[y_true]
    elif kind == "classes in a column":
        y_true = y_true[:, None]
    model = keras.Sequential([keras.Input(y_pred.shape[1:]), keras.layers.Identity()])
    model.compile(loss=lambda y_true, y_pred: keras.ops.mean(y_pred, axis=-1), metrics=["accuracy"], run_eagerly=True)
    measured = (
        model.evaluate(y_pred, y_true, verbose=0, return_dict=True)
        if kind != "over time"
        else {"accuracy": np.mean(keras.metrics.sparse_categorical_accuracy(y_true, y_pred))}
    )
    ours = (y_true[:, 0], y_pred[:, 0]) if kind == "one axis" else (y_true, y_pred)
    np.testing.assert_allclose(accuracy(*ours), measured["accuracy"], rtol=1e-9)


@witness("hypothesis", accuracy, *ACCURACIES)
@given(st.integers(1, 8), st.integers(2, 5), st.integers(1, 6), SCORES)
def test_counted_one_by_one(n, classes, k, rng):
    """With ties: in the top k is a class that fewer than k beat; the first of equals answers."""
    y_true, y_pred = rng.integers(0, classes, n), rng.integers(0, 3, (n, classes)).astype(float)
    rows = list(zip(y_true, y_pred.tolist(), strict=True))
    right = sum(row.index(max(row)) == y for y, row in rows) / n
    near = sum(sum(other > row[y] for other in row) < k for y, row in rows) / n
    one_hot = np.eye(classes)[y_true]
    assert sparse_categorical_accuracy(y_true, y_pred) == categorical_accuracy(one_hot, y_pred) == right
    assert accuracy(y_true, y_pred) == accuracy(one_hot, y_pred) == accuracy(y_true[:, None], y_pred) == right
    assert (
        sparse_top_k_categorical_accuracy(y_true, y_pred, k) == top_k_categorical_accuracy(one_hot, y_pred, k) == near
    )
    yes = sum((score > 1) == (y == 1) for y, score in zip(y_true % 2, y_pred[:, 0], strict=True)) / n
    assert binary_accuracy(y_true % 2, y_pred[:, 0], threshold=1) == yes


def test_top_k_at_its_ends():
    y_pred = np.array([[0.1, np.nan, 0.5], [-np.inf, 0.0, np.inf]])
    assert sparse_top_k_categorical_accuracy([1, 0], y_pred, 3) == 0.5
    assert sparse_top_k_categorical_accuracy([2, 2], y_pred, 2) == 1
    whole = np.array([[3, 0, 0], [1, 2, 2]], np.uint8)
    assert sparse_top_k_categorical_accuracy(np.array([0, 2], np.uint8), whole, 1) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            lambda: binary_accuracy([1, 0], [[0.5], [0.5]]),
            r"y_true must have the shape of y_pred, \(2, 1\), got \(2,\)",
        ),
        (lambda: binary_accuracy([], []), r"y_pred must have the shape \(batch, \.\.\.\) and not be empty, got \(0,\)"),
        (lambda: categorical_accuracy([1, 0], [1, 0]), r"y_pred must have the shape \(batch, \.\.\., classes\)"),
        (lambda: categorical_accuracy([1, 0], [[1, 0], [0, 1]]), r"y_true must have the shape of y_pred, \(2, 2\)"),
        (lambda: sparse_categorical_accuracy([2], [[1, 0]]), "y_true must hold whole numbers from 0 to 1, got 2"),
        (
            lambda: sparse_categorical_accuracy([0.0], [[1, 0]]),
            "y_true must hold whole numbers from 0 to 1, got float64",
        ),
        (lambda: sparse_categorical_accuracy([0, 1], [[1, 0]]), r"y_pred without its last axis, \(1,\), got \(2,\)"),
        (lambda: sparse_top_k_categorical_accuracy([0], [[1, 0]], 0), "k must be a whole number from 1 up, got 0"),
        (lambda: top_k_categorical_accuracy([1, 0], [[1, 0]]), r"y_true must have the shape of y_pred, \(1, 2\)"),
        (lambda: by_name(["acc"]), "metric must be one of accuracy, .*; got 'acc'"),
        (lambda: by_name([3]), "metric must be one of accuracy, .*; got 3"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


def test_names_are_keras(keras):
    for name in METRICS.keys() - {"accuracy"}:
        theirs = keras.metrics.get(name)
        assert (getattr(theirs, "__name__", None) or theirs.name) == name == METRICS[name].__name__
    assert by_name(["accuracy", max]) == {"accuracy": metrics.accuracy, "max": max}
