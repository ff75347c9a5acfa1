"""Chapter 13: noise that becomes a picture step by step: diffusion, its faster steps, and flow matching.

Diffusion: x_0 is an example, x_t what is left of it after t steps of noise, t from 1 to the number of betas; t is one
whole number for all examples, or (batch,), one for each. Flow matching: a straight way from noise, at the time 0, to
an example, at the time 1.
"""

import numpy as np

from course_lib import limits


def linear_betas(steps, first=1e-4, last=0.02):
    """How much noise each step adds, rising evenly: (steps,). Ho et al., 2020, section 4, for 1000 steps."""
    first, last, steps = limits.share("first", first), limits.share("last", last), limits.whole("steps", steps)
    return _checked_betas(np.linspace(first, last, steps))


def cosine_betas(steps, offset=0.008):
    """Noise such that ᾱ falls along cos²: (steps,). Nichol and Dhariwal, 2021, equation 17, with their limit 0.999."""
    offset, steps = limits.from_zero("offset", offset), limits.whole("steps", steps)
    times = np.arange(steps + 1) / steps
    f = np.cos((times + offset) / (1 + offset) * np.pi / 2) ** 2
    return np.minimum(1 - f[1:] / f[:-1], 0.999)


def alpha_bars(betas):
    """ᾱ_t = (1 − β_1) … (1 − β_t): the share of x_0's variance that is left after each step, (steps,)."""
    return np.cumprod(1 - _checked_betas(betas))


def add_noise(x_0, t, noise, betas):
    """x_t = √ᾱ_t x_0 + √(1 − ᾱ_t) ε: t steps of noise at once. x_0, noise: (batch, ...)   Ho et al., 2020, eq. 4."""
    x_0, noise = limits.same_floats("x_0", x_0, noise=noise)
    _, _, now, _ = _schedule(betas, t, x_0)
    return np.sqrt(now) * x_0 + np.sqrt(1 - now) * noise


def posterior(x_0, x_t, t, betas):
    """Where x_{t−1} was, knowing both ends: its mean, of x_t's shape, and its variance. Ho et al., 2020, eq. 6–7.

    The variance is one number for each t, shaped so that it goes with the mean; at t = 1 it is 0: x_0 is known.
    """
    x_0, x_t = limits.same_floats("x_0", x_0, x_t=x_t)
    beta, alpha, now, before = _schedule(betas, t, x_t)
    mean = (np.sqrt(before) * beta * x_0 + np.sqrt(alpha) * (1 - before) * x_t) / (1 - now)
    return mean, beta * (1 - before) / (1 - now)


def reverse_step(x_t, t, noise_pred, noise, betas):
    """x_{t−1}: x_t without some of the noise that the network sees in it, plus a little new noise.

    (x_t − β_t / √(1 − ᾱ_t) ε_θ) / √α_t + σ_t z. Ho et al., 2020, algorithm 2, with σ_t² the posterior's variance, so
    that the last step, t = 1, adds none.
    noise_pred: ε_θ, the network's guess of the noise, of x_t's shape   noise: z, standard normal, likewise
    """
    x_t, noise_pred, noise = limits.same_floats("x_t", x_t, noise_pred=noise_pred, noise=noise)
    beta, alpha, now, before = _schedule(betas, t, x_t)
    sigma = np.sqrt(beta * (1 - before) / (1 - now))
    return (x_t - beta / np.sqrt(1 - now) * noise_pred) / np.sqrt(alpha) + sigma * noise


def simple_loss(noise, noise_pred):
    """The mean square of what the network got wrong about the noise. Ho et al., 2020, eq. 14."""
    noise, noise_pred = limits.same_floats("noise", noise, noise_pred=noise_pred)
    return np.mean((noise - noise_pred) ** 2)


def simple_loss_grad(noise, noise_pred):
    """dnoise_pred."""
    noise, noise_pred = limits.same_floats("noise", noise, noise_pred=noise_pred)
    return 2 * (noise_pred - noise) / noise.size


def predicted_start(x_t, t, noise_pred, betas):
    """x̂_0 = (x_t − √(1 − ᾱ_t) ε_θ) / √ᾱ_t: the example that x_t would be, were the guessed noise right.

    x_t, noise_pred, returns: (batch, ...)   Ho et al., 2020, below eq. 15; Song et al., 2021, eq. 9.
    """
    x_t, noise_pred = limits.same_floats("x_t", x_t, noise_pred=noise_pred)
    _, _, now, _ = _schedule(betas, t, x_t)
    return (x_t - np.sqrt(1 - now) * noise_pred) / np.sqrt(now)


