"""What one layer costs: the numbers it stores, and its operations for one example going forward.

A layer is named by its kind and settings, which are Keras' (``"Dense"``, ``units``, ``use_bias``). Shapes leave the
batch out: (features,), (time, features), (height, width, channels).

Floating-point operations (FLOPs) are 2 for each multiplication whose product is added up (dense layers, convolutions,
attention, recurrence), 1 for each number that a pooling window looks at, and those of normalizing. Padding counts like
pixels. Biases, activation functions and random parts are left out, as is usual: they are few.
"""

import inspect
import math
from typing import NamedTuple

import numpy as np

from course_lib import limits
from course_lib.windows import PADDINGS, output_size, transposed_output_size


class Cost(NamedTuple):
    """The numbers that a layer stores and, for each example, its operations and the shape of what it puts out."""

    kind: str
    parameters: int
    flops: int
    output_shape: tuple


def layer_cost(kind, *input_shapes, **settings):
    """The ``Cost`` of one layer: layer_cost("Dense", (64,), units=10). kind: a key of ``COUNTERS``"""
    limits.one_of("kind", kind, COUNTERS)
    for shape in input_shapes:
        if not np.size(shape) or not all(isinstance(n, (int, float, np.number)) and n >= 1 for n in shape):
            raise ValueError(f"the {kind} layer needs an input of fixed lengths from 1 up, got the shape {shape}")
    counted = counted_settings(kind, settings)
    if unknown := settings.keys() - counted.keys() - {"activation", "name"}:
        raise ValueError(f"the {kind} layer has no setting {', '.join(sorted(unknown))} that is counted here")
    counted |= _whole_settings(kind, counted)
    shapes = (limits.lengths("the shape", shape) for shape in input_shapes)
    parameters, flops, output_shape = COUNTERS[kind](*shapes, **counted)
    return Cost(kind, int(parameters), int(flops), tuple(map(int, output_shape)))


def counted_settings(kind, config):
    """Those of a layer's settings that its cost depends on. Keras' ``get_config()`` names many more."""
    known = inspect.signature(COUNTERS[kind]).parameters
    return {name: value for name, value in config.items() if name in known or "settings" in known}


# Settings that are lengths or numbers of things, one or one for each axis.
EACH_AXIS = {"kernel_size", "strides", "pool_size", "dilation_rate", "size"}
WHOLE = {"units", "filters", "groups", "depth_multiplier", "num_heads", "key_dim", "value_dim"}
WHOLE |= {"input_dim", "output_dim"}


def _whole_settings(kind, settings):
    """Those that must be whole numbers, as ints; None stays where Keras begins with it."""
    found = {name: settings[name] for name in settings.keys() & (EACH_AXIS | WHOLE)}
    for name in found.keys() - {name for name in ("strides", "value_dim") if found.get(name) is None}:
        many = name in EACH_AXIS and np.iterable(found[name])
        found[name] = limits.lengths(name, found[name]) if many else limits.whole(name, found[name])
    if not kind.startswith("ZeroPadding"):
        limits.one_of("padding", settings.get("padding", "valid"), PADDINGS)
    return found


# Each counter takes the input's shape and Keras' settings, and gives (parameters, flops, output_shape).


def _dense(shape, units, use_bias=True):
    *positions, inputs = shape
    return (inputs + use_bias) * units, 2 * math.prod(positions) * inputs * units, (*positions, units)


def _convolution(shape, filters, kernel_size, strides=1, padding="valid", dilation_rate=1, groups=1, use_bias=True):
    limits.divides("groups", groups, shape[-1], "the channels")
    limits.divides("groups", groups, filters, "the filters")
    window, inputs = math.prod(_each(kernel_size, shape)), shape[-1] // groups
    out = _slide(output_size, shape, kernel_size, strides, padding, dilation_rate)
    kernel = window * inputs * filters
    return kernel + use_bias * filters, 2 * math.prod(out) * kernel, (*out, filters)


