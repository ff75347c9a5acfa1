"""Chapter 09: attention, one head and many. Vaswani et al., 2017.

A mask holds True where a query may look at a key, as in Keras.
"""

import math

import numpy as np

from course_lib import limits
from course_lib.activations import softmax, softmax_backward
from course_lib.initializers import glorot_uniform
from course_lib.layers import Layer


def attention(q, k, v, mask=None, bias=None):
    """softmax(q kᵀ / √d + bias) v: each query takes an average of the values, weighted by how well the keys match.

    q: (..., queries, d)   k: (..., keys, d)   v: (..., keys, dv), with the same axes in front
    mask, bias: of the shape (..., queries, keys), or of one that broadcasts to it
    returns: the averages, (..., queries, dv), and the weights, (..., queries, keys). Each row of weights sums to 1.
    """
    _check_heads(q, k, v)
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    if bias is not None:
        _check_fits("bias", bias, scores.shape)
        scores = scores + bias
    if mask is not None:
        _check_mask(mask, scores.shape)
        scores = np.where(mask, scores, -np.inf)
    weights = softmax(scores)
    return weights @ v, weights


def attention_backward(dy, q, k, v, weights):
    """(dq, dk, dv) from dy, the gradient of the averages. Where a weight is 0, behind a mask, nothing flows back."""
    limits.same_shape("dy", dy, "the averages", weights.shape[:-1] + v.shape[-1:])
    d_scores = softmax_backward(dy @ v.swapaxes(-1, -2), weights) / np.sqrt(q.shape[-1])
    return d_scores @ k, d_scores.swapaxes(-1, -2) @ q, weights.swapaxes(-1, -2) @ dy


def causal_mask(length, start=0):
    """Each position may look at itself and those before it: (length - start, length).

    start: the first position that asks; those before it, whose keys are known from earlier calls, are only looked at
    """
    limits.number("start", start, 0, length, "the length")
    return np.tri(length, dtype=bool)[start:]


def padding_mask(tokens, padding=0):
    """Nobody may look at padding. tokens: (batch, keys)   returns: (batch, 1, keys), to join with others by &"""
    limits.shape("tokens", tokens, "batch", "keys")
    return (np.asarray(tokens) != padding)[:, None]


class EinsumDense(Layer):
    """y = x W + b, where the numbers of one position may lie along several axes, such as heads and width.

    equation: names the axes. "btd,dhe->bthe" says that x is (b, t, d), W (d, h, e) and y (b, t, h, e). The axes
    that only W and y have come last in y, and b has these: (h, e).
    """

    def __init__(self, equation, kernel_shape, rng, initializer=glorot_uniform):
        self.x_axes, self.kernel_axes, self.y_axes = equation.replace("->", ",").split(",")
        sizes = dict(zip(self.kernel_axes, kernel_shape, strict=True))
        self.inputs = {axis: size for axis, size in sizes.items() if axis in self.x_axes}
        outputs = {axis: size for axis, size in sizes.items() if axis not in self.x_axes}
        if not self.y_axes.endswith("".join(outputs)):
            raise ValueError(f"equation must end with the axes that b has, {''.join(outputs)}, got {equation!r}")
        # As one matrix, whose fans the initializer can see.
        matrix = initializer((math.prod(self.inputs.values()), math.prod(outputs.values())), rng)
        super().__init__(kernel=matrix.reshape(kernel_shape), bias=np.zeros(list(outputs.values())))

    def forward(self, x, training=False):
        # einsum alone would stretch an axis of length 1.
        limits.shape("x", x, *(self.inputs.get(axis, axis) for axis in self.x_axes))
        self.cache = x
        return _product(self.x_axes, x, self.kernel_axes, self.params["kernel"], self.y_axes) + self.params["bias"]

    def backward(self, dy):
        """The gradient of a sum of products is again one, with the letters in other places."""
        rows = tuple(range(dy.ndim - self.params["bias"].ndim))
        d_kernel = _product(self.x_axes, self.cache, self.y_axes, dy, self.kernel_axes)
        self.grads = {"kernel": d_kernel, "bias": dy.sum(axis=rows)}
        return _product(self.y_axes, dy, self.kernel_axes, self.params["kernel"], self.x_axes)


