"""Chapter 09's widgets by hand: a row unfolds and is edited, heads are soloed, a clock's hand turns the position."""

import math
from functools import partial

import nbformat
import pytest

from . import catalogue, driver
from .driver import ask, widget, widgets
from .looking import assert_keys_stay, assert_names, assert_no_complaints, eventually, opened

pytestmark = pytest.mark.skipif(bool(driver.missing()), reason=driver.missing())

PATH = "chapters/attention-widgets.ipynb"


@pytest.fixture(scope="module")
def page(context, lab):
    shown = "from course_lib.widgets.attention import Attention, Positions", "Attention()", "Attention()", "Positions()"
    nbformat.write(catalogue.with_cells(*shown), lab.folder / PATH)
    yield from opened(context, lab, PATH)


def held(page, model, name):
    return ask(page, f"widget({model!r}).{name}")


def becomes(page, model, name, value):
    """Wait until Python holds this value."""
    eventually(page, partial(held, page, model, name), lambda got: got == pytest.approx(value, abs=0.005))


def place(page, model, x, y, half=0):
    """Where a point of the drawing of positions is on the page, and how large its pixels are there."""
    picture = widget(page, model).locator(".course-picture").nth(half)
    picture.scroll_into_view_if_needed()
    frame = picture.locator("svg").bounding_box()
    scale = frame["height"] / 430
    return (frame["x"] + x * scale, frame["y"] + y * scale), scale


@pytest.fixture
def looker(page):
    """The first of two: its model, and where it is. It is as it was at the beginning."""
    model = widgets(page)[0][0]
    ask(page, f"widget({model!r}).set(word=7, key=1, head=3, stage=3, causal=False, unfolded=True, shown=[True] * 4)")
    ask(page, f"widget({model!r})._read()")
    return model, widget(page, model)


@pytest.mark.parametrize(("label", "value", "sums"), [("softmax", 0.3, 3), ("sum", 2.5, 0), ("scaled", -1.25, 1)])
def test_what_is_typed_into_the_row_is_what_becomes_of_it(page, looker, label, value, sums):
    model, root = looker
    other = widgets(page)[1][0]
    before = held(page, other, "sums")
    root.get_by_label(label, exact=True).fill(str(value))
    becomes(page, model, f"sums[{sums}]", value)
    assert held(page, other, "sums") == before, "the other one moved, too"


def test_a_number_is_dragged_up_and_the_product_follows(page, looker):
    model, root = looker
    before = held(page, model, "q[3][7][0]")
    place = root.get_by_label("q, number 1", exact=True).bounding_box()
    x, y = place["x"] + 8, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 50, steps=5)
    page.mouse.up()
    becomes(page, model, "q[3][7][0]", before + 0.5)
    product = held(page, model, "k[3][1][0]") * held(page, model, "q[3][7][0]")
    shown = root.get_by_label("q × k, number 1", exact=True)
    eventually(page, shown.input_value, lambda said: float(said) == pytest.approx(product, abs=0.006))


def test_a_number_dragged_across_the_words_changes_no_word(page, looker):
    model, root = looker
    # Kept, so that the pointer that rests on a word at the end does not choose it.
    root.locator(".course-picture").first.focus()
    for key, word in [("ArrowUp", 6), ("ArrowDown", 7)]:
        page.keyboard.press(key)
        becomes(page, model, "word", word)
    before, box = held(page, model, "q[3][7][0]"), root.get_by_label("q, number 1", exact=True)
    eventually(page, box.input_value, lambda said: said == f"{before:.2f}")
    start = box.bounding_box()
    cat = root.locator("rect[data-word='1']:not([data-key])").bounding_box()
    x, y = start["x"] + 8, start["y"] + 12
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(cat["x"] + 40, y, steps=10)
    page.mouse.move(cat["x"] + 40, y - 50, steps=10)
    page.mouse.up()
    becomes(page, model, "q[3][7][0]", before + 0.5)
    assert held(page, model, "word") == 7


def test_a_word_on_the_right_folds_and_unfolds_and_keys_do_the_same(page, looker):
    model, root = looker
    mat = root.locator("rect[data-key='5']:not([data-word])")
    mat.click()
    becomes(page, model, "key", 5)
    mat.click()
    becomes(page, model, "unfolded", False)
    assert root.locator(".attention-fold").is_hidden()
    root.locator(".course-picture").first.focus()
    for key, name, value in [("Enter", "unfolded", True), ("ArrowUp", "word", 6), ("ArrowLeft", "key", 4)]:
        page.keyboard.press(key)
        becomes(page, model, name, value)


