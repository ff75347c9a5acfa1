"""Chapter 09: attention, one head and many. Vaswani et al., 2017.

A mask holds True where a query may look at a key, as in Keras.
"""

import numpy as np

from course_lib import limits
from course_lib.activations import softmax_backward
from course_lib.layers import Layer
from course_lib.positions import alibi_between, rotary, rotary_backward
from course_lib.projections import EinsumDense


def attention(q, k, v, mask=None, bias=None):
    """softmax(q kᵀ / √d + bias) v: each query takes an average of the values, weighted by how well the keys match.

    q: (..., queries, d)   k: (..., keys, d)   v: (..., keys, dv), with the same axes in front
    mask, bias: of the shape (..., queries, keys), or of one that broadcasts to it
    returns: the averages, (..., queries, dv), and the weights, (..., queries, keys). Each row of weights sums to 1, or
    is 0, as is its average, where a query has no key to look at.
    """
    q, k, v = map(limits.floats, (q, k, v))
    _check_heads(q, k, v)
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    if bias is not None:
        scores = scores + _fitting("bias", limits.floats(bias), scores.shape)
    weights = attention_weights(scores, mask)
    return weights @ v, weights


def attention_backward(dy, q, k, v, weights):
    """(dq, dk, dv) from dy, the gradient of the averages. Where a weight is 0, behind a mask, nothing flows back."""
    dy, q, k, v, weights = map(limits.floats, (dy, q, k, v, weights))
    limits.same_shape("dy", dy, "the averages", weights.shape[:-1] + v.shape[-1:])
    d_scores = softmax_backward(dy @ v.swapaxes(-1, -2), weights) / np.sqrt(q.shape[-1])
    return d_scores @ k, d_scores.swapaxes(-1, -2) @ q, weights.swapaxes(-1, -2) @ dy


def attention_weights(scores, mask=None):
    """softmax(scores), with 0 behind the mask; in a row without a key, where softmax would divide 0 by 0, only zeros.

    scores: (..., queries, keys), -∞ for no key   mask: as for ``attention``   returns: (..., queries, keys)
    So do PyTorch, ONNX and Keras' Softmax layer. Padding on the left, in a batch of prompts, has such rows.
    """
    scores = limits.floats(scores)
    if mask is not None:
        scores = np.where(
            _fitting("mask", limits.true_or_false("mask", np.asarray(mask)), scores.shape), scores, -np.inf
        )
    top = scores.max(axis=-1, keepdims=True, initial=-np.inf)
    keyless = top == -np.inf
    e = np.exp(scores - np.where(keyless, 0, top))
    return e / np.where(keyless, 1, e.sum(axis=-1, keepdims=True))


def causal_mask(length, start=0):
    """Each position may look at itself and those before it: (length - start, length).

    start: the first position that asks; those before it, whose keys are known from earlier calls, are only looked at
    """
    length = limits.whole("length", length, 0)
    return np.tri(length, dtype=bool)[limits.whole("start", start, 0, length) :]


def sliding_window_mask(length, window, start=0):
    """Causal, and only the last ``window`` positions, itself among them: (length - start, length).

    Layers that follow one another see further, each by a window less 1. Beltagy et al., 2020; Jiang et al., 2023.
    """
    seen, length = causal_mask(length, start), int(length)
    window = min(limits.whole("window", window), length)
    return seen & ~np.tri(length, k=-window, dtype=bool)[int(start) :]


def padding_mask(tokens, padding=0):
    """Nobody may look at padding. tokens: (batch, keys)   returns: (batch, 1, keys), to join with others by &"""
    limits.shape("tokens", tokens, "batch", "keys")
    return (np.asarray(tokens) != padding)[:, None]


