"""Additive and Luong's attention before brute-force gradients, Keras, and loops over every query and key."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.gradients import numeric_gradient
from course_lib.scores import AdditiveAttention, LuongAttention, additive_scores, additive_scores_backward
from tests.attention_examples import Parts, parts_twin
from tests.witness import check_keras, check_numeric, shaken, witness

SEEDS = st.integers(0, 2**32 - 1)
patient = settings(deadline=None)
# The second example's last key is padding; the first query of the first example has no key at all.
MASK = np.array([[[0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 1, 0]], [[1, 1, 1, 0]] * 3], bool)


def luong(score):
    return lambda rng: LuongAttention(6, 6 if score == "dot" else 5, rng, score)


def additive(rng):
    return AdditiveAttention(6, 5, 4, rng)


def keras_weighted(k, scores, memory, mask):
    """Softmax with a mask, which leaves zeros where nothing may be seen, and the average."""
    mask = None if mask is None else k.ops.convert_to_tensor(mask)
    return k.ops.matmul(k.layers.Softmax()(scores, mask=mask), memory)


def keras_additive(k, mask=None):
    query, key, scale = (
        k.layers.Dense(4, use_bias=False),
        k.layers.Dense(4, use_bias=False),
        k.layers.AdditiveAttention(),
    )

    def f(x, memory):
        if mask is None:
            return scale([query(x), memory, key(memory)])
        scores = scale([query(x), memory, key(memory)], return_attention_scores=True)[1]
        raw = k.ops.log(scores)
        return keras_weighted(k, raw, memory, mask)

    return f


def keras_dot(k, mask=None):
    def f(x, memory):
        if mask is None:
            return k.layers.Attention()([x, memory])
        return keras_weighted(k, k.ops.matmul(x, k.ops.transpose(memory, (0, 2, 1))), memory, mask)

    return f


def keras_general(k, mask=None):
    dense = k.layers.Dense(5, use_bias=False)
    return lambda x, memory: keras_dot(k, mask)(dense(x), memory)


def keras_concat(k, mask=None):
    """As the paper writes it: both side by side, for every query and key."""
    dense = k.layers.Dense(6, use_bias=False)
    scale = k.layers.EinsumDense("bqku,u->bqk", (None, None))

    def f(x, memory):
        queries = k.ops.repeat(x[:, :, None], 4, axis=2)
        keys = k.ops.repeat(memory[:, None], 3, axis=1)
        scores = scale(k.ops.tanh(dense(k.ops.concatenate([queries, keys], axis=-1))))
        return keras_weighted(k, scores, memory, mask)

    return f


CASES = [
    (AdditiveAttention, additive, keras_additive, 5),
    (LuongAttention, luong("dot"), keras_dot, 6),
    (LuongAttention, luong("general"), keras_general, 5),
    (LuongAttention, luong("concat"), keras_concat, 5),
]


def in_parts(layer, width, mask):
    def forward(x, memory):
        return layer.forward(x, memory=memory, mask=mask)

    return Parts(forward, layer.backward, [(3, 6), (4, width)], [layer])


def table(kind):
    names = ["additive", "dot", "general", "concat"]
    return [pytest.param(*c[1:], marks=witness(kind, c[0]), id=name) for c, name in zip(CASES, names, strict=True)]


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize(("build", "twin", "width"), table("numeric"))
def test_gradients_equal_brute_force(build, twin, width, mask, rng):
    layer = in_parts(shaken(build(rng), rng), width, mask)
    check_numeric(layer, rng.standard_normal((2, 18 + 4 * width)), rng)


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize(("build", "twin", "width"), table("keras"))
def test_equals_keras(build, twin, width, mask, rng, keras):
    layer = in_parts(shaken(build(rng), rng), width, mask)
    model = parts_twin(keras, twin(keras, mask), [(3, 6), (4, width)])
    check_keras(layer, model, rng.standard_normal((2, 18 + 4 * width)), rng)


@witness("numeric", additive_scores, additive_scores_backward)
def test_scores_equal_brute_force(rng):
    arrays = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 5, 4)), rng.standard_normal(4)
    d = rng.standard_normal((2, 3, 5))
    for array, grad in zip(arrays, additive_scores_backward(d, *arrays), strict=True):
        wanted = numeric_gradient(lambda: np.sum(d * additive_scores(*arrays)), array)
        np.testing.assert_allclose(grad, wanted, rtol=1e-5, atol=1e-7)


@witness("keras", additive_scores, additive_scores_backward)
def test_scores_equal_keras(rng, keras):
    import tensorflow as tf

    q, k, scale = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 5, 4)), rng.standard_normal(4)
    d, layer = rng.standard_normal((2, 3, 5)), keras.layers.AdditiveAttention()
    layer.build([q.shape, k.shape, k.shape])
    layer.trainable_variables[0].assign(scale)
    queries, keys = tf.constant(q), tf.constant(k)
    with tf.GradientTape() as tape:
        tape.watch([queries, keys])
        scores = layer._calculate_scores(queries, keys)
    theirs = tape.gradient(scores, [queries, keys, layer.trainable_variables[0]], output_gradients=tf.constant(d))
    np.testing.assert_allclose(additive_scores(q, k, scale), scores, rtol=1e-9, atol=1e-12)
    for ours, their in zip(additive_scores_backward(d, q, k, scale), theirs, strict=True):
        np.testing.assert_allclose(ours, their, rtol=1e-9, atol=1e-12)


@witness("hypothesis", additive_scores, additive_scores_backward, AdditiveAttention, LuongAttention)
@patient
@given(
    st.sampled_from(["additive", "dot", "general", "concat"]),
    st.tuples(*[st.integers(1, 3)] * 5),
    st.sampled_from([0.0, 1.0, 1e3]),
    st.booleans(),
    SEEDS,
)
def test_pair_by_pair(score, sizes, scale, masked, seed):
    """The equation of each score, for one query and one key at a time; nothing overflows."""
    (batch, queries, keys, dim, width), rng = sizes, np.random.default_rng(seed)
    width = dim if score == "dot" else width
    layer = AdditiveAttention(dim, width, 2, rng) if score == "additive" else LuongAttention(dim, width, rng, score)
    p = list(shaken(layer, rng).params.values())
    equation = {
        "additive": lambda h, s: p[2] @ np.tanh(h @ p[0] + s @ p[1]),
        "dot": lambda h, s: h @ s,
        "general": lambda h, s: h @ p[0] @ s,
        "concat": lambda h, s: p[1] @ np.tanh(np.concatenate([h, s]) @ p[0]),
    }[score]
    x, memory = scale * rng.standard_normal((batch, queries, dim)), rng.standard_normal((batch, keys, width))
    mask = rng.random((batch, queries, keys)) < (0.6 if masked else 2)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = layer.forward(x, memory=memory, mask=mask)
        dx, d_memory = layer.backward(rng.standard_normal(y.shape))
    assert (dx.shape, d_memory.shape) == (x.shape, memory.shape)
    for b, i in np.ndindex(batch, queries):
        seen = [s for s, m in zip(memory[b], mask[b, i], strict=True) if m]
        scores = np.array([equation(x[b, i], s) for s in seen])
        e = np.exp(scores - scores.max()) if seen else np.zeros(0)
        wanted = sum((w * s for w, s in zip(e / e.sum(), seen, strict=True)), np.zeros(width))
        np.testing.assert_allclose(y[b, i], wanted, rtol=1e-9, atol=1e-9)


def test_luong_s_concat_is_bahdanau_s_score(rng):
    ours, theirs = luong("concat")(rng), AdditiveAttention(6, 5, 6, rng)
    kernel, scale = ours.params.values()
    theirs.params |= {"query_kernel": kernel[:6], "key_kernel": kernel[6:], "scale": scale}
    x, memory = rng.standard_normal((2, 3, 6)), rng.standard_normal((2, 4, 5))
    np.testing.assert_allclose(ours.forward(x, memory=memory), theirs.forward(x, memory=memory), rtol=1e-12)


@pytest.mark.parametrize("build", [case[1] for case in CASES])
def test_whole_numbers_become_floats(build, rng):
    layer = build(rng)
    x, memory = rng.integers(0, 200, (2, 3, 6)), rng.integers(0, 200, (2, 4, layer.memory_dim))
    wanted = layer.forward(x.astype(float), memory=memory.astype(float))
    np.testing.assert_array_equal(layer.forward(x.astype("uint8"), memory=memory.astype("uint8")), wanted)
    small = np.full((1, 1, 2), 200, np.uint8)
    assert additive_scores(small, small, np.ones(2)).item() == 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda rng: additive(rng).forward(np.ones((2, 3, 6))), r"memory must have the shape \(2, keys, 5\), got \(\)"),
        (
            lambda rng: additive(rng).forward(np.ones((2, 3, 6)), memory=np.ones((1, 4, 5))),
            r"memory must have the shape \(2, keys, 5\), got \(1, 4, 5\)",
        ),
        (lambda rng: additive(rng).forward(np.ones((2, 3, 1))), r"x must have the shape \(batch, queries, 6\)"),
        (
            lambda rng: additive_scores(np.ones((2, 3, 4)), np.ones((2, 5, 1)), np.ones(4)),
            r"k must have the shape \(2, keys, 4\), got \(2, 5, 1\)",
        ),
        (lambda rng: AdditiveAttention(6, 5, 0, rng), "units must be a whole number from 1 up, got 0"),
        (lambda rng: LuongAttention(6, 5, rng, "cosine"), "score must be one of dot, general, concat; got 'cosine'"),
        (lambda rng: LuongAttention(6, 5, rng, "dot"), "memory_dim must be dim, 6, .* got 5"),
        (lambda rng: additive(rng).backward(np.ones((2, 3, 5))), "backward needs a forward before it"),
        (
            lambda rng: additive_scores_backward(
                np.ones((1, 3, 5)), np.ones((2, 3, 4)), np.ones((2, 5, 4)), np.ones(4)
            ),
            r"d must have the shape of the scores, \(2, 3, 5\), got \(1, 3, 5\)",
        ),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(rng)
