"""Normalization before three witnesses: brute-force gradients, Keras, and the matrix of all slopes, written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
)
from tests.witness import check_keras, check_numeric, shaken, witness

# Keras rounds these to float32, which leaves powers of 2 as they are.
EPSILON, MOMENTUM = 2.0**-10, 1 - 2.0**-3


# what is witnessed, our layer, the settings that are the twin's too, an input
CASES = [
    (BatchNormalization, {"momentum": MOMENTUM}, (6, 4)),
    (BatchNormalization, {"momentum": MOMENTUM}, (3, 2, 5, 4)),
    (BatchNormalization, {}, (1, 4)),
    (LayerNormalization, {}, (5, 4)),
    (LayerNormalization, {}, (2, 3, 4)),
    (LayerNormalization, {}, (1, 3, 2, 4)),
    (GroupNormalization, {"groups": 2}, (5, 4)),
    (GroupNormalization, {"groups": 2}, (3, 2, 5, 4)),
    (GroupNormalization, {"groups": 1}, (2, 3, 4)),
    (GroupNormalization, {"groups": -1}, (2, 3, 3, 4)),
    (RMSNormalization, {}, (5, 4)),
    (RMSNormalization, {}, (2, 3, 4)),
]


def table(kind):
    return [
        pytest.param(*case, marks=witness(kind, case[0]), id="-".join([case[0].__name__, *map(str, case[1:])]))
        for case in CASES
    ]


SEEDS = st.integers(0, 2**32 - 1)


def ours(operation, settings, shape, rng):
    return shaken(operation(shape[-1], epsilon=EPSILON, **settings), rng)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("operation", "settings", "shape"), table("numeric"))
def test_gradients_equal_brute_force(operation, settings, shape, training, rng):
    check_numeric(ours(operation, settings, shape, rng), rng.standard_normal(shape), rng, training)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("operation", "settings", "shape"), table("keras"))
def test_equals_keras(operation, settings, shape, training, rng, keras):
    twin = getattr(keras.layers, operation.__name__)(epsilon=EPSILON, **settings)
    check_keras(ours(operation, settings, shape, rng), twin, 10 + 3 * rng.standard_normal(shape), rng, training)


@pytest.mark.parametrize("operation", dict.fromkeys(case[0] for case in CASES))
def test_defaults_are_those_of_keras(operation, keras):
    layer, twin = operation(64), getattr(keras.layers, operation.__name__)()
    twin.build((None, 64))
    # RMSNormalization calls its parameter scale, the others theirs gamma and beta.
    assert list(layer.params) == [variable.name for variable in twin.trainable_variables]
    for p, variable in zip(layer.parameters(), twin.trainable_variables, strict=True):
        assert (p == variable.numpy()).all()
    for name in {"epsilon", "momentum", "groups", "moving_mean", "moving_variance"} & set(vars(layer)):
        assert np.array_equal(getattr(layer, name), getattr(twin, name))


@witness("keras", BatchNormalization)
@pytest.mark.parametrize("shape", [(6, 4), (3, 2, 5, 4)])
def test_moving_averages_equal_keras(shape, rng, keras):
    """Three batches in training, then a fourth by what was remembered: forward and every gradient."""
    layer = BatchNormalization(4, MOMENTUM, EPSILON)
    twin = keras.layers.BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON)
    for batch in range(3):
        x = batch + 2 * rng.standard_normal(shape)
        layer.forward(x, training=True)
        twin(x, training=True)
    for name in ("moving_mean", "moving_variance"):
        np.testing.assert_allclose(getattr(layer, name), getattr(twin, name), rtol=1e-9)
    check_keras(shaken(layer, rng), twin, rng.standard_normal(shape), rng, training=False)


def test_only_training_moves_the_averages(rng):
    layer = BatchNormalization(4)
    layer.forward(5 + rng.standard_normal((6, 4)))
    assert (layer.moving_mean == 0).all()
    assert (layer.moving_variance == 1).all()
    layer.forward(5 + rng.standard_normal((6, 4)), training=True)
    assert (layer.moving_mean != 0).all()
    assert (layer.moving_variance != 1).all()


def by_matrices(x, d, together, centred, epsilon):
    """x_hat, and the gradient of x from that of x_hat, by the n × n slopes of each n numbers normalized together.

    together: x's shape, whole numbers, equal where entries share their mean and spread
    """
    x_hat, dx = np.empty_like(x), np.empty_like(x)
    for label in np.unique(together):
        here = together == label
        v, n = x[here], here.sum()
        v = v - centred * v.sum() / n
        std = np.sqrt((v * v).sum() / n + epsilon)
        x_hat[here] = v / std
        slopes = (np.eye(n) - centred * np.ones((n, n)) / n - np.outer(v, v) / std**2 / n) / std
        dx[here] = slopes.T @ d[here]
    return x_hat, dx


def rows_and_features(shape):
    """The example or position, and the feature, of every entry."""
    return np.divmod(np.arange(np.prod(shape)).reshape(shape), shape[-1])


def by_feature(shape):
    return rows_and_features(shape)[1]


def by_row(shape):
    return rows_and_features(shape)[0]


def by_group_of_two(shape):
    example = np.arange(shape[0]).reshape(-1, *[1] * (len(shape) - 1))
    return example * shape[-1] + rows_and_features(shape)[1] // 2


# our layer, what it normalizes together, whether the mean is taken off
MATRICES = [
    (BatchNormalization, lambda n: BatchNormalization(n, epsilon=EPSILON), by_feature, True),
    (LayerNormalization, lambda n: LayerNormalization(n, EPSILON), by_row, True),
    (GroupNormalization, lambda n: GroupNormalization(n, n // 2, EPSILON), by_group_of_two, True),
    (RMSNormalization, lambda n: RMSNormalization(n, EPSILON), by_row, False),
]


SHAPES = st.lists(st.integers(1, 3), min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("layer_of", "together", "centred"),
    [pytest.param(*case[1:], marks=witness("hypothesis", case[0]), id=case[0].__name__) for case in MATRICES],
)
@given(
    leading=SHAPES,
    half=st.integers(1, 3),
    centre=st.sampled_from([0.0, 1.0, -1e4]),
    spread=st.sampled_from([0.0, 1e-3, 1.0, 1e3]),
    ties=st.booleans(),
    seed=SEEDS,
)
def test_any_shape_and_size(layer_of, together, centred, leading, half, centre, spread, ties, seed):
    """Batches of 1, numbers far from 0, numbers that are all the same, and ties."""
    rng = np.random.default_rng(seed)
    shape = (*leading, 2 * half)
    x = centre + spread * (rng.integers(-1, 2, shape) if ties else rng.standard_normal(shape))
    layer = shaken(layer_of(2 * half), rng)
    y, dy = layer.forward(x, training=True), rng.standard_normal(shape)
    dx = layer.backward(dy)
    scale, *shift = layer.parameters()
    x_hat, wanted = by_matrices(x, dy * scale, together(shape), centred, EPSILON)
    np.testing.assert_allclose(y, scale * x_hat + sum(shift), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(dx, wanted, rtol=1e-9, atol=1e-9)
    for grad, want in zip(layer.gradients(), (dy * x_hat, dy), strict=False):
        np.testing.assert_allclose(grad, want.reshape(-1, 2 * half).sum(axis=0), rtol=1e-9, atol=1e-9)


@witness("hypothesis", BatchNormalization)
@given(SHAPES, st.integers(1, 4), st.sampled_from([0.0, 1.0, -1e4]), st.lists(SEEDS, min_size=1, max_size=4))
def test_what_batches_leave_behind(leading, features, centre, seeds):
    """After any batches the averages are their weighted sums, and an example's output ignores those beside it."""
    layer, mean, variance = BatchNormalization(features, MOMENTUM, EPSILON), np.zeros(features), np.ones(features)
    for seed in seeds:
        x = centre + np.random.default_rng(seed).standard_normal((*leading, features))
        rows = x.reshape(-1, features)
        mean += (1 - MOMENTUM) * (sum(rows) / len(rows) - mean)
        variance += (1 - MOMENTUM) * (sum((row - sum(rows) / len(rows)) ** 2 for row in rows) / len(rows) - variance)
        layer.forward(x, training=True)
    y = layer.forward(x)
    np.testing.assert_allclose(y, (x - mean) / np.sqrt(variance + EPSILON), rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(y[:1], layer.forward(x[:1]))


ALL = [case[0] for case in MATRICES]


NAMES = [operation.__name__ for operation in ALL]


@pytest.mark.parametrize("operation", ALL, ids=NAMES)
@pytest.mark.parametrize("shape", [(3, 1), (3, 8), (8,), (0, 4), (3, 0, 4), (3, 0)])
def test_wrong_shape_gets_a_sentence(operation, shape):
    """A single feature, or a single number for each, would be broadcast."""
    settings = {"groups": 2} if operation is GroupNormalization else {}
    with pytest.raises(ValueError, match=r"x must have the shape \(batch, \.\.\., 4\) and not be empty, got \("):
        operation(4, **settings).forward(np.ones(shape), training=True)


@pytest.mark.parametrize("operation", ALL, ids=NAMES)
@pytest.mark.parametrize("epsilon", [0.0, -1e-3, np.nan])
def test_epsilon_must_be_above_zero(operation, epsilon):
    with pytest.raises(ValueError, match=f"epsilon, .*divided by 0, must be a number above 0, got {epsilon}"):
        operation(32, epsilon=epsilon)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: BatchNormalization(3, momentum=1.5), r"momentum must be a number from 0 to 1, got 1\.5"),
        (lambda: BatchNormalization(3, momentum=-0.1), r"momentum must be a number from 0 to 1, got -0\.1"),
        (lambda: GroupNormalization(6, groups=4), "groups must divide the features, 6, got 4"),
        (lambda: GroupNormalization(6, groups=0), "groups must divide the features, 6, got 0"),
        (lambda: GroupNormalization(6, groups=-3), "groups must divide the features, 6, got -3"),
        (lambda: GroupNormalization(6), "groups must divide the features, 6, got 32"),
    ],
)
def test_wrong_settings_get_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_moving_averages_stay_finite(bad):
    layer, x = BatchNormalization(2), np.array([[1.0, 2.0], [3.0, bad]])
    with pytest.raises(ValueError, match="x must be finite in training"):
        layer.forward(x, training=True)
    assert (layer.moving_mean == 0).all()


@pytest.mark.parametrize("operation", ALL, ids=NAMES)
def test_inputs_are_left_alone(operation, rng):
    layer = operation(4, **({"groups": 2} if operation is GroupNormalization else {}))
    x, dy = rng.standard_normal((2, 5, 4))
    arguments = x.copy(), dy.copy()
    for training in (True, False):
        layer.forward(x, training)
        layer.backward(dy)
    assert (x == arguments[0]).all()
    assert (dy == arguments[1]).all()
    assert all((p == np.round(p)).all() for p in layer.parameters())
