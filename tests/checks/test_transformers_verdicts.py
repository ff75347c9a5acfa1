"""Chapter 10's checks, tried: right answers written otherwise. What is wrong: see the other test_transformers files."""

import math
import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from course_lib import sampling
from course_lib.activations import log_softmax
from course_lib.attention import attention, causal_mask
from course_lib.checks import transformers as check
from tests.checks.tried import accept, right_ones

BITS, WEIGHTS = check.bits_by_hand.mistakes.right(), check.weigh.mistakes.right()
LINES = check.broken_choices.mistakes.right()


def min_p_by_softmax(logits, p):
    e = np.exp(np.asarray(logits, float) - np.max(logits, axis=-1, keepdims=True))
    chances = e / e.sum(axis=-1, keepdims=True)
    out = np.array(logits, float)
    out[chances < p * chances.max(axis=-1, keepdims=True)] = -np.inf
    return out


def min_p_in_loops(logits, p):
    rows = np.array(logits, float).reshape(-1, np.shape(logits)[-1])
    for row in rows:
        top = max(row)
        for i, logit in enumerate(row):
            if math.exp(logit - top) < p:
                row[i] = -math.inf
    return rows.reshape(np.shape(logits))


def min_p_by_the_course(logits, p):
    logs = log_softmax(np.asarray(logits, float))
    return np.where(logs < logs.max(axis=-1, keepdims=True) + math.log(p), float("-inf"), logits)


def answer_loss_in_a_loop(logits, tokens, counts):
    losses = []
    for t in range(1, len(tokens)):
        if counts[t]:
            row = [float(value) for value in logits[t - 1]]
            top = max(row)
            losses.append(top + math.log(sum(math.exp(value - top) for value in row)) - row[int(tokens[t])])
    return sum(losses) / len(losses)


def answer_loss_by_the_course(logits, tokens, counts):
    logs = np.take_along_axis(log_softmax(logits)[:-1], np.asarray(tokens)[1:, None], axis=1)[:, 0]
    return -np.average(logs, weights=np.asarray(counts)[1:].astype("float32"))


def answer_loss_rolled(logits, tokens, counts):
    """By one-hot rows, and with the tokens moved to the places that predict them."""
    marks, counted = np.eye(logits.shape[1])[np.roll(tokens, -1)], np.roll(counts, -1)
    losses = np.logaddexp.reduce(logits, axis=1) - np.einsum("tv,tv->t", marks, logits)
    return np.sum(losses * counted) / np.sum(counted)


def answer_loss_by_keras(logits, tokens, counts):
    import keras

    losses = keras.losses.sparse_categorical_crossentropy(tokens[1:], logits[:-1].astype("float32"), from_logits=True)
    return float(keras.ops.convert_to_numpy(losses)[counts[1:]].mean())


def pairs_of_counted_words(words, n):
    """Each different word once, with how often it comes, as the chapter's tokenizer does it."""
    texts, merges = {tuple(word): count for word, count in Counter(words).items()}, []
    for _ in range(n):
        counts = Counter()
        for pieces, count in texts.items():
            for pair in pairwise(pieces):
                counts[pair] += count
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if not ranked or ranked[0][1] == 1:
            return merges
        merges.append(ranked[0][0])
        texts = {joined(pieces, ranked[0][0]): count for pieces, count in texts.items()}
    return merges


def joined(pieces, pair):
    """By recursion."""
    if len(pieces) < 2:
        return pieces
    if pieces[:2] == pair:
        return pieces[0] + pieces[1], *joined(pieces[2:], pair)
    return pieces[0], *joined(pieces[1:], pair)


def pairs_by_regular_expressions(words, n):
    """As Sennrich and others wrote it: words with spaces between their pieces."""
    texts, merges = [" ".join(word) for word in words], []
    while len(merges) < n:
        counts = Counter()
        for text in texts:
            pieces = text.split()
            counts.update(list(pairwise(pieces)))
        most = max(counts.values(), default=0)
        if most <= 1:
            break
        pair = min(pair for pair, count in counts.items() if count == most)
        merges.append(list(pair))
        whole = re.compile(r"(?<!\S)" + re.escape(" ".join(pair)) + r"(?!\S)")
        texts = [whole.sub("".join(pair), text) for text in texts]
    return merges


def small_gpt_by_the_course(tokens, table, places):
    from course_lib.normalization import LayerNormalization

    norm = LayerNormalization(table.shape[1], epsilon=1e-3)
    h = math.sqrt(table.shape[1]) * np.take(table, tokens, axis=0) + places[np.arange(len(tokens))]
    n = norm.forward(h)
    h = h + attention(n, n, n, causal_mask(len(tokens)))[0]
    return np.einsum("tw,vw->tv", norm.forward(h), table)


def small_gpt_in_loops(tokens, table, places):
    def norm(row):
        mean = sum(row) / len(row)
        return (row - mean) / math.sqrt(sum((x - mean) ** 2 for x in row) / len(row) + 0.001)

    width = len(table[0])
    h = [width**0.5 * table[token] + places[t] for t, token in enumerate(tokens)]
    n, logits = [norm(row) for row in h], []
    for t in range(len(tokens)):
        scores = [float(n[t] @ n[s]) / width**0.5 for s in range(t + 1)]
        e = [math.exp(score - max(scores)) for score in scores]
        seen = sum(one * n[s] for s, one in enumerate(e)) / sum(e)
        logits.append([float(norm(h[t] + seen) @ row) for row in table])
    return np.array(logits)


