"""DDIM, guidance, the embedding of time and flow matching, and the losses, before their witnesses."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import diffusion as g
from course_lib.gradients import numeric_gradient
from tests.witness import without, witness

LOSSES = [(g.simple_loss, g.simple_loss_grad, 1, 2), (g.flow_loss, g.flow_loss_grad, 0, 3)]
CONSTANTS = [g.predicted_start, g.ddim_step, g.guided, g.timestep_embedding, g.flow_point, g.follow_flow]
pytestmark = [
    *without(["numeric"], "training needs no gradient through it: what it is given are constants", *CONSTANTS),
    *without(["keras"], "Keras has none; the paper's definition, worked out another way, stands in", *CONSTANTS),
]

BETAS = np.array([0.125, 0.5, 0.25, 0.0625, 0.375])
SEEDS = st.integers(0, 2**32 - 1)


def losses(kind):
    return [pytest.param(*case, marks=witness(kind, *case[:2]), id=case[0].__name__) for case in LOSSES]


@pytest.mark.parametrize(("loss", "grad", "moved", "arguments"), losses("numeric"))
def test_gradients_equal_brute_force(loss, grad, moved, arguments, rng):
    args = list(rng.standard_normal((arguments, 5, 2, 3)))
    brute_force = numeric_gradient(lambda: 3.5 * loss(*args), args[moved])
    np.testing.assert_allclose(3.5 * grad(*args), brute_force, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("loss", "grad", "moved", "arguments"), losses("keras"))
def test_equals_keras(loss, grad, moved, arguments, rng, keras):
    """The wanted answer is the noise itself, or x − ε, the velocity."""
    import tensorflow as tf

    args = list(rng.standard_normal((arguments, 5, 2, 3)))
    wanted = args[0] if loss is g.simple_loss else args[2] - args[1]
    predicted = tf.Variable(args[moved])
    with tf.GradientTape() as tape:
        theirs = keras.losses.MeanSquaredError()(wanted, tf.convert_to_tensor(predicted))
    np.testing.assert_allclose(loss(*args), theirs, rtol=1e-9)
    np.testing.assert_allclose(grad(*args), tape.gradient(theirs, predicted), rtol=1e-9)


@witness("hypothesis", g.predicted_start)
@given(st.lists(st.sampled_from([2**-10, 0.25, 0.5]), min_size=1, max_size=6), SEEDS, st.data())
def test_the_start_is_found_again(betas, seed, data):
    t = data.draw(st.integers(1, len(betas)))
    x_0, noise = np.random.default_rng(seed).standard_normal((2, 3, 2))
    np.testing.assert_allclose(g.predicted_start(g.add_noise(x_0, t, noise, betas), t, noise, betas), x_0, atol=1e-9)


@witness("hypothesis", g.ddim_step)
@given(st.integers(2, 6), SEEDS, st.data())
def test_a_step_of_any_length_lands_on_the_same_way(steps, seed, data):
    """Where the noise is seen rightly, x_s is x_0 with s steps of that very noise."""
    betas = g.linear_betas(steps, 0.05, 0.5)
    t = data.draw(st.integers(1, steps))
    earlier = data.draw(st.integers(0, t - 1))
    x_0, noise = np.random.default_rng(seed).standard_normal((2, 3, 2))
    landed = g.ddim_step(g.add_noise(x_0, t, noise, betas), t, earlier, noise, betas)
    expected = g.add_noise(x_0, earlier, noise, betas) if earlier else x_0
    np.testing.assert_allclose(landed, expected, rtol=1e-9, atol=1e-9)


def test_with_eta_1_it_is_the_reverse_step(rng):
    x, seen, z = rng.standard_normal((3, 5, 2, 3))
    t = np.array([5, 1, 3, 3, 2])
    np.testing.assert_allclose(
        g.ddim_step(x, t, t - 1, seen, BETAS, 1.0, z), g.reverse_step(x, t, seen, z, BETAS), rtol=1e-9, atol=1e-12
    )


def test_any_eta_keeps_the_noise_as_large_as_it_must_be(rng):
    """Song et al., lemma 1: x_s has the variance 1 − ᾱ_s around √ᾱ_s x_0, whatever η."""
    x_0, n = np.full((100_000, 1), 1.5), 100_000
    left = g.alpha_bars(BETAS)
    for eta in (0.0, 0.5, 1.0):
        noise, z = rng.standard_normal((2, n, 1))
        x = g.ddim_step(g.add_noise(x_0, 5, noise, BETAS), 5, 2, noise, BETAS, eta, z)
        assert abs(x.mean() - math.sqrt(left[1]) * 1.5) < 5 * math.sqrt((1 - left[1]) / n)
        assert abs(x.var() - (1 - left[1])) < 5 * (1 - left[1]) * math.sqrt(2 / n)


@witness("hypothesis", g.guided)
@given(st.sampled_from([0.0, 0.25, 1.0, 3.0, 100.0]), SEEDS)
def test_guidance_is_the_paper_s(scale, seed):
    """(1 + w) ε_c − w ε_u with w = scale − 1."""
    c, u = np.random.default_rng(seed).standard_normal((2, 4, 3))
    np.testing.assert_allclose(g.guided(c, u, scale), scale * c - (scale - 1) * u, rtol=1e-9, atol=1e-9)


@witness("hypothesis", g.timestep_embedding)
@given(st.lists(st.floats(0, 1000), min_size=1, max_size=4), st.integers(1, 5), st.sampled_from([100, 10_000]))
def test_time_is_a_row_of_clock_hands(t, half, base):
    rows = g.timestep_embedding(t, 2 * half, base)
    for row, time in zip(rows, t, strict=True):
        angles = [time / base ** (i / half) for i in range(half)]
        np.testing.assert_allclose(row, [*map(math.sin, angles), *map(math.cos, angles)], atol=1e-9)


def test_whole_times_have_the_columns_of_a_transformer_s_positions():
    from course_lib.positions import sinusoidal

    theirs = sinusoidal(20, 6)
    np.testing.assert_allclose(g.timestep_embedding(np.arange(20), 6), theirs[:, [0, 2, 4, 1, 3, 5]], atol=1e-12)


@witness("hypothesis", g.flow_point)
@given(st.integers(1, 4), SEEDS)
def test_a_straight_way_at_an_even_pace(batch, seed):
    rng = np.random.default_rng(seed)
    noise, x = rng.standard_normal((2, batch, 2, 3))
    t = rng.random(batch)
    point = g.flow_point(noise, x, t)
    for i in range(batch):
        np.testing.assert_allclose(point[i], g.flow_point(noise[i : i + 1], x[i : i + 1], t[i])[0], rtol=1e-12)
        np.testing.assert_allclose(point[i] - noise[i], t[i] * (x[i] - noise[i]), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(g.flow_point(noise, x, 0), noise)
    np.testing.assert_array_equal(g.flow_point(noise, x, 1), x)


@witness("hypothesis", g.flow_loss, g.flow_loss_grad)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.sampled_from([0.0, 1.0, 1e4]), SEEDS)
def test_flow_loss_of_any_shape(shape, scale, seed):
    seen, noise, x = scale * np.random.default_rng(seed).standard_normal((3, *shape))
    misses = [s - (b - a) for s, a, b in zip(seen.ravel(), noise.ravel(), x.ravel(), strict=True)]
    np.testing.assert_allclose(g.flow_loss(seen, noise, x), sum(m * m for m in misses) / len(misses))
    grad = g.flow_loss_grad(seen, noise, x)
    np.testing.assert_allclose(grad.ravel(), [2 * m / len(misses) for m in misses])
    assert grad.shape == x.shape


@witness("hypothesis", g.follow_flow)
@given(st.integers(1, 20), SEEDS)
def test_a_straight_flow_arrives_in_any_number_of_steps(steps, seed):
    noise, x = np.random.default_rng(seed).standard_normal((2, 3, 2))
    np.testing.assert_allclose(g.follow_flow(lambda at, t: x - noise, noise, steps), x, rtol=1e-9, atol=1e-9)


def test_a_curved_flow_needs_many_steps():
    """dx/dt = x ends at e: with n steps Euler's method says (1 + 1/n)^n."""
    for steps in (1, 2, 10, 1000):
        end = g.follow_flow(lambda x, t: x, np.ones((1, 1)), steps).item()
        assert end == pytest.approx((1 + 1 / steps) ** steps, rel=1e-12)
    assert abs(end - math.e) < 0.002


