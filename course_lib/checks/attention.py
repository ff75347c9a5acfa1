"""Chapter 09's checks: attention by hand, masks, other scores, other pairs, and a network that looks for the loudest.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns: as what
they change in the right one.
"""

import math

import numpy as np

from course_lib.checking.kinds import build, implement, value
from course_lib.checking.models import compiled
from course_lib.positions import rotary

CHAPTER = "09-attention"


@value(
    "q · c = 1 · 1 + 2 · 1 + 0 · (−1) + 1 · 3. Then divide by the root of the width, which is 4.",
    "The other two scores are 1 and 1. The weights are e to the scores, each divided by the sum of all three.",
    "The answer is 10, 20 and 30, each times its weight, added up.",
    "Behind the mask c has no weight at all, and the other two share the whole.",
    points=1,
    decimals=2,
    mistakes={
        "score of c: that is the dot product. It still has to be divided by √4.": {"score of c": 6},
        "score of c: divide by the root of the width, not by the width.": {"score of c": 1.5},
        "weight of c: softmax takes e to the power of the scores, not the scores themselves.": {"weight of c": 0.6},
        "weight of c: these are the scores before they are divided by the root.": {"weight of c": 0.9647},
        "answer: that is the plain mean of the values. c weighs more than a and b.": {"answer": 20},
        "answer: attention takes an average, not the best alone.": {"answer": 30},
        "answer, c masked: the weights of a and b have to add up to 1 again.": {"answer, c masked": 3.1952},
    },
)
def attention_by_hand():
    """q = (1, 2, 0, 1); keys a = (2, 0, 3, 0), b = (0, 1, 1, 0), c = (1, 1, −1, 3); values 10, 20, 30."""
    e = np.exp([1.0, 1.0, 3.0])
    answer = e @ [10, 20, 30] / e.sum()
    return {"score of c": 3.0, "weight of c": e[2] / e.sum(), "answer": answer, "answer, c masked": 15.0}


@value(
    "Four dense layers: query, key, value and output. Each has a kernel of 64 × 64 numbers and a bias of 64.",
    "Every word asks every word, in each head, in each text of the batch.",
    "Eight heads of width 8 are as wide together as four of width 16.",
    "Across: 50 words ask, 30 answer.",
    points=2,
    mistakes={
        "weights: there is a bias of 64 in each of the four dense layers.": {"weights": 16384},
        "weights: query, key and value are three; what the heads found is joined by a fourth.": {"weights": 12480},
        "scores: each head has scores of its own.": {"scores": 20000},
        "scores: that is one text. The batch holds eight.": {"scores": 10000},
        "weights with 8 heads: the heads are narrower in turn.": {"weights with 8 heads": 33280},
        "scores with 100 words: twice the words, but each asks twice as many.": {"scores with 100 words": 160000},
        "scores across: the 30 words of the other text answer, they do not ask.": {"scores across": 28800},
        "scores across: only 30 words can be looked at.": {"scores across": 80000},
    },
)
def head_sizes():
    """A batch of 8 texts of 50 words of width 64, 4 heads of width 16; then 8 of width 8; 100 words; 30 that answer."""
    batch, words, width, heads = 8, 50, 64, 4
    weights, scores = 4 * (width * width + width), batch * heads * words**2
    return {
        "weights": weights,
        "scores": scores,
        "weights with 8 heads": weights,
        "scores with 100 words": 4 * scores,
        "scores across": batch * heads * words * 30,
    }


def _prefix_cases(rng):
    yield np.array([[5, 3, 8, 2]]), 2
    yield np.array([[5, 3, 8, 0], [1, 2, 0, 0]]), 1
    yield np.array([[4, 0, 0]]), 3
    yield np.array([[0, 0, 7, 1, 2]]), 3
    yield np.array([[1, 2, 3]]), 0
    for _ in range(4):
        tokens = rng.integers(1, 9, (int(rng.integers(1, 4)), int(rng.integers(3, 7))))
        tokens[:, int(rng.integers(2, tokens.shape[1] + 1)) :] = 0
        yield tokens, int(rng.integers(0, tokens.shape[1] + 1))


