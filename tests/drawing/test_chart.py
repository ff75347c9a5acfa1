"""A chart in a diagram: where points, ticks and curves lie."""

import re
import warnings

import numpy as np
import pytest

from course_lib.drawing.chart import Chart
from course_lib.drawing.plane import Plane


@pytest.fixture
def chart():
    """200 wide and 100 high at (10, 20), for x from -2 to 2 and y from 0 to 10."""
    return Chart(10, 20, 200, 100, (-2, 2), (0, 10))


def texts(drawn):
    return re.findall(r'<text x="([\d.-]+)" y="([\d.-]+)".*?>([^<]*)</text>', drawn)


def polylines(drawn):
    found = re.findall(r'<polyline.*? points="([^"]*)"', drawn)
    return [[tuple(map(float, point.split(","))) for point in points.split()] for points in found]


def test_the_ends_lie_on_the_frame(chart):
    assert chart.at(-2, 0) == (10, 120)
    assert chart.at(2, 10) == (210, 20)
    assert (chart.right, chart.bottom, chart.middle) == (210, 120, 110)


def test_what_is_outside_lies_on_the_frame_or_a_little_beyond(chart):
    assert chart.at(-9, 99) == (10, 20)
    wide = Chart(10, 20, 200, 100, (-2, 2), (0, 10), beyond=60)
    assert wide.at(-2.4, 11) == pytest.approx((-10, 10))
    assert wide.at(1e300, -1e300) == (270, 180)


def test_many_points_at_once_are_the_same(chart):
    x, y = np.linspace(-3, 3, 7), np.linspace(-1, 11, 7)
    np.testing.assert_array_equal(chart.points(x, y), [chart.at(*point) for point in zip(x, y, strict=True)])


@pytest.mark.parametrize("axes", ["x", "y", "xy"])
def test_a_logarithmic_axis_gives_each_factor_the_same_room(axes):
    log = Chart(0, 0, 300, 300, (1e-1, 1e2), (1e-1, 1e2), axes)
    across, down = log.at(np.array([0.1, 1, 10, 100]), np.array([100, 10, 1, 0.1]))
    even, crowded = [0, 100, 200, 300], [0, *(300 * np.array([0.9, 9.9]) / 99.9), 300]
    np.testing.assert_allclose(across, even if "x" in axes else crowded)
    np.testing.assert_allclose(down, even if "y" in axes else 300 - np.array(crowded)[::-1])


@pytest.mark.parametrize("log", ["", "x", "y", "xy"])
def test_a_point_of_the_drawing_is_a_point_of_the_data(log):
    chart = Chart(40, 20, 300, 200, (1, 100), (0.01, 10), log=log)
    for x, y in [(1, 0.01), (100, 10), (30, 2), (7, 0.3)]:
        assert chart.data(*chart.at(x, y)) == pytest.approx((x, y))
    # Beside the frame it is the nearest one inside.
    assert chart.data(0, 500) == pytest.approx((1, 0.01))
    assert chart.data(999, 0) == pytest.approx((100, 10))


def test_nothing_and_less_lie_at_the_foot_of_a_logarithmic_axis():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Chart(0, 0, 9, 9, (0, 1), (1e-6, 1), "y").at(0, np.array([0.0, -1.0]))[1].tolist() == [9, 9]


def test_ticks_are_written_as_numbers_or_as_told(chart):
    assert texts(chart.x_ticks((-2, 0.5))) == [("10.0", "133.0", "−2"), ("135.0", "133.0", "0.5")]
    assert texts(chart.x_ticks({0: "noon"}, below=20)) == [("110.0", "140.0", "noon")]
    assert texts(chart.y_ticks((0, 10))) == [("4.0", "120.0", "0"), ("4.0", "20.0", "10")]
    assert texts(chart.y_ticks({5: "half"}, beside=9)) == [("1.0", "70.0", "half")]


def test_a_grid_can_be_left_out(chart):
    assert chart.y_ticks((0, 5)).count("<line") == 2
    assert "<line" not in chart.y_ticks((0, 5), grid=False)


def test_a_frame_has_all_its_words(chart):
    drawn = chart.frame("a title", "a name", (0, 1), (5,))
    assert [words for *_, words in texts(drawn)] == ["a title", "a name", "0", "1", "5"]
    assert drawn.count("<rect") == 1


def test_a_curve_is_cut_at_the_frame_where_it_leaves_it(chart):
    x = np.array([-2.0, -1, 0, 1, 2])
    drawn = chart.curve(x, np.array([1.0, 2, 30, 4, 5]), "#000")
    [before, after] = polylines(drawn)
    assert before == [(10, 110), (60, 100), (pytest.approx(60 + 50 * 8 / 28, abs=0.06), 20)]
    assert after == [(pytest.approx(110 + 50 * 20 / 26, abs=0.06), 20), (160, 80), (210, 70)]
    assert chart.curve(x, np.full(5, 11.0), "#000") == ""


def test_a_curve_that_steps_over_the_whole_frame_is_seen_in_it(chart):
    [piece] = polylines(chart.curve(np.array([-2.0, 2.0]), np.array([-10.0, 20.0]), "#000"))
    assert piece == [(pytest.approx(76.7, abs=0.06), 120), (pytest.approx(143.3, abs=0.06), 20)]


@pytest.mark.parametrize("lost", [np.nan, np.inf, -np.inf])
def test_a_curve_ends_where_it_is_no_number(chart, lost):
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        drawn = chart.curve(np.array([-2.0, -1, 0, 1, 2]), np.array([1.0, 2, lost, 4, 5]), "#000")
    assert polylines(drawn) == [[(10, 110), (60, 100)], [(160, 80), (210, 70)]]


def test_on_a_logarithmic_axis_a_curve_is_cut_where_its_line_is_drawn():
    log = Chart(0, 0, 100, 100, (0, 1), (1, 100), "y")
    assert polylines(log.curve(np.array([0.0, 1.0]), np.array([1.0, 1e4]), "#000")) == [[(0, 100), (50, 0)]]


def test_a_curve_on_the_frame_is_drawn_although_rounding_puts_it_a_hair_outside(chart):
    y = np.array([10.0, np.nextafter(10, 11), 0.0, -1e-12])
    assert len(*polylines(chart.curve(np.array([-2.0, -1, 0, 1]), y, "#000"))) == 4


def test_a_curve_has_dashes_where_wanted(chart):
    x = np.array([0.0, 1.0])
    assert 'stroke-dasharray="8 4"' in chart.curve(x, x, "#000", dashes="8 4")
    assert "dash" not in chart.curve(x, x, "#000")


def test_a_plane_is_a_square_chart():
    plane = Plane(10, 20, 100, -1, 1)
    assert plane.at(-1, 1) == (10, 20)
    assert plane.at(0.5, 0) == (85, 70)
    assert sorted({words for *_, words in texts(plane.axes())}) == ["1.0", "x₁", "x₂", "−1.0"]


@pytest.mark.parametrize(("line", "share"), [((1, 0, 0), 0.5), ((0, 0, 1), 1.0), ((0, 0, -1), 0.0), ((1, 1, 1), 0.875)])
def test_the_sides_of_a_line_share_the_plane(line, share):
    drawn = Plane(0, 0, 100, -1, 1).sides(*line)
    found = re.findall(r'<polygon points="([^"]*)"', drawn)
    x, y = np.array([[*map(float, point.split(","))] for point in found[0].split()]).T if found else np.zeros((2, 1))
    area = abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2
    assert area == pytest.approx(1e4 * share)
    assert drawn.count("<line") == (1 if 0 < share < 1 else 0)