def test_the_time_goes_from_0_to_below_1():
    times = []
    g.follow_flow(lambda x, t: times.append(t) or x, np.ones((2, 2)), 4)
    assert times == [0, 0.25, 0.5, 0.75]


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.float16])
def test_small_numbers_count_as_real_ones(dtype):
    whole = np.array([[200, 3, 0]]).astype(dtype)
    real, z = whole.astype(float), np.full((1, 3), 0.5)
    for operation in (
        lambda x: g.add_noise(x, 2, z, BETAS),
        lambda x: g.reverse_step(x, 2, x, z, BETAS),
        lambda x: g.posterior(x, x, 2, BETAS)[0],
        lambda x: g.ddim_step(x, 2, 0, z, BETAS),
        lambda x: g.guided(x, x + dtype(1), 3.0),
        lambda x: g.flow_point(x, z, 0.5),
        lambda x: g.follow_flow(lambda at, t: x, x, 3),
        lambda x: g.simple_loss(x, x[:, ::-1]),
        lambda x: g.simple_loss_grad(x, x[:, ::-1]),
        lambda x: g.flow_loss(x, x[:, ::-1], x),
        lambda x: g.flow_loss_grad(x[:, ::-1], x, x),
    ):
        np.testing.assert_allclose(operation(whole), operation(real), rtol=1e-2 if dtype == np.float16 else 1e-12)


