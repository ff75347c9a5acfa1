"""Chapter 08's widgets by hand: an input is dragged, a step chosen, a character kept, a text typed."""

from functools import partial

import nbformat
import pytest

from . import catalogue, driver
from .driver import ask, widget, widgets
from .looking import assert_keys_stay, assert_names, assert_no_complaints, eventually, opened

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

PATH = "chapters/recurrence-widgets.ipynb"
IMPORTS = "from course_lib.widgets.recurrence import Gates, Memory, Unroll"
TEXT = "text='it has a name: the name'"


@pytest.fixture(scope="module")
def page(context, lab):
    shown = IMPORTS, "Unroll()", "Unroll()", f"Gates({TEXT})", f"Memory({TEXT})"
    nbformat.write(catalogue.with_cells(*shown), lab.folder / PATH)
    yield from opened(context, lab, PATH)


def held(page, model, name):
    return ask(page, f"widget({model!r}).{name}")


def becomes(page, model, name, value):
    """Wait until Python holds this value."""
    eventually(page, partial(held, page, model, name), lambda got: got == pytest.approx(value, abs=0.005))


def place(page, root, x, y):
    """Where a point of the unrolled drawing is on the page."""
    picture = root.locator(".course-picture")
    picture.scroll_into_view_if_needed()
    frame = picture.locator("svg").bounding_box()
    scale = frame["width"] / 680
    return frame["x"] + x * scale, frame["y"] + y * scale


@pytest.fixture
def unrolled(page):
    model = widgets(page)[0][0]
    ask(page, f"widget({model!r}).set(inputs=[1.0, 0.0, 0.0, 0.0, 0.0, 0.0], w=1.0, u=0.8, step=3)")
    return model, widget(page, model)


def test_an_input_is_dragged_and_the_other_widget_stays(page, unrolled):
    model, root = unrolled
    x = held(page, model, "places[1]")
    page.mouse.move(*place(page, root, x, 222))
    page.mouse.down()
    page.mouse.move(*place(page, root, x, 222 - 16), steps=5)
    becomes(page, model, "inputs[1]", 0.5)
    # Beyond its end it stays there, and the pointer may leave its column.
    page.mouse.move(*place(page, root, x + 150, 330), steps=5)
    page.mouse.up()
    becomes(page, model, "inputs[1]", -1)
    assert held(page, model, "inputs[2]") == 0
    assert held(page, widgets(page)[1][0], "inputs[1]") == 0


def test_a_step_is_clicked_and_keys_walk_and_change_its_input(page, unrolled):
    model, root = unrolled
    page.mouse.click(*place(page, root, held(page, model, "places[4]"), 132))
    becomes(page, model, "step", 5)
    root.locator(".course-picture").focus()
    for key, name, value in [("ArrowLeft", "step", 4), ("ArrowUp", "inputs[3]", 0.1), ("ArrowRight", "step", 5)]:
        page.keyboard.press(key)
        becomes(page, model, name, value)


def test_what_is_pressed_does_not_scroll_the_page(page, unrolled):
    """Its upper edge is out of sight."""
    model, root = unrolled
    picture = root.locator(".course-picture")
    picture.scroll_into_view_if_needed()
    picture.evaluate("(node) => { node.scrollIntoView(); node.closest('.jp-WindowedPanel-outer').scrollTop += 40; }")
    page.wait_for_timeout(300)
    page.evaluate("document.activeElement.blur()")
    before = picture.bounding_box()["y"]
    frame = picture.locator("svg").bounding_box()
    page.mouse.click(frame["x"] + held(page, model, "places[4]"), frame["y"] + 132)
    becomes(page, model, "step", 5)
    assert picture.bounding_box()["y"] == pytest.approx(before, abs=1)


def test_names_and_places_between_the_steps_choose_nothing(page, unrolled):
    model, root = unrolled
    for x, y in [(40, 230), (40, 222), (20, 54), (held(page, model, "places[4]") - 46, 222), (105, 300)]:
        page.mouse.click(*place(page, root, x, y))
    root.locator(".course-picture").focus()
    page.keyboard.press("PageUp")
    becomes(page, model, "inputs[2]", 0.5)
    page.keyboard.press("PageDown")
    becomes(page, model, "inputs[2]", 0)
    assert held(page, model, "state") == {"inputs": [1, 0, 0, 0, 0, 0], "w": 1, "u": 0.8, "step": 3}


def test_a_weight_between_two_marks_of_its_slider_is_said_as_it_is(page, unrolled):
    model, root = unrolled
    said = root.locator(".strips-number").nth(1)
    for u, words in [(0.25, "0.25"), (-2.0, "−2.0"), (0.3, "0.3")]:
        ask(page, f"widget({model!r}).set(u={u})")
        eventually(page, said.inner_text, lambda text, words=words: text == words)


def test_weights_slide_steps_are_buttons_and_it_plays(page, unrolled):
    model, root = unrolled
    root.get_by_label("u, of the state").focus()
    page.keyboard.press("ArrowRight")
    becomes(page, model, "u", 0.9)
    root.get_by_role("button", name="step ▶").click()
    becomes(page, model, "step", 4)
    root.get_by_role("button", name="play").click()
    becomes(page, model, "step", 2)
    root.get_by_role("button", name="stop").click()
    assert root.get_by_role("button", name="play").is_visible()


