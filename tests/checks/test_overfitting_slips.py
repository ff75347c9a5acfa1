"""What a learner of chapter 11 writes first, written as learners do: each gets the words that are due."""

from collections import Counter

import numpy as np
import pytest

from course_lib.checks import overfitting as check
from tests.checks.tried import refuse, wrong_ones

STOP, STEP = check.when_to_stop.mistakes.right(), check.one_step.mistakes.right()
LINES = check.three_leaks.mistakes.right()


def shrink_with_the_penaltys_slope(w, slope, rate, l1):
    return w - rate * (slope + l1 * np.sign(w))


def shrink_without_stopping(w, slope, rate, l1):
    w = w - rate * slope
    return w - rate * l1 * np.sign(w)


def shrink_to_0_only(w, slope, rate, l1):
    new = w - rate * slope
    new[np.abs(new) < rate * l1] = 0
    return new


def shrink_one_side(w, slope, rate, l1):
    w = w - rate * slope
    return np.where(w > rate * l1, w - rate * l1, 0)


def shrink_in_place(w, slope, rate, l1):
    w -= rate * slope
    return np.sign(w) * np.maximum(np.abs(w) - rate * l1, 0)


def shrink_as_l2(w, slope, rate, l1):
    return (1 - rate * l1) * (w - rate * slope)


def shrink_with_the_old_sign(w, slope, rate, l1):
    return np.sign(w) * np.maximum(np.abs(w - rate * slope) - rate * l1, 0)


def shrink_what_is_below_l1(w, slope, rate, l1):
    w = w - rate * slope
    return np.where(np.abs(w) < l1, 0, w - rate * l1 * np.sign(w))


def shrink_to_what_is_clipped(w, slope, rate, l1):
    return np.clip(w - rate * slope, -rate * l1, rate * l1)


def connections(x, kernel, bias, points, rate, training, kept=np.greater_equal, scale=lambda rate: 1 / (1 - rate)):
    if not training:
        return x @ kernel + bias
    return np.einsum("bi,biu->bu", x, kernel * kept(points, rate)) * scale(rate) + bias


def connections_always(x, kernel, bias, points, rate, training):
    return connections(x, kernel, bias, points, rate, True)


def connections_with_bias_divided(x, kernel, bias, points, rate, training):
    if not training:
        return x @ kernel + bias
    return (np.einsum("bi,biu->bu", x, kernel * (points >= rate)) + bias) / (1 - rate)


def neurons(x, kernel, bias, points, rate, training):
    """Dropout of the inputs, as the chapter has it."""
    if not training:
        return x @ kernel + bias
    return x * (points[:, :, 0] >= rate) / (1 - rate) @ kernel + bias


def one_kernel_for_all(x, kernel, bias, points, rate, training):
    if not training:
        return x @ kernel + bias
    return x @ (kernel * (points[0] >= rate) / (1 - rate)) + bias


def connections_scaled_afterwards(x, kernel, bias, points, rate, training):
    if training:
        return np.einsum("bi,biu->bu", x, kernel * (points >= rate)) + bias
    return x @ kernel * (1 - rate) + bias


def connections_that_never_return(x, kernel, bias, points, rate, training):
    if not training:
        return x @ kernel + bias
    out = []
    for row, chances in zip(x, points, strict=True):
        kernel = np.where(chances < rate, 0, kernel)
        out.append(row @ kernel / (1 - rate) + bias)
    return np.array(out)


def every_row_with_every_kernel(x, kernel, bias, points, rate, training):
    return x @ (kernel * (points >= rate) / (1 - rate)) + bias if training else x @ kernel + bias


def votes(answers, y, main=None, last=None):
    if main is None:
        main = np.array([np.bincount(column).argmax() for column in answers.T])
    apart = np.mean(answers != main) if last is None else last(answers, y, main)
    return np.array([np.mean(answers != y), np.mean(main != y), apart])


def folds(groups, k, order=None, fullness=None):
    names, counts = np.unique(groups, return_counts=True)
    filled, out = np.zeros(k), np.zeros(len(groups), int)
    for i in np.argsort(-counts, kind="stable") if order is None else order(counts):
        fold = filled.argmin()
        out[groups == names[i]] = fold
        filled[fold] += counts[i] if fullness is None else fullness
    return out


