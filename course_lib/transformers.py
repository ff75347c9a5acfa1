"""Chapter 10: encoder and decoder blocks, and a small GPT made of them.

Blocks and GPT take the parts that came after 2017 by name: num_key_value_heads, of ``GroupedQueryAttention``;
positions, "rotary" or "alibi"; window and use_bias, of their attention; normalization, such as ``RMSNormalization``,
called with the width; "swiglu" for the activation.
"""

import numpy as np

from course_lib import limits
from course_lib.attention import GroupedQueryAttention, MultiHeadAttention
from course_lib.feed_forward import feed_forward
from course_lib.layers import Activation, Dense, Embedding, Layer, Sequential
from course_lib.normalization import LayerNormalization
from course_lib.positions import PositionEmbedding


class Sublayer(Layer):
    """A layer beside a residual path: norm(x + f(x)), Vaswani et al., 2017, called post-norm.

    normalize_first: x + f(norm(x)), pre-norm, where the path itself stays free (Xiong et al., 2020)
    dropout: a layer that f(x) goes through before it is added; none where it is None
    normalization: called with the width, makes the norm
    What forward gets besides x and training goes to the layer. Where its backward returns (dx, dmemory), so does this.
    """

    def __init__(self, layer, width, normalize_first=False, dropout=None, normalization=LayerNormalization):
        self.layer, self.norm, self.normalize_first = layer, normalization(width), normalize_first
        self.dropout = Activation("linear") if dropout is None else dropout
        # In the order of the computation, as Keras lists the weights of a model.
        super().__init__([self.norm, layer, self.dropout] if normalize_first else [layer, self.dropout, self.norm])

    def forward(self, x, training=False, **more):
        x = limits.floats(x)
        z = self.norm.forward(x, training) if self.normalize_first else x
        y = self.dropout.forward(self.layer.forward(z, training, **more), training)
        limits.same_shape("what layer gives", y, "its input", x.shape)
        return x + y if self.normalize_first else self.norm.forward(x + y, training)

    def backward(self, dy):
        d_sum = dy if self.normalize_first else self.norm.backward(dy)
        d = self.layer.backward(self.dropout.backward(d_sum))
        dx, *d_memory = d if isinstance(d, tuple) else (d,)
        dx = d_sum + (self.norm.backward(dx) if self.normalize_first else dx)
        return (dx, *d_memory) if d_memory else dx


class EncoderBlock(Layer):
    """Self-attention mixes the positions, then two dense layers work on each alone. Vaswani et al., 2017.

    x: (batch, time, width)   hidden: the dense layers' width between them   y: as x
    causal: no position looks at those after it, which makes it the block of a decoder-only model such as GPT
    dropout: called without arguments, makes the layer for each of the two places; for the rest see ``Sublayer``
    mask, past, positions: as in ``MultiHeadAttention``   options: the parts named above
    """

    def __init__(
        self,
        width,
        num_heads,
        hidden,
        rng,
        causal=False,
        normalize_first=False,
        activation="relu",
        dropout=None,
        normalization=LayerNormalization,
        **options,
    ):
        attention = _self_attention(width, num_heads, rng, causal=causal, **options)
        layers = attention, feed_forward(width, hidden, rng, activation)
        super().__init__(_sublayers(layers, width, normalize_first, dropout, normalization))

    def forward(self, x, training=False, mask=None, past=None, positions=None):
        attention, dense = self.layers
        return dense.forward(attention.forward(x, training, mask=mask, past=past, positions=positions), training)

    def backward(self, dy):
        attention, dense = self.layers
        return attention.backward(dense.backward(dy))