def ddim_step(x_t, t, earlier, noise_pred, betas, eta=0.0, noise=None):
    """x_s from x_t, s earlier: √ᾱ_s x̂_0 + √(1 − ᾱ_s − σ²) ε_θ + σ z. Song et al., 2021, eq. 12 and 16.

    earlier: s, from 0 to below t, one number or (batch,): steps in between are left out
    eta: σ = η √((1 − ᾱ_s) / (1 − ᾱ_t) · (1 − ᾱ_t / ᾱ_s)), so that 0 adds no noise, and 1 with s = t − 1 is
    ``reverse_step``   noise: z, of x_t's shape, needed unless eta is 0
    """
    x_t, noise_pred = limits.same_floats("x_t", x_t, noise_pred=noise_pred)
    start = predicted_start(x_t, t, noise_pred, betas)
    limits.share("eta", eta)
    now, then = _left(betas, t, x_t), _left(betas, earlier, x_t, name="earlier")
    _check_earlier(*np.broadcast_arrays(earlier, t))
    sigma = eta * np.sqrt((1 - then) / (1 - now) * (1 - now / then))
    # Rounding may carry the difference just below 0 where x_0 is reached.
    mean = np.sqrt(then) * start + np.sqrt(np.maximum(1 - then - sigma**2, 0)) * noise_pred
    if not eta:
        return mean
    x_t, noise = limits.same_floats("x_t", x_t, noise=noise)
    return mean + sigma * noise


def guided(conditional, unconditional, scale):
    """u + s (c − u): what is said of the class, made stronger. Classifier-free guidance, Ho and Salimans, 2022, eq. 6.

    conditional, unconditional: c and u, two answers of one network, with the class and without: noise, or a velocity
    scale: s, the paper's w + 1: 0 leaves the class out, 1 is the answer with the class, more exaggerates it
    """
    conditional, unconditional = limits.same_floats("conditional", conditional, unconditional=unconditional)
    limits.from_zero("scale", scale)
    return unconditional + scale * (conditional - unconditional)


def timestep_embedding(t, width, base=10_000):
    """[sin(t / base^(2i / width)) …, cos(t / base^(2i / width)) …], i from 0 to width / 2 − 1: (batch, width).

    It tells a network how noisy its input is, as it tells a transformer a position: Ho et al., 2020, section 4, after
    Vaswani et al., 2017.   t: (batch,), fractions too   width: even
    """
    t = limits.finite("t", limits.shape("t", np.asarray(limits.floats(t), float), "batch"))
    limits.divides("2", 2, limits.whole("width", width, 2), "the width")
    angles = t[:, None] / limits.above_zero("base", base) ** (np.arange(0, width, 2) / width)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def flow_point(noise, x, t):
    """x_t = (1 − t) ε + t x: the place at time t on the straight way from noise to an example.

    Lipman et al., 2023, eq. 22 with σ_min = 0; Liu et al., 2023.   noise, x: (batch, ...)   t: from 0 to 1, one number
    or (batch,)
    """
    x, noise = limits.same_floats("x", x, noise=noise)
    t = _times(t, x)
    return (1 - t) * noise + t * x


def flow_loss(velocity_pred, noise, x):
    """The mean square of what the network got wrong about x − ε, the velocity on the straight way.

    Lipman et al., 2023, eq. 23 with σ_min = 0.   velocity_pred: (batch, ...), the network's answer at x_t and t
    """
    x, noise, velocity_pred = limits.same_floats("x", x, noise=noise, velocity_pred=velocity_pred)
    return np.mean((velocity_pred - (x - noise)) ** 2)


def flow_loss_grad(velocity_pred, noise, x):
    """dvelocity_pred."""
    x, noise, velocity_pred = limits.same_floats("x", x, noise=noise, velocity_pred=velocity_pred)
    return 2 * (velocity_pred - (x - noise)) / x.size


def follow_flow(velocity, noise, steps):
    """From noise to examples in equal steps: x ← x + v(x, t) / steps, for t = 0, 1 / steps, …: Euler's method.

    velocity: a function of x, (batch, ...), and the time t, one number from 0 to below 1   returns: of noise's shape
    """
    x = limits.filled("noise", limits.floats(noise))
    steps = limits.whole("steps", steps)
    for k in range(steps):
        v = limits.floats(limits.same_shape("velocity(x, t)", velocity(x, k / steps), "x", x.shape))
        x = x + v / steps
    return x


def _schedule(betas, t, x):
    """β_t, α_t, ᾱ_t and ᾱ_{t−1}, with axes of length 1 added so that each example of x gets its own. ᾱ_0 = 1."""
    now, before = _left(betas, t, x, 1), _left(betas, np.subtract(t, 1), x)
    beta = np.asarray(betas)[_for_each("t", np.asarray(t), x) - 1]
    return beta, 1 - beta, now, before


def _left(betas, t, x, first=0, name="t"):
    """ᾱ_t for each example of x. t: whole numbers from ``first`` to the number of betas"""
    limits.all_whole(name, limits.filled(name, t), first, len(betas))
    return np.concatenate([[1.0], alpha_bars(betas)])[_for_each(name, np.asarray(t), x)]


def _for_each(name, t, x):
    """t with axes of length 1 added, so that each example of x gets its own."""
    if t.shape not in ((), x.shape[:1]):
        raise ValueError(f"{name} must be one number, or one for each of the {len(x)} examples; its shape is {t.shape}")
    return t.reshape(t.shape + (1,) * (x.ndim - t.ndim))


def _times(t, x):
    return _for_each("t", limits.all_shares("t", limits.floats(t)), x)


def _check_earlier(earlier, t):
    limits.hold("earlier", earlier, earlier < t, "steps before t")


def _checked_betas(betas):
    betas = limits.shape("betas", np.asarray(limits.floats(betas), float), "steps")
    return limits.hold("betas", betas, (betas > 0) & (betas < 1), "numbers between 0 and 1, both left out")
