"""Chapter 11: cures for learning by heart, and the folds that show whether they work."""

import numpy as np

from course_lib import limits
from course_lib.layers import Layer
from course_lib.losses import smoothed
from course_lib.training import Callback

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
        kept = self.rng.random(self.mask_shape(x)) >= self.rate if training else True
        self.cache = kept / (1 - self.rate) if training else 1.0
        return x * self.cache

    def backward(self, dy):
        return dy * self.cache

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
        return x + self.stddev * self.rng.standard_normal(x.shape) if training else x

    def backward(self, dy):
        return dy


# --- penalties on large weights, to be added to the loss


def l1_penalty(w, l1=0.01):
    """λ Σ |w|: draws every weight towards 0 alike, and many arrive. Tibshirani, 1996."""
    limits.from_zero("l1", l1)
    return l1 * np.sum(np.abs(w))


def l1_penalty_grad(w, l1=0.01):
    """λ sign(w), and 0 at 0."""
    limits.from_zero("l1", l1)
    return l1 * np.sign(w)


def l2_penalty(w, l2=0.01):
    """λ Σ w²: draws large weights more than small ones. Hoerl and Kennard, 1970."""
    limits.from_zero("l2", l2)
    return l2 * np.sum(np.square(w))


def l2_penalty_grad(w, l2=0.01):
    """2 λ w."""
    limits.from_zero("l2", l2)
    return 2 * l2 * np.asarray(w)


# --- stopping in time


class EarlyStopping(Callback):
    """Stop when a value, such as the validation loss, has not improved for ``patience`` epochs. Prechelt, 1998.

    monitor: the name of the value in ``fit``'s history. An improvement is a change for the better by more than
    ``min_delta``. mode: "min" where small is good, "max" where large is. NaN is never an improvement.
    restore_best_weights: put the weights of the best epoch back when training ends, whoever ended it
    """

    def __init__(self, monitor="val_loss", min_delta=0.0, patience=0, mode="min", restore_best_weights=False):
        limits.one_of("mode", mode, ("min", "max"))
        limits.from_zero("patience", patience)
        limits.from_zero("min_delta", min_delta)
        self.monitor, self.min_delta, self.patience, self.mode = monitor, min_delta, patience, mode
        self.restore_best_weights = restore_best_weights

    def on_train_begin(self, logs=None):
        self.best, self.best_epoch, self.best_weights, self.wait = None, None, None, 0

    def on_epoch_end(self, epoch, logs=None):
        limits.one_of("monitor", self.monitor, logs or {})
        self.wait += 1
        if self.improves(logs[self.monitor]):
            self.best, self.best_epoch, self.wait = logs[self.monitor], epoch, 0
            self.best_weights = [np.copy(p) for p in self.network.parameters()]
        # As in Keras, nothing stops after the very first epoch.
        self.stop_training = self.wait >= max(self.patience, 1) and epoch > 0

    def improves(self, value):
        if self.best is None:
            return not np.isnan(value)
        gain = self.best - value if self.mode == "min" else value - self.best
        return bool(gain > self.min_delta)

    def on_train_end(self, logs=None):
        if self.restore_best_weights and self.best_weights is not None:
            for p, best in zip(self.network.parameters(), self.best_weights, strict=True):
                p[...] = best


# --- softer targets, and folds


def label_smoothing(y_true, amount=0.1):
    """(1 - a) y + a / classes: no answer is quite certain. y_true: (batch, classes), one-hot. Szegedy et al., 2016."""
    y_true = np.asarray(y_true, float)
    limits.share("amount", amount)
    if y_true.ndim != 2 or not np.allclose(y_true.sum(axis=-1), 1) or not (y_true >= 0).all():
        raise ValueError(f"y_true must hold one-hot rows, (batch, classes), each with the sum 1; got {y_true.shape}")
    return smoothed(y_true, amount, y_true.shape[1])


def k_fold(n, k, rng):
    """[(training, validation), …], k pairs of indices: each of n examples validates once. Stone, 1974."""
    limits.number("k", k, 2, n, "the number of examples")
    folds = np.array_split(rng.permutation(n), k)
    return [(np.concatenate(folds[:i] + folds[i + 1 :]), folds[i]) for i in range(k)]