@implement(
    _prefix_cases,
    "Begin with the causal mask: np.tri(time, dtype=bool).",
    "Everybody may look at the first `prefix` positions: set these columns to True.",
    "A padded key is a column of False, in its own text: (tokens != 0)[:, None] has the shape (batch, 1, time).",
    points=2,
    mistakes={
        "Who comes later may look at the question too, and words of the question at each other: columns, not rows.": (
            "seen[:, :prefix] → seen[:prefix]"
        ),
        "Nobody may look at padding, also not at padding within the first positions.": "tokens != 0 → tokens != -1",
        "Padding is not looked at: that is a matter of the columns. You closed its rows.": ("[:, None] → [:, :, None]"),
        "After the prefix the mask is causal.": "np.tri(time, dtype=bool) → np.zeros((time, time), bool)",
        "A position may look at itself.": "np.tri(time, dtype=bool) → np.tri(time, k=-1, dtype=bool)",
        "That is the causal mask of each text. The first positions are open to all.": "= True → = seen[:, :prefix]",
        "True is where a position may look, as in Keras. Yours is the other way round.": "return seen → return ~seen",
        "The causal mask is the wrong way round: rows look, columns are looked at.": "dtype=bool) → dtype=bool).T",
        "One position too many is open to all.": ":prefix] → : prefix + 1]",
    },
)
def prefix_mask(tokens, prefix):
    """Who may look at whom: the first ``prefix`` positions are open to all, the rest is causal, 0 is padding.

    tokens: (batch, time), whole numbers   returns: (batch, time, time) of True and False
    """
    time = tokens.shape[1]
    seen = np.tri(time, dtype=bool)
    seen[:, :prefix] = True
    return seen & (tokens != 0)[:, None]


def _additive_cases(rng):
    one = np.ones((1, 1))
    yield np.array([[0.5]]), np.array([[1.0], [-2.0]]), np.array([[1.0], [3.0]]), one, one, np.array([2.0])
    # Scores of 2000 in one row, of −1500 and less in the other: each row needs its own largest taken off.
    far = np.array([[3.0], [2.0], [-3.0]])
    yield np.array([[1.0], [-4.0]]), far, np.array([[1.0], [3.0], [4.0]]), one, one, np.array([2000.0])
    for _ in range(5):
        queries, keys, d, dk, dv, hidden = (int(size) for size in rng.permutation([2, 3, 4, 5, 6, 7]))
        yield (
            rng.normal(size=(queries, d)),
            rng.normal(size=(keys, dk)),
            rng.normal(size=(keys, dv)),
            rng.normal(size=(d, hidden)),
            rng.normal(size=(dk, hidden)),
            2 * rng.normal(size=hidden),
        )


@implement(
    _additive_cases,
    "q @ W has a row for each query, k @ U one for each key. Each query meets each key.",
    "(q @ W)[:, None] + (k @ U) has the shape (queries, keys, hidden).",
    "tanh of it, then @ w: one score for each pair. Softmax over the keys, the last axis.",
    points=2,
    mistakes={
        "The tanh is missing.": "np.tanh →",
        "Queries and keys meet in a sum, not in a product.": "(q @ W)[:, None] + k @ U → (q @ W)[:, None] * (k @ U)",
        "Each query's weights add up to 1: softmax over the keys, axis −1.": (
            "scores.max(axis=-1 → scores.max(axis=0; e.sum(axis=-1 → e.sum(axis=0"
        ),
        "Here nothing is divided by a root.": "@ w → @ w / np.sqrt(len(w))",
        "The weights multiply the values, not the keys.": "weights @ v → weights @ k",
        "w comes after the tanh: it weighs what tanh gives.": "np.tanh((q @ W)[:, None] + k @ U) @ w → "
        "np.tanh(((q @ W)[:, None] + k @ U) @ w)",
        "The answer is a pair: the averages and the weights.": "return weights @ v, weights → return weights @ v",
        "Weights add up to 1: divide by their sum.": "e / e.sum(axis=-1, keepdims=True) → e",
    },
)
def additive_attention(q, k, v, W, U, w):
    """(averages, weights) with the scores w · tanh(q W + k U). Bahdanau et al., 2014.

    q: (queries, d)   k: (keys, dk)   v: (keys, dv)   W: (d, hidden)   U: (dk, hidden)   w: (hidden,)
    """
    scores = np.tanh((q @ W)[:, None] + k @ U) @ w
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = e / e.sum(axis=-1, keepdims=True)
    return weights @ v, weights


