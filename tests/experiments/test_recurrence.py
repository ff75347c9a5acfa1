"""What chapter 08 trains: the tasks are what they are said to be, and the stored numbers say what the chapter says."""

import numpy as np
import pytest

from course_lib.data import digits
from course_lib.experiments import recurrence as experiments
from course_lib.experiments import recurrence_study as study
from course_lib.experiments.recurrence_study import _Many, learn_recall_many
from course_lib.optimizers import Adam


def test_recall_begins_with_what_is_asked_and_noise_never_says_it():
    x, y = experiments.recall_batch(50, 7, np.random.default_rng(0))
    assert x.shape == (50, 7, 8)
    np.testing.assert_array_equal(x[:, 0].argmax(axis=1), y)
    assert set(y) == {0, 1, 2, 3}
    assert x[:, 1:].argmax(axis=2).min() == 4


@pytest.mark.parametrize(("cell", "part"), [("LSTM", slice(5, 10)), ("GRU", (0, slice(0, 5)))])
def test_it_is_the_gate_that_keeps_which_is_started(cell, part):
    first = experiments.CELLS[cell](3, 5, np.random.default_rng(0))
    layer = experiments.started(experiments.CELLS[cell](3, 5, np.random.default_rng(0)), keep=50, stretch=2)
    changed = first.params["bias"].copy()
    changed[part] = 50
    np.testing.assert_array_equal(layer.params["bias"], changed)
    np.testing.assert_array_equal(layer.params["recurrent_kernel"], 2 * first.params["recurrent_kernel"])
    # With the gate open the memory stays as it is: of an LSTM c, of a GRU h.
    layer.return_state = True
    memory = np.full((1, 5), 0.3)
    start = [memory] if cell == "GRU" else [0 * memory, memory]
    layer.params["kernel"][:] = 0
    if cell == "LSTM":
        layer.params["bias"][:5] = -50
    *_, kept = layer.forward(np.zeros((1, 9, 3)), initial_state=start)
    np.testing.assert_allclose(kept, memory, atol=1e-9)


def test_a_window_as_long_as_the_sequence_is_no_window():
    full, windowed = (experiments.learn_recall("GRU", 5, 0, steps=3, window=window) for window in (None, 5))
    assert full == windowed
    assert experiments.learn_recall("GRU", 5, 0, steps=3, window=2)[1] != full[1]


@pytest.mark.parametrize("window", [None, 3])
@pytest.mark.parametrize("name", list(experiments.RECALLERS))
def test_networks_side_by_side_learn_what_each_learns_alone(name, window):
    many = _Many(name, [np.random.default_rng(seed) for seed in (3, 4)], dtype="float64")
    rngs, optimizer, found = [np.random.default_rng(seed) for seed in (3, 4)], Adam(0.01), []
    for rng in rngs:
        # The random numbers that its weights were made of.
        experiments.CELLS[experiments.RECALLERS[name][0]](8, 16, rng)
        experiments.Dense(16, 4, rng)
    for _ in range(4):
        batches = [experiments.recall_batch(32, 6, rng) for rng in rngs]
        losses, gradients = many.loss_and_gradients(*(np.stack(part) for part in zip(*batches, strict=True)), window)
        optimizer.step(many.weights, gradients)
        found.append(losses)
    for k, seed in enumerate((3, 4)):
        alone = experiments.learn_recall(name, 6, seed, steps=4, window=window)[1]
        np.testing.assert_allclose(np.array(found)[:, k], alone, rtol=1e-12)


def test_those_side_by_side_are_each_judged_when_they_are_done():
    shares, updates = learn_recall_many("SimpleRNN", 3, [0, 1], rate=0.03, steps=200)
    assert shares == [1, 1]
    assert max(updates) < 200


def test_clipping_is_the_only_difference_between_the_stretched():
    free, clipped, loose = (experiments.learn_stretched(0, 0.3, clip, length=4)[1][:2] for clip in (None, 0.01, 1e9))
    assert free == loose != clipped


def test_what_is_left_begins_at_one():
    size = experiments.left("GRU", seed=1)
    assert (len(size), size[0]) == (60, 1)


def test_forecasts_of_the_sun():
    years, past, then = experiments.sun_windows(lags=4)
    assert years[0] == 1704
    assert past[0].tolist() == [0.05, 0.11, 0.16, 0.23]
    assert then[0] == 0.36
    trained = years < 1720
    said = experiments.straight_forecast(2, past, then, trained)
    rows = np.column_stack([past[trained][:, 2:], np.ones(trained.sum())])
    # The best straight formula leaves nothing that its inputs could tell.
    np.testing.assert_allclose(rows.T @ (said - then)[trained], 0, atol=1e-9)
    assert experiments.sun_miss(then + 0.03, then, trained) == pytest.approx(3)


