"""The widgets of chapter 09: what they draw and say is what the chapter's mathematics computes."""

import itertools
import json
import re
import xml.etree.ElementTree as ET

import ipywidgets
import numpy as np
import pytest
import traitlets

from course_lib.attention import attention, causal_mask
from course_lib.drawing import looks
from course_lib.experiments.attention import SENTENCE, it_reader, reading
from course_lib.widgets.attention import SCHEMES, Attention, Positions


def toy(sentence):
    """A model of somebody else's: two heads of width 3."""
    words = sentence.split()
    q, k = np.random.default_rng(len(words)).normal(size=(2, 2, len(words), 3))
    return words, q, k


def test_the_weights_are_those_of_the_chapters_network():
    demo = Attention()
    _, maps = reading(it_reader(2), SENTENCE)
    np.testing.assert_allclose(demo.weights, maps[0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("causal", "stage"), list(itertools.product([False, True], range(4))))
def test_picture_and_sentence_say_what_attention_computes(causal, stage):
    for word, key in itertools.product(range(5), range(5)):
        demo = Attention("a b c d e", toy, word=word, key=key, head=1, stage=stage, causal=causal)
        q, k = np.array(demo.q), np.array(demo.k)
        _, weights = attention(q, k, k, causal_mask(5) if causal else None)
        np.testing.assert_allclose(demo.weights, weights, rtol=1e-9)
        row = weights[1, word]
        assert f"hardest at “{'abcde'[row.argmax()]}” ({row.max():.2f})" in demo.describe()
        assert ("masked" in demo.describe()) == (causal and key > word)
        assert demo.sums[0] == pytest.approx(q[1, word] @ k[1, key])
        assert (demo.sums[2] is None) == (causal and key > word)
        assert demo.sums[3] == pytest.approx(row[key])
        assert ET.fromstring(demo.still()[0]).tag.endswith("svg")
        assert not re.search(r"\b(nan|inf)\b", demo.picture + demo.sentence)


def test_every_number_can_be_edited_and_the_state_handed_on():
    demo = Attention("a b c", toy, word=0)
    q = [[list(row) for row in head] for head in demo.q]
    q[0][0] = (100 * np.array(demo.k[0][2])).tolist()
    demo.set(q=q, head=0, shown=[True, False], stage=1, unfolded=False)
    assert demo.weights[0, 0].argmax() == np.array(demo.k[0]).dot(demo.k[0][2]).argmax()
    other = Attention(read=toy, **demo.state)
    assert other.state == demo.state
    assert other.picture == demo.picture
    # The lines of a head that is off are not drawn.
    assert demo.picture.count("<line") < Attention("a b c", toy, word=0).picture.count("<line")


def test_what_cannot_be_is_said_and_the_last_picture_stays():
    demo = Attention()
    before = demo.picture
    demo.text = "the dragon sat"
    assert "dragon" in demo.error
    assert demo.picture == before
    demo.text = "The bird was under the bed."
    assert demo.error == ""
    assert demo.words == ["the", "bird", "was", "under", "the", "bed"]
    demo.word = 40
    assert "word must be a whole number" in demo.error
    demo.set(word=0)
    demo.q = [[["x"]]]
    assert "q needs numbers" in demo.error


def test_no_trait_takes_a_name_that_every_widget_needs():
    """ipywidgets asks ``keys`` what to tell the page; a trait of ours by that name kept it from being shown at all."""
    for kind in (Attention, Positions):
        ours = {name for name, trait in kind.class_traits().items() if trait.metadata.get("sync")} - {"layout"}
        assert not {*vars(ipywidgets.DOMWidget), *vars(ipywidgets.Widget)} & {
            name for name in ours if name in vars(kind)
        }
        state = kind().get_state()
        assert ours <= set(state)
        json.dumps({name: value for name, value in state.items() if name in ours and not name.startswith("_")})


@pytest.mark.parametrize(
    ("what", "at", "value", "stage"),
    [("product", 1, -1.5, 0), ("sum", 0, 2.5, 0), ("scaled", 0, -0.7, 1), ("softmax", 0, 0.3, 3)],
)
def test_a_number_of_the_row_becomes_what_is_wished(what, at, value, stage):
    demo = Attention("a b c d", toy, word=3, key=1, head=1)
    before = np.array(demo.k)
    demo.wish = {"what": what, "value": value, "at": at, "turn": 1}
    assert demo.error == ""
    q, k = demo.q[1][3], demo.k[1][1]
    got = q[at] * k[at] if what == "product" else demo.stages[stage][1, 3, 1]
    assert got == pytest.approx(value)
    changed = np.array(demo.k) != before
    assert changed[1, 1].any()
    changed[1, 1] = False
    assert not changed.any()
    # As little as can be: across q nothing moved.
    if what != "product":
        step = np.array(k) - before[1, 1]
        np.testing.assert_allclose(step, (step @ q) / np.dot(q, q) * np.array(q))


def test_a_wish_that_cannot_be_is_refused_in_words():
    demo = Attention("a b c", toy, word=0, key=2, head=0, causal=True)
    demo.wish = {"what": "softmax", "value": 0.5, "at": 0}
    assert "weight is 0, whatever k is" in demo.error
    demo.q = [[[0.0] * 3] * 3] * 2
    demo.wish = {"what": "sum", "value": 1.0, "at": 0}
    assert "the sum is 0, whatever k is" in demo.error
    demo.wish = {"what": "product", "value": 1.0, "at": 0}
    assert "their product is 0" in demo.error
    demo.wish = {"what": "softmax", "value": 1.5, "at": 0}
    assert demo.error


def test_the_row_unfolds_below_its_word_and_pushes_down_what_follows():
    demo = Attention("a b c d", toy, word=0, key=1)
    left, top, width, high = demo.fold
    size = ET.fromstring(demo.picture).attrib
    places = {row.get("data-key"): float(row.get("y")) for row in ET.fromstring(demo.picture) if row.get("data-key")}
    bottom = places["1"] + looks.ROW
    assert top * float(size["height"]) == pytest.approx(bottom)
    assert places["2"] - bottom == pytest.approx(high * float(size["height"]))
    assert left + width < 1
    demo.unfolded = False
    assert demo.fold == []
    assert "q × k" not in demo.picture
    # Nothing below it jumps.
    assert ET.fromstring(demo.picture).attrib == size


def test_the_chapters_network_reads_words_with_their_marks_and_counts_them():
    demo = Attention()
    demo.text = "The cat sat, because it was soft?"
    assert demo.error == ""
    assert demo.words == ["the", "cat", "sat", "because", "it", "was", "soft"]
    for text, count in [("the cat " * 8 + "sat", 17), ("", 0), (" . ", 0)]:
        demo.text = text
        assert demo.error == f"This network reads 1 to 12 words, got {count}."
    assert len(demo.words) == 7


def test_all_is_as_trained_again():
    demo = Attention()
    before = demo.state
    demo.wish = {"what": "softmax", "value": 0.3, "at": 0, "turn": 1}
    demo.q = (np.array(demo.q) + 1).tolist()
    assert demo.q != before["q"]
    assert demo.k != before["k"]
    demo.wish = {"what": "trained", "turn": 2}
    assert demo.error == ""
    assert demo.state == before


@pytest.mark.parametrize("heads", [1, 2, 4, 12])
def test_the_lines_of_two_heads_to_one_word_do_not_cover_one_another(heads):
    def read(sentence):
        q = np.ones((heads, len(sentence.split()), 2))
        # All look at the first word, as hard as can be.
        return sentence.split(), q, 50 * q * (np.arange(len(q[0])) == 0)[:, None]

    demo = Attention("a b c", read, word=1, key=2, head=0, unfolded=False)
    lines = [line.attrib for line in ET.fromstring(demo.picture).iter("{http://www.w3.org/2000/svg}line")]
    assert len(lines) == heads
    beside = sorted((float(line["y2"]), float(line["stroke-width"])) for line in lines)
    for (one, width), (other, its) in itertools.pairwise(beside):
        assert other - one >= (width + its) / 2 - 0.15


def test_the_rows_of_the_map_say_their_words_and_fit():
    demo = Attention()
    texts = [text for text in ET.fromstring(demo.grid) if text.tag.endswith("text") and not text.get("data-word")]
    rows = {float(text.get("y")): text.text for text in texts[1:]}
    assert [rows[y] for y in sorted(rows)] == demo.words
    cells = [cell for cell in ET.fromstring(demo.grid) if cell.get("data-key") and cell.tag.endswith("rect")]
    assert all(float(text.get("x")) < min(float(cell.get("x")) for cell in cells) for text in texts[1:])
    assert max(float(cell.get("x")) + float(cell.get("width")) for cell in cells) < looks.MAP
    # The two beside one another, in what JupyterLab leaves of 1280 pixels beside its list of files, with their frames.
    assert looks.WIDE + looks.MAP + 4 <= 848


def test_the_answers_in_the_chapter_are_true():
    demo = Attention()
    it = demo.words.index("it")
    assert [demo.words[k] for k in demo.weights[:, it].argmax(axis=1)] == ["tired", "tired", "cat", "cat"]
    for word in range(len(demo.words)):
        scores, scaled = demo.stages[0][:, word], demo.stages[1][:, word]
        np.testing.assert_allclose(scaled, scores / 2)
    demo.causal = True
    assert demo.weights[:, 0, 0].tolist() == [1] * 4
    demo.set(causal=False, text="the cat sat on the mat because it was soft")
    assert [demo.words[k] for k in demo.weights[:, it].argmax(axis=1)] == ["mat", "mat", "soft", "cat"]


def test_at_base_4_a_far_position_matches_nearly_as_well_as_the_next():
    matches = Positions(base=4.0, position=0).matches()
    assert f"{matches[37]:.2f} {matches[1]:.2f}" == "0.77 0.78"
    assert matches[10:].argmax() == 37 - 10


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_stripes_are_headed_as_what_they_are(scheme):
    demo = Positions(scheme=scheme)
    is_key = scheme != "sinusoidal"
    assert ("a key (1, 0, 1, 0 …) at each position, drag" in demo.picture) == is_key
    assert ("the code: a column for each position, drag" in demo.picture) != is_key


def test_many_that_match_alike_are_counted():
    assert Positions(np.eye(12)).describe().endswith("best of the others 11 alike, by 0.00.")
    assert Positions().describe().endswith("best of the others 6 and 18, by 0.95.")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("position", [0, 12, 39])
@pytest.mark.parametrize("base", [2.0, 10_000.0, 1e6])
def test_what_is_said_of_a_code_is_true(scheme, position, base):
    demo = Positions(scheme=scheme, position=position, base=base)
    matches = demo.matches()
    assert matches[position] == pytest.approx(1)
    if scheme == "none":
        np.testing.assert_allclose(matches, 1)
        assert "alike" in demo.describe()
        return
    # Only the distance counts.
    assert matches[(position + 5) % 40 if position < 35 else position - 5] == pytest.approx(
        Positions(scheme=scheme, position=20, base=base).matches()[25]
    )
    said = float(re.search(r"by (−?\d\.\d\d)\.$", demo.describe())[1].replace("−", "-"))
    assert said == pytest.approx(np.delete(matches, position).max(), abs=0.006)
    assert ET.fromstring(demo.still()[0]).tag.endswith("svg")


def test_a_code_that_there_is_not_is_refused():
    demo = Positions()
    with pytest.raises(traitlets.TraitError):
        demo.scheme = "clock"
    demo.base = 1.0
    assert "base must be" in demo.error
    demo.set(base=50.0)
    assert demo.error == ""
    assert Positions(**demo.state).picture == demo.picture


def test_a_code_of_ones_own_is_drawn_and_the_clocks_go():
    table = np.random.default_rng(0).normal(size=(6, 4))
    demo = Positions(table)
    assert demo.scheme == "own"
    np.testing.assert_allclose(demo.matches(), table @ table[1] / (table[1] @ table[1]))
    assert "Your own code: position 1" in demo.describe()
    assert demo.hands == []
    assert "own" not in Positions().schemes
    assert Positions(**demo.state).picture == demo.picture
    demo.position = 6
    assert "position must be a whole number from 0 to 5" in demo.error


@pytest.mark.parametrize("scheme", ["sinusoidal", "rotary"])
def test_the_hands_stand_where_the_code_says(scheme):
    demo = Positions(scheme=scheme, position=7, base=50.0)
    pairs = demo.code()[7].reshape(-1, 2)
    sine, cosine = pairs.T if scheme == "sinusoidal" else pairs.T[::-1]
    np.testing.assert_allclose([np.sin(demo.hands), np.cos(demo.hands)], [sine, cosine], atol=1e-12)
