"""Attention, one head and many, before brute-force gradients and Keras; and what it refuses."""

import numpy as np
import pytest

from course_lib.attention import (
    GroupedQueryAttention,
    MultiHeadAttention,
    attention,
    attention_backward,
    causal_mask,
    padding_mask,
)
from course_lib.projections import EinsumDense
from tests.attention_examples import Parts, groups, heads, parts_twin, some_mask
from tests.witness import check_keras, check_numeric, shaken, witness

BIAS = np.array([[0.0, -0.5, -1.0], [0.25, 0.0, -0.5]])
MASK = np.array([[True, False, True], [True, True, False]])
LAST_IS_PADDING = padding_mask(np.array([[4, 2, 7, 0, 0], [3, 3, 1, 5, 0]]))


def one_head(mask=None, bias=None):
    """(ours, twin, shape) for attention itself: two sets of q, k and v an example, which Keras takes for heads."""
    shapes = (2, 2, 4), (2, 3, 4), (2, 3, 5)
    kept = {}

    def forward(q, k, v):
        y, weights = attention(q, k, v, mask, bias)
        kept["arrays"] = q, k, v, weights
        return y

    def twin(keras):
        def heads_last(x):
            return keras.ops.transpose(x, (0, 2, 1, 3))

        def f(q, k, v):
            shaped = {name: a if a is None else a[None, None] for name, a in (("mask", mask), ("bias", bias))}
            return heads_last(keras.ops.dot_product_attention(heads_last(q), heads_last(k), heads_last(v), **shaped))

        return parts_twin(keras, f, shapes)

    layer = Parts(forward, lambda dy: attention_backward(dy, *kept["arrays"]), shapes)
    return lambda rng: layer, twin, (3, 16 + 24 + 30)


def to_itself(build, keras_layer, mask=None, **keras_call):
    """(ours, twin, shape) for a layer's self-attention over 5 positions of width 6."""

    def ours(rng):
        layer = build(rng)
        if mask is None:
            return layer
        return Parts(lambda x: layer.forward(x, mask=mask), lambda dy: [layer.backward(dy)], [(5, 6)], [layer])

    def twin(keras):
        x = keras.Input((5, 6) if mask is None else (30,))
        z = x if mask is None else keras.layers.Reshape((5, 6))(x)
        masked = {} if mask is None else {"attention_mask": keras.ops.convert_to_tensor(mask)}
        return keras.Model(x, keras_layer(keras)(z, z, **masked, **keras_call))

    return ours, twin, (2, 5, 6) if mask is None else (2, 30)


def to_memory(build, keras_layer, width):
    """(ours, twin, shape) for cross-attention: 3 positions of width 6 look at 4 of another width."""
    shapes = (3, 6), (4, width)

    def ours(rng):
        layer = build(rng)
        return Parts(lambda x, memory: layer.forward(x, memory=memory), layer.backward, shapes, [layer])

    def twin(keras):
        return parts_twin(keras, keras_layer(keras), shapes)

    return ours, twin, (2, 18 + 4 * width)


def keras_heads(keras):
    return keras.layers.MultiHeadAttention(2, 4)


def keras_groups(keras):
    return keras.layers.GroupQueryAttention(4, 4, 2)


