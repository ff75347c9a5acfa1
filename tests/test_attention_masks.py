"""The masks of attention: which keys a query sees."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.attention import causal_mask, padding_mask
from tests.witness import without, witness

pytestmark = without(["numeric"], "it holds True and False, which have no slope", causal_mask, padding_mask)

SEEDS = st.integers(0, 2**32 - 1)
# A first call, or a busy machine, may take longer than Hypothesis' 200 ms.
patient = settings(deadline=None)


@witness("keras", causal_mask)
def test_causal_mask_is_where_keras_has_weights(keras):
    x = np.ones((1, 5, 4))
    _, weights = keras.layers.MultiHeadAttention(1, 4)(x, x, use_causal_mask=True, return_attention_scores=True)
    assert (causal_mask(5) == (np.array(weights)[0, 0] > 0)).all()


@witness("keras", padding_mask)
def test_padding_mask_is_the_mask_of_keras_embedding(keras):
    tokens = np.array([[4, 2, 0], [0, 3, 1]])
    theirs = keras.layers.Embedding(5, 2, mask_zero=True).compute_mask(tokens)
    assert (padding_mask(tokens)[:, 0] == np.array(theirs)).all()


@witness("hypothesis", causal_mask)
@patient
@given(st.integers(0, 9), st.data())
def test_causal_mask_entry_by_entry(length, data):
    start = data.draw(st.integers(0, length))
    expected = [[key <= query for key in range(length)] for query in range(start, length)]
    assert causal_mask(length, start).tolist() == expected


@witness("hypothesis", padding_mask)
@patient
@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 2), SEEDS)
def test_padding_mask_entry_by_entry(batch, keys, padding, seed):
    tokens = np.random.default_rng(seed).integers(0, 3, (batch, keys))
    assert padding_mask(tokens, padding).tolist() == [[[bool(t != padding) for t in row]] for row in tokens]
    assert (padding_mask(tokens, padding) & causal_mask(keys)).shape == (batch, keys, keys)
