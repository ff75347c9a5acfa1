"""Positional encodings: four ways to tell attention, which does not see it, who comes before whom.

Positions are counted from 0.
"""

import numpy as np

from course_lib import limits
from course_lib.layers import Layer


def sinusoidal(length, width, base=10_000):
    """PE[p, 2i] = sin(p / base^(2i / width)), PE[p, 2i + 1] = cos of the same: (length, width), to be added to x.

    Each pair of columns is the hand of a clock, the first fast, the last very slow. Vaswani et al., 2017.
    """
    width = _even(width)
    angles = _angles(np.arange(limits.whole("length", length, 0)), width, base)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(len(angles), width)


class PositionEmbedding(Layer):
    """y = x + E: each position has a row of its own, which is learned. Gehring et al., 2017.

    x: (batch, time, width)   embeddings: (length, width)   y: (batch, time, width)
    start: the position of the first row of x, in forward(x, training, start)   positions: (batch, time), instead of
    start, where each sequence has its own
    """

    def __init__(self, length, width, rng):
        shape = limits.whole("length", length), limits.whole("width", width)
        super().__init__(embeddings=rng.uniform(-0.05, 0.05, shape))

    def forward(self, x, training=False, start=0, positions=None):
        table = self.params["embeddings"]
        x = limits.floats(limits.shape("x", x, ..., "time", table.shape[1]))
        time = x.shape[-2]
        if positions is None:
            start = limits.whole("start", start, -np.inf)
            if start < 0 or start + time > len(table):
                raise ValueError(f"x must lie within {len(table)} positions, got {time} from position {start}")
            positions = np.arange(start, start + time)
        limits.all_whole("positions", _fitting(positions, x.shape), 0, len(table) - 1)
        self.cache = np.broadcast_to(positions, x.shape[:-1])
        return x + table[self.cache]

    def backward(self, dy):
        """A row that was added in several places takes the gradients of all."""
        self.grads = {"embeddings": np.zeros_like(self.params["embeddings"])}
        np.add.at(self.grads["embeddings"], self.cache, dy)
        return dy


def rotary(x, positions, base=10_000):
    """Each pair of neighbours, (x[0], x[1]), (x[2], x[3]) …, turned by the angle p / base^(2i / width).

    x: (..., time, width), queries or keys   positions: (time,), or of a shape that broadcasts to x's without width
    returns: as x
    Lengths stay, and q · k afterwards depends on how far apart the two are, no longer on where. Su et al., 2021,
    equations 14, 15 and 34, whose pairs are neighbours. GPT-NeoX, and Llama in the library "transformers", pair x[i]
    with x[i + width / 2]: the same with the columns in another order, so that weights do not carry over.
    """
    x = limits.floats(x)
    angles = _angles(_fitting(positions, x.shape), x.shape[-1], base)
    cos, sin = np.cos(angles), np.sin(angles)
    first, second = x[..., 0::2], x[..., 1::2]
    return np.stack([first * cos - second * sin, first * sin + second * cos], axis=-1).reshape(x.shape)


def rotary_backward(dy, positions, base=10_000):
    """dL/dx from dy, the gradient of what was turned: turned back, since a rotation's transpose is its inverse."""
    return rotary(dy, -limits.floats(positions), base)


def alibi(num_heads, queries, keys=None):
    """-m · distance, to be added to the scores before softmax: (num_heads, queries, keys). Press et al., 2022.

    The slopes m are 2^(-8/n), 2^(-16/n) … 2^-8 for n heads: some look near, some far. Where there are more keys than
    queries, the queries are the last positions. (For n that are not powers of 2 the paper's text gives this too; its
    program mixes the slopes of two powers.)
    """
    queries = limits.whole("queries", queries, 0)
    keys = queries if keys is None else limits.whole("keys", keys, queries)
    return alibi_between(num_heads, np.arange(keys - queries, keys), np.arange(keys))


def alibi_between(num_heads, queries, keys):
    """The same where each sequence counts its own positions, as a batch that is padded on the left does.

    queries, keys: their positions, (..., queries) and (..., keys)   returns: (..., num_heads, queries, keys)
    """
    num_heads = limits.whole("num_heads", num_heads)
    slopes = 2.0 ** (-8 * np.arange(1, num_heads + 1) / num_heads)
    distance = np.abs(limits.floats(queries)[..., :, None] - limits.floats(keys)[..., None, :])
    return -slopes[:, None, None] * distance[..., None, :, :]


def _angles(positions, width, base):
    """p / base^(2i / width) for each position p and each pair i of columns: (..., width / 2)."""
    limits.above_zero("base", base, infinite=True)
    return limits.floats(positions)[..., None] / base ** (np.arange(0, _even(width), 2) / width)


def _even(width):
    width = limits.whole("width", width, 0)
    if width < 2 or width % 2:
        raise ValueError(f"width must be even, 2 or more, since columns go in pairs; got {width}")
    return width


def _fitting(positions, shape):
    """The positions, one for each row of x or of a shape that stretches to them. shape: x's, with the width"""
    have, rows = np.shape(positions), shape[:-1]
    front = zip(have[:-1], rows[len(rows) - len(have) : -1], strict=False)
    limits.shape("positions", positions, *(1 if n == 1 else wanted for n, wanted in front), rows[-1])
    return np.asarray(positions)
