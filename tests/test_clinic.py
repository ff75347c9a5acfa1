"""The clinic: each fault changes one thing, the same seed gives the same run, and a sound run is Keras' run."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import clinic
from course_lib.diagnosis import FAULTS
from tests.witness import without, witness

OPERATIONS = (
    clinic.Run,
    clinic.Setting,
    clinic.healthy_setting,
    clinic.broken_setting,
    clinic.run,
    clinic.unknown_run,
    clinic.trained,
    clinic.network_of,
    clinic.loss_of,
)
pytestmark = [
    *without(["numeric"], "what is differentiated inside has witnesses of its own", *OPERATIONS),
    *without(["keras"], "Keras breaks no runs on purpose", clinic.Run, clinic.Setting, clinic.healthy_setting),
    *without(["keras"], "Keras breaks no runs on purpose", clinic.broken_setting, clinic.run, clinic.unknown_run),
]
faults, seeds = st.sampled_from(list(FAULTS)), st.integers(0, 10_000)


@witness("hypothesis", clinic.Setting, clinic.healthy_setting, clinic.broken_setting)
@given(faults, seeds)
@settings(max_examples=40, deadline=None)
def test_a_fault_changes_what_it_is_named_for_and_leaves_the_rest(fault, seed):
    sound, broken = clinic.healthy_setting(seed), clinic.broken_setting(fault, seed)
    changed = {
        name
        for name, a, b in zip(clinic.Setting._fields, sound, broken, strict=True)
        if not (np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b)
    }
    data = {"x", "y", "x_val", "y_val"}
    may = {
        "healthy": set(),
        "rate too low": {"rate"},
        "rate too high": {"rate"},
        "wrong loss": {"loss"},
        "softmax twice": {"softmax"},
        "labels shuffled": {"y", "y_val"},
        "inputs not scaled": {"x", "x_val"},
        "dead ReLUs": {"bias"},
        "leakage": {"x", "y"},
        "class imbalance": data,
        "not a number": {"x", "x_val"},
        "forgotten training=": {"dropout", "always_training"},
    }[fault]
    assert changed == may
    assert len(broken.x) == len(broken.y)
    assert len(broken.x_val) == len(broken.y_val)
    assert set(np.unique(sound.y)) == set(range(sound.classes))


@witness("hypothesis", clinic.Run, clinic.run, clinic.unknown_run, clinic.trained, clinic.network_of, clinic.loss_of)
@given(faults, seeds)
@settings(max_examples=12, deadline=None)
def test_the_same_seed_is_the_same_run(fault, seed):
    once, again = clinic.run(fault, seed, epochs=2), clinic.run(fault, seed, epochs=2)
    assert once.fault == fault
    assert once.numbers.keys() == again.numbers.keys()
    np.testing.assert_array_equal(list(once.numbers.values()), list(again.numbers.values()))
    for name in clinic.CURVES:
        assert once.curves[name].shape == (2,)
        np.testing.assert_array_equal(once.curves[name], again.curves[name])
    unknown = clinic.unknown_run(seed, epochs=1)
    np.testing.assert_array_equal(unknown.curves["loss"], clinic.run(unknown.fault, seed, epochs=1).curves["loss"])


@witness("keras", clinic.trained, clinic.network_of, clinic.loss_of)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_sound_run_is_what_keras_makes_of_it(seed):
    """The same weights and the same order of batches: the same loss of the first epoch."""
    setting = clinic.healthy_setting(seed)
    rng = np.random.default_rng([setting.seed, 3])
    ours = clinic.network_of(setting, rng)
    layers = [keras.layers.Dense(units, activation="relu", dtype="float64") for units in setting.widths[1:-1]]
    last = keras.layers.Dense(setting.classes, dtype="float64")
    twin = keras.Sequential([keras.Input((64,), dtype="float64"), *layers, last])
    twin.set_weights(ours.parameters())
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    twin.compile(keras.optimizers.SGD(setting.rate), loss)
    losses = []
    for i in clinic.batches(len(setting.x), setting.batch_size, rng):
        losses.append(len(i) * float(twin.train_on_batch(setting.x[i], setting.y[i])))
    run = clinic.trained(setting, epochs=1)
    np.testing.assert_allclose(run.curves["loss"][0], sum(losses) / len(setting.x), rtol=1e-5)
    z = keras.ops.convert_to_numpy(twin(setting.x_val))
    assert run.curves["val_accuracy"][0] == pytest.approx(np.mean(z.argmax(axis=1) == setting.y_val), abs=0.02)


def test_wrong_loss_and_softmax_have_their_own_gradients():
    """Brute force, for what no layer of the course has: a softmax in front of a loss that takes logits."""
    for fault in ("softmax twice", "wrong loss"):
        setting = clinic.broken_setting(fault, 3)
        network, (f, f_grad) = clinic.network_of(setting, np.random.default_rng(0)), clinic.loss_of(setting)
        x, y = setting.x[:5], setting.y[:5]
        network.backward(f_grad(y, network.forward(x)))
        kernel, gradient = network.parameters()[0], network.gradients()[0]
        index = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
        kernel[index] += 1e-6
        above = f(y, network.forward(x))
        kernel[index] -= 2e-6
        below = f(y, network.forward(x))
        assert (above - below) / 2e-6 == pytest.approx(gradient[index], rel=1e-4)


@pytest.mark.parametrize(
    ("call", "wish"),
    [
        (lambda: clinic.run("a cold", 0), "fault must be one of healthy"),
        (lambda: clinic.healthy_setting(-1), "seed must be"),
        (lambda: clinic.run("healthy", 0, epochs=0), "epochs must be"),
    ],
)
def test_what_cannot_be_is_refused(call, wish):
    with pytest.raises(ValueError, match=wish):
        call()
