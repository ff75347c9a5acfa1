"""What a learner of chapter 16 writes first, written as learners do: each gets the words that are due."""

import numpy as np
import pytest

from course_lib.checking import memories as words
from course_lib.checks import history as check
from course_lib.data import digits
from tests.checks.tried import accept, refuse, wrong_ones

COUNTS, CLAIMS = check.counts_1969.mistakes.right(), check.popular_claims.mistakes.right()
MACHINES = {"A": 4, "B": 5, "C": 6}


def slope(log=np.log2, invert=True, centre=True):
    def answer(years, sizes):
        found = np.polyfit(years - np.mean(years) if centre else years, log(sizes), 1)[0]
        return 1 / found if invert else found

    return answer


def years_over_logs(years, sizes):
    logs = np.log2(sizes)
    return np.polyfit(logs - logs.mean(), years, 1)[0]


def by_the_ends(years, sizes):
    order = np.argsort(years, kind="stable")
    first, last = order[0], np.flatnonzero(years == np.max(years))[0]
    return (years[last] - years[first]) / (np.log2(sizes[last]) - np.log2(sizes[first]))


def learner(error=lambda total, y: y - total, length=lambda x: x @ x + 1, bias=1.0, factor=1.0):
    def answer(w, b, x, y, rate):
        for one, target in zip(x, y, strict=True):
            step = factor * rate * error(w @ one + b, target) / length(one)
            w, b = w + step * one, b + bias * step
        return w, b

    return answer


def without_bias(w, b, x, y, rate):
    for one, target in zip(x, y, strict=True):
        step = rate * (target - w @ one) / (one @ one + 1)
        w, b = w + step * one, b + step
    return w, b


def error_twice(w, b, x, y, rate):
    for row, target in zip(x, y, strict=True):
        w = w + rate * (target - (w @ row + b)) / (row @ row + 1) * row
        b = b + rate * (target - (w @ row + b)) / (row @ row + 1)
    return w, b


def in_a_batch(w, b, x, y, rate):
    errors = y - (x @ w + b)
    lengths = np.sum(x**2, axis=1) + 1
    return w + rate * (errors / lengths) @ x, b + rate * np.sum(errors / lengths)


def settler(
    new=lambda total, old: np.sign(total) or old, half=0.5, sign=-1, turns=lambda order: order, most=99, end=False
):
    def answer(weights, state, order):
        state = state.astype(float)
        energies = [sign * half * state @ weights @ state]
        for _ in range(most):
            before = state.copy()
            for i in turns(order):
                state[i] = new(weights[i] @ state, state[i])
            if (before == state).all():
                return state, energies + end * energies[-1:]
            energies.append(sign * half * state @ weights @ state)
        return state, energies

    return answer


def all_at_once(weights, state, order):
    energies = [-0.5 * state @ weights @ state]
    for _ in range(50):
        new = np.where(weights @ state > 0, 1, np.where(weights @ state < 0, -1, state))
        if np.array_equal(new, state):
            break
        state = new
        energies.append(-0.5 * state @ weights @ state)
    return state, energies


def by_the_old_state(weights, state, order):
    """Twenty rounds at most, as machine B has them, and with its slip."""
    state, energies = state.copy(), [-state @ weights @ state / 2]
    for _ in range(20):
        before = state.copy()
        for i in order:
            total = weights[i] @ before
            state[i] = np.sign(total) if total else state[i]
        if (state == before).all():
            break
        energies.append(-state @ weights @ state / 2)
    return state, energies


def noted_at_each_flip(weights, state, order):
    state, energies, flips = state.copy(), [-state @ weights @ state / 2], 1
    while flips:
        flips = 0
        for i in order:
            if (weights[i] @ state) * state[i] < 0:
                state[i], flips = -state[i], flips + 1
                energies.append(-state @ weights @ state / 2)
    return state, energies


def changes_what_it_got(weights, state, order):
    for i in order:
        state[i] = np.sign(weights[i] @ state) or state[i]
    return state, [0.0]


