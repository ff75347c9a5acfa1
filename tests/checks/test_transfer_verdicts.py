"""Chapter 14's checks call every right answer right, however it is written."""

from collections import Counter

import numpy as np
import pytest

from course_lib import transfer
from course_lib.checks import transfer as check
from course_lib.page import quiet
from tests.checks.tried import accept, right_ones

with quiet():
    import keras

COUNTS = check.what_trains.mistakes.right()
TEACHERS = check.broken_distillations.mistakes.right()


def rank_of_eigenvalues(codes):
    away = codes - codes.mean(0)
    values = np.sqrt(np.maximum(np.linalg.eigvalsh(away.T @ away), 0))
    if values.sum() < 1e-12:
        return 0
    shares = values / values.sum()
    return np.exp(-np.sum(shares * np.log(np.where(shares > 0, shares, 1))))


def rank_in_a_loop(codes):
    away = np.array(codes, float) - np.mean(codes, 0)
    values = np.linalg.svd(away)[1].tolist()
    entropy = 0.0
    for value in values:
        if value > 0:
            entropy -= value / sum(values) * np.log(value / sum(values))
    return float(np.exp(entropy)) if any(values) else 0.0


def rank_with_epsilon(codes):
    s = np.linalg.svd(codes - codes.mean(axis=0), compute_uv=False)
    if np.allclose(s, 0):
        return 0
    p = s / np.sum(s) + 1e-12
    return np.exp(-(p * np.log(p)).sum())


def rank_in_float32(codes):
    s = np.linalg.svd((codes - codes.mean(axis=0)).astype("float32"), compute_uv=False).astype(float)
    s = s[s > 1e-6]
    return float(np.exp(-np.sum(s / s.sum() * np.log(s / s.sum())))) if len(s) else 0.0


def scores_of_lists(scores, wanted, k, threshold):
    found, inverse, refused = [], [], []
    for row, place in zip(scores.tolist(), wanted.tolist(), strict=True):
        answered = max(row) >= threshold
        order = sorted(range(len(row)), key=lambda passage: -row[passage])
        if place == -1:
            refused.append(not answered)
        else:
            found.append(answered and place in order[:k])
            inverse.append(answered / (order.index(place) + 1))
    return [sum(part) / len(part) for part in (found, inverse, refused)]


def scores_by_sorting_twice(scores, wanted, k, threshold):
    ranks = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1) + 1
    here = wanted != -1
    own = ranks[np.flatnonzero(here), wanted[here]].astype(float)
    own[scores[here].max(axis=1) < threshold] = np.inf
    return np.array([(own <= k).mean(), (1 / own).mean(), (scores[~here] < threshold).all(axis=1).mean()])


def scores_by_counting(scores, wanted, k, threshold):
    best, places = scores.max(axis=1), np.arange(scores.shape[1])
    own = scores[np.arange(len(scores)), wanted][:, None]
    before = (scores > own) | ((scores == own) & (places < wanted[:, None]))
    rank, kept = before.sum(axis=1) + 1, best >= threshold
    here = wanted >= 0
    return (np.average((rank <= k) & kept, weights=here), np.average(kept / rank, weights=here), np.mean(~kept[~here]))


def levels_in_loops(kernel, levels):
    inputs, units = kernel.shape
    q, scale = np.zeros((inputs, units), np.uint8), np.ones(units)
    for unit in range(units):
        if (largest := max(abs(kernel[:, unit]))) > 0:
            scale[unit] = largest
        for row in range(inputs):
            gaps = [abs(kernel[row, unit] / scale[unit] - level) for level in levels]
            q[row, unit] = gaps.index(min(gaps))
    return q, scale


def levels_as_floats(kernel, levels):
    q, scale = levels_by_squares(kernel, levels)
    return [q.astype(float), scale]


def levels_by_squares(kernel, levels):
    scale = np.linalg.norm(kernel, np.inf, axis=0)
    scale[scale == 0] = 1
    gaps = np.stack([(kernel / scale - level) ** 2 for level in levels])
    return gaps.argmin(0), scale


def levels_by_neighbours(kernel, levels):
    scale = np.abs(kernel).max(0) + (np.abs(kernel).max(0) == 0)
    x = kernel / scale
    above = np.clip(np.searchsorted(levels, x), 1, len(levels) - 1)
    return np.where(levels[above] - x < x - levels[above - 1], above, above - 1), scale


def pairs_in_loops(codes, labels, temperature):
    z = [code / np.linalg.norm(code) for code in codes]
    losses = []
    for i in range(len(z)):
        others = [a for a in range(len(z)) if a != i]
        scores = np.array([z[i] @ z[a] / temperature for a in others])
        logs = scores - np.logaddexp.reduce(scores)
        partners = [log for a, log in zip(others, logs, strict=True) if labels[a] == labels[i]]
        if partners:
            losses.append(-sum(partners) / len(partners))
    return sum(losses) / len(losses)


def pairs_in_keras(codes, labels, temperature):
    z = keras.ops.normalize(keras.ops.convert_to_tensor(np.asarray(codes, "float64")), axis=1)
    logits = keras.ops.matmul(z, keras.ops.transpose(z)) / temperature - 1e9 * np.eye(len(labels))
    logs = keras.ops.convert_to_numpy(keras.ops.log_softmax(logits))
    pair = np.equal.outer(labels, labels) & ~np.eye(len(labels), dtype=bool)
    return np.mean([-logs[i][pair[i]].mean() for i in range(len(labels)) if pair[i].any()])


