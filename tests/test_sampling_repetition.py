"""A penalty for what was said; and logits that are whole numbers or narrow floats, for every way to choose."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from course_lib.sampling import greedy, perplexity, repetition_penalty, sample, temperature, top_k, top_p
from tests.witness import without, witness

pytestmark = [
    *without(["numeric"], "no gradient goes through the choice of a token", repetition_penalty),
    *without(["keras"], "Keras has none; compared with its paper's definition, token by token", repetition_penalty),
]

# A first call, or a busy machine, may take longer than Hypothesis' 200 ms.
patient = settings(deadline=None)
# Few different numbers, so that ties are common; some large, some ruled out.
LOGITS = arrays(
    float,
    array_shapes(max_dims=3, max_side=5),
    elements=st.sampled_from([0.0, -0.0, 1.0, 1.5, -2.0, 1e3, -1e4, -np.inf]),
).filter(lambda logits: (logits.max(axis=-1) > -np.inf).all())
SEEDS = st.integers(0, 2**32 - 1)


@witness("hypothesis", repetition_penalty)
@patient
@given(LOGITS, st.integers(0, 4), st.sampled_from([0.5, 1.0, 1.3]), st.booleans(), SEEDS)
def test_repetition_penalty_token_by_token(logits, time, penalty, masked, seed):
    """Keskar et al., 2019, section 4.1; below 0, as the library "transformers" has it, the other way round."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(0, logits.shape[-1], (*logits.shape[:-1], time))
    mask = rng.random(tokens.shape) < 0.5 if masked else None
    result = repetition_penalty(logits, tokens, penalty, mask)
    for i in np.ndindex(*logits.shape[:-1]):
        said = {int(t) for k, t in enumerate(tokens[i]) if mask is None or mask[i][k]}
        for token, logit in enumerate(logits[i]):
            wanted = (logit / penalty if logit > 0 else logit * penalty) if token in said else logit
            assert result[i][token] == wanted
    assert (repetition_penalty(logits, tokens, 1) == logits).all()


@pytest.mark.parametrize("kind", ["uint8", "int8", "float16", "float32"])
def test_whole_numbers_and_narrow_floats(kind):
    logits = np.array([[0, 3, 1], [2, 2, 0]], kind)
    wide = logits.astype(float)
    assert (greedy(logits) == greedy(wide)).all()
    assert (sample(logits, np.random.default_rng(0)) == sample(wide, np.random.default_rng(0))).all()
    tokens = np.array([[1], [0]], np.uint8)
    for way in (lambda z: top_k(z, 2), lambda z: top_p(z, 0.5), lambda z: repetition_penalty(z, tokens, 2)):
        np.testing.assert_array_equal(way(logits), way(wide))
    np.testing.assert_allclose(temperature(logits, 2), wide / 2)
    np.testing.assert_allclose(perplexity([0, 1], logits), perplexity([0, 1], wide))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: repetition_penalty(np.zeros(3), [0], 0), "penalty must be a number above 0, got 0"),
        (lambda: repetition_penalty(np.zeros(3), [3], 2), "tokens must hold whole numbers from 0 to 2, got 3"),
        (lambda: repetition_penalty(np.zeros((2, 3)), [0], 2), r"tokens must have the shape \(2, time\), got \(1,\)"),
        (
            lambda: repetition_penalty(np.zeros(3), [0], 2, np.ones(2, bool)),
            r"mask must have the shape of tokens, \(1,\), got \(2,\)",
        ),
        (lambda: top_p(np.zeros(3), 0), "p must be a number above 0, got 0"),
        (lambda: top_p(np.zeros(3), 1.5), "p must be a number from 0 to 1, got 1.5"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()