def test_stages_come_one_after_another_and_a_head_is_soloed(page, looker):
    model, root = looker
    for stage in (0, 1, 2, 3):
        root.get_by_role("button", name="next").click()
        becomes(page, model, "stage", stage)
    solo = root.get_by_role("button", name="head 2 alone")
    for shown in ([False, True, False, False], [True] * 4):
        solo.click()
        eventually(page, partial(held, page, model, "shown"), lambda got, shown=shown: got == shown)


def test_hovering_looks_and_a_click_keeps_the_word(page, looker):
    model, root = looker
    word = [root.locator(f"rect[data-word='{k}']:not([data-key])") for k in range(10)]
    # Free again after whatever came before: a first click may free or keep, and a second word is kept.
    word[1].click()
    word[7].click()
    becomes(page, model, "word", 7)
    # Straight over the words between to a control.
    start, solo = word[7].bounding_box(), root.get_by_role("button", name="head 4 alone").bounding_box()
    page.mouse.move(start["x"] + 50, start["y"] + 13)
    page.mouse.move(start["x"] + 50, word[0].bounding_box()["y"] + 5, steps=20)
    page.mouse.move(solo["x"] + 9, solo["y"] + 9, steps=20)
    page.mouse.down()
    page.mouse.up()
    eventually(page, partial(held, page, model, "shown"), lambda got: got == [False, False, False, True])
    assert held(page, model, "word") == 7
    # A second click frees it, an arrow key keeps the next.
    word[7].click()
    word[5].hover()
    becomes(page, model, "word", 5)
    root.locator(".course-picture").first.focus()
    page.keyboard.press("ArrowDown")
    becomes(page, model, "word", 6)
    word[2].hover()
    page.wait_for_timeout(100)
    assert held(page, model, "word") == 6


def test_a_head_is_chosen_before_its_lines_go(page, looker):
    model, root = looker
    button = root.get_by_role("button", name="head 1", exact=True)
    for shown in ([True] * 4, [False, True, True, True], [True] * 4):
        button.click()
        becomes(page, model, "head", 0)
        eventually(page, partial(held, page, model, "shown"), lambda got, shown=shown: got == shown)


def test_a_refused_sentence_is_told_where_it_was_typed_and_what_was_edited_comes_back(page, looker):
    model, root = looker
    text = root.get_by_label("sentence", exact=True)
    text.fill("the cat was angry")
    text.press("Enter")
    alarm = root.get_by_role("alert")
    eventually(page, alarm.inner_text, lambda said: "angry" in said)
    assert alarm.bounding_box()["y"] < root.get_by_role("button", name="1 scores").bounding_box()["y"]
    text.fill("the cat sat on the mat because it was tired")
    text.press("Enter")
    eventually(page, alarm.inner_text, lambda said: not said)
    before = held(page, model, "q")
    for _ in range(2):
        root.get_by_label("q, number 1", exact=True).fill("5")
        becomes(page, model, "q[3][7][0]", 5)
        root.get_by_role("button", name="as trained").click()
        eventually(page, partial(held, page, model, "q"), lambda got: got == before)


def test_the_boxes_stay_where_they_are_and_say_what_holds(page, looker):
    model, root = looker
    box = {name: root.get_by_label(name, exact=True) for name in ("sum", "softmax", "q, number 1")}
    places = []
    for stage in (3, 0, 1, 2):
        ask(page, f"widget({model!r}).set(stage={stage})")
        eventually(page, box["softmax"].is_visible, lambda seen, stage=stage: seen == (stage == 3))
        places.append(box["sum"].bounding_box()["y"] - root.bounding_box()["y"])
    assert max(places) - min(places) < 0.5
    ask(page, f"widget({model!r}).set(stage=3)")
    box["softmax"].fill("2")
    box["softmax"].press("Enter")
    eventually(page, box["softmax"].input_value, lambda said: said == "1.00")
    # A wheel over a box scrolls the page.
    before = held(page, model, "q[3][7][0]")
    box["q, number 1"].click()
    page.mouse.wheel(0, 100)
    page.wait_for_timeout(200)
    assert held(page, model, "q[3][7][0]") == before
    # A large number keeps to its box.
    root.get_by_label("q, number 2", exact=True).fill("-914")
    product = root.get_by_label("q × k, number 2", exact=True)
    eventually(page, product.input_value, lambda said: abs(float(said)) > 1000)
    assert product.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_one_key_draws_once_for_itself_and_once_for_the_answer(page, looker):
    model, root = looker
    picture = root.locator(".course-picture").first
    picture.focus()
    picture.evaluate(
        "node => { node.drawn = 0; new MutationObserver(() => { node.drawn += 1; }).observe(node, {childList: true}); }"
    )
    page.keyboard.press("ArrowUp")
    becomes(page, model, "word", 6)
    page.wait_for_timeout(300)
    assert picture.evaluate("node => node.drawn") <= 3


