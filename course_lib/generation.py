"""Chapter 13: the equations of three ways to make something new: VAE, GAN and diffusion.

Variational autoencoder: an encoder gives each example a cloud of codes, its mean and the logarithm of its variance,
both (batch, latent). GAN: a discriminator gives each real and each made example a logit, above 0 where it takes it
for real. Diffusion: x_0 is an example, x_t what is left of it after t steps of noise, t from 1 to the number of
betas; t is one whole number for all examples, or (batch,), one for each.
"""

import numpy as np

from course_lib import limits
from course_lib.activations import sigmoid


def reparameterize(mean, log_variance, noise):
    """z = μ + σ ε: a random code that μ and σ have a gradient from. All (batch, latent). Kingma and Welling, 2014.

    noise: standard normal, as from ``rng.standard_normal(mean.shape)``
    """
    _check_same("mean", mean, log_variance=log_variance, noise=noise)
    return mean + np.exp(log_variance / 2) * noise


def reparameterize_backward(dz, log_variance, noise):
    """(dmean, dlog_variance) from dz, the gradient of the code."""
    _check_same("dz", dz, log_variance=log_variance, noise=noise)
    return dz, dz * noise * np.exp(log_variance / 2) / 2


def kl_to_standard_normal(mean, log_variance):
    """How far N(μ, σ²) is from N(0, 1): Σ (μ² + σ² − 1 − log σ²) / 2 over the code, averaged over the batch.

    Kingma and Welling, 2014, appendix B.
    """
    _check_codes(mean, log_variance)
    # expm1 keeps the digits that e^ − 1 loses near σ = 1.
    return np.sum(mean**2 + np.expm1(log_variance) - log_variance) / 2 / len(mean)


def kl_to_standard_normal_grad(mean, log_variance):
    """(dmean, dlog_variance): μ and (σ² − 1) / 2, divided by the size of the batch."""
    _check_codes(mean, log_variance)
    return mean / len(mean), np.expm1(log_variance) / 2 / len(mean)


def vae_loss(x, logits, mean, log_variance):
    """Cross-entropy of every pixel, added up, plus the KL divergence; averaged over the batch.

    x: (batch, ...) from 0 to 1   logits: of x's shape, the decoder's answer   Kingma and Welling, 2014.
    """
    _check_pixels(x, logits, mean)
    return np.sum(np.logaddexp(0, logits) - x * logits) / len(x) + kl_to_standard_normal(mean, log_variance)


def vae_loss_grad(x, logits, mean, log_variance):
    """(dlogits, dmean, dlog_variance). The last two are the KL divergence's; the code's path adds its own."""
    _check_pixels(x, logits, mean)
    return (sigmoid(logits) - x) / len(x), *kl_to_standard_normal_grad(mean, log_variance)


def discriminator_loss(real_logits, fake_logits):
    """−mean log D(real) − mean log(1 − D(fake)), D = sigmoid(logit). Goodfellow et al., 2014, algorithm 1."""
    _check_some(real_logits=real_logits, fake_logits=fake_logits)
    return np.mean(np.logaddexp(0, -real_logits)) + np.mean(np.logaddexp(0, fake_logits))


def discriminator_loss_grad(real_logits, fake_logits):
    """(dreal_logits, dfake_logits)."""
    _check_some(real_logits=real_logits, fake_logits=fake_logits)
    return -sigmoid(-real_logits) / real_logits.size, sigmoid(fake_logits) / fake_logits.size


def generator_loss(fake_logits):
    """−mean log D(fake): strong where D is sure of the fake, unlike log(1 − D). Goodfellow et al., 2014, section 3."""
    _check_some(fake_logits=fake_logits)
    return np.mean(np.logaddexp(0, -fake_logits))


def generator_loss_grad(fake_logits):
    """−sigmoid(−logit), divided by how many there are."""
    _check_some(fake_logits=fake_logits)
    return -sigmoid(-fake_logits) / fake_logits.size


def linear_betas(steps, first=1e-4, last=0.02):
    """How much noise each step adds, rising evenly: (steps,). Ho et al., 2020, section 4, for 1000 steps."""
    return _checked_betas(np.linspace(first, last, int(limits.whole("steps", steps))))


def cosine_betas(steps, offset=0.008):
    """Noise such that ᾱ falls along cos²: (steps,). Nichol and Dhariwal, 2021, equation 17, with their limit 0.999."""
    limits.from_zero("offset", offset)
    times = np.arange(int(limits.whole("steps", steps)) + 1) / steps
    f = np.cos((times + offset) / (1 + offset) * np.pi / 2) ** 2
    return np.minimum(1 - f[1:] / f[:-1], 0.999)


