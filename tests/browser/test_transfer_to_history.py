"""The widgets of chapters 14 to 16 by hand: labels and years are pulled, a question is typed, a budget grows."""

from functools import partial

import nbformat
import pytest

from . import catalogue, driver
from .driver import ask, widget, widgets
from .looking import assert_keys_stay, assert_names, assert_no_complaints, eventually, opened

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

PATH = "chapters/last-widgets.ipynb"
WIDE = 760


@pytest.fixture(scope="module")
def page(context, lab):
    imports = "\n".join(
        f"from course_lib.widgets.{module} import {names}"
        for module, names in [("transfer", "FewShot, Librarian"), ("history", "Timeline"), ("production", "Budget")]
    )
    shown = "FewShot()", "FewShot()", "Librarian()", "Timeline()", "Budget()"
    nbformat.write(catalogue.with_cells(imports, *shown), lab.folder / PATH)
    yield from opened(context, lab, PATH)


def held(page, model, name):
    return ask(page, f"widget({model!r}).state[{name!r}]")


def becomes(page, model, name, value):
    """Wait until this part of the state is so."""
    eventually(page, partial(held, page, model, name), lambda got: got == value)


def place(page, root, x, y):
    """Where a point of a drawing is on the page."""
    picture = root.locator(".course-picture")
    picture.scroll_into_view_if_needed()
    frame = picture.locator("svg").bounding_box()
    scale = frame["width"] / WIDE
    return frame["x"] + x * scale, frame["y"] + y * scale


def pull(page, root, start, end):
    page.mouse.move(*place(page, root, *start))
    page.mouse.down()
    page.mouse.move(*place(page, root, *end), steps=6)
    page.mouse.up()


def test_the_labels_are_pulled_in_one_of_two(page):
    (one, _), (other, _) = widgets(page)[:2]
    start, end = (ask(page, f"[float(v) for v in widget({one!r}).chart().at({n}, 0.2)]") for n in (10, 50))
    pull(page, widget(page, one), start, end)
    becomes(page, one, "labels", 50)
    assert held(page, other, "labels") == 10
    eventually(page, partial(ask, page, f"widget({one!r}).describe()"), lambda said: "50 labels a digit" in said)


def test_keys_go_from_stop_to_stop(page):
    model = widgets(page)[1][0]
    widget(page, model).locator(".course-picture").focus()
    for key, labels in [("ArrowRight", 20), ("ArrowLeft", 10), ("ArrowLeft", 5)]:
        page.keyboard.press(key)
        becomes(page, model, "labels", labels)


def test_a_question_is_typed_and_the_threshold_pulled_over_its_score(page):
    model = widgets(page)[2][0]
    root = widget(page, model)
    question = "Which statement does nothing at all?"
    root.get_by_label("question", exact=True).fill(question)
    becomes(page, model, "question", question)
    best = ask(page, f"widget({model!r}).found()[0][0]")
    left, wide = ask(page, f"widget({model!r}).bars()")
    assert 0.1 < best < 0.9
    for threshold, refused in [(0.05, False), (0.95, True)]:
        pull(page, root, (left + wide / 2, 100), (left + wide * threshold, 100))
        becomes(page, model, "threshold", threshold)
        told = partial(ask, page, f"widget({model!r}).describe()")
        eventually(page, told, lambda said, refused=refused: ("efuse" in said) == refused)


def test_a_dot_is_clicked_the_years_are_grabbed_and_keys_walk(page):
    model = widgets(page)[3][0]
    root = widget(page, model)
    ask(page, f"widget({model!r}).set(year=1985, span=90, kind='all')")
    names = ask(page, f"[m.name for m in widget({model!r}).some()]")
    at = ask(page, f"widget({model!r}).places().tolist()")[names.index("AlexNet")]
    page.mouse.click(*place(page, root, *at))
    becomes(page, model, "chosen", "AlexNet")
    ask(page, f"widget({model!r}).set(span=20)")
    bottom = ask(page, f"40 + 56 * len(widget({model!r}).kinds) - 3")
    pull(page, root, (600, bottom), (300, bottom))
    eventually(page, partial(held, page, model, "year"), lambda year: 1990 <= year <= 1996)
    root.locator(".course-picture").focus()
    page.keyboard.press("ArrowRight")
    becomes(page, model, "chosen", names[names.index("AlexNet") + 1])
    page.keyboard.press("ArrowUp")
    becomes(page, model, "span", 10)


def test_a_budget_grows_by_keyboard(page):
    model = widgets(page)[4][0]
    slider = widget(page, model).get_by_role("slider").first
    before = ask(page, f"widget({model!r}).describe()")
    slider.focus()
    page.keyboard.press("End")
    eventually(page, partial(ask, page, f"widget({model!r}).describe()"), lambda said: said != before)


@pytest.mark.parametrize("width", [700, 1280])
def test_nothing_needs_a_scrollbar(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    for model, _ in widgets(page):
        too_wide = widget(page, model).evaluate("(node) => node.scrollWidth - node.clientWidth")
        assert too_wide <= 1, model


def test_keys_names_and_silence(page):
    assert_keys_stay(page)
    assert_names(page)
    assert_no_complaints(page)
