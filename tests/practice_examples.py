"""Random answers of a classifier."""

import numpy as np


def random_labels(rng, classes, n=50):
    """Answers of which about half are right."""
    y_true = rng.integers(0, classes, n)
    return y_true, np.where(rng.random(n) < 0.5, y_true, rng.integers(0, classes, n))


def random_logits(rng, n=200, classes=4, scale=3.0):
    """Logits that are too sure by the factor ``scale``: answers are drawn from the softmax without it."""
    logits = rng.standard_normal((n, classes))
    y_true = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return y_true, scale * logits
