"""The playground's settings: a dict of plain values that says all about a run, and one sentence if it cannot."""

import numpy as np

from course_lib import limits
from course_lib.activations import ACTIVATION_GRADIENTS
from course_lib.playground.parts import DATA, FEATURES, INITIALIZERS, OPTIMIZERS

DEFAULTS = {
    "data": "spiral",
    "points": 400,
    "noise": 0.1,
    "train_share": 0.5,
    "features": ["x1", "x2"],
    "hidden": [8, 8],
    "activation": "silu",
    "initializer": "glorot_uniform",
    "optimizer": "Adam",
    "learning_rate": 0.01,
    "batch_size": 16,
    "l1": 0.0,
    "l2": 0.0,
    "dropout": 0.0,
    "seed": 0,
    "changes": [],
}
CHOICES = {"data": DATA, "activation": ACTIVATION_GRADIENTS, "initializer": INITIALIZERS, "optimizer": OPTIMIZERS}
# (lowest, highest) of each number; whole ones where the limits are whole.
LIMITS = {
    "points": (20, 1000),
    "noise": (0.0, 3.0),
    "train_share": (0.1, 0.9),
    "learning_rate": (0.0, 10.0),
    "batch_size": (1, 1000),
    "l1": (0.0, 10.0),
    "l2": (0.0, 10.0),
    "dropout": (0.0, 0.9),
    "seed": (0, 2**31 - 1),
}
LAYERS, NEURONS = 6, 8
# What can change in the middle of a run, without a new network or new points.
LIVE = "learning_rate", "batch_size", "l1", "l2"


def checked(settings):
    """All settings as plain values, those that are missing at their defaults. ``ValueError`` with a sentence if not."""
    if not isinstance(settings, dict):
        raise ValueError(f"settings must be a dict, got {settings!r}")
    if unknown := [key for key in settings if key not in DEFAULTS]:
        raise ValueError(f"there is no setting {unknown[0]!r}; there are {', '.join(DEFAULTS)}")
    made = {key: _checked_one(key, settings.get(key, default)) for key, default in DEFAULTS.items() if key != "changes"}
    changes = settings.get("changes", [])
    if not isinstance(changes, list | tuple):
        raise ValueError(f"changes must be a list, got {changes!r}")
    changes = [checked_change(change, made) for change in changes]
    return {**made, "changes": sorted(changes, key=lambda change: change[0])}


def checked_change(change, settings):
    """[epoch, name, value], [epoch, "bias", layer, neuron, value] or [epoch, "weight", layer, input, neuron, value]."""
    if not isinstance(change, list | tuple) or len(change) != {"weight": 6, "bias": 5}.get(_second(change), 3):
        raise ValueError(f"a change is {checked_change.__doc__.rstrip('.')}, got {change!r}")
    epoch, what, *where, value = change
    epoch = _plain("epoch", epoch, 0, 10**9)
    if what in LIVE:
        return [epoch, what, _checked_one(what, value)]
    if what not in ("weight", "bias"):
        raise ValueError(f"what changes in a run must be one of weight, bias, {', '.join(LIVE)}; got {what!r}")
    sizes = [len(settings["features"]), *settings["hidden"], 1]
    layer = _plain("layer", where[0], 0, len(sizes) - 2)
    wide = {"input": sizes[layer], "neuron": sizes[layer + 1]}
    names = ["input", "neuron"][2 - len(where[1:]) :]
    places = [_plain(name, i, 0, wide[name] - 1) for name, i in zip(names, where[1:], strict=True)]
    return [epoch, what, layer, *places, _plain(what, value, -1e6, 1e6)]


def _second(change):
    return change[1] if len(change) > 1 and isinstance(change[1], str) else None


def _checked_one(key, value):
    if key in CHOICES:
        return limits.one_of(key, value, CHOICES[key])
    if key == "features":
        if not isinstance(value, list | tuple) or not value or any(name not in [*FEATURES] for name in value):
            raise ValueError(f"features must be a list of one or more of {', '.join(FEATURES)}; got {value!r}")
        return [name for name in FEATURES if name in value]
    if key == "hidden":
        if not isinstance(value, list | tuple) or len(value) > LAYERS:
            raise ValueError(f"hidden must be a list of 0 to {LAYERS} layers, got {value!r}")
        return [_plain("the neurons of a hidden layer", units, 1, NEURONS) for units in value]
    return _plain(key, value, *LIMITS[key])


def _plain(name, value, low, high):
    """The value as one of Python's numbers, whole where the limits are."""
    if isinstance(low, int):
        return int(limits.whole(name, value, low, high, kinds=(int, np.integer)))
    return float(limits.number(name, value, low, high, kinds=(int, float, np.integer, np.floating)))