def test_passes_in_parts_are_the_same_passes():
    data = experiments.sun_windows(lags=5)[1:]
    trained = np.arange(len(data[1])) < 40
    *_, last = experiments.sun_forecasts(0, *data, trained, 0.01, [1, 2])
    np.testing.assert_allclose(last, experiments.sun_forecast(0, *data, trained, 0.01, 3), rtol=1e-9)


def test_days_are_written_as_month_and_day():
    read, write = experiments.days(3, 2, np.random.default_rng(0))
    for row, wanted in zip(read, write, strict=True):
        text = "".join(experiments.LETTERS[k] for k in row)
        days = [text[:5], text[5:]]
        assert "".join(f"{experiments.MONTHS.index(d[2:]) + 1:02}{d[:2]}" for d in days) == "".join(map(str, wanted))


def test_a_translator_is_taught_what_it_then_does_alone():
    rng = np.random.default_rng(0)
    translator = experiments.Translator(8, rng)
    x, y = experiments.days(4, 1, rng)
    assert translator.translate(x, 4).shape == y.shape
    losses = [translator.step(x, y, Adam(0.02)) for _ in range(2)]
    assert losses[1] < losses[0]


# What is stored.


def test_each_cell_was_trained_at_its_best_rate_and_that_lies_inside_the_grid():
    found = experiments.measured()
    for name in experiments.RECALLERS:
        assert set(found["rates"][name]) == {str(rate) for rate in study.RATES}
        assert study.RATES[0] < study.best_rate(name, found) < study.RATES[-1], name


def test_twenty_runs_are_kept_of_each():
    found = experiments.measured()
    assert {len(runs) for lengths in found["recall"].values() for runs in lengths.values()} == {20}
    assert {len(runs) for runs in found["windows"]["shares"].values()} == {20}
    assert {len(found["clipping"]["clipped"][rate]["share"]) for rate in ("0.3", "1.0")} == {20}


def test_each_width_has_translated_five_times_from_one_to_five_dates():
    found = experiments.measured()["days"]
    assert list(found) == [str(units) for units in study.WIDTHS]
    assert {np.shape(runs) for runs in found.values()} == {(5, 5)}


def test_the_rates_of_the_stretched_lie_inside_the_grid():
    for name, wanted in (("not clipped", "0.3"), ("clipped", "1.0")):
        tried = experiments.measured()["clipping"]["chosen by"][name]
        assert min(tried, key=lambda rate: np.mean(tried[rate])) == wanted
        assert next(iter(tried)) != wanted != list(tried)[-1]


def test_the_forecasters_settings_are_those_chosen_inside_the_grid():
    rate, passes = experiments.measured()["sun"]["best"]
    assert experiments.sun_forecast.__defaults__ == (rate, passes)
    assert study.SUN_RATES[0] < rate < study.SUN_RATES[-1]
    assert study.SUN_PASSES[0] < passes < study.SUN_PASSES[-1]


def test_the_readers_rates_lie_inside_the_grid():
    for cell, found in experiments.measured()["readers"].items():
        tried = {float(rate): bits for rate, bits in found["chosen by"].items()}
        assert min(tried) < min(tried, key=tried.get) < max(tried), cell


def test_each_window_has_its_own_rate_inside_the_grid():
    for window, tried in experiments.measured()["windows"]["chosen by"].items():
        assert set(tried) == {str(rate) for rate in study.RATES}
        means = {float(rate): [np.mean(updates), -np.mean(shares)] for rate, (updates, shares) in tried.items()}
        best = min(means, key=means.get)
        assert study.RATES[0] < best < study.RATES[-1]
        assert experiments.measured()["windows"]["rates"][window] == best


def test_the_reader_of_digits_has_the_rate_chosen_on_the_validation_part():
    found = experiments.measured()["digits"]
    best = max(found["chosen by"], key=lambda rate: np.mean(found["chosen by"][rate]))
    assert float(best) == found["best"] == experiments.digit_reader.__defaults__[0]
    assert study.DIGIT_RATES[0] < found["best"] < study.DIGIT_RATES[-1]
    assert len(found["test"]) == 20


def test_the_vector_machine_beside_it_has_settings_that_are_best_on_the_validation_part():
    from sklearn.svm import SVC

    data = digits()
    tried = {
        (C, gamma): SVC(C=C, gamma=gamma).fit(data.x_train.reshape(-1, 64), data.y_train)
        for C in (1, 3, 10)
        for gamma in (0.02, 0.05, 0.2)
    }
    shares = {key: machine.score(data.x_val.reshape(-1, 64), data.y_val) for key, machine in tried.items()}
    assert shares[3, 0.05] == max(shares.values())


def test_a_layer_as_it_starts_keeps_three_steps_and_not_twenty():
    assert experiments.untrained_recall(0, length=3) > 0.9
    assert experiments.untrained_recall(0) < 0.35
