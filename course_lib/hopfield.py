"""Chapter 16: the Hopfield network, a memory that is asked by showing it a part. Hopfield, 1982.

n units, each +1 or −1. patterns: (memories, n)   state: (n,), or many at once, (…, n)   weights: (n, n), symmetric
"""

import numpy as np

from course_lib import limits


def hebb(patterns):
    """Hebb's rule: W_ij = 1/n · the sum over all memories of ξ_i ξ_j, and W_ii = 0. (n, n)"""
    patterns = _signs("patterns", patterns)
    weights = patterns.T @ patterns / patterns.shape[1]
    np.fill_diagonal(weights, 0)
    return weights


def energy(weights, state):
    """E = −½ Σ_ij s_i W_ij s_j: low where units agree with what the others tell them. (…,)"""
    weights, state = np.asarray(weights, float), np.asarray(state, float)
    return -0.5 * np.sum(state * (state @ weights.T), axis=-1)


def recall(weights, state, steps=20):
    """All units at once take the sign of what they hear, and where that is 0 stay, until none changes. (…, n)"""
    weights, state = np.asarray(weights, float), _signs("state", state)
    for _ in range(limits.whole("steps", steps, 0)):
        heard = state @ weights.T
        moved = np.where(heard == 0, state, np.sign(heard))
        if np.array_equal(moved, state):
            break
        state = moved
    return state


def _signs(name, values):
    values = np.asarray(values, float)
    if values.ndim == 0 or not np.isin(values, (-1, 1)).all():
        raise ValueError(f"{name} must be +1 and −1 in rows of equal length")
    return values
