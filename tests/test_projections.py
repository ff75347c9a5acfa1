"""A dense layer whose numbers lie along several axes is a dense layer, its columns cut into heads."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.projections import EinsumDense
from tests.witness import shaken, witness

SEEDS = st.integers(0, 2**32 - 1)
# A first call, or a busy machine, may take longer than Hypothesis' 200 ms.
patient = settings(deadline=None)


@witness("hypothesis", EinsumDense)
@patient
@given(st.integers(1, 3), st.integers(1, 4), st.tuples(*[st.integers(1, 4)] * 3), st.sampled_from([0, 1, 1e3]), SEEDS)
def test_einsum_dense_is_a_dense_layer_cut_into_heads(batch, time, sizes, scale, seed):
    rng = np.random.default_rng(seed)
    layer = shaken(EinsumDense("btd,dhe->bthe", sizes, rng), rng)
    x = scale * rng.standard_normal((batch, time, sizes[0]))
    y, kernel = layer.forward(x), layer.params["kernel"].reshape(sizes[0], -1)
    np.testing.assert_allclose(y.reshape(batch, time, -1), x @ kernel + layer.params["bias"].ravel(), atol=1e-9)
    dy = rng.standard_normal(y.shape)
    flat = dy.reshape(batch * time, -1)
    np.testing.assert_allclose(layer.backward(dy), (flat @ kernel.T).reshape(x.shape), atol=1e-9)
    rows = x.reshape(batch * time, -1)
    np.testing.assert_allclose(layer.grads["kernel"].reshape(sizes[0], -1), rows.T @ flat, atol=1e-9)
    np.testing.assert_allclose(layer.grads["bias"].ravel(), flat.sum(axis=0), atol=1e-9)


def test_bytes_count_as_real_numbers_and_no_bias_is_none(rng):
    layer = EinsumDense("btd,dhe->bthe", (3, 2, 4), rng, use_bias=False)
    x = rng.integers(0, 256, (2, 5, 3)).astype(np.uint8)
    np.testing.assert_allclose(layer.forward(x), np.einsum("btd,dhe->bthe", x / 1, layer.params["kernel"]))
    assert list(layer.params) == ["kernel"]


def test_only_the_gradient_of_what_came_out_is_taken(rng):
    layer = EinsumDense("btd,dhe->bthe", (3, 2, 4), rng)
    layer.forward(np.ones((2, 5, 3)))
    for wrong in ((2, 5, 2, 1), (2, 5, 8), (4,)):
        with pytest.raises(ValueError, match="dy must have the shape of what forward returned"):
            layer.backward(np.ones(wrong))
