"""Gradients by brute force: what every backward pass is held to."""

import numpy as np

from course_lib import limits


def numeric_gradient(f, x, step=1e-6):
    """df/dx, entry by entry, from f at x ± step: an array of x's shape.

    f takes no argument: it reads x, which is changed in place and restored. x must hold float64, because in
    float32 the difference drowns in rounding. Central differences: the error falls with the square of ``step``.
    """
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        raise ValueError(f"x must be an array of float64, got {getattr(x, 'dtype', type(x).__name__)}")
    grad = np.empty_like(x)
    for i in np.ndindex(x.shape):
        saved = x[i]
        x[i] = saved + step
        above = _one_number(f())
        x[i] = saved - step
        below = _one_number(f())
        x[i] = saved
        grad[i] = (above - below) / (2 * step)
    return grad


def _one_number(y):
    return float(limits.same_shape("what f returns", y, "one number", ()))
