"""Controls as a widget's class declares them, and as each widget has them."""

import inspect
import re

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget_link import Link

from course_lib.drawing import svg
from course_lib.widgets.base import SvgDemo
from course_lib.widgets.controls import group, pick, slide, slide_over


class Ball(SvgDemo):
    """A ball on its way, which shows what its controls say."""

    name = "ball"
    speed = slide("speed", 0.4, 0.0, 2.0)
    step = slide("step", 3, 0, 20, 1, play=100)
    colour = pick("colour", ("red", "blue", "green"), "blue")
    size = slide_over("size", [("small", 1), ("large", 8)])
    at = group({"x": slide("x of the ball", 1.0, -5.0, 5.0), "y": slide("y of the ball", 2.0, -5.0, 5.0)})
    draw_ = slide("another draw", 1, 1, 9, 1)
    arguments = ("colour", "step")
    drawn = 0

    def svg(self):
        self.drawn += 1
        return svg.drawing(9, 9, svg.text(4, 4, str(list(self.values.values()))))

    def describe(self):
        return f"A ball at {self.values}."


class RedBall(Ball):
    """One that has its own colours and a weight besides; the weight follows the size."""

    colour = pick("colour", ("red", "dark red"))
    weight = slide("weight", 5, 0, 10, 1)

    def follow(self, name):
        if name == "size":
            self.set(weight=self.size)


START = {"speed": 0.4, "step": 3, "colour": "blue", "size": 1, "x": 1.0, "y": 2.0, "draw": 1}


def test_a_widget_begins_as_its_class_says():
    ball = Ball()
    assert ball.values == START
    assert list(ball.controls) == ["speed", "step", "play", "colour", "size", "x", "y", "draw"]
    assert [control.description for control in ball.controls.values()] == [
        *("speed", "step", "Play", "colour", "size", "x of the ball", "y of the ball", "another draw")
    ]


def test_a_control_is_read_by_its_name():
    ball = Ball()
    ball.set(speed=1.5, colour="red", size=8)
    assert (ball.speed, ball.colour, ball.size, ball.draw_) == (1.5, "red", 8, 1)
    np.testing.assert_array_equal(ball.at, [1.0, 2.0])


def test_a_widget_can_begin_otherwise():
    ball = Ball(speed=1.0, at=(3.0, -3.0), draw=4)
    assert ball.values == START | {"speed": 1.0, "x": 3.0, "y": -3.0, "draw": 4}


def test_what_has_no_name_comes_in_order():
    assert Ball("green", 7, 2.0).values == START | {"colour": "green", "step": 7, "speed": 2.0}
    order = ["colour", "step", "speed", "size", "at", "draw"]
    assert list(inspect.signature(Ball).parameters) == order
    assert inspect.signature(Ball).parameters["at"].default == (1.0, 2.0)


def test_a_class_that_asks_for_its_own_arguments_says_so():
    class Small(Ball):
        def __init__(self, colour="red"):
            super().__init__(colour=colour, size=1)

    class Smaller(Small):
        pass

    assert list(inspect.signature(Smaller).parameters) == ["colour"]
    assert Smaller("green").values == START | {"colour": "green"}


def test_two_of_a_class_do_not_know_each_other():
    one, other = Ball(), Ball()
    one.set(**{"speed": 2.0, "colour": "red", "at": (0.0, 0.0)})
    assert other.values == START
    assert not set(one.controls.values()) & set(other.controls.values())


def test_a_subclass_inherits_and_has_its_own():
    red = RedBall()
    assert red.values == START | {"colour": "red", "weight": 5}
    assert list(red.controls) == [*Ball().controls, "weight"]
    assert Ball().controls["colour"].options == ("red", "blue", "green")


def test_a_play_button_moves_its_slider_in_the_browser():
    controls = Ball(step=7).controls
    play = controls["play"]
    assert (play.value, play.min, play.max, play.step, play.interval) == (7, 0, 20, 1, 100)
    links = [model for model in ipywidgets.widgets.widget._instances.values() if isinstance(model, Link)]
    assert [link.target for link in links if link.source == (play, "value")] == [(controls["step"], "value")]


