"""Chapter 07's widgets by hand: a picture is painted, maps are taken to pieces, a diagram's parts are asked."""

from functools import partial

import nbformat
import pytest

from course_lib.drawing.palette import BLUE, INK

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


def test_a_quick_stroke_has_no_gaps_and_the_picture_can_be_chosen_again(page):
    kernel = widgets(page)[0][0]
    root = widget(page, kernel)
    canvas, choice = root.locator("canvas").first, root.get_by_label("picture", exact=True)
    point(page, canvas, 7, 0, of=8)
    page.mouse.down()
    point(page, canvas, 7, 7, of=8)
    page.mouse.up()
    becomes(page, kernel, "image[7]", [1] * 8)
    eventually(page, choice.input_value, lambda name: name == "choose one …")
    choice.select_option("a digit")
    becomes(page, kernel, "image", held(page, kernel, "pictures['a digit']"))
    assert choice.input_value() == "a digit"


def colours(canvas, colour):
    """How many pixels of a canvas have this colour."""
    count = """(canvas, wanted) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let found = 0;
        for (let i = 0; i < data.length; i += 4) found += wanted.every((part, k) => data[i + k] === part);
        return found;
    }"""
    return canvas.evaluate(count, [int(colour[i : i + 2], 16) for i in (1, 3, 5)])


def test_a_key_shows_which_pixel_it_would_paint(page):
    kernel = widgets(page)[0][0]
    canvas = widget(page, kernel).locator("canvas").first
    page.mouse.move(0, 0)
    widget(page, kernel).get_by_label("stride").focus()
    eventually(page, partial(colours, canvas, BLUE), lambda found: not found)
    canvas.focus()
    page.keyboard.press("ArrowUp")
    eventually(page, partial(colours, canvas, BLUE), lambda found: found > 100)


def test_an_impossible_size_leaves_the_weights_as_they_are(page):
    kernel = widgets(page)[0][0]
    root, before = widget(page, kernel), held(page, kernel, "kernel")
    size, alarm = root.get_by_label("size"), root.get_by_role("alert")
    for value in ("10", "0", "2.5", ""):
        size.fill(value)
        size.press("Enter")
        eventually(page, alarm.inner_text, lambda said: "from 1 to 9" in said)
    size.fill("3")
    size.press("Enter")
    eventually(page, alarm.inner_text, lambda said: not said)
    assert held(page, kernel, "kernel") == before


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
    # Which one it is can be seen.
    chosen, other = (root.get_by_label(f"map {k}: press to take it to pieces") for k in (1, 0))
    eventually(page, partial(colours, chosen, INK), lambda found: found > 300)
    assert colours(other, INK) == 0
    root.get_by_label("layer").select_option("pool")
    becomes(page, maps, "layer", "pool")
    said = root.get_by_role("status").last
    eventually(page, said.inner_text, lambda words: "the largest of" in words)
    # And where channels are summed up, each tells what it adds.
    root.get_by_label("layer").select_option("second")
    eventually(page, said.inner_text, lambda words: "from channel 1" in words)
    point(page, root.get_by_label("channel 1, a part of the chosen map"), 1, 0, of=2)
    eventually(page, said.inner_text, lambda words: words.startswith("Row 2, column 1 of map 0, channel 1 alone: "))
    point(page, root.get_by_label("the chosen map: point at it"), 0, 1, of=2)
    eventually(page, said.inner_text, lambda words: words.startswith("Row 1, column 2 of map 0: "))
    root.get_by_label("layer").select_option(index=0)


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
