"""Normalization before three witnesses: brute-force gradients, Keras, and the matrix of all slopes, written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import data
from course_lib.activations import ACTIVATION_GRADIENTS
from course_lib.gradients import numeric_gradient
from course_lib.initializers import he_normal
from course_lib.layers import Activation, Dense, Residual, Sequential
from course_lib.normalization import (
    RECIPES,
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    layer_statistics,
    likeness,
    rms,
    stack,
)
from course_lib.widgets import normalization as widgets
from tests.witness import check_keras, check_numeric, shaken, without, witness

pytestmark = [
    *without(["numeric"], "it measures; no training goes through it", rms, likeness),
]

# Keras rounds these to float32, which leaves powers of 2 as they are.
EPSILON, MOMENTUM = 2.0**-10, 1 - 2.0**-3


@pytest.fixture
def rng():
    return np.random.default_rng(0)


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
SEEDS = st.integers(0, 2**32 - 1)


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


# --- deep stacks, and what is measured in them

KINDS_OF_STACK = st.sampled_from(["relu", "tanh", "sigmoid", "linear"])


def twin_of_stack(keras, depth, width, activation):
    layers = [keras.layers.Dense(width, activation) for _ in range(depth)]
    return keras.Sequential([keras.Input((width,)), *layers])


@witness("numeric", stack)
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_stack_gradients_equal_brute_force(activation, rng):
    check_numeric(shaken(stack(3, 4, activation, he_normal, rng), rng), rng.standard_normal((5, 4)), rng)


@witness("keras", stack)
@pytest.mark.parametrize("activation", ["relu", "tanh", "linear"])
def test_stack_equals_keras(activation, rng, keras):
    ours_, twin = stack(4, 6, activation, he_normal, rng), twin_of_stack(keras, 4, 6, activation)
    check_keras(shaken(ours_, rng), twin, rng.standard_normal((3, 6)), rng)


@witness("hypothesis", stack)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 4), KINDS_OF_STACK, SEEDS)
def test_stack_is_layer_after_layer(depth, width, batch, activation, seed):
    rng = np.random.default_rng(seed)
    network, f = stack(depth, width, activation, he_normal, rng), ACTIVATION_GRADIENTS[activation][0]
    assert [p.shape for p in network.parameters()] == [(width, width), (width,)] * depth
    x = y = rng.standard_normal((batch, width))
    parameters = network.parameters()
    for kernel, bias in zip(parameters[::2], parameters[1::2], strict=True):
        y = f(y @ kernel + bias)
    np.testing.assert_allclose(network.forward(x), y, rtol=1e-12, atol=1e-12)


def statistics_by_definition(network, x, dy):
    """Each layer's output by running the network up to it, each gradient by running back from the end."""
    outputs = [Sequential(*network.layers[: k + 1]).forward(x, True) for k in range(len(network.layers))]
    gradients = [Sequential(*network.layers[k + 1 :]).backward(dy) for k in range(len(network.layers))]
    return outputs, gradients


@witness("hypothesis", layer_statistics)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(2, 5), KINDS_OF_STACK, SEEDS)
def test_layer_statistics_by_definition(depth, width, batch, activation, seed):
    rng = np.random.default_rng(seed)
    network = stack(depth, width, activation, he_normal, rng)
    x, dy = rng.standard_normal((2, batch, width))
    outputs, gradients = statistics_by_definition(network, x, dy)
    found = layer_statistics(network, x, dy)
    assert list(found) == ["forward", "likeness", "backward"]
    np.testing.assert_allclose(found["forward"], [np.sqrt((y**2).mean()) for y in outputs], rtol=1e-12)
    np.testing.assert_allclose(found["backward"], [np.sqrt((d**2).mean()) for d in gradients], rtol=1e-12)
    np.testing.assert_allclose(found["likeness"], [likeness(y) for y in outputs], rtol=1e-9, atol=1e-12)


