"""Tokenizers: any text comes back, and the pieces are those that the definition gives."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.tokens import BytePairTokenizer, CharacterTokenizer, count_pairs, learn_merges, merge, words
from tests.witness import without, witness

pytestmark = [
    *without(
        ["numeric"],
        "whole numbers have no slope",
        CharacterTokenizer,
        BytePairTokenizer,
        learn_merges,
        words,
        count_pairs,
        merge,
    ),
    *without(
        ["keras"],
        "Keras itself has none; compared with a second, slower way",
        BytePairTokenizer,
        learn_merges,
        words,
        count_pairs,
        merge,
    ),
]

# A first call, or a busy machine, may take longer than Hypothesis' 200 ms.
patient = settings(deadline=None)
# Few letters, so that pairs repeat and overlap; with spaces, and letters of two and four bytes.
REPETITIVE = st.text(alphabet="aab é🙂", max_size=40)
TOKENS = st.lists(st.integers(0, 3), max_size=12).map(tuple)


@witness("keras", CharacterTokenizer)
def test_characters_are_keras_tokens(keras):
    """Keras puts two tokens before: 0 for padding, 1 for what it does not know."""
    text = "to be, or não to be 🙂"
    ours = CharacterTokenizer(text)
    theirs = keras.layers.TextVectorization(standardize=None, split="character", vocabulary=ours.characters)
    assert ours.encode(text).tolist() == (np.array(theirs([text]))[0] - 2).tolist()


@witness("hypothesis", CharacterTokenizer)
@patient
@given(st.text(), st.data())
def test_characters_come_back(made_from, data):
    tokenizer = CharacterTokenizer(made_from)
    text = data.draw(st.text(alphabet=sorted(set(made_from)))) if made_from else ""
    tokens = tokenizer.encode(text)
    assert tokens.dtype.kind == "i"
    assert [sorted(set(made_from))[token] for token in tokens] == list(text)
    assert tokenizer.decode(tokens) == text


@witness("hypothesis", words)
@patient
@given(st.text())
def test_words_lose_nothing(text):
    pieces = words(text)
    assert "".join(pieces) == text
    # A space stands alone or at the beginning, and letters never share a piece with other signs.
    for piece in pieces:
        inner = piece.removeprefix(" ") or piece
        assert len(piece) == 1 or not any(c.isspace() for c in inner)
        assert len({c.isalnum() or c == "_" for c in inner}) == 1


def test_words_of_a_sentence():
    assert words("The cat, 9 lives:\n  nap") == ["The", " cat", ",", " 9", " lives", ":", "\n", " ", " nap"]


@witness("hypothesis", merge)
@patient
@given(TOKENS, st.tuples(st.integers(0, 3), st.integers(0, 3)), st.integers(0, 9))
def test_merge_is_replacing_in_a_string(tokens, pair, token):
    """With a letter for each number, Python's own replace, which also goes from the left."""
    text = "".join(map(str, tokens)).replace("".join(map(str, pair)), "abcdefghij"[token])
    assert [("abcdefghij".find(c) if c.isalpha() else int(c)) for c in text] == list(merge(tokens, pair, token))


@witness("hypothesis", count_pairs)
@patient
@given(st.dictionaries(TOKENS, st.integers(1, 5), max_size=5))
def test_pairs_are_counted_place_by_place(counts):
    counted = count_pairs(counts)
    for a, b in np.ndindex(4, 4):
        places = sum(n for word, n in counts.items() for i in range(len(word) - 1) if word[i : i + 2] == (a, b))
        assert counted[a, b] == places


def slow_training(text, size):
    """The definition, on the whole text at once: (merges, the text's words in the tokens of the end)."""
    pieces, merges = [list(word.encode()) for word in words(text)], []
    while 256 + len(merges) < size:
        pairs = Counter(pair for piece in pieces for pair in pairwise(piece))
        ordered = sorted(pairs, key=lambda pair: (-pairs[pair], pair[0], pair[1]))
        if not ordered or pairs[ordered[0]] == 1:
            break
        pieces = [list(merge(tuple(piece), ordered[0], 256 + len(merges))) for piece in pieces]
        merges.append(ordered[0])
    return merges, [token for piece in pieces for token in piece]


