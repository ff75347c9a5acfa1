"""What is usually written in chapter 14's searches, kernels and losses: the hint, and the slip in the right answer."""

_NEIGHBOURS = "pair = (labels[:, None] == labels) & ~np.eye(len(labels), dtype=bool)"

SEARCH = {
    "A best score that is just the threshold is answered: refused is what lies below.": ("< threshold → <= threshold"),
    "A question that was refused has found nothing, even if the passage stands first.": (
        "reached = ~refused[here] → reached = True"
    ),
    "The questions that nothing answers have no wanted passage: they do not count in the first two numbers.": (
        "np.mean(reached & (rank <= k)) → np.sum(reached & (rank <= k)) / len(wanted); "
        "np.mean(reached / rank) → np.sum(reached / rank) / len(wanted)"
    ),
    "Of equal scores the earlier passage comes first.": (
        'np.argsort(-scores, axis=1, kind="stable") → np.argsort(scores, axis=1, kind="stable")[:, ::-1]'
    ),
    "The best has the highest score, and comes first.": "np.argsort(-scores → np.argsort(scores",
    "Ranks begin with 1: the second counts a half.": "rank = 1 + → rank = 2 +; rank <= k → rank - 1 <= k",
    "Among the first k: a rank of k is in.": "rank <= k → rank < k",
    "The mean of 1 / rank is wanted, not of the ranks.": "np.mean(reached / rank) → np.mean(reached * rank)",
    "1 / rank counts whatever k is.": "np.mean(reached / rank) → np.mean(reached * (rank <= k) / rank)",
    "The third number is about the questions that nothing answers alone.": (
        "np.mean(refused[~here]) → np.mean(refused)"
    ),
    "The third number is the share that was refused, not that which was answered.": (
        "np.mean(refused[~here]) → np.mean(~refused[~here])"
    ),
    "Shares are wanted, from 0 to 1, not percent.": (
        "return → return tuple(100 * np.array([; np.mean(refused[~here]) → np.mean(refused[~here])]))"
    ),
    "Shares are wanted, not how many there are.": (
        "np.mean(reached & (rank <= k)) → np.sum(reached & (rank <= k)); "
        "np.mean(refused[~here]) → np.sum(refused[~here])"
    ),
    "Refused is by the best score of all, not by that of the wanted passage.": (
        "reached = ~refused[here] → reached = scores[here, wanted[here]] >= threshold"
    ),
    "A refused question counts 0 in the first two numbers. It is not left out.": (
        "np.mean(reached & (rank <= k)) → np.sum(reached & (rank <= k)) / max(1, reached.sum()); "
        "np.mean(reached / rank) → np.sum(reached / rank) / max(1, reached.sum())"
    ),
    "Of what nothing answers, the share that was refused. That is of the refused the share that nothing answers.": (
        "np.mean(refused[~here]) → np.sum(refused[~here]) / max(1, refused.sum())"
    ),
}

LEVELS = {
    "Each column has its own scale: axis=0, not the largest of all.": (
        "np.abs(kernel).max(axis=0) → np.full(kernel.shape[1], np.abs(kernel).max())"
    ),
    "The largest size counts, whatever its sign: np.abs.": "np.abs(kernel).max(axis=0) → kernel.max(axis=0)",
    "A column of zeros cannot be divided by its largest size: its scale is 1.": (
        "np.where(largest > 0, largest, 1.0) → largest"
    ),
    "First divide by the scale: the levels go from −1 to 1.": "kernel / scale → kernel",
    "The nearest level is wanted, not the next one below.": (
        "np.abs((kernel / scale)[..., None] - levels).argmin(axis=-1) → "
        'np.searchsorted(levels, kernel / scale, side="right") - 1'
    ),
    "The nearest level is wanted, not the next one above.": (
        "np.abs((kernel / scale)[..., None] - levels).argmin(axis=-1) → np.searchsorted(levels, kernel / scale)"
    ),
    "The levels are not evenly spaced: rounding does not find the nearest.": (
        "np.abs((kernel / scale)[..., None] - levels).argmin(axis=-1) → "
        "np.rint((kernel / scale + 1) / 2 * (len(levels) - 1)).astype(int)"
    ),
    "The number of the level is wanted, not the level itself.": "return q, scale → return levels[q], scale",
    "Of two levels that are as near, the lower one.": (
        "np.abs((kernel / scale)[..., None] - levels).argmin(axis=-1) → "
        "len(levels) - 1 - np.abs((kernel / scale)[..., None] - levels)[..., ::-1].argmin(axis=-1)"
    ),
    "First the numbers of the levels, then the scales.": "return q, scale → return scale, q",
    "Each column has its own scale, not each row: the largest over axis=0.": (
        "np.abs(kernel).max(axis=0) → np.abs(kernel).max(axis=1); kernel / scale → kernel / scale[:, None]"
    ),
    "The scale of a column of zeros is 1, also in what is returned.": "return q, scale → return q, largest",
    "What is put back into an array of whole numbers loses its fraction: let kernel / scale be a new one.": (
        "kernel / scale → (kernel / scale).astype(kernel.dtype)"
    ),
}

