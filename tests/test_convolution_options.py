"""Convolutions without a bias, of whole numbers, and with strides longer than the kernel."""

import numpy as np
import pytest

from course_lib.convolution import (
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    DepthwiseConv2D,
    SeparableConv2D,
    convolve,
    convolve_transposed,
    kernel_gradient,
)
from course_lib.windows import scatter, windows
from tests.witness import check_keras, check_numeric, shaken

BARE = [
    (Conv1D, {"filters": 3, "kernel_size": 2}, (2, 5, 2)),
    (Conv2D, {"filters": 4, "kernel_size": 2, "groups": 2}, (2, 4, 4, 2)),
    (Conv2D, {"filters": 2, "kernel_size": 1, "strides": 3}, (1, 1, 7, 2)),
    (DepthwiseConv2D, {"kernel_size": 2, "depth_multiplier": 2, "strides": 3, "padding": "same"}, (1, 5, 5, 2)),
    (SeparableConv2D, {"filters": 3, "kernel_size": 2}, (2, 4, 4, 2)),
    (Conv2DTranspose, {"filters": 3, "kernel_size": 2, "strides": 3}, (2, 1, 3, 2)),
]


@pytest.mark.parametrize(("operation", "options", "shape"), BARE)
def test_without_a_bias(operation, options, shape, rng, keras):
    layer = shaken(operation(shape[-1], rng=rng, use_bias=False, **options), rng)
    twin = getattr(keras.layers, operation.__name__)(use_bias=False, **options)
    check_keras(layer, twin, rng.standard_normal(shape), rng)
    check_numeric(layer, rng.standard_normal(shape), rng)
    assert list(layer.params) == list(layer.grads) == [variable.name for variable in twin.trainable_variables]


KINDS = ["uint8", "uint16", "uint32", "uint64", "int8", "bool", "float16", "float32"]
IMAGE = np.random.default_rng(0).integers(0, 2, (2, 4, 5, 2)) * 100
KERNEL = np.random.default_rng(1).integers(0, 2, (2, 3, 2, 3)) * 100


@pytest.mark.parametrize("kind", KINDS)
def test_whole_numbers_and_narrow_floats(kind):
    """As float64 has it: 100 · 100 is no number of 8 bits. Sums of whole numbers are exact, in float16 small ones."""
    factor = 0.1 if kind == "float16" else 1
    x, kernel = (np.rint(factor * a).astype(kind) for a in (IMAGE, KERNEL))
    dy = convolve(x, kernel)[:, :, :, :3].astype(bool).astype(kind)
    exact = [a.astype(float) for a in (x, kernel, dy)]
    np.testing.assert_array_equal(convolve(x, kernel), convolve(*exact[:2]))
    there = convolve_transposed(dy, kernel, x.shape), kernel_gradient(x, dy, kernel.shape)
    wanted = convolve_transposed(exact[2], exact[1], x.shape), kernel_gradient(exact[0], exact[2], kernel.shape)
    for ours, theirs in zip(there, wanted, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    seen = windows(x, 2, padding="same", fill=-0.5)
    assert set(np.unique(seen)) <= {-0.5, *np.unique(exact[0])}
    np.testing.assert_array_equal(scatter(windows(x, 2), x.shape), scatter(windows(exact[0], 2), x.shape))


@pytest.mark.parametrize(("operation", "options", "shape"), BARE)
def test_layers_of_whole_numbers(operation, options, shape, rng, keras):
    layer = shaken(operation(shape[-1], rng=rng, **options), rng)
    x = rng.integers(0, 255, shape).astype("uint8")
    y = layer.forward(x)
    np.testing.assert_array_equal(y, layer.forward(x.astype(float)))
    twin = getattr(keras.layers, operation.__name__)(**options)
    check_keras(layer, twin, x.astype(float), rng)


@pytest.mark.parametrize(("operation", "options", "shape"), BARE)
def test_backward_takes_only_what_forward_gave(operation, options, shape, rng):
    layer = operation(shape[-1], rng=rng, **options)
    with pytest.raises(ValueError, match="backward needs a forward before it"):
        layer.backward(np.ones(shape))
    y = layer.forward(rng.standard_normal(shape))
    for wrong in (y[:1, :1], y[..., :1], y[0], np.float64(1)):
        if np.shape(wrong) != y.shape:
            with pytest.raises(ValueError, match="dy must have the shape of what forward returned"):
                layer.backward(wrong)
