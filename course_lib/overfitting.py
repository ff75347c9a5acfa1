"""Chapter 11: cures for learning by heart, and the folds that show whether they work."""

import numpy as np

from course_lib import limits
from course_lib.base_layer import Layer
from course_lib.callbacks import EarlyStopping  # noqa: F401, the chapter's names in one place
from course_lib.losses import smoothed
from course_lib.regularizers import l1_penalty, l1_penalty_grad, l2_penalty, l2_penalty_grad  # noqa: F401

# --- noise inside the network


class Dropout(Layer):
    """y = x m / (1 - rate), where m is 0 with probability ``rate``, else 1; not in training, y = x.

    Dividing during training (inverted scaling) keeps the mean, so that afterwards there is nothing left to do.
    Srivastava et al., 2014.
    """

    def __init__(self, rate, rng):
        super().__init__()
        self.rate, self.rng = limits.below_one("rate", rate), rng

    def forward(self, x, training=False):
        x = limits.floats(x)
        kept = self.rng.random(self.mask_shape(x)) >= self.rate if training else True
        self.cache = kept, 1 / (1 - self.rate) if training else 1.0
        return self._thinned(x)

    def backward(self, dy):
        return self._thinned(dy)

    def _thinned(self, x):
        """0 also where ∞ falls out, which times 0 would give no number."""
        kept, scale = self.cache
        return np.where(kept, x * scale, 0)

    def mask_shape(self, x):
        """Every entry falls out alone."""
        return x.shape


class SpatialDropout1D(Dropout):
    """Whole features fall out, at all times together. x: (batch, time, channels). Tompson et al., 2015."""

    def mask_shape(self, x):
        limits.shape("x", x, "batch", "time", "channels")
        return (len(x), 1, x.shape[2])


class SpatialDropout2D(Dropout):
    """Whole feature maps fall out. x: (batch, height, width, channels). Tompson et al., 2015.

    Pixels that lie side by side say nearly the same, so that losing one of them takes nothing away.
    """

    def mask_shape(self, x):
        limits.shape("x", x, "batch", "height", "width", "channels")
        return (len(x), 1, 1, x.shape[3])


class GaussianNoise(Layer):
    """y = x + stddev n, n normally distributed, anew for every entry; not in training, y = x. Sietsma and Dow, 1991."""

    def __init__(self, stddev, rng):
        super().__init__()
        self.stddev, self.rng = limits.from_zero("stddev", stddev), rng

    def forward(self, x, training=False):
        x = limits.floats(x)
        return x + self.stddev * self.rng.standard_normal(x.shape) if training else x

    def backward(self, dy):
        return dy


# --- softer targets, and folds


def label_smoothing(y_true, amount=0.1):
    """(1 - a) y + a / classes: no answer is quite certain. y_true: (batch, classes), one-hot. Szegedy et al., 2016."""
    y_true = limits.floats(y_true)
    limits.share("amount", amount)
    if y_true.ndim != 2 or not np.allclose(y_true.sum(axis=-1), 1) or not (y_true >= 0).all():
        raise ValueError(f"y_true must hold one-hot rows, (batch, classes), each with the sum 1; got {y_true.shape}")
    return smoothed(y_true, amount, y_true.shape[1])


def k_fold(n, k, rng):
    """[(training, validation), …], k pairs of indices: each of n examples validates once. Stone, 1974."""
    n = limits.whole("n", n, 2)
    k = int(limits.number("k", limits.whole("k", k), 2, n, "the number of examples"))
    return _each_against_the_others(np.array_split(rng.permutation(n), k))


def stratified_k_fold(y, k, rng):
    """k pairs of indices, as ``k_fold``, each with every class's share: Kohavi, 1995. y: (n,), a class for each example

    Of each class, the folds hold the same number or one more; so do they of all examples.
    """
    y = np.asarray(y)
    limits.shape("y", y, "n")
    k = int(limits.number("k", limits.whole("k", k), 2, len(y), "the number of examples"))
    # One class behind the other, each in random order, dealt out like cards.
    order = rng.permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    return _each_against_the_others([rng.permutation(order[i::k]) for i in range(k)])


def _each_against_the_others(folds):
    return [(np.concatenate(folds[:i] + folds[i + 1 :]), folds[i]) for i in range(len(folds))]
