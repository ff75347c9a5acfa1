"""Chapter 14's checks: what trains, what codes and kernels are worth, teachers and students, an encoder, a library.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns: as what
they change in the right one.
"""

import functools
import re

import numpy as np

from course_lib.activations import log_softmax
from course_lib.checking.entries import mistakes_of_entries
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.library import WRONG_LIBRARIANS, library
from course_lib.checking.moved_digits import CLASSES, LEAST, TEN_LOGITS, WRONG_FINE_TUNED, handed_over, right, why_not
from course_lib.checking.transfer_entries import WHAT_TRAINS
from course_lib.checking.transfer_slips import LEVELS, PARTNERS, SEARCH
from course_lib.data import digits, topics

CHAPTER = "14-transfer"


@value(
    "A Dense layer has inputs · units weights and a bias for each unit.",
    "BatchNormalization has four numbers for each feature: gamma and beta learn, the two moving averages follow.",
    "After enable_lora(r) the kernel is frozen. A is (inputs, r), B is (r, units), and the bias goes on learning.",
    points=1,
    mistakes=WHAT_TRAINS,
)
def what_trains():
    """Dense(32) of 64 inputs, BatchNormalization, Dense(5)."""
    body, norm, head = 64 * 32 + 32, 4 * 32, 32 * 5 + 5
    counts = {"all": body + norm // 2 + head, "head only": head, "LoRA": 64 * 4 + 4 * 32 + 32}
    return counts | {"BatchNorm learning": norm, "BatchNorm frozen": 0}


def _code_cases(rng):
    yield (np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]),)
    yield (np.array([[3.0, 4.0], [6.0, 8.0], [0.0, 0.0]]),)
    # A collapse, one beside a large mean, and whole numbers.
    yield (np.full((4, 3), 0.5),)
    yield (np.array([[8.0, 1.0, 0.0], [8.0, -1.0, 0.0], [8.0, 1.0, 0.0], [8.0, -1.0, 0.0]]),)
    yield (np.array([[2, 0, 1], [0, 2, 1], [2, 2, 1], [0, 0, 1]]),)
    for _ in range(6):
        n, width = int(rng.integers(3, 12)), int(rng.integers(2, 7))
        yield (rng.normal(size=(n, width)) * rng.uniform(0.1, 3, width) + 2 * rng.normal(size=width),)


@implement(
    _code_cases,
    "Take the mean of all codes off first: codes - codes.mean(axis=0).",
    "np.linalg.svd(…, compute_uv=False) gives the singular values. Divide them by their sum.",
    "Of a share of 0 the entropy takes nothing: leave zeros out before the logarithm. If all are 0, return 0.",
    points=2,
    mistakes={
        "Take the mean of the codes off first: what all have in common tells nobody apart.": (
            "codes - np.mean(codes, axis=0) → codes"
        ),
        "The mean to be taken off is that of each feature, over all rows.": (
            "np.mean(codes, axis=0) → np.mean(codes, axis=1, keepdims=True)"
        ),
        "That is the entropy. Asked is e to the power of it: a number of directions.": (
            "np.exp(-np.sum(p * np.log(p))) → -np.sum(p * np.log(p))"
        ),
        "Without axis=0, np.mean gives one number for all. Each feature has a mean of its own.": (
            "np.mean(codes, axis=0) → np.mean(codes)"
        ),
        "The sign of the entropy is wrong: logarithms of shares are negative.": "np.exp(-np.sum → np.exp(np.sum",
        "That takes the squares, the variances. Here the singular values themselves are divided by their sum.": (
            "s[s > 0] / s.sum() → s[s > 0] ** 2 / np.sum(s**2)"
        ),
        "Divide by the sum of the singular values, not by the largest.": "/ s.sum() → / s.max()",
        "That counts the directions. How even they are counts too.": (
            "return float(np.exp(-np.sum(p * np.log(p)))) → return float(np.sum(s > 1e-9))"
        ),
        "With the logarithm to base 2 goes a power of 2, not of e.": "np.log(p) → np.log2(p)",
        "All codes may be the same: then all singular values are 0, and nothing can be divided by their sum.": (
            "if s.sum() == 0: → if False:"
        ),
        "Where all codes are the same, that is 0 / 0. Return 0 there, before anything is divided.": (
            "if s.sum() == 0: → if False:; p = s[s > 0] / s.sum() → p = s / s.sum()"
        ),
        "A share of 0 adds 0. Its logarithm is −∞, and 0 · ∞ is no number: leave zeros out.": (
            "p = s[s > 0] / s.sum() → p = np.where(s < 1e-12, 0, s) / s.sum()"
        ),
    },
)
def effective_rank(codes):
    """e to the entropy of the singular values' shares, once the mean is taken off; 0 if all codes are one.

    codes: (n, width)   Roy and Vetterli, 2007
    """
    s = np.linalg.svd(codes - np.mean(codes, axis=0), compute_uv=False)
    if s.sum() == 0:
        return 0.0
    p = s[s > 0] / s.sum()
    return float(np.exp(-np.sum(p * np.log(p))))


