"""Chapter 03's widgets: what they draw and say is what the functions give."""

import html
import itertools
import math
import re

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


@pytest.mark.parametrize("prediction", [-6.0, -1.0, 2.0, 6.0])
@pytest.mark.parametrize("task", [widgets.AMOUNT, widgets.YES, widgets.NO])
def test_a_value_outside_of_the_picture_has_an_arrowhead_and_no_dot(task, prediction):
    demo = widgets.Loss(task, prediction)
    steepest = 4 if task == widgets.AMOUNT else 1
    inside = sum((0 <= loss <= 8) + (abs(slope) <= steepest) for loss, slope in demo.now.values())
    assert demo.svg().count("<circle") == inside
    assert demo.svg().count("<polygon") == 2 * len(demo.now) - inside


def test_the_table_of_losses_is_as_high_for_every_task():
    heights = {
        re.search(r"min-height: [\d.]+em", widgets.Loss(task).words())[0] for task in (widgets.AMOUNT, widgets.NO)
    }
    assert len(heights) == 1


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        ({"landscape": "one valley", "start_1": -3.0, "learning_rate": 0.1, "steps": 60}, "a global minimum"),
        (
            {"landscape": "one valley", "start_1": -3.0, "learning_rate": 0.01, "steps": 20},
            "Every step led downhill so",
        ),
        ({"landscape": "one valley", "start_1": -3.0, "learning_rate": 0.98, "steps": 9}, "it jumps from side to side"),
        ({"landscape": "one valley", "start_1": -3.0, "learning_rate": 1.0, "steps": 20}, "ended as high as it began"),
        ({"landscape": "one valley", "start_1": -3.0, "learning_rate": 1.1, "steps": 60}, "Step 1 throws it out"),
        ({"landscape": "one valley", "start_1": -2.0, "learning_rate": 1.1, "steps": 60}, "Step 4 throws it out"),
        ({"landscape": "one valley", "start_1": -2.0, "learning_rate": 1.1, "steps": 3}, "3 of 3 steps led uphill"),
        ({"landscape": "one valley", "start_1": -2.0, "steps": 0}, "It lies at the start"),
        ({"landscape": "two valleys", "start_1": 3.0, "learning_rate": 0.1, "steps": 60}, "a local minimum, not the"),
        ({"landscape": "two valleys", "start_1": -3.0, "learning_rate": 0.1, "steps": 60}, "a global minimum"),
        ({"landscape": "two valleys", "start_1": 3.0, "learning_rate": 1.2, "steps": 9}, "the loss goes up and down"),
        ({"landscape": "a saddle", "start_1": -2.5, "start_2": 0.0, "learning_rate": 0.2, "steps": 60}, "a saddle"),
        ({"landscape": "a saddle", "start_1": -2.5, "start_2": 0.1, "learning_rate": 0.2, "steps": 60}, "a global"),
        ({"landscape": "two basins", "start_1": 2.5, "learning_rate": 0.2, "steps": 60}, "a local minimum, not the"),
    ],
)
def test_descent_widget_says_what_becomes_of_the_ball(settings, verdict):
    demo = widgets.Descent(**settings)
    assert verdict in demo.verdict
    assert demo.verdict in demo.describe()
    assert html.escape(demo.verdict) in demo.words
    assert demo.error == ""


@pytest.mark.parametrize("landscape", LANDSCAPES)
def test_what_is_said_of_the_ball_is_true_at_every_setting(landscape):
    surface, demo = LANDSCAPES[landscape], widgets.Descent(landscape)
    settings = itertools.product((-3.0, -0.7, 0.3, 3.0), (-3.0, 0.0, 0.1), (0.01, 0.3, 0.7, 1.0, 1.2), (0, 1, 2, 7, 60))
    for start_1, start_2, rate, steps in settings:
        demo.set(start_1=start_1, start_2=start_2, learning_rate=rate, steps=steps)
        path, said = demo.path, demo.verdict
        losses, slope = surface.loss(path), np.abs(surface.gradient(path[-1])).max()
        rises = np.diff(losses)
        if "throws it out" in said:
            # It never comes back.
            with np.errstate(over="ignore", invalid="ignore"):
                on = descend(surface.gradient, path[-1], rate, 200)
            assert not (np.abs(on) <= widgets.REACH).all(axis=1).any()
        elif "hardly moves" in said:
            assert slope < 0.005
        elif "at the start" in said:
            assert steps == 0
        elif "as high as it began" in said:
            assert rises[-1] == pytest.approx(0, abs=1e-9)
        elif "led uphill" in said:
            up, of = map(int, re.match(r"(\d+) of (\d+) steps", said).groups())
            assert (up, of) == ((rises > 1e-9).sum(), len(rises))
            assert ("not the last" in said) == (rises[-1] < 0)
        else:
            assert "Every step led downhill" in said
            assert (rises < 1e-9).all()
            turned = len(path) > 2 and (np.diff(path, axis=0)[-2:].prod(axis=0) < 0).any()
            assert ("side to side" in said) == turned
        assert demo.finished == (steps == 60 or "throws it out" in said or slope < 0.005)


