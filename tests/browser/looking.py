"""What a test in a browser looks at: until when, in which colours, and what holds of every page."""

import os
import re
import time
from pathlib import Path

from . import driver
from .driver import ask, cells, widget, widgets


def opened(context, lab, path):
    """The notebook, open and run from top to bottom; closed after its tests."""
    page = driver.open_notebook(context, lab, path)
    try:
        driver.run_all(page)
        yield page
    finally:
        photograph(page, Path(path).stem)
        driver.close(page)


def photograph(page, name):
    """Keep a picture of the page, where somebody has asked for it."""
    if folder := os.environ.get("COURSE_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def eventually(page, what, is_right, seconds=20):
    """``what()`` as soon as it is right; a failure that shows the last one if it never is."""
    deadline = time.monotonic() + seconds
    while not is_right(value := what()):
        assert time.monotonic() < deadline, f"after {seconds} seconds still {value}"
        # Lets the browser's events in.
        page.wait_for_timeout(10)
    return value


def change_theme(page, name, light):
    page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", name)
    page.wait_for_function("(light) => document.body.dataset.jpThemeLight === light", arg=light)
    # JupyterLab hides the page for a moment while it changes.
    page.wait_for_function("() => !document.querySelector('#jupyterlab-splash')")


def assert_keys_stay(page):
    """The keys that cut, insert, turn and delete cells do nothing while a widget has the focus."""
    before = cells(page)
    for model, _ in widgets(page):
        for thing in widget(page, model).locator(".noUi-handle, select, canvas[tabindex], button").all():
            thing.focus()
            for key in ["x", "a", "b", "m", "d", "d"]:
                page.keyboard.press(key)
        assert cells(page) == before, f"a key reaches JupyterLab from {ask(page, f'widget({model!r})!r')}"


def assert_names(page):
    """All that takes the focus and all pictures say what they are."""
    from playwright.sync_api import expect

    for model, _ in widgets(page):
        root = widget(page, model)
        parts = root.locator("[tabindex='0'], .widget-readout, select, input, button, canvas, img, div[role=img]")
        assert parts.count()
        for thing in parts.all():
            # What is hidden for now is named when it is shown, and takes no focus until then.
            if thing.is_visible():
                expect(thing).to_have_accessible_name(re.compile(r"\w"))
        expect(root.get_by_role("img").first).to_be_attached()


def assert_no_complaints(page):
    assert page.get_by_text("Error displaying widget").count() == 0
    assert page.problems == [], page.problems
