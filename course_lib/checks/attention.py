"""Chapter 09's checks: attention by hand, masks, other scores, other pairs, and a network that looks for the loudest.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns: as what
they change in the right one.
"""

import math

import numpy as np

from course_lib.attention import attention
from course_lib.checking.entries import mistakes_of_entries
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.voices import TOO_MANY, WRONG_LISTENERS, voices, why_not
from course_lib.positions import rotary

CHAPTER = "09-attention"


@value(
    "q · c = 1 · 1 + 2 · 1 + 0 · (−1) + 1 · 3. Then divide by the root of the width, which is 4.",
    "The other two scores are 1 and 1. The weights are e to the scores, each divided by the sum of all three.",
    "The answer is 1, 2 and 3, each times its weight, added up.",
    "Behind the mask c has no weight at all, and the other two share the whole.",
    points=1,
    decimals=2,
    mistakes=mistakes_of_entries(
        **{
            "score of c": {
                6: "that is the dot product. It still has to be divided by √4.",
                1.5: "divide by the root of the width, not by the width.",
            },
            "weight of c": {
                0.6: "softmax takes e to the power of the scores, not the scores themselves.",
                0.9647: "these are the scores before they are divided by the root.",
                0.5761: "divide the dot products by the root of the width, not by the width.",
                20.0855: "that is e to its score. It still has to be divided by the sum of all three.",
            },
            "answer": {
                2: "that is the plain mean of the values. c weighs more than a and b.",
                3: "attention takes an average, not the best alone.",
                2.70: "round only in the end, not the weights.",
                2.9470: "the dot products have to be divided by the root of the width.",
            },
            "answer, c masked": {
                0.3195: "the weights of a and b have to add up to 1 again.",
                3: "a and b share the whole: half each.",
                0: "only c is masked. What do a and b answer?",
                1.7331: "a score of 0 still has a weight, as e⁰ is 1. Behind a mask the score is −∞.",
            },
        }
    ),
)
def attention_by_hand():
    """q = (1, 2, 0, 1); keys a = (2, 0, 3, 0), b = (0, 1, 1, 0), c = (1, 1, −1, 3); values 1, 2, 3."""
    e = np.exp([1.0, 1.0, 3.0])
    answer = e @ [1, 2, 3] / e.sum()
    return {"score of c": 3.0, "weight of c": e[2] / e.sum(), "answer": answer, "answer, c masked": 1.5}


