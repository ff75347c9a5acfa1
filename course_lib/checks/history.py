"""Chapter 16's checks: machines of seven decades, built and judged again, and what is said of them.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns: as what
they change in the right one.
"""

import numpy as np

from course_lib.checking.comparing import one_of
from course_lib.checking.history_entries import CLAIMS, COUNTS, MACHINES
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.memories import kept_in_a_matrix, learnt
from course_lib.checking.zip_readers import WRONG_MAIL, WRONG_PLANS, judge_mail, judge_plan
from course_lib.data import digits

CHAPTER = "16-history"


@value(
    "With two inputs, draw the four corners of a square and cut it with a straight line in all ways.",
    "With three, let the computer cut: weights from −2 to 2, and biases halfway between whole numbers, are enough.",
    "A unit that sees all points but one cannot notice that this one changes.",
    "XOR is OR, but not AND.",
    points=2,
    mistakes=COUNTS,
)
def counts_1969():
    """Of the functions of two and of three inputs, those of one threshold unit; what parity and XOR need."""
    return {"two inputs": 14, "three inputs": 104, "parity of nine": 9, "hidden units": 2}


@value(
    "Compare the sentence word by word with what is beside it: all, every, always, first, proved, learns.",
    "Two of the seven say just what their source says.",
    "That something exists does not mean that training finds it; what holds of a machine may not hold of all.",
    points=2,
    mistakes=CLAIMS,
)
def popular_claims():
    """What is between a sentence and the work that is cited for it."""
    return {
        "A": "one experiment",
        "B": "not the first",
        "C": "says less",
        "D": "supported",
        "E": "says less",
        "F": "the opposite",
        "G": "supported",
    }


def _growth_cases(rng):
    yield np.array([2000, 2001, 2002]), np.array([1, 2, 4])
    yield np.array([2012, 2018, 2014, 2020]), np.array([60, 340, 140, 175_000]) * 1_000_000
    yield np.array([1990.0, 1996.0, 2002.0]), np.array([8.0, 2.0, 0.25])
    for _ in range(6):
        span, n = int(rng.integers(10, 60)), int(rng.integers(4, 12))
        years = 2025 - np.append(rng.integers(0, span, n), [0, span])
        doublings = (years - 1960) / rng.uniform(0.8, 6)
        yield years, np.round(1000 * 2 ** (doublings + 0.1 * np.ptp(doublings) * rng.normal(size=n + 2)) + 1, 2)


def _ends(years, sizes):
    first, last = np.argmin(years), np.argmax(years)
    return (years[last] - years[first]) / np.log2(sizes[last] / sizes[first])


@implement(
    _growth_cases,
    "What doubles steadily has a logarithm that grows steadily: fit a straight line to np.log2(sizes).",
    "The slope of the line is Σ (year − mean)(logarithm − mean) / Σ (year − mean)²; np.polyfit(…, 1) knows it too.",
    "The slope says how many doublings a year brings. How many years does a doubling take?",
    points=2,
    mistakes={
        "The natural logarithm counts steps by 2.718. A doubling is a step of the logarithm to the base 2.": (
            "np.log2( → np.log("
        ),
        "That is the time for a growth to ten times. A doubling is a step of the logarithm to the base 2.": (
            "np.log2( → np.log10("
        ),
        "That is the number of doublings in a year. Asked are the years of a doubling.": (
            "return (t @ t) / (t @ doublings) → return (t @ doublings) / (t @ t)"
        ),
        "The first and the last one alone depend on two networks. Fit a line to all.": _ends,
        "That fits a line to the sizes themselves. What doubles steadily is straight in its logarithm.": (
            "np.log2(sizes) → np.asarray(sizes)"
        ),
        "That fits the years to the sizes. Fit the logarithms to the years: distances are measured along the sizes.": (
            "return (t @ t) / (t @ doublings) → return (t @ doublings) / np.sum((doublings - doublings.mean()) ** 2)"
        ),
        "Sizes that fall have a doubling time below 0: leave the sign.": (
            "return (t @ t) / (t @ doublings) → return abs((t @ t) / (t @ doublings))"
        ),
        "A step of np.log2 is a doubling already: there is nothing to multiply by ln 2.": (
            "return (t @ t) → return np.log(2) * (t @ t)"
        ),
        "In years, not in months.": "return (t @ t) → return 12 * (t @ t)",
    },
)
def doubling_time(years, sizes):
    """Years for a doubling: one divided by the slope of the least-squares line of log₂ size over the year.

    years, sizes: (n,), sizes above 0
    """
    t = years - np.mean(years)
    doublings = np.log2(sizes)
    return (t @ t) / (t @ doublings)


