"""Cures for overfitting, before three witnesses. Where they are random, Keras and ours get the same random numbers."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from course_lib.gradients import numeric_gradient
from course_lib.losses import smoothed
from course_lib.overfitting import (
    Dropout,
    EarlyStopping,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    k_fold,
    l1_penalty,
    l1_penalty_grad,
    l2_penalty,
    l2_penalty_grad,
    label_smoothing,
)
from tests.witness import check_keras, check_numeric, without, witness

pytestmark = [
    *without(["numeric"], "it chooses examples; there is nothing to differentiate", k_fold),
    *without(["numeric"], "it prepares targets, which no gradient passes", label_smoothing, smoothed),
    *without(["keras"], "Keras has no folds; scikit-learn's KFold stands in", k_fold),
]

SEEDS = st.integers(0, 2**32 - 1)


class SameDraws:
    """A generator that begins again at every call, so that a layer does the same to every x."""

    def random(self, shape):
        return np.random.default_rng(1).random(shape)

    def standard_normal(self, shape):
        return np.random.default_rng(1).standard_normal(shape)


class Given:
    """A generator that gives what it was given."""

    def __init__(self, numbers):
        self.random = self.standard_normal = lambda shape: np.broadcast_to(numbers, shape)


# what is witnessed, ours from a generator, the Keras twin, an input. Keras rounds 0.1 to float32: these are exact.
LAYERS = [
    (Dropout, lambda rng: Dropout(0.25, rng), lambda k: k.layers.Dropout(0.25, seed=1), (7, 6)),
    (Dropout, lambda rng: Dropout(0.5, rng), lambda k: k.layers.Dropout(0.5, seed=1), (2, 3, 4, 5)),
    (Dropout, lambda rng: Dropout(0.0, rng), lambda k: k.layers.Dropout(0.0, seed=1), (2, 3)),
    (
        SpatialDropout1D,
        lambda rng: SpatialDropout1D(0.5, rng),
        lambda k: k.layers.SpatialDropout1D(0.5, seed=1),
        (3, 4, 6),
    ),
    (
        SpatialDropout2D,
        lambda rng: SpatialDropout2D(0.25, rng),
        lambda k: k.layers.SpatialDropout2D(0.25, seed=1),
        (3, 4, 2, 6),
    ),
    (GaussianNoise, lambda rng: GaussianNoise(0.5, rng), lambda k: k.layers.GaussianNoise(0.5, seed=1), (5, 6)),
]


def layer_table(kind):
    return [pytest.param(*c, marks=witness(kind, c[0]), id=f"{c[0].__name__}-{c[3]}") for c in LAYERS]


@pytest.mark.parametrize(("operation", "ours", "twin", "shape"), layer_table("numeric"))
@pytest.mark.parametrize("training", [True, False])
def test_gradients_equal_brute_force(operation, ours, twin, shape, training, rng):
    check_numeric(ours(SameDraws()), rng.standard_normal(shape), rng, training)


def numbers_behind(twin, shape):
    """Random numbers with which ours must do what Keras' layer does: seen from what it makes of ones."""
    y = twin(np.ones(shape), training=True).numpy()
    if "noise" in twin.name:
        return (y - 1) / 0.5
    whole = y[(slice(None), *[slice(1)] * (y.ndim - 2))] if "spatial" in twin.name else y
    return np.where(whole > 0, 0.9, 0.1)


@pytest.mark.parametrize(("operation", "ours", "twin", "shape"), layer_table("keras"))
@pytest.mark.parametrize("training", [True, False])
def test_equals_keras(operation, ours, twin, shape, training, rng, keras):
    """Two Keras layers of one seed draw the same: the numbers behind the first one's go to ours."""
    numbers = numbers_behind(twin(keras), shape)
    check_keras(ours(Given(numbers)), twin(keras), rng.standard_normal(shape), rng, training)


rates = st.sampled_from([0.0, 0.1, 0.5, 0.9, 0.999])


