"""Calibration by the equations of its paper, bin by bin; the temperature by slopes, SciPy and Keras."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.practice import expected_calibration_error, fit_temperature, reliability_bins, temperature_scaling
from tests.practice_examples import random_logits
from tests.witness import without, witness

MEASURES = expected_calibration_error, reliability_bins
pytestmark = [
    *without(["numeric"], "it measures what is finished; no gradient passes it", *MEASURES, temperature_scaling),
    *without(
        ["keras"], "Keras has no measure of calibration; the equations of the paper, bin by bin, stand in", *MEASURES
    ),
]

SEEDS = st.integers(0, 2**32 - 1)


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
