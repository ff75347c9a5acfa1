"""Chapter 08's checks, tried: right answers written otherwise, and what a learner may get wrong."""

import math
from fractions import Fraction

import numpy as np
import pytest

from course_lib.checks import recurrence as check
from tests.checks.tried import accept, refuse, right_ones, wrong_ones

COUNTED, FADED = check.counted.mistakes.right(), {"half": 0.06, "minus two": 16, "gate": 0.66, "clipped": 0.6}
COMPLAINTS, LINES = check.symptoms.mistakes.right(), {"A": 3, "B": 4, "C": 5}


def bits_in_a_loop(probabilities, text):
    costs = [math.log2(1 / probabilities[t, text[t + 1]]) for t in range(len(text) - 1)]
    return math.fsum(costs) / len(costs)


def bits_by_one_hot(probabilities, text):
    hot = np.eye(probabilities.shape[1])[text[1:]]
    return np.average(-np.log(np.einsum("ts,ts->t", probabilities[:-1], hot)) / np.log(2))


def bits_along_an_axis(probabilities, text):
    return -np.log2(np.take_along_axis(probabilities[:-1], text[1:, None], axis=1)).mean()


def leaky_one_by_one(x, lengths, W, U, b, a):
    out = []
    for sequence, length in zip(x, lengths, strict=True):
        h = np.zeros(len(b))
        for x_now in sequence[:length]:
            h = h + a * (np.tanh(W.T @ x_now + U.T @ h + b) - h)
        out.append(h)
    return np.array(out)


def leaky_gathered(x, lengths, W, U, b, a):
    h, states = np.zeros((len(x), len(b))), []
    for x_now in np.moveaxis(x, 1, 0):
        h = (1 - a) * h + a * np.tanh(np.einsum("bi,iu->bu", x_now, W) + h @ U + b)
        states.append(h)
    return np.stack(states, axis=1)[np.arange(len(x)), lengths - 1]


def leaky_multiplied(x, lengths, W, U, b, a):
    h = np.zeros((len(x), len(b)))
    for t in range(x.shape[1]):
        real = (lengths > t).astype(float)[:, np.newaxis]
        h = real * ((1 - a) * h + a * np.tanh(x[:, t] @ W + h @ U + b)) + (1 - real) * h
    return h


def one_gate_in_halves(x, W, U, b):
    (Wf, Wg), (Uf, Ug), (bf, bg) = np.split(W, 2, 1), np.split(U, 2, 1), np.split(b, 2)
    h, states = np.zeros((1, len(U))), np.zeros((0, len(U)))
    for row in x:
        f = 0.5 * (1 + np.tanh((row @ Wf + h @ Uf + bf) / 2))
        h = h + f * (np.tanh(row @ Wg + (f * h) @ Ug + bg) - h)
        states = np.vstack([states, h])
    return states


def one_gate_in_place(x, W, U, b):
    from course_lib.activations import sigmoid

    n, sums = U.shape[0], x @ W + b
    h, states = np.zeros(n), np.empty((len(x), n))
    for t in range(len(x)):
        f = sigmoid(sums[t, :n] + h @ U[:, :n])
        g = np.tanh(sums[t, n:] + np.dot(f * h, U[:, n:]))
        h *= 1 - f
        h += f * g
        states[t] = h
    return states


def loss(x, y, w, u):
    h, total = np.zeros(len(w)), 0.0
    for t in range(len(x)):
        h = np.tanh(w * x[t] + u * h)
        total = total + (h - y[t]) ** 2 / 2
    return total


def slopes_by_nudging(x, y, w, u):
    d = 1e-5
    return (
        (loss(x, y, w + d, u) - loss(x, y, w - d, u)) / (2 * d),
        (loss(x, y, w, u + d) - loss(x, y, w, u - d)) / (2 * d),
    )


def slopes_going_forward(x, y, w, u):
    """Real-time recurrent learning: the slopes of the state are carried forward, and nothing goes back."""
    h = h_w = h_u = dw = du = np.zeros(len(w))
    for x_now, y_now in zip(x, y, strict=True):
        new = np.tanh(w * x_now + u * h)
        slope = 1 - new**2
        h_w, h_u, h = slope * (x_now + u * h_w), slope * (h + u * h_u), new
        dw, du = dw + (h - y_now) * h_w, du + (h - y_now) * h_u
    return [dw, du]