def _depthwise(shape, kernel_size, strides=1, padding="valid", depth_multiplier=1, dilation_rate=1, use_bias=True):
    out = _slide(output_size, shape, kernel_size, strides, padding, dilation_rate)
    filters = shape[-1] * depth_multiplier
    kernel = math.prod(_each(kernel_size, shape)) * filters
    return kernel + use_bias * filters, 2 * math.prod(out) * kernel, (*out, filters)


def _separable(
    shape, filters, kernel_size, strides=1, padding="valid", depth_multiplier=1, dilation_rate=1, use_bias=True
):
    """Each channel by itself, then a 1 × 1 convolution over all."""
    first = _depthwise(shape, kernel_size, strides, padding, depth_multiplier, dilation_rate, use_bias=False)
    then = _convolution(first[2], filters, 1, use_bias=use_bias)
    return first[0] + then[0], first[1] + then[1], then[2]


def _transposed(shape, filters, kernel_size, strides=1, padding="valid", output_padding=None, use_bias=True):
    """A convolution's way back: every input number spreads over a whole window of the output."""
    if output_padding is not None:
        raise ValueError(f"output_padding must be None, got {output_padding}")
    out = _slide(transposed_output_size, shape, kernel_size, strides, padding)
    kernel = math.prod(_each(kernel_size, shape)) * shape[-1] * filters
    return kernel + use_bias * filters, 2 * math.prod(shape[:-1]) * kernel, (*out, filters)


def _pooling(shape, pool_size=2, strides=None, padding="valid"):
    out = *_slide(output_size, shape, pool_size, pool_size if strides is None else strides, padding), shape[-1]
    return 0, math.prod(_each(pool_size, shape)) * math.prod(out), out


def _global_pooling(shape, keepdims=False):
    return 0, math.prod(shape), (1,) * (len(shape) - 1) * keepdims + shape[-1:]


def _resized(shape, sides, sign):
    """Padded or cropped. sides: one number, one for each axis, or (before, after) for each; of one axis only these"""
    pairs = np.asarray(sides)
    pairs = np.broadcast_to(pairs if len(shape) == 2 or pairs.ndim == 2 else pairs[..., None], (len(shape) - 1, 2))
    for n in pairs.ravel():
        limits.whole("a side", n, 0)
    return 0, 0, (*np.add(shape[:-1], sign * pairs.sum(axis=1)), shape[-1])


def _upsampling(shape, size=2):
    return 0, 0, (*np.multiply(shape[:-1], size), shape[-1])


def _batch_normalization(shape, axis=-1, center=True, scale=True):
    """When the network is used, it is one multiplication and one addition: mean and spread are constants."""
    return (center + scale + 2) * _lengths(shape, axis), 2 * math.prod(shape), shape


def _layer_normalization(shape, axis=-1, center=True, scale=True):
    """For each number: into the mean, minus it, squared, into the variance, over the spread, times γ, plus β."""
    return (center + scale) * _lengths(shape, axis), (5 + center + scale) * math.prod(shape), shape


def _rms_normalization(shape, axis=-1):
    """For each number: squared, into the mean, over its root, times the scale."""
    return _lengths(shape, axis), 4 * math.prod(shape), shape


def _constant_normalization(shape, axis=-1, mean=None, variance=None):
    """By a mean and a spread that were measured once: they are stored, with a count, unless they are settings."""
    lengths = 1 if axis is None else _lengths(shape, axis)
    return (2 * lengths + 1) * (mean is None and variance is None), 2 * math.prod(shape), shape


def _layer_scale(shape, projection_dim):
    """ConvNeXt's own: every channel times a number that is learned. Touvron et al., 2021."""
    return projection_dim, math.prod(shape), shape


def _embedding(shape, input_dim, output_dim):
    """Looking a row up computes nothing."""
    return input_dim * output_dim, 0, (*shape, output_dim)


def _recurrent(gates, biases=1):
    def counter(shape, *states, units, use_bias=True, return_sequences=False):
        steps, inputs = shape
        kernels = gates * units * (inputs + units)
        parameters = kernels + use_bias * biases * gates * units
        return parameters, 2 * steps * kernels, (steps, units) if return_sequences else (units,)

    return counter


