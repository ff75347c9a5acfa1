"""The timeline of chapter 16: words and marks against the milestones."""

import html
import re
from itertools import pairwise

import numpy as np
import pytest

from course_lib.history import KINDS, MILESTONES, Milestone, told
from course_lib.widgets.history import ALL, Timeline

MINE = {"year": 2026, "name": "My first network", "new": "It read my digits."}


def shown(demo):
    return [x for x, _ in demo.places() if demo.width()[0] <= x <= demo.width()[1]]


@pytest.mark.parametrize("kind", [ALL, *KINDS])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("year", [1940, 1975, 2026])
@pytest.mark.parametrize("span", [10, 37, 90])
def test_words_count_what_is_in_view(kind, narrow, year, span):
    demo = Timeline(kind=kind, year=year, span=span)
    demo.narrow = narrow
    assert demo.error == ""
    first, last = demo.ends()
    inside = [m for m in demo.some() if first <= m.year <= last]
    assert f"In view: {len(inside)} of {len(demo.some())} milestones" in demo.describe()
    assert len(shown(demo)) == len(inside)
    gaps = [b.year - a.year for a, b in pairwise(inside)]
    if any(gaps):
        assert re.search(rf" {max(gaps)} year{'s' * (max(gaps) > 1)}, from", demo.describe())
    else:
        assert "pause" not in demo.describe()
    assert not re.search(r"\b(nan|inf)\b", demo.describe() + demo.drawing)


@pytest.mark.parametrize("milestone", MILESTONES, ids=lambda m: m.source)
def test_a_click_tells_the_milestone(milestone):
    demo = Timeline(year=milestone.year, span=10)
    x, y = demo.places()[demo.some().index(milestone)]
    demo.dragged = {"grip": 1, "start": [x, y], "place": [x, y]}
    assert demo.error == ""
    assert demo.state["chosen"] == milestone.name
    assert milestone.new in demo.describe()
    assert milestone.who in demo.describe()
    assert f"{milestone.year} · {html.escape(milestone.name)}" in demo.drawing
    # A name keeps its capitals in mid-sentence.
    assert not re.search(r"chapter: [a-z]\w*[A-Z]", demo.describe())


def test_no_two_dots_lie_on_one_another():
    for span in (10, 90):
        demo = Timeline(span=span, year=2018)
        places = demo.places()
        far = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) + 99 * np.eye(len(places))
        inside = (places[:, 0] > demo.width()[0]) & (places[:, 0] < demo.width()[1])
        assert far[inside][:, inside].min() >= 8


def test_the_paper_goes_with_the_hand():
    demo = Timeline(year=1980, span=40)
    width = demo.width()[1] - demo.width()[0]
    demo.dragged = {"grip": 1, "start": [400.0, 5.0], "place": [400.0 - width / 4, 5.0]}
    assert demo.state["year"] == 1990
    assert demo.state["chosen"] == "The perceptron"
    demo.dragged = {"grip": 1, "start": [400.0, 5.0], "place": [400.0, 5.0]}
    assert demo.state["year"] == 1980


def test_keys_go_to_the_next_and_bring_it_into_view():
    demo = Timeline(span=10, year=1958)
    demo.presses = [["ArrowRight", 1]]
    assert demo.state["chosen"] == "ADALINE"
    demo.presses = [["ArrowRight", 2]]
    assert demo.state["chosen"] == "What a perceptron cannot do"
    first, last = demo.ends()
    assert first < 1969 < last
    demo.presses = [["ArrowDown", 3]]
    assert demo.state["span"] == 20
    demo.presses = [["ArrowUp", 4]]
    assert demo.state["span"] == 10


def test_your_own_milestones():
    demo = Timeline(own=[MINE], kind="own")
    assert demo.error == ""
    assert "2026 · My first network (You). It read my digits." in demo.describe()
    assert Timeline(own=[Milestone(2000, "A thing", "It is new.", "Me", "me2000", "theory")]).kinds == list(KINDS)


def test_your_own_may_be_many_old_or_new_and_a_slip_is_told():
    demo = Timeline(own=[{**MINE, "year": 2000} for _ in range(14)], kind="own")
    assert "14 of 14" in demo.describe()
    assert demo.places()[:, 1].max() < 40 + 56 * len(demo.kinds)
    for year in (1843, 2100):
        demo = Timeline(own=[{**MINE, "year": year}], kind="own", year=year)
        assert "In view: 1 of 1" in demo.describe()
    for wrong, words in [
        ({"year": 2000, "name": "A"}, "no new"),
        (MINE | {"kind": "weird"}, "kind must be one of network"),
        (MINE | {"colour": 1}, "but no colour"),
    ]:
        with pytest.raises(ValueError, match=words):
            Timeline(own=[wrong])


@pytest.mark.parametrize("narrow", [False, True])
def test_what_is_told_is_marked_or_its_side_is(narrow):
    for milestone in MILESTONES:
        for year, span in [(milestone.year, 10), (1985, 90), (1945, 10), (2024, 10)]:
            demo = Timeline(chosen=milestone.name, year=year, span=span)
            demo.narrow = narrow
            found = re.search(r'<text x="([\d.]+)" y="12.0".*?text-anchor="(\w+)"[^>]*>([^<]*)', demo.drawing)
            at, anchor, said = found.groups()
            assert html.escape(milestone.name) in said
            first, last = demo.ends()
            assert ("◂" in said, "▸" in said) == (milestone.year < first, milestone.year > last)
            wide = 7.6 * len(html.unescape(said)) * (-1 if anchor == "end" else 1)
            assert 0 <= float(at) + wide <= (400 if narrow else 760), said


@pytest.mark.parametrize("milestone", MILESTONES, ids=lambda m: m.source)
def test_every_source_leads_somewhere(milestone):
    """Also where there are words beside the address."""
    [link] = re.findall('<a href="(.*?)">', Timeline(chosen=milestone.name).words)
    assert html.unescape(link.removeprefix("https://")) in milestone.place


def test_words_link_to_the_source_and_load_nothing():
    demo = Timeline(chosen="The Hopfield network")
    assert '<a href="https://doi.org/10.1073/pnas.79.8.2554">' in demo.words
    assert "http" not in demo.drawing.replace("http://www.w3.org/2000/svg", "")


def test_state_is_a_dict_that_can_be_handed_on():
    one = Timeline(year=1990, span=20, kind="theory")
    other = Timeline()
    other.set(**one.state)
    assert other.drawing == one.drawing


def test_where_the_kind_has_not_what_was_chosen_the_nearest_is_told():
    demo = Timeline(kind="language", year=1950)
    assert demo.describe().startswith("2013 · Word vectors")
    assert len(told(1900, 2100, "language")) == len(demo.some())


def test_of_two_milestones_with_one_name_the_one_that_is_clicked_is_told():
    demo = Timeline([{"year": 2025, "name": "The perceptron", "new": "Again."}], year=2000)
    assert "(2)" not in demo.describe()
    own = next(k for k, m in enumerate(demo.some()) if m.new == "Again.")
    demo.grab(*demo.places()[own])
    assert "2025 · The perceptron (2) (You). Again." in demo.describe()