@witness("keras", layer_statistics, likeness)
def test_layer_statistics_equal_keras(rng, keras):
    """The outputs of Keras' layers, and the tape's gradient in each of them."""
    import tensorflow as tf

    network, twin = stack(4, 6, "tanh", he_normal, rng), twin_of_stack(keras, 4, 6, "tanh")
    twin.set_weights(network.parameters())
    x, dy = rng.standard_normal((2, 5, 6))
    outputs = []
    with tf.GradientTape() as tape:
        h = tf.constant(x)
        tape.watch(h)
        for layer in twin.layers:
            outputs.append(h := layer(h))
        loss = tf.reduce_sum(dy * h)
    gradients = tape.gradient(loss, outputs)
    found = layer_statistics(network, x, dy)
    np.testing.assert_allclose(found["forward"], [np.sqrt(np.mean(y**2)) for y in outputs], rtol=1e-9)
    np.testing.assert_allclose(found["backward"], [np.sqrt(np.mean(d**2)) for d in gradients], rtol=1e-9)
    mean_cosine = -keras.losses.CosineSimilarity(reduction=None)(*pairs_of_rows(np.array(outputs[-1]))).numpy().mean()
    assert found["likeness"][-1] == pytest.approx(mean_cosine, rel=1e-9)


def pairs_of_rows(x):
    """Every ordered pair of two different rows, as two arrays."""
    i, j = np.nonzero(~np.eye(len(x), dtype=bool))
    return x[i], x[j]


@witness("numeric", layer_statistics)
def test_backward_statistics_equal_brute_force(rng):
    """The gradient in a layer's output, by central differences of what the layers after it make of the output."""
    network = stack(3, 4, "tanh", he_normal, rng)
    x, dy = rng.standard_normal((2, 5, 4))
    outputs, _ = statistics_by_definition(network, x, dy)
    wanted = []
    for k, y in enumerate(outputs):
        rest = Sequential(*network.layers[k + 1 :])
        wanted.append(rms(numeric_gradient(lambda rest=rest, y=y: np.sum(dy * rest.forward(y)), y)))
    np.testing.assert_allclose(layer_statistics(network, x, dy)["backward"], wanted, rtol=1e-6)


@witness("hypothesis", rms, likeness)
@given(st.integers(2, 6), st.integers(1, 4), st.sampled_from([0.0, 1e-30, 1.0, 1e30]), st.booleans(), SEEDS)
def test_rms_and_likeness_by_definition(batch, features, scale, ties, seed):
    """Pair by pair, with rows of zeros among them."""
    rng = np.random.default_rng(seed)
    x = scale * (rng.integers(-1, 2, (batch, features)) if ties else rng.standard_normal((batch, features)))
    assert rms(x) == pytest.approx(np.sqrt(sum(v**2 for v in x.ravel()) / x.size), rel=1e-12)
    cosines = [
        a @ b / length if (length := np.linalg.norm(a) * np.linalg.norm(b)) else 0.0
        for a, b in zip(*pairs_of_rows(x), strict=True)
    ]
    assert likeness(x) == pytest.approx(np.mean(cosines), rel=1e-9, abs=1e-12)


@witness("keras", rms)
def test_rms_is_the_root_of_keras_mean_squared_error(rng, keras):
    x = rng.standard_normal((6, 5))
    assert rms(x) ** 2 == pytest.approx(np.mean(keras.losses.mean_squared_error(x, 0 * x)), rel=1e-12)


def test_likeness_at_its_ends():
    assert likeness(np.array([[1.0, 2.0], [2.0, 4.0], [0.5, 1.0]])) == pytest.approx(1)
    assert likeness(np.array([[1.0, 0.0], [0.0, 3.0]])) == pytest.approx(0)
    assert likeness(np.array([[1.0, 1.0], [-2.0, -2.0]])) == pytest.approx(-1)
    assert likeness(np.zeros((3, 4))) == 0


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: stack(0, 4, "relu", he_normal, None), "depth must be a whole number from 1 up, got 0"),
        (lambda: stack(2, 0, "relu", he_normal, None), "width must be a whole number from 1 up, got 0"),
        (lambda: likeness(np.ones((1, 4))), r"2 rows or more, got \(1, 4\)"),
        (lambda: likeness(np.ones(4)), r"2 rows or more, got \(4,\)"),
    ],
)
def test_what_cannot_be_measured_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


