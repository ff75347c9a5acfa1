"""What a learner of chapter 10 writes first in the last exercise, which writes: each gets the words that are due."""

import numpy as np
import pytest

from course_lib import sampling
from course_lib.activations import softmax
from course_lib.checks import transformers as check
from tests.checks.tried import refuse


def writing(
    penalize=lambda z, text, prompt, by: sampling.repetition_penalty(z[None], np.array([text]), by)[0],
    heat=lambda z, t: z / t,
    cut=sampling.top_p,
    choose=lambda chances, point: int((chances.cumsum() <= point).sum()),
    shares=lambda z, left: softmax(left),
):
    def answer(table, prompt, points, temperature, p, penalty):
        text = list(prompt)
        for point in points:
            z = heat(penalize(table[text[-1]], text, prompt, penalty), temperature)
            text.append(choose(shares(z, cut(z, p)), point))
        return text

    return answer


def divided(z, text, prompt, by):
    return np.array([one / by if k in text else one for k, one in enumerate(z)])


def again_and_again(z, text, prompt, by):
    z = z.copy()
    for token in text:
        z[token] = z[token] / by if z[token] > 0 else z[token] * by
    return z


def penalized(of):
    """The penalty for some of the tokens."""
    return lambda z, text, prompt, by: sampling.repetition_penalty(z[None], np.array([of(text, prompt)], int), by)[0]


def one_too_few(z, p):
    chances = softmax(z)
    order = np.argsort(-chances, kind="stable")
    kept = order[np.cumsum(chances[order]) <= p]
    out = np.full(len(z), -np.inf)
    out[kept if len(kept) else order[:1]] = z[kept if len(kept) else order[:1]]
    return out


def write_with_none_left(table, prompt, points, temperature, p, penalty):
    """One too few, and where that is the likeliest, none."""
    text = list(prompt)
    for point in points:
        z = sampling.repetition_penalty(table[text[-1]][None], np.array([text]), penalty)[0] / temperature
        chances = softmax(z)
        order, kept = np.argsort(-chances, kind="stable"), np.zeros(len(z), bool)
        kept[order[np.cumsum(chances[order]) <= p]] = True
        chances = np.where(kept, chances, 0)
        text.append(int(np.argmax(np.cumsum(chances) / chances.sum() > point)))
    return text


def one_too_many_at_equality(z, p):
    chances = softmax(z)
    order = np.argsort(-chances, kind="stable")
    before = np.cumsum(chances[order]) - chances[order]
    return np.where(np.isin(np.arange(len(z)), order[before <= p]), z, -np.inf)


def last_of_equal_ones(z, p):
    order = np.argsort(z)[::-1]
    return sampling.top_p(z[order], p)[np.argsort(order)]


def by_likelihood(chances, point):
    order = np.argsort(-chances, kind="stable")
    return int(order[np.searchsorted(np.cumsum(chances[order]), point, side="right")])


def is_in(text, z):
    return np.isin(np.arange(len(z)), text)


def unsorted(z, p):
    chances = softmax(z)
    return np.where(chances.cumsum() - chances < p, z, -np.inf)


def misplaced(z, p):
    falling = -np.sort(-softmax(z))
    return np.where(falling.cumsum() - falling < p, z, -np.inf)


WRONG = [
    ("multiplies logits below 0", writing(penalize=divided)),
    ("however often it stands", writing(penalize=again_and_again)),
    ("the prompt's tokens, too", writing(penalize=penalized(lambda text, prompt: text[len(prompt) :]))),
    ("not for the last alone", writing(penalize=penalized(lambda text, prompt: text[-1:]))),
    ("gets a penalty", writing(penalize=lambda z, text, prompt, by: z)),
    ("Divide by the temperature", writing(heat=lambda z, t: z * t)),
    ("also behind the first", writing(cut=one_too_few)),
    ("The token that crosses p stays", write_with_none_left),
    ("no more is wanted", writing(cut=one_too_many_at_equality)),
    ("the first comes first", writing(cut=last_of_equal_ones)),
    ("Top-p is missing", writing(cut=lambda z, p: z)),
    ("That is greedy", writing(choose=lambda chances, point: int(chances.argmax()))),
    ("order of the tokens' numbers", writing(choose=by_likelihood)),
    ("The prompt is part", lambda *args: writing()(*args)[len(args[1]) :]),
    ("multiplied, it would become", writing(penalize=lambda z, text, prompt, by: np.where(is_in(text, z), z * by, z))),
    ("It is not taken off", writing(penalize=lambda z, text, prompt, by: np.where(is_in(text, z), z - by, z))),
    ("What was written since", writing(penalize=penalized(lambda text, prompt: prompt))),
    ("Only what stands", writing(penalize=lambda z, text, prompt, by: np.where(z > 0, z / by, z * by))),
    ("The temperature is missing", writing(heat=lambda z, t: z)),
    ("not in the order of the tokens' numbers", writing(cut=unsorted)),
    ("the token at its place k", writing(cut=misplaced)),
    ("That is min-p", writing(cut=lambda z, p: np.where(softmax(z) >= p * softmax(z).max(), z, -np.inf))),
    ("divide by their sum", writing(shares=lambda z, left: np.where(left > -np.inf, softmax(z), 0))),
    ("a point of 0", writing(choose=lambda chances, point: int(np.searchsorted(chances.cumsum(), point)))),
    ("You took its column", lambda table, *rest: writing()(table.T, *rest)),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("words", "answer"), WRONG)
def test_what_is_written_first_gets_the_words_that_are_due(words, answer):
    refuse(check.write, words, answer)


def test_who_changes_the_table_is_told():
    def answer(table, prompt, points, temperature, p, penalty):
        z = table[prompt[-1]]
        z /= temperature
        return writing()(table, prompt, points, 1.0, p, penalty)

    refuse(check.write, "Work on a copy", answer)