def _gru(shape, *states, units, use_bias=True, return_sequences=False, reset_after=True):
    counter = _recurrent(3, biases=2 if reset_after else 1)
    return counter(shape, *states, units=units, use_bias=use_bias, return_sequences=return_sequences)


def _bidirectional(shape, layer, merge_mode="concat"):
    """The same kind of layer twice. layer: {"class_name": its kind, "config": its settings}, as Keras writes it"""
    kind = layer["class_name"]
    _, parameters, flops, out = layer_cost(kind, shape, **counted_settings(kind, layer["config"]))
    return 2 * parameters, 2 * flops, (*out[:-1], (2 if merge_mode == "concat" else 1) * out[-1])


def _attention(query, value=None, key=None, *, num_heads, key_dim, value_dim=None, use_bias=True, output_shape=None):
    """Projections of queries, keys and values, each query with each key, the weighted values, the projection back."""
    value, value_dim = value or query, value_dim or key_dim
    (n, width), (m, value_width), key_width = query, value, (key or value)[-1]
    wide, wide_v, out = num_heads * key_dim, num_heads * value_dim, np.atleast_1d(output_shape or width).prod()
    kernels = [n * width * wide, m * key_width * wide, m * value_width * wide_v, n * wide_v * out]
    biases = use_bias * (2 * wide + wide_v + out)
    parameters = (width + key_width) * wide + value_width * wide_v + wide_v * out + biases
    return parameters, 2 * (sum(kernels) + n * m * (wide + wide_v)), (n, out)


def _free(*shapes, **settings):
    """Number by number: no weights, and no operations worth counting."""
    return 0, 0, np.broadcast_shapes(*shapes)


def _concatenate(*shapes, axis=-1):
    """Keras counts the axes with the batch's."""
    return 0, 0, np.concatenate([np.empty((1, *shape), bool) for shape in shapes], axis).shape[1:]


COUNTERS = {
    "Dense": _dense,
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D"), _convolution),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _depthwise),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _separable),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose"), _transposed),
    **dict.fromkeys((f"{f}Pooling{d}D" for f in ("Max", "Average") for d in (1, 2, 3)), _pooling),
    **dict.fromkeys((f"Global{f}Pooling{d}D" for f in ("Max", "Average") for d in (1, 2, 3)), _global_pooling),
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "RMSNormalization": _rms_normalization,
    "Normalization": _constant_normalization,
    "LayerScale": _layer_scale,
    "Embedding": _embedding,
    "SimpleRNN": _recurrent(1),
    "LSTM": _recurrent(4),
    "GRU": _gru,
    "Bidirectional": _bidirectional,
    "MultiHeadAttention": _attention,
    "Concatenate": _concatenate,
    "Flatten": lambda shape: (0, 0, (math.prod(shape),)),
    "Reshape": lambda shape, target_shape: (0, 0, np.empty(shape, bool).reshape(target_shape).shape),
    **dict.fromkeys((f"UpSampling{d}D" for d in (1, 2, 3)), _upsampling),
    **dict.fromkeys((f"ZeroPadding{d}D" for d in (1, 2, 3)), lambda shape, padding=1: _resized(shape, padding, 1)),
    **dict.fromkeys((f"Cropping{d}D" for d in (1, 2, 3)), lambda shape, cropping: _resized(shape, cropping, -1)),
    **dict.fromkeys(("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "Dropout", "GaussianNoise"), _free),
    **dict.fromkeys(("Rescaling", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"), _free),
}


def _each(setting, shape):
    """One number for each axis that the window slides along: 3 is (3, 3) on an image."""
    return [int(n) for n in np.broadcast_to(setting, len(shape) - 1)]


def _slide(size, shape, window, strides, padding, *dilation):
    """What ``size``, one of the two functions of ``windows``, says for each axis."""
    settings = (_each(setting, shape) for setting in (window, strides, *dilation))
    axes = zip(shape[:-1], *settings, strict=True)
    return [size(int(n), k, s, padding, *d) for n, k, s, *d in axes]


def _lengths(shape, axis):
    """The product of the lengths of these axes, which Keras counts with the batch's."""
    return math.prod(shape[limits.whole("axis", int(a) % (1 + len(shape))) - 1] for a in np.atleast_1d(axis))