@value(
    "Two of the five have to do with what must not be seen, two with positions, one with sizes.",
    "A loss that is too good has seen its answers.",
    "A table of positions has a row for each position that it was trained on. What about the next?",
    points=2,
    mistakes={
        "A: padding would change a little. Who can guess every next letter has seen it.": {"A": 2},
        "B: later words are words. What is added at the end of a short text is none.": {"B": 3},
        "C: without a position, it cannot tell who bites whom; a longer table is no help.": {"C": 4},
        "D: before any training, no mask makes a single key win in every row.": {"D": 3},
        "E: it knows positions, up to a point. What happens at that point?": {"E": 1},
    },
)
def symptoms():
    """1: no positions, 2: no padding mask, 3: no causal mask, 4: learned positions end, 5: no root."""
    return {"A": 3, "B": 2, "C": 1, "D": 5, "E": 4}


def _halves_cases(rng):
    yield np.array([[1.0, 0.0]]), np.array([1]), 10_000.0
    yield np.array([[1.0, 2.0, 0.0, 0.0], [1.0, 2.0, 3.0, 4.0]]), np.array([0, 5]), 100.0
    for _ in range(5):
        time, half = int(rng.integers(1, 5)), int(rng.integers(2, 5))
        positions = rng.permutation(20)[:time]
        yield rng.normal(size=(time, 2 * half)), positions, float(rng.choice([10.0, 500.0, 10_000.0]))


@implement(
    _halves_cases,
    "Split x in the middle of its last axis: first, second = np.split(x, 2, axis=-1).",
    "Pair i turns by positions / base ** (2 i / width), i from 0 to width / 2 − 1: the angles are (time, width / 2).",
    "Turned: first · cos − second · sin, and first · sin + second · cos. Then side by side again: np.concatenate.",
    points=3,
    mistakes={
        "Those are neighbours, as in the chapter. Here a number's partner stands half a width further on.": rotary,
        "The result has both halves one after the other again, not in turn.": (
            "np.concatenate([first * cos - second * sin, first * sin + second * cos], axis=-1) → "
            "np.stack([first * cos - second * sin, first * sin + second * cos], axis=-1).reshape(x.shape)"
        ),
        "That turns the other way: the minus belongs to the first half.": (
            "first * cos - second * sin, first * sin + second → first * cos + second * sin, -first * sin + second"
        ),
        "Pair i turns by p / base to the power of 2 i / width: the exponents run from 0 to nearly 1.": (
            "2 * np.arange(half) / width → np.arange(half) / width"
        ),
        "The exponents start at 0: the first pair turns by p itself.": "np.arange(half) → (np.arange(half) + 1)",
        "Each row turns by its own position.": "positions[:, None] → np.arange(len(x))[:, None]",
        "A far pair turns slowly: divide by base to the power, do not multiply.": "/ base → * base",
    },
)
def rotate_halves(x, positions, base):
    """Rotary code with pairs (x[i], x[i + width / 2]): each turned by p / base^(2i / width).

    x: (time, width)   positions: (time,)   base: a number   returns: as x
    """
    width = x.shape[-1]
    half = width // 2
    angles = positions[:, None] / base ** (2 * np.arange(half) / width)
    cos, sin = np.cos(angles), np.sin(angles)
    first, second = np.split(x, 2, axis=-1)
    return np.concatenate([first * cos - second * sin, first * sin + second * cos], axis=-1)


