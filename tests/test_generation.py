"""VAE and GAN before their witnesses: brute-force gradients, Keras, and any shape and size."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import generation as g
from course_lib.gradients import numeric_gradient
from tests.witness import witness


def sampled(keras, mean, log_variance, noise):
    return mean + keras.ops.exp(log_variance / 2) * noise


def keras_kl(keras, mean, log_variance):
    """From Kingma and Welling's own line: −1/2 Σ (1 + log σ² − μ² − σ²)."""
    ops = keras.ops
    return ops.mean(-ops.sum(1 + log_variance - ops.square(mean) - ops.exp(log_variance), axis=-1) / 2)


def crossentropy(keras, y_true, logits):
    return keras.losses.BinaryCrossentropy(from_logits=True)(y_true, logits)


def keras_vae(keras, x, logits, mean, log_variance):
    """Keras takes the mean over the pixels; the likelihood of a picture is their sum."""
    return crossentropy(keras, x, logits) * x.shape[1] + keras_kl(keras, mean, log_variance)


def keras_discriminator(keras, real, fake):
    ones, zeros = keras.ops.ones_like, keras.ops.zeros_like
    return crossentropy(keras, ones(real), real) + crossentropy(keras, zeros(fake), fake)


def keras_critic(keras, real, fake):
    return keras.ops.mean(fake) - keras.ops.mean(real)


def keras_penalty(keras, slopes):
    return keras.ops.mean((keras.ops.norm(keras.ops.reshape(slopes, (5, 6)), axis=1) - 1) ** 2)


# our function, its gradient from the upstream dy, Keras' or its operations' answer, shapes, the arguments that have
# a gradient. A shape that is a number stands for (5, number) of numbers from 0 to 1.
CASES = [
    (
        [g.reparameterize, g.reparameterize_backward],
        g.reparameterize,
        lambda dy, mean, log_variance, noise: g.reparameterize_backward(dy, log_variance, noise),
        sampled,
        [(5, 3), (5, 3), (5, 3)],
        [0, 1],
    ),
    (
        [g.kl_to_standard_normal, g.kl_to_standard_normal_grad],
        g.kl_to_standard_normal,
        lambda dy, *args: [dy * d for d in g.kl_to_standard_normal_grad(*args)],
        keras_kl,
        [(5, 3), (5, 3)],
        [0, 1],
    ),
    (
        [g.vae_loss, g.vae_loss_grad],
        g.vae_loss,
        lambda dy, *args: [dy * d for d in g.vae_loss_grad(*args)],
        keras_vae,
        [7, (5, 7), (5, 3), (5, 3)],
        [1, 2, 3],
    ),
    (
        [g.discriminator_loss, g.discriminator_loss_grad],
        g.discriminator_loss,
        lambda dy, *args: [dy * d for d in g.discriminator_loss_grad(*args)],
        keras_discriminator,
        [(5, 1), (4, 1)],
        [0, 1],
    ),
    (
        [g.generator_loss, g.generator_loss_grad],
        g.generator_loss,
        lambda dy, fake: [dy * g.generator_loss_grad(fake)],
        lambda keras, fake: crossentropy(keras, keras.ops.ones_like(fake), fake),
        [(5, 1)],
        [0],
    ),
    (
        [g.critic_loss, g.critic_loss_grad],
        g.critic_loss,
        lambda dy, *args: [dy * d for d in g.critic_loss_grad(*args)],
        keras_critic,
        [(5, 1), (4, 1)],
        [0, 1],
    ),
    (
        [g.wasserstein_generator_loss, g.wasserstein_generator_loss_grad],
        g.wasserstein_generator_loss,
        lambda dy, fake: [dy * g.wasserstein_generator_loss_grad(fake)],
        lambda keras, fake: -keras.ops.mean(fake),
        [(5, 1)],
        [0],
    ),
    (
        [g.gradient_penalty, g.gradient_penalty_grad],
        g.gradient_penalty,
        lambda dy, slopes: [dy * g.gradient_penalty_grad(slopes)],
        keras_penalty,
        [(5, 2, 3)],
        [0],
    ),
]


