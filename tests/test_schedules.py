"""Every schedule, step by step beside its Keras twin and beside its curve in plain Python."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.optimizers import SGD
from course_lib.schedules import CosineDecay, ExponentialDecay, LinearWarmup, PiecewiseConstantDecay
from tests.witness import without, witness

pytestmark = without(
    ["numeric"],
    "it has no gradient: nothing is learned about a learning rate",
    PiecewiseConstantDecay,
    ExponentialDecay,
    CosineDecay,
    LinearWarmup,
)

# From a float of Python's, Keras would compute in float32. The other constants are exact in float32 too.
HALF = np.float64(0.5)

# What is witnessed, ours, and its twin among keras.optimizers.schedules.
CASES = [
    (
        PiecewiseConstantDecay,
        PiecewiseConstantDecay([3, 7], [1.0, 0.5, 0.125]),
        lambda k: k.PiecewiseConstantDecay([3, 7], [1.0, 0.5, 0.125]),
    ),
    (
        PiecewiseConstantDecay,
        PiecewiseConstantDecay([5], [0.25, 2.0]),
        lambda k: k.PiecewiseConstantDecay([5], [0.25, 2.0]),
    ),
    (ExponentialDecay, ExponentialDecay(0.5, 3, 0.75), lambda k: k.ExponentialDecay(HALF, 3, 0.75)),
    (
        ExponentialDecay,
        ExponentialDecay(0.5, 3, 0.75, staircase=True),
        lambda k: k.ExponentialDecay(HALF, 3, 0.75, staircase=True),
    ),
    (CosineDecay, CosineDecay(0.5, 8), lambda k: k.CosineDecay(HALF, 8)),
    (CosineDecay, CosineDecay(0.5, 8, 0.125), lambda k: k.CosineDecay(HALF, 8, 0.125)),
    (
        LinearWarmup,
        LinearWarmup(4, CosineDecay(0.5, 6, 0.125)),
        lambda k: k.CosineDecay(0 * HALF, 6, 0.125, warmup_target=0.5, warmup_steps=4),
    ),
    (
        LinearWarmup,
        LinearWarmup(4, CosineDecay(0.5, 6), initial_learning_rate=0.25),
        lambda k: k.CosineDecay(HALF / 2, 6, warmup_target=0.5, warmup_steps=4),
    ),
    # Polynomial decay of power 1 is a straight line, here upwards.
    (
        LinearWarmup,
        LinearWarmup(5, 0.75, initial_learning_rate=0.25),
        lambda k: k.PolynomialDecay(HALF / 2, 5, end_learning_rate=0.75),
    ),
]


@pytest.mark.parametrize(
    ("operation", "ours", "twin"),
    [pytest.param(*case, marks=witness("keras", case[0]), id=case[0].__name__) for case in CASES],
)
def test_equals_keras(operation, ours, twin, keras):
    theirs = twin(keras.optimizers.schedules)
    expected = [float(theirs(step)) for step in range(15)]
    np.testing.assert_allclose([ours(step) for step in range(15)], expected, rtol=1e-9, atol=1e-15)
    np.testing.assert_array_equal(ours(np.arange(15)), [ours(step) for step in range(15)])


@pytest.mark.parametrize(("operation", "ours", "twin"), CASES, ids=[case[0].__name__ for case in CASES])
def test_defaults_are_keras(operation, ours, twin, keras):
    for name, value in twin(keras.optimizers.schedules).get_config().items():
        if operation is not LinearWarmup and hasattr(ours, name):
            assert getattr(ours, name) == value, name


RATES, STEPS = st.floats(0, 10), st.integers(0, 1000)


@witness("hypothesis", PiecewiseConstantDecay)
@given(st.lists(st.integers(0, 50), unique=True, max_size=5), st.lists(RATES, min_size=6, max_size=6), STEPS)
def test_piecewise(boundaries, values, step):
    boundaries = sorted(boundaries)
    schedule = PiecewiseConstantDecay(boundaries, values[: len(boundaries) + 1])
    assert schedule(step) == values[sum(step > boundary for boundary in boundaries)]


@witness("hypothesis", ExponentialDecay)
@given(RATES, st.integers(1, 100), st.floats(0.5, 1.5), st.booleans(), STEPS)
def test_exponential(rate, decay_steps, decay_rate, staircase, step):
    schedule = ExponentialDecay(rate, decay_steps, decay_rate, staircase)
    # By multiplying, not by a power.
    expected = rate * math.prod([decay_rate] * (step // decay_steps))
    if not staircase:
        expected *= math.exp(math.log(decay_rate) * (step % decay_steps) / decay_steps)
    # Below 1e-300 float64 runs out of digits.
    np.testing.assert_allclose(schedule(step), expected, rtol=1e-9, atol=1e-300)


@witness("hypothesis", CosineDecay)
@given(RATES, st.integers(1, 100), st.floats(0, 1), STEPS)
def test_cosine(rate, decay_steps, alpha, step):
    """By the half angle: (1 + cos a) / 2 is cos² of a / 2. It starts at rate, never rises, and ends at alpha of it."""
    schedule = CosineDecay(rate, decay_steps, alpha)
    share = math.cos(math.pi / 2 * min(step / decay_steps, 1)) ** 2
    np.testing.assert_allclose(schedule(step), rate * (alpha + (1 - alpha) * share), rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose([schedule(0), schedule(decay_steps)], [rate, alpha * rate], rtol=1e-12, atol=1e-14)
    assert (np.diff(schedule(np.arange(2 * decay_steps))) <= 1e-15).all()


@witness("hypothesis", LinearWarmup)
@given(st.integers(1, 100), RATES, RATES, st.booleans(), STEPS)
def test_warmup(warmup_steps, target, start, constant, step):
    after = target if constant else ExponentialDecay(target, 10, 0.5)
    schedule = LinearWarmup(warmup_steps, after, start)
    if step >= warmup_steps:
        expected = target if constant else after(step - warmup_steps)
    else:
        expected = (start * (warmup_steps - step) + target * step) / warmup_steps
    np.testing.assert_allclose(schedule(step), expected, rtol=1e-9, atol=1e-14)


def test_an_optimizer_follows_a_schedule():
    w, optimizer = np.zeros(1), SGD(PiecewiseConstantDecay([0, 1], [1.0, 0.5, 0.25]))
    for expected in (-1.0, -1.5, -1.75, -2.0):
        optimizer.step([w], [np.ones(1)])
        assert w == expected


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: PiecewiseConstantDecay([1, 2], [1.0, 0.5]), "values must be one more than the 2 boundaries"),
        (lambda: PiecewiseConstantDecay([2, 1], [1.0, 0.5, 0.1]), r"boundaries must rise, got \[2, 1\]"),
        (lambda: PiecewiseConstantDecay([2], [1.0, -0.5]), r"values must hold numbers from 0 up, got -0\.5"),
        (lambda: ExponentialDecay(-1.0, 2, 0.5), "initial_learning_rate must be a number from 0 up, got -1.0"),
        (lambda: ExponentialDecay(1.0, 0, 0.5), "decay_steps must be a number above 0, got 0"),
        (lambda: ExponentialDecay(1.0, 2, 0.0), "decay_rate must be a number above 0, got 0.0"),
        (lambda: ExponentialDecay(1.0, 2, -0.5), "decay_rate must be a number above 0, got -0.5"),
        (lambda: CosineDecay(math.nan, 2), "initial_learning_rate must be a number from 0 up, got nan"),
        (lambda: CosineDecay(1.0, -2), "decay_steps must be a number above 0, got -2"),
        (lambda: CosineDecay(1.0, 2, 1.5), r"alpha must be a number from 0 to 1, got 1\.5"),
        (lambda: LinearWarmup(0, 1.0), "warmup_steps must be a number above 0, got 0"),
        (lambda: LinearWarmup(2, -1.0), r"after must be a number from 0 up, got -1\.0"),
        (lambda: LinearWarmup(2, 1.0, -1.0), "initial_learning_rate must be a number from 0 up, got -1.0"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint64, bool, np.float32])
@pytest.mark.parametrize(
    "schedule",
    [
        PiecewiseConstantDecay([2, 50], [0.5, 0.25, 0.125]),
        ExponentialDecay(0.5, 300, 0.5),
        CosineDecay(0.5, 300),
        LinearWarmup(4, CosineDecay(0.5, 300), 0.125),
        LinearWarmup(300, 0.5),
    ],
)
def test_steps_of_every_kind_of_number(schedule, dtype):
    """3 - 4 is not 255, and 300 steps are more than fit into 8 bits."""
    steps = np.array([0, 1, 3, 5, 100]).astype(dtype)
    np.testing.assert_allclose(schedule(steps), schedule(steps.astype(float)), rtol=1e-6)
    assert schedule(dtype(1)) == schedule(1)
