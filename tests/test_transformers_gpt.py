"""What a small GPT remembers, writes and learns; what it and its blocks refuse and leave alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.decoding import generate
from course_lib.layers import Dense
from course_lib.transformers import GPT, DecoderBlock, EncoderBlock, Sublayer
from tests.witness import shaken, witness

SEEDS = st.integers(0, 2**32 - 1)
# A first call, or a busy machine, may take longer than Hypothesis' 200 ms.
patient = settings(deadline=None)

PRE = {"normalize_first": True}


def small_gpt(rng, context=8):
    return shaken(GPT(5, context, 8, 2, 2, rng), rng)


@witness("hypothesis", GPT)
@patient
@given(st.integers(1, 3), st.integers(1, 8), st.data(), SEEDS)
def test_cache_gives_the_logits_of_the_full_pass(batch, time, data, seed):
    """Read in any pieces, down to single tokens, the text gets the same logits; so no token sees those after it."""
    rng = np.random.default_rng(seed)
    model, tokens = small_gpt(rng), rng.integers(0, 5, (batch, time))
    cuts = sorted(data.draw(st.sets(st.integers(1, time - 1)))) if time > 1 else []
    pasts = model.no_past()
    pieces = [model.forward(piece, pasts=pasts) for piece in np.split(tokens, cuts, axis=1)]
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), model.forward(tokens), rtol=1e-10, atol=1e-10)
    assert model.backward(rng.standard_normal((batch, time, 5))) is None
    assert [g.shape for g in model.gradients()] == [p.shape for p in model.parameters()]


def test_cache_does_not_compute_again(rng):
    """What a step of generation reads is one token, however long the text."""
    model, lengths = small_gpt(rng), []
    words = model.embeddings[0]
    forward = words.forward
    words.forward = lambda tokens, training: lengths.append(tokens.shape[1]) or forward(tokens, training)
    generate(model, np.array([[1, 2, 3]]), 4)
    assert lengths == [3, 1, 1, 1]


def test_gpt_learns_to_recite(rng):
    """Gradient descent with these gradients: after it, the model continues a round of five as it should."""
    model, tokens = GPT(5, 8, 8, 2, 1, rng), np.arange(9)[None] % 5
    for _ in range(60):
        logits = model.forward(tokens[:, :-1])
        e = np.exp(logits - logits.max(axis=-1, keepdims=True))
        model.backward(e / e.sum(axis=-1, keepdims=True) - np.eye(5)[tokens[:, 1:]])
        for p, grad in zip(model.parameters(), model.gradients(), strict=True):
            p -= 0.1 * grad
    assert generate(model, tokens[:, :3], 5).tolist() == [[0, 1, 2, 3, 4, 0, 1, 2]]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            lambda rng: Sublayer(Dense(8, 1, rng), 8).forward(np.ones((2, 8))),
            r"what layer gives must have the shape of its input, \(2, 8\), got \(2, 1\)",
        ),
        (lambda rng: EncoderBlock(8, 3, 5, rng), "num_heads must divide the width, 8, got 3"),
        (lambda rng: DecoderBlock(8, 0, 5, rng), "num_heads must divide the width, 8, got 0"),
        (lambda rng: GPT(5, 8, 6, 4, 1, rng), "num_heads must divide the width, 6, got 4"),
        (lambda rng: GPT(5, 8, 6, 2, 0, rng), "num_blocks must be a whole number from 1 up, got 0"),
        (lambda rng: GPT(5, 0, 6, 2, 1, rng), "context must be a whole number from 1 up, got 0"),
        (lambda rng: DecoderBlock(8, 2, 5, rng).forward(np.ones((1, 2, 8))), "memory must be the output of an encoder"),
        (lambda rng: small_gpt(rng).forward(np.array([[5]])), "whole numbers from 0 to 4"),
        (lambda rng: small_gpt(rng).forward(np.zeros((1, 9), int)), "whole numbers from 0 to 7, got 8"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(rng)


def test_inputs_are_left_alone(rng):
    x, memory, tokens = rng.standard_normal((2, 3, 8)), rng.standard_normal((2, 4, 8)), rng.integers(0, 5, (2, 3))
    before = x.copy(), memory.copy(), tokens.copy()
    for block in (EncoderBlock(8, 2, 5, rng), EncoderBlock(8, 2, 5, rng, **PRE)):
        block.backward(block.forward(x))
    block = DecoderBlock(8, 2, 5, rng)
    block.backward(block.forward(x, memory=memory))
    model = small_gpt(rng)
    dy = np.ones_like(model.forward(tokens))
    model.backward(dy)
    assert all((a == b).all() for a, b in zip((x, memory, tokens), before, strict=True))
    assert (dy == 1).all()
