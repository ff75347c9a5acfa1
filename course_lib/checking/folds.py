"""What is tried of folds that keep groups together, and of errors that folds tell; and what is usually got wrong."""

import numpy as np


def fold_cases(rng):
    """Groups, and a number of folds."""
    yield np.array([7, 3, 7, 1, 7, 3]), 2
    yield np.array([4, 4, 0, 0, 9, 9, 2, 2]), 3
    yield np.array([5, 5, 5, 5, 1, 1, 8, 8, 2, 2]), 2
    for _ in range(6):
        names = rng.permutation(20)[: int(rng.integers(6, 10))]
        sizes = rng.permutation([1, 1, 2, 2, 3, 4, 5, 6, 6][: len(names)])
        yield rng.permutation(np.repeat(names, sizes)), int(rng.integers(2, 5))


WRONG_FOLDS = {
    "Begin with the largest group, not with the smallest.": "np.argsort(-counts → np.argsort(counts",
    "Take the groups by their size, from the largest on, not by their number.": (
        'np.argsort(-counts, kind="stable") → range(len(names))'
    ),
    "Of equally large groups the one with the smaller number comes first; yours takes the larger.": (
        'np.argsort(-counts, kind="stable") → np.lexsort((-names, -counts))'
    ),
    "Of equally large groups the smaller number comes first, not the one that is met first.": (
        'np.argsort(-counts, kind="stable") → sorted(range(len(names)), '
        "key=lambda i: (-counts[i], list(groups).index(names[i])))"
    ),
    "Each goes into the fold with the fewest examples so far, not the fewest groups, nor the next in turn.": (
        'in np.argsort(-counts, kind="stable") → in (order := np.argsort(-counts, kind="stable")); '
        "np.argmin(filled) → list(order).index(i) % k"
    ),
    "All are put into one fold. Take the emptiest, np.argmin, and count in what you put there.": (
        "np.argmin(filled) → np.argmax(filled)"
    ),
    "Of equally full folds take the first.": "np.argmin(filled) → k - 1 - np.argmin(filled[::-1])",
    "Without groups kept together it is no cure: examples of one group have to be in one fold.": (
        "return folds → return np.arange(len(groups)) % k"
    ),
    "Pieces one behind the other cut groups in two: examples of one group have to be in one fold.": (
        "return folds → return np.arange(len(groups)) * k // len(groups)"
    ),
    "i is a place in names, and the group's number is names[i].": "groups == names[i] → groups == i",
    "The number of the group is not its fold.": "return folds → return groups % k",
    "Groups have to be shared out so that folds are about equally large; the k-th in order is not enough.": (
        "return folds → return np.unique(groups, return_inverse=True)[1] % k"
    ),
    "A fold for each *example* is wanted, not for each group.": (
        "return folds → return np.array([folds[list(groups).index(name)] for name in names])"
    ),
    "Folds are counted from 0.": "return folds → return folds + 1",
}


def strength_cases(rng):
    """Rows and numbers, strengths, and a number of folds."""
    yield np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0.0, 1.0, 2.0, 3.0]), [1e-9, 2.0], 2
    yield np.array([[1, 2], [3, 1], [0, 5], [2, 2], [4, 7]]), np.array([1, 2, 0, 4, 3]), [1.0], 2
    for _ in range(5):
        n, columns = int(rng.integers(11, 16)), int(rng.integers(2, 5))
        x = rng.normal(rng.uniform(-2, 2, columns), rng.uniform(0.5, 3, columns), (n, columns))
        y = x @ rng.normal(size=columns) + 3 + rng.normal(size=n)
        strengths = [float(one) for one in rng.permutation(np.geomspace(0.05, 30, int(rng.integers(2, 5))))]
        yield x, y, strengths, int(rng.permutation([3, 4, 5])[0])


