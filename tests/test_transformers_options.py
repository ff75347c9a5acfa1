"""Blocks and a GPT made of what came after 2017, before brute-force gradients and Keras; prompts padded on the left."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.attention import padding_mask
from course_lib.gradients import numeric_gradient
from course_lib.normalization import RMSNormalization
from course_lib.transformers import GPT, DecoderBlock, EncoderBlock
from tests.attention_examples import Parts
from tests.witness import check_keras, check_numeric, shaken

SEEDS = st.integers(0, 2**32 - 1)
patient = settings(deadline=None, max_examples=40)
RMS = {"normalization": RMSNormalization}
LLAMA = {"positions": "rotary", "num_key_value_heads": 1, "activation": "swiglu", "use_bias": False, "window": 3} | RMS
FORMS = [{}, {"tied": True}, {"positions": "alibi", "tied": True}, LLAMA, LLAMA | {"tied": True}]
LEFT = np.array([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1]], bool)


def small_gpt(rng, **options):
    return shaken(GPT(5, 6, 4, 2, 2, rng, hidden=3, **options), rng)


@pytest.mark.parametrize("mask", [None, LEFT])
@pytest.mark.parametrize("form", FORMS)
def test_gpt_has_the_gradients_of_brute_force(form, mask, rng):
    model, tokens = small_gpt(rng, **form), rng.integers(0, 5, LEFT.shape)
    dy = rng.standard_normal(model.forward(tokens, mask=mask).shape)

    def loss():
        return np.sum(dy * model.forward(tokens, mask=mask))

    loss()
    model.backward(dy)
    assert len(model.parameters()) == len(model.gradients())
    for p, grad in zip(model.parameters(), [g.copy() for g in model.gradients()], strict=True):
        np.testing.assert_allclose(grad, numeric_gradient(loss, p), rtol=1e-5, atol=1e-6)


BLOCKS = [
    ("llama", {"causal": True, "normalize_first": True} | LLAMA),
    ("alibi", {"positions": "alibi", "num_key_value_heads": 2}),
    ("post-norm", RMS | {"activation": "swiglu"}),
]


@pytest.mark.parametrize(("name", "options"), BLOCKS)
def test_encoder_block(name, options, rng):
    check_numeric(shaken(EncoderBlock(8, 2, 3, rng, **options), rng), rng.standard_normal((2, 5, 8)), rng)


def test_decoder_block(rng):
    block = shaken(DecoderBlock(8, 2, 3, rng, memory_width=6, normalize_first=True, **LLAMA), rng)
    layer = Parts(lambda x, memory: block.forward(x, memory=memory), block.backward, [(5, 8), (3, 6)], [block])
    check_numeric(layer, rng.standard_normal((2, 58)), rng)
    assert "bias" not in block.layers[1].layer.layers[0].params


def llama_twin(k, tied):
    """Rotary positions, grouped queries, RMS norms and SwiGLU in Keras' operations, for 2 blocks of width 8."""

    class Twin(k.Layer):
        def __init__(self):
            super().__init__()
            self.words, self.blocks = k.layers.Embedding(7, 8), []
            for _ in range(2):
                self.blocks.append(
                    [
                        k.layers.RMSNormalization(epsilon=1e-6),
                        *(k.layers.EinsumDense("btd,dhe->bthe", (None, h, 4)) for h in (2, 1, 1)),
                        k.layers.EinsumDense("bthe,hed->btd", (None, 8)),
                        k.layers.RMSNormalization(epsilon=1e-6),
                        *(
                            k.layers.Dense(n, activation=f, use_bias=False)
                            for n, f in ((3, "silu"), (3, None), (8, None))
                        ),
                    ]
                )
            self.norm = k.layers.RMSNormalization(epsilon=1e-6)
            self.head = None if tied else k.layers.Dense(7)

        def call(self, tokens):
            x = self.words(tokens)
            for first, q, key, v, back, second, gate, up, down in self.blocks:
                z = first(x)
                x = x + back(self.attend(q(z), key(z), v(z)))
                z = second(x)
                x = x + down(gate(z) * up(z))
            x = self.norm(x)
            return k.ops.matmul(x, k.ops.transpose(self.words.embeddings)) if tied else self.head(x)

        def attend(self, q, key, v):
            """(batch, time, heads, 4), both heads of queries with the one key; the two before it and itself."""
            time = q.shape[1]
            order = np.arange(time)[:, None] - np.arange(time)
            scores = k.ops.einsum("bqhe,bke->bhqk", turned(k, q), turned(k, key)[:, :, 0]) / 2
            scores = k.ops.where((order >= 0) & (order < 3), scores, -1e300)
            return k.ops.einsum("bhqk,bke->bqhe", k.ops.softmax(scores), v[:, :, 0])

    return Twin()


def turned(k, x):
    """Each pair of neighbours by p and p / 100."""
    angles = np.arange(x.shape[1])[:, None, None] * np.array([1.0, 0.01])
    a, b = x[..., 0::2], x[..., 1::2]
    pairs = k.ops.stack([a * np.cos(angles) - b * np.sin(angles), a * np.sin(angles) + b * np.cos(angles)], axis=-1)
    return k.ops.reshape(pairs, x.shape)


