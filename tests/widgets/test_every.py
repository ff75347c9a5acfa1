"""Every widget of the course: all that its controls can do, and what is seen of it where no kernel runs."""

import io
import itertools
import os
import re
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from course_lib.widgets.base import Demo, SvgDemo
from course_lib.widgets.live import LiveDemo
from tests.browser import catalogue
from tests.plugin import slowness

VIEW = "application/vnd.jupyter.widget-view+json"
KINDS = catalogue.find()
every_widget = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
every_demo = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if issubclass(kind, Demo)], ids=lambda kind: kind.__name__
)

every_live_one = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if issubclass(kind, LiveDemo)], ids=lambda kind: kind.__name__
)


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def steps(control):
    """All values that a control can have, at most about 100 of them."""
    if control.has_trait("options"):
        return [value for _, value in control._options_full]
    if control.has_trait("max"):
        count = round((control.max - control.min) / control.step) + 1
        number = int if isinstance(control.value, int) else float
        return [number(control.min + k * control.step) for k in range(0, count, count // 100 + 1)] + [control.max]
    return [False, True] if isinstance(control.value, bool) else [control.value]


def ends(spec):
    """The first and the last value of a live drawing's control; none of a text or a button."""
    if spec["kind"] in ("stops", "list"):
        options = [value for _, value in spec["options"]]
        return [options[0], options[-1]]
    return {"slide": [spec.get("min"), spec.get("max")], "check": [False, True]}.get(spec["kind"], [])


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


@every_live_one
def test_each_end_of_a_live_control_is_drawn_and_told(kind):
    demo = catalogue.make(kind)
    for spec in demo.controls:
        for value in ends(spec):
            demo.set(**{spec["name"]: value})
            assert demo.error == "", spec
            assert demo.drawing.startswith("<svg")
            assert not re.search(r"\b(nan|inf)\b", demo.describe(), re.I), spec


@every_live_one
def test_on_a_narrow_page_all_is_drawn_within_half_the_width(kind):
    demo = catalogue.make(kind)
    wide, said = demo.drawing, demo.describe()
    demo.narrow = True
    assert 'viewBox="0 0 400 ' in demo.drawing
    assert demo.describe() == said
    places = re.findall(r'<(?:text|circle|rect|image) c?x="([\d.]+)"', demo.drawing)
    boxes = re.findall(r'<(?:rect|image) x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', demo.drawing)
    assert max([float(x) for x in places] + [float(x) + float(width) for x, width in boxes]) <= 400
    demo.narrow = False
    assert demo.drawing == wide


@every_live_one
def test_the_state_of_a_live_drawing_goes_out_and_in_again(kind):
    one, other = catalogue.make(kind), catalogue.make(kind)
    for spec in one.controls:
        for value in ends(spec):
            one.set(**{spec["name"]: value})
    other.state = dict(one.state)
    assert (other.drawing, other.describe()) == (one.drawing, one.describe())
    one.state = {**one.state, "nonsense": 1}
    assert "no control 'nonsense'" in one.error


@every_widget
def test_it_shows_live_and_still_without_an_address_in_memory(kind):
    demo = catalogue.make(kind)
    data, _ = demo._repr_mimebundle_()
    assert data[VIEW]["model_id"]
    assert os.getpid() in data[VIEW]["process"]
    assert data["text/plain"] == f"{demo.describe()} Run this cell to move it."
    assert data["text/html"].endswith("<p><em>Run this cell to move it.</em></p>")
    assert re.search(r'<img src="data:image/[a-z+]+;base64,[^"]+" alt="[^"]{10,}"', data["text/html"])
    assert "0x" not in data["text/plain"] + repr(demo)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if issubclass(kind, SvgDemo)], ids=lambda kind: kind.__name__)
def test_two_on_a_page_share_no_id(kind):
    """Whatever an id is for, a picture can do without: windows within drawings cut, and titles name."""
    first, second = (set(re.findall(r'\bid="([^"]+)"', catalogue.make(kind).picture.value)) for _ in range(2))
    assert first & second == set()


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
    assert (time.process_time() - start) / slowness() < 1


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
