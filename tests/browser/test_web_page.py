"""A chapter as a web page, without a network: its formulas are drawn."""

import re
import subprocess
import sys

import pytest

from . import driver
from .looking import photograph

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

# Relative, for nbconvert takes what stands in [ ] for a pattern, in the name of a folder too.
CHAPTER = "chapters/05-optimizers.ipynb"
# Text of a formula that nobody has drawn; what is in code or in a script is none.
RAW = r"""() => {
    const walker = document.createTreeWalker(document.querySelector("main, body"), NodeFilter.SHOW_TEXT);
    const raw = [];
    for (let text = walker.nextNode(); text; text = walker.nextNode())
        if (/\$[^$]+\$|\\(frac|sum|text)/.test(text.data) && !text.parentElement.closest("code, pre, script, style"))
            raw.push(text.data);
    return raw;
}"""
# [width, height, whether it stands in a line of its own] of each formula.
BOXES = """() => [...document.querySelectorAll("math")].map((math) => {
    const { width, height } = math.getBoundingClientRect();
    return [width, height, getComputedStyle(math).display.startsWith("block")];
})"""


def test_formulas_are_drawn_without_a_network(context, tmp_path):
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--output-dir", tmp_path, "--output", "page", CHAPTER]
    subprocess.run(command, check=True, capture_output=True, cwd=driver.ROOT)
    page = context.new_page()
    asked = []
    page.route(re.compile("^https?:"), lambda route: (asked.append(route.request.url), route.abort()))
    page.goto((tmp_path / "page.html").as_uri(), wait_until="domcontentloaded")
    boxes = page.evaluate(BOXES)
    assert len(boxes) > 30
    assert all(width > 3 and height > 5 for width, height, _ in boxes)
    # A fraction on a line of its own is higher than a letter: it is laid out, not written one after the other.
    assert max(height for _, height, alone in boxes if alone) > 1.5 * min(height for _, height, _ in boxes)
    assert page.evaluate(RAW) == []
    # The page would fetch something, and could not.
    assert asked
    page.locator("math[display=block]").first.scroll_into_view_if_needed()
    photograph(page, "web-page")
    page.close()
