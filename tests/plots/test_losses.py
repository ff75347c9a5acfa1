"""The figures of chapter 03 show what they are given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib import losses
from course_lib.losses import descend
from course_lib.plots import losses as plots
from course_lib.surfaces import LANDSCAPES


def drawn():
    """The axes of the figure that was drawn last."""
    return plt.gcf().axes


@pytest.fixture(autouse=True)
def no_figures_left():
    yield
    plt.close("all")


def test_figure_of_constants_marks_the_cheapest():
    values = np.array([4.0, 5.0, 5.0, 6.0, 30.0])
    plots.plot_constants(values, {"MSE": losses.mean_squared_error, "MAE": losses.mean_absolute_error})
    assert [axes.get_title(loc="left") for axes in drawn()] == ["MSE: best 10.0", "MAE: best 5.0"]
    marks = [axes.lines[-1].get_xdata()[0] for axes in drawn()]
    np.testing.assert_allclose(marks, [10, 5], atol=0.05)


def test_figure_of_likelihood_marks_top_and_bottom():
    p = np.arange(1, 100) / 100
    plots.plot_likelihood(p, p**7 * (1 - p) ** 3, -0.7 * np.log(p) - 0.3 * np.log(1 - p))
    assert [axes.lines[-1].get_xdata()[0] for axes in drawn()] == [0.7, 0.7]


def test_figure_of_rates_holds_every_path():
    paths = {f"{rate}": descend(lambda w: 8 * w - 24, 1.0, rate, 8) for rate in (0.1, 0.26)}
    plots.plot_rates(lambda w: (2 * w - 6) ** 2, paths, (-1.5, 7.5))
    for axes, path in zip(drawn(), paths.values(), strict=True):
        np.testing.assert_array_equal(axes.lines[1].get_xdata(), path)
        assert axes.get_ylim()[1] > ((2 * path - 6) ** 2).max()


def test_figure_of_a_path_shows_way_and_loss():
    loss, path = LANDSCAPES["a long valley"].loss, np.array([[-2.0, 2.0], [-1.0, -1.0], [0.0, 0.5]])
    plots.plot_path(loss, path, ((-3, 3), (-3, 3)))
    plan, curve = drawn()
    np.testing.assert_array_equal(plan.lines[0].get_xydata(), path)
    np.testing.assert_allclose(curve.lines[0].get_ydata(), loss(path))


def test_figure_of_maps_shows_every_way():
    loss, paths = LANDSCAPES["a saddle"].loss, {"one": np.zeros((3, 2)), "two": np.ones((4, 2))}
    plots.plot_maps({"first": (loss, paths), "second": (loss, {"three": np.full((2, 2), 3.0)})}, 3.2)
    first, second = drawn()
    assert [line.get_xydata().tolist() for line in first.lines] == [path.tolist() for path in paths.values()]
    assert [text.get_text() for text in second.get_legend().get_texts()] == ["three"]


def test_figure_of_a_race_has_a_line_for_every_seed_and_one_for_their_mean():
    losses = np.array([[2.0, 1.0], [4.0, 3.0]])
    plots.plot_race({32: (np.array([0.001, 0.01]), losses)}, {32: "some"})
    *each, mean = drawn()[0].lines
    assert [line.get_ydata().tolist() for line in each] == losses.tolist()
    assert mean.get_ydata().tolist() == [3, 2]
    np.testing.assert_allclose(mean.get_xdata(), [1, 10])


def test_figure_of_noise_has_a_mark_for_every_seed():
    plots.plot_noise({1: np.array([8.0, 8.4]), 4: np.array([4.0, 4.2]), 16: np.array([2.0, 2.1])})
    line, *marks = drawn()[0].lines
    np.testing.assert_allclose(line.get_ydata(), [8.2, 4.1, 2.05])
    assert [len(mark.get_xdata()) for mark in marks[:3]] == [2, 2, 2]


def test_figure_of_runs_has_a_line_for_every_run():
    plots.plot_runs({1: np.ones((2, 4)), 32: np.full((3, 4), 2.0)}, {1: "one", 32: "some"})
    axes = drawn()[0]
    assert sum(len(line.get_xdata()) == 4 for line in axes.lines) == 5
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["one", "some"]


def test_figure_of_reports_has_a_row_for_every_network():
    values = {"hers": [0.15, 0.16], "yours": [0.4, 0.41]}
    plots.plot_reports(values, values)
    for axes in drawn():
        assert [line.get_xdata().tolist() for line in axes.lines] == list(values.values())
    assert [label.get_text() for label in drawn()[0].get_yticklabels()] == ["hers", "yours"]
