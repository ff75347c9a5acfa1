"""Chapter 01's checks, tried: right answers written otherwise, and what a learner writes first."""

import math

import numpy as np
import pytest

from course_lib.checks import neurons as check
from tests.checks.tried import accept, refuse, right_ones, wrong_ones


def unit_in_loops(excitatory, inhibitory, threshold):
    fires = []
    for on, off in zip(excitatory, inhibitory, strict=True):
        fires.append(1 if sum(on) >= threshold and not any(off) else 0)
    return np.array(fires)


def unit_of_products(excitatory, inhibitory, threshold):
    free = np.prod(1 - inhibitory, axis=1)
    return (np.einsum("be->b", excitatory) >= threshold) * free


def unit_of_weights(excitatory, inhibitory, threshold):
    """An inhibitory weight that no number of excitatory inputs can make up for."""
    return np.heaviside(excitatory.sum(axis=1) - threshold - 1000 * inhibitory.sum(axis=1), 1).astype(int)


def distance_in_loops(x, w, b):
    length = math.sqrt(sum(weight**2 for weight in w))
    return np.array([(sum(a * c for a, c in zip(row, w, strict=True)) + b) / length for row in x])


def xnor(hidden, hidden_bias, output, output_bias):
    return [(hidden, hidden_bias), (output, output_bias)]


HIDDEN, OUTPUT = ([[1, -1], [1, -1]], [-1.5, 0.5]), ([[1], [1]], [-0.5])
LETTERS = {"spam": "A", "digit": "B", "weather": "C", "price": "C", "next token": "D", "tumour": "A"}
BY_HAND = {"sum": -0.7, "output": 0.332, "balancing bias": 1.0}
RIGHT = {
    "neuron_by_hand": {
        "two decimals": {"sum": -0.70, "output": 0.33, "balancing bias": 1.00},
        "whole": {"sum": -0.7, "output": 0.33, "balancing bias": 1},
        "more decimals": {"sum": -0.7, "output": 0.33181222783, "balancing bias": 1.0},
        "of NumPy": {"sum": np.float64(-0.7), "output": 1 / (1 + np.exp(0.7)), "balancing bias": np.int64(1)},
        "float32": {"sum": np.float32(-0.7), "output": np.float32(0.3318), "balancing bias": np.float32(1)},
    },
    "mcculloch_pitts": {
        "loops": unit_in_loops,
        "products, einsum": unit_of_products,
        "a weight that cannot be outvoted": unit_of_weights,
        "np.where": lambda e, i, threshold: np.where((e.sum(1) < threshold) | (i.sum(1) > 0), 0, 1),
        "logical functions": lambda e, i, t: np.logical_and(e.sum(1) >= t, np.logical_not(i.any(1))).astype("uint8"),
        "whole floats": lambda e, i, t: ((e.sum(1) >= t) & ~i.any(1)).astype(float),
        "float32": lambda e, i, t: ((e.astype("float32").sum(1) >= t) & ~i.any(1)).astype("float32"),
    },
    "shortcut_parameters": {"a float": 94.0, "of NumPy": np.int64(94), "a sum": 6 * 6 + 4 * 7 + 3 * 10},
    "signed_distance": {
        "loops": distance_in_loops,
        "einsum": lambda x, w, b: np.einsum("bi,i->b", x, w / np.sqrt(w @ w)) + b / np.sqrt(w @ w),
        "hypot": lambda x, w, b: (x.dot(w) + b) / math.hypot(*w),
        "a foot on the line": lambda x, w, b: ((x + b * w / (w @ w)) @ w) * (w @ w) ** -0.5,
        "a sum of products": lambda x, w, b: (np.sum(x * w, axis=1) + b) / np.sqrt(np.sum(w**2)),
    },
    "heads": {"small letters": {task: letter.lower() for task, letter in LETTERS.items()}, "as it is": LETTERS},
    "xnor_network": {
        "tuples": (HIDDEN, OUTPUT),
        "lists": [list(HIDDEN), list(OUTPUT)],
        "a tuple beside a list": [HIDDEN, list(OUTPUT)],
        "a list beside a tuple": [list(HIDDEN), OUTPUT],
        "arrays": [tuple(np.array(part) for part in layer) for layer in (HIDDEN, OUTPUT)],
        "arrays of whole numbers": xnor(np.array([[2, -2], [2, -2]]), np.array([-3, 1]), np.array([[2], [2]]), [-1]),
        "arrays of float32": [[np.array(part, "float32") for part in layer] for layer in (HIDDEN, OUTPUT)],
        "NOT of XOR": xnor([[1, 1], [1, 1]], [-0.5, -1.5], [[-1], [1]], [0.5]),
        "sums of exactly 0": xnor([[1, -1], [1, -1]], [-2, 0], [[1], [1]], [-1]),
        "three hidden neurons": xnor([[1, -1, 0], [1, -1, 0]], [-1.5, 0.5, 7], [[1], [1], [0]], [-0.5]),
        "five hidden neurons": xnor(
            [[1, -1, 1, -1, 1], [1, -1, 1, -1, -1]], [-1.5, 0.5, -1.5, 0.5, -0.5], [[1], [1], [1], [1], [0]], [-0.5]
        ),
    },
}

