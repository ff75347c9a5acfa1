"""Chapter 09's checks, tried: right answers written otherwise, and what a learner writes first."""

import math
import re

import numpy as np
import pytest

from course_lib.attention import attention
from course_lib.building.notebooks import ROOT
from course_lib.checks import attention as check
from tests.checks.tried import accept, refuse, right_ones, wrong_ones

HAND = {"score of c": 3, "weight of c": 0.79, "answer": 2.68, "answer, c masked": 1.5}
SIZES = {
    "weights": 16640,
    "scores": 80000,
    "weights with 8 heads": 16640,
    "scores with 100 words": 320000,
    "scores across": 48000,
}
LINES, COMPLAINTS = {"A": 3, "B": 2, "C": 1}, {"A": 3, "B": 2, "C": 1, "D": 5, "E": 4}


def e_of_the_prose():
    """The numbers that the exercise gives for e and e³."""
    prose = (ROOT / "solutions/source/09-attention.py").read_text(encoding="utf-8")
    return np.array(re.search(r"e ≈ ([\d.]+), e³ ≈ ([\d.]+)\.\n", prose).groups(), float)[[0, 0, 1]]


def by_hand(digits=None):
    """What comes of the numbers of the prose, with weights that are rounded to so many digits."""
    e = e_of_the_prose()
    weights = e / e.sum() if digits is None else (e / e.sum()).round(digits)
    return HAND | {"weight of c": weights[2], "answer": weights @ [1, 2, 3]}


def mask_in_loops(tokens, prefix):
    batch, time = tokens.shape
    seen = [
        [[bool(tokens[b, j] != 0 and (j <= i or j < prefix)) for j in range(time)] for i in range(time)]
        for b in range(batch)
    ]
    return np.array(seen)


def mask_by_comparing(tokens, prefix):
    place = np.arange(tokens.shape[1])
    open_to = (place[:, None] >= place) | (place < prefix)
    return np.logical_and(open_to[None], tokens[:, None, :] > 0)


def additive_in_loops(q, k, v, W, U, w):
    weights = np.zeros((len(q), len(k)))
    for i, query in enumerate(q):
        scores = [math.fsum(w * np.tanh(query @ W + key @ U)) for key in k]
        e = [math.exp(score - max(scores)) for score in scores]
        weights[i] = [one / sum(e) for one in e]
    return [weights @ v, weights]


def additive_by_scipy(q, k, v, W, U, w):
    from scipy.special import softmax

    bent = np.tanh(np.einsum("qd,dh->qh", q, W)[:, np.newaxis, :] + np.einsum("kd,dh->kh", k, U)[np.newaxis])
    weights = softmax(np.einsum("qkh,h->qk", bent, w), axis=1)
    return np.einsum("qk,kv->qv", weights, v), weights


def halves_by_complex_numbers(x, positions, base):
    half = x.shape[1] // 2
    pairs = x[:, :half] + 1j * x[:, half:]
    turned = pairs * np.exp(1j * np.outer(positions, base ** (-np.arange(half) / half)))
    return np.hstack([turned.real, turned.imag])


def halves_in_loops(x, positions, base):
    out, half = np.zeros_like(x), x.shape[1] // 2
    for row, p in enumerate(positions):
        for i in range(half):
            angle = p / base ** (2 * i / (2 * half))
            a, b = x[row, i], x[row, i + half]
            out[row, i] = a * math.cos(angle) - b * math.sin(angle)
            out[row, i + half] = a * math.sin(angle) + b * math.cos(angle)
    return out


def blocks_put_together(q, blocks):
    k, v = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    return attention(q, k, v)[0]


def blocks_key_by_key(q, blocks):
    out = []
    for query in q:
        m, s, o = float("-inf"), 0.0, 0.0
        for keys, values in blocks:
            for key, one in zip(keys, values, strict=True):
                score = float(query @ key) / len(query) ** 0.5
                if score > m:
                    s, o, m = s * math.exp(m - score), o * math.exp(m - score), score
                s, o = s + math.exp(score - m), o + math.exp(score - m) * one
        out.append(o / s)
    return np.array(out)


def blocks_from(lowest):
    """With a largest score to begin with that is not −∞, but lower than any score of which the words speak."""

    def answer(q, blocks):
        m, s, o = np.full(len(q), lowest), np.zeros(len(q)), 0
        for k, v in blocks:
            scores = np.einsum("qd,nd->qn", q, k) * q.shape[1] ** -0.5
            bigger = np.maximum(m, np.max(scores, axis=1))
            e = np.exp(scores - bigger[:, None])
            s, o = s * np.exp(m - bigger) + e.sum(1), o * np.exp(m - bigger)[:, None] + e @ v
            m = bigger
        return o / s[:, None]

    return answer


