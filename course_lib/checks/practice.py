"""Chapter 12's checks: numbers to know before a run, what its results are worth, and what is wrong with it.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns: as what
they change in the right one.
"""

import math

import numpy as np

from course_lib.activations import softmax
from course_lib.checking.doctors import ALL_THE_SAME, FOUND_BY, NO_NAME, ward_round
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.practice_entries import FIRST_LOSSES, PATIENTS, SCREENING
from course_lib.checking.rare_class import LEAST, ONE_LOGIT, SQUEEZED, WRONG_RARE, mixed, no_logit, why_not
from course_lib.practice import expected_calibration_error
from course_lib.ward import evidence

CHAPTER = "12-practice"


@value(
    "Who knows nothing gives each of K classes the share 1 / K. The loss is minus the logarithm of a share.",
    "With frequencies of 0.9 and 0.1, nine examples in ten cost −ln 0.9 and one costs −ln 0.1.",
    "The best that a softmax can hand to the second one is a 1 and nine zeros. What share does e¹ have beside nine e⁰?",
    points=1,
    decimals=2,
    mistakes=FIRST_LOSSES,
)
def first_losses():
    """Ten classes, two, two of which one is rare and its frequency is known, and ten with a softmax too many."""
    rare = -0.9 * math.log(0.9) - 0.1 * math.log(0.1)
    floor = math.log((math.e + 9) / math.e)
    return {"ten digits": math.log(10), "yes or no": math.log(2), "one in ten": rare, "softmax twice": floor}


@value(
    "Write the four counts down first: 15 ill and called, 5 ill and missed; 35 healthy and called. And the rest?",
    "Precision looks at the 50 that were called, recall at the 20 that are ill.",
    "F1 is 2 TP / (2 TP + FP + FN).",
    points=1,
    decimals=2,
    mistakes=SCREENING,
)
def screening():
    """1,000 people, 20 of them ill; 50 are called, 15 of them ill."""
    tp, fp, fn = 15, 35, 5
    right = 1000 - fp - fn
    shares = {"accuracy": right / 1000, "nobody is ill": 980 / 1000, "precision": tp / (tp + fp)}
    return shares | {"recall": tp / (tp + fn), "F1": 2 * tp / (2 * tp + fp + fn)}


def _gain_cases(rng):
    yield np.array([0.90, 0.80, 0.85]), np.array([0.92, 0.83, 0.86])
    yield np.array([1, 0, 1, 1]), np.array([1, 1, 1, 0])
    yield np.array([0.5, 0.75]), np.array([0.25, 0.625])
    for _ in range(5):
        a = rng.uniform(0.5, 0.9, int(rng.integers(3, 12)))
        yield a, a + rng.normal(0.01, 0.02, len(a)) + 0.005


@implement(
    _gain_cases,
    "Both methods saw the same splits. So take the difference on each split first: b − a.",
    "The standard error of a mean is the spread of what was averaged, by the root of how many there are.",
    "The spread of a few numbers divides by n − 1: np.std(…, ddof=1).",
    points=2,
    mistakes={
        "The splits are the same for both: what is hard for one is hard for the other. Take the differences first.": (
            "d.std(ddof=1) → np.hypot(np.std(a, ddof=1), np.std(b, ddof=1))"
        ),
        "The spread of a few numbers divides by n − 1: ddof=1.": "ddof=1 →",
        "That is the spread of a single split. The mean of n varies less: by the root of n.": "/ len(d) ** 0.5 →",
        "Divide by the root of n, not by n.": "** 0.5 →",
        "What b gains is b − a.": "np.subtract(b, a) → np.subtract(a, b)",
        "A loss is a negative gain: no absolute value.": "np.subtract(b, a) → np.abs(np.subtract(b, a))",
        "The mean comes first, its standard error second.": (
            "return d.mean(), d.std(ddof=1) / len(d) ** 0.5 → return d.std(ddof=1) / len(d) ** 0.5, d.mean()"
        ),
        "That is the variance. The standard error takes the root of it.": "d.std( → d.var(",
    },
)
def gain(a, b):
    """(mean of b − a, its standard error). a, b: (splits,), scores of two methods on the same splits"""
    d = np.subtract(b, a).astype(float)
    return d.mean(), d.std(ddof=1) / len(d) ** 0.5


