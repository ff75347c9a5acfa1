"""The figures of chapter 13 show what they are given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib.plots import generation as plots


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


def test_digits_stand_side_by_side_on_white_paper():
    pictures = np.arange(128) / 128
    sheet = plots.sheet(pictures.reshape(2, 64))
    assert sheet.shape == (8, 20)
    np.testing.assert_array_equal(sheet[:, 11:19], pictures[64:].reshape(8, 8))
    assert (sheet[:, [0, 9, 10, 19]] == 0).all()


def test_rows_have_their_names():
    plots.plot_rows({"real": np.zeros((3, 64)), "made": np.ones((3, 64))})
    assert [axes.texts[0].get_text() for axes in plt.gcf().axes] == ["real", "made"]


def test_the_grid_of_the_plane_begins_at_the_top_left():
    decoded = np.zeros((2, 2, 64))
    decoded[0, 0] = 1
    plots.plot_plane(np.random.default_rng(0).standard_normal((20, 2)), np.arange(20) % 10, decoded, 3)
    left, right = plt.gcf().axes
    shown = right.images[0].get_array()
    assert shown[1:9, 1:9].min() == 1
    assert shown.sum() == 64
    assert [text.get_text() for text in left.texts] == list("0123456789")


def test_points_lie_over_the_real_ones():
    plots.plot_points({"a": np.zeros((4, 2)), "b": np.ones((5, 2))}, np.zeros((9, 2)))
    assert [[len(line.get_xdata()) for line in axes.lines] for axes in plt.gcf().axes] == [[9, 4], [9, 5]]


def test_covered_bells_are_counted():
    plots.plot_covered({"one": [8, 8, 3], "other": [0, 0, 0]})
    lines = [(line.get_xdata()[0], line.get_ydata()[0]) for line in plt.gca().lines]
    assert lines == [(3, 0), (8, 0), (0, 1)]
    assert [text.get_text() for text in plt.gca().texts] == ["1", "2", "3"]


def test_families_have_a_dot_a_start_and_both_floors():
    plots.plot_families({"a": [1.0, 2.0], "b": [3.0, 4.0]}, [0.4, 0.5, 0.9], 0.7, "FID")
    lines = plt.gca().lines
    assert [list(line.get_xdata()) for line in lines[::2][:2]] == [[1, 2], [3, 4]]
    assert [line.get_xdata()[0] for line in lines[-2:]] == [0.5, 0.7]
    band = plt.gca().patches[-1]
    assert (band.get_x(), band.get_width()) == (0.4, 0.5)


def test_steps_are_medians_in_bands():
    runs = np.array([[1.0, 2, 9], [0.5, 0.6, 0.7]])
    plots.plot_steps([1, 10], {"DDPM": runs, "DDIM": 2 * runs}, 0.1)
    assert [list(line.get_ydata()) for line in plt.gca().lines[:2]] == [[2, 0.6], [4, 1.2]]
    assert len(plt.gca().collections) == 2


def test_scales_are_all_there():
    fid = np.array([[3.0, 4], [1, 2], [2, 5]])
    plots.plot_scales([0, 1, 2], fid, 0.5)
    dots = plt.gca().lines[:2]
    assert [list(line.get_ydata()) for line in dots] == fid.T.tolist()
    assert list(plt.gca().lines[2].get_ydata()) == [3.5, 1.5, 3.5]
