"""The figures of chapter 11 show what they are given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib.plots import overfitting as plots


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


def test_each_curve_has_its_panel_with_all_points():
    grid = np.linspace(-1, 1, 5)
    plots.plot_fits([0, 1], [2, 3], grid, {"a": grid, "b": 2 * grid}, 3 * grid)
    for axes, name, times in zip(plt.gcf().axes, "ab", (1, 2), strict=True):
        truth, curve, points = (line.get_ydata() for line in axes.lines)
        assert axes.get_title(loc="left") == name
        np.testing.assert_array_equal(truth, 3 * grid)
        np.testing.assert_array_equal(curve, times * grid)
        assert list(points) == [2, 3]


def test_the_parts_of_the_error_are_drawn_within_the_axes():
    plots.plot_bias_and_variance([1, 2], np.array([0.5, 1e-4]), np.array([0.01, 0.02]), np.array([0.6, 0.1]))
    low, high = plt.gca().get_ylim()
    drawn = [line.get_ydata() for line in plt.gca().lines]
    assert [list(values) for values in drawn] == [[0.5, 1e-4], [0.01, 0.02], [0.6, 0.1]]
    assert low < np.min(drawn) < np.max(drawn) < high


def test_learning_curves_mark_the_least_loss():
    history = {
        "loss": [1, 0.5, 0.1],
        "val_loss": [1, 0.6, 0.7],
        "accuracy": [0.5, 0.8, 1],
        "val_accuracy": [0.6, 0.7, 0.7],
    }
    plots.plot_learning_curves(history)
    loss, right = plt.gcf().axes
    assert (loss.lines[2].get_xdata()[0], loss.lines[2].get_ydata()[0]) == (2, 0.6)
    assert list(right.lines[1].get_ydata()) == [0.6, 0.7, 0.7]


def test_gains_have_bars_of_two_errors():
    plots.plot_gains({"here": {"a": (1.0, 0.1), "b": (-0.5, 0.2)}, "there": {"a": (2.0, 0.3), "b": (0.0, 0.1)}})
    first = plt.gcf().axes[0]
    assert [label.get_text() for label in first.get_yticklabels()] == ["a", "b"]
    (bars,) = first.containers[0][2]
    np.testing.assert_allclose([segment[:, 0] for segment in bars.get_segments()], [[0.8, 1.2], [-0.9, -0.1]])
    assert first.yaxis_inverted()


def test_descent_shows_all_draws_and_their_mean():
    plain, penalized = np.array([[0.5, 0.6], [0.3, 0.4]]), np.array([[0.2, 0.1], [0.4, 0.1]])
    plots.plot_descent([10, 100], plain, penalized, 100)
    lines = {line.get_label(): line for line in plt.gca().lines}
    np.testing.assert_allclose(lines["no penalty"].get_ydata(), [40, 50])
    np.testing.assert_allclose(lines["with an L2 penalty"].get_ydata(), [30, 10])
    dots = [line.get_ydata() for line in plt.gca().lines if line.get_linestyle() == "None"]
    np.testing.assert_allclose(np.concatenate(dots), [50, 60, 30, 40, 20, 10, 40, 10])


def test_each_row_of_digits_has_its_name():
    plots.plot_shown({"one": np.zeros((3, 8, 8)), "two": np.ones((3, 8, 8))})
    axes = np.reshape(plt.gcf().axes, (2, 3))
    assert [row[0].get_ylabel() for row in axes] == ["one", "two"]
    assert axes[1, 2].images[0].get_array().max() == 1