def examples(shapes, rng):
    return [rng.random((5, shape)) if isinstance(shape, int) else rng.standard_normal(shape) for shape in shapes]


def table(kind):
    return [pytest.param(*case[1:], marks=witness(kind, *case[0]), id=case[0][0].__name__) for case in CASES]


@pytest.mark.parametrize(("f", "backward", "twin", "shapes", "moved"), table("numeric"))
def test_gradients_equal_brute_force(f, backward, twin, shapes, moved, rng):
    args = examples(shapes, rng)
    dy = rng.standard_normal(np.shape(f(*args)))
    for i, grad in zip(moved, backward(dy, *args), strict=True):
        brute_force = numeric_gradient(lambda: np.sum(dy * f(*args)), args[i])
        np.testing.assert_allclose(grad, brute_force, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("f", "backward", "twin", "shapes", "moved"), table("keras"))
def test_equals_keras(f, backward, twin, shapes, moved, rng, keras):
    import tensorflow as tf

    args = examples(shapes, rng)
    variables = [tf.Variable(x) for x in args]
    with tf.GradientTape() as tape:
        y = twin(keras, *map(tf.convert_to_tensor, variables))
        dy = rng.standard_normal(y.shape)
        loss = tf.reduce_sum(dy * y)
    theirs = tape.gradient(loss, [variables[i] for i in moved])
    np.testing.assert_allclose(f(*args), y, rtol=1e-9)
    for ours, grad in zip(backward(dy, *args), theirs, strict=True):
        np.testing.assert_allclose(ours, grad, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("f", "backward", "twin", "shapes", "moved"), table("numeric"))
def test_inputs_are_left_alone(f, backward, twin, shapes, moved, rng):
    args = examples(shapes, rng)
    before = [x.copy() for x in args]
    backward(np.ones(np.shape(f(*args))), *args)
    for x, saved in zip(args, before, strict=True):
        assert (x == saved).all()


SEEDS = st.integers(0, 2**32 - 1)
SCALES = st.sampled_from([0.0, 1.0, 1e3, 1e4])


@witness("hypothesis", g.reparameterize, g.reparameterize_backward)
@given(st.integers(1, 4), st.integers(1, 3), SCALES, st.sampled_from([-1e3, -2.0, 0.0, 100.0]), SEEDS)
def test_codes_of_any_shape_and_size(batch, latent, scale, log_variance, seed):
    """Number by number, with the school formula; a variance of e^-1000 is no spread at all."""
    rng = np.random.default_rng(seed)
    mean, noise, dz = (scale * rng.standard_normal((batch, latent)) for _ in range(3))
    z = g.reparameterize(mean, np.full(mean.shape, log_variance), noise)
    dmean, dlog_variance = g.reparameterize_backward(dz, np.full(mean.shape, log_variance), noise)
    for i in np.ndindex(mean.shape):
        spread = math.sqrt(math.exp(log_variance)) * noise[i]
        np.testing.assert_allclose(z[i], mean[i] + spread, rtol=1e-9, atol=1e-200)
        np.testing.assert_allclose(dlog_variance[i], dz[i] * spread / 2, rtol=1e-9, atol=1e-200)
    assert (dmean == dz).all()


@witness("hypothesis", g.kl_to_standard_normal, g.kl_to_standard_normal_grad)
@given(st.integers(1, 4), st.integers(1, 3), st.sampled_from([0.0, 1e-3, 1.0, 1e3]), SEEDS)
def test_kl_divergence_of_any_size(batch, latent, scale, seed):
    """Never below 0, and 0 only for the standard normal, where the slope is 0 too."""
    rng = np.random.default_rng(seed)
    mean, log_variance = (scale * rng.standard_normal((batch, latent)) for _ in range(2))
    log_variance = np.clip(log_variance, -1e3, 100)
    kl = g.kl_to_standard_normal(mean, log_variance)
    each = [mean[i] ** 2 / 2 + (math.expm1(log_variance[i]) - log_variance[i]) / 2 for i in np.ndindex(mean.shape)]
    np.testing.assert_allclose(kl, math.fsum(each) / batch, rtol=1e-9)
    assert kl > 0 if scale else kl == 0
    for grad, p in zip(g.kl_to_standard_normal_grad(mean, log_variance), (mean, log_variance), strict=True):
        assert (np.sign(grad) == np.sign(p)).all()


