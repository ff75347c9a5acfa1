"""The widgets of chapter 09: what they draw and say is what the chapter's mathematics computes."""

import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import traitlets

from course_lib.attention import attention, causal_mask
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
        q, k = np.array(demo.queries), np.array(demo.keys)
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
    queries = [[list(row) for row in head] for head in demo.queries]
    queries[0][0] = (100 * np.array(demo.keys[0][2])).tolist()
    demo.set(queries=queries, head=0, shown=[True, False], stage=1)
    assert demo.weights[0, 0].argmax() == np.array(demo.keys[0]).dot(demo.keys[0][2]).argmax()
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
    demo.queries = [[["x"]]]
    assert "queries need numbers" in demo.error


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