def _cheapest_cases(rng):
    yield np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.6, 0.9]), 5, 1
    yield np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.6, 0.9]), 1, 1
    # Nobody is called; all are called; equal scores; whole ones.
    yield np.array([0, 0, 1, 0]), np.array([0.7, 0.8, 0.2, 0.6]), 2, 3
    yield np.array([1, 0, 1]), np.array([-2.5, -1.5, 3.0]), 9, 1
    yield np.array([1, 0, 0, 1, 0]), np.array([0.5, 0.5, 0.5, 0.8, 0.2]), 3, 2
    yield np.array([0, 1, 1, 0]), np.array([2, 3, 3, 3]), 2, 7
    for k in range(7):
        y = rng.integers(0, 2, int(rng.integers(8, 20)))
        score = (2.0 * y + 2.0 * rng.normal(size=len(y))).round(1)
        miss, alarm = rng.choice(np.arange(2, 20), 2, replace=False)
        yield y, score, int(max(miss, alarm) if k % 2 else miss), int(min(miss, alarm) if k % 2 else alarm)


@implement(
    _cheapest_cases,
    "Only the scores themselves are worth trying, and ∞: in between nothing changes.",
    "said = y_score >= thresholds[:, None] has a row for each threshold.",
    "A miss is a 1 that is not said, an alarm is a 0 that is. Count both in each row.",
    "argmin gives the first of the smallest, so begin with ∞ and go down.",
    points=2,
    mistakes={
        "What scores just the threshold is positive: >=.": "y_score >= → y_score >",
        "Of equally cheap thresholds the highest is wanted.": (
            "np.append(np.inf, np.unique(y_score)[::-1]) → np.append(np.unique(y_score), np.inf)"
        ),
        "A miss is a 1 below the threshold, an alarm a 0 at or above it: their costs are the wrong way round.": (
            "miss * (~said → alarm * (~said; alarm * (said → miss * (said"
        ),
        "It may be cheapest to call nobody: try the threshold ∞ too.": (
            "np.append(np.inf, np.unique(y_score)[::-1]) → np.unique(y_score)[::-1]"
        ),
        "Errors do not cost the same: count misses and false alarms apart, each times its cost.": (
            "miss * (~said → (~said; alarm * (said → (said"
        ),
        "A threshold of ½ is right only for probabilities that are to be trusted, and errors that cost the same.": (
            "tried = np.append(np.inf, np.unique(y_score)[::-1]) → tried = np.array([0.5])"
        ),
        "Return the cost of all rows together, not of one on average.": "costs.min() → costs.min() / len(y_true)",
        "First the threshold, then what it costs.": "return tried[costs.argmin()], costs.min() → "
        "return costs.min(), tried[costs.argmin()]",
    },
)
def cheapest(y_true, y_score, miss, alarm):
    """(threshold, cost): that of the scores, or ∞, whose errors cost least; of equally cheap ones the highest.

    y_true: (n,), 0 and 1   y_score: (n,)   miss, alarm: what a missed 1 costs, and a 0 that is called, whole numbers
    """
    tried = np.append(np.inf, np.unique(y_score)[::-1])
    said = y_score >= tried[:, None]
    costs = miss * (~said & (y_true == 1)).sum(axis=1) + alarm * (said & (y_true == 0)).sum(axis=1)
    return tried[costs.argmin()], costs.min()


