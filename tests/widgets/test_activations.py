"""Chapter 02's widgets: what they draw and say is what the functions give."""

import contextlib
import re

import numpy as np
import pytest
from traitlets import TraitError

from course_lib.activations import softmax
from course_lib.drawing.operating_point import charts, knob_rows, percent
from course_lib.drawing.palette import VERMILION
from course_lib.drawing.svg import signed
from course_lib.widgets import activations as widgets

fine = np.linspace(-40, 40, 80_001)


@pytest.mark.parametrize("name", widgets.CURVES)
def test_the_activation_widget_knows_the_range(name):
    low, high = widgets.RANGES[name]
    y = widgets.CURVES[name][0](fine)
    assert y.min() == pytest.approx(low, abs=0.005) if np.isfinite(low) else y.min() < -7
    assert y.max() == pytest.approx(high, abs=0.005) if np.isfinite(high) else y.max() > 39


def circles(drawing, radius):
    """The middles of the circles of this radius: [(across, down)]"""
    found = re.findall(rf'<circle cx="([\d.]+)" cy="([\d.]+)" r="{radius:.1f}"', drawing)
    return [tuple(map(float, place)) for place in found]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", widgets.CURVES)
def test_the_activation_widget_shows_value_and_slope_where_they_are(name, narrow):
    demo = widgets.Activation(name)
    demo.narrow = narrow
    f, f_grad = widgets.CURVES[name]
    for chart in charts(float(f(-4.0)), narrow):
        assert chart.right <= (400 if narrow else 770)
    for z in (-4.0, -1.3, 0.0, 0.7, 4.0):
        demo.set(z=z)
        value, slope = float(f(z)), float(f_grad(z))
        assert demo.now == (value, slope)
        left, right = charts(float(f(-4.0)), narrow)
        # Inside of both frames, also at the ends.
        assert left.y_ends[0] <= value <= left.y_ends[1]
        assert right.y_ends[0] <= slope <= right.y_ends[1]
        assert circles(demo.drawing, 8) == [pytest.approx(left.at(z, value), abs=0.1)]
        assert circles(demo.drawing, 6) == [pytest.approx(right.at(z, slope), abs=0.1)]
        assert ("Flat" in demo.describe()) == (abs(slope) < 0.05)
        assert f"value {signed(value, 3)}, slope {signed(slope, 3)}" in demo.describe()


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", ["sigmoid", "linear"])
def test_the_point_is_dragged_on_either_picture_and_moved_by_keys(name, narrow):
    demo = widgets.Activation(name)
    demo.narrow = narrow
    for chart in charts(float(widgets.CURVES[name][0](-4.0)), narrow):
        for z in (-3.2, 0.0, 2.5):
            place = chart.at(z, 0.5)
            demo.grab(*place)
            demo.drag(*place)
            assert demo.number("z") == z
    demo.drag(0, 0)
    assert demo.number("z") == -4
    for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "Enter"):
        demo.press(key)
    assert demo.number("z") == -3.8
    assert demo.error == ""


def test_the_tangent_has_the_slope_of_the_curve():
    demo = widgets.Activation("tanh", z=0.4)
    [points] = re.findall(r'stroke-dasharray="7 4" points="([^"]+)"', demo.drawing)
    (x0, y0), *_, (x1, y1) = ([float(part) for part in point.split(",")] for point in points.split())
    left, _ = charts(float(np.tanh(-4.0)), False)
    (a, b), (c, d) = left.data(x0, y0), left.data(x1, y1)
    assert (d - b) / (c - a) == pytest.approx(1 - np.tanh(0.4) ** 2, abs=0.02)


def test_the_activation_widget_takes_a_function_of_ones_own():
    demo = widgets.Activation(f=np.sin, f_grad=np.cos, band=(-1, 1), z=0)
    assert demo.describe() == "yours at z = 0.0: value 0.000, slope 1.000. Its values lie between −1 and 1."
    demo.set(activation="ReLU")
    assert demo.describe().startswith("ReLU at z = 0.0")


def test_the_softmax_widget_follows_softmax():
    demo = widgets.Softmax((5.0, -2.0, 0.5, 0.0), temperature=0.7)
    before = demo.probabilities
    np.testing.assert_allclose(before, softmax(np.array([5, -2, 0.5, 0]) / 0.7))
    demo.set(add=-10.0)
    np.testing.assert_allclose(demo.probabilities, before, rtol=1e-12)
    demo.set(temperature=5.0)
    assert demo.probabilities.max() < before.max()
    demo.set(**{f"logit {name}": 0 for name in demo.names})
    assert "cat 25.0%, dog 25.0%, bird 25.0%, fish 25.0%" in demo.describe()


