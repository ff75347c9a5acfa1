"""What all widgets promise, tested without a kernel: on small examples, and on every widget of the course."""

import html
import io
import itertools
import re
import threading
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import traitlets
from PIL import Image

from course_lib.drawing import svg
from course_lib.page.pictures import png
from course_lib.widgets.base import Demo, FigureDemo, ScriptDemo, SvgDemo
from course_lib.widgets.controls import choice, slider
from tests.browser import catalogue

VIEW = "application/vnd.jupyter.widget-view+json"
KINDS = catalogue.find()
every_widget = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
every_demo = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if issubclass(kind, Demo)], ids=lambda kind: kind.__name__
)


class Sum(SvgDemo):
    """a + b, which cannot be drawn for a = 5."""

    name = "sum"
    drawn, pause = 0, None

    def __init__(self):
        letters = choice("kind", ["x", "y"])
        super().__init__({"a": slider("a", 1, 0, 9, 1), "b": slider("b", 2, 0, 9, 1), "kind": letters})

    def svg(self):
        values = self.values
        if self.pause:
            self.pause()
        self.drawn += 1
        if values["a"] == 5:
            raise ValueError("5 < 6 is too much")
        return svg.drawing(100, 50, svg.text(50, 25, f"{values['a']} + {values['b']}"))

    def describe(self):
        return f'The sum "{self.values["a"]} + {self.values["b"]}".'


class Dot(FigureDemo):
    """A dot that moves to the right."""

    name = "dot"

    def __init__(self):
        super().__init__({"x": slider("x", 1, 0, 9, 1)})

    def prepare(self):
        axes = self.figure.subplots()
        axes.set(xlim=(-1, 10), ylim=(-1, 1), title="a title", xlabel="x")
        (self.dot,) = axes.plot([5], [0.5], "o", markersize=12)
        self.moving = [self.dot]

    def move(self):
        self.dot.set_data([self.values["x"]], [0])

    def describe(self):
        return f"A dot at {self.values['x']}."


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
    bundle = demo._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert f'alt="{html.escape(demo.describe())}"' in data["text/html"]


def test_a_slider_over_whole_numbers_counts_in_whole_numbers():
    assert isinstance(slider("n", 3, 0, 9, 1).value, int)
    assert isinstance(slider("x", 3, 0, 9, 0.5).value, float)
    assert slider("x", 3, 0, 9, 0.5).description == "x"


def test_a_list_begins_with_its_first_option():
    assert choice("letter", ["x", "y"]).value == "x"
    assert choice("letter", ["x", "y"], "y").value == "y"


# Every widget of the course.


