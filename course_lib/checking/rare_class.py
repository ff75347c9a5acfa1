"""A class that is rare: examples of it, models that look for it, and what to say of one that does not find it."""

import numpy as np

from course_lib.checking.forms import is_squeezed
from course_lib.checking.models import compiled, keras_model

FEATURES, LEAST = 4, 0.8
ONE_LOGIT = "One logit is wanted for each row: the last layer is Dense(1)."
SQUEEZED = (
    "There is something behind the last layer that squeezes it. A logit may be below 0 and above 1: Dense(1) alone."
)
SHARES = (
    "It was trained with a loss that takes shares between 0 and 1, and gives logits. "
    "BinaryCrossentropy(from_logits=True) takes logits."
)
ALL_YES = "It says yes to everything. A logit above 0 is a yes. Was it trained with from_logits=True?"
ALL_NO = (
    "It says no to everything, and is right in 96 of 100. Give the rare class a larger weight, or show it more often."
)
PLAIN = (
    "It is careful: it says yes only where it is nearly sure, for no was right so often. "
    "Let the two classes weigh the same, by class_weight or by repeating the rare rows."
)
TOO_MUCH = "It says yes too easily: the rare class weighs too much. Equal weight is 24 to 1."
TURNED = "It says yes where no is due, and no where yes is. Which class has which weight, or which sign?"
GUESSING = (
    "No threshold would make it right: it looks in the wrong direction. Does each row keep its own label? "
    "Was it trained, long enough and on logits? Adam with a rate of 0.01 needs ten epochs."
)


def mixed(rng, n, rare):
    """(x, y) twice: n rows of which the share ``rare`` is of class 1, and 2,000 of which half are."""
    turn = np.linalg.qr(rng.normal(size=(FEATURES, FEATURES)))[0]
    sizes = rng.uniform(0.7, 1.5, FEATURES)

    def drawn(n, rare):
        y = rng.permutation((np.arange(n) < rare * n).astype(int))
        z = rng.normal(size=(n, FEATURES))
        z[:, 0] += 2.8 * y - 1.4
        return (z @ turn * sizes).astype("float32"), y

    return drawn(n, rare), drawn(2000, 0.5)


def planes(x, y, prior=0.0, sign=1.0, last="linear", blind=False):
    """A model that cuts with the plane which parts two equal clouds best; moved by ``prior``, turned round, or, if it
    is ``blind``, at a right angle to it.
    """
    means = [x[y == label].mean(axis=0) for label in (0, 1)]
    spread = np.mean([np.cov(x[y == label].T) for label in (0, 1)], axis=0)
    w = np.linalg.solve(spread, means[1] - means[0])
    if blind:
        w = np.linalg.svd((means[1] - means[0])[None])[2][-1]
    b = prior - w @ (means[0] + means[1]) / 2
    return keras_model(FEATURES, (1, last), weights=[sign * w[:, None], np.array([sign * b])])


def no_logit(model, logits):
    """The words for a model whose output is no logit, or that was trained as if it were none; "" for others."""
    if is_squeezed(model, logits):
        return SQUEEZED
    return SHARES if model["loss of shares"] and not model["last bend"] else ""


def why_not(logits, y, found):
    """The words for logits that are right too seldom. y: the labels   found: the share of common and rare rows"""
    common, rare = found
    if common < 0.02:
        return ALL_YES
    if rare < 0.02:
        return ALL_NO
    if _best_cut(-logits, y) >= LEAST:
        return TURNED
    if _best_cut(logits, y) < LEAST:
        return GUESSING
    return PLAIN if rare < common else TOO_MUCH


def _best_cut(logits, y):
    """The share that is right in both classes, if the threshold is put where the worse one has the most."""
    said = y[np.argsort(-logits)]
    return np.minimum(np.cumsum(said) / y.sum(), 1 - np.cumsum(1 - said) / (1 - y).sum()).max()


WRONG_RARE = {
    ONE_LOGIT: lambda x, y: keras_model(FEATURES, 2),
    SQUEEZED: lambda x, y: planes(x, y, last="sigmoid"),
    SHARES: lambda x, y: compiled(planes(x, y), "binary_crossentropy"),
    ALL_YES: lambda x, y: planes(x, y, prior=50.0),
    ALL_NO: lambda x, y: planes(x, y, prior=-50.0),
    PLAIN: lambda x, y: planes(x, y, prior=-np.log(24.0)),
    TOO_MUCH: lambda x, y: planes(x, y, prior=np.log(24.0)),
    TURNED: lambda x, y: planes(x, y, sign=-1.0),
    GUESSING: lambda x, y: planes(x, y, blind=True),
}
