"""What a learner of chapter 10 writes first, written as learners do: each gets the words that are due."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from course_lib import sampling
from course_lib.activations import log_softmax, softmax
from course_lib.attention import attention, causal_mask
from course_lib.checks import transformers as check
from tests.checks.tried import refuse, wrong_ones

BITS, WEIGHTS = check.bits_by_hand.mistakes.right(), check.weigh.mistakes.right()


def top_p_in_its_place(logits, p):
    return sampling.top_p(np.asarray(logits, float), p)


def unsafe_min_p(logits, p):
    chances = np.exp(logits) / np.sum(np.exp(logits), axis=-1, keepdims=True)
    return np.where(chances >= p * np.max(chances, axis=-1, keepdims=True), logits, -np.inf)


def answer_losses(give, logs=lambda z: log_softmax(z)):
    """What ``give`` makes of −ln p of the next tokens, and of which of them count."""

    def answer(logits, tokens, counts):
        losses = -np.array([logs(logits)[t - 1, tokens[t]] for t in range(1, len(tokens))])
        return give(losses, np.array(counts[1:]))

    return answer


def answer_loss_in_place(logits, tokens, counts):
    """The logits of the place where the token stands."""
    return -np.mean([log_softmax(logits)[t, tokens[t]] for t in np.flatnonzero(counts)])


def answer_loss_with_the_mask_left_behind(logits, tokens, counts):
    losses = -log_softmax(logits)[np.arange(len(tokens) - 1), tokens[1:]]
    return np.average(losses, weights=counts[:-1])


def pairs(
    count=pairwise, pick=lambda counts: min(counts, key=lambda pair: (-counts[pair], pair)), step=2, words_of=list
):
    """Byte-pair encoding with another way of counting, of choosing, of going on behind a merge, or other words."""

    def answer(words, n):
        texts, merges = [list(word) for word in words_of(words)], []
        for _ in range(n):
            counts = Counter(pair for pieces in texts for pair in count(pieces))
            if not counts or max(counts.values()) < 2:
                break
            best = pick(counts)
            merges.append(best)
            texts = [joined(pieces, best, step) for pieces in texts]
        return merges

    return answer


def joined(pieces, pair, step):
    out, i = [], 0
    while i < len(pieces):
        found = tuple(pieces[i : i + 2]) == pair
        out.append("".join(pair) if found else pieces[i])
        i += step if found else 1
    return out


def pairs_across_words(words, n):
    text, merges = list("".join(words)), []
    for _ in range(n):
        best, count = min(Counter(pairwise(text)).items(), key=lambda item: (-item[1], item[0]), default=(None, 0))
        if count < 2:
            break
        merges.append(best)
        text = joined(text, best, 2)
    return merges


def pairs_by_replacing(words, n):
    texts, merges = [" ".join(word) for word in words], []
    for _ in range(n):
        counts = Counter(pair for text in texts for pair in pairwise(text.split()))
        best, count = min(counts.items(), key=lambda item: (-item[1], item[0]), default=(None, 0))
        if count < 2:
            break
        merges.append(best)
        texts = [text.replace(" ".join(best), "".join(best)) for text in texts]
    return merges


def commonest_characters(words, n):
    counts = Counter(pair for word in words for pair in pairwise(word))
    return sorted((pair for pair in counts if counts[pair] > 1), key=lambda pair: (-counts[pair], pair))[:n]


def norm(x, axis=-1):
    return (x - x.mean(axis=axis, keepdims=True)) / np.sqrt(x.var(axis=axis, keepdims=True) + 1e-3)


def gpt(
    start=lambda tokens, table, places: np.sqrt(table.shape[1]) * table[tokens] + places[: len(tokens)],
    block=lambda h, look: h + look(norm(h), norm(h)),
    mask=causal_mask,
    end=lambda h, table: norm(h) @ table.T,
):
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


def writing(
    penalize=lambda z, text, prompt, by: sampling.repetition_penalty(z[None], np.array([text]), by)[0],
    heat=lambda z, t: z / t,
    cut=sampling.top_p,
    choose=lambda chances, point: int((chances.cumsum() <= point).sum()),
):
    def answer(table, prompt, points, temperature, p, penalty):
        text = list(prompt)
        for point in points:
            z = heat(penalize(table[text[-1]], text, prompt, penalty), temperature)
            text.append(choose(softmax(cut(z, p)), point))
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


WRONG = {
    "bits_by_hand": [
        ("in nats", BITS | {"bits": 5.55}),
        ("That is their mean", BITS | {"bits": 2.0}),
        ("the base is 2, not e", BITS | {"perplexity": 7.39}),
        ("before you raise 2", BITS | {"perplexity": 256}),
        ("the mean probability", BITS | {"perplexity": 3.56}),
        ("divided by the tokens", BITS | {"bits a character": 2}),
        ("the other way round", BITS | {"bits a character": 1.25}),
        ("in nats", BITS | {"bits a character": 0.55}),
        ("", BITS | {"bits a character": 0.79}),
    ],
    "weigh": [
        ("positions have a table", WEIGHTS | {"tables": 1000 * 64}),
        ("Each row has 64", WEIGHTS | {"tables": 1128.0}),
        ("there are two norms", WEIGHTS | {"one block": 49_984 - 128}),
        ("have biases", WEIGHTS | {"one block": 4 * 64 * 64 + 2 * 64 * 256 + 256}),
        ("heads share the width", WEIGHTS | {"one block": 49_984 + 3 * 16_640}),
        ("also an output layer", WEIGHTS | {"one block": 49_984 - 64 * 64 - 64}),
        ("last norm counts", WEIGHTS | {"the rest": 65_000}),
        ("two blocks", WEIGHTS | {"in all": 72_192 + 49_984 + 65_128}),
        ("biases of the last layer stay", WEIGHTS | {"in all, shared": 237_288 - 65_000}),
        ("positions is not shared", WEIGHTS | {"in all, shared": 237_288 - 72_192}),
    ],
    "min_p": [
        ("p times its probability", lambda logits, p: np.where(softmax(logits) >= p, logits, -np.inf)),
        ("shares of these are no numbers", unsafe_min_p),
        ("likeliest token: axis=-1", lambda z, p: np.where(np.exp(z - np.max(z)) >= p, z, -np.inf)),
        ("not logits", lambda z, p: np.where(z >= p * np.max(z, axis=-1, keepdims=True), z, -np.inf)),
        ("has the logit −∞", lambda z, p: np.where(np.exp(z - np.max(z, axis=-1, keepdims=True)) >= p, z, 0.0)),
    ],
    "answer_loss": [
        ("for the token that comes next", answer_loss_in_place),
        ("it moves with them", answer_loss_with_the_mask_left_behind),
        ("not over all", answer_losses(lambda losses, counts: np.mean(losses * counts))),
        ("do not add up", answer_losses(lambda losses, counts: np.dot(losses, counts))),
        ("is in your loss", answer_losses(lambda losses, counts: losses.mean())),
        ("the loss of the question", answer_losses(lambda losses, counts: losses[~counts].mean())),
        ("in bits", answer_losses(lambda losses, counts: losses[counts].mean() / np.log(2))),
        ("minus the logarithm", answer_losses(lambda losses, counts: -losses[counts].mean())),
        ("not of the probabilities", answer_losses(lambda losses, counts: -np.log(np.exp(-losses[counts]).mean()))),
        (
            "logarithms of a softmax",
            answer_losses(lambda losses, counts: losses[counts].mean(), lambda z: np.log(softmax(z))),
        ),
        (
            "e^900 is infinite",
            answer_losses(
                lambda losses, counts: losses[counts].mean(), lambda z: z - np.log(np.exp(z).sum(1, keepdims=True))
            ),
        ),
    ],
    "learn_pairs": [
        ("not across them", pairs_across_words),
        ("not once for all copies", pairs(words_of=lambda words: dict.fromkeys(words))),
        ("not the one that was met first", pairs(pick=lambda counts: counts.most_common(1)[0][0])),
        ("not the last", pairs(pick=lambda counts: max(counts, key=lambda pair: (counts[pair], pair)))),
        ("count each", pairs(count=lambda pieces: set(pairwise(pieces)))),
        ("left the second one behind", pairs(step=1)),
        ("two whole pieces", pairs_by_replacing),
        ("count again", commonest_characters),
        (
            "not the joined pieces",
            lambda words, n: ["".join(pair) for pair in check.learn_pairs.mistakes.right(words, n)],
        ),
    ],
    "small_gpt": [
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
        ("one more norm", gpt(end=lambda h, table: h @ table.T)),
        ("turned round", gpt(end=lambda h, table: norm(h) @ table)),
        ("without a softmax", gpt(end=lambda h, table: softmax(norm(h) @ table.T))),
        ("not only the last", gpt(end=lambda h, table: norm(h)[-1] @ table.T)),
    ],
    "write": [
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
    ],
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_what_is_written_first_gets_the_words_that_are_due(one, words, answer):
    refuse(one, words, answer, seeds=range(10) if callable(answer) else [0])


def test_who_changes_the_table_is_told():
    def answer(table, prompt, points, temperature, p, penalty):
        z = table[prompt[-1]]
        z /= temperature
        return prompt

    refuse(check.write, "Work on a copy", answer)