def _edge_cases(rng):
    yield {"rate": [0.01, 0.1, 1.0]}, np.array([[0.5, 0.6], [0.7, 0.9], [0.8, 0.6]])
    yield {"rate": [0.1, 1.0, 0.01], "width": [32]}, np.array([[[0.7]], [[0.2]], [[0.9]]])
    means = np.array([[0.1, 0.5, 0.5], [0.6, 0.9, 0.8], [0.7, 0.6, 0.6]])
    scores = means[..., None] + np.array([0.02, -0.02])
    scores[0, 0, 1] = scores[1, 1, 1] = np.nan
    yield {"rate": [0.1, 0.3, 1.0], "width": [8, 32, 16]}, scores
    scores = means[..., None] + np.array([0.0, 0.0, 0.0])
    scores[2, 1, 0] = 1.9
    yield {"width": [64, 16, 32], "rate": [0.3, 0.1, 1.0]}, scores
    yield {"rate": [0.1, 0.3, 1.0]}, np.array([[0.9, 0.9, np.nan], [0.6] * 3, [0.4] * 3])
    for _ in range(8):
        sizes = [int(size) for size in rng.integers(3, 5, int(rng.integers(1, 4)))] + [int(rng.integers(1, 3))]
        names = rng.permutation(["rate", "width", "depth", "batch"])[: len(sizes)]
        grid = {
            str(name): rng.permutation(2.0 ** np.arange(size)).tolist() for name, size in zip(names, sizes, strict=True)
        }
        scores = rng.uniform(0.5, 0.9, (*sizes, 3))
        scores.flat[rng.permutation(scores.size)[: scores.size // 12]] = np.nan
        scores[(0,) * len(sizes)] = rng.uniform(0.5, 0.9, 3)
        yield grid, scores


@implement(
    _edge_cases,
    "Average over the last axis. A mean with a NaN in it is NaN: put −∞ in its place.",
    "np.unravel_index(means.argmax(), means.shape) gives the place of the best on each axis.",
    "The values stand in any order: the edge is the smallest and the largest value, not the first and the last.",
    points=2,
    mistakes={
        "The values may stand in any order: compare with their smallest and largest.": (
            "values[i] in (min(values), max(values)) → i in (0, len(values) - 1)"
        ),
        "A single lucky run is not a good setting. Average over the seeds first.": (
            "scores.mean(axis=-1) → np.nanmax(scores, axis=-1)"
        ),
        "A setting one of whose runs broke down is out, whatever its other runs reached.": (
            "scores.mean(axis=-1) → np.nanmean(scores, axis=-1)"
        ),
        "A run that broke down has no score, not a 0: its setting is out.": (
            "scores.mean(axis=-1) → np.nan_to_num(scores).mean(axis=-1)"
        ),
        "argmax takes NaN for the largest of all. Put −∞ in its place.": "np.isnan(means) → means > 9",
        "What has one value only was not searched: it has no edge.": "len(values) > 1 and → ",
        "The largest value is an edge as well as the smallest.": "(min(values), max(values)) → (min(values),)",
        "The smallest value is an edge as well as the largest.": "(min(values), max(values)) → (max(values),)",
        "The best setting has the highest score.": "-np.inf, means).argmax() → np.inf, means).argmin()",
        "These are the names whose best value lies inside. Asked are those at the edge.": (
            "values[i] in (min → values[i] not in (min"
        ),
    },
)
def on_the_edge(grid, scores):
    """The names of those hyperparameters whose best value is the smallest or the largest that was tried.

    grid: {name: list of values}   scores: an axis for each name, in that order, and a last one for the seeds
    """
    means = scores.mean(axis=-1)
    best = np.unravel_index(np.where(np.isnan(means), -np.inf, means).argmax(), means.shape)
    return [
        name
        for (name, values), i in zip(grid.items(), best, strict=True)
        if len(values) > 1 and values[i] in (min(values), max(values))
    ]


def _doubted_cases(rng):
    yield np.array([[2.0, 0.0], [0.0, 1.0], [0.0, 3.0]]), np.array([0, 0, 0]), 2
    yield np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 0.0], [0.0, 2.0]]), np.array([1, 0, 1, 0]), 3
    yield np.array([[0.0, 800.0, 1.0], [900.0, 0.0, 2.0], [5.0, 0.0, 0.0]]), np.array([0, 1, 1]), 3
    yield np.array([[-800.0, -900.0], [-903.0, -900.0], [0.0, -1.0]]), np.array([1, 1, 0]), 2
    yield np.tile([[1.0, 0.0], [0.0, 2.0]], (20, 1)), np.zeros(40, int), 30
    for _ in range(5):
        n, classes = int(rng.integers(6, 12)), int(rng.integers(3, 6))
        logits = 3 * rng.normal(size=(n, classes)) + 5 * rng.normal(size=(n, 1))
        labels = np.where(rng.random(n) < 0.6, logits.argmax(axis=1), rng.integers(0, classes, n))
        yield logits, labels, int(rng.integers(3, 6))