ROWS = np.ones((2, 3))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: g.linear_betas(0), "steps must be a whole number from 1 up, got 0"),
        (lambda: g.linear_betas(2.5), "steps must be a whole number from 1 up, got 2.5"),
        (lambda: g.linear_betas(4, 0.5, 1.0), r"betas must hold numbers between 0 and 1, both left out, got 1\.0"),
        (lambda: g.cosine_betas(0), "steps must be a whole number from 1 up, got 0"),
        (lambda: g.cosine_betas(4, -0.5), "offset must be a number from 0 up, got -0.5"),
        (lambda: g.alpha_bars([0.5, 1.0]), "betas must hold numbers between 0 and 1, both left out, got 1.0"),
        (lambda: g.alpha_bars([0.5, np.nan]), "betas must hold numbers between 0 and 1, both left out, got nan"),
        (lambda: g.alpha_bars(0.5), r"betas must have the shape \(steps,\), got \(\)"),
        (lambda: g.add_noise(ROWS, 0, ROWS, BETAS), "t must hold whole numbers from 1 to 5.*got 0"),
        (lambda: g.add_noise(ROWS, 6, ROWS, BETAS), "t must hold whole numbers from 1 to 5.*got 6"),
        (lambda: g.add_noise(ROWS, 1.0, ROWS, BETAS), "t must hold whole numbers from 1 to 5"),
        (lambda: g.add_noise(ROWS, [1, 2, 3], ROWS, BETAS), r"one for each of the 2 examples; its shape is \(3,\)"),
        (lambda: g.add_noise(ROWS, 1, ROWS[:1], BETAS), "noise must have the shape of x_0"),
        (lambda: g.posterior(ROWS, ROWS[:1], 1, BETAS), "x_t must have the shape of x_0"),
        (lambda: g.posterior(ROWS, ROWS, [1], BETAS), r"one for each of the 2 examples; its shape is \(1,\)"),
        (lambda: g.reverse_step(ROWS, 1, ROWS[:1], ROWS, BETAS), "noise_pred must have the shape of x_t"),
        (lambda: g.reverse_step(ROWS, 1, ROWS, ROWS[:1], BETAS), "noise must have the shape of x_t"),
        (lambda: g.simple_loss(ROWS, ROWS[:1]), "noise_pred must have the shape of noise"),
        (lambda: g.simple_loss_grad(ROWS[:0], ROWS[:0]), "noise must hold at least one number"),
        (lambda: g.predicted_start(ROWS, 0, ROWS, BETAS), "t must hold whole numbers from 1 to 5.*got 0"),
        (lambda: g.predicted_start(ROWS, 1, ROWS[:1], BETAS), "noise_pred must have the shape of x_t"),
        (lambda: g.ddim_step(ROWS, 2, 2, ROWS, BETAS), "earlier must hold steps before t, got 2"),
        (lambda: g.ddim_step(ROWS, [3, 2], 2, ROWS, BETAS), "earlier must hold steps before t, got 2"),
        (lambda: g.ddim_step(ROWS, 2, -1, ROWS, BETAS), "earlier must hold whole numbers from 0 to 5, got -1"),
        (lambda: g.ddim_step(ROWS, 2, [1, 1, 1], ROWS, BETAS), r"earlier must be one number.*its shape is \(3,\)"),
        (lambda: g.ddim_step(ROWS, 2, 1, ROWS, BETAS, 2.0, ROWS), "eta must be a number from 0 to 1, got 2.0"),
        (lambda: g.ddim_step(ROWS, 2, 1, ROWS, BETAS, 0.5), r"noise must have the shape of x_t, \(2, 3\), got \(\)"),
        (lambda: g.guided(ROWS, ROWS[:1], 1.0), "unconditional must have the shape of conditional"),
        (lambda: g.guided(ROWS, ROWS, -1.0), "scale must be a number from 0 up, got -1.0"),
        (lambda: g.timestep_embedding(3, 4), r"t must have the shape \(batch,\), got \(\)"),
        (lambda: g.timestep_embedding([1.0], 3), "2 must divide the width, 3"),
        (lambda: g.timestep_embedding([np.nan], 4), "t must hold finite numbers, got nan"),
        (lambda: g.flow_point(ROWS, ROWS, 1.5), "t must hold numbers from 0 to 1, got 1.5"),
        (lambda: g.flow_point(ROWS, ROWS, [0.5] * 3), r"one for each of the 2 examples; its shape is \(3,\)"),
        (lambda: g.flow_loss(ROWS, ROWS[:1], ROWS), "noise must have the shape of x"),
        (lambda: g.flow_loss_grad(ROWS[:, :1], ROWS, ROWS), "velocity_pred must have the shape of x"),
        (lambda: g.follow_flow(lambda x, t: x[:1], ROWS, 3), r"velocity\(x, t\) must have the shape of x, \(2, 3\)"),
        (lambda: g.follow_flow(lambda x, t: x, ROWS, 0), "steps must be a whole number from 1 up, got 0"),
        (lambda: g.follow_flow(lambda x, t: x, ROWS[:0], 1), "noise must hold at least one number"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()
