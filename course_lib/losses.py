"""Losses: one number for how wrong a network is, and its gradient, which starts every backward pass.

A loss is the mean over all examples (and features). Arguments come in Keras' order, the truth first; ``…_grad``
takes the same ones and returns dL/dy_pred, of y_pred's shape. ``sample_weight`` multiplies each example's share, with
the shape of y_pred less its last axis; as in Keras the mean still divides by the number of examples.

Classifiers may hand over probabilities, which are kept 1e-7 away from 0 and 1 as in Keras, or, ``from_logits``, the
numbers before sigmoid or softmax: then log never meets 0, and the gradient is prediction minus truth.
"""

from functools import partial

import numpy as np

from course_lib import limits
from course_lib.activations import log_softmax, sigmoid, softmax, softplus

EPSILON = 1e-7


def mean_squared_error(y_true, y_pred, sample_weight=None):
    """mean((y_pred - y_true)²)."""
    y_true, y_pred, w = _pair(y_true, y_pred, sample_weight)
    return np.mean(w * (y_pred - y_true) ** 2)


def mean_squared_error_grad(y_true, y_pred, sample_weight=None):
    """2 (y_pred - y_true) / n."""
    y_true, y_pred, w = _pair(y_true, y_pred, sample_weight)
    return w * 2 * (y_pred - y_true) / y_pred.size


def mean_absolute_error(y_true, y_pred, sample_weight=None):
    """mean(|y_pred - y_true|)."""
    y_true, y_pred, w = _pair(y_true, y_pred, sample_weight)
    return np.mean(w * np.abs(y_pred - y_true))


def mean_absolute_error_grad(y_true, y_pred, sample_weight=None):
    """The sign of each error / n; 0 where there is none."""
    y_true, y_pred, w = _pair(y_true, y_pred, sample_weight)
    return w * np.sign(y_pred - y_true) / y_pred.size


def huber(y_true, y_pred, delta=1.0, sample_weight=None):
    """Squared for errors up to delta, straight beyond, so that outliers pull no harder than that. Huber, 1964."""
    y_true, y_pred, w = _pair(y_true, y_pred, sample_weight)
    size = np.abs(y_pred - y_true)
    return np.mean(w * np.where(size <= _positive(delta), size**2 / 2, delta * size - delta**2 / 2))


def huber_grad(y_true, y_pred, delta=1.0, sample_weight=None):
    """Each error, but never more than delta, / n."""
    y_true, y_pred, w = _pair(y_true, y_pred, sample_weight)
    return w * np.clip(y_pred - y_true, -_positive(delta), delta) / y_pred.size


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, sample_weight=None):
    """mean(-y log p - (1 - y) log(1 - p)): two classes, or many yes-or-no questions at once."""
    y, y_pred, w = _binary(y_true, y_pred, label_smoothing, sample_weight)
    if from_logits:
        # softplus(-z) is -log sigmoid(z). Of two costs that are added, neither cancels the other's digits.
        return np.mean(w * (_times(y, softplus(-y_pred)) + _times(1 - y, softplus(y_pred))))
    p, _ = _clipped(y_pred)
    return -np.mean(w * (y * np.log(p) + (1 - y) * np.log(1 - p)))


def binary_crossentropy_grad(y_true, y_pred, from_logits=False, label_smoothing=0.0, sample_weight=None):
    """(p - y) / n for logits; divided by sigmoid's slope p (1 - p) for probabilities."""
    y, y_pred, w = _binary(y_true, y_pred, label_smoothing, sample_weight)
    if from_logits:
        return w * (sigmoid(y_pred) - y) / y_pred.size
    p, inside = _clipped(y_pred)
    return w * inside * (p - y) / (p * (1 - p)) / y_pred.size


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, sample_weight=None):
    """mean over rows of -sum(y log p): y_true holds a row of shares for each example, one-hot for a sure class.

    Rows of probabilities are first divided by their sum, as in Keras. Where y is 0, _times adds 0, even if log p is -∞.
    """
    y, y_pred, w = _categorical(y_true, y_pred, label_smoothing, sample_weight)
    log_p = log_softmax(y_pred) if from_logits else np.log(_clipped(_shares(y_pred))[0])
    return np.mean(w * _times(y, -log_p).sum(axis=-1, keepdims=True))


