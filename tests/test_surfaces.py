"""Surfaces: slopes by finite differences and by TensorFlow, lowest points, and walks step by step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.gradients import numeric_gradient
from course_lib.optimizers import SGD, Adam, Momentum
from course_lib.surfaces import FAR, SURFACES, Surface, descend
from tests.witness import without, witness

pytestmark = without(["numeric"], "it takes steps and has no gradient of its own", descend)
every_surface = pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
places = st.tuples(st.floats(-3, 3), st.floats(-3, 3))


@witness("numeric", Surface)
@every_surface
@given(places)
def test_slopes_are_those_of_the_height(surface, place):
    w = np.array(place)
    np.testing.assert_allclose(surface.gradient(w), numeric_gradient(lambda: surface.f(*w), w), rtol=1e-5, atol=1e-4)


@witness("keras", Surface)
@every_surface
def test_slopes_equal_tensorflow(surface, keras):
    import tensorflow as tf

    for place in np.random.default_rng(0).uniform(-2, 2, (10, 2)):
        w = [tf.constant(number) for number in place]
        with tf.GradientTape() as tape:
            tape.watch(w)
            height = surface.f(*w)
        np.testing.assert_allclose(surface.gradient(place), tape.gradient(height, w), rtol=1e-9)


@witness("hypothesis", Surface)
@every_surface
@given(places)
def test_no_place_is_lower_than_a_goal(surface, place):
    for goal in surface.goals:
        assert surface.f(*place) >= surface.f(*goal) - 1e-12
        np.testing.assert_allclose(surface.gradient(goal), 0, atol=1e-12)


def test_the_surfaces_are_what_their_names_say():
    ravine, saddle, valley = SURFACES["ravine"], SURFACES["saddle"], SURFACES["Rosenbrock"]
    assert ravine.f(10, 0) == ravine.f(0, 1) == 50
    assert saddle.gradient((0, 0)).tolist() == [0, 0]
    assert saddle.f(0.1, 0) > saddle.f(0, 0) > saddle.f(0, 0.1)
    assert (valley.f(0, 0), valley.f(1, 1), valley.f(-1.2, 1)) == pytest.approx((1, 0, 24.2))


@witness("keras", descend)
@every_surface
def test_a_walk_beside_keras(surface, keras):
    variable = keras.Variable(np.array(surface.start))
    twin = keras.optimizers.SGD(2**-10, 0.5)
    path = descend(Momentum(2**-10, 0.5), surface, 30)
    for place in path:
        np.testing.assert_allclose(variable.numpy(), place, rtol=1e-9)
        twin.apply([surface.gradient(variable.numpy())], [variable])


@witness("hypothesis", descend)
@given(places, st.integers(0, 20), st.sampled_from([1e-4, 2**-6, 0.5]))
def test_a_walk_is_its_steps(start, steps, rate):
    """On the ravine SGD multiplies each weight by a factor of its own."""
    path = descend(SGD(rate), SURFACES["ravine"], steps, start)
    factors = np.array([1 - rate, 1 - 100 * rate])
    t = np.arange(len(path))[:, None]
    np.testing.assert_allclose(path, np.array(start) * factors**t, rtol=1e-6, atol=1e-12)
    assert len(path) == steps + 1 or np.abs(path[-1]).max() > FAR
    assert (np.abs(path[:-1]) <= FAR).all()


def test_a_walk_off_the_map_ends_where_it_left():
    path = descend(SGD(0.03), SURFACES["ravine"], 50)
    assert len(path) == 11
    assert np.abs(path[-2]).max() <= FAR < np.abs(path[-1]).max()


def test_a_walk_keeps_its_start():
    start = np.array([1.0, 2.0])
    path = descend(Adam(0.1), SURFACES["bowl"], 3, start)
    assert start.tolist() == path[0].tolist() == [1, 2]
    assert len({tuple(place) for place in path}) == 4


@pytest.mark.parametrize("start", [(1.0,), (1.0, np.nan), (np.inf, 0.0), (1.0, 2.0, 3.0)])
def test_a_start_that_is_no_place_is_refused(start):
    with pytest.raises(ValueError, match="start must be two finite numbers"):
        descend(SGD(), SURFACES["bowl"], 3, start)
