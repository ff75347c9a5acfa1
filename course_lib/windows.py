"""Sliding windows: what convolution and pooling look through, and the arithmetic of where windows lie.

x: (batch, *image, channels), where image is (time,) or (height, width)   A setting is one number, or one an axis.
Padding is "valid" (none), "same" (around the image, so that only strides shrink it) or "causal" (all before it).
Dumoulin and Visin, 2016, draw every case.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from course_lib import limits

PADDINGS = ("valid", "same", "causal")
IMAGE_AXES = {1: ("time",), 2: ("height", "width")}


def per_axis(name, value, rank):
    """A setting as one whole number for each of ``rank`` axes: 3 becomes (3, 3)."""
    values = tuple(value) if np.iterable(value) else (value,) * rank
    whole = all(isinstance(v, int | np.integer) and v >= 1 for v in values)
    if len(values) != rank or not whole:
        raise ValueError(f"{name} must be a whole number from 1 up, or {rank} of them; got {value!r}")
    return tuple(map(int, values))


def output_size(size, kernel_size, strides=1, padding="valid", dilation_rate=1):
    """How many windows fit along one axis of that size.

    valid: floor((size - span) / strides) + 1, with span = dilation_rate (kernel_size - 1) + 1
    same and causal: ceil(size / strides)
    """
    span = _span(kernel_size, dilation_rate)
    (size,), (strides,) = per_axis("size", size, 1), per_axis("strides", strides, 1)
    limits.one_of("padding", padding, PADDINGS)
    if padding != "valid":
        return -(-size // strides)
    if span > size:
        raise ValueError(f"kernel_size: a window that spans {span} does not fit into an image of {size}")
    return (size - span) // strides + 1


def transposed_output_size(size, kernel_size, strides=1, padding="valid"):
    """The size that a transposed convolution makes of ``size``: the one that ``output_size`` turns back into it."""
    limits.one_of("padding", padding, ("valid", "same"))
    (size,), (kernel_size,) = per_axis("size", size, 1), per_axis("kernel_size", kernel_size, 1)
    (strides,) = per_axis("strides", strides, 1)
    return size * strides + (max(kernel_size - strides, 0) if padding == "valid" else 0)


def padding_widths(size, kernel_size, strides=1, padding="valid", dilation_rate=1):
    """(before, after): how much one axis is padded. What is odd in "same" comes after, as in Keras."""
    count, span = output_size(size, kernel_size, strides, padding, dilation_rate), _span(kernel_size, dilation_rate)
    if padding == "same":
        total = max((count - 1) * strides + span - size, 0)
        return total // 2, total - total // 2
    return (span - 1 if padding == "causal" else 0), 0


def receptive_field(layers):
    """How far apart the first and last input are that one output depends on, both counted.

    layers: a list of (kernel_size, strides, dilation_rate) along one axis, the one at the input first

    Each layer adds dilation_rate (kernel_size - 1) steps, each as long as all strides before it. Araujo et al., 2019.
    """
    field = step = 1
    for layer in layers:
        kernel_size, strides, dilation_rate = per_axis("every layer", layer, 3)
        field += dilation_rate * (kernel_size - 1) * step
        step *= strides
    return field


def windows(x, kernel_size, strides=1, padding="valid", dilation_rate=1, fill=0.0):
    """Every window of x, with ``fill`` in the padding: (batch, *positions, *kernel_size, channels), not copied."""
    _, kernel_size, strides, dilations, widths = _arrange(np.shape(x), kernel_size, strides, padding, dilation_rate)
    padded = np.pad(limits.floats(x), [(0, 0), *widths, (0, 0)], constant_values=fill)
    spans = tuple(map(_span, kernel_size, dilations))
    every = sliding_window_view(padded, spans, axis=tuple(range(1, padded.ndim - 1)))
    some = every[:, *(slice(None, None, s) for s in strides), :, *(slice(None, None, d) for d in dilations)]
    return np.moveaxis(some, padded.ndim - 1, -1)


def scatter(d, shape, strides=1, padding="valid", dilation_rate=1):
    """The transpose of ``windows``: every entry of d is added to the place in an image that it was taken from.

    d: (batch, *positions, *kernel_size, channels)   shape: the image's, (batch, *image, channels)
    """
    d, rank = limits.floats(d), len(shape) - 2
    arranged = _arrange(shape, d.shape[rank + 1 : -1], strides, padding, dilation_rate)
    counts, kernel_size, strides, dilations, widths = arranged
    if d.shape != (shape[0], *counts, *kernel_size, shape[-1]):
        raise ValueError(f"an image of the shape {tuple(shape)} has {counts} windows; got d of the shape {d.shape}")
    image = np.zeros((shape[0], *(n + sum(w) for n, w in zip(shape[1:-1], widths, strict=True)), shape[-1]))
    for place in np.ndindex(*kernel_size):
        starts = [p * dilation for p, dilation in zip(place, dilations, strict=True)]
        seen = (slice(a, a + s * n, s) for a, s, n in zip(starts, strides, counts, strict=True))
        image[:, *seen] += d[(slice(None),) * (rank + 1) + place]
    return image[:, *(slice(w[0], w[0] + n) for w, n in zip(widths, shape[1:-1], strict=True))]


def _span(kernel_size, dilation_rate):
    """From a window's first number to its last, both counted."""
    (kernel_size,), (rate,) = per_axis("kernel_size", kernel_size, 1), per_axis("dilation_rate", dilation_rate, 1)
    return rate * (kernel_size - 1) + 1


def _arrange(shape, kernel_size, strides, padding, dilation_rate):
    """(counts of windows, kernel_size, strides, dilation rates, padding widths), each with one entry an axis."""
    rank = len(shape) - 2
    if rank < 1 or 0 in shape:
        raise ValueError(f"x must have the shape (batch, *image, channels) and not be empty, got {tuple(shape)}")
    settings = {"kernel_size": kernel_size, "strides": strides, "dilation_rate": dilation_rate}
    sizes, steps, rates = (per_axis(name, value, rank) for name, value in settings.items())
    axes = list(zip(shape[1:-1], sizes, steps, (padding,) * rank, rates, strict=True))
    return tuple(output_size(*a) for a in axes), sizes, steps, rates, [padding_widths(*a) for a in axes]
