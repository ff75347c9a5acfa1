"""The figures of chapter 08 show what they are given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib.plots import recurrence as plots


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


def test_the_middle_run_is_the_line_and_the_band_holds_all():
    plots.plot_distances({"a": np.array([[1.0, 0.1], [1.0, 0.2], [1.0, 0.4]]), "b": np.array([[1.0, 8.0]])})
    axes = plt.gca()
    assert list(axes.lines[0].get_ydata()) == [1, 0.2]
    assert list(axes.lines[1].get_ydata()) == [1, 8]
    heights = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (0.1, 1)


def test_every_run_of_a_length_is_a_dot_and_lengths_are_in_order():
    plots.plot_recall({"a": {"20": [0.2, 0.3], "10": [1.0, 0.9]}, "b": {"20": [0.6], "10": [0.5]}})
    left, right = plt.gcf().axes
    assert [axes.get_title("left") or axes.get_title() for axes in (left, right)] == ["10 steps", "20 steps"]
    assert [line.get_xdata().tolist() for line in left.lines[1:]] == [[1.0, 0.9], [0.5]]
    assert [line.get_xdata().tolist() for line in right.lines[1:]] == [[0.2, 0.3], [0.6]]
    # What lies on one place cannot be counted: how many recall all stands beside it.
    assert [[text.get_text() for text in axes.texts] for axes in (left, right)] == [["1", "0"], ["0", "0"]]
    plt.gcf().canvas.draw()
    assert np.ptp([axes.get_window_extent().width for axes in (left, right)]) < 1


def test_shares_are_dots_under_one_another():
    plots.plot_shares({"a": np.array([1.0, 0.9]), "b": np.array([0.5])})
    assert [line.get_xdata().tolist() for line in plt.gca().lines[1:]] == [[1.0, 0.9], [0.5]]


def test_forecasts_lie_beside_what_came():
    plots.plot_forecasts(np.arange(3), np.array([1, 2, 3]), {"said": np.array([1, 1, 1])})
    assert [line.get_ydata().tolist() for line in plt.gca().lines] == [[1, 2, 3], [1, 1, 1]]


def test_a_unit_shades_each_character_and_marks_those_inside():
    plots.plot_unit("abc" * 30, np.arange(90.0), np.arange(90) < 5)
    assert len(plt.gca().patches) == 90
    assert len(plt.gca().lines) == 5


def test_lengths_have_a_line_a_run():
    plots.plot_lengths({"a": np.array([[1.0, 0.5], [0.9, 0.4]]), "b": np.array([[0.2, 0.1]])}, "dates", "right")
    assert [line.get_ydata().tolist() for line in plt.gca().lines] == [[1, 0.5], [0.9, 0.4], [0.2, 0.1]]
    assert [text.get_text() for text in plt.gca().get_legend().get_texts()] == ["a", "b"]
