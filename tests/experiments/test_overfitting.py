"""Curves, refits, leaks and folds of chapter 11 are what their names say."""

import numpy as np
import pytest

from course_lib.experiments import overfitting as experiments


def test_points_are_spread_and_lie_around_the_wave():
    x, y = experiments.noisy_points(12, 0.0, np.random.default_rng(0))
    assert (np.diff(x) > 0).all()
    assert (np.abs(x) < 1).all()
    np.testing.assert_allclose(y, np.sin(3 * x))


def test_features_are_legendres_polynomials():
    x = np.array([-0.5, 0.2, 1.0])
    np.testing.assert_allclose(experiments.features(x, 3), np.stack([0 * x + 1, x, (3 * x**2 - 1) / 2], axis=1))


def test_a_fit_is_least_squares_and_the_smallest_of_its_kind():
    rng = np.random.default_rng(0)
    a, y = rng.standard_normal((6, 3)), rng.standard_normal(6)
    np.testing.assert_allclose(experiments.fitted(a, y), np.linalg.lstsq(a, y)[0])
    np.testing.assert_allclose(experiments.fitted(a.T, y[:3]), np.linalg.lstsq(a.T, y[:3])[0])
    ridge = np.linalg.solve(a.T @ a + 0.7 * np.eye(3), a.T @ y)
    np.testing.assert_allclose(experiments.fitted(a, y, 0.7), ridge)


@pytest.mark.parametrize("seed", range(3))
def test_bias_variance_and_noise_are_the_error(seed):
    bias, variance, error = experiments.bias_and_variance((1, 4, 9), seed=seed)
    np.testing.assert_allclose(bias + variance + 0.09, error, rtol=0.02)
    assert bias[0] > 100 * bias[1]
    assert variance[0] < variance[1] < variance[2]


def test_a_peak_where_each_label_can_just_be_hit_and_none_with_a_penalty():
    plain, penalized = experiments.double_descent((20, 40, 80, 320), count=40, seeds=range(5), penalties=(0, 100)).mean(
        1
    )
    assert plain[1] > max(plain[0], plain[3])
    assert (np.diff(penalized) < 0).all()


def test_lines_are_known_or_new():
    topics = {"a": "x" * 40 + "\nshort", "b": "x" * 40 + "\n" + "y" * 50}
    found = [experiments.held_out_lines(topics, np.random.default_rng(s), share=0.5) for s in range(20)]
    assert {(tuple(seen), tuple(new)) for _, seen, new in found} == {
        (("x" * 40,), ()),
        (("x" * 40,), ("y" * 50,)),
    }


def test_chosen_on_all_coins_can_be_foretold_and_otherwise_not():
    shares = [
        np.mean([experiments.coin_flip_study(np.random.default_rng(s), peek=peek) for s in range(40)])
        for peek in (True, False)
    ]
    assert shares[0] > 0.85
    assert abs(shares[1] - 0.5) < 0.06


def test_the_nearest_mean_and_the_most_telling_feature():
    x, y = np.array([[0, 0, 5], [0, 1, 5], [9, 0, 5], [9, 1, 5.0]]), np.array([0, 0, 1, 1])
    assert experiments.most_telling(x, y, 1) == [0]
    assert list(experiments.nearest_mean(x, y, np.array([[1, 9, 9], [8, -9, 0.0]]))) == [0, 1]


def test_the_best_of_many_coins_is_no_better_next_time():
    first, again = np.mean([experiments.best_of_flips(np.random.default_rng(s)) for s in range(100)], axis=0)
    assert first > 0.6
    assert abs(again - 0.5) < 0.02


def test_each_fold_is_judged_by_those_that_did_not_learn_from_it():
    folds, whole = experiments.fold_estimates(range(4))
    assert (folds.shape, whole.shape) == ((4, 5), (4,))
    # Those that had learnt from a fold would have all of it right.
    assert abs(folds.mean() - whole.mean()) < 0.05
    assert folds.mean() < 0.95


def test_labels_drawn_by_lot_are_learnt_but_tell_nothing():
    learnt, unseen = experiments.random_labels(count=100, epochs=60)
    assert learnt > 0.95
    assert unseen < 0.3


def test_moons_with_cures_and_wrong_labels():
    points, *_ = experiments.moons_points(24)
    flipped = experiments.moons_points(24, (3,))[0]
    assert np.flatnonzero(points[1] != flipped[1]).tolist() == [3]
    plain, decay = (experiments.moons_run(decay=d, epochs=200) for d in (0.0, 0.03))
    assert [row[0] for row in plain] == list(range(0, 201, 20))
    # Without a cure the loss on the points is less, and on new ones more.
    assert plain[-1][2] < decay[-1][2]
    assert plain[-1][4] > decay[-1][4]


@pytest.mark.parametrize(("decay", "most"), [(0.0, 24), (0.03, 8)])
def test_how_many_wrong_labels_are_believed(decay, most):
    """The chapter's answer to what becomes of a point that is clicked: all 24 of them without a cure, 7 with L2."""
    believed = 0
    for k in range(24):
        x, y = experiments.moons_points(24, (k,))[0]
        net = experiments.moons_network(32, 0, 0, 0, np.random.default_rng(0))
        net.set_weights(experiments.moons_run(decay=decay, flipped=(k,))[-1][1])
        believed += (net.forward(x[[k]])[0, 0] > 0) == (y[k, 0] == 1)
    assert most - 2 <= believed <= most if decay else believed == most


def test_what_the_chapter_tells_of_the_moons():
    def last(**cure):
        return experiments.moons_run(**cure)[-1][4]

    decays = {d: last(decay=d) for d in (0.0, 0.001, 0.003, 0.01, 0.03, 0.1)}
    noises = {d: last(noise=d) for d in (0.1, 0.2, 0.3, 0.5, 0.8)}
    assert (min(decays, key=decays.get), min(noises, key=noises.get)) == (0.03, 0.3)
    many = experiments.moons_run(points=200)
    assert many[-1][4] > max(decays[0.03], noises[0.3])
    stopped = min(many, key=lambda row: row[3])
    assert (stopped[0], min(experiments.moons_run(), key=lambda row: row[3])[0]) == (60, 20)
    assert stopped[4] < min(*decays.values(), *noises.values())
