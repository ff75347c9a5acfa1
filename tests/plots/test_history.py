"""The figures of chapter 16 show what they are given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib import model_sizes
from course_lib.plots import history as plots


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


def test_three_rows_of_pictures():
    states = np.random.default_rng(0).choice([-1, 1], (3, 4, 64))
    figure = plots.plot_recall(*states)
    assert len(figure.axes) == 12
    for axes, state in zip(figure.axes, states.reshape(12, 8, 8), strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), state)
    assert [figure.axes[k].get_ylabel() for k in (0, 4, 8)] == ["stored", "shown", "recalled"]


def test_capacity_has_a_line_for_each():
    plots.plot_capacity({"coins": {1: 1.0, 2: 0.5}, "digits": {1: 0.25, 2: 0.0}})
    assert [list(line.get_ydata()) for line in plt.gca().lines] == [[1.0, 0.5], [0.25, 0.0]]


def test_the_ladder_has_all_dots_and_the_mean_of_each_row():
    plots.plot_ladder({"1989": [0.03, 0.05], "+ Adam": [0.02, 0.02]})
    lines = plt.gca().lines
    assert sorted(lines[0].get_xdata()) == pytest.approx([3, 5])
    means = [line.get_xdata()[0] for line in lines if line.get_linestyle() == "-"]
    assert means == pytest.approx([4, 2])


def test_growth_shows_every_size_and_a_doubling():
    figure = plots.plot_growth(model_sizes.sizes())
    counts = [len(axes.lines[0].get_ydata()) for axes in figure.axes]
    assert counts == [9, 9, 8, 8]
    dashed = next(line for line in figure.axes[1].lines if line.get_linestyle() == "--")
    (x0, x1), (y0, y1) = dashed.get_data()
    assert np.log2(y1 / y0) == pytest.approx((x1 - x0) / 2.4)


def test_adaline_has_a_panel_for_each():
    figure = plots.plot_adaline({"a": np.array([3, 2]), "b": np.array([0.5, 0.25])})
    assert [list(axes.lines[0].get_ydata()) for axes in figure.axes] == [[3, 2], [0.5, 0.25]]
