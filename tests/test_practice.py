"""Measures of a classifier against Keras, scikit-learn, counting by hand, and over ties and edge values."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from course_lib.practice import (
    accuracy,
    auroc,
    confusion_matrix,
    expected_calibration_error,
    f1,
    fit_temperature,
    precision,
    recall,
    reliability_bins,
    roc_curve,
    temperature_scaling,
)
from tests.practice_examples import random_labels, random_logits
from tests.witness import without, witness

pytestmark = [
    *without(
        ["numeric"],
        "it measures what is finished; no gradient passes it",
        accuracy,
        auroc,
        confusion_matrix,
        f1,
        precision,
        recall,
        roc_curve,
    ),
    *without(["keras"], "Keras adds an epsilon to its denominators; scikit-learn stands in", f1),
    *without(["keras"], "Keras knows the curve only at 200 thresholds; scikit-learn stands in", auroc, roc_curve),
]

AVERAGES = ["binary", "macro", "micro"]


# --- counts


@witness("keras", confusion_matrix, accuracy)
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_counts_equal_keras(classes, rng, keras):
    import tensorflow as tf

    y_true, y_pred = random_labels(rng, classes)
    np.testing.assert_array_equal(confusion_matrix(y_true, y_pred, classes), tf.math.confusion_matrix(y_true, y_pred))
    metric = keras.metrics.Accuracy(dtype="float64")
    np.testing.assert_allclose(accuracy(y_true, y_pred), metric(y_true, y_pred), rtol=1e-9)


@witness("keras", precision, recall)
@pytest.mark.parametrize(("ours", "name"), [(precision, "Precision"), (recall, "Recall")])
def test_precision_and_recall_equal_keras(ours, name, rng, keras):
    """Two classes as they are; more of them one by one, then averaged, or, for micro, all together."""
    y_true, y_pred = random_labels(rng, 2)

    def theirs(y_true, y_pred):
        return float(getattr(keras.metrics, name)(dtype="float64")(y_true, y_pred))

    assert ours(y_true, y_pred) == pytest.approx(theirs(y_true, y_pred), rel=1e-9)
    y_true, y_pred = random_labels(rng, 4)
    true, said = np.eye(4)[y_true], np.eye(4)[y_pred]
    columns = [theirs(true[:, k], said[:, k]) for k in range(4)]
    assert ours(y_true, y_pred, "macro") == pytest.approx(np.mean(columns), rel=1e-9)
    assert ours(y_true, y_pred, "micro") == pytest.approx(theirs(true, said), rel=1e-9)


labels = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


@witness("hypothesis", confusion_matrix, accuracy, precision, recall, f1)
@given(labels, st.sampled_from(AVERAGES))
def test_counts_equal_scikit_learns(pairs, average):
    """Also for one example, for classes that are never right, and where nothing is to divide by."""
    from sklearn import metrics

    y_true, y_pred = np.array(pairs).T
    if average == "binary":
        y_true, y_pred = y_true % 2, y_pred % 2
    matrix = confusion_matrix(y_true, y_pred, 5)
    np.testing.assert_array_equal(matrix, metrics.confusion_matrix(y_true, y_pred, labels=range(5)))
    assert accuracy(y_true, y_pred) == pytest.approx(matrix.trace() / matrix.sum(), rel=1e-12)
    for ours, theirs in (precision, metrics.precision_score), (recall, metrics.recall_score), (f1, metrics.f1_score):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = theirs(y_true, y_pred, average=average, zero_division=0)
        assert ours(y_true, y_pred, average) == pytest.approx(wanted, rel=1e-12)


def test_counts_by_hand():
    """3 of 4 alarms are real, and 3 of 5 fires are seen."""
    y_true, y_pred = np.array([1, 1, 1, 1, 1, 0, 0, 0]), np.array([1, 1, 1, 0, 0, 1, 0, 0])
    assert confusion_matrix(y_true, y_pred, 2).tolist() == [[2, 1], [2, 3]]
    assert (precision(y_true, y_pred), recall(y_true, y_pred)) == (3 / 4, 3 / 5)
    assert f1(y_true, y_pred) == pytest.approx(2 / (4 / 3 + 5 / 3), rel=1e-12)
    assert accuracy(y_true, y_pred) == 5 / 8


# --- every threshold


scored = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([-1e3, -0.5, 0.0, -0.0, 0.5, 1e3]) | st.floats(-1, 1)),
    min_size=2,
    max_size=30,
)


@witness("hypothesis", roc_curve, auroc)
@given(scored)
def test_roc_equals_scikit_learns_and_counting_pairs(pairs):
    from sklearn import metrics

    y_true, y_score = np.array([y for y, _ in pairs]), np.array([score for _, score in pairs])
    assume(0 < y_true.sum() < len(y_true))
    curve = roc_curve(y_true, y_score)
    for ours, theirs in zip(curve, metrics.roc_curve(y_true, y_score, drop_intermediate=False), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    for fpr, tpr, threshold in zip(*curve, strict=True):
        said = y_score >= threshold
        assert tpr == said[y_true == 1].mean()
        assert fpr == said[y_true == 0].mean()
    margins = y_score[y_true == 1][:, None] - y_score[y_true == 0]
    area = auroc(y_true, y_score)
    assert area == pytest.approx(np.mean((margins > 0) + 0.5 * (margins == 0)), rel=1e-9, abs=1e-12)
    assert area == pytest.approx(metrics.roc_auc_score(y_true, y_score), rel=1e-9, abs=1e-12)
    assert area + auroc(y_true, -y_score) == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize(
    ("y_score", "area"), [([0, 0, 0, 0], 0.5), ([0, 1, 2, 3], 1.0), ([3, 2, 1, 0], 0.0), ([0, 1, 1, 2], 0.875)]
)
def test_area_by_hand(y_score, area):
    assert auroc(np.array([0, 0, 1, 1]), np.array(y_score)) == area


# --- what they refuse, and that they leave their inputs alone


ONES = np.ones(3, int)
EVEN = np.full((3, 2), 0.5)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: confusion_matrix(ONES, ONES, 1), "y_true must hold whole numbers from 0 to 0, got 1"),
        (lambda: confusion_matrix(-ONES, ONES, 3), "y_true must hold whole numbers from 0 to 2, got -1"),
        (lambda: accuracy(ONES, ONES[:1]), r"y_pred must have the shape of y_true, \(3,\), got \(1,\)"),
        (lambda: accuracy(ONES[:0], ONES[:0]), r"y_true must have the shape \(n,\) and not be empty, got \(0,\)"),
        (lambda: accuracy(ONES, np.array([0.2, 0.9, 1.0])), "y_pred must hold classes as whole numbers, got float64"),
        (lambda: accuracy(EVEN, EVEN), r"y_true must have the shape \(n,\) and not be empty, got \(3, 2\)"),
        (lambda: precision(ONES, 2 * ONES), r"only 0 and 1 .*got \[1, 2\]"),
        (lambda: recall(ONES, -ONES), r"only 0 and 1 .*got \[-1, 1\]"),
        (lambda: f1(ONES, ONES, "weighted"), "average must be .*got 'weighted'"),
        (lambda: auroc(ONES, ONES), r"y_true must hold both 0 and 1 .*got \[1\]"),
        (lambda: roc_curve(np.array([0, 1, 2]), ONES), r"y_true must hold both 0 and 1 .*got \[0, 1, 2\]"),
        (
            lambda: auroc(np.array([0, 1]), np.array([0.5, np.nan])),
            "y_score must hold numbers that can be ordered, got nan",
        ),
        (
            lambda: auroc(np.array([0, 1]), np.array([0.5])),
            r"y_score must have the shape of y_true, \(2,\), got \(1,\)",
        ),
        (lambda: reliability_bins(ONES, EVEN, 0), "bins must be a whole number from 1 up, got 0"),
        (lambda: reliability_bins(2 * ONES, EVEN), "y_true must hold whole numbers from 0 to 1, got 2"),
        (lambda: reliability_bins(ONES, 2 * EVEN), "y_pred must hold probabilities"),
        (lambda: expected_calibration_error(ONES, EVEN - [1, -1]), "y_pred must hold probabilities"),
        (
            lambda: expected_calibration_error(ONES, EVEN[:, 0]),
            r"y_pred must have the shape \(n, classes\) and not be empty, got \(3,\)",
        ),
        (
            lambda: expected_calibration_error(ONES[:0], EVEN[:0]),
            r"y_pred must have the shape \(n, classes\) and not be empty, got \(0, 2\)",
        ),
        (lambda: expected_calibration_error(ONES, EVEN * np.nan), "y_pred must hold finite numbers, got nan"),
        (lambda: temperature_scaling(EVEN, 0), "temperature must be a number above 0, got 0"),
        (lambda: temperature_scaling(EVEN, np.nan), "temperature must be .*got nan"),
        (lambda: fit_temperature(ONES, EVEN), "must beat chance"),
        (lambda: fit_temperature(ONES, EVEN + np.eye(2)[1]), "not every answer may be right.*100% are right"),
        (lambda: fit_temperature(ONES, EVEN + np.eye(2)[0]), "must beat chance.*0% are right"),
        (lambda: fit_temperature(-ONES, EVEN), "y_true must hold whole numbers from 0 to 1"),
        (lambda: fit_temperature(ONES, EVEN + np.array([np.inf, 0])), "logits must hold finite numbers, got inf"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


def test_inputs_are_left_alone(rng):
    y_true, y_pred = random_labels(rng, 2)
    labels, logits = random_logits(rng)
    scores, probabilities = rng.random(50), temperature_scaling(logits, 1.0)
    given_ = y_true, y_pred, labels, logits, scores, probabilities
    before = [a.copy() for a in given_]
    confusion_matrix(y_true, y_pred, 2)
    for measure in (accuracy, precision, recall, f1):
        measure(y_true, y_pred)
    auroc(y_true, scores)
    roc_curve(y_true, scores)
    expected_calibration_error(labels, probabilities)
    reliability_bins(labels, probabilities)
    fit_temperature(labels, logits)
    for a, b in zip(given_, before, strict=True):
        np.testing.assert_array_equal(a, b)
