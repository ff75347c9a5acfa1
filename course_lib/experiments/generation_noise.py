"""What chapter 13 trains to take noise away: diffusion and a flow; and a denoiser that only remembers."""

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from course_lib import diffusion
from course_lib.activations import softmax
from course_lib.experiments.generation import (
    BATCH,
    NONE,
    PIXELS,
    Maker,
    beside,
    descend,
    marks,
    network,
    normal,
    pictures,
)

STEPS, TIME = 100, 16
WEIGHTS = Path(__file__).with_name("generation.npz")


def question(x, t, y, times=STEPS):
    """What the network reads: the noisy picture, its time as waves, and the class as ten numbers, all 0 for none.

    x: (n, 64)   t: (n,)   y: (n,), 0 to 9, or 10 for none
    """
    waves = diffusion.timestep_embedding(100 * np.asarray(t) / times, TIME, 100)
    return beside(x, waves, marks(y)).astype("float32")


class Denoiser(Maker):
    """What diffusion and the flow share. Pictures go from -1 to 1 inside.

    y: the digit, of which one time in ten nothing is told, so that the network knows both; None: never
    guess: what a diffusion learns to see, "picture" or "noise"
    """

    def __init__(self, x, y=None, hidden=256, steps=3000, rate=0.002, guess="picture", seed=0):
        super().__init__(x, y)
        rng, self.guess = np.random.default_rng(seed), guess
        self.net = network(PIXELS + TIME + 10, hidden, hidden, PIXELS, rng=rng)

        def step(_):
            i = rng.integers(0, len(x), BATCH)
            known = np.where(rng.random(BATCH) < 0.1, NONE, self.y[i])
            read, wanted = self.lesson(2 * x[i] - 1, rng, known)
            said = self.net.forward(read)
            self.net.backward(2 * (said - wanted) / said.size)
            return np.mean((said - wanted) ** 2)

        self.losses = descend((self.net,), step, steps, rate)

    def answer(self, x, t, y, scale, times=STEPS):
        """The network's own, or the guided one: what is said with the class, made ``scale`` times as strong."""
        t = np.full(len(x), t)
        said = self.net.forward(question(x, t, y, times))
        if scale == 1:
            return said
        return diffusion.guided(said, self.net.forward(question(x, t, np.full(len(x), NONE), times)), scale)


class Diffusion(Denoiser):
    """It learns to see the picture, or the noise, in what is left of it after t steps of noise, t from 1 to 100."""

    betas = diffusion.cosine_betas(STEPS)
    left = np.concatenate([[1], diffusion.alpha_bars(betas)]).astype("float32")

    def lesson(self, x, rng, y):
        t, noise = rng.integers(1, STEPS + 1, len(x)), normal(rng, *x.shape)
        now = self.left[t, None]
        read = np.sqrt(now) * x + np.sqrt(1 - now) * noise
        return question(read, t, y), x if self.guess == "picture" else noise

    def noise(self, x, t, y, scale=1.0):
        """The noise seen in x at time t, such that the picture behind it is one, whatever is guessed: (n, 64)"""
        said, now = self.answer(x, t, y, scale), self.left[t]
        if self.guess == "noise":
            said = (x - np.sqrt(1 - now) * said) / np.sqrt(now)
        # No picture is whiter than paper or blacker than ink.
        return (x - np.sqrt(now) * np.clip(said, -1, 1)) / np.sqrt(1 - now)

    def run(self, x, y, rng, count=STEPS, eta=1.0, scale=1.0):
        """Every stage on the way from noise to pictures: [(t, x_t, the picture seen in it)], then (0, x_0, x_0).

        count: how many of the hundred steps are taken   eta: 1 with new noise in each (DDPM), 0 without (DDIM)
        """
        times = np.unique(np.linspace(0, STEPS, count + 1).round().astype(int))[::-1]
        stages = []
        for t, s in pairwise(times):
            noise = self.noise(x, t, y, scale)
            stages.append((int(t), x, np.clip(diffusion.predicted_start(x, int(t), noise, self.betas), -1, 1)))
            x = diffusion.ddim_step(x, int(t), int(s), noise, self.betas, eta, normal(rng, *x.shape))
            x = x.astype("float32")
        return [*stages, (0, x, x)]

    def make(self, n, rng, y=None, count=STEPS, eta=1.0, scale=1.0):
        y = self.classes(n, rng, y)
        return to_pictures(self.run(normal(rng, n, PIXELS), y, rng, count, eta, scale)[-1][1])


@cache
def stored_diffusion():
    """The chapter's diffusion with the weights that ``generation_study`` has stored, in two bytes each."""
    model = Diffusion(*pictures()[0], steps=0)
    with np.load(WEIGHTS) as stored:
        for p, name in zip(model.net.parameters(), stored.files, strict=True):
            p[...] = stored[name]
    return model


class Flow(Denoiser):
    """It learns the velocity on the straight way from noise, at the time 0, to a picture, at 1."""

    def lesson(self, x, rng, y):
        t, noise = rng.random(len(x), dtype="float32"), normal(rng, *x.shape)
        return question(diffusion.flow_point(noise, x, t), t, y, 1), x - noise

    def make(self, n, rng, y=None, count=STEPS, scale=1.0):
        y = self.classes(n, rng, y)
        x = diffusion.follow_flow(lambda x, t: self.answer(x, t, y, scale, 1), normal(rng, n, PIXELS), count)
        return to_pictures(x)


class Memory:
    """The best denoiser that the training digits allow: the mean of them all, each by how likely it became x_t.

    It learns nothing. A network that guessed the training pictures perfectly would say the same.
    """

    def __init__(self, x):
        self.x = 2 * x - 1

    def guess(self, x, now):
        """The mean picture behind x, of which the share ``now`` of the variance is left. x: (n, 64), from -1 to 1"""
        far = ((x[:, None] - np.sqrt(now) * self.x) ** 2).sum(axis=-1)
        return softmax(-far / (2 * (1 - now))) @ self.x


class Remembering(Diffusion):
    """Diffusion with a ``Memory`` in place of a network."""

    def __init__(self, x):
        Maker.__init__(self, x, None)
        self.memory, self.guess = Memory(x), "picture"

    def answer(self, x, t, y, scale):
        return np.concatenate([self.memory.guess(part, self.left[t]) for part in np.array_split(x, 1 + len(x) // 64)])


def to_pictures(x):
    return np.clip((x + 1) / 2, 0, 1).astype("float32")
