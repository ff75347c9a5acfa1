"""Chapter 02's checks, tried: right answers written otherwise, and what a learner writes first."""

import numpy as np
import pytest

from course_lib.activations import softmax
from course_lib.checks import activations as check
from tests.checks.tried import accept, right_ones


def swish_in_loops(z):
    value, slope = np.zeros(np.shape(z)), np.zeros(np.shape(z))
    for place, one in np.ndenumerate(z):
        share = min(max(one + 3, 0), 6) / 6
        value[place] = one * share
        slope[place] = 0 if one <= -3 else 1 if one >= 3 else one / 3 + 1 / 2
    return value, slope


def swish_by_masks(z):
    z = np.array(z, float)
    value, slope = np.zeros_like(z), np.zeros_like(z)
    middle, right = (z > -3) & (z < 3), z >= 3
    value[middle], slope[middle] = z[middle] * (z[middle] + 3) / 6, (2 * z[middle] + 3) / 6
    value[right], slope[right] = z[right], 1
    return [value, slope]


def swish_with_select(z):
    z = z * 1.0
    inside = [z <= -3, z < 3]
    return np.select(inside, [0 * z, z * (z + 3) / 6], z), np.select(inside, [0 * z, (2 * z + 3) / 6], 1.0)


def swish_by_product_rule(z):
    share = np.maximum(0, np.minimum(6, z + 3)) / 6
    return z * share, share + z / 6 * (np.abs(z) < 3)


def states_in_loops(x, kernel, bias):
    states = []
    for unit in range(kernel.shape[1]):
        on = [float(np.dot(row, kernel[:, unit]) + bias[unit]) > 0 for row in x]
        states.append(1 if all(on) else -1 if not any(on) else 0)
    return np.array(states)


def states_by_counting(x, kernel, bias):
    count = (np.einsum("bi,iu->bu", x, kernel) + bias > 0).sum(axis=0)
    return np.where(count == 0, -1, np.where(count == len(x), 1, 0))


def states_by_extremes(x, kernel, bias):
    z = x @ kernel + bias
    return np.sign(
        np.sign(z.max(axis=0)) + np.sign(z.min(axis=0)) - (z.max(axis=0) <= 0) + (z.min(axis=0) > 0) + 0.0
    ) * ((z.max(axis=0) <= 0) | (z.min(axis=0) > 0))


def softmax_in_loops(logits, temperature):
    rows = np.reshape(logits, (-1, np.shape(logits)[-1])).astype(float)
    shares = np.zeros_like(rows)
    for i, row in enumerate(rows):
        largest = max(row)
        powers = [float(z == largest) if temperature == 0 else np.exp((z - largest) / temperature) for z in row]
        shares[i] = [power / sum(powers) for power in powers]
    return shares.reshape(np.shape(logits))


def softmax_by_logarithm(logits, temperature):
    z = np.asarray(logits, float)
    if temperature == 0:
        winners = (z == np.max(z, -1, keepdims=True)) * 1.0
        return winners / np.sum(winners, -1, keepdims=True)
    z = z / temperature
    return np.exp(z - np.logaddexp.reduce(z, axis=-1, keepdims=True))


def softmax_of_the_course(logits, temperature):
    if temperature > 0:
        return softmax(logits / temperature)
    return softmax(np.where(logits == logits.max(axis=-1, keepdims=True), 0.0, -np.inf))


def softmax_of_the_smallest_number(logits, temperature):
    """At 0 divided by so small a number that it is the limit for any two floats in sight."""
    shifted = np.asarray(logits, float) - np.max(logits, axis=-1, keepdims=True)
    e = np.exp(shifted / max(temperature, np.finfo(float).tiny))
    return e / e.sum(axis=-1, keepdims=True)


def squeeze_from_behind(layers):
    done = []
    for kernel, bias, name in reversed(layers):
        if done and name == "linear":
            after, after_bias, after_name = done.pop(0)
            kernel, bias, name = kernel @ after, bias @ after + after_bias, after_name
        done.insert(0, (kernel, bias, name))
    return done


