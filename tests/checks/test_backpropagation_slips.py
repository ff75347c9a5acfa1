"""Chapter 04's checks, tried: what a learner writes first, and the words that are due."""

import numpy as np
import pytest

from course_lib.activations import log_softmax, softmax
from course_lib.checks import backpropagation as check
from tests.checks.test_backpropagation_verdicts import COSTS, LINES, PATH, PATHS, WALKS, shortcut, softsign_in_float32
from tests.checks.tried import refuse, wrong_ones


def as_planted(x, t, parameters, learning_rate, steps):
    """The chapter's own first version: d2 @ W2, without the transposition."""
    losses = []
    for _ in range(steps):
        W1, b1, W2, b2, W3, b3 = parameters
        h1, u, z = shortcut(x, parameters)
        losses.append(-np.mean(np.sum(t * log_softmax(z), axis=1)))
        d3 = (softmax(z) - t) / len(x)
        d2 = (d3 @ W3.T) * (1 - u**2)
        d1 = (d3 @ W3.T + d2 @ W2) * (1 - h1**2)
        grads = x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), (h1 + u).T @ d3, d3.sum(0)
        parameters = [p - learning_rate * g for p, g in zip((W1, b1, W2, b2, W3, b3), grads, strict=True)]
    return np.array(losses), parameters


def tied(backward):
    """A wrong answer, by what it makes of x, the kernel, dy, h and what is handed back to h."""
    return lambda x, kernel, dy: backward(
        x, kernel, dy, np.tanh(x @ kernel), (dy @ kernel) * (1 - np.tanh(x @ kernel) ** 2)
    )


WRONG = {
    "one_path": [
        ("the true change", PATH | {"predicted change": -0.35}),
        ("the new L", PATH | {"predicted change": 7.64}),
        ("L goes down too", PATH | {"predicted change": 0.36}),
        ("before the cube", PATH | {"L": 2.0}),
        ("one more station", PATH | {"gradient of w": 12.0}),
        ("not y²", PATH | {"slope of the cube": 4}),
        ("", PATH | {"predicted change": 36}),
        ("Its keys are", {"L": 8}),
    ],
    "joined_paths": [
        ("through p alone", PATHS | {"b": 6}),
        ("through s alone", PATHS | {"a": -3}),
        ("You multiplied them", PATHS | {"a": 6}),
        ("the value of the other", {"s": 2, "p": -3, "a": 5, "b": -7}),
        ("", PATHS | {"b": 3.5}),
    ],
    "softsign_backward": [
        ("the forward pass", lambda x, dy: dy * x / (1 + np.abs(x))),
        ("the local slope", lambda x, dy: 1 / (1 + np.abs(x)) ** 2),
        ("slope of tanh", lambda x, dy: dy * (1 - (x / (1 + np.abs(x))) ** 2)),
        ("is squared", lambda x, dy: dy / (1 + np.abs(x))),
        ("not to x alone", lambda x, dy: dy / (1 + x**2)),
        ("the absolute value is missing", lambda x, dy: dy / (1 + x) ** 2),
        ("dtype is float32", lambda x, dy: softsign_in_float32(x, dy).astype("float32")),
    ],
    "broken_walks": [
        ("order of the walk", WALKS | {"A": 2}),
        ("In which order", {"A": 4, "B": 4, "C": 4}),
        ("all inputs are visited", WALKS | {"B": 4}),
        ("the order is right", WALKS | {"B": 3}),
        ("adding up is right", WALKS | {"C": 5}),
        ("its order is right", WALKS | {"C": 3}),
    ],
    "count_costs": [
        ("for one picture", COSTS | {"forward": 2368}),
        ("includes dX of the first layer", COSTS | {"backward": 75776}),
        ("two passes each", COSTS | {"passes": 2410}),
        ("biases are parameters", COSTS | {"passes": 4736}),
        ("number of parameters", COSTS | {"forward": 2410}),
    ],
    "tempered_gradient": [
        ("the slope 1 / T", lambda t, z, temperature: (softmax(z / temperature) - t) / len(z)),
        ("You gave it z", lambda t, z, temperature: (softmax(z) - t) / temperature / len(z)),
        ("mean over the batch", lambda t, z, temperature: (softmax(z / temperature) - t) / temperature),
        ("not T", lambda t, z, temperature: (softmax(z / temperature) - t) * temperature / len(z)),
        ("The sign is turned", lambda t, z, temperature: (t - softmax(z / temperature)) / temperature / len(z)),
        ("It contains NaN", lambda t, z, temperature: (overflowing(z / temperature) - t) / temperature / len(z)),
    ],
    "wrong_lines": [
        ("All six are wrong", LINES | {"P": 8}),
        ("wrong as well", LINES | {"Q": 1}),
        ("b2 would be wrong too", LINES | {"R": 2}),
        ("W1 alone", LINES | {"S": 4}),
        ("W3 would be wrong too", LINES | {"T": 1}),
        ("At key 'R'", LINES | {"R": 5}),
    ],
    "tied_gradients": [
        ("the transposition is missing", tied(lambda x, kernel, dy, h, d: (d @ kernel, x.T @ d + dy.T @ h))),
        ("its transpose, dyᵀ h", tied(lambda x, kernel, dy, h, d: (d @ kernel.T, x.T @ d + h.T @ dy))),
        ("the second one is missing", tied(lambda x, kernel, dy, h, d: (d @ kernel.T, x.T @ d))),
        ("the first one is missing", tied(lambda x, kernel, dy, h, d: (d @ kernel.T, dy.T @ h))),
        ("no mean over the batch", tied(lambda x, kernel, dy, h, d: (d @ kernel.T, (x.T @ d + dy.T @ h) / 2 / len(x)))),
        ("were wanted", tied(lambda x, kernel, dy, h, d: d)),
    ],
    "train_shortcut": [
        ("a square W2 fits all the same", as_planted),
        ("changed the data", lambda x, t, parameters, rate, steps: parameters.append(0) or parameters),
    ],
}


def overflowing(z):
    with np.errstate(all="ignore"):
        return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_a_wrong_answer_is_refused_with_its_words(one, words, answer):
    refuse(one, words, answer)
