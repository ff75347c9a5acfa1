"""Precision and recall at every threshold, the Brier score, and ties at ±∞: beside scikit-learn and by counting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.activations import softmax
from course_lib.practice import auroc, average_precision, brier_score, precision_recall_curve, roc_curve
from tests.witness import without, witness

pytestmark = [
    *without(
        ["numeric"],
        "it measures what is finished; no gradient passes it",
        average_precision,
        brier_score,
        precision_recall_curve,
    ),
    *without(
        ["keras"],
        "Keras knows the curve only at 200 thresholds; scikit-learn stands in",
        average_precision,
        precision_recall_curve,
    ),
]
# Few different scores, so that many are equal; also infinite ones.
SCORES = st.sampled_from([-np.inf, -1e308, -1.0, 0.0, 0.5, 1e308, np.inf])
PAIRS = st.lists(st.tuples(st.integers(0, 1), SCORES), min_size=2, max_size=12).filter(
    lambda pairs: {y for y, _ in pairs} == {0, 1}
)


@pytest.mark.parametrize(
    ("y_true", "y_score", "area"),
    [
        ([0, 1], [np.inf, np.inf], 0.5),
        ([1, 0], [np.inf, np.inf], 0.5),
        ([1, 0], [-np.inf, -np.inf], 0.5),
        ([0, 1, 1, 0], [-np.inf, -np.inf, np.log(0.5), np.log(0.9)], 0.375),
        ([1, 0, 1, 0], [-np.inf, -np.inf, np.log(0.5), np.log(0.9)], 0.375),
        ([0, 1], [-np.inf, np.inf], 1.0),
    ],
)
def test_ties_at_infinity_are_one_step(y_true, y_score, area):
    assert auroc(y_true, y_score) == area


@given(PAIRS, st.randoms())
def test_the_order_of_the_examples_decides_nothing(pairs, order):
    """Every curve and area, for infinite scores too: as many pairs of a positive and a negative are in order."""
    mixed = list(pairs)
    order.shuffle(mixed)
    for curve in (roc_curve, precision_recall_curve):
        for ours, again in zip(curve(*zip(*pairs, strict=True)), curve(*zip(*mixed, strict=True)), strict=True):
            np.testing.assert_array_equal(ours, again)
    scores = [[score for y, score in pairs if y == side] for side in (1, 0)]
    wins = [(one > other) + (one == other) / 2 for one in scores[0] for other in scores[1]]
    assert auroc(*zip(*pairs, strict=True)) == pytest.approx(np.mean(wins), abs=1e-12)


@witness("hypothesis", precision_recall_curve, average_precision)
@given(PAIRS)
def test_the_curve_is_counted_at_each_threshold(pairs):
    y_true, y_score = map(np.array, zip(*pairs, strict=True))
    precisions, recalls, thresholds = precision_recall_curve(y_true, y_score)
    assert (precisions[0], recalls[0], recalls[-1], thresholds[0]) == (1, 0, 1, np.inf)
    assert thresholds[1:].tolist() == sorted(set(y_score.tolist()), reverse=True)
    area = 0.0
    for i in range(1, len(thresholds)):
        said = y_score >= thresholds[i]
        assert precisions[i] == pytest.approx(y_true[said].mean())
        assert recalls[i] == pytest.approx(y_true[said].sum() / y_true.sum())
        area += (recalls[i] - recalls[i - 1]) * precisions[i]
    assert average_precision(y_true, y_score) == pytest.approx(area)


@pytest.mark.parametrize("n", [10, 200])
def test_the_curve_equals_scikit_learns(n, rng):
    """Theirs begins at the lowest threshold and names none for the point where nothing is positive."""
    from sklearn import metrics

    y_true, y_score = rng.integers(0, 2, n), np.round(rng.standard_normal(n), 1)
    theirs = metrics.precision_recall_curve(y_true, y_score)
    precisions, recalls, thresholds = precision_recall_curve(y_true, y_score)
    np.testing.assert_allclose(precisions, theirs[0][::-1], rtol=1e-12)
    np.testing.assert_allclose(recalls, theirs[1][::-1], rtol=1e-12)
    np.testing.assert_array_equal(thresholds[1:], theirs[2][::-1])
    expected = metrics.average_precision_score(y_true, y_score)
    np.testing.assert_allclose(average_precision(y_true, y_score), expected, rtol=1e-12)


@witness("keras", brier_score)
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_brier_is_keras_squared_error_of_one_hot_rows(classes, rng, keras):
    y_true, y_pred = rng.integers(0, classes, 50), softmax(rng.standard_normal((50, classes)))
    squared = keras.losses.MeanSquaredError()(np.eye(classes)[y_true], y_pred)
    np.testing.assert_allclose(brier_score(y_true, y_pred), classes * squared, rtol=1e-9)


def test_brier_of_two_classes_is_twice_scikit_learns(rng):
    from sklearn.metrics import brier_score_loss

    y_true, p = rng.integers(0, 2, 50), rng.uniform(0, 1, 50)
    ours = brier_score(y_true, np.stack([1 - p, p], axis=1))
    np.testing.assert_allclose(ours, 2 * brier_score_loss(y_true, p), rtol=1e-12)


@witness("hypothesis", brier_score)
@given(st.integers(1, 9), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_brier_is_best_for_honest_promises(n, classes, seed):
    """0 for sure and right, 2 for sure and wrong; promising all alike costs 1 - 1 / classes, whoever is right."""
    y_true = np.random.default_rng(seed).integers(0, classes, n)
    assert brier_score(y_true, np.eye(classes)[y_true]) == 0
    assert brier_score(y_true, np.eye(classes)[(y_true + 1) % classes]) == 2
    even = np.full((n, classes), 1 / classes)
    np.testing.assert_allclose(brier_score(y_true, even), 1 - 1 / classes, rtol=1e-12)
    assert brier_score(y_true.astype(np.uint8), even.astype("float32")) == pytest.approx(1 - 1 / classes, rel=1e-5)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            lambda: precision_recall_curve([0, 0], [0.1, 0.2]),
            r"y_true must hold both 0 and 1 and nothing else, got \[0\]",
        ),
        (lambda: precision_recall_curve([], []), r"y_true must hold both 0 and 1 and nothing else, got \[\]"),
        (lambda: average_precision([0, 1], [0.1, np.nan]), "y_score must hold numbers that can be ordered, got nan"),
        (lambda: average_precision([0, 1], [[0.1, 0.2]]), r"y_score must have the shape of y_true, \(2,\)"),
        (lambda: brier_score([0, 1], [[0.5, 0.6], [0.5, 0.5]]), "y_pred must hold probabilities"),
        (lambda: brier_score([2], [[0.5, 0.5]]), "y_true must hold whole numbers from 0 to 1, got 2"),
        (lambda: brier_score([], np.ones((0, 2))), r"y_pred must have the shape \(n, classes\) and not be empty"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()