def squeeze_again_and_again(layers):
    layers = list(layers)
    for i in range(len(layers) - 1):
        if layers[i][2] == "linear":
            (first, first_bias, _), (second, bias, name) = layers[i : i + 2]
            joined = np.dot(first, second), np.dot(first_bias, second) + bias, name
            return squeeze_again_and_again([*layers[:i], joined, *layers[i + 2 :]])
    return layers


def squeeze_with_a_row_for_the_bias(layers):
    done, kept = [], None
    for kernel, bias, name in layers:
        augmented = np.block([[kernel, np.zeros((len(kernel), 1))], [bias[None], np.ones((1, 1))]])
        kept = augmented if kept is None else np.einsum("ij,jk->ik", kept, augmented)
        if name != "linear":
            done.append([kept[:-1, :-1], kept[-1, :-1], name])
            kept = None
    return tuple(done if kept is None else [*done, (kept[:-1, :-1], kept[-1, :-1], "linear")])


RIGHT = {
    "values_by_hand": {
        "floats": {
            "ReLU value": 0.0,
            "ReLU slope": 0.0,
            "leaky value": -0.30,
            "leaky slope": 0.10,
            "sigmoid slope": 0.16,
            "tanh slope": 0.64,
        },
        "computed": {
            "ReLU value": max(0, -3),
            "ReLU slope": 0,
            "leaky value": 0.1 * -3,
            "leaky slope": 0.1,
            "sigmoid slope": 0.8 * (1 - 0.8),
            "tanh slope": 1 - 0.6**2,
        },
        "of NumPy": {
            "ReLU value": np.maximum(0, -3),
            "ReLU slope": np.float64(0),
            "leaky value": np.float32(-0.3),
            "leaky slope": np.float32(0.1),
            "sigmoid slope": np.float32(0.16),
            "tanh slope": np.float64(0.64),
        },
    },
    "three_in_one": {
        "floats": {"weight": -3.0, "bias": 5.75, "with a bend": 4.25},
        "of NumPy": {"weight": np.int64(-3), "bias": np.float64(5.75), "with a bend": np.float32(4.25)},
        "computed": {"weight": 0.5 * -3 * 2, "bias": 0.5 * (-3 * -1 + 0.5) + 4, "with a bend": 0.5 * 0.5 + 4},
    },
    "layers_to_a_millionth": {
        "floats": {"sigmoid": 10.0, "tanh": 16.0, "leaky ReLU": 9.0, "weight": 4.0},
        "rounded up": {
            "sigmoid": np.ceil(np.log(1e-6) / np.log(0.25)),
            "tanh": np.ceil(-6 / np.log10(1 - np.tanh(1) ** 2)),
            "leaky ReLU": np.ceil(6 / np.log10(5)),
            "weight": 1 / 0.25,
        },
    },
    "hard_swish": {
        "loops": swish_in_loops,
        "masks": swish_by_masks,
        "np.select": swish_with_select,
        "product rule": swish_by_product_rule,
    },
    "whose_outputs": {
        "other cases": {"A": "Tanh", "B": "relu", "C": "Sigmoid", "D": "Leaky ReLU", "E": "elu", "F": "gelu"},
    },
    "unit_states": {
        "loops": states_in_loops,
        "counting, einsum": states_by_counting,
        "smallest and largest": states_by_extremes,
        "floats": lambda x, kernel, bias: states_by_counting(x, kernel, bias).astype(float),
        "float32 inside": lambda x, kernel, bias: states_in_loops(
            *(one.astype("float32") for one in (x, kernel, bias))
        ),
    },
    "softmax_at": {
        "loops": softmax_in_loops,
        "logaddexp": softmax_by_logarithm,
        "the course's own": softmax_of_the_course,
        "the smallest number": softmax_of_the_smallest_number,
    },
    "squeeze": {
        "from behind": squeeze_from_behind,
        "again and again": squeeze_again_and_again,
        "a row for the bias": squeeze_with_a_row_for_the_bias,
    },
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer)
