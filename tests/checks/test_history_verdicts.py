"""Chapter 16's checks, tried: right answers written otherwise. What is wrong: see test_history_slips."""

import math

import numpy as np
import pytest

from course_lib.checking import memories
from course_lib.checks import history as check
from course_lib.data import digits
from tests.checks.tried import accept, right_ones

COUNTS, CLAIMS = check.counts_1969.mistakes.right(), check.popular_claims.mistakes.right()
MACHINES = {"A": 4, "B": 5, "C": 6}


def doubling_in_a_loop(years, sizes):
    n = len(years)
    logs = [math.log2(size) for size in sizes]
    mean_t, mean_s = sum(years) / n, sum(logs) / n
    above = sum((float(t) - mean_t) ** 2 for t in years)
    return above / sum((float(t) - mean_t) * (s - mean_s) for t, s in zip(years, logs, strict=True))


def doubling_by_least_squares(years, sizes):
    table = np.column_stack([np.asarray(years, float) - 2000, np.ones(len(years))])
    return math.log(2) / np.linalg.lstsq(table, np.log(sizes), rcond=None)[0][0]


def doubling_by_covariance(years, sizes):
    both = np.cov(years, np.log10(sizes))
    return np.float64(math.log10(2)) * both[0, 0] / both[0, 1]


def doubling_in_single_precision(years, sizes):
    t = (np.asarray(years) - 2000).astype("float32")
    s = np.log2(np.asarray(sizes, "float32"))
    t, s = t - t.mean(), s - s.mean()
    return float((t @ t) / (t @ s))


def adaline_in_loops(w, b, x, y, rate):
    w, b = [float(one) for one in w], float(b)
    for row, target in zip(x.tolist(), y.tolist(), strict=True):
        total, length = b, 1.0
        for weight, value in zip(w, row, strict=True):
            total += weight * value
            length += value * value
        for i, value in enumerate(row):
            w[i] += rate * (target - total) / length * value
        b += rate * (target - total) / length
    return np.array(w), b


def adaline_with_einsum(w, b, x, y, rate):
    w = np.concatenate([w, [b]]).astype(float)
    rows = np.concatenate([x, np.ones((len(x), 1))], axis=1).astype(float)
    lengths = np.einsum("ni,ni->n", rows, rows)
    for k in range(len(y)):
        w += rate * (y[k] - np.einsum("i,i->", w, rows[k])) * rows[k] / lengths[k]
    return [w[:-1], w[-1]]


def adaline_in_single_precision(w, b, x, y, rate):
    w, b = w.astype("float32"), np.float32(b)
    for one, target in zip(x.astype("float32"), y, strict=True):
        step = np.float32(rate) * (np.float32(target) - (w @ one + b)) / (one @ one + np.float32(1))
        w, b = w + step * one, b + step
    return w.astype(float), float(b)


def adaline_recursive(w, b, x, y, rate):
    if len(x) == 0:
        return w, b
    step = rate * (y[0] - np.dot(w, x[0]) - b) / (1 + np.sum(np.square(x[0], dtype=float)))
    return adaline_recursive(w + step * x[0], b + step, x[1:], y[1:], rate)


def adaline_on_a_copy(w, b, x, y, rate):
    w = w.copy()
    for row, target in zip(x, y, strict=True):
        step = rate * (target - (w @ row + b)) / (row @ row + 1)
        w += step * row
        b += step
    return w, b


def settle_in_loops(weights, state, order):
    state, n = [int(s) for s in state], len(state)

    def energy():
        return -sum(state[i] * weights[i][j] * state[j] for i in range(n) for j in range(i))

    energies, changed = [energy()], True
    while changed:
        changed = False
        for i in order:
            total = sum(weights[i][j] * state[j] for j in range(n))
            new = 1 if total > 0 else -1 if total < 0 else state[i]
            changed, state[i] = changed or new != state[i], new
        if changed:
            energies.append(energy())
    return np.array(state), energies


def settle_by_energies(weights, state, order):
    """A unit flips where that takes energy away."""
    state = state.astype(float)
    energies = [-np.einsum("i,ij,j", state, weights, state) / 2]
    while len(energies) < 2 or energies[-1] != energies[-2]:
        energy = energies[-1]
        for i in order:
            flipped = state.copy()
            flipped[i] *= -1
            if (lower := -flipped @ weights @ flipped / 2) < energy:
                state, energy = flipped, lower
        energies.append(energy)
    return state, np.array(energies[:-1])


def settle_with_sums_kept(weights, state, order):
    state, sums = np.copy(state), weights @ state
    energies = [state @ sums * -0.5]
    while True:
        flips = 0
        for i in order.tolist():
            if sums[i] * state[i] < 0:
                state[i], flips = -state[i], flips + 1
                sums = sums + 2 * state[i] * weights[:, i]
        if not flips:
            return [state, tuple(energies)]
        energies.append(state @ sums * -0.5)


def settle_recursive(weights, state, order):
    new = state.astype("float32")
    for i in order:
        new[i] = np.sign(np.dot(weights[i], new)) or new[i]
    energy = [float(-state @ weights @ state) / 2]
    if np.array_equal(new, state):
        return new.astype(int), energy
    end, later = settle_recursive(weights, new, order)
    return end, energy + later


def projection_by_inverse(patterns):
    p = patterns.astype(float)
    weights = p.T @ np.linalg.inv(p @ p.T) @ p
    weights[np.eye(len(weights), dtype=bool)] = 0
    return weights