@pytest.mark.parametrize("name", LANDSCAPES)
def test_descent_widgets_path_is_that_of_descend(name):
    demo = widgets.Descent(name, 1.5, -2.0, 0.15, 25)
    start = np.array([1.5, -2.0])[: LANDSCAPES[name].weights]
    np.testing.assert_array_equal(demo.path, descend(LANDSCAPES[name].gradient, start, 0.15, 25))
    assert f"After step 25: w₁ = {svg.signed(demo.path[-1, 0], 3)}" in demo.words


@pytest.mark.parametrize("name", ["one valley", "a long valley"])
def test_descent_widget_keeps_the_first_place_outside_and_no_more(name):
    demo = widgets.Descent(name, 3.0, 2.0, 1.2, 60)
    assert (np.abs(demo.path[:-1]) <= widgets.REACH).all()
    assert np.abs(demo.path[-1]).max() > widgets.REACH
    assert np.isfinite(demo.path).all()


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", ["two valleys", "a saddle"])
def test_the_square_is_dragged_with_its_way_and_the_ball_is_put_down_elsewhere(name, narrow):
    demo = widgets.Descent(name, 2.5, 1.5, 0.1, 12)
    demo.narrow = narrow
    square, ball = demo._places()[[0, -1]]
    demo.dragged = {"grip": 1, "start": list(square), "place": list(square)}
    assert (demo.state["start_1"], demo.state["steps"]) == (2.5, 12)
    goal = demo.chart.at(-1.0, 0.5)
    demo.dragged = {"grip": 1, "start": list(square), "place": list(map(float, goal))}
    assert (demo.state["start_1"], demo.state["steps"]) == (-1, 12)
    assert demo.state["start_2"] == (0.5 if name == "a saddle" else 1.5)
    ball = demo._places()[-1]
    demo.dragged = {"grip": 2, "start": list(ball), "place": list(map(float, demo.chart.at(0.5, -2.0)))}
    assert (demo.state["start_1"], demo.state["steps"]) == (0.5, 0)
    demo.dragged = {"grip": 2, "start": list(ball), "place": [0.0, 0.0]}
    assert demo.state["start_1"] == -3
    assert demo.error == ""


def test_keys_move_the_start_and_make_steps():
    demo = widgets.Descent("a saddle", 1.0, 0.0, 0.1, 0)
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowLeft", "Enter", "step", "Delete"):
        demo.press(key)
    assert {name: demo.state[name] for name in ("start_1", "start_2", "steps")} == {
        "start_1": 0.9,
        "start_2": 0.1,
        "steps": 2,
    }
    demo.press("back")
    assert demo.state["steps"] == 0
    demo.set(steps=widgets.MOST_STEPS)
    demo.press("step")
    assert demo.state["steps"] == widgets.MOST_STEPS


def test_what_lies_outside_is_not_drawn_at_the_edge():
    """A ball that has been thrown out is outside of the window that cuts the drawing."""
    drawing = widgets.Descent("one valley", -2.0, learning_rate=1.1, steps=60).drawing
    balls = re.findall(r'cx="([-\d.]+)" cy="([-\d.]+)" r="7.0"', drawing)
    assert [float(down) < 28 for _, down in balls] == [True]


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


@pytest.mark.parametrize("kind", [widgets.Loss, widgets.BatchSize])
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


@pytest.mark.parametrize("moment", widgets.MOMENTS)
@pytest.mark.parametrize("size", [1, 16, 1077])
def test_the_fan_is_to_scale(moment, size):
    """Each end lies as far from the middle, in full gradients, as its gradient is long, and all within the circle."""
    demo = widgets.BatchSize(size, moment)
    lengths = [np.linalg.norm(gradient) / np.linalg.norm(demo.full) for gradient in demo.gradients]
    np.testing.assert_allclose(demo.lengths, lengths)
    edge = float(re.search(r"the circle: ([\d.]+) times", demo.svg())[1])
    ends = re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="2.5"', demo.svg())
    far = [math.hypot(float(x) - 150, float(y) - 160) / 108 * edge for x, y in ends]
    np.testing.assert_allclose(far, lengths, atol=0.001 * edge)
    assert max(lengths) <= edge
    noise = float(demo.noise)
    assert 1 / 8 <= noise <= 256 or size == 1077


def test_one_example_is_one():
    one, all_ = widgets.BatchSize(1), widgets.BatchSize(1077)
    assert "<b>1 example</b>: an epoch is 1,077 steps." in one.words()
    assert "Forty mini-batches of 1 example," in one.describe()
    assert "<b>1,077 examples</b>: an epoch is 1 step." in all_.words()
    assert "Batches of all 1,077 examples," in all_.describe()
