"""What a learner of chapter 10 writes first in the GPT of six lines: each gets the words that are due."""

import numpy as np
import pytest

from course_lib.activations import softmax
from course_lib.attention import attention, causal_mask
from course_lib.checks import transformers as check
from tests.checks.tried import refuse


def norm(x, axis=-1, within=1e-3):
    return (x - x.mean(axis=axis, keepdims=True)) / np.sqrt(x.var(axis=axis, keepdims=True) + within)


def scores(h):
    return norm(h) @ norm(h).T / np.sqrt(h.shape[1])


def gpt(
    start=lambda tokens, table, places: np.sqrt(table.shape[1]) * table[tokens] + places[: len(tokens)],
    block=None,
    mask=causal_mask,
    end=None,
    norm=norm,
):
    block, end = block or (lambda h, look: h + look(norm(h), norm(h))), end or (lambda h, table: norm(h) @ table.T)

    def answer(tokens, table, places):
        def look(n, v):
            return attention(n, n, v, mask(len(n)))[0]

        return end(block(start(tokens, table, places), look), table)

    return answer


def unsafe_gpt(mask):
    """A GPT with softmax and mask of one's own."""

    def answer(tokens, table, places):
        h = np.sqrt(table.shape[1]) * table[tokens] + places[: len(tokens)]
        n = norm(h)
        scores = np.where(mask(len(n)), n @ n.T / np.sqrt(n.shape[1]), -np.inf)
        return norm(h + np.exp(scores) / np.exp(scores).sum(axis=1)[:, None] @ n) @ table.T

    return answer


WRONG = [
    ("multiplied by the root", gpt(start=lambda t, table, places: table[t] + places[: len(t)])),
    ("not the places'", gpt(start=lambda t, table, p: np.sqrt(table.shape[1]) * (table[t] + p[: len(t)]))),
    ("add the row of its position", gpt(start=lambda t, table, places: np.sqrt(table.shape[1]) * table[t])),
    ("comes behind the sum", gpt(block=lambda h, look: norm(h + look(h, h)), end=lambda h, table: h @ table.T)),
    ("path past attention", gpt(block=lambda h, look: look(norm(h), norm(h)))),
    ("h itself, not its norm", gpt(block=lambda h, look: norm(h) + look(norm(h), norm(h)))),
    ("The values are the norm's", gpt(block=lambda h, look: h + look(norm(h), h))),
    ("the wrong way round", gpt(mask=lambda n: np.triu(np.ones((n, n), bool)))),
    ("later places", gpt(mask=lambda n: np.ones((n, n), bool))),
    ("may look at itself", unsafe_gpt(lambda n: np.tri(n, k=-1, dtype=bool))),
    ("Behind the mask", gpt(block=lambda h, look: h + softmax(scores(h)) * np.tri(len(h)) @ norm(h))),
    ("by softmax", gpt(block=lambda h, look: h + scores(h) * np.tri(len(h)) @ norm(h))),
    ("not of all numbers", gpt(norm=lambda x: norm(x, None))),
    ("beside its row", gpt(norm=lambda x: (x - x.mean(1)) / np.sqrt(x.var(1) + 1e-3))),
    ("Other libraries", gpt(norm=lambda x: norm(x, within=1e-5))),
    ("There may be more places", gpt(start=lambda t, table, places: np.sqrt(table.shape[1]) * table[t] + places)),
    ("one more norm", gpt(end=lambda h, table: h @ table.T)),
    ("turned round", gpt(end=lambda h, table: norm(h) @ table)),
    ("without a softmax", gpt(end=lambda h, table: softmax(norm(h) @ table.T))),
    ("not only the last", gpt(end=lambda h, table: norm(h)[-1] @ table.T)),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("words", "answer"), WRONG)
def test_what_is_written_first_gets_the_words_that_are_due(words, answer):
    refuse(check.small_gpt, words, answer)
