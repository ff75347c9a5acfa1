"""From text to whole numbers and back: one token a character, or one for each common piece of text."""

import re
from collections import Counter
from itertools import pairwise

import numpy as np

from course_lib import limits

# Letters and digits, or other signs, with the space before them; or a space alone. Every text is made of these.
WORD = re.compile(r" ?\w+| ?[^\w\s]+|\s")


class CharacterTokenizer:
    """Each character of the text it was made from is a token, in the order of their code points."""

    def __init__(self, text):
        self.characters = sorted(set(text))
        self.tokens = {character: token for token, character in enumerate(self.characters)}

    def encode(self, text):
        """text: a string   returns: (len(text),) whole numbers"""
        unknown = sorted(set(text) - set(self.tokens))
        if unknown:
            raise ValueError(f"text must hold characters the tokenizer was made from, got {unknown[0]!r}")
        return np.array([self.tokens[character] for character in text], int)

    def decode(self, tokens):
        """tokens: (n,) whole numbers   returns: a string"""
        return "".join(self.characters[token] for token in _checked(tokens, len(self.characters)))


class BytePairTokenizer:
    """Tokens 0 to 255 are the bytes of UTF-8; each further one is a pair of tokens that often stand side by side.

    So any text can be written, in fewer tokens the more it is like the text trained on. Gage, 1994; for words,
    Sennrich et al., 2016; from bytes, Radford et al., 2019. No token goes across words: see ``words``.
    ``merges``: the pairs in the order they were learned   ``pieces``: the bytes of each token
    """

    def __init__(self, merges=()):
        self.merges = [tuple(pair) for pair in merges]
        self.pieces = [bytes([byte]) for byte in range(256)]
        for first, second in self.merges:
            if not (0 <= first < len(self.pieces) and 0 <= second < len(self.pieces)):
                raise ValueError(f"merges must pair tokens that are there before, got {(first, second)}")
            self.pieces.append(self.pieces[first] + self.pieces[second])
        self.ranks = {pair: rank for rank, pair in enumerate(self.merges)}

    @classmethod
    def train(cls, text, vocabulary_size):
        """A tokenizer of at most so many tokens, for text like this: see ``learn_merges``."""
        return cls(learn_merges(text, vocabulary_size))

    def encode(self, text):
        """text: a string   returns: (n,) whole numbers"""
        known = {word: self._encode_word(word) for word in set(words(text))}
        return np.array([token for word in words(text) for token in known[word]], int)

    def decode(self, tokens):
        """tokens: (n,) whole numbers   returns: a string, with � for bytes that are no whole character"""
        tokens = _checked(tokens, len(self.pieces))
        return b"".join(self.pieces[token] for token in tokens).decode("utf-8", errors="replace")

    def _encode_word(self, word):
        """Merge what was learned first, as in training, until nothing more is known."""
        tokens = tuple(word.encode())
        while known := [pair for pair in pairwise(tokens) if pair in self.ranks]:
            best = min(known, key=self.ranks.get)
            tokens = merge(tokens, best, 256 + self.ranks[best])
        return tokens


def learn_merges(text, vocabulary_size):
    """Again and again, make the most frequent pair a token, until there are so many, or no pair comes twice.

    Of equally frequent pairs it takes the one with the smallest token numbers, so that every machine learns the same.
    """
    limits.whole("vocabulary_size, of which 256 are the bytes,", vocabulary_size, 256)
    counts = {tuple(word.encode()): count for word, count in Counter(words(text)).items()}
    pairs, merges = count_pairs(counts), []
    while len(merges) < vocabulary_size - 256:
        best = min(pairs, key=lambda pair: (-pairs[pair], pair), default=None)
        if best is None or pairs[best] < 2:
            break
        # Only words that hold both tokens can change: counting the others again would take most of the time.
        old = {word: count for word, count in counts.items() if best[0] in word and best[1] in word}
        new = {merge(word, best, 256 + len(merges)): count for word, count in old.items()}
        counts = {word: count for word, count in counts.items() if word not in old} | new
        pairs = pairs - count_pairs(old) + count_pairs(new)
        merges.append(best)
    return merges


def words(text):
    """The text in pieces: words, and signs, with the space before them, and other spaces. Joined, they are the text."""
    return WORD.findall(text)


def count_pairs(counts):
    """How often each pair of neighbours comes, in words that are tuples of tokens. counts: how often each word comes"""
    pairs = Counter()
    for word, count in counts.items():
        for pair in pairwise(word):
            pairs[pair] += count
    return pairs


def merge(tokens, pair, token):
    """The tokens, a tuple, with the new token wherever the pair stood; from the left, where pairs overlap."""
    merged, i = [], 0
    while i < len(tokens):
        found = tokens[i : i + 2] == pair
        merged.append(token if found else tokens[i])
        i += 2 if found else 1
    return tuple(merged)


def _checked(tokens, size):
    """The tokens as a list: a negative number would count from the end of the vocabulary without a word."""
    tokens = limits.shape("tokens", np.asarray(tokens), "n")
    # An empty list becomes an array of floats.
    return limits.all_whole("tokens", tokens, 0, size - 1).tolist() if tokens.size else []
