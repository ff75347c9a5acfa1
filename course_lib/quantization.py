"""Chapters 14 and 15: numbers as small whole numbers, in one byte, or half a one, instead of four or eight.

A whole number q stands for q · scale, or, where the numbers lie to one side of 0, for (q − zero point) · scale. One
scale serves a whole array, or, with ``axis``, each channel has its own: ``axis=0`` for a kernel (inputs, units) gives
each unit one, because the largest of its own inputs sets it; in ``quantize_blocks`` each few inputs of a unit have one.
"""

import numpy as np

from course_lib import limits

LIMIT = 127


def quantize(x, axis=None, bits=8):
    """(q, scale): whole numbers, int8, of x's shape, and what one of them is worth. Jacob et al., 2018, symmetric.

    q = round(x / scale), halves to the even neighbour, scale = max |x| / 127; so q · scale is off by scale / 2 at most.
    axis: the axes that share a scale, as in Keras' ``abs_max_quantize``: they have the length 1 in scale
    bits: from 2 to 8; with 4 the numbers go from -7 to 7, see ``pack_int4``
    """
    limit = 2 ** (limits.whole("bits", bits, 2, 8) - 1) - 1
    x, axis = _to_quantize(x), _axes(axis)
    largest = np.abs(x).max(axis=axis, keepdims=True)
    # Where all is 0, or nearly, any scale does; the smallest full-precision number keeps x / scale exact enough.
    scale = np.maximum(largest / limit, np.finfo(float).tiny)
    return np.clip(np.rint(x / scale), -limit, limit).astype(np.int8), scale


def dequantize(q, scale):
    """q · scale. q: int8, from ``quantize``   scale: of q's rank, with the length 1 where it is shared"""
    _check_quantized("q", q, "scale", scale)
    return q * scale


def quantize_affine(x, axis=None, bits=8):
    """(q, scale, zero_point): whole numbers from 0 to 2^bits − 1, uint8. Jacob et al., 2018, equation 1.

    (q − zero_point) · scale is off by scale at most, and 0 stays 0: the range is stretched to hold it. What lies
    to one side of 0, as after a ReLU, uses all numbers so, where ``quantize`` wastes half of them.
    axis, bits: as for ``quantize``   zero_point: uint8, of scale's shape
    """
    top = 2 ** limits.whole("bits", bits, 2, 8) - 1
    x, axis = _to_quantize(x), _axes(axis)
    low = np.minimum(x.min(axis=axis, keepdims=True), 0)
    high = np.maximum(x.max(axis=axis, keepdims=True), 0)
    # Halved first, since the whole range of the largest numbers is beyond any number.
    scale = np.maximum((high / 2 - low / 2) / top * 2, np.finfo(float).tiny)
    zero_point = np.rint(-low / scale)
    q = np.clip(np.rint(x / scale) + zero_point, 0, top)
    return q.astype(np.uint8), scale, zero_point.astype(np.uint8)


def dequantize_affine(q, scale, zero_point):
    """(q − zero_point) · scale. All three as ``quantize_affine`` gives them."""
    _check_quantized("q", q, "scale", scale, np.uint8)
    limits.same_shape("zero_point", zero_point, "scale", np.shape(scale))
    return (q.astype(float) - zero_point) * scale


def quantize_blocks(kernel, block, bits=4):
    """(q, scale): each ``block`` inputs of a unit share a scale, so that one large number spoils few others.

    kernel: (inputs, units), inputs a multiple of block   q: int8, of its shape   scale: (inputs / block, units)
    Dettmers and Zettlemoyer, 2023, who find small blocks to be one of two things that make few bits go further.
    """
    kernel = limits.shape("kernel", limits.floats(kernel), "inputs", "units", filled=True)
    block = limits.divides("block", block, len(kernel), "the inputs")
    q, scale = quantize(kernel.reshape(-1, block, kernel.shape[1]), 1, bits)
    return q.reshape(kernel.shape), scale[:, 0]


def dequantize_blocks(q, scale):
    """The kernel again. Both as ``quantize_blocks`` gives them."""
    limits.shape("q", q, "inputs", "units")
    limits.shape("scale", scale, "blocks", q.shape[1])
    limits.divides("the number of blocks", len(scale), len(q), "the inputs")
    _check_quantized("q", q, "scale", np.repeat(scale, len(q) // len(scale), axis=0))
    return q * np.repeat(scale, len(q) // len(scale), axis=0)


def pack_int4(q):
    """Two rows in one: the first in the lower 4 bits of each byte, the second in the upper. As Keras' ``pack_int4``.

    q: int8 (rows, ...) from -8 to 7   returns: int8, half as many rows, one more where they are odd
    """
    q = limits.filled("q", np.asarray(q))
    limits.all_whole("q", q, -8, 7)
    even = np.concatenate([q, np.zeros((len(q) % 2, *q.shape[1:]), np.int8)]).astype(np.uint8)
    return (even[0::2] & 15 | even[1::2] << 4).view(np.int8)


def unpack_int4(packed, rows):
    """The rows again, as many as there were. packed: as ``pack_int4`` gives it"""
    rows = limits.whole("rows", rows)
    if getattr(packed, "dtype", None) != np.int8 or len(packed) != -(-rows // 2):
        raise ValueError(f"packed must hold int8 in {-(-rows // 2)} rows for {rows}, as pack_int4 gives it")
    # Shifting a number with a sign to the right fills in its sign.
    low, high = np.left_shift(packed, 4) >> 4, packed >> 4
    return np.stack([low, high], axis=1).reshape(-1, *packed.shape[1:])[:rows]


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


def _to_quantize(x):
    return limits.finite("x", limits.filled("x", np.asarray(limits.floats(x), float)))


def _axes(axis):
    """None for all axes, else a tuple of their numbers."""
    if axis is None:
        return None
    return tuple(limits.whole("axis", a, -64, 63) for a in (axis if np.iterable(axis) else [axis]))


def _check_quantized(name, q, scale_name, scale, dtype=np.int8):
    """Numbers of another type would mean something else, and a scale of another shape would be stretched."""
    if getattr(q, "dtype", None) != dtype:
        wish = f"hold {np.dtype(dtype)}, as quantize gives it"
        raise ValueError(f"{name} must {wish}; got {getattr(q, 'dtype', type(q).__name__)}")
    shape, expected = np.shape(scale), np.shape(q)
    if len(shape) != len(expected) or any(s not in (1, n) for s, n in zip(shape, expected, strict=True)):
        raise ValueError(f"{scale_name} must have the shape {expected}, or 1 where it is shared; got {shape}")
