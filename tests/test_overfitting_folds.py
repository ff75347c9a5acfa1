"""Folds with every class's share, beside scikit-learn's; and noise layers at the edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.overfitting import Dropout, GaussianNoise, SpatialDropout1D, SpatialDropout2D, k_fold, stratified_k_fold
from tests.witness import without, witness

pytestmark = [
    *without(["numeric"], "it chooses examples; there is nothing to differentiate", stratified_k_fold),
    *without(["keras"], "Keras has no folds; scikit-learn's StratifiedKFold stands in", stratified_k_fold),
]


@witness("hypothesis", stratified_k_fold)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.data(), st.integers(0, 2**32 - 1))
def test_every_fold_has_every_class_s_share(y, data, seed):
    """To one example, up or down, of each class and of all; each example validates once."""
    y, k = np.array(y), data.draw(st.integers(2, len(y)))
    folds = stratified_k_fold(y, k, np.random.default_rng(seed))
    assert len(folds) == k
    assert sorted(np.concatenate([validation for _, validation in folds]).tolist()) == list(range(len(y)))
    for training, validation in folds:
        assert sorted([*training, *validation]) == list(range(len(y)))
        assert len(y) // k <= len(validation) <= -(-len(y) // k)
        for c in set(y.tolist()):
            n = (y == c).sum()
            assert n // k <= (y[validation] == c).sum() <= -(-n // k)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_shares_are_scikit_learns(k, rng):
    """Where k divides every class, nothing is left to chance but who is where."""
    from sklearn.model_selection import StratifiedKFold

    y = rng.permutation(np.repeat(["cat", "dog", "ant"], [30, 60, 30]))
    theirs = StratifiedKFold(k, shuffle=True, random_state=0).split(y, y)
    for (_, ours), (_, their) in zip(stratified_k_fold(y, k, rng), theirs, strict=True):
        assert sorted(y[ours].tolist()) == sorted(y[their].tolist())


def test_folds_are_shuffled_by_the_generator():
    y = np.repeat([0, 1], 25)
    folds = [stratified_k_fold(y, 5, np.random.default_rng(seed))[0][1].tolist() for seed in (1, 1, 2)]
    assert folds[0] == folds[1] != folds[2]
    assert folds[0] != sorted(folds[0])


@pytest.mark.parametrize("folds", [lambda k, r: stratified_k_fold(np.zeros(5), k, r), lambda k, r: k_fold(5, k, r)])
@pytest.mark.parametrize(
    ("k", "sentence"),
    [
        (1, "k must be a number from 2 to 5, the number of examples, got 1"),
        (6, "from 2 to 5, the number of examples, got 6"),
        (2.5, "k must be a whole number from 1 up, got 2.5"),
    ],
)
def test_too_few_or_too_many_folds_get_a_sentence(folds, k, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        folds(k, rng)


def test_classes_are_one_axis(rng):
    with pytest.raises(ValueError, match=r"y must have the shape \(n,\), got \(4, 2\)"):
        stratified_k_fold(np.ones((4, 2)), 2, rng)


NOISY = [
    (lambda rng: Dropout(0.5, rng), (40, 6)),
    (lambda rng: SpatialDropout1D(0.5, rng), (8, 5, 6)),
    (lambda rng: SpatialDropout2D(0.5, rng), (8, 2, 2, 6)),
    (lambda rng: GaussianNoise(0.5, rng), (5, 6)),
]


@pytest.mark.parametrize(("layer", "shape"), NOISY)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("dtype", [np.uint8, np.int8, bool, np.float32])
def test_numbers_of_every_kind(layer, shape, training, dtype):
    x = (np.arange(np.prod(shape)).reshape(shape) % 100).astype(dtype)
    ours, wanted = (layer(np.random.default_rng(0)).forward(kind, training) for kind in (x, x.astype(float)))
    np.testing.assert_allclose(ours, wanted, rtol=1e-6, atol=1e-5)
    assert np.issubdtype(ours.dtype, np.floating)


@pytest.mark.parametrize(("layer", "shape"), NOISY[:3])
def test_infinity_that_falls_out_is_0_as_in_keras(layer, shape, rng, keras):
    """0 · ∞ would be no number, and one such entry spoils all that it is added to."""
    ours = layer(rng)
    y = ours.forward(np.full(shape, np.inf), training=True)
    assert set(np.unique(y).tolist()) == {0, np.inf}
    assert set(np.unique(ours.backward(np.full(shape, -np.inf))).tolist()) == {-np.inf, 0}
    their = getattr(keras.layers, type(ours).__name__)(0.5)(np.full(shape, np.inf), training=True)
    assert set(np.unique(their).tolist()) == {0, np.inf}
