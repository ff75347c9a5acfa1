"""Choosing the next token: each way before its witnesses, and chance against the probabilities it should follow."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from course_lib.activations import log_softmax, softmax
from course_lib.sampling import greedy, perplexity, sample, temperature, top_k, top_p
from tests.witness import without, witness

pytestmark = [
    *without(
        ["numeric"],
        "no gradient goes through the choice of a token",
        greedy,
        sample,
        temperature,
        top_k,
        top_p,
        perplexity,
    ),
    *without(["keras"], "Keras draws other random numbers; compared with the probabilities", sample),
    *without(["keras"], "Keras has none; compared with its paper's definition, token by token", temperature, top_p),
]

# A first call, or a busy machine, may take longer than Hypothesis' 200 ms.
patient = settings(deadline=None)
# Few different numbers, so that ties are common; some large, some ruled out.
LOGITS = arrays(
    float,
    array_shapes(max_dims=3, max_side=5),
    elements=st.sampled_from([0.0, -0.0, 1.0, 1.5, -2.0, 1e3, -1e4, -np.inf]),
).filter(lambda logits: (logits.max(axis=-1) > -np.inf).all())
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def rows(logits):
    return logits.reshape(-1, logits.shape[-1])


@witness("keras", greedy)
def test_greedy_equals_keras_argmax(rng, keras):
    logits = rng.integers(0, 3, (20, 6)).astype(float)
    assert (greedy(logits) == np.array(keras.ops.argmax(logits, axis=-1))).all()


@witness("keras", top_k)
@pytest.mark.parametrize("k", [1, 2, 6])
def test_top_k_keeps_what_keras_picks(k, rng, keras):
    """Whole numbers: with ties at the border, of which both take the first."""
    logits = rng.integers(0, 3, (20, 6)).astype(float)
    values, indices = (np.array(a) for a in keras.ops.top_k(logits, k))
    kept = top_k(logits, k)
    assert (np.sort(indices) == [np.flatnonzero(row > -np.inf) for row in kept]).all()
    assert (np.take_along_axis(kept, indices, axis=-1) == values).all()


@witness("keras", perplexity)
def test_perplexity_is_e_to_keras_crossentropy(rng, keras):
    y_true, logits = rng.integers(0, 7, (3, 5)), 3 * rng.standard_normal((3, 5, 7))
    losses = keras.losses.sparse_categorical_crossentropy(y_true, logits, from_logits=True)
    np.testing.assert_allclose(perplexity(y_true, logits), np.exp(np.mean(losses)), rtol=1e-9)


@witness("hypothesis", greedy)
@patient
@given(LOGITS)
def test_greedy_takes_the_first_of_the_largest(logits):
    assert greedy(logits).ravel().tolist() == [row.tolist().index(max(row)) for row in rows(logits)]
    assert np.shape(greedy(logits)) == logits.shape[:-1]


@witness("hypothesis", temperature)
@patient
@given(LOGITS, st.sampled_from([0.125, 0.7, 1.0, 3.0]))
def test_temperature_is_a_power_of_the_probabilities(logits, t):
    """p^(1/T), made to sum to 1, is what the Boltzmann distribution says."""
    # From their logarithms: a probability that float64 rounds to 0 may have a power that it does not.
    powers = np.exp(log_softmax(logits) / t)
    np.testing.assert_allclose(
        softmax(temperature(logits, t)), powers / powers.sum(axis=-1, keepdims=True), rtol=1e-9, atol=1e-300
    )


@witness("hypothesis", top_k)
@patient
@given(LOGITS, st.data())
def test_top_k_one_after_another(logits, data):
    k = data.draw(st.integers(1, logits.shape[-1]))
    for row, kept in zip(rows(logits), rows(top_k(logits, k)), strict=True):
        left, expected = row.copy(), np.full_like(row, -np.inf)
        for _ in range(k):
            best = left.argmax()
            expected[best] = row[best]
            left[best] = -np.inf
        assert (kept == expected).all()


@witness("hypothesis", top_p)
@patient
@given(LOGITS, st.sampled_from([0.001, 0.3, 0.62, 0.9, 0.999, 1.0]))
def test_top_p_is_the_smallest_set_that_reaches_p(logits, p):
    for row, kept in zip(rows(logits), rows(top_p(logits, p)), strict=True):
        exact = [math.exp(z - max(row)) for z in row]
        probabilities = [e / math.fsum(exact) for e in exact]
        chosen, total = [], 0.0
        for i in sorted(range(len(row)), key=lambda i: (-row[i], i)):
            if total >= p * (1 - 2e-12) and p < 1:
                break
            chosen.append(i)
            total += probabilities[i]
        expected = [row[i] if i in chosen else -np.inf for i in range(len(row))]
        assert kept.tolist() == expected


def test_top_p_counts_a_sum_that_is_reached_exactly():
    """Four equally likely tokens: half the probability is two of them, the first two, and not three."""
    assert top_p(np.zeros(4), 0.5).tolist() == [0, 0, -np.inf, -np.inf]
    for probabilities in ([0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.6, 0.3]):
        for kind in ("float32", "float64"):
            kept = top_p(np.log(np.array(probabilities, kind)), 0.9)
            assert (kept == -np.inf).tolist() == [p == 0.1 for p in probabilities]
    # What is missing by more than rounding is missing: a third token, and, for any p, at least one.
    assert np.isfinite(top_p(np.log([0.7, 0.2, 0.1]), 0.9 + 1e-9)).all()
    assert np.isfinite(top_p(np.log([0.7, 0.2, 0.1]), 1e-300)).sum() == 1
    # The second may be as unlikely as float64 can say: p = 1 leaves nothing out.
    assert top_p(np.array([0.0, -700.0]), 1).tolist() == [0, -700]


@witness("hypothesis", sample)
@patient
@given(LOGITS, SEEDS)
def test_sample_is_possible_and_repeatable(logits, seed):
    chosen = sample(logits, np.random.default_rng(seed))
    assert np.shape(chosen) == logits.shape[:-1]
    probabilities = np.take_along_axis(softmax(logits), np.asarray(chosen)[..., None], axis=-1)
    assert (probabilities > 0).all()
    assert (chosen == sample(logits, np.random.default_rng(seed))).all()


def test_sample_takes_each_as_often_as_softmax_says(rng):
    """Within five standard deviations of the expected count, which chance leaves once in millions of seeds."""
    logits, draws = np.array([0.0, 1.0, -np.inf, 2.0, -1.0]), 20_000
    p = softmax(logits)
    counts = np.bincount(sample(np.tile(logits, (draws, 1)), rng), minlength=5)
    assert (np.abs(counts - draws * p) <= 5 * np.sqrt(draws * p * (1 - p))).all()


class Fixed:
    """Stands in for chance, with the number that it is to give."""

    def __init__(self, number):
        self.number = number

    def random(self, shape):
        return np.full(shape, self.number)


def test_sample_at_both_ends_of_the_line():
    """The smallest and the largest number that chance can give lead to tokens that are there, and possible."""
    assert sample(np.array([-np.inf, 0.0]), Fixed(0.0)) == 1
    # Ten times 0.1 is, rounded, less than 1.
    assert sample(np.zeros(10), Fixed(1 - 2**-53)) == 9


def test_samples_of_two_rows_are_independent(rng):
    first, second = sample(np.zeros((2, 1000, 2)), rng)
    assert 400 < (first == second).sum() < 600


@witness("hypothesis", perplexity)
@patient
@given(st.integers(1, 4), st.integers(1, 5), st.sampled_from([0.0, 1.0, 30.0]), SEEDS)
def test_perplexity_is_the_geometric_mean_of_1_over_p(rows, vocabulary, scale, seed):
    rng = np.random.default_rng(seed)
    logits, y_true = scale * rng.standard_normal((rows, vocabulary)), rng.integers(0, vocabulary, rows)
    p = [softmax(row)[y] for row, y in zip(logits, y_true, strict=True)]
    np.testing.assert_allclose(perplexity(y_true, logits), math.prod(p) ** (-1 / rows), rtol=1e-9)


def test_perplexity_of_a_guess_is_the_size_of_the_vocabulary():
    assert perplexity([3, 1], np.zeros((2, 7))) == pytest.approx(7)


@pytest.mark.parametrize(
    "choose",
    [
        greedy,
        lambda z: sample(z, np.random.default_rng(0)),
        lambda z: top_k(z, 1),
        lambda z: top_p(z, 0.5),
        lambda z: temperature(z, 2.0),
        lambda z: perplexity([0], z),
    ],
)
@pytest.mark.parametrize(
    ("logits", "sentence"),
    [
        ([[np.nan, 0.0]], "logits must hold numbers, or -inf for what is ruled out, got nan"),
        ([[np.inf, 0.0]], "logits must hold numbers, or -inf for what is ruled out, got inf"),
        ([[-np.inf, -np.inf]], "logits must leave at least one token possible"),
        (np.ones((1, 0)), r"one token at least, got the shape \(1, 0\)"),
        (1.0, r"one token at least, got the shape \(\)"),
    ],
)
def test_bad_logits_get_a_sentence(choose, logits, sentence):
    with pytest.raises(ValueError, match=sentence):
        choose(logits)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            lambda: temperature(np.zeros(3), 0),
            r"temperature \(for the limit 0 see greedy\) must be a number above 0, got 0",
        ),
        (
            lambda: temperature(np.zeros(3), -1),
            r"temperature \(for the limit 0 see greedy\) must be a number above 0, got -1",
        ),
        (
            lambda: temperature(np.zeros(3), np.nan),
            r"temperature \(for the limit 0 see greedy\) must be a number above 0, got nan",
        ),
        (lambda: top_k(np.zeros(3), 0), "k must be a whole number from 1 to 3, got 0"),
        (lambda: top_k(np.zeros(3), 4), "k must be a whole number from 1 to 3, got 4"),
        (lambda: top_k(np.zeros(3), 1.5), "k must be a whole number from 1 to 3, got 1.5"),
        (
            lambda: perplexity([0, 1], np.zeros((1, 3))),
            r"y_true must have the shape \(1,\) and not be empty, got \(2,\)",
        ),
        (lambda: perplexity([], np.zeros((0, 3))), r"y_true must have the shape \(0,\) and not be empty, got \(0,\)"),
        (
            lambda: perplexity([3], np.zeros((1, 3))),
            "y_true must hold whole numbers from 0 to 2, got 3",
        ),
        (lambda: perplexity([-1], np.zeros((1, 3))), "y_true must hold whole numbers from 0 to 2, got -1"),
        (lambda: perplexity([1.0], np.zeros((1, 3))), "whole numbers from 0 to 2, got float64"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


def test_inputs_are_left_alone(rng):
    logits = rng.standard_normal((3, 4))
    before = logits.copy()
    sample(top_p(top_k(temperature(logits, 0.5), 3), 0.9), rng)
    greedy(logits)
    perplexity([0, 1, 2], logits)
    assert (logits == before).all()