@value(
    "Four dense layers: query, key, value and output. Each has a kernel of 64 × 64 numbers and a bias of 64.",
    "Every word asks every word, in each head, in each text of the batch.",
    "Eight heads of width 8 are as wide together as four of width 16.",
    "Across: 50 words ask, 30 answer.",
    points=2,
    mistakes=mistakes_of_entries(
        **{
            "weights": {
                16384: "there is a bias of 64 in each of the four dense layers.",
                12480: "query, key and value are three; what the heads found is joined by a fourth.",
                4160: "that is one dense layer. Query, key, value and output have one each.",
                16448: "each of the four dense layers has a bias of 64, not only one.",
            },
            "scores": {
                20000: "each head has scores of its own.",
                10000: "that is one text. The batch holds eight.",
                1280000: "a product of 16 numbers with 16 is one score.",
            },
            "weights with 8 heads": {
                33280: "the heads are narrower in turn.",
                16384: "the biases count here, too.",
            },
            "scores with 100 words": {
                160000: "twice the words, but each asks twice as many.",
                40000: "that is one text. The batch holds eight.",
                80000: "each of the four heads has scores of its own, and each text of the batch.",
            },
            "scores across": {
                28800: "the 30 words of the other text answer, they do not ask.",
                80000: "only 30 words can be looked at.",
                12000: "each head has scores of its own.",
                6000: "that is one text. The batch holds eight.",
            },
        }
    ),
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
    yield np.array([[5, 3, 8, 0]]), 2
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
        "The question is seen by all, its own words included: columns, not rows.": "seen[:, :prefix] → seen[:prefix]",
        "Nobody may look at padding, also not at padding within the first positions.": "tokens != 0 → tokens != -1",
        "Padding is not looked at: that is a matter of the columns. You closed its rows.": "[:, None] → [:, :, None]",
        "What comes after the prefix is causal: nobody looks ahead.": "np.tri(time, → np.ones((time, time),",
        "All conditions have to hold: and, not or.": "seen & ( → seen | (",
        "True is where there is a word: tokens != 0.": "!= 0 → == 0",
        "The answer may look back at all of the question.": "return → seen[prefix:, :prefix] = False\n    return",
        "There is a mask for each text, (batch, time, time): the padding needs an axis more.": "[:, None] → [0]",
        "After the prefix the mask is causal.": "np.tri(time, dtype=bool) → np.zeros((time, time), bool)",
        "A position may look at itself.": "np.tri(time, dtype=bool) → np.tri(time, k=-1, dtype=bool)",
        "That is the causal mask of each text. The first positions are open to all.": "= True → = seen[:, :prefix]",
        "True is where a position may look, as in Keras. Yours is the other way round.": "seen & ( → ~seen | ~(",
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
        "Each query meets each key: one of them needs an axis more.": "(q @ W)[:, None] + k @ U → q @ W + k @ U",
        "e^2000 is too large for any computer: take each row's largest score off first.": "scores - largest → scores",
        "Each row needs its own largest taken off.": "scores.max(axis=-1, keepdims=True) → scores.max()",
        "w is missing: it weighs what tanh gives before that is added up.": "@ w → .sum(axis=-1)",
        "The averages come first, then the weights.": "return weights @ v, weights → return weights, weights @ v",
        "The second of the pair is the weights, after softmax. Those are the scores.": "@ v, weights → @ v, scores",
        "The averages are taken with the weights, not with the scores.": "return weights @ v → return scores @ v",
        "Queries and keys meet in a sum, not in a product.": "(q @ W)[:, None] + k @ U → (q @ W)[:, None] * (k @ U)",
        "Each query's weights add up to 1: softmax over the keys, axis −1.": (
            "scores.max(axis=-1 → scores.max(axis=0; e.sum(axis=-1 → e.sum(axis=0"
        ),
        "Here nothing is divided by a root.": "@ w → @ w / np.sqrt(len(w))",
        "The weights multiply the values, not the keys.": "weights @ v → weights @ k",
        "w comes after the tanh: it weighs what tanh gives.": "np.tanh(pairs) @ w → np.tanh(pairs @ w)",
        "The answer is a pair: the averages and the weights.": "return weights @ v, weights → return weights @ v",
        "Weights add up to 1: divide by their sum.": "e / e.sum(axis=-1, keepdims=True) → e",
    },
)
def additive_attention(q, k, v, W, U, w):
    """(averages, weights) with the scores w · tanh(q W + k U). Bahdanau et al., 2014.

    q: (queries, d)   k: (keys, dk)   v: (keys, dv)   W: (d, hidden)   U: (dk, hidden)   w: (hidden,)
    """
    pairs = (q @ W)[:, None] + k @ U
    scores = np.tanh(pairs) @ w
    largest = scores.max(axis=-1, keepdims=True)
    e = np.exp(scores - largest)
    weights = e / e.sum(axis=-1, keepdims=True)
    return weights @ v, weights


