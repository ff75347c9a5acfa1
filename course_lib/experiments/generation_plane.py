"""The GAN of chapter 13 that can be watched: a ring of eight bells in the plane, a step of D, a step of G."""

import numpy as np

from course_lib import generation
from course_lib.activations import sigmoid
from course_lib.fidelity import nearest
from course_lib.layers import dense_stack
from course_lib.optimizers import Adam

BELLS, SPREAD = 8, 0.1


def centres(bells=BELLS):
    """The middles of the bells, on a circle of radius 1: (bells, 2)"""
    angle = 2 * np.pi * np.arange(bells) / bells
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def ring(n, rng, bells=BELLS, spread=SPREAD):
    """Points of the ring: (n, 2)"""
    return centres(bells)[rng.integers(0, bells, n)] + spread * rng.standard_normal((n, 2))


def covered(points, bells=BELLS, spread=SPREAD):
    """(how many bells have at least a hundredth of the points within 3 spreads, the share that lies so near to any)"""
    far, which = nearest(points, centres(bells))
    near = far < 3 * spread
    shares = np.bincount(which[near], minlength=bells) / len(points)
    return int(np.sum(shares >= 0.01)), float(near.mean())


class PlaneGAN:
    """A generator of points and a discriminator of points, that take a step when they are told to.

    real: draws real points, as ``ring`` does: (n, rng) to (n, 2)   rates: of D and of G   noise: blurs all that D sees
    """

    of_d_grad = staticmethod(generation.discriminator_loss_grad)
    of_g_grad = staticmethod(generation.generator_loss_grad)

    def __init__(self, real=ring, hidden=32, latent=2, rates=(0.002, 0.002), noise=0.0, batch=128, seed=0):
        self.rng = np.random.default_rng(seed)
        self.real, self.latent, self.noise, self.batch = real, latent, noise, batch
        self.generator = dense_stack([latent, hidden, hidden, 2], "relu", self.rng)
        self.discriminator = dense_stack([2, hidden, hidden, 1], "leaky_relu", self.rng)
        self.of_d, self.of_g = (Adam(rate, beta_1=0.5) for rate in rates)

    def make(self, n, rng):
        return self.generator.forward(rng.standard_normal((n, self.latent)))

    def look(self, x):
        """D's logits of blurred points: (n, 1)"""
        return self.discriminator.forward(x + self.noise * self.rng.standard_normal(x.shape))

    def step_d(self):
        """D learns to tell the real from the made; G stands still."""
        real, made = self.real(self.batch, self.rng), self.make(self.batch, self.rng)
        logits = self.look(np.concatenate([real, made]))
        d = self.of_d_grad(logits[: self.batch], logits[self.batch :])
        self.discriminator.backward(np.concatenate(d))
        self.of_d.step(self.discriminator.parameters(), self.discriminator.gradients())

    def step_g(self):
        """G moves its points to where D takes them for real; D stands still."""
        made = self.make(self.batch, self.rng)
        self.generator.backward(self.push(made))
        self.of_g.step(self.generator.parameters(), self.generator.gradients())

    def push(self, made):
        """The gradient of G's loss in each made point; it is moved the other way. (n, 2)"""
        logits = self.look(made)
        return self.discriminator.backward(self.of_g_grad(logits))

    def play(self, steps, of_d=1):
        """Both in turn."""
        for _ in range(steps):
            for _ in range(of_d):
                self.step_d()
            self.step_g()
        return self


class PlaneCritic(PlaneGAN):
    """The same with a critic in the discriminator's place, all of whose weights are clipped to ±limit."""

    of_d_grad = staticmethod(generation.critic_loss_grad)
    of_g_grad = staticmethod(generation.wasserstein_generator_loss_grad)

    def __init__(self, limit=0.2, **settings):
        super().__init__(**settings)
        self.limit = limit

    def step_d(self):
        super().step_d()
        generation.clip_weights(self.discriminator.parameters(), self.limit)


def seen_real(gan, points):
    """D's probability that points are real: (n,)"""
    return sigmoid(gan.discriminator.forward(points)[:, 0])
