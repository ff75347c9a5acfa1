"""Where windows lie, before three witnesses: counting one by one, Keras, and gradients."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from course_lib.gradients import numeric_gradient
from course_lib.windows import (
    output_size,
    padding_widths,
    per_axis,
    receptive_field,
    scatter,
    transposed_output_size,
    windows,
)
from tests.witness import without, witness

pytestmark = [
    *without(["numeric", "keras"], "it arranges arguments, and computes nothing", per_axis),
    *without(["numeric"], "it counts", output_size, transposed_output_size, padding_widths),
]

# size, kernel_size, strides, dilation_rate
ARITHMETIC = [
    (7, 3, 1, 1),
    (7, 3, 2, 1),
    (8, 3, 2, 1),
    (8, 2, 3, 1),
    (7, 1, 1, 1),
    (9, 3, 1, 3),
    (7, 3, 1, 3),
    (5, 5, 5, 1),
]
# shape, kernel_size, strides, padding, dilation_rate
IMAGES = [
    ((2, 5, 2), 3, 1, "valid", 1),
    ((2, 6, 2), 3, 2, "same", 1),
    ((1, 7, 1), 3, 1, "causal", 2),
    ((2, 5, 6, 2), (3, 2), 1, "valid", 1),
    ((2, 5, 6, 2), (3, 2), (2, 3), "same", 1),
    ((1, 7, 6, 1), 2, 1, "valid", (3, 2)),
    ((1, 2, 2, 1), 3, 1, "same", 1),
    ((1, 5, 5, 1), 1, 3, "valid", 1),
    ((1, 3, 4, 3, 2), 2, 2, "same", 1),
]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@witness("keras", output_size)
@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
@pytest.mark.parametrize(("size", "kernel_size", "strides", "dilation_rate"), ARITHMETIC)
def test_output_size_equals_keras(size, kernel_size, strides, dilation_rate, padding, keras):
    layer = keras.layers.Conv1D(1, kernel_size, strides, padding, dilation_rate=dilation_rate)
    assert output_size(size, kernel_size, strides, padding, dilation_rate) == layer(np.ones((1, size, 1))).shape[1]


@witness("keras", padding_widths)
@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
@pytest.mark.parametrize(("size", "kernel_size", "strides", "dilation_rate"), ARITHMETIC)
def test_padding_equals_keras(size, kernel_size, strides, dilation_rate, padding, keras):
    """An image of ones, padded by hand and then convolved without padding, gives what Keras gives by itself."""
    x = np.arange(1.0, size + 1)[None, :, None]
    settings = {"strides": strides, "dilation_rate": dilation_rate, "kernel_initializer": "ones"}
    padded = np.pad(x, [(0, 0), padding_widths(size, kernel_size, strides, padding, dilation_rate), (0, 0)])
    by_hand = keras.layers.Conv1D(1, kernel_size, padding="valid", **settings)(padded)
    np.testing.assert_allclose(by_hand, keras.layers.Conv1D(1, kernel_size, padding=padding, **settings)(x), rtol=1e-9)


@witness("keras", transposed_output_size)
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("size", "kernel_size", "strides"), [(4, 3, 1), (4, 3, 2), (4, 2, 2), (4, 2, 3), (1, 1, 1)])
def test_transposed_output_size_equals_keras(size, kernel_size, strides, padding, keras):
    y = keras.layers.Conv1DTranspose(1, kernel_size, strides, padding)(np.ones((1, size, 1)))
    assert transposed_output_size(size, kernel_size, strides, padding) == y.shape[1]


@witness("keras", windows, scatter)
@pytest.mark.parametrize(
    ("shape", "kernel_size", "strides", "padding", "dilation_rate"),
    [case for case in IMAGES if len(case[0]) == 4 and case[3] != "causal"],
)
def test_patches_and_their_gradient_equal_keras(shape, kernel_size, strides, padding, dilation_rate, rng, keras):
    import tensorflow as tf

    x, (height, width) = rng.standard_normal(shape), per_axis("kernel_size", kernel_size, 2)
    image, taken = tf.constant(x), windows(x, kernel_size, strides, padding, dilation_rate)
    d = rng.standard_normal(taken.shape)
    # Keras extracts patches of one stride only where they are not dilated: pixel by pixel, each by a kernel of one 1.
    pick = np.eye(height * width).reshape(height, width, 1, -1)
    with tf.GradientTape() as tape:
        tape.watch(image)
        options = {"padding": padding, "dilation_rate": dilation_rate, "strides": strides}
        picked = [keras.ops.conv(image[..., c : c + 1], pick, **options) for c in range(shape[-1])]
        patches = tf.stack(picked, axis=-1)
    dx = tape.gradient(patches, image, output_gradients=tf.constant(d.reshape(patches.shape)))
    np.testing.assert_allclose(taken.reshape(patches.shape), patches, rtol=1e-9)
    np.testing.assert_allclose(scatter(d, shape, strides, padding, dilation_rate), dx, rtol=1e-9, atol=1e-12)


@witness("numeric", windows, scatter)
@pytest.mark.parametrize(("shape", "kernel_size", "strides", "padding", "dilation_rate"), IMAGES)
def test_each_is_the_gradient_of_the_other(shape, kernel_size, strides, padding, dilation_rate, rng):
    x, settings = rng.standard_normal(shape), (strides, padding, dilation_rate)
    d = rng.standard_normal(windows(x, kernel_size, *settings).shape)
    of_windows = numeric_gradient(lambda: np.sum(d * windows(x, kernel_size, *settings)), x)
    np.testing.assert_allclose(scatter(d, shape, *settings), of_windows, rtol=1e-5, atol=1e-7)
    of_scatter = numeric_gradient(lambda: np.sum(x * scatter(d, shape, *settings)), d)
    np.testing.assert_allclose(windows(x, kernel_size, *settings), of_scatter, rtol=1e-5, atol=1e-7)


SMALL = st.integers(1, 3)
STACKS = [
    [(3, 1, 1)],
    [(3, 1, 1), (3, 1, 1)],
    [(3, 2, 1), (2, 1, 2)],
    [(2, 1, 1), (2, 1, 2), (2, 1, 4)],
    [(1, 3, 1), (5, 1, 1)],
]
LAYERS = st.lists(st.tuples(st.integers(1, 4), SMALL, SMALL), max_size=3)


def span(depends):
    """From the first to the last True, both counted."""
    places = np.flatnonzero(depends)
    return places[-1] - places[0] + 1


def middle_of_a_stack(layers):
    """A time series so long that one output of the stack sees none of its ends."""
    return np.zeros(receptive_field(layers) + 5)


def through(x, layers):
    """The first output of layers whose weights are all 1, by loops."""
    for kernel_size, strides, rate in layers:
        last = len(x) - rate * (kernel_size - 1)
        x = np.array([sum(x[p + rate * k] for k in range(kernel_size)) for p in range(0, last, strides)])
    return x[0]


@witness("numeric", receptive_field)
@pytest.mark.parametrize("layers", [[], *STACKS])
def test_receptive_field_is_where_the_gradient_is(layers):
    x = middle_of_a_stack(layers)
    assert receptive_field(layers) == span(np.abs(numeric_gradient(lambda: through(x, layers), x)) > 0.5)


@witness("keras", receptive_field)
@pytest.mark.parametrize("layers", STACKS)
def test_receptive_field_equals_keras(layers, keras):
    import tensorflow as tf

    x = tf.constant(middle_of_a_stack(layers)[None, :, None])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x
        for kernel_size, strides, rate in layers:
            y = keras.layers.Conv1D(1, kernel_size, strides, dilation_rate=rate, kernel_initializer="ones")(y)
        first = y[:, 0]
    assert receptive_field(layers) == span(tape.gradient(first, x).numpy())


@witness("hypothesis", receptive_field)
@given(LAYERS)
def test_receptive_field_by_looking_one_by_one(layers):
    reached = {0}
    for kernel_size, strides, rate in reversed(layers):
        reached = {p * strides + rate * k for p in reached for k in range(kernel_size)}
    assert receptive_field(layers) == max(reached) - min(reached) + 1


def starts(size, reach, strides):
    """Where windows may begin, tried one by one, that reach no further than the end."""
    return [start for start in range(0, size, strides) if start + reach < size]


@witness("hypothesis", output_size, padding_widths, transposed_output_size)
@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 5), SMALL, st.sampled_from(["valid", "same", "causal"]))
def test_sizes_by_trying_one_by_one(size, kernel_size, strides, rate, padding):
    reach = rate * (kernel_size - 1)
    assume(padding != "valid" or reach < size)
    before, after = padding_widths(size, kernel_size, strides, padding, rate)
    count = output_size(size, kernel_size, strides, padding, rate)
    assert count == len(starts(before + size + after, reach, strides))
    if padding == "valid":
        assert (before, after) == (0, 0)
    else:
        # As many windows as strides begin inside the image, and not one padded place more than they need.
        assert count == len(range(0, size, strides))
        assert (before, after) == (reach, 0) if padding == "causal" else 0 <= after - before <= 1
        if after:
            assert len(starts(before + size + after - 1, reach, strides)) < count
    if padding != "causal" and rate == 1:
        larger = transposed_output_size(size, kernel_size, strides, padding)
        assert output_size(larger, kernel_size, strides, padding) == size


@witness("hypothesis", windows, scatter)
@given(
    st.data(),
    st.integers(1, 2),
    st.sampled_from(["valid", "same"]),
    st.sampled_from([0.0, -np.inf]),
    st.integers(0, 99),
)
def test_every_window_by_looking_up(data, rank, padding, fill, seed):
    kernel_size, strides, rates = (tuple(data.draw(SMALL) for _ in range(rank)) for _ in range(3))
    image = tuple(data.draw(st.integers(1 + r * (k - 1), 7)) for k, r in zip(kernel_size, rates, strict=True))
    rng = np.random.default_rng(seed)
    x = rng.integers(-3, 4, (data.draw(SMALL), *image, data.draw(SMALL))) * 1.0
    taken = windows(x, kernel_size, strides, padding, rates, fill)
    axes = zip(image, kernel_size, strides, rates, strict=True)
    before = [padding_widths(n, k, s, padding, r)[0] for n, k, s, r in axes]
    d, dx = rng.integers(-3, 4, taken.shape) * 1.0, np.zeros(x.shape)
    for index in np.ndindex(*taken.shape[1:-1]):
        corner = np.array(index[:rank]) * strides - before
        place = (slice(None), *(corner + np.array(index[rank:]) * rates))
        inside = all(0 <= p < n for p, n in zip(place[1:], image, strict=True))
        np.testing.assert_array_equal(taken[:, *index], x[place] if inside else fill)
        if inside:
            dx[place] += d[:, *index]
    np.testing.assert_array_equal(scatter(d, x.shape, strides, padding, rates), dx)


@witness("hypothesis", per_axis)
@given(st.integers(1, 9), st.integers(1, 4))
def test_a_number_stands_for_every_axis(value, rank):
    assert per_axis("strides", value, rank) == per_axis("strides", (value,) * rank, rank) == (value,) * rank
    assert per_axis("strides", np.int64(value), rank) == (value,) * rank
    with pytest.raises(ValueError, match="strides must be"):
        per_axis("strides", (value,) * (rank + 1), rank)


X = np.ones((2, 5, 5, 3))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: per_axis("strides", 0, 2), "strides must be a whole number from 1 up, or 2 of them; got 0"),
        (lambda: per_axis("strides", -1, 2), "strides must be a whole number.*got -1"),
        (lambda: per_axis("strides", 1.5, 2), "strides must be a whole number.*got 1.5"),
        (lambda: output_size(4, 5), "a window that spans 5 does not fit into an image of 4"),
        (lambda: output_size(4, 3, dilation_rate=2), "a window that spans 5 does not fit into an image of 4"),
        (lambda: output_size(0, 1), "size must be a whole number"),
        (lambda: output_size(4, 1, 0), "strides must be a whole number"),
        (lambda: output_size(4, 0), "kernel_size must be a whole number"),
        (lambda: output_size(4, 1, dilation_rate=0), "dilation_rate must be a whole number"),
        (lambda: output_size(4, 1, padding="smae"), "padding must be one of valid, same, causal; got 'smae'"),
        (lambda: padding_widths(4, 1, padding="full"), "padding must be one of valid, same, causal; got 'full'"),
        (lambda: transposed_output_size(4, 1, padding="causal"), "padding must be one of valid, same; got 'causal'"),
        (lambda: transposed_output_size(0, 1), "size must be a whole number"),
        (lambda: transposed_output_size(4, 0), "kernel_size must be a whole number"),
        (lambda: transposed_output_size(4, 1, 0), "strides must be a whole number"),
        (
            lambda: receptive_field([(3, 1)]),
            r"every layer must be a whole number from 1 up, or 3 of them; got \(3, 1\)",
        ),
        (
            lambda: receptive_field([(3, 0, 1)]),
            r"every layer must be a whole number from 1 up, or 3 of them; got \(3, 0, 1\)",
        ),
        (lambda: windows(X, 6), "a window that spans 6 does not fit into an image of 5"),
        (lambda: windows(X[0, 0], 1), r"x must have the shape \(batch, \*image, channels\).*got \(5, 3\)"),
        (lambda: windows(X[:0], 1), r"not be empty, got \(0, 5, 5, 3\)"),
        (lambda: windows(X, (2, 2, 2)), r"kernel_size must be a whole number from 1 up, or 2 of them; got \(2, 2, 2\)"),
        (lambda: scatter(np.ones((2, 1, 1, 3, 3, 3)), X.shape), r"has \(3, 3\) windows; got d of the shape \(2, 1, 1"),
        (lambda: scatter(np.ones((1, 3, 3, 3, 3, 3)), X.shape), r"has \(3, 3\) windows; got d of the shape \(1, 3, 3"),
        (lambda: scatter(np.ones((2, 3, 3, 3, 3, 1)), X.shape), r"has \(3, 3\) windows; got d of the shape \(2, 3, 3"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


def test_inputs_are_left_alone(rng):
    x = rng.standard_normal((2, 5, 5, 3))
    taken = windows(x, 3)
    before = x.copy(), taken.copy()
    scatter(taken, x.shape)
    assert (x == before[0]).all()
    assert (taken == before[1]).all()
    # A view that could be written to would let one window change its neighbours.
    assert not taken.flags.writeable
