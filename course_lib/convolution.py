"""Convolution: the same small kernel looks through every window of an image. LeCun et al., 1989.

x: (batch, *image, channels)   kernel: (*kernel_size, channels / groups, filters)   y: (batch, *positions, filters)
Seen as matrices, y = windows(x) kernel; so the gradients are dkernel = windows(x)ᵀ dy and, for the windows,
dy kernelᵀ, which ``scatter`` adds up where windows overlap. As everywhere in deep learning, the kernel is not
turned round: mathematics calls that a cross-correlation.
"""

import math

import numpy as np

from course_lib import limits
from course_lib.initializers import glorot_uniform
from course_lib.layers import Layer
from course_lib.windows import IMAGE_AXES, per_axis, scatter, transposed_output_size, windows


def convolve(x, kernel, strides=1, padding="valid", dilation_rate=1, groups=1):
    """y[p] = Σ x[p · strides + k · dilation_rate] kernel[k] over places k in the window and over channels.

    With groups, the channels and the filters are split into as many parts, and each part sees only its own.
    """
    x, kernel, groups = _checked(x, np.shape(kernel), groups), limits.floats(kernel), int(groups)
    seen = windows(x, kernel.shape[:-2], strides, padding, dilation_rate)
    y = _grouped(seen, math.prod(kernel.shape[:-2]), groups) @ _grouped(kernel[None], 1, groups)
    return _ungrouped(y, 1, (*seen.shape[: x.ndim - 1], kernel.shape[-1]))


def convolve_transposed(dy, kernel, shape, strides=1, padding="valid", dilation_rate=1, groups=1):
    """dL/dx, of that shape, from dL/dy: every entry of dy paints the kernel onto its window."""
    dy, kernel = limits.floats(dy), limits.floats(kernel)
    d = _grouped(dy, 1, groups) @ _grouped(kernel[None], 1, groups).swapaxes(-1, -2)
    seen = (*dy.shape[:-1], *kernel.shape[:-2], shape[-1])
    return scatter(_ungrouped(d, math.prod(kernel.shape[:-2]), seen), shape, strides, padding, dilation_rate)


def kernel_gradient(x, dy, shape, strides=1, padding="valid", dilation_rate=1, groups=1):
    """dL/dkernel, of that shape, from dL/dy: what a weight was multiplied by, times what came of it, summed."""
    x, dy, groups = _checked(x, shape, groups), limits.floats(dy), int(groups)
    seen = windows(x, shape[:-2], strides, padding, dilation_rate)
    limits.shape("dy", dy, *seen.shape[: x.ndim - 1], shape[-1])
    d = _grouped(seen, math.prod(shape[:-2]), groups).swapaxes(-1, -2) @ _grouped(dy, 1, groups)
    return _ungrouped(d.sum(axis=0, keepdims=True), 1, shape)


class _Biased(Layer):
    """y = z + bias, or z alone without use_bias; a subclass says what z is. bias: (filters,)"""

    def __init__(self, filters, use_bias, **kernels):
        super().__init__(**kernels, **({"bias": np.zeros(filters)} if use_bias else {}))

    def _shifted(self, z):
        return z + self.params["bias"] if "bias" in self.params else z

    def _collect(self, dy, **kernels):
        """Fills ``grads`` with these gradients and the bias': the sum of dy over all places."""
        bias = {"bias": dy.sum(axis=tuple(range(dy.ndim - 1)))} if "bias" in self.params else {}
        self.grads = kernels | bias


