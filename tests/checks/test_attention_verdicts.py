"""Chapter 09's checks, tried: right answers written otherwise, and what a learner writes first."""

import math

import numpy as np
import pytest

from course_lib.attention import attention
from course_lib.checks import attention as check
from tests.checks.tried import accept, refuse, right_ones, wrong_ones

HAND = {"score of c": 3, "weight of c": 0.79, "answer": 26.8, "answer, c masked": 15}
SIZES = {
    "weights": 16640,
    "scores": 80000,
    "weights with 8 heads": 16640,
    "scores with 100 words": 320000,
    "scores across": 48000,
}
LINES, COMPLAINTS = {"A": 3, "B": 2, "C": 1}, {"A": 3, "B": 2, "C": 1, "D": 5, "E": 4}


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


RIGHT = {
    "attention_by_hand": {
        "unrounded": HAND | {"weight of c": np.exp(3) / (2 * np.e + np.exp(3)), "answer": 26.8048},
        "floats": {key: np.float32(one) for key, one in HAND.items()},
        "with e = 2.718": HAND | {"weight of c": 20.09 / 25.526, "answer": 10 * 0.1065 + 20 * 0.1065 + 30 * 0.787},
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
    "in_blocks": {"put together": blocks_put_together, "key by key": blocks_key_by_key},
}
WRONG = {
    "attention_by_hand": [
        ("divided by √4", HAND | {"score of c": 6.0}),
        ("add up to 1 again", HAND | {"answer, c masked": 3.2}),
        ("plain mean", HAND | {"answer": 20}),
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


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_a_wrong_answer_gets_the_words_that_are_due(one, words, answer):
    refuse(one, words, answer)


# Who is loudest?


def in_keras(layers, inputs):
    """Keras' own attention: a constant 1 asks, the volume answers, what is said is averaged."""
    import keras

    keys = layers.Dense(1, use_bias=False)(inputs[..., :1])
    return layers.Attention()([keras.ops.ones_like(keys[:, :1]), inputs[..., 1:], keys])[:, 0]


def by_hand(layers, inputs):
    import keras

    weights = keras.ops.softmax(layers.Dense(1)(inputs)[..., 0], axis=-1)
    return keras.ops.sum(weights * inputs[..., 1], axis=-1, keepdims=True)


def trained(make, epochs=15, rate=0.05):
    import keras

    def answer(x, y):
        keras.utils.set_random_seed(0)
        inputs = keras.Input((8, 2))
        model = keras.Model(inputs, make(keras.layers, inputs))
        model.compile(keras.optimizers.Adam(rate), "mse")
        model.fit(x, y, 64, epochs, verbose=0)
        return model

    return answer


@pytest.mark.parametrize("make", [in_keras, by_hand], ids=lambda make: make.__name__)
def test_a_network_that_listens_is_right(make):
    accept(check.loudest, trained(make, rate=0.1), seeds=[0])


@pytest.mark.parametrize(
    ("words", "make", "epochs"),
    [
        (
            "parameters; 40 are allowed",
            lambda layers, x: layers.Dense(1)(layers.Dense(16, "relu")(layers.Flatten()(x))),
            3,
        ),
        ("shuffled", lambda layers, x: layers.Dense(1)(layers.Flatten()(x)), 5),
        ("does not listen", lambda layers, x: layers.Dense(1)(layers.GlobalAveragePooling1D()(x)), 3),
        (
            "axis=1",
            lambda layers, x: layers.Dense(1)(
                layers.Flatten()(layers.Dot(axes=1)([layers.Softmax()(layers.Dense(1)(x)), x]))
            ),
            3,
        ),
        ("on its way", by_hand, 1),
        ("near guessing", lambda layers, x: -3 * by_hand(layers, x), 0),
        ("one number", lambda layers, x: layers.Dense(1)(x), 0),
    ],
)
def test_a_network_that_was_trained_wrongly_gets_the_words_that_are_due(words, make, epochs):
    if epochs:
        refuse(check.loudest, words, trained(make, epochs), seeds=[0])
    else:
        refuse(check.loudest, words, untrained(make), seeds=[0])


def untrained(make):
    import keras

    def answer(x, y):
        keras.utils.set_random_seed(0)
        inputs = keras.Input((8, 2))
        return keras.Model(inputs, make(keras.layers, inputs))

    return answer
