"""From logits to the next token: what a language model leaves open, and chance decides.

logits: (..., vocabulary), one number for each token, -∞ for those that are ruled out. ``temperature``, ``top_k``,
``top_p`` and ``repetition_penalty`` turn logits into other logits, so that they can follow one another:
sample(top_k(logits, 5), rng).
"""

import numpy as np

from course_lib import limits
from course_lib.activations import log_softmax, softmax


def greedy(logits):
    """The likeliest token, (...); of several, the first."""
    return _checked(logits).argmax(axis=-1)


def sample(logits, rng):
    """A random token, (...), each as often as softmax(logits) says."""
    probabilities = softmax(_checked(logits))
    # On a line from 0 to 1 each token has a stretch as long as its probability; chance picks a point.
    ends = probabilities.cumsum(axis=-1)
    points = rng.random(ends.shape[:-1])[..., None] * ends[..., -1:]
    return (ends <= points).sum(axis=-1)


def temperature(logits, temperature):
    """logits / T: below 1 the likely becomes likelier, above 1 chances even out. Ackley et al., 1985."""
    limits.above_zero("temperature (for the limit 0 see greedy)", temperature)
    return _checked(logits) / temperature


def top_k(logits, k):
    """Only the k likeliest tokens; of equal ones the first. Fan et al., 2018."""
    logits = _checked(logits)
    k = limits.whole("k", k, 1, logits.shape[-1])
    return np.where(_ranks(logits) < k, logits, -np.inf)


def top_p(logits, p):
    """Only the likeliest tokens, as few as reach the probability p together. Holtzman et al., 2020.

    0.7 and 0.2 reach 0.9, though their sum in binary is a little less: p counts as reached where rounding could be all
    that is missing.
    """
    rounding = 1e-12 + 2 * np.finfo(limits.floats(logits).dtype).eps
    logits = _checked(logits)
    limits.above_zero("p", limits.share("p", p))
    if p == 1:
        # Sums of probabilities are rounded and might reach 1 before the last token.
        return logits
    ranks = _ranks(logits)
    probabilities = softmax(logits)
    falling = np.take_along_axis(probabilities, ranks.argsort(axis=-1), axis=-1)
    before = falling.cumsum(axis=-1) - falling
    return np.where(np.take_along_axis(before, ranks, axis=-1) < p * (1 - rounding), logits, -np.inf)


def repetition_penalty(logits, tokens, penalty, mask=None):
    """What has been said becomes less likely: its logits are divided by the penalty, above 1. Keskar et al., 2019.

    tokens: (..., time), what stands there so far   mask: as tokens, False where they are only padding
    A logit below 0 is multiplied instead, since dividing would make it likelier: so the library "transformers" has it.
    """
    logits, tokens = _checked(logits), np.asarray(tokens)
    limits.above_zero("penalty", penalty)
    limits.shape("tokens", tokens, *logits.shape[:-1], "time")
    real = np.ones(tokens.shape, bool) if mask is None else limits.true_or_false("mask", np.asarray(mask))
    limits.same_shape("mask", real, "tokens", tokens.shape)
    vocabulary = logits.shape[-1]
    if real.any():
        limits.all_whole("tokens", tokens[real], 0, vocabulary - 1)
    # What is only padding goes into a place after the last token.
    said = np.zeros((*logits.shape[:-1], vocabulary + 1), bool)
    np.put_along_axis(said, np.where(real, tokens, vocabulary).astype(int), True, axis=-1)
    return np.where(said[..., :-1], np.where(logits > 0, logits / penalty, logits * penalty), logits)


def perplexity(y_true, logits):
    """e^(mean of -log p(true token)): among how many equally likely tokens the model might as well be guessing.

    y_true: (...) whole numbers   logits: (..., vocabulary)   Jelinek et al., 1977
    """
    y_true, logits = np.asarray(y_true), _checked(logits)
    limits.shape("y_true", y_true, *logits.shape[:-1], filled=True)
    limits.all_whole("y_true", y_true, 0, logits.shape[-1] - 1)
    return np.exp(-np.take_along_axis(log_softmax(logits), y_true[..., None], axis=-1).mean())


def _ranks(logits):
    """0 for the likeliest token, 1 for the next …; of equal ones the first comes first."""
    return (-logits).argsort(axis=-1, kind="stable").argsort(axis=-1)


def _checked(logits):
    """Random choice would pick the last or the first token without a word, were there no probabilities."""
    logits = np.asarray(limits.floats(logits), float)
    if logits.ndim < 1 or not logits.shape[-1]:
        raise ValueError(f"logits must be (..., vocabulary), with one token at least, got the shape {logits.shape}")
    limits.hold("logits", logits, logits < np.inf, "numbers, or -inf for what is ruled out")
    if (logits.max(axis=-1) == -np.inf).any():
        raise ValueError("logits must leave at least one token possible, got only -inf")
    return logits