def _adaline_cases(rng):
    yield np.zeros(2), 0.0, np.array([[1.0, 1.0]]), np.array([1.0]), 0.75
    yield np.array([1.0, -1.0]), 1.0, np.array([[1, 1], [1, -1], [-1, 1]]), np.array([1, 1, -1]), 1.0
    yield np.array([0.5, 0.5, 0.0]), -0.25, np.array([[3.0, 0.0, 4.0], [0.0, 0.0, 0.0]]), np.array([-1, 1]), 0.25
    # Each example is on its right side, and beyond.
    yield np.array([2.0, 2.0]), 0.0, np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([1, -1]), 0.5
    for _ in range(6):
        n, inputs = int(rng.integers(2, 7)), int(rng.integers(1, 5))
        x = rng.choice([-1.0, 1.0], (n, inputs)) * rng.uniform(0.5, 2.0, (n, 1))
        w, b, rate = rng.normal(size=inputs), float(rng.normal()), float(rng.uniform(0.1, 0.9))
        yield w, b, x, rng.choice([-1, 1], n), rate


def _all_at_once(w, b, x, y, rate):
    steps = rate * (y - (x @ w + b)) / ((x**2).sum(axis=1) + 1)
    return w + steps @ x, b + steps.sum()


def _two_errors(w, b, x, y, rate):
    """The bias is moved by what is left of the error when the weights have been moved."""
    for one, target in zip(x, y, strict=True):
        w = w + rate * (target - w @ one - b) / (one @ one + 1) * one
        b = b + rate * (target - w @ one - b) / (one @ one + 1)
    return w, b


@implement(
    _adaline_cases,
    "Go through the rows of x one by one. Each sees the weights that the one before has left.",
    "The error is the target minus the sum w · x + b itself, not minus its sign.",
    "step = rate * error / (example @ example + 1); then w + step * example, and b + step.",
    points=2,
    mistakes={
        "That is the perceptron's error, which asks for the sign only. ADALINE compares with the sum itself.": (
            "(w @ one + b) → (1 if w @ one + b >= 0 else -1)"
        ),
        "ADALINE learns also from what it has on the right side already: its sum is to be the target.": (
            "error = target - (w @ one + b) → error = (target - (w @ one + b)) * (target * (w @ one + b) <= 0)"
        ),
        "The sum has the bias in it: w · x + b.": "(w @ one + b) → (w @ one)",
        "The rate is missing: it says how much of the error a step takes away.": "rate * error → error",
        "Weights and bias are moved by the same step: by the error before both.": _two_errors,
        "The 1 below is missing, which the bias adds to x · x.": "(one @ one + 1) → (one @ one)",
        "Each step is divided by x · x + 1. Plain LMS leaves that away.": "/ (one @ one + 1) →",
        "Divide by x · x + 1 itself, not by its root.": "(one @ one + 1) → (one @ one + 1) ** 0.5",
        "Divide by Σ x² + 1, not by the number of inputs.": "(one @ one + 1) → (len(one) + 1)",
        "The bias learns too, as if it were the weight of an input that is always 1.": "b + step → b",
        "Each example sees the weights that the one before has left. These all saw the first ones.": _all_at_once,
        "The error is the target minus the sum: this runs away from it.": (
            "target - (w @ one + b) → (w @ one + b) - target"
        ),
        "Without a factor 2: the rate says how much of the error is taken away.": "step = rate → step = 2 * rate",
        "First the weights, then the bias.": "return w, b → return b, w",
    },
)
def adaline(w, b, x, y, rate):
    """One round of the least-mean-squares rule, each step divided by |x|² + 1: (w, b).

    w: (inputs,)   b: a number   x: (n, inputs)   y: (n,) of −1 and 1   rate: between 0 and 1
    """
    for one, target in zip(x, y, strict=True):
        error = target - (w @ one + b)
        step = rate * error / (one @ one + 1)
        w, b = w + step * one, b + step
    return w, b


def _settle_cases(rng):
    # Here units that look at the old state come to rest as well, elsewhere.
    calm = np.array([[0.0, 0.0, -1.0, 0.0], [0.0, 0.0, -1.0, 1.0], [-1.0, -1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    yield calm, np.array([1, 1, 1, 1]), np.array([0, 1, 2, 3])
    pair = np.array([[0.0, 1.0], [1.0, 0.0]])
    yield pair, np.array([1, -1]), np.array([0, 1])
    yield pair, np.array([1, -1]), np.array([1, 0])
    yield -pair, np.array([1, -1]), np.array([1, 0])
    # Sums of 0 for one that is on and for one that is off.
    ring = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]])
    yield ring, np.array([1, 1, -1, -1]), np.array([1, 3, 0, 2])
    # Three rounds change something.
    row = np.diag([1.0, 2.0, 3.0, 4.0], 1)
    yield row + row.T, np.array([-1, -1, -1, -1, 1]), np.array([0, 1, 2, 3, 4])
    for _ in range(5):
        n = int(rng.integers(4, 11))
        half = np.triu(rng.integers(-8, 9, (n, n)), 1) / 4
        yield half + half.T, rng.choice([-1, 1], n), rng.permutation(n)


