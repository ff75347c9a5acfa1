"""What a learner of chapter 14 writes first, written as learners do: each gets the words that are due."""

import numpy as np
import pytest
import scipy.stats

from course_lib import transfer
from course_lib.activations import log_softmax
from course_lib.checks import transfer as check
from tests.checks.tried import accept, refuse, wrong_ones

COUNTS = check.what_trains.mistakes.right()
TEACHERS = check.broken_distillations.mistakes.right()


def entropy(values):
    p = values[values > 0] / values.sum() if values.sum() else np.ones(1)
    return -(p * np.log(p)).sum()


def singular(codes):
    return np.linalg.svd(codes, compute_uv=False)


def collapsed(codes):
    return not np.ptp(codes, axis=0).any()


def unsafe_rank(codes):
    s = singular(codes - codes.mean(axis=0))
    p = s / s.sum()
    return np.exp(-np.nansum(p * np.log(p)))


def nothing_times_infinity(codes, labels, temperature):
    z = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    logits = z @ z.T / temperature
    np.fill_diagonal(logits, -np.inf)
    pair = np.equal.outer(labels, labels) & ~np.eye(len(z), dtype=bool)
    with np.errstate(all="ignore"):
        mean = (log_softmax(logits) * pair).sum(axis=1) / pair.sum(axis=1)
    return -mean[pair.any(axis=1)].mean()


def mean_of_nobody(codes, labels, temperature):
    z = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    logs = [log_softmax(np.delete(z @ own, i) / temperature) for i, own in enumerate(z)]
    partners = [np.delete(labels, i) == labels[i] for i in range(len(z))]
    with np.errstate(all="ignore"):
        return -np.mean([log[partner].sum() / partner.sum() for log, partner in zip(logs, partners, strict=True)])


def largest_with_itself(codes, labels, temperature):
    z = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    logits = z @ z.T / temperature
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.fill_diagonal(e, 0)
    pair = np.equal.outer(labels, labels) & ~np.eye(len(z), dtype=bool)
    with np.errstate(all="ignore"):
        logs = np.log(e / e.sum(axis=1, keepdims=True))
    return -np.mean([logs[i][pair[i]].mean() for i in range(len(z)) if pair[i].any()])


def shares_of_the_others(codes, labels, temperature):
    """The formula as it stands: at a low temperature infinite, and infinite times 0 is no number."""
    z = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    others = ~np.eye(len(z), dtype=bool)
    pair = np.equal.outer(labels, labels) & others
    with np.errstate(all="ignore"):
        e = np.exp(z @ z.T / temperature)
        logs = np.log(e / (e * others).sum(axis=1, keepdims=True))
    return -np.mean([logs[i][pair[i]].mean() for i in range(len(z)) if pair[i].any()])


def rank_of_shares(codes):
    """scipy.stats.entropy knows that a share of 0 adds nothing, but not what 0 / 0 is."""
    with np.errstate(all="ignore"):
        return np.exp(scipy.stats.entropy(singular(codes - codes.mean(axis=0))))


def contrasted(itself=-np.inf, unit=True, partner=None, weigh=None, divide=True):
    def answer(codes, labels, temperature):
        z = codes / np.linalg.norm(codes, axis=1, keepdims=True) if unit else codes
        logits = z @ z.T / temperature if divide else z @ z.T
        if itself is not None:
            np.fill_diagonal(logits, itself)
        logs = log_softmax(logits)
        rows = []
        for i in range(len(z)):
            own = [j for j in range(len(z)) if labels[j] == labels[i] and (j != i or partner == "itself")]
            if own:
                rows.append(-logs[i][own].mean() if weigh is None else weigh(-logs[i][own]))
        return np.mean(rows)

    return answer


def every_pair_the_same(codes, labels, temperature):
    z = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    logits = z @ z.T / temperature
    np.fill_diagonal(logits, -np.inf)
    pair = np.equal.outer(labels, labels) & ~np.eye(len(z), dtype=bool)
    return -log_softmax(logits)[pair].mean()


def unsafe_logs(codes, labels, temperature):
    with np.errstate(all="ignore"):
        z = codes / np.linalg.norm(codes, axis=1, keepdims=True)
        e = np.exp(z @ z.T / temperature)
        np.fill_diagonal(e, 0)
        pair = np.equal.outer(labels, labels) & ~np.eye(len(z), dtype=bool)
        logs = np.log(e / e.sum(axis=1, keepdims=True))
        return -np.mean([logs[i][pair[i]].mean() for i in range(len(z)) if pair[i].any()])


def truncated(kernel, rank):
    u, s, vt = np.linalg.svd(kernel, full_matrices=False)
    return (u[:, :rank] * s[:rank]) @ vt[:rank]


def loud_columns(before, after, rank):
    return before + (after - before) * (np.arange(before.shape[1]) < rank)


