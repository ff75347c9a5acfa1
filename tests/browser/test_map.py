"""The map of the course in JupyterLab: it follows the progress of every notebook, and says when it no longer can."""

import re

import nbformat
import pytest

from . import catalogue, driver
from .looking import change_theme, eventually, photograph

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

MAP, OTHER = "chapters/map.ipynb", "exercises/other.ipynb"
SHOW = "from course_lib.checks import progress_map\nprogress_map()"
IMPORT = "from course_lib.checks import start_here as check\n"
HERE = IMPORT + "check.misread(18)"
THERE = IMPORT + 'check.what_was_done({"A": "mirrored", "B": "fine", "C": "inverted", "D": "upside down"})'


@pytest.fixture(scope="module")
def page(context, lab):
    nbformat.write(catalogue.with_cells(SHOW, HERE), lab.folder / MAP)
    page = driver.open_notebook(context, lab, MAP)
    # The same JupyterLab may have shown other tests' answers before.
    forget = "__import__('course_lib.checking.progress').checking.progress.progress_file().unlink(missing_ok=True)"
    driver.ask(page, forget)
    page.evaluate("courseTest.runCell(0)")
    page.locator(".course-map tr").first.wait_for()
    yield page
    driver.close(page)


def solved(page):
    """{name: (solved, exercises)} of each row."""
    rows = page.locator(".course-map tbody tr").all_inner_texts()
    parts = [re.match(r"\s*(.+?)\s+(\d+) of (\d+)", row, re.S).groups() for row in rows]
    return {name: (int(done), int(count)) for name, done, count in parts}


def bars(page):
    """How much of each bar is filled, in pixels."""
    return [bar.bounding_box()["width"] for bar in page.locator(".course-map tbody [aria-hidden] > div").all()]


def test_every_chapter_has_a_bar_also_untouched_ones(page):
    rows = solved(page)
    assert next(iter(rows)) == "00 Start here"
    assert list(rows)[-1] == "The whole course"
    assert len(rows) == len(bars(page)) >= 8
    *chapters, course = rows.values()
    assert course[1] == sum(count for _, count in chapters)
    assert all(count for _, count in chapters)


def test_it_follows_the_checks_of_its_own_notebook_and_of_another(page, context, lab):
    assert (solved(page)["00 Start here"], bars(page)[0]) == ((0, 3), 0)
    page.evaluate("courseTest.runCell(1)")
    eventually(page, lambda: solved(page), lambda rows: rows.get("00 Start here") == (1, 3))
    third = bars(page)[0]
    assert third > 0
    (lab.folder / "exercises").mkdir(exist_ok=True)
    nbformat.write(catalogue.with_cells(THERE), lab.folder / OTHER)
    other = driver.open_notebook(context, lab, OTHER)
    other.evaluate("courseTest.runCell(0)")
    eventually(page, lambda: solved(page), lambda rows: rows.get("00 Start here") == (2, 3))
    assert solved(page)["The whole course"][0] == 2
    assert bars(page)[0] == pytest.approx(2 * third, rel=0.05)
    said = page.locator(".course-map").get_by_role("status").inner_text()
    assert said.startswith(f"2 of {solved(page)['The whole course'][1]} exercises solved, 2 of ")
    assert page.problems == []
    driver.close(other)


def test_it_is_legible_and_fits(page):
    size = page.viewport_size
    try:
        for width in (1280, 700):
            page.set_viewport_size({"width": width, "height": 1000})
            for theme, light in [("JupyterLab Dark", "false"), ("JupyterLab Light", "true")]:
                change_theme(page, theme, light)
                photograph(page, f"map-{width}-{light}")
                assert page.evaluate("courseTest.faint('.course-map')") == []
                assert page.locator(".course-map").evaluate("node => node.scrollWidth - node.clientWidth") <= 1
    finally:
        page.set_viewport_size(size)


def test_a_map_whose_kernel_is_lost_says_so_and_its_still_says_what_to_do(page):
    page.evaluate("() => courseTest.notebook().sessionContext.restartKernel()")
    alarm = page.locator(".course-map").get_by_role("alert")
    eventually(page, lambda: alarm.count() and alarm.inner_text(), lambda said: "run this cell again" in (said or ""))
    driver.save(page)
    driver.reload(page)
    output = page.locator(".jp-Notebook-cell").first.locator(".jp-OutputArea-output")
    assert "Run this cell to see how far you are now." in output.inner_text()
    assert output.locator("tbody tr").count() >= 8
    photograph(page, "map-still")
