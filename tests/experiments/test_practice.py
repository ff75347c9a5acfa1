"""What chapter 12 trains and has measured."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from course_lib.data import digits
from course_lib.experiments import practice as experiments
from course_lib.experiments import practice_rivals as rivals
from course_lib.experiments import practice_study as study
from course_lib.experiments.many_networks import OPTIMIZERS, Many


@pytest.fixture(scope="module")
def few():
    x, y, *_ = digits()
    return x[:128].reshape(-1, 64), y[:128]


def test_gradients_of_many_are_brute_force_ones():
    rng = np.random.default_rng(0)
    many = Many(2, (5, 4, 3), weights=[1, 2, 0.5])
    many.params = [w.astype(float) for w in many.params]
    x, y = rng.standard_normal((2, 6, 5)).astype("float32"), rng.integers(0, 3, (2, 6))

    def loss():
        z = many.logits(x).astype(float)
        z = z - np.log(np.exp(z).sum(-1, keepdims=True))
        return -(np.array([1, 2, 0.5])[y] * np.take_along_axis(z, y[..., None], -1)[..., 0]).mean(1).sum()

    for w, g in zip(many.params, many.gradients(x, y), strict=True):
        index = np.unravel_index(np.abs(g).argmax(), g.shape)
        w[index] += 1e-4
        above = loss()
        w[index] -= 2e-4
        assert (above - loss()) / 2e-4 == pytest.approx(g[index], rel=1e-2)
        w[index] += 1e-4


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_of_many_learns_at_its_own_rate(few, optimizer):
    rate = {"sgd": 0.5, "momentum": 0.1}.get(optimizer, 0.01)
    many = Many(2, (64, 32, 10), [0.0, rate], optimizer)
    before = [w.copy() for w in many.params]
    (seen,) = many.fit(*few, epochs=12, watch=[few])
    assert all(np.array_equal(w[0], old[0]) for w, old in zip(many.params, before, strict=True))
    assert seen[-1, 1, 1] < seen[0, 1, 1]
    assert seen[-1, 0, 1] > 0.3


def test_the_recipe_passes_what_is_sound_and_catches_shuffled_labels(few):
    pipelines = experiments.pipelines(*few)
    sound = experiments.recipe(*pipelines["sound"], epochs=8)
    assert all(passed for passed, _ in sound.values()), sound
    _, x, y = pipelines["labels in another order"]
    assert not experiments.labels_fit(x, y)[0]
    assert not experiments.starts_at_log_k(pipelines["last weights too large"][0](), x, y)[0]
    assert not experiments.keeps_examples_apart(pipelines["mean over the wrong axis"][0](), x)[0]


def test_early_stopping_goes_back_to_the_best():
    assert study._stop([3, 2, 1, 2, 3, 0], patience=2) == (2, 4)
    assert study._stop([3, 2, 1], patience=5) == (2, 2)


def test_stored_results_are_whole():
    found = study.stored()
    assert set(found) >= set(study.STUDIES)
    assert {len(of[way]) for of in found["clinic"].values() for way in ("curves", "measured")} == {25}
    assert {len(runs) for runs in found["rates"].values()} == {study.RUNS}
    methods = {*rivals.RIVALS, *rivals.NETWORKS}
    assert all(set(of) >= methods for of in found["rivals"].values())
    assert "convolution" in found["rivals"]["digits"]
    assert {len(runs) for runs in found["longer"].values()} == {study.RUNS}
    splits = {len(of["right"]) for methods in found["rivals"].values() for of in methods.values()}
    assert splits == {10}


def test_a_stored_rate_can_be_measured_again():
    """Not to the digit: sums may be taken in another order elsewhere."""
    again = study._judged(study.JUDGING, rates=0.01)[1]
    assert np.mean(again) == pytest.approx(np.mean(study.stored()["rates"]["0.010000"]), abs=0.005)


def test_promises_of_logistic_regression_are_better_if_chosen_by_them():
    found, stored = rivals._chosen_by_brier(*rivals.split_of("wine", 0)), study.stored()
    assert found == pytest.approx(stored["trusted"]["wine"][0], abs=1e-3)
    assert found < stored["rivals"]["wine"]["logistic regression"]["brier"][0] / 2


def test_a_rival_is_taught_on_its_split_alone():
    x, y, x_test, y_test = rivals.split_of("wine", 0)
    assert len(x) == 142
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-12)
    setting, model = rivals.chosen(rivals.logistic_regression, (0.01, 1), x, y)
    assert setting in (0.01, 1)
    assert rivals._right(model, x_test, y_test) == accuracy_score(y_test, model.predict(x_test))
