"""Which weights go and which stay: weight by weight, and on a network that hardly misses them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import pruning as p
from tests.witness import without, witness

OPERATIONS = p.magnitude_masks, p.unit_mask, p.apply_masks, p.sparsity_at, p.sparsity
pytestmark = [
    *without(["numeric"], "a mask has no slope", *OPERATIONS),
    *without(["keras"], "Keras has none; the papers' rule, applied weight by weight, stands in", *OPERATIONS),
]
SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3), min_size=1, max_size=3)


@witness("hypothesis", p.magnitude_masks, p.apply_masks, p.sparsity)
@given(SHAPES, st.floats(0, 1), SEEDS)
def test_the_smallest_go_wherever_they_stand(shapes, share, seed):
    rng = np.random.default_rng(seed)
    weights = [rng.standard_normal(shape) for shape in shapes]
    before = [w.copy() for w in weights]
    masks = p.magnitude_masks(weights, share)
    gone, kept = (
        [abs(v) for w, m in zip(weights, masks, strict=True) for v in w[m == stays]] for stays in (False, True)
    )
    assert len(gone) == round(share * (len(gone) + len(kept)))
    assert max(gone, default=0) <= min(kept, default=np.inf)
    assert [m.shape for m in masks] == [w.shape for w in weights]
    p.apply_masks(weights, masks)
    for w, old, m in zip(weights, before, masks, strict=True):
        assert w.tolist() == np.where(m, old, 0).tolist()
    assert p.sparsity(weights) == pytest.approx(len(gone) / (len(gone) + len(kept)))


def test_of_equal_ones_the_later_stay():
    (mask,) = p.magnitude_masks([np.array([2.0, -1, 1, -1, 3])], 0.4)
    assert mask.tolist() == [True, False, False, True, True]


@witness("hypothesis", p.unit_mask)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 6), st.sampled_from([0.0, 0.25, 0.5, 1.0]), SEEDS)
def test_whole_units_go(height, inputs, units, share, seed):
    kernel = np.random.default_rng(seed).standard_normal((height, inputs, units))
    mask = p.unit_mask(kernel, share)
    sums = [sum(abs(v) for v in kernel[..., u].ravel()) for u in range(units)]
    gone = sorted(range(units), key=sums.__getitem__)[: round(share * units)]
    assert [u for u in range(units) if not mask[u]] == sorted(gone)


@witness("hypothesis", p.sparsity_at)
@given(st.integers(0, 10), st.integers(1, 10), st.integers(-5, 30), st.floats(0, 1), st.floats(0, 1))
def test_sparsity_rises_as_the_paper_says(begin, length, step, final, initial):
    got = p.sparsity_at(step, begin, begin + length, final, initial)
    if step <= begin:
        assert got == pytest.approx(initial)
    elif step >= begin + length:
        assert got == pytest.approx(final)
    else:
        assert got == pytest.approx(final + (initial - final) * (1 - (step - begin) / length) ** 3)


def test_most_of_it_goes_early():
    """After half the steps, seven eighths of the way."""
    assert p.sparsity_at(50, 0, 100, 0.8) == pytest.approx(0.7)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_small_whole_numbers_count_as_real_ones(dtype):
    """|-128| is 128, which int8 does not hold."""
    w = np.array([[100, 3], [7, np.iinfo(dtype).min]]).astype(dtype)
    assert p.magnitude_masks([w], 0.5)[0].tolist() == p.magnitude_masks([w.astype(float)], 0.5)[0].tolist()
    assert p.unit_mask(np.tile(w, (5, 1)), 0.5).tolist() == p.unit_mask(np.tile(w.astype(float), (5, 1)), 0.5).tolist()


W = np.ones((2, 3))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: p.magnitude_masks([W], 1.5), "sparsity must be a number from 0 to 1, got 1.5"),
        (lambda: p.magnitude_masks([], 0.5), "the number of arrays must be a whole number from 1 up, got 0"),
        (lambda: p.magnitude_masks([W[:0]], 0.5), "weights must hold at least one number"),
        (lambda: p.magnitude_masks([W * np.nan], 0.5), "weights must hold finite numbers, got nan"),
        (lambda: p.unit_mask(W[0], 0.5), r"kernel must have the shape \(..., inputs, units\)"),
        (lambda: p.apply_masks([W], [W[:1] > 0]), r"mask must have the shape of its weights, \(2, 3\), got \(1, 3\)"),
        (lambda: p.apply_masks([W], [W]), "mask must hold True and False, got float64"),
        (lambda: p.sparsity_at(1, 5, 5, 0.5), "end must be a whole number from 6 up, got 5"),
        (lambda: p.sparsity_at(1, 0, 5, 1.5), "final must be a number from 0 to 1, got 1.5"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()
