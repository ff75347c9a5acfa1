"""What a learner of chapter 14 writes first, written as learners do: each gets the words that are due."""

import numpy as np
import pytest

from course_lib import transfer
from course_lib.activations import log_softmax
from course_lib.checks import transfer as check
from course_lib.quantization import quantize
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


def searched(order=lambda row: np.argsort(-row, kind="stable"), below=np.less, first=1, mean=np.mean):
    def answer(scores, wanted, k, threshold):
        found, inverse, refused = [], [], []
        for row, place in zip(scores, wanted, strict=True):
            sent_away = bool(below(row.max(), threshold))
            if place < 0:
                refused.append(sent_away)
                continue
            rank = list(order(row)).index(place) + first
            found.append(rank <= k and not sent_away)
            inverse.append(0 if sent_away else 1 / rank)
        return mean(found), np.mean(inverse), mean(refused)

    return answer


def never_mind_the_threshold(scores, wanted, k, threshold):
    here = wanted >= 0
    order = np.argsort(-scores[here], axis=1, kind="stable")
    rank = 1 + np.where(order == wanted[here][:, None])[1]
    return (rank <= k).mean(), (1 / rank).mean(), (scores[~here].max(axis=1) < threshold).mean()


def over_all_questions(scores, wanted, k, threshold):
    found, inverse, refused = searched()(scores, wanted, k, threshold)
    return found * np.mean(wanted >= 0), inverse * np.mean(wanted >= 0), refused


def stored(scale_of=lambda kernel: np.abs(kernel).max(axis=0), find=None):
    def nearest(x, levels):
        return np.abs(x[:, :, None] - levels).argmin(axis=2)

    def answer(kernel, levels):
        scale = scale_of(kernel)
        scale = np.where(scale == 0, 1, scale)
        return (find or nearest)(kernel / scale, levels), scale

    return answer


def unsafe_scale(kernel, levels):
    with np.errstate(all="ignore"):
        scale = np.abs(kernel).max(axis=0)
        return np.abs((kernel / scale)[..., None] - levels).argmin(axis=-1), scale


def not_scaled(kernel, levels):
    scale = np.abs(kernel).max(axis=0)
    return np.abs(kernel[..., None] - levels).argmin(axis=-1), np.where(scale == 0, 1, scale)


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
        return np.mean(rows) if weigh is None or weigh is np.sum else np.sum(rows)

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
        ("all singular values are 0", lambda codes: np.exp(entropy(singular(codes - codes.mean(0))))),
        ("of each feature", lambda codes: np.exp(entropy(singular(codes - codes.mean(axis=1, keepdims=True))))),
        ("The value differs", lambda codes: codes.shape[1]),
        ("Its shape is", lambda codes: singular(codes - codes.mean(0))),
    ],
    "retrieval_scores": [
        ("has found nothing", never_mind_the_threshold),
        ("answered: refused is what lies below", searched(below=np.less_equal)),
        ("do not count in the first two", over_all_questions),
        ("the earlier passage comes first", searched(order=lambda row: np.argsort(row, kind="stable")[::-1])),
        ("the highest score, and comes first", searched(order=lambda row: np.argsort(row, kind="stable"))),
        ("Shares are wanted", searched(mean=np.sum)),
        ("not percent", lambda *args: tuple(100 * x for x in searched()(*args))),
        ("3 were wanted", lambda *args: searched()(*args)[:2]),
    ],
    "quantized": [
        ("Each column has its own scale", stored(lambda kernel: np.full(kernel.shape[1], np.abs(kernel).max()))),
        ("whatever its sign", stored(lambda kernel: kernel.max(axis=0))),
        ("A column of zeros", unsafe_scale),
        ("First divide by the scale", not_scaled),
        ("not the next one below", stored(find=lambda x, levels: np.searchsorted(levels, x, side="right") - 1)),
        ("not the next one above", stored(find=lambda x, levels: np.searchsorted(levels, x))),
        ("not evenly spaced", stored(find=lambda x, levels: np.rint((x + 1) / 2 * (len(levels) - 1)).astype(int))),
        ("not the level itself", stored(find=lambda x, levels: levels[np.abs(x[..., None] - levels).argmin(-1)])),
        ("values differ", lambda kernel, levels: (quantize(kernel, axis=0)[0], np.abs(kernel).max(axis=0))),
        ("First the numbers", lambda *args: stored()(*args)[::-1]),
    ],
    "supervised_contrastive": [
        ("by itself: −∞ on the diagonal", contrasted(itself=None)),
        ("divide each code by its length", contrasted(unit=False)),
        ("The temperature is missing", contrasted(divide=False)),
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
    accept(check.retrieval_scores, searched())
    accept(check.quantized, stored())
    accept(check.supervised_contrastive, contrasted())
    accept(check.low_rank, lambda before, after, rank: before + truncated(after - before, rank))