def _search_cases(rng):
    yield np.array([[0.9, 0.1, 0.3], [0.2, 0.4, 0.6], [0.1, 0.3, 0.2]]), np.array([0, 1, -1]), 1, 0.35
    yield np.array([[0.9, 0.1, 0.3], [0.2, 0.4, 0.6], [0.1, 0.3, 0.2]]), np.array([0, 1, -1]), 2, 0.0
    # At the threshold; refused though it was there, and rightly beside it; equal scores, a pair, then more; whole ones.
    yield np.array([[0.5, 0.25, 0.0], [0.25, 0.0, 0.5]]), np.array([1, -1]), 2, 0.5
    yield np.array([[0.2, 0.1, 0.3], [0.1, 0.4, 0.2], [0.3, 0.7, 0.1]]), np.array([2, 1, -1]), 3, 0.35
    yield np.array([[0.2, 0.1, 0.3], [0.1, 0.4, 0.2], [0.3, 0.1, 0.2]]), np.array([2, 1, -1]), 1, 0.35
    yield np.array([[5, 2, 5], [3, 5, 5], [1, 3, 0]]), np.array([0, 1, -1]), 2, 4
    yield np.array([[2, 5, 5, 5], [5, 5, 1, 0], [1, 3, 0, 0]]), np.array([2, 0, -1]), 2, 4
    for _ in range(7):
        questions, passages = int(rng.integers(5, 12)), int(rng.integers(4, 9))
        wanted = rng.integers(0, passages, questions)
        wanted[rng.permutation(questions)[: int(rng.integers(1, 4))]] = -1
        scores = rng.uniform(0, 1, (questions, passages)).round(1)
        yield scores, wanted, int(rng.integers(1, 4)), float(rng.choice([0.7, 0.8, 0.9]))


@implement(
    _search_cases,
    "A question is refused if scores.max(axis=1) is below the threshold.",
    "np.argsort(-scores, axis=1, kind='stable') lists the passages of each question, the best first.",
    "The place of the wanted one in that list, from 1, is its rank. A refused question has none.",
    points=2,
    mistakes=SEARCH,
)
def retrieval_scores(scores, wanted, k, threshold):
    """(recall@k, mean reciprocal rank, share refused of what has no answer).

    scores: (questions, passages)   wanted: (questions,), a passage's place, or −1 where none answers
    """
    refused, here = scores.max(axis=1) < threshold, wanted >= 0
    order = np.argsort(-scores, axis=1, kind="stable")[here]
    rank = 1 + np.argmax(order == wanted[here][:, None], axis=1)
    reached = ~refused[here]
    return np.mean(reached & (rank <= k)), np.mean(reached / rank), np.mean(refused[~here])


def _kernel_cases(rng):
    levels = np.array([-1.0, -0.5, -0.2, 0.0, 0.1, 0.3, 0.6, 1.0])
    yield np.array([[2.0, -0.5], [-1.0, 0.25], [0.7, 0.12]]), levels
    # A column of zeros, a tie, the largest one negative, whole numbers.
    yield np.array([[0.0, 4.0], [0.0, -3.0]]), np.array([-1.0, 0.0, 0.25, 1.0])
    yield np.array([[-8.0, 1.0], [4.0, 0.5], [-2.0, -1.0]]), np.array([-1.0, 0.0, 1.0])
    yield np.array([[3, -20], [-4, 10], [1, 5]]), levels
    for _ in range(6):
        inner = np.sort(rng.uniform(-0.95, 0.95, int(rng.integers(3, 14))))
        shape = int(rng.integers(2, 7)), int(rng.integers(2, 5))
        yield rng.normal(size=shape) * rng.uniform(0.1, 5, shape[1]), np.array([-1.0, *inner, 1.0])


@implement(
    _kernel_cases,
    "The scale of a column is np.abs(kernel).max(axis=0); where it is 0, put 1 in its place.",
    "(kernel / scale)[..., None] - levels has the distance of each number from each level.",
    "np.abs(…).argmin(axis=-1) is the number of the nearest level, and the lower of two.",
    points=3,
    mistakes=LEVELS,
)
def quantized(kernel, levels):
    """(q, scale): the number of each weight's nearest level, (inputs, units), and each column's largest size, (units,).

    kernel: (inputs, units)   levels: (many,), from −1 up to 1   q: whole numbers; levels[q] · scale is near the kernel
    """
    largest = np.abs(kernel).max(axis=0)
    scale = np.where(largest > 0, largest, 1.0)
    q = np.abs((kernel / scale)[..., None] - levels).argmin(axis=-1)
    return q, scale