@value(
    "Two of the five have to do with what must not be seen, two with positions, one with sizes.",
    "A loss that is too good has seen its answers.",
    "A table of positions has a row for each position that it was trained on. What about the next?",
    points=2,
    mistakes=mistakes_of_entries(
        A={
            1: "without positions it would guess worse, not nearly always right.",
            2: "padding would change a little. Who can guess every next letter has seen it.",
            4: "learned positions are fine in training. Who can guess every next letter has seen it.",
            5: "large scores would make it learn badly. This one guesses nearly everything.",
        },
        B={
            1: "the order of its words is the same in both batches. What does a long text in the batch add to it?",
            3: "later words are words. What is added at the end of a short text is none.",
            4: "its words stand where they stood. What is added behind them?",
            5: "its scores are the same in both batches. What is added behind its words?",
        },
        C={
            2: "there is nothing to fill up: both have three words. What do they differ in?",
            3: "a mask hides words. But what tells it in which order they come?",
            4: "without a position, it cannot tell who bites whom; a longer table is no help.",
            5: "smaller scores are still the same for both. What do the two texts differ in?",
        },
        D={
            1: "positions add a little to the numbers. What makes the scores so large?",
            2: "padding has nothing to do with the width. What grows with it?",
            3: "before any training, no mask makes a single key win in every row.",
            4: "before any training, nothing is learned yet. What grows with the width?",
        },
        E={
            1: "it knows positions, up to a point. What happens at that point?",
            2: "a long text alone needs no padding. What is new at word 101?",
            3: "without it, it would fail from the first word on. What is new at word 101?",
            5: "the width is the same at word 101. What is new there?",
        },
    ),
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
        "Put one half after the other, not in turn.": "concatenate(turned, axis=-1) → dstack(turned).reshape(x.shape)",
        "That turns the other way: the minus belongs to the first half.": "- b * sin, a * sin → + b * sin, -a * sin",
        "The exponents are 2 i / width: they run from 0 to nearly 1.": "2 * np.arange(half) → np.arange(half)",
        "The exponents start at 0: the first pair turns by p itself.": "np.arange(half) → (np.arange(half) + 1)",
        "Both results need the old numbers: you had overwritten the first half.": (
            "turned = a * cos - b * sin → a = a * cos - b * sin\n    turned = a"
        ),
        "Both results need the old numbers: you had overwritten the second half.": (
            "turned = → b = a * sin + b * cos\n    turned =; , a * sin + b * cos → , b"
        ),
        "The exponent is 2 i / width, of the whole width: it stays below 1.": "/ width) → / half)",
        "Each row has its angles, (time, width / 2): positions need an axis more.": "positions[:, None] → positions",
        "Each pair has an angle of its own, by its number i.": "/ base ** (2 * np.arange(half) / width) →",
        "The base is the one that is given, not always 10,000.": "/ base → / 10_000.0",
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
    a, b = np.split(x, 2, axis=-1)
    turned = a * cos - b * sin, a * sin + b * cos
    return np.concatenate(turned, axis=-1)


@value(
    "A: whose weights should add up to 1: those of a query, or those of a key?",
    "B: follow one word of one text. reshape keeps the order in memory: which axes are neighbours there?",
    "C: which positions may row 0 look at? Print what line 1 gives for four positions.",
    points=3,
    mistakes={
        "A: the scores are right: products of all queries with all keys, divided by the root of the width.": {"A": 1},
        "A: what is taken off a row changes nothing in its shares. What is each row divided by?": {"A": 2},
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


@build(
    "scores = keras.layers.Dense(1)(inputs) gives one score for each voice: (batch, 8, 1).",
    "keras.layers.Softmax(axis=1) makes the eight scores weights: softmax over the voices.",
    "keras.layers.Dot(axes=1)([weights, inputs]) sums over the voices: (batch, 1, 2). Then Flatten and Dense(1).",
    "Adam with a learning rate of 0.1, mse, and 20 epochs are enough.",
    points=3,
    mistakes=WRONG_LISTENERS,
)
def loudest(trial):
    """At most 40 parameters, and on average within 0.1 of what the loudest of eight voices says."""
    x, y = voices(trial.rng, 2000)
    x_new, y_new = voices(trial.rng, 500)
    model = trial.built(x, y)
    count = model["parameters"]
    trial.require(count <= LOUD_PARAMETERS, f"It has {count} parameters; {LOUD_PARAMETERS} are allowed.", TOO_MANY)
    said = trial.predicted(x_new, 1, "rows", ": the one number that the loudest voice says.")
    trial.finite(said)
    error = np.abs(said - y_new).mean()
    if error > LOUD_ERROR:
        reason = why_not(trial, model, x_new, said, error)
        trial.require(False, f"On average it is off by {error:.2f}; {LOUD_ERROR} is allowed.", reason)


def _block_cases(rng):
    one = np.array([[1.0]])
    yield one, [(0 * one, 2 * one), (one, 4 * one)]
    yield np.array([[3.0, 4.0]]), [(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0], [2.0]]))]
    # All scores far below 0, and each query's far from the other's; then one that is a thousand above those before.
    pair = np.array([[2.0], [1.0]])
    yield pair, [(-4999 - pair, pair), (-4999 * one, 5 * one)]
    yield one, [(0 * one, 2 * one), (1000 * one, 4 * one)]
    # Large ones come late, then early. Whole numbers times 2000 are alike or far apart, so that float32 will do.
    for scale in (1.0, 1.0, 2000.0, 2000.0, 1.0):
        d, dv, queries = (int(size) for size in rng.permutation([2, 3, 4]))
        sizes = [int(size) for size in rng.integers(1, 5, int(rng.integers(2, 5)))]
        q, *keys = (
            rng.normal(size=(size, d)) if scale == 1 else rng.integers(-4, 5, (size, d)) * 1.0
            for size in (queries, *sizes)
        )
        yield q, [(scale * k, rng.normal(size=(len(k), dv))) for k in keys]


