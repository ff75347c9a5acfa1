"""Chapter 10: questions and answers for a model that so far only continues texts, and how it learns to answer."""

import numpy as np

from course_lib.decoding import generate
from course_lib.experiments.transformers import BATCH, CONTEXT, HEADS, in_numpy

# The best of six on questions of their own.
RATE = 0.002

# What some words of Python are for.
WORDS = {
    "if": "a choice",
    "for": "a loop",
    "def": "a function",
    "class": "a type",
    "import": "a module",
    "try": "an error",
    "del": "a name",
    "assert": "a check",
    "return": "a value",
    "yield": "a generator",
}
WORDINGS = "What is {} for?", "Tell me what {} is for.", "What do I need {} for?", "Explain {}, please.", "Why {}?"


def questions(choosing=False):
    """(seen, unseen): pairs of question and answer. Each word comes in four wordings, and unseen in the fifth.

    choosing: of the four, one is unseen, and the fifth is left out: for whoever still chooses settings
    """
    by_place = [[], [], [], [], []]
    for i, (word, answer) in enumerate(WORDS.items()):
        for k, wording in enumerate(WORDINGS):
            by_place[(k - i) % 5].append((wording.format(word), answer))
    unseen, *others = by_place[1:] if choosing else by_place
    return [pair for pairs in others for pair in pairs], unseen


def templated(question, answer, tokenizer):
    """(tokens, counts): <user> question <assistant> answer <end>, and True where a token is to be learnt.

    The three signs are the tokens after the tokenizer's own.
    """
    user, assistant, end = len(tokenizer.pieces) + np.arange(3)
    asked = [user, *tokenizer.encode(question), assistant]
    said = [*tokenizer.encode(" " + answer), end]
    return np.array([*asked, *said]), np.array([False] * len(asked) + [True] * len(said))


def chat_batch(pairs, tokenizer, length=32):
    """x, y and the loss mask for ``fit``: each (pairs, length), padded with 0 on the right."""
    tokens, counts = np.zeros((len(pairs), length + 1), int), np.zeros((len(pairs), length + 1))
    for i, pair in enumerate(pairs):
        one, learnt = templated(*pair, tokenizer)
        tokens[i, : len(one)], counts[i, : len(one)] = one, learnt
    return tokens[:, :-1], tokens[:, 1:], counts[:, 1:]


def answered(model, question, tokenizer, most=8):
    """What a ``GPT`` answers, greedily, until it says <end>; None where it never does."""
    prompt = templated(question, "", tokenizer)[0][: len(tokenizer.encode(question)) + 2]
    new = generate(model, prompt[None], most)[0, len(prompt) :].tolist()
    end = len(tokenizer.pieces) + 2
    said = new[: new.index(end)] if end in new else None
    return tokenizer.decode(said).strip() if said is not None and max(said, default=0) < end - 2 else None


def taught_to_answer(model, tokenizer, rate=RATE, seed=0, copies=20, choosing=False, masked=True):
    """Teach a Keras GPT its ``questions`` in so many copies. returns: how many of ten new ones it answers right

    masked: whether only the answers are counted; False counts the questions, too
    """
    import keras

    seen, unseen = questions(choosing)
    order = np.random.default_rng(seed).permutation(len(seen) * copies)
    x, y, mask = (part[order] for part in chat_batch(seen * copies, tokenizer))
    mask = mask if masked else (y > 0).astype(float)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=False)
    model.fit(x, y, BATCH, sample_weight=mask, shuffle=False, verbose=0)
    assistant = in_numpy(model, CONTEXT, HEADS)
    return sum(answered(assistant, question, tokenizer) == answer for question, answer in unseen)
