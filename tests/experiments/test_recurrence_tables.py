"""The tables of chapter 08 are those of their papers, worked out sign by sign."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from course_lib.experiments.recurrence_readers import SIGNS
from course_lib.experiments.recurrence_tables import bits, kneser_ney, witten_bell

TRAIN, TEST = "abracadabra abracadabra barbara", "barracuda abra"


def counted(text, length):
    """{piece: {next sign: how often}}; before the text stand blanks."""
    padded, counts = "_" * length + text, defaultdict(Counter)
    for k in range(length, len(padded)):
        counts[padded[k - length : k]][padded[k]] += 1
    return counts


def of_witten_and_bell(piece, sign):
    below = of_witten_and_bell(piece[1:], sign) if piece else 1 / len(SIGNS)
    seen = counted(TRAIN, len(piece))[piece]
    return (seen[sign] + len(seen) * below) / (seen.total() + len(seen)) if seen else below


def of_kneser_and_ney(piece, sign, longest=True):
    below = of_kneser_and_ney(piece[1:], sign, False) if piece else 1 / len(SIGNS)
    seen = counted(TRAIN, len(piece))[piece]
    if not longest:
        # In how many different ways a sign comes after the piece: the signs before it.
        longer = counted(TRAIN, len(piece) + 1)
        seen = Counter({s: sum(one[1:] == piece and s in of for one, of in longer.items()) for s in seen})
    taken = 0.5 * len(seen)
    return (max(seen[sign] - 0.5, 0) + taken * below) / seen.total() if seen else below


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize(("table", "rule"), [(witten_bell, of_witten_and_bell), (kneser_ney, of_kneser_and_ney)])
def test_a_table_follows_its_rule(table, rule, order, monkeypatch):
    # So short a text has not all counts that the discounts are made of.
    monkeypatch.setattr(
        "course_lib.experiments.recurrence_tables._discounts", lambda counts: np.array([0, 0.5, 0.5, 0.5])
    )
    padded = "_" * (order - 1) + TEST
    wanted = [rule(padded[k : k + order - 1], TEST[k]) for k in range(len(TEST))]
    np.testing.assert_allclose(table(TRAIN, TEST, order), wanted, rtol=1e-12)


@pytest.mark.parametrize("table", [witten_bell, kneser_ney])
@pytest.mark.parametrize("before", ["abra", "xyz", "c"])
def test_the_probabilities_of_all_signs_add_up_to_one(table, before):
    text = "the cat sat on the mat, and the rat sat on the hat; that cat ate a rat and sat. " * 3 + TRAIN
    assert sum(table(text, before + sign, 4)[-1] for sign in SIGNS) == pytest.approx(1, abs=1e-12)


def test_what_is_taken_is_what_the_paper_takes():
    from course_lib.experiments.recurrence_tables import _discounts

    counts = np.repeat([1, 2, 3, 4, 9], [40, 20, 10, 5, 3])
    np.testing.assert_allclose(_discounts(counts), [0, 0.5, 1.25, 2.0])


def test_bits_are_those_of_the_mean_sign():
    assert bits(np.array([1, 0.25])) == 1
