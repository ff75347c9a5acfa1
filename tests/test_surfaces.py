"""Surfaces: slopes by finite differences and by TensorFlow, lowest points, and walks step by step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.gradients import numeric_gradient
from course_lib.losses import descend
from course_lib.optimizers import SGD, Adam, Momentum
from course_lib.surfaces import FAR, LANDSCAPES, SURFACES, Surface, walk
from tests.witness import without, witness

pytestmark = without(["numeric"], "it takes steps and has no gradient of its own", walk)
EVERY = SURFACES | LANDSCAPES
every_surface = pytest.mark.parametrize("surface", EVERY.values(), ids=EVERY)
places = st.tuples(st.floats(-3, 3), st.floats(-3, 3))


@witness("numeric", Surface)
@every_surface
@given(places)
def test_slopes_are_those_of_the_height(surface, place):
    w = np.array(place)[: surface.weights]
    np.testing.assert_allclose(surface.gradient(w), numeric_gradient(lambda: surface.f(*w), w), rtol=1e-5, atol=1e-4)
    assert surface.loss(w) == surface.f(*w)


@witness("keras", Surface)
@every_surface
def test_slopes_equal_tensorflow(surface, keras):
    import tensorflow as tf

    for place in np.random.default_rng(0).uniform(-2, 2, (10, surface.weights)):
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
        assert surface.f(*place[: surface.weights]) >= surface.f(*goal) - 1e-12
        np.testing.assert_allclose(surface.gradient(goal), 0, atol=1e-12)


@pytest.mark.parametrize("name", LANDSCAPES)
def test_a_landscapes_slopes_equal_brute_force(name):
    landscape = LANDSCAPES[name]
    w = np.random.default_rng(0).uniform(-3, 3, (20, landscape.weights))
    numeric = numeric_gradient(lambda: landscape.loss(w).sum(), w)
    np.testing.assert_allclose(landscape.gradient(w), numeric, rtol=1e-5, atol=1e-7)
    assert landscape.loss(w).shape == (20,)
    assert landscape.gradient(w[0]).shape == w[0].shape


@every_surface
def test_many_places_at_once_are_each_of_them(surface):
    """Along any axes before the last; a map of losses is made so."""
    w = np.random.default_rng(0).uniform(-3, 3, (4, 5, surface.weights))
    heights, slopes = surface.loss(w), surface.gradient(w)
    for i in np.ndindex(4, 5):
        np.testing.assert_allclose(heights[i], surface.loss(w[i]), rtol=1e-14)
        np.testing.assert_allclose(slopes[i], surface.gradient(w[i]), rtol=1e-14)
    assert slopes.shape == w.shape


def test_each_landscape_has_the_places_that_the_chapter_names():
    """A stationary point of each kind, by the signs of the slopes' slopes."""

    def bends(name, w):
        gradient, h = LANDSCAPES[name].gradient, 1e-5
        rows = [(gradient(w + h * e) - gradient(w - h * e)) / (2 * h) for e in np.eye(len(w))]
        return np.sign(np.linalg.eigvalsh(np.array(rows))).tolist()

    valleys = LANDSCAPES["two valleys"]
    low, high = (descend(valleys.gradient, [start], 0.1, 500)[-1] for start in (-3.0, 3.0))
    assert (round(low[0], 2), round(high[0], 2)) == (-2.14, 1.83)
    assert valleys.loss(low) < valleys.loss(high)
    assert bends("two valleys", low) == bends("two valleys", high) == [1]
    assert bends("a saddle", np.zeros(2)) == [-1, 1]
    assert bends("a saddle", np.array([0.0, 2.0])) == [1, 1]
    assert (LANDSCAPES["a saddle"].gradient(np.zeros(2)) == 0).all()


