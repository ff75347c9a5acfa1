"""The widgets of chapter 11: every sentence and mark against the mathematics."""

import numpy as np
import pytest

from course_lib.experiments import overfitting as experiments
from course_lib.widgets import overfitting as widgets
from course_lib.widgets.overfitting import CAPACITIES, PENALTIES


@pytest.mark.parametrize("parameters", [1, 4, 11, 12, 60, 200])
@pytest.mark.parametrize("penalty", [0.0, PENALTIES[3]])
def test_the_capacity_says_both_errors(parameters, penalty):
    demo = widgets.Capacity(parameters=parameters, penalty=penalty)
    x, y, x_new, y_new, extra = demo.data()
    learnt, unseen = experiments.errors(x, y, x_new, y_new, CAPACITIES, penalty)
    at = CAPACITIES.index(parameters)
    told = demo.describe()
    some = "1 parameter" if parameters == 1 else f"{parameters} parameters"
    assert f"{some} for 12 points: the error on the points is {learnt[at]:.3f}" in told
    # New points have noise of their own.
    assert extra == pytest.approx(0.09)
    assert f"least with {CAPACITIES[np.argmin(unseen)]}: {unseen.min() + 0.09:.3f}" in told
    assert ("goes through every point" in told) == (parameters >= 12 and penalty == 0)


def test_a_point_is_dragged_and_stays_there():
    demo = widgets.Capacity(parameters=2)
    first = demo.charts()[0]
    x, y, *_ = demo.data()
    place, goal = (tuple(map(float, first.at(x[4], height))) for height in (y[4], -1.0))
    demo.dragged = {"grip": 0.5, "start": list(place), "place": list(goal)}
    assert demo.error == ""
    assert demo.data()[1][4] == pytest.approx(-1.0, abs=1e-3)
    np.testing.assert_array_equal(np.delete(demo.data()[1], 4), np.delete(y, 4))
    demo.presses = [["new", 1]]
    assert demo.state["moved"] == []
    assert not np.allclose(demo.data()[0], x)
    # A hand far from any point holds none.
    demo.dragged = {"grip": 0.7, "start": [700, 30], "place": [100, 100]}
    assert demo.state["moved"] == []


def test_arrows_change_the_capacity_and_end_at_its_ends():
    demo = widgets.Capacity(parameters=2)
    for k, (key, wanted) in enumerate([("ArrowLeft", 1), ("ArrowLeft", 1), ("ArrowRight", 2), ("ArrowRight", 3)]):
        demo.presses = [[key, k + 1]]
        assert demo.state["parameters"] == wanted


def test_own_points_judge_with_every_third():
    x = np.linspace(-1, 1, 9)
    demo = widgets.Capacity(x, x**2, parameters=3)
    assert demo.error == ""
    assert [len(part) for part in demo.data()[:4]] == [6, 6, 3, 3]
    assert "3 parameters for 6 points: the error on the points is 0.000, on new ones 0.000." in demo.describe()


def test_the_moons_say_what_the_network_does():
    demo = widgets.Regularizers(epoch=200)
    _, flipped, found, at = demo.run()
    assert (found[at][0], flipped) == (200, ())
    net = experiments.moons_network(32, 0, 0, 0, np.random.default_rng(0))
    net.set_weights(found[at][1])
    (x, y), _, (x_new, y_new) = experiments.moons_points(24)
    right, unseen = (np.mean((net.forward(a) > 0) == b) for a, b in ((x, y), (x_new, y_new)))
    told = demo.describe()
    assert told.startswith(f"After epoch 200: {right:.0%} of the points and {unseen:.0%} of 400 new ones are right.")
    assert f"is {found[at][2]:.3f} on the points and {found[at][4]:.3f} on new ones" in told


def test_early_stopping_shows_the_weights_of_the_best_epoch_and_says_so():
    demo = widgets.Regularizers(epoch=400, best=True)
    *_, found, at = demo.run()
    assert found[at][3] == min(row[3] for row in found)
    assert demo.describe().startswith(f"Up to epoch 400, the weights of epoch {found[at][0]}:")
    demo.set(epoch=0)
    assert "the weights of epoch 0:" in demo.describe()


def test_a_click_gives_a_point_the_wrong_label_and_takes_it_back():
    demo = widgets.Regularizers()
    before = demo.drawing
    demo.presses = [["point5", 1]]
    assert demo.state["flipped"] == [5]
    assert demo.describe().endswith("1 wrong label.")
    assert demo.drawing != before
    demo.presses = [["point7", 2]]
    assert demo.describe().endswith("2 wrong labels.")
    demo.presses = [["point7", 3]]
    demo.presses = [["point5", 4]]
    assert demo.drawing == before
    demo.set(decay=0.01, best=True, flipped=[1])
    demo.presses = [["cure", 5]]
    assert demo.drawing == before


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.9])
def test_dropout_says_the_sums_that_it_draws(rate):
    demo = widgets.Dropout(rate=rate, passes=50)
    masks = np.random.default_rng(0).random((50, 6)) >= rate
    sums = (masks * demo.hidden / (1 - rate)) @ demo.weights
    told = demo.describe().replace("−", "-")
    assert f"Pass 50: {6 - masks[-1].sum()} of 6 fell out, the others count {1 / (1 - rate):.2f} times" in told
    assert f"The mean of 50 is {sums.mean() + 0:.2f}" in told
    assert f"without dropout it is {demo.hidden @ demo.weights:.2f}" in told


def test_where_all_fell_out_no_others_count():
    demo = widgets.Dropout(rate=0.9, passes=3)
    assert "Pass 3: 6 of 6 fell out; the sum is 0.00." in demo.describe()


def test_many_passes_come_close_to_the_sum_without_dropout():
    demo = widgets.Dropout(passes=5000)
    sums, whole = demo.sums()
    assert abs(sums.mean() - whole) < 0.1


def test_what_is_flipped_by_hand_belongs_to_its_pass():
    demo = widgets.Dropout(rate=0.5, passes=3)
    before = demo.sums()[0]
    demo.presses = [["neuron2", 1]]
    after = demo.sums()[0]
    np.testing.assert_array_equal(before[:2], after[:2])
    assert abs(before[2] - after[2]) == pytest.approx(1.6)
    assert demo.describe().endswith("1 of this pass changed by hand.")
    demo.presses = [["one", 2]]
    # The next pass is drawn anew, and nothing of it was changed.
    assert demo.state["flipped"] == []
    np.testing.assert_array_equal(demo.sums()[0][:3], before)
    demo.presses = [["hundred", 3]]
    assert len(demo.sums()[0]) == 104
    demo.presses = [["again", 4]]
    assert len(demo.sums()[0]) == 1


def test_outside_of_training_nothing_falls_out():
    demo = widgets.Dropout(rate=0.9, training=False)
    assert demo.describe() == "Not in training: nothing falls out, nothing is scaled, and the sum is 1.98."
    before = demo.state
    demo.presses = [["neuron1", 1]]
    assert demo.state == before