def folds_by_places(groups, k):
    """With the place of each group in the sorted names taken for its number."""
    counts = np.unique(groups, return_counts=True)[1]
    filled, out = np.zeros(k), np.zeros(len(groups), int)
    for i in np.argsort(-counts, kind="stable"):
        fold = filled.argmin()
        out[groups == i] = fold
        filled[fold] += counts[i]
    return out


def errors(x, y, strengths, k, scaled=None, split=None, error=None, penalty=np.eye, give=None):
    """The solution, with one step or another done otherwise."""
    fold, all_errors = np.arange(len(y)) % k, []
    for out in range(k):
        train, new = (fold != out, fold == out) if split is None else split(fold, out)
        mean, spread = x[train].mean(axis=0), x[train].std(axis=0)
        z, zn = ((part - mean) / spread for part in (x[train], x[new])) if scaled is None else scaled(x, train, new)
        middle, row = y[train].mean(), []
        for strength in strengths:
            w = np.linalg.solve(z.T @ z + strength * penalty(x.shape[1]), z.T @ (y[train] - middle))
            gap = zn @ w + middle - y[new]
            row.append(np.mean(gap**2) if error is None else error(gap))
        all_errors.append(row)
    return np.mean(all_errors, axis=0) if give is None else give(np.array(all_errors), strengths)


def scaled_by_all(x, train, new):
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    return z[train], z[new]


def scaled_each(x, train, new):
    # Of a fold of one row the deviation is 0.
    return [(p - p.mean(axis=0)) / np.maximum(p.std(axis=0), 1e-12) for p in (x[train], x[new])]


def not_scaled(x, train, new):
    return x[train] - x[train].mean(axis=0), x[new] - x[train].mean(axis=0)


def new_not_scaled(x, train, new):
    return (x[train] - x[train].mean(axis=0)) / x[train].std(axis=0), x[new]


def errors_with_a_penalty_on_the_mean(x, y, strengths, k):
    fold, all_errors = np.arange(len(y)) % k, []
    for out in range(k):
        train = fold != out
        z = np.column_stack([np.ones(len(y)), (x - x[train].mean(axis=0)) / x[train].std(axis=0)])
        a, b = z[train].T @ z[train], z[train].T @ y[train]
        weights = [np.linalg.solve(a + strength * np.eye(len(b)), b) for strength in strengths]
        all_errors.append([np.mean((z[~train] @ w - y[~train]) ** 2) for w in weights])
    return np.mean(all_errors, axis=0)


def errors_of_what_all_rows_scale(x, y, strengths, k):
    """Scaled before the split, y with the columns."""
    z, y, fold, all_errors = (x - x.mean(axis=0)) / x.std(axis=0), y - y.mean(), np.arange(len(y)) % k, []
    for out in range(k):
        train = fold != out
        a, b = z[train].T @ z[train], z[train].T @ y[train]
        weights = [np.linalg.solve(a + strength * np.eye(len(b)), b) for strength in strengths]
        all_errors.append([np.mean((z[~train] @ w - y[~train]) ** 2) for w in weights])
    return np.mean(all_errors, axis=0)


def but(function, **otherwise):
    return lambda *args: function(*args, **otherwise)


