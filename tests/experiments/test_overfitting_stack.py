"""Many networks trained at once: each as Keras would train it alone, and each cure does what it says."""

import numpy as np
import pytest

from course_lib.activations import softmax
from course_lib.experiments import overfitting as experiments
from course_lib.experiments import overfitting_stack as stack
from course_lib.experiments import overfitting_study as study
from course_lib.experiments.overfitting_stack import Cure

PLAIN = Cure()


@pytest.mark.parametrize(
    "cure",
    [PLAIN, Cure(l1=1e-3, l2=2e-3), Cure(decay=0.5), Cure(smoothing=0.2), Cure(batch_norm=True), Cure(width=16)],
    ids=["plain", "penalties", "decay", "smoothing", "batch norm", "width"],
)
def test_it_is_what_keras_computes(cure):
    assert experiments.apart_from_keras(cure, steps=10) < 1e-5


@pytest.mark.parametrize("cure", [PLAIN, Cure(batch_norm=True, width=7)])
def test_gradients_are_slopes(cure):
    rng = np.random.default_rng(0)
    net = stack.Stack(2, cure, rng)
    net.params = [w.astype(float) for w in net.params]
    x, targets = rng.random((2, 5, 64)), np.eye(10)[rng.integers(0, 10, (2, 5))]

    def loss():
        return -np.sum(targets * np.log(softmax(net.logits(x, training=True)))) / 5

    found = net.gradients(x, targets)
    for place, w in enumerate(net.params):
        at = tuple(rng.integers(0, n) for n in w.shape)
        w[at] += 1e-5
        above = loss()
        w[at] -= 2e-5
        assert (above - loss()) / 2e-5 == pytest.approx(found[place][at], abs=1e-6)
        w[at] += 1e-5


def test_dropout_silences_in_training_only_and_keeps_the_mean():
    net = stack.Stack(1, Cure(dropout=0.75), np.random.default_rng(0))
    x = np.random.default_rng(1).random((1, 2000, 64)).astype("f4")
    before = net.logits(x) is not None and net.inputs[1].copy()
    net.logits(x, training=True)
    fell = (net.inputs[1] == 0) & (before > 0)
    assert fell.sum() / (before > 0).sum() == pytest.approx(0.75, abs=0.01)
    stayed = net.inputs[1] > 0
    np.testing.assert_allclose(net.inputs[1][stayed], 4 * before[stayed], rtol=1e-5)


def test_what_is_held_out_is_not_learnt_from():
    x, y = study.draws(range(2), 40)
    other = x.copy()
    other[:, 30:] = 0.5
    plain = stack.train(x[:, :30], y[:, :30], steps=1, seed=3)
    for some in (x, other):
        held = stack.train(some, y, Cure(held_out=0.25), steps=1, seed=3)
        np.testing.assert_array_equal(held.params[0], plain.params[0])


def test_the_best_weights_are_put_back():
    x, y = study.draws(range(3), 100, wrong=0.5)
    cure = Cure(held_out=0.4)
    least = [stack.train(x, y, cure, 0.01, steps).loss(x[:, 60:], y[:, 60:]) for steps in (3, 30, 90)]
    assert (np.diff(least, axis=0) <= 1e-6).all()
    plain = stack.train(x[:, :60], y[:, :60], PLAIN, 0.01, 90).loss(x[:, 60:], y[:, 60:])
    assert (least[-1] < plain - 0.5).all()


@pytest.mark.parametrize(
    "cure", [Cure(shift=1), Cure(degrees=20), Cure(noise=0.3), Cure(cutout=3), Cure(mixup=1), Cure(cutmix=1)]
)
def test_what_changes_pictures_changes_them_and_keeps_sums_of_labels(cure):
    x, y = study.draws(range(2), 20)
    targets = np.eye(10)[y]
    new, labels = stack.changed(x, targets, cure, np.random.default_rng(0))
    assert new.shape == x.shape
    assert (new.dtype, labels.dtype) == ("f4", "f4")
    assert not np.allclose(new, x)
    np.testing.assert_allclose(labels.sum(axis=-1), 1, rtol=1e-6)
    assert np.array_equal(labels, targets) == (not (cure.mixup or cure.cutmix))
    # Nothing of another network's batch: mixed rows are mixtures of their own.
    assert set(np.flatnonzero(labels[0].sum(axis=0))) <= set(y[0])


def test_several_that_answer_together_are_groups():
    x, y = study.draws(range(2), 20)
    together = stack.train(x, y, Cure(networks=3), steps=5)
    x_val, y_val = study.data()[2:4]
    p = together.probabilities(x_val).reshape(2, 3, len(x_val), 10).mean(axis=1)
    wanted = (p.argmax(axis=-1) == y_val).mean(axis=-1)
    np.testing.assert_array_equal(stack.accuracy(together, x_val, y_val), wanted)