def _pair_cases(rng):
    yield np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([0, 0, 1]), 1.0
    yield np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0], [0.0, -1.0]]), np.array([1, 1, 1, 5]), 0.5
    # As cold as it gets, and whole numbers.
    yield np.array([[1.0, 0.0], [-1.0, 0.1], [0.0, 1.0]]), np.array([0, 0, 1]), 0.001
    yield np.array([[2, 0], [0, 2], [-2, 0], [0, -2], [2, 2]]), np.array([3, 0, 3, 0, 7]), 2.0
    for _ in range(6):
        n, width = int(rng.integers(5, 10)), int(rng.integers(2, 6))
        labels = rng.permutation(np.r_[0, 0, 0, 1, 1, 9, rng.integers(2, 4, n - 5)][:n])
        yield rng.normal(size=(n, width)) * rng.uniform(0.5, 4, (n, 1)), labels, float(rng.uniform(0.1, 1))


@implement(
    _pair_cases,
    "Divide each code by its length first: codes / np.linalg.norm(codes, axis=1, keepdims=True).",
    "Put −∞ on the diagonal of z @ z.T / temperature; then log_softmax has each row's logarithms of shares.",
    "pair = (labels[:, None] == labels), without the diagonal, says who is whose partner.",
    points=3,
    mistakes=PARTNERS,
)
def supervised_contrastive(codes, labels, temperature):
    """The mean, over the codes that have partners, of minus the mean logarithm of the shares at which they are found.

    codes: (n, width)   labels: (n,)   Khosla et al., 2020, equation 2
    """
    z = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    logits = z @ z.T / temperature
    np.fill_diagonal(logits, -np.inf)
    pair = (labels[:, None] == labels) & ~np.eye(len(labels), dtype=bool)
    logs = np.where(pair, log_softmax(logits), 0)
    mean = logs.sum(axis=1) / np.maximum(pair.sum(axis=1), 1)
    return -np.mean(mean[pair.any(axis=1)])


def _tuned_cases(rng):
    yield np.zeros((2, 2)), np.array([[3.0, 0.0], [0.0, 1.0]]), 1
    yield np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[1.0, 2.0], [3.0, 9.0], [5.0, 6.0]]), 1
    # Nothing changed; all ranks; whole numbers.
    yield np.ones((3, 2)), np.ones((3, 2)), 1
    yield np.array([[0.0, 1.0], [2.0, 0.5]]), np.array([[1.0, 1.0], [0.0, 3.0]]), 2
    yield np.array([[1, 0, 2], [0, 3, 1]]), np.array([[4, 0, 2], [0, 4, 1]]), 1
    for _ in range(6):
        shape = int(rng.integers(3, 8)), int(rng.integers(3, 8))
        before = rng.normal(size=shape)
        yield before, before + 0.5 * rng.normal(size=shape), int(rng.integers(1, 3))


@implement(
    _tuned_cases,
    "What fine-tuning has changed is after − before. That is what is to be said with few numbers.",
    "u, s, vt = np.linalg.svd(…, full_matrices=False) gives change = (u * s) @ vt, the largest part first.",
    "The nearest of rank r keeps the first r: A = u[:, :r] * s[:r], B = vt[:r]. Return before + A @ B.",
    points=3,
    mistakes={
        "Only the change is said with few numbers. The kernel itself has a high rank.": (
            "np.linalg.svd(after - before, → np.linalg.svd(after * 1.0,; return before + → return"
        ),
        "The change comes on top of the kernel as it was before.": "return before + → return",
        "The change is what came minus what was: after − before.": "after - before → before - after",
        "The singular values are missing.": "u[:, :rank] * s[:rank] → u[:, :rank]",
        "The singular values belong into one of the two factors, not into both.": (
            "@ vt[:rank] → @ (s[:rank, None] * vt[:rank])"
        ),
        "The largest parts come first: keep the first ones.": (
            "u[:, :rank] * s[:rank] → u[:, -rank:] * s[-rank:]; vt[:rank] → vt[-rank:]"
        ),
        "So many parts are kept as the rank says, no more.": "u[:, :rank] * s[:rank] → u * s; vt[:rank] → vt",
        "The kernel is wanted, W + A B, not A and B.": (
            "return before + u[:, :rank] * s[:rank] @ vt[:rank] → return u[:, :rank] * s[:rank], vt[:rank]"
        ),
        "One part alone is kept.": "u[:, :rank] * s[:rank] → u[:, :1] * s[:1]; vt[:rank] → vt[:1]",
        "np.linalg.svd gives the third factor transposed already.": "@ vt[:rank] → @ vt.T[:rank]",
        "That keeps some columns as they are. The best few numbers mix the columns.": (
            "return before + u[:, :rank] * s[:rank] @ vt[:rank] → "
            "return before + (after - before) * (np.arange(before.shape[1]) < rank)"
        ),
    },
)
def low_rank(before, after, rank):
    """The kernel before, and on it the update A B of this rank that is nearest to what fine-tuning changed.

    before, after: (inputs, units)   The nearest by squares: Eckart and Young, 1936.
    """
    u, s, vt = np.linalg.svd(after - before, full_matrices=False)
    return before + u[:, :rank] * s[:rank] @ vt[:rank]


