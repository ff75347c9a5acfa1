"""Chapter 09's widgets by hand: a row unfolds and is edited, heads are soloed, a clock's hand turns the position."""

import math
from functools import partial

import nbformat
import pytest

from . import catalogue, driver
from .driver import ask, widget, widgets
from .looking import assert_keys_stay, assert_names, assert_no_complaints, eventually, opened

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

PATH = "chapters/attention-widgets.ipynb"


@pytest.fixture(scope="module")
def page(context, lab):
    shown = "from course_lib.widgets.attention import Attention, Positions", "Attention()", "Attention()", "Positions()"
    nbformat.write(catalogue.with_cells(*shown), lab.folder / PATH)
    yield from opened(context, lab, PATH)


def held(page, model, name):
    return ask(page, f"widget({model!r}).{name}")


def becomes(page, model, name, value):
    """Wait until Python holds this value."""
    eventually(page, partial(held, page, model, name), lambda got: got == pytest.approx(value, abs=0.005))


@pytest.fixture
def looker(page):
    """The first of two: its model, and where it is. It is as it was at the beginning."""
    model = widgets(page)[0][0]
    ask(page, f"widget({model!r}).set(word=7, key=1, head=3, stage=3, causal=False, unfolded=True, shown=[True] * 4)")
    ask(page, f"widget({model!r})._read()")
    return model, widget(page, model)


@pytest.mark.parametrize(("label", "value", "sums"), [("softmax", 0.3, 3), ("sum", 2.5, 0), ("scaled", -1.25, 1)])
def test_what_is_typed_into_the_row_is_what_becomes_of_it(page, looker, label, value, sums):
    model, root = looker
    root.get_by_label(label, exact=True).fill(str(value))
    becomes(page, model, f"sums[{sums}]", value)
    assert held(page, widgets(page)[1][0], "sums[3]") > 0.9, "the other one moved, too"


def test_a_number_is_dragged_up_and_the_product_follows(page, looker):
    model, root = looker
    before = held(page, model, "q[3][7][0]")
    place = root.get_by_label("q, number 1", exact=True).bounding_box()
    x, y = place["x"] + 8, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 50, steps=5)
    page.mouse.up()
    becomes(page, model, "q[3][7][0]", before + 0.5)
    product = held(page, model, "k[3][1][0]") * (before + 0.5)
    shown = root.get_by_label("q × k, number 1", exact=True)
    eventually(page, shown.input_value, lambda said: float(said) == pytest.approx(product, abs=0.006))


def test_a_word_on_the_right_folds_and_unfolds_and_keys_do_the_same(page, looker):
    model, root = looker
    mat = root.locator("rect[data-key='5']:not([data-word])")
    mat.click()
    becomes(page, model, "key", 5)
    mat.click()
    becomes(page, model, "unfolded", False)
    assert root.locator(".attention-fold").is_hidden()
    root.locator(".course-picture").first.focus()
    for key, name, value in [("Enter", "unfolded", True), ("ArrowUp", "word", 6), ("ArrowLeft", "key", 4)]:
        page.keyboard.press(key)
        becomes(page, model, name, value)


def test_stages_come_one_after_another_and_a_head_is_soloed(page, looker):
    model, root = looker
    for stage in (0, 1, 2, 3):
        root.get_by_role("button", name="next").click()
        becomes(page, model, "stage", stage)
    solo = root.get_by_role("button", name="head 2 alone")
    for shown in ([False, True, False, False], [True] * 4):
        solo.click()
        eventually(page, partial(held, page, model, "shown"), lambda got, shown=shown: got == shown)


def test_a_hand_turned_once_round_moves_the_position_by_a_turn(page):
    model = widgets(page)[2][0]
    ask(page, f"widget({model!r}).set(scheme='sinusoidal', position=12, base=10000.0)")
    picture = widget(page, model).locator(".course-picture")
    picture.scroll_into_view_if_needed()
    frame = picture.bounding_box()
    scale = frame["width"] / 760
    x, y = frame["x"] + 70 * scale, frame["y"] + 206 * scale
    for step in range(13):
        angle = step * math.pi / 6
        page.mouse.move(x + 25 * scale * math.sin(angle), y - 25 * scale * math.cos(angle))
        if step == 0:
            page.mouse.down()
    page.mouse.up()
    # 2π radians, one for each position.
    becomes(page, model, "position", 18)


def test_names_keys_and_complaints(page):
    assert_names(page)
    assert_keys_stay(page)
    assert_no_complaints(page)
