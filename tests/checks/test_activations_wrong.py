"""Chapter 02's checks, tried with what a learner writes first, and with limits that are nearly right."""

import numpy as np
import pytest

from course_lib.activations import softmax
from course_lib.checks import activations as check
from tests.checks.test_activations_verdicts import (
    softmax_in_loops,
    squeeze_from_behind,
    states_by_counting,
    swish_with_select,
)
from tests.checks.tried import refuse, wrong_ones


def swish(z, share=lambda z: np.clip(z + 3, 0, 6) / 6, slope=None):
    value, right = z * share(z), swish_with_select(z)[1]
    return value, right if slope is None else slope(z)


def at(temperature_of):
    """A softmax that divides by what is made of the temperature, and knows no case of its own for 0."""

    def softmax_at(logits, temperature):
        with np.errstate(all="ignore"):
            e = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature_of(temperature))
            return e / e.sum(axis=-1, keepdims=True)

    return softmax_at


def at_zero(marks):
    """A softmax whose case for 0 makes its shares of the marks (..., classes)."""
    return lambda z, t: at(lambda t: t)(z, t) if t else marks(np.asarray(z), z == z.max(axis=-1, keepdims=True))


def first_of(marks):
    return np.eye(marks.shape[-1])[marks.argmax(axis=-1)]


def naive(logits, temperature):
    with np.errstate(all="ignore"):
        if temperature == 0:
            return softmax_in_loops(logits, 0)
        e = np.exp(logits / temperature)
        return e / e.sum(axis=-1, keepdims=True)


def squeeze_by(layers, bias_of, first=False, given=None):
    done = []
    for kernel, bias, name in layers:
        if done and done[-1][2] == "linear":
            before, before_bias, before_name = done.pop()
            bias, kernel = bias_of(before_bias, kernel, bias), before @ kernel
            name = before_name if first else name
        done.append((kernel, bias, name))
    if given is not None:
        given[:] = done
    return done


def states_of(z):
    return (z > 0).all(axis=0).astype(int) - (~(z > 0).any(axis=0)).astype(int)