ONE_HEAD = attention, attention_backward
# what is witnessed, its name, (our layer, its Keras twin, an input's shape)
CASES = [
    (ONE_HEAD, "plain", one_head()),
    (ONE_HEAD, "mask", one_head(mask=MASK)),
    (ONE_HEAD, "bias", one_head(bias=BIAS)),
    (ONE_HEAD, "both", one_head(MASK, BIAS)),
    (
        [EinsumDense],
        "to heads",
        (
            lambda rng: EinsumDense("btd,dhe->bthe", (4, 2, 3), rng),
            lambda k: k.layers.EinsumDense("btd,dhe->bthe", (None, 2, 3), bias_axes="he"),
            (2, 5, 4),
        ),
    ),
    (
        [EinsumDense],
        "from heads",
        (
            lambda rng: EinsumDense("bthe,hed->btd", (2, 3, 4), rng),
            lambda k: k.layers.EinsumDense("bthe,hed->btd", (None, 4), bias_axes="d"),
            (2, 5, 2, 3),
        ),
    ),
    ([MultiHeadAttention], "self", to_itself(heads, keras_heads)),
    ([MultiHeadAttention], "causal", to_itself(lambda rng: heads(rng, causal=True), keras_heads, use_causal_mask=True)),
    ([MultiHeadAttention], "padding", to_itself(heads, keras_heads, LAST_IS_PADDING)),
    (
        [MultiHeadAttention],
        "both masks",
        to_itself(lambda rng: heads(rng, causal=True), keras_heads, LAST_IS_PADDING, use_causal_mask=True),
    ),
    (
        [MultiHeadAttention],
        "cross",
        to_memory(
            lambda rng: heads(rng, value_dim=3, memory_dim=5),
            lambda k: k.layers.MultiHeadAttention(2, 4, value_dim=3),
            5,
        ),
    ),
    ([GroupedQueryAttention], "self", to_itself(groups, keras_groups)),
    (
        [GroupedQueryAttention],
        "one key for all",
        to_itself(
            lambda rng: GroupedQueryAttention(6, 4, 3, 1, rng, causal=True),
            lambda k: k.layers.GroupQueryAttention(4, 3, 1),
            use_causal_mask=True,
        ),
    ),
    ([GroupedQueryAttention], "padding", to_itself(groups, keras_groups, LAST_IS_PADDING)),
    ([GroupedQueryAttention], "cross", to_memory(groups, keras_groups, 6)),
]


def table(kind):
    return [
        pytest.param(*case, marks=witness(kind, *operations), id=f"{operations[0].__name__}-{name}")
        for operations, name, case in CASES
    ]


@pytest.mark.parametrize(("ours", "twin", "shape"), table("numeric"))
def test_gradients_equal_brute_force(ours, twin, shape, rng):
    check_numeric(shaken(ours(rng), rng), rng.standard_normal(shape), rng)


@pytest.mark.parametrize(("ours", "twin", "shape"), table("keras"))
def test_equals_keras(ours, twin, shape, rng, keras):
    check_keras(shaken(ours(rng), rng), twin(keras), rng.standard_normal(shape), rng)


@pytest.mark.parametrize(("ours", "theirs"), [(heads, keras_heads), (groups, keras_groups)])
def test_weights_have_keras_names_order_and_size(ours, theirs, rng, keras):
    layer, twin, x = ours(rng), theirs(keras), np.zeros((1, 2, 6))
    twin(x, x)
    parts = zip(["query", "key", "value", "attention_output"], layer.layers, strict=True)
    assert [f"{part}/{name}" for part, inner in parts for name in inner.params] == [
        "/".join(variable.path.split("/")[-2:]) for variable in twin.weights
    ]
    # The largest of many evenly spread numbers is close to their limit, which the initializers must agree on.
    wide, twin = MultiHeadAttention(48, 4, 16, rng), keras.layers.MultiHeadAttention(4, 16)
    twin(np.zeros((1, 2, 48)), np.zeros((1, 2, 48)))
    for p, variable in zip(wide.parameters()[::2], twin.weights[::2], strict=True):
        np.testing.assert_allclose(np.abs(p).max(), np.abs(variable.numpy()).max(), rtol=0.01)


