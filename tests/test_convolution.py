"""Convolution before three witnesses: brute-force gradients, Keras, and loops over every place of every window."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from course_lib.gradients import numeric_gradient
from course_lib.windows import output_size, padding_widths
from tests.witness import check_keras, check_numeric, shaken, witness


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# what is witnessed, what comes before the rng and, where given, the filters, the settings, an input
CASES = [
    (Conv1D, {"filters": 3, "kernel_size": 3}, (2, 6, 2)),
    (Conv1D, {"filters": 3, "kernel_size": 3, "padding": "same", "strides": 2}, (2, 6, 2)),
    (Conv1D, {"filters": 3, "kernel_size": 2, "padding": "causal", "dilation_rate": 2}, (2, 7, 2)),
    (Conv1D, {"filters": 4, "kernel_size": 3, "padding": "causal", "strides": 2, "groups": 2}, (1, 6, 2)),
    (Conv2D, {"filters": 3, "kernel_size": 3}, (2, 5, 4, 2)),
    (Conv2D, {"filters": 1, "kernel_size": (1, 2), "padding": "same"}, (1, 4, 4, 1)),
    (Conv2D, {"filters": 2, "kernel_size": (3, 2), "strides": (1, 2)}, (2, 4, 5, 3)),
    (Conv2D, {"filters": 3, "kernel_size": 3, "padding": "same", "strides": 2}, (2, 6, 5, 2)),
    (Conv2D, {"filters": 2, "kernel_size": 1, "strides": 3}, (2, 5, 5, 2)),
    (Conv2D, {"filters": 2, "kernel_size": 2, "dilation_rate": (2, 3)}, (2, 5, 6, 2)),
    (Conv2D, {"filters": 2, "kernel_size": 3, "padding": "same", "dilation_rate": 2}, (1, 4, 5, 2)),
    (Conv2D, {"filters": 6, "kernel_size": 2, "groups": 2}, (2, 4, 4, 4)),
    (DepthwiseConv2D, {"kernel_size": 3}, (2, 5, 4, 3)),
    (DepthwiseConv2D, {"kernel_size": 2, "depth_multiplier": 2, "padding": "same", "strides": 2}, (2, 5, 5, 2)),
    (DepthwiseConv2D, {"kernel_size": (2, 3), "dilation_rate": 2, "padding": "same"}, (1, 5, 5, 2)),
    (SeparableConv2D, {"filters": 3, "kernel_size": 3}, (2, 5, 4, 2)),
    (SeparableConv2D, {"filters": 3, "kernel_size": 2, "depth_multiplier": 2, "padding": "same"}, (2, 4, 4, 2)),
    (SeparableConv2D, {"filters": 1, "kernel_size": 3, "strides": 2, "padding": "same"}, (1, 5, 5, 2)),
    (SeparableConv2D, {"filters": 2, "kernel_size": 2, "dilation_rate": (2, 2)}, (1, 5, 5, 2)),
    (Conv2DTranspose, {"filters": 3, "kernel_size": 3}, (2, 3, 2, 2)),
    (Conv2DTranspose, {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"}, (2, 3, 2, 2)),
    (Conv2DTranspose, {"filters": 2, "kernel_size": (3, 2), "strides": (1, 2)}, (1, 3, 3, 1)),
    (Conv2DTranspose, {"filters": 2, "kernel_size": 2, "strides": 3}, (2, 2, 3, 2)),
    (Conv2DTranspose, {"filters": 2, "kernel_size": 2, "strides": 3, "padding": "same"}, (2, 2, 3, 2)),
]


def ours(operation, options, shape, rng):
    """Keras learns the channels from the first input; here they come first."""
    return shaken(operation(shape[-1], rng=rng, **options), rng)


def table(kind):
    return [
        pytest.param(*case, marks=witness(kind, case[0]), id="-".join([case[0].__name__, *map(str, case[1].values())]))
        for case in CASES
    ]


@pytest.mark.parametrize(("operation", "options", "shape"), table("numeric"))
def test_gradients_equal_brute_force(operation, options, shape, rng):
    check_numeric(ours(operation, options, shape, rng), rng.standard_normal(shape), rng)


@pytest.mark.parametrize(("operation", "options", "shape"), table("keras"))
def test_equals_keras(operation, options, shape, rng, keras):
    layer, twin = ours(operation, options, shape, rng), getattr(keras.layers, operation.__name__)(**options)
    check_keras(layer, twin, rng.standard_normal(shape), rng)
    assert list(layer.params) == [variable.name for variable in twin.trainable_variables]


def plain(rng, groups, **options):
    """An image, a kernel, the gradient of what comes of them, and how they were combined."""
    x, kernel = rng.standard_normal((2, 5, 6, 4)), rng.standard_normal((3, 2, 4 // groups, 6))
    options = {"strides": 1, "padding": "valid", "dilation_rate": 1, "groups": groups} | options
    return x, kernel, rng.standard_normal(convolve(x, kernel, **options).shape), options


OPTIONS = [
    {"groups": 1},
    {"groups": 1, "strides": 2, "padding": "same"},
    {"groups": 2, "padding": "same"},
    {"groups": 1, "dilation_rate": (1, 3)},
]


@witness("numeric", convolve, convolve_transposed, kernel_gradient)
@pytest.mark.parametrize("options", [*OPTIONS, {"groups": 2, "strides": 2, "dilation_rate": 2, "padding": "same"}])
def test_functions_equal_brute_force(options, rng):
    """y is linear in x and in the kernel, so that each of the three functions is the others' gradient."""
    x, kernel, dy, options = plain(rng, **options)
    loss = {
        convolve: lambda: np.sum(dy * convolve(x, kernel, **options)),
        convolve_transposed: lambda: np.sum(x * convolve_transposed(dy, kernel, x.shape, **options)),
        kernel_gradient: lambda: np.sum(kernel * kernel_gradient(x, dy, kernel.shape, **options)),
    }
    gradients = {
        "x": (x, convolve_transposed(dy, kernel, x.shape, **options)),
        "kernel": (kernel, kernel_gradient(x, dy, kernel.shape, **options)),
        "dy": (dy, convolve(x, kernel, **options)),
    }
    for function, f in loss.items():
        for name, (array, gradient) in gradients.items():
            wanted = numeric_gradient(f, array)
            np.testing.assert_allclose(gradient, wanted, rtol=1e-5, atol=1e-6, err_msg=f"{function.__name__}, {name}")