_LOSSES = "losses = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]"


@implement(
    _doubted_cases,
    "The loss is −log softmax at the label: log Σ e^z − z[label], once each row's largest z is taken off.",
    "np.argsort(-losses, kind='stable') begins with the largest, and of equal ones with the first.",
    "What the network says is the argmax of the row. np.column_stack puts two columns side by side.",
    points=2,
    mistakes={
        "These have the smallest losses. Asked are the largest.": "np.argsort(-losses → np.argsort(losses",
        "The worst comes first: they come in the wrong order.": "[:k] → [:k][::-1]",
        "That sorts by how sure the network is. How wrong it is, the loss at the label says.": (
            f"{_LOSSES} → losses = softmax(logits).max(axis=1)"
        ),
        "That takes those of which the network is least sure. It may be very sure, and wrong.": (
            f"{_LOSSES} → losses = -softmax(logits).max(axis=1)"
        ),
        "A logit is no loss: what counts is the label's share beside the other classes'.": (
            f"{_LOSSES} → losses = -logits[np.arange(len(z)), labels]"
        ),
        "e^900 is infinite: take each row's largest logit off first.": (
            "logits - logits.max(axis=1, keepdims=True) → logits + 0.0"
        ),
        "A share of e^−800 is 0 and its logarithm −∞, as that of e^−900: use log Σ e^z − z in place of −log(share).": (
            f"{_LOSSES} → losses = -np.log(softmax(z)[np.arange(len(z)), labels])"
        ),
        "The second column is what the network says, not the label.": "logits.argmax(axis=1)[worst] → labels[worst]",
        "What the network says has to be taken of the same rows, in their order.": (
            "logits.argmax(axis=1)[worst] → logits.argmax(axis=1)[:k]"
        ),
        "First the number of the row, then what the network says.": (
            "[worst, logits.argmax(axis=1)[worst]] → [logits.argmax(axis=1)[worst], worst]"
        ),
        "Of equal losses the first row comes first. Turning a sorted list round turns them round too.": (
            'np.argsort(-losses, kind="stable")[:k] → np.argsort(losses, kind="stable")[::-1][:k]'
        ),
    },
)
def doubted(logits, labels, k):
    """(k, 2): the k rows with the largest loss, the worst first, each with the class that the network says.

    logits: (n, classes)   labels: (n,)   k: at most n
    """
    z = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]
    worst = np.argsort(-losses, kind="stable")[:k]
    return np.column_stack([worst, logits.argmax(axis=1)[worst]])


def _even_cases(rng):
    yield np.array([0, 0]), np.array([[0.6, 0.4], [0.1, 0.9]]), 2
    yield np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]]), 2
    yield np.array([2, 0, 1, 1]), np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [0.3, 0.4, 0.3], [0.9, 0.1, 0.0]]), 1
    for _ in range(6):
        n, classes = int(rng.integers(7, 25)), int(rng.integers(2, 5))
        p = softmax(2 * rng.normal(size=(n, classes)))
        yield rng.integers(0, classes, n), p, int(rng.integers(3, 6))