@value(
    "A: whose weights should add up to 1: those of a query, or those of a key?",
    "B: follow one word of one text. reshape keeps the order in memory: which axes are neighbours there?",
    "C: which positions may row 0 look at? Print what line 1 gives for four positions.",
    points=3,
    mistakes={
        "A: the scores are right: products of all queries with all keys, divided by the root of the width.": {"A": 1},
        "A: any number may be taken off all scores; softmax does not change. What is each row divided by?": {"A": 2},
        "A: the last line is the average. Are its weights shares of each query?": {"A": 4},
        "B: the shape is read off rightly. What does the next line make neighbours?": {"B": 1},
        "B: to swap axes afterwards would not put together what has been torn apart.": {"B": 3},
        "C: −∞ is the right thing for what must not be seen. But what must not be seen?": {"C": 2},
        "C: taking off the largest of each row changes nothing. Look at the mask.": {"C": 3},
        "C: the last line is softmax as it should be. Look at the mask.": {"C": 4},
    },
)
def broken_attentions():
    """A divides along the queries, B splits heads along time, C lets each position see the next."""
    return {"A": 3, "B": 2, "C": 1}


LOUD_PARAMETERS, LOUD_ERROR = 40, 0.1
TOO_MANY = "A score for each voice needs three: two weights and a bias, the same for all eight voices."
KNOWS_PLACES = (
    "It answers otherwise when the voices are shuffled: it has weights for places (Flatten?). "
    "Give each voice its score with the same Dense(1), and softmax over the voices."
)
DEAF = (
    "It does not listen to the volume: with all volumes alike it says the same. A plain mean? "
    "Or a softmax along the last axis, which has length 1? Keras' Softmax needs axis=1 here."
)
NOT_TRAINED = "That is near guessing. Was it trained at all, with mse or mae as its loss?"
NOT_ENOUGH = "It is on its way. A larger learning rate (0.05) or more epochs make its softmax sharper."


def _voices(rng, n):
    """Eight voices with the volumes −3.5 to 3.5 in any order, each saying a number from −1 to 1."""
    volume = rng.permuted(np.tile(np.arange(8) - 3.5, (n, 1)), axis=1)
    said = rng.uniform(-1, 1, (n, 8))
    return np.stack([volume, said], axis=-1), said[np.arange(n), volume.argmax(axis=1)][:, None]


def listener(score, mix, fit=None, epochs=0, rate=0.05, hidden=None):
    """A model of voices (n, 8, 2), trained where it is given ``fit``: what right and wrong answers are made of.

    score: "each", "flat" or "none"   mix: the axis of the softmax, or "mean"
    """
    from course_lib.page import quiet

    with quiet():
        import keras
    keras.utils.set_random_seed(0)
    layers, inputs = keras.layers, keras.Input((8, 2))
    if score == "flat":
        out = layers.Flatten()(inputs)
        out = layers.Dense(hidden, "relu")(out) if hidden else out
    elif mix == "mean":
        out = layers.GlobalAveragePooling1D()(inputs)
    else:
        weights = layers.Softmax(axis=mix)(layers.Dense(1)(inputs))
        out = layers.Flatten()(layers.Dot(axes=1)([weights, inputs]))
    model = keras.Model(inputs, layers.Dense(1)(out))
    if fit is not None:
        compiled(model, "mse", rate=rate).fit(*fit, batch_size=64, epochs=epochs, verbose=0)
    return model


@build(
    "scores = keras.layers.Dense(1)(inputs) gives one score for each voice: (batch, 8, 1).",
    "keras.layers.Softmax(axis=1) makes the eight scores weights: softmax over the voices.",
    "keras.layers.Dot(axes=1)([weights, inputs]) is the weighted sum over the voices: (batch, 1, 2). Then Flatten and "
    "Dense(1).",
    "Adam with a learning rate of 0.05, mse, and 15 epochs are enough.",
    points=3,
    mistakes={
        TOO_MANY: lambda x, y: listener("flat", None, hidden=16),
        KNOWS_PLACES: lambda x, y: listener("flat", None, (x, y), 2),
        DEAF: lambda x, y: listener("none", "mean", (x, y), 2),
        NOT_TRAINED: lambda x, y: listener("each", 1),
        NOT_ENOUGH: lambda x, y: listener("each", 1, (x, y), 1),
    },
)
def loudest(trial):
    """At most 40 parameters, and on average within 0.1 of what the loudest of eight voices says."""
    x, y = _voices(trial.rng, 2000)
    x_new, y_new = _voices(trial.rng, 500)
    model = trial.built(x, y)
    count = model["parameters"]
    trial.require(count <= LOUD_PARAMETERS, f"It has {count} parameters; {LOUD_PARAMETERS} are allowed.", TOO_MANY)
    said = trial.predicted(x_new, 1, "rows", ": the one number that the loudest voice says.")
    trial.finite(said)
    error = np.abs(said - y_new).mean()
    if error > LOUD_ERROR:
        shuffled = trial.ask("predict", x_new[:, ::-1].copy())
        alike = trial.ask("predict", x_new * [0.0, 1.0])
        reason = _why_not(error, np.abs(shuffled - said).mean(), np.abs(alike - said).mean())
        trial.require(False, f"On average it is off by {error:.2f}; {LOUD_ERROR} is allowed.", reason)


