"""Transformer blocks and a small GPT before three witnesses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.attention import padding_mask
from course_lib.feed_forward import feed_forward
from course_lib.layers import Dense, Layer
from course_lib.transformers import GPT, DecoderBlock, EncoderBlock, Sublayer
from tests.attention_examples import Parts, parts_twin
from tests.witness import check_keras, check_numeric, shaken, witness

SEEDS = st.integers(0, 2**32 - 1)
# A first call, or a busy machine, may take longer than Hypothesis' 200 ms.
patient = settings(deadline=None)
PADDING = padding_mask(np.array([[4, 2, 7, 0, 0], [3, 3, 1, 5, 0]]))
MEMORY_PADDING = padding_mask(np.array([[4, 2, 0], [3, 3, 1]]))


class Twice(Layer):
    """A stand-in for dropout, of which one knows what it does."""

    def forward(self, x, training=False):
        return 2 * x

    def backward(self, dy):
        return 2 * dy


# Two heads of width 4, whose root is exact: Keras rounds 1 / √4 to float32.
def attend(k, mask=None, causal=False):
    """Keras attention from x to a source."""
    mask = None if mask is None else k.ops.convert_to_tensor(mask)
    return lambda x, source: k.layers.MultiHeadAttention(2, 4)(x, source, attention_mask=mask, use_causal_mask=causal)


def beside(k, f, x, first, scale=1):
    """The residual path, the layer beside it and the normalization, in Keras."""
    if first:
        return x + scale * f(k.layers.LayerNormalization()(x))
    return k.layers.LayerNormalization()(x + scale * f(x))


def two_dense(k, hidden, activation="relu"):
    return lambda x: k.layers.Dense(8)(k.layers.Dense(hidden, activation)(x))


def encoder(k, x, first, mask=None, causal=False, scale=1, activation="relu"):
    x = beside(k, lambda z: attend(k, mask, causal)(z, z), x, first, scale)
    return beside(k, two_dense(k, 5, activation), x, first, scale)


def decoder(k, x, memory, first, memory_mask=None):
    x = beside(k, lambda z: attend(k, causal=True)(z, z), x, first)
    x = beside(k, lambda z: attend(k, memory_mask)(z, memory), x, first)
    return beside(k, two_dense(k, 5), x, first)


def gpt(k, tokens):
    positions = k.ops.zeros_like(tokens) + k.ops.arange(5)
    x = k.layers.Embedding(7, 8)(tokens) + k.layers.Embedding(6, 8)(positions)
    for _ in range(2):
        x = beside(k, lambda z: attend(k, causal=True)(z, z), x, True)
        x = beside(k, two_dense(k, 32), x, True)
    return k.layers.Dense(7)(k.layers.LayerNormalization()(x))


def model(f, shape=(5, 8), dtype=None):
    """f(keras, x) as a function of Keras alone that makes the model."""

    def twin(keras):
        x = keras.Input(shape, dtype=dtype)
        return keras.Model(x, f(keras, x))

    return twin


def padded(build):
    """An encoder block whose input is padded at the end."""

    def ours(rng):
        block = build(rng)
        return Parts(lambda x: block.forward(x, mask=PADDING), lambda dy: [block.backward(dy)], [(5, 8)], [block])

    return ours


def with_memory(build, mask=None):
    """A decoder block of 5 positions and a memory of 3, of width 6."""

    def ours(rng):
        block = build(rng)

        def forward(x, memory):
            return block.forward(x, memory=memory, memory_mask=mask)

        return Parts(forward, block.backward, [(5, 8), (3, 6)], [block])

    return ours


def decoder_twin(first, mask=None):
    return lambda k: parts_twin(k, lambda x, memory: decoder(k, x, memory, first, mask), [(5, 8), (3, 6)])


PRE = {"normalize_first": True}
# what is witnessed, its name, our layer, its Keras twin, an input's shape (a number: whole numbers below it)
CASES = [
    (
        feed_forward,
        "relu",
        lambda rng: feed_forward(8, 5, rng),
        model(lambda k, x: two_dense(k, 5)(x)),
        (2, 5, 8),
    ),
    (
        Sublayer,
        "post",
        lambda rng: Sublayer(Dense(8, 8, rng), 8),
        model(lambda k, x: beside(k, k.layers.Dense(8), x, False)),
        (2, 5, 8),
    ),
    (
        Sublayer,
        "pre",
        lambda rng: Sublayer(Dense(8, 8, rng), 8, normalize_first=True),
        model(lambda k, x: beside(k, k.layers.Dense(8), x, True)),
        (2, 5, 8),
    ),
    (
        EncoderBlock,
        "post",
        lambda rng: EncoderBlock(8, 2, 5, rng),
        model(lambda k, x: encoder(k, x, False)),
        (2, 5, 8),
    ),
    (
        EncoderBlock,
        "pre",
        lambda rng: EncoderBlock(8, 2, 5, rng, **PRE),
        model(lambda k, x: encoder(k, x, True)),
        (2, 5, 8),
    ),
    (
        EncoderBlock,
        "causal",
        lambda rng: EncoderBlock(8, 2, 5, rng, causal=True, activation="tanh", **PRE),
        model(lambda k, x: encoder(k, x, True, causal=True, activation="tanh")),
        (2, 5, 8),
    ),
    (
        EncoderBlock,
        "padding",
        padded(lambda rng: EncoderBlock(8, 2, 5, rng)),
        model(lambda k, x: encoder(k, k.layers.Reshape((5, 8))(x), False, PADDING), (40,)),
        (2, 40),
    ),
    (
        EncoderBlock,
        "dropout's place, post",
        lambda rng: EncoderBlock(8, 2, 5, rng, dropout=Twice),
        model(lambda k, x: encoder(k, x, False, scale=2)),
        (2, 5, 8),
    ),
    (
        EncoderBlock,
        "dropout's place, pre",
        lambda rng: EncoderBlock(8, 2, 5, rng, dropout=Twice, **PRE),
        model(lambda k, x: encoder(k, x, True, scale=2)),
        (2, 5, 8),
    ),
    (
        DecoderBlock,
        "post",
        with_memory(lambda rng: DecoderBlock(8, 2, 5, rng, memory_width=6)),
        decoder_twin(False),
        (2, 58),
    ),
    (
        DecoderBlock,
        "pre",
        with_memory(lambda rng: DecoderBlock(8, 2, 5, rng, memory_width=6, **PRE), MEMORY_PADDING),
        decoder_twin(True, MEMORY_PADDING),
        (2, 58),
    ),
    (GPT, "two blocks", lambda rng: GPT(7, 6, 8, 2, 2, rng), model(gpt, (5,), "int32"), 7),
]


def table(kind):
    return [
        pytest.param(*case, marks=witness(kind, operation), id=f"{operation.__name__}-{name}")
        for operation, name, *case in CASES
    ]


def example(shape, rng):
    """Random numbers of a shape, or, for a number, whole numbers below it."""
    return rng.integers(0, shape, (2, 5), dtype=np.int32) if isinstance(shape, int) else rng.standard_normal(shape)


@pytest.mark.parametrize(("ours", "twin", "shape"), table("numeric"))
def test_gradients_equal_brute_force(ours, twin, shape, rng):
    # A GPT of full width has 2,000 parameters, each of which costs two passes.
    layer = GPT(5, 6, 2, 1, 2, rng) if isinstance(shape, int) else ours(rng)
    check_numeric(shaken(layer, rng), example(5 if isinstance(shape, int) else shape, rng), rng)


@pytest.mark.parametrize(("ours", "twin", "shape"), table("keras"))
def test_equals_keras(ours, twin, shape, rng, keras):
    check_keras(shaken(ours(rng), rng), twin(keras), example(shape, rng), rng)


SIZES = st.tuples(st.integers(1, 3), st.integers(1, 5), st.sampled_from([1, 2, 3]), st.integers(1, 3))
SCALES = st.sampled_from([0.0, 1.0, 1e3])


@witness("hypothesis", Sublayer, feed_forward)
@patient
@given(SIZES, st.booleans(), SCALES, SEEDS)
def test_sublayer_is_its_equation(sizes, first, scale, seed):
    """Position by position, with the normalization and the dense layers written out."""
    (batch, time, hidden, _), rng = sizes, np.random.default_rng(seed)
    layer = shaken(Sublayer(feed_forward(4, hidden, rng), 4, normalize_first=first), rng)
    x = scale * rng.standard_normal((batch, time, 4))
    (gamma, beta), p = layer.norm.params.values(), layer.layer.parameters()

    def norm(z):
        return gamma * (z - z.mean()) / np.sqrt(z.var() + layer.norm.epsilon) + beta

    def f(z):
        return np.maximum(z @ p[0] + p[1], 0) @ p[2] + p[3]

    y = layer.forward(x)
    for i in np.ndindex(batch, time):
        expected = x[i] + f(norm(x[i])) if first else norm(x[i] + f(x[i]))
        np.testing.assert_allclose(y[i], expected, rtol=1e-9, atol=1e-9 * (1 + scale))
    assert layer.backward(np.ones_like(y)).shape == x.shape


@witness("hypothesis", EncoderBlock)
@patient
@given(SIZES, st.booleans(), st.booleans(), SCALES, SEEDS)
def test_encoder_block_any_shape(sizes, first, causal, scale, seed):
    """Attention, then dense layers, each beside its path; examples do not mix, nor, if causal, does the future."""
    (batch, time, num_heads, half), rng = sizes, np.random.default_rng(seed)
    width = 2 * half * num_heads
    block = shaken(EncoderBlock(width, num_heads, 3, rng, causal=causal, normalize_first=first), rng)
    x = scale * rng.standard_normal((batch, time, width))
    y = block.forward(x)
    alone = np.concatenate([block.forward(one[None]) for one in x])
    np.testing.assert_allclose(alone, y, rtol=1e-9, atol=1e-9 * (1 + scale))
    attention, dense = (part.layer for part in block.layers)
    norms = [part.norm.forward for part in block.layers]
    if first:
        h = x + attention.forward(norms[0](x))
        expected = h + dense.forward(norms[1](h))
    else:
        h = norms[0](x + attention.forward(x))
        expected = norms[1](h + dense.forward(h))
    np.testing.assert_allclose(y, expected, rtol=1e-9, atol=1e-9 * (1 + scale))
    changed = x.copy()
    changed[:, -1] += 1
    same = np.allclose(block.forward(changed)[:, :-1], y[:, :-1], rtol=1e-9, atol=1e-12)
    assert same or not causal
    block.forward(x)
    assert block.backward(np.ones_like(x)).shape == x.shape
    assert [g.shape for g in block.gradients()] == [p.shape for p in block.parameters()]


@witness("hypothesis", DecoderBlock)
@patient
@given(SIZES, st.integers(1, 4), st.booleans(), SCALES, SEEDS)
def test_decoder_block_any_shape(sizes, keys, first, scale, seed):
    """The future does not count, nor the order of the memory, which has no positions, nor what its mask hides."""
    (batch, time, num_heads, half), rng = sizes, np.random.default_rng(seed)
    width = 2 * half * num_heads
    block = shaken(DecoderBlock(width, num_heads, 3, rng, memory_width=3, normalize_first=first), rng)
    x, memory = scale * rng.standard_normal((batch, time, width)), rng.standard_normal((batch, keys + 1, 3))
    mask = np.arange(keys + 1)[None, None] < keys
    y = block.forward(x, memory=memory, memory_mask=mask)
    dx, d_memory = block.backward(rng.standard_normal(y.shape))
    assert (dx.shape, d_memory.shape) == (x.shape, memory.shape)
    assert (d_memory[:, -1] == 0).all()
    assert [g.shape for g in block.gradients()] == [p.shape for p in block.parameters()]
    tolerance = {"rtol": 1e-9, "atol": 1e-9 * (1 + scale)}
    np.testing.assert_allclose(block.forward(x, memory=memory[:, :-1]), y, **tolerance)
    np.testing.assert_allclose(block.forward(x, memory=memory[:, :-1][:, ::-1]), y, **tolerance)
    np.testing.assert_allclose(block.forward(x[:, :1], memory=memory, memory_mask=mask), y[:, :1], **tolerance)
