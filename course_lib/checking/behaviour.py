"""Tests of a digit reader's behaviour: what must not change its answer, what it has to know, its size."""

import numpy as np

from course_lib.checking.models import keras_model

GIVEN, NEW, MOST = 1000, 500, 20_000
WAYS = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
GREY = 0.4
RIGHT, EACH, MOVED, ON_GREY = 0.9, 0.7, 0.8, 0.85
TEN_LOGITS = "Ten numbers are wanted for each digit, one for each class: the last layer is Dense(10)."
TOO_LARGE = "Two convolutions of 16 and 32 channels, a pooling and a layer of 24 neurons are enough."
GUESSING = "It is near guessing. Was it trained on x and y, with from_logits=True if the last layer has no softmax?"
FEW = "It reads them, and not well enough. More epochs, or a rate of 0.003, or a convolution may help."
ONE_DIGIT = "One digit is known far less than the others. Was it in what you trained on, with its own label?"
MOVES = (
    "Moved by a pixel it is another digit to the model. Train it on moved copies as well: np.pad a pixel of paper, and "
    "cut."
)
GREYS = (
    "On grey paper it is another digit to the model. Train it on grey copies as well, or scale each picture to 0 to 1 "
    "inside of the model."
)


def shifted(x, down, right):
    """The pictures, (n, 8, 8), moved by a pixel; paper comes in."""
    return np.pad(x, ((0, 0), (1, 1), (1, 1)))[:, 1 - down : 9 - down, 1 - right : 9 - right]


def on_grey(x, grey=GREY):
    """The pictures on grey paper: 0 becomes ``grey``, and 1 stays 1."""
    return (grey + (1 - grey) * x).astype("float32")


def drawn(x, y, rng):
    """(x, y) to learn from, and others to be judged by."""
    order = rng.permutation(len(x))[: GIVEN + NEW]
    return [(x[part], y[part]) for part in (order[:GIVEN], order[GIVEN:])]


def tested(said, x, y):
    """[(what was tested, share, least, hint), …]. said: a function that gives a model's answers"""
    first = said(x)
    digits = [float(np.mean(first[y == digit] == digit)) for digit in range(10)]
    right = float(np.mean(first == y))
    shares = [("right", right, RIGHT, _why_wrong(right, digits))]
    shares += [(f"right of the digit {digit}", share, EACH, ONE_DIGIT) for digit, share in enumerate(digits)]
    for way, by in WAYS.items():
        moved = float(np.mean(said(shifted(x, *by)) == first))
        shares.append((f"answered as before, a pixel further {way}", moved, MOVED, MOVES))
    return [*shares, ("answered as before, on grey paper", float(np.mean(said(on_grey(x)) == first)), ON_GREY, GREYS)]


def _why_wrong(right, digits):
    """The words for a model that is right too seldom. digits: the share that is right of each"""
    worst, *others = sorted(digits)
    if right < 0.3:
        return GUESSING
    return ONE_DIGIT if worst < 0.3 and np.mean(others) >= RIGHT else FEW


def straight(x, y, known=10):
    """A model of one layer, by least squares, that knows the first ``known`` digits."""
    seen = y < known
    rows = np.column_stack([x.reshape(-1, 64), np.ones(len(x))])[seen]
    w = np.linalg.solve(rows.T @ rows + np.eye(65), rows.T @ np.eye(10)[y[seen]])
    return _flat(10, weights=[w[:-1], w[-1]])


def _flat(*layers, **settings):
    """A model of 8 × 8 pixels."""
    model = keras_model(64, *layers, **settings)
    import keras

    return keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten(), *model.layers])


WRONG_MODELS = {
    TEN_LOGITS: lambda x, y: _flat(1),
    TOO_LARGE: lambda x, y: _flat((400, "relu"), 10),
    GUESSING: lambda x, y: _flat(10, weights=[np.zeros((64, 10)), np.arange(10.0)]),
    FEW: lambda x, y: straight(x[:40], y[:40]),
    ONE_DIGIT: lambda x, y: straight(x, y, known=9),
    MOVES: straight,
}
