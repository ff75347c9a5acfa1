"""The start chapter's pad as a learner meets it: a digit is drawn by mouse or by keyboard, and read."""

import pytest

from . import driver
from .driver import ask, widget, widgets
from .looking import assert_keys_stay, assert_names, assert_no_complaints, eventually, opened, photograph

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

START_HERE = "chapters/00-start-here.ipynb"

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


@pytest.fixture(scope="module")
def start_here(context, lab):
    yield from opened(context, lab, START_HERE)


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
