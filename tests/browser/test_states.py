"""What a widget says of its kernel: alive after the page was loaded again, lost, and not yet run."""

import shutil

import nbformat
import pytest

from . import catalogue, driver
from .driver import ask, widget
from .looking import eventually, photograph

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

PATH = "chapters/states.ipynb"
IMPORTS = """from course_lib.widgets.backpropagation import Graph
from course_lib.widgets.history import Timeline
from course_lib.widgets.optimizers import Schedule
from course_lib.widgets.playground import Playground
from course_lib.widgets.start_here import DigitPad
from course_lib.page import LiveText
playground = Playground()
playground.train(30)
LiveText("This machine.", instead="Run this cell to see your machine.")"""
PAD = f"DigitPad({catalogue.ARGUMENTS['DigitPad']})"
CELLS = [IMPORTS, "playground", "Schedule()", "Schedule()", "Graph()", PAD, "Timeline()"]
LOST = "⚠ The kernel was restarted or shut down: run this cell again."
STILL = "Run this cell to move it."
LINES = "() => [...document.querySelectorAll('.course-widget [role=alert]')].map((line) => line.textContent)"
# The parts of lost widgets that could still be pressed or reached by the keyboard.
PRESSABLE = """() => [...document.querySelectorAll(".course-widget :is(button, input, select, canvas, [tabindex])")]
    .filter((part) => part.checkVisibility() && !part.closest("[inert]")).map((part) => part.outerHTML)"""


@pytest.fixture(scope="module")
def opened_page(context, lab):
    """A page with a notebook with widgets of all kinds."""
    nbformat.write(catalogue.with_cells(*CELLS), lab.folder / PATH)
    page = driver.open_notebook(context, lab, PATH)
    yield page
    driver.close(page)


@pytest.fixture
def page(opened_page):
    """The same page, with cells that have run in a kernel that lives."""
    if not opened_page.locator(".course-widget").count() or LOST in opened_page.evaluate(LINES):
        driver.run_all(opened_page)
    return opened_page


def models(page):
    return [model for model, _ in driver.widgets(page)]


def epoch(page, model):
    return widget(page, model).locator(".pg-epoch b").inner_text()


def printed(page, number):
    """The words under a cell."""
    return page.locator(".jp-Notebook-cell").nth(number).locator(".jp-OutputArea-output").inner_text().strip()


def assert_stills(page):
    """Each widget's cell shows its picture, and says how it is moved; no view is left."""
    for number in range(1, len(CELLS)):
        cell = page.locator(".jp-Notebook-cell").nth(number)
        eventually(page, lambda cell=cell: cell.evaluate("(cell) => courseTest.stills(cell)"), len)
        assert printed(page, number) == STILL
    assert printed(page, 0) == "Run this cell to see your machine."
    assert page.locator(".course-widget").count() == 0
    assert page.get_by_text("Error displaying widget").count() == 0


def assert_lost(page):
    """Each widget says that its kernel is lost, first of all and once, and nothing in it can be pressed."""
    count = len(CELLS) - 1
    eventually(page, lambda: page.evaluate(LINES).count(LOST), lambda found: found == count)
    tops = "() => [...document.querySelectorAll('.course-widget')].map((root) => root.firstElementChild.textContent)"
    assert page.evaluate(tops) == [LOST] * count
    assert page.evaluate(PRESSABLE) == []


def test_two_widgets_on_a_page_share_no_id(page):
    ids = page.evaluate("() => [...document.querySelectorAll('.course-widget [id]')].map((node) => node.id)")
    assert ids
    twice = """() => Object.entries(Object.groupBy(document.querySelectorAll(".course-widget [id]"), (node) => node.id))
        .filter(([_, nodes]) => nodes.length > 1).map(([id]) => id)"""
    assert page.evaluate(twice) == []


def test_a_notebook_that_nobody_ran_says_how_to_move_its_pictures(page, context, lab):
    driver.save(page)
    shutil.copy(lab.folder / PATH, lab.folder / "chapters/copy.ipynb")
    copy = driver.open_notebook(context, lab, "chapters/copy.ipynb")
    assert_stills(copy)
    photograph(copy, "stills")
    driver.close(copy)


def test_a_page_that_is_loaded_again_shows_the_widgets_live(page):
    before = models(page)
    driver.save(page)
    driver.reload(page)
    assert models(page) == before
    assert printed(page, 0) == "This machine."
    eventually(page, lambda: epoch(page, before[0]), lambda seen: seen == "30")
    widget(page, before[0]).locator(".pg-step").click()
    eventually(page, lambda: epoch(page, before[0]), lambda seen: seen == "31")
    assert ask(page, f"len(widget({before[0]!r}).losses['loss'])") == 32
    slider = widget(page, before[1]).locator(".noUi-handle").first
    text = widget(page, before[1]).locator(".course-text")
    said = text.inner_text()
    slider.press("ArrowRight")
    eventually(page, text.inner_text, lambda now: now != said)
    # The other schedule stays where it was.
    assert widget(page, before[2]).locator(".course-text").inner_text() == said
    photograph(page, "loaded-again")
    # And once more, now that the outputs themselves were put back.
    driver.save(page)
    driver.reload(page)
    assert models(page) == before


def test_the_years_are_where_they_were_until_their_cell_runs_again(page):
    """Loaded again, the timeline tells what it told, and can be moved; when its cell has run again, it begins anew."""
    model = models(page)[-1]

    def told(model, name):
        text = widget(page, model).locator(".course-text")
        eventually(page, text.inner_text, lambda said: name in said)

    told(model, "The perceptron")
    widget(page, model).locator(".course-picture").press("ArrowRight")
    told(model, "ADALINE")
    driver.save(page)
    driver.reload(page)
    assert models(page)[-1] == model
    told(model, "ADALINE")
    widget(page, model).locator(".course-picture").press("ArrowRight")
    told(model, "What a perceptron cannot do")
    driver.run_all(page)
    assert model not in models(page)
    told(models(page)[-1], "The perceptron")


def test_a_restarted_kernel_is_told_by_every_widget(page):
    widget(page, models(page)[0]).locator(".pg-play").click()
    page.evaluate("() => courseTest.notebook().sessionContext.restartKernel()")
    assert_lost(page)
    photograph(page, "lost")
    assert widget(page, models(page)[0]).locator(".pg-play").inner_text() == "▶ Play"
    driver.save(page)
    driver.reload(page)
    assert_stills(page)
    # What runs again is live again.
    driver.run_all(page)
    assert page.evaluate(LINES).count(LOST) == 0


def test_a_kernel_that_crashed_is_told_by_every_widget(page):
    page.evaluate("() => { courseTest.tell('import os; os._exit(1)'); }")
    assert_lost(page)


def test_a_kernel_that_is_shut_down_is_told_by_every_widget(page):
    page.evaluate("() => courseTest.notebook().sessionContext.shutdown()")
    assert_lost(page)