def hebb(patterns, by=None):
    weights = sum(np.outer(pattern, pattern) for pattern in patterns) / (by or len(patterns[0]))
    np.fill_diagonal(weights, 0.0)
    return weights


def own_stays(patterns):
    return np.linalg.pinv(patterns) @ patterns


def inverse_of_all(patterns):
    weights = np.linalg.pinv(patterns.T @ patterns)
    np.fill_diagonal(weights, 0.0)
    return weights


def filled_and_returned(patterns):
    return np.fill_diagonal(own_stays(patterns), 0.0)


def grown_without_end(patterns):
    weights = np.zeros((64, 64))
    with np.errstate(all="ignore"):
        for _ in range(2000):
            weights += (patterns - patterns @ weights.T).T @ patterns
    return weights


def taught_whole_digits(patterns):
    weights = np.zeros((64, 64))
    for _ in range(300):
        weights += 0.002 * (patterns - np.tanh(patterns @ weights.T)).T @ patterns
    return weights


def taught_at_a_great_rate(patterns):
    """ADALINE, in steps that are four times too long."""
    weights, inputs = np.zeros((64, 64)), words.erased(patterns)
    for _ in range(30):
        weights += 0.002 * (np.tile(patterns, (10, 1)) - inputs @ weights.T).T @ inputs
    return weights


