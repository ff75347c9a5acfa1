"""Training: forward, loss, backward, step, over and over; the names are those of Keras' ``Model.fit``.

network: a ``Layer``   x: (n, ...)   y: (n, ...)
loss: a name such as "mean_squared_error", or a pair (loss, its gradient) as ``losses.loss_and_gradient`` makes it
"""

import copy
from collections.abc import Mapping

import numpy as np

from course_lib import limits
from course_lib.callbacks import Callback, Progress  # noqa: F401, training's names in one place
from course_lib.losses import loss_and_gradient
from course_lib.metrics import by_name
from course_lib.optimizers import SGD
from course_lib.regularizers import penalty
from course_lib.schedules import ExponentialDecay


def batches(n, batch_size, rng=None):
    """The numbers 0 to n - 1 in arrays of batch_size, the last of what is left; shuffled unless rng is None."""
    order = np.arange(_whole("n", n)) if rng is None else rng.permutation(_whole("n", n))
    return [order[start : start + batch_size] for start in range(0, n, _whole("batch_size", batch_size))]


def train_on_batch(network, x, y, loss, optimizer, sample_weight=None):
    """One step; returns the loss before it, with the penalties of the network's regularizers."""
    return _step(network, x, y, _pair(loss), optimizer, sample_weight)[0]


def evaluate(network, x, y, loss, batch_size=32, sample_weight=None):
    """The loss, with the network as it is: the mean over batches, each counting as many times as it has examples."""
    return _evaluated(network, _checked(x, y, sample_weight), _pair(loss), batch_size, {})["loss"]


def fit(
    network,
    x,
    y,
    loss,
    optimizer,
    epochs,
    batch_size,
    rng,
    validation_data=None,
    callbacks=(),
    sample_weight=None,
    class_weight=None,
    metrics=(),
):
    """Train the network, in place. Returns the history: {"loss": [a number for each epoch], "val_loss": [...]}.

    Every epoch shows all examples once, in an order that rng shuffles anew (None leaves it as it is). As in Keras,
    its loss is the mean over its batches, each from before its step, and "val_loss" is that of the network after it.
    validation_data: (x, y) or (x, y, sample_weight)
    class_weight: {class: weight}, in place of a sample_weight; 1 for a class that is not named
    metrics: names, keys of ``METRICS``, or functions of (y_true, y_pred), each a name in the history, weighted by none
    """
    data = x, y, w = _checked(x, y, sample_weight)
    if class_weight is not None:
        data = x, y, _weight_of_each(y, w, class_weight)
    # A generator would be used up by the first look at it.
    callbacks, metrics, pair = list(callbacks), by_name(metrics), _pair(loss)
    if validation_data is not None:
        validation_data = _checked(*validation_data, name="validation_data: ")
    history = {}
    for callback in callbacks:
        callback.network, callback.optimizer, callback.stop_training = network, optimizer, False
        callback.on_train_begin()
    for epoch in range(_whole("epochs", epochs)):
        logs = _run_epoch(network, data, pair, optimizer, batches(len(x), batch_size, rng), callbacks, metrics)
        if validation_data is not None:
            after = _evaluated(network, validation_data, pair, batch_size, metrics)
            logs |= {f"val_{name}": value for name, value in after.items()}
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        if any(callback.stop_training for callback in callbacks):
            break
    for callback in callbacks:
        callback.on_train_end(logs)
    return history


def _step(network, x, y, pair, optimizer, w):
    """(the loss before the step, the predictions before it)."""
    f, f_grad = pair
    y_pred = network.forward(x, training=True)
    value = f(y, y_pred, sample_weight=w) + penalty(network)
    network.backward(f_grad(y, y_pred, sample_weight=w))
    optimizer.step(network.parameters(), network.gradients())
    return float(value), y_pred


def _run_epoch(network, data, pair, optimizer, parts, callbacks, metrics):
    """A step for each batch. Returns the means over all examples: of the loss and of the metrics."""
    means = _Means()
    for batch, i in enumerate(parts):
        x, y, w = _rows(data, i)
        loss, y_pred = _step(network, x, y, pair, optimizer, w)
        logs = means.with_batch(len(i), {"loss": loss} | _measured(metrics, y, y_pred))
        for callback in callbacks:
            callback.on_train_batch_end(batch, logs)
    return logs


