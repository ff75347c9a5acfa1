"""The card of a verdict in JupyterLab: what it says, its hints, its look in both themes, and what is left of it."""

import json
import shutil

import nbformat
import pytest

from . import catalogue, driver
from .driver import ask, cells
from .looking import change_theme, eventually, photograph

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

PATH = "exercises/cards.ipynb"
LONG = """def long(picture):
    return np.arange(60.0) * 1000.123456

check.ink(long)"""
WRITTEN = '{"A": "<img src=x onerror=alert(1)>", "B": "fine", "C": "inverted", "D": "<b>upside</b> down"}'
NOT_YET, CORRECT, NOT_WRITTEN, HOSTILE, TOO_LONG, ENDLESS, OTHER = range(1, 8)
CELLS = [
    "from course_lib.checks import start_here as check\nimport numpy as np",
    "def ink(picture):\n    return picture.sum()\n\ncheck.ink(ink)",
    "check.misread(18)",
    "check.what_was_done(...)",
    f"check.what_was_done({WRITTEN})",
    LONG,
    "def endless(picture):\n    while stop is None:\n        pass\n\nstop = 1\ncheck.ink(endless)",
    "2 + 2",
]
INK = "__import__('course_lib.checks.start_here', fromlist=['ink']).ink"
# What is wider than its box, or has a scroll bar.
WIDE = """(cell) => [...cell.querySelectorAll(".jp-OutputArea-output, .jp-OutputArea-output *")].filter((node) =>
    node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== "inline"
).map((node) => node.outerHTML)"""
# Words that are on two lines, less those that are longer than a line.
BROKEN = """(cell) => {
    const walker = document.createTreeWalker(cell.querySelector(".jp-OutputArea-output"), NodeFilter.SHOW_TEXT);
    const broken = [];
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        for (const word of text.data.matchAll(/[\\p{L}\\p{N}_.]+/gu)) {
            const range = new Range();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) broken.push(word[0]);
        }
    }
    return broken;
}"""


@pytest.fixture(scope="module")
def page(context, lab):
    """A notebook with verdicts of all kinds. Its last cells have not run."""
    (lab.folder / "exercises").mkdir(exist_ok=True)
    nbformat.write(catalogue.with_cells(*CELLS), lab.folder / PATH)
    page = driver.open_notebook(context, lab, PATH)
    for number in range(ENDLESS):
        run(page, number)
    yield page
    photograph(page, "cards")
    driver.close(page)


def run(page, number):
    """Run one cell, and wait until it has ended."""
    page.evaluate("(number) => courseTest.runCell(number)", number)


def card(page, number):
    return page.locator(".jp-Notebook-cell").nth(number).locator(".course-card")


def output(page, number):
    return page.locator(".jp-Notebook-cell").nth(number).locator(".jp-OutputArea-output")


def words(page, number):
    return " ".join(output(page, number).inner_text().split())


def drawn(page, number):
    """The card of a cell, once it is there."""
    found = card(page, number)
    eventually(page, lambda: found.locator("b").count(), bool)
    return found


def test_a_verdict_is_a_card_with_sign_words_and_progress(page):
    for number, sign, headline in [
        (NOT_YET, "✘", "ink: not yet."),
        (CORRECT, "✔", "misread: correct. 1 point."),
        (NOT_WRITTEN, "○", "what_was_done: not written yet."),
    ]:
        found = drawn(page, number)
        assert found.get_by_text(sign, exact=True).count() == 1
        assert found.locator("b").inner_text() == headline
        # A place that is watched, so that the words are read out as they come.
        assert found.get_by_role("status").first.get_attribute("aria-live") == "polite"
        assert "of 3 here" in found.inner_text()
        assert "in the course" in found.inner_text()
    signs = [drawn(page, number).locator("[aria-hidden]").first for number in (NOT_YET, CORRECT, NOT_WRITTEN)]
    assert len({sign.evaluate("node => node.style.background") for sign in signs}) == 3


def test_call_wanted_and_got_stand_one_above_the_other(page):
    found = drawn(page, NOT_YET)
    codes = found.locator("code")
    assert codes.count() == 3
    assert codes.nth(0).inner_text().startswith("ink(array(")
    left = [codes.nth(i).bounding_box()["x"] for i in (1, 2)]
    assert left[0] == left[1]
    assert "That is all the ink together." in found.inner_text()


