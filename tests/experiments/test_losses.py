"""The experiments of chapter 03, before brute force, theory and the training module's own loop."""

import numpy as np
import pytest

from course_lib import losses
from course_lib.experiments import losses as experiments
from course_lib.gradients import numeric_gradient
from course_lib.layers import Dense
from course_lib.losses import loss_and_gradient
from course_lib.training import batches, evaluate


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def reader(rng):
    """A layer's inputs, labels and weights. (40, 5), (40,), (5, 3)"""
    return rng.standard_normal((40, 5)), rng.integers(0, 3, 40), rng.standard_normal((5, 3))


def test_slopes_equal_brute_force(reader):
    x, y, kernel = reader
    numeric = numeric_gradient(lambda: losses.sparse_categorical_crossentropy(y, x @ kernel, True), kernel)
    np.testing.assert_allclose(experiments.slopes(kernel, x, y), numeric, rtol=1e-5, atol=1e-8)


def test_noise_falls_as_the_theory_says(reader, rng):
    """The spread of single examples, divided by √batch; as no example occurs twice, a batch of all has none."""
    x, y, kernel = reader
    each = np.array([experiments.slopes(kernel, x[i : i + 1], y[i : i + 1]) for i in range(40)])
    full = each.mean(axis=0)
    spread = np.sqrt(np.sum((each - full) ** 2) / 40) / np.linalg.norm(full)
    for size in (1, 4, 16):
        expected = spread * np.sqrt((40 - size) / (39 * size))
        assert experiments.gradient_noise(kernel, x, y, size, rng, draws=2000) == pytest.approx(expected, rel=0.1)
    assert experiments.gradient_noise(kernel, x, y, 40, rng) == pytest.approx(0, abs=1e-12)


def test_a_run_equals_the_loop_of_the_training_module(reader):
    """The same batches in the library's own training loop: same losses after each epoch."""
    x, y, _ = reader
    ours = experiments.losses_by_epoch(x, y, 16, 0.5, 3, seed=7, classes=3)
    layer, rng = Dense(5, 3, np.random.default_rng(0)), np.random.default_rng(7)
    layer.params["kernel"][:] = 0
    pair = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)
    after = [evaluate(layer, x, y, pair, 40)]
    for _ in range(3):
        for i in batches(40, 16, rng):
            layer.forward(x[i], training=True)
            layer.backward(pair[1](y[i], layer.forward(x[i])))
            layer.params["kernel"] -= 0.5 * layer.grads["kernel"]
        after.append(evaluate(layer, x, y, pair, 40))
    np.testing.assert_allclose(ours, after, rtol=1e-9)
    assert ours[0] == pytest.approx(np.log(3))


def test_best_runs_takes_the_rate_that_ends_lowest(reader):
    x, y, _ = reader
    rates = (1e-6, 0.5, 1e3)
    best, runs = experiments.best_runs(x, y, 8, rates, epochs=2, seeds=3)
    assert best == 0.5
    assert runs.shape == (3, 3)
    ends = [
        np.mean([experiments.losses_by_epoch(x, y, 8, rate, 2, seed, 10)[-1] for seed in range(3)]) for rate in rates
    ]
    assert runs[:, -1].mean() == pytest.approx(min(ends))
    assert np.argmin(ends) == 1


def test_a_one_stands_behind_every_picture():
    rows = experiments.with_one(np.full((2, 8, 8), 0.5, "float32"))
    assert rows.shape == (2, 65)
    assert rows.dtype == float
    assert (rows[:, -1] == 1).all()
    assert (rows[:, :-1] == 0.5).all()


def test_losses_by_step_are_those_of_whole_epochs(reader):
    x, y, _ = reader
    y = y + 7 * (y == 0)
    ours = experiments.losses_by_step(x, y, 16, 0.5, [1, 3, 9], seed=7)
    by_epoch = experiments.losses_by_epoch(x, y, 16, 0.5, 3, seed=7)
    # Forty examples in batches of 16 are three steps.
    np.testing.assert_allclose(ours[1:], by_epoch[[1, 3]])
    assert by_epoch[1] < ours[0] < by_epoch[0]


def test_a_race_is_as_long_as_its_seconds_and_takes_the_best_rate(reader):
    x, y, _ = reader
    best, seconds, losses = experiments.race(x, y, 8, (1e-6, 0.5, 1e3), 0.002, range(3))
    assert best == 0.5
    assert losses.shape == (3, len(seconds))
    assert seconds[0] == pytest.approx(experiments.step_seconds(8))
    assert 0.002 - experiments.step_seconds(8) < seconds[-1] <= 0.002
    last = [round(seconds[-1] / experiments.step_seconds(8))]
    assert losses[1, -1] == pytest.approx(experiments.losses_by_step(x, y, 8, 0.5, last, 1)[0])


def test_a_step_is_measured(reader):
    x, y, _ = reader
    assert 0 < experiments.measured_step(x, y, 8, repeats=5) < 1
