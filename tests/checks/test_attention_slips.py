"""What a learner of chapter 09 writes first, written as learners do: each gets the words that are due."""

import numpy as np
import pytest

from course_lib.attention import attention
from course_lib.checks import attention as check
from tests.checks.tried import refuse, wrong_ones

HAND, SIZES = check.attention_by_hand.mistakes.right(), check.head_sizes.mistakes.right()
COMPLAINTS = check.symptoms.mistakes.right()


def softmax(scores):
    e = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def masks(rule):
    """The masks of a rule: of who looks, who is looked at, the prefix, and whether who is looked at is a word."""

    def answer(tokens, prefix):
        at = np.arange(tokens.shape[1])
        return np.broadcast_to(rule(at[:, None], at, prefix, tokens[:, None, :] != 0), (len(tokens), len(at), len(at)))

    return answer


def mask_of_one_text(tokens, prefix):
    at = np.arange(tokens.shape[1])
    return ((at[:, None] >= at) | (at < prefix)) & (tokens != 0)


def additive(
    weigh=softmax, meet=lambda a, b: a[:, np.newaxis, :] + b[np.newaxis], give=lambda y, weights, s: (y, weights)
):
    def answer(q, k, v, W, U, w):
        scores = np.tanh(meet(q @ W, k @ U)).dot(w)
        weights = weigh(scores)
        return give(weights @ v, weights, scores)

    return answer


def unsafe_softmax(scores):
    return np.exp(scores) / np.exp(scores).sum(axis=1)[:, None]


def softmax_with_one_largest(scores):
    e = np.exp(scores - np.max(scores))
    return e / e.sum(axis=1)[:, None]


def without_w(q, k, v, W, U, w):
    weights = softmax(np.tanh((q @ W)[:, None] + (k @ U)[None]).sum(2))
    return weights @ v, weights


def turned(angles, second_first=False):
    """Turned in place, as in a = …; b = …, so that the second of the two sees the first result."""

    def answer(x, positions, base):
        y, half = x.copy(), x.shape[1] // 2
        a, b = y[:, :half], y[:, half:]
        alpha = angles(np.asarray(positions, float), base, np.arange(half), half)
        if second_first:
            b[:] = a * np.sin(alpha) + b * np.cos(alpha)
            a[:] = a * np.cos(alpha) - b * np.sin(alpha)
        else:
            a[:] = a * np.cos(alpha) - b * np.sin(alpha)
            b[:] = a * np.sin(alpha) + b * np.cos(alpha)
        return y

    return answer


def halves(angles):
    def answer(x, positions, base):
        half = x.shape[1] // 2
        a, b, alpha = x[:, :half], x[:, half:], angles(np.asarray(positions, float), base, np.arange(half), half)
        return np.hstack([a * np.cos(alpha) - b * np.sin(alpha), a * np.sin(alpha) + b * np.cos(alpha)])

    return answer


def right_angles(p, base, i, half):
    return np.outer(p, base ** (-i / half))


def in_blocks(
    lowest=-np.inf, largest=lambda s: s.max(1)[:, None], new=np.maximum, shrunk=lambda old, now: np.exp(old - now)
):
    def answer(q, blocks):
        m, s, o = np.full((len(q), 1), lowest), np.zeros((len(q), 1)), 0.0
        for k, v in blocks:
            scores = q @ k.T / len(k[0]) ** 0.5
            now = new(m, largest(scores))
            e = np.exp(scores - now)
            s, o, m = s * shrunk(m, now) + e.sum(1)[:, None], o * shrunk(m, now) + e @ v, now
        return o / s

    return answer


def largest_of_the_first_block(q, blocks):
    m, s, o = None, 0.0, 0.0
    for k, v in blocks:
        scores = q @ k.T / np.sqrt(q.shape[1])
        m = scores.max(axis=1, keepdims=True) if m is None else m
        s, o = s + np.exp(scores - m).sum(axis=1, keepdims=True), o + np.exp(scores - m) @ v
    return o / s


def last_alone(q, blocks):
    for k, v in blocks:
        y = softmax(q @ k.T / np.sqrt(q.shape[1])) @ v
    return y


def added_up(q, blocks):
    return np.sum([attention(q, k, v)[0] for k, v in blocks], axis=0)


