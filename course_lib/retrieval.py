"""Chapter 14: which passage answers a question? By the words they share, or by where both lie in a space of meanings.

counts: (passages, words), how often each word stands in each passage   question: (words,), the same of a question
"""

import numpy as np

from course_lib import limits


def rarity(counts):
    """ln(1 + (N − n + ½) / (n + ½)) for a word that stands in n of N passages: what it tells. (words,)

    Robertson and Zaragoza, 2009, equation 3.3, with 1 added so that no word counts less than nothing.
    """
    counts = limits.all_from_zero("counts", limits.shape("counts", limits.floats(counts), "passages", "words"))
    n = np.count_nonzero(counts, axis=0)
    return np.log1p((len(counts) - n + 0.5) / (n + 0.5))


def bm25(counts, question, k=1.5, b=0.75):
    """Each passage's score: Σ rarity · tf (k + 1) / (tf + k (1 − b + b length / mean length)). (passages,)

    A word said twice does not count twice (k), and in a long passage less (b). Robertson and Zaragoza, 2009, eq. 3.15.
    """
    counts, question = _counts(counts), _counts(question, "question", "words")
    limits.same_shape("question", question, "a row of counts", counts.shape[1:])
    limits.above_zero("k", k)
    limits.share("b", b)
    lengths = counts.sum(axis=1, keepdims=True)
    lengths = lengths / max(lengths.mean(), np.finfo(float).tiny)
    # A word that is not asked for adds nothing, and most are not.
    asked = question > 0
    tf = counts[:, asked]
    return tf * (k + 1) / (tf + k * (1 - b + b * lengths)) @ (rarity(tf) * question[asked])


def latent(counts, width):
    """(places, axes): passages and words in a space of few directions. (passages, width), (words, width)

    The largest ``width`` singular values of the counts, damped and weighted by rarity, rows of length 1: latent
    semantic analysis, Deerwester et al., 1990. ``counts @ axes`` is, but for its length, where a new text lies.
    """
    counts = _counts(counts)
    limits.whole("width", width, 1, min(counts.shape))
    weighted = np.log1p(counts) * rarity(counts)
    weighted /= np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), np.finfo(float).tiny)
    u, s, vt = np.linalg.svd(weighted, full_matrices=False)
    return u[:, :width] * s[:width], rarity(counts)[:, None] * vt[:width].T


def cosines(places, place):
    """The cosine of each row with one vector; 0 where one of them is 0. (rows,)"""
    places, place = limits.floats(places), limits.floats(place)
    limits.shape("places", places, "rows", "width")
    limits.shape("place", place, places.shape[1])
    length = np.linalg.norm(places, axis=1) * np.linalg.norm(place)
    return places @ place / np.where(length > 0, length, 1)


def _counts(counts, name="counts", *axes):
    counts = limits.floats(counts)
    limits.all_from_zero(name, limits.shape(name, counts, *(axes or ("passages", "words")), filled=True))
    return counts