@witness("keras", convolve, convolve_transposed, kernel_gradient)
@pytest.mark.parametrize("options", OPTIONS)
def test_functions_equal_keras(options, rng, keras):
    import tensorflow as tf

    x, kernel, dy, options = plain(rng, **options)
    image, weights = tf.constant(x), tf.constant(kernel)
    with tf.GradientTape() as tape:
        tape.watch([image, weights])
        y = keras.ops.conv(image, weights, **{k: v for k, v in options.items() if k != "groups"})
    dx, dkernel = tape.gradient(y, [image, weights], output_gradients=tf.constant(dy))
    np.testing.assert_allclose(convolve(x, kernel, **options), y, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(convolve_transposed(dy, kernel, x.shape, **options), dx, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(kernel_gradient(x, dy, kernel.shape, **options), dkernel, rtol=1e-9, atol=1e-12)


def by_loops(x, kernel, strides, padding, dilation_rate, groups):
    """Every product of a convolution: (index of y, index of x, index of the kernel), found one by one."""
    *size, per_group, filters = kernel.shape
    axes = [(n, k, strides, padding, dilation_rate) for n, k in zip(x.shape[1:-1], size, strict=True)]
    before = np.array([padding_widths(*axis)[0] for axis in axes])
    for index in np.ndindex(*(output_size(*axis) for axis in axes), *size, per_group, filters):
        position, place, c, f = index[: len(axes)], index[len(axes) : -2], index[-2], index[-1]
        pixel = np.array(position) * strides - before + np.array(place) * dilation_rate
        if all(0 <= p < n for p, n in zip(pixel, x.shape[1:-1], strict=True)):
            channel = f // (filters // groups) * per_group + c
            yield (*position, f), (*map(int, pixel), channel), (*place, c, f)


SMALL = st.integers(1, 3)
SCALES = st.sampled_from([0.0, 1.0, 1e3, -1e4])
SEEDS = st.integers(0, 2**32 - 1)


def check_by_loops(x, kernel, dy, options):
    """The three functions against the list of all products. Sums of n products of size s are exact to n s / 2^52."""
    y, dx, dkernel = np.zeros(dy.shape), np.zeros(x.shape), np.zeros(kernel.shape)
    for out, pixel, weight in by_loops(x, kernel, **options):
        y[:, *out] += x[:, *pixel] * kernel[weight]
        dx[:, *pixel] += dy[:, *out] * kernel[weight]
        dkernel[weight] += np.sum(x[:, *pixel] * dy[:, *out])
    atol = 1e-12 * max(1, np.abs(x).max())
    np.testing.assert_allclose(convolve(x, kernel, **options), y, rtol=1e-9, atol=atol)
    np.testing.assert_allclose(convolve_transposed(dy, kernel, x.shape, **options), dx, rtol=1e-9, atol=atol)
    np.testing.assert_allclose(kernel_gradient(x, dy, kernel.shape, **options), dkernel, rtol=1e-9, atol=atol)
    return y, dx, dkernel


@st.composite
def convolutions(draw, rank, paddings):
    """Sizes that fit and any settings, also strides and dilation at once, which Keras refuses."""
    strides, rate, groups = draw(SMALL), draw(SMALL), draw(st.integers(1, 2))
    size = tuple(draw(SMALL) for _ in range(rank))
    image = tuple(draw(st.integers(1 + rate * (k - 1), 2 + rate * (k - 1))) for k in size)
    padding = draw(st.sampled_from(paddings))
    options = {"strides": strides, "padding": padding, "dilation_rate": rate, "groups": groups}
    return (draw(SMALL), *image, groups * draw(st.integers(1, 2))), size, groups * draw(st.integers(1, 2)), options


@witness("hypothesis", Conv1D, Conv2D, convolve, convolve_transposed, kernel_gradient)
@pytest.mark.parametrize(("operation", "rank"), [(Conv1D, 1), (Conv2D, 2)])
@given(data=st.data(), scale=SCALES, seed=SEEDS)
def test_every_product_in_any_shape(operation, rank, data, scale, seed):
    shape, size, filters, options = data.draw(convolutions(rank, operation.paddings))
    rng = np.random.default_rng(seed)
    layer, x = shaken(operation(shape[-1], filters, size, rng, **options), rng), scale * rng.standard_normal(shape)
    out = layer.forward(x)
    dy = rng.standard_normal(out.shape)
    y, dx, dkernel = check_by_loops(x, layer.params["kernel"], dy, options)
    atol = 1e-12 * max(1, abs(scale))
    np.testing.assert_allclose(out, y + layer.params["bias"], rtol=1e-9, atol=10 * atol)
    np.testing.assert_allclose(layer.backward(dy), dx, rtol=1e-9, atol=10 * atol)
    np.testing.assert_allclose(layer.grads["kernel"], dkernel, rtol=1e-9, atol=10 * atol)
    np.testing.assert_allclose(layer.grads["bias"], sum(dy.reshape(-1, filters)), rtol=1e-9, atol=atol)


@witness("hypothesis", DepthwiseConv2D, SeparableConv2D)
@given(convolutions(2, Conv2D.paddings), SMALL, SCALES, SEEDS)
def test_channels_alone_in_any_shape(case, multiplier, scale, seed):
    """As a Conv2D for each channel, side by side; a separable one then mixes them by a matrix."""
    (*leading, channels), size, filters, options = case
    options = {name: value for name, value in options.items() if name != "groups"}
    rng = np.random.default_rng(seed)
    x = scale * rng.standard_normal((*leading, channels))
    depthwise = shaken(DepthwiseConv2D(channels, size, rng, depth_multiplier=multiplier, **options), rng)
    separable = shaken(SeparableConv2D(channels, filters, size, rng, depth_multiplier=multiplier, **options), rng)
    mixing = separable.params["pointwise_kernel"][0, 0]
    for layer, kernel in (depthwise, depthwise.params["kernel"]), (separable, separable.params["depthwise_kernel"]):
        out = layer.forward(x)
        dy = rng.standard_normal(out.shape)
        dx, d = layer.backward(dy), dy if layer is depthwise else dy @ mixing.T
        dkernel = layer.grads["kernel" if layer is depthwise else "depthwise_kernel"]
        between = np.empty((*out.shape[:-1], channels * multiplier))
        for c in range(channels):
            alone, own = Conv2D(1, multiplier, size, rng, **options), slice(c * multiplier, (c + 1) * multiplier)
            alone.params["kernel"] = kernel[:, :, c : c + 1]
            between[..., own] = alone.forward(x[..., c : c + 1])
            np.testing.assert_allclose(dx[..., c : c + 1], alone.backward(d[..., own]), rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(dkernel[:, :, c : c + 1], alone.grads["kernel"], rtol=1e-9, atol=1e-8)
        y = between if layer is depthwise else between @ mixing
        np.testing.assert_allclose(out, y + layer.params["bias"], rtol=1e-9, atol=1e-8)
        np.testing.assert_allclose(layer.grads["bias"], dy.sum(axis=(0, 1, 2)), rtol=1e-9, atol=1e-9)
    wanted = between.reshape(-1, channels * multiplier).T @ dy.reshape(-1, filters)
    np.testing.assert_allclose(separable.grads["pointwise_kernel"][0, 0], wanted, rtol=1e-9, atol=1e-8)


@witness("hypothesis", Conv2DTranspose)
@given(
    st.tuples(SMALL, SMALL, SMALL, SMALL),
    st.tuples(SMALL, SMALL),
    SMALL,
    SMALL,
    st.sampled_from(["valid", "same"]),
    SCALES,
    SEEDS,
)
def test_transposed_in_any_shape(shape, size, filters, strides, padding, scale, seed):
    """By loops: it paints where the convolution from y to x would look."""
    rng = np.random.default_rng(seed)
    layer = shaken(Conv2DTranspose(shape[-1], filters, size, rng, strides, padding), rng)
    x, kernel = scale * rng.standard_normal(shape), layer.params["kernel"]
    out = layer.forward(x)
    dy = rng.standard_normal(out.shape)
    dx, y, wanted, dkernel = layer.backward(dy), np.zeros(out.shape), np.zeros(x.shape), np.zeros(kernel.shape)
    for small, large, weight in by_loops(dy, kernel, strides, padding, 1, 1):
        y[:, *large] += x[:, *small] * kernel[weight]
        wanted[:, *small] += dy[:, *large] * kernel[weight]
        dkernel[weight] += np.sum(x[:, *small] * dy[:, *large])
    atol = 1e-11 * max(1, abs(scale))
    np.testing.assert_allclose(out, y + layer.params["bias"], rtol=1e-9, atol=atol)
    np.testing.assert_allclose(dx, wanted, rtol=1e-9, atol=atol)
    np.testing.assert_allclose(layer.grads["kernel"], dkernel, rtol=1e-9, atol=atol)
    np.testing.assert_allclose(layer.grads["bias"], sum(dy.reshape(-1, filters)), rtol=1e-9, atol=atol)


def test_causal_sees_nothing_later(rng):
    layer, x = Conv1D(2, 3, 3, rng, padding="causal", dilation_rate=2), rng.standard_normal((1, 9, 2))
    before = layer.forward(x)
    x[:, 5:] = 1e3
    assert (layer.forward(x)[:, :5] == before[:, :5]).all()
    assert (layer.forward(x)[:, 5:] != before[:, 5:]).all()


def test_kernels_start_in_the_shape_of_keras(rng):
    """The fans of a depthwise kernel are counted in its own shape, (height, width, channels, depth_multiplier)."""
    shapes = []

    def note(shape, rng):
        shapes.append(tuple(shape))
        return np.zeros(shape)

    Conv1D(4, 6, 3, rng, groups=2, initializer=note)
    Conv2D(4, 6, 3, rng, initializer=note)
    DepthwiseConv2D(4, 3, rng, depth_multiplier=2, initializer=note)
    SeparableConv2D(4, 6, 3, rng, depth_multiplier=2, initializer=note)
    Conv2DTranspose(4, 6, 3, rng, initializer=note)
    assert shapes == [(3, 2, 6), (3, 3, 4, 6), (3, 3, 4, 2), (3, 3, 4, 2), (1, 1, 8, 6), (3, 3, 6, 4)]


BUILD = {
    "Conv1D": lambda rng, **options: Conv1D(2, 2, 3, rng, **options),
    "Conv2D": lambda rng, **options: Conv2D(2, 2, 3, rng, **options),
    "DepthwiseConv2D": lambda rng, **options: DepthwiseConv2D(2, 3, rng, **options),
    "SeparableConv2D": lambda rng, **options: SeparableConv2D(2, 2, 3, rng, **options),
    "Conv2DTranspose": lambda rng, **options: Conv2DTranspose(2, 2, 3, rng, **options),
}


@pytest.mark.parametrize("name", BUILD)
def test_wrong_settings_get_a_sentence(name, rng):
    sizes = "number" if name == "Conv1D" else "number.*2 of them"
    with pytest.raises(ValueError, match=f"strides must be a whole {sizes}"):
        BUILD[name](rng, strides=0)
    with pytest.raises(ValueError, match=r"strides must be a whole .*got \(1, 1, 1\)"):
        BUILD[name](rng, strides=(1, 1, 1))
    with pytest.raises(ValueError, match=r"padding must be one of valid, same.*; got 'full'"):
        BUILD[name](rng, padding="full")
    if name != "Conv1D":
        with pytest.raises(ValueError, match="padding must be one of valid, same; got 'causal'"):
            BUILD[name](rng, padding="causal")
    if name != "Conv2DTranspose":
        with pytest.raises(ValueError, match=r"dilation_rate must be a whole .*got 0"):
            BUILD[name](rng, dilation_rate=0)


@pytest.mark.parametrize("name", BUILD)
@pytest.mark.parametrize("shape", [(2, 5), (2, 5, 5, 3), (2, 5, 5, 1), (2, 5, 3), (0, 5, 5, 2), (0, 5, 2), (2, 0, 2)])
def test_wrong_shape_gets_a_sentence(name, shape, rng):
    axes = r"\(batch, time, 2\)" if name == "Conv1D" else r"\(batch, height, width, 2\)"
    with pytest.raises(ValueError, match=f"x must have the shape {axes}.*got "):
        BUILD[name](rng).forward(np.ones(shape))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda rng: Conv2D(2, 2, 0, rng), "kernel_size must be a whole number from 1 up, or 2 of them; got 0"),
        (lambda rng: Conv2DTranspose(2, 2, 1.5, rng), "kernel_size must be a whole number.*got 1.5"),
        (
            lambda rng: SeparableConv2D(2, 2, (3,), rng),
            r"kernel_size must be a whole number from 1 up, or 2 of them; got \(3,\)",
        ),
        (lambda rng: Conv2D(3, 4, 3, rng, groups=2), "groups must divide the channels, 3, got 2"),
        (lambda rng: Conv2D(4, 3, 3, rng, groups=2), "groups must divide the filters, 3, got 2"),
        (lambda rng: Conv2D(4, 4, 3, rng, groups=0), "groups must divide the channels, 4, got 0"),
        (
            lambda rng: convolve(np.ones((1, 5, 5, 2)), np.ones((3, 3, 1, 3)), groups=2),
            "groups must divide the filters, 3, got 2",
        ),
        (
            lambda rng: kernel_gradient(np.ones((2, 5, 1)), np.ones((1, 3, 4)), (3, 1, 4)),
            r"\(2, 3, 4\), got \(1, 3, 4\)",
        ),
        (lambda rng: kernel_gradient(np.ones((2, 5, 1)), np.ones((2, 3, 4)), (3, 2, 4)), r"x must have .*time, 2\)"),
        (lambda rng: Conv2D(1, 1, 3, rng).forward(np.ones((1, 2, 5, 1))), "spans 3 does not fit into an image of 2"),
        (lambda rng: Conv1D(1, 1, 2, rng, dilation_rate=4).forward(np.ones((1, 4, 1))), "spans 5 does not fit"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(rng)


@pytest.mark.parametrize("name", BUILD)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_inputs_are_left_alone(name, padding, rng):
    layer = BUILD[name](rng, padding=padding)
    x = rng.standard_normal((2, 5, 2) if name == "Conv1D" else (2, 5, 5, 2))
    dy = rng.standard_normal(layer.forward(x).shape)
    before = [a.copy() for a in (x, dy, *layer.parameters())]
    layer.forward(x)
    layer.backward(dy)
    for a, b in zip((x, dy, *layer.parameters()), before, strict=True):
        assert (a == b).all()