def _together(weights, state, order):
    """All units at once; where they jump to and fro, it ends after fifty rounds."""
    energies = [-state @ weights @ state / 2]
    for _ in range(50):
        sums = weights @ state
        new = np.where(sums == 0, state, np.sign(sums))
        if (new == state).all():
            break
        state = new
        energies.append(-state @ weights @ state / 2)
    return state, energies


def _one_round(weights, state, order):
    before, energies = state, [-state @ weights @ state / 2]
    state = state.copy()
    for i in order:
        total = weights[i] @ state
        state[i] = np.sign(total) if total else state[i]
    return state, energies + [-state @ weights @ state / 2] * bool((state != before).any())


def _noted_too_often(flips_only):
    def answer(weights, state, order):
        state = state.copy()
        energies, changed = [-state @ weights @ state / 2], True
        while changed:
            changed = False
            for i in order:
                total = weights[i] @ state
                flips = total * state[i] < 0
                state[i], changed = -state[i] if flips else state[i], changed or flips
                energies += [-state @ weights @ state / 2] * bool(flips or not flips_only)
        return state, energies

    return answer


@implement(
    _settle_cases,
    "Work on a copy, state.copy(): what was handed over stays as it is.",
    "In a round, for i in order: total = weights[i] @ state; then state[i] = np.sign(total), unless it is 0.",
    "Keep what the state was before the round. If the round has changed nothing, that is the end.",
    "The energy is -state @ weights @ state / 2. Note it at the start, and after each round that changed something.",
    points=3,
    mistakes={
        "One unit after the other: each sees what those before it in this round have become.": _together,
        "Where the sum is 0, a unit stays as it is. Here it goes to 1.": (
            "np.sign(total) if total else state[i] → 1 if total >= 0 else -1"
        ),
        "Where the sum is 0, a unit stays as it is. Here it goes to −1.": (
            "np.sign(total) if total else state[i] → 1 if total > 0 else -1"
        ),
        "A unit is 1 or −1, never 0: np.sign(0) is 0.": "np.sign(total) if total else state[i] → np.sign(total)",
        "The units take their turns in the given order.": "for i in order: → for i in range(len(order)):",
        "One round is not always enough: go on until a round changes nothing.": _one_round,
        "Each pair stands twice in the matrix: the energy has a ½.": (
            "energies = [-state @ weights @ state / 2] → energies = [-state @ weights @ state]; "
            "energies.append(-state @ weights @ state / 2) → energies.append(-state @ weights @ state)"
        ),
        "The energy falls: it has a minus.": (
            "energies = [-state → energies = [state; energies.append(-state → energies.append(state"
        ),
        "The energy at the start is the first of them.": "energies = [-state @ weights @ state / 2] → energies = []",
        "The last round has changed nothing, and is not noted.": (
            "return state, energies → return state, [*energies, -state @ weights @ state / 2]"
        ),
        "The energy is noted after a round, not after each unit that flips.": _noted_too_often(flips_only=True),
        "The energy is noted after a round, not after each unit.": _noted_too_often(flips_only=False),
        "First the state, then the energies.": "return state, energies → return energies, state",
    },
)
def settle(weights, state, order):
    """Hopfield's network, one unit after the other, until a round changes nothing: (state, energies). Hopfield, 1982.

    weights: (n, n), symmetric, with a diagonal of 0   state: (n,) of −1 and 1   order: (n,), the units' turns
    energies: −½ s · W s at the start and after each round that changed something
    """
    state = state.copy()
    energies = [-state @ weights @ state / 2]
    while True:
        before = state.copy()
        for i in order:
            total = weights[i] @ state
            state[i] = np.sign(total) if total else state[i]
        if (state == before).all():
            return state, energies
        energies.append(-state @ weights @ state / 2)


@value(
    "Give A two patterns, and follow the matrix through the loop.",
    "Give B two units with a weight of 1 between them, and the state (1, −1). What does each see?",
    "C is to bring the sum near the target. When does it stop to learn?",
    points=3,
    mistakes=MACHINES,
)
def broken_machines():
    """A forgets all patterns but the last; B looks at the old state; C learns from the sign."""
    return {"A": 4, "B": one_of(3, 5, 6), "C": one_of(5, 6)}


