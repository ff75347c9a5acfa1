"""A run of the playground: its settings give it again bit for bit, also what is changed on the way."""

import json
import subprocess
import sys

import numpy as np
import pytest

from course_lib.playground import parts as playground_parts
from course_lib.playground import run as playground
from course_lib.playground import settings as playground_settings
from course_lib.playground.parts import random_stream
from course_lib.playground.run import Run, dense_layers
from course_lib.playground.settings import checked
from tests.playground.examples import SMALL, VARIED
from tests.witness import KINDS, without

pytestmark = without(KINDS, "it puts together what has its own witnesses", Run, dense_layers)


def same(one, other):
    """Whether two runs are at the same point, bit for bit."""
    weights = zip(one.network.parameters(), other.network.parameters(), strict=True)
    return one.losses == other.losses and all(np.array_equal(a, b) for a, b in weights)


@pytest.mark.parametrize("settings", [*VARIED, {"dropout": 0.5}], ids=str)
def test_equal_settings_give_equal_losses_bit_for_bit(settings):
    one, other = Run(settings), Run(json.loads(json.dumps(checked(settings))))
    one.train(6)
    for _ in range(3):
        other.train(2)
    assert one.epoch == 6
    assert same(one, other)
    assert len(set(one.losses["loss"])) > 1


def test_each_purpose_has_random_numbers_of_its_own():
    runs = [Run(SMALL | {"seed": seed}) for seed in (0, 1)]
    assert not np.array_equal(runs[0].x_train, runs[1].x_train)
    assert not np.array_equal(*(run.network.parameters()[0] for run in runs))
    streams = [random_stream({"seed": 0}, k).random() for k in range(4)]
    assert len(set(streams)) == 4
    # Neither the batches nor dropout shift the numbers of the others.
    wide = Run(SMALL | {"dropout": 0.5, "batch_size": 3})
    assert np.array_equal(wide.x_train, runs[0].x_train)
    assert np.array_equal(wide.network.parameters()[0], runs[0].network.parameters()[0])


def test_losses_begin_before_training_and_are_without_penalties():
    run = Run(SMALL | {"l1": 1.0, "l2": 1.0})
    assert run.epoch == 0
    p = 1 / (1 + np.exp(-run.network.forward(run.x_train)))
    by_hand = -np.mean(run.y_train * np.log(p) + (1 - run.y_train) * np.log(1 - p))
    assert run.losses["loss"] == [pytest.approx(by_hand, rel=1e-12)]
    assert run.losses == Run(SMALL).losses


def test_penalties_draw_weights_to_zero():
    sizes = {}
    for name in ("l1", "l2", "dropout"):
        run = Run(SMALL | {name: 0.5})
        run.train(200)
        sizes[name] = np.abs(run.network.parameters()[0]).mean()
    assert max(sizes["l1"], sizes["l2"]) < 0.1 < sizes["dropout"]


def test_accuracy_counts_the_points_on_the_right_side():
    run = Run(SMALL | {"train_share": 0.3})
    right = [(run.network.forward(x) > 0) == y for x, y in [(run.x_train, run.y_train), (run.x_test, run.y_test)]]
    assert run.accuracy() == (right[0].sum() / 12, right[1].sum() / 28)


def test_training_can_be_bounded_in_time():
    run = Run(SMALL)
    run.train(seconds=0)
    assert run.epoch == 1
    run.train(0)
    assert run.epoch == 1


def test_a_run_that_diverges_stops():
    run = Run(SMALL | {"optimizer": "SGD", "activation": "linear", "learning_rate": 10.0, "l2": 10.0})
    run.train(1000)
    assert run.diverged
    assert run.epoch < 1000
    stopped = run.epoch
    run.train(5)
    assert run.epoch == stopped
    # What it says of itself is still to be had.
    assert all(0 <= share <= 1 for share in run.accuracy())


@pytest.mark.parametrize(
    "changes",
    [
        [(2, "learning_rate", 0.5)],
        [(0, "weight", 1, 2, 1, -3.0), (3, "bias", 2, 0, 1.5), (3, "l1", 0.25)],
        [(1, "batch_size", 2), (1, "batch_size", 30), (4, "l2", 1.0), (4, "weight", 0, 1, 2, 0.0)],
    ],
    ids=str,
)
def test_what_is_changed_on_the_way_is_part_of_the_settings(changes):
    run = Run(SMALL)
    for epoch in range(6):
        for at, *change in changes:
            if at == epoch:
                run.change(*change)
        run.train(1)
    again, plain = Run(run.settings), Run(SMALL)
    for other in (again, plain):
        other.train(6)
    assert same(again, run)
    assert again.now == run.now | {"changes": run.settings["changes"]}
    assert not same(plain, run)


def test_a_changed_weight_is_there_at_once_and_so_is_its_loss():
    run = Run(SMALL)
    run.train(2)
    before = run.losses["loss"][-1]
    run.change("weight", 1, 2, 0, 4.5)
    run.change("bias", 0, 1, -2.5)
    first, second, _ = dense_layers(run.network)
    assert second.params["kernel"][2, 0] == 4.5
    assert first.params["bias"][1] == -2.5
    assert run.epoch == 2
    assert run.losses["loss"][-1] != before
    assert run.settings["changes"] == [[2, "weight", 1, 2, 0, 4.5], [2, "bias", 0, 1, -2.5]]
    assert same(playground_after(run.settings, 2), run)


def playground_after(settings, epochs):
    run = Run(settings)
    run.train(epochs)
    return run


def test_the_last_of_several_changes_at_one_moment_counts_and_the_future_is_open():
    run = Run(SMALL | {"changes": [[5, "l1", 0.5], [1, "l2", 0.5]]})
    run.train(1)
    for rate in (0.1, 0.2, 0.3):
        run.change("learning_rate", rate)
    assert run.settings["changes"] == [[1, "l2", 0.5], [1, "learning_rate", 0.3]]
    assert run.now["learning_rate"] == run.optimizer.learning_rate == 0.3
    assert {layer.l2 for layer in dense_layers(run.network)} == {0.5}


def test_a_change_that_is_refused_changes_nothing():
    run, other = Run(SMALL), Run(SMALL)
    for change in [("noise", 1.0), ("weight", 9, 0, 0, 1.0), ("l1", "much"), ("weight", 0, 0, 0, np.nan), ("bias", 1)]:
        with pytest.raises(ValueError, match=r"must be|a change is"):
            run.change(*change)
    assert same(run, other)
    assert run.settings == other.settings


# 600 epochs are half a minute at 20 epochs a second, the least that the page reaches. Measured for 12 seeds: 80 to 220.
@pytest.mark.parametrize("seed", range(10))
def test_the_spiral_is_solved(seed):
    run = Run({"seed": seed})
    while run.epoch < 600 and run.accuracy()[1] < 0.95:
        run.train(10)
    assert run.accuracy()[1] >= 0.95


def test_no_module_of_it_loads_keras_or_matplotlib_before_the_widget():
    code = "import sys, course_lib.playground.session; print({'keras', 'matplotlib', 'ipywidgets'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
    assert {playground.__name__, playground_parts.__name__, playground_settings.__name__} <= set(sys.modules)