class DecoderBlock(Layer):
    """Causal self-attention, attention to what the encoder says, and dense layers. Vaswani et al., 2017.

    x: (batch, time, width)   memory: the encoder's output, (batch, keys, memory_width)   y: as x
    mask: who may look at whom within x   memory_mask: who in x may look at what in the memory
    backward(dy) returns (dx, dmemory). Options go to the self-attention. For the rest see ``EncoderBlock``.
    """

    def __init__(
        self,
        width,
        num_heads,
        hidden,
        rng,
        memory_width=None,
        normalize_first=False,
        activation="relu",
        dropout=None,
        normalization=LayerNormalization,
        use_bias=True,
        **options,
    ):
        width = limits.whole("width", width)
        num_heads = limits.divides("num_heads", num_heads, width, "the width")
        layers = (
            _self_attention(width, num_heads, rng, causal=True, use_bias=use_bias, **options),
            MultiHeadAttention(width, num_heads, width // num_heads, rng, memory_dim=memory_width, use_bias=use_bias),
            feed_forward(width, hidden, rng, activation),
        )
        super().__init__(_sublayers(layers, width, normalize_first, dropout, normalization))

    def forward(self, x, training=False, memory=None, mask=None, memory_mask=None):
        if memory is None:
            raise ValueError("memory must be the output of an encoder, got None; without one, see EncoderBlock")
        itself, cross, dense = self.layers
        x = itself.forward(x, training, mask=mask)
        return dense.forward(cross.forward(x, training, memory=memory, mask=memory_mask), training)

    def backward(self, dy):
        itself, cross, dense = self.layers
        dx, d_memory = cross.backward(dense.backward(dy))
        return itself.backward(dx), d_memory


class GPT(Layer):
    """For each position, the logits of the token that comes next. Radford et al., 2018; pre-norm as in GPT-2, 2019.

    tokens: (batch, time) of 0 to vocabulary - 1, time up to context   y: (batch, time, vocabulary)
    mask: (batch, keys), or as ``padding_mask`` gives it: False where a token, also one that is past, is only padding.
    Positions count the others: a prompt that is padded on the left gets the logits that it gets alone.
    pasts: one dict for each block, from ``no_past``. With them, forward continues: tokens are those that are new, and
    what came before is not computed again, only looked at (the KV cache). backward does not go through it.

    options: those of ``EncoderBlock``, hidden (4 · width unless given), positions also "learned", which end with the
    context, and tied: whether the last kernel is the embedding's table, turned round (Press and Wolf, 2017)
    (GPT and GPT-2 take "gelu" for the activation; "relu" is many times faster here.)
    """

    def __init__(
        self, vocabulary, context, width, num_heads, num_blocks, rng, positions="learned", tied=False, **options
    ):
        vocabulary, context = limits.whole("vocabulary", vocabulary), limits.whole("context", context)
        width, num_blocks = limits.whole("width", width), limits.whole("num_blocks", num_blocks)
        learned, hidden = positions == "learned", options.pop("hidden", 4 * width)
        words = (_TiedEmbedding if tied else Embedding)(vocabulary, width, rng)
        self.context, self.embeddings = context, [words, *([PositionEmbedding(context, width, rng)] * learned)]
        options |= {"causal": True, "normalize_first": True, "positions": None if learned else positions}
        self.blocks = [EncoderBlock(width, num_heads, hidden, rng, **options) for _ in range(num_blocks)]
        norm = options.get("normalization", LayerNormalization)(width)
        self.head = Sequential(norm, words.unembedding if tied else Dense(width, vocabulary, rng))
        super().__init__([*self.embeddings, *self.blocks, self.head])

    def forward(self, tokens, training=False, pasts=None, mask=None):
        pasts = pasts or [None] * len(self.blocks)
        places, mask = _places(np.shape(tokens), pasts[0], mask)
        x = self.embeddings[0].forward(tokens, training)
        for table in self.embeddings[1:]:
            x = table.forward(x, training, positions=places)
        for block, past in zip(self.blocks, pasts, strict=True):
            x = block.forward(x, training, mask=mask, past=past, positions=places)
        return self.head.forward(x, training)

    def backward(self, dy):
        """There is no gradient for whole numbers, so it returns None."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)

    def no_past(self):
        return [{} for _ in self.blocks]


class _TiedEmbedding(Embedding):
    """An embedding whose table is used twice: ``unembedding`` is the layer that turns it round, y = x Eᵀ."""

    def __init__(self, vocabulary, width, rng):
        super().__init__(vocabulary, width, rng)
        self.unembedding = _Unembedding(self)

    def backward(self, dy):
        """The table's gradient is the sum of both; that layer's backward comes first."""
        super().backward(dy)
        self.grads["embeddings"] += self.unembedding.d_table


class _Unembedding(Layer):
    """x: (..., width)   y: (..., vocabulary). It has no weights of its own."""

    def __init__(self, embedding):
        super().__init__()
        self.embedding = embedding

    def forward(self, x, training=False):
        self.cache = x
        return x @ self.embedding.params["embeddings"].T

    def backward(self, dy):
        table = self.embedding.params["embeddings"]
        self.d_table = dy.reshape(-1, len(table)).T @ self.cache.reshape(-1, table.shape[1])
        return dy @ table


def _self_attention(width, num_heads, rng, num_key_value_heads=None, **options):
    width = limits.whole("width", width)
    num_heads = limits.divides("num_heads", num_heads, width, "the width")
    if num_key_value_heads is None:
        return MultiHeadAttention(width, num_heads, width // num_heads, rng, **options)
    return GroupedQueryAttention(width, width // num_heads, num_heads, num_key_value_heads, rng, **options)


def _sublayers(layers, width, normalize_first, dropout, normalization):
    return [Sublayer(layer, width, normalize_first, dropout and dropout(), normalization) for layer in layers]


def _places(shape, past, mask):
    """The tokens' positions, (batch, time), and the mask as attention takes it, (batch, 1, keys)."""
    limits.shape("tokens", np.empty(shape), "batch", "time")
    (batch, time), seen = shape, past["k"].shape[2] if past else 0
    if mask is None:
        if past and (past["positions"][:, 0, -1] != seen - 1).any():
            raise ValueError("mask must also say what is padding in the past, where it was given before; got None")
        return np.broadcast_to(np.arange(seen, seen + time), shape), None
    real = np.reshape(limits.true_or_false("mask", mask), (len(mask), -1))
    limits.shape("mask", real, batch, seen + time)
    return np.maximum(real.cumsum(axis=1) - 1, 0)[:, seen:], real[:, None]
