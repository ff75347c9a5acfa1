"""Which passage answers a question: by words, and by meanings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import TruncatedSVD

from course_lib import retrieval as r
from tests.witness import without, witness

OPERATIONS = [r.rarity, r.bm25, r.latent, r.cosines]
pytestmark = [
    *without(["numeric"], "nothing is trained by its gradient", *OPERATIONS),
    *without(["keras"], "Keras has no such operation", r.rarity, r.bm25, r.latent),
]


def counts_of(rng, passages, words):
    return rng.integers(0, 4, (passages, words)).astype(float)


def test_bm25_by_hand():
    counts, question = np.array([[2.0, 0, 1], [0, 1, 1], [0, 0, 3]]), np.array([1.0, 0, 1])
    rare = [np.log(1 + (3 - n + 0.5) / (n + 0.5)) for n in (1, 1, 3)]
    np.testing.assert_allclose(r.rarity(counts), rare)
    length = 3 / (8 / 3)
    wanted = rare[0] * 2 * 2.5 / (2 + 1.5 * (0.25 + 0.75 * length)) + rare[2] * 2.5 / (1 + 1.5 * (0.25 + 0.75 * length))
    np.testing.assert_allclose(r.bm25(counts, question)[0], wanted)


def test_a_word_of_every_passage_still_counts_for_something():
    assert (r.rarity(np.ones((5, 2))) > 0).all()


@witness("hypothesis", r.rarity, r.bm25)
@given(st.integers(1, 6), st.integers(1, 8), st.integers(0, 99))
def test_bm25_is_its_sum_word_by_word(passages, words, seed):
    rng = np.random.default_rng(seed)
    counts, question = counts_of(rng, passages, words), rng.integers(0, 3, words)
    wanted, mean = np.zeros(passages), max(counts.sum() / passages, 1e-300)
    for w in range(words):
        n = sum(counts[p, w] > 0 for p in range(passages))
        for p in range(passages):
            tf, length = counts[p, w], counts[p].sum() / mean
            if tf:
                weight = np.log(1 + (passages - n + 0.5) / (n + 0.5))
                wanted[p] += question[w] * weight * tf * 2.5 / (tf + 1.5 * (0.25 + 0.75 * length))
    np.testing.assert_allclose(r.bm25(counts, question), wanted, atol=1e-12)


def test_said_twice_counts_less_than_twice_and_more_in_a_short_passage():
    counts = np.array([[1.0, 5], [2, 4], [1, 1]])
    once, twice, short = r.bm25(counts, np.array([1, 0]))
    assert once < twice < 2 * once
    assert short > once


@witness("hypothesis", r.latent)
@given(st.integers(2, 6), st.integers(2, 8), st.integers(0, 99))
def test_the_meanings_are_those_of_truncated_svd(passages, words, seed):
    rng = np.random.default_rng(seed)
    counts = counts_of(rng, passages, words)
    places, axes = r.latent(counts, 2)
    weighted = np.log1p(counts) * r.rarity(counts)
    weighted /= np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-300)
    theirs = TruncatedSVD(2, algorithm="arpack" if min(counts.shape) > 2 else "randomized", random_state=0)
    their_places = theirs.fit_transform(weighted)
    np.testing.assert_allclose(places @ places.T, their_places @ their_places.T, atol=1e-6)
    assert axes.shape == (words, 2)
    # A passage's own words lie where the passage does, but for the length.
    length = np.linalg.norm(np.log1p(counts) * r.rarity(counts), axis=1, keepdims=True)
    np.testing.assert_allclose(np.log1p(counts) @ axes, places * length, atol=1e-9)


@witness("keras", r.cosines)
@witness("hypothesis", r.cosines)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 99))
def test_cosines_are_those_of_keras(rows, width, seed):
    import keras

    rng = np.random.default_rng(seed)
    places, place = rng.standard_normal((rows, width)), rng.standard_normal(width)
    theirs = -np.asarray(keras.losses.cosine_similarity(places, np.broadcast_to(place, places.shape)))
    np.testing.assert_allclose(r.cosines(places, place), theirs, atol=1e-6)


def test_what_has_no_direction_is_like_nothing():
    np.testing.assert_array_equal(r.cosines(np.array([[0, 0], [1, 0]]), np.zeros(2)), [0, 0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: r.bm25(np.ones((2, 3)), np.ones(2)), "question must have the shape"),
        (lambda: r.bm25(-np.ones((2, 3)), np.ones(3)), "counts must hold numbers from 0 up"),
        (lambda: r.bm25(np.ones((2, 3)), np.ones(3), k=0), "k must be a number above 0"),
        (lambda: r.bm25(np.ones((2, 3)), np.ones(3), b=2), "b must be a number from 0 to 1"),
        (lambda: r.latent(np.ones((2, 3)), 3), "width must be a whole number from 1 to 2"),
        (lambda: r.cosines(np.ones((2, 3)), np.ones(2)), "place must have the shape"),
        (lambda: r.rarity(np.ones(3)), "counts must have the shape"),
    ],
)
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
