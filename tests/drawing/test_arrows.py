"""What a diagram of points says besides: a digit in its frame, arrows as long as the push, and what marks mean."""

import re

import numpy as np
import pytest

from course_lib.drawing.arrows import arrow, digit, key
from course_lib.drawing.chart import Chart


@pytest.fixture
def chart():
    """200 wide and 200 high at (0, 0), for -1 to 1 both ways: a unit is 100 in the drawing."""
    return Chart(0, 0, 200, 200, (-1, 1), (-1, 1), beyond=500)


def line(drawn):
    return [float(re.search(rf'{name}="([\d.-]+)"', drawn)[1]) for name in ("x1", "y1", "x2", "y2")]


def head(drawn):
    [points] = re.findall(r'<polygon points="([^"]*)"', drawn)
    return np.array([[*map(float, point.split(","))] for point in points.split()])


@pytest.mark.parametrize("end", [(0.3, 0), (0, 0.3), (-0.2, 0.1), (-0.1, -0.25)])
def test_an_arrow_goes_where_the_point_is_pushed_and_its_head_shows_the_way(chart, end):
    drawn = arrow(chart, (0, 0), end)
    x1, y1, x2, y2 = line(drawn)
    assert (x1, y1) == (100, 100)
    assert (x2, y2) == pytest.approx((100 + 100 * end[0], 100 - 100 * end[1]), abs=0.06)
    tip, *back = head(drawn)
    way = np.array([x2 - x1, y2 - y1]) / np.hypot(x2 - x1, y2 - y1)
    along = [(point - (x2, y2)) @ way for point in (tip, *back)]
    assert along == pytest.approx([4, 0, 0], abs=0.15)
    np.testing.assert_allclose(np.mean(back, axis=0), (x2, y2), atol=0.1)


def test_a_push_that_can_hardly_be_seen_is_not_drawn_and_a_long_one_is_shortened(chart):
    assert arrow(chart, (0, 0), (0.019, 0)) == ""
    assert arrow(chart, (0.5, 0.5), (0.5, 0.5)) == ""
    assert line(arrow(chart, (0, 0), (3, 4)))[2:] == pytest.approx((100 + 24, 100 - 32), abs=0.06)


def test_a_digit_is_a_picture_in_a_frame_with_its_name_below():
    drawn = digit(np.linspace(0, 1, 64), 10, 20, 80, "a seven")
    assert (drawn.count("<image"), drawn.count("<rect")) == (1, 1)
    assert re.search(r'<text x="50.0" y="113.0"[^>]*>a seven</text>', drawn)
    assert "<text" not in digit(np.zeros((8, 8)), 10, 20, 80)


def test_the_key_names_both_crowds_and_the_arrow():
    drawn = key(0, 0)
    points = ["real", "made by G", "where D&#x27;s opinion pushes it"]
    assert re.findall(r">([^<]+)</text>", drawn) == [*points, "D takes it for real", "D takes it for made"]
    assert (drawn.count("<circle"), drawn.count("<polygon"), drawn.count("<image")) == (2, 1, 2)
