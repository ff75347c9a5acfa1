"""The figures of chapter 14 show what they are given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.transforms import Bbox

from course_lib.experiments import transfer_study as study
from course_lib.plots import transfer as plots


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


def found(*right, **more):
    return {"test": list(right)} | more


def test_worlds_are_means_with_their_spread():
    study = {"pixels": {"1": found(0.2, 0.4), "10": found(0.8, 0.8)}, "scratch": {"10": found(0.5, 0.7)}}
    figure = plots.plot_worlds({"centred": study, "wandering": study}, ("pixels", "scratch"))
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["digits centred", "digits wandering"]
    np.testing.assert_allclose(figure.axes[0].containers[0][0].get_ydata(), [0.3, 0.8])
    np.testing.assert_allclose(figure.axes[0].containers[1][0].get_ydata(), [0.6])


def test_every_draw_of_the_told_is_a_dot():
    both = {"2": found(0.1, 0.2, 0.3), "10": found(0.4, 0.5, 0.6)}
    figure = plots.plot_told({"scratch": both}, {"scratch": both, "fine-tuning": both})
    np.testing.assert_allclose(figure.axes[1].lines[0].get_ydata(), [0.4, 0.5, 0.6])
    np.testing.assert_allclose(figure.axes[1].lines[1].get_ydata(), [0.5, 0.5])


def test_pictures_and_recall_are_all_there():
    figure = plots.plot_pictures(np.zeros((3, 8, 8)), np.ones((3, 8, 8)))
    assert len(figure.axes) == 6
    plots.plot_recall({"words": np.array([1, 3]), "meanings": np.array([2, 30])}, most=3)
    assert [list(line.get_ydata()) for line in plt.gca().lines] == [[0.5, 0.5, 1], [0, 0.5, 0.5]]


def test_losses_begin_at_1_and_cosines_are_bars():
    figure = plots.plot_contrast({"a": [4.0, 2.0], "b": [0.1, 0.0]}, {"a": 0.1, "b": 0.9})
    assert [list(line.get_ydata()) for line in figure.axes[0].lines] == [[1, 0.5], [1, 0]]
    assert [bar.get_height() for bar in figure.axes[1].patches] == [0.1, 0.9]


def test_costs_are_told_by_name_in_both_panels():
    costs = {name: found(0.8, 0.9, **{"while training": 1e5, "served": 3e4}) for name in ("head", "LoRA, rank 4")}
    figure = plots.plot_costs(costs)
    assert [text.get_text() for text in figure.axes[0].texts] == ["head", "LoRA 4"]
    np.testing.assert_allclose(np.ravel(figure.axes[1].containers[0][0].get_xdata())[0], 30)


def test_no_name_of_a_cost_covers_an_axis_or_a_bar():
    costs = study.stored()["costs"]
    figure = plots.plot_costs(costs)
    figure.canvas.draw()
    for axes in figure.axes:
        frame = axes.get_window_extent()
        bars = [Bbox(axes.transData.transform(bar.get_segments()[0])) for bar in axes.collections]
        # Those that were lowered or raised to an end of their bar, too, tell which point is theirs.
        assert len({x for x, _ in (text.xy for text in axes.texts)}) == len(costs)
        for text in axes.texts:
            box = text.get_window_extent()
            assert frame.x0 <= box.x0
            assert box.x1 <= frame.x1
            assert not any(box.overlaps(bar) for bar in bars), text.get_text()


def test_each_question_is_a_dot():
    figure = plots.plot_refusals({"words": (np.array([1.0, 2]), np.array([0.5])), "meanings": (np.ones(2), np.ones(1))})
    np.testing.assert_allclose(figure.axes[0].lines[1].get_xdata(), [0.5])