class _Heads(Layer):
    """What all attention layers share; a subclass says how wide the heads are, and how many queries share a key."""

    def __init__(self, query, key, value, rng, causal=False, use_bias=True, window=None, positions=None):
        """query, key, value: the shapes of their kernels, (inputs, heads, width of a head)"""
        query, key, value = _sizes(query), _sizes(key), _sizes(value)
        _check_options(query, causal, window, positions)
        kernels = [EinsumDense("btd,dhe->bthe", shape, rng, use_bias=use_bias) for shape in (query, key, value)]
        shape = query[1], value[2], query[0]
        super().__init__([*kernels, EinsumDense("bthe,hed->btd", shape, rng, use_bias=use_bias)])
        self.group, self.causal, self.window, self.scheme = query[1] // key[1], causal, window, positions

    def forward(self, x, training=False, memory=None, mask=None, past=None, positions=None):
        x, memory = limits.floats(x), None if memory is None else limits.floats(memory)
        _check_use(self, x, memory, mask, past)
        self.crosses, self.places = memory is not None, _places(x, past, positions)
        q, k, v = self._project(x, memory if self.crosses else x)
        q, k = self._turned(rotary, q), self._turned(rotary, k)
        seen = self.places
        if past is not None:
            k, v, seen = _continue("k", k, past), _continue("v", v, past), _continue("positions", seen, past)
        bias = alibi_between(q.shape[1], self.places[:, 0], seen[:, 0]) if self.scheme == "alibi" else None
        # The heads of a group are neighbours, as in Keras.
        self.cache = q, np.repeat(k, self.group, axis=1), np.repeat(v, self.group, axis=1)
        y, self.weights = attention(*self.cache, _joined(self, mask, q.shape[2], k.shape[2]), bias)
        return self.layers[3].forward(y.swapaxes(1, 2))

    def backward(self, dy):
        dy = self.layers[3].backward(dy).swapaxes(1, 2)
        dq, dk, dv = attention_backward(dy, *self.cache, self.weights)
        dq, dk = self._turned(rotary_backward, dq), self._turned(rotary_backward, _group_sum(dk, self.group))
        heads = zip(self.layers[:3], (dq, dk, _group_sum(dv, self.group)), strict=True)
        dx, *d_memory = (layer.backward(d.swapaxes(1, 2)) for layer, d in heads)
        return (dx, sum(d_memory)) if self.crosses else dx + sum(d_memory)

    def _project(self, x, memory):
        """Queries from x, keys and values from the memory, each (batch, heads, time, width of a head)."""
        sources = x, memory, memory
        return (layer.forward(z).swapaxes(1, 2) for layer, z in zip(self.layers[:3], sources, strict=True))

    def _turned(self, rotation, x):
        return rotation(x, self.places) if self.scheme == "rotary" else x


class MultiHeadAttention(_Heads):
    """Attention in ``num_heads`` subspaces of width ``key_dim`` at once. Vaswani et al., 2017.

    forward(x, training) is self-attention: x asks and x answers, and backward(dy) returns dx.
    forward(x, training, memory) is cross-attention: x asks, the memory answers, and backward returns (dx, dmemory).

    x: (batch, queries, dim)   memory: (batch, keys, memory_dim)   y: (batch, queries, dim)
    mask: (batch or 1, queries or 1, keys)   causal, in options: no position looks at those after it
    past: a dict, empty at first, into which forward puts the keys and values of x. Given again, it continues: x is
    what is new, and looks at all that came before. This is the KV cache; backward does not go through it.
    ``weights``, (batch, num_heads, queries, keys), is kept to be looked at.

    More options: use_bias, for all four projections   window: of causal attention, see ``sliding_window_mask``
    positions: "rotary" or "alibi", by which it knows who stands where; forward may take positions, (batch, queries),
    where they are not those of the columns, counted from what is past
    """

    def __init__(self, dim, num_heads, key_dim, rng, value_dim=None, memory_dim=None, **options):
        memory_dim = dim if memory_dim is None else memory_dim
        value_dim = key_dim if value_dim is None else value_dim
        key, value = (memory_dim, num_heads, key_dim), (memory_dim, num_heads, value_dim)
        super().__init__((dim, num_heads, key_dim), key, value, rng, **options)


