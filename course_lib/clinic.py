"""Chapter 12's clinic: runs that are broken on purpose, what can be measured of them, and what the numbers say.

A run is a small dense network that learns some of the digits. Everything about it comes from a seed: which classes,
how many examples, how wide and deep, which rate. A fault changes one thing and leaves the rest, so that
``run("healthy", seed)`` is the cure of ``run(fault, seed)``.
"""

from typing import NamedTuple

import numpy as np

from course_lib import data, diagnosis, limits
from course_lib.activations import softmax, softmax_backward
from course_lib.base_layer import Layer
from course_lib.diagnosis import FAULTS
from course_lib.initializers import he_normal
from course_lib.layers import Activation, Sequential, dense_stack
from course_lib.losses import loss_and_gradient
from course_lib.overfitting import Dropout
from course_lib.training import batches

CURVES = ("loss", "val_loss", "accuracy", "val_accuracy")


class Run(NamedTuple):
    """What is known of a run.

    fault: a key of ``FAULTS``   curves: {"loss", "val_loss", "accuracy", "val_accuracy"}, (epochs,) each
    numbers: what was measured, see ``measured``
    """

    fault: str
    curves: dict
    numbers: dict


class Setting(NamedTuple):
    """All that a run depends on. x: (n, 64)   y: (n,), 0 to classes - 1   bias: where the hidden biases start"""

    x: np.ndarray
    y: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    classes: int
    widths: tuple
    rate: float
    batch_size: int
    seed: int
    loss: str = "sparse_categorical_crossentropy"
    bias: float = 0.0
    dropout: float = 0.0
    always_training: bool = False
    softmax: bool = False

    def changed(self, **changes):
        """The same setting, but for what is named: ``setting.changed(rate=0.1)``."""
        return self._replace(**changes)


def healthy_setting(seed):
    """A sound setting: 6 to 10 kinds of digits, 280 to 490 to learn from, one or two hidden layers of 24 to 48."""
    return _healthy(limits.whole("seed", seed, 0))


def _healthy(seed, everything=False):
    rng, (images, labels) = np.random.default_rng(seed), _digits()
    chosen = rng.permutation(10)[: rng.integers(6, 11)]
    count = rng.integers(400, 701)
    among = rng.permutation(np.flatnonzero(np.isin(labels, chosen)))[: None if everything else count]
    x, y = images[among], np.argsort(np.argsort(chosen))[np.searchsorted(np.sort(chosen), labels[among])]
    cut = len(among) * 7 // 10
    hidden = (int(rng.integers(24, 49)),) * int(rng.integers(1, 3))
    widths, rate = (64, *hidden, len(chosen)), float(np.exp(rng.uniform(np.log(0.05), np.log(0.2))))
    return Setting(x[:cut], y[:cut], x[cut:], y[cut:], len(chosen), widths, rate, int(rng.choice([16, 32])), seed)


def broken_setting(fault, seed):
    """The healthy setting of that seed with one fault, in a form and a strength that the seed chooses."""
    limits.one_of("fault", fault, FAULTS)
    change = _CHANGES.get(fault, lambda setting, rng: {})
    setting, rng = healthy_setting(seed), np.random.default_rng([seed, 1])
    return setting._replace(**change(setting, rng))


def run(fault, seed, epochs=20):
    """Break a setting, train it and measure it: a ``Run``. It takes about a tenth of a second."""
    return trained(broken_setting(fault, seed), epochs)._replace(fault=fault)


def unknown_run(seed, epochs=20):
    """A run whose fault the seed chooses, all alike, "healthy" too."""
    faults = list(FAULTS)
    return run(faults[np.random.default_rng([seed, 2]).integers(len(faults))], seed, epochs)


def trained(setting, epochs=20, activation="relu"):
    """Train what a setting describes, by plain gradient descent: a ``Run`` without a fault's name."""
    rng = np.random.default_rng([setting.seed, 3])
    network, pair = network_of(setting, rng, activation), loss_of(setting)
    history, ratios = [], []
    numbers = diagnosis.of_data(setting.x, setting.y, setting.x_val) | {"classes": setting.classes}
    with np.errstate(all="ignore"):
        numbers |= _before(setting, network, pair)
        for _ in range(limits.whole("epochs", epochs)):
            ratios += _taught(setting, network, pair, rng, history)
        numbers |= _after(setting, network, ratios)
    return Run("unknown", dict(zip(CURVES, np.transpose(history), strict=True)), numbers)


def network_of(setting, rng, activation="relu"):
    """Dense layers with a bend, dropout if there is any, and a softmax where the setting wants it."""
    after = (lambda: [Dropout(setting.dropout, rng)]) if setting.dropout else tuple
    network = dense_stack(setting.widths, activation, rng, he_normal, after=after)
    *hidden, last = (layer for layer in network.layers if layer.params)
    last.params["kernel"] *= 0.3
    for layer in hidden:
        layer.params["bias"] += setting.bias
    return Sequential(*network.layers, _Softmax()) if setting.softmax else network


class _Softmax(Layer):
    """Shares out of logits. One such layer before a loss that takes logits is one too many."""

    def forward(self, x, training=False):
        self.cache = softmax(x)
        return self.cache

    def backward(self, dy):
        return softmax_backward(dy, self.cache)


