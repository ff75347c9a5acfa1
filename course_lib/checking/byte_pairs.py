"""Words of which pairs are learnt, and the usual slips in learning them: as what they change in the right answer."""


def pair_cases(rng):
    """(words, n)"""
    yield ["the", "then", "the"], 2
    yield ["zb", "ab", "zb", "ab"], 3
    yield ["aaa", "bc", "bc"], 2
    yield ["aaa", "aaa"], 3
    yield ["ca", "bd", "ca", "bd", "ca"], 4
    yield ["no", "no", "no", "on", "one", "one"], 3
    yield ["ca"] * 4 + ["cab"] * 2 + ["ab"] * 3, 4
    yield ["abab", "abab", "x"], 4
    yield ["aaaaa", "aaaa"], 3
    yield ["a", "b", "a"], 2
    for size in (2, 3, 3, 4):
        words = ["".join(rng.choice([*"abcd"][:size], int(rng.integers(1, 6)))) for _ in range(8)]
        yield [words[int(k)] for k in rng.integers(0, 8, 12)], int(rng.integers(3, 7))


WRONG_PAIRS = {
    "Count neighbours within words, not across them.": '[list(word) for word in words] → [list("".join(words))]',
    "A pair counts as often as its word comes, not once for all copies of a word.": "in words] → in {*words}]",
    "A pair may stand in one word several times: count each.": "in pairwise(pieces)) → in {*pairwise(pieces)})",
    "Of equally frequent pairs take the first in the alphabet, not the one that was met first.": (
        "(-counts[pair], pair) → -counts[pair]"
    ),
    "Of equally frequent pairs take the first in the alphabet, not the last.": (
        "min(counts, key=lambda pair: (-counts[pair], pair), → max(counts, key=lambda pair: (counts[pair], pair),"
    ),
    "After each merge count again: the new piece has neighbours of its own.": (
        "texts, merges = [list(word) for word in words], [] → "
        "counts, merges = Counter(pair for word in words for pair in pairwise(word)), []; "
        "counts = Counter(pair for pieces in texts for pair in pairwise(pieces)) → "
        "counts = Counter({pair: n for pair, n in counts.items() if pair not in merges}); in texts: → in []:"
    ),
    "Join the pair wherever it stands, not only once in a word.": (
        "[best[0] + best[1]] → [best[0] + best[1]]\n                    break"
    ),
    "Joining makes a word shorter, and the loop goes on to its old end: use while, or build a new list of pieces.": (
        "while i < len(pieces) - 1: → for i in range(len(pieces) - 1):"
    ),
    "Begin to join at the left: aaa becomes aa, a.": (
        "i = 0 → i = len(pieces) - 2; while i < len(pieces) - 1: → while i >= 0:; i += 1 → i -= 1"
    ),
    "The new piece is one string, both pieces joined: he, and not the pair of h and e.": (
        "[best[0] + best[1]] → [best]"
    ),
    "The new piece stands in place of both: you left the second one behind it.": "i : i + 2] = → i : i + 1] =",
    "A pair is two whole pieces. In a text with spaces between, replace finds their ends and beginnings too.": (
        'i = 0 → pieces[:], i = " ".join(pieces).replace(" ".join(best), "".join(best)).split(" "), len(pieces)'
    ),
    "A pair that comes only once is not worth a merge.": "counts[best] < 2 → counts[best] < 1",
    "A pair that comes twice is worth a merge.": "counts[best] < 2 → counts[best] < 3",
    "Join the pair in the words: then it is gone, and others are counted.": (
        "pieces[i : i + 2] = [best[0] + best[1]] → pass"
    ),
    "Where no word has two pieces nothing is counted, and there is no largest count: then stop.": (
        "counts[best] < 2 → max(counts.values()) < 2"
    ),
    "Where no word has two pieces there is no pair: then stop.": ", default=None) → )",
    "Return the pairs, each with its two pieces, not the joined pieces.": (
        "merges.append(best) → merges.append(best[0] + best[1])"
    ),
    "Return the pairs that were learnt, not the words in pieces.": "return merges → return texts",
    "That is one merge more than n, or one less.": "len(merges) < n → len(merges) <= n",
}
