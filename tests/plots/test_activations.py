"""The figures of chapter 02 show what they are given."""

import numpy as np
from matplotlib import pyplot as plt

from course_lib.activations import step
from course_lib.plots import activations as plots


def test_jumps_are_left_out_of_a_curve():
    gaps = np.isnan(plots.without_jumps(step(np.linspace(-1, 1, 11))))
    assert gaps.tolist() == [False] * 4 + [True] + [False] * 6
    assert not np.isnan(plots.without_jumps(np.linspace(-4, 4, 401))).any()


def test_figures_show_what_they_are_given():
    plots.plot_gallery()
    panels = plt.gcf().axes
    assert [axes.get_title(loc="left") for axes in panels][:5] == ["step", "linear", "sigmoid", "tanh", "ReLU"]
    assert len([axes for axes in panels if axes.axison]) == 11
    share, slope = (line.get_ydata() for line in panels[10].lines)
    np.testing.assert_allclose(share[[0, 200]], [np.exp(-4) / (np.exp(-4) + 2), 1 / 3])
    np.testing.assert_allclose(np.gradient(share, 0.02)[1:-1], slope[1:-1], atol=1e-4)
    plots.plot_sizes({"tanh": np.array([[1.0, 2.0, 4.0], [2.0, 2.0, 2.0]])})
    np.testing.assert_allclose(plt.gca().lines[0].get_ydata(), [0.625, 0.75, 1])
    plots.plot_firing({"some": np.eye(64, dtype=bool)[:60]})
    assert "4 of 64 never fire" in plt.gca().get_xlabel()
    plots.plot_epochs({"sigmoid": [3, 9, 4], "ReLU": [1, 2, 3]})
    assert [list(line.get_xdata()) for line in plt.gca().lines] == [[3, 9, 4], [4, 4], [1, 2, 3], [2, 2]]
    plt.close("all")
