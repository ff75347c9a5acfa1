"""Every activation, and its slope, against its equation in many digits, brute force, Keras, and over edge values."""

import math
from decimal import Decimal, localcontext
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from course_lib import activations
from course_lib.activations import (
    ACTIVATION_GRADIENTS,
    ACTIVATIONS,
    relu,
    sigmoid,
    step,
    tanh,
)
from course_lib.gradients import numeric_gradient
from tests.witness import witness

EDGES = np.array([-1e308, -1e3, -710.0, -37.0, -1.0, -1e-8, -0.0, 0.0, 1e-20, 0.5, 1.0, 37.0, 710.0, 1e3, 1e308])
finite = st.floats(allow_nan=False, allow_infinity=False)
some_arrays = arrays(float, array_shapes(min_dims=0, max_dims=3, min_side=0), elements=finite)


def exactly(equation):
    """The equation in decimal numbers of 60 digits, as a function of one float."""

    def of(x):
        with localcontext(prec=60, Emin=-(10**12), Emax=10**12):
            # From there on every curve here is flat to more than 400 digits.
            return float(equation(Decimal(min(max(x, -1e3), 1e3))))

    return of


def bell_share(x):
    """Φ(x) by the error function of Python's own library, one number at a time."""
    return math.erfc(-x / math.sqrt(2)) / 2


def tanh_share(x):
    return (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2


def keras_gelu(keras, x):
    """By Keras' operations and not by its gelu, in which the square root of ½ is rounded to float32."""
    return 0.5 * x * (1 + keras.ops.erf(x * math.sqrt(0.5)))


def keras_tanh_gelu(keras, x):
    """As above: there, 0.044715 is rounded to float32."""
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + keras.ops.tanh(inner))


# Each curve twice more: its constants (exact in float32 too, to which Keras rounds what comes from Python), its
# equation one number at a time, and Keras (where a step has no twin among the activations).
WITNESSES = {
    "step": ({}, lambda x: 0.0 if x < 0 else 1.0, lambda k, x: k.ops.sign(k.ops.sign(x) + 0.5) / 2 + 0.5),
    "linear": ({}, lambda x: x, lambda k, x: k.activations.linear(x)),
    "sigmoid": ({}, exactly(lambda x: 1 / (1 + (-x).exp())), lambda k, x: k.activations.sigmoid(x)),
    "tanh": ({}, exactly(lambda x: 1 - 2 / ((2 * x).exp() + 1)), lambda k, x: k.activations.tanh(x)),
    "relu": ({}, lambda x: x if x > 0 else 0.0, lambda k, x: k.activations.relu(x)),
    "leaky_relu": (
        {"negative_slope": 0.25},
        lambda x: x if x > 0 else 0.25 * x,
        lambda k, x: k.activations.leaky_relu(x, 0.25),
    ),
    "elu": (
        {"alpha": 0.75},
        lambda x: x if x > 0 else 0.75 * math.expm1(x),
        lambda k, x: k.activations.elu(x, 0.75),
    ),
    "selu": (
        {},
        lambda x: activations.SELU_SCALE * (x if x > 0 else activations.SELU_ALPHA * math.expm1(x)),
        lambda k, x: k.activations.selu(x),
    ),
    "gelu": ({}, lambda x: x * bell_share(x), keras_gelu),
    "gelu-approximate": ({"approximate": True}, lambda x: x * tanh_share(x), keras_tanh_gelu),
    "softplus": ({}, exactly(lambda x: (1 + x.exp()).ln()), lambda k, x: k.activations.softplus(x)),
    "silu": ({}, exactly(lambda x: x / (1 + (-x).exp())), lambda k, x: k.activations.silu(x)),
    "relu6": ({}, lambda x: min(max(x, 0.0), 6.0), lambda k, x: k.activations.relu6(x)),
    "hard_sigmoid": ({}, lambda x: min(max(x + 3, 0.0), 6.0) / 6, lambda k, x: k.activations.hard_sigmoid(x)),
    "hard_silu": ({}, lambda x: x * (min(max(x + 3, 0.0), 6.0) / 6), lambda k, x: k.activations.hard_silu(x)),
}


def pair(name):
    """The function of a row of the table and its slope, with the row's constants."""
    own = name.partition("-")[0]
    f, f_grad = getattr(activations, own), getattr(activations, f"{own}_grad")
    constants = WITNESSES[name][0]
    return partial(f, **constants), partial(f_grad, **constants)


def table(kind, names=WITNESSES):
    """A row a curve, marked as a witness of that kind for the function and its slope."""
    return [pytest.param(name, marks=witness(kind, *(f.func for f in pair(name))), id=name) for name in names]