@pytest.mark.parametrize(
    ("recipe", "var"),
    [
        ("zero", 0),
        ("too small", 0.05**2),
        ("too large", 0.5**2),
        ("LeCun", 1 / 64),
        ("Glorot", 1 / 64),
        ("He", 2 / 64),
        ("orthogonal", 1 / 64),
    ],
)
def test_recipes_have_the_variance_of_the_chapters_table(recipe, var):
    kernels = np.stack([RECIPES[recipe]((64, 64), np.random.default_rng(seed)) for seed in range(30)])
    assert kernels.var() == pytest.approx(var, rel=0.02)
    assert set(RECIPES) == {"zero", "too small", "too large", "LeCun", "Glorot", "He", "orthogonal"}


def test_orthogonal_layers_keep_every_length():
    """Without an activation, through fifty layers, forward and backward."""
    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((2, 10, 64))
    network = stack(50, 64, "linear", RECIPES["orthogonal"], rng)
    np.testing.assert_allclose(np.linalg.norm(network.forward(x), axis=1), np.linalg.norm(x, axis=1), rtol=1e-10)
    np.testing.assert_allclose(np.linalg.norm(network.backward(dy), axis=1), np.linalg.norm(dy, axis=1), rtol=1e-10)


# --- the exercise that shows measurements


def test_the_sick_networks_are_as_sick_as_the_exercise_says(rng):
    """Exercise 5's table, to the power of ten; likeness to within 0.1."""
    x, dy = rng.standard_normal((2, 100, 64))

    def blocks(norm, skip):
        for _ in range(50):
            parts = [BatchNormalization(64)] * norm + [Activation("relu"), Dense(64, 64, rng, he_normal)]
            yield Residual(Sequential(*parts)) if skip else Sequential(*parts)

    table = {
        "A": (stack(50, 64, "relu", RECIPES["Glorot"], rng), 1e-8, 1e-8, 0.99),
        "B": (stack(50, 64, "relu", RECIPES["zero"], rng), 0, 0, 0),
        "C": (stack(50, 64, "tanh", RECIPES["too large"], rng), 0.9, 1e9, 0),
        "D": (Sequential(*blocks(True, False)), 1, 1e4, 0.3),
        "E": (Sequential(*blocks(False, True)), 1e7, 1e7, 0.98),
    }
    for name, (network, signal, gradient, alike) in table.items():
        found = layer_statistics(network, x, dy)
        for size, said in ((found["forward"][-1], signal), (found["backward"][0], gradient)):
            assert size == said == 0 or abs(np.log10(size / said)) < 1, (name, size, said)
        assert found["likeness"][-1] == pytest.approx(alike, abs=0.1), name


# --- widgets


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "linear"])
@pytest.mark.parametrize("recipe", list(RECIPES))
def test_signal_follows_the_mathematics(recipe, activation):
    demo = widgets.Signal(recipe, activation, depth=20, seed=3)
    rng = np.random.default_rng(3)
    network = stack(50, 64, activation, RECIPES[recipe], rng)
    x, dy = rng.standard_normal((2, 64, 64))
    wanted = layer_statistics(Sequential(*network.layers[:20]), x, dy)
    for way in ("forward", "backward"):
        np.testing.assert_allclose(demo.sizes[way], wanted[way], rtol=1e-10)
    assert f"20 layers of 64 {activation} neurons, weights “{recipe}”" in demo.describe()
    assert f"to {widgets.size_in_words(wanted['forward'][-1])};" in demo.describe()
    assert f"to {widgets.size_in_words(wanted['backward'][0])}." in demo.describe()


def test_signal_shows_six_layers_and_their_sizes():
    demo = widgets.Signal("He", depth=50)
    text = demo.picture.value
    for layer in (1, 11, 21, 30, 40, 50):
        assert f">layer {layer}</text>" in text
    assert text.count("<polygon") == 12
    demo.set(depth=2)
    assert demo.picture.value.count("<polygon") == 4


def test_signal_marks_what_lies_beyond_its_histograms():
    assert "▶" in widgets.Signal("too large", "tanh").picture.value
    assert "▶" not in widgets.Signal("too small", "tanh", depth=5).picture.value.replace("signal", "")