def categorical_crossentropy_grad(y_true, y_pred, from_logits=False, label_smoothing=0.0, sample_weight=None):
    """(softmax - y) / rows for logits: the reason softmax and this loss go together."""
    y, y_pred, w = _categorical(y_true, y_pred, label_smoothing, sample_weight)
    if from_logits:
        return w * (softmax(y_pred) - y) / w.size
    shares = _shares(y_pred)
    p, inside = _clipped(shares)
    d_shares = -w * inside * y / p / w.size
    return (d_shares - (d_shares * shares).sum(axis=-1, keepdims=True)) / y_pred.sum(axis=-1, keepdims=True)


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, sample_weight=None):
    """The same, with y_true: (...) whole numbers, the class of each row of y_pred: (..., classes)."""
    logits = y_pred if from_logits else np.log(_clipped(y_pred)[0])
    return categorical_crossentropy(_one_hot(y_true, y_pred), logits, True, sample_weight=sample_weight)


def sparse_categorical_crossentropy_grad(y_true, y_pred, from_logits=False, sample_weight=None):
    """As above; for probabilities, log p plays the logits, whose slope is 1 / p."""
    y = _one_hot(y_true, y_pred)
    if from_logits:
        return categorical_crossentropy_grad(y, y_pred, True, sample_weight=sample_weight)
    p, inside = _clipped(y_pred)
    return inside / p * categorical_crossentropy_grad(y, np.log(p), True, sample_weight=sample_weight)


def kl_divergence(y_true, y_pred, sample_weight=None):
    """mean over rows of sum(y log(y / p)): what it costs to take p for y. Kullback and Leibler, 1951."""
    y_true, y_pred, w = _two_shares(y_true, y_pred, sample_weight)
    y, p = _clipped(y_true, 1, "y_true")[0], _clipped(y_pred, 1)[0]
    return np.mean(w * (y * np.log(y / p)).sum(axis=-1, keepdims=True))


def kl_divergence_grad(y_true, y_pred, sample_weight=None):
    """-y / p / rows."""
    y_true, y_pred, w = _two_shares(y_true, y_pred, sample_weight)
    y, (p, inside) = _clipped(y_true, 1, "y_true")[0], _clipped(y_pred, 1)
    return -w * inside * y / p / w.size


def smoothed(y_true, amount, classes):
    """(1 - a) y + a / classes: no answer is quite certain. Szegedy et al., 2016, section 7."""
    return y_true * (1 - amount) + amount / classes


# By Keras' names: the loss and its gradient.
LOSSES = {
    f.__name__: (f, f_grad)
    for f, f_grad in [
        (mean_squared_error, mean_squared_error_grad),
        (mean_absolute_error, mean_absolute_error_grad),
        (huber, huber_grad),
        (binary_crossentropy, binary_crossentropy_grad),
        (categorical_crossentropy, categorical_crossentropy_grad),
        (sparse_categorical_crossentropy, sparse_categorical_crossentropy_grad),
        (kl_divergence, kl_divergence_grad),
    ]
}


def loss_and_gradient(name, **options):
    """(loss, gradient) by Keras' name, with options such as ``from_logits=True`` already chosen."""
    limits.one_of("name", name, LOSSES)
    f, f_grad = LOSSES[name]
    return partial(f, **options), partial(f_grad, **options)


