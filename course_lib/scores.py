"""Attention before the transformer: other ways to score how well a query and a key match.

x, what asks: (batch, queries, dim)   memory, what answers: (batch, keys, memory_dim)
y, averages of the memory, weighted by softmax(scores): (batch, queries, memory_dim)
mask: (batch or 1, queries or 1, keys), True where a query may look   ``weights``, (batch, queries, keys), are kept
"""

import numpy as np

from course_lib import limits
from course_lib.activations import softmax_backward
from course_lib.attention import attention_weights
from course_lib.initializers import glorot_uniform
from course_lib.layers import Layer


def additive_scores(q, k, scale):
    """scaleᵀ tanh(q + k) for each query and each key: a dense layer of its own looks at the two together.

    q: (batch, queries, units)   k: (batch, keys, units)   scale: (units,)   returns: (batch, queries, keys)
    """
    q, k, scale = map(limits.floats, (q, k, scale))
    limits.shape("scale", scale, "units")
    limits.shape("q", q, "batch", "queries", len(scale))
    limits.shape("k", k, len(q), "keys", len(scale))
    return np.tanh(q[:, :, None] + k[:, None]) @ scale


def additive_scores_backward(d, q, k, scale):
    """(dq, dk, dscale) from d, the gradient of the scores."""
    d, q, k, scale = map(limits.floats, (d, q, k, scale))
    limits.same_shape("d", d, "the scores", additive_scores(q, k, scale).shape)
    z = np.tanh(q[:, :, None] + k[:, None])
    d_sum = d[..., None] * scale * (1 - z**2)
    return d_sum.sum(axis=2), d_sum.sum(axis=1), np.tensordot(d, z, 3)


class _Scored(Layer):
    """Attention to a memory: forward(x, training, memory, mask), and backward(dy) returns (dx, dmemory).

    A subclass gives ``scores(x, memory)``, and ``scores_backward(d, x, memory)``, which fills ``grads``.
    """

    def __init__(self, dim, memory_dim, **params):
        super().__init__(**params)
        self.dim, self.memory_dim = dim, memory_dim

    def forward(self, x, training=False, memory=None, mask=None):
        x = limits.floats(limits.shape("x", x, "batch", "queries", self.dim))
        memory = limits.floats(limits.shape("memory", memory, len(x), "keys", self.memory_dim))
        self.cache, self.weights = (x, memory), attention_weights(self.scores(x, memory), mask)
        return self.weights @ memory

    def backward(self, dy):
        x, memory = self.cache
        d_scores = softmax_backward(dy @ memory.swapaxes(1, 2), self.weights)
        dx, d_memory = self.scores_backward(d_scores, x, memory)
        return dx, d_memory + self.weights.swapaxes(1, 2) @ dy


class AdditiveAttention(_Scored):
    """score = scaleᵀ tanh(x W + memory U): the first attention of a network that translates. Bahdanau et al., 2015.

    query_kernel W: (dim, units)   key_kernel U: (memory_dim, units)   scale: (units,)
    (In Keras: ``AdditiveAttention`` after two dense layers without bias.) Luong's "concat" score is the same, with W
    and U in one matrix.
    """

    def __init__(self, dim, memory_dim, units, rng):
        dim, memory_dim = limits.whole("dim", dim), limits.whole("memory_dim", memory_dim)
        units = limits.whole("units", units)
        query, key, scale = (glorot_uniform(shape, rng) for shape in ((dim, units), (memory_dim, units), (units, 1)))
        super().__init__(dim, memory_dim, query_kernel=query, key_kernel=key, scale=scale[:, 0])

    def scores(self, x, memory):
        query, key, scale = self.params.values()
        return additive_scores(x @ query, memory @ key, scale)

    def scores_backward(self, d, x, memory):
        query, key, scale = self.params.values()
        dq, dk, d_scale = additive_scores_backward(d, x @ query, memory @ key, scale)
        self.grads = {"query_kernel": _over_rows(x, dq), "key_kernel": _over_rows(memory, dk), "scale": d_scale}
        return dq @ query.T, dk @ key.T


class LuongAttention(_Scored):
    """Three scores to choose from. Luong et al., 2015, section 3.1.

    "dot": x · memory, both of the same width   "general": x W · memory, kernel W: (dim, memory_dim)
    "concat": scaleᵀ tanh([x, memory] W), kernel W: (dim + memory_dim, units), scale: (units,), units being dim
    """

    def __init__(self, dim, memory_dim, rng, score="general"):
        self.score = limits.one_of("score", score, ("dot", "general", "concat"))
        dim, memory_dim = limits.whole("dim", dim), limits.whole("memory_dim", memory_dim)
        if score == "dot" and dim != memory_dim:
            raise ValueError(f"memory_dim must be dim, {dim}, where the score is a dot product, got {memory_dim}")
        shapes = {"dot": [], "general": [(dim, memory_dim)], "concat": [(dim + memory_dim, dim), (dim, 1)]}[score]
        params = zip(("kernel", "scale"), (glorot_uniform(shape, rng) for shape in shapes), strict=False)
        super().__init__(dim, memory_dim, **{name: p[:, 0] if name == "scale" else p for name, p in params})

    def scores(self, x, memory):
        if self.score == "concat":
            kernel, scale = self.params.values()
            return additive_scores(x @ kernel[: self.dim], memory @ kernel[self.dim :], scale)
        return self._query(x) @ memory.swapaxes(1, 2)

    def scores_backward(self, d, x, memory):
        if self.score == "concat":
            return self._concat_backward(d, x, memory)
        dq, d_memory = d @ memory, d.swapaxes(1, 2) @ self._query(x)
        if self.score == "dot":
            return dq, d_memory
        self.grads = {"kernel": _over_rows(x, dq)}
        return dq @ self.params["kernel"].T, d_memory

    def _query(self, x):
        return x @ self.params["kernel"] if self.score == "general" else x

    def _concat_backward(self, d, x, memory):
        kernel, scale = self.params.values()
        first, second = kernel[: self.dim], kernel[self.dim :]
        dq, dk, d_scale = additive_scores_backward(d, x @ first, memory @ second, scale)
        self.grads = {"kernel": np.vstack([_over_rows(x, dq), _over_rows(memory, dk)]), "scale": d_scale}
        return dq @ first.T, dk @ second.T


def _over_rows(x, d):
    """The gradient of a kernel that x is multiplied by, over all examples and positions."""
    return np.tensordot(x, d, ((0, 1), (0, 1)))
