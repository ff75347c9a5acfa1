"""Rivals of chapter 08's readers that know nothing of networks: tables of the pieces that a text is made of."""

import numpy as np

from course_lib.experiments.recurrence_readers import SIGNS, encoded

BASE = len(SIGNS) + 1


def bits(probabilities):
    """Bits a character: what it costs to be told a text of whose signs this was expected."""
    return float(-np.log2(probabilities).mean())


def witten_bell(train, test, order=5):
    """The probability that a table of pieces of so many signs gave each sign of the test: (len(test),).

    The share of each next sign after the last 4 is mixed with what is said after the last 3, and so on down to all
    signs alike: the more different signs have followed a piece, the more the shorter one counts. Witten and Bell, 1991.
    """
    p = np.full(len(test), 1 / len(SIGNS))
    for _, seen, asked in _pieces(encoded(train), encoded(test), order):
        told, total, kinds = _followed(*np.unique(seen, return_counts=True), asked)
        p = (told + kinds * p) / np.maximum(total + kinds, 1) + np.where(total > 0, 0, p)
    return p


def kneser_ney(train, test, order=5):
    """The same by Kneser and Ney, 1995, as changed by Chen and Goodman, 1999 (modified, interpolated).

    From each count a bit is taken, and what is taken goes to what the shorter pieces say. A shorter piece is not
    counted as often as it comes, but once for each different sign before it.
    """
    p = np.full(len(test), 1 / len(SIGNS))
    for length, (before, seen, asked) in enumerate(_pieces(encoded(train), encoded(test), order), 1):
        if length < order:
            seen = np.unique(seen * BASE + before) // BASE
        pieces, counts = np.unique(seen, return_counts=True)
        taken = _discounts(counts)[np.minimum(counts, 3)]
        told, total, _ = _followed(pieces, counts - taken, asked)
        left = _followed(pieces, taken, asked)[1]
        p = (told + left * p) / np.where(total > 0, total + left, 1) + np.where(total > 0, 0, p)
    return p


def _pieces(train, test, order):
    """For each length up to order: of each place in train the sign before the piece that ends there and a number for
    the piece; and the number of each piece that ends in test. What stands before a text is a sign of its own."""
    blank = np.full(order, BASE - 1)
    signs, start = np.concatenate([blank, train, blank, test]), 2 * order + len(train)
    context = np.zeros(len(signs), np.int64)
    for length in range(order):
        if length:
            context = np.unique(np.roll(signs, length) * len(signs) + context, return_inverse=True)[1]
        seen = slice(order, order + len(train))
        yield np.roll(signs, length + 1)[seen], (context * BASE + signs)[seen], (context * BASE + signs)[start:]


def _followed(pieces, counts, asked):
    """(the count of each piece asked for, the sum over all its last signs, the number of these)."""
    contexts, first = np.unique(pieces // BASE, return_index=True)
    sums = np.add.reduceat(counts, first)
    kinds = np.diff(np.append(first, len(pieces)))
    before = asked // BASE
    return _looked_up(asked, pieces, counts), _looked_up(before, contexts, sums), _looked_up(before, contexts, kinds)


def _discounts(counts):
    """What is taken from counts of 0, 1, 2, and 3 or more. Without all four kinds of count, as in a short text: ½."""
    ones, twos, threes, fours = (np.sum(counts == k) for k in (1, 2, 3, 4))
    if min(ones, twos, threes, fours) == 0:
        return np.array([0, 0.5, 0.5, 0.5])
    y = ones / (ones + 2 * twos)
    return np.array([0, 1 - 2 * y * twos / ones, 2 - 3 * y * threes / twos, 3 - 4 * y * fours / threes]).clip(0)


def _looked_up(asked, table, values):
    """The value of each number asked for; 0 of those that do not stand in the table, which is sorted."""
    place = np.searchsorted(table, asked).clip(max=len(table) - 1)
    return np.where(table[place] == asked, values[place], 0)