def steps(control):
    """All values that a control can have, at most about 100 of them."""
    if control.has_trait("options"):
        return [value for _, value in control._options_full]
    if control.has_trait("max"):
        count = round((control.max - control.min) / control.step) + 1
        number = int if isinstance(control.value, int) else float
        return [number(control.min + k * control.step) for k in range(0, count, count // 100 + 1)] + [control.max]
    return [False, True] if isinstance(control.value, bool) else [control.value]


def assert_well(demo):
    assert demo.message.value == "", demo
    assert demo.text.value
    assert not re.search(r"\b(nan|inf)\b", demo.describe() + demo.text.value, re.I), demo


@every_demo
def test_every_control_over_its_range(kind):
    demo = catalogue.make(kind)
    start = demo.values
    for name in start:
        for value in steps(demo.controls[name]):
            demo.set(**{name: value})
            assert demo.values[name] == pytest.approx(value)
            assert_well(demo)
        demo.set(**start)


@every_demo
def test_all_controls_at_their_ends_together(kind):
    demo = catalogue.make(kind)
    ends = {name: (steps(demo.controls[name])[0], steps(demo.controls[name])[-1]) for name in demo.values}
    for corner in itertools.islice(itertools.product(*ends.values()), 256):
        demo.set(**dict(zip(ends, corner, strict=True)))
        assert_well(demo)


@every_demo
def test_no_trace_of_an_earlier_picture_is_left(kind):
    moved, start = catalogue.make(kind), catalogue.make(kind)
    for name, control in moved.controls.items():
        if name in moved.values:
            moved.set(**{name: steps(control)[-1]})
    moved.set(**start.values)
    assert moved.still() == start.still()
    assert moved.text.value == start.text.value


@every_demo
def test_each_control_has_a_label(kind):
    for name, control in catalogue.make(kind).controls.items():
        assert control.description, name


@every_widget
def test_it_shows_live_and_still_without_an_address_in_memory(kind):
    demo = catalogue.make(kind)
    bundle = demo._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data[VIEW]["model_id"]
    assert data["text/plain"] == demo.describe()
    assert re.search(r'<img src="data:image/[a-z+]+;base64,[^"]+" alt="[^"]{10,}"', data["text/html"])
    assert "0x" not in data["text/plain"] + repr(demo)


@every_widget
def test_its_still_picture_can_be_seen(kind):
    content, mime = catalogue.make(kind).still()
    if mime == "image/svg+xml":
        assert ET.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"
    else:
        assert mime == "image/png"
        picture = pixels(content)
        assert min(picture.shape[:2]) > 100
        assert picture.std() > 5


@pytest.mark.parametrize("kind", [kind for kind in KINDS if issubclass(kind, SvgDemo)], ids=lambda kind: kind.__name__)
def test_its_still_picture_has_white_paper(kind):
    drawing = ET.fromstring(catalogue.make(kind).still()[0])
    paper = drawing[0].attrib
    assert (paper["width"], paper["height"]) in [("100%", "100%"), (drawing.get("width"), drawing.get("height"))]
    assert paper["fill"].lower() in ("#fff", "#ffffff", "white")


@every_widget
def test_two_of_a_kind_are_the_same(kind):
    one, other = catalogue.make(kind), catalogue.make(kind)
    assert one.still() == other.still()
    assert repr(one) == repr(other)


@every_widget
def test_it_opens_within_a_second(kind):
    # The libraries that it needs are loaded by then, as in a chapter.
    catalogue.make(kind)
    # Not by the clock: that would say more about what else the machine does.
    start = time.process_time()
    catalogue.make(kind)._repr_mimebundle_()
    assert time.process_time() - start < 1


# The digit pad, whose state is no control.


@pytest.mark.parametrize(
    "strokes",
    [
        [[[0.5, 0.5]]],
        [[[0.0, 0.0], [1.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]],
        [[[0.5, y / 500] for y in range(500)]],
        [[[0.5, 0.5], [0.5, 0.5]]],
        [[], [[0.1, 0.2]]],
    ],
    ids=["a point", "a cross", "a long line", "a point twice", "an empty stroke"],
)
def test_whatever_is_drawn_is_read(strokes):
    pad = catalogue.make(_kind("DigitPad"))
    pad.strokes = strokes
    assert pad.error == ""
    assert 0 <= pad.reading <= 9
    assert sum(pad.probabilities) == pytest.approx(1)
    assert pixels(pad.still()[0]).std() > 5


def test_an_empty_pad_reads_nothing():
    pad = catalogue.make(_kind("DigitPad"))
    pad.strokes = []
    assert (pad.reading, pad.probabilities, pad.picture) == (-1, [], [0.0] * 64)
    assert "Nothing is drawn" in pad.describe()


def test_a_reader_that_fails_is_reported_and_asked_again():
    def read(picture):
        return [0.1] * (10 if picture[0, 0] else 9)

    pad = _kind("DigitPad")(read, strokes=[[[0.0, 0.0], [1.0, 1.0]]])
    pad.strokes = [[[0.5, 0.0], [0.6, 0.5], [0.5, 1.0]]]
    assert "10" in pad.error
    pad.strokes = [[[0.0, 0.0], [1.0, 1.0]]]
    assert pad.error == ""


def _kind(name):
    return next(kind for kind in KINDS if kind.__name__ == name)
