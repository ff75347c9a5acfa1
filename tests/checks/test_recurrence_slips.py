"""What a learner of chapter 08 writes first, written as learners do: each gets the words that are due."""

import math

import numpy as np
import pytest

from course_lib.checks import recurrence as check
from tests.checks.tried import refuse, wrong_ones


def bits(rows, came, cost=np.log2, mean=np.mean):
    def answer(probabilities, text):
        said, signs = rows(probabilities), came(text)
        return mean([-cost(said[t][sign]) for t, sign in enumerate(signs)])

    return answer


def bits_of_all(probabilities, text):
    return -np.mean(np.log2(probabilities[:-1, text[1:]]))


def leaky(new=lambda h, z, a: (1 - a) * h + a * np.tanh(z), hears=lambda h, U: h @ U, keep=np.where, real=np.less):
    def answer(x, lengths, W, U, b, a):
        h = np.zeros((x.shape[0], U.shape[0]))
        for t in range(x.shape[1]):
            h = keep(real(t, lengths).reshape(-1, 1), new(h, np.dot(x[:, t, :], W) + hears(h, U) + b, a), h)
        return h

    return answer


def leaky_with_blank_inputs(x, lengths, W, U, b, a):
    mask = np.arange(x.shape[1]) < lengths[:, None]
    return leaky(keep=lambda real, new, old: new)(x * mask[..., None], lengths, W, U, b, a)


def leaky_along_the_batch(x, lengths, W, U, b, a):
    h = np.zeros((x.shape[0], len(b)))
    for t in range(len(x)):
        new = (1 - a) * h + a * np.tanh(x[t] @ W + h @ U + b)
        h = np.where((t < lengths)[:, None], new, h)
    return h


def leaky_without_an_axis(x, lengths, W, U, b, a):
    h = np.zeros((len(x), len(b)))
    for t in range(x.shape[1]):
        h = np.where(t < lengths, (1 - a) * h + a * np.tanh(x[:, t] @ W + h @ U + b), h)
    return h


def leaky_carried_on(x, lengths, W, U, b, a):
    h, out = np.zeros(len(b)), []
    for sequence, length in zip(x, lengths, strict=True):
        for row in sequence[:length]:
            h = (1 - a) * h + a * np.tanh(row @ W + h @ U + b)
        out.append(h)
    return np.array(out)


def leaky_states(x, *more):
    return [leaky()(x[:, : t + 1], *more) for t in range(x.shape[1])]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def one_gate(
    gate=sigmoid,
    bend=np.tanh,
    candidate=lambda f, h, U: (f * h) @ U,
    mix=lambda f, h, g: (1 - f) * h + f * g,
    gate_first=True,
    give=np.stack,
):
    def answer(x, W, U, b):
        n = U.shape[0]
        first, second = (slice(0, n), slice(n, 2 * n))[:: 1 if gate_first else -1]
        h, out = np.zeros(n), []
        for row in x:
            f = gate(row.dot(W[:, first]) + h.dot(U[:, first]) + b[first])
            g = bend(row.dot(W[:, second]) + candidate(f, h, U[:, second]) + b[second])
            h = mix(f, h, g)
            out.append(h)
        return give(out)

    return answer


def one_gate_in_place(x, W, U, b):
    n = len(U)
    h, states = np.zeros(n), []
    for x_now in x:
        f = sigmoid(x_now @ W[:, :n] + h @ U[:, :n] + b[:n])
        g = np.tanh(x_now @ W[:, n:] + (f * h) @ U[:, n:] + b[n:])
        h *= 1 - f
        h += f * g
        states.append(h)
    return np.array(states)


def with_zeros_first(x, W, U, b):
    return np.vstack([np.zeros(len(U)), one_gate()(x, W, U, b)[:-1]])


def slopes(
    error=lambda h, y, is_last: h - y,
    bend=lambda h, before: 1 - h**2,
    back=lambda s, d, w, u: s * u,
    hears=lambda h, before: before,
    give=lambda dw, du, time: (dw, du),
):
    def answer(x, y, w, u):
        states = [np.zeros(u.shape)]
        for one in x:
            states += [np.tanh(one * w + states[-1] * u)]
        dw, du, after = 0 * w, 0 * u, 0 * u
        for t in range(len(x) - 1, -1, -1):
            h, before = states[t + 1], states[t]
            d = error(h, y[t], t == len(x) - 1) + after
            s = d * bend(h, before)
            dw, du, after = dw + s * x[t], du + s * hears(h, before), back(s, d, w, u)
        return give(dw, du, len(x))

    return answer