def test_kl_divergence_is_its_integral():
    """∫ q log(q / p), added up on a fine grid."""
    mean, log_variance = 0.75, -1.25
    z = np.linspace(-12, 12, 20001)
    log_q = -((z - mean) ** 2) / 2 / math.exp(log_variance) - log_variance / 2
    log_p = -(z**2) / 2
    integral = np.sum(np.exp(log_q) / math.sqrt(2 * math.pi) * (log_q - log_p)) * (z[1] - z[0])
    np.testing.assert_allclose(
        g.kl_to_standard_normal(np.array([[mean]]), np.array([[log_variance]])), integral, rtol=1e-9
    )


@witness("hypothesis", g.vae_loss, g.vae_loss_grad)
@given(st.integers(1, 4), st.integers(1, 5), SCALES, SEEDS)
def test_vae_loss_of_any_size(batch, pixels, scale, seed):
    """Pixel by pixel: a logit l costs log(1 + e^-l) where the pixel is white, log(1 + e^l) where it is black."""
    rng = np.random.default_rng(seed)
    x, logits = rng.integers(0, 3, (batch, pixels)) / 2, scale * rng.standard_normal((batch, pixels))
    codes = rng.standard_normal((2, batch, 3))
    total = 0.0
    for i in np.ndindex(x.shape):
        total += x[i] * log_1_plus_exp(-logits[i]) + (1 - x[i]) * log_1_plus_exp(logits[i])
    np.testing.assert_allclose(
        g.vae_loss(x, logits, *codes), total / batch + g.kl_to_standard_normal(*codes), rtol=1e-9
    )
    dlogits, *dcodes = g.vae_loss_grad(x, logits, *codes)
    assert (np.abs(dlogits) <= 1 / batch).all()
    np.testing.assert_array_equal(dcodes, g.kl_to_standard_normal_grad(*codes))


def log_1_plus_exp(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@witness("hypothesis", g.discriminator_loss, g.discriminator_loss_grad, g.generator_loss, g.generator_loss_grad)
@given(st.integers(1, 5), st.integers(1, 5), SCALES, SEEDS)
def test_gan_losses_of_any_size(n_real, n_fake, scale, seed):
    """Logit by logit; the two gradients on a fake pull in opposite directions and together have the length 1 / n."""
    rng = np.random.default_rng(seed)
    real, fake = scale * rng.standard_normal((n_real, 1)), scale * rng.standard_normal((n_fake, 1))
    on_real = sum(log_1_plus_exp(-x) for x in real.ravel()) / n_real
    on_fake = sum(log_1_plus_exp(x) for x in fake.ravel()) / n_fake
    fooled = sum(log_1_plus_exp(-x) for x in fake.ravel()) / n_fake
    np.testing.assert_allclose(g.discriminator_loss(real, fake), on_real + on_fake, rtol=1e-9)
    np.testing.assert_allclose(g.generator_loss(fake), fooled, rtol=1e-9)
    dreal, dfake = g.discriminator_loss_grad(real, fake)
    np.testing.assert_allclose(dfake - g.generator_loss_grad(fake), np.full(fake.shape, 1 / n_fake), rtol=1e-9)
    assert (dreal <= 0).all()
    assert dreal.shape == real.shape


def test_generator_learns_where_the_minimax_loss_is_flat():
    """Goodfellow et al., section 3: against a sure discriminator, log(1 − D) has no slope left; −log D has."""
    sure = np.array([-20.0])
    minimax_slope = -1 / (1 + math.exp(20))
    assert abs(minimax_slope) < 1e-8
    np.testing.assert_allclose(g.generator_loss_grad(sure), -1, rtol=1e-8)
