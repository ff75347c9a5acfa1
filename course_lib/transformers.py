"""Chapter 10: encoder and decoder blocks, and a small GPT made of them."""

import numpy as np

from course_lib import limits
from course_lib.attention import MultiHeadAttention
from course_lib.layers import Activation, Dense, Embedding, Layer, Sequential, dense_stack
from course_lib.normalization import LayerNormalization
from course_lib.positions import PositionEmbedding
from course_lib.sampling import greedy


class Sublayer(Layer):
    """A layer beside a residual path: norm(x + f(x)), Vaswani et al., 2017, called post-norm.

    normalize_first: x + f(norm(x)), pre-norm, where the path itself stays free (Xiong et al., 2020)
    dropout: a layer that f(x) goes through before it is added; none where it is None
    What forward gets besides x and training goes to the layer. Where its backward returns (dx, dmemory), so does this.
    """

    def __init__(self, layer, width, normalize_first=False, dropout=None):
        self.layer, self.norm, self.normalize_first = layer, LayerNormalization(width), normalize_first
        self.dropout = Activation("linear") if dropout is None else dropout
        # In the order of the computation, as Keras lists the weights of a model.
        super().__init__([self.norm, layer, self.dropout] if normalize_first else [layer, self.dropout, self.norm])

    def forward(self, x, training=False, **more):
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
    mask, past: as in ``MultiHeadAttention``
    """

    def __init__(
        self, width, num_heads, hidden, rng, causal=False, normalize_first=False, activation="relu", dropout=None
    ):
        attention = MultiHeadAttention(width, num_heads, _head(width, num_heads), rng, causal=causal)
        layers = attention, feed_forward(width, hidden, rng, activation)
        super().__init__(_sublayers(layers, width, normalize_first, dropout))

    def forward(self, x, training=False, mask=None, past=None):
        attention, dense = self.layers
        return dense.forward(attention.forward(x, training, mask=mask, past=past), training)

    def backward(self, dy):
        attention, dense = self.layers
        return attention.backward(dense.backward(dy))


class DecoderBlock(Layer):
    """Causal self-attention, attention to what the encoder says, and dense layers. Vaswani et al., 2017.

    x: (batch, time, width)   memory: the encoder's output, (batch, keys, memory_width)   y: as x
    mask: who may look at whom within x   memory_mask: who in x may look at what in the memory
    backward(dy) returns (dx, dmemory). For the rest see ``EncoderBlock``.
    """

    def __init__(
        self, width, num_heads, hidden, rng, memory_width=None, normalize_first=False, activation="relu", dropout=None
    ):
        head = _head(width, num_heads)
        layers = (
            MultiHeadAttention(width, num_heads, head, rng, causal=True),
            MultiHeadAttention(width, num_heads, head, rng, memory_dim=memory_width),
            feed_forward(width, hidden, rng, activation),
        )
        super().__init__(_sublayers(layers, width, normalize_first, dropout))

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


def feed_forward(width, hidden, rng, activation="relu"):
    """Dense(hidden), activation, Dense(width): the same two layers for every position."""
    return dense_stack((width, hidden, width), activation, rng)


class GPT(Layer):
    """For each position, the logits of the token that comes next. Radford et al., 2018; pre-norm as in GPT-2, 2019.

    (Both take "gelu" for the activation; "relu" is many times faster here. The last layer's kernel is its own.)

    tokens: (batch, time) of 0 to vocabulary - 1, time up to context   y: (batch, time, vocabulary)
    pasts: one dict for each block, from ``no_past``. With them, forward continues: tokens are those that are new, and
    what came before is not computed again, only looked at (the KV cache). backward does not go through it.
    """

    def __init__(self, vocabulary, context, width, num_heads, num_blocks, rng, activation="relu", dropout=None):
        for name, n in (("vocabulary", vocabulary), ("context", context), ("num_blocks", num_blocks)):
            limits.whole(name, n)
        self.context = context
        self.embeddings = [Embedding(vocabulary, width, rng), PositionEmbedding(context, width, rng)]
        options = {"causal": True, "normalize_first": True, "activation": activation, "dropout": dropout}
        self.blocks = [EncoderBlock(width, num_heads, 4 * width, rng, **options) for _ in range(num_blocks)]
        self.head = Sequential(LayerNormalization(width), Dense(width, vocabulary, rng))
        super().__init__([*self.embeddings, *self.blocks, self.head])

    def forward(self, tokens, training=False, pasts=None):
        words, positions = self.embeddings
        pasts = [None] * len(self.blocks) if pasts is None else pasts
        x = positions.forward(words.forward(tokens, training), training, start=_seen(pasts))
        for block, past in zip(self.blocks, pasts, strict=True):
            x = block.forward(x, training, past=past)
        return self.head.forward(x, training)

    def backward(self, dy):
        """There is no gradient for whole numbers, so it returns None."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)

    def no_past(self):
        return [{} for _ in self.blocks]


def generate(model, tokens, length, choose=greedy):
    """The tokens, (batch, time), and after them ``length`` more, one after another, each chosen from the last logits.

    choose: from logits (batch, vocabulary) to tokens (batch,), such as ``lambda logits: sample(logits, rng)``
    When the context is full, the model forgets all but its last half and reads that again, as a new beginning.
    """
    tokens = limits.shape("tokens", np.asarray(tokens), "batch", "time", filled=True)
    limits.whole("length", length, 0)
    pasts, unread = model.no_past(), tokens
    for _ in range(length):
        if _seen(pasts) + unread.shape[1] > model.context:
            pasts, unread = model.no_past(), tokens[:, -max(1, model.context // 2) :]
        unread = choose(model.forward(unread, pasts=pasts)[:, -1])[:, None]
        tokens = np.concatenate([tokens, unread], axis=1)
    return tokens


def _head(width, num_heads):
    limits.divides("num_heads", num_heads, width, "the width")
    return width // num_heads


def _sublayers(layers, width, normalize_first, dropout):
    return [Sublayer(layer, width, normalize_first, dropout and dropout()) for layer in layers]


def _seen(pasts):
    """How many tokens went into the pasts of a GPT's blocks."""
    return pasts[0]["k"].shape[2] if pasts and pasts[0] else 0