def test_the_button_gives_one_hint_after_the_other(page):
    found = drawn(page, NOT_YET)
    more = found.get_by_role("button", name="Hint")
    hints = ask(page, f"list({INK}.hints)")
    before = cells(page)
    more.focus()
    for key in ["x", "d", "d", "b"]:
        page.keyboard.press(key)
    assert cells(page) == before
    for number, hint in enumerate(hints, 1):
        page.keyboard.press("Enter" if number % 2 else " ")
        eventually(page, found.inner_text, lambda text, hint=hint: hint in text)
        eventually(page, lambda: ask(page, f"{INK}.given"), lambda count, number=number: count == number)
    assert "The solutions folder has one way to do it." in found.inner_text()
    assert more.is_hidden()


def test_what_a_learner_wrote_is_shown_as_text(page):
    found = drawn(page, HOSTILE)
    assert found.locator("img").count() == 0
    assert "<img src=x" in found.inner_text() or "<b>upside</b>" in found.inner_text()
    assert page.problems == []


def test_a_card_fits_in_both_themes_and_in_a_narrow_window(page):
    size = page.viewport_size
    try:
        for width in (1280, 700):
            page.set_viewport_size({"width": width, "height": 1400})
            for theme, light in [("JupyterLab Dark", "false"), ("JupyterLab Light", "true")]:
                change_theme(page, theme, light)
                photograph(page, f"cards-{width}-{light}")
                assert page.evaluate("courseTest.faint('.course-card')") == []
                for number in range(1, ENDLESS):
                    cell = page.locator(".jp-Notebook-cell").nth(number)
                    assert cell.evaluate(WIDE) == []
                    assert cell.evaluate(BROKEN) == []
    finally:
        page.set_viewport_size(size)


def test_a_saved_notebook_keeps_the_words_of_its_cards(context, lab, page):
    driver.save(page)
    outputs = json.loads((lab.folder / PATH).read_text(encoding="utf-8"))["cells"][NOT_YET]["outputs"]
    assert [set(output["data"]) for output in outputs] == [{"text/html", "text/plain"}]
    assert "".join(outputs[0]["data"]["text/plain"]).startswith("✘ ink: not yet.\n")
    shutil.copy(lab.folder / PATH, lab.folder / "exercises/again.ipynb")
    again = driver.open_notebook(context, lab, "exercises/again.ipynb")
    try:
        photograph(again, "cards-again")
        for number in range(1, ENDLESS):
            assert card(again, number).count() == 0
        assert "ink: not yet." in words(again, NOT_YET)
        assert "misread: correct. 1 point." in words(again, CORRECT)
        assert output(again, HOSTILE).locator("img").count() == 0
        hint = output(again, NOT_WRITTEN).locator("summary").first
        assert hint.inner_text() == "Hint"
        hint.focus()
        again.keyboard.press("Enter")
        assert "Hint 1 of" in words(again, NOT_WRITTEN)
        assert "Hint 2 of" not in words(again, NOT_WRITTEN)
        for number in range(1, ENDLESS):
            assert again.locator(".jp-Notebook-cell").nth(number).evaluate(BROKEN) == []
    finally:
        driver.close(again)


def test_a_card_stays_when_its_kernel_is_restarted(page):
    """The last but one: it restarts the kernel that all others use."""
    page.evaluate("() => courseTest.notebook().sessionContext.restartKernel()")
    found = drawn(page, NOT_WRITTEN)
    found.get_by_role("button", name="Hint").click()
    assert "Hint 1 of" in found.inner_text()
    assert page.get_by_text("run this cell again").count() == 0


def test_an_answer_that_loops_for_ever_is_stopped_and_ends_in_a_sentence(page):
    run(page, 0)
    loop = CELLS[ENDLESS].replace("stop = 1", "stop = None")
    page.evaluate("([number, source]) => courseTest.write(number, source)", [ENDLESS, loop])
    page.evaluate("(number) => { courseTest.runCell(number); }", ENDLESS)
    page.wait_for_timeout(2000)
    page.locator("[data-command='notebook:interrupt-kernel']").first.click()
    eventually(page, lambda: words(page, ENDLESS), lambda said: "stopped" in said)
    photograph(page, "stopped")
    assert "Traceback" not in words(page, ENDLESS)
    run(page, OTHER)
    assert words(page, OTHER) == "4"
