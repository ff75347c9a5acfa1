"""The layers that everything is built from, before three witnesses."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.activations import ACTIVATION_GRADIENTS
from course_lib.initializers import he_normal
from course_lib.layers import (
    Activation,
    Concatenate,
    Dense,
    Embedding,
    Flatten,
    Layer,
    Residual,
    Sequential,
    dense_stack,
)
from tests.witness import check_keras, check_numeric, shaken, witness


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def two_layers(rng):
    return Sequential(Dense(4, 3, rng), Activation("tanh"), Dense(3, 2, rng))


def residual_twin(keras):
    x = keras.Input((4,))
    return keras.Model(x, x + keras.layers.Dense(4)(x))


# what is witnessed, our layer, its Keras twin, an input
CASES = [
    (Dense, lambda rng: Dense(4, 3, rng), lambda k: k.layers.Dense(3), (5, 4)),
    (Dense, lambda rng: Dense(4, 3, rng), lambda k: k.layers.Dense(3), (2, 3, 4)),
    (Dense, lambda rng: Dense(4, 3, rng, use_bias=False), lambda k: k.layers.Dense(3, use_bias=False), (5, 4)),
    (Activation, lambda rng: Activation("tanh"), lambda k: k.layers.Activation("tanh"), (5, 4)),
    (Flatten, lambda rng: Flatten(), lambda k: k.layers.Flatten(), (2, 3, 4)),
    (Embedding, lambda rng: Embedding(7, 3, rng), lambda k: k.layers.Embedding(7, 3), 7),
    (Residual, lambda rng: Residual(Dense(4, 4, rng)), residual_twin, (5, 4)),
    (
        Sequential,
        two_layers,
        lambda k: k.Sequential([k.layers.Dense(3, activation="tanh"), k.layers.Dense(2)]),
        (5, 4),
    ),
    (
        dense_stack,
        lambda rng: dense_stack((4, 3, 3, 2), "tanh", rng, last="sigmoid"),
        lambda k: k.Sequential([k.layers.Dense(units, f) for units, f in ((3, "tanh"), (3, "tanh"), (2, "sigmoid"))]),
        (5, 4),
    ),
    (
        dense_stack,
        lambda rng: dense_stack((4, 2), "tanh", rng, he_normal),
        lambda k: k.layers.Dense(2),
        (2, 3, 4),
    ),
]


def example(shape, rng):
    """Random numbers of a shape, or, for a number, whole numbers below it, some of them twice."""
    return rng.integers(0, shape, (2, 5)) if isinstance(shape, int) else rng.standard_normal(shape)


def table(kind):
    return [pytest.param(*case, marks=witness(kind, case[0]), id=f"{case[0].__name__}-{case[3]}") for case in CASES]


@pytest.mark.parametrize(("operation", "ours", "twin", "shape"), table("numeric"))
def test_gradients_equal_brute_force(operation, ours, twin, shape, rng):
    check_numeric(shaken(ours(rng), rng), example(shape, rng), rng)


@pytest.mark.parametrize(("operation", "ours", "twin", "shape"), table("keras"))
def test_equals_keras(operation, ours, twin, shape, rng, keras):
    check_keras(shaken(ours(rng), rng), twin(keras), example(shape, rng), rng)


LEADING = st.lists(st.integers(1, 3), min_size=1, max_size=3)
SEEDS = st.integers(0, 2**32 - 1)


@witness("hypothesis", Dense, Sequential, Residual, Flatten, Activation)
@given(LEADING, st.integers(1, 4), st.sampled_from([0.0, 1.0, 1e3]), SEEDS)
def test_any_shape_and_size(leading, width, scale, seed):
    """Row by row, the result is the plain equation's, and gradients have the shapes of what they belong to."""
    rng = np.random.default_rng(seed)
    x = scale * rng.standard_normal((*leading, width))
    first, last = shaken(Dense(width, 3, rng), rng), shaken(Dense(3, 3, rng), rng)
    network = Sequential(first, Activation("relu"), Residual(last), Flatten())
    y = network.forward(x)
    for index in np.ndindex(*leading):
        h = np.maximum(x[index] @ first.params["kernel"] + first.params["bias"], 0)
        row = h + h @ last.params["kernel"] + last.params["bias"]
        np.testing.assert_allclose(y.reshape(*leading, 3)[index], row, rtol=1e-9, atol=1e-9)
    assert network.backward(np.ones_like(y)).shape == x.shape
    assert [g.shape for g in network.gradients()] == [p.shape for p in network.parameters()]