def test_a_hand_turned_once_round_moves_the_position_by_a_turn(page):
    model = widgets(page)[2][0]
    ask(page, f"widget({model!r}).set(scheme='sinusoidal', position=12, base=10000.0)")
    (x, y), scale = place(page, model, 70, 206)
    for step in range(13):
        angle = step * math.pi / 6
        page.mouse.move(x + 25 * scale * math.sin(angle), y - 25 * scale * math.cos(angle))
        if step == 0:
            page.mouse.down()
    page.mouse.up()
    # 2π radians, one for each position.
    becomes(page, model, "position", 18)


# The points of the curve run from 56 to 736, and the dot of position 12 stands at the top of it; the map from 16.
@pytest.mark.parametrize(
    ("start", "end", "position"),
    [
        ((56 + 680 * 12 / 39, 289), None, 12),
        ((56 + 680 * 30 / 39, 340), None, 30),
        ((56 + 680 * 12 / 39, 289), (56 + 680 * 2 / 39, 120), 2),
        ((16 + 18 * 20.5, 80), (16 + 18 * 30.5, 300), 30),
        # Upwards at the words "drag it" of the first clock: against its hand's way.
        ((135, 215), (135, 170), 11),
        # The title and the paper.
        ((600, 18), None, 12),
        ((740, 206), (300, 250), 12),
        ((300, 255), (300, 150), 12),
    ],
)
def test_what_is_grabbed_is_what_moves(page, start, end, position):
    model = widgets(page)[2][0]
    ask(page, f"widget({model!r}).set(scheme='sinusoidal', position=12, base=10000.0)")
    page.mouse.move(*place(page, model, *start)[0])
    page.mouse.down()
    if end:
        page.mouse.move(*place(page, model, *end)[0], steps=5)
    page.mouse.up()
    # Nothing is to be waited for where nothing moves.
    page.wait_for_timeout(100)
    becomes(page, model, "position", position)


def test_the_base_comes_back_and_4_can_be_chosen(page):
    model = widgets(page)[2][0]
    ask(page, f"widget({model!r}).set(scheme='sinusoidal', position=12, base=10000.0)")
    base = widget(page, model).get_by_label("base", exact=True)
    base.focus()
    for key, value in [("ArrowRight", 20_000), ("ArrowLeft", 10_000), ("Home", 2), ("ArrowRight", 4)]:
        page.keyboard.press(key)
        becomes(page, model, "base", value)


def test_on_a_narrow_page_all_can_be_read_and_hit(page, looker):
    root = looker[1]
    codes = widgets(page)[2][0]
    page.set_viewport_size({"width": 700, "height": 900})
    try:
        pictures = widget(page, codes).locator(".course-picture")
        eventually(page, pictures.count, lambda count: count == 2)
        ask(page, f"widget({codes!r}).set(scheme='sinusoidal', position=12, base=10000.0)")
        (x, y), scale = place(page, codes, 56 + 680 * 30 / 39 - 376, 340, half=1)
        # Words of 12 pixels are drawn with 10 at least.
        assert scale > 10 / 12
        page.mouse.click(x, y)
        becomes(page, codes, "position", 30)
        fold = root.locator(".attention-fold")
        assert fold.evaluate("node => getComputedStyle(node).fontSize") == "12px"
        boxes = [box.bounding_box() for box in fold.locator("input").all()]
        assert min(box["height"] for box in boxes) >= 24
        frames = [root.locator(".course-picture").nth(i).bounding_box() for i in (0, 1)]
        assert frames[0]["y"] + frames[0]["height"] <= min(box["y"] for box in boxes)
        assert max(box["y"] for box in boxes) + 24 <= frames[1]["y"]
    finally:
        page.set_viewport_size({"width": 1280, "height": 900})
        eventually(page, pictures.count, lambda count: count == 1)


def test_names_keys_and_complaints(page):
    assert_names(page)
    assert_keys_stay(page)
    assert_no_complaints(page)
