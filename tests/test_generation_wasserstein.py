"""The losses of a GAN named after Wasserstein, small whole numbers, and bad input: what VAE and GAN say to it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import generation as g
from tests.witness import without, witness

pytestmark = [
    *without(["numeric"], "it changes weights and has no gradient", g.clip_weights),
]

SEEDS = st.integers(0, 2**32 - 1)
SCALES = st.sampled_from([0.0, 1.0, 1e3, 1e4])


@witness(
    "hypothesis",
    g.critic_loss,
    g.critic_loss_grad,
    g.wasserstein_generator_loss,
    g.wasserstein_generator_loss_grad,
)
@given(st.integers(1, 5), st.integers(1, 5), SCALES, SEEDS)
def test_critic_losses_of_any_size(n_real, n_fake, scale, seed):
    rng = np.random.default_rng(seed)
    real, fake = scale * rng.standard_normal((n_real, 1)), scale * rng.standard_normal((n_fake, 1))
    mean_real, mean_fake = math.fsum(real.ravel()) / n_real, math.fsum(fake.ravel()) / n_fake
    np.testing.assert_allclose(g.critic_loss(real, fake), mean_fake - mean_real, rtol=1e-9, atol=1e-9 * scale)
    np.testing.assert_allclose(g.wasserstein_generator_loss(fake), -mean_fake, rtol=1e-9, atol=1e-9 * scale)
    dreal, dfake = g.critic_loss_grad(real, fake)
    assert (dreal == -1 / n_real).all()
    assert (dfake == 1 / n_fake).all()
    assert (g.wasserstein_generator_loss_grad(fake) == -dfake).all()
    assert (dreal.shape, dfake.shape) == (real.shape, fake.shape)


def test_the_steepest_critic_measures_the_distance_between_the_crowds(rng):
    """On a line, two equal crowds d apart are d apart as Wasserstein measures, and f(x) = −x sees just that."""
    fake = rng.standard_normal((1000, 1))
    real = fake - 2.5
    assert -g.critic_loss(-real, -fake) == pytest.approx(2.5, rel=1e-12)


@witness("hypothesis", g.gradient_penalty, g.gradient_penalty_grad)
@given(st.integers(1, 4), st.integers(1, 5), st.sampled_from([0.0, 1e-3, 1.0, 1e3]), SEEDS)
def test_penalty_of_any_size(n, features, scale, seed):
    slopes = scale * np.random.default_rng(seed).standard_normal((n, features))
    lengths = [math.hypot(*row) for row in slopes]
    np.testing.assert_allclose(g.gradient_penalty(slopes), sum((length - 1) ** 2 for length in lengths) / n, rtol=1e-9)
    grad = g.gradient_penalty_grad(slopes)
    for row, slope, length in zip(grad, slopes, lengths, strict=True):
        np.testing.assert_allclose(row, 2 * (length - 1) / n * slope / (length or 1), rtol=1e-9, atol=1e-12)


def test_a_slope_of_1_costs_nothing():
    assert g.gradient_penalty(np.eye(3)) == 0
    assert (g.gradient_penalty_grad(np.eye(3)) == 0).all()


@witness("hypothesis", g.clip_weights)
@given(st.integers(1, 5), st.sampled_from([0.01, 1.0]), SEEDS)
def test_weights_are_clipped_where_they_stand(n, limit, seed):
    weights = [np.random.default_rng(seed).standard_normal((n, 2)), np.zeros(n)]
    before = [w.copy() for w in weights]
    g.clip_weights(weights, limit)
    for w, old in zip(weights, before, strict=True):
        assert w.tolist() == np.minimum(np.maximum(old, -limit), limit).tolist()


@witness("keras", g.clip_weights)
def test_clips_as_keras(rng, keras):
    w = rng.standard_normal((4, 3))
    theirs = keras.ops.convert_to_numpy(keras.ops.clip(w, -0.5, 0.5))
    g.clip_weights([w], 0.5)
    np.testing.assert_array_equal(w, theirs)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.float16])
def test_small_numbers_count_as_real_ones(dtype):
    """discriminator_loss of the logits 3 and 3 is 3.0971."""
    whole, one = np.array([[3, 1, 0]]).astype(dtype), np.array([[1, 0, 1]]).astype(dtype)
    for operation in (
        lambda x: g.reparameterize(x, x, x),
        lambda x: g.reparameterize_backward(x, x, x),
        lambda x: g.kl_to_standard_normal(x, x),
        lambda x: g.kl_to_standard_normal_grad(x, x),
        lambda x: g.vae_loss(one.astype(x.dtype), x, x, x),
        lambda x: g.vae_loss_grad(one.astype(x.dtype), x, x, x)[0],
        lambda x: g.discriminator_loss(x, x),
        lambda x: g.discriminator_loss_grad(x, x),
        lambda x: g.generator_loss(x),
        lambda x: g.generator_loss_grad(x),
        lambda x: g.critic_loss(x, x[:, :1]),
        lambda x: g.wasserstein_generator_loss(x),
        lambda x: g.gradient_penalty(x),
        lambda x: g.gradient_penalty_grad(x),
    ):
        rtol = 5e-3 if dtype == np.float16 else 1e-12
        np.testing.assert_allclose(operation(whole), operation(whole.astype(float)), rtol=rtol, atol=rtol)
    assert g.discriminator_loss(np.uint8([3]), np.uint8([3])) == pytest.approx(3.0971, abs=1e-4)


ROWS = np.ones((2, 3))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: g.reparameterize(ROWS, ROWS, ROWS[:1]), r"noise must have the shape of mean, \(2, 3\), got \(1, 3\)"),
        (lambda: g.reparameterize_backward(ROWS, ROWS[0], ROWS), r"log_variance must have the shape of dz, .*\(3,\)"),
        (
            lambda: g.kl_to_standard_normal(ROWS, ROWS[:, :1]),
            r"log_variance must have the shape of mean, .*got \(2, 1\)",
        ),
        (
            lambda: g.kl_to_standard_normal(ROWS[0], ROWS[0]),
            r"mean must have the shape \(batch, \.\.\., latent\), got \(3,\)",
        ),
        (lambda: g.kl_to_standard_normal_grad(ROWS[:0], ROWS[:0]), r"mean must hold at least one number.*\(0, 3\)"),
        (
            lambda: g.kl_to_standard_normal_grad(ROWS[0], ROWS[0]),
            r"mean must have the shape \(batch, \.\.\., latent\), got \(3,\)",
        ),
        (lambda: g.vae_loss(ROWS, ROWS[:1], ROWS, ROWS), "logits must have the shape of x"),
        (lambda: g.vae_loss(255 * ROWS, ROWS, ROWS, ROWS), r"x must hold numbers from 0 to 1, got 255\.0"),
        (lambda: g.vae_loss_grad(-ROWS, ROWS, ROWS, ROWS), r"x must hold numbers from 0 to 1, got -1\.0"),
        (lambda: g.vae_loss(ROWS * np.nan, ROWS, ROWS, ROWS), "x must hold numbers from 0 to 1, got nan"),
        (lambda: g.vae_loss(ROWS, ROWS, ROWS[:1], ROWS[:1]), r"mean must have the shape \(2, \.\.\.\), got \(1, 3\)"),
        (lambda: g.discriminator_loss(ROWS, ROWS[:0]), "fake_logits must hold at least one number"),
        (lambda: g.discriminator_loss_grad(ROWS[:0], ROWS), "real_logits must hold at least one number"),
        (lambda: g.generator_loss(ROWS[:0]), "fake_logits must hold at least one number"),
        (lambda: g.generator_loss_grad(ROWS[:0]), "fake_logits must hold at least one number"),
        (lambda: g.critic_loss(ROWS[:0], ROWS), "real_scores must hold at least one number"),
        (lambda: g.critic_loss_grad(ROWS, ROWS[:0]), "fake_scores must hold at least one number"),
        (lambda: g.wasserstein_generator_loss(ROWS[:0]), "fake_scores must hold at least one number"),
        (lambda: g.wasserstein_generator_loss_grad(ROWS[:0]), "fake_scores must hold at least one number"),
        (lambda: g.clip_weights([ROWS], 0), "limit must be a number above 0, got 0"),
        (lambda: g.gradient_penalty(ROWS[0]), r"slopes must have the shape \(n, ..., features\), got \(3,\)"),
        (lambda: g.gradient_penalty_grad(ROWS[:0]), "slopes must hold at least one number"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()
