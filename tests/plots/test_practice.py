"""The figures of chapter 12 show what they are given."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib import clinic
from course_lib.plots import practice as plots


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_verdicts_are_ticks_and_crosses_row_by_row():
    questions = ("start", "inputs", "overfit", "alone", "labels")
    sound = dict.fromkeys(questions, (True, ""))
    plots.plot_verdicts({"sound": sound, "ill": sound | {"alone": (False, "")}})
    assert texts(plt.gca()) == ["✓"] * 5 + ["✓", "✓", "✓", "✗", "✓"]


def test_the_clinic_is_in_multiples_of_log_k_and_says_what_has_no_number():
    runs = [clinic.run(fault, 0, epochs=2) for fault in ("healthy", "not a number")] * 6
    figure = plots.plot_clinic(runs)
    first, second = figure.axes[:2]
    np.testing.assert_allclose(first.lines[0].get_ydata(), runs[0].curves["loss"] / np.log(runs[0].numbers["classes"]))
    assert texts(second) == ["no number"]
    assert first.get_title(loc="left") == "case 1"


def test_bars_count_what_was_named_rightly():
    plots.plot_named({"healthy": {"curves": ["leakage", "healthy"], "measured": ["healthy", "healthy"]}})
    assert [bar.get_width() for bar in plt.gca().patches] == [2, 1]


def test_treatments_rates_and_knobs_are_all_there():
    plots.plot_effect_and_cause({"ill": np.zeros(3), "scaled": np.ones(3)})
    assert list(plt.gca().lines[1].get_ydata()) == [1, 1, 1]
    plots.plot_rates(np.array([0.1, 1]), np.array([[0.5, 0.7], [0.1, 0.1]]))
    np.testing.assert_allclose(plt.gca().lines[2].get_ydata(), [0.6, 0.1])
    figure = plots.plot_knobs({name: {"1": [0.9, 0.98], "2": [0.9, 0.9]} for name in "abcdef"})
    np.testing.assert_allclose(figure.axes[0].lines[-1].get_ydata(), [6, 10])
    assert texts(figure.axes[0]) == []
    figure = plots.plot_knobs({name: {"4": [0.75, 0.8], "8": [0.9, 0.9]} for name in "abcdef"})
    assert texts(figure.axes[0]) == ["↑ 22"]


def test_the_settings_below_a_panel_do_not_touch():
    decays, optimizers = ("0", "0.0001", "0.001", "0.01", "0.1", "1"), ("sgd", "momentum", "rmsprop", "adam")
    names = [decays, optimizers, ("16", "32", "64", "128", "256", "512"), decays, optimizers, decays]
    figure = plots.plot_knobs({f"{k}": dict.fromkeys(some, (0.97,)) for k, some in enumerate(names)})
    figure.canvas.draw()
    for axes in figure.axes:
        boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
        assert all(left.x1 + 3 < right.x0 for left, right in pairwise(boxes))
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["0", "1e-4", "1e-3", "0.01", "0.1", "1"]


def test_searches_are_drawn_trial_by_trial_and_as_shares_below():
    plots.plot_search([({"rate": 0.01, "width": 16}, 0.5), ({"rate": 0.1, "width": 16}, 0.7)])
    assert list(plt.gca().lines[0].get_ydata()) == [0.5, 0.7]
    plots.plot_grid_and_random({"grid": np.array([0.9]), "random": np.array([0.1]), "spread": np.array([0.96])})
    assert [line.get_ydata()[0] for line in plt.gca().lines] == [0, 1, 0]
    # A step stands where the share itself does.
    grid = plt.gca().lines[0]
    assert abs(grid.get_xdata()[list(grid.get_ydata()).index(1)] - 0.9) < 0.001
    plt.gcf().canvas.draw()
    assert plt.gca().yaxis.label.get_window_extent().y1 < plt.gcf().bbox.y1


def test_the_matrix_and_the_worst_are_written_out():
    plots.plot_confusion(np.array([[3, 1], [0, 2]]))
    assert texts(plt.gca()) == ["3", "1", "2"]
    figure = plots.plot_worst(np.zeros((12, 8, 8)), [*range(10), "?", "?"], [9] * 12)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[:2] == ["0, read 9", "1, read 9"]
    assert titles[10:13] == ["?", "?", ""]


def test_only_filled_bins_are_shown():
    bins = np.array([0.0, 0.5]), np.array([0.0, 0.4]), np.array([0, 7])
    figure = plots.plot_reliability(bins, bins)
    np.testing.assert_allclose(figure.axes[0].collections[-1].get_offsets(), [[0.5, 0.4]])


def test_rivals_have_their_means_and_a_missing_one_its_empty_row():
    plots.plot_rivals({"digits": {"a": [0.9, 1.0], "b": [1.0, 1.0]}, "wine": {"a": [0.8, 0.8]}})
    first, second = plt.gcf().axes
    np.testing.assert_allclose(first.lines[1].get_xdata(), [5, 5])
    assert {line.get_linestyle() for axes in (first, second) for line in axes.lines[1::2]} == {"-"}
    assert len(second.lines) == 2
    plots.plot_few({"50": {"a": [0.9]}, "100": {"a": [0.95]}})
    splits, mean = plt.gca().lines
    np.testing.assert_allclose([splits.get_ydata(), mean.get_ydata()], [[10, 5], [10, 5]])
    plots.plot_few({"50": {"a": [0.9, 0.8]}, "1000": {"a": [0.95, 0.95]}})
    assert [list(line.get_ydata().round(9)) for line in plt.gca().lines] == [[10, 5], [20, 5], [15, 5]]
    assert [label.get_text() for label in plt.gca().get_xticklabels()] == ["50", "1,000"]
    measures = {"f1": [0.5, 0.7], "f1 moved": [0.6, 0.6], "auroc": [0.9, 0.9]}
    figure = plots.plot_rare({"plain": measures})
    assert figure.axes[0].get_title(loc="left") == "F1 at ½"