WRONG = {
    "neuron_by_hand": [
        ("That is the sum of the three products alone", BY_HAND | {"sum": -1, "output": 0.27}),
        ("pulls the sum down", BY_HAND | {"sum": 1.3}),
        ("You took it away", BY_HAND | {"sum": -1.3}),
        ("A negative sum has an output below one half", BY_HAND | {"output": 0.668}),
        ("A negative sum has an output below one half", BY_HAND | {"output": 0.67}),
        ("has to go through the sigmoid", BY_HAND | {"output": -0.7}),
        ("That is a step", BY_HAND | {"output": 0}),
        ("That is the sigmoid of the products alone", BY_HAND | {"output": 0.27}),
        ("Right size, wrong sign", BY_HAND | {"balancing bias": -1}),
        ("the whole bias", BY_HAND | {"balancing bias": 0.7}),
        ("That keeps the bias", BY_HAND | {"balancing bias": 0.3}),
        ("", BY_HAND | {"output": 0.34}),
        ("", BY_HAND | {"sum": -0.71}),
        ("Its keys are", {"sum": -0.7, "output": 0.33}),
        ("a dict was wanted", [-0.7, 0.33, 1.0]),
    ],
    "mcculloch_pitts": [
        ("at least, not more than", lambda e, i, t: ((e.sum(axis=1) > t) & ~i.any(axis=1)).astype(int)),
        *[
            ("outvote that weight", lambda e, i, t, weight=weight: (e.sum(1) - weight * i.sum(1) >= t).astype(int))
            for weight in (5, 10, 100)
        ],
        ("does not take one off the count", lambda e, i, t: (e.sum(axis=1) - i.sum(axis=1) >= t).astype(int)),
        ("have no effect yet", lambda e, i, t: (e.sum(axis=1) >= t).astype(int)),
        ("You wait until all of them are", lambda e, i, t: ((e.sum(axis=1) >= t) & ~i.all(axis=1)).astype(int)),
        ("its own row only", lambda e, i, t: ((e.sum(axis=1) >= t) & ~i.any()).astype(int)),
        ("but they are True and False", lambda e, i, t: (e.sum(axis=1) >= t) & ~i.any(axis=1)),
        ("Each row is an example of its own", lambda e, i, t: ((e.sum() >= t) & ~i.any(axis=1)).astype(int)),
        ("Any is not enough", lambda e, i, t: (e.any(axis=1) & ~i.any(axis=1)).astype(int)),
        ("a list", lambda e, i, t: unit_in_loops(e, i, t).tolist()),
        ("the shape", lambda e, i, t: unit_in_loops(e, i, t)[:, None]),
        ("returned None", lambda e, i, t: None),
    ],
    "shortcut_parameters": [
        ("without the shortcut", 79),
        ("Every neuron has a bias as well", 81),
        ("A bias belongs to a neuron", 84),
        ("no second bias", 97),
        ("they have no biases", 99.0),
        ("Those are the neurons", 13),
        ("The shortcut alone", 15),
        ("without the shortcut", 79.0),
        ("", 94.5),
        ("", "94"),
    ],
    "signed_distance": [
        ("That is the neuron's sum", lambda x, w, b: x @ w + b),
        ("the square root is missing", lambda x, w, b: (x @ w + b) / np.sum(w**2)),
        ("carry the sign", lambda x, w, b: np.abs(x @ w + b) / np.linalg.norm(w)),
        ("goes through the origin", lambda x, w, b: x @ w / np.linalg.norm(w)),
        ("not the bias alone", lambda x, w, b: x @ w + b / np.linalg.norm(w)),
        ("Mind the parentheses", lambda x, w, b: x @ w / np.linalg.norm(w) + b),
        ("the length is that of w alone", lambda x, w, b: (x @ w + b) / np.linalg.norm([*w, b])),
        ("The two sides are swapped", lambda x, w, b: -(x @ w + b) / np.linalg.norm(w)),
        ("not of x", lambda x, w, b: (x @ w + b) / np.linalg.norm(x, axis=1)),
        ("the sizes of the weights", lambda x, w, b: (x @ w + b) / np.abs(w).sum()),
        ("", lambda x, w, b: (x @ w + b) / w.sum()),
        ("the shape (2,) was wanted", lambda x, w, b: (x[0] @ w + b) / np.linalg.norm(w)),
        ("float32; float64 was wanted", lambda x, w, b: distance_in_loops(x, w, b).astype("float32")),
    ],
    "heads": [
        *[("spam: ", LETTERS | {"spam": letter}) for letter in "BCD"],
        *[("digit: ", LETTERS | {"digit": letter}) for letter in "ACD"],
        *[("weather: ", LETTERS | {"weather": letter}) for letter in "ABD"],
        *[("price: ", LETTERS | {"price": letter}) for letter in "ABD"],
        *[("next token: ", LETTERS | {"next token": letter}) for letter in "ABC"],
        *[("tumour: ", LETTERS | {"tumour": letter}) for letter in "BCD"],
        ("that is not it", LETTERS | {"spam": "E"}),
        ("Its keys are", {"spam": "A"}),
    ],
    "xnor_network": [
        ("computes XOR", xnor([[1, 1], [1, 1]], [-0.5, -1.5], [[1], [-1]], [-0.5])),
        ("computes AND", xnor([[1, 1], [1, 1]], [-1.5, -1.5], [[1], [1]], [-1.5])),
        ("fires for (0, 0) alone", xnor([[-1], [-1]], [0.5], [[1]], [-0.5])),
        ("always fires", xnor([[0, 0], [0, 0]], [0, 0], [[0], [0]], [0])),
        ("always fires", xnor([[1, -1], [1, -1]], [-1.5, 0.5], [[1], [1]], [0])),
        ("never fires", xnor([[1, -1], [1, -1]], [-1.5, 0.5], [[1], [1]], [-1.5])),
        ("computes OR", xnor([[1, 1], [1, 1]], [-0.5, -1.5], [[1], [1]], [-0.5])),
        ("computes NAND", xnor([[1], [1]], [-1.5], [[-1]], [0.5])),
        ("(2, 2) and (2,)", xnor([[1, -1]], [-1.5, 0.5], [[1], [1]], [-0.5])),
        ("a row for each input", xnor([[1, -1], [1, -1]], [-1.5, 0.5], [[1, 1]], [-0.5])),
        ("numbers in two brackets, then numbers in one", xnor([[1, -1], [1, -1]], [-1.5, 0.5], [[1], [1]], -0.5)),
        ("Layer 1: its kernel has the shape (2,)", [[[1, -1], [1, -1]], [-1.5, 0.5]]),
        ("a list of two layers", [HIDDEN, OUTPUT, OUTPUT]),
        ("a list of two layers", [*HIDDEN, *OUTPUT]),
        ("a list of two layers", "XNOR"),
        ("Layer 1", xnor([[math.nan, 1], [1, 1]], [0, 0], [[1], [1]], [0])),
    ],
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer)


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_a_wrong_answer_is_refused_with_its_words(one, words, answer):
    refuse(one, words, answer)