def test_the_softmax_widget_calls_no_share_certain_that_is_not():
    demo = widgets.Softmax((5.0, 0.0, 0.0, -5.0), temperature=0.1)
    assert demo.describe().endswith("cat > 99.9%, dog < 0.1%, bird < 0.1%, fish < 0.1%.")
    said = [percent(p) for p in (0.0, 0.0004, 0.0006, 0.9994, 0.9996, 1.0)]
    assert said == ["< 0.1%", "< 0.1%", "0.1%", "99.9%", "> 99.9%", "> 99.9%"]


@pytest.mark.parametrize("narrow", [False, True])
def test_logits_are_dragged_and_moved_by_keys(narrow):
    demo = widgets.Softmax(add=5.0)
    demo.narrow = narrow
    rows = knob_rows(4, narrow)
    demo.grab(*rows[2].at(5.0, 0))
    demo.drag(*rows[2].at(8.0, 0))
    assert demo.sums.tolist() == [7, 6, 8, 4]
    assert circles(demo.drawing, 9)[2] == pytest.approx(rows[2].at(8.0, 0), abs=0.1)
    # No further than its slider goes.
    demo.drag(*rows[2].at(15.0, 0))
    assert demo.state["logit bird"] == 5
    before = demo.drawing
    demo.grab(*rows[1].at(-14.0, 0))
    demo.drag(*rows[1].at(-10.0, 0))
    assert demo.sums.tolist() == [7, 6, 10, 4]
    assert before.count(VERMILION) == 1
    assert demo.held == -1
    for key in ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"):
        demo.press(key)
    assert demo.sums.tolist() == [6.9, 6.1, 10, 4]
    assert demo.error == ""


def test_the_softmax_widget_takes_other_names():
    demo = widgets.Softmax((1, 2), names=("yes", "no"))
    assert demo.describe() == "Softmax of the logits 1.0, 2.0 at temperature 1.0: yes 26.9%, no 73.1%."


def test_the_collapse_widget_draws_a_straight_line_and_a_bent_one():
    demo = widgets.Collapse(depth=2, bend="tanh")
    straight, bent = (demo.drawing(name)[1] for name in ("linear", "tanh"))
    straight = straight[~np.isnan(straight[:, 0])]
    fit = np.polyfit(*straight.T, 1)
    np.testing.assert_allclose(np.polyval(fit, straight[:, 0]), straight[:, 1], atol=1e-9)
    assert np.nanmax(np.abs(np.polyval(fit, bent[:, 0]) - bent[:, 1])) > 0.3
    linear, tanh_right = demo.right
    assert linear <= 0.75 * 300
    assert tanh_right >= 0.95 * 300
    assert f"{linear} of 300 points are right; with tanh, {tanh_right}." in demo.describe()
    demo.set(depth=0, bend="ReLU")
    assert demo.right[0] == pytest.approx(demo.right[1], abs=5)
    assert "nothing can bend" in demo.describe()
    assert demo.describe().endswith(f"Of 300 points {demo.right[0]} and {demo.right[1]} are right.")
    demo.set(depth=1)
    assert "with 1 hidden layer," in demo.describe()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (widgets.Activation, {"activation": "cosine"}),
        (widgets.Activation, {"z": "much"}),
        (widgets.Softmax, {"logit cat": "much"}),
        (widgets.Softmax, {"mouse": 1}),
    ],
    ids=str,
)
def test_a_bad_value_is_said_and_leaves_the_widget_alive(kind, values):
    demo, start = kind(), kind()
    demo.state = {**demo.state, **values}
    assert demo.error
    demo.state = dict(start.state)
    assert demo.error == ""
    assert demo.still() == start.still()


@pytest.mark.parametrize("values", [{"depth": "two"}, {"depth": 9}], ids=str)
def test_a_bad_depth_leaves_collapse_alive(values):
    demo, start = widgets.Collapse(), widgets.Collapse()
    with contextlib.suppress(TraitError):
        demo.set(**values)
    demo.set(**start.values)
    assert demo.still() == start.still()
    assert demo.message.value == ""
