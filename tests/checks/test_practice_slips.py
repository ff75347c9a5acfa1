"""What a learner of chapter 12 writes first, written as learners do: each gets the words that are due."""

import numpy as np
import pytest

from course_lib import practice
from course_lib.activations import softmax
from course_lib.checking import rare_class as words
from course_lib.checking.doctors import ALL_THE_SAME, FOUND_BY, NO_NAME
from course_lib.checks import practice as check
from course_lib.page import quiet
from tests.checks.test_practice_verdicts import doctor_of_the_course, trained
from tests.checks.tried import refuse, wrong_ones

with quiet():
    import keras


def unpaired(a, b):
    return b.mean() - a.mean(), np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))


def cheapest_of(thresholds, choose=min, positive=np.greater_equal):
    """A loop over other thresholds, with another choice among them, or another sign."""

    def answer(y_true, y_score, miss, alarm):
        costs = {}
        for threshold in thresholds(y_score):
            said = positive(y_score, threshold)
            costs[threshold] = miss * np.sum(~said & (y_true == 1)) + alarm * np.sum(said & (y_true == 0))
        best = choose(costs, key=costs.get)
        return best, costs[best]

    return answer


def falling(y_score):
    return [np.inf, *sorted(set(y_score.tolist()), reverse=True)]


def most_right(y_true, y_score, miss, alarm):
    thresholds = falling(y_score)
    wrong = [np.sum((y_score >= threshold) != y_true) for threshold in thresholds]
    return thresholds[np.argmin(wrong)], np.min(wrong)


def costs_exchanged(y_true, y_score, miss, alarm):
    return cheapest_of(falling)(y_true, y_score, alarm, miss)


def edge(mean=np.mean, best=lambda means: np.nanargmax(means), single=False, at=lambda v, i: v[i] in (min(v), max(v))):
    def answer(grid, scores):
        means = mean(scores, axis=-1)
        place = np.unravel_index(best(means), means.shape)
        return [name for (name, v), i in zip(grid.items(), place, strict=True) if (single or len(v) > 1) and at(v, i)]

    return answer


def listed(order, said=lambda logits, rows: logits[rows].argmax(axis=1)):
    def answer(logits, labels, k):
        rows = order(logits, labels)[:k]
        return np.stack([rows, said(logits, rows)], axis=1)

    return answer


def share_of_label(logits, labels):
    return softmax(logits)[np.arange(len(labels)), labels]


def unsafe_losses(logits, labels):
    with np.errstate(all="ignore"):
        e = np.exp(logits)
        return np.argsort(np.log(e[np.arange(len(labels)), labels] / e.sum(axis=1)), kind="stable")


def by_the_log_of_shares(logits, labels):
    with np.errstate(all="ignore"):
        return np.argsort(np.log(share_of_label(logits, labels)), kind="stable")


def bins_error(parts=np.array_split, order=np.argsort, weigh=True, gap=lambda r, c: abs(r.mean() - c.mean())):
    def answer(y_true, y_pred, bins):
        sure, right = y_pred.max(axis=1), y_pred.argmax(axis=1) == y_true
        gaps = [(len(part), gap(right[part], sure[part])) for part in parts(order(sure), bins)]
        return sum((n / len(sure) if weigh else 1 / bins) * distance for n, distance in gaps)

    return answer


def of_the_label(y_true, y_pred, bins):
    sure, right = y_pred[np.arange(len(y_true)), y_true], y_pred.argmax(axis=1) == y_true
    parts = np.array_split(np.argsort(sure), bins)
    return sum(len(part) / len(sure) * abs(right[part].mean() - sure[part].mean()) for part in parts)


def blind(**changed):
    """The course's doctor, with something in its runs hidden from it."""
    return lambda run: doctor_of_the_course(run | {name: change(run) for name, change in changed.items()})


def effects_first(run):
    """Whoever asks for dead ReLUs and long steps before the data treats an effect."""
    before = run["weights"]
    steps = np.linalg.norm(np.diff(before, axis=0), axis=1) / np.linalg.norm(before[:-1], axis=1)
    if np.max(steps) > 0.06:
        return "rate too high"
    return doctor_of_the_course(run)