def small_gpt_with_a_cache(tokens, table, places):
    """One token after another, with what was seen before."""
    past, logits, width = np.zeros((0, table.shape[1])), [], table.shape[1]
    for token in tokens:
        h = table[token] * np.sqrt(width) + places[len(past)]
        n = (h - h.mean()) / np.sqrt(np.mean((h - h.mean()) ** 2) + 1e-3)
        past = np.vstack([past, n])
        e = np.exp(past @ n / np.sqrt(width))
        h = h + e @ past / e.sum()
        logits.append(table @ ((h - h.mean()) / np.sqrt(h.var() + 1e-3)))
    return np.stack(logits)


def write_by_the_course(table, prompt, points, temperature, p, penalty):
    tokens = list(prompt)
    for point in points:
        z = sampling.repetition_penalty(np.asarray(table)[[tokens[-1]]], np.array([tokens]), penalty)
        z = sampling.top_p(sampling.temperature(z, temperature), p)[0]
        chances = np.exp(log_softmax(z))
        tokens.append(int(np.searchsorted(chances.cumsum(), point, side="right")))
    return tokens


def write_in_loops(table, prompt, points, temperature, p, penalty):
    tokens = np.array(prompt)
    for point in points:
        row = [float(z) for z in table[tokens[-1]]]
        row = [(z / penalty if z > 0 else z * penalty) if i in tokens else z for i, z in enumerate(row)]
        e = [math.exp(z / temperature) for z in row]
        order = sorted(range(len(e)), key=lambda i: (-e[i], i))
        kept, total = set(), 0.0
        for i in order:
            if total < p * sum(e):
                kept.add(i)
            total += e[i]
        left, chosen = point * sum(e[i] for i in kept), None
        for i in sorted(kept):
            if chosen is None and left < e[i]:
                chosen = i
            left -= e[i]
        tokens = np.append(tokens, chosen)
    return [int(token) for token in tokens]


def write_with_temperature_first(table, prompt, points, temperature, p, penalty):
    """The order of penalty and temperature is all one: both multiply. And top-p by searchsorted."""
    text = np.array(prompt)
    for point in points:
        z = np.asarray(table[text[-1]]) / temperature
        said = np.isin(np.arange(len(z)), text)
        z = np.where(said & (z > 0), z / penalty, np.where(said, z * penalty, z))
        chances = np.exp(z) / np.exp(z).sum()
        falling = np.argsort(-chances, kind="stable")
        enough = np.searchsorted(np.cumsum(chances[falling]), p) + 1
        left = np.zeros_like(chances)
        left[falling[:enough]] = chances[falling[:enough]]
        text = np.append(text, (np.cumsum(left / left.sum()) <= point).sum())
    return text


def in_float32(right):
    """The same, computed in float32."""

    def answer(*args):
        return right(*(np.float32(one) if isinstance(one, np.ndarray) and one.dtype == float else one for one in args))

    return answer


def widened(answer):
    """An array in float64, of one that was computed in float32."""
    return lambda *args: np.float64(in_float32(answer)(*args))


RIGHT = {
    "bits_by_hand": {
        "whole floats": {key: float(number) for key, number in BITS.items()},
        "of NumPy": {key: np.float32(number) for key, number in BITS.items()},
        "rounded": {"bits": 8, "perplexity": 4.0, "bits a character": 0.8},
        "computed": BITS | {"bits": -math.log2(1 / 2 / 4 / 8 / 4), "perplexity": math.exp(2 * math.log(2))},
    },
    "weigh": {
        "whole floats": {key: float(number) for key, number in WEIGHTS.items()},
        "another order": dict(reversed(WEIGHTS.items())),
    },
    "min_p": {"softmax": min_p_by_softmax, "loops": min_p_in_loops, "the course": min_p_by_the_course},
    "answer_loss": {
        "a loop": answer_loss_in_a_loop,
        "the course": answer_loss_by_the_course,
        "rolled": answer_loss_rolled,
        "float32": in_float32(answer_loss_rolled),
        "Keras": answer_loss_by_keras,
    },
    "learn_pairs": {"counted words": pairs_of_counted_words, "regular expressions": pairs_by_regular_expressions},
    "broken_choices": {
        "whole floats": {key: float(number) for key, number in LINES.items()},
        "of NumPy": {key: np.int8(number) for key, number in LINES.items()},
    },
    "small_gpt": {
        "the course": small_gpt_by_the_course,
        "loops": small_gpt_in_loops,
        "a cache": small_gpt_with_a_cache,
        "float32": widened(small_gpt_with_a_cache),
    },
    "write": {
        "the course": write_by_the_course,
        "loops": write_in_loops,
        "temperature first": write_with_temperature_first,
        "float32": in_float32(write_with_temperature_first),
    },
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer, seeds=range(20) if callable(answer) else [0])
