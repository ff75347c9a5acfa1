"""The figures of chapter 07 show what they are given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib.plots import convolution as plots


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


def test_pictures_have_titles_and_signed_ones_a_middle():
    plots.plot_pictures({"a": np.eye(4), "b": -2 * np.eye(4)}, columns=2, signed=["b"])
    first, second = plt.gcf().axes
    assert [axes.get_title(loc="left") for axes in (first, second)] == ["a", "b"]
    assert first.images[0].get_clim() == (0, 1)
    assert second.images[0].get_clim() == (-2, 2)
    assert first.images[0].get_cmap().name == "gray"
    plots.plot_pictures({"a digit": np.eye(4)}, ink=True)
    assert plt.gcf().axes[0].images[0].get_cmap().name == "gray_r"


def test_every_run_is_a_dot_and_the_lines_are_means():
    runs = {"one": [[0.9, 0.5], [0.7, 0.3]], "two": [[1.0, 1.0]]}
    plots.plot_shifts({"left": runs, "right": {"one": [[0.2, 0.1]]}})
    axes, right = plt.gcf().axes
    lines = [line for line in axes.lines if len(line.get_ydata())]
    np.testing.assert_allclose(lines[0].get_ydata(), [0.8, 0.4])
    assert sorted(lines[1].get_ydata()) == [0.3, 0.5, 0.7, 0.9]
    assert [pane.get_title(loc="left") for pane in (axes, right)] == ["left", "right"]
    (legend,) = plt.gcf().legends
    assert [text.get_text() for text in legend.get_texts()] == ["one", "two"]
    # The same reader has the same colour in both.
    assert right.lines[0].get_color() == axes.lines[0].get_color()


def test_a_filter_stands_over_its_map():
    kernels, maps = np.random.default_rng(0).normal(size=(3, 3, 4)), np.ones((6, 6, 4))
    plots.plot_filters(kernels, maps, np.eye(8))
    panels = np.reshape(plt.gcf().axes, (2, 5))
    np.testing.assert_array_equal(panels[0, 3].images[0].get_array(), kernels[..., 2])
    assert panels[1, 4].images[0].get_array().shape == (6, 6)


def test_looks_and_matrices_and_sheets_are_drawn_whole():
    plots.plot_looks([{"a 3": np.eye(8), "occlusion": np.zeros((8, 8))}] * 2)
    assert len(plt.gcf().axes) == 4
    plots.plot_matrix(np.array([[1.0, -2.0, 0.0]]), "title")
    assert [text.get_text() for text in plt.gcf().axes[0].texts] == ["1", "−2"]
    plots.plot_sheet(np.zeros((16, 88)), [(8, 8, 3)])
    assert [text.get_text() for text in plt.gcf().axes[0].texts] == ["3"]


def test_networks_lie_inside_the_axes():
    plots.plot_networks({"LeNet-5": (6e4, 4e5), "VGG-16": (1.4e8, 1.5e10)})
    (axes,) = plt.gcf().axes
    for line in axes.lines:
        x, y = line.get_data()
        assert axes.get_xlim()[0] < x[0] < axes.get_xlim()[1]
        assert axes.get_ylim()[0] < y[0] < axes.get_ylim()[1]
