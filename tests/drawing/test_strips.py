"""Strips of dots and bands of curves, whatever figure they stand in."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from course_lib.drawing.palette import INK
from course_lib.drawing.strips import LINE_STYLES, LOOKS, band_plot, strip_plot

GROUPS = {"one": np.array([0.1, 0.5, 0.2]), "two": [0.3, 0.4]}


@pytest.fixture
def axes():
    return Figure().add_subplot()


def test_every_number_is_a_dot_in_its_groups_row(axes):
    strip_plot(axes, GROUPS, LOOKS, spread=0.2)
    assert [line.get_xdata().tolist() for line in axes.lines] == [[0.1, 0.5, 0.2], [0.3, 0.4]]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [-0.2, 0, 0.2])
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [0.8, 1.2])
    assert [(line.get_color(), line.get_marker()) for line in axes.lines] == list(LOOKS[:2])
    assert {line.get_linestyle() for line in axes.lines} == {"None"}


def test_rows_are_named_and_the_first_is_on_top(axes):
    strip_plot(axes, GROUPS, LOOKS, spread=0.2)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "two"]
    assert axes.get_ylim() == (1.5, -0.5)


def test_a_stroke_stands_at_each_median(axes):
    strip_plot(axes, GROUPS, LOOKS, spread=0.2, median=0.3, linewidth=1.6)
    strokes = axes.lines[1::2]
    np.testing.assert_allclose([line.get_xdata() for line in strokes], [[0.2, 0.2], [0.35, 0.35]])
    np.testing.assert_allclose([line.get_ydata() for line in strokes], [[-0.3, 0.3], [0.7, 1.3]])
    assert {(to_hex(line.get_color()).upper(), line.get_linewidth()) for line in strokes} == {(INK, 1.6)}


def test_looks_begin_anew_where_there_are_more_groups(axes):
    strip_plot(axes, {f"group {k}": [k] for k in range(len(LOOKS) + 2)}, LOOKS, spread=0.2)
    found = [(line.get_color(), line.get_marker()) for line in axes.lines]
    assert found == [*LOOKS, *LOOKS[:2]]


def test_no_two_looks_share_a_colour_or_a_mark():
    assert len({colour for colour, _ in LOOKS}) == len({mark for _, mark in LOOKS}) == len(LOOKS) == len(LINE_STYLES)


def test_a_band_reaches_from_the_least_to_the_greatest(axes):
    runs = np.array([[1.0, 5.0, 2.0], [3.0, 1.0, 2.5], [2.0, 4.0, 9.0]])
    band_plot(axes, runs, "#0072B2", linestyle="--", label="three")
    (line,), (band,) = axes.lines, axes.collections
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_ydata().tolist() == [2, 4, 2.5]
    assert (line.get_linestyle(), line.get_label()) == ("--", "three")
    corners = band.get_paths()[0].vertices
    for place, low, high in zip((1, 2, 3), runs.min(axis=0), runs.max(axis=0), strict=True):
        heights = corners[corners[:, 0] == place, 1]
        assert (heights.min(), heights.max()) == (low, high)