@pytest.mark.parametrize("tied", [False, True])
def test_gpt_of_modern_parts_equals_keras(tied, rng, keras):
    model = shaken(GPT(7, 6, 8, 2, 2, rng, hidden=3, tied=tied, **LLAMA), rng)
    check_keras(model, llama_twin(keras, tied), rng.integers(0, 7, (2, 5), np.int32), rng)


# --- padding on the left


@patient
@given(st.lists(st.integers(1, 6), min_size=1, max_size=3), st.sampled_from(FORMS), st.data(), SEEDS)
def test_each_prompt_of_a_batch_has_the_logits_that_it_has_alone(lengths, form, data, seed):
    """In one piece or, with a cache, in several, whatever the padding is."""
    rng, time = np.random.default_rng(seed), max(lengths)
    model, tokens = small_gpt(rng, **form), rng.integers(0, 5, (len(lengths), time))
    real = np.arange(time) >= time - np.array(lengths)[:, None]
    cuts = sorted({0, time, *data.draw(st.sets(st.integers(1, time)))})
    pasts = model.no_past()
    pieces = [model.forward(tokens[:, a:b], pasts=pasts, mask=real[:, :b]) for a, b in pairwise(cuts)]
    logits = model.forward(tokens, mask=real)
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), logits, rtol=1e-9, atol=1e-10)
    np.testing.assert_array_equal(model.forward(tokens, mask=real[:, None]), logits)
    for row, n in enumerate(lengths):
        np.testing.assert_allclose(
            logits[row, -n:], model.forward(tokens[row : row + 1, -n:])[0], rtol=1e-9, atol=1e-10
        )
    np.testing.assert_allclose(model.forward(tokens, mask=np.ones_like(real)), model.forward(tokens), rtol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_padding_gets_no_gradient_from_what_is_real(form, rng):
    model, tokens = small_gpt(rng, **form), np.array([[4, 4, 0, 1, 2]])
    mask = padding_mask(tokens, padding=4)
    dy = np.where(mask.swapaxes(1, 2), rng.standard_normal((1, 5, 5)), 0)
    model.forward(tokens, mask=mask)
    model.backward(dy)
    padded = [g.copy() for g in model.gradients()]
    model.forward(tokens[:, 2:])
    model.backward(dy[:, 2:])
    for grad, alone in zip(padded, model.gradients(), strict=True):
        np.testing.assert_allclose(grad, alone, rtol=1e-9, atol=1e-12)


def test_positions_that_are_not_learned_go_on_after_the_context(rng):
    """Twelve tokens where six are the context: by rotary positions and ALiBi the last still sees the first."""
    for positions in ("rotary", "alibi"):
        model, tokens = small_gpt(rng, positions=positions), rng.integers(0, 5, (1, 12))
        changed = tokens.copy()
        changed[0, 0] = (tokens[0, 0] + 1) % 5
        assert not np.allclose(model.forward(tokens)[0, -1], model.forward(changed)[0, -1], rtol=0, atol=1e-9)


def test_a_mask_that_is_forgotten_is_asked_for(rng):
    """Where it held padding; where it held none, nothing is lost."""
    model = small_gpt(rng)
    pasts, padded = model.no_past(), model.no_past()
    model.forward(np.array([[1, 2]]), pasts=pasts, mask=np.array([[True, True]]))
    model.forward(np.array([[1, 2]]), pasts=padded, mask=np.array([[False, True]]))
    last = model.forward(np.array([[3]]), pasts=pasts)
    np.testing.assert_allclose(last[0, 0], model.forward(np.array([[1, 2, 3]]))[0, 2], rtol=1e-9)
    with pytest.raises(ValueError, match="mask must also say what is padding in the past"):
        model.forward(np.array([[3]]), pasts=padded)


def test_tied_weights_are_one_array(rng):
    tied, own = small_gpt(rng, tied=True), small_gpt(rng)
    assert len(own.parameters()) - len(tied.parameters()) == 2
    assert sum(p.shape == (5, 4) for p in tied.parameters()) == 1
    before = tied.forward(np.array([[1, 2]]))
    copy = small_gpt(rng, tied=True)
    copy.set_weights(tied.get_weights())
    np.testing.assert_array_equal(copy.forward(np.array([[1, 2]])), before)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            lambda rng: small_gpt(rng, num_key_value_heads=3),
            "num_key_value_heads must divide num_query_heads, 2, got 3",
        ),
        (lambda rng: small_gpt(rng, positions="sideways"), "positions must be one of rotary, alibi; got 'sideways'"),
        (lambda rng: GPT(5, 8, 6, 2, 1, rng, positions="rotary"), "a head's width must be even .* got 3"),
        (
            lambda rng: small_gpt(rng).forward(np.array([[1, 2]]), mask=np.ones((1, 3), bool)),
            r"mask must have the shape \(1, 2\), got \(1, 3\)",
        ),
        (
            lambda rng: small_gpt(rng).forward(np.array([[1, 2]]), mask=np.ones((1, 2))),
            "mask must hold True and False, got float64",
        ),
        (
            lambda rng: small_gpt(rng).forward(np.array([1, 2])),
            r"tokens must have the shape \(batch, time\), got \(2,\)",
        ),
        (lambda rng: small_gpt(rng).backward(np.ones((1, 2, 5))), "GPT.backward needs a forward before it"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(rng)
