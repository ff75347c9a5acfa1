"""Chapter 01's two learning rules, tried: the pocket and the perceptron for many classes."""

import numpy as np
import pytest

from course_lib.checks import neurons as check
from tests.checks.tried import accept, refuse, right_ones, wrong_ones


def count(x, y, w, b):
    return int(((x @ w + b >= 0) == y).sum())


def pocket(
    x,
    y,
    epochs,
    *,
    last=False,
    zeros=True,
    better=lambda new, old: new > old,
    sign=1,
    each_epoch=False,
    limit=0.0,
    b_moves=1,
):
    w, b = np.zeros(x.shape[1]), 0.0
    best, most = (w, b), count(x, y, w, b) if zeros else -1
    for _ in range(epochs):
        for i in range(len(x)):
            error = sign * (int(y[i]) - int(np.dot(x[i], w) + b >= limit))
            if error:
                w, b = w + error * x[i], b + b_moves * error
            if error and not each_epoch and better(count(x, y, w, b), most):
                best, most = (w.copy(), b), count(x, y, w, b)
        if each_epoch and count(x, y, w, b) > most:
            best, most = (w, b), count(x, y, w, b)
    return (w, b) if last else best


def pocket_in_place(x, y, epochs):
    w, b = np.zeros(x.shape[1]), 0.0
    best_w, best_b, most = w, b, count(x, y, w, b)
    for _ in range(epochs):
        for example, target in zip(x, y, strict=True):
            error = target - (example @ w + b >= 0)
            w += error * example
            b += error
            if count(x, y, w, b) > most:
                best_w, best_b, most = w, b, count(x, y, w, b)
    return best_w, best_b


def pocket_of_all(x, y, epochs):
    """All weights first, then the first of those that get most right."""
    seen, theta = [np.zeros(x.shape[1] + 1)], np.zeros(x.shape[1] + 1)
    X = np.column_stack([x, np.ones(len(x))])
    for row, target in list(zip(X, y, strict=True)) * epochs:
        theta = theta + (target - (row @ theta >= 0)) * row
        seen.append(theta)
    best = seen[int(np.argmax([((X @ one >= 0) == y).sum() for one in seen]))]
    return [best[:-1], best[-1]]


def pocket_in_lists(x, y, epochs):
    w, b = [0.0] * x.shape[1], 0

    def says(example):
        return 1 if sum(a * c for a, c in zip(example, w, strict=True)) + b >= 0 else 0

    def right():
        return sum(says(example) == target for example, target in zip(x, y, strict=True))

    kept, most = (list(w), b), right()
    for _ in range(epochs):
        for example, target in zip(x, y, strict=True):
            miss = target - says(example)
            w = [a + miss * c for a, c in zip(w, example, strict=True)]
            b = b + miss
            if right() > most:
                kept, most = (list(w), b), right()
    return np.array(kept[0]), float(kept[1])


def loudest(
    x, y, classes, epochs, up=1.0, down=1.0, bias_moves=1.0, everybody=False, batch=False, turned=False, always=False
):
    W, b = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for _ in range(epochs):
        said = (x @ W + b).argmax(axis=1)
        for i, (example, target) in enumerate(zip(x, y, strict=True)):
            wins = said[i] if batch else np.argmax(example @ W + b)
            if wins == target and not always:
                continue
            move = np.full(classes, -down) if everybody else np.zeros(classes)
            move[wins], move[target] = -down, up
            W, b = W + np.outer(example, move), b + bias_moves * move
    return (W.T if turned else W), b


def loudest_of_one_matrix(x, y, classes, epochs):
    X, W = np.insert(x, x.shape[1], 1, axis=1), np.zeros((classes, x.shape[1] + 1))
    for row, target in [*zip(X, y, strict=True)] * epochs:
        wins = np.argmax(W @ row)
        W = W + np.einsum("k,i->ki", np.eye(classes)[target] - np.eye(classes)[wins], row)
    return [W[:, :-1].T, W[:, -1]]


def loudest_in_place(x, y, classes, epochs):
    kernel, bias = np.zeros((len(x[0]), classes)), np.zeros(classes)
    for _ in range(epochs):
        for n in range(len(x)):
            sums = [sum(x[n] * kernel[:, k]) + bias[k] for k in range(classes)]
            wins = sums.index(max(sums))
            if wins != y[n]:
                for k, step in ((y[n], 1), (wins, -1)):
                    kernel[:, k] += step * x[n]
                    bias[k] += step
    return kernel, bias


def loudest_with_lists(x, y, classes, epochs):
    columns, biases = [np.zeros(x.shape[1]) for _ in range(classes)], [0] * classes
    for _ in range(epochs):
        for example, target in zip(x, y, strict=True):
            wins = int(np.argmax([example @ column + b for column, b in zip(columns, biases, strict=True)]))
            columns[target], biases[target] = columns[target] + example, biases[target] + 1
            columns[wins], biases[wins] = columns[wins] - example, biases[wins] - 1
    return np.stack(columns, axis=1), np.array(biases, float)


def with_(function, **slip):
    return lambda *args: function(*args, **slip)


RIGHT = {
    "pocket": {
        "copies": pocket,
        "all weights first": pocket_of_all,
        "lists": pocket_in_lists,
    },
    "multiclass_perceptron": {
        "new arrays": loudest,
        "one matrix, einsum": loudest_of_one_matrix,
        "in place": loudest_in_place,
        "lists of columns": loudest_with_lists,
    },
}
WRONG = {
    "pocket": [
        ("Those are the last weights", with_(pocket, last=True)),
        ("works on the same array", pocket_in_place),
        ("not for those as good", with_(pocket, better=lambda new, old: new >= old)),
        ("You look once an epoch", with_(pocket, each_epoch=True)),
        ("The zeros of the start", with_(pocket, zeros=False)),
        ("run away from the target", with_(pocket, sign=-1)),
        ("", lambda x, y, epochs: pocket(x, y, epochs, limit=1e-12)),
        ("", with_(pocket, b_moves=0)),
        ("2 were wanted", lambda x, y, epochs: [*pocket(x, y, epochs), 3]),
        ("", lambda x, y, epochs: pocket(x, y, 1)),
    ],
    "multiclass_perceptron": [
        ("has to be pushed down as well", with_(loudest, down=0.0)),
        ("has to be pulled up as well", with_(loudest, up=0.0)),
        ("Up and down are swapped", with_(loudest, up=-1.0, down=-1.0)),
        ("The biases never change", with_(loudest, bias_moves=0.0)),
        ("Two neurons take part", with_(loudest, everybody=True)),
        ("before the first update", with_(loudest, batch=True)),
        ("lies on its side", with_(loudest, turned=True)),
        ("", lambda x, y, classes, epochs: loudest(x, y, classes, 1)),
        ("", lambda x, y, classes, epochs: loudest(x[::-1], y[::-1], classes, epochs)),
        ("2 were wanted", lambda *args: [*loudest(*args), 3]),
    ],
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_rule_is_right_however_it_is_written(one, answer):
    accept(one, answer)


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_a_wrong_rule_is_refused_with_its_words(one, words, answer):
    refuse(one, words, answer)
