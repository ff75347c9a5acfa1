"""Chapter 10's checks: bits and tokens, a GPT weighed and run, a model that looks back, and the choice of what comes.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns: as what
they change in the right one.
"""

import math
from collections import Counter
from itertools import pairwise

import numpy as np

from course_lib.activations import softmax
from course_lib.checking.answer_losses import WRONG_LOSSES, answer_cases
from course_lib.checking.byte_pairs import WRONG_PAIRS, pair_cases
from course_lib.checking.entries import mistakes_of_entries
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.looking_back import TOO_LARGE, WRONG_MODELS, WRONG_SHAPE, look_ahead, sequences, why_not
from course_lib.checking.model_numbers import WRONG_BITS, WRONG_WEIGHTS
from course_lib.checking.writing import WRONG_WRITERS, writing_cases
from course_lib.sampling import top_p

CHAPTER = "10-transformers"


@value(
    "A probability of ½ is one bit, ¼ two, ⅛ three: minus the logarithm to the base 2.",
    "Perplexity is 2 to the power of the mean number of bits a token.",
    "For bits a character, divide the bits of all tokens by the number of characters.",
    points=1,
    decimals=2,
    mistakes=WRONG_BITS,
)
def bits_by_hand():
    """Four tokens of probability ½, ¼, ⅛ and ¼ that write ten characters."""
    bits = -sum(math.log2(p) for p in (1 / 2, 1 / 4, 1 / 8, 1 / 4))
    return {"bits": bits, "perplexity": 2 ** (bits / 4), "bits a character": bits / 10}


@value(
    "A table of tokens has a row of 64 numbers for each of 1,000 tokens; that of positions one for each of 128 places.",
    "Attention: four layers (query, key, value, output) from 64 to 64 numbers, each with 64 biases.",
    "The dense layers go from 64 to 256 and back, with 256 and 64 biases; each of two norms has a gamma and a beta.",
    "Behind the blocks: one more norm, and a dense layer from 64 to 1,000 with its biases.",
    points=2,
    mistakes=WRONG_WEIGHTS,
)
def weigh():
    """Parameters of a GPT: vocabulary 1,000, context 128, width 64, four heads, hidden 256, two blocks."""
    width, hidden, vocabulary, context = 64, 256, 1000, 128
    tables = (vocabulary + context) * width
    block = 4 * (width * width + width) + 2 * width * hidden + hidden + width + 4 * width
    rest = 2 * width + width * vocabulary + vocabulary
    total = tables + 2 * block + rest
    shared = total - vocabulary * width
    return {"tables": tables, "one block": block, "the rest": rest, "in all": total, "in all, shared": shared}


def _min_p_cases(rng):
    yield np.array([2.0, 1.0, 0.0, -3.0]), 0.2
    yield np.log(np.array([0.5, 0.26, 0.24])), 0.5
    yield np.array([0.0, 0.0, 0.0]), 1.0
    yield np.array([[5, 4, 0], [-1, -1, -9]]), 0.1
    yield np.array([[[1.0, 0.0, -2.0], [3.0, 3.5, 2.0]]]), 0.4
    yield np.array([[900.0, 899.5, 0.0], [-900.0, -902.0, -901.0]]), 0.3
    for _ in range(5):
        logits = 2 * rng.normal(size=(int(rng.integers(2, 4)), int(rng.integers(4, 8))))
        yield logits, float(rng.uniform(0.05, 0.8))