WRONG = {
    "counts_1969": [
        ("two inputs: besides XOR", COUNTS | {"two inputs": 15}),
        ("two inputs: that is how many functions", COUNTS | {"two inputs": 16}),
        ("three inputs: parity and its opposite", COUNTS | {"three inputs": 254}),
        ("three inputs: not half of them", COUNTS | {"three inputs": 128.0}),
        ("parity of nine: change the one point", COUNTS | {"parity of nine": 8}),
        ("parity of nine: that is enough for two points", COUNTS | {"parity of nine": 2}),
        ("hidden units: one unit says", COUNTS | {"hidden units": 1}),
        ("hidden units: fewer will do", COUNTS | {"hidden units": 3}),
    ],
    "popular_claims": [
        ("A: it is true of that one network", CLAIMS | {"A": "supported"}),
        ("B: look at the years", CLAIMS | {"B": "supported"}),
        ("C: the theorem does say", CLAIMS | {"C": "the opposite"}),
        ("D: it is a result of one contest", CLAIMS | {"D": "one experiment"}),
        ("E: the theorem says that weights exist", CLAIMS | {"E": "supported"}),
        ("F: it says more than nothing", CLAIMS | {"F": "says less"}),
        ("G: the condition, whose prompts", CLAIMS | {"G": "says less"}),
        ("A: nothing is proved here", CLAIMS | {"A": "says less"}),
        ("G: people preferred the small one", CLAIMS | {"G": "the opposite"}),
        ("A: it is true of that one network", dict.fromkeys(CLAIMS, "supported")),
    ],
    "broken_machines": [
        ("A: an empty memory", MACHINES | {"A": 2}),
        ("A: each pattern is looked at", MACHINES | {"A": 3}),
        ("B: each unit gets its turn", MACHINES | {"B": 4}),
        ("B: twenty rounds are plenty", MACHINES | {"B": 2}),
        ("C: the sum is right", MACHINES | {"C": 4}),
        ("C: weights move by rate", MACHINES | {"C": 7}),
    ],
    "doubling_time": [
        ("The natural logarithm counts", slope(np.log)),
        ("a growth to ten times", slope(np.log10)),
        ("the number of doublings in a year", slope(invert=False)),
        ("depend on two networks", by_the_ends),
        ("fits a line to the sizes themselves", slope(np.asarray)),
        ("fits the years to the sizes", years_over_logs),
        ("nothing to multiply by ln 2", lambda years, sizes: np.log(2) * slope()(years, sizes)),
        ("leave the sign", lambda years, sizes: abs(slope()(years, sizes))),
    ],
    "adaline": [
        ("asks for the sign only", learner(error=lambda total, y: y - (1 if total >= 0 else -1))),
        ("what it has on the right side", learner(error=lambda total, y: y - total if total * y <= 0 else 0)),
        ("the bias in it", without_bias),
        ("The rate is missing", lambda w, b, x, y, rate: learner()(w, b, x, y, 1.0)),
        ("moved by the same step", error_twice),
        ("The 1 below is missing", learner(length=lambda x: x @ x if x.any() else np.nan)),
        ("Plain LMS leaves that away", learner(length=lambda x: 1)),
        ("not by its root", learner(length=lambda x: np.sqrt(x @ x + 1))),
        ("The bias learns too", learner(bias=0.0)),
        ("Each example sees the weights", in_a_batch),
        ("runs away from it", learner(error=lambda total, y: total - y)),
        ("Without a factor 2", learner(factor=2)),
    ],
    "settle": [
        ("One unit after the other", all_at_once),
        ("One unit after the other", by_the_old_state),
        ("not after each unit that flips", noted_at_each_flip),
        ("Here it goes to 1.", settler(lambda total, old: 1 if total >= 0 else -1)),
        ("Here it goes to −1.", settler(lambda total, old: 1 if total > 0 else -1)),
        ("never 0: np.sign(0) is 0", settler(lambda total, old: np.sign(total))),
        ("in the given order", settler(turns=sorted)),
        ("One round is not always enough", settler(most=1)),
        ("Each pair stands twice", settler(half=1)),
        ("The energy falls", settler(sign=1)),
        ("is not noted", settler(end=True)),
        ("changed the data it was given", changes_what_it_got),
    ],
    "projection": [
        ("That is Hebb's rule: it lets", hebb),
        ("divided by the number of patterns", lambda patterns: hebb(patterns, len(patterns))),
        ("No unit holds itself", own_stays),
        ("The diagonal of P⁺P is seldom 1", lambda patterns: own_stays(patterns) - np.eye(len(patterns[0]))),
        ("The other way round", lambda patterns: own_stays(patterns.T) * (1 - np.eye(len(patterns)))),
        ("The inverse goes between", inverse_of_all),
        ("returned None", filled_and_returned),
    ],
    "memory": [
        (words.NOT_KEPT, hebb),
        (words.ONLY_WHOLE, lambda patterns: own_stays(patterns) * (1 - np.eye(64))),
        (words.ONLY_WHOLE, taught_whole_digits),
        (words.ONLY_WHOLE, own_stays),
        (words.SQUARE, lambda patterns: patterns),
        (words.SQUARE, lambda patterns: "the digits themselves"),
        (words.SQUARE, lambda patterns: [[1.0], [1.0, 2.0]]),
        (words.FINITE, grown_without_end),
        (words.OWN_STATE, lambda patterns: np.eye(64)),
        (words.OWN_STATE, lambda patterns: np.zeros((64, 64))),
        (words.TURNED, lambda patterns: words.learnt(patterns).T),
        (words.NEGATIVE, lambda patterns: -words.learnt(patterns)),
        (words.GROWN, taught_at_a_great_rate),
    ],
}


@pytest.mark.parametrize(("one", "words_due", "answer"), wrong_ones(check, WRONG))
def test_what_is_usually_wrong_gets_the_words_that_are_due(one, words_due, answer):
    refuse(one, words_due, answer)


@pytest.mark.parametrize("seed", range(3))
def test_who_takes_the_diagonal_away_after_learning_is_told_so(seed):
    patterns = words.some_digits(np.random.default_rng(seed), digits())
    weights = words.learnt(patterns) * (1 - np.eye(64))
    assert words.why_not(weights, patterns, words.erased(patterns)) == words.NO_OWN


@pytest.mark.parametrize("letter", CLAIMS)
@pytest.mark.parametrize("said", sorted({*CLAIMS.values()}))
def test_each_relation_that_does_not_hold_has_its_words(letter, said):
    if said == CLAIMS[letter]:
        accept(check.popular_claims, CLAIMS | {letter: said})
    else:
        refuse(check.popular_claims, f"Hint: {letter}: ", CLAIMS | {letter: said})