@implement(
    _block_cases,
    "Keep three things for each query: the largest score so far, the sum of the e's, and the sum of e · value.",
    "A block brings a new largest score. What was summed before has to be multiplied by e^(old largest − new largest).",
    "Start with a largest score of −∞ and sums of 0: e^(−∞) is 0, so the first block needs no case of its own.",
    "In the end divide one sum by the other.",
    points=4,
    mistakes={
        "A larger score changes the measure: what was summed shrinks by e^(old − new).": "np.exp(largest - new) → 1.0",
        "The sum of the e's shrinks with a new largest score, too.": "total = total * shrink → total = total",
        "The summed values shrink with a new largest score, too.": "summed = summed * shrink → summed = summed",
        "The largest score is that of all blocks so far, not of the last one.": "np.maximum(largest, top) → top",
        "Scores are divided by the root of the width.": "/ math.sqrt(q.shape[1]) →",
        "In the end the sum of e · value is divided by the sum of the e's.": "summed / total → summed",
        "That is the last block's answer alone. Carry on the sums, and remember the largest score.": (
            lambda q, blocks: attention(q, *blocks[-1])[0]
        ),
        "The blocks' answers are not to be added up: e and e · value are, and divided in the end.": (
            lambda q, blocks: sum(attention(q, k, v)[0] for k, v in blocks)
        ),
        "The largest score so far begins at −∞: all scores may be far below 0.": "-np.inf → 0.0",
        "Each query has a largest score of its own.": "scores.max(axis=1, keepdims=True) → scores.max()",
        "Old sums shrink by e^(old − new): the other way round.": "np.exp(largest - new) → np.exp(new - largest)",
        "A later block may bring a larger score than the first: take the largest so far.": (
            "np.maximum(largest, top) → np.where(np.isinf(largest), top, largest)"
        ),
        "e^1000 is too large for any computer. Take the largest score off before the exponential.": (
            "np.exp(scores - new) → np.exp(scores); np.exp(largest - new) → 1.0"
        ),
        "The mean of the blocks' answers is not the answer: a block with high scores counts for more.": (
            lambda q, blocks: np.mean([attention(q, k, v)[0] for k, v in blocks], axis=0)
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
        top = scores.max(axis=1, keepdims=True)
        new = np.maximum(largest, top)
        e, shrink = np.exp(scores - new), np.exp(largest - new)
        total = total * shrink + e.sum(axis=1, keepdims=True)
        summed = summed * shrink + e @ v
        largest = new
    return summed / total
