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
from tests.witness import without, witness

pytestmark = [
    *without(
        ["numeric"],
        "it measures what is finished; no gradient passes it",
        accuracy,
        auroc,
        confusion_matrix,
        expected_calibration_error,
        f1,
        precision,
        recall,
        reliability_bins,
        roc_curve,
        temperature_scaling,
    ),
    *without(["keras"], "Keras adds an epsilon to its denominators; scikit-learn stands in", f1),
    *without(["keras"], "Keras knows the curve only at 200 thresholds; scikit-learn stands in", auroc, roc_curve),
    *without(
        ["keras"],
        "Keras has no measure of calibration; the equations of the paper, bin by bin, stand in",
        expected_calibration_error,
        reliability_bins,
    ),
]

SEEDS = st.integers(0, 2**32 - 1)
AVERAGES = ["binary", "macro", "micro"]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def random_labels(rng, classes, n=50):
    """Answers of which about half are right."""
    y_true = rng.integers(0, classes, n)
    return y_true, np.where(rng.random(n) < 0.5, y_true, rng.integers(0, classes, n))


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


# --- calibration


def random_logits(rng, n=200, classes=4, scale=3.0):
    """Logits that are too sure by the factor ``scale``: answers are drawn from the softmax without it."""
    logits = rng.standard_normal((n, classes))
    y_true = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return y_true, scale * logits


def by_the_paper(y_true, y_pred, bins):
    """Confidence, accuracy and size of each bin ((m - 1) / M, m / M], one example after another."""
    members = [[] for _ in range(bins)]
    for y, p in zip(y_true.tolist(), y_pred.tolist(), strict=True):
        m = next(m for m in range(1, bins + 1) if max(p) <= m / bins or m == bins)
        members[m - 1].append((max(p), p.index(max(p)) == y))
    means = [
        [sum(c for c, _ in b) / len(b), sum(r for _, r in b) / len(b), len(b)] if b else [0, 0, 0] for b in members
    ]
    return np.array(means, float).T


@witness("hypothesis", reliability_bins, expected_calibration_error)
@given(st.integers(1, 30), st.integers(1, 5), st.integers(1, 20), st.sampled_from([0.0, 1.0, 20.0]), SEEDS)
def test_calibration_follows_the_paper(n, classes, bins, scale, seed):
    y_true, logits = random_logits(np.random.default_rng(seed), n, classes, scale)
    y_pred = temperature_scaling(logits, 1.0)
    wanted = by_the_paper(y_true, y_pred, bins)
    for ours, theirs in zip(reliability_bins(y_true, y_pred, bins), wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    error = sum(size / n * abs(right - confidence) for confidence, right, size in wanted.T)
    assert expected_calibration_error(y_true, y_pred, bins) == pytest.approx(error, rel=1e-9, abs=1e-12)


def test_a_confidence_on_an_edge_belongs_below():
    """0.6 of 5 bins lies in the third, (0.4, 0.6], and 1 in the last."""
    y_pred = np.array([[0.6, 0.4], [1.0, 0.0], [0.0, 1.0]])
    confidence, right, count = reliability_bins(np.array([0, 0, 0]), y_pred, 5)
    assert count.tolist() == [0, 0, 1, 0, 2]
    assert right.tolist() == [0, 0, 1, 0, 0.5]
    np.testing.assert_allclose(confidence, [0, 0, 0.6, 0, 1])
    assert expected_calibration_error(np.array([0, 0, 0]), y_pred, 5) == pytest.approx((0.4 + 2 * 0.5) / 3)


@witness("keras", temperature_scaling)
@pytest.mark.parametrize("temperature", [0.25, 1.0, 8.0])
def test_scaled_probabilities_equal_keras(temperature, rng, keras):
    _, logits = random_logits(rng)
    theirs = keras.activations.softmax(keras.ops.convert_to_tensor(logits / temperature))
    np.testing.assert_allclose(temperature_scaling(logits, temperature), theirs, rtol=1e-9)


@witness("hypothesis", temperature_scaling)
@given(st.integers(1, 5), st.integers(1, 5), st.sampled_from([0.0, 1.0, 1e4]), st.sampled_from([0.01, 1.0, 1e3]), SEEDS)
def test_scaling_keeps_the_order_and_sums_to_one(n, classes, scale, temperature, seed):
    _, logits = random_logits(np.random.default_rng(seed), n, classes, scale)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        cold, warm = (temperature_scaling(logits, t) for t in (temperature, 2 * temperature))
    np.testing.assert_allclose(cold.sum(axis=1), 1, rtol=1e-12)
    assert (np.diff(np.take_along_axis(cold, np.argsort(logits), axis=1)) >= 0).all()
    assert (warm.max(axis=1) <= cold.max(axis=1) + 1e-12).all()


def mean_nll(y_true, logits, temperature):
    """Mean of -log softmax(logits / T) at the truth, written out on its own."""
    z = logits / temperature
    z = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y_true])