def _why_not(error, moved, heard):
    if moved > 1e-3:
        return KNOWS_PLACES
    if heard < 0.02:
        return DEAF
    return NOT_TRAINED if error > 0.45 else NOT_ENOUGH


def _block_cases(rng):
    yield np.array([[1.0]]), [(np.array([[0.0]]), np.array([[2.0]])), (np.array([[0.0]]), np.array([[4.0]]))]
    yield np.array([[3.0, 4.0]]), [(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0], [2.0]]))]
    # The largest scores come late, then early; their exponentials alone would overflow.
    for scale in (1.0, 1.0, 2000.0, 2000.0, 1.0):
        d, dv, queries = (int(size) for size in rng.permutation([2, 3, 4]))
        sizes = [int(size) for size in rng.integers(1, 5, int(rng.integers(2, 5)))]
        yield (
            rng.normal(size=(queries, d)),
            [(scale * rng.normal(size=(size, d)), rng.normal(size=(size, dv))) for size in sizes],
        )


@implement(
    _block_cases,
    "Keep three things for each query: the largest score so far, the sum of the e's, and the sum of e · value.",
    "A block brings a new largest score. What was summed before has to be multiplied by e^(old largest − new largest).",
    "Start with a largest score of −∞ and sums of 0: e^(−∞) is 0, so the first block needs no case of its own.",
    "In the end divide one sum by the other.",
    points=4,
    mistakes={
        "A block with a larger score changes the measure: what was summed before shrinks by e^(old − new).": (
            "np.exp(largest - new) → 1.0"
        ),
        "The sum of the e's shrinks with a new largest score, too.": "total = total * shrink → total = total",
        "The summed values shrink with a new largest score, too.": "summed = summed * shrink → summed = summed",
        "The largest score is the largest of all blocks so far, not that of the last one.": (
            "np.maximum(largest, scores.max(axis=1, keepdims=True)) → scores.max(axis=1, keepdims=True)"
        ),
        "Scores are divided by the root of the width.": "/ math.sqrt(q.shape[1]) →",
        "In the end the sum of e · value is divided by the sum of the e's.": "summed / total → summed",
        "Remember the new largest score for the next block.": "largest = new → pass",
        "e^1000 is too large for any computer. Take the largest score off before the exponential.": (
            "np.exp(scores - new) → np.exp(scores); np.exp(largest - new) → 1.0"
        ),
        "The mean of the blocks' answers is not the answer: a block with high scores counts for more.": (
            lambda q, blocks: np.mean([_whole(q, k, v) for k, v in blocks], axis=0)
        ),
    },
)
def in_blocks(q, blocks):
    """Attention to keys and values that come in blocks, one after another. After Milakov and Gimelshein, 2018.

    q: (queries, d)   blocks: a list of (keys (n, d), values (n, dv))   returns: (queries, dv)
    """
    largest, total, summed = np.full((len(q), 1), -np.inf), 0.0, 0.0
    for k, v in blocks:
        scores = q @ k.T / math.sqrt(q.shape[1])
        new = np.maximum(largest, scores.max(axis=1, keepdims=True))
        e, shrink = np.exp(scores - new), np.exp(largest - new)
        total = total * shrink + e.sum(axis=1, keepdims=True)
        summed = summed * shrink + e @ v
        largest = new
    return summed / total


def _whole(q, k, v):
    scores = q @ k.T / math.sqrt(q.shape[1])
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) @ v
