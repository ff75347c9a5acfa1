"""Pooling before three witnesses: brute-force gradients, Keras, and a look at every window by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling1D,
    MaxPooling2D,
)
from course_lib.windows import output_size, padding_widths
from tests.witness import check_keras, check_numeric, witness


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# what is witnessed, its settings, an input
CASES = [
    (MaxPooling1D, {}, (2, 6, 3)),
    (MaxPooling1D, {"pool_size": 3, "strides": 2, "padding": "same"}, (2, 6, 3)),
    (MaxPooling2D, {}, (2, 5, 6, 3)),
    (MaxPooling2D, {"pool_size": 3, "strides": 1}, (2, 5, 4, 2)),
    (MaxPooling2D, {"pool_size": (2, 3), "strides": (1, 2), "padding": "same"}, (2, 5, 6, 2)),
    (MaxPooling2D, {"pool_size": 1, "strides": 2}, (1, 5, 5, 1)),
    (AveragePooling1D, {"pool_size": 2}, (2, 6, 3)),
    (AveragePooling1D, {"pool_size": 3, "strides": 2, "padding": "same"}, (2, 6, 3)),
    (AveragePooling2D, {"pool_size": 2}, (2, 5, 6, 3)),
    (AveragePooling2D, {"pool_size": 3, "strides": 1, "padding": "same"}, (2, 5, 4, 2)),
    (AveragePooling2D, {"pool_size": (2, 3), "strides": (1, 2), "padding": "same"}, (2, 5, 6, 2)),
    (AveragePooling2D, {"pool_size": (1, 3), "strides": (3, 1)}, (1, 5, 5, 1)),
    (GlobalAveragePooling2D, {}, (2, 3, 4, 2)),
    (GlobalMaxPooling2D, {}, (2, 3, 4, 2)),
]
LAYERS = list(dict.fromkeys(case[0] for case in CASES))


def table(kind):
    return [
        pytest.param(*case, marks=witness(kind, case[0]), id="-".join([case[0].__name__, *map(str, case[1].values())]))
        for case in CASES
    ]


@pytest.mark.parametrize(("operation", "options", "shape"), table("numeric"))
def test_gradients_equal_brute_force(operation, options, shape, rng):
    check_numeric(operation(**options), rng.standard_normal(shape), rng)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize(("operation", "options", "shape"), table("keras"))
def test_equals_keras(operation, options, shape, ties, rng, keras):
    """Also who takes the gradient where several are the largest, and where none is above 0."""
    x = rng.integers(-2, 0, shape) * 1.0 if ties else rng.standard_normal(shape)
    check_keras(operation(**options), getattr(keras.layers, operation.__name__)(**options), x, rng)


def places(n, size, strides, padding, position):
    """The places along one axis that a window at this position sees."""
    start = position * strides - padding_widths(n, size, strides, padding)[0]
    return range(max(start, 0), min(start + size, n))


def maximum(seen):
    """The largest of a list, and how much of the gradient each of them takes: the first such one all of it."""
    return max(seen), np.arange(len(seen)) == seen.index(max(seen))


def mean(seen):
    return sum(seen) / len(seen), np.full(len(seen), 1 / len(seen))


def shared_maximum(seen):
    return max(seen), np.equal(seen, max(seen)) / seen.count(max(seen))


SMALL = st.integers(1, 3)
SCALES = st.sampled_from([0.0, 1.0, -1.0, 1e3, -1e4])
SEEDS = st.integers(0, 2**32 - 1)
WINDOWED = [(MaxPooling1D, maximum), (MaxPooling2D, maximum), (AveragePooling1D, mean), (AveragePooling2D, mean)]
GLOBAL = [(GlobalMaxPooling2D, shared_maximum), (GlobalAveragePooling2D, mean)]


def with_witness(cases):
    return [pytest.param(*case, marks=witness("hypothesis", case[0]), id=case[0].__name__) for case in cases]


def image(shape, scale, ties, rng):
    return scale * (rng.integers(0, 3, shape) if ties else rng.standard_normal(shape))


@pytest.mark.parametrize(("operation", "rule"), with_witness(WINDOWED))
@given(data=st.data(), padding=st.sampled_from(["valid", "same"]), scale=SCALES, ties=st.booleans(), seed=SEEDS)
def test_every_window_by_itself(operation, rule, data, padding, scale, ties, seed):
    size, strides = (tuple(data.draw(SMALL) for _ in range(operation.rank)) for _ in range(2))
    spatial = tuple(data.draw(st.integers(k, 6)) for k in size)
    rng = np.random.default_rng(seed)
    x = image((data.draw(SMALL), *spatial, data.draw(SMALL)), scale, ties, rng)
    layer, axes = operation(size, strides, padding), list(zip(spatial, size, strides, strict=True))
    y = layer.forward(x)
    dy, dx = rng.standard_normal(y.shape), np.zeros(x.shape)
    assert y.shape == (len(x), *(output_size(*axis, padding) for axis in axes), x.shape[-1])
    for index in np.ndindex(*y.shape):
        rows = [list(places(*axis, padding, p)) for axis, p in zip(axes, index[1:-1], strict=True)]
        seen = np.ix_([index[0]], *rows, [index[-1]])
        value, shares = rule(list(x[seen].ravel()))
        np.testing.assert_allclose(y[index], value, rtol=1e-9, atol=1e-15 * abs(scale))
        dx[seen] += (dy[index] * shares).reshape(dx[seen].shape)
    np.testing.assert_allclose(layer.backward(dy), dx, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize(("operation", "rule"), with_witness(GLOBAL))
@given(shape=st.tuples(SMALL, SMALL, SMALL, SMALL), scale=SCALES, ties=st.booleans(), seed=SEEDS)
def test_every_channel_by_itself(operation, rule, shape, scale, ties, seed):
    rng = np.random.default_rng(seed)
    x, layer = image(shape, scale, ties, rng), operation()
    y = layer.forward(x)
    dy = rng.standard_normal(y.shape)
    dx = layer.backward(dy)
    assert y.shape == (shape[0], shape[-1])
    for n, c in np.ndindex(*y.shape):
        value, shares = rule(list(x[n, :, :, c].ravel()))
        np.testing.assert_allclose(y[n, c], value, rtol=1e-9, atol=1e-15 * abs(scale))
        np.testing.assert_allclose(dx[n, :, :, c].ravel(), dy[n, c] * shares, rtol=1e-9)


def test_gradients_own_their_memory(rng):
    """Whoever adds to a gradient must not change another entry of it."""
    for operation, options, shape in CASES:
        layer = operation(**options)
        dx = layer.backward(rng.standard_normal(layer.forward(rng.standard_normal(shape)).shape))
        before = dx.copy()
        dx[0, 0] += 1
        assert (dx[1:] == before[1:]).all()
        assert (dx[0, 1:] == before[0, 1:]).all()


@pytest.mark.parametrize("kind", ["uint8", "uint64", "int8", "bool", "float16", "float32"])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_whole_numbers_and_narrow_floats(kind, padding, rng):
    for operation, options, shape in CASES:
        options = options | ({"padding": padding} if options else {})
        x = rng.integers(0, 100, shape).astype(kind)
        layer, exact = operation(**options), operation(**options)
        y, wanted = layer.forward(x), exact.forward(x.astype(float))
        np.testing.assert_allclose(y, wanted, rtol=1e-3 if kind == "float16" else 1e-6)
        assert np.issubdtype(y.dtype, np.floating)
        np.testing.assert_allclose(layer.backward(np.ones_like(y)), exact.backward(np.ones_like(wanted)), rtol=1e-3)
    assert MaxPooling2D().forward(np.arange(16).reshape(1, 4, 4, 1)).ravel().tolist() == [5, 7, 13, 15]


@pytest.mark.parametrize(("operation", "options", "shape"), [case for case in CASES if "Max" in case[0].__name__])
def test_infinite_numbers_take_their_gradient(operation, options, shape, rng, keras):
    """Also beside padding, which counts as -inf. (TensorFlow makes -1.8e308 of -inf: Keras gets the largest floats.)"""
    x, layer = np.full(shape, -np.inf), operation(**options)
    x[0, -1] = rng.choice([0, np.inf, -np.inf], x[0, -1].shape)
    dy = rng.standard_normal(layer.forward(x).shape)
    dx, finite = layer.backward(dy), np.nan_to_num(x)
    check_keras(layer, getattr(keras.layers, operation.__name__)(**options), finite, rng)
    layer.forward(finite)
    np.testing.assert_array_equal(dx, layer.backward(dy))
    np.testing.assert_allclose(dx.sum(), dy.sum())


def test_nan_is_seen(rng):
    layer, x = MaxPooling2D(3, 1, "same"), rng.standard_normal((1, 3, 3, 1))
    x[0, 0, 0] = np.nan
    assert np.isnan(layer.forward(x)).sum() == 4
    assert layer.backward(np.ones((1, 3, 3, 1)))[0, 0, 0] >= 4


@pytest.mark.parametrize(("operation", "options", "shape"), CASES)
def test_backward_takes_only_what_forward_gave(operation, options, shape, rng):
    layer = operation(**options)
    with pytest.raises(ValueError, match="backward needs a forward before it"):
        layer.backward(np.ones(shape))
    y = layer.forward(rng.standard_normal(shape))
    for wrong in (y[..., :1, :1], y[0], y[..., 0]):
        if wrong.shape != y.shape:
            with pytest.raises(ValueError, match="dy must have the shape of what forward returned"):
                layer.backward(wrong)


def test_defaults_are_those_of_keras(keras):
    assert MaxPooling2D().pool_size == keras.layers.MaxPooling2D().pool_size
    assert MaxPooling2D((3, 1)).strides == keras.layers.MaxPooling2D((3, 1)).strides
    assert MaxPooling1D().pool_size == tuple(np.atleast_1d(keras.layers.MaxPooling1D().pool_size))
    assert MaxPooling2D().padding == keras.layers.MaxPooling2D().padding


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: MaxPooling2D(0), "pool_size must be a whole number from 1 up, or 2 of them; got 0"),
        (lambda: AveragePooling1D(1.5), "pool_size must be a whole number.*got 1.5"),
        (lambda: MaxPooling2D(2, strides=-1), "strides must be a whole number.*got -1"),
        (lambda: MaxPooling2D(2, strides=0), "strides must be a whole number.*got 0"),
        (lambda: MaxPooling1D(2, padding="causal"), "padding must be one of valid, same; got 'causal'"),
        (lambda: MaxPooling2D(4).forward(np.ones((1, 3, 5, 1))), "spans 4 does not fit into an image of 3"),
        (lambda: MaxPooling2D().forward(np.ones((1, 6, 6))), r"\(batch, height, width, channels\), got \(1, 6, 6\)"),
        (lambda: MaxPooling1D().forward(np.ones((1, 6, 6, 1))), r"\(batch, time, channels\), got \(1, 6, 6, 1\)"),
        (lambda: MaxPooling2D().forward(np.ones((0, 4, 4, 1))), r"not be empty, got \(0, 4, 4, 1\)"),
        (lambda: AveragePooling2D(2).forward(np.ones((0, 4, 4, 1))), r"not be empty, got \(0, 4, 4, 1\)"),
        (
            lambda: AveragePooling2D(2).forward(np.ones((4, 4, 1))),
            r"\(batch, height, width, channels\), got \(4, 4, 1\)",
        ),
        (lambda: GlobalAveragePooling2D().forward(np.ones((2, 3, 4))), r"got \(2, 3, 4\)"),
        (lambda: GlobalMaxPooling2D().forward(np.ones((2, 3, 4))), r"got \(2, 3, 4\)"),
        (lambda: GlobalAveragePooling2D().forward(np.ones((2, 0, 4, 1))), r"not be empty, got \(2, 0, 4, 1\)"),
        (lambda: GlobalMaxPooling2D().forward(np.ones((0, 3, 4, 1))), r"not be empty, got \(0, 3, 4, 1\)"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


@pytest.mark.parametrize("operation", LAYERS)
def test_inputs_are_left_alone(operation, rng):
    layer = operation(2) if operation in (AveragePooling1D, AveragePooling2D) else operation()
    x = rng.standard_normal((2, 4, 3) if operation in (MaxPooling1D, AveragePooling1D) else (2, 4, 4, 3))
    dy = rng.standard_normal(layer.forward(x).shape)
    before = x.copy(), dy.copy()
    layer.forward(x)
    layer.backward(dy)
    assert (x == before[0]).all()
    assert (dy == before[1]).all()
