"""Distances between crowds: against SciPy's matrix root, sums over pairs, and bells of known distance."""

import itertools
import math

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from course_lib import fidelity as f
from tests.witness import without, witness

OPERATIONS = f.frechet_distance, f.frechet_inception_distance, f.kernel_inception_distance, f.nearest
pytestmark = [
    *without(["numeric"], "it measures, and nothing is trained through it", *OPERATIONS),
    *without(["keras"], "Keras has none; SciPy, or the sum over all pairs, stands in", *OPERATIONS),
]
SEEDS = st.integers(0, 2**32 - 1)


def by_the_paper(a, b):
    """Heusel et al., eq. 6, with a matrix root."""
    c, d = (np.cov(x, rowvar=False).reshape(x.shape[1], -1) for x in (a, b))
    root = scipy.linalg.sqrtm(c @ d)
    return np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2) + np.trace(c + d - 2 * np.real(root))


@witness("hypothesis", f.frechet_inception_distance)
@given(st.integers(6, 20), st.integers(6, 20), st.integers(1, 5), SEEDS)
def test_fid_is_the_paper_s(n, m, features, seed):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, features)) @ rng.standard_normal((features, features))
    b = 2 * rng.standard_normal((m, features)) + rng.standard_normal(features)
    np.testing.assert_allclose(f.frechet_inception_distance(a, b), by_the_paper(a, b), rtol=1e-6, atol=1e-6)
    assert f.frechet_inception_distance(a, b) == pytest.approx(f.frechet_inception_distance(b, a), rel=1e-6)


@witness("hypothesis", f.frechet_distance)
@given(st.lists(st.tuples(*4 * [st.floats(0, 100)]), min_size=1, max_size=5))
def test_bells_along_the_axes(axes):
    """There it is the sum of (μ_a − μ_b)² + (σ_a − σ_b)²."""
    mean_a, mean_b, spread_a, spread_b = np.transpose(axes)
    expected = sum((p - q) ** 2 + (s - t) ** 2 for p, q, s, t in axes)
    got = f.frechet_distance(mean_a, np.diag(spread_a**2), mean_b, np.diag(spread_b**2))
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-4)


def test_nothing_is_as_far_as_itself_and_flat_crowds_are_no_trouble(rng):
    a = rng.standard_normal((30, 4))
    flat = np.column_stack([a, a[:, :1], np.zeros(30)])
    for crowd in (a, flat, flat[:3]):
        assert f.frechet_inception_distance(crowd, crowd) == pytest.approx(0, abs=1e-6)
    assert f.frechet_inception_distance(flat, np.add(flat, [0, 0, 0, 0, 0, 2])) == pytest.approx(4, abs=1e-6)


def test_fid_of_few_examples_is_too_large(rng):
    """Of the same bell: the fewer, the farther, which is why the floor belongs beside it."""
    crowd = rng.standard_normal((20_000, 8))
    few, many = (f.frechet_inception_distance(crowd[:n], crowd[-n:]) for n in (50, 5000))
    assert few > 20 * many > 0


def pairs_one_by_one(a, b):
    def k(x, y):
        return (sum(p * q for p, q in zip(x, y, strict=True)) / len(x) + 1) ** 3

    def within(x):
        return sum(k(*pair) for pair in itertools.permutations(x, 2)) / (len(x) * (len(x) - 1))

    return within(a) + within(b) - 2 * sum(k(x, y) for x in a for y in b) / (len(a) * len(b))


