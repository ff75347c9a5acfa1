"""Digits seen by a camera that neither stands still nor has its cables in order, and an encoder that knows it.

The encoder has seen many pictures and no label: it was fitted to say how each would look in the middle.
"""

import functools

import numpy as np

from course_lib.checking.models import keras_model

SIDE, PIXELS, UNITS, CODE, CLASSES = 11, 121, 768, 64, 10
LABELS_EACH, NEW, LEAST = 10, 500, 0.7
PLACES = (SIDE - 7) ** 2
TEN_LOGITS = "One number for each of ten digits is wanted: the last layer is Dense(10)."
CONSTANT = "It says the same of all pictures. A lower rate may help, and a head without relu."
NOT_THERE = (
    f"The encoder is not in it. Build Dense({UNITS}, activation='relu') and Dense({CODE}), "
    "give them the weights with set_weights, and put a new Dense(10) behind them."
)
NO_BEND = f"The encoder's first layer was trained with relu: Dense({UNITS}, activation='relu')."
CUT = "A relu behind the head makes all that is below 0 the same: Dense(10) without one."
BY_HEART = (
    "It knows the given hundred far better than others. Were the weights set, and are they still what they were? "
    "Freeze the encoder: trainable = False, before compile."
)
GUESSING = (
    "That is near guessing, on the given hundred too. Does it reach the loss as logits, "
    "and was it trained, long enough and after the weights were set?"
)
ON_ITS_WAY = "It has not learnt the given hundred yet. The head alone may take a rate of 0.01 and a hundred epochs."
NOT_ENOUGH = "It has learnt the given hundred. For new ones keep the encoder frozen, and stop before it is too sure."


def everywhere(x):
    """Each picture at each place of a larger one: (places, n, pixels) float32. x: (n, 8, 8)"""
    room = np.zeros((PLACES, len(x), SIDE, SIDE), "float32")
    for place in range(PLACES):
        top, left = divmod(place, SIDE - 7)
        room[place, :, top : top + 8, left : left + 8] = x
    return room.reshape(PLACES, len(x), PIXELS)


@functools.lru_cache(maxsize=2)
def _fitted(pictures):
    """The encoder's weights, as Keras has them: random bends, and behind them the nearest picture in the middle."""
    x, rng = pictures(), np.random.default_rng(0)
    seen, middle = everywhere(x).reshape(-1, PIXELS), np.tile(x.reshape(len(x), -1), (PLACES, 1))
    kernel, bias = 0.3 * rng.standard_normal((PIXELS, UNITS), "float32"), rng.uniform(-1, 0.5, UNITS).astype("float32")
    h = np.maximum(seen @ kernel + bias, 0)
    mean, average = h.mean(axis=0), middle.mean(axis=0)
    h, middle = h - mean, middle - average
    last = np.linalg.solve(h.T @ h + 10 * np.eye(UNITS, dtype="float32"), h.T @ middle)
    # Codes of about the size 1, as other encoders give them.
    return kernel, bias, 4 * last, 4 * (average - mean @ last)


def handed_over(pictures, judged, rng):
    """(weights, x, y), (x_new, y_new): the encoder, ten labelled pictures of each digit, and others.

    pictures: a function that gives what the encoder was fitted to, (n, 8, 8)   judged: (pictures, labels) of others
    """
    kernel, *others = _fitted(pictures)
    x, y = judged
    order, cables = rng.permutation(len(x)), rng.permutation(PIXELS)
    x, y = x[order], y[order]
    x = everywhere(x)[rng.integers(PLACES, size=len(x)), np.arange(len(x))][:, cables]
    given = np.concatenate([np.flatnonzero(y == digit)[:LABELS_EACH] for digit in range(CLASSES)])
    rest = np.setdiff1d(np.arange(len(x)), given)[:NEW]
    weights = [part.astype("float32") for part in (kernel[cables], *others)]
    given = rng.permutation(given)
    return (weights, x[given], y[given]), (x[rest], y[rest])


def right(logits, y):
    """The share that is right."""
    return float(np.mean(logits.argmax(axis=1) == y))


def why_not(model, given, outputs, new, logits):
    """The words for a model that is right too seldom. outputs, logits: what it says of the hundred, and of new ones

    given, new: their labels
    """
    if np.ptp(logits, axis=0).max() < 1e-6:
        return CONSTANT
    if [PIXELS, UNITS] not in model["shapes"] or [UNITS, CODE] not in model["shapes"]:
        return NOT_THERE
    if not model["bends"]:
        return NO_BEND
    if np.mean(logits == 0) > 0.1:
        return CUT
    known = right(outputs, given)
    if known < 0.3:
        return GUESSING
    if right(logits, new) < 0.55 * known:
        return BY_HEART
    return ON_ITS_WAY if known < 0.9 else NOT_ENOUGH


def codes(weights, x):
    """What the encoder makes of pictures, (n, CODE)."""
    return np.maximum(x @ weights[0] + weights[1], 0) @ weights[2] + weights[3]


def nearest_means(features, y):
    """A head that says the class whose mean is nearest, as Dense has it. features: (n, …)"""
    means = np.array([features[y == digit].mean(axis=0) for digit in range(CLASSES)])
    return 2 * means.T, -np.sum(means**2, axis=1)


def _learnt(features, y):
    """A head that knows its examples by heart, as Dense has it."""
    inputs = np.column_stack([features, np.ones(len(y))])
    *kernel, bias = np.linalg.lstsq(inputs.T @ inputs + 1e-4 * np.eye(inputs.shape[1]), inputs.T @ np.eye(10)[y])[0]
    return np.array(kernel), bias


def _model(weights, head, first="relu"):
    return keras_model(PIXELS, (UNITS, first), CODE, CLASSES, weights=[*weights, *head])


def _forgotten(weights, x, y):
    """An encoder whose inputs are not those it was fitted to."""
    weights = [np.roll(weights[0], 60, axis=0), *weights[1:]]
    return _model(weights, _learnt(codes(weights, x), y))


def _half(weights, x, y):
    """Five of the ten digits are never said."""
    kernel, bias = nearest_means(codes(weights, x), y)
    return _model(weights, (kernel, np.where(np.arange(CLASSES) < 5, bias, -1e6)))


def _cut(weights, x, y):
    """Only one digit in two is ever above 0."""
    features = codes(weights, x)
    kernel, bias = nearest_means(features, y)
    highest = np.max(features @ kernel + bias, axis=0)
    bias = bias - np.where(np.arange(CLASSES) < 5, 3 * highest, 0)
    return keras_model(PIXELS, (UNITS, "relu"), CODE, (CLASSES, "relu"), weights=[*weights, kernel, bias])


def _straight(weights, x, y):
    features = (x @ weights[0] + weights[1]) @ weights[2] + weights[3]
    return _model(weights, nearest_means(features, y), "linear")


WRONG_FINE_TUNED = {
    TEN_LOGITS: lambda weights, x, y: keras_model(PIXELS, (UNITS, "relu"), CODE, weights=weights),
    CONSTANT: lambda weights, x, y: _model(weights, (np.zeros((CODE, CLASSES)), np.arange(10.0))),
    NOT_THERE: lambda weights, x, y: keras_model(PIXELS, CLASSES, weights=nearest_means(x, y)),
    NO_BEND: _straight,
    CUT: _cut,
    BY_HEART: _forgotten,
    GUESSING: lambda weights, x, y: _model(weights, nearest_means(codes(weights, x), (y + 1) % 10)),
    ON_ITS_WAY: _half,
}
