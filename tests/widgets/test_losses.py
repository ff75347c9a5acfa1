"""Chapter 03's widgets: what they draw and say is what the functions give."""

import math

import numpy as np
import pytest
from traitlets import TraitError

from course_lib.data import digits
from course_lib.drawing import svg
from course_lib.experiments import losses as experiments
from course_lib.losses import LOSSES, descend
from course_lib.surfaces import LANDSCAPES
from course_lib.widgets import losses as widgets


@pytest.mark.parametrize("prediction", [-6.0, -0.5, 0.0, 0.3, 6.0])
def test_loss_widget_says_what_the_module_says(prediction):
    demo = widgets.Loss(prediction=prediction, target=0.3, delta=0.7)
    y, p = np.array([0.3]), np.array([prediction])
    expected = {
        "squared error": ("mean_squared_error", {}),
        "absolute error": ("mean_absolute_error", {}),
        "Huber": ("huber", {"delta": 0.7}),
    }
    for name, (f, options) in expected.items():
        loss, slope = (each(y, p, **options) for each in LOSSES[f])
        assert demo.now[name] == pytest.approx((loss, slope[0]))
        assert svg.signed(loss, 3) in demo.text.value
        assert svg.signed(slope[0], 3) in demo.describe()


@pytest.mark.parametrize(("task", "truth"), [(widgets.YES, 1.0), (widgets.NO, 0.0)])
@pytest.mark.parametrize("logit", [-6.0, 0.0, 2.5])
def test_loss_widget_for_yes_and_no(task, truth, logit):
    demo = widgets.Loss(task, logit)
    p = 1 / (1 + math.exp(-logit))
    surprise = -math.log(p if truth else 1 - p)
    assert demo.now["cross-entropy"] == pytest.approx((surprise, p - truth))
    square = (p - truth) ** 2, 2 * (p - truth) * p * (1 - p)
    assert demo.now["squared error of the sigmoid"] == pytest.approx(square)
    assert f"{p:.4f}" in demo.text.value
    assert f"truth: {'yes' if truth else 'no'}" in demo.describe()


def test_loss_widgets_curves_have_their_slopes():
    for task in (widgets.AMOUNT, widgets.YES, widgets.NO):
        grid = np.linspace(-5.95, 5.95, 120)
        for values, slopes in widgets.Loss(task, delta=2.0).compute(grid).values():
            assert values.shape == slopes.shape == (120,)
        h = 1e-5
        up, down = (widgets.Loss(task, delta=2.0).compute(grid + step) for step in (h, -h))
        for name, (_, slopes) in widgets.Loss(task, delta=2.0).compute(grid).items():
            np.testing.assert_allclose(slopes, (up[name][0] - down[name][0]) / (2 * h), atol=1e-4)


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        ({"landscape": "one valley", "start_1": -3.0, "learning_rate": 0.1, "steps": 60}, "a global minimum"),
        ({"landscape": "one valley", "start_1": -3.0, "learning_rate": 0.01, "steps": 20}, "still on its way down"),
        ({"landscape": "one valley", "start_1": -3.0, "learning_rate": 1.0, "steps": 20}, "Its last step led uphill"),
        ({"landscape": "one valley", "start_1": -3.0, "learning_rate": 1.1, "steps": 60}, "Step 1 throws it out"),
        ({"landscape": "one valley", "start_1": -2.0, "learning_rate": 1.1, "steps": 60}, "Step 4 throws it out"),
        ({"landscape": "one valley", "start_1": -2.0, "steps": 0}, "It lies at the start"),
        ({"landscape": "two valleys", "start_1": 3.0, "learning_rate": 0.1, "steps": 60}, "a local minimum, not the"),
        ({"landscape": "two valleys", "start_1": -3.0, "learning_rate": 0.1, "steps": 60}, "a global minimum"),
        ({"landscape": "a saddle", "start_1": -2.5, "start_2": 0.0, "learning_rate": 0.2, "steps": 60}, "a saddle"),
        ({"landscape": "a saddle", "start_1": -2.5, "start_2": 0.1, "learning_rate": 0.2, "steps": 60}, "a global"),
        ({"landscape": "two basins", "start_1": 2.5, "learning_rate": 0.2, "steps": 60}, "a local minimum, not the"),
    ],
)
def test_descent_widget_says_what_becomes_of_the_ball(settings, verdict):
    demo = widgets.Descent(**settings)
    assert verdict in demo.verdict
    assert demo.verdict in demo.describe()
    assert demo.message.value == ""


