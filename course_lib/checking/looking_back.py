"""Tokens of three places before, models that look for them, and what to say of one that does not find them."""

import numpy as np

PLACES, LETTERS, BACK = 12, 6, 3
WRONG_SHAPE = "One logit for each of 6 tokens at each of 12 places: the last layer is Dense(6), without pooling."
TOO_LARGE = "Width 32 and one block are enough."
LOOKS_AHEAD = "A token changes what the model says before it. use_causal_mask=True forbids that."
NO_ATTENTION = (
    "Its answer at a place depends on that place alone. Attention has to bring what stood three places before."
)
NO_PLACES = "It sees which tokens there are, but not where. Add an embedding of the places."
CONSTANT = "It says the same whatever it reads. Does its last layer get what the others found out?"
SAYS_ITSELF = "It says the token that stands there now. Was it trained on x in place of y?"
TOO_NEAR = "What stood three places before does not reach it: a window of four is needed, or attention."
SHARES = (
    "What it says at a place adds up to 1: there is a softmax at its end. Logits are wanted, from Dense(6) alone; "
    "the loss takes the softmax itself, with from_logits=True."
)
NOTHING_BELOW = "Nothing it says is below 0. Logits may be: the last layer is Dense(6), without an activation."
GUESSING = (
    "That is near guessing. Was it trained? Then with logits and from_logits=True? "
    "With Adam's usual rate, 0.001, it takes long: try 0.01."
)
ONLY_NEAR = (
    "It is on its way, and has not quite learnt to look three places back. More epochs help, or a rate of 0.01. "
    "Does the loss know that it gets logits (from_logits=True)?"
)


def sequences(rng, n):
    """Random tokens, and for each the one that stood three places before; for the first three, token 0."""
    x = rng.integers(0, LETTERS, (n, PLACES))
    y = np.zeros_like(x)
    y[:, BACK:] = x[:, :-BACK]
    return x, y


def seeker(attends=True, places=True, causal=True, width=32, last=LETTERS):
    """A model of one attention layer, with one or another part left out, not trained yet."""
    from course_lib.page import quiet

    with quiet():
        import keras
    layers, ops = keras.layers, keras.ops
    keras.utils.set_random_seed(0)
    tokens = keras.Input((PLACES,), dtype="int32")
    h = layers.Embedding(LETTERS, width)(tokens)
    if places:
        h = h + layers.Embedding(PLACES, width)(ops.cumsum(ops.ones_like(tokens), axis=1) - 1)
    if attends:
        h = h + layers.MultiHeadAttention(2, width // 2)(h, h, use_causal_mask=causal)
    return keras.Model(tokens, layers.Dense(last)(h))


def look_ahead(trial, x, logits):
    """[i, j]: whether another token at place i moves the logits of place j. ``NotYet`` if one moves those before it."""
    # Rounding moves logits, too, the more the larger they are.
    moved, least = [], 1e-5 * max(np.abs(logits).max(), 1.0)
    for place in range(PLACES):
        other = x.copy()
        other[:, place] = (other[:, place] + 1) % LETTERS
        moved.append(np.abs(trial.ask("predict", other) - logits).max(axis=(0, 2)) > least)
    moved = np.array(moved)
    trial.require(not np.tril(moved, -1).any(), "It looks ahead.", LOOKS_AHEAD)
    return moved


def why_not(trial, x, logits, moved, right):
    """The words for a causal model that gets too few right. moved: of ``look_ahead``   right: the share of places"""
    if not np.triu(moved, 1).any():
        return NO_ATTENTION if moved.any() else CONSTANT
    if not moved.diagonal(BACK).any():
        return TOO_NEAR
    if np.mean(logits.argmax(axis=-1) == x) > 0.9:
        return SAYS_ITSELF
    # Who does not know of places says at the end the same when what stands before it is turned round.
    turned = np.concatenate([x[:, -2::-1], x[:, -1:]], axis=1)
    end, other = (outputs[:, -1] for outputs in (logits, trial.ask("predict", turned)))
    if np.abs(end - other).max() < 3e-5 * end.std():
        return NO_PLACES
    if logits.min() >= 0:
        return SHARES if np.allclose(logits.sum(axis=-1), 1, atol=1e-3) else NOTHING_BELOW
    return GUESSING if right < 0.25 else ONLY_NEAR


WRONG_MODELS = {
    WRONG_SHAPE: lambda x, y: seeker(last=1),
    TOO_LARGE: lambda x, y: seeker(width=128),
    LOOKS_AHEAD: lambda x, y: seeker(causal=False),
    NO_ATTENTION: lambda x, y: seeker(attends=False),
    NO_PLACES: lambda x, y: seeker(places=False),
    GUESSING: lambda x, y: seeker(),
}