PARTNERS = {
    "A code is not to be found by itself: −∞ on the diagonal, before the softmax.": (
        "np.fill_diagonal(logits, -np.inf) →"
    ),
    "A code is no partner of its own.": f"{_NEIGHBOURS} → pair = labels[:, None] == labels",
    "Cosines are wanted: divide each code by its length.": (
        "codes / np.linalg.norm(codes, axis=1, keepdims=True) → codes"
    ),
    "Divide by the temperature.": "/ temperature → * temperature",
    "The temperature is missing.": "/ temperature →",
    "The loss is minus the mean logarithm.": "return -np.mean → return np.mean",
    "A code without a partner does not count: leave its row out of the mean.": ("mean[pair.any(axis=1)] → mean"),
    "Each code counts the same: first the mean over its partners, then over the codes.": (
        "return -np.mean(mean[pair.any(axis=1)]) → return -np.mean(np.where(pair, logs, 0)[pair])"
    ),
    "Take the mean over a code's partners, not their sum.": "/ np.maximum(pair.sum(axis=1), 1) →",
    "The mean of the logarithms is wanted, not the logarithm of the mean.": (
        "return -np.mean(mean[pair.any(axis=1)]) → "
        "return -np.mean(np.log(np.where(pair, np.exp(logs), 0).sum(axis=1) "
        "/ np.maximum(pair.sum(axis=1), 1))[pair.any(axis=1)])"
    ),
    "Partners have the same label. These are the others.": "labels[:, None] == labels → labels[:, None] != labels",
    "The partners belong below the fraction too: among all the others each has to be found.": (
        "logs = np.where(pair, log_softmax(logits), 0) → "
        "logs = np.where(pair, logits - np.log(np.where(pair, 0, np.exp(logits)).sum(axis=1, keepdims=True)), 0)"
    ),
    "At a low temperature every e^… is infinite: use log_softmax, or take each row's largest off first.": (
        "logs = np.where(pair, log_softmax(logits), 0) → "
        "logs = np.where(pair, np.log(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)), 0)"
    ),
    "Of no partners there is no mean (0 / 0), and −∞ times 0 is no number: take the partners' logarithms alone, "
    "and the mean over codes that have some.": (
        "np.maximum(pair.sum(axis=1), 1) → pair.sum(axis=1); mean[pair.any(axis=1)] → mean"
    ),
    "A 0 on the diagonal counts too: e^0 is 1. Put −∞ there.": (
        "np.fill_diagonal(logits, -np.inf) → np.fill_diagonal(logits, 0)"
    ),
    "All partners of a code count, not the first alone.": (
        "logs.sum(axis=1) / np.maximum(pair.sum(axis=1), 1) → logs[np.arange(len(labels)), pair.argmax(axis=1)]"
    ),
    "At a low temperature e^… is infinite, and 0 for all others beside the largest: put −∞ on the diagonal first, and "
    "use log_softmax, or take off the largest of the others.": (
        "logs = np.where(pair, log_softmax(logits), 0) → "
        "logs = np.where(pair, np.log(np.exp(logits - 1 / temperature) "
        "/ np.exp(logits - 1 / temperature).sum(axis=1, keepdims=True)), 0)"
    ),
}