def test_the_surfaces_are_what_their_names_say():
    ravine, saddle, valley = SURFACES["ravine"], SURFACES["saddle"], SURFACES["Rosenbrock"]
    assert ravine.f(10, 0) == ravine.f(0, 1) == 50
    assert saddle.gradient((0, 0)).tolist() == [0, 0]
    assert saddle.f(0.1, 0) > saddle.f(0, 0) > saddle.f(0, 0.1)
    assert (valley.f(0, 0), valley.f(1, 1), valley.f(-1.2, 1)) == pytest.approx((1, 0, 24.2))


@witness("keras", walk)
@every_surface
def test_a_walk_beside_keras(surface, keras):
    variable = keras.Variable(np.array(surface.start))
    twin = keras.optimizers.SGD(2**-10, 0.5)
    path = walk(Momentum(2**-10, 0.5), surface, 30)
    for place in path:
        np.testing.assert_allclose(variable.numpy(), place, rtol=1e-9)
        twin.apply([surface.gradient(variable.numpy())], [variable])


@witness("hypothesis", walk)
@given(places, st.integers(0, 20), st.sampled_from([1e-4, 2**-6, 0.5]))
def test_a_walk_is_its_steps(start, steps, rate):
    """On the ravine SGD multiplies each weight by a factor of its own."""
    path = walk(SGD(rate), SURFACES["ravine"], steps, start)
    factors = np.array([1 - rate, 1 - 100 * rate])
    t = np.arange(len(path))[:, None]
    np.testing.assert_allclose(path, np.array(start) * factors**t, rtol=1e-6, atol=1e-12)
    assert len(path) == steps + 1 or np.abs(path[-1]).max() > FAR
    assert (np.abs(path[:-1]) <= FAR).all()


def test_a_walk_off_the_map_ends_where_it_left():
    path = walk(SGD(0.03), SURFACES["ravine"], 50)
    assert len(path) == 11
    assert np.abs(path[-2]).max() <= FAR < np.abs(path[-1]).max()


def test_a_walk_keeps_its_start():
    start = np.array([1.0, 2.0])
    path = walk(Adam(0.1), SURFACES["bowl"], 3, start)
    assert start.tolist() == path[0].tolist() == [1, 2]
    assert len({tuple(place) for place in path}) == 4


def test_a_walk_goes_where_descent_goes():
    """By SGD, on a curve as on a map: to the last bit."""
    for surface in EVERY.values():
        path = walk(SGD(0.001), surface, 30)
        np.testing.assert_array_equal(path, descend(surface.gradient, surface.start, 0.001, 30))


@pytest.mark.parametrize(
    ("surface", "start", "sentence"),
    [
        ("bowl", (1.0,), r"start must have the shape \(2,\), got \(1,\)"),
        ("bowl", (1.0, np.nan), "start must hold finite numbers, got nan"),
        ("bowl", (np.inf, 0.0), "start must hold finite numbers, got inf"),
        ("bowl", (1.0, 2.0, 3.0), r"start must have the shape \(2,\), got \(3,\)"),
        ("one valley", (1.0, 2.0), r"start must have the shape \(1,\), got \(2,\)"),
    ],
)
def test_a_start_that_is_no_place_is_refused(surface, start, sentence):
    with pytest.raises(ValueError, match=sentence):
        walk(SGD(), EVERY[surface], 3, start)


def test_a_place_has_as_many_weights_as_the_surface():
    for f in (SURFACES["bowl"].loss, SURFACES["bowl"].gradient):
        with pytest.raises(ValueError, match=r"w must have the shape \(\.\.\., 2\), got \(3,\)"):
            f([1, 2, 3])


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint32, bool])
@pytest.mark.parametrize("surface", EVERY.values())
def test_places_of_whole_numbers(surface, dtype):
    """100 · 3² is more than fits into 8 bits."""
    w = np.array([[3, 1], [100, 16], [0, 2]]).astype(dtype)[:, : surface.weights]
    np.testing.assert_array_equal(surface.loss(w), surface.loss(w.astype(float)))
    np.testing.assert_array_equal(surface.gradient(w), surface.gradient(w.astype(float)))