@pytest.mark.parametrize(
    ("first", "last", "word"),
    [
        (1, 0, "is gone"),
        (0, 0, "is gone"),
        (1, 1e-9, "vanishes"),
        (1, 0.05, "fades"),
        (1, 0.5, "keeps its size"),
        (0.5, 4, "keeps its size"),
        (1, 50, "grows"),
        (1, 1e5, "explodes"),
        (0, 1, "explodes"),
    ],
)
def test_fate_in_words(first, last, word):
    assert widgets.fate(first, last) == word


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0.00"),
        (0.72, "0.72"),
        (0.005, "0.01"),
        (999.4, "999.40"),
        (1234, "1·10³"),
        (3e-28, "3·10⁻²⁸"),
        (2.4e22, "2·10²²"),
    ],
)
def test_size_in_words(size, words):
    assert widgets.size_in_words(size) == words


def test_the_strips_are_real_digits():
    training = data.digits()
    rows = [0, 1, 2, 3, 5, 8]
    np.testing.assert_array_equal(widgets.INKS, 16 * training.x_train[rows, 4])
    assert tuple(training.y_train[rows]) == widgets.LABELS


@pytest.mark.parametrize("examples", [1, 3, 6])
@pytest.mark.parametrize("ink", [0.0, 1.0, 2.5])
def test_normalize_follows_the_mathematics(examples, ink):
    x = widgets.INKS[:examples].copy()
    x[0] *= ink
    mean, variance = widgets.INKS.mean(axis=0), widgets.INKS.var(axis=0)
    wanted = {
        "nothing": x,
        "batch norm, training": (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-3),
        "batch norm, afterwards": (x - mean) / np.sqrt(variance + 1e-3),
        "layer norm": (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-3),
        "RMS norm": x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-6),
    }
    assert list(wanted) == widgets.KINDS
    for kind, y in wanted.items():
        demo = widgets.Normalize(kind, examples, ink)
        np.testing.assert_allclose(demo.x, x)
        np.testing.assert_allclose(demo.y, y, rtol=1e-10, atol=1e-12)


def test_who_notices_the_ink_of_the_seven():
    """As the chapter's answers say: with batch norm in training the other rows, with layer norm and afterwards none."""

    def others(kind, ink):
        return widgets.Normalize(kind, ink=ink).y[1:]

    assert not np.allclose(others("batch norm, training", 1.0), others("batch norm, training", 2.0))
    for kind in ("batch norm, afterwards", "layer norm", "RMS norm"):
        np.testing.assert_array_equal(others(kind, 1.0), others(kind, 2.0))
    for kind in ("layer norm", "RMS norm"):
        once, twice = (widgets.Normalize(kind, ink=ink).y[0] for ink in (1.0, 2.0))
        np.testing.assert_allclose(once, twice, atol=1e-4)
    assert (widgets.Normalize("batch norm, training", examples=1).y == 0).all()


@pytest.mark.parametrize(
    ("kind", "together"),
    [
        ("nothing", ([1], [4])),
        ("batch norm, training", ([0, 1, 2], [4])),
        ("batch norm, afterwards", ([1], [4])),
        ("layer norm", ([1], list(range(8)))),
        ("RMS norm", ([1], list(range(8)))),
    ],
)
def test_the_frame_shows_who_shares_a_mean(kind, together):
    demo = widgets.Normalize(kind, examples=3, example=2, pixel=5)
    assert demo.chosen == (1, 4)
    assert demo.together == together


def test_a_row_that_the_batch_lacks_is_its_last():
    demo = widgets.Normalize(examples=2, example=6)
    assert demo.chosen[0] == 1
    assert "of the 8" in demo.describe()


def test_normalize_says_its_arithmetic():
    demo = widgets.Normalize()
    assert "Mean 9.83 and variance 28.81, of the column" in demo.words()
    assert "(11.0 − 9.83) / √(28.81 + 0.001) = <b>0.22</b>" in demo.words()
    demo.set(kind="RMS norm", example=4, pixel=6)
    assert "86.25" in demo.words()
    assert "<b>1.18</b>" in demo.words()