def two_factors(before, after, rank):
    u, s, vt = np.linalg.svd(after - before, full_matrices=False)
    return u[:, :rank] * s[:rank], vt[:rank]


def transposed_again(before, after, rank):
    u, s, v = np.linalg.svd(after - before, full_matrices=False)
    return before + u[:, :rank] * s[:rank] @ v[:, :rank].T


WRONG = {
    "what_trains": [
        ("all: the moving averages", COUNTS | {"all": 2373}),
        ("all: BatchNormalization learns too", COUNTS | {"all": 2245}),
        ("head only: the head has a bias", COUNTS | {"head only": 160}),
        ("head only: a frozen body", COUNTS | {"head only": 229}),
        ("LoRA: A and B have that many", COUNTS | {"LoRA": 384}),
        ("LoRA: the kernel itself is frozen", COUNTS | {"LoRA": 2464}),
        ("without the head", COUNTS | {"LoRA": 581}),
        ("BatchNorm learning: gamma and beta learn", COUNTS | {"BatchNorm learning": 64}),
        ("BatchNorm frozen: in Keras a frozen", COUNTS | {"BatchNorm frozen": 64}),
        ("LoRA", {name: count for name, count in COUNTS.items() if name != "LoRA"}),
        ("'about 400'", COUNTS | {"LoRA": "about 400"}),
    ],
    "effective_rank": [
        ("Take the mean of the codes off first", lambda codes: np.exp(entropy(singular(codes)))),
        ("That is the entropy", lambda codes: 0.0 if collapsed(codes) else entropy(singular(codes - codes.mean(0)))),
        (
            "the variances",
            lambda codes: 0.0 if collapsed(codes) else np.exp(entropy(singular(codes - codes.mean(0)) ** 2)),
        ),
        ("That counts the directions", lambda codes: float(np.linalg.matrix_rank(codes - codes.mean(axis=0)))),
        ("that is 0 / 0", rank_of_shares),
        ("all singular values are 0", lambda codes: np.exp(entropy(singular(codes - codes.mean(0))))),
        (
            "Without axis=0",
            lambda codes: 0.0 if collapsed(codes) else np.exp(entropy(singular(codes - codes.mean()))),
        ),
        ("of each feature", lambda codes: np.exp(entropy(singular(codes - codes.mean(axis=1, keepdims=True))))),
        ("The value differs", lambda codes: codes.shape[1]),
        ("Its shape is", lambda codes: singular(codes - codes.mean(0))),
    ],
    "supervised_contrastive": [
        ("by itself: −∞ on the diagonal", contrasted(itself=None)),
        ("divide each code by its length", contrasted(unit=False)),
        ("The temperature is missing", contrasted(divide=False)),
        ("Of no partners there is no mean", nothing_times_infinity),
        ("Of no partners there is no mean", mean_of_nobody),
        ("take off the largest of the others", largest_with_itself),
        ("At a low temperature e^… is infinite", shares_of_the_others),
        ("e^0 is 1", contrasted(itself=0)),
        ("not the first alone", contrasted(weigh=lambda logs: logs[0])),
        ("not their sum", contrasted(weigh=np.sum)),
        ("first the mean over its partners", every_pair_the_same),
        ("At a low temperature", unsafe_logs),
        ("The loss is minus the mean", lambda *args: -contrasted()(*args)),
        ("", lambda codes, labels, temperature: transfer.info_nce(codes, codes, temperature)),
    ],
    "low_rank": [
        ("Only the change", lambda before, after, rank: truncated(after * 1.0, rank)),
        ("The change comes on top", lambda before, after, rank: truncated(after - before, rank)),
        ("after − before", lambda before, after, rank: before + truncated(before - after, rank)),
        ("no more", lambda before, after, rank: after * 1.0),
        ("not A and B", two_factors),
        ("One part alone", lambda before, after, rank: before + truncated(after - before, 1)),
        ("transposed already", transposed_again),
        ("some columns as they are", loud_columns),
    ],
    "broken_distillations": [
        ("A: the teacher is softened", TEACHERS | {"A": 2}),
        ("A: T² times the mean", TEACHERS | {"A": 4}),
        ("B: T² times the mean", TEACHERS | {"B": 4}),
        ("C: the soft part needs it", TEACHERS | {"C": 1}),
        ("C: minus the teacher's", TEACHERS | {"C": 3}),
        ("C: a share of one", TEACHERS | {"C": 4}),
    ],
}


@pytest.mark.parametrize(("one", "words_due", "answer"), wrong_ones(check, WRONG))
def test_what_is_usually_wrong_gets_the_words_that_are_due(one, words_due, answer):
    refuse(one, words_due, answer)


def test_the_answers_that_these_are_made_of_are_right():
    """Or something else might be what is wrong with them."""
    accept(check.supervised_contrastive, contrasted())
    accept(check.low_rank, lambda before, after, rank: before + truncated(after - before, rank))