def test_every_activation_is_in_the_tables():
    public = {name for name, value in vars(activations).items() if callable(value) and not name.startswith("_")}
    curves = {name for name in public if not name.endswith(("_grad", "_backward"))}
    entry_by_entry = curves - {"softmax", "log_softmax"}
    assert entry_by_entry == {name.partition("-")[0] for name in WITNESSES} >= set(ACTIVATIONS)
    assert public - curves == {f"{name}_grad" for name in entry_by_entry} | {"softmax_backward", "log_softmax_backward"}
    assert all(ACTIVATIONS[name] is getattr(activations, name) for name in ACTIVATIONS)


def test_what_a_gradient_can_pass_has_keras_names(keras):
    assert set(ACTIVATION_GRADIENTS) == {name.partition("-")[0] for name in WITNESSES} - {"step"}
    for name, (f, f_grad) in ACTIVATION_GRADIENTS.items():
        assert (f.__name__, f_grad.__name__) == (keras.activations.get(name).__name__, f"{name}_grad")


# How far from its equation, in parts of the value. Two roundings of a float64; for sums of several terms, more.
DIGITS = {"elu": 1e-15, "selu": 1e-15, "gelu": 1e-12, "gelu-approximate": 1e-9, "softplus": 1e-15, "silu": 1e-15}
# How far the second computation reaches: below, it runs out of digits, or gelu is smaller than 1e-22.
FROM_TO = {"gelu": (-10, 1e308), "gelu-approximate": (-2, 1e4), "softplus": (-80, 1e3), "silu": (-1e3, 1e3)}


@pytest.mark.parametrize("name", WITNESSES)
def test_follows_its_equation(name):
    x = np.concatenate([EDGES, np.random.default_rng(0).normal(0, 5, 100)])
    low, high = FROM_TO.get(name, (-np.inf, np.inf))
    x = x[(low <= x) & (x <= high)]
    expected = [WITNESSES[name][1](float(v)) for v in x]
    np.testing.assert_allclose(pair(name)[0](x), expected, rtol=DIGITS.get(name, 5e-16), atol=0)


def slopes_of_keras(f, x):
    import tensorflow as tf

    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = f(inputs)
    return y, tape.gradient(y, inputs)