def slopes_with_early_errors(x, y, w, u):
    h = [np.zeros(len(w))]
    for value in x:
        h.append(np.tanh(w * value + u * h[-1]))
    dw, du, later = 0 * w, 0 * u, 0 * u
    for t in range(len(x) - 1, -1, -1):
        s = (h[t] - y[t] + later) * (1 - h[t + 1] ** 2)
        dw, du, later = dw + s * x[t], du + s * h[t], s * u
    return dw, du


def last_say_on_u(x, y, w, u):
    """du = … in the loop, where du += … was meant: what step 1 says of u, which starts with zeros, is 0."""
    dw, _ = slopes()(x, y, w, u)
    return dw, np.zeros(len(u))


def share(states, inside, tie=0.5):
    inner, outer = states[inside][:, None], states[~inside][None]
    return ((inner > outer) + tie * (inner == outer)).mean((0, 1))


def hunt(far=lambda s: np.abs(s - 0.5), where=lambda half: slice(None, half), shares=share, give=lambda s: s):
    def answer(states, inside, half):
        unit = int(far(shares(states[where(half)], inside[where(half)])).argmax())
        first, rest = shares(states[:half], inside[:half])[unit], shares(states[half:], inside[half:])[unit]
        return unit, float(give(first)), float(give(rest))

    return answer


def best_in_each(states, inside, half):
    parts = [share(states[part], inside[part]) for part in (slice(half), slice(half, None))]
    first, rest = (part[np.abs(part - 0.5).argmax()] for part in parts)
    return int(np.abs(parts[0] - 0.5).argmax()), first, rest


def turned_round(*args):
    unit, first, rest = hunt()(*args)
    return (unit, first, rest) if first >= 0.5 else (unit, 1 - first, 1 - rest)


def measured_on_all(states, inside, half):
    unit, first, _ = hunt()(states, inside, half)
    return unit, first, share(states, inside)[unit]


