"""The widgets of chapter 14 after the page was loaded again, the kernel restarted, and their cells run again."""

from functools import partial

import nbformat
import pytest

from . import catalogue, driver
from .driver import ask, widget
from .looking import eventually, photograph
from .test_states import LINES, LOST, PRESSABLE, STILL

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

PATH = "chapters/transfer-states.ipynb"
IMPORTS = "from course_lib.widgets.transfer import FewShot, Librarian"
QUESTION = "Which statement does nothing at all?"


@pytest.fixture(scope="module")
def opened_page(context, lab):
    nbformat.write(catalogue.with_cells(IMPORTS, "FewShot()", "Librarian()"), lab.folder / PATH)
    page = driver.open_notebook(context, lab, PATH)
    yield page
    driver.close(page)


@pytest.fixture
def page(opened_page):
    """The same page, with cells that have just run: both widgets begin anew."""
    driver.run_all(opened_page)
    return opened_page


def told(page, model):
    return widget(page, model).locator(".course-text").inner_text()


def moved(page):
    """Both widgets, set by hand to what they do not begin with: [(model, what it says)]"""
    (few, _), (librarian, _) = driver.widgets(page)
    widget(page, few).get_by_role("combobox").select_option(label="wandering")
    widget(page, few).locator(".course-picture").focus()
    page.keyboard.press("ArrowRight")
    widget(page, librarian).get_by_label("question", exact=True).fill(QUESTION)
    eventually(page, partial(told, page, few), lambda said: said.startswith("Digits wandering, 20 labels"))
    eventually(page, partial(held, page, librarian, "question"), lambda question: question == QUESTION)
    wanted = ask(page, f"widget({librarian!r}).describe()")
    eventually(page, partial(told, page, librarian), lambda said: said == wanted)
    return [(model, told(page, model)) for model in (few, librarian)]


def held(page, model, name):
    return ask(page, f"widget({model!r}).state[{name!r}]")


def test_a_page_that_is_loaded_again_shows_them_as_they_were_left_and_live(page):
    left = moved(page)
    driver.save(page)
    driver.reload(page)
    assert [model for model, _ in driver.widgets(page)] == [model for model, _ in left]
    (few, _), (librarian, _) = left
    for model, said in left:
        eventually(page, partial(told, page, model), lambda now, said=said: now == said)
    assert widget(page, few).get_by_role("combobox").locator("option:checked").inner_text() == "wandering"
    assert widget(page, librarian).get_by_label("question", exact=True).input_value() == QUESTION
    assert page.evaluate(LINES).count(LOST) == 0
    widget(page, few).locator(".course-picture").focus()
    page.keyboard.press("ArrowRight")
    eventually(page, partial(told, page, few), lambda said: said.startswith("Digits wandering, 50 labels"))
    widget(page, librarian).get_by_label("question", exact=True).fill("xyzzy")
    eventually(page, partial(told, page, librarian), lambda said: "nothing of the question is in them" in said)
    photograph(page, "transfer-loaded-again")


def test_a_cell_that_runs_again_shows_a_widget_that_begins_anew_and_the_other_stays(page):
    left = moved(page)
    page.evaluate("() => courseTest.runCell(1)")
    eventually(page, lambda: driver.widgets(page), lambda found: found[0][0] != left[0][0])
    (few, _), (librarian, _) = driver.widgets(page)
    assert librarian == left[1][0]
    assert told(page, librarian) == left[1][1]
    eventually(page, partial(told, page, few), lambda said: said.startswith("Digits centred, 10 labels"))
    widget(page, few).locator(".course-picture").focus()
    page.keyboard.press("ArrowLeft")
    eventually(page, partial(told, page, few), lambda said: said.startswith("Digits centred, 5 labels"))


def test_a_restarted_kernel_is_told_and_the_cell_run_again_is_live(page):
    moved(page)
    page.evaluate("() => courseTest.notebook().sessionContext.restartKernel()")
    eventually(page, lambda: page.evaluate(LINES).count(LOST), lambda found: found == 2)
    assert page.evaluate(PRESSABLE) == []
    # What they showed last is still to be read.
    assert page.locator(".course-widget .course-picture svg").count() == 2
    photograph(page, "transfer-lost")
    driver.run_all(page)
    page.evaluate("(code) => courseTest.tell(code)", driver.KERNEL_SIDE)
    assert page.evaluate(LINES).count(LOST) == 0
    moved(page)


def test_a_notebook_that_nobody_ran_says_how_to_move_them(page):
    driver.save(page)
    page.evaluate("() => courseTest.notebook().sessionContext.restartKernel()")
    driver.reload(page)
    for number in (1, 2):
        cell = page.locator(".jp-Notebook-cell").nth(number)
        eventually(page, lambda cell=cell: cell.evaluate("(cell) => courseTest.stills(cell)"), len)
        assert cell.locator(".jp-OutputArea-output").inner_text().strip() == STILL
    assert page.locator(".course-widget").count() == 0
    photograph(page, "transfer-stills")
