"""Chapter 02's widgets: what they draw and say is what the functions give."""

import contextlib

import numpy as np
import pytest
from traitlets import TraitError

from course_lib.activations import softmax
from course_lib.drawing.svg import signed
from course_lib.widgets import activations as widgets

fine = np.linspace(-40, 40, 80_001)


@pytest.mark.parametrize("name", widgets.CURVES)
def test_the_activation_widget_knows_the_range(name):
    low, high = widgets.RANGES[name]
    y = widgets.CURVES[name][0](fine)
    assert y.min() == pytest.approx(low, abs=0.005) if np.isfinite(low) else y.min() < -7
    assert y.max() == pytest.approx(high, abs=0.005) if np.isfinite(high) else y.max() > 39


@pytest.mark.parametrize("name", widgets.CURVES)
def test_the_activation_widget_shows_value_and_tangent(name):
    demo = widgets.Activation(name)
    for z in (-4.0, -1.3, 0.0, 0.7, 4.0):
        demo.set(z=z)
        value, slope = (float(f(z)) for f in widgets.CURVES[name])
        assert demo.now == (value, slope)
        (left, right), (low, high) = demo.tangent.get_data()
        assert (left + right, low + high) == pytest.approx((2 * z, 2 * value))
        assert high - low == pytest.approx(slope * (right - left))
        assert demo.point.get_xydata().tolist() == [[z, value]]
        assert ("Flat" in demo.describe()) == (abs(slope) < 0.05)
        assert f"value {signed(value, 3)}, slope {signed(slope, 3)}" in demo.describe()


def test_the_softmax_widget_follows_softmax():
    demo = widgets.Softmax((5.0, -2.0, 0.5, 0.0), temperature=0.7)
    before = demo.probabilities
    np.testing.assert_allclose(before, softmax(np.array([5, -2, 0.5, 0]) / 0.7))
    demo.set(add=-10.0)
    np.testing.assert_allclose(demo.probabilities, before, rtol=1e-12)
    demo.set(temperature=5.0)
    assert demo.probabilities.max() < before.max()
    demo.set(cat=0, dog=0, bird=0, fish=0)
    assert "cat 25.0%, dog 25.0%, bird 25.0%, fish 25.0%" in demo.describe()


def test_the_collapse_widget_draws_a_straight_line_and_a_bent_one():
    demo = widgets.Collapse(depth=2, bend="tanh")
    straight, bent = (demo.drawing(name)[1] for name in ("linear", "tanh"))
    straight = straight[~np.isnan(straight[:, 0])]
    fit = np.polyfit(*straight.T, 1)
    np.testing.assert_allclose(np.polyval(fit, straight[:, 0]), straight[:, 1], atol=1e-9)
    assert np.nanmax(np.abs(np.polyval(fit, bent[:, 0]) - bent[:, 1])) > 0.3
    linear, tanh_right = demo.right
    assert linear <= 0.75
    assert tanh_right >= 0.95
    assert f"{linear:.0%} of the points are right; with tanh, {tanh_right:.0%}" in demo.describe()
    demo.set(depth=0, bend="ReLU")
    assert demo.right[0] == pytest.approx(demo.right[1], abs=0.02)
    assert "no hidden layers" in demo.describe()


@pytest.mark.parametrize(
    ("kind", "name"), [(widgets.Activation, "z"), (widgets.Softmax, "cat"), (widgets.Softmax, "temperature")]
)
def test_no_number_gets_a_sentence_in_the_widget(kind, name):
    demo, start = kind(), kind()
    demo.set(**{name: np.nan})
    assert "every slider needs a number" in demo.message.value
    demo.set(**start.values)
    assert demo.still() == start.still()
    assert demo.message.value == ""


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (widgets.Activation, {"z": 99.0}),
        (widgets.Activation, {"activation": "cosine"}),
        (widgets.Softmax, {"cat": "much"}),
        (widgets.Collapse, {"depth": "two"}),
        (widgets.Collapse, {"depth": 9}),
    ],
    ids=str,
)
def test_a_bad_value_leaves_the_widget_alive(kind, values):
    demo, start = kind(), kind()
    with contextlib.suppress(TraitError):
        demo.set(**values)
    demo.set(**start.values)
    assert demo.still() == start.still()
    assert demo.message.value == ""