@witness("hypothesis", f.kernel_inception_distance)
@given(st.integers(2, 6), st.integers(2, 6), st.integers(1, 4), SEEDS)
def test_kid_adds_up_pair_by_pair(n, m, features, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((n, features)), 1 + rng.standard_normal((m, features))
    np.testing.assert_allclose(f.kernel_inception_distance(a, b), pairs_one_by_one(a, b), rtol=1e-9, atol=1e-9)


def test_kid_of_one_source_is_0_on_average(rng):
    """Within five standard errors of 400 draws, of few examples too; and far from it where the sources differ."""
    draws = [f.kernel_inception_distance(*rng.standard_normal((2, 10, 3))) for _ in range(400)]
    assert abs(np.mean(draws)) < 5 * np.std(draws) / math.sqrt(400)
    assert min(draws) < 0
    assert f.kernel_inception_distance(rng.standard_normal((50, 3)), 1 + rng.standard_normal((50, 3))) > 1


@witness("hypothesis", f.nearest)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 3), st.sampled_from([0.0, 1e8]), SEEDS)
def test_the_nearest_is_found_one_by_one(n, m, features, far, seed):
    rng = np.random.default_rng(seed)
    made, real = (far + rng.integers(-3, 4, (k, features)) for k in (n, m))
    distances, rows = f.nearest(made, real)
    for one, distance, row in zip(made, distances, rows, strict=True):
        each = [math.dist(one, other) for other in real]
        assert distance == pytest.approx(min(each))
        assert each[row] == pytest.approx(min(each))


def test_a_copy_is_at_0(rng):
    real = rng.standard_normal((7, 5))
    distances, rows = f.nearest(real[[3, 6]], real)
    assert distances.tolist() == [0, 0]
    assert rows.tolist() == [3, 6]


@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_small_whole_numbers_count_as_real_ones(dtype, rng):
    a, b = rng.integers(0, 100, (2, 9, 3)).astype(dtype)
    for operation in (f.frechet_inception_distance, f.kernel_inception_distance, lambda *x: f.nearest(*x)[0]):
        np.testing.assert_allclose(operation(a, b), operation(a.astype(float), b.astype(float)), rtol=1e-9)


A, C = np.ones((3, 2)), np.eye(2)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: f.frechet_distance(A[0], C, A[0, :1], C), "mean_b must have the shape of mean_a"),
        (lambda: f.frechet_distance(A[0], C[:1], A[0], C), r"covariance_a must have the shape \(2, 2\), got \(1, 2\)"),
        (
            lambda: f.frechet_distance(A[0], [[1.0, 2.0], [0.0, 1.0]], A[0], C),
            "covariance_a must hold the same numbers",
        ),
        (lambda: f.frechet_distance(A[0], C, A[0], -C), "covariance_b must have no negative variance"),
        (lambda: f.frechet_inception_distance(A, A[:, :1]), r"b must have the shape \(n, 2\) and not be empty, got"),
        (lambda: f.frechet_inception_distance(A[:1], A), "the number of rows of a must be a whole number from 2 up"),
        (lambda: f.frechet_inception_distance(A * np.nan, A), "a must hold finite numbers, got nan"),
        (lambda: f.kernel_inception_distance(A, A[:1]), "the number of rows of b must be a whole number from 2 up"),
        (lambda: f.kernel_inception_distance(A[0], A), r"a must have the shape \(n, features\) and not be empty"),
        (lambda: f.nearest(A, A[:0]), "real must hold at least one number"),
        (lambda: f.nearest(A, A[:, :1]), r"real must have the shape \(n, 2\), got \(3, 1\)"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


def test_covariances_may_be_lists_and_floats_of_16_bits():
    means, spread = [0, 0], [[2, 0], [0, 8]]
    assert f.frechet_distance(means, spread, means, np.eye(2, dtype=np.float16)) == pytest.approx(
        12 - 2 * 3 * np.sqrt(2)
    )


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_what_is_not_finite_is_refused_by_name(bad):
    for sentence, wrong in [
        ("mean_a must hold finite", lambda: f.frechet_distance([bad, 0], np.eye(2), [bad, 0], np.eye(2))),
        ("covariance_b must hold finite", lambda: f.frechet_distance([0, 0], np.eye(2), [0, 0], [[bad, 0], [0, 1]])),
        ("made must hold finite", lambda: f.nearest([[bad]], [[0.0], [1]])),
        ("real must hold finite", lambda: f.nearest([[0.0]], [[0.0], [bad]])),
    ]:
        with pytest.raises(ValueError, match=sentence):
            wrong()
