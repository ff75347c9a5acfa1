"""Every formula of diffusion against the paper a second way: schedules, noise, and steps back."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import diffusion as g
from course_lib.generation import kl_to_standard_normal
from tests.witness import without, witness

SCHEDULES = [g.linear_betas, g.cosine_betas, g.alpha_bars]
STEPS = [g.add_noise, g.posterior, g.reverse_step]
pytestmark = [
    *without(["numeric"], "training needs no gradient through it: what it is given are constants", *SCHEDULES, *STEPS),
    *without(
        ["keras"], "Keras has none; the paper's definition, worked out another way, stands in", *SCHEDULES, *STEPS
    ),
]

BETAS = np.array([0.125, 0.5, 0.25, 0.0625, 0.375])

SEEDS = st.integers(0, 2**32 - 1)
SCALES = st.sampled_from([0.0, 1.0, 1e3, 1e4])


@witness("hypothesis", g.simple_loss, g.simple_loss_grad)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), SCALES, SEEDS)
def test_simple_loss_of_any_shape(shape, scale, seed):
    noise, noise_pred = scale * np.random.default_rng(seed).standard_normal((2, *shape))
    differences = (noise_pred - noise).ravel().tolist()
    np.testing.assert_allclose(g.simple_loss(noise, noise_pred), sum(d * d for d in differences) / len(differences))
    grad = g.simple_loss_grad(noise, noise_pred)
    np.testing.assert_allclose(grad.ravel(), [2 * d / len(differences) for d in differences])
    assert grad.shape == noise.shape


@witness("hypothesis", g.linear_betas)
@given(st.integers(1, 50), st.sampled_from([1e-4, 0.25]), st.sampled_from([0.02, 0.5]))
def test_linear_betas_rise_evenly(steps, first, last):
    betas = g.linear_betas(steps, first, last)
    expected = [first + (last - first) * t / max(steps - 1, 1) for t in range(steps)]
    np.testing.assert_allclose(betas, expected, rtol=1e-9)


def test_linear_betas_are_the_paper_s():
    """Ho et al., section 4: T = 1000, β from 1e-4 to 0.02, after which next to nothing is left of x_0:
    the KL divergence of x_T from N(0, 1) is about 1e-5 bits a number, they say. It is the largest where x_0 = 1."""
    betas = g.linear_betas(1000)
    assert (len(betas), betas[0], betas[-1]) == (1000, 1e-4, 0.02)
    left = g.alpha_bars(betas)[-1]
    bits = kl_to_standard_normal(np.array([[math.sqrt(left)]]), np.log1p(-np.array([[left]]))) / math.log(2)
    assert 1e-5 < bits < 1e-4


@witness("hypothesis", g.cosine_betas)
@given(st.integers(1, 60), st.sampled_from([0.0, 0.008, 0.25]))
def test_cosine_betas_follow_the_paper(steps, offset):
    """Equation 17 and β_t = 1 − ᾱ_t / ᾱ_{t−1}, one step after another."""

    def f(t):
        return math.cos((t / steps + offset) / (1 + offset) * math.pi / 2) ** 2

    expected = [min(1 - (f(t) / f(0)) / (f(t - 1) / f(0)), 0.999) for t in range(1, steps + 1)]
    betas = g.cosine_betas(steps, offset)
    np.testing.assert_allclose(betas, expected, rtol=1e-9)
    free = betas < 0.999
    np.testing.assert_allclose(
        g.alpha_bars(betas)[free], [f(t) / f(0) for t in range(1, steps + 1) if free[t - 1]], rtol=1e-9
    )


SOME_BETAS = st.lists(st.sampled_from([2**-10, 0.0625, 0.25, 0.5, 0.999]), min_size=1, max_size=8)


@witness("hypothesis", g.alpha_bars)
@given(SOME_BETAS)
def test_alpha_bars_multiply_up(betas):
    expected = [math.prod(1 - b for b in betas[: t + 1]) for t in range(len(betas))]
    np.testing.assert_allclose(g.alpha_bars(betas), expected, rtol=1e-9)


@witness("hypothesis", g.add_noise)
@given(SOME_BETAS, st.data())
def test_noise_at_once_is_noise_step_by_step(betas, data):
    """The chain x_t = √(1 − β_t) x_{t−1} + √β_t ε_t (Ho et al., eq. 2) is linear in x_0 and in each ε: send 1 through
    it for one of them and 0 for the others, and each one's share of x_t comes out exactly."""
    t = data.draw(st.integers(1, len(betas)))

    def chain(x, noises):
        for beta, noise in zip(betas, noises, strict=False):
            x = math.sqrt(1 - beta) * x + math.sqrt(beta) * noise
        return x

    mean = chain(1.0, np.zeros(t))
    variance = sum(chain(0.0, one) ** 2 for one in np.eye(t))
    one, zero = np.ones((1, 1)), np.zeros((1, 1))
    np.testing.assert_allclose(g.add_noise(one, t, zero, betas), [[mean]], rtol=1e-9)
    np.testing.assert_allclose(g.add_noise(zero, t, one, betas) ** 2, [[variance]], rtol=1e-9)