@value(
    "What is printed says what to look at: when should a loss be 0, who should lose more, what may not matter?",
    "A: what should the student give where it says just what its teacher says?",
    "B: KL(p ‖ q) weighs with p, and p is the teacher's. C: a label is no soft answer.",
    points=3,
    mistakes=mistakes_of_entries(
        A={
            2: "the teacher is softened as it should be. And the student?",
            3: "the teacher's share times the gap of the logarithms: as it should be.",
            4: "T² times the mean over the batch: as it should be.",
        },
        B={
            1: "the logarithms of the teacher's soft shares, as it should be.",
            2: "the logarithms of the student's soft shares, as it should be.",
            4: "T² times the mean over the batch: as it should be.",
        },
        C={
            1: "the soft part needs it just so.",
            3: "minus the teacher's soft shares times the student's soft logarithms, and T²: as it should be.",
            4: "a share of one and the rest of the other, as it should be. Which of them may not change with T?",
        },
    ),
)
def broken_distillations():
    """A softens the teacher alone; B weighs with the student's shares; C compares labels with soft shares."""
    return {"A": 1, "B": 3, "C": 2}


@functools.cache
def _pictures():
    return digits().x_train


@functools.cache
def _judged():
    data = digits()
    return np.concatenate([data.x_val, data.x_test]), np.concatenate([data.y_val, data.y_test])


@build(
    "Begin with the encoder: Input((121,)), Dense(768, activation='relu'), Dense(64), and its set_weights(weights).",
    "Set trainable = False on both of its layers before compile, and put Dense(10) behind them.",
    "SparseCategoricalCrossentropy(from_logits=True), Adam(0.01), a hundred epochs of the hundred pictures.",
    points=4,
    mistakes=WRONG_FINE_TUNED,
)
def fine_tuned(trial):
    """Of 500 new pictures at least 70 % right, after ten labelled ones of each digit and an encoder's weights."""
    given, (x_new, y_new) = handed_over(_pictures, _judged(), trial.rng)
    model = trial.built(*given)
    logits = trial.predicted(x_new, CLASSES, "pictures", f". {TEN_LOGITS}")
    trial.finite(logits)
    share = right(logits, y_new)
    if share < LEAST:
        outputs = trial.ask("predict", given[1])
        said = f"Of {len(y_new)} new pictures it gets {share:.1%} right; {LEAST:.0%} were wanted."
        trial.require(False, said, why_not(model, given[2], outputs, y_new, logits))
    trial.require(True, "")


@library(
    "Count in how many passages each word stands. A word that stands in n of N tells about ln(N / n).",
    "Add up what a question's words tell that stand in a passage too. The passage with the most is the nearest.",
    "Divide by what all of the question's words tell. Where even the best has too little of it, say -1.",
    "Choose the threshold on the notebook's questions: at which are as many found as refused?",
    points=6,
    text=topics,
    mistakes=WRONG_LIBRARIANS,
)
def librarian(passages, questions):
    """The place of the passage that each question remembers, or −1: (questions,).

    passages, questions: lists of texts
    """
    shelves = [set(re.findall(r"[a-z_]+", passage.lower())) for passage in passages]
    said = []
    for question in questions:
        words = set(re.findall(r"[a-z_]+", question.lower()))
        tells = {word: np.log((len(shelves) + 1) / (sum(word in shelf for shelf in shelves) + 0.5)) for word in words}
        shares = [sum(tells[word] for word in words & shelf) / sum(tells.values()) for shelf in shelves]
        best = max(enumerate(shares), key=lambda one: one[1])
        said.append(best[0] if best[1] >= 0.57 else -1)
    return said
