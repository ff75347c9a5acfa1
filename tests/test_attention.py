"""Attention, one head and many, before three witnesses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.attention import (
    EinsumDense,
    GroupedQueryAttention,
    MultiHeadAttention,
    attention,
    attention_backward,
    causal_mask,
    padding_mask,
)
from course_lib.layers import Layer
from tests.witness import check_keras, check_numeric, shaken, without, witness

pytestmark = without(["numeric"], "it holds True and False, which have no slope", causal_mask, padding_mask)

SEEDS = st.integers(0, 2**32 - 1)
# A first call, or a busy machine, may take longer than Hypothesis' 200 ms.
patient = settings(deadline=None)
BIAS = np.array([[0.0, -0.5, -1.0], [0.25, 0.0, -0.5]])
MASK = np.array([[True, False, True], [True, True, False]])
LAST_IS_PADDING = padding_mask(np.array([[4, 2, 7, 0, 0], [3, 3, 1, 5, 0]]))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


class Parts(Layer):
    """What takes several arrays as a layer of one, in which each example holds them all in a row.

    f(*arrays) computes y, f_backward(dy) the gradients of the arrays; shapes: those of one example's arrays
    """

    def __init__(self, f, f_backward, shapes, layers=()):
        super().__init__(layers)
        self.f, self.f_backward, self.shapes = f, f_backward, shapes

    def forward(self, x, training=False):
        ends = np.cumsum([np.prod(shape) for shape in self.shapes])[:-1]
        arrays = np.split(x, ends, axis=1)
        return self.f(*(a.reshape(len(x), *shape) for a, shape in zip(arrays, self.shapes, strict=True)))

    def backward(self, dy):
        return np.concatenate([d.reshape(len(dy), -1) for d in self.f_backward(dy)], axis=1)


def parts_twin(keras, f, shapes):
    """The Keras model of ``Parts``: f is called on Keras tensors."""
    ends = np.cumsum([0, *(np.prod(shape) for shape in shapes)])
    x = keras.Input((int(ends[-1]),))
    arrays = [keras.layers.Reshape(s)(x[:, a:b]) for s, a, b in zip(shapes, ends[:-1], ends[1:], strict=True)]
    return keras.Model(x, f(*arrays))


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


# Widths of a head whose roots are exact: Keras rounds 1 / √width to float32.
def heads(rng, **options):
    return MultiHeadAttention(6, 2, 4, rng, **options)


def groups(rng, **options):
    return GroupedQueryAttention(6, 4, 4, 2, rng, **options)


def keras_heads(keras):
    return keras.layers.MultiHeadAttention(2, 4)


def keras_groups(keras):
    return keras.layers.GroupQueryAttention(4, 4, 2)


ONE_HEAD = attention, attention_backward
MASKS = causal_mask, padding_mask
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


@witness("keras", causal_mask)
def test_causal_mask_is_where_keras_has_weights(keras):
    x = np.ones((1, 5, 4))
    _, weights = keras.layers.MultiHeadAttention(1, 4)(x, x, use_causal_mask=True, return_attention_scores=True)
    assert (causal_mask(5) == (np.array(weights)[0, 0] > 0)).all()


@witness("keras", padding_mask)
def test_padding_mask_is_the_mask_of_keras_embedding(keras):
    tokens = np.array([[4, 2, 0], [0, 3, 1]])
    theirs = keras.layers.Embedding(5, 2, mask_zero=True).compute_mask(tokens)
    assert (padding_mask(tokens)[:, 0] == np.array(theirs)).all()


@witness("hypothesis", causal_mask)
@patient
@given(st.integers(0, 9), st.data())
def test_causal_mask_entry_by_entry(length, data):
    start = data.draw(st.integers(0, length))
    expected = [[key <= query for key in range(length)] for query in range(start, length)]
    assert causal_mask(length, start).tolist() == expected


@witness("hypothesis", padding_mask)
@patient
@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 2), SEEDS)
def test_padding_mask_entry_by_entry(batch, keys, padding, seed):
    tokens = np.random.default_rng(seed).integers(0, 3, (batch, keys))
    assert padding_mask(tokens, padding).tolist() == [[[bool(t != padding) for t in row]] for row in tokens]
    assert (padding_mask(tokens, padding) & causal_mask(keys)).shape == (batch, keys, keys)


def some_mask(shape, rng):
    """Random, but no query is left without a key."""
    mask = rng.random(shape) < 0.5
    mask[..., 0] |= ~mask.any(axis=-1)
    return mask


@witness("hypothesis", attention, attention_backward)
@patient
@given(
    st.lists(st.integers(1, 2), max_size=2),
    st.tuples(*[st.integers(1, 4)] * 4),
    st.sampled_from([0.0, 1.0, 1e3, 1e4]),
    SEEDS,
)
def test_attention_query_by_query(leading, sizes, scale, seed):
    """Any shape, any size of the scores, ties, one key only: the equation for one query at a time."""
    queries, keys, d, width = sizes
    rng = np.random.default_rng(seed)
    q, k = scale * rng.standard_normal((*leading, queries, d)), scale * rng.standard_normal((*leading, keys, d))
    v, dy = rng.standard_normal((*leading, keys, width)), rng.standard_normal((*leading, queries, width))
    mask, bias = some_mask((*leading, queries, keys), rng), rng.standard_normal((queries, keys))
    y, weights = attention(q, k, v, mask, bias)
    dq, dk, dv = attention_backward(dy, q, k, v, weights)
    assert (weights[~mask] == 0).all()
    assert (dk[~mask.any(axis=-2)] == 0).all()
    # Rounding in the scores, which grows with them, is an error in the logarithms of the weights.
    tolerance = 1e-12 + 1e-14 * scale**2
    expected_dk = np.zeros_like(k)
    for i in np.ndindex(*leading, queries):
        seen, rest = mask[i], i[:-1]
        scores = (k[rest][seen] @ q[i]) / d**0.5 + bias[i[-1]][seen]
        w = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
        np.testing.assert_allclose(weights[i][seen], w, atol=tolerance)
        np.testing.assert_allclose(y[i], w @ v[rest][seen], atol=10 * tolerance)
        d_scores = (np.diag(w) - np.outer(w, w)) @ (v[rest][seen] @ dy[i])
        np.testing.assert_allclose(dq[i], d_scores @ k[rest][seen] / d**0.5, atol=100 * tolerance * (1 + scale))
        expected_dk[rest][seen] += np.outer(d_scores, q[i]) / d**0.5
    np.testing.assert_allclose(dk, expected_dk, atol=100 * tolerance * (1 + scale))
    np.testing.assert_allclose(dv, weights.swapaxes(-1, -2) @ dy, atol=1e-12)


@witness("hypothesis", EinsumDense)
@patient
@given(st.integers(1, 3), st.integers(1, 4), st.tuples(*[st.integers(1, 4)] * 3), st.sampled_from([0, 1, 1e3]), SEEDS)
def test_einsum_dense_is_a_dense_layer_cut_into_heads(batch, time, sizes, scale, seed):
    rng = np.random.default_rng(seed)
    layer = shaken(EinsumDense("btd,dhe->bthe", sizes, rng), rng)
    x = scale * rng.standard_normal((batch, time, sizes[0]))
    y, kernel = layer.forward(x), layer.params["kernel"].reshape(sizes[0], -1)
    np.testing.assert_allclose(y.reshape(batch, time, -1), x @ kernel + layer.params["bias"].ravel(), atol=1e-9)
    dy = rng.standard_normal(y.shape)
    flat = dy.reshape(batch * time, -1)
    np.testing.assert_allclose(layer.backward(dy), (flat @ kernel.T).reshape(x.shape), atol=1e-9)
    rows = x.reshape(batch * time, -1)
    np.testing.assert_allclose(layer.grads["kernel"].reshape(sizes[0], -1), rows.T @ flat, atol=1e-9)
    np.testing.assert_allclose(layer.grads["bias"].ravel(), flat.sum(axis=0), atol=1e-9)


@witness("hypothesis", MultiHeadAttention, GroupedQueryAttention)
@patient
@given(
    st.tuples(*[st.integers(1, 3)] * 6),
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
    st.sampled_from([0.0, 1.0, 1e3]),
    SEEDS,
)
def test_layers_head_by_head(sizes, options, scale, seed):
    """Every head is attention with slices of the kernels; the heads' outputs, projected, add up."""
    (batch, queries, keys, kv_heads, group, width), (grouped, crosses, masked) = sizes, options
    rng = np.random.default_rng(seed)
    group = group if grouped else 1
    if grouped:
        layer = GroupedQueryAttention(4, width, kv_heads * group, kv_heads, rng)
    else:
        layer = MultiHeadAttention(4, kv_heads, width, rng)
    shaken(layer, rng)
    x = scale * rng.standard_normal((batch, queries, 4))
    memory = rng.standard_normal((batch, keys, 4)) if crosses else None
    source = memory if crosses else x
    mask = some_mask((batch, queries, source.shape[1]), rng) if masked else None
    y = layer.forward(x, memory=memory, mask=mask)
    (wq, bq), (wk, bk), (wv, bv), (wo, bo) = (inner.params.values() for inner in layer.layers)
    expected = np.zeros_like(x) + bo
    for h in range(kv_heads * group):
        g = h // group
        head, w = attention(x @ wq[:, h] + bq[h], source @ wk[:, g] + bk[g], source @ wv[:, g] + bv[g], mask)
        expected += head @ wo[h]
        np.testing.assert_allclose(layer.weights[:, h], w, atol=1e-8)
    np.testing.assert_allclose(y, expected, rtol=1e-7, atol=1e-7 * (1 + scale))
    d = layer.backward(np.ones_like(y))
    assert [g.shape for g in layer.gradients()] == [p.shape for p in layer.parameters()]
    assert [a.shape for a in d] == [x.shape, memory.shape] if crosses else d.shape == x.shape