class _Convolution(_Biased):
    """y = x * kernel + bias, along ``rank`` axes. kernel: (*kernel_size, channels / groups, filters)   bias: (filters,)

    A setting that may differ from axis to axis is one number or a tuple.
    """

    rank, paddings = 2, ("valid", "same")

    def __init__(
        self,
        channels,
        filters,
        kernel_size,
        rng,
        strides=1,
        padding="valid",
        dilation_rate=1,
        groups=1,
        initializer=glorot_uniform,
        use_bias=True,
    ):
        channels, filters = limits.whole("channels", channels), limits.whole("filters", filters)
        groups = limits.divides("groups", groups, channels, "the channels")
        limits.divides("groups", groups, filters, "the filters")
        size = per_axis("kernel_size", kernel_size, self.rank)
        super().__init__(filters, use_bias, kernel=initializer((*size, channels // groups, filters), rng))
        self.settings = _settings(self.rank, self.paddings, strides, padding, dilation_rate) | {"groups": groups}

    def forward(self, x, training=False):
        self.cache = limits.floats(x)
        return self._shifted(convolve(self.cache, self._kernel(), **self.settings))

    def backward(self, dy):
        x, kernel = self.cache, self._kernel()
        d = kernel_gradient(x, dy, kernel.shape, **self.settings)
        self._collect(dy, kernel=d.reshape(self.params["kernel"].shape))
        return convolve_transposed(dy, kernel, x.shape, **self.settings)

    def _kernel(self):
        return self.params["kernel"]


class Conv1D(_Convolution):
    """Windows along time; with "causal" padding none sees what comes later. x: (batch, time, channels)"""

    rank, paddings = 1, ("valid", "same", "causal")


class Conv2D(_Convolution):
    """Windows over an image. x: (batch, height, width, channels)"""


class DepthwiseConv2D(_Convolution):
    """Each channel has ``depth_multiplier`` kernels to itself: as many groups as channels.

    kernel: (height, width, channels, depth_multiplier)   y: (batch, rows, columns, channels · depth_multiplier)
    """

    def __init__(
        self,
        channels,
        kernel_size,
        rng,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        dilation_rate=1,
        initializer=glorot_uniform,
        use_bias=True,
    ):
        channels, multiplier = _of_each(channels, depth_multiplier)

        def draw(shape, rng):
            return initializer((*shape[:-2], channels, multiplier), rng)

        options = strides, padding, dilation_rate, channels, draw, use_bias
        super().__init__(channels, channels * multiplier, kernel_size, rng, *options)

    def _kernel(self):
        return _as_groups(self.params["kernel"])


class SeparableConv2D(_Biased):
    """Windows for each channel alone, then a dense layer across the channels of each place. Chollet, 2017.

    depthwise_kernel: (height, width, channels, depth_multiplier)
    pointwise_kernel: (1, 1, channels · depth_multiplier, filters)   bias: (filters,)
    """

    def __init__(
        self,
        channels,
        filters,
        kernel_size,
        rng,
        strides=1,
        padding="valid",
        dilation_rate=1,
        depth_multiplier=1,
        initializer=glorot_uniform,
        use_bias=True,
    ):
        size, filters = per_axis("kernel_size", kernel_size, 2), limits.whole("filters", filters)
        channels, multiplier = _of_each(channels, depth_multiplier)
        depthwise = initializer((*size, channels, multiplier), rng)
        pointwise = initializer((1, 1, channels * multiplier, filters), rng)
        super().__init__(filters, use_bias, depthwise_kernel=depthwise, pointwise_kernel=pointwise)
        self.settings = _settings(2, ("valid", "same"), strides, padding, dilation_rate) | {"groups": channels}

    def forward(self, x, training=False):
        x = limits.floats(x)
        between = convolve(x, _as_groups(self.params["depthwise_kernel"]), **self.settings)
        self.cache = x, between
        return self._shifted(convolve(between, self.params["pointwise_kernel"]))

    def backward(self, dy):
        x, between = self.cache
        depthwise, pointwise = _as_groups(self.params["depthwise_kernel"]), self.params["pointwise_kernel"]
        d = convolve_transposed(dy, pointwise, between.shape)
        d_depthwise = kernel_gradient(x, d, depthwise.shape, **self.settings)
        self._collect(
            dy,
            depthwise_kernel=d_depthwise.reshape(self.params["depthwise_kernel"].shape),
            pointwise_kernel=kernel_gradient(between, dy, pointwise.shape),
        )
        return convolve_transposed(d, depthwise, x.shape, **self.settings)


class Conv2DTranspose(_Biased):
    """A convolution backwards: each entry of x paints the kernel, so that images grow. Zeiler et al., 2010.

    kernel: (height, width, filters, channels), that of the convolution from y to x   bias: (filters,)
    """

    def __init__(
        self, channels, filters, kernel_size, rng, strides=1, padding="valid", initializer=glorot_uniform, use_bias=True
    ):
        channels, filters = limits.whole("channels", channels), limits.whole("filters", filters)
        size = per_axis("kernel_size", kernel_size, 2)
        super().__init__(filters, use_bias, kernel=initializer((*size, filters, channels), rng))
        self.settings = _settings(2, ("valid", "same"), strides, padding, 1)

    def forward(self, x, training=False):
        kernel, steps, padding = self.params["kernel"], self.settings["strides"], self.settings["padding"]
        x = self.cache = limits.floats(limits.shape("x", x, "batch", "height", "width", kernel.shape[-1], filled=True))
        image = map(transposed_output_size, x.shape[1:-1], kernel.shape[:2], steps, (padding, padding))
        y = convolve_transposed(x, kernel, (len(x), *image, kernel.shape[-2]), **self.settings)
        return self._shifted(y)

    def backward(self, dy):
        kernel = self.params["kernel"]
        self._collect(dy, kernel=kernel_gradient(dy, self.cache, kernel.shape, **self.settings))
        return convolve(dy, kernel, **self.settings)


def _grouped(a, window, groups):
    """(batch, ..., a window's places, groups · n) as matrices, (batch, groups, rows, window · n).

    One matrix for each image: as long as images are small BLAS starts no threads, which cost more than they save.
    """
    parts = a.reshape(len(a), -1, window, groups, a.shape[-1] // groups).transpose(0, 3, 1, 2, 4)
    return parts.reshape(*parts.shape[:3], -1)


def _ungrouped(matrices, window, shape):
    """The inverse of ``_grouped``, in the shape wanted."""
    return matrices.reshape(*matrices.shape[:3], window, -1).transpose(0, 2, 3, 1, 4).reshape(shape)


def _as_groups(kernel):
    """A depthwise kernel, (*kernel_size, channels, multiplier), as that of as many groups as channels."""
    return kernel.reshape(*kernel.shape[:-2], 1, -1)


def _settings(rank, paddings, strides, padding, dilation_rate):
    limits.one_of("padding", padding, paddings)
    steps, rates = per_axis("strides", strides, rank), per_axis("dilation_rate", dilation_rate, rank)
    return {"strides": steps, "padding": padding, "dilation_rate": rates}


def _of_each(channels, depth_multiplier):
    return limits.whole("channels", channels), limits.whole("depth_multiplier", depth_multiplier)


def _checked(x, shape, groups):
    """x as floats. shape: the kernel's"""
    groups, rank = limits.divides("groups", groups, shape[-1], "the filters"), len(shape) - 2
    axes = IMAGE_AXES.get(rank, ("length",) * rank)
    return limits.floats(limits.shape("x", x, "batch", *axes, shape[-2] * groups, filled=True))
