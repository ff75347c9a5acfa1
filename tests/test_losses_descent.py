"""Gradient descent, the first of all trainings, on losses whose way down is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from course_lib.losses import descend
from tests.witness import without, witness

pytestmark = without(["numeric"], "it follows a gradient that it is given", descend)


@witness("hypothesis", descend)
@given(
    arrays(float, st.lists(st.integers(0, 3), max_size=2).map(tuple), elements=st.floats(-1e3, 1e3)),
    st.sampled_from([2**-10, 0.25, 0.5, 1.0, 1.5]),
    st.integers(0, 12),
)
def test_descent_on_a_parabola_shrinks_geometrically(start, rate, steps):
    """The loss w²/2 has the slope w, so each step multiplies w by 1 - rate: exactly, for rates exact in binary."""
    before = start.copy()
    path = descend(lambda w: w, start, rate, steps)
    assert path.shape == (steps + 1, *start.shape)
    expected = np.multiply.outer((1 - rate) ** np.arange(steps + 1), start)
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-300)
    assert (start == before).all()


@witness("keras", descend)
@pytest.mark.parametrize("shape", [(), (3,), (2, 4)])
def test_descent_equals_keras_sgd(shape, rng, keras):
    start, centre = rng.standard_normal((2, *shape))
    variable, sgd = keras.Variable(start), keras.optimizers.SGD(0.125)
    path = descend(lambda w: 4 * (w - centre) ** 3, start, 0.125, 6)
    for w in path[1:]:
        sgd.apply([4 * (variable.numpy() - centre) ** 3], [variable])
        np.testing.assert_allclose(w, variable.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("gradient", "rate", "sentence"),
    [
        (lambda w: w, 0.0, "learning_rate must be a number above 0, got 0"),
        (lambda w: w, -0.5, "learning_rate must be a number above 0, got -0.5"),
        (lambda w: w, np.nan, "learning_rate must be a number above 0, got nan"),
        (lambda w: w, np.inf, "learning_rate must be a number above 0, got inf"),
        (lambda w: w.sum(), 0.5, r"what gradient returns must have the shape of start, \(3,\), got \(\)"),
        (lambda w: w[:, None], 0.5, r"the shape of start, \(3,\), got \(3, 1\)"),
    ],
)
def test_descent_refuses(gradient, rate, sentence):
    with pytest.raises(ValueError, match=sentence):
        descend(gradient, np.ones(3), rate, 2)