@pytest.mark.parametrize("name", table("keras"))
def test_matches_keras(name, keras):
    x = np.concatenate([EDGES[np.abs(EDGES) <= 1e3], [-1e4, 1e4], np.random.default_rng(1).normal(0, 5, 100)])
    f, f_grad = pair(name)
    y, slope = slopes_of_keras(partial(WITNESSES[name][2], keras), x)
    # Keras takes 1 from e^x, and adds it to erf: near 0 its digits end at 1e-16, where ours go on.
    cancels = name in ("elu", "selu", "gelu", "gelu-approximate")
    np.testing.assert_allclose(f(x), y, rtol=1e-9, atol=1e-14 if cancels else 1e-300)
    np.testing.assert_allclose(f_grad(x), slope, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("approximate", [False, True])
def test_gelu_is_keras_gelu(approximate, keras):
    """To 8 digits: its constants come from float32."""
    x = np.random.default_rng(2).normal(0, 5, 100)
    np.testing.assert_allclose(activations.gelu(x, approximate), keras.activations.gelu(x, approximate), atol=2e-8)


def test_default_constants_are_keras(keras):
    x = np.random.default_rng(3).normal(0, 5, 100)
    for name in ("leaky_relu", "elu"):
        theirs = getattr(keras.activations, name)(x)
        np.testing.assert_allclose(getattr(activations, name)(x), theirs, rtol=1e-7)


@pytest.mark.parametrize("name", table("numeric"))
def test_slope_equals_brute_force(name):
    rng = np.random.default_rng(4)
    f, f_grad = pair(name)
    # Not within a step of the corner at 0, where there is no one slope.
    x = rng.choice([-1, 1], (6, 8)) * rng.uniform(0.01, 4, (6, 8))
    dy = rng.standard_normal(x.shape)
    numeric = numeric_gradient(lambda: np.sum(dy * f(x)), x)
    np.testing.assert_allclose(dy * f_grad(x), numeric, rtol=1e-5, atol=1e-8)


LARGE = st.one_of(st.floats(-1e4, 1e4), st.sampled_from([-1e4, -1e3, -40.0, -0.0, 0.0, 40.0, 1e3, 1e4]))


@pytest.mark.parametrize("name", table("hypothesis"))
@given(x=arrays(float, array_shapes(min_dims=0, max_dims=3, max_side=4, min_side=0), elements=LARGE))
def test_stable_and_each_entry_alone(name, x):
    """Up to ±1e4 nothing overflows; the curve stays near its far ends, 0, a constant or x, and slopes stay bounded."""
    before = x.copy()
    with np.errstate(all="raise", under="ignore"):
        y, slope = (np.asarray(g(x)) for g in pair(name))
    assert y.shape == slope.shape == x.shape
    assert y.dtype == slope.dtype == float
    assert (np.abs(y) <= 1.1 * np.abs(x) + 1.76).all()
    assert ((slope > -0.2) & (slope < 1.76)).all()
    for index in np.ndindex(x.shape):
        np.testing.assert_allclose([g(x[index]) for g in pair(name)], [y[index], slope[index]], rtol=1e-12, atol=1e-300)
    assert np.array_equal(x, before)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(x=some_arrays)
def test_acts_on_every_entry_alone(name, x):
    with np.errstate(all="raise", under="ignore"):
        y = ACTIVATIONS[name](x)
    assert np.shape(y) == x.shape
    assert np.asarray(y).dtype == float
    for index in np.ndindex(x.shape):
        assert np.asarray(y)[index] == ACTIVATIONS[name](x[index])


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(x=arrays(float, 8, elements=finite))
def test_never_falls_as_the_sum_grows(name, x):
    assert (np.diff(ACTIVATIONS[name](np.sort(x))) >= 0).all()


@given(x=some_arrays)
def test_ranges_and_symmetries(x):
    assert np.isin(step(x), [0, 1]).all()
    assert ((sigmoid(x) >= 0) & (sigmoid(x) <= 1)).all()
    assert (np.abs(tanh(x)) <= 1).all()
    assert np.array_equal(relu(x) - relu(-x), x)
    np.testing.assert_allclose(sigmoid(x) + sigmoid(-x), 1, rtol=5e-16)
    np.testing.assert_array_equal(tanh(-x), -tanh(x))
    np.testing.assert_allclose(tanh(np.clip(x, -20, 20) / 2), 2 * sigmoid(np.clip(x, -20, 20)) - 1, rtol=0, atol=5e-16)


def test_ties_and_limits():
    """At 0 a step fires, also at -0.0; no curve overflows on the way to infinity."""
    assert step(0.0) == step(-0.0) == 1
    assert step(-math.ulp(0.0)) == 0
    with np.errstate(all="raise"):
        limits = [[float(f(side * np.inf)) for side in (-1, 1)] for f in (step, sigmoid, tanh, relu)]
    assert limits == [[0, 1], [0, 1], [-1, 1], [0, np.inf]]


@pytest.mark.parametrize("name", [name for name in WITNESSES if name != "step"])
def test_nan_stays_visible(name):
    assert np.isnan(pair(name)[0](np.array([np.nan, 1.0]))).tolist() == [True, False]


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu"])
def test_float32_stays_float32(name):
    """A network of Keras, which counts in float32, can be computed with them without growing."""
    assert ACTIVATIONS[name](np.ones(2, "float32")).dtype == np.float32


@pytest.mark.parametrize("name", WITNESSES)
def test_takes_lists_and_numbers(name):
    for f in pair(name):
        np.testing.assert_array_equal(f([-1, 0, 2]), f(np.array([-1.0, 0.0, 2.0])))
        assert np.ndim(f(2.0)) == 0


WHOLE = [np.uint8, np.int8, np.uint16, np.uint32, np.uint64, np.int64, bool]


@pytest.mark.parametrize("dtype", WHOLE)
@pytest.mark.parametrize("name", WITNESSES)
def test_whole_numbers_are_made_float(name, dtype):
    """In uint8, -1 is 255; of int8, NumPy computes e^x in 16 bits."""
    x = np.array([0, 1, 2, 5, 127]).astype(dtype)
    x = np.append(x, np.array([-128, -3], dtype)) if np.issubdtype(dtype, np.signedinteger) else x
    for f in pair(name):
        np.testing.assert_array_equal(f(x), f(x.astype(float)))
        assert f(x).dtype == float


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("name", [name for name in WITNESSES if name not in ("step", "gelu", "gelu-approximate")])
def test_infinite_sums_are_as_in_keras(name, keras):
    """Also where Keras has no number: 0 · ∞ is left to be seen."""
    x = np.array([-np.inf, np.inf, -1e308, 1e308])
    y, slope = slopes_of_keras(partial(WITNESSES[name][2], keras), x)
    np.testing.assert_allclose(pair(name)[0](x), y, rtol=1e-9)
    np.testing.assert_allclose(pair(name)[1](x), slope, rtol=1e-9)


def test_straight_pieces_have_the_slopes_of_keras_at_their_corners(keras):
    x = np.array([-3.0, 0.0, 3.0, 6.0])
    for name in ("relu6", "hard_sigmoid", "hard_silu"):
        y, slope = slopes_of_keras(partial(WITNESSES[name][2], keras), x)
        np.testing.assert_allclose([g(x) for g in pair(name)], [y, slope], rtol=1e-12, atol=1e-15)