@implement(
    _min_p_cases,
    "Probabilities are softmax(logits) over the last axis. The limit is p times each row's largest one.",
    "p_i ≥ p · p_max is the same as logit_i ≥ logit_max + ln p: no exponential is needed.",
    "np.where(keep, logits, -np.inf) keeps some and rules the others out.",
    points=2,
    mistakes={
        "The limit depends on the likeliest token: p times its probability, not p itself.": (
            "logits - top >= np.log(p) → softmax(logits) >= p"
        ),
        "Each row has its own likeliest token: axis=-1.": "max(axis=-1, keepdims=True) → max()",
        "Each row has a limit of its own: take the largest probability over the last axis.": (
            "logits - top >= np.log(p) → softmax(logits) >= p * softmax(logits).max()"
        ),
        "That is top-p, which adds probabilities up. Here each is compared with p times the largest.": (
            lambda logits, p: top_p(np.asarray(logits, float), p)
        ),
        "Logits can be a single row as well: work along the last axis.": (
            "top = logits.max(axis=-1, keepdims=True) → top = np.array([[max(row)] for row in logits])"
        ),
        "What is cut off keeps its place, with −∞ in it: np.where(keep, logits, -np.inf).": (
            "np.where(logits - top >= np.log(p), logits, -np.inf) → logits[logits - top >= np.log(p)]"
        ),
        "True is what stays. Return its logits: np.where(keep, logits, -np.inf).": (
            "np.where(logits - top >= np.log(p), logits, -np.inf) → logits - top >= np.log(p)"
        ),
        "What is ruled out is −∞, and that is -np.inf.": "-np.inf → -1e9",
        "The likeliest of each row is wanted, not of each token: axis=-1.": "axis=-1, keep → axis=0, keep",
        "The last axis is that of the tokens, however many there are in front of it: axis=-1.": (
            "axis=-1, keep → axis=1, keep"
        ),
        "Each row's largest has to stand beside its row: keepdims=True.": ", keepdims=True →",
        "Whole numbers have no −∞: begin with np.array(logits, float).": (
            "np.asarray(logits, float) → np.array(logits); "
            "return np.where(logits - top >= np.log(p), logits, -np.inf) → "
            "logits[logits - top < np.log(p)] = -np.inf\n    return logits"
        ),
        "What is exactly at the limit stays.": ">= np.log(p) → > np.log(p)",
        "What is ruled out has the logit −∞. A logit of 0 can be quite likely.": "-np.inf → 0.0",
        "That rules out the likely ones.": ">= np.log(p) → <= np.log(p)",
        "p is a share of a probability, so compare probabilities, not logits.": "top >= np.log(p) → p * top >= 0",
        "The gap to the largest logit is compared with the logarithm of p.": ">= np.log(p) → >= p",
        "Return logits, as top_k and top_p do.": "logits, -np.inf → softmax(logits), 0.0",
        "Softmax comes after it. Return the logits of what stays.": (
            "return np.where(logits - top >= np.log(p), logits, -np.inf) → "
            "return softmax(np.where(logits - top >= np.log(p), logits, -np.inf))"
        ),
        "What stays keeps its logit as it was.": "logits, -np.inf → logits - top, -np.inf",
        "e^900 is infinite and e^−900 is 0: take each row's largest logit off first.": (
            "logits - top >= np.log(p) → np.exp(logits) >= p * np.exp(logits).max(axis=-1, keepdims=True)"
        ),
        "e^900 is infinite and e^−900 is 0, and shares of these are no numbers: take each row's largest off first.": (
            "logits - top >= np.log(p) → (np.abs(top) < 700) & (logits - top >= np.log(p))"
        ),
    },
)
def min_p(logits, p):
    """Only tokens at least p times as likely as the likeliest one; -∞ for the others. logits: (..., vocabulary)"""
    logits = np.asarray(logits, float)
    top = logits.max(axis=-1, keepdims=True)
    return np.where(logits - top >= np.log(p), logits, -np.inf)


@implement(
    answer_cases,
    "The logits of place t are for the token at place t + 1: logits[:-1] go with tokens[1:] and counts[1:].",
    "log_softmax(z) is z − max − log Σ e^(z − max), row by row.",
    "Take minus the logarithm of each true token, and average only where counts is True.",
    points=3,
    mistakes=WRONG_LOSSES,
)
def answer_loss(logits, tokens, counts):
    """The mean cross-entropy, in nats, of those next tokens that count.

    logits: (time, vocabulary)   tokens: (time,), those that were read   counts: (time,), True for the answer's
    """
    z = logits[:-1]
    z = z - z.max(axis=-1, keepdims=True)
    logs = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    losses = -logs[np.arange(len(z)), tokens[1:]]
    return losses[counts[1:]].mean()