@witness("hypothesis", dense_stack)
@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=5),
    st.sampled_from(sorted(ACTIVATION_GRADIENTS)),
    st.none() | st.sampled_from(sorted(ACTIVATION_GRADIENTS)),
    SEEDS,
)
def test_a_dense_stack_is_its_layers_one_by_one(widths, activation, last, seed):
    """The same layers made by hand, from the same random numbers in the same order."""
    rng, again = np.random.default_rng(seed), np.random.default_rng(seed)
    network = dense_stack(widths, activation, rng, he_normal, last)
    x = y = rng.standard_normal((3, widths[0]))
    ends = [activation] * (len(widths) - 2) + [last or "linear"]
    for (inputs, units), end in zip(pairwise(widths), ends, strict=True):
        y = ACTIVATION_GRADIENTS[end][0](Dense(inputs, units, again, he_normal).forward(y))
    np.testing.assert_array_equal(network.forward(x), y)
    assert [p.shape for p in network.parameters()[::2]] == list(pairwise(widths))


def test_a_dense_stack_takes_other_layers_too(rng):
    """``dense`` makes the dense ones, and ``after`` follows each activation but that of the end."""

    class Own(Dense):
        pass

    network = dense_stack((4, 3, 2, 1), "relu", rng, last="tanh", dense=Own, after=lambda: [Flatten()])
    kinds = [Own, Activation, Flatten] * 2 + [Own, Activation]
    assert [type(layer) for layer in network.layers] == kinds
    assert network.layers[2] is not network.layers[5]