WRONG_ERRORS = {
    "The scaling is learnt too: mean and deviation of the training part, not of all rows.": (
        "x[train].mean(axis=0), x[train].std(axis=0) → x.mean(axis=0), x.std(axis=0)"
    ),
    "The fold is scaled with the training part's mean and deviation, not with its own.": (
        "z[new] @ w → (x[new] - x[new].mean(axis=0)) / np.maximum(x[new].std(axis=0), 1e-12) @ w"
    ),
    "The mean of y is that of the training part, not of all rows.": "y[train].mean() → y.mean()",
    "Those are errors on the training part. Judge the fold left out.": (
        "new = fold != out, fold == out → new = fold != out, fold != out"
    ),
    "Fit to the other folds, and judge by the one left out: yours is the other way round.": (
        "new = fold != out, fold == out → new = fold == out, fold != out"
    ),
    "The fold's rows were learnt from too.": "new = fold != out, fold == out → new = fold > -1, fold == out",
    "Example i is in fold i % k; yours are pieces one behind the other.": (
        "np.arange(len(y)) % k → np.arange(len(y)) * k // len(y)"
    ),
    "The mean of y is missing in what is predicted: add it.": "z[new] @ w + middle → z[new] @ w",
    "The fold's true numbers are not known yet: add the mean of y of the training part, not its own.": (
        "z[new] @ w + middle → z[new] @ w + y[new].mean()"
    ),
    "The mean of y bears no penalty, only the weights do. A column of ones must not be penalized.": (
        "z[new] @ w + middle → z[new] @ w + y[train].sum() / (train.sum() + strength)"
    ),
    "The fold's rows have to be scaled as well, with mean and deviation of the training part.": (
        "z[new] @ w → x[new] @ w"
    ),
    "All that is learnt is learnt from the training part: the scaling, and the mean of y as well.": (
        "x[train].mean(axis=0), x[train].std(axis=0) → x.mean(axis=0), x.std(axis=0); y[train].mean() → y.mean()"
    ),
    "The penalty is λ times the unit matrix, np.eye, not λ added to every entry.": (
        "np.eye(x.shape[1]) → np.ones((x.shape[1], x.shape[1]))"
    ),
    "The penalty is missing: add λ on the diagonal.": "+ strength * penalty → + 1e-12 * penalty",
    "Add λ on the diagonal; do not take it off.": "+ strength * penalty → - strength * penalty",
    "λ is added to a sum over rows, ZᵀZ, not to a mean.": ("+ strength * penalty → + strength * train.sum() * penalty"),
    "λ itself is added, not its square.": "+ strength * penalty → + strength**2 * penalty",
    "Divide by the standard deviation, np.std, not by the variance.": "x[train].std(axis=0) → x[train].var(axis=0)",
    "np.std divides by the number of rows, not by one less.": "x[train].std(axis=0) → x[train].std(axis=0, ddof=1)",
    "Each column has its own mean and deviation: axis=0.": (
        "x[train].mean(axis=0), x[train].std(axis=0) → x[train].mean(), x[train].std()"
    ),
    "The columns have to be scaled: divide by the deviation.": "/ deviation → / deviation**0",
    "An error is the mean of the squares, not of the distances.": (
        "np.mean((z[new] @ w + middle - y[new]) ** 2) → np.mean(np.abs(z[new] @ w + middle - y[new]))"
    ),
    "An error is the mean of the squares, without the root.": (
        "np.mean((z[new] @ w + middle - y[new]) ** 2) → np.sqrt(np.mean((z[new] @ w + middle - y[new]) ** 2))"
    ),
    "Of each fold the mean of the squares, not their sum.": (
        "np.mean((z[new] @ w + middle - y[new]) ** 2) → np.sum((z[new] @ w + middle - y[new]) ** 2)"
    ),
    "First the mean of each fold, then the mean of the k folds; yours weighs larger folds more.": (
        "return np.mean(errors, axis=0) → "
        "return np.average(errors, axis=0, weights=[np.sum(fold == out) for out in range(k)])"
    ),
    "One error for each strength: the mean over the folds, not over the strengths.": (
        "return np.mean(errors, axis=0) → return np.mean(errors, axis=1)"
    ),
    "The mean over the folds is wanted, not their sum.": "np.mean(errors, axis=0) → np.sum(errors, axis=0)",
    "The errors are wanted, not the strength that is best.": (
        "return np.mean(errors, axis=0) → return strengths[np.argmin(np.mean(errors, axis=0))]"
    ),
    "The errors are wanted in the order of the strengths as they came.": (
        "return np.mean(errors, axis=0) → return np.mean(errors, axis=0)[np.argsort(strengths)]"
    ),
}
