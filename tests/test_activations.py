"""Every activation against its equation in 60 digits, against Keras, and over edge values."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from course_lib import activations
from course_lib.activations import ACTIVATIONS, relu, sigmoid, step, tanh

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


# The same curve three times: one number at a time, and by Keras' name (a step has no twin among its activations).
WITNESSES = {
    "step": (lambda x: 0.0 if x < 0 else 1.0, lambda keras, x: keras.ops.sign(keras.ops.sign(x) + 0.5) / 2 + 0.5),
    "linear": (lambda x: x, lambda keras, x: keras.activations.linear(x)),
    "sigmoid": (exactly(lambda x: 1 / (1 + (-x).exp())), lambda keras, x: keras.activations.sigmoid(x)),
    "tanh": (exactly(lambda x: 1 - 2 / ((2 * x).exp() + 1)), lambda keras, x: keras.activations.tanh(x)),
    "relu": (lambda x: x if x > 0 else 0.0, lambda keras, x: keras.activations.relu(x)),
}


def test_every_activation_has_its_witnesses():
    public = {name for name, value in vars(activations).items() if callable(value) and not name.startswith("_")}
    assert public == set(ACTIVATIONS) == set(WITNESSES)
    assert all(ACTIVATIONS[name] is getattr(activations, name) for name in public)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_follows_its_equation(name):
    x = np.concatenate([EDGES, np.random.default_rng(0).normal(0, 5, 100)])
    # Two roundings of a float64 beside an exact value, no more.
    np.testing.assert_allclose(ACTIVATIONS[name](x), [WITNESSES[name][0](float(v)) for v in x], rtol=5e-16, atol=0)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_matches_keras(name, keras):
    x = np.concatenate([EDGES[np.abs(EDGES) <= 1e3], np.random.default_rng(1).normal(0, 5, 100)])
    theirs = WITNESSES[name][1](keras, keras.ops.convert_to_tensor(x, "float64"))
    np.testing.assert_allclose(ACTIVATIONS[name](x), theirs, rtol=1e-9, atol=1e-300)


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


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu"])
def test_nan_stays_visible(name):
    assert np.isnan(ACTIVATIONS[name](np.array([np.nan, 1.0]))).tolist() == [True, False]


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu"])
def test_float32_stays_float32(name):
    """A network of Keras, which counts in float32, can be computed with them without growing."""
    assert ACTIVATIONS[name](np.ones(2, "float32")).dtype == np.float32


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_takes_lists_and_numbers(name):
    np.testing.assert_array_equal(ACTIVATIONS[name]([-1, 0, 2]), ACTIVATIONS[name](np.array([-1.0, 0.0, 2.0])))
    assert np.ndim(ACTIVATIONS[name](2.0)) == 0
