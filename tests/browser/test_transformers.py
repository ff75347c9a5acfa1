"""Chapter 10's widgets by hand: a token is appended, a cell is kept, a tour goes on, a text becomes tokens."""

from functools import partial

import nbformat
import pytest

from . import catalogue, driver
from .driver import ask, widget, widgets
from .looking import assert_keys_stay, assert_names, assert_no_complaints, eventually, opened

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

PATH = "chapters/transformers-widgets.ipynb"


@pytest.fixture(scope="module")
def page(context, lab):
    imports = "from course_lib.widgets.transformers import Sampling, Tokenizer, TransformerWalk"
    shown = "Sampling()", "Sampling()", "TransformerWalk()", "Tokenizer()"
    nbformat.write(catalogue.with_cells(imports, *shown), lab.folder / PATH)
    yield from opened(context, lab, PATH)


def becomes(page, model, name, value):
    """Wait until this part of the state is so."""
    eventually(page, partial(ask, page, f"widget({model!r}).state[{name!r}]"), lambda got: got == value)


def test_a_row_that_is_clicked_is_appended_in_one_of_two(page):
    (one, _), (other, _) = widgets(page)[:2]
    before = ask(page, f"widget({one!r}).state['text']")
    row = widget(page, one).locator("[data-cell^='token']").first
    token = int(row.get_attribute("data-cell").removeprefix("token"))
    row.click()
    becomes(page, one, "text", before + ask(page, f"widget({one!r}).model.texts[{token}]"))
    assert ask(page, f"widget({other!r}).state['text']") == before


def test_a_click_counts_also_where_the_drawing_was_exchanged_under_it(page):
    model = widgets(page)[1][0]
    ask(page, f"widget({model!r}).set(text='a', cell='')")
    becomes(page, model, "text", "a")
    row = widget(page, model).locator("[data-cell^='token']").first
    row.hover()
    page.mouse.down()
    shown = widget(page, model).locator(".course-picture").inner_html()
    ask(page, f"widget({model!r}).set(temperature=2.0)")
    eventually(page, widget(page, model).locator(".course-picture").inner_html, lambda now: now != shown)
    token = int(row.get_attribute("data-cell").removeprefix("token"))
    page.mouse.up()
    becomes(page, model, "text", "a" + ask(page, f"widget({model!r}).model.texts[{token}]"))


def test_a_cell_that_is_clicked_stays_while_the_hand_goes_to_the_next_button(page):
    model = widgets(page)[2][0]
    root = widget(page, model)
    ask(page, f"widget({model!r}).set(stage=0, cell='', acted=False)")
    becomes(page, model, "stage", 0)
    cell = root.locator("[data-cell='3,2']")
    cell.click()
    becomes(page, model, "acted", True)
    start, button = cell.bounding_box(), root.get_by_role("button", name="next").bounding_box()
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.move(button["x"] + 9, button["y"] + 9, steps=20)
    assert ask(page, f"widget({model!r}).state['cell']") == "3,2"
    page.mouse.down()
    page.mouse.up()
    becomes(page, model, "stage", 1)
    # On the next page the hand chooses again.
    root.locator("[data-cell='2,1']").hover()
    becomes(page, model, "cell", "2,1")


def test_arrow_keys_go_through_a_table_and_then_the_tour_goes_on(page):
    model = widgets(page)[2][0]
    root = widget(page, model)
    ask(page, f"widget({model!r}).set(stage=0, cell='', text='CBABBC', acted=False)")
    becomes(page, model, "stage", 0)
    # The first key begins where the picture has its mark.
    marked = root.locator("[data-marked]").get_attribute("data-cell")
    root.locator(".course-picture").focus()
    page.keyboard.press("ArrowUp")
    becomes(page, model, "cell", f"4,{marked[2:]}")
    # A key chooses, and then presses: only then has Python all of it.
    becomes(page, model, "acted", True)
    ask(page, f"widget({model!r}).set(cell='2,1', acted=False)")
    becomes(page, model, "cell", "2,1")
    eventually(page, lambda: root.locator("[data-marked]").get_attribute("data-cell"), lambda at: at == "2,1")
    for key, cell in [("ArrowDown", "3,1"), ("ArrowRight", "3,2"), ("ArrowUp", "2,2"), ("ArrowLeft", "2,1")]:
        page.keyboard.press(key)
        becomes(page, model, "cell", cell)
    becomes(page, model, "acted", True)


def test_an_end_of_a_line_outlives_what_is_typed_behind_it(page):
    model = widgets(page)[0][0]
    ask(page, f"widget({model!r}).set(text='one\\n two')")
    becomes(page, model, "text", "one\n two")
    field = widget(page, model).get_by_label("text", exact=True)
    eventually(page, field.input_value, lambda shown: shown == "one⏎ two")
    field.press("End")
    field.type("!")
    becomes(page, model, "text", "one\n two!")


def test_arrow_keys_go_from_token_to_token(page):
    model = widgets(page)[3][0]
    root = widget(page, model)
    root.locator(".course-picture").focus()
    for key, cell in [("ArrowRight", "t0"), ("ArrowRight", "t1"), ("ArrowLeft", "t0")]:
        page.keyboard.press(key)
        becomes(page, model, "cell", cell)


def test_what_is_typed_becomes_tokens(page):
    model = widgets(page)[3][0]
    widget(page, model).get_by_label("text", exact=True).fill("that that that")
    becomes(page, model, "text", "that that that")
    eventually(page, partial(ask, page, f"widget({model!r}).describe()"), lambda said: "14 characters" in said)


def test_the_page_is_sound(page):
    assert_keys_stay(page)
    assert_names(page)
    assert_no_complaints(page)