def _pattern_cases(rng):
    yield (np.array([[1, 1, -1, -1]]),)
    yield (np.array([[1, 1, 1, -1], [1, 1, -1, -1]]),)
    yield (np.array([[1, -1, 1, 1, -1], [1, -1, 1, 1, 1], [-1, -1, 1, -1, 1]]),)
    for _ in range(5):
        n = int(rng.integers(6, 15))
        yield (_independent(rng, int(rng.integers(2, n // 2 + 1)), n),)


def _independent(rng, count, n):
    """(count, n) of −1 and 1, alike, and none of them nearly a sum of multiples of the others."""
    while True:
        patterns = rng.choice([-1, 1], (count, n), p=[0.7, 0.3])
        if np.linalg.cond(patterns) < 100:
            return patterns


@implement(
    _pattern_cases,
    "np.linalg.pinv(patterns) has the shape (n, k). Which product has the shape (n, n)?",
    "The same without pinv: patterns.T @ np.linalg.inv(patterns @ patterns.T) @ patterns.",
    "np.fill_diagonal(weights, 0.0) sets the diagonal of an array of floats to 0, and returns nothing.",
    points=2,
    mistakes={
        "That is Hebb's rule: it lets patterns that are alike disturb each other.": (
            "weights = np.linalg.pinv(patterns) @ patterns → weights = patterns.T @ patterns / len(patterns[0])"
        ),
        "That is Hebb's rule, divided by the number of patterns.": (
            "weights = np.linalg.pinv(patterns) @ patterns → weights = patterns.T @ patterns / len(patterns)"
        ),
        "No unit holds itself: the diagonal is to be 0.": "np.fill_diagonal(weights, 0.0) →",
        "The other way round the product is (k, k), and says nothing of the units.": (
            "np.linalg.pinv(patterns) @ patterns → patterns @ np.linalg.pinv(patterns)"
        ),
        "The inverse goes between the two matrices: patterns.T first, patterns last.": (
            "weights = np.linalg.pinv(patterns) @ patterns → weights = np.linalg.pinv(patterns.T @ patterns)"
        ),
        "The diagonal of P⁺P is seldom 1: set it to 0, whatever it is.": (
            "np.fill_diagonal(weights, 0.0) → weights = weights - np.eye(len(weights))"
        ),
        "The diagonal is set to 0, not taken away from every entry of a row.": (
            "np.fill_diagonal(weights, 0.0) → weights = weights - np.diag(weights)"
        ),
    },
)
def projection(patterns):
    """The projection rule P⁺P, its diagonal set to 0: (n, n). Personnaz, Guyon and Dreyfus, 1985.

    patterns: (k, n) of −1 and 1, none of them a sum of multiples of the others
    """
    weights = np.linalg.pinv(patterns) @ patterns
    np.fill_diagonal(weights, 0.0)
    return weights


@build(
    'keras.Input((16, 16, 1)), then Conv2D(maps, 5, strides=2, padding="same", activation="tanh"), twice.',
    "Flatten, Dense(units), Dense(10). In 1989 every unit was a tanh, the ten outputs too.",
    "lenet_1989(12, 30).count_params() says whether it is 10,024.",
    points=3,
    mistakes=WRONG_PLANS,
)
def lenet_1989(trial):
    """The plan of 1989 in plain layers, for any number of maps and of units."""
    judge_plan(trial)


@build(
    "Move each training image by up to two places, several times over, and train on all of these copies.",
    "np.pad puts two places of paper, −1, around all images; cut 16 × 16 out of them at random.",
    "Six to nine copies of each digit, cross-entropy, Adam with a rate of 0.003, and five epochs are enough.",
    points=4,
    mistakes=WRONG_MAIL,
)
def moved_mail(trial):
    """At most 10,024 weights, trained on 600 digits in the middle; of 500 moved ones at least 65 % right."""
    judge_mail(trial, digits())


@kept_in_a_matrix(
    "What comes out of unit i is the sign of row i times the state: 64 neurons, each with its own task.",
    "erased(patterns) gives ten erased copies, in the order of np.tile(patterns, (10, 1)): inputs and targets.",
    "Let W learn: W += rate * (targets − tanh(inputs @ W.T)).T @ inputs, some hundred times, with a rate of 0.002.",
    points=5,
    digits=digits,
)
def memory(patterns):
    """Weights (64, 64) that bring back twenty digits from a half of each. patterns: (20, 64) of −1 and 1"""
    return learnt(patterns)