def test_a_play_button_itself_draws_nothing():
    ball = Ball()
    ball.controls["play"].value = 9
    assert ball.drawn == 1
    assert ball.values == START


def test_a_group_is_set_as_one_and_draws_once():
    ball = Ball()
    ball.set(at=(4.0, -4.0), x=5.0)
    assert (ball.values["x"], ball.values["y"], ball.drawn) == (5.0, -4.0, 2)


def test_a_control_that_follows_moves_before_the_picture_is_drawn():
    red = RedBall()
    red.controls["size"].value = 8
    assert red.weight == 8
    assert str(list(red.values.values())) in red.picture.value.replace("&#x27;", "'")
    red.set(size=1, speed=0.0)
    assert red.weight == 1


def test_set_draws_once_also_where_a_control_follows():
    red = RedBall()
    red.set(size=8, speed=0.0)
    assert red.drawn == 2


def test_a_slider_over_whole_numbers_counts_in_whole_numbers():
    assert isinstance(Ball().step, int)
    assert isinstance(Ball(speed=1).speed, float)
    assert (Ball().controls["step"].readout_format, Ball().controls["speed"].readout_format) == ("d", ".2f")


def test_a_list_begins_with_its_first_option():
    assert pick("letter", ["x", "y"]).start == "x"
    assert pick("letter", ["x", "y"], "y").start == "y"
    assert slide_over("number", [("none", 0), ("one", 1)]).start == 0


def test_all_labels_are_as_wide_as_the_class_says():
    class Wide(Ball):
        label_width = 120

    for kind, width in [(Ball, "90px"), (Wide, "120px")]:
        controls = [control for name, control in kind().controls.items() if name != "play"]
        assert {control.style.description_width for control in controls} == {width}


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (lambda: slide("rate", 0.7, 0.02, 0.5), "rate must start between 0.02 and 0.5, got 0.7"),
        (lambda: slide("rate", float("nan"), 0.0, 1.0), "rate must start between 0.0 and 1.0, got nan"),
        (lambda: slide("rate", 0.5, 0.0, 1.0, play=100), "rate must go in whole numbers to have a Play button"),
        (lambda: pick("colour", ("red", "blue"), "green"), "colour must start with one of red, blue; got 'green'"),
        (lambda: slide_over("size", [("small", 1)], "small"), "size must start with one of 1; got 'small'"),
        (lambda: Ball(speeed=1.0), "ball has no control 'speeed'; it has speed, step, colour, size, at, draw"),
        (lambda: Ball().set(speeed=1.0), "ball has no control 'speeed'; it has speed, step, colour, size, x, y, draw"),
        (lambda: Ball(at=(1.0,)), "at needs 2 values, got 1"),
        (lambda: Ball().set(at=(1.0, 2.0, 3.0)), "at needs 2 values, got 3"),
    ],
)
def test_a_mistake_is_said_in_a_sentence(mistake, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        mistake()


def test_a_control_is_not_overwritten():
    ball = Ball()
    with pytest.raises(AttributeError, match=re.escape("speed is a control: move it with set(speed=...)")):
        ball.speed = 1.0
    assert ball.values == START


def test_a_control_does_not_take_the_place_of_what_every_widget_has():
    with pytest.raises(TypeError, match=r"^every widget has its own describe: declare that control as describe_$"):
        type("Hidden", (SvgDemo,), {"describe": slide("describe", 1, 0, 2, 1)})
    with pytest.raises(AttributeError, match="text is a control"):
        type("Hidden", (SvgDemo,), {"text": slide("text", 1, 0, 2, 1)})()


def test_a_widget_has_one_play_button():
    with pytest.raises(TypeError, match=r"^Busy has room for one Play button$"):
        type("Busy", (Ball,), {"other": slide("other", 1, 0, 2, 1, play=50)})