class _Heads(Layer):
    """What all attention layers share; a subclass says how wide the heads are, and how many queries share a key."""

    def __init__(self, query, key, value, rng, causal):
        """query, key, value: the shapes of their kernels, (inputs, heads, width of a head)"""
        limits.whole("the smallest of heads and widths", min(*query, *key, *value))
        kernels = [EinsumDense("btd,dhe->bthe", shape, rng) for shape in (query, key, value)]
        super().__init__([*kernels, EinsumDense("bthe,hed->btd", (query[1], value[2], query[0]), rng)])
        self.group, self.causal = query[1] // key[1], causal

    def forward(self, x, training=False, memory=None, mask=None, past=None):
        _check_use(x, memory, mask, past, self.causal)
        self.crosses = memory is not None
        q, k, v = self._project(x, memory if self.crosses else x)
        if past is not None:
            k, v = _continue("k", k, past), _continue("v", v, past)
        # The heads of a group are neighbours, as in Keras.
        self.cache = q, np.repeat(k, self.group, axis=1), np.repeat(v, self.group, axis=1)
        y, self.weights = attention(*self.cache, self._mask(mask, q.shape[2], k.shape[2]))
        return self.layers[3].forward(y.swapaxes(1, 2))

    def backward(self, dy):
        dy = self.layers[3].backward(dy).swapaxes(1, 2)
        dq, dk, dv = attention_backward(dy, *self.cache, self.weights)
        heads = dq, self._group_sum(dk), self._group_sum(dv)
        dx, *d_memory = (layer.backward(d.swapaxes(1, 2)) for layer, d in zip(self.layers[:3], heads, strict=True))
        return (dx, sum(d_memory)) if self.crosses else dx + sum(d_memory)

    def _project(self, x, memory):
        """Queries from x, keys and values from the memory, each (batch, heads, time, width of a head)."""
        sources = x, memory, memory
        return (layer.forward(z).swapaxes(1, 2) for layer, z in zip(self.layers[:3], sources, strict=True))

    def _group_sum(self, d):
        """The gradient of what several heads used is the sum of theirs."""
        return d.reshape(len(d), -1, self.group, *d.shape[2:]).sum(axis=2)

    def _mask(self, mask, queries, keys):
        if self.causal:
            causal = causal_mask(keys, start=keys - queries)
            mask = causal[None] if mask is None else mask & causal
        return None if mask is None else mask[:, None]


class MultiHeadAttention(_Heads):
    """Attention in ``num_heads`` subspaces of width ``key_dim`` at once. Vaswani et al., 2017.

    forward(x, training) is self-attention: x asks and x answers, and backward(dy) returns dx.
    forward(x, training, memory) is cross-attention: x asks, the memory answers, and backward returns (dx, dmemory).

    x: (batch, queries, dim)   memory: (batch, keys, memory_dim)   y: (batch, queries, dim)
    mask: (batch or 1, queries or 1, keys)   causal: no position looks at those after it
    past: a dict, empty at first, into which forward puts the keys and values of x. Given again, it continues: x is
    what is new, and looks at all that came before. This is the KV cache; backward does not go through it.
    ``weights``, (batch, num_heads, queries, keys), is kept to be looked at.
    """

    def __init__(self, dim, num_heads, key_dim, rng, value_dim=None, memory_dim=None, causal=False):
        memory_dim, value_dim = memory_dim or dim, value_dim or key_dim
        key, value = (memory_dim, num_heads, key_dim), (memory_dim, num_heads, value_dim)
        super().__init__((dim, num_heads, key_dim), key, value, rng, causal)


class GroupedQueryAttention(_Heads):
    """Multi-head attention where a group of query heads shares one key and value head. Ainslie et al., 2023.

    One key and value head is multi-query attention (Shazeer, 2019); as many as query heads, multi-head attention.
    The KV cache is smaller by num_query_heads / num_key_value_heads. Called as ``MultiHeadAttention`` is; a memory must
    be as wide as x, which Keras demands here too.
    """

    def __init__(self, dim, head_dim, num_query_heads, num_key_value_heads, rng, causal=False):
        limits.divides("num_key_value_heads", num_key_value_heads, num_query_heads, "num_query_heads")
        query, key = (dim, num_query_heads, head_dim), (dim, num_key_value_heads, head_dim)
        super().__init__(query, key, key, rng, causal)


def _product(first_axes, first, second_axes, second, axes):
    # With optimize=True the fast matrix product does the work.
    return np.einsum(f"{first_axes},{second_axes}->{axes}", first, second, optimize=True)


def _continue(name, new, past):
    """What the past holds under the name, and after it, along time, what is new; from now on the past holds both."""
    past[name] = np.concatenate([past[name], new], axis=2) if name in past else new
    return past[name]


def _check_use(x, memory, mask, past, causal):
    if memory is not None and memory.shape[:1] != x.shape[:1]:
        raise ValueError(f"memory must hold one sequence for each of x's {len(x)}, got {len(memory)}")
    if memory is not None and (causal or past is not None):
        raise ValueError("memory must be None where attention is causal or has a past: its order is not that of x")
    if past is not None and not causal:
        raise ValueError("past must be None unless attention is causal: else what is new would change what was")
    if mask is not None:
        limits.true_or_false("mask", mask)
        limits.shape("mask", mask, "batch", "queries", "keys")


def _check_heads(q, k, v):
    if not q.shape[:-2] == k.shape[:-2] == v.shape[:-2] or k.shape[-2] != v.shape[-2] or q.shape[-1] != k.shape[-1]:
        shapes = f"{q.shape}, {k.shape} and {v.shape}"
        raise ValueError(f"q, k and v must be (..., queries, d), (..., keys, d) and (..., keys, dv), got {shapes}")


def _check_fits(name, array, shape):
    """A mask or bias with more entries than the scores would silently make more of them."""
    pairs = zip(array.shape[::-1], shape[::-1], strict=False)
    if array.ndim > len(shape) or any(have not in (1, want) for have, want in pairs):
        raise ValueError(f"{name} must broadcast to the scores' shape, {shape}, got {array.shape}")


def _check_mask(mask, shape):
    limits.true_or_false("mask", mask)
    _check_fits("mask", mask, shape)
    if not mask.any(axis=-1).all():
        raise ValueError("mask must leave each query at least one key: there is no average of nothing")
