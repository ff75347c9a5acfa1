"""What chapter 11 says of its experiments, also with other draws than the chapter's."""

import numpy as np
import pytest

from course_lib.experiments import overfitting as experiments
from course_lib.experiments import overfitting_stack as stack
from course_lib.experiments import overfitting_study as study


def test_a_weak_penalty_leaves_the_peak_and_a_strong_one_does_not():
    widths = [50, 115, 400]
    weak, strong = experiments.double_descent(widths, seeds=range(20, 23), penalties=(0.1, 100)).mean(axis=1)
    assert weak[1] > weak[0] + 0.05
    assert (np.diff(strong) < 0.01).all()


def test_the_best_of_two_hundred_coins_has_63_to_65():
    rng = np.random.default_rng(7)
    assert 0.63 < np.mean([experiments.best_of_flips(rng)[0] for _ in range(200)]) < 0.65


def test_adam_with_l1_brings_most_weights_near_0_and_hardly_any_to_it():
    x, y, *_ = study.data()
    w = stack.train(x[None, :100], y[None, :100], stack.Cure(l1=0.003), 0.001, steps=2000).params[0]
    assert np.mean(np.abs(w) < 0.002) > 0.9
    assert np.mean(w == 0) < 0.01


@pytest.mark.parametrize("seed", [100, 200])
def test_the_mean_of_five_folds_misses_by_less_than_one(seed):
    folds, truth = experiments.fold_estimates(range(seed, seed + 6))
    one, five = (np.mean((some - truth) ** 2) for some in (folds.T, folds.mean(axis=1)))
    assert five < one


def test_dropout_gains_nothing_here():
    found = study.stored()
    assert all(study.gains(found[world])["dropout"][0] < 0 for world in ("clean", "wrong"))


def test_keras_class_weights_are_copies_up_to_the_number_of_examples(keras):
    weighted, copied = experiments.steps_with_a_rare_class()
    np.testing.assert_allclose(4 * weighted, 6 * copied, atol=1e-5)


def test_one_cure_with_as_many_steps_is_the_control_of_several():
    """Neither differs by two standard errors from all together: that they are five is not what has helped."""
    found = study.stored()
    together = np.array(found["clean"]["together, 2,000 steps"]["points"])
    for name, (gain, _) in study.gains(found["longer"]).items():
        apart = together - found["longer"][name]["points"]
        assert 0.5 < gain < 1
        assert abs(apart.mean()) < 2 * apart.std(ddof=1) / np.sqrt(len(apart))


def test_with_wrong_labels_five_cures_lead_each_single_one_with_as_many_steps():
    found = study.stored()
    five = np.array(found["wrong"]["together, 2,000 steps"]["points"])
    assert set(found["longer, wrong"]) == {"none", *study.TOGETHER}
    for name in study.TOGETHER:
        one = found["longer, wrong"][name]
        lead = five - one["points"]
        assert lead.mean() > max(1.5, 4 * lead.std(ddof=1) / np.sqrt(len(lead)))
        places = [tuple(map(float, key.split(", "))) for key in one["tried"]]
        for chosen, tried in zip((one["strength"], one["rate"]), zip(*places, strict=True), strict=True):
            assert min(tried) < chosen < max(tried), name