def test_sampled_step_by_step_it_has_that_mean_and_variance(rng):
    """The same with real dice: within five standard errors of 40,000 samples."""
    n, x_0 = 40_000, 1.5
    x = np.full(n, x_0)
    for beta in BETAS:
        x = rng.normal(math.sqrt(1 - beta) * x, math.sqrt(beta))
    left = g.alpha_bars(BETAS)[-1]
    assert abs(x.mean() - math.sqrt(left) * x_0) < 5 * math.sqrt((1 - left) / n)
    assert abs(x.var() - (1 - left)) < 5 * (1 - left) * math.sqrt(2 / n)


@witness("hypothesis", g.posterior)
@given(SOME_BETAS, st.sampled_from([-2.0, 0.0, 1.0]), st.sampled_from([-1.0, 0.0, 3.0]), st.data())
def test_posterior_is_bayes_rule(betas, x_0, x_t, data):
    """q(x_{t−1} | x_t, x_0) ∝ q(x_t | x_{t−1}) q(x_{t−1} | x_0): the product of two bells, added up on a grid."""
    t = data.draw(st.integers(1, len(betas)))
    mean, variance = g.posterior(np.array([[x_0]]), np.array([[x_t]]), t, betas)
    if t == 1:
        np.testing.assert_allclose(mean, [[x_0]], rtol=1e-9, atol=1e-12)
        assert variance == 0
        return
    beta, left = betas[t - 1], math.prod(1 - b for b in betas[: t - 1])
    # Wide enough for twelve standard deviations of the narrower bell, around where both bells meet.
    spread = 1 / math.sqrt((1 - beta) / beta + 1 / (1 - left))
    x = mean.item() + np.linspace(-12, 12, 4001) * spread
    log_density = -((x_t - math.sqrt(1 - beta) * x) ** 2) / 2 / beta - (x - math.sqrt(left) * x_0) ** 2 / 2 / (1 - left)
    density = np.exp(log_density - log_density.max())
    density /= density.sum()
    bayes_mean = np.sum(density * x)
    np.testing.assert_allclose(mean, [[bayes_mean]], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(variance, [[np.sum(density * (x - bayes_mean) ** 2)]], rtol=1e-9)


@witness("hypothesis", g.reverse_step)
@given(SOME_BETAS, st.integers(1, 3), st.sampled_from([1.0, 1e3]), SEEDS)
def test_reverse_step_lands_where_the_posterior_is(betas, batch, scale, seed):
    """When the network sees all the noise, x_0 can be worked out, and the step is a draw from the posterior."""
    rng = np.random.default_rng(seed)
    t = rng.integers(1, len(betas) + 1, batch)
    x_t, noise_pred, z = scale * rng.standard_normal((3, batch, 2, 2))
    left = np.array([math.prod(1 - b for b in betas[:s]) for s in t]).reshape(-1, 1, 1)
    x_0 = (x_t - np.sqrt(1 - left) * noise_pred) / np.sqrt(left)
    mean, variance = g.posterior(x_0, x_t, t, betas)
    # Working x_0 out divides by √ᾱ, which may be tiny: what rounding costs grows likewise.
    np.testing.assert_allclose(
        g.reverse_step(x_t, t, noise_pred, z, betas), mean + np.sqrt(variance) * z, rtol=1e-9, atol=1e-9 * scale
    )


def test_reverse_step_is_algorithm_2(rng):
    x_t, noise_pred, z = rng.standard_normal((3, 4, 3))
    for t in range(1, 6):
        left, before = math.prod(1 - BETAS[:t]), math.prod(1 - BETAS[: t - 1])
        beta = BETAS[t - 1]
        mean = 1 / math.sqrt(1 - beta) * (x_t - beta / math.sqrt(1 - left) * noise_pred)
        sigma = math.sqrt((1 - before) / (1 - left) * beta)
        np.testing.assert_allclose(g.reverse_step(x_t, t, noise_pred, z, BETAS), mean + sigma * z, rtol=1e-9)


def test_last_step_gives_the_picture_back(rng):
    x_0, noise, z = rng.standard_normal((3, 4, 3))
    x_1 = g.add_noise(x_0, 1, noise, BETAS)
    np.testing.assert_allclose(g.reverse_step(x_1, 1, noise, z, BETAS), x_0, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("operation", STEPS, ids=lambda f: f.__name__)
def test_each_example_has_its_own_t(operation, rng):
    """All at once is the same as one by one."""
    x, noise, z = rng.standard_normal((3, 5, 2, 3))
    t = np.array([1, 5, 3, 3, 2])

    def run(rows):
        args = {
            g.add_noise: (x[rows], t[rows], noise[rows], BETAS),
            g.posterior: (x[rows], noise[rows], t[rows], BETAS),
            g.reverse_step: (x[rows], t[rows], noise[rows], z[rows], BETAS),
        }[operation]
        return operation(*args) if operation is g.posterior else (operation(*args),)

    before = [a.copy() for a in (x, noise, z, t, BETAS)]
    for together, *alone in zip(run(slice(None)), *(run(slice(i, i + 1)) for i in range(5)), strict=True):
        np.testing.assert_array_equal(together, np.concatenate(alone))
    for a, saved in zip((x, noise, z, t, BETAS), before, strict=True):
        assert (a == saved).all()
