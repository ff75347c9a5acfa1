"""Chapter 12: what is wrong with a training run, said from numbers that were measured, or from its curves alone."""

import numpy as np

# Each with its cure. Rates that are wrong are one fault in two forms.
FAULTS = {
    "healthy": "nothing to cure",
    "rate too low": "multiply the rate by 10 until the loss falls",
    "rate too high": "divide the rate by 10 until the loss falls steadily",
    "wrong loss": "one label of K: categorical cross-entropy",
    "softmax twice": "logits out of the network, or from_logits=False",
    "labels shuffled": "shuffle inputs and labels with one and the same order",
    "inputs not scaled": "divide by the largest value, or standardize",
    "dead ReLUs": "biases that start at 0; He's initial weights",
    "leakage": "split first, then copy or augment; no example on both sides",
    "class imbalance": "class weights or resampling, and recall for each class",
    "not a number": "find the first operation that gives one: here a division by a spread of 0",
    "forgotten training=": "training=False wherever the network is used, not taught",
}


def of_data(x, y, x_val):
    """What the data alone say, before anything is trained: a dict of numbers. x: (n, features)   y: (n,)

    classes: K   not_finite: share of inputs that are no finite number   largest: the largest input, signs left out
    neighbours: share of examples whose nearest other one has the same label   commonest: share of the commonest label
    shared: share of validation examples that stand in the training set too
    """
    x, y, x_val = (np.asarray(a) for a in (x, y, x_val))
    known = np.nan_to_num(x.astype(float), posinf=0, neginf=0)
    seen = {row.tobytes() for row in x}
    return {
        "classes": int(y.max()) + 1,
        "not_finite": float(np.mean(~np.isfinite(x))),
        "largest": float(np.abs(known).max()),
        "neighbours": float(np.mean(y[_nearest(known)] == y)),
        "commonest": float(np.bincount(y).max() / len(y)),
        "shared": float(np.mean([row.tobytes() in seen for row in x_val])),
    }


def _nearest(x):
    """The number of the nearest other row, by distance. (n,)"""
    squares = np.sum(x**2, axis=1)
    far = squares - 2 * x @ x.T
    np.fill_diagonal(far, np.inf)
    return far.argmin(axis=1)


def update_to_weight_ratio(before, after):
    """|change| / |weights|, over all entries of two lists of arrays of the same shapes."""
    change = sum(float(np.sum((a - b) ** 2)) for a, b in zip(after, before, strict=True))
    return float(np.sqrt(change / sum(float(np.sum(b**2)) for b in before)))


def diagnose(numbers):
    """(fault, reason): causes before effects. First the data, then what the loss is given, then the motion.

    The order decides. Inputs that are not scaled kill ReLUs and make steps too long: whoever looks there first
    treats an effect. The limits were chosen on the seeds 0 to 24.
    """
    for fault, reason, found in _signs(numbers):
        if found:
            return fault, reason
    return (
        "healthy",
        f"nothing is out of range; its weights change by {_short(numbers['ratio'])} of their size in a step",
    )


def _short(number):
    """With two digits that count, and no power of ten: 0.013."""
    return np.format_float_positional(float(f"{number:.2g}"), trim="-")


def _signs(n):
    first = n["first_loss"] / np.log(n["classes"])
    return [
        ("not a number", f"{n['not_finite']:.1%} of the inputs are no number", n["not_finite"] > 0),
        ("inputs not scaled", f"the largest input is {n['largest']:.0f}", n["largest"] > 10),
        ("leakage", f"{n['shared']:.0%} of the validation examples were trained on", n["shared"] > 0.05),
        ("class imbalance", f"{n['commonest']:.0%} of the labels are one class", n["commonest"] > 0.6),
        ("labels shuffled", f"only {n['neighbours']:.0%} of neighbours agree", n["neighbours"] < 0.6),
        ("forgotten training=", f"two predictions differ by {n['twice']:.2f}", n["twice"] > 1e-6),
        ("softmax twice", "what the loss takes for logits adds up to 1", n["off_one"] < 1e-3),
        ("wrong loss", f"the loss starts at {first:.2f} times log K", not 0.75 < first < 1.5),
        ("dead ReLUs", f"{n['dead_first']:.0%} of the units are dead before the first step", n["dead_first"] > 0.3),
        ("rate too high", f"a step changes the weights by {_short(n['ratio'])} of their size", n["ratio"] > 0.06),
        ("rate too low", f"a step changes the weights by {_short(n['ratio'])} of their size", n["ratio"] < 8e-4),
    ]


# --- what curves alone can say


def suspects(curves, classes):
    """[(fault, reason), …]: what the curves make likely, the likeliest first. curves: as in ``clinic.Run``

    Some faults draw the same curves. A leak draws the best ones of all.
    """
    c = {name: np.asarray(curve, float) for name, curve in curves.items()}
    found = [(fault, reason) for fault, reason, seen in _looks(c, np.log(classes), 1 / classes) if seen]
    return found or [("healthy", "it falls, flattens, and validation follows"), ("leakage", "a leak looks as good")]


def _looks(c, log_k, chance):
    loss, val_loss, right, val_right = (c[name] for name in ("loss", "val_loss", "accuracy", "val_accuracy"))
    first, best = loss[0] / log_k, val_right.max()
    steady = len(loss) > 1 and np.mean(np.diff(loss) < 0) > 0.9
    flat, learnt = abs(loss[0] - loss[-1]) < 0.04 * loss[0], right[-1] > 2.5 * chance
    steps = np.diff(val_right[len(val_right) // 2 :])
    jagged = np.mean(np.abs(steps)) if len(steps) else 0
    floor = np.log(np.exp(1) + 1 / chance - 1) - 1
    return [
        ("not a number", "the loss is no number", not np.isfinite(loss).all()),
        ("inputs not scaled", f"the loss begins at {first:.0f} times log K", first > 100),
        (
            "rate too high",
            f"the loss jumps to {loss.max() / log_k:.1f} times log K",
            loss.max() > 1.5 * loss[0] or first > 1.5,
        ),
        ("inputs not scaled", f"the loss begins at {first:.1f} times log K", 1.5 < first <= 100),
        (
            "wrong loss",
            f"it begins at {first:.2f} times log K, with {right[0]:.0%} right",
            first < 0.7 and right[0] < 0.5,
        ),
        ("class imbalance", f"{right[0]:.0%} are right in the first epoch", right[0] > 0.6),
        ("dead ReLUs", "the loss lies still", flat and not learnt and not steady),
        ("rate too low", "the loss falls, but hardly", flat and not learnt and steady),
        ("labels shuffled", "it learns, and validation does not", not flat and best < 2.5 * chance),
        ("softmax twice", f"it stays above {floor:.2f}, however right it is", learnt and loss.min() > 0.95 * floor),
        (
            "forgotten training=",
            "validation jumps, and training is no better",
            learnt and jagged > 0.015 and right[-1] < 0.93,
        ),
        ("leakage", "validation is better than training", learnt and val_loss[-1] < loss[-1]),
    ]