def in_doubt_too_low(run):
    said = doctor_of_the_course(run)
    return "rate too low" if said == "healthy" else said


def loss(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    return np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]


def worst_first(logits, labels):
    return np.argsort(-loss(logits, labels), kind="stable")


def first_rows(logits, rows):
    return logits.argmax(axis=1)[: len(rows)]


WRONG = {
    "gain": [
        ("Take the differences first.", unpaired),
        ("ddof=1", lambda a, b: (np.mean(b - a), np.std(b - a) / np.sqrt(len(a)))),
        ("The mean of n varies less", lambda a, b: (np.mean(b - a), np.std(b - a, ddof=1))),
        ("Divide by the root of n, not by n.", lambda a, b: (np.mean(b - a), np.std(b - a, ddof=1) / len(a))),
        ("What b gains is b − a.", lambda a, b: (np.mean(a - b), np.std(a - b, ddof=1) / np.sqrt(len(a)))),
        ("That is the variance.", lambda a, b: (np.mean(b - a), np.var(b - a, ddof=1) / np.sqrt(len(a)))),
    ],
    "cheapest": [
        ("What scores just the threshold is positive", cheapest_of(falling, positive=np.greater)),
        ("Of equally cheap thresholds the highest", cheapest_of(lambda y_score: sorted(falling(y_score)))),
        ("try the threshold ∞ too", cheapest_of(lambda y_score: falling(y_score)[1:])),
        ("Errors do not cost the same", most_right),
        ("the wrong way round", costs_exchanged),
        ("A threshold of ½", cheapest_of(lambda y_score: [0.5])),
    ],
    "on_the_edge": [
        ("The values may stand in any order", edge(at=lambda v, i: i in (0, len(v) - 1))),
        ("A single lucky run", edge(mean=np.nanmax)),
        ("A setting one of whose runs broke down is out", edge(mean=np.nanmean)),
        ("A run that broke down has no score, not a 0", edge(mean=lambda s, axis: np.nan_to_num(s).mean(axis=axis))),
        ("argmax takes NaN for the largest", edge(best=np.argmax)),
        ("What has one value only", edge(single=True)),
        ("The smallest value is an edge as well", edge(at=lambda v, i: v[i] == max(v))),
        ("The best setting has the highest score.", edge(best=lambda means: np.nanargmin(means))),
        ("It is a set, which has no order", lambda grid, scores: set(edge()(grid, scores))),
    ],
    "doubted": [
        ("Asked are the largest.", listed(lambda z, y: np.argsort(-share_of_label(z, y), kind="stable"))),
        ("how sure the network is", listed(lambda z, y: np.argsort(-softmax(z).max(axis=1), kind="stable"))),
        ("of which the network is least sure", listed(lambda z, y: np.argsort(softmax(z).max(axis=1), kind="stable"))),
        ("A logit is no loss", listed(lambda z, y: np.argsort(z[np.arange(len(y)), y], kind="stable"))),
        ("e^900 is infinite", listed(unsafe_losses)),
        ("use log Σ e^z − z", listed(by_the_log_of_shares)),
        ("of the same rows, in their order", listed(lambda z, y: np.argsort(-loss(z, y), kind="stable"), first_rows)),
        ("np.array makes one of it.", lambda *given: listed(worst_first)(*given).tolist()),
        ("Of equal losses the first row", listed(lambda z, y: np.argsort(loss(z, y), kind="stable")[::-1])),
    ],
    "even_bins_error": [
        ("Those are bins of equal width.", practice.expected_calibration_error),
        ("A bin with one row more counts for more", bins_error(weigh=False)),
        ("begin with the lowest confidence", bins_error(order=lambda sure: np.argsort(-sure))),
        ("Sort by confidence first.", bins_error(order=lambda sure: np.arange(len(sure)))),
        ("absolute values", bins_error(gap=lambda r, c: r.mean() - c.mean())),
        ("A single answer is right or wrong", bins_error(gap=lambda r, c: np.mean(abs(r - c)))),
        ("not squared", bins_error(gap=lambda r, c: (r.mean() - c.mean()) ** 2)),
        ("not that of the label", of_the_label),
    ],
}
DOCTORS = {
    "doctor": [
        (ALL_THE_SAME, lambda run: "healthy"),
        (NO_NAME, lambda run: "the rate is too low"),
        (NO_NAME, lambda run: 3),
        (FOUND_BY["leakage"], blind(x_val=lambda run: run["x_val"] + 9)),
        (FOUND_BY["forgotten training="], blind(again=lambda run: run["outputs"])),
        (FOUND_BY["wrong loss"], blind(loss=lambda run: np.log(run["outputs"].shape[1]))),
        (FOUND_BY["dead ReLUs"], blind(hidden=lambda run: run["hidden"] + 1)),
        (FOUND_BY["inputs not scaled"], effects_first),
        (FOUND_BY["healthy"], in_doubt_too_low),
    ]
}


