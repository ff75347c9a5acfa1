"""The widgets as a learner meets them: in the JupyterLab of ``make lab``, in Chromium, by mouse and keyboard."""

import json
import operator
import os
import re
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from . import catalogue, driver
from .driver import ask, cells, path_of, widget, widgets

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

START_HERE, NEURONS, EVERY = (f"chapters/{name}.ipynb" for name in ("00-start-here", "01-neurons", "every-widget"))

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

# A digit as strokes of points, from 0 to 1, x to the right and y down.
DIGITS = {
    1: [[(0.42, 0.28), (0.55, 0.12), (0.55, 0.88)]],
    7: [[(0.25, 0.14), (0.75, 0.14), (0.45, 0.88)]],
    0: [
        [
            (0.50, 0.12),
            (0.30, 0.25),
            (0.25, 0.50),
            (0.30, 0.75),
            (0.50, 0.88),
            (0.70, 0.75),
            (0.75, 0.50),
            (0.70, 0.25),
            (0.50, 0.12),
        ]
    ],
}


@pytest.fixture(scope="session")
def lab():
    with driver.jupyterlab({EVERY: catalogue.notebook()}) as lab:
        yield lab


@pytest.fixture(scope="session")
def context():
    with driver.browser() as context:
        yield context


def opened(context, lab, path):
    """The notebook, open and run from top to bottom; closed after its tests."""
    page = driver.open_notebook(context, lab, path)
    try:
        driver.run_all(page)
        yield page
    finally:
        photograph(page, Path(path).stem)
        driver.close(page)


@pytest.fixture(scope="module")
def start_here(context, lab):
    yield from opened(context, lab, START_HERE)


@pytest.fixture(scope="module", params=[NEURONS, EVERY], ids=["chapter", "catalogue"])
def page(request, context, lab):
    yield from opened(context, lab, request.param)


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


def in_step(page, model):
    """Wait until the page shows what Python holds, and return it."""

    def both():
        return page.evaluate("(held) => courseTest.shown(held)", [model, ask(page, f"shown({model!r})")])

    return eventually(page, both, lambda sides: operator.eq(*sides))[1]


def demos(page):
    """The models of the widgets that have controls; the others are drawn by a script of their own."""
    return [model for model, _ in widgets(page) if ask(page, f"hasattr(widget({model!r}), 'controls')")]


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


# The start chapter's pad.


def pad_of(page):
    [(model, _)] = widgets(page)
    return model, widget(page, model).locator("canvas.pad")


def pad_in_step(page, model, is_right):
    """(strokes, reading) in Python, once they are right and the page shows the same reading."""

    def both():
        held = ask(page, f"(lambda pad: [pad.strokes, pad.reading])(widget({model!r}))")
        return *held, widget(page, model).get_by_role("status").inner_text()

    def agree(state):
        strokes, reading, words = state
        return is_right(strokes, reading) and words == (f"It reads {reading}." if strokes else "Nothing is drawn yet.")

    return eventually(page, both, agree)


@pytest.mark.parametrize("digit", DIGITS)
def test_a_digit_drawn_by_mouse_is_read(start_here, digit):
    model, pad = pad_of(start_here)
    widget(start_here, model).get_by_role("button", name="Clear").click()
    pad_in_step(start_here, model, lambda strokes, reading: strokes == [] and reading == -1)
    frame = pad.bounding_box()
    for stroke in DIGITS[digit]:
        for i, (x, y) in enumerate(stroke):
            start_here.mouse.move(frame["x"] + x * frame["width"], frame["y"] + y * frame["height"], steps=6)
            if i == 0:
                start_here.mouse.down()
        start_here.mouse.up()
    last = DIGITS[digit][-1][-1]
    strokes, reading, _ = pad_in_step(
        start_here, model, lambda strokes, _: strokes and strokes[-1][-1] == pytest.approx(last, abs=0.02)
    )
    photograph(start_here, f"digit-{digit}")
    assert len(strokes) == len(DIGITS[digit])
    assert len(strokes[0]) > 6
    assert 0 <= reading <= 9