def descend(gradient, start, learning_rate, steps):
    """Gradient descent: w ← w - learning_rate · gradient(w), over and over. Cauchy, 1847.

    gradient: a function from w to the slope of a loss in each of its numbers, of w's shape
    start: numbers of any shape   returns: (steps + 1, ...), every w on the way, the start first
    """
    limits.above_zero("learning_rate", learning_rate)
    path = [np.array(start, float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * _slope(gradient, path[-1]))
    return np.stack(path)


def _slope(gradient, w):
    return limits.same_shape("what gradient returns", np.asarray(gradient(w)), "start", w.shape)


def _pair(y_true, y_pred, sample_weight):
    """Both, and the weights in a shape that multiplies them: in (n,) each number is an example, else each row."""
    y_true, y_pred = (np.asarray(limits.floats(y), float) for y in (y_true, y_pred))
    limits.shape("y_pred", y_pred, "examples", ..., filled=True)
    limits.same_shape("y_true", y_true, "y_pred", y_pred.shape)
    if y_pred.ndim == 1:
        return y_true, y_pred, _weights(sample_weight, y_pred.shape)
    return y_true, y_pred, _weights(sample_weight, y_pred.shape[:-1])[..., None]


def _weights(sample_weight, examples):
    w = np.ones(examples) if sample_weight is None else limits.floats(sample_weight)
    limits.shape("sample_weight", w, *examples)
    return limits.all_from_zero("sample_weight", w)


def _rows(y_true, y_pred, sample_weight):
    limits.shape("y_pred", y_pred, "examples", ..., "classes")
    return _pair(y_true, y_pred, sample_weight)


def _binary(y_true, y_pred, label_smoothing, sample_weight):
    y_true, y_pred, w = _pair(y_true, y_pred, sample_weight)
    return smoothed(_share(y_true, "y_true"), limits.share("label_smoothing", label_smoothing), 2), y_pred, w


def _categorical(y_true, y_pred, label_smoothing, sample_weight):
    y_true, y_pred, w = _rows(y_true, y_pred, sample_weight)
    smoothing = limits.share("label_smoothing", label_smoothing)
    return smoothed(_whole_rows(y_true, "y_true"), smoothing, y_true.shape[-1]), y_pred, w


def _two_shares(y_true, y_pred, sample_weight):
    """Both in rows that add up to 1: between others, what is called a divergence can be negative."""
    y_true, y_pred, w = _rows(y_true, y_pred, sample_weight)
    return _whole_rows(y_true, "y_true"), _whole_rows(y_pred, "y_pred"), w


def _whole_rows(y, name):
    """y, or a sentence if a row does not add up to 1, by more than what float32 rounds off."""
    sums = _share(y, name).sum(axis=-1)
    limits.hold(name, sums, np.abs(sums - 1) <= 1e-5, "rows that add up to 1, such as one-hot rows")
    return y


def _times(share, cost):
    """share · cost, and 0 where the share is 0, also of an infinite cost, as that of a class that is masked out."""
    return share * np.where(share > 0, cost, 0)


def _share(p, name):
    """p, or a sentence if a number lies outside 0 to 1 by more than what float32 rounds off."""
    p = np.asarray(limits.floats(p), float)
    hint = " (for the numbers before sigmoid or softmax, pass from_logits=True)" if name == "y_pred" else ""
    return limits.hold(name, p, (p >= -1e-6) & (p <= 1 + 1e-6), f"numbers from 0 to 1{hint}")


def _shares(y_pred):
    """Probabilities, each row divided by its sum."""
    sums = _share(y_pred, "y_pred").sum(axis=-1, keepdims=True)
    return y_pred / limits.hold("y_pred", sums, sums > 0, "rows of probabilities that add up to more than 0")


def _clipped(p, highest=1 - EPSILON, name="y_pred"):
    """(p moved between 1e-7 and highest, where it lay there already: elsewhere nothing follows a small change)."""
    p = _share(p, name)
    return np.clip(p, EPSILON, highest), (p >= EPSILON) & (p <= highest)


def _one_hot(y_true, y_pred):
    """Whole numbers as rows of the unit matrix."""
    limits.shape("y_pred", y_pred, "examples", ..., "classes")
    y_true, classes = np.asarray(y_true), np.shape(y_pred)[-1]
    limits.shape("y_true", y_true, *np.shape(y_pred)[:-1])
    limits.all_whole("y_true", y_true, 0, classes - 1)
    return np.eye(classes)[y_true]


_positive = partial(limits.above_zero, "delta")
