"""Training: forward, loss, backward, step, over and over; the names are those of Keras' ``Model.fit``.

network: a ``Layer``   x: (n, ...)   y: (n, ...)
loss: a name such as "mean_squared_error", or a pair (loss, its gradient) as ``losses.loss_and_gradient`` makes it
"""

import copy

import numpy as np

from course_lib import limits
from course_lib.losses import loss_and_gradient
from course_lib.optimizers import SGD
from course_lib.schedules import ExponentialDecay


class Callback:
    """What is to be done while ``fit`` is at work. A subclass overrides what it needs.

    fit sets ``network`` and ``optimizer`` before it begins. ``stop_training = True`` ends it after the epoch.
    logs: a dict such as {"loss": 0.5, "val_loss": 0.6}; after a batch, the mean loss of the epoch so far, as in Keras
    """

    stop_training = False

    def on_train_begin(self, logs=None):
        pass

    def on_train_batch_end(self, batch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_train_end(self, logs=None):
        pass


class Progress(Callback):
    """Print a line for every so many epochs."""

    def __init__(self, every=1):
        self.every = _whole("every", every)

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            print(f"epoch {epoch + 1}:", "  ".join(f"{name} {value:.4f}" for name, value in logs.items()))


def batches(n, batch_size, rng=None):
    """The numbers 0 to n - 1 in arrays of batch_size, the last of what is left; shuffled unless rng is None."""
    order = np.arange(_whole("n", n)) if rng is None else rng.permutation(_whole("n", n))
    return [order[start : start + batch_size] for start in range(0, n, _whole("batch_size", batch_size))]


def train_on_batch(network, x, y, loss, optimizer, sample_weight=None):
    """One step; returns the loss before it."""
    f, f_grad = _pair(loss)
    y_pred = network.forward(x, training=True)
    value = f(y, y_pred, sample_weight=sample_weight)
    network.backward(f_grad(y, y_pred, sample_weight=sample_weight))
    optimizer.step(network.parameters(), network.gradients())
    return float(value)


def evaluate(network, x, y, loss, batch_size=32, sample_weight=None):
    """The loss, with the network as it is: the mean over batches, each counting as many times as it has examples."""
    x, y, w = _checked(x, y, sample_weight)
    f, _ = _pair(loss)
    parts = batches(len(x), batch_size)
    values = [f(y[i], network.forward(x[i]), sample_weight=w if w is None else w[i]) for i in parts]
    return float(np.average(values, weights=[len(i) for i in parts]))


def fit(
    network, x, y, loss, optimizer, epochs, batch_size, rng, validation_data=None, callbacks=(), sample_weight=None
):
    """Train the network, in place. Returns the history: {"loss": [a number for each epoch], "val_loss": [...]}.

    Every epoch shows all examples once, in an order that rng shuffles anew (None leaves it as it is). As in Keras,
    its loss is the mean over its batches, each from before its step, and "val_loss" is that of the network after it.
    validation_data: (x, y) or (x, y, sample_weight)
    """
    x, y, w = _checked(x, y, sample_weight)
    if validation_data is not None:
        validation_data = _checked(*validation_data, name="validation_data: ")
    history = {"loss": []} if validation_data is None else {"loss": [], "val_loss": []}
    for callback in callbacks:
        callback.network, callback.optimizer, callback.stop_training = network, optimizer, False
        callback.on_train_begin()
    for epoch in range(_whole("epochs", epochs)):
        logs = {"loss": _run_epoch(network, x, y, w, loss, optimizer, batches(len(x), batch_size, rng), callbacks)}
        if validation_data is not None:
            x_val, y_val, w_val = validation_data
            logs["val_loss"] = evaluate(network, x_val, y_val, loss, batch_size, w_val)
        for name, value in logs.items():
            history[name].append(value)
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        if any(callback.stop_training for callback in callbacks):
            break
    for callback in callbacks:
        callback.on_train_end(logs)
    return history


def _run_epoch(network, x, y, w, loss, optimizer, parts, callbacks):
    """A step for each batch. Returns the mean loss of all examples."""
    total = seen = 0
    for batch, i in enumerate(parts):
        total += len(i) * train_on_batch(network, x[i], y[i], loss, optimizer, w if w is None else w[i])
        seen += len(i)
        for callback in callbacks:
            callback.on_train_batch_end(batch, {"loss": total / seen})
    return total / seen


def learning_rate_range_test(network, x, y, loss, batch_size, rng, lowest=1e-5, highest=10.0, steps=100, optimizer=SGD):
    """(rates, losses): the loss before each of some steps, whose rates rise from lowest to highest. Smith, 2017.

    The rate to choose lies where the loss falls fastest, well below where it shoots up. It stops early where the
    loss is four times the best one, or no longer a number. It works on a copy: the network stays as it is.
    """
    x, y, _ = _checked(x, y)
    if not 0 < lowest < highest < np.inf:
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
    return loss_and_gradient(loss) if isinstance(loss, str) else loss


def _whole(name, number):
    """How many, by its type: Python would refuse 3.0 without a sentence. True counts as 1."""
    return limits.whole(name, number, kinds=(bool, int, np.integer))