def pairs_with_einsum(codes, labels, temperature):
    z = np.einsum("nk,n->nk", codes, 1 / np.linalg.norm(codes, axis=1))
    logits = np.einsum("ik,jk->ij", z, z) / temperature
    logits[np.eye(len(z), dtype=bool)] = -np.inf
    top = logits.max(axis=1, keepdims=True)
    log_sum = top[:, 0] + np.log(np.exp(logits - top).sum(axis=1))
    count = Counter(labels.tolist())
    losses = [
        log_sum[i] - sum(logits[i, j] for j in range(len(z)) if j != i and labels[j] == labels[i]) / (count[label] - 1)
        for i, label in enumerate(labels.tolist())
        if count[label] > 1
    ]
    return np.array(losses).mean()


def rank_by_eigenvectors(before, after, rank):
    change = after - before
    _, vectors = np.linalg.eigh(change.T @ change)
    top = vectors[:, -rank:]
    return before + change @ top @ top.T


def rank_by_zeros(before, after, rank):
    u, s, vt = np.linalg.svd(after - before, full_matrices=False)
    s[rank:] = 0
    return u @ np.diag(s) @ vt + before


def rank_with_lora(before, after, rank):
    u, s, vt = np.linalg.svd(np.subtract(after, before), full_matrices=False)
    a, b = u[:, :rank] * np.sqrt(s[:rank]), np.sqrt(s[:rank])[:, None] * vt[:rank]
    return (np.asarray(before, float) + a @ b).tolist()


def rank_in_float32_too(before, after, rank):
    u, s, vt = np.linalg.svd((after - before).astype("float32"), full_matrices=False)
    return before + np.einsum("ir,r,ru->iu", u[:, :rank], s[:rank], vt[:rank])


RIGHT = {
    "what_trains": {
        "floats": {name: float(count) for name, count in COUNTS.items()},
        "NumPy": {name: np.int32(count) for name, count in COUNTS.items()},
        "another order": dict(reversed(COUNTS.items())),
        "sums": COUNTS | {"all": 64 * 32 + 32 + 64 + 32 * 5 + 5},
    },
    "effective_rank": {
        "eigenvalues": rank_of_eigenvalues,
        "a loop": rank_in_a_loop,
        "epsilon": rank_with_epsilon,
        "float32": rank_in_float32,
    },
    "retrieval_scores": {
        "lists": scores_of_lists,
        "sorted twice": scores_by_sorting_twice,
        "counting": scores_by_counting,
        "floats": lambda *args: [float(x) for x in scores_by_counting(*args)],
    },
    "quantized": {
        "loops": levels_in_loops,
        "squares": levels_by_squares,
        "floats": levels_as_floats,
        "neighbours": levels_by_neighbours,
    },
    "supervised_contrastive": {
        "loops": pairs_in_loops,
        "Keras": pairs_in_keras,
        "einsum": pairs_with_einsum,
        "a whole array": lambda *args: np.array(pairs_in_loops(*args)),
    },
    "low_rank": {
        "eigenvectors": rank_by_eigenvectors,
        "zeros": rank_by_zeros,
        "two roots": lambda *args: np.array(rank_with_lora(*args)),
        "float32": rank_in_float32_too,
    },
    "broken_distillations": {
        "floats": {letter: float(line) for letter, line in TEACHERS.items()},
        "NumPy": {letter: np.int64(line) for letter, line in TEACHERS.items()},
        "another order": dict(reversed(TEACHERS.items())),
        "8 bits": {letter: np.uint8(line) for letter, line in TEACHERS.items()},
    },
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer, seeds=range(20) if callable(answer) else [0])


def test_with_two_of_each_label_the_loss_is_that_of_the_chapter():
    a, b = np.random.default_rng(0).normal(size=(2, 5, 4))
    ours = pairs_in_loops(np.concatenate([a, b]), np.tile(np.arange(5), 2), 0.3)
    assert np.isclose(ours, transfer.nt_xent(a, b, 0.3), rtol=1e-12)
    accept(check.supervised_contrastive, pairs_in_loops)


def test_keras_counts_and_changes_as_many_numbers_as_the_exercise_says():
    keras.utils.set_random_seed(0)
    body = keras.Sequential(
        [keras.Input((64,)), keras.layers.Dense(32, activation="relu"), keras.layers.BatchNormalization()]
    )
    model = keras.Sequential([keras.Input((64,)), body, keras.layers.Dense(5)])
    dense, norm = body.layers
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 64)), rng.integers(0, 5, 40)

    def trainable(layer):
        return sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights)

    def changed():
        before = np.concatenate(norm.get_weights())
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(x, y, epochs=2, verbose=0)
        return int(np.sum(np.concatenate(norm.get_weights()) != before))

    found = {"all": trainable(model), "BatchNorm learning": changed()}
    body.trainable = False
    found |= {"head only": trainable(model), "BatchNorm frozen": changed()}
    body.trainable = True
    dense.enable_lora(4)
    assert found | {"LoRA": trainable(dense)} == COUNTS