@witness("numeric", fit_temperature)
@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
def test_no_slope_is_left_at_the_fitted_temperature(scale, rng):
    """Brute force: at T it is level; a little to the left it falls, to the right it rises."""
    y_true, logits = random_logits(rng, scale=scale)
    t = fit_temperature(y_true, logits)
    slopes = [
        (mean_nll(y_true, logits, f * t * (1 + 1e-5)) - mean_nll(y_true, logits, f * t * (1 - 1e-5))) / 2e-5
        for f in (0.99, 1, 1.01)
    ]
    assert slopes[0] < -1e-4
    np.testing.assert_allclose(slopes[1], 0, atol=1e-9)
    assert slopes[2] > 1e-4


@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
def test_fitted_temperature_equals_scipys(scale, rng):
    """Two searches: SciPy's for the smallest loss, which sees no further than the square root of a rounding."""
    from scipy.optimize import minimize_scalar

    y_true, logits = random_logits(rng, scale=scale)
    found = minimize_scalar(lambda log_t: mean_nll(y_true, logits, np.exp(log_t)), (-1, 1), tol=1e-10)
    assert fit_temperature(y_true, logits) == pytest.approx(np.exp(found.x), rel=1e-6)


@witness("keras", fit_temperature)
@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
def test_keras_loss_is_level_at_the_fitted_temperature(scale, rng, keras):
    """Its own gradient there is 0; the root of that gradient, found by SciPy, is ours to nine digits."""
    import tensorflow as tf
    from scipy.optimize import brentq

    y_true, logits = random_logits(rng, scale=scale)

    def slope(temperature):
        t = tf.Variable(temperature, dtype="float64")
        with tf.GradientTape() as tape:
            losses = keras.losses.sparse_categorical_crossentropy(y_true, logits / t, from_logits=True)
            loss = tf.reduce_mean(losses)
        return float(tape.gradient(loss, t))

    ours = fit_temperature(y_true, logits)
    assert ours == pytest.approx(brentq(slope, 0.5 * ours, 2 * ours, xtol=1e-14, rtol=1e-13), rel=1e-9)


@witness("hypothesis", fit_temperature)
@given(st.integers(5, 60), st.integers(2, 5), st.sampled_from([1e-4, 1.0, 1e4]), SEEDS)
def test_fitted_temperature_is_the_best_of_many(n, classes, scale, seed):
    """And follows the logits' scale and ignores what is added to a row; where none is best, it says so."""
    rng = np.random.default_rng(seed)
    y_true, logits = random_logits(rng, n, classes, 1.0)
    right, chance = logits[np.arange(n), y_true].mean(), logits.mean()
    if right <= chance or right == logits.max(axis=1).mean():
        with pytest.raises(ValueError, match="must beat chance and not every answer may be right"):
            fit_temperature(y_true, logits)
        return
    t = fit_temperature(y_true, logits)
    best = mean_nll(y_true, logits, t)
    assert all(best <= mean_nll(y_true, logits, t * f) + 1e-12 for f in np.geomspace(0.01, 100, 41))
    moved = scale * (logits + rng.standard_normal((n, 1)))
    assert fit_temperature(y_true, moved) == pytest.approx(scale * t, rel=1e-6)


def test_too_sure_a_model_becomes_honest(rng):
    """Made three times too sure, it gets about 3 back, keeps its answers and loses most of its error."""
    y_true, logits = random_logits(rng, n=5000, scale=3.0)
    t = fit_temperature(y_true, logits)
    before, after = temperature_scaling(logits, 1.0), temperature_scaling(logits, t)
    assert t == pytest.approx(3, rel=0.1)
    assert (before.argmax(axis=1) == after.argmax(axis=1)).all()
    assert expected_calibration_error(y_true, after) < expected_calibration_error(y_true, before) / 3


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