def ones(*shape):
    return np.ones(shape)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda rng: attention(ones(2, 3), ones(4, 5), ones(4, 1)), r"q, k and v must be .*got \(2, 3\), \(4, 5\) and"),
        (lambda rng: attention(ones(2, 3), ones(1, 3), ones(4, 1)), r"keys, dv\), got \(2, 3\), \(1, 3\) and \(4, 1\)"),
        (lambda rng: attention(ones(5, 2, 3), ones(1, 4, 3), ones(5, 4, 1)), r"q, k and v must be"),
        (lambda rng: attention(ones(2, 3), ones(2, 3), ones(2, 3), mask=ones(2, 2)), "True and False, got float64"),
        (
            lambda rng: attention(ones(1, 3), ones(2, 3), ones(2, 3), mask=np.ones((5, 2), bool)),
            r"mask must broadcast to the scores' shape, \(1, 2\), got \(5, 2\)",
        ),
        (
            lambda rng: attention(ones(1, 3), ones(2, 3), ones(2, 3), bias=ones(4, 1, 2)),
            r"bias must broadcast to the scores' shape, \(1, 2\), got \(4, 1, 2\)",
        ),
        (
            lambda rng: attention_backward(ones(1, 3), ones(2, 3), ones(2, 3), ones(2, 3), ones(2, 2)),
            r"dy must have the shape of the averages, \(2, 3\), got \(1, 3\)",
        ),
        (
            lambda rng: EinsumDense("btd,dhe->bhte", (4, 3, 3), rng),
            "equation must end with the axes that b has, he, got 'btd,dhe->bhte'",
        ),
        (
            lambda rng: heads(rng).forward(ones(2, 3, 1)),
            r"x must have the shape \(batch, queries, 6\), got \(2, 3, 1\)",
        ),
        (lambda rng: heads(rng).forward(ones(3, 6)), r"x must have the shape \(batch, queries, 6\), got \(3, 6\)"),
        (
            lambda rng: heads(rng).forward(ones(2, 3, 6), memory=ones(2, 3, 1)),
            r"x must have the shape \(b, t, 6\), got \(2, 3, 1\)",
        ),
        (lambda rng: causal_mask(3, start=4), "start must be a whole number from 0 to 3, got 4"),
        (lambda rng: causal_mask(3, start=-1), "start must be a whole number from 0 to 3, got -1"),
        (lambda rng: padding_mask(np.array([1, 0])), r"tokens must have the shape \(batch, keys\), got \(2,\)"),
        (lambda rng: GroupedQueryAttention(6, 4, 4, 3, rng), "must divide num_query_heads, 4, got 3"),
        (lambda rng: GroupedQueryAttention(6, 4, 4, 0, rng), "must divide num_query_heads, 4, got 0"),
        (
            lambda rng: MultiHeadAttention(6, 0, 4, rng),
            "the number of heads must be a whole number from 1 up, got 0",
        ),
        (lambda rng: heads(rng).forward(ones(2, 3, 6), memory=ones(1, 3, 6)), "one sequence for each of x's 2, got 1"),
        (
            lambda rng: heads(rng, causal=True).forward(ones(2, 3, 6), memory=ones(2, 3, 6)),
            "memory must be None where attention is causal",
        ),
        (lambda rng: heads(rng).forward(ones(2, 3, 6), past={}), "past must be None unless attention is causal"),
        (
            lambda rng: heads(rng).forward(ones(3, 3, 6), mask=np.ones((3, 3), bool)),
            r"mask must have the shape \(batch, queries, keys\), got \(3, 3\)",
        ),
        (
            lambda rng: heads(rng).forward(ones(3, 3, 6), mask=ones(3, 3, 3)),
            "mask must hold True and False, got float64",
        ),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(rng)


def test_inputs_are_left_alone(rng):
    layer = heads(rng, memory_dim=5)
    given_arrays = rng.standard_normal((2, 3, 6)), rng.standard_normal((2, 4, 5)), some_mask((2, 3, 4), rng)
    before = [a.copy() for a in given_arrays]
    x, memory, mask = given_arrays
    dy = np.ones_like(layer.forward(x, memory=memory, mask=mask))
    layer.backward(dy)
    q, bias = rng.standard_normal((2, 3, 4)), ones(3, 3)
    q_before = q.copy()
    _, weights = attention(q, q, q, causal_mask(3), bias)
    weights_before = weights.copy()
    attention_backward(q, q, q, q, weights)
    assert all((a == b).all() for a, b in zip(given_arrays, before, strict=True))
    assert (q == q_before).all()
    assert (weights == weights_before).all()
    assert (dy == 1).all()
    assert (bias == 1).all()