@witness("hypothesis", Dropout, SpatialDropout1D, SpatialDropout2D)
@given(
    st.sampled_from([(Dropout, 0), (SpatialDropout1D, 1), (SpatialDropout2D, 2)]),
    st.lists(st.integers(1, 4), min_size=4, max_size=4),
    rates,
    st.sampled_from([-1e3, 0.0, 1.0, 1e3]),
    SEEDS,
)
def test_what_falls_out_falls_out_whole(which, sizes, rate, value, seed):
    """Each entry is 0 or x / (1 - rate), the same within a feature, in dx as in y; off when not training."""
    operation, middle = which
    layer = operation(rate, np.random.default_rng(seed))
    x = np.full((*sizes[: middle + 1], sizes[-1]), value)
    y, dx = layer.forward(x, training=True), layer.backward(np.ones_like(x))
    assert np.isin(dx, [0, 1 / (1 - rate)]).all()
    np.testing.assert_array_equal(y, dx * x)
    spread = tuple(range(1, 1 + middle))
    assert (np.ptp(dx, axis=spread) == 0).all() if middle else True
    assert rate > 0 or (dx == 1).all()
    np.testing.assert_array_equal(layer.forward(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)


def test_a_draw_of_exactly_the_rate_stays():
    """Draws begin at 0 itself, and at the rate 0 nothing may fall out."""
    assert (Dropout(0.0, Given(0.0)).forward(np.ones(3), training=True) == 1).all()
    assert (Dropout(0.5, Given(0.5)).forward(np.ones(3), training=True) == 2).all()


@pytest.mark.parametrize(
    ("operation", "shape"),
    [(Dropout, (100_000, 1)), (SpatialDropout1D, (10_000, 2, 10)), (SpatialDropout2D, (10_000, 2, 2, 10))],
)
def test_as_many_fall_out_as_the_rate_says(operation, shape, rng):
    """Within five standard deviations of 100,000 coins; the mean stays, and every call draws anew."""
    layer = operation(0.25, rng)
    y = layer.forward(np.ones(shape), training=True)
    assert abs(np.mean(y == 0) - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 1e5)
    assert abs(np.mean(y) - 1) < 5 * np.sqrt(0.25 * 0.75 / 1e5) / 0.75
    assert (layer.forward(np.ones(shape), training=True) != y).any()


@witness("hypothesis", GaussianNoise)
@given(array_shapes(min_dims=1, max_dims=4, max_side=4), st.sampled_from([0.0, 1.0, 1e3]), SEEDS)
def test_noise_is_normal_and_off_when_not_training(shape, stddev, seed):
    layer, x = GaussianNoise(stddev, np.random.default_rng(seed)), np.random.default_rng(seed + 1).normal(0, 1e3, shape)
    n = np.random.default_rng(seed).standard_normal(shape)
    np.testing.assert_allclose(layer.forward(x, training=True), x + stddev * n, rtol=1e-12)
    np.testing.assert_array_equal(layer.backward(x), x)
    np.testing.assert_array_equal(layer.forward(x), x)


# --- penalties


PENALTIES = [(l1_penalty, l1_penalty_grad, "L1", abs), (l2_penalty, l2_penalty_grad, "L2", lambda v: v * v)]


def penalty_table(kind):
    return [pytest.param(*case, marks=witness(kind, *case[:2]), id=case[2]) for case in PENALTIES]


@pytest.mark.parametrize(("penalty", "grad", "name", "of"), penalty_table("numeric"))
@pytest.mark.parametrize("upstream", [1.0, -2.7])
def test_penalty_gradient_equals_brute_force(penalty, grad, name, of, upstream, rng):
    w = rng.standard_normal((3, 4))
    numeric = numeric_gradient(lambda: upstream * penalty(w, 0.3), w)
    np.testing.assert_allclose(upstream * grad(w, 0.3), numeric, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("penalty", "grad", "name", "of"), penalty_table("keras"))
def test_penalty_equals_keras(penalty, grad, name, of, rng, keras):
    import tensorflow as tf

    w = np.append(rng.standard_normal((3, 4)), [[0.0, -0.0, 1e3, -1e3]], axis=0)
    with tf.GradientTape() as tape:
        inputs = tf.constant(w)
        tape.watch(inputs)
        theirs = getattr(keras.regularizers, name)(2**-5)(inputs)
    np.testing.assert_allclose(penalty(w, 2**-5), theirs, rtol=1e-9)
    np.testing.assert_allclose(grad(w, 2**-5), tape.gradient(theirs, inputs), rtol=1e-9)
    for default in (inspect.signature(f).parameters[name.lower()].default for f in (penalty, grad)):
        assert default == inspect.signature(getattr(keras.regularizers, name)).parameters[name.lower()].default


@pytest.mark.parametrize(("penalty", "grad", "name", "of"), penalty_table("hypothesis"))
@given(
    arrays(float, array_shapes(min_dims=0, min_side=0, max_side=4), elements=st.floats(-1e4, 1e4)),
    st.sampled_from([0.0, 0.01, 1e3]),
)
def test_penalty_is_a_sum_over_weights(penalty, grad, name, of, w, strength):
    np.testing.assert_allclose(penalty(w, strength), strength * sum(map(of, w.ravel().tolist())), rtol=1e-9)
    slope = grad(w, strength)
    assert slope.shape == w.shape
    # Uphill is away from 0.
    assert (np.sign(slope) == np.sign(w * (strength > 0))).all()


# --- targets and folds


@witness("keras", label_smoothing, smoothed)
@pytest.mark.parametrize("amount", [0.0, 0.125, 0.5, 1.0])
def test_label_smoothing_equals_keras(amount, rng, keras):
    """Keras smooths inside its loss: from one-hot rows, ours gives that loss too."""
    y, logits = np.eye(5)[rng.integers(0, 5, 8)], rng.standard_normal((8, 5))
    theirs = keras.losses.categorical_crossentropy(y, logits, from_logits=True, label_smoothing=amount)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(-(label_smoothing(y, amount) * log_p).sum(axis=1), theirs, rtol=1e-9)


@witness("hypothesis", label_smoothing, smoothed)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.sampled_from([0.0, 0.1, 0.9, 1.0]))
def test_label_smoothing_keeps_sums_and_the_favourite(labels, amount):
    y = np.eye(5)[labels]
    smooth = label_smoothing(y, amount)
    np.testing.assert_allclose(smooth.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(smooth[y == 0], amount / 5, rtol=1e-12)
    np.testing.assert_allclose(smooth[y == 1], 1 - amount * 4 / 5, rtol=1e-12)


@pytest.mark.parametrize(("n", "k"), [(10, 2), (11, 3), (17, 5), (6, 6)])
def test_folds_equal_scikit_learns(n, k):
    from sklearn.model_selection import KFold
    from sklearn.utils import check_random_state

    theirs = KFold(k, shuffle=True, random_state=check_random_state(3)).split(np.zeros(n))
    # scikit-learn sorts what it has shuffled.
    for ours, their in zip(k_fold(n, k, check_random_state(3)), theirs, strict=True):
        for one, other in zip(ours, their, strict=True):
            np.testing.assert_array_equal(np.sort(one), other)


@witness("hypothesis", k_fold)
@given(st.integers(2, 40), st.data(), SEEDS)
def test_each_example_validates_once(n, data, seed):
    k = data.draw(st.integers(2, n))
    folds = k_fold(n, k, np.random.default_rng(seed))
    assert len(folds) == k
    assert sorted(np.concatenate([validation for _, validation in folds]).tolist()) == list(range(n))
    for training, validation in folds:
        assert sorted([*training, *validation]) == list(range(n))
        assert n // k <= len(validation) <= -(-n // k)


def test_folds_are_shuffled_by_the_generator():
    first, again, other = (k_fold(50, 5, np.random.default_rng(seed))[0][1].tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert first != sorted(first)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda r: Dropout(1, r), "rate must be a number from 0 to below 1, got 1"),
        (lambda r: Dropout(-0.1, r), "rate must be .*got -0.1"),
        (lambda r: Dropout(np.nan, r), "rate must be .*got nan"),
        (
            lambda r: SpatialDropout1D(0.5, r).forward(np.ones((2, 3)), True),
            r"x must have the shape \(batch, time, channels\), got \(2, 3\)",
        ),
        (
            lambda r: SpatialDropout2D(0.5, r).forward(np.ones((2, 3, 4)), True),
            r"x must have the shape \(batch, height, width, channels\), got \(2, 3, 4\)",
        ),
        (lambda r: GaussianNoise(-1.0, r), r"stddev must be a number from 0 up, got -1\.0"),
        (lambda r: l1_penalty(np.ones(2), -1), "l1 must be .*got -1"),
        (lambda r: l1_penalty_grad(np.ones(2), np.nan), "l1 must be .*got nan"),
        (lambda r: l2_penalty(np.ones(2), np.inf), "l2 must be .*got inf"),
        (lambda r: l2_penalty_grad(np.ones(2), -1), "l2 must be .*got -1"),
        (lambda r: EarlyStopping(mode="auto"), "mode must be .*got 'auto'"),
        (lambda r: EarlyStopping(patience=-1), "patience must be .*got -1"),
        (lambda r: EarlyStopping(min_delta=-0.1), "min_delta must be .*got -0.1"),
        (lambda r: label_smoothing(np.array([0, 2]), 0.1), r"y_true must hold one-hot rows.*got \(2,\)"),
        (lambda r: label_smoothing(np.ones((2, 3)), 0.1), "each with the sum 1"),
        (lambda r: label_smoothing(np.array([[2.0, -1.0]]), 0.1), "y_true must hold one-hot rows"),
        (lambda r: label_smoothing(np.eye(2), 1.5), r"amount must be a number from 0 to 1, got 1\.5"),
        (lambda r: k_fold(5, 1, r), "k must be a number from 2 to 5, the number of examples, got 1"),
        (lambda r: k_fold(5, 6, r), "got 6"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(rng)
