"""Examples and noise to draw from, and the usual slips in drawing: as what they change in the right answer."""

import numpy as np


def drawing_cases(rng):
    """(examples, labels, wanted, noise, left, scale)"""
    yield np.eye(2), np.array([0, 1]), 1, np.zeros((1, 2)), np.array([1.0, 0.5]), 1.0
    yield np.eye(3), np.array([0, 1, 1]), 1, np.array([[0.5, 0.0, 1.0]]), np.array([1.0, 0.64, 0.1]), 0.5
    for scale in (0.0, 1.0, 1.5, 2.0):
        pixels = int(rng.integers(2, 5))
        labels = rng.permutation([2, 2, 2, 5, 5, 7])
        left = np.concatenate([[1.0], np.sort(rng.uniform(0.05, 0.8, int(rng.integers(2, 5))))[::-1]])
        yield rng.uniform(size=(6, pixels)), labels, 5, rng.normal(size=(3, pixels)), left, scale
    yield rng.uniform(size=(4, 3)), np.array([0, 1, 0, 1]), 0, rng.normal(size=(2, 3)), np.array([1.0, 0.9999]), 1.5


WRONG_DRAWINGS = {
    "The last step goes from 1 to 0: t ends at 1.": "range(len(left) - 1, 0, -1) → range(len(left) - 1, 1, -1)",
    "left has steps + 1 numbers: the first t is len(left) − 1.": (
        "range(len(left) - 1, 0, -1) → range(len(left) - 2, 0, -1)"
    ),
    "Noise is taken away from the last step down, not from the first up.": (
        "range(len(left) - 1, 0, -1) → range(1, len(left))"
    ),
    "The picture's factor is that of t − 1.": "np.sqrt(left[t - 1]) * picture → np.sqrt(left[t]) * picture",
    "The noise is put back as much as there is one step earlier: t − 1.": (
        "np.sqrt(1 - left[t - 1]) * rest → np.sqrt(1 - left[t]) * rest"
    ),
    "Both factors are roots: of ᾱ and of 1 − ᾱ.": (
        "np.sqrt(left[t - 1]) * picture + np.sqrt(1 - left[t - 1]) * rest → "
        "left[t - 1] * picture + (1 - left[t - 1]) * rest"
    ),
    "The noise belongs to the earlier step, too: the picture alone is not enough before the end.": (
        "+ np.sqrt(1 - left[t - 1]) * rest →"
    ),
    "The noise is divided by √(1 − ᾱ).": "picture) / np.sqrt(1 - left[t]) → picture)",
    "The noise is divided by the root of 1 − ᾱ.": "picture) / np.sqrt(1 - left[t]) → picture) / (1 - left[t])",
    "Before the noise is computed, √ᾱ times the picture is taken off x, not the picture itself.": (
        "x - np.sqrt(left[t]) * picture → x - picture"
    ),
    "The noise is what is left once the *guided* picture is taken off.": (
        "rest = (x - np.sqrt(left[t]) * picture) → rest = (x - np.sqrt(left[t]) * c)"
    ),
    "The noise is what is left once the guided picture is taken off, not that without a class.": (
        "rest = (x - np.sqrt(left[t]) * picture) → rest = (x - np.sqrt(left[t]) * u)"
    ),
    "Guidance goes from u, of all examples, towards c, of those wanted: u + scale · (c − u).": (
        "u + scale * (c - u) → c + scale * (u - c)"
    ),
    "The scale is the paper's w + 1: a scale of 1 is c itself.": "u + scale * (c - u) → c + scale * (c - u)",
    "Guidance starts from u: u + scale · (c − u).": "u + scale * (c - u) → scale * (c - u)",
    "Nothing is guided: u + scale · (c − u).": "u + scale * (c - u) → c",
    "The class says which examples: labels == wanted.": "labels == wanted → labels != wanted",
    "u comes of all examples, not of the other classes alone.": "guess(examples), → guess(examples[labels != wanted]),",
    "wanted is a label, not the number of an example.": (
        "examples[labels == wanted] → examples[[wanted % len(examples)]]"
    ),
    "The examples' distance is taken to √ᾱ times each, since that is where x would be.": (
        "np.sqrt(left[t]) * some → some"
    ),
    "The distance is taken to the root of ᾱ times each example.": "np.sqrt(left[t]) * some → left[t] * some",
    "Near examples weigh more: a minus in front of the distance.": "softmax(-np.sum → softmax(np.sum",
    "The distances are divided by 2 (1 − ᾱ).": "/ (2 * (1 - left[t])) → / (1 - left[t])",
    "The distances are divided by 2 (1 − ᾱ): the more noise, the less they say.": "/ (2 * (1 - left[t])) →",
    "The distances are divided by 2 (1 − ᾱ), not by 2 ᾱ.": "/ (2 * (1 - left[t])) → / (2 * left[t])",
    "A softmax has no root in it: the distances are squared, and 1 − ᾱ is a variance already.": (
        "/ (2 * (1 - left[t])) → / (2 * np.sqrt(1 - left[t]))"
    ),
    "The distances are squares: no root.": ("np.sum(gaps**2, axis=2) → np.sqrt(np.sum(gaps**2, axis=2))"),
    "The squares are added up over the pixels, not averaged.": "np.sum(gaps**2, axis=2) → np.mean(gaps**2, axis=2)",
    "The weights of one x add up to 1: softmax over the examples.": (
        "softmax(-np.sum(gaps**2, axis=2) / (2 * (1 - left[t]))) → "
        "softmax(-np.sum(gaps**2, axis=2).T / (2 * (1 - left[t]))).T"
    ),
    "The guess is the mean of all, with weights, not the nearest example alone.": (
        "softmax(-np.sum(gaps**2, axis=2) / (2 * (1 - left[t]))) @ some → "
        "some[np.argmin(np.sum(gaps**2, axis=2), axis=1)]"
    ),
    "The weights have to add up to 1: that is what softmax is for.": (
        "softmax(-np.sum(gaps**2, axis=2) / → np.exp(-np.sum(gaps**2, axis=2) /"
    ),
    "With little noise every e^… is 0, and 0 / 0 no number: take each row's largest score off first.": (
        "return softmax(-np.sum(gaps**2, axis=2) / (2 * (1 - left[t]))) @ some → "
        "e = np.exp(-np.sum(gaps**2, axis=2) / (2 * (1 - left[t])))\n"
        "        return e / e.sum(axis=1, keepdims=True) @ some"
    ),
    "Take off each row's own largest score. The largest of all is too much for the others: all their e^… are 0.": (
        "return softmax(-np.sum(gaps**2, axis=2) / (2 * (1 - left[t]))) @ some → "
        "e = -np.sum(gaps**2, axis=2) / (2 * (1 - left[t]))\n"
        "        e = np.exp(e - e.max())\n"
        "        return e / e.sum(axis=1, keepdims=True) @ some"
    ),
    "What is wanted is x at the end, with the last step taken.": "return x → return noise",
}
