"""The playground in JupyterLab: it runs to an epoch, at a speed, and with any number of layers shows its output."""

import time

import nbformat
import pytest

from . import catalogue, driver
from .driver import ask, widget
from .looking import eventually
from .test_playground_page import CODE, epochs, seen_epoch

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

PATH = "chapters/playground-runs.ipynb"


@pytest.fixture(scope="module")
def page(context, lab):
    nbformat.write(catalogue.with_cells(CODE), lab.folder / PATH)
    page = driver.open_notebook(context, lab, PATH)
    driver.run_all(page)
    yield page
    assert page.problems == []
    driver.close(page)


def shown(page):
    """(model, the widget in the page), at epoch 0 of the default settings."""
    [(model, _)] = driver.widgets(page)
    root = widget(page, model)
    ask(page, f"setattr(widget({model!r}), 'settings', {{}})")
    eventually(page, lambda: seen_epoch(root), lambda epoch: epoch == 0)
    return model, root


def test_it_runs_to_the_epoch_that_is_typed_and_no_further(page):
    model, root = shown(page)
    goal, message = root.get_by_role("textbox", name="Epoch to run to"), root.locator(".course-message")
    goal.fill("7")
    root.get_by_role("button", name="Run to this epoch").click()
    eventually(page, root.locator(".pg-play").inner_text, lambda words: words == "▶ Play")
    assert (seen_epoch(root), epochs(page, model)) == (7, 7)
    goal.press("Enter")
    assert message.inner_text() == "⚠ Epoch 7 has been reached: reset (↺), or run to a later one."
    goal.fill("9.5")
    goal.press("Enter")
    assert message.inner_text().endswith("a whole number from 1 up, not 9.5.")
    root.get_by_label("Speed").select_option(label="10 a second")
    goal.fill("12")
    start = time.monotonic()
    goal.press("Enter")
    eventually(page, lambda: seen_epoch(root), lambda epoch: epoch == 12)
    assert time.monotonic() - start >= 0.4
    root.get_by_label("Speed").select_option(label="full speed")
    assert epochs(page, model) == 12


def test_without_hidden_layers_and_with_more_of_them_the_output_stays_in_view(page):
    model, root = shown(page)
    title = root.locator(".pg-right h4")
    for way, wanted in [("less", [8]), ("less", []), ("more", [4]), ("more", [4, 4])]:
        root.get_by_role("button", name=f"One hidden layer {way}").click()
        eventually(page, lambda: ask(page, f"widget({model!r}).settings['hidden']"), lambda now, w=wanted: now == w)
        eventually(page, root.locator(".pg-node").count, lambda count, w=wanted: count == 8 + sum(w))
        assert title.inner_text() == "Output: probability of class 1"
    assert root.locator(".course-message").inner_text() == ""
