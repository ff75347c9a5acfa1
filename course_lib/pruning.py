"""Chapters 14 and 15: weights that are set to 0 for good, because the network hardly misses them.

A mask is True where a weight stays. Sparsity is the share of weights that are 0.
"""

import numpy as np

from course_lib import limits


def magnitude_masks(weights, sparsity):
    """One mask for each array: the smallest in size go, whichever array they stand in. Han et al., 2015, section 3.

    weights: a list of arrays   sparsity: the share that goes, from 0 to 1, rounded to whole weights; of several as
    small as the last that goes, the later ones stay
    """
    sizes, gone = _sizes_and_number(weights, sparsity)
    keep = np.ones(len(sizes), bool)
    keep[np.argsort(sizes, kind="stable")[:gone]] = False
    ends = np.cumsum([np.size(w) for w in weights])[:-1]
    return [part.reshape(np.shape(w)) for part, w in zip(np.split(keep, ends), weights, strict=True)]


def unit_mask(kernel, sparsity):
    """Which units stay, (units,): those with the smallest Σ |w| over their inputs go. Li et al., 2017, section 3.1.

    Whole units can be left out of the matrices, which makes any machine faster; single zeros cannot.
    kernel: (..., units), dense or convolutional   sparsity: the share of units that goes, rounded to whole ones
    """
    kernel = limits.shape("kernel", limits.floats(kernel), ..., "inputs", "units", filled=True)
    sums = np.abs(kernel).sum(axis=tuple(range(kernel.ndim - 1)))
    return magnitude_masks([sums], sparsity)[0]


def apply_masks(weights, masks):
    """The weights, changed in place: 0 where the mask is False. Called after each step while training goes on."""
    for w, mask in zip(weights, masks, strict=True):
        limits.true_or_false("mask", limits.same_shape("mask", mask, "its weights", np.shape(w)))
        w[~np.asarray(mask)] = 0


def sparsity_at(step, begin, end, final, initial=0.0):
    """s_f + (s_i − s_f) (1 − (step − begin) / (end − begin))³: fast at first, slow at the end. Zhu and Gupta, 2018.

    Equation 1, held at ``initial`` before the step ``begin`` and at ``final`` from ``end`` on.
    """
    limits.share("final", final)
    limits.share("initial", initial)
    begin = limits.whole("begin", begin, -np.inf)
    end = limits.whole("end", end, begin + 1)
    step = limits.floats(step)
    left = 1 - np.clip((step - begin) / (end - begin), 0, 1)
    return final + (initial - final) * left**3


def sparsity(weights):
    """The share of zeros in a list of arrays."""
    return float(np.mean(_sizes_and_number(weights, 0)[0] == 0))


def _sizes_and_number(weights, sparsity):
    """How large every weight is, in one row, and how many of them the share is."""
    limits.whole("the number of arrays", len(weights))
    sizes = np.concatenate([np.abs(limits.floats(w)).ravel() for w in weights])
    limits.finite("weights", limits.filled("weights", sizes))
    return sizes, round(limits.share("sparsity", sparsity) * len(sizes))
