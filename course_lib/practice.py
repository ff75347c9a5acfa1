"""Chapter 12: how good is a classifier, how good are its promises, and how to make them honest.

y_true, y_pred: (n,), whole numbers that stand for classes   y_score: (n,), the higher, the rather class 1
"""

import numpy as np

from course_lib import limits, start_here
from course_lib.activations import softmax

# --- right and wrong, counted


def confusion_matrix(y_true, y_pred, classes):
    """How often each class (row) was taken for each (column): (classes, classes) whole numbers."""
    y_true, y_pred = _labels(y_true, y_pred)
    classes = limits.whole("classes", classes)
    limits.all_whole("y_true", y_true, 0, classes - 1)
    limits.all_whole("y_pred", y_pred, 0, classes - 1)
    return np.bincount(y_true * classes + y_pred, minlength=classes**2).reshape(classes, classes)


def accuracy(y_true, y_pred):
    """The share of right answers: chapter 00's, for labels alone, since of probabilities none would be right."""
    return start_here.accuracy(*_labels(y_true, y_pred))


def precision(y_true, y_pred, average="binary"):
    """TP / (TP + FP): how many of those that were called positive are.

    average: "binary", classes 0 and 1, of which 1 is positive; "macro", the mean over all classes that occur, each
    once taken as positive; "micro", all their counts added up before dividing. Where nothing is to divide by, 0.
    """
    tp, fp, _ = _counts(y_true, y_pred, average)
    return _mean_share(tp, tp + fp)


def recall(y_true, y_pred, average="binary"):
    """TP / (TP + FN): how many of the positive were found. average: as for ``precision``"""
    tp, _, fn = _counts(y_true, y_pred, average)
    return _mean_share(tp, tp + fn)


def f1(y_true, y_pred, average="binary"):
    """2 TP / (2 TP + FP + FN): the harmonic mean of precision and recall, high only where both are.

    Van Rijsbergen, 1979. average: as for ``precision``
    """
    tp, fp, fn = _counts(y_true, y_pred, average)
    return _mean_share(2 * tp, 2 * tp + fp + fn)


# --- every threshold at once


def roc_curve(y_true, y_score):
    """(false positive rates, true positive rates, thresholds): positive is what scores at least the threshold.

    From the threshold ∞, where nothing is positive, down to the lowest score, where all is. Equal scores are one
    step, since no threshold tells them apart. Fawcett, 2006.
    """
    fp, tp, thresholds = _hits(y_true, y_score)
    return fp / fp[-1], tp / tp[-1], thresholds


def auroc(y_true, y_score):
    """The area under the ROC curve: how often a positive scores above a negative, ties counting half.

    Hanley and McNeil, 1982.
    """
    fpr, tpr, _ = roc_curve(y_true, y_score)
    return float(np.trapezoid(tpr, fpr))


def precision_recall_curve(y_true, y_score):
    """(precisions, recalls, thresholds), in the order of ``roc_curve``. Where nothing is positive, precision is 1.

    It shows what ROC hides where positives are rare. Davis and Goadrich, 2006.
    """
    fp, tp, thresholds = _hits(y_true, y_score)
    return np.append(1.0, tp[1:] / (tp + fp)[1:]), tp / tp[-1], thresholds


def average_precision(y_true, y_score):
    """Σ (recall - recall before) precision along that curve: its area, in steps and not in slopes."""
    precisions, recalls, _ = precision_recall_curve(y_true, y_score)
    return float(np.sum(np.diff(recalls) * precisions[1:]))


# --- promises kept


def reliability_bins(y_true, y_pred, bins=15):
    """(confidence, accuracy, count) of each bin, (bins,) each: what a reliability diagram shows. Guo et al., 2017.

    y_pred: (n, classes), probabilities. The confidence of an answer is the highest of its probabilities. Bin m, from
    1, holds the confidences above (m - 1) / bins and up to m / bins; where it is empty, all three are 0.
    """
    y_true, y_pred = _probabilities(y_true, y_pred)
    bins = limits.whole("bins", bins)
    confidence, right = y_pred.max(axis=1), y_pred.argmax(axis=1) == y_true
    which = np.searchsorted(np.arange(1, bins) / bins, confidence)
    count, sum_confidence, sum_right = (np.bincount(which, w, bins) for w in (None, confidence, right))
    return sum_confidence / np.maximum(count, 1), sum_right / np.maximum(count, 1), count


def expected_calibration_error(y_true, y_pred, bins=15):
    """Σ (count / n) |accuracy - confidence| over the bins of ``reliability_bins``. Guo et al., 2017, equation 3."""
    confidence, right, count = reliability_bins(y_true, y_pred, bins)
    return float(np.sum(count * np.abs(right - confidence)) / np.sum(count))


def brier_score(y_true, y_pred):
    """mean over examples of Σ (p - y)², from 0 to 2: calibration and sharpness in one number. Brier, 1950.

    y_pred: (n, classes), probabilities. Of two classes it is twice the mean of (p - y)² for one of them.
    """
    y_true, y_pred = _probabilities(y_true, y_pred)
    return float(np.mean(np.sum((y_pred - np.eye(y_pred.shape[1])[y_true]) ** 2, axis=1)))


