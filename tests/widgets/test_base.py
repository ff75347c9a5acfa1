"""What every widget is built on, tried on three small ones."""

import html
import io
import threading

import numpy as np
import pytest
import traitlets
from PIL import Image

from course_lib.drawing import svg
from course_lib.page.pictures import png
from course_lib.widgets.base import FigureDemo, ScriptDemo, SvgDemo
from course_lib.widgets.controls import pick, slide


class Sum(SvgDemo):
    """a + b, which cannot be drawn for a = 5."""

    name = "sum"
    drawn, pause = 0, None
    a = slide("a", 1, 0, 9, 1)
    b = slide("b", 2, 0, 9, 1)
    kind = pick("kind", ("x", "y"))

    def svg(self):
        values = self.values
        if self.pause:
            self.pause()
        self.drawn += 1
        if values["a"] == 5:
            raise ValueError("5 < 6 is too much")
        return svg.drawing(100, 50, svg.text(50, 25, f"{values['a']} + {values['b']}"))

    def describe(self):
        return f'The sum "{self.a} + {self.b}".'


class Dot(FigureDemo):
    """A dot that moves to the right."""

    name = "dot"
    x = slide("x", 1, 0, 9, 1)

    def prepare(self):
        axes = self.figure.subplots()
        axes.set(xlim=(-1, 10), ylim=(-1, 1), title="a title", xlabel="x")
        (self.dot,) = axes.plot([5], [0.5], "o", markersize=12)
        self.moving = [self.dot]

    def move(self):
        self.dot.set_data([self.x], [0])

    def describe(self):
        return f"A dot at {self.x}."


class Root(ScriptDemo):
    """The square root of x, a widget that a script draws."""

    name = "root"
    x = traitlets.Float(4.0).tag(sync=True)
    root = traitlets.Float(2.0).tag(sync=True)

    def __init__(self):
        super().__init__()
        self.react("x", self.answer)

    def answer(self):
        if self.x < 0:
            raise ValueError("x must be 0 or more")
        self.root = self.x**0.5

    def describe(self):
        return f"The root of {self.x}."

    def still(self):
        return b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_set_moves_several_controls_and_draws_once():
    demo = Sum()
    assert demo.drawn == 1
    demo.set(a=3, b=4, kind="y")
    assert demo.drawn == 2
    assert demo.values == {"a": 3, "b": 4, "kind": "y"}
    assert "3 + 4" in demo.picture.value


def test_a_control_that_moves_draws_once():
    demo = Sum()
    demo.controls["a"].value = 7
    assert demo.drawn == 2
    assert "7 + 2" in demo.picture.value


def test_an_unknown_control_is_named_with_those_there_are():
    demo = Sum()
    with pytest.raises(ValueError, match=r"^sum has no control 'c'; it has a, b, kind$"):
        demo.set(a=3, c=1)
    assert demo.values["a"] == 1


def test_a_value_outside_its_control_leaves_the_widget_alive():
    demo = Sum()
    with pytest.raises(traitlets.TraitError):
        demo.set(kind="z")
    demo.set(a=2)
    assert "2 + 2" in demo.picture.value


def test_an_error_in_drawing_is_said_and_goes_away():
    demo = Sum()
    demo.set(a=5)
    assert 'role="alert"' in demo.message.value
    assert "5 &lt; 6 is too much" in demo.message.value
    demo.set(a=6)
    assert demo.message.value == ""
    assert "6 + 2" in demo.picture.value


def test_a_control_that_moves_while_another_is_drawn_is_not_lost():
    demo, begun, go_on = Sum(), threading.Event(), threading.Event()

    def pause():
        begun.set()
        go_on.wait(10)

    demo.pause = pause
    first = threading.Thread(target=demo.set, kwargs={"a": 6})
    first.start()
    assert begun.wait(10)
    demo.pause = None
    second = threading.Thread(target=demo.set, kwargs={"b": 7})
    second.start()
    # Without a lock it would end here, and the first would draw its old values over it.
    second.join(0.2)
    go_on.set()
    first.join()
    second.join()
    assert ">6 + 7</text>" in demo.picture.value
    assert "6 + 7" in demo.text.value


def test_a_repaint_is_the_whole_figure_pixel_by_pixel():
    demo = Dot()
    for x in (9, 0, 4):
        demo.set(x=x)
    demo.dot.set_animated(False)
    demo.canvas.draw()
    whole = np.asarray(demo.canvas.buffer_rgba())[..., :3]
    np.testing.assert_array_equal(pixels(demo.picture.value), whole)


def test_pictures_of_figures_do_not_touch_pyplot():
    from matplotlib import pyplot as plt

    before = plt.get_fignums()
    assert png(Dot().figure).startswith(b"\x89PNG")
    assert plt.get_fignums() == before


def test_what_goes_wrong_in_a_script_s_answer_is_said_and_goes_away():
    demo = Root()
    demo.x = -1.0
    assert demo.error == "x must be 0 or more"
    assert demo.root == 2
    demo.x = 9.0
    assert demo.error == ""
    assert demo.root == 3


@pytest.mark.parametrize("demo", [Sum(), Dot(), Root()], ids=repr)
def test_a_description_survives_as_alternative_text(demo):
    data, _ = demo._repr_mimebundle_()
    assert f'alt="{html.escape(demo.describe())}"' in data["text/html"]