class GroupedQueryAttention(_Heads):
    """Multi-head attention where a group of query heads shares one key and value head. Ainslie et al., 2023.

    One key and value head is multi-query attention (Shazeer, 2019); as many as query heads, multi-head attention.
    The KV cache is smaller by num_query_heads / num_key_value_heads. Called as ``MultiHeadAttention`` is, with the
    same options; a memory must be as wide as x, which Keras demands here too.
    """

    def __init__(self, dim, head_dim, num_query_heads, num_key_value_heads, rng, **options):
        queries = limits.whole("num_query_heads", num_query_heads)
        limits.divides("num_key_value_heads", num_key_value_heads, queries, "num_query_heads")
        query, key = (dim, num_query_heads, head_dim), (dim, num_key_value_heads, head_dim)
        super().__init__(query, key, key, rng, **options)


def _places(x, past, positions):
    """The position of each row of x: (batch, 1, time), counted from the last one that is past."""
    if positions is None:
        start = past["positions"][:, :, -1:] + 1 if past else 0
        positions = start + np.arange(x.shape[1])
    else:
        positions = limits.shape("positions", np.asarray(positions), *x.shape[:2])[:, None]
    return np.broadcast_to(positions, (len(x), 1, x.shape[1]))


def _continue(name, new, past):
    """What the past holds under the name, and after it, along time, what is new; from now on the past holds both."""
    past[name] = np.concatenate([past[name], new], axis=2) if name in past else new
    return past[name]


def _group_sum(d, group):
    """The gradient of what several heads used is the sum of theirs."""
    return d.reshape(len(d), d.shape[1] // group, group, *d.shape[2:]).sum(axis=2)


def _joined(layer, mask, queries, keys):
    """The mask and what the layer's own order allows, with an axis for the heads."""
    if layer.causal:
        start = keys - queries
        order = causal_mask(keys, start) if layer.window is None else sliding_window_mask(keys, layer.window, start)
        mask = order[None] if mask is None else mask & order
    return None if mask is None else np.asarray(mask)[:, None]


def _sizes(kernel):
    """The shape of a kernel as ints."""
    names = "the width of what is projected", "the number of heads", "the width of a head"
    return [limits.whole(name, n) for name, n in zip(names, kernel, strict=True)]


def _check_options(query, causal, window, positions):
    if window is not None and not causal:
        raise ValueError(f"window must be None unless attention is causal: it looks back; got {window}")
    if window is not None:
        limits.whole("window", window)
    if positions is not None:
        limits.one_of("positions", positions, ("rotary", "alibi"))
    if positions == "rotary" and query[2] % 2:
        raise ValueError(f"a head's width must be even where positions are rotary, got {query[2]}")


def _check_use(layer, x, memory, mask, past):
    limits.shape("x", x, "batch", "queries", len(layer.layers[0].params["kernel"]))
    if memory is not None and memory.shape[:1] != x.shape[:1]:
        raise ValueError(f"memory must hold one sequence for each of x's {len(x)}, got {len(memory)}")
    if memory is not None and (layer.causal or layer.scheme or past is not None):
        raise ValueError("memory must be None where attention is causal or has a past: its order is not that of x")
    if past is not None and not layer.causal:
        raise ValueError("past must be None unless attention is causal: else what is new would change what was")
    if mask is not None:
        limits.true_or_false("mask", mask)
        limits.shape("mask", mask, "batch", "queries", "keys")


def _check_heads(q, k, v):
    if not q.shape[:-2] == k.shape[:-2] == v.shape[:-2] or k.shape[-2] != v.shape[-2] or q.shape[-1] != k.shape[-1]:
        shapes = f"{q.shape}, {k.shape} and {v.shape}"
        raise ValueError(f"q, k and v must be (..., queries, d), (..., keys, d) and (..., keys, dv), got {shapes}")


def _fitting(name, array, shape):
    """A mask or bias with more entries than the scores would silently make more of them."""
    pairs = zip(array.shape[::-1], shape[::-1], strict=False)
    if array.ndim > len(shape) or any(have not in (1, want) for have, want in pairs):
        raise ValueError(f"{name} must broadcast to the scores' shape, {shape}, got {array.shape}")
    return array