VALUES = {"ReLU value": 0, "ReLU slope": 0, "leaky value": -0.3, "leaky slope": 0.1, "sigmoid slope": 0.16}
VALUES["tanh slope"] = 0.64
ONE, DEEP = {"weight": -3, "bias": 5.75, "with a bend": 4.25}, {"sigmoid": 10, "tanh": 16, "leaky ReLU": 9, "weight": 4}
LAYERS = {"A": "tanh", "B": "ReLU", "C": "sigmoid", "D": "leaky ReLU", "E": "ELU", "F": "GELU"}
WRONG = {
    "values_by_hand": [
        ("lets nothing negative through", VALUES | {"ReLU value": -3}),
        ("only right of 0", VALUES | {"ReLU slope": 1}),
        ("keeps the sign", VALUES | {"leaky value": 0.3}),
        ("That is plain ReLU", VALUES | {"leaky value": 0}),
        ("its slope is positive", VALUES | {"leaky slope": -0.1}),
        ("is not flat left of 0", VALUES | {"leaky slope": 0}),
        ("tanh's formula", VALUES | {"sigmoid slope": 0.36}),
        ("That is 1 − y", VALUES | {"sigmoid slope": 0.2}),
        ("the sigmoid's output already", VALUES | {"sigmoid slope": 0.21}),
        ("the sigmoid's formula", VALUES | {"tanh slope": 0.24}),
        ("Take it from 1", VALUES | {"tanh slope": 0.36}),
        ("tanh's output already", VALUES | {"tanh slope": 0.71}),
        ("", VALUES | {"tanh slope": 0.63}),
    ],
    "three_in_one": [
        ("You added them", ONE | {"weight": -0.5}),
        ("Only the sign", ONE | {"weight": 3}),
        ("first two neurons", ONE | {"weight": -6}),
        ("do not simply add up", ONE | {"bias": 3.5}),
        ("also multiplies", ONE | {"bias": 7.5}),
        ("−3 times −1 is +3", ONE | {"bias": 2.75}),
        ("without the bend", ONE | {"with a bend": 5.75}),
        ("two more neurons", ONE | {"with a bend": 0.5}),
        ("its bias is still there", ONE | {"with a bend": 4}),
        ("bias of 4", ONE | {"with a bend": 0.25}),
    ],
    "layers_to_a_millionth": [
        *[("sigmoid: ", DEEP | {"sigmoid": n}) for n in (9, 20, 6, 9.0)],
        *[("tanh: ", DEEP | {"tanh": n}) for n in (15, 26, 51)],
        *[("leaky ReLU: ", DEEP | {"leaky ReLU": n}) for n in (8, 62)],
        *[("weight: ", DEEP | {"weight": w}) for w in (0.25, 1, 1.0)],
        ("", DEEP | {"sigmoid": 9.97}),
        ("", DEEP | {"sigmoid": 11}),
    ],
    "hard_swish": [
        ("divided by 6", lambda z: swish(z, lambda z: np.clip(z + 3, 0, 6))),
        ("multiplied by z", lambda z: (np.clip(z + 3, 0, 6) / 6, swish(z)[1])),
        ("Right of 3", lambda z: swish(z, lambda z: np.maximum(z + 3, 0) / 6)),
        ("Left of −3", lambda z: swish(z, lambda z: np.minimum(z + 3, 6) / 6)),
        ("z stands there twice", lambda z: swish(z, slope=lambda z: np.clip(z + 3, 0, 6) / 6)),
        ("holds in the middle", lambda z: swish(z, slope=lambda z: (2 * z + 3) / 6)),
        (
            "slope is that of the straight sides",
            lambda z: swish(z, slope=lambda z: (2 * z + 3) / 6 * (abs(z) <= 3) + (z > 3)),
        ),
        ("2 were wanted", lambda z: [swish(z)[0]]),
        ("", lambda z: swish(z, slope=lambda z: np.ones(z.shape) * (z > 0))),
        ("", lambda z: swish(z)[::-1]),
        ("", lambda z: (z / (1 + np.exp(-z * 1.0)), swish(z)[1])),
    ],
    "whose_outputs": [
        *[("A: ", LAYERS | {"A": name}) for name in ("sigmoid", "ELU")],
        *[("B: ", LAYERS | {"B": name}) for name in ("leaky ReLU", "GELU")],
        ("C: ", LAYERS | {"C": "tanh"}),
        ("D: ", LAYERS | {"D": "ELU", "E": "leaky ReLU"}),
        ("E: ", LAYERS | {"E": "leaky ReLU"}),
        *[("F: ", LAYERS | {"F": name}) for name in ("ELU", "leaky ReLU")],
        ("", LAYERS | {"D": "leaky"}),
    ],
    "unit_states": [
        ("exactly 0 is off", lambda x, k, b: states_by_counting(x, k, b + 1e-12)),
        ("The bias is missing", lambda x, k, b: states_by_counting(x, k, 0 * b)),
        ("always on is 1", lambda x, k, b: -states_by_counting(x, k, b)),
        ("That is the first example", lambda x, k, b: states_by_counting(x[:1], k, b)),
        ("mean sum", lambda x, k, b: np.sign((x @ k + b).mean(axis=0)).astype(int)),
        ("for each example", lambda x, k, b: states_of((x @ k + b).T)),
        ("for the whole layer", lambda x, k, b: int((x @ k + b > 0).all()) - int(not (x @ k + b > 0).any())),
        ("is marked 1, too", lambda x, k, b: np.minimum(states_by_counting(x, k, b), 0)),
        ("", lambda x, k, b: (x @ k + b > 0).sum(axis=0)),
        ("a list", lambda x, k, b: states_by_counting(x, k, b).tolist()),
        ("True or False", lambda x, k, b: (x @ k + b > 0).any(axis=0)),
    ],
    "softmax_at": [
        ("brings the shares closer", lambda z, t: at(lambda t: 1 / t)(z, t) if t else softmax_in_loops(z, 0)),
        ("no effect yet", lambda z, t: softmax(z) if t else softmax_in_loops(z, 0)),
        ("no longer add up to 1", lambda z, t: softmax(z) / t if t else softmax_in_loops(z, 0)),
        ("e to the power of 2000 overflows", naive),
        ("no case for temperature 0 yet", at(lambda t: np.float64(t))),
        ("You divide by something larger", at(lambda t: max(t, 0.01))),
        *[("by however little it is larger", at(lambda t, least=least: max(t, least))) for least in (1e-3, 1e-6, 1e-9)],
        (
            "by however little",
            at_zero(lambda z, won: softmax_in_loops(np.isclose(z, z.max(-1, keepdims=True)) * 1.0, 0)),
        ),
        ("by how many there are", at_zero(lambda z, won: won.astype(float))),
        ("You give all to the first", at_zero(lambda z, won: first_of(won))),
        ("are not all alike", at_zero(lambda z, won: np.ones(z.shape) / z.shape[-1])),
        ("along the last axis", lambda z, t: np.moveaxis(softmax_in_loops(np.moveaxis(z, 0, -1), t), -1, 0)),
        ("", lambda z, t: at(lambda t: t)(z, t) if t >= 0.01 else softmax_in_loops(z, 0)),
        ("", at(lambda t: t + 0.01)),
        ("", at(lambda t: t + 1e-9)),
        ("float32; float64 was wanted", lambda z, t: softmax_in_loops(z, t).astype("float32")),
    ],
    "squeeze": [
        ("The first bias is lost", lambda layers: squeeze_by(layers, lambda b, k, c: c)),
        ("The second bias is lost", lambda layers: squeeze_by(layers, lambda b, k, c: b @ k)),
        ("Nothing is joined yet", lambda layers: layers),
        ("You keep the name of the first", lambda layers: squeeze_by(layers, lambda b, k, c: b @ k + c, first=True)),
        ("", lambda layers: squeeze_by(layers, lambda b, k, c: b + k + c)),
        ("", lambda layers: squeeze_from_behind(layers)[:1]),
        ("", lambda layers: [layer for layer in layers if layer[2] != "linear"]),
        ("changed the data", lambda layers: squeeze_by(layers, lambda b, k, c: b @ k + c, given=layers)),
    ],
}


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_wrong_answer_is_refused_with_its_words(one, words, answer):
    refuse(one, words, answer)