WRONG = {
    "attention_by_hand": [
        ("by the root of the width, not by the width", HAND | {"weight of c": 0.58}),
        ("have to be divided by the root", HAND | {"answer": 2.95}),
        ("round only in the end", HAND | {"answer": 2.7}),
        ("attention takes an average", HAND | {"answer": 3}),
        ("only c is masked", HAND | {"answer, c masked": 0}),
        ("half each", HAND | {"answer, c masked": 3.0}),
        ("a score of 0 still has a weight", HAND | {"answer, c masked": 1.73}),
        ("divided by the sum of all three", HAND | {"weight of c": 20.09}),
    ],
    "head_sizes": [
        ("one dense layer", SIZES | {"weights": 64 * 64 + 64}),
        ("not only one", SIZES | {"weights": 4 * 64 * 64 + 64}),
        ("is one score", SIZES | {"scores": 80000 * 16}),
        ("biases count here", SIZES | {"weights with 8 heads": 4 * 64 * 64}),
        ("batch holds eight", SIZES | {"scores with 100 words": 4 * 100 * 100}),
        ("four heads", SIZES | {"scores with 100 words": 8 * 100 * 100}),
        ("each head has", SIZES | {"scores across": 8 * 50 * 30}),
        ("batch holds eight", SIZES | {"scores across": 4 * 50 * 30}),
    ],
    "prefix_mask": [
        ("nobody looks ahead", masks(lambda row, column, prefix, word: word)),
        ("and, not or", masks(lambda row, column, prefix, word: (column <= row) | (column < prefix) | word)),
        (
            "where there is a word",
            masks(lambda row, column, prefix, word: ((column <= row) | (column < prefix)) & ~word),
        ),
        (
            "may look back at all of the question",
            masks(
                lambda row, column, prefix, word: (
                    ((row < prefix) == (column < prefix)) & word & ((column <= row) | (column < prefix))
                )
            ),
        ),
        ("needs an axis more", mask_of_one_text),
    ],
    "additive_attention": [
        ("needs an axis more", additive(meet=lambda a, b: a + b)),
        ("e^2000 is too large", additive(unsafe_softmax)),
        ("its own largest", additive(softmax_with_one_largest)),
        ("w is missing", without_w),
        ("The averages come first", additive(give=lambda y, weights, scores: (weights, y))),
        ("Those are the scores", additive(give=lambda y, weights, scores: (y, scores))),
    ],
    "rotate_halves": [
        ("overwritten the first half", turned(right_angles)),
        ("overwritten the second half", turned(right_angles, second_first=True)),
        ("of the whole width", halves(lambda p, base, i, half: np.outer(p, base ** (-2 * i / half)))),
        ("positions need an axis more", halves(lambda p, base, i, half: p / base ** (i / half))),
        ("an angle of its own", halves(lambda p, base, i, half: p[:, None])),
        ("not always 10,000", halves(lambda p, base, i, half: right_angles(p, 10_000, i, half))),
    ],
    "in_blocks": [
        ("last block's answer alone", last_alone),
        ("are not to be added up", added_up),
        ("begins at −∞", in_blocks(0.0)),
        ("begins at −∞", in_blocks(-100.0)),
        ("NaN", in_blocks(-1000.0)),
        ("NaN", in_blocks(-4000.0)),
        ("a largest score of its own", in_blocks(largest=np.max)),
        ("the other way round", in_blocks(shrunk=lambda old, now: np.exp(now - old))),
        ("A later block may bring", largest_of_the_first_block),
        ("not of the last one", in_blocks(new=lambda old, now: now)),
    ],
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_what_is_written_first_gets_the_words_that_are_due(one, words, answer):
    refuse(one, words, answer, seeds=range(20) if callable(answer) else [0])


@pytest.mark.parametrize("letter", COMPLAINTS)
@pytest.mark.parametrize("number", range(1, 6))
def test_each_wrong_cause_of_a_complaint_gets_a_hint_of_its_own(letter, number):
    verdict = check.symptoms.run(COMPLAINTS | {letter: number})
    assert verdict.status == ("correct" if COMPLAINTS[letter] == number else "not yet")
    assert verdict.status == "correct" or verdict.hint.startswith(f"{letter}: ")