def in_float32(right):
    """The same, computed in float32."""

    def answer(*args):
        small = [
            [tuple(np.float32(part) for part in pair) for pair in one] if isinstance(one, list) else np.float32(one)
            for one in args
        ]
        found = right(*small)
        return tuple(map(np.float64, found)) if isinstance(found, tuple) else np.float64(found)

    return answer


RIGHT = {
    "attention_by_hand": {
        "unrounded": HAND | {"weight of c": np.exp(3) / (2 * np.e + np.exp(3)), "answer": 2.68048},
        "floats": {key: np.float32(one) for key, one in HAND.items()},
        "with the numbers of the prose": by_hand(),
        "with weights of three digits": by_hand(3),
        "with weights of four digits": by_hand(4),
    },
    "head_sizes": {
        "whole floats": {key: float(one) for key, one in SIZES.items()},
        "another order": dict(reversed(SIZES.items())),
    },
    "prefix_mask": {"loops": mask_in_loops, "comparing": mask_by_comparing},
    "additive_attention": {"loops, and a list": additive_in_loops, "einsum and SciPy": additive_by_scipy},
    "rotate_halves": {"complex numbers": halves_by_complex_numbers, "loops": halves_in_loops},
    "broken_attentions": {
        "whole floats": {key: float(one) for key, one in LINES.items()},
        "of NumPy": {key: np.int8(one) for key, one in LINES.items()},
    },
    "symptoms": {
        "whole floats": {key: float(one) for key, one in COMPLAINTS.items()},
        "another order": dict(reversed(COMPLAINTS.items())),
    },
    "in_blocks": {
        "put together": blocks_put_together,
        "key by key": blocks_key_by_key,
        "from −10⁴": blocks_from(-1e4 - 1e3),
        "from −10⁹": blocks_from(-1e9),
    },
}
WRONG = {
    "attention_by_hand": [
        ("divided by √4", HAND | {"score of c": 6.0}),
        ("add up to 1 again", HAND | {"answer, c masked": 0.32}),
        ("plain mean", HAND | {"answer": 2}),
        ("round only in the end", by_hand(2)),
        ("", HAND | {"weight of c": 0.78}),
    ],
    "head_sizes": [
        ("a bias of 64", SIZES | {"weights": 4 * 64 * 64}),
        ("scores of its own", SIZES | {"scores": 8 * 50 * 50}),
        ("asks twice as many", SIZES | {"scores with 100 words": 160000.0}),
    ],
    "prefix_mask": [
        ("columns, not rows", lambda tokens, prefix: mask_by_comparing(tokens, 0) | mask_rows(tokens, prefix)),
        ("Nobody may look at padding", lambda tokens, prefix: mask_by_comparing(np.ones_like(tokens), prefix)),
        ("open to all", lambda tokens, prefix: mask_by_comparing(tokens, 0)),
        ("the other way round", lambda tokens, prefix: ~mask_by_comparing(tokens, prefix)),
    ],
    "additive_attention": [
        ("divided by a root", lambda q, k, v, W, U, w: additive_by_scipy(q, k, v, W, U, w / np.sqrt(len(w)))),
        ("is a pair", lambda *args: additive_by_scipy(*args)[0]),
    ],
    "rotate_halves": [
        ("the other way", lambda x, positions, base: halves_by_complex_numbers(x, -positions, base)),
        ("half a width further on", lambda x, positions, base: neighbours(x, positions, base)),
    ],
    "broken_attentions": [("Look at the mask", LINES | {"C": 4}), ("torn apart", LINES | {"B": 3})],
    "symptoms": [("has seen it", COMPLAINTS | {"A": 2}), ("at that point", COMPLAINTS | {"E": 1})],
    "in_blocks": [
        ("counts for more", lambda q, blocks: sum(attention(q, k, v)[0] for k, v in blocks) / len(blocks)),
        ("divided by the root", lambda q, blocks: blocks_put_together(q * np.sqrt(q.shape[1]), blocks)),
    ],
}


def mask_rows(tokens, prefix):
    rows = np.zeros((tokens.shape[1],) * 2, bool)
    rows[:prefix] = True
    return rows & (tokens != 0)[:, None]


def neighbours(x, positions, base):
    from course_lib.positions import rotary

    return rotary(x, positions, base)


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer)


@pytest.mark.parametrize(
    "one", [check.additive_attention, check.rotate_halves, check.in_blocks], ids=lambda one: one.name
)
def test_who_computes_in_float32_is_right(one):
    accept(one, in_float32(one.mistakes.right), seeds=range(200))


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_a_wrong_answer_gets_the_words_that_are_due(one, words, answer):
    refuse(one, words, answer)
