"""Chapters 14 and 15: numbers as whole numbers from -127 to 127, in one byte instead of four or eight.

A whole number q stands for q · scale. One scale serves a whole array, or, with ``axis``, each channel has its own:
``axis=0`` for a kernel (inputs, units) gives each unit one, because the largest of its own inputs sets it.
"""

import numpy as np

from course_lib import limits

LIMIT = 127


def quantize(x, axis=None):
    """(q, scale): whole numbers, int8, of x's shape, and what one of them is worth. Jacob et al., 2018, symmetric.

    q = round(x / scale), halves to the even neighbour, scale = max |x| / 127; so q · scale is off by scale / 2 at most.
    axis: the axes that share a scale, as in Keras' ``abs_max_quantize``: they have the length 1 in scale
    """
    x = limits.filled("x", np.asarray(x, float))
    limits.finite("x", x)
    largest = np.abs(x).max(axis=axis, keepdims=True)
    # Where all is 0, or nearly, any scale does; the smallest full-precision number keeps x / scale exact enough.
    scale = np.maximum(largest / LIMIT, np.finfo(float).tiny)
    return np.clip(np.rint(x / scale), -LIMIT, LIMIT).astype(np.int8), scale


def dequantize(q, scale):
    """q · scale. q: int8, from ``quantize``   scale: of q's rank, with the length 1 where it is shared"""
    _check_quantized("q", q, "scale", scale)
    return q * scale


def quantized_matmul(x, x_scale, w, w_scale):
    """The product of what x and w stand for, its sums in whole numbers: (..., inputs) @ (inputs, units).

    x: int8 (..., inputs)   x_scale: (1, …, 1) or (..., 1)   w: int8 (inputs, units)   w_scale: (1, 1) or (1, units)

    The sums are exact, in 32 bits as in hardware; a scale may not change along the inputs that are summed over.
    """
    _check_quantized("x", x, "x_scale", x_scale)
    _check_quantized("w", w, "w_scale", w_scale)
    if np.shape(x_scale)[-1] != 1 or np.ndim(w) != 2 or np.shape(w_scale)[0] != 1:
        raise ValueError(
            "x_scale must have the length 1 along its last axis and w_scale along its first, where the product sums; "
            f"got {np.shape(x_scale)} and {np.shape(w_scale)}"
        )
    if len(w) * LIMIT**2 >= 2**31:
        raise ValueError(
            f"x and w share {len(w)} inputs; beyond {(2**31 - 1) // LIMIT**2} a sum may not fit in 32 bits"
        )
    return x.astype(np.int32) @ w.astype(np.int32) * (x_scale * w_scale)


def _check_quantized(name, q, scale_name, scale):
    """Unsigned or wider numbers would mean something else, and a scale of another shape would be stretched."""
    if getattr(q, "dtype", None) != np.int8:
        raise ValueError(f"{name} must hold int8, as quantize gives it; got {getattr(q, 'dtype', type(q).__name__)}")
    shape, expected = np.shape(scale), np.shape(q)
    if len(shape) != len(expected) or any(s not in (1, n) for s, n in zip(shape, expected, strict=True)):
        raise ValueError(f"{scale_name} must have the shape {expected}, or 1 where it is shared; got {shape}")
