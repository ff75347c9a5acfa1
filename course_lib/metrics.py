"""Metrics: numbers for people, beside the loss, which is for gradients. Names and rules are Keras'.

y_pred: (batch, classes), probabilities or logits, where a row's highest answers; of yes or no (batch,) or (batch, 1),
probabilities   y_true: (batch,), whole numbers; (batch, classes), one-hot, for what is called categorical
"""

import numpy as np

from course_lib import limits
from course_lib.losses import mean_absolute_error, mean_squared_error


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """The share of yes-or-no answers that are right; yes is what lies above the threshold. (For logits, that is 0.)"""
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    limits.number("threshold", threshold, -np.inf, np.inf)
    limits.shape("y_pred", y_pred, "batch", ..., filled=True)
    limits.same_shape("y_true", y_true, "y_pred", y_pred.shape)
    return float(np.mean((y_pred > threshold) == y_true))


def categorical_accuracy(y_true, y_pred):
    """The share of rows whose highest number stands where that of the one-hot row does."""
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    limits.shape("y_pred", y_pred, "batch", ..., "classes", filled=True)
    limits.same_shape("y_true", y_true, "y_pred", y_pred.shape)
    return float(np.mean(y_true.argmax(axis=-1) == y_pred.argmax(axis=-1)))


def sparse_categorical_accuracy(y_true, y_pred):
    """The share of rows whose highest number stands at the class."""
    y_true, y_pred = _classes(y_true, y_pred)
    return float(np.mean(y_true == y_pred.argmax(axis=-1)))


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5):
    """The share of rows in which fewer than k numbers are higher than that of the class. What is NaN is never right."""
    y_true, y_pred = _classes(y_true, y_pred)
    limits.whole("k", k)
    own = np.take_along_axis(y_pred, y_true[..., None], axis=-1)
    return float(np.mean(np.sum(~(y_pred <= own), axis=-1) < k))


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """The same for one-hot rows."""
    limits.same_shape("y_true", y_true, "y_pred", np.shape(y_pred))
    return sparse_top_k_categorical_accuracy(np.argmax(y_true, axis=-1), y_pred, k)


def accuracy(y_true, y_pred):
    """One of the three accuracies, chosen by the shapes, as Keras chooses for the name "accuracy"."""
    if np.ndim(y_pred) < 2 or np.shape(y_pred)[-1] == 1:
        return binary_accuracy(np.reshape(y_true, np.shape(y_pred)), y_pred)
    one_hot = np.shape(y_true) == np.shape(y_pred)
    return (categorical_accuracy if one_hot else sparse_categorical_accuracy)(y_true, y_pred)


# What ``fit`` takes by name.
METRICS = {
    f.__name__: f
    for f in (
        accuracy,
        binary_accuracy,
        categorical_accuracy,
        sparse_categorical_accuracy,
        top_k_categorical_accuracy,
        sparse_top_k_categorical_accuracy,
        mean_squared_error,
        mean_absolute_error,
    )
}


def by_name(metrics):
    """{name: function of (y_true, y_pred)} from names and functions, which are known by their own names."""
    metrics = [metrics] if isinstance(metrics, str) else list(metrics)
    for metric in metrics:
        if not callable(metric):
            limits.one_of("metric", metric, METRICS)
    return {metric.__name__ if callable(metric) else metric: METRICS.get(metric, metric) for metric in metrics}


def _classes(y_true, y_pred):
    """A class for each row; (batch, 1) is taken for (batch,)."""
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    limits.shape("y_pred", y_pred, "batch", ..., "classes", filled=True)
    y_true = y_true[..., 0] if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1 else y_true
    limits.same_shape("y_true", y_true, "y_pred without its last axis", y_pred.shape[:-1])
    return limits.all_whole("y_true", y_true, 0, y_pred.shape[-1] - 1), y_pred