@witness("hypothesis", Embedding)
@given(st.lists(st.integers(0, 4), max_size=12), SEEDS)
def test_embedding_takes_rows_and_adds_their_gradients(indices, seed):
    rng = np.random.default_rng(seed)
    layer, x = Embedding(5, 3, rng), np.array(indices, int)
    y = layer.forward(x)
    dy = rng.standard_normal(y.shape)
    layer.backward(dy)
    for row in range(5):
        np.testing.assert_allclose(layer.grads["embeddings"][row], dy[x == row].sum(axis=0), atol=1e-12)
        assert (y[x == row] == layer.params["embeddings"][row]).all()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda rng: Activation("rleu"), "name must be one of .*relu.*got 'rleu'"),
        (lambda rng: dense_stack((4,), "relu", rng), "the number of widths must be a whole number from 2 up, got 1"),
        (
            lambda rng: dense_stack([4, 0, 1], "relu", rng),
            "each length in widths must be a whole number from 1 up, got 0",
        ),
        (lambda rng: dense_stack((4, 3, 1), "rleu", rng), "got 'rleu'"),
        (lambda rng: Embedding(5, 2, rng).forward(np.array([5])), "whole numbers from 0 to 4"),
        (lambda rng: Embedding(5, 2, rng).forward(np.array([-1])), "whole numbers from 0 to 4"),
        (lambda rng: Embedding(5, 2, rng).forward(np.array([1.0])), "whole numbers from 0 to 4"),
        (
            lambda rng: Residual(Dense(3, 1, rng)).forward(np.ones((2, 3))),
            r"adds must .* of its input, \(2, 3\), got \(2, 1\)",
        ),
        (lambda rng: Dense(3, 1, rng).forward(np.ones((2, 4))), r"x must have the shape \(\.\.\., 3\), got \(2, 4\)"),
        (lambda rng: Embedding(0, 3, rng), "vocabulary must be a whole number from 1 up, got 0"),
        (lambda rng: Embedding(3, 1.5, rng), "width must be a whole number from 1 up, got 1.5"),
        (lambda rng: Flatten().forward(1.0), r"x must have the shape \(batch, \.\.\.\), got \(\)"),
        (
            lambda rng: Concatenate().forward([]),
            r"xs must hold at least one array with an axis -1, got the shapes \[\]",
        ),
        (lambda rng: Concatenate(2).forward([np.ones((2, 3))]), r"an axis 2, got the shapes \[\[2, 3\]\]"),
        (lambda rng: Concatenate().forward([np.ones((2, 3)), np.ones((1, 3))]), "differ along axis -1 alone"),
        (lambda rng: Concatenate(1).forward([np.ones((2, 3)), np.ones(2)]), "differ along axis 1 alone"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(rng)


def test_base_class_computes_nothing(rng):
    for call in (lambda: Layer().forward(None), lambda: Layer().backward(None)):
        with pytest.raises(NotImplementedError):
            call()


def test_inputs_are_left_alone(rng):
    x = rng.standard_normal((5, 4))
    before = x.copy()
    network = two_layers(rng)
    network.backward(np.ones_like(network.forward(x)))
    assert (x == before).all()


class Beside(Layer):
    """x and a dense layer's view of it, side by side: a way to hold Concatenate before the witnesses of one input."""

    def __init__(self, axis, rng):
        self.dense, self.beside = Dense(4, 4, rng), Concatenate(axis)
        super().__init__([self.dense, self.beside])

    def forward(self, x, training=False):
        return self.beside.forward([x, self.dense.forward(x), x])

    def backward(self, dy):
        first, second, third = self.beside.backward(dy)
        return first + self.dense.backward(second) + third


@witness("numeric", Concatenate)
@pytest.mark.parametrize("axis", [-1, 0, 1, 2])
def test_concatenated_gradients_equal_brute_force(axis, rng):
    check_numeric(Beside(axis, rng), rng.standard_normal((2, 3, 4)), rng)


@witness("keras", Concatenate)
@pytest.mark.parametrize("axis", [-1, 1, 2])
def test_concatenated_equals_keras(axis, rng, keras):
    x = keras.Input((3, 4))
    twin = keras.Model(x, keras.layers.Concatenate(axis)([x, keras.layers.Dense(4)(x), x]))
    check_keras(Beside(axis, rng), twin, rng.standard_normal((2, 3, 4)), rng)


@witness("hypothesis", Concatenate)
@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=3), st.lists(st.integers(0, 3), min_size=1, max_size=4), st.data()
)
def test_what_is_concatenated_comes_apart_again(shape, lengths, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    xs = [np.full([*shape[: axis % len(shape)], n, *shape[axis % len(shape) + 1 :]], i) for i, n in enumerate(lengths)]
    layer = Concatenate(axis)
    y = layer.forward(xs)
    assert y.dtype == float
    assert y.shape[axis] == sum(lengths)
    for x, dx in zip(xs, layer.backward(y), strict=True):
        np.testing.assert_array_equal(x, dx)


def whole(network, x, dtype):
    """The output and every gradient for whole numbers of some type, and for the same as float64."""
    for kind in (dtype, float):
        y = network.forward(x.astype(dtype).astype(kind))
        dx = network.backward(np.ones_like(y))
        yield [y, dx, *network.gradients()]


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint64, bool])
def test_whole_numbers_are_made_float(dtype, rng):
    layers = [Dense(4, 3, rng), Activation("silu"), Flatten(), Residual(Activation("tanh"))]
    for layer in (*layers, Sequential(Flatten(), Dense(4, 2, rng))):
        for ours, wanted in zip(*whole(layer, np.array([[0, 1, 2, 100]]), dtype), strict=True):
            np.testing.assert_array_equal(ours, wanted)


def test_a_batch_may_be_empty(rng):
    network = Sequential(Flatten(), Dense(12, 3, rng), Activation("relu"), Residual(Dense(3, 3, rng)))
    y = network.forward(np.ones((0, 3, 4)))
    assert y.shape == (0, 3)
    assert network.backward(y).shape == (0, 3, 4)
    assert all((g == 0).all() for g in network.gradients())
