"""The card of a verdict: what stands on it, that it is text, and what is left where no script runs."""

import html
import re
from html.parser import HTMLParser

import pytest

from course_lib.widgets.card import ALL_GIVEN, SIGNS, Card

HOSTILE = "</div><img src=x onerror=\"alert('&amp;')\">"


def card(
    text="✘ ink: not yet.\n  …", status="not yet", parts=None, sentences=(), bars=(), hints=("One.", "Two."), given=0
):
    return Card(text, status, parts or {}, sentences, bars, hints, given)


def still(card):
    return card._repr_mimebundle_()[0]["text/html"]


class Tags(HTMLParser):
    """The tags that are open at each moment; fails where one is closed that is not the last."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def words(text):
    return html.unescape(re.sub(r"<[^>]+>", "\n", text))


def brightness(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_signs_and_colours_differ_and_can_be_read_on_light_and_dark_pages():
    signs, colours = zip(*SIGNS.values(), strict=True)
    assert len(set(signs)) == len(signs)
    assert len(set(colours)) >= 3
    for colour in colours:
        # White words on the colour, and the colour as a mark on JupyterLab's dark page.
        assert 1.05 / (brightness(colour) + 0.05) >= 4.5
        assert (brightness(colour) + 0.05) / (brightness("#111111") + 0.05) >= 2.4


@pytest.mark.parametrize("status", SIGNS)
def test_every_status_has_its_card(status):
    shown = still(card(f"{SIGNS[status][0]} ink: {status}.", status))
    assert SIGNS[status][0] in shown
    assert f"<b>ink: {status}.</b>" in shown
    assert SIGNS[status][1] in shown


def test_what_is_known_stands_on_it_and_what_is_not_leaves_no_line():
    shown = words(
        still(
            card(
                parts={"call": "f(1)", "wanted": "", "got": "3"},
                sentences=["It differs."],
                bars=[("1 of 3 here", 1 / 3)],
            )
        )
    )
    for text in ["call", "f(1)", "got", "3", "It differs.", "1 of 3 here"]:
        assert text in shown.splitlines()
    assert "wanted" not in shown


def test_what_a_learner_wrote_is_text():
    parts = dict.fromkeys(["call", "wanted", "got"], HOSTILE)
    shown = card(f"✘ {HOSTILE}\n", "not yet", parts, [HOSTILE], [(HOSTILE, 0.5)], [HOSTILE, HOSTILE])
    tags = Tags(still(shown))
    assert tags.open == []
    assert "img" not in tags.seen
    assert words(still(shown)).count(HOSTILE) == 8
    assert Tags(shown.html).open == []


def test_without_a_script_each_hint_lies_inside_the_one_before():
    shown = still(card(hints=("One.", "Two.", "Three."), given=1))
    assert shown.index("Hint 1 of 3: One.") < shown.index("<details>")
    assert re.findall(r"<summary>(.+?)</summary>", shown) == ["Hint", "Next hint"]
    assert shown.index("Two.") < shown.index("Next hint") < shown.index("Three.") < shown.index(ALL_GIVEN)
    assert "<details>" not in still(card(hints=()))
    assert ALL_GIVEN in still(card(given=2))
    assert "<details>" not in still(card(given=2))


def test_elsewhere_it_is_the_printed_text():
    shown = card("✔ ink: correct.\n  more", "correct", hints=())
    assert shown._repr_mimebundle_()[0]["text/plain"] == "✔ ink: correct.\n  more"
    assert "0x" not in repr(shown)
