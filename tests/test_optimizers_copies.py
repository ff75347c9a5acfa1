"""Copies of an optimizer go on where it stood; gradients of every kind of number; no array twice."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.layers import Activation, Dense, Sequential
from course_lib.optimizers import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Momentum,
    RMSprop,
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
)
from course_lib.schedules import CosineDecay, LinearWarmup
from course_lib.training import fit

OPTIMIZERS = [
    lambda: SGD(0.1),
    lambda: Momentum(0.1, nesterov=True, clipnorm=1.0),
    lambda: Adagrad(0.1, clipvalue=0.5),
    lambda: RMSprop(LinearWarmup(3, CosineDecay(0.1, 20))),
    lambda: Adam(0.1, global_clipnorm=0.5),
    lambda: AdamW(CosineDecay(0.1, 20)),
]
COPIES = [copy.deepcopy, lambda optimizer: pickle.loads(pickle.dumps(optimizer))]


@pytest.mark.parametrize("copied", COPIES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@given(before=st.integers(0, 4), after=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
def test_a_copy_goes_on_as_the_first_would(optimizer, copied, before, after, seed):
    """Bit for bit, with weights of its own or those of the first; and neither disturbs the other."""
    rng, first = np.random.default_rng(seed), optimizer()
    w = [rng.standard_normal((2, 3)), rng.standard_normal(3)]
    grads = [[rng.standard_normal(p.shape) for p in w] for _ in range(before + after)]
    for g in grads[:before]:
        first.step(w, g)
    second, own = copied(first), [p.copy() for p in w]
    for g in grads[before:]:
        second.step(own, g)
    for g in grads[before:]:
        first.step(w, g)
    assert first.iterations == second.iterations
    assert all((a == b).all() for a, b in zip(w, own, strict=True))


@pytest.mark.parametrize("copied", COPIES)
def test_training_that_was_saved_resumes_identically(copied, rng):
    """Network and optimizer together: two epochs and two more are four."""
    x, y = rng.standard_normal((8, 3)), rng.standard_normal((8, 1))
    network, adam = Sequential(Dense(3, 4, rng), Activation("tanh"), Dense(4, 1, rng)), Adam(0.1)
    fit(network, x, y, "mean_squared_error", adam, 2, 4, None)
    saved = copied((network, adam))
    for net, optimizer in (saved, (network, adam)):
        fit(net, x, y, "mean_squared_error", optimizer, 2, 4, None)
    for ours, theirs in zip(network.get_weights(), saved[0].get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("copied", COPIES)
@pytest.mark.parametrize("shapes", [[(3,)], [(2, 3), (3,), (1,)], [(3,), (2, 3)]])
def test_a_copy_takes_no_other_shapes(copied, shapes):
    """The memory of one array would be stretched over another."""
    first = Adam()
    first.step([np.ones((2, 3)), np.ones(3)], [np.ones((2, 3)), np.ones(3)])
    arrays = [np.ones(shape) for shape in shapes]
    with pytest.raises(ValueError, match=r"params must have the shapes of the first step, \[\(2, 3\), \(3,\)\]"):
        copied(first).step(arrays, arrays)


def test_an_array_has_one_place():
    w = np.ones(2)
    with pytest.raises(ValueError, match="params must hold each array once"):
        SGD().step([w, w], [w, w])


KINDS = [np.uint8, np.int8, np.uint32, np.int64, bool, np.float16, np.float32]


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_gradients_of_every_kind_of_number(optimizer, dtype):
    """The square of 16 is 0 in uint8, and that of 300 infinite in 16 bits."""
    g = np.array([0, 1, 16, 100, 300]).astype(dtype)
    ours, wanted = np.ones(5), np.ones(5)
    for w, kind in ((ours, g), (wanted, g.astype(float))):
        one = optimizer()
        for _ in range(3):
            one.step([w], [kind])
    np.testing.assert_array_equal(ours, wanted)


@pytest.mark.parametrize("dtype", KINDS[:5])
@pytest.mark.parametrize("clip", [clip_by_value, clip_by_norm, clip_by_global_norm])
def test_clipping_makes_whole_numbers_float(clip, dtype):
    g = [np.array([0, 1, 100]).astype(dtype), np.array([[120]]).astype(dtype)]
    for limit in (7, 0.5, 1000):
        for ours, wanted in zip(clip(g, limit), clip([a.astype(float) for a in g], limit), strict=True):
            np.testing.assert_array_equal(ours, wanted)
            assert ours.dtype == float
