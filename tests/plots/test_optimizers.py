"""The figures of chapter 05 show what they are given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib.optimizers import SGD
from course_lib.plots import optimizers as plots
from course_lib.surfaces import SURFACES, walk


def test_every_surface_is_drawn_with_its_start_its_goals_and_its_contours():
    for name, surface in SURFACES.items():
        left, right, bottom, top = plots.VIEWS[name]
        for x, y in (surface.start, *surface.goals):
            assert left < x < right
            assert bottom < y < top
        assert (right - left) / (top - bottom) == pytest.approx(9 / 4, rel=0.01)
        *_, z, levels = plots.heights(name)
        assert (np.diff(levels) > 0).all()
        assert plots.lowest(name) < levels[0]
        assert levels[-1] <= plots.lowest(name) + z.max()


def test_a_smoothed_curve_stands_over_its_middle():
    rates, losses = np.arange(12.0), np.arange(12.0) ** 2
    middle, mean = plots.smoothed(rates, losses, width=5)
    assert middle.tolist() == [2, 3, 4, 5, 6, 7, 8, 9]
    np.testing.assert_allclose(mean, middle**2 + 2)


def test_figures_show_what_they_are_given():
    rng = np.random.default_rng(0)
    runs = {"one": rng.uniform(0.01, 1, 5), "two": rng.uniform(0.01, 1, 5)}
    walks = {str(k): walk(SGD(0.01), SURFACES["ravine"], k) for k in (0, 3)}
    test = np.geomspace(1e-4, 1, 20), rng.uniform(1, 2, 20)
    drawn = {
        lambda: plots.plot_paths("ravine", walks): ["0", "3"],
        lambda: plots.plot_runs(runs, "loss", reference=(0.5, "here")): [],
        lambda: plots.plot_runs(runs, "share", log=False): [],
        lambda: plots.plot_step_lengths(runs): [],
        lambda: plots.plot_decay({"a": runs, "b": runs}): ["a", "b"],
        lambda: plots.plot_rate_map(np.array([0.1, 1.0]), {"SGD": rng.uniform(0.1, 1, (2, 5))}): [],
        lambda: plots.plot_range_tests({"SGD": test, "Adam": test}): ["SGD", "Adam"],
    }
    for draw, titles in drawn.items():
        draw()
        figure = plt.gcf()
        found = [axes.get_title(loc="left") for axes in figure.axes]
        assert [title for title in found if title] == titles
        assert all(axes.lines for axes in figure.axes)
        assert figure.axes[0].get_xlabel()
        plt.close(figure)


def test_every_run_is_a_dot_and_the_median_a_stroke():
    plots.plot_runs({"one": np.array([0.1, 0.5, 0.2]), "two": np.array([0.3])}, "loss")
    lines = plt.gca().lines
    assert [line.get_xdata().tolist() for line in lines[::2]] == [[0.1, 0.5, 0.2], [0.3]]
    assert [line.get_xdata().tolist() for line in lines[1::2]] == [[0.2, 0.2], [0.3, 0.3]]
    plt.close()