def _evaluated(network, data, pair, batch_size, metrics):
    """The same means, without training."""
    means = _Means()
    for i in batches(len(data[0]), batch_size):
        x, y, w = _rows(data, i)
        y_pred = network.forward(x)
        loss = float(pair[0](y, y_pred, sample_weight=w) + penalty(network))
        logs = means.with_batch(len(i), {"loss": loss} | _measured(metrics, y, y_pred))
    return logs


class _Means:
    """Means over the batches seen so far, each counting as many times as it has examples."""

    def __init__(self):
        self.seen, self.totals = 0, {}

    def with_batch(self, n, values):
        self.seen += n
        self.totals = {name: self.totals.get(name, 0) + n * value for name, value in values.items()}
        return {name: total / self.seen for name, total in self.totals.items()}


def _measured(metrics, y, y_pred):
    return {name: float(f(y, y_pred)) for name, f in metrics.items()}


def _rows(data, i):
    return [None if a is None else a[i] for a in data]


def _weight_of_each(y, sample_weight, class_weight):
    """As in Keras: the class of a one-hot row is where its highest number stands."""
    if sample_weight is not None:
        raise ValueError("class_weight must be None where sample_weight is given: both weight the examples")
    if not isinstance(class_weight, Mapping):
        raise ValueError(f"class_weight must be a dict from classes to weights, got {class_weight!r}")
    limits.all_from_zero("class_weight", list(class_weight.values()))
    y = limits.floats(y)
    classes = (y.argmax(axis=-1) if y.shape[-1] > 1 else y[..., 0]) if y.ndim > 1 else y
    limits.shape("the classes in y, which class_weight weights,", classes, len(y))
    return np.array([class_weight.get(int(c), 1.0) for c in np.round(classes)], float)


def learning_rate_range_test(network, x, y, loss, batch_size, rng, lowest=1e-5, highest=10.0, steps=100, optimizer=SGD):
    """(rates, losses): the loss before each of some steps, whose rates rise from lowest to highest. Smith, 2017.

    The rate to choose lies where the loss falls fastest, well below where it shoots up. It stops early where the
    loss is four times the best one, or no longer a number. It works on a copy: the network stays as it is.
    """
    x, y, _ = _checked(x, y)
    if not limits.above_zero("lowest", lowest) < limits.above_zero("highest", highest):
        raise ValueError(f"lowest and highest must be rates above 0, one below the other, got {lowest} and {highest}")
    network = copy.deepcopy(network)
    rate = ExponentialDecay(lowest, max(1, _whole("steps", steps) - 1), highest / lowest)
    optimizer, losses, parts = optimizer(rate), [], []
    for _ in range(steps):
        parts = parts or batches(len(x), batch_size, rng)
        i = parts.pop(0)
        losses.append(train_on_batch(network, x[i], y[i], loss, optimizer))
        if not losses[-1] <= 4 * min(losses):
            break
    return rate(np.arange(len(losses))), np.array(losses)


def _checked(x, y, sample_weight=None, *, name=""):
    """x, y and the weights (or None) as arrays, or a sentence about what a network could only learn nonsense from."""
    arrays = {"x": np.asarray(x), "y": np.asarray(y)}
    if sample_weight is not None:
        arrays["sample_weight"] = np.asarray(sample_weight)
    lengths = [len(a) if a.ndim else 0 for a in arrays.values()]
    if min(lengths) == 0 or len(set(lengths)) > 1:
        raise ValueError(f"{name}{', '.join(arrays)} must hold as many examples, 1 or more, got {lengths}")
    for key, a in arrays.items():
        if not np.issubdtype(a.dtype, np.number) and a.dtype != bool:
            raise ValueError(f"{name}{key} must hold numbers, got {a.dtype}")
        limits.finite(f"{name}{key}", a)
    return arrays["x"], arrays["y"], arrays.get("sample_weight")


def _pair(loss):
    pair = loss_and_gradient(loss) if isinstance(loss, str) else loss
    if not isinstance(pair, (tuple, list)) or len(pair) != 2 or not all(map(callable, pair)):
        raise ValueError(f"loss must be a name or a pair, (loss, its gradient), of functions, got {loss!r}")
    return pair


def _whole(name, number):
    """How many, by its type: Python would refuse 3.0 without a sentence. True counts as 1."""
    return limits.whole(name, number, kinds=(bool, int, np.integer))