def slopes_unit_by_unit(x, y, w, u):
    dw, du = np.zeros_like(w), np.zeros_like(u)
    for k in range(len(w)):
        h = [0.0]
        for value in x:
            h.append(math.tanh(w[k] * value + u[k] * h[-1]))
        back = 0.0
        for t in range(len(x), 0, -1):
            back = (1 - h[t] ** 2) * (back + h[t] - y[t - 1, k])
            dw[k] += back * x[t - 1]
            du[k] += back * h[t - 1]
            back *= u[k]
    return np.array([dw, du])


def share(inner, outer):
    return sum((a > b) + 0.5 * (a == b) for a in inner for b in outer) / (len(inner) * len(outer))


def hunt_in_loops(states, inside, half):
    best, found = 0, 0.5
    for unit in range(states.shape[1]):
        first = states[:half, unit]
        one = share(first[inside[:half]], first[~inside[:half]])
        if abs(one - 0.5) > abs(found - 0.5) + 1e-12:
            best, found = unit, one
    rest = states[half:, best]
    return [best, found, share(rest[inside[half:]], rest[~inside[half:]])]


def hunt_by_ranks(states, inside, half):
    from scipy.stats import rankdata

    def shares(s, i):
        n = i.sum()
        return (rankdata(s, axis=0)[i].sum(axis=0) - n * (n + 1) / 2) / (n * (len(i) - n))

    before, after = shares(states[:half], inside[:half]), shares(states[half:], inside[half:])
    best = np.argmax(np.round(np.abs(before - 0.5), 9))
    return best, before[best], after[best]


def hunt_by_signs(states, inside, half):
    def shares(s, i):
        return 0.5 + 0.5 * np.sign(s[i, None] - s[None, ~i]).mean((0, 1))

    before, after = shares(states[:half], inside[:half]), shares(states[half:], inside[half:])
    best = int(np.maximum(before, 1 - before).round(9).argmax())
    return best, before[best], after[best]


def hunt_by_scikit_learn(states, inside, half):
    from sklearn.metrics import roc_auc_score

    before, after = (
        [roc_auc_score(inside[part], one) for one in states[part].T] for part in (slice(half), slice(half, None))
    )
    far = [round(abs(one - 0.5), 9) for one in before]
    best = far.index(max(far))
    return best, before[best], after[best]


def in_float32(right):
    """The same, computed in float32."""

    def answer(*args):
        small = [np.float32(one) if isinstance(one, np.ndarray) and one.dtype == float else one for one in args]
        found = right(*small)
        return tuple(map(np.float64, found)) if isinstance(found, tuple) else np.float64(found)

    return answer