@pytest.mark.parametrize("name", LANDSCAPES)
def test_descent_widgets_path_is_that_of_descend(name):
    demo = widgets.Descent(name, 1.5, -2.0, 0.15, 25)
    start = np.array([1.5, -2.0])[: LANDSCAPES[name].weights]
    np.testing.assert_array_equal(demo.path, descend(LANDSCAPES[name].gradient, start, 0.15, 25))
    assert demo.left_at is None
    assert f"After step 25: w1 = {svg.signed(demo.path[-1, 0], 3)}" in demo.text.value


@pytest.mark.parametrize("name", ["one valley", "a long valley"])
def test_descent_widget_keeps_the_first_place_outside_and_no_more(name):
    demo = widgets.Descent(name, 3.0, 2.0, 1.2, 60)
    assert (np.abs(demo.path[:-1]) <= widgets.REACH).all()
    assert np.abs(demo.path[-1]).max() > widgets.REACH
    assert demo.left_at == len(demo.path) - 1
    assert np.isfinite(demo.path).all()


def test_play_begins_where_the_steps_stand():
    """The page links the two, and at the start the button's value would win."""
    demo = widgets.Descent(steps=20)
    assert demo.controls["play"].value == demo.controls["steps"].value == 20
    assert (demo.controls["play"].min, demo.controls["play"].max) == (0, widgets.MOST_STEPS)


def test_the_map_is_darker_where_it_is_lower():
    regions = widgets._layers("a long valley")
    highest = [LANDSCAPES["a long valley"].loss(region).max() for region, _ in regions]
    assert (np.diff(highest) < 0).all()
    assert [shade for _, shade in regions] == sorted((shade for _, shade in regions), reverse=True)


@pytest.mark.parametrize("moment", widgets.MOMENTS)
@pytest.mark.parametrize("size", [1, 16, 256])
def test_batch_size_widgets_noise_is_what_the_theory_says(moment, size):
    """Measured on twenty draws of forty, computed over all."""
    demo, noises = widgets.BatchSize(size, moment), []
    for draw in range(1, 21):
        demo.set(draw=draw)
        noises.append(demo.noise)
    assert np.sqrt(np.mean(np.square(noises))) == pytest.approx(demo.expected(size), rel=0.1)
    assert demo.gradients.shape == (40, 65, 10)
    assert f"{demo.noise:.2f}" in demo.text.value
    assert f"{demo.noise:.2f}" in demo.describe()


def test_batch_size_widget_computes_the_gradient_of_the_loss():
    demo = widgets.BatchSize(1077)
    data = digits()
    x = experiments.with_one(data.x_train)
    np.testing.assert_allclose(demo.full, experiments.slopes(np.zeros((65, 10)), x, data.y_train), atol=1e-12)
    np.testing.assert_allclose(demo.gradients, np.broadcast_to(demo.full, (40, 65, 10)), atol=1e-12)
    assert demo.expected(1077) == 0
    assert demo.noise < 1e-9
    one = widgets.BatchSize(1)
    each = np.einsum("ni,nk->nik", *widgets.reader_at("before training"))
    spread = np.sqrt(((each - one.full) ** 2).sum(axis=(1, 2)).mean()) / np.linalg.norm(one.full)
    assert one.expected(1) == pytest.approx(spread)


def test_another_draw_is_another_forty():
    demo = widgets.BatchSize(4)
    before = demo.angles.copy()
    demo.set(draw=2)
    assert (demo.angles != before).all()
    demo.set(draw=1)
    assert (demo.angles == before).all()


@pytest.mark.parametrize("kind", [widgets.Loss, widgets.Descent, widgets.BatchSize])
def test_bad_input_leaves_the_widget_alive(kind):
    demo = kind()
    name, control = next((name, c) for name, c in demo.controls.items() if c.has_trait("max"))
    demo.set(**{name: 1e9})
    assert demo.values[name] == control.max
    assert demo.message.value == ""
    with pytest.raises(TraitError):
        demo.set(**{name: "a lot"})
    with pytest.raises(ValueError, match="has no control 'nothing'"):
        demo.set(nothing=1)
    demo.set(**{name: control.min})
    assert demo.values[name] == control.min
    assert demo.message.value == ""


def test_controls_without_work_are_switched_off():
    demo = widgets.Loss()
    assert [name for name, control in demo.controls.items() if control.disabled] == []
    demo.set(task="yes or no; truth: yes")
    assert [name for name, control in demo.controls.items() if control.disabled] == ["target", "delta"]
    demo = widgets.Descent("one valley")
    assert demo.controls["start_2"].disabled
    demo.set(landscape="a saddle")
    assert not demo.controls["start_2"].disabled
