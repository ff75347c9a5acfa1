import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import hopfield
from course_lib.gradients import numeric_gradient
from tests.witness import without, witness

pytestmark = [
    *without(["numeric"], "it stores products, or moves by steps, which have no slope", hopfield.hebb, hopfield.recall),
]


def coins(seed, count, n):
    return np.random.default_rng(seed).choice([-1, 1], (count, n))


@witness("numeric", hopfield.energy)
def test_the_slope_of_the_energy_is_minus_what_is_heard(rng):
    weights = hopfield.hebb(coins(0, 3, 7))
    state = rng.standard_normal(7)
    slope = numeric_gradient(lambda: hopfield.energy(weights, state), state)
    np.testing.assert_allclose(slope, -weights @ state, rtol=1e-6, atol=1e-8)


@witness("keras", hopfield.hebb, hopfield.energy, hopfield.recall)
def test_a_step_is_a_dense_layer_and_the_energy_a_dot(keras):
    patterns = coins(1, 3, 20)
    outer = keras.ops.convert_to_numpy(keras.ops.einsum("mi,mj->ij", patterns.astype(float), patterns.astype(float)))
    weights = hopfield.hebb(patterns)
    np.testing.assert_allclose(weights, outer / 20 * (1 - np.eye(20)), rtol=1e-12)
    layer = keras.layers.Dense(20, activation=keras.ops.sign, use_bias=False)
    layer.build((None, 20))
    layer.set_weights([weights.T])
    states = coins(2, 5, 20)
    heard = keras.ops.convert_to_numpy(layer(states.astype(float)))
    np.testing.assert_array_equal(hopfield.recall(weights, states, 1), np.where(heard == 0, states, heard))
    energies = -0.5 * keras.ops.convert_to_numpy(keras.layers.Dot(1)([states.astype(float), states @ weights]))[:, 0]
    np.testing.assert_allclose(hopfield.energy(weights, states), energies, rtol=1e-12)


@witness("hypothesis", hopfield.hebb, hopfield.energy, hopfield.recall)
@given(st.integers(0, 999), st.integers(1, 4), st.integers(2, 30))
def test_memories_have_twins_and_rest_is_rest(seed, count, n):
    patterns, state = coins(seed, count, n), coins(seed + 1, 1, n)[0]
    weights = hopfield.hebb(patterns)
    assert np.array_equal(weights, weights.T)
    assert not np.diag(weights).any()
    assert hopfield.energy(weights, state) == hopfield.energy(weights, -state)
    np.testing.assert_array_equal(hopfield.recall(weights, -state), -hopfield.recall(weights, state))
    at_rest = hopfield.recall(weights, state, 1000)
    if np.array_equal(hopfield.recall(weights, at_rest, 1), at_rest):
        # Moving one unit of a state at rest never lowers the energy.
        for i in range(n):
            other = at_rest.copy()
            other[i] *= -1
            assert hopfield.energy(weights, other) >= hopfield.energy(weights, at_rest) - 1e-12
    # One memory alone is always kept.
    one = hopfield.hebb(patterns[:1])
    np.testing.assert_array_equal(hopfield.recall(one, patterns[0]), patterns[0])


def test_the_hand_example():
    weights = hopfield.hebb([[1, 1, -1]])
    np.testing.assert_allclose(weights, np.array([[0, 1, -1], [1, 0, -1], [-1, -1, 0]]) / 3)
    assert hopfield.recall(weights, [1, 1, 1]).tolist() == [1, 1, -1]


def test_many_states_at_once_are_each_alone():
    weights, states = hopfield.hebb(coins(3, 2, 16)), coins(4, 6, 16)
    alone = np.array([hopfield.recall(weights, state, 3) for state in states])
    np.testing.assert_array_equal(hopfield.recall(weights, states, 3), alone)


def test_no_step_changes_nothing():
    state = coins(0, 1, 9)[0]
    np.testing.assert_array_equal(hopfield.recall(hopfield.hebb(coins(5, 2, 9)), state, 0), state)


@pytest.mark.parametrize("wrong", [[[1, 0, -1]], [[0.5, 1]], 3, [[np.nan, 1]]])
def test_what_is_no_sign_is_refused(wrong):
    with pytest.raises(ValueError, match=r"patterns must be \+1 and −1"):
        hopfield.hebb(wrong)