@implement(
    pair_cases,
    "Begin with the characters of each word: [list(word) for word in words].",
    "A round: Counter(pair for pieces in texts for pair in zip(pieces, pieces[1:])), then the best pair, then join it.",
    "min(counts, key=lambda pair: (-counts[pair], pair)) is the commonest; of equal ones the first in the alphabet.",
    "To join, go through the pieces of each word from the left; behind a joined pair go on with the piece after it.",
    points=3,
    mistakes=WRONG_PAIRS,
)
def learn_pairs(words, n):
    """The first n merges of a byte-pair encoding: again and again the commonest pair of neighbours within words.

    words: a list of strings   returns: a list of pairs of strings, at most n, each of which came twice at least
    """
    texts, merges = [list(word) for word in words], []
    while len(merges) < n:
        counts = Counter(pair for pieces in texts for pair in pairwise(pieces))
        best = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
        if counts[best] < 2:
            break
        merges.append(best)
        for pieces in texts:
            i = 0
            while i < len(pieces) - 1:
                if (pieces[i], pieces[i + 1]) == best:
                    pieces[i : i + 2] = [best[0] + best[1]]
                i += 1
    return merges


@value(
    "Try each with small numbers whose answer you know, and read it line by line with the names in mind.",
    "A: which is sharper, logits divided by ½ or multiplied by ½?",
    "B: before a token come those that are likelier. Whose probabilities are added up?",
    "C: what does it do otherwise with a token that comes alone, as its fourth, than with the fourth of four?",
    points=3,
    mistakes=mistakes_of_entries(
        A={
            2: "that line only keeps e from overflowing, whatever z is.",
            3: "that line makes shares of whatever comes. What comes is too flat, or too sharp.",
        },
        B={
            1: "the likeliest come first, as they should.",
            3: "a token stays if those before it do not reach p: as it should be. Are they those before it?",
        },
        C={
            1: "each token has its row in the table, wherever it stands.",
            3: "what was read before stands in front, as it should.",
            4: "that is the last one's product with all, by the root of the width: as it should be.",
            5: "taking off the largest score changes no share. What is in the scores?",
            6: "an average, and what is kept for later: as it should be.",
        },
    ),
)
def broken_choices():
    """A multiplies by the temperature; B adds up in another order; C counts positions from 0 in each piece."""
    return {"A": 1, "B": 2, "C": 2}


def _norm(x, axis=-1, inside=1e-3, outside=0.0):
    return (x - x.mean(axis, keepdims=True)) / (np.sqrt(x.var(axis, keepdims=True) + inside) + outside)


def _small_gpt_cases(rng):
    yield np.array([3, 1]), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.5, -1.0]]), np.array([[0.0, 0.5], [2, 0]])
    for _ in range(5):
        vocabulary, width, context = (int(size) for size in rng.permutation([4, 5, 6]))
        tokens = rng.integers(0, vocabulary, int(rng.integers(3, context + 1)))
        yield tokens, rng.normal(size=(vocabulary, width)), rng.normal(size=(context, width))
    yield rng.permutation(4)[:3], rng.normal(size=(4, 4)), rng.normal(size=(4, 4))


