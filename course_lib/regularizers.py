"""Regularizers: penalties on large weights, to be added to the loss.

A layer has them in ``regularizers``, by the names of its ``params``: ``layer.regularizers["kernel"] = L2(0.01)``. Then
``penalty`` is their sum, which ``fit`` adds to the loss, and ``layer.gradients()`` hold their slopes too.
"""

from dataclasses import dataclass

import numpy as np

from course_lib import limits


def l1_penalty(w, l1=0.01):
    """λ Σ |w|: draws every weight towards 0 alike, and many arrive. Tibshirani, 1996."""
    limits.from_zero("l1", l1)
    return l1 * np.sum(np.abs(limits.floats(w)))


def l1_penalty_grad(w, l1=0.01):
    """λ sign(w), and 0 at 0."""
    limits.from_zero("l1", l1)
    return l1 * np.sign(limits.floats(w))


def l2_penalty(w, l2=0.01):
    """λ Σ w²: draws large weights more than small ones. Hoerl and Kennard, 1970."""
    limits.from_zero("l2", l2)
    return l2 * np.sum(np.square(limits.floats(w)))


def l2_penalty_grad(w, l2=0.01):
    """2 λ w."""
    limits.from_zero("l2", l2)
    return 2 * l2 * limits.floats(w)


@dataclass(frozen=True)
class L1L2:
    """l1 Σ |w| + l2 Σ w², also called elastic net. Zou and Hastie, 2005."""

    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self):
        limits.from_zero("l1", self.l1)
        limits.from_zero("l2", self.l2)

    def __call__(self, w):
        return l1_penalty(w, self.l1) + l2_penalty(w, self.l2)

    def gradient(self, w):
        """The slope in each weight, in w's shape."""
        return l1_penalty_grad(w, self.l1) + l2_penalty_grad(w, self.l2)


def L1(l1=0.01):
    """``L1L2`` with the first part alone."""
    return L1L2(l1=l1)


def L2(l2=0.01):
    """``L1L2`` with the second part alone."""
    return L1L2(l2=l2)


def penalty(layer):
    """What the regularizers of a layer and of those inside it add to the loss; as in Keras, none of what is frozen."""
    if not layer.trainable:
        return 0.0
    for name in layer.regularizers:
        limits.one_of("a name in regularizers", name, layer.params)
    own = sum(regularizer(layer.params[name]) for name, regularizer in layer.regularizers.items())
    return own + sum(map(penalty, layer.layers))
