"""The figures of chapter 06 show what they are given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib.plots import normalization as plots


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


def runs(layers=50, count=5, seed=0):
    sizes = 10 ** np.cumsum(np.random.default_rng(seed).normal(0, 0.3, (count, layers)), axis=1)
    return {"forward": sizes, "backward": sizes[:, ::-1], "likeness": sizes / (1 + sizes)}


def test_signals_are_medians_on_one_scale():
    measured = {f: {name: runs(seed=k) for k, name in enumerate("abc")} for f in ("relu", "tanh")}
    spans = {"relu": (1e-31, 1e25), "tanh": (0.03, 30)}
    plots.plot_signals(measured, spans)
    panels = plt.gcf().axes
    assert [panel.get_ylim() for panel in panels] == [spans["relu"]] * 2 + [spans["tanh"]] * 2
    assert panels[0].get_yticks() == pytest.approx([1e-30, 1e-20, 1e-10, 1, 1e10, 1e20], rel=1e-9)
    assert panels[2].get_yticks() == pytest.approx([0.1, 1, 10])
    line = panels[3].lines[1]
    np.testing.assert_array_equal(line.get_ydata(), np.median(measured["tanh"]["b"]["backward"], axis=0))
    np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 51))
    assert [text.get_text() for text in plt.gcf().legends[0].get_texts()] == ["a", "b", "c"]
    assert len({(line.get_color(), line.get_linestyle(), line.get_marker()) for line in panels[0].lines}) == 3


def test_zeros_can_be_drawn_on_a_logarithmic_axis():
    plots.plot_diagnosis({"zero": {key: np.zeros((2, 50)) for key in ("forward", "backward", "likeness")}})
    assert len(plt.gcf().axes) == 3
    assert (plt.gcf().axes[0].lines[0].get_ydata() > 0).all()


def test_every_run_is_a_dot():
    results = {"unscaled": np.array([0.2, 0.4]), "scaled": np.array([0.9, 1.0, 0.95])}
    plots.plot_runs(results, "right")
    lines = plt.gca().lines
    assert [line.get_xdata().tolist() for line in lines] == [values.tolist() for values in results.values()]
    assert [label.get_text() for label in plt.gca().get_yticklabels()] == list(results)


def test_batch_sizes_are_shown_beside_each_other():
    plots.plot_batch_sizes([1, 4, 360], [0.1, 0.8, 0.97], [0.97, 0.97, 0.97])
    right, wrong = plt.gca().lines
    assert list(wrong.get_ydata()) == [0.1, 0.8, 0.97]
    assert list(right.get_ydata()) == [0.97, 0.97, 0.97]


def test_losses_off_the_scale_are_drawn_at_its_edge_and_said():
    losses = {"good": np.array([[2.0, 1.0], [2.1, 0.9]]), "bad": np.array([[1e9, 1e7], [1e8, 1e6]])}
    plots.plot_trainings(losses, guessing=2.0)
    good, bad = plt.gcf().axes
    assert [line.get_ydata().tolist() for line in good.lines[1:]] == losses["good"].tolist()
    assert all((line.get_ydata() == 3.2).all() for line in bad.lines[1:])
    assert "off the scale" in [text.get_text() for text in bad.texts]
    assert "off the scale" not in [text.get_text() for text in good.texts]
