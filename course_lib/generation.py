"""Chapter 13: the equations of two ways to make something new: VAE and GAN. A third is ``diffusion``.

Variational autoencoder: an encoder gives each example a cloud of codes, its mean and the logarithm of its variance,
both (batch, latent). GAN: a discriminator gives each real and each made example a logit, above 0 where it takes it
for real; a critic, in the GAN named after Wasserstein, gives each a score, which no sigmoid turns into a probability.
"""

import numpy as np

from course_lib import limits
from course_lib.activations import sigmoid
from course_lib.losses import binary_crossentropy


def reparameterize(mean, log_variance, noise):
    """z = μ + σ ε: a random code that μ and σ have a gradient from. All (batch, latent). Kingma and Welling, 2014.

    noise: standard normal, as from ``rng.standard_normal(mean.shape)``
    """
    mean, log_variance, noise = limits.same_floats("mean", mean, log_variance=log_variance, noise=noise)
    return mean + np.exp(log_variance / 2) * noise


def reparameterize_backward(dz, log_variance, noise):
    """(dmean, dlog_variance) from dz, the gradient of the code."""
    dz, log_variance, noise = limits.same_floats("dz", dz, log_variance=log_variance, noise=noise)
    return dz, dz * noise * np.exp(log_variance / 2) / 2


def kl_to_standard_normal(mean, log_variance):
    """How far N(μ, σ²) is from N(0, 1): Σ (μ² + σ² − 1 − log σ²) / 2 over the code, averaged over the batch.

    Kingma and Welling, 2014, appendix B.
    """
    mean, log_variance = _codes(mean, log_variance)
    # expm1 keeps the digits that e^ − 1 loses near σ = 1.
    return np.sum(mean**2 + np.expm1(log_variance) - log_variance) / 2 / len(mean)


def kl_to_standard_normal_grad(mean, log_variance):
    """(dmean, dlog_variance): μ and (σ² − 1) / 2, divided by the size of the batch."""
    mean, log_variance = _codes(mean, log_variance)
    return mean / len(mean), np.expm1(log_variance) / 2 / len(mean)


def vae_loss(x, logits, mean, log_variance):
    """Cross-entropy of every pixel, added up, plus the KL divergence; averaged over the batch.

    x: (batch, ...) from 0 to 1   logits: of x's shape, the decoder's answer   Kingma and Welling, 2014.
    """
    x, logits = _pixels(x, logits, mean)
    pixels = binary_crossentropy(x, logits, from_logits=True) * x.size / len(x)
    return pixels + kl_to_standard_normal(mean, log_variance)


def vae_loss_grad(x, logits, mean, log_variance):
    """(dlogits, dmean, dlog_variance). The last two are the KL divergence's; the code's path adds its own."""
    x, logits = _pixels(x, logits, mean)
    return (sigmoid(logits) - x) / len(x), *kl_to_standard_normal_grad(mean, log_variance)


def discriminator_loss(real_logits, fake_logits):
    """−mean log D(real) − mean log(1 − D(fake)), D = sigmoid(logit). Goodfellow et al., 2014, algorithm 1."""
    real_logits, fake_logits = _some(real_logits=real_logits, fake_logits=fake_logits)
    return np.mean(np.logaddexp(0, -real_logits)) + np.mean(np.logaddexp(0, fake_logits))


def discriminator_loss_grad(real_logits, fake_logits):
    """(dreal_logits, dfake_logits)."""
    real_logits, fake_logits = _some(real_logits=real_logits, fake_logits=fake_logits)
    return -sigmoid(-real_logits) / real_logits.size, sigmoid(fake_logits) / fake_logits.size


def generator_loss(fake_logits):
    """−mean log D(fake): strong where D is sure of the fake, unlike log(1 − D). Goodfellow et al., 2014, section 3."""
    (fake_logits,) = _some(fake_logits=fake_logits)
    return np.mean(np.logaddexp(0, -fake_logits))


def generator_loss_grad(fake_logits):
    """−sigmoid(−logit), divided by how many there are."""
    (fake_logits,) = _some(fake_logits=fake_logits)
    return -sigmoid(-fake_logits) / fake_logits.size


def critic_loss(real_scores, fake_scores):
    """mean f(fake) − mean f(real): how far apart the critic does not yet see the two. Arjovsky et al., 2017, alg. 1.

    scores: (n, ...), any numbers. Its negative estimates the Wasserstein distance if f is as steep as 1 and no steeper,
    which ``clip_weights`` and ``gradient_penalty`` are for.
    """
    real_scores, fake_scores = _some(real_scores=real_scores, fake_scores=fake_scores)
    return np.mean(fake_scores) - np.mean(real_scores)


def critic_loss_grad(real_scores, fake_scores):
    """(dreal_scores, dfake_scores)."""
    real_scores, fake_scores = _some(real_scores=real_scores, fake_scores=fake_scores)
    return np.full(real_scores.shape, -1 / real_scores.size), np.full(fake_scores.shape, 1 / fake_scores.size)


def wasserstein_generator_loss(fake_scores):
    """−mean f(fake). Arjovsky et al., 2017, algorithm 1."""
    (fake_scores,) = _some(fake_scores=fake_scores)
    return -np.mean(fake_scores)


def wasserstein_generator_loss_grad(fake_scores):
    """−1, divided by how many there are: the slope never fades, however sure the critic is."""
    (fake_scores,) = _some(fake_scores=fake_scores)
    return np.full(fake_scores.shape, -1 / fake_scores.size)


def clip_weights(params, limit=0.01):
    """The critic's weights, changed in place to lie within ±limit. Arjovsky et al., 2017, algorithm 1."""
    limits.above_zero("limit", limit)
    for p in params:
        np.clip(p, -limit, limit, out=p)


def gradient_penalty(slopes):
    """mean (‖∇f(x̂)‖ − 1)², the critic being as steep as 1 where it should be. Gulrajani et al., 2017, eq. 3.

    slopes: (n, ...), the gradient of each score in its x̂, a place between a real and a made example
    """
    return np.mean((_lengths(slopes) - 1) ** 2)


def gradient_penalty_grad(slopes):
    """dslopes. Where a slope is 0 it has no direction, and the gradient is set to 0."""
    lengths = _lengths(slopes)
    along = limits.floats(slopes) / np.where(lengths > 0, lengths, 1)
    return 2 * (lengths - 1) * along / len(lengths)


def _lengths(slopes):
    """The length of each example's gradient, (n, 1, …)."""
    slopes = limits.filled("slopes", limits.floats(slopes))
    limits.shape("slopes", slopes, "n", ..., "features")
    return np.sqrt(np.sum(slopes**2, axis=tuple(range(1, slopes.ndim)), keepdims=True))


def _some(**arrays):
    """As floats. The mean of no numbers is not a number."""
    return [limits.filled(name, limits.floats(x)) for name, x in arrays.items()]


def _codes(mean, log_variance):
    """One code alone, without the axis of the batch, would be averaged over its own numbers."""
    codes = limits.same_floats("mean", mean, log_variance=log_variance)
    limits.shape("mean", mean, "batch", ..., "latent")
    return codes


def _pixels(x, logits, mean):
    x, logits = limits.same_floats("x", x, logits=logits)
    limits.all_shares("x", x)
    limits.shape("mean", mean, len(x), ...)
    return x, logits