RIGHT = {
    "counted": {
        "whole floats": {key: float(one) for key, one in COUNTED.items()},
        "of NumPy, in another order": {key: np.int16(one) for key, one in reversed(COUNTED.items())},
    },
    "faded": {
        "unrounded": {"half": 1 / 16, "minus two": (-2.0) ** 4, "gate": 0.9**4, "clipped": 6 / math.hypot(6, -8)},
        "three digits": FADED | {"half": 0.0625, "gate": 0.656, "minus two": 16.0},
        "of NumPy": {key: np.float32(one) for key, one in FADED.items()},
        "from fractions": FADED | {"half": float(Fraction(1, 2) ** 4), "clipped": float(Fraction(6, 10))},
    },
    "bits_of_text": {"a loop": bits_in_a_loop, "one-hot": bits_by_one_hot, "along an axis": bits_along_an_axis},
    "leaky": {"one by one": leaky_one_by_one, "gathered": leaky_gathered, "multiplied": leaky_multiplied},
    "symptoms": {
        "whole floats": {key: float(one) for key, one in COMPLAINTS.items()},
        "another order": dict(reversed(COMPLAINTS.items())),
    },
    "broken_cells": {
        "whole floats": {key: float(one) for key, one in LINES.items()},
        "of NumPy": {key: np.int8(one) for key, one in LINES.items()},
    },
    "one_gate": {"in halves": one_gate_in_halves, "in place": one_gate_in_place},
    "through_time": {
        "nudging": slopes_by_nudging,
        "going forward": slopes_going_forward,
        "unit by unit": slopes_unit_by_unit,
    },
    "hunt": {
        "loops": hunt_in_loops,
        "ranks": hunt_by_ranks,
        "signs": hunt_by_signs,
        "scikit-learn": hunt_by_scikit_learn,
    },
}
WRONG = {
    "counted": [
        ("another units · units", COUNTED | {"SimpleRNN": 10 * 20 + 20}),
        ("four blocks", COUNTED | {"LSTM": 3 * 620.0}),
        ("PyTorch's way", COUNTED | {"LSTM": 4 * 640}),
        ("two biases in each block", COUNTED | {"GRU": 3 * 620}),
        ("not four", COUNTED | {"GRU": 4 * 640}),
        ("time is not in the sum", COUNTED | {"twice as long": 1240}),
        ("no more weights", COUNTED | {"twice as long": 1220}),
        ("one for each unit", COUNTED | {"SimpleRNN": 640}),
        ("each direction has biases", COUNTED | {"bidirectional": 1220}),
        ("a dict was wanted", 620),
    ],
    "faded": [
        ("not five", FADED | {"half": 0.03}),
        ("multiplied, not added", FADED | {"half": 2}),
        ("leaves none", FADED | {"minus two": -16}),
        ("not five", FADED | {"gate": 0.59}),
        ("not three", FADED | {"half": 0.13}),
        ("u · u · u · u", FADED | {"minus two": -8}),
        ("not three", FADED | {"gate": 0.729}),
        ("a tenth of what is left", FADED | {"gate": 0.6}),
        ("What is left", FADED | {"gate": 0.34}),
        ("its second number", FADED | {"clipped": 0.8}),
        ("before it was clipped", FADED | {"clipped": 10}),
        ("What is kept is f", FADED | {"gate": 0}),
        ("after its sigmoid", FADED | {"gate": 0.26}),
        ("clips each number by itself", FADED | {"clipped": 1}),
        ("not the sum of the sizes", FADED | {"clipped": 0.43}),
        ("left out the root", FADED | {"clipped": 0.06}),
        ("second number", FADED | {"clipped": -0.8}),
        ("", FADED | {"gate": 0.65}),
        ("", FADED | {"half": 0.07}),
    ],
    "broken_cells": [
        ("Is each of them used", LINES | {"A": 1}),
        ("Where else does r stand", LINES | {"B": 3}),
        ("And u's", LINES | {"C": 4.0}),
    ],
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer, range(20) if callable(answer) else [0])


@pytest.mark.parametrize(
    "one", [check.bits_of_text, check.leaky, check.one_gate, check.through_time, check.hunt], ids=lambda one: one.name
)
def test_who_computes_in_float32_is_right(one):
    accept(one, in_float32(one.mistakes.right), seeds=range(200))


@pytest.mark.parametrize("one", [check.leaky, check.one_gate, check.through_time], ids=lambda one: one.name)
def test_where_numpy_raises_and_prints_otherwise_the_verdicts_are_the_same(one):
    with np.errstate(all="raise"), np.printoptions(precision=1, floatmode="fixed"):
        accept(one, one.mistakes.right, seeds=range(20))


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_a_wrong_answer_gets_the_words_that_are_due(one, words, answer):
    refuse(one, words, answer, seeds=[0])


@pytest.mark.parametrize("letter", COMPLAINTS)
@pytest.mark.parametrize("number", range(1, 7))
def test_each_wrong_cause_of_a_complaint_gets_the_hint_of_its_complaint(letter, number):
    verdict = check.symptoms.run(COMPLAINTS | {letter: number})
    assert verdict.status == ("correct" if COMPLAINTS[letter] == number else "not yet")
    assert verdict.status == "correct" or verdict.hint.startswith(f"{letter}, not {number}: ")