@patient
@given(st.integers(1, 3), st.integers(2, 6), st.data(), SEEDS)
def test_past_continues_what_was_said(batch, time, data, seed):
    """Read in any pieces, a sequence gives what it gives at once: the KV cache forgets nothing and invents nothing."""
    rng = np.random.default_rng(seed)
    layer, x = shaken(groups(rng, causal=True), rng), rng.standard_normal((batch, time, 6))
    cuts = sorted(data.draw(st.sets(st.integers(1, time - 1))))
    past = {}
    pieces = [layer.forward(piece, past=past) for piece in np.split(x, cuts, axis=1)]
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), layer.forward(x), rtol=1e-10, atol=1e-10)
    # Two key heads are kept, not the four that ask.
    assert past["k"].shape == past["v"].shape == (batch, 2, time, 4)


def test_without_positions_order_is_lost_on_attention(rng):
    """Equivariance: shuffled positions give the shuffled output. A causal mask breaks it."""
    x, order = rng.standard_normal((2, 5, 6)), np.array([3, 1, 4, 0, 2])
    blind, causal = heads(rng), heads(rng, causal=True)
    np.testing.assert_allclose(blind.forward(x[:, order]), blind.forward(x)[:, order], rtol=1e-12)
    assert not np.allclose(causal.forward(x[:, order]), causal.forward(x)[:, order])


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
            lambda rng: attention(ones(2, 3), ones(2, 3), ones(2, 3), mask=np.array([[True, True], [False, False]])),
            "mask must leave each query at least one key",
        ),
        (
            lambda rng: attention_backward(ones(1, 3), ones(2, 3), ones(2, 3), ones(2, 3), ones(2, 2)),
            r"dy must have the shape of the averages, \(2, 3\), got \(1, 3\)",
        ),
        (
            lambda rng: EinsumDense("btd,dhe->bhte", (4, 3, 3), rng),
            "equation must end with the axes that b has, he, got 'btd,dhe->bhte'",
        ),
        (lambda rng: heads(rng).forward(ones(2, 3, 1)), r"x must have the shape \(b, t, 6\), got \(2, 3, 1\)"),
        (lambda rng: heads(rng).forward(ones(3, 6)), r"x must have the shape \(b, t, 6\), got \(3, 6\)"),
        (
            lambda rng: heads(rng).forward(ones(2, 3, 6), memory=ones(2, 3, 1)),
            r"x must have the shape \(b, t, 6\), got \(2, 3, 1\)",
        ),
        (lambda rng: causal_mask(3, start=4), "start must be a number from 0 to 3, the length, got 4"),
        (lambda rng: causal_mask(3, start=-1), "start must be a number from 0 to 3, the length, got -1"),
        (lambda rng: padding_mask(np.array([1, 0])), r"tokens must have the shape \(batch, keys\), got \(2,\)"),
        (lambda rng: GroupedQueryAttention(6, 4, 4, 3, rng), "must divide num_query_heads, 4, got 3"),
        (lambda rng: GroupedQueryAttention(6, 4, 4, 0, rng), "must divide num_query_heads, 4, got 0"),
        (
            lambda rng: MultiHeadAttention(6, 0, 4, rng),
            "the smallest of heads and widths must be a whole number from 1 up, got 0",
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
