"""What a learner of chapter 14 writes first of a search and of a kernel's levels: each gets the words that are due."""

import numpy as np
import pytest

from course_lib.checks import transfer as check
from course_lib.quantization import quantize
from tests.checks.tried import accept, refuse, wrong_ones


def reversed_order(scores, wanted, k, threshold):
    """Highest first by turning round the lowest first: the usual sort, which keeps no order among equals."""
    here, answered = wanted >= 0, scores.max(axis=1) >= threshold
    rank = 1 + np.argmax(np.argsort(scores, axis=1)[:, ::-1] == wanted[:, None], axis=1)
    return np.mean((answered & (rank <= k))[here]), np.mean((answered / rank)[here]), np.mean(~answered[~here])


def refused_by_its_own(scores, wanted, k, threshold):
    here = wanted >= 0
    own = np.where(here, scores[np.arange(len(scores)), wanted], scores.max(axis=1))
    rank = 1 + np.argmax(np.argsort(-scores, axis=1, kind="stable") == wanted[:, None], axis=1)
    kept = own >= threshold
    return np.mean((kept & (rank <= k))[here]), np.mean((kept / rank)[here]), np.mean(~kept[~here])


def of_the_answered_alone(scores, wanted, k, threshold):
    found, inverse, refused = searched()(scores, wanted, k, threshold)
    answered = np.mean(scores[wanted >= 0].max(axis=1) >= threshold) or 1
    return found / answered, inverse / answered, refused


def of_what_was_refused(scores, wanted, k, threshold):
    refused = scores.max(axis=1) < threshold
    return *searched()(scores, wanted, k, threshold)[:2], np.mean(wanted[refused] < 0) if refused.any() else 0.0


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


def by_row(kernel, levels):
    scale = np.abs(kernel).max(axis=1)
    return np.abs((kernel / scale[:, None])[..., None] - levels).argmin(axis=-1), scale


def column_by_column(kernel, levels):
    kernel, scale = kernel.copy(), np.abs(kernel).max(axis=0)
    scale[scale == 0] = 1
    for unit, size in enumerate(scale):
        kernel[:, unit] = kernel[:, unit] / size
    return np.abs(kernel[..., None] - levels).argmin(axis=-1), scale


def zero_is_returned(kernel, levels):
    return stored()(kernel, levels)[0], np.abs(kernel).max(axis=0)


def unsafe_scale(kernel, levels):
    with np.errstate(all="ignore"):
        scale = np.abs(kernel).max(axis=0)
        return np.abs((kernel / scale)[..., None] - levels).argmin(axis=-1), scale


def not_scaled(kernel, levels):
    scale = np.abs(kernel).max(axis=0)
    return np.abs(kernel[..., None] - levels).argmin(axis=-1), np.where(scale == 0, 1, scale)


WRONG = {
    "retrieval_scores": [
        ("has found nothing", never_mind_the_threshold),
        ("answered: refused is what lies below", searched(below=np.less_equal)),
        ("do not count in the first two", over_all_questions),
        ("the earlier passage comes first", searched(order=lambda row: np.argsort(row, kind="stable")[::-1])),
        ("the highest score, and comes first", searched(order=lambda row: np.argsort(row, kind="stable"))),
        ("the earlier passage comes first", reversed_order),
        ("not by that of the wanted passage", refused_by_its_own),
        ("It is not left out", of_the_answered_alone),
        ("of the refused the share", of_what_was_refused),
        ("Shares are wanted", searched(mean=np.sum)),
        ("not percent", lambda *args: tuple(100 * x for x in searched()(*args))),
        ("3 were wanted", lambda *args: searched()(*args)[:2]),
    ],
    "quantized": [
        ("Each column has its own scale", stored(lambda kernel: np.full(kernel.shape[1], np.abs(kernel).max()))),
        ("whatever its sign", stored(lambda kernel: kernel.max(axis=0))),
        ("A column of zeros", unsafe_scale),
        ("First divide by the scale", not_scaled),
        ("not each row", by_row),
        ("loses its fraction", column_by_column),
        ("also in what is returned", zero_is_returned),
        ("not the next one below", stored(find=lambda x, levels: np.searchsorted(levels, x, side="right") - 1)),
        ("not the next one above", stored(find=lambda x, levels: np.searchsorted(levels, x))),
        ("not evenly spaced", stored(find=lambda x, levels: np.rint((x + 1) / 2 * (len(levels) - 1)).astype(int))),
        ("not the level itself", stored(find=lambda x, levels: levels[np.abs(x[..., None] - levels).argmin(-1)])),
        ("values differ", lambda kernel, levels: (quantize(kernel, axis=0)[0], np.abs(kernel).max(axis=0))),
        ("First the numbers", lambda *args: stored()(*args)[::-1]),
    ],
}


@pytest.mark.parametrize(("one", "words_due", "answer"), wrong_ones(check, WRONG))
def test_what_is_usually_wrong_gets_the_words_that_are_due(one, words_due, answer):
    refuse(one, words_due, answer)


def test_the_answers_that_these_are_made_of_are_right():
    """Or something else might be what is wrong with them."""
    accept(check.retrieval_scores, searched())
    accept(check.quantized, stored())