def with_head(activation):
    return lambda x, y: trained(x, y, model=small_model(activation), class_weight={0: 1.0, 1: 24.0})


def of_relu(x, y):
    """A logit that ReLU keeps from going below 0: where it is 0, it says no."""
    linear = trained(x, y, class_weight={0: 1.0, 1: 24.0})
    return keras.Sequential([keras.Input((4,)), *linear.layers, keras.layers.ReLU()])


def on_shares(loss):
    """What is usually forgotten: from_logits=True. At a rate of 0.05 a plane is found all the same."""

    def answer(x, y):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.Adam(0.05), loss)
        model.fit(x, y, batch_size=50, epochs=10, class_weight={0: 1.0, 1: 24.0}, verbose=0)
        return model

    return answer


def shuffled(seed):
    """The rows in another order than their labels."""
    return lambda x, y: trained(np.random.default_rng(seed).permutation(x), y, class_weight={0: 1.0, 1: 24.0})


def small_model(activation=None, outputs=1):
    keras.utils.set_random_seed(2)
    last = keras.layers.Dense(outputs, activation)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), last])


def weighed(common, rare):
    return lambda x, y: trained(x, y, class_weight={0: common, 1: rare})


MODELS = {
    "rare_class": [
        (words.PLAIN, lambda x, y: trained(x, y, epochs=40)),
        (words.PLAIN, lambda x, y: trained(x, y, (8, 1), epochs=40, class_weight={0: 1.0, 1: 2.0})),
        (words.TOO_MUCH, weighed(1.0, 400.0)),
        (words.PLAIN, weighed(24.0, 1.0)),
        (words.SQUEEZED, with_head("sigmoid")),
        (words.SQUEEZED, of_relu),
        (words.SHARES, on_shares("binary_crossentropy")),
        (words.SHARES, on_shares(keras.losses.BinaryCrossentropy())),
        (words.SHARES, on_shares([keras.losses.binary_crossentropy])),
        (words.GUESSING, shuffled(0)),
        (words.GUESSING, shuffled(1)),
        (words.GUESSING, shuffled(2)),
        (words.ONE_LOGIT, lambda x, y: small_model(outputs=2)),
        (words.TURNED, lambda x, y: trained(x, 1 - y, class_weight={0: 24.0, 1: 1.0})),
    ]
}


@pytest.mark.parametrize(("one", "words_due", "answer"), wrong_ones(check, WRONG))
def test_what_is_usually_wrong_gets_the_words_that_are_due(one, words_due, answer):
    refuse(one, words_due, answer)


@pytest.mark.parametrize(("one", "words_due", "answer"), wrong_ones(check, DOCTORS))
def test_a_doctor_that_overlooks_something_is_told_what(one, words_due, answer):
    refuse(one, words_due, answer, seeds=range(2))


@pytest.mark.parametrize(("one", "words_due", "answer"), wrong_ones(check, MODELS))
def test_a_model_that_does_not_find_the_rare_class_is_told_why(one, words_due, answer):
    refuse(one, words_due, answer, seeds=[0])
