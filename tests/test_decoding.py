"""Texts from a small GPT: one token after another, several at once, prompts of different lengths in one batch."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.activations import log_softmax
from course_lib.attention import padding_mask
from course_lib.decoding import beam_search, generate
from course_lib.normalization import RMSNormalization
from course_lib.sampling import greedy, repetition_penalty, sample
from course_lib.transformers import GPT
from tests.witness import shaken, without, witness

pytestmark = [
    *without(["numeric"], "no gradient goes through the choice of a token", generate, beam_search),
    *without(["keras"], "Keras itself has none; compared with the choice after each full pass", generate),
    *without(["keras"], "Keras itself has none; compared with all texts that there are", beam_search),
]

SEEDS = st.integers(0, 2**32 - 1)
# Each example is many full passes; a first call, or a busy machine, may take longer than Hypothesis' 200 ms.
patient = settings(deadline=None, max_examples=40)
MODERN = {"normalization": RMSNormalization, "activation": "swiglu", "num_key_value_heads": 1, "tied": True}
FORMS = [{}, {"positions": "alibi", "window": 3}, {"positions": "rotary", **MODERN}]


def small_gpt(rng, context=8, **options):
    return shaken(GPT(5, context, 8, 2, 2, rng, **options), rng)


def generate_by_full_passes(model, tokens, length, choose, penalty=1):
    """As ``generate`` says it behaves, without a cache: start is where the model's memory begins."""
    start = 0
    for _ in range(length):
        if tokens.shape[1] - start > model.context:
            start = tokens.shape[1] - model.context // 2
        logits = repetition_penalty(model.forward(tokens[:, start:])[:, -1], tokens, penalty)
        tokens = np.concatenate([tokens, choose(logits)[:, None]], axis=1)
    return tokens


@witness("hypothesis", generate)
@patient
@given(
    st.integers(1, 3),
    st.integers(1, 12),
    st.integers(0, 20),
    st.sampled_from([2, 3, 8]),
    st.booleans(),
    st.sampled_from([1, 1.5]),
    st.sampled_from(FORMS),
    SEEDS,
)
def test_generate_chooses_as_full_passes_do(batch, time, length, context, chance, penalty, form, seed):
    """Also where the prompt or what is written outgrows the context."""
    rng = np.random.default_rng(seed)
    model, tokens = small_gpt(rng, context, **form), rng.integers(0, 5, (batch, time))
    before = tokens.copy()

    def chooser():
        draws = np.random.default_rng(seed)
        return (lambda logits: sample(logits, draws)) if chance else greedy

    written = generate(model, tokens, length, chooser(), penalty=penalty)
    assert written.shape == (batch, time + length)
    assert (written == generate_by_full_passes(model, tokens, length, chooser(), penalty)).all()
    assert (tokens == before).all()


def left_padded(prompts):
    """One batch of prompts and its mask; the padding is a token that also has a meaning."""
    time = max(map(len, prompts))
    real = np.array([[False] * (time - len(prompt)) + [True] * len(prompt) for prompt in prompts])
    return np.array([[3] * (time - len(prompt)) + list(prompt) for prompt in prompts]), real


@patient
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=10), min_size=1, max_size=3),
    st.sampled_from(FORMS),
    SEEDS,
)
def test_each_prompt_of_a_batch_gets_what_it_gets_alone(prompts, form, seed):
    """Prompts of any lengths, until each has outgrown the context, whatever stands where there is only padding."""
    model, (tokens, real) = small_gpt(np.random.default_rng(seed), **form), left_padded(prompts)
    written = generate(model, tokens, 12, mask=real, penalty=1.1)
    texts, totals = beam_search(model, tokens, 4, 3, mask=real[:, None])
    for i, prompt in enumerate(prompts):
        alone = generate(model, np.array([prompt]), 12, penalty=1.1)
        assert (written[i, -12:] == alone[0, -12:]).all()
        text, total = beam_search(model, np.array([prompt]), 4, 3)
        assert (texts[i, :, -4:] == text[0, :, -4:]).all()
        np.testing.assert_allclose(totals[i], total[0], rtol=1e-9)


def test_padding_by_a_token_of_its_own(rng):
    """The usual way: 0 is padding, and ``padding_mask`` finds it."""
    model = small_gpt(rng)
    tokens = np.array([[0, 0, 2, 4], [1, 2, 3, 1]])
    written = generate(model, tokens, 3, mask=padding_mask(tokens))
    assert written[0, 2:].tolist() == generate(model, tokens[:1, 2:], 3)[0].tolist()