def test_the_pad_is_used_by_keyboard_alone(start_here):
    model, pad = pad_of(start_here)
    clear = widget(start_here, model).get_by_role("button", name="Clear")
    pad.focus()
    start_here.keyboard.press("Tab")
    assert clear.evaluate("node => node === document.activeElement")
    start_here.keyboard.press("Shift+Tab")
    assert pad.evaluate("node => node === document.activeElement")
    start_here.keyboard.press("Delete")
    pad_in_step(start_here, model, lambda strokes, reading: strokes == [] and reading == -1)
    for key in ["ArrowUp"] * 8 + [" "] + ["ArrowDown"] * 16 + [" ", "ArrowRight"]:
        start_here.keyboard.press(key)
    strokes, reading, _ = pad_in_step(start_here, model, lambda strokes, _: strokes and len(strokes[0]) == 17)
    assert len(strokes) == 1
    assert strokes[0][-1][1] - strokes[0][0][1] == pytest.approx(16 * 0.04)
    assert 0 <= reading <= 9
    start_here.keyboard.press("Delete")
    pad_in_step(start_here, model, lambda strokes, _: strokes == [])


def test_strokes_set_in_python_are_seen_on_the_pad(start_here):
    model, pad = pad_of(start_here)
    before = pad.evaluate("canvas => canvas.toDataURL()")
    ask(start_here, f"widget({model!r}).set_trait('strokes', [[[0.5, 0.1], [0.5, 0.9]]])")
    eventually(start_here, lambda: pad.evaluate("canvas => canvas.toDataURL()"), lambda drawn: drawn != before)
    pad_in_step(start_here, model, lambda strokes, _: strokes == [[[0.5, 0.1], [0.5, 0.9]]])


def test_the_start_chapter_complains_of_nothing(start_here):
    assert_keys_stay(start_here)
    assert_names(start_here)
    assert_no_complaints(start_here)


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
        seen, beginning = [in_step(page, model)], ask(page, f"widget({model!r}).values")
        for name, kind, label, has_next in ask(page, f"controls({model!r})"):
            # From the beginning each time: what one control has chosen can leave another without work.
            ask(page, f"widget({model!r}).set(**{beginning!r})")
            seen.append(in_step(page, model))
            # A control without work is switched off.
            if ask(page, f"widget({model!r}).controls[{name!r}].disabled"):
                continue
            before = value_of(page, model, name)
            part(page, model, kind, label).focus()
            page.keyboard.press(MOVES[kind][1 if has_next else 2])
            eventually(page, partial(value_of, page, model, name), partial(operator.ne, before))
            seen.append(in_step(page, model))
            assert seen[-1] != seen[-2], f"{label} moves nothing"
            assert not seen[-1]["message"]
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


def change_theme(page, name, light):
    page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", name)
    page.wait_for_function("(light) => document.body.dataset.jpThemeLight === light", arg=light)
    # JupyterLab hides the page for a moment while it changes.
    page.wait_for_function("() => !document.querySelector('#jupyterlab-splash')")


def test_no_widget_is_wider_than_its_notebook(page):
    for model, _ in widgets(page):
        assert widget(page, model).evaluate("node => node.scrollWidth - node.clientWidth") <= 1


def test_nothing_complains(page):
    assert_no_complaints(page)


def assert_keys_stay(page):
    """The keys that cut, insert, turn and delete cells do nothing while a widget has the focus."""
    before = cells(page)
    for model, _ in widgets(page):
        for thing in widget(page, model).locator(".noUi-handle, select, canvas[tabindex], button").all():
            thing.focus()
            for key in ["x", "a", "b", "m", "d", "d"]:
                page.keyboard.press(key)
            assert cells(page) == before, f"a key reaches JupyterLab from {thing}"


def assert_names(page):
    """All that takes the focus and all pictures say what they are."""
    from playwright.sync_api import expect

    for model, _ in widgets(page):
        root = widget(page, model)
        parts = root.locator("[tabindex='0'], .widget-readout, select, input, button, canvas, img, div[role=img]")
        assert parts.count()
        for thing in parts.all():
            expect(thing).to_have_accessible_name(re.compile(r"\w"))
        expect(root.get_by_role("img").first).to_be_attached()


def assert_no_complaints(page):
    assert page.get_by_text("Error displaying widget").count() == 0
    assert page.problems == []


# What is left when nothing runs.


def test_a_fresh_notebook_shows_a_picture_for_each_widget(context, lab, page):
    name = path_of(page)
    if name == EVERY:
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
    html.route("http*://**", lambda route: route.abort())
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
        "from course_lib.lab.__main__ import options, prepare\n"
        "print(prepare(options(browser=False)).web_app.settings['kernel_websocket_connection_class'].__name__)"
    )
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=driver.ROOT)
    assert run.stdout.split()[-1] == "NoDelayConnection"