@implement(
    _even_cases,
    "The confidence is a row's largest probability. An answer is right where the largest stands at the label.",
    "order = confidence.argsort(); np.array_split(order, bins) cuts it into bins.",
    "Of each bin: |mean of right − mean of confidence|, times its share of the rows. Add up.",
    points=3,
    mistakes={
        "Those are bins of equal width. Here each has as many rows as the others.": expected_calibration_error,
        "A bin with one row more counts for more: weigh by the number of rows.": "len(part) / len(right) → 1 / bins",
        "np.array_split gives the rows that are over to the first bins: begin with the lowest confidence.": (
            "confidence.argsort() → (-confidence).argsort()"
        ),
        "Sort by confidence first.": "confidence.argsort() → np.arange(len(right))",
        "Too sure in one bin and not sure enough in another do not make up for each other: absolute values.": (
            "abs(right[part].mean() - confidence[part].mean()) → (right[part].mean() - confidence[part].mean())"
        ),
        "Compare a bin's means. A single answer is right or wrong, never 80 % right.": (
            "abs(right[part].mean() - confidence[part].mean()) → abs(right[part] - confidence[part]).mean()"
        ),
        "The distance is taken as it is, not squared.": (
            "abs(right[part].mean() - confidence[part].mean()) → (right[part].mean() - confidence[part].mean()) ** 2"
        ),
        "The confidence is the largest probability, not that of the label.": (
            "y_pred.max(axis=1) → y_pred[np.arange(len(y_true)), y_true]"
        ),
        "The shares of the rows are missing: bins are averaged, not added.": "len(part) / len(right) → 1",
        "Asked is the mean over the rows, not the worst bin.": (
            "return sum( → return max(; len(part) / len(right) → 1"
        ),
    },
)
def even_bins_error(y_true, y_pred, bins):
    """Σ (rows / all) |accuracy − confidence| over bins of equally many rows, as np.array_split cuts them.

    y_true: (n,)   y_pred: (n, classes), probabilities   bins: at most n
    """
    confidence, right = y_pred.max(axis=1), y_pred.argmax(axis=1) == y_true
    parts = np.array_split(confidence.argsort(), bins)
    return sum(len(part) / len(right) * abs(right[part].mean() - confidence[part].mean()) for part in parts)


@value(
    "Causes come before effects. Go from the top of the table to the bottom, and stop where something is out of range.",
    "What is a loss at the start, with seven classes? And what is the lowest that it can be with a softmax too many?",
    "A run that looks good is not one that is good: look at what it was asked.",
    points=3,
    mistakes=PATIENTS,
)
def six_patients():
    """The clinic's runs of the seeds 204 and 205."""
    return dict(
        zip(
            "ABCDEF",
            ("inputs not scaled", "softmax twice", "labels shuffled", "leakage", "class imbalance", "rate too low"),
            strict=True,
        )
    )


@build(
    "Without weights the loss is lowest where the rare class is hardly ever said.",
    "fit(x, y, class_weight={0: 1.0, 1: 24.0}) lets one rare row count as much as 24 common ones.",
    "keras.losses.BinaryCrossentropy(from_logits=True) goes with a last layer Dense(1).",
    "Adam with a learning rate of 0.01 and ten epochs are enough.",
    points=4,
    mistakes=WRONG_RARE,
)
def rare_class(trial):
    """Of 1,000 rare and 1,000 common rows, at least 80 % each right, after 1,500 of which 60 are rare."""
    (x, y), (x_new, y_new) = mixed(trial.rng, 1500, 0.04)
    model = trial.built(x, y)
    logits = trial.predicted(x_new, 1, "rows", f". {ONE_LOGIT}")
    trial.finite(logits)
    unfit = no_logit(model, logits)
    trial.require(not unfit, "Its output is no logit." if unfit == SQUEEZED else "Its loss takes no logits.", unfit)
    found = [np.mean((logits[y_new == label, 0] > 0) == label) for label in (0, 1)]
    said = f"It gets {found[0]:.1%} of the common rows right and {found[1]:.1%} of the rare; 80 % of each were wanted."
    trial.require(min(found) >= LEAST, said, why_not(logits[:, 0], y_new, found))


