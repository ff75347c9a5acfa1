"""The doctor: numbers counted by hand, faults named by them, and what curves alone can say."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import clinic, diagnosis
from tests.witness import without, witness

SAYS = diagnosis.of_data, diagnosis.diagnose, diagnosis.suspects
pytestmark = [
    *without(["numeric"], "it counts and compares; no gradient passes it", *SAYS, diagnosis.update_to_weight_ratio),
    *without(["keras"], "Keras has nothing that says so", *SAYS),
]
PLAIN = {"loss": 2 * 0.8 ** np.arange(20), "val_loss": 2 * 0.81 ** np.arange(20)}
PLAIN |= {"accuracy": 1 - 0.8 * 0.7 ** np.arange(20), "val_accuracy": 1 - 0.8 * 0.71 ** np.arange(20)}


@pytest.fixture(scope="module")
def patients():
    """Seeds on which no limit was chosen, nor the study made."""
    return [clinic.run(fault, seed) for fault in diagnosis.FAULTS for seed in (300, 301)]


def test_measuring_names_every_fault(patients):
    assert [diagnosis.diagnose(patient.numbers)[0] for patient in patients] == [patient.fault for patient in patients]


def test_curves_name_most_of_them_and_not_all(patients):
    said = [diagnosis.suspects(patient.curves, patient.numbers["classes"])[0][0] for patient in patients]
    assert 0.6 < np.mean([name == patient.fault for name, patient in zip(said, patients, strict=True)]) < 1


@witness("hypothesis", diagnosis.of_data)
@given(st.integers(2, 30), st.integers(1, 5), st.integers(0, 100))
@settings(deadline=None)
def test_data_are_counted_as_by_hand(n, features, seed):
    rng = np.random.default_rng(seed)
    x, y, x_val = rng.normal(size=(n, features)), rng.integers(0, 3, n), rng.normal(size=(4, features))
    x_val[0] = x[-1]
    found = diagnosis.of_data(x, y, x_val)
    nearest = [min((j for j in range(n) if j != i), key=lambda j: np.sum((x[i] - x[j]) ** 2)) for i in range(n)]
    assert found["neighbours"] == pytest.approx(np.mean(y[nearest] == y))
    assert found["shared"] == 1 / 4
    assert found["largest"] == np.abs(x).max()
    assert found["commonest"] == max(np.sum(y == k) for k in range(3)) / n
    x[0] = np.nan
    assert diagnosis.of_data(x, y, x_val)["not_finite"] == pytest.approx(1 / n)


@witness("hypothesis", diagnosis.update_to_weight_ratio)
@given(st.integers(1, 5), st.floats(1e-6, 10))
def test_the_ratio_is_that_of_the_lengths(n, change):
    before = [np.ones((n, 2)), np.ones(n)]
    assert diagnosis.update_to_weight_ratio(before, [w * (1 + change) for w in before]) == pytest.approx(change)


@witness("keras", diagnosis.update_to_weight_ratio)
def test_the_ratio_of_a_step_of_keras():
    """Plain gradient descent with a gradient of 1 everywhere changes each weight by the rate."""
    layer = keras.layers.Dense(2, kernel_initializer="ones", use_bias=False)
    layer.build((None, 3))
    before = [w.copy() for w in layer.get_weights()]
    keras.optimizers.SGD(0.01).apply([keras.ops.ones((3, 2))], layer.trainable_variables)
    assert diagnosis.update_to_weight_ratio(before, layer.get_weights()) == pytest.approx(0.01, rel=1e-4)


@witness("hypothesis", diagnosis.diagnose)
@given(st.floats(0.061, 1e9), st.floats(10.1, 1e6))
def test_causes_come_before_effects(ratio, largest):
    numbers = clinic_numbers() | {"ratio": ratio, "dead_first": 0.0}
    assert diagnosis.diagnose(numbers)[0] == "rate too high"
    assert diagnosis.diagnose(numbers | {"largest": largest})[0] == "inputs not scaled"


def clinic_numbers():
    """Those of a healthy run."""
    return {
        "classes": 10,
        "not_finite": 0.0,
        "largest": 1.0,
        "neighbours": 0.95,
        "commonest": 0.1,
        "shared": 0.0,
        "twice": 0.0,
        "off_one": 0.7,
        "first_loss": 2.4,
        "dead_first": 0.02,
        "dead": 0.05,
        "ratio": 0.004,
    }


def test_a_healthy_run_is_told_why():
    fault, reason = diagnosis.diagnose(clinic_numbers())
    assert fault == "healthy"
    assert "0.004" in reason


@witness("hypothesis", diagnosis.suspects)
@given(st.integers(2, 100), st.integers(0, 1000), st.integers(1, 30))
def test_any_curves_have_a_suspect(classes, seed, epochs):
    rng = np.random.default_rng(seed)
    curves = {name: rng.random(epochs) * (1 if "acc" in name else 5) for name in clinic.CURVES}
    found = diagnosis.suspects(curves, classes)
    assert found
    assert all(fault in diagnosis.FAULTS and reason for fault, reason in found)


def test_what_curves_show_and_what_they_cannot():
    assert [fault for fault, _ in diagnosis.suspects(PLAIN, 10)] == ["healthy", "leakage"]
    nothing = PLAIN | {"loss": np.full(20, np.nan)}
    assert diagnosis.suspects(nothing, 10)[0][0] == "not a number"
    better = PLAIN | {"val_loss": PLAIN["loss"] / 2}
    assert diagnosis.suspects(better, 10)[0][0] == "leakage"