@implement(
    _small_gpt_cases,
    "h = np.sqrt(width) * table[tokens] + places[: len(tokens)]; then n = norm(h), row by row.",
    "scores = n @ n.T / np.sqrt(width), −∞ where np.tri(time) is 0, softmax over the last axis, then times n.",
    "h + attention is what comes behind the block: h itself, not its norm.",
    "table.T has a column for each token: norm(h) @ table.T.",
    points=4,
    mistakes={
        "The tokens' rows are multiplied by the root of the width.": "np.sqrt(width) * table → table",
        "The factor is the root of the width, not the width.": "np.sqrt(width) * table → width * table",
        "Multiply the tokens' rows by the root, do not divide them.": (
            "np.sqrt(width) * table[tokens] → table[tokens] / np.sqrt(width)"
        ),
        "There may be more places than tokens: take the first ones, as many as there are tokens.": (
            "places[: len(tokens)] → places"
        ),
        "Multiply the tokens' rows only, not the places'.": "table[tokens] + place → (table[tokens] + place)",
        "Without its place a token is the same everywhere: add the row of its position.": "+ place → ",
        "Places are looked up by position, 0, 1, 2 and so on, not by token.": "places[: len(tokens)] → places[tokens]",
        "Each position has a row of its own in `places`.": "places[: len(tokens)] → places[0]",
        "Pre-norm: the norm comes before attention, inside. Yours comes behind the sum.": "n = norm(h) → n = h",
        "In front of the last product comes one more norm.": "return norm(h) → return h",
        "The path past attention is missing: h + attention.": "h + weights @ n → weights @ n",
        "What goes past attention is h itself, not its norm.": "h + weights @ n → n + weights @ n",
        "The values are the norm's rows too, as queries and keys are.": "h + weights @ n → h + weights @ h",
        "The causal mask is the wrong way round: place t looks at 0 to t.": "np.tri(len(n)) → np.tri(len(n)).T",
        "Nobody may look at later places.": "np.tri(len(n)) == 0 → False",
        "The next token is what is to be predicted, and that one sees it: place t looks at 0 to t.": (
            "np.tri(len(n)) → np.tri(len(n), k=1)"
        ),
        "Scores become weights by softmax.": "softmax(scores) → np.where(np.isinf(scores), 0, scores)",
        "Row t of the weights is what place t looks at: weights @ n.": "weights @ n → weights.T @ n",
        "Each place's weights add up to 1, not those of all places together.": (
            "softmax(scores) → np.exp(scores) / np.exp(scores).sum()"
        ),
        "A place may look at itself.": "np.tri(len(n)) → np.tri(len(n), k=-1)",
        "What must not be seen has the score −∞. A score of 0 still has a weight.": "-np.inf → 0.0",
        "Behind the mask the weights still have to add up to 1: mask the scores, before softmax.": (
            "scores = np.where(np.tri(len(n)) == 0, -np.inf, scores) →; "
            "weights = softmax(scores) → weights = softmax(scores) * np.tri(len(n))"
        ),
        "The scores are divided by the root of the width.": "n.T / np.sqrt(width) → n.T",
        "Divide the scores by the root of the width: how long a row is, not how many there are.": (
            "n.T / np.sqrt(width) → n.T / np.sqrt(len(n))"
        ),
        "Divide the scores by the root of the width, not by the width.": "n.T / np.sqrt(width) → n.T / width",
        "Each place's weights add up to 1: softmax over the last axis.": "softmax(scores) → softmax(scores.T).T",
        "The table has to be turned round: its columns are then the tokens.": "table.T → table",
        "Return logits, without a softmax.": "return norm(h) @ table.T → return softmax(_norm(h) @ table.T)",
        "Each row has a norm of its own: mean and variance over the last axis.": "= _norm → = lambda x: _norm(x, 0)",
        "Mean and variance are those of a row, not of all numbers: axis=-1.": "= _norm → = lambda x: _norm(x, None)",
        "Each row's mean has to stand beside its row: keepdims=True.": (
            "= _norm → = lambda x: (x - x.mean(-1)) / np.sqrt(x.var(-1) + 0.001)"
        ),
        "Divide by the root of the variance.": (
            "= _norm → = lambda x: _norm(x) / np.sqrt(x.var(-1, keepdims=True) + 0.001)"
        ),
        "The variance is a mean: divided by how many numbers there are, not by one less.": (
            "= _norm → = lambda x: (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True, ddof=1) + 0.001)"
        ),
        "Under the root, 0.001 is added to the variance. Other libraries add other numbers.": (
            "= _norm → = lambda x: _norm(x, -1, 0.0)"
        ),
        "The 0.001 belongs under the root, to the variance.": "= _norm → = lambda x: _norm(x, -1, 0.0, 1e-3)",
        "Every place predicts, not only the last.": "return norm(h) → return norm(h)[-1]",
    },
)
def small_gpt(tokens, table, places):
    """The logits of a GPT with one head, no kernels and no dense layers: (time, vocabulary).

    tokens: (time,)   table: (vocabulary, width), for both ends   places: (context, width)
    """
    norm = _norm
    width, place = table.shape[1], places[: len(tokens)]
    h = np.sqrt(width) * table[tokens] + place
    n = norm(h)
    scores = n @ n.T / np.sqrt(width)
    scores = np.where(np.tri(len(n)) == 0, -np.inf, scores)
    weights = softmax(scores)
    h = h + weights @ n
    return norm(h) @ table.T


