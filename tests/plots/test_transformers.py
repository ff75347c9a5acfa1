"""The figures of chapter 10 show what they are given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib.plots import transformers as plots


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


def test_texts_are_shown_with_their_ends_of_lines():
    plots.plot_texts({"greedy": "a line\nand another", "by chance": "costs $1 or     $2"})
    shown = [text.get_text() for text in plt.gca().texts]
    assert shown == ["greedy", "a line ⏎ and another", "by chance", r"costs \$1 or ␣×5 \$2"]


def test_the_cache_is_drawn_beside_what_has_none():
    plots.plot_cache([1, 2, 4], [1, 4, 16], [1, 2, 4])
    without, with_cache = plt.gca().lines
    assert list(without.get_ydata()) == [1, 4, 16]
    assert list(with_cache.get_ydata()) == [1, 2, 4]


def test_depths_are_medians_among_all_runs():
    runs = np.random.default_rng(0).random((5, 3))
    plots.plot_depths([2, 4, 8], {"post-norm": runs, "pre-norm": 2 * runs})
    lines = {line.get_label(): line for line in plt.gca().lines}
    np.testing.assert_array_equal(lines["pre-norm"].get_ydata(), np.median(2 * runs, axis=0))
    assert len(plt.gca().lines) == 2 * (5 + 1)


def test_sizes_and_rivals_are_all_there():
    bits = np.array([[3.4, 3.5, 3.3], [3.0, 3.1, 2.9]])
    plots.plot_sizes([10, 100], bits, {"five": 1.95, "eight": 1.7}, 1.8)
    lines = plt.gca().lines
    assert [list(line.get_ydata()) for line in lines[:3]] == bits.T.tolist()
    assert list(lines[3].get_ydata()) == [3.4, 3.0]
    assert (lines[4].get_xdata()[0], lines[4].get_ydata()[0]) == (100, 1.8)
    assert [line.get_ydata()[0] for line in lines[5:]] == [1.95, 1.7]
    assert [text.get_text() for text in plt.gca().texts] == ["five", "eight"]


def test_copies_are_means_of_steps():
    losses = np.tile([[3.0, 1.0]], (40, 1))
    plots.plot_copies(losses, np.log(16))
    assert [line.get_ydata().tolist() for line in plt.gca().lines[:2]] == [[3.0, 3.0], [1.0, 1.0]]
    assert plt.gca().lines[2].get_ydata()[0] == pytest.approx(np.log(16))


def test_each_head_has_two_bars():
    plots.plot_heads([(np.array([0.4, 0.1]), np.array([0.0, 0.1])), (np.array([0.0, 0.1]), np.array([0.5, 0.3]))])
    heights = [bar.get_height() for bar in plt.gcf().axes[1].patches]
    assert heights == [0.0, 0.1, 0.5, 0.3]


def test_every_start_is_a_dot():
    losses = {"1": np.array([2.2, 2.3]), "2": np.array([0.5, 1.0, 2.0])}
    plots.plot_starts({"1": np.array([0.1, 0.2]), "2": np.array([0.8, 0.5, 0.1])}, losses)
    one, two = plt.gca().lines
    assert one.get_ydata().tolist() == [2.2, 2.3]
    assert two.get_xdata().tolist() == [0.8, 0.5, 0.1]
    assert [one.get_label(), two.get_label()] == ["one layer", "two layers"]