WRONG = {
    "bits_of_text": [
        ("Those are nats", bits(lambda p: p, lambda text: text[1:], np.log)),
        ("Those are nats", bits(lambda p: p, lambda text: text[1:], math.log)),
        ("not their sum", bits(lambda p: p, lambda text: text[1:], mean=np.sum)),
        ("minus its mean", bits(lambda p: p, lambda text: text[1:], lambda p: -np.log2(p))),
        ("not text[t]", bits(lambda p: p, lambda text: text)),
        ("one row earlier", bits(lambda p: p[1:], lambda text: text[1:])),
        ("wrong end", bits(lambda p: p, lambda text: text[:-1])),
        ("index rows and columns together", bits_of_all),
        ("one sign more", lambda p, text: sum(-np.log2(p[t, text[t + 1]]) for t in range(len(text) - 1)) / len(text)),
        ("perplexity", lambda p, text: 2 ** bits(lambda p: p, lambda text: text[1:])(p, text)),
        ("whatever was likeliest", lambda p, text: -np.log2(np.max(p[:-1], axis=1)).mean()),
        ("leave out the last row", lambda p, text: -np.log2(p[np.arange(len(p)), text[1:]]).mean()),
        ("ends one step earlier", lambda p, text: -np.mean([np.log2(p[t, text[t + 1]]) for t in range(len(p))])),
        ("One number", lambda p, text: -np.log2(p[np.arange(len(text) - 1), text[1:]])),
        ("how unsure it was", lambda p, text: -np.mean([row @ np.log2(row) for row in p[:-1]])),
        ("not 10", bits(lambda p: p, lambda text: text[1:], np.log10)),
    ],
    "leaky": [
        ("a is for the new", leaky(lambda h, z, a: a * h + (1 - a) * np.tanh(z))),
        ("nothing of the old state", leaky(lambda h, z, a: a * np.tanh(z))),
        ("only the share a", leaky(lambda h, z, a: (1 - a) * h + np.tanh(z))),
        ("The tanh is missing", leaky(lambda h, z, a: (1 - a) * h + a * z)),
        ("h @ U", leaky(hears=lambda h, U: h @ U.T)),
        ("h @ U", leaky(hears=lambda h, U: 0)),
        ("the state stays as it is", leaky(keep=lambda real, new, old: new)),
        ("Keep the state", leaky_with_blank_inputs),
        ("not set to 0", leaky(keep=lambda real, new, old: real * new)),
        ("One step too many", leaky(real=np.less_equal)),
        ("One step too few", leaky(real=lambda t, lengths: t + 1 < lengths)),
        ("The batch comes first", leaky_along_the_batch),
        ("Without a nothing leaks", leaky(lambda h, z, a: np.tanh(z))),
        ("not in it", leaky(lambda h, z, a: (1 - a) * h + np.tanh(a * z))),
        ("bias is missing", lambda x, lengths, W, U, b, a: leaky()(x, lengths, W, U, 0 * b, a)),
        ("until the longest", lambda x, lengths, *more: leaky()(x[:, : lengths.min()], lengths, *more)),
        ("(t < lengths)[:, None]", leaky_without_an_axis),
        ("np.where chooses", leaky(keep=lambda real, new, old: new if real else old)),
        ("of the one before it", leaky_carried_on),
        ("Only the state after", lambda *args: np.stack(leaky_states(*args), axis=1)),
        ("takes one step of each", lambda x, n, *more: np.stack(leaky_states(x, n, *more), axis=1)[:, n - 1]),
    ],
    "one_gate": [
        ("how much is new", one_gate(mix=lambda f, h, g: f * h + (1 - f) * g)),
        ("through the gate", one_gate(candidate=lambda f, h, U: h @ U)),
        ("reset_after", one_gate(candidate=lambda f, h, U: f * (h @ U))),
        ("not the share that is kept", one_gate(candidate=lambda f, h, U: ((1 - f) * h) @ U)),
        ("a sigmoid", one_gate(gate=np.tanh)),
        ("candidate is a tanh", one_gate(bend=lambda z: z)),
        ("first columns belong to the gate", one_gate(gate_first=False)),
        ("Nothing of the old state", one_gate(mix=lambda f, h, g: f * g)),
        ("after every step", one_gate(give=lambda states: states[-1])),
        ("Append a copy", one_gate_in_place),
        ("not zeros", with_zeros_first),
        ("are not among the states", lambda *args: np.vstack([np.zeros(len(args[2])), one_gate()(*args)])),
        ("b[:n]", lambda x, W, U, b: one_gate()(x, W, U, b * (np.arange(len(b)) >= len(U)))),
        ("b[n:]", lambda x, W, U, b: one_gate()(x, W, U, b * (np.arange(len(b)) < len(U)))),
        ("candidate hears the old state", one_gate(candidate=lambda f, h, U: 0)),
        ("mind the minus", one_gate(gate=lambda z: sigmoid(-z))),
        ("that the one before left", lambda x, *more: np.vstack([one_gate()(row[None], *more) for row in x])),
    ],
    "through_time": [
        ("not the last alone", slopes(lambda h, y, is_last: (h - y) * is_last)),
        ("not y − h", slopes(lambda h, y, is_last: y - h)),
        ("has no 2", slopes(lambda h, y, is_last: 2 * (h - y))),
        ("has a slope", slopes(bend=lambda h, before: 1)),
        ("not 1 − h.", slopes(bend=lambda h, before: 1 - h)),
        ("after the step", slopes(bend=lambda h, before: 1 - before**2)),
        ("comes back through u", slopes(back=lambda s, d, w, u: 0)),
        ("s times u", slopes(back=lambda s, d, w, u: d * u)),
        ("multiplied by u", slopes(back=lambda s, d, w, u: s)),
        ("compare h[t + 1] with y[t]", slopes_with_early_errors),
        ("w carried the input", slopes(back=lambda s, d, w, u: s * w)),
        ("before the step", slopes(hears=lambda h, before: h)),
        ("not overwritten", last_say_on_u),
        ("not the mean", slopes(give=lambda dw, du, time: (dw / time, du / time))),
        ("in w come first", slopes(give=lambda dw, du, time: (du, dw))),
        ("do not add over the units", slopes(give=lambda dw, du, time: (dw.sum(), du.sum()))),
    ],
    "hunt": [
        ("farthest from a half", hunt(far=lambda s: s)),
        ("not by the whole text", hunt(where=lambda half: slice(None))),
        ("not by the rest", hunt(where=lambda half: slice(half, None))),
        ("counts a half.", hunt(shares=lambda s, i: share(s, i, 0))),
        ("not one", hunt(shares=lambda s, i: share(s, i, 1))),
        ("not outside", hunt(shares=lambda s, i: share(-s, i))),
        ("as they are", hunt(give=lambda s: max(s, 1 - s))),
        ("the same unit", best_in_each),
        ("not the whole text's", measured_on_all),
        ("higher inside is as good", hunt(far=lambda s: -s)),
        ("nearest to a half", hunt(far=lambda s: -np.abs(s - 0.5))),
        ("not how far they are", hunt(give=lambda s: abs(s - 0.5))),
        ("First the share before half", lambda *args: tuple(hunt()(*args)[k] for k in (0, 2, 1))),
        ("do not turn it round", turned_round),
    ],
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_what_is_written_first_gets_the_words_that_are_due(one, words, answer):
    refuse(one, words, answer, seeds=range(20))
