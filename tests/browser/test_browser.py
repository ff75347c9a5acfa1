"""The widgets as a learner meets them: in the JupyterLab of ``make lab``, in Chromium, by mouse and keyboard."""

import json
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from . import catalogue, driver
from .driver import ask, cells, path_of, widget, widgets
from .looking import assert_keys_stay, assert_names, assert_no_complaints, change_theme, eventually, opened, photograph

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

CHAPTER = "chapters/03-losses.ipynb"

# How a control is moved by one key: what has the focus, the key for the next value, the key for the one before.
SLIDER, LIST = (".noUi-handle", "ArrowRight", "ArrowLeft"), ("select", "ArrowDown", "ArrowUp")
TICK = ("input[type=checkbox]", " ", " ")
MOVES = {
    "FloatSlider": SLIDER,
    "IntSlider": SLIDER,
    "FloatLogSlider": SLIDER,
    "SelectionSlider": SLIDER,
    "Dropdown": LIST,
    "Checkbox": TICK,
}

STILLS = "(cell) => courseTest.stills(cell)"


@pytest.fixture(scope="module", params=[CHAPTER, catalogue.PATH], ids=["chapter", "catalogue"])
def page(request, context, lab):
    yield from opened(context, lab, request.param)


def in_step(page, model, has_come=lambda held: True, **moved):
    """Wait until the page shows what Python holds, and return both: what is shown, and what is held."""

    def both():
        held = ask(page, f"shown({model!r}, **{moved!r})")
        moved.clear()
        return *page.evaluate("(held) => courseTest.shown(held)", [model, held]), held

    _, seen, held = eventually(page, both, lambda got: got[0] == got[1] and has_come(got[2]))
    return seen, held


def demos(page):
    """The models of the widgets with controls of ipywidgets; the others are drawn by a script of their own."""
    return [model for model, _ in widgets(page) if ask(page, f"isinstance(widget({model!r}), Demo)")]


def value_of(page, model, name):
    """A control's value in Python."""
    return ask(page, f"widget({model!r}).values[{name!r}]")


def part(page, model, kind, label):
    """The part of a control that takes the focus."""
    quoted = json.dumps(label, ensure_ascii=False)
    return (
        widget(page, model)
        .locator(".widget-inline-hbox", has=page.locator(f"label:text-is({quoted})"))
        .locator(MOVES[kind][0])
    )


# Every widget.


def test_a_widget_is_there_within_a_second(page):
    late = {}
    for _, cell in widgets(page):
        milliseconds = page.evaluate("(cell) => courseTest.opening(cell)", cell)
        if milliseconds > 1000:
            late[cells(page)[cell][2]] = milliseconds
    assert not late


def test_each_control_moves_picture_and_numbers(page):
    for model in demos(page):
        first, held = in_step(page, model)
        seen, beginning = [first], held["values"]
        for name, kind, label, has_next in ask(page, f"controls({model!r})"):
            # From the beginning each time: what one control has chosen can leave another without work.
            before, held = in_step(page, model, **beginning)
            # A control without work is switched off.
            if name in held["idle"]:
                continue
            part(page, model, kind, label).focus()
            page.keyboard.press(MOVES[kind][1 if has_next else 2])
            after, _ = in_step(page, model, lambda now, name=name, was=held: now["values"][name] != was["values"][name])
            assert after != before, f"{label} moves nothing"
            assert not after["message"]
            seen += [before, after]
        assert len({state["picture"] for state in seen}) > 1
        assert len({state["text"] for state in seen}) > 1


def test_what_a_slider_says_is_what_python_holds(page):
    for model in demos(page):
        for name, kind, label, _ in ask(page, f"controls({model!r})"):
            if MOVES[kind] is SLIDER and kind != "SelectionSlider":
                said = part(page, model, kind, label).get_attribute("aria-valuetext")
                assert float(said.replace("−", "-")) == pytest.approx(value_of(page, model, name), abs=0.005)


def test_no_key_for_a_widget_reaches_jupyterlab(page):
    assert_keys_stay(page)


def test_every_part_has_a_name(page):
    assert_names(page)