@ward_round(
    "Begin with the data: finite? scaled? rows in both sets? one class too common? neighbours of one label?",
    "Then what the loss gets: the same twice? rows that add up to 1? a loss near log K?",
    "Then what moves: columns of hidden that are 0 everywhere; np.linalg.norm of each step by that of the weights.",
    "x @ x.T and the rows' squares give all distances at once; set the diagonal to infinity before argmin.",
    points=5,
    evidence=evidence,
    mistakes={
        ALL_THE_SAME: lambda run: "healthy",
        NO_NAME: lambda run: "underfitting",
        FOUND_BY["not a number"]: "if not np.isfinite(x).all(): → if False:",
        FOUND_BY["inputs not scaled"]: "if np.abs(x).max() > 10: → if False:",
        FOUND_BY["leakage"]: "if np.mean([row.tobytes() in seen for row in x_val]) > 0.05: → if False:",
        FOUND_BY["class imbalance"]: "if np.bincount(y).max() > 0.6 * len(y): → if False:",
        FOUND_BY["labels shuffled"]: "if np.mean(y[far.argmin(axis=1)] == y) < 0.6: → if False:",
        FOUND_BY["forgotten training="]: 'if np.abs(run["again"] - z).max() > 1e-6: → if False:',
        FOUND_BY["softmax twice"]: "if np.abs(z.sum(axis=1) - 1).max() < 1e-3: → if False:",
        FOUND_BY["wrong loss"]: "if not 0.75 < first < 1.5: → if False:",
        FOUND_BY["dead ReLUs"]: 'if np.mean(~(run["hidden"] > 0).any(axis=0)) > 0.3: → if False:',
        FOUND_BY["rate too high"]: "if step > 0.06: → if False:",
        FOUND_BY["rate too low"]: "if step < 8e-4: → if False:",
        FOUND_BY["healthy"]: "if step < 8e-4: → if step < 8e-1:",
    },
)
def doctor(run):
    """A fault's name, of what ``ward.evidence`` hands over."""
    x, y, x_val, z, w = (run[name] for name in ("x", "y", "x_val", "outputs", "weights"))
    if not np.isfinite(x).all():
        return "not a number"
    if np.abs(x).max() > 10:
        return "inputs not scaled"
    seen = {row.tobytes() for row in x}
    if np.mean([row.tobytes() in seen for row in x_val]) > 0.05:
        return "leakage"
    if np.bincount(y).max() > 0.6 * len(y):
        return "class imbalance"
    far = np.sum(x**2, axis=1) - 2 * x @ x.T
    np.fill_diagonal(far, np.inf)
    if np.mean(y[far.argmin(axis=1)] == y) < 0.6:
        return "labels shuffled"
    if np.abs(run["again"] - z).max() > 1e-6:
        return "forgotten training="
    if np.abs(z.sum(axis=1) - 1).max() < 1e-3:
        return "softmax twice"
    first = run["loss"] / np.log(z.shape[1])
    if not 0.75 < first < 1.5:
        return "wrong loss"
    if np.mean(~(run["hidden"] > 0).any(axis=0)) > 0.3:
        return "dead ReLUs"
    step = np.max(np.linalg.norm(np.diff(w, axis=0), axis=1) / np.linalg.norm(w[:-1], axis=1))
    if step > 0.06:
        return "rate too high"
    if step < 8e-4:
        return "rate too low"
    return "healthy"
