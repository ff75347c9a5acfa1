"""How chapter 13 measures what was made: in the features of a classifier of ours, beside real digits measured alike."""

from functools import cache

import numpy as np

from course_lib.activations import softmax
from course_lib.experiments.generation import PIXELS, descend, network, normal, pictures
from course_lib.fidelity import frechet_inception_distance, kernel_inception_distance, nearest
from course_lib.losses import loss_and_gradient

LOSS = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)


class Judge:
    """A classifier of the digits; what its last hidden layer says of a picture are the picture's 32 features."""

    def __init__(self, x, y, steps=2000, rate=0.003, noise=0.15, seed=0):
        rng = np.random.default_rng(seed)
        self.net = network(PIXELS, 128, 32, 10, rng=rng)

        def step(_):
            i = rng.integers(0, len(x), 128)
            logits = self.net.forward(x[i] + noise * normal(rng, 128, PIXELS))
            self.net.backward(LOSS[1](y[i], logits).astype("float32"))
            return LOSS[0](y[i], logits)

        descend((self.net,), step, steps, rate)
        self.size = 1.0
        self.size = np.sqrt(np.mean(self.features(x) ** 2))

    def features(self, x):
        """(n, 32), divided by one number, so that their mean square is 1 on the training digits."""
        for layer in self.net.layers[:-1]:
            x = layer.forward(x)
        return x / self.size

    def chances(self, x):
        return softmax(self.net.forward(x))


@cache
def judge():
    """The judge of the chapter, who has seen the training digits."""
    return Judge(*pictures()[0])


def measure(made, real, y=None, by=None):
    """What is said of n made pictures beside real ones that nobody learnt from: a dict of numbers.

    fid, kid: the distances in the judge's features   sure: the share that it reads with at least 90 %
    asked: the share that it reads as the digit y that was asked for, where one was
    far: the median distance to the nearest training digit, in pixels   remembered: see below
    told: how often the nearest neighbour is of the same kind, made or real; 0.5 is guessing
    """
    by, (train, _), n = by or judge(), pictures()[0], len(real)
    ours, theirs, chances = by.features(made), by.features(real), by.chances(made)
    found = {
        "fid": frechet_inception_distance(ours, theirs),
        "kid": kernel_inception_distance(ours, theirs),
        "sure": np.mean(chances.max(axis=1) >= 0.9),
        "far": np.median(nearest(made, train)[0]),
        "remembered": remembered(made, train[:n], real),
        "told": told_apart(made[:n], real[: len(made)]),
    }
    if y is not None:
        found["asked"] = np.mean(chances.argmax(axis=1) == y)
    return {name: round(float(value), 4) for name, value in found.items()}


def distance(made, real):
    """The FID alone."""
    return float(frechet_inception_distance(judge().features(made), judge().features(real)))


def remembered(made, train, real):
    """The share of the made that are nearer to one of the training digits than to any of as many unseen ones."""
    return np.mean(nearest(made, train)[0] < nearest(made, real)[0])


def told_apart(made, real):
    """The share of both crowds whose nearest neighbour, itself left out, is of its own kind. Both (n, pixels)

    Leave-one-out of one nearest neighbour: Lopez-Paz and Oquab, 2017; Xu et al., 2018.
    """
    both = np.concatenate([made, real]).astype(float)
    squares = (both**2).sum(axis=1)
    far = squares[:, None] + squares - 2 * both @ both.T
    np.fill_diagonal(far, np.inf)
    kind = np.arange(len(both)) < len(made)
    return float(np.mean(kind[far.argmin(axis=1)] == kind))