def loss_of(setting):
    """(loss, its gradient), both of (labels, outputs)."""
    options = {} if setting.loss == "mean_squared_error" else {"from_logits": True}
    f, f_grad = loss_and_gradient(setting.loss, **options)
    if setting.loss.startswith("sparse"):
        return f, f_grad
    return lambda y, z: f(np.eye(setting.classes)[y], z), lambda y, z: f_grad(np.eye(setting.classes)[y], z)


# --- inside


def _before(setting, network, pair):
    """What the network says of the training examples before it has learnt anything."""
    z = network.forward(setting.x, setting.always_training)
    again = network.forward(setting.x, setting.always_training)
    return {
        "first_loss": float(pair[0](setting.y, z)),
        "off_one": float(np.mean(np.abs(z.sum(axis=1) - 1))),
        "twice": float(np.mean(np.abs(z - again))),
        "dead_first": _dead(network, setting.x),
    }


def _after(setting, network, ratios):
    said = network.forward(setting.x_val, setting.always_training).argmax(axis=1)
    rarest = np.bincount(setting.y_val, minlength=setting.classes)
    rarest = np.where(rarest > 0, rarest, len(said)).argmin()
    return {
        "dead": _dead(network, setting.x),
        "ratio": float(np.max(ratios[:10])),
        "rarest_recall": float(np.mean(said[setting.y_val == rarest] == rarest)),
    }


def _taught(setting, network, pair, rng, history):
    """One epoch. Its loss and accuracy are, as in Keras, those of each batch before its step. Returns the ratios."""
    ratios, losses, right = [], [], 0
    for i in batches(len(setting.x), setting.batch_size, rng):
        z = network.forward(setting.x[i], training=True)
        losses.append(len(i) * pair[0](setting.y[i], z))
        right += np.sum(z.argmax(axis=1) == setting.y[i])
        network.backward(pair[1](setting.y[i], z))
        before = [w.copy() for w in network.parameters()]
        for w, gradient in zip(network.parameters(), network.gradients(), strict=True):
            w -= setting.rate * gradient
        ratios.append(diagnosis.update_to_weight_ratio(before, network.parameters()))
    z_val = network.forward(setting.x_val, setting.always_training)
    n, val_right = len(setting.x), np.mean(z_val.argmax(axis=1) == setting.y_val)
    history.append([sum(losses) / n, pair[0](setting.y_val, z_val), right / n, val_right])
    return ratios


def _dead(network, x):
    """The share of hidden units that are 0 for every example."""
    silent = []
    for layer in network.layers[:-1]:
        x = layer.forward(x)
        if isinstance(layer, Activation):
            silent.append(~(x > 0).any(axis=0))
    return float(np.mean(np.concatenate(silent)))


def _digits():
    split = data.digits()
    images = np.concatenate([split.x_train, split.x_val]).reshape(-1, 64)
    return images.astype(float), np.concatenate([split.y_train, split.y_val])


def _shuffled(setting, rng):
    return {"y": rng.permutation(setting.y), "y_val": rng.permutation(setting.y_val)}


def _unscaled(setting, rng):
    times = float(rng.choice([16, 255, 1000]))
    return {"x": times * setting.x, "x_val": times * setting.x_val}


def _leaking(setting, rng):
    """Some of the validation examples are copied into the training set, in place of others."""
    count = int(len(setting.y_val) * rng.uniform(0.5, 1))
    x, y = setting.x.copy(), setting.y.copy()
    x[:count], y[:count] = setting.x_val[:count], setting.y_val[:count]
    return {"x": x, "y": y}


def _imbalanced(setting, rng):
    """Of one class all that there is, and of all the others together few, to train and to validate."""
    whole = _healthy(setting.seed, everything=True)
    common, part = rng.integers(setting.classes), rng.uniform(0.01, 0.03)
    kept, kept_val = ((y == common) | (rng.random(len(y)) < part) for y in (whole.y, whole.y_val))
    return {"x": whole.x[kept], "y": whole.y[kept], "x_val": whole.x_val[kept_val], "y_val": whole.y_val[kept_val]}


def _standardized(setting, rng):
    """Some pixels are empty in every picture; their spread is 0, and 0 / 0 is no number."""
    mean, std = setting.x.mean(axis=0), setting.x.std(axis=0)
    with np.errstate(all="ignore"):
        return {"x": (setting.x - mean) / std, "x_val": (setting.x_val - mean) / std}


_CHANGES = {
    "rate too low": lambda setting, rng: {"rate": setting.rate * 10 ** -rng.uniform(1.7, 4)},
    "rate too high": lambda setting, rng: {"rate": setting.rate * 10 ** rng.uniform(1.3, 2.5)},
    "wrong loss": lambda setting, rng: {"loss": str(rng.choice(["mean_squared_error", "binary_crossentropy"]))},
    "softmax twice": lambda setting, rng: {"softmax": True},
    "labels shuffled": _shuffled,
    "inputs not scaled": _unscaled,
    "dead ReLUs": lambda setting, rng: {"bias": -float(rng.uniform(3, 8))},
    "leakage": _leaking,
    "class imbalance": _imbalanced,
    "not a number": _standardized,
    "forgotten training=": lambda setting, rng: {"dropout": float(rng.uniform(0.3, 0.6)), "always_training": True},
}