def alpha_bars(betas):
    """ᾱ_t = (1 − β_1) … (1 − β_t): the share of x_0's variance that is left after each step, (steps,)."""
    return np.cumprod(1 - _checked_betas(betas))


def add_noise(x_0, t, noise, betas):
    """x_t = √ᾱ_t x_0 + √(1 − ᾱ_t) ε: t steps of noise at once. x_0, noise: (batch, ...)   Ho et al., 2020, eq. 4."""
    _check_same("x_0", x_0, noise=noise)
    _, _, now, _ = _schedule(betas, t, x_0)
    return np.sqrt(now) * x_0 + np.sqrt(1 - now) * noise


def posterior(x_0, x_t, t, betas):
    """Where x_{t−1} was, knowing both ends: its mean, of x_t's shape, and its variance. Ho et al., 2020, eq. 6–7.

    The variance is one number for each t, shaped so that it goes with the mean; at t = 1 it is 0: x_0 is known.
    """
    _check_same("x_0", x_0, x_t=x_t)
    beta, alpha, now, before = _schedule(betas, t, x_t)
    mean = (np.sqrt(before) * beta * x_0 + np.sqrt(alpha) * (1 - before) * x_t) / (1 - now)
    return mean, beta * (1 - before) / (1 - now)


def reverse_step(x_t, t, noise_pred, noise, betas):
    """x_{t−1}: x_t without some of the noise that the network sees in it, plus a little new noise.

    (x_t − β_t / √(1 − ᾱ_t) ε_θ) / √α_t + σ_t z. Ho et al., 2020, algorithm 2, with σ_t² the posterior's variance, so
    that the last step, t = 1, adds none.
    noise_pred: ε_θ, the network's guess of the noise, of x_t's shape   noise: z, standard normal, likewise
    """
    _check_same("x_t", x_t, noise_pred=noise_pred, noise=noise)
    beta, alpha, now, before = _schedule(betas, t, x_t)
    sigma = np.sqrt(beta * (1 - before) / (1 - now))
    return (x_t - beta / np.sqrt(1 - now) * noise_pred) / np.sqrt(alpha) + sigma * noise


def simple_loss(noise, noise_pred):
    """The mean square of what the network got wrong about the noise. Ho et al., 2020, eq. 14."""
    _check_same("noise", noise, noise_pred=noise_pred)
    return np.mean((noise - noise_pred) ** 2)


def simple_loss_grad(noise, noise_pred):
    """dnoise_pred."""
    _check_same("noise", noise, noise_pred=noise_pred)
    return 2 * (noise_pred - noise) / noise.size


def _schedule(betas, t, x):
    """β_t, α_t, ᾱ_t and ᾱ_{t−1}, with axes of length 1 added so that each example of x gets its own. ᾱ_0 = 1."""
    t, bars = np.asarray(t), np.concatenate([[1.0], alpha_bars(betas)])
    limits.all_whole("t", limits.filled("t", t), 1, len(betas))
    if t.shape not in ((), x.shape[:1]):
        raise ValueError(f"t must be one number, or one for each of the {len(x)} examples; its shape is {t.shape}")
    t = t.reshape(t.shape + (1,) * (x.ndim - t.ndim))
    beta = np.asarray(betas)[t - 1]
    return beta, 1 - beta, bars[t], bars[t - 1]


def _checked_betas(betas):
    betas = limits.shape("betas", np.asarray(betas, float), "steps")
    return limits.hold("betas", betas, (betas > 0) & (betas < 1), "numbers between 0 and 1, both left out")


def _check_some(**arrays):
    """The mean of no numbers is not a number."""
    for name, x in arrays.items():
        limits.filled(name, x)


def _check_same(first, x, **others):
    limits.filled(first, x)
    for name, other in others.items():
        limits.same_shape(name, other, first, np.shape(x))


def _check_codes(mean, log_variance):
    """One code alone, without the axis of the batch, would be averaged over its own numbers."""
    _check_same("mean", mean, log_variance=log_variance)
    limits.shape("mean", mean, "batch", ..., "latent")


def _check_pixels(x, logits, mean):
    _check_same("x", x, logits=logits)
    limits.all_shares("x", x)
    limits.shape("mean", mean, len(x), ...)
