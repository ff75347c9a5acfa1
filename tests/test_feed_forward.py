"""A gate between dense layers, before three witnesses. (``feed_forward`` is witnessed with the blocks.)"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.feed_forward import SwiGLU, feed_forward
from tests.witness import check_keras, check_numeric, shaken, witness


@witness("numeric", SwiGLU)
@pytest.mark.parametrize("shape", [(5, 4), (2, 3, 4), (1, 1, 4)])
def test_gradients_equal_brute_force(shape, rng):
    check_numeric(shaken(SwiGLU(4, 3, rng), rng), rng.standard_normal(shape), rng)


@witness("keras", SwiGLU)
def test_equals_keras(rng, keras):
    class Twin(keras.Layer):
        def __init__(self):
            super().__init__()
            self.gate, self.value = (keras.layers.Dense(3, activation=f, use_bias=False) for f in ("silu", None))
            self.back = keras.layers.Dense(4, use_bias=False)

        def call(self, x):
            return self.back(self.gate(x) * self.value(x))

    check_keras(shaken(SwiGLU(4, 3, rng), rng), Twin(), rng.standard_normal((2, 5, 4)), rng)


@witness("hypothesis", SwiGLU)
@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=2),
    st.integers(1, 4),
    st.integers(1, 4),
    st.sampled_from([0.0, 1.0, 1e3, -1e4]),
    st.integers(0, 2**32 - 1),
)
def test_unit_by_unit(leading, width, hidden, scale, seed):
    rng = np.random.default_rng(seed)
    layer, x = shaken(SwiGLU(width, hidden, rng), rng), scale * rng.standard_normal((*leading, width))
    W, V, W2 = layer.params.values()
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = layer.forward(x)
        dx = layer.backward(np.ones_like(y))
    assert dx.shape == x.shape
    for i in np.ndindex(*leading):
        a = [x[i] @ W[:, u] for u in range(hidden)]
        gates = [z * (0.5 + 0.5 * np.tanh(z / 2)) for z in a]
        wanted = sum(gate * (x[i] @ V[:, u]) * W2[u] for u, gate in enumerate(gates))
        np.testing.assert_allclose(y[i], wanted, rtol=1e-9, atol=1e-9 * (1 + scale**2))
    assert [g.shape for g in layer.gradients()] == [p.shape for p in layer.parameters()]


def test_by_its_name_in_feed_forward(rng):
    assert isinstance(feed_forward(4, 3, rng, "swiglu"), SwiGLU)


def test_whole_numbers_become_floats(rng):
    layer, x = SwiGLU(2, 3, rng), np.array([[200, 100]], np.uint8)
    np.testing.assert_array_equal(layer.forward(x), layer.forward(x.astype(float)))


def test_bad_input_gets_a_sentence(rng):
    with pytest.raises(ValueError, match="hidden must be a whole number from 1 up, got 0"):
        SwiGLU(4, 0, rng)
    with pytest.raises(ValueError, match="backward needs a forward before it"):
        SwiGLU(4, 2, rng).backward(np.ones((1, 4)))
