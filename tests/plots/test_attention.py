"""The figures of chapter 09 show what they are given."""

import itertools

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib.experiments.attention import ALIVE, THINGS, WORDS, it_reader
from course_lib.plots import attention as plots


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


def test_the_diamond_is_the_weighted_mean():
    x, y = np.arange(4.0), np.array([1.0, 2.0, 3.0, 8.0])
    weights = np.array([0.1, 0.2, 0.3, 0.4])
    plots.plot_regression(x, y, x, {"a": y, "b": 2 * y}, 1.5, weights, 3 * y)
    left, right = plt.gcf().axes
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["the curve", "a", "b"]
    np.testing.assert_array_equal(left.lines[0].get_ydata(), 3 * y)
    assert right.lines[-1].get_ydata()[0] == pytest.approx(weights @ y)
    sizes = right.collections[0].get_sizes()
    assert sizes.argmax() == 3


def test_a_map_has_a_row_for_each_query():
    weights = np.random.default_rng(0).dirichlet(np.ones(5), (4, 3))
    plots.plot_date(np.repeat(weights, 4, axis=1)[:, :10], "abcde", "0123456789")
    first, *heads = plt.gcf().axes
    np.testing.assert_allclose(first.images[0].get_array(), np.repeat(weights, 4, axis=1)[:, :10].mean(axis=0))
    assert [label.get_text() for label in first.get_xticklabels()] == list("abcde")
    assert [axes.get_title(loc="left") for axes in heads] == [f"head {k}" for k in (1, 2, 3, 4)]


def test_masks_words_and_readers():
    plots.plot_masks({"one": np.eye(3, dtype=bool), "two": np.ones((3, 3), bool)}, list("abc"))
    assert [axes.get_title(loc="left") for axes in plt.gcf().axes] == ["one", "two"]
    maps = np.random.default_rng(1).dirichlet(np.ones(3), (2, 3))
    plots.plot_readers({"network 1": maps, "network 2": maps}, list("abc"), row=1)
    np.testing.assert_array_equal(plt.gcf().axes[0].images[0].get_array(), maps[:, 1])
    vectors = np.random.default_rng(2).normal(size=(4, 6))
    plots.plot_words(vectors, list("abcd"), {"vowels": ["a"], "others": ["b", "d"]})
    assert [text.get_text() for text in plt.gcf().axes[0].texts] == ["a", "b", "d"]
    plots.plot_words(it_reader(0).layers[0].params["embeddings"], WORDS, {"alive": ALIVE, "things": THINGS})
    drawn = plt.gcf().canvas.get_renderer()
    boxes = [text.get_window_extent(drawn) for text in plt.gcf().axes[0].texts]
    assert not [1 for one, other in itertools.combinations(boxes, 2) if one.overlaps(other)]


def test_runs_widths_positions_and_ablations():
    plots.plot_orders({"none": np.full((5, 2), 0.3), "rotary": np.ones((5, 2))})
    assert all(len(line.get_xdata()) == 5 for axes in plt.gcf().axes for line in axes.lines)
    plots.plot_widths([4, 16], {"plain": np.array([2.0, 4.0])}, {"plain": np.array([0.3, 0.6])})
    assert plt.gcf().axes[0].get_yscale() == "log"
    plots.plot_positions(np.zeros((30, 4)), {"a": np.arange(30.0)})
    assert plt.gcf().axes[1].lines[0].get_ydata()[7] == 7
    plots.plot_ablations({"without head 1": (0.5, 0.3), "with all heads": (0.9, 0.01)})
    left, right = plt.gcf().axes
    assert [bar.get_width() for bar in left.patches] == [0.5, 0.9]
    assert right.collections[0].get_offsets()[:, 0].tolist() == pytest.approx([0.3, 0.01])
    assert right.get_xlim()[0] < 0.01


def test_times_are_drawn_as_multiples_of_the_shortest():
    taken = {"attention": np.array([2.0, 8.0, 32.0, 128.0]), "recurrence": np.array([4.0, 8.0, 16.0, 32.0])}
    plots.plot_costs([16, 32, 64, 128], taken)
    attending, stepping, squared, straight = plt.gcf().axes[0].lines
    np.testing.assert_allclose(attending.get_ydata(), [1, 4, 16, 64])
    np.testing.assert_allclose(stepping.get_ydata(), [2, 4, 8, 16])
    # The lines to compare with: these times lie on them.
    np.testing.assert_allclose(squared.get_ydata(), [4, 64])
    np.testing.assert_allclose(straight.get_ydata(), [4, 16])
