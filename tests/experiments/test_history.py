"""What chapter 16 runs and has measured."""

import numpy as np
import pytest

from course_lib.data import digits
from course_lib.experiments import history as experiments
from course_lib.experiments import history_lenet as lenet
from course_lib.experiments import history_study as study
from course_lib.experiments.history_runs import RUNS
from course_lib.history import MILESTONES


@pytest.mark.parametrize("source", RUNS)
def test_each_run_holds(source):
    sentence, holds = RUNS[source]
    assert holds()
    assert len(sentence) <= 100
    assert not sentence.endswith(".")


def test_each_run_is_that_of_a_milestone_and_they_are_told_in_the_chapter_s_own_words():
    assert set(RUNS) <= {m.source for m in MILESTONES}
    assert len(RUNS) >= 25


def test_pictures_are_twice_as_large_and_from_minus_one_to_one():
    x = digits().x_test[:5]
    large = lenet.large(x)
    assert large.shape == (5, 16, 16, 1)
    assert large.dtype == np.float32
    assert -1 <= large.min() < large.max() <= 1
    np.testing.assert_allclose(lenet.large(np.full((1, 8, 8), 0.3)), -0.4, atol=1e-6)
    # A slope stays a slope between the middles of the outer pixels.
    slope = lenet.large(np.tile(np.arange(8) / 8, (1, 8, 1)))[0, 5, 1:-1, 0]
    np.testing.assert_allclose(np.diff(slope), 0.125, atol=1e-6)


def test_the_network_of_1989_has_the_numbers_of_the_paper():
    model = lenet.network()
    assert model.count_params() == 9760
    assert model.output_shape == (None, 10)
    shapes = [tuple(w.shape) for w in model.trainable_weights]
    assert shapes.count((5, 5, 8, 4)) == 3
    assert (8, 8, 12) in shapes


def test_outside_of_a_blank_picture_is_paper_too():
    """A picture of nothing but paper looks the same everywhere: no edge is seen at its border."""
    from course_lib.page import quiet

    with quiet():
        import keras
    model = lenet.network()
    first = keras.Model(model.input, model.layers[1].output)
    maps = first.predict(np.full((1, 16, 16, 1), -1, "float32"), verbose=0)
    np.testing.assert_allclose(maps, np.broadcast_to(maps[:, :1, :1], maps.shape), atol=1e-6)


def test_first_weights_lie_as_the_paper_says():
    kernels = [w for w in lenet.network().get_weights() if w.ndim in (2, 4)]
    for kernel in kernels:
        fan_in = {(5, 5, 1, 12): 25, (5, 5, 8, 4): 200}.get(kernel.shape, kernel.shape[0])
        assert np.abs(kernel).max() <= 2.4 / fan_in
        assert np.abs(kernel).max() > 0.8 * 2.4 / fan_in


def test_shifts_move_by_at_most_a_pixel():
    x, rng = np.full((60, 16, 16, 1), -1.0), np.random.default_rng(0)
    x[:, 7, 8] = 1
    places = np.argwhere(lenet.shifted(x, rng) == 1)[:, 1:3]
    assert len(places) == 60
    assert {tuple(place) for place in places} == {(7 + i, 8 + j) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    edge = np.full((40, 16, 16, 1), -1.0)
    edge[:, 0] = 1
    assert set(np.unique(lenet.shifted(edge, rng)[:, 15])) == {-1.0}


def test_ideas_add_up():
    assert not any(lenet.settings("1989").values())
    assert sum(lenet.settings("+ ReLU").values()) == 3
    assert all(lenet.settings("+ dropout").values())


def test_targets():
    np.testing.assert_array_equal(lenet.targets(np.array([1]))[0], [-1, 1, *[-1] * 8])
    np.testing.assert_array_equal(lenet.targets(np.array([1]), True)[0], [0, 1, *[0] * 8])


def test_the_seed_makes_the_network():
    x, y, *_ = digits()
    one, two = (lenet.train(3, lenet.large(x[:32]), y[:32], 0.1, passes=1) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one.get_weights(), two.get_weights(), strict=True))


def test_what_is_stored_is_what_the_code_makes():
    """One network of twenty, again: its errors lie among theirs, on whatever machine."""
    found = study.stored()["+ shifts"]
    train, _, test = study.judged("+ shifts", found["rate"], seed=0)
    assert test <= max(found["test"]) + 0.01
    assert train <= max(found["train"]) + 0.01


@pytest.mark.parametrize("idea", [*lenet.IDEAS, study.SHIFTS_ALONE])
def test_each_idea_has_twenty_networks_and_its_best_rate_inside_the_grid(idea):
    found = study.stored()[idea]
    assert len(found["test"]) == len(found["train"]) == 20
    assert found["inside"]
    assert min(found["tried"]) == sorted(found["tried"])[0]


def test_memories_are_of_different_kinds_and_half_of_each_is_left():
    patterns = experiments.memories(10, 1)
    assert len(np.unique(patterns, axis=0)) == 10
    shown = experiments.half_erased(patterns)
    assert (shown[:, :32] == patterns[:, :32]).all()
    assert (shown[:, 32:] == -1).all()


@pytest.mark.parametrize("first", [0, 100])
def test_two_digits_are_nearly_always_kept_and_five_hardly_ever(first):
    """A hundred choices of digits; not always, as among the first twenty."""
    shares = experiments.capacity([1, 2, 3, 5], seeds=range(first, first + 100))
    assert shares[1] == 1 > shares[2] >= 0.95
    assert shares[3] < 0.2
    assert shares[5] < 0.01


@pytest.mark.parametrize("first", [0, 100, 2000])
def test_fair_coins_are_kept_where_digits_and_loaded_coins_are_not(first):
    seeds = range(first, first + 100)
    assert experiments.capacity([5], "coins", seeds)[5] > 0.85
    loaded = experiments.capacity([2, 3, 5], "loaded coins", seeds)
    assert loaded[2] > 0.9
    assert loaded[3] < 0.2
    assert loaded[5] < 0.01


def test_loaded_coins_have_ink_where_digits_have_it():
    many = experiments.thrown(4000, "loaded coins")
    assert set(np.unique(many)) == {-1, 1}
    ink = (experiments.signs(experiments._training()[0]) == 1).mean(axis=0)
    assert np.abs((many == 1).mean(axis=0) - ink).max() < 0.04
    assert (many[:, ink == 0] == -1).all()
    assert abs((experiments.thrown(4000, "coins") == 1).mean() - 0.5) < 0.01


def test_the_perceptron_stops_and_adaline_goes_on():
    mistakes, squares = experiments.two_machines(12).values()
    assert mistakes[-1] == 0
    assert (np.diff(squares) < 0).all()
