"""Tables with which tokens are written, and the usual slips in writing: as what they change in the right answer."""

import numpy as np


def writing_cases(rng):
    """(table, prompt, points, temperature, p, penalty)"""
    # Many points, or two mistakes may happen to write the same; none where a stretch ends.
    points = np.array([0.52, 0.07, 0.96, 0.72, 0.34, 0.63, 0.88, 0.17])
    table = np.log(np.array([[0.1, 0.9, 1e-9], [0.3, 0.3, 0.4], [0.5, 0.25, 0.25]]))
    yield table, [0], points, 1.0, 1.0, 1.0
    yield table, [2, 0], points, 0.5, 0.8, 1.0
    yield table, [1], points, 2.0, 0.7, 1.5
    # All stay, and the temperature alone decides.
    yield np.log(np.tile([0.5, 0.3, 0.2], (3, 1))), [0], np.array([0.45, 0.78, *points]), 2.0, 1.0, 1.0
    # The first token is cut off, and a point lies where its stretch was.
    yield table, [0], np.array([0.0, 0.0, *points]), 1.0, 0.45, 1.0
    # Four equal ones: two of them reach a half exactly.
    yield np.zeros((4, 4)), [3], points, 1.0, 0.5, 2.0
    # Many equal ones: only a stable order puts the first first.
    yield np.tile(np.arange(20) % 2.0, (20, 1)), [3], points, 1.0, 0.4, 1.0
    # A token of the prompt would come again, were there no penalty.
    yield np.log(np.tile([0.6, 0.3, 0.1], (3, 1))), [0, 1], np.array([0.72, 0.72, *points]), 1.0, 1.0, 3.0
    for _ in range(6):
        n = int(rng.integers(4, 8))
        prompt = [int(token) for token in rng.integers(0, n, int(rng.integers(2, 5)))]
        temperature, p, penalty = (float(rng.uniform(*ends)) for ends in ((0.4, 2.5), (0.6, 0.95), (1.1, 2)))
        yield 2 * rng.normal(size=(n, n)), prompt, rng.random(15), temperature, p, penalty


WRONG_WRITERS = {
    "The penalty multiplies logits below 0: divided, they would become likelier.": (
        "np.where(z > 0, z / penalty, z * penalty) → (z / penalty)"
    ),
    "A logit above 0 is divided by the penalty: multiplied, it would become likelier.": (
        "np.where(z > 0, z / penalty, z * penalty) → (z * penalty)"
    ),
    "The penalty divides or multiplies. It is not taken off.": (
        "np.where(z > 0, z / penalty, z * penalty) → (z - penalty)"
    ),
    "The penalty is for logits, before softmax, and not for probabilities.": (
        "z[said] = np.where(z > 0, z / penalty, z * penalty)[said] →; "
        "order = → chances[said] /= penalty\n        chances /= chances.sum()\n        order ="
    ),
    "What was written since gets the penalty as well as the prompt.": "list(set(text)) → list(set(prompt))",
    "The penalty is for the prompt's tokens, too.": "list(set(text)) → list(set(text[len(prompt) :]))",
    "The penalty is for all tokens so far, not for the last alone.": "list(set(text)) → text[-1:]",
    "What stands in the text already gets a penalty.": "list(set(text)) → []",
    "The penalty comes once for a token, however often it stands there.": (
        "z[said] = np.where(z > 0, z / penalty, z * penalty)[said] → "
        "for k in text:\n            z[k] = z[k] / penalty if z[k] > 0 else z[k] * penalty"
    ),
    "Divide by the temperature.": "/ temperature → * temperature",
    "The temperature is missing: divide all logits by it.": "/ temperature →",
    "Only what stands in the text gets a penalty.": "list(set(text)) → list(range(len(table)))",
    "A penalty above 1 makes what stands there less likely: that is the other way round.": (
        "z / penalty, z * penalty → z * penalty, z / penalty"
    ),
    "The token that crosses p stays: what counts is the sum before it.": "sums - chances[order] >= p → sums > p",
    "What crosses p stays, also behind the first.": "order[sums - chances[order] >= p] → order[1:][sums[1:] > p]",
    "Where the tokens so far reach p exactly, no more is wanted.": ">= p] → > p]",
    "Top-p is missing: only the likeliest stay.": ">= p] → >= 2]",
    "Top-p begins with the likeliest token.": "argsort(-chances → argsort(chances",
    "Before a token come those that are likelier, so add up in that order: chances[order].cumsum().": (
        "sums = chances[order].cumsum() → sums = chances.cumsum(); sums - chances[order] → sums - chances"
    ),
    "Add up from the likeliest on, not in the order of the tokens' numbers.": (
        "chances[order[sums - chances[order] >= p]] → chances[chances.cumsum() - chances >= p]"
    ),
    "What is beyond p was found in falling order: the token at its place k is order[k].": (
        "chances[order[sums - chances[order] >= p]] → chances[sums - chances[order] >= p]"
    ),
    "That is min-p, a share of the likeliest one's probability. Top-p adds probabilities up.": (
        "chances[order[sums - chances[order] >= p]] → chances[chances < p * chances.max()]"
    ),
    "Of equal ones the first comes first: argsort of −chances.": '-chances, kind="stable") → chances)[::-1]',
    "Top-p comes last: it cuts what penalty and temperature have changed.": (
        "chances = softmax(z / temperature) → plain, chances = softmax(table[text[-1]]), softmax(z / temperature); "
        "argsort(-chances → argsort(-plain; chances[order].cumsum() → plain[order].cumsum(); "
        "sums - chances[order] → sums - plain[order]"
    ),
    "First the temperature, then top-p: it cuts what the temperature has changed.": (
        "sums = chances[order].cumsum() → plain = softmax(z)[order]\n        sums = plain.cumsum(); "
        "sums - chances[order] → sums - plain"
    ),
    "The stretches lie in the order of the tokens' numbers, not of their probabilities.": (
        "np.argmax(chances.cumsum() > chances.sum() * point) → "
        "order[np.argmax(chances[order].cumsum() > chances.sum() * point)]"
    ),
    "That is greedy. The point decides.": "chances.cumsum() > chances.sum() * point → chances",
    "A token's row says what follows it. You took its column.": "table[text[-1]] → table[:, text[-1]]",
    "The next token comes from what was written last.": "table[text[-1]] → table[prompt[-1]]",
    "After the cut, what is left is made to sum to 1 again.": "chances.sum() * point → point",
    "Behind the cut the shares add up to less than 1, and a point may lie behind all of them: divide by their sum.": (
        "np.argmax(chances.cumsum() > chances.sum() * point) → (chances.cumsum() <= point).sum()"
    ),
    "What is cut off has no stretch, and a point of 0 does not lie on it: take the first sum above the point.": (
        "chances.cumsum() > chances → chances.cumsum() >= chances"
    ),
    "The prompt is part of the answer.": "return text → return text[len(prompt) :]",
    "Probabilities come after penalty and temperature.": "softmax(z / temperature) → softmax(table[text[-1]])",
}
