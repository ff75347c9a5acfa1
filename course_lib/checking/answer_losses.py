"""Answers whose loss is asked for, and the usual slips in computing it: as what they change in the right answer."""

import numpy as np


def answer_cases(rng):
    """(logits, tokens, counts)"""
    chances = np.array([[0.5, 0.5], [0.25, 0.75], [0.5, 0.5], [0.2, 0.8]])
    yield np.log(chances), np.array([0, 0, 1, 1]), np.array([False, True, False, True])
    yield np.zeros((4, 5)), np.array([1, 2, 3, 4]), np.array([False, True, True, False])
    # e^900 is infinite, and the logarithm of e^−900 is −∞: each in a case of its own.
    for row in ([900.0, 0.0], [0.0, -900.0]):
        yield np.array([row, [1.0, 2.0], [0.0, 0.0]]), np.array([0, 1, 1]), np.array([False, True, False])
    # Rows far apart: no largest logit but a row's own will do. In float32 the losses come out exactly.
    yield np.array([[900.0, 0.0], [-900.0, -1800.0], [0.0, 0.0]]), np.array([0, 1, 1]), np.array([False, True, True])
    for _ in range(5):
        n, vocabulary = int(rng.integers(4, 9)), int(rng.integers(3, 7))
        counts = rng.random(n) < 0.5
        counts[[0, -1]] = False, True
        counts[1] = not counts[2:-1].any()
        logits, tokens = rng.integers(-12, 13, (n, vocabulary)) / 4, rng.integers(0, vocabulary, n)
        # None is so likely that its loss is nearly 0, where float32 is no longer precise.
        tokens[1:] = logits[:-1].argsort(axis=1)[range(n - 1), rng.integers(0, vocabulary // 2, n - 1)]
        yield logits, tokens, counts


WRONG_LOSSES = {
    "The logits at a place are for the token that comes next.": "logits[:-1] → logits[1:]",
    "The mask belongs to the tokens that are predicted: it moves with them.": "counts[1:] → counts[:-1]",
    "Average over the tokens that count, not over all.": "losses[counts[1:]].mean() → (losses * counts[1:]).mean()",
    "That is a loss for each token that counts: take their mean.": "losses[counts[1:]].mean() → losses[counts[1:]]",
    "logs[:, tokens] takes every token at every place. At each place take its own: logs[np.arange(n), tokens].": (
        "logs[np.arange(len(z)), tokens[1:]] → logs[:, tokens[1:]]"
    ),
    "The last place predicts what was not read any more: of n tokens n − 1 are predicted.": (
        "z = logits[:-1] → z = logits"
    ),
    "The logarithm is missing: −ln p, not −p.": ("losses[counts[1:]].mean() → -np.exp(-losses[counts[1:]]).mean()"),
    "Logits are not yet ln p: take off the logarithm of the sum of all e^z.": (
        "z - z.max(axis=-1, keepdims=True) → z; z - np.log(np.exp(z).sum(axis=-1, keepdims=True)) → z"
    ),
    "Divide by how many tokens count, not by how many there are.": (
        "losses[counts[1:]].mean() → losses[counts[1:]].sum() / len(tokens)"
    ),
    "Average, do not add up.": "losses[counts[1:]].mean() → losses[counts[1:]].sum()",
    "What does not count, the question, is in your loss.": "losses[counts[1:]].mean() → losses.mean()",
    "That is the loss of the question: counts is True for the answer.": "losses[counts[1:]] → losses[~counts[1:]]",
    "Subtract each row's largest logit first: e^900 is infinite.": "z - z.max(axis=-1, keepdims=True) → z",
    "Take off each row's own largest logit. Of a row far below that of another row all exponentials would be 0.": (
        "z.max(axis=-1, keepdims=True) → z.max()"
    ),
    "At each place the tokens' probabilities add up to 1: softmax over the last axis.": (
        "z = logits[:-1] → z = logits; z.max(axis=-1 → z.max(axis=0; .sum(axis=-1 → .sum(axis=0; "
        "np.arange(len(z)) → np.arange(len(z) - 1)"
    ),
    "A token that counts is predicted by the place before it: that is place t − 1 for token t.": (
        "z = logits[:-1] → z = logits; losses = -logs[np.arange(len(z)), tokens[1:]] → "
        "at = np.flatnonzero(counts)\n    losses = -logs[at, tokens[at + 1]]; losses[counts[1:]] → losses"
    ),
    "That is perplexity, e to the power of the loss.": (
        "losses[counts[1:]].mean() → np.exp(losses[counts[1:]].mean())"
    ),
    "e^900 is infinite, and a share of infinity is no number: log_softmax without a softmax stays finite.": (
        "z - z.max(axis=-1, keepdims=True) → z; z - np.log(np.exp(z).sum(axis=-1, keepdims=True)) → "
        "np.log(np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True))"
    ),
    "e^−900 is 0 for a computer, and its logarithm −∞: do not take logarithms of a softmax, simplify them first.": (
        "z - np.log(np.exp(z).sum(axis=-1, keepdims=True)) → np.log(np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True))"
    ),
    "A loss is minus the logarithm.": "losses = - → losses = +",
    "That is in bits. With ln it is in nats.": "losses = - → losses = -1.4426950408889634 *",
    "The mean is taken of the logarithms, not of the probabilities.": (
        "losses[counts[1:]].mean() → -np.log(np.exp(-losses[counts[1:]]).mean())"
    ),
    "That is the mean probability. The loss is in −ln p.": "losses[counts[1:]] → np.exp(-losses)[counts[1:]]",
}
