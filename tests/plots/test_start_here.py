"""The figures of chapter 00 show what they are given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib.plots import start_here as plots


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


def titles():
    return [axes.get_title() for axes in plt.gcf().axes]


def test_lettered_pictures_stand_under_their_letters():
    pictures = {letter: np.full((8, 8), ink) for letter, ink in (("A", 0.2), ("B", 0.7))}
    plots.plot_lettered(pictures)
    assert [axes.get_title(loc="left") for axes in plt.gcf().axes] == ["A", "B"]
    for axes, picture in zip(plt.gcf().axes, pictures.values(), strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), picture)
        assert axes.images[0].get_clim() == (0, 1)


def test_digits_stand_under_their_answers():
    plots.plot_digits(np.zeros((4, 8, 8)), [3, 1, 4, 1], rows=2)
    assert titles() == ["3", "1", "4", "1"]


def test_readings_say_which_are_wrong():
    plots.plot_readings(np.zeros((2, 8, 8)), [3, 1], [3, 7])
    assert titles() == ["3 ✓", "7 ✗"]
    assert [axes.get_xlabel() for axes in plt.gcf().axes] == ["", "is a 1"]


def test_learning_is_drawn_as_it_went():
    history = {"accuracy": [0.2, 0.6, 0.9], "val_accuracy": [0.3, 0.5, 0.8]}
    plots.plot_learning(history)
    assert [list(line.get_ydata()) for line in plt.gca().lines] == list(history.values())
    assert [list(line.get_xdata()) for line in plt.gca().lines] == [[1, 2, 3]] * 2
