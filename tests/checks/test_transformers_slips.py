"""What a learner of chapter 10 writes first, written as learners do: each gets the words that are due."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from course_lib import sampling
from course_lib.activations import log_softmax, softmax
from course_lib.checks import transformers as check
from tests.checks.tried import refuse, wrong_ones

BITS, WEIGHTS = check.bits_by_hand.mistakes.right(), check.weigh.mistakes.right()


def top_p_in_its_place(logits, p):
    return sampling.top_p(np.asarray(logits, float), p)


def unsafe_min_p(logits, p):
    chances = np.exp(logits) / np.sum(np.exp(logits), axis=-1, keepdims=True)
    return np.where(chances >= p * np.max(chances, axis=-1, keepdims=True), logits, -np.inf)


def min_p_on_a_copy(logits, p):
    """Right, but for whole numbers."""
    out, chances = logits.copy(), softmax(logits)
    out[chances < p * chances.max(axis=-1, keepdims=True)] = -np.inf
    return out


def min_p_of_two_axes(logits, p):
    return np.array([[z if np.exp(z - max(row)) >= p else -np.inf for z in row] for row in logits])


def min_p_compared(largest):
    """With what ``largest`` gives of the probabilities."""
    return lambda logits, p: np.where(softmax(logits) >= p * largest(softmax(logits)), logits, -np.inf)


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


def answer_loss_of_pairs(logits, tokens, counts):
    return -log_softmax(logits[:-1])[:, tokens[1:]][counts[1:]].mean()


def answer_loss_from_the_place_behind(logits, tokens, counts):
    places = np.flatnonzero(counts)
    return -log_softmax(logits)[places, tokens[places + 1]].mean()


def unsafe_logs(z):
    return np.log(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))


def unsafe_log_softmax(z):
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def pairs(
    count=pairwise,
    pick=lambda counts: min(counts, key=lambda pair: (-counts[pair], pair)),
    step=2,
    words_of=list,
    joining=None,
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
            texts = [(joining or joined)(pieces, best, step) for pieces in texts]
        return merges

    return answer


def joined(pieces, pair, step, one="".join):
    out, i = [], 0
    while i < len(pieces):
        found = tuple(pieces[i : i + 2]) == pair
        out.append(one(pair) if found else pieces[i])
        i += step if found else 1
    return out


def joined_from_the_right(pieces, pair, step):
    turned = joined(pieces[::-1], pair[::-1], step, lambda both: "".join(both[::-1]))
    return turned[::-1]


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


def pairs_in_a_for_loop(words, n):
    texts, merges = [list(word) for word in words], []
    for _ in range(n):
        counts = Counter(pair for pieces in texts for pair in pairwise(pieces))
        merges.append(min(counts, key=lambda pair: (-counts[pair], pair)))
        for pieces in texts:
            for i in range(len(pieces) - 1):
                if (pieces[i], pieces[i + 1]) == merges[-1]:
                    pieces[i : i + 2] = ["".join(merges[-1])]
    return merges


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
        ("perplexity of a character", BITS | {"bits a character": 1.74}),
        ("", BITS | {"bits a character": 0.79}),
    ],
    "weigh": [
        ("positions have a table", WEIGHTS | {"tables": 1000 * 64}),
        ("Each row has 64", WEIGHTS | {"tables": 1128.0}),
        ("256 are missing", WEIGHTS | {"one block": 49_984 - 256}),
        ("the two dense layers have biases", WEIGHTS | {"one block": 49_984 - 320}),
        ("16,640 are missing", WEIGHTS | {"one block": 49_984 - 16_640}),
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
        ("begin with np.array(logits, float)", min_p_on_a_copy),
        ("a single row", min_p_of_two_axes),
        ("a limit of its own", min_p_compared(np.max)),
        ("beside its row", min_p_compared(lambda chances: chances.max(axis=-1))),
        ("in front of it", min_p_compared(lambda chances: chances.max(axis=1, keepdims=True))),
        ("That is top-p", top_p_in_its_place),
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
        ("perplexity", answer_losses(lambda losses, counts: np.exp(losses[counts].mean()))),
        ("take their mean", answer_losses(lambda losses, counts: losses[counts])),
        ("not by how many there are", answer_losses(lambda losses, counts: losses @ counts / (len(counts) + 1))),
        ("The logarithm is missing", answer_losses(lambda losses, counts: -np.exp(-losses[counts]).mean())),
        (
            "over the last axis",
            answer_losses(lambda losses, counts: losses[counts].mean(), lambda z: log_softmax(z.T).T),
        ),
        ("are not yet ln p", answer_losses(lambda losses, counts: losses[counts].mean(), lambda z: z)),
        ("a share of infinity", answer_losses(lambda losses, counts: losses[counts].mean(), unsafe_logs)),
        ("every token at every place", answer_loss_of_pairs),
        ("place t − 1 for token t", answer_loss_from_the_place_behind),
        (
            "own largest logit",
            answer_losses(lambda losses, counts: losses[counts].mean(), lambda z: unsafe_log_softmax(z - z.max())),
        ),
        (
            "logarithms of a softmax",
            answer_losses(lambda losses, counts: losses[counts].mean(), lambda z: np.log(softmax(z))),
        ),
        (
            "e^900 is infinite",
            answer_losses(lambda losses, counts: losses[counts].mean(), unsafe_log_softmax),
        ),
    ],
    "learn_pairs": [
        ("not across them", pairs_across_words),
        ("not once for all copies", pairs(words_of=lambda words: dict.fromkeys(words))),
        ("not the one that was met first", pairs(pick=lambda counts: counts.most_common(1)[0][0])),
        ("not the last", pairs(pick=lambda counts: max(counts, key=lambda pair: (counts[pair], pair)))),
        ("count each", pairs(count=lambda pieces: set(pairwise(pieces)))),
        ("left the second one behind", pairs(step=1)),
        ("use while", pairs_in_a_for_loop),
        ("then it is gone", pairs(joining=lambda pieces, pair, step: pieces)),
        ("Begin to join at the left", pairs(joining=joined_from_the_right)),
        ("not the pair of h and e", pairs(joining=lambda pieces, pair, step: joined(pieces, pair, step, tuple))),
        ("two whole pieces", pairs_by_replacing),
        ("count again", commonest_characters),
        (
            "not the joined pieces",
            lambda words, n: ["".join(pair) for pair in check.learn_pairs.mistakes.right(words, n)],
        ),
    ],
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_what_is_written_first_gets_the_words_that_are_due(one, words, answer):
    refuse(one, words, answer, seeds=range(3) if callable(answer) else [0])