@pytest.mark.parametrize("which", [2, 3])
def test_hovering_looks_a_click_keeps_and_keys_move(page, which):
    model = widgets(page)[which][0]
    root = widget(page, model)
    cells = [root.locator(f"[data-place='{k}']").first for k in range(23)]
    cells[5].hover()
    becomes(page, model, "focus", 5)
    cells[9].click()
    becomes(page, model, "focus", 9)
    cells[2].hover()
    page.wait_for_timeout(200)
    assert held(page, model, "focus") == 9
    page.keyboard.press("ArrowRight")
    becomes(page, model, "focus", 10)
    page.keyboard.press("Home")
    becomes(page, model, "focus", 0)
    # Freed: the first click keeps another, the second lets it go.
    cells[7].click()
    cells[7].click()
    cells[3].hover()
    becomes(page, model, "focus", 3)
    said = root.locator(".course-text")
    eventually(page, said.inner_text, lambda text: text == held(page, model, "sentences[3]"))


def test_the_dot_on_the_memorys_curve_is_dragged(page):
    model = widgets(page)[2][0]
    ask(page, f"setattr(widget({model!r}), 'focus', 3)")
    root = widget(page, model)
    chart = root.locator(".strips-chart svg")
    chart.scroll_into_view_if_needed()
    frame = chart.bounding_box()
    left, top, wide, high = held(page, model, "span")
    at = [frame["x"] + frame["width"] * (left + wide * k / 22) for k in range(23)]
    middle = frame["y"] + frame["height"] * (top + high / 2)
    page.mouse.move(at[3], middle)
    page.mouse.down()
    becomes(page, model, "focus", 3)
    page.mouse.move(at[12], middle, steps=6)
    becomes(page, model, "focus", 12)
    page.mouse.up()
    # It is kept, and nothing beside the frame moves it.
    page.mouse.click(frame["x"] + 5, frame["y"] + 5)
    root.locator("[data-place='2']").first.hover()
    page.wait_for_timeout(200)
    assert held(page, model, "focus") == 12
    root.locator("[data-place='7']").first.click()
    root.locator("[data-place='7']").first.click()


@pytest.mark.parametrize("which", [2, 3])
def test_no_height_changes_from_character_to_character(page, which):
    model = widgets(page)[which][0]
    heights = set()
    for k in range(23):
        ask(page, f"setattr(widget({model!r}), 'focus', {k})")
        becomes(page, model, "focus", k)
        heights.add(widget(page, model).bounding_box()["height"])
    assert len(heights) == 1, heights


def test_the_unit_slides(page):
    model = widgets(page)[2][0]
    widget(page, model).get_by_label("unit", exact=True).focus()
    page.keyboard.press("End")
    becomes(page, model, "unit", held(page, model, "units") - 1)


@pytest.mark.parametrize("which", [2, 3])
def test_a_text_is_typed_and_one_that_is_too_short_is_refused_beside_it(page, which):
    model = widgets(page)[which][0]
    root = widget(page, model)
    box = root.get_by_label("text", exact=True)
    box.fill("another text")
    box.press("Enter")
    eventually(page, partial(held, page, model, "text"), lambda text: text == "another text")
    eventually(page, root.locator(".strips-line").first.text_content, lambda text: "another" in text)
    box.fill("x")
    box.press("Enter")
    alert = root.get_by_role("alert")
    eventually(page, alert.inner_text, lambda text: "2 to 72 characters" in text)
    assert alert.bounding_box()["y"] < root.locator(".strips").bounding_box()["y"]
    box.fill("all is well")
    box.press("Enter")
    eventually(page, alert.inner_text, lambda text: not text)


def test_on_a_narrow_page_the_right_half_stands_below_and_is_grabbed_there(page, unrolled):
    model, root = unrolled
    page.set_viewport_size({"width": 700, "height": 900})
    try:
        pictures = root.locator(".course-picture")
        eventually(page, pictures.count, lambda count: count == 2)
        pictures.nth(1).scroll_into_view_if_needed()
        frame = pictures.nth(1).locator("svg").first.bounding_box()
        assert frame["height"] / 330 > 10 / 13, "its words are too small to read"
        assert frame["height"] == pytest.approx(pictures.nth(0).locator("svg").first.bounding_box()["height"], rel=0.05)
        # The names of the rows stand there, too: 110 wide.
        left, right = held(page, model, "places[2:4]")
        cut = (left + right) / 2 + 6
        x = frame["x"] + (held(page, model, "places[4]") - cut + 110) * frame["height"] / 330
        page.mouse.move(x, frame["y"] + frame["height"] * 222 / 330)
        page.mouse.down()
        page.mouse.move(x, frame["y"] + frame["height"] * 206 / 330, steps=4)
        page.mouse.up()
        becomes(page, model, "inputs[4]", 0.5)
    finally:
        page.set_viewport_size({"width": 1280, "height": 800})
        eventually(page, root.locator(".course-picture").count, lambda count: count == 1)


@pytest.mark.parametrize("width", [1280, 700])
def test_nothing_needs_a_scrollbar(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    for model, _ in widgets(page):
        too_wide = widget(page, model).evaluate("(node) => node.scrollWidth - node.clientWidth")
        assert too_wide <= 1, model


def test_keys_names_and_silence(page):
    page.set_viewport_size({"width": 1280, "height": 800})
    assert_keys_stay(page)
    assert_names(page)
    assert_no_complaints(page)