WRONG = {
    "when_to_stop": [
        ("compare with the best so far", STOP | {"patience 3": 10}),
        ("three already", STOP | {"patience 3": 9}),
        ("the last weights", STOP | {"restored": 8}),
        ("training loss is lowest", STOP | {"restored": 10}),
        ("one epoch later", STOP | {"patience 1": 3}),
        ("validation minus training", STOP | {"gap": -0.35}),
        ("the training loss alone", STOP | {"gap": 0.45}),
    ],
    "one_step": [
        ("multiplied by the learning rate", STEP | {"plain": 1.6}),
        ("goes down the slope", STEP | {"plain": 2.04}),
        ("with the factor 2", STEP | {"L2": 1.86}),
        ("without a factor 2", STEP | {"L1": 1.81}),
        ("as long as the rate", STEP | {"Adam, L2": 1.76}),
        ("that is AdamW", STEP | {"Adam, L2": 1.8}),
        ("no part of the slope", STEP | {"AdamW": 1.9}),
        ("added to that of the loss", STEP | {"L1": 1.95}),
        ("added to that of the loss", STEP | {"L2": 1.9}),
    ],
    "shrink": [
        ("gradient descent with the penalty's slope", shrink_with_the_penaltys_slope),
        ("jumps over 0", shrink_without_stopping),
        ("moved as well", shrink_to_0_only),
        ("move towards 0 as well", shrink_one_side),
        ("changed the data", shrink_in_place),
        ("a share of each weight", shrink_as_l2),
        ("The sign is that after the step", shrink_with_the_old_sign),
        ("not what is nearer than l1", shrink_what_is_below_l1),
        ("is to be taken off", shrink_to_what_is_clipped),
    ],
    "drop_connections": [
        ("After training nothing falls out", connections_always),
        ("divided by 1 − rate", but(connections, scale=lambda rate: 1)),
        ("Divide by the share that stays", but(connections, scale=lambda rate: 1 / max(rate, 1e-9))),
        ("at least the rate", but(connections, kept=np.less)),
        ("The bias is not divided", connections_with_bias_divided),
        ("not whole inputs", neurons),
        ("not those of the first example", one_kernel_for_all),
        ("What is left is divided", connections_scaled_afterwards),
        ("there again in the next", connections_that_never_return),
        ("every row with every kernel", every_row_with_every_kernel),
    ],
    "error_bias_variance": [
        ("not the mean of their numbers", lambda a, y: votes(a, y, np.array([round(m) for m in a.mean(axis=0)]))),
        ("not the median", lambda a, y: votes(a, y, np.median(a, axis=0))),
        ("right or wrong", but(votes, last=lambda a, y, main: np.mean((a != main) & (a != y)))),
        ("not error minus bias", but(votes, last=lambda a, y, main: np.mean(a != y) - np.mean(main != y))),
        ("have no variance", but(votes, last=lambda a, y, main: np.mean(np.var(a, axis=0)))),
        ("That is the accuracy", lambda a, y: 1 - votes(a, y)),
        ("The order is", lambda a, y: votes(a, y)[[0, 2, 1]]),
        ("met first", lambda a, y: votes(a, y, np.array([Counter(c.tolist()).most_common(1)[0][0] for c in a.T]))),
        ("The bias counts examples", lambda a, y: votes(a, y)[[0, 0, 2]]),
    ],
    "grouped_folds": [
        ("largest group, not", but(folds, order=lambda counts: np.argsort(counts, kind="stable"))),
        ("not by their number", but(folds, order=lambda counts: range(len(counts)))),
        ("yours takes the larger", but(folds, order=lambda counts: np.argsort(counts, kind="stable")[::-1])),
        ("not the fewest groups", but(folds, fullness=1)),
        ("is not its fold", lambda groups, k: groups % k),
        ("have to be in one fold", lambda groups, k: np.arange(len(groups)) % k),
        ("cut groups in two", lambda groups, k: np.arange(len(groups)) * k // len(groups)),
        ("count in what you put there", but(folds, fullness=0)),
        ("is names[i]", folds_by_places),
    ],
    "three_leaks": [
        ("A: that line takes the means", LINES | {"A": 3}),
        ("A: that split is fair", LINES | {"A": 1}),
        ("B: one could leave out the patients", LINES | {"B": 2}),
        ("B: that line looks up", LINES | {"B": 4}),
        ("C: that line looks up", LINES | {"C": 3}),
    ],
    "honest_errors": [
        ("The scaling is learnt too", but(errors, scaled=scaled_by_all)),
        ("not with its own", but(errors, scaled=scaled_each)),
        ("have to be scaled", but(errors, scaled=not_scaled)),
        ("errors on the training part", but(errors, split=lambda fold, out: (fold != out, fold != out))),
        ("the other way round", but(errors, split=lambda fold, out: (fold == out, fold != out))),
        ("were learnt from too", but(errors, split=lambda fold, out: (fold >= 0, fold == out))),
        ("without the root", but(errors, error=lambda gap: np.sqrt(np.mean(gap**2)))),
        ("not their sum", but(errors, error=lambda gap: np.sum(gap**2))),
        ("np.eye, not", but(errors, penalty=lambda n: 1)),
        ("not the strength that is best", but(errors, give=lambda e, s: s[e.mean(axis=0).argmin()])),
        ("scaled as well", but(errors, scaled=new_not_scaled)),
        ("bears no penalty", errors_with_a_penalty_on_the_mean),
        ("the mean of y as well", errors_of_what_all_rows_scale),
    ],
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_what_is_written_first_gets_the_words_that_are_due(one, words, answer):
    refuse(one, words, answer, seeds=range(3) if callable(answer) else [0])