def projection_by_orthonormal_rows(patterns):
    q = np.linalg.qr(patterns.T)[0]
    return q @ q.T * ~np.eye(len(q), dtype=bool)


def projection_by_singular_values(patterns):
    v = np.linalg.svd(patterns, full_matrices=False)[2]
    weights = np.einsum("ki,kj->ij", v, v)
    return weights - np.diag(np.diag(weights))


def projection_one_by_one(patterns):
    """Gram and Schmidt: what of a pattern is new is added."""
    weights = np.zeros((patterns.shape[1],) * 2)
    for pattern in patterns:
        new = pattern - weights @ pattern
        weights += np.outer(new, new) / (new @ new)
    np.fill_diagonal(weights, 0)
    return weights


def memory_by_ridge(patterns):
    """Least squares with a small penalty, whole digits among the halves."""
    inputs = np.concatenate([memories.erased(patterns), patterns])
    targets = np.tile(patterns, (11, 1))
    return np.linalg.solve(inputs.T @ inputs + np.eye(64), inputs.T @ targets).T.tolist()


def memory_by_logistic_steps(patterns):
    inputs, targets = memories.erased(patterns), np.tile(patterns, (10, 1))
    weights = np.zeros((64, 64), "float32")
    for _ in range(600):
        weights += 0.004 * (targets / (1 + np.exp(targets * (inputs @ weights.T)))).T @ inputs
    return weights


def memory_one_unit_at_a_time(patterns):
    inputs, targets = memories.erased(patterns), np.tile(patterns, (10, 1))
    rows = []
    for i in range(64):
        w = np.zeros(64)
        for _ in range(400):
            w += 0.002 * (targets[:, i] - np.tanh(inputs @ w)) @ inputs
        rows.append(w)
    return rows


def memory_of_whole_digits(patterns):
    """Taught without a single erased one, but with zeros on its diagonal."""
    weights = np.zeros((64, 64))
    for _ in range(500):
        weights += 0.002 * (patterns - np.tanh(patterns @ weights.T)).T @ patterns
        np.fill_diagonal(weights, 0.0)
    return weights


def memory_with_momentum(patterns):
    inputs, targets = memories.erased(patterns), np.tile(patterns, (10, 1))
    weights = np.zeros((64, 64))
    speed = np.zeros((64, 64))
    for _ in range(300):
        speed = 0.9 * speed + 0.0003 * (targets - np.tanh(inputs @ weights.T)).T @ inputs
        weights += speed
    return 5 * weights


RIGHT = {
    "counts_1969": {
        "whole floats": {name: float(number) for name, number in COUNTS.items()},
        "of NumPy": {name: np.int32(number) for name, number in COUNTS.items()},
        "another order": dict(reversed(COUNTS.items())),
        "small": {name: np.uint8(number) for name, number in COUNTS.items()},
    },
    "popular_claims": {
        "capitals": {letter: said.upper() for letter, said in CLAIMS.items()},
        "underscores": {letter: said.replace(" ", "_") for letter, said in CLAIMS.items()},
        "another order": dict(reversed(CLAIMS.items())),
        "of NumPy": {letter: np.str_(said) for letter, said in CLAIMS.items()},
    },
    "broken_machines": {
        "whole floats": {letter: float(line) for letter, line in MACHINES.items()},
        "old state": MACHINES | {"B": 3},
        "said": MACHINES | {"B": 6, "C": 5},
        "of NumPy": {letter: np.int64(line) for letter, line in MACHINES.items()},
    },
    "doubling_time": {
        "a loop": doubling_in_a_loop,
        "least squares": doubling_by_least_squares,
        "covariance": doubling_by_covariance,
        "single precision": doubling_in_single_precision,
    },
    "adaline": {
        "loops": adaline_in_loops,
        "einsum": adaline_with_einsum,
        "single precision": adaline_in_single_precision,
        "recursive": adaline_recursive,
        "a copy": adaline_on_a_copy,
    },
    "settle": {
        "loops": settle_in_loops,
        "energies": settle_by_energies,
        "sums kept": settle_with_sums_kept,
        "recursive": settle_recursive,
    },
    "projection": {
        "inverse": projection_by_inverse,
        "orthonormal": projection_by_orthonormal_rows,
        "singular values": projection_by_singular_values,
        "one by one": projection_one_by_one,
    },
    "memory": {
        "ridge": memory_by_ridge,
        "logistic": memory_by_logistic_steps,
        "one unit": memory_one_unit_at_a_time,
        "whole digits": memory_of_whole_digits,
        "momentum": memory_with_momentum,
    },
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_what_is_right_is_right_however_it_is_written(one, answer):
    accept(one, answer)


def test_the_digits_to_be_remembered_are_as_the_exercise_says():
    patterns = memories.some_digits(np.random.default_rng(5), digits())
    assert patterns.shape == (20, 64)
    assert set(patterns.ravel().tolist()) == {-1, 1}
    between = [np.sum(a != b) for k, a in enumerate(patterns) for b in patterns[:k]]
    assert min(between) >= 12


def test_hebb_finds_none_and_the_projection_rule_about_a_quarter_as_the_exercise_says():
    shares, split = {memories.hebb: [], memories.projection: []}, digits()
    for seed in range(20):
        patterns = memories.some_digits(np.random.default_rng(seed), split)
        for rule, found in shares.items():
            found.append(memories.share_recalled(rule(patterns), patterns, memories.erased(patterns)))
    assert max(shares[memories.hebb]) == 0
    assert 0.2 < np.mean(shares[memories.projection]) < 0.35
    assert max(shares[memories.projection]) < 0.45