def log_probability(model, prompt, new, end):
    """Of new tokens after a prompt, by one full pass; after the end nothing costs anything, but only it may come."""
    logits = log_softmax(model.forward(np.array([[*prompt, *new]]))[0, len(prompt) - 1 : -1])
    total, ended = 0.0, False
    for token, row in zip(new, logits, strict=True):
        total += (0.0 if token == end else -np.inf) if ended else row[token]
        ended |= token == end
    return total


@witness("hypothesis", beam_search)
@patient
@given(
    st.integers(1, 2),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from([None, 0, 4]),
    st.sampled_from(FORMS),
    SEEDS,
)
def test_as_many_beams_as_texts_find_the_likeliest_of_all(batch, time, length, end, form, seed):
    rng = np.random.default_rng(seed)
    model, tokens = small_gpt(rng, **form), rng.integers(0, 5, (batch, time))
    texts, totals = beam_search(model, tokens, length, 5 ** (length - 1), end=end)
    assert texts.shape == (batch, 5 ** (length - 1), time + length)
    for prompt, found, sums in zip(tokens, texts, totals, strict=True):
        every = {new: log_probability(model, prompt, new, end) for new in itertools.product(range(5), repeat=length)}
        best = sorted(every.values(), reverse=True)[: len(sums)]
        np.testing.assert_allclose(sums, best, rtol=1e-9)
        assert (found[:, :time] == prompt).all()
        for text, total in zip(found, sums, strict=True):
            if total > -np.inf:
                np.testing.assert_allclose(every[tuple(text[time:].tolist())], total, rtol=1e-9)


@pytest.mark.parametrize("form", FORMS)
def test_one_beam_is_greedy_and_more_are_never_worse(form, rng):
    model, tokens = small_gpt(rng, **form), rng.integers(0, 5, (3, 4))
    texts, _ = beam_search(model, tokens, 10, 1)
    assert (texts[:, 0] == generate(model, tokens, 10)).all()
    assert (beam_search(model, tokens, 3, 25)[1][:, 0] >= beam_search(model, tokens, 3, 1)[1][:, 0]).all()
    assert (np.diff(beam_search(model, tokens, 3, 7)[1], axis=1) <= 0).all()


def test_a_finished_text_only_repeats_its_end(rng):
    model, end = small_gpt(rng), 2
    texts, totals = beam_search(model, np.array([[1, 0]]), 6, 9, end=end)
    for text in texts[0, :, 2:].tolist():
        if end in text:
            assert set(text[text.index(end) :]) == {end}
    assert np.isfinite(totals).all()
    assert any(end in text for text in texts[0, :, 2:].tolist())


def test_nothing_more_is_asked_for(rng):
    texts, totals = beam_search(small_gpt(rng), np.array([[1, 2]]), 0, 2)
    assert texts.tolist() == [[[1, 2], [1, 2]]]
    assert totals.tolist() == [[0, -np.inf]]


PROMPT = np.array([[1, 2]])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda model: generate(model, np.array([1, 2]), 3), r"\(batch, time\) and not be empty, got \(2,\)"),
        (lambda model: generate(model, np.zeros((1, 0), int), 3), r"\(batch, time\) and not be empty, got \(1, 0\)"),
        (lambda model: generate(model, PROMPT, -1), "length must be a whole number from 0 up, got -1"),
        (lambda model: generate(model, PROMPT, 3, penalty=0), "penalty must be a number above 0, got 0"),
        (lambda model: generate(model, PROMPT, 3, mask=np.ones((1, 2))), "mask must hold True and False, got float64"),
        (
            lambda model: generate(model, PROMPT, 3, mask=np.ones((1, 3), bool)),
            r"mask must have the shape of tokens, \(1, 2\), got \(1, 3\)",
        ),
        (
            lambda model: generate(model, PROMPT, 3, mask=np.array([[True, False]])),
            "mask must be True in the last column: padding stands on the left",
        ),
        (lambda model: beam_search(model, PROMPT, 3, 0), "width must be a whole number from 1 up, got 0"),
        (lambda model: beam_search(model, PROMPT, -1, 2), "length must be a whole number from 0 up, got -1"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(small_gpt(rng))
