"""The figures of chapter 04 show what they are given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib.backpropagation import Value
from course_lib.plots import backpropagation as plots


@pytest.fixture
def figure():
    plt.close("all")
    yield plt.gcf
    plt.close("all")


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_a_drawn_graph_shows_values_slopes_and_gradients(figure):
    a, b = Value(2, name="a"), Value(3, name="b")
    joined = a * b + a
    joined.backward()
    plots.plot_graph(joined)
    assert sorted(texts(figure())) == sorted(
        ["a\n2", "b\n3", "×\n6", "+\n8", "grad 4", "grad 2", "grad 1", "grad 1", "× 3", "× 2", "× 1", "× 1"]
    )


def test_the_witnesses_lie_where_the_gradients_are(figure):
    ours = np.array([0.5, -1.0, 2.0])
    witnesses = {"one": ours + 1, "two": ours, "three": ours - 1}
    plots.plot_witnesses(ours, witnesses, {"one": 0.1, "two": 0.0, "three": 0.1})
    both, apart = figure().axes
    assert [line.get_ydata().tolist() for line in both.lines] == [v.tolist() for v in (ours, ours + 1, ours, ours - 1)]
    assert [bar.get_width() for bar in apart.patches] == [0.1, 1e-16, 0.1]


def test_errors_are_called_right_or_wrong(figure):
    plots.plot_errors({"W1": 0.5, "b1": 1e-5, "W2": 1e-9, "b2": 0.0})
    assert texts(figure()) == ["wrong", "wrong", "right", "right"]


def test_runs_and_steps_are_drawn_as_they_are(figure):
    runs = {"right": np.array([[3.0, 1.0], [2.0, 1.0]]), "wrong": np.array([[4.0, 2.0], [4.0, 3.0]])}
    plots.plot_runs(runs)
    drawn = [line.get_ydata().tolist() for line in figure().axes[0].lines]
    assert drawn == [[3, 1], [2, 1], [4, 2], [4, 3]]
    assert [text.get_text() for text in figure().axes[0].get_legend().texts] == ["right", "wrong"]
    plt.close("all")
    plots.plot_steps([3.0, 2.0, 1.5, 1.0], [3.0, 2.0, 1.25, 1.0])
    theirs, ours = figure().axes[0].lines
    assert list(ours.get_ydata()) == [3, 2, 1.5, 1]
    assert list(theirs.get_ydata()) == [3, 2, 1.25, 1], "a dot for every step"
    assert [text.get_text() for text in figure().axes[0].get_legend().texts] == ["Keras", "our loop"]


def test_costs_have_their_times_beside_them(figure):
    plots.plot_costs({"forward": 2.0, "backward": 4.26, "nudging": 1.2e7})
    assert texts(figure()) == ["2.0 ms", "4.3 ms", "200 minutes"]