def test_widgets_are_legible_in_the_dark(page):
    change_theme(page, "JupyterLab Dark", light="false")
    try:
        photograph(page, f"dark-{len(widgets(page))}")
        assert page.evaluate("courseTest.faint()") == []
        for picture in page.locator(".course-picture").all():
            assert picture.evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(255, 255, 255)"
    finally:
        change_theme(page, "JupyterLab Light", light="true")
    assert page.evaluate("courseTest.faint()") == []


def test_no_widget_is_wider_than_its_notebook(page):
    """Nor any box in it wider than its own: each has a scroll bar of its own where it must."""
    for model, _ in widgets(page):
        too_wide = widget(page, model).evaluate(
            "node => [node, ...node.querySelectorAll('.widget-box')].map((n) => n.scrollWidth - n.clientWidth)"
        )
        assert max(too_wide) <= 1, ask(page, f"type(widget({model!r})).__name__")


def test_nothing_complains(page):
    assert_no_complaints(page)


# What is left when nothing runs.


def test_a_fresh_notebook_shows_a_picture_for_each_widget(context, lab, page):
    name = path_of(page)
    if name == catalogue.PATH:
        return
    shutil.copy(driver.ROOT / name, lab.folder / "chapters/fresh.ipynb")
    assert_still(context, lab, "chapters/fresh.ipynb", [cell for _, cell in widgets(page)])


def test_a_saved_notebook_holds_no_state(lab, page):
    notebook = json.loads(saved(lab, page).read_text(encoding="utf-8"))
    assert "widgets" not in notebook["metadata"]
    for _, cell in widgets(page):
        [output] = [out for out in notebook["cells"][cell]["outputs"] if "text/html" in out.get("data", {})]
        assert "data:image/" in "".join(output["data"]["text/html"])


def test_a_saved_notebook_shows_a_picture_for_each_widget(context, lab, page):
    shutil.copy(saved(lab, page), lab.folder / "chapters/again.ipynb")
    assert_still(context, lab, "chapters/again.ipynb", [cell for _, cell in widgets(page)])


def test_a_saved_notebook_becomes_a_page_of_pictures(context, lab, page, tmp_path):
    subprocess.run(
        [
            sys.executable,
            "-m",
            "nbconvert",
            "--to",
            "html",
            "--output-dir",
            tmp_path,
            "--output",
            "page",
            saved(lab, page),
        ],
        check=True,
        capture_output=True,
    )
    html = context.new_page()
    # Nothing may have to come from the network.
    html.route(re.compile("^https?:"), lambda route: route.abort())
    html.goto((tmp_path / "page.html").as_uri(), wait_until="domcontentloaded")
    for _, cell in widgets(page):
        pictures = html.locator(".jp-Cell").nth(cell).evaluate(STILLS)
        assert len(pictures) == 1
        assert all(alt and seen for alt, seen in pictures)
    assert html.get_by_text("Error displaying widget").count() == 0
    html.close()


def saved(lab, page):
    """The file of the page's notebook, just saved by the browser."""
    driver.save(page)
    return lab.folder / path_of(page)


def assert_still(context, lab, path, numbers):
    """The notebook, opened and not run, shows a picture with a text in each of these cells."""
    page = driver.open_notebook(context, lab, path)
    try:
        for number in numbers:
            cell = page.locator(".jp-Notebook-cell").nth(number)
            cell.locator(".jp-OutputArea-output").first.wait_for()
            assert cell.get_by_text("Error displaying widget").count() == 0
            pictures = eventually(page, partial(cell.evaluate, STILLS), lambda found: all(seen for _, seen in found))
            assert len(pictures) == 1
            assert pictures[0][0]
    finally:
        photograph(page, Path(path).stem)
        driver.close(page)


# The server.


def test_small_messages_are_not_held_back():
    """Nagle's algorithm is off in the server that ``make lab`` starts."""
    script = (
        "from course_lib.lab.__main__ import escaped, options, prepare\n"
        "server = prepare(options(browser=False) + escaped())\n"
        "print(server.web_app.settings['kernel_websocket_connection_class'].__name__)"
    )
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=driver.ROOT)
    assert run.stdout.split()[-1] == "NoDelayConnection"
