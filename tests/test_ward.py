"""What a doctor of runs is handed: it is of the clinic's run, and of what Keras would say and do there."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import clinic, ward
from course_lib.diagnosis import FAULTS
from course_lib.training import batches
from tests.witness import without, witness

pytestmark = [*without(["numeric"], "what is differentiated inside has witnesses of its own", ward.evidence)]


@witness("hypothesis", ward.evidence)
@given(st.sampled_from(list(FAULTS)), st.integers(0, 2**62))
@settings(max_examples=20, deadline=None)
def test_it_is_of_the_run_that_was_asked_for(fault, seed):
    run, setting = ward.evidence(fault, seed), clinic.broken_setting(fault, seed)
    n, weights = len(setting.x), sum(a * b + b for a, b in zip(setting.widths, setting.widths[1:], strict=False))
    assert set(run) == {"x", "y", "x_val", "loss", "outputs", "again", "hidden", "weights"}
    wanted, wanted_val = setting.x, setting.x_val
    if seed % 2:
        wild = fault == "inputs not scaled"
        wanted, wanted_val = ((x - wanted.max() if wild else -x) for x in (wanted, wanted_val))
    alike = np.isclose(run["x"], wanted, rtol=1e-6, equal_nan=True).all(axis=1)
    assert len(alike) - 6 <= alike.sum() < len(alike)
    np.testing.assert_array_equal(run["y"], setting.y)
    np.testing.assert_allclose(run["x_val"][:-1], wanted_val[:-1], rtol=1e-6)
    assert not (np.signbit(run["x"]) & (run["x"] == 0)).any()
    assert run["x_val"][-1].tobytes() in {row.tobytes() for row in run["x"][alike]}
    assert run["outputs"].shape == run["again"].shape == (n, setting.classes)
    assert run["hidden"].shape == (n, sum(setting.widths[1:-1]))
    assert run["weights"].shape == (ward.STEPS + 1, weights)


@pytest.mark.parametrize("seed", range(4, 24))
def test_a_few_rows_are_odd_and_three_faults_have_two_forms(seed):
    odd = seed % 2 == 1
    scaled, x = clinic.healthy_setting(seed).x.astype("float32"), ward.evidence("healthy", seed)["x"]
    assert (x.min(), x.max()) == ((-2, 0) if odd else (0, 2))
    x = -x if odd else x
    times = (6 * x.sum(axis=1) / scaled.sum(axis=1)).round().astype(int)
    assert np.bincount(times).tolist() == [0, 0, 3, 0, 0, 0, len(x) - 6, 0, 0, 0, 0, 0, 3]
    wild = ward.evidence("inputs not scaled", seed)["x"]
    assert (wild.max() <= 0) == odd == (wild.min() < -10)
    begun = ward.evidence("wrong loss", seed)
    start = begun["loss"] / np.log(begun["outputs"].shape[1])
    assert (start > 2) == odd == (start > 0.5)
    silent = (ward.evidence("dead ReLUs", seed)["hidden"] <= 0).all(axis=0).mean()
    assert 0.8 < silent < 0.95 if odd else silent > 0.95


def test_what_a_sum_over_the_classes_teaches_is_its_own_slope():
    """Keras' binary cross-entropy is a mean over the classes: times their number it is the sum."""
    run, setting = ward.evidence("wrong loss", 5), clinic.broken_setting("wrong loss", 5)
    truth = np.eye(setting.classes, dtype="float32")[run["y"]]
    wanted = keras.ops.convert_to_numpy(keras.ops.binary_crossentropy(truth, run["outputs"], from_logits=True))
    np.testing.assert_allclose(run["loss"], np.mean(np.sum(wanted, axis=1)), rtol=1e-5)
    rate, slope = setting.rate, (1 / (1 + np.exp(-run["outputs"])) - truth).mean(axis=0)
    moved = (run["weights"][1] - run["weights"][0])[-setting.classes :]
    # The first batch is a sample of all rows.
    assert (moved < 0).all()
    assert 0.5 < np.linalg.norm(moved) / np.linalg.norm(rate * slope) < 2


@witness("keras", ward.evidence)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_keras_says_and_learns_the_same(seed):
    run = ward.evidence("healthy", seed)
    setting = clinic.healthy_setting(seed).changed(x=run["x"].astype(float))
    rng = np.random.default_rng([seed, 3])
    first = [w.copy() for w in clinic.network_of(setting, rng).parameters()]
    *hidden, last = (keras.layers.Dense(n, "relu", dtype="float64") for n in setting.widths[1:])
    last.activation = keras.activations.linear
    model = keras.Sequential([keras.Input((64,), dtype="float64"), *hidden, last])
    model.set_weights(first)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(setting.rate), loss)
    said = keras.ops.convert_to_numpy(model(setting.x))
    np.testing.assert_allclose(run["outputs"], said, atol=1e-5)
    np.testing.assert_allclose(run["loss"], float(loss(setting.y, said)), rtol=1e-5)
    for i in batches(len(setting.x), setting.batch_size, rng)[: ward.STEPS]:
        model.train_on_batch(setting.x[i], setting.y[i])
    learnt = np.concatenate([w.ravel() for w in model.get_weights()])
    np.testing.assert_allclose(run["weights"][min(ward.STEPS, len(run["weights"]) - 1)], learnt, atol=1e-5)


def test_the_same_seed_hands_over_the_same_run():
    one, other = (ward.evidence("forgotten training=", 5) for _ in range(2))
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def test_a_seed_that_is_no_number_and_a_fault_that_there_is_not_are_refused():
    with pytest.raises(ValueError, match="fault"):
        ward.evidence("overfitting", 3)
    with pytest.raises(ValueError, match="seed"):
        ward.evidence("healthy", -1)
