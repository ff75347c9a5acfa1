"""Initializers: the random numbers that training starts from.

Each takes a shape and a ``rng`` (NumPy's Generator). The normal ones are whole bell curves; Keras cuts its own off at
two standard deviations and widens them to the same spread. A kernel's last two axes are its inputs and units, and the
axes before them a convolution's window: ``fans`` counts what flows into one unit and out of one input.
"""

import math

import numpy as np

from course_lib import limits


def fans(shape):
    """(fan_in, fan_out) of a kernel: how many numbers one unit adds up, and how many units one input reaches."""
    shape = limits.lengths("the shape of a kernel", shape)
    if len(shape) < 2:
        raise ValueError(f"a kernel has at least two axes, (inputs, units); got the shape {shape}")
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def zeros(shape, rng=None):
    """All 0: right for biases, useless for kernels, whose neurons would all learn the same."""
    shape = limits.lengths("shape", shape, 0)
    return np.zeros(shape)


def normal(shape, rng, std=0.05):
    """Normally distributed around 0 with standard deviation ``std``."""
    shape = limits.lengths("shape", shape, 0)
    return limits.from_zero("std", std) * rng.standard_normal(shape)


def uniform(shape, rng, limit=0.05):
    """Evenly spread between -limit and limit."""
    shape = limits.lengths("shape", shape, 0)
    limits.from_zero("limit", limit)
    return rng.uniform(-limit, limit, shape)


def glorot_uniform(shape, rng):
    """Between ± sqrt(6 / (fan_in + fan_out)): a compromise between forward and backward. Glorot and Bengio, 2010."""
    return uniform(shape, rng, np.sqrt(6 / sum(fans(shape))))


def glorot_normal(shape, rng):
    """Standard deviation sqrt(2 / (fan_in + fan_out)). Glorot and Bengio, 2010."""
    return normal(shape, rng, np.sqrt(2 / sum(fans(shape))))


def he_uniform(shape, rng):
    """Between ± sqrt(6 / fan_in): twice the variance, because ReLU silences half. He et al., 2015."""
    return uniform(shape, rng, np.sqrt(6 / fans(shape)[0]))


def he_normal(shape, rng):
    """Standard deviation sqrt(2 / fan_in). He et al., 2015."""
    return normal(shape, rng, np.sqrt(2 / fans(shape)[0]))


def lecun_uniform(shape, rng):
    """Between ± sqrt(3 / fan_in). LeCun et al., 1998."""
    return uniform(shape, rng, np.sqrt(3 / fans(shape)[0]))


def lecun_normal(shape, rng):
    """Standard deviation sqrt(1 / fan_in): what goes in with variance 1 comes out with it. LeCun et al., 1998."""
    return normal(shape, rng, np.sqrt(1 / fans(shape)[0]))


def orthogonal(shape, rng):
    """Columns (or rows, where there are fewer) of length 1 at right angles to one another. Saxe et al., 2014."""
    shape = limits.lengths("shape", limits.filled("shape", shape), 0)
    rows, columns = math.prod(shape[:-1]), shape[-1]
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    # QR alone prefers some directions; the signs of r's diagonal make it uniform over all of them.
    q = q * np.sign(np.diag(r))
    return (q if rows >= columns else q.T).reshape(shape)