MOST, RIGHT = 20_000, 0.9


@build(
    "Two embeddings, of tokens and of places, are added; keras.layers.MultiHeadAttention(2, 16) does the looking.",
    "The places: keras.ops.cumsum(keras.ops.ones_like(tokens), axis=1) - 1, into Embedding(12, 32).",
    "attention(h, h, use_causal_mask=True); add it to h; then Dense(6).",
    "Adam(0.01), SparseCategoricalCrossentropy(from_logits=True), 20 epochs in batches of 32.",
    points=4,
    mistakes=WRONG_MODELS,
)
def look_back(trial):
    """A causal Keras model with at most 20,000 parameters that says what stood three places before: 90 % right."""
    x, y = sequences(trial.rng, 500)
    new, wanted = sequences(trial.rng, 200)
    count = trial.built(x, y)["parameters"]
    trial.require(count <= MOST, f"It has {count:,} parameters; {MOST:,} are allowed.", TOO_LARGE)
    logits, shape = trial.ask("predict", new), (*new.shape, 6)
    said = f"For 200 sequences its output has the shape {logits.shape}; {shape} was wanted."
    trial.require(logits.shape == shape, said, WRONG_SHAPE)
    trial.finite(logits)
    moved = look_ahead(trial, new, logits)
    right = np.mean(logits.argmax(axis=-1)[:, 3:] == wanted[:, 3:])
    if right < RIGHT:
        reason = why_not(trial, new, logits, moved, right)
        trial.require(False, f"From the fourth place on it gets {right:.1%} right; 90 % were wanted.", reason)


@implement(
    writing_cases,
    "In each round: logits = table[the last token], then penalty, then temperature, then top-p, then choose.",
    'Top-p: in falling order, argsort(-chances, kind="stable"), a token stays if the sum of those before is below p.',
    "To choose: divide what is left by its sum, add up in the order of the tokens, and take the first sum > point.",
    points=4,
    mistakes=WRONG_WRITERS,
)
def write(table, prompt, points, temperature, p, penalty):
    """The prompt and after it one token for each point: penalty, temperature, top-p, and the point as chance.

    table: (vocabulary, vocabulary), the logits of what follows each token   prompt: a list   points: (n,) in [0, 1)
    """
    text = list(prompt)
    for point in points:
        z, said = np.array(table[text[-1]], float), list(set(text))
        z[said] = np.where(z > 0, z / penalty, z * penalty)[said]
        chances = softmax(z / temperature)
        order = np.argsort(-chances, kind="stable")
        sums = chances[order].cumsum()
        chances[order[sums - chances[order] >= p]] = 0
        text.append(int(np.argmax(chances.cumsum() > chances.sum() * point)))
    return text
