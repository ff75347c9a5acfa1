"""Chapter 03's ball by hand: its start is pulled, it is taken up and put down, keys move it, it rolls by itself."""

from functools import partial

import nbformat
import pytest

from . import catalogue, driver
from .driver import ask, widget, widgets
from .looking import assert_keys_stay, assert_names, assert_no_complaints, eventually, opened

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

PATH = "chapters/descent.ipynb"
WIDE = 760


@pytest.fixture(scope="module")
def page(context, lab):
    shown = "Descent('a saddle', 2.5, 1.5, 0.1, 12)", "Descent('one valley', 2.0, steps=0)"
    nbformat.write(catalogue.with_cells("from course_lib.widgets.losses import Descent", *shown), lab.folder / PATH)
    yield from opened(context, lab, PATH)


def becomes(page, model, **state):
    """Wait until these parts of the state are so."""
    eventually(page, partial(ask, page, f"widget({model!r}).state"), lambda got: {k: got[k] for k in state} == state)


def pull(page, root, start, end):
    picture = root.locator(".course-picture")
    picture.scroll_into_view_if_needed()
    frame = picture.locator("svg").first.bounding_box()
    scale = frame["width"] / WIDE
    (x1, y1), (x2, y2) = ((frame["x"] + x * scale, frame["y"] + y * scale) for x, y in (start, end))
    page.mouse.move(x1, y1)
    page.mouse.down()
    page.mouse.move(x2, y2, steps=6)
    page.mouse.up()


def test_the_start_is_pulled_with_its_way_then_the_ball_is_put_down(page):
    (one, _), (other, _) = widgets(page)[:2]
    way, goal = f"widget({one!r})._places().tolist()", f"list(map(float, widget({one!r}).chart.at(-1.0, 0.5)))"
    pull(page, widget(page, one), ask(page, way)[0], ask(page, goal))
    becomes(page, one, start_1=-1, start_2=0.5, steps=12)
    pull(page, widget(page, one), ask(page, way)[-1], ask(page, goal))
    becomes(page, one, start_1=-1, start_2=0.5, steps=0)
    assert ask(page, f"widget({other!r}).state['start_1']") == 2


def test_keys_move_the_start_and_make_a_step(page):
    model = widgets(page)[1][0]
    widget(page, model).locator(".course-picture").focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    becomes(page, model, start_1=1.9, steps=1)


def test_it_rolls_until_it_rests(page):
    model = widgets(page)[1][0]
    widget(page, model).get_by_role("button", name="play").click()
    told = partial(ask, page, f"widget({model!r}).describe()")
    eventually(page, told, lambda said: "a global minimum" in said)
    assert ask(page, f"widget({model!r}).finished")


def test_names_and_keys(page):
    assert_names(page)
    assert_keys_stay(page)
    assert_no_complaints(page)
