"""Chapter 16's questions that are answered by a number or a line: each is worked out here, each repair is run."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from course_lib.checks import history as check
from tests.checks.tried import accept, refuse, with_line

MACHINES = {"A": 4, "B": 5, "C": 6}
COUNTS = check.counts_1969.mistakes.right()


def outputs(inputs):
    """All functions that one threshold unit computes of so many inputs, as tuples of 0 and 1."""
    points = np.array(list(itertools.product([0, 1], repeat=inputs)))
    weights = itertools.product(range(-2, 3), repeat=inputs)
    biases = np.arange(-6, 7) + 0.5
    return {tuple((points @ np.array(w) + b > 0).astype(int)) for w in weights for b in biases}


def can_be_weighed(features, wanted):
    """Whether some weights and a bias make the sum at least 1 where 1 is wanted, and at most −1 elsewhere."""
    signs = np.where(wanted, 1, -1)[:, None]
    columns = np.column_stack([features, np.ones(len(features))])
    found = linprog(np.zeros(columns.shape[1]), A_ub=-signs * columns, b_ub=-np.ones(len(columns)), bounds=(None, None))
    return found.status == 0


def points_and_masks(n, seen):
    """All sets of n points, and whether each holds each set of at most ``seen`` points: any unit is a sum of these."""
    points = np.array(list(itertools.product([0, 1], repeat=n)))
    masks = [mask for size in range(seen + 1) for mask in itertools.combinations(range(n), size)]
    return points, np.array([[point[list(mask)].all() for mask in masks] for point in points], float)


@pytest.mark.parametrize(("inputs", "name"), [(2, "two inputs"), (3, "three inputs")])
def test_a_unit_computes_as_many_functions_as_the_answer_says(inputs, name):
    points = np.array(list(itertools.product([0, 1], repeat=inputs)))
    found = outputs(inputs)
    assert len(found) == COUNTS[name]
    others = set(itertools.product([0, 1], repeat=2**inputs)) - found
    assert not any(can_be_weighed(points, np.array(one)) for one in sorted(others))


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_parity_needs_a_unit_that_sees_all_points(n):
    for seen in range(1, n + 1):
        points, features = points_and_masks(n, seen)
        assert can_be_weighed(features, points.sum(axis=1) % 2 == 1) == (seen == n)


def test_one_hidden_unit_is_not_enough_for_xor_and_two_are():
    def enough(units):
        hidden = itertools.combinations(sorted(outputs(2)), units)
        return any(can_be_weighed(np.array(said).T, np.array([0, 1, 1, 0])) for said in hidden)

    assert [units for units in (1, 2) if enough(units)] == [COUNTS["hidden units"]]


# The machines


def remembers(store):
    patterns = np.array([[1, 1, -1, -1, 1, 1, -1, -1], [1, -1, 1, -1, 1, -1, 1, -1], [1, 1, 1, 1, -1, -1, -1, -1]])
    weights = store(patterns)
    return not np.diag(weights).any() and (np.sign(patterns @ weights) == patterns).all()


def comes_to_rest(recall):
    """Small random networks: where it ends no unit wants to change, and the caller's state is as it was."""
    rng, pair = np.random.default_rng(0), np.array([[0, 1], [1, 0]])
    nets = [(pair, np.array([1, -1]))]
    for _ in range(30):
        half = np.triu(rng.normal(size=(14, 14)), 1)
        nets.append((half + half.T, rng.choice([-1, 1], 14)))
    for weights, state in nets:
        given = state.copy()
        end = recall(weights, state)
        if (state != given).any() or (np.where(weights @ end >= 0, 1, -1) != end).any():
            return False
    return True


def comes_near(adaline):
    x = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    y = np.array([1, 1, 1, -1])
    w, b = adaline(x, y, 0.01, 2000)
    return np.allclose([*w, b], 0.5, atol=0.02)


JUDGES = {"A": ("store_a", remembers), "B": ("recall_b", comes_to_rest), "C": ("adaline_c", comes_near)}
REPAIRS = {
    "A": {
        4: ["    weights += np.outer(pattern, pattern) / n", "    weights = weights + np.outer(pattern, pattern) / n"]
    },
    "B": {
        3: ["    before = state"],
        5: ["        total = weights[i] @ state", "        total = state @ weights[:, i]"],
        6: ["        state[i] = 1 if weights[i] @ state >= 0 else -1"],
    },
    "C": {
        5: ["        said = total"],
        6: ["        error = target - total", "        error = -(total - target)"],
    },
}
NO_REPAIRS = {
    "A": {
        2: "weights = np.ones((n, n))",
        3: "for pattern in reversed(patterns):",
        5: "weights = weights.copy()",
        6: "return weights * n",
    },
    "B": {
        1: "state = state",
        2: "for _ in range(1000):",
        4: "    for i in reversed(range(len(state))):",
        7: "return before",
    },
    "C": {
        1: "w, b = 0.1 * np.ones(x.shape[1]), 0.0",
        2: "for _ in range(10 * rounds):",
        4: "        total = np.tanh(w @ example + b)",
        7: "        w = w + 2 * rate * error * example",
        8: "        b = b + 2 * rate * error",
    },
}


@pytest.mark.parametrize("letter", "ABC")
def test_the_machines_are_broken_as_they_stand(letter):
    name, is_right = JUDGES[letter]
    first = {"A": "weights = np.zeros((n, n))", "B": "state = state.copy()", "C": "w, b = np.zeros(x.shape[1]), 0.0"}
    line = {"A": 2, "B": 1, "C": 1}[letter]
    assert not is_right(with_line("16-history", name, line, first[letter]))


@pytest.mark.parametrize("letter", "ABC")
def test_a_line_whose_change_repairs_the_machine_is_right(letter):
    name, is_right = JUDGES[letter]
    for line, repairs in REPAIRS[letter].items():
        for repair in repairs:
            assert is_right(with_line("16-history", name, line, repair)), (letter, line)
        accept(check.broken_machines, MACHINES | {letter: line})


@pytest.mark.parametrize("letter", "ABC")
def test_a_line_whose_likeliest_change_does_not_do_is_refused(letter):
    name, is_right = JUDGES[letter]
    for line, change in NO_REPAIRS[letter].items():
        assert not is_right(with_line("16-history", name, line, change)), (letter, line)
        refuse(check.broken_machines, "", MACHINES | {letter: line})


def test_every_line_of_the_machines_is_either_repaired_or_tried():
    # A counts its units in line 1; C goes through its examples in line 3 and hands back what it has in line 9.
    lines = {"A": {*range(2, 7)}, "B": {*range(1, 8)}, "C": {1, 2, *range(4, 9)}}
    assert {letter: {*REPAIRS[letter], *NO_REPAIRS[letter]} for letter in "ABC"} == lines
