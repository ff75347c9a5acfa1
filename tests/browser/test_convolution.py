"""Chapter 07's widgets by hand: a picture is painted, maps are taken to pieces, a diagram's parts are asked."""

from functools import partial

import nbformat
import pytest

from . import catalogue, driver
from .driver import ask, widget, widgets
from .looking import assert_keys_stay, assert_names, assert_no_complaints, eventually, opened

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

PATH = "chapters/convolution-widgets.ipynb"


@pytest.fixture(scope="module")
def page(context, lab):
    imports = "from course_lib.widgets.convolution import ArchitectureInspector, FeatureMaps, Kernel"
    maps = f"FeatureMaps({catalogue.ARGUMENTS['FeatureMaps']})"
    shown = imports, "Kernel()", "Kernel()", maps, "ArchitectureInspector()"
    nbformat.write(catalogue.with_cells(*shown), lab.folder / PATH)
    yield from opened(context, lab, PATH)


def held(page, model, name):
    return ask(page, f"widget({model!r}).{name}")


def becomes(page, model, name, value):
    """Wait until Python holds this value."""
    eventually(page, partial(held, page, model, name), lambda got: got == value)


def point(page, canvas, row, column, of):
    """Move the pointer to a cell of a grid with so many rows."""
    canvas.scroll_into_view_if_needed()
    frame = canvas.bounding_box()
    cell = frame["height"] / of
    page.mouse.move(frame["x"] + (column + 0.5) * cell, frame["y"] + (row + 0.5) * cell)


def test_a_picture_is_painted_and_its_twin_stays(page):
    (kernel, _), (twin, _) = widgets(page)[:2]
    before, canvas = held(page, kernel, "image"), widget(page, kernel).locator("canvas").first
    point(page, canvas, 0, 0, of=8)
    page.mouse.down()
    point(page, canvas, 0, 2, of=8)
    page.mouse.up()
    becomes(page, kernel, "image[0][2]", 1)
    assert held(page, twin, "image") == before


def test_the_map_pointed_at_shows_its_products_and_keys_go_on(page):
    kernel = widgets(page)[0][0]
    canvas = widget(page, kernel).locator("canvas").last
    point(page, canvas, 4, 1, of=6)
    becomes(page, kernel, "place", [4, 1])
    canvas.focus()
    page.keyboard.press("ArrowRight")
    becomes(page, kernel, "place", [4, 2])
    said = widget(page, kernel).get_by_role("status").first
    eventually(page, said.inner_text, lambda words: words.startswith("Row 5, column 3 of the map: "))


def test_what_is_impossible_is_refused_in_words(page):
    root = widget(page, widgets(page)[0][0])
    size, alarm = root.get_by_label("size"), root.get_by_role("alert")
    for value, words in (("9", "does not fit"), ("3", "")):
        size.fill(value)
        size.press("Enter")
        eventually(page, alarm.inner_text, lambda said, words=words: words in said and bool(said) == bool(words))


def test_a_map_that_is_pressed_is_taken_to_pieces(page):
    maps = widgets(page)[2][0]
    root = widget(page, maps)
    root.get_by_label("map 1: press to take it to pieces").click()
    becomes(page, maps, "map", 1)
    root.get_by_label("layer").select_option("pool")
    becomes(page, maps, "layer", "pool")
    eventually(page, root.get_by_role("status").last.inner_text, lambda words: "the largest of" in words)


def test_a_part_of_a_diagram_is_asked_by_hand_and_by_key(page):
    cards = widgets(page)[3][0]
    root = widget(page, cards)
    root.get_by_role("button", name="CNN").click()
    becomes(page, cards, "chosen", held(page, cards, "names").index("CNN"))
    root.locator("[data-part='4']").click()
    becomes(page, cards, "said", "Pool: Smaller again.")
    root.locator(".course-picture").focus()
    page.keyboard.press("ArrowRight")
    becomes(page, cards, "part", 5)
    marked = partial(root.locator(".card-part").get_attribute, "data-part")
    eventually(page, marked, lambda part: part == "5")


def test_keys_stay_names_are_there_and_nothing_complains(page):
    assert_names(page)
    assert_keys_stay(page)
    assert_no_complaints(page)
