"""How a signal fares in a deep stack: the stack, its statistics, and the recipes for its first weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.activations import ACTIVATION_GRADIENTS
from course_lib.gradients import numeric_gradient
from course_lib.initializers import he_normal
from course_lib.layers import Activation, Dense, Residual, Sequential
from course_lib.normalization import (
    RECIPES,
    BatchNormalization,
    layer_statistics,
    likeness,
    rms,
    stack,
)
from tests.witness import check_keras, check_numeric, shaken, without, witness

pytestmark = [
    *without(["numeric"], "it measures; no training goes through it", rms, likeness),
]


SEEDS = st.integers(0, 2**32 - 1)
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
    return outputs, [run_back(network.layers[k + 1 :], dy) for k in range(len(network.layers))]


def run_back(layers, dy):
    return run_back(layers[:-1], layers[-1].backward(dy)) if layers else dy


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
