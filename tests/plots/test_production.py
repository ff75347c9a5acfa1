"""The figures of chapter 15 show what they are given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib.plots import production as plots


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


def test_the_nearest_rank_is_somebodys():
    assert plots.nearest_rank([4, 1, 3, 2], 50) == 2
    assert plots.nearest_rank([4, 1, 3, 2], 51) == 3
    assert [plots.nearest_rank(range(1, 101), percent) for percent in range(1, 101)] == list(range(1, 101))
    assert plots.nearest_rank(range(1, 26), 28) == 7


def test_each_run_has_its_dots():
    plots.plot_behaviour({"plain": [{"a": 0.2, "b": 1.0}, {"a": 0.4, "b": 0.9}], "sturdy": [{"a": 0.9, "b": 1.0}]})
    assert [list(line.get_xdata()) for line in plt.gca().lines] == [[0.2, 0.4], [1.0, 0.9], [0.9], [1.0]]


def test_percentiles_against_batches():
    plots.plot_waits((1, 2), {0.5: [np.arange(1, 101), np.full(100, 3)], 2.0: [np.ones(9), np.ones(9)]})
    first, second = plt.gcf().axes
    assert [list(line.get_ydata()) for line in first.lines] == [[50, 3], [95, 3], [99, 3]]
    assert second.get_title(loc="left") == "load 2"
    plots.plot_latencies({1: np.full(9, 2.0), 8: np.full(9, 4.0)})
    request, picture = plt.gcf().axes
    np.testing.assert_allclose(request.lines[0].get_ydata(), [1, 2])
    np.testing.assert_allclose(picture.lines[0].get_ydata(), [1, 0.25])
    # An axis with one number on it tells nobody how much.
    request.figure.canvas.draw()
    assert len([tick for tick in request.get_yticks() if 1 <= tick <= 2]) == 2
    assert request.get_ylabel() == "time, p50 of 1 = 1"


def test_canaries_and_drift_have_their_limits():
    plots.plot_canary({"bad": np.array([0, 4.0]), "good": np.zeros(3)}, 3)
    assert list(plt.gca().lines[0].get_ydata()) == [0, 4]
    assert list(plt.gca().lines[2].get_ydata()) == [3, 3]
    changes = {name: np.array([0.5, 0.9]) for name in ("nothing", "moved", "dark")}
    plots.plot_drift(np.array([0.8, 0.6]), changes, 0.3, {name: np.array([0.1, 0.4]) for name in changes})
    left, right = plt.gcf().axes
    assert list(left.lines[0].get_xdata()) == [0.6, 0.8]
    assert list(right.lines[-1].get_xdata()) == [0.3, 0.3]