@witness("hypothesis", BytePairTokenizer, learn_merges)
@patient
@given(REPETITIVE, st.integers(256, 268), st.text())
def test_byte_pairs_are_those_of_the_definition(text, size, other):
    """Training, encoding of what was trained on, of other text by every merge in its turn, and the way back."""
    tokenizer = BytePairTokenizer.train(text, size)
    merges, tokens = slow_training(text, size)
    assert tokenizer.merges == learn_merges(text, size) == merges
    assert tokenizer.encode(text).tolist() == tokens
    for some in (text, other, other + text):
        expected = [tuple(word.encode()) for word in words(some)]
        for rank, pair in enumerate(merges):
            expected = [merge(word, pair, 256 + rank) for word in expected]
        tokens = tokenizer.encode(some)
        assert tokens.tolist() == [token for word in expected for token in word]
        assert tokenizer.decode(tokens) == some
        assert b"".join(tokenizer.pieces[token] for token in tokens) == some.encode()
    assert BytePairTokenizer(tokenizer.merges).encode(other).tolist() == tokenizer.encode(other).tolist()


@st.composite
def merge_lists(draw):
    """Different pairs of "a", "b" and what the pairs before became."""
    merges = []
    for token in range(256, 256 + draw(st.integers(1, 6))):
        known = st.sampled_from([97, 98, *range(256, token)])
        merges.append(draw(st.tuples(known, known).filter(lambda pair: pair not in merges)))
    return merges


@patient
@given(merge_lists(), st.text(alphabet="ab", max_size=30))
def test_what_was_learned_first_is_merged_first(merges, text):
    """Where merges compete for a letter, the order decides: one after another, over the whole text."""
    expected = tuple(text.encode())
    for rank, pair in enumerate(merges):
        expected = merge(expected, pair, 256 + rank)
    assert BytePairTokenizer(merges).encode(text).tolist() == list(expected)


@patient
@given(st.lists(st.integers(0, 257), max_size=20))
def test_any_tokens_can_be_read(tokens):
    """What a model writes may be half a character: it is shown as �, and nothing fails."""
    tokenizer = BytePairTokenizer([(97, 98), (195, 169)])
    assert tokenizer.pieces[256:] == [b"ab", "é".encode()]
    assert isinstance(tokenizer.decode(tokens), str)


def test_ties_go_to_the_smaller_numbers():
    """ "cd" comes first in the text, "ab" has the smaller bytes; both come twice."""
    assert BytePairTokenizer.train("cd cd ab ab".replace(" ", "\n"), 300).merges == [(97, 98), (99, 100)]


def test_training_stops_when_no_pair_comes_twice():
    assert BytePairTokenizer.train("abcdef", 300).merges == []
    assert BytePairTokenizer.train("", 300).merges == []


def test_common_words_become_one_token():
    tokenizer = BytePairTokenizer.train("the cat and the dog and the bird " * 3, 280)
    assert tokenizer.decode(tokenizer.encode(" the")) == " the"
    assert len(tokenizer.encode(" the")) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: CharacterTokenizer("abc").encode("abcd"), "characters the tokenizer was made from, got 'd'"),
        (lambda: CharacterTokenizer("abc").decode([3]), "tokens must hold whole numbers from 0 to 2, got 3"),
        (lambda: CharacterTokenizer("abc").decode([-1]), "tokens must hold whole numbers from 0 to 2, got -1"),
        (lambda: CharacterTokenizer("abc").decode([1.0]), "tokens must hold whole numbers from 0 to 2, got float64"),
        (lambda: CharacterTokenizer("abc").decode([[1]]), r"tokens must have the shape \(n,\), got \(1, 1\)"),
        (lambda: BytePairTokenizer().decode([256]), "tokens must hold whole numbers from 0 to 255, got 256"),
        (lambda: BytePairTokenizer().decode([-1]), "tokens must hold whole numbers from 0 to 255, got -1"),
        (lambda: BytePairTokenizer([(256, 1)]), r"pair tokens that are there before, got \(256, 1\)"),
        (lambda: BytePairTokenizer([(1, -1)]), r"pair tokens that are there before, got \(1, -1\)"),
        (
            lambda: learn_merges("abc", 255),
            "vocabulary_size, of which 256 are the bytes, must be a whole number from 256 up, got 255",
        ),
        (lambda: BytePairTokenizer().encode("\ud800"), "surrogates not allowed"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


def test_inputs_are_left_alone():
    merges, counts, tokens = [(97, 98)], {(1, 2): 3}, np.array([97, 256])
    BytePairTokenizer(merges).decode(tokens)
    count_pairs(counts)
    assert (merges, counts, tokens.tolist()) == ([(97, 98)], {(1, 2): 3}, [97, 256])