def temperature_scaling(logits, temperature):
    """softmax(logits / T): a T above 1 makes the promises smaller; the answers stay. Guo et al., 2017, equation 9."""
    limits.above_zero("temperature", temperature)
    logits = np.asarray(limits.floats(logits), float)
    # What is at the top stays 0, however small T is.
    return softmax((logits - logits.max(axis=-1, keepdims=True)) / temperature)


def fit_temperature(y_true, logits):
    """The T with the smallest mean of -log softmax(logits / T)[y_true], found by halving. logits: (n, classes)

    In β = 1 / T this mean is convex. Its slope, what the model expects of its own logits minus what the truth has, on
    average, crosses 0 once. On examples that the model has not been trained on, please.
    """
    y_true, logits = _rows(y_true, "logits", logits)
    z = logits - logits.max(axis=1, keepdims=True)
    scale = np.abs(z).max()
    z = z / scale if scale > 0 else z
    truth = z[np.arange(len(z)), y_true].mean()

    def slope(beta):
        return (temperature_scaling(z, 1 / beta) * z).sum(axis=1).mean() - truth

    if not z.mean() < truth < 0:
        raise ValueError(
            "logits must beat chance and not every answer may be right, or no temperature is the best: "
            f"the higher or the lower, the better; here {np.mean(z.argmax(axis=1) == y_true):.0%} "
            "are right"
        )
    return float(scale / _root(slope))


def _root(slope, halvings=100):
    """Where a slope that grows from below 0, at 0, crosses it."""
    low, high = 0.0, 1.0
    while slope(high) < 0:
        low, high = high, 2 * high
    for _ in range(halvings):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return high


def _counts(y_true, y_pred, average):
    """True positives, false positives, false negatives: (classes,) each, or (1,) where they are not for each class."""
    y_true, y_pred = _labels(y_true, y_pred)
    limits.one_of("average", average, ("binary", "macro", "micro"))
    positive = {"binary": np.array([1])}.get(average, np.union1d(y_true, y_pred))
    if average == "binary" and not np.isin([y_true, y_pred], (0, 1)).all():
        raise ValueError(
            f'y_true and y_pred must hold only 0 and 1 where average is "binary", got '
            f"{np.union1d(y_true, y_pred).tolist()}"
        )
    true, said = y_true == positive[:, None], y_pred == positive[:, None]
    counts = [both.sum(axis=1) for both in (true & said, ~true & said, true & ~said)]
    return [count.sum(keepdims=True) for count in counts] if average == "micro" else counts


def _mean_share(part, whole):
    return float(np.mean(np.where(whole > 0, part / np.maximum(whole, 1), 0)))


def _labels(y_true, y_pred):
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    limits.shape("y_true", y_true, "n", filled=True)
    limits.same_shape("y_pred", y_pred, "y_true", y_true.shape)
    for name, y in ("y_true", y_true), ("y_pred", y_pred):
        if y.dtype.kind not in "iub":
            raise ValueError(f"{name} must hold classes as whole numbers, got {y.dtype}")
    return y_true.astype(int), y_pred.astype(int)


def _hits(y_true, y_score):
    """(false positives, true positives, thresholds) for every threshold, from ∞ down. Equal scores are one step."""
    y_true, y_score = _scores(y_true, y_score)
    order = np.argsort(-y_score)
    y_true, y_score = y_true[order], y_score[order]
    # Compared and not subtracted: ∞ - ∞ is no number.
    last_of_equals = np.append(y_score[1:] != y_score[:-1], True)
    counts = (np.append(0, np.cumsum(hit)[last_of_equals]) for hit in (y_true == 0, y_true == 1))
    return *counts, np.append(np.inf, y_score[last_of_equals])


def _scores(y_true, y_score):
    y_true, y_score = np.asarray(y_true), np.asarray(limits.floats(y_score), float)
    limits.shape("y_true", y_true, "n")
    limits.same_shape("y_score", y_score, "y_true", y_true.shape)
    if set(y_true.tolist()) != {0, 1}:
        raise ValueError(f"y_true must hold both 0 and 1 and nothing else, got {np.unique(y_true).tolist()}")
    return y_true, limits.hold("y_score", y_score, ~np.isnan(y_score), "numbers that can be ordered")


def _rows(y_true, name, rows):
    """A row of finite numbers for each label, and each label the number of a column."""
    y_true, rows = np.asarray(y_true), np.asarray(limits.floats(rows), float)
    limits.finite(name, limits.shape(name, rows, "n", "classes", filled=True))
    limits.all_whole("y_true", limits.shape("y_true", y_true, len(rows)), 0, rows.shape[1] - 1)
    return y_true, rows


def _probabilities(y_true, y_pred):
    y_true, y_pred = _rows(y_true, "y_pred", y_pred)
    if (y_pred < 0).any() or not np.allclose(y_pred.sum(axis=1), 1):
        raise ValueError("y_pred must hold probabilities, at least 0, that add up to 1 in each row")
    return y_true, y_pred
