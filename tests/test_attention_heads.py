"""Attention query by query, its layers head by head, and a text in pieces."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.attention import GroupedQueryAttention, MultiHeadAttention, attention, attention_backward
from tests.attention_examples import groups, heads, some_mask
from tests.witness import shaken, witness

SEEDS = st.integers(0, 2**32 - 1)
# A first call, or a busy machine, may take longer than Hypothesis' 200 ms.
patient = settings(deadline=None)


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
