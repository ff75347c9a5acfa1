"""Every optimizer, 50 steps beside its Keras twin and beside its rule for one number in plain Python."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import optimizers
from course_lib.checks import optimizers as checks
from course_lib.initializers import zeros
from course_lib.layers import Dense
from course_lib.losses import loss_and_gradient
from course_lib.optimizers import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Momentum,
    Optimizer,
    RMSprop,
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
)
from course_lib.schedules import CosineDecay, LinearWarmup
from tests.witness import KINDS, without, witness

ROOT = Path(__file__).resolve().parent.parent

CLIPS = {"clipvalue": clip_by_value, "clipnorm": clip_by_norm, "global_clipnorm": clip_by_global_norm}

pytestmark = [
    *without(KINDS, "it computes nothing by itself; those that inherit are witnessed", Optimizer),
    *without(["numeric"], "it takes gradients and has none itself", SGD, Momentum, Adagrad, RMSprop, Adam, AdamW),
    *without(["numeric"], "it takes gradients and has none itself", *CLIPS.values()),
]

# Keras rounds its Python constants to float32 even in float64 mode, so every constant here is exact in both.
RATE, MOMENTUM, EPSILON = 2**-4, 1 - 2**-3, {"epsilon": 2**-10}
BETAS = {"beta_1": 1 - 2**-3, "beta_2": 1 - 2**-6} | EPSILON


# Each rule for one number w with gradient g, from its paper: s is what it remembers, t counts from 1.
def sgd(w, g, s, t):
    return w - RATE * g


def momentum(w, g, s, t):
    s["v"] = MOMENTUM * s.get("v", 0) + g
    return w - RATE * s["v"]


def nesterov(w, g, s, t):
    """In its first form, with the gradient taken where the ball will be: the weights shown are that look ahead."""
    before = s.get("v", 0)
    s["v"] = MOMENTUM * before - RATE * g
    ball = w - MOMENTUM * before + s["v"]
    return ball + MOMENTUM * s["v"]


def adagrad(w, g, s, t):
    s["all"] = [*s.get("all", []), g]
    return w - RATE * g / math.sqrt(0.25 + math.fsum(h * h for h in s["all"]) + EPSILON["epsilon"])


def rmsprop(w, g, s, t):
    s["all"] = [*s.get("all", []), g]
    mean = math.fsum((1 - MOMENTUM) * MOMENTUM ** (t - i) * h * h for i, h in enumerate(s["all"], start=1))
    return w - RATE * g / math.sqrt(mean + EPSILON["epsilon"])


def adam(w, g, s, t, decay=0.0):
    """With the weighted means written out, and epsilon where the paper's section 2 ends."""
    b1, b2 = BETAS["beta_1"], BETAS["beta_2"]
    s["all"] = [*s.get("all", []), g]
    m = math.fsum((1 - b1) * b1 ** (t - i) * h for i, h in enumerate(s["all"], start=1)) / (1 - b1**t)
    v = math.fsum((1 - b2) * b2 ** (t - i) * h * h for i, h in enumerate(s["all"], start=1))
    root = math.sqrt(1 - b2**t)
    return w - RATE * decay * w - RATE * m / (math.sqrt(v) / root + EPSILON["epsilon"] / root)


def adamw(w, g, s, t):
    return adam(w, g, s, t, decay=2**-8)


# what is witnessed, ours, its Keras twin, its rule
CASES = [
    (SGD, lambda **c: SGD(RATE, **c), lambda k, **c: k.SGD(RATE, **c), sgd),
    (Momentum, lambda **c: Momentum(RATE, MOMENTUM, **c), lambda k, **c: k.SGD(RATE, MOMENTUM, **c), momentum),
    (
        Momentum,
        lambda **c: Momentum(RATE, MOMENTUM, nesterov=True, **c),
        lambda k, **c: k.SGD(RATE, MOMENTUM, nesterov=True, **c),
        nesterov,
    ),
    (
        Adagrad,
        lambda **c: Adagrad(RATE, 0.25, **EPSILON, **c),
        lambda k, **c: k.Adagrad(RATE, 0.25, **EPSILON, **c),
        adagrad,
    ),
    (
        RMSprop,
        lambda **c: RMSprop(RATE, MOMENTUM, **EPSILON, **c),
        lambda k, **c: k.RMSprop(RATE, MOMENTUM, **EPSILON, **c),
        rmsprop,
    ),
    (Adam, lambda **c: Adam(RATE, **BETAS, **c), lambda k, **c: k.Adam(RATE, **BETAS, **c), adam),
    (AdamW, lambda **c: AdamW(RATE, 2**-8, **BETAS, **c), lambda k, **c: k.AdamW(RATE, 2**-8, **BETAS, **c), adamw),
]


def table(kind):
    return [pytest.param(*case, marks=witness(kind, case[0]), id=case[3].__name__) for case in CASES]


WITNESSED = ("operation", "ours", "twin", "rule")


def beside_keras(keras, ours, theirs, steps, rng):
    params = [rng.standard_normal((3, 2)), rng.standard_normal(2), rng.standard_normal((2, 1, 2, 2))]
    variables = [keras.Variable(p) for p in params]
    for _ in range(steps):
        # Some entries get no gradient, and sizes differ.
        grads = [rng.standard_normal(p.shape) * rng.integers(0, 4, p.shape) for p in params]
        kept = [g.copy() for g in grads]
        ours.step(params, grads)
        theirs.apply(grads, variables)
        assert all((g == before).all() for g, before in zip(grads, kept, strict=True))
    for p, variable in zip(params, variables, strict=True):
        np.testing.assert_allclose(p, variable.numpy(), rtol=1e-9, atol=1e-12)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("steps", [20, 50])
@pytest.mark.parametrize(WITNESSED, table("keras"))
def test_steps_beside_keras(operation, ours, twin, rule, steps, rng, keras):
    beside_keras(keras, ours(), twin(keras.optimizers), steps, rng)


@pytest.mark.parametrize("clip", [pytest.param(name, marks=witness("keras", f)) for name, f in CLIPS.items()])
@pytest.mark.parametrize(WITNESSED, [CASES[1], CASES[-1]], ids=["momentum", "adamw"])
def test_clipped_steps_beside_keras(operation, ours, twin, rule, clip, rng, keras):
    """The limit lies within the lengths that occur, so that some steps are clipped and some are not."""
    limit = {"clipvalue": 1.5, "clipnorm": 4.0, "global_clipnorm": 8.0}[clip]
    beside_keras(keras, ours(**{clip: limit}), twin(keras.optimizers, **{clip: limit}), 20, rng)


@pytest.mark.parametrize(
    "ours", [SGD(), Momentum(), Adagrad(), RMSprop(), Adam(), AdamW()], ids=lambda o: type(o).__name__
)
def test_defaults_are_keras(ours, keras):
    name = {"Momentum": "SGD"}.get(type(ours).__name__, type(ours).__name__)
    theirs = getattr(keras.optimizers, name)()
    # Keras' SGD is the one class for both, and its momentum is 0 unless given.
    skipped = {"momentum", "nesterov"} if name == "SGD" else set()
    for constant, value in theirs.get_config().items():
        if hasattr(ours, constant) and constant not in skipped:
            np.testing.assert_allclose(getattr(ours, constant), value, rtol=1e-7)


@pytest.mark.parametrize(WITNESSED, table("hypothesis"))
@given(
    shape=st.lists(st.integers(1, 3), max_size=3),
    scale=st.sampled_from([0.0, 1e-3, 1.0, 1e3]),
    steps=st.integers(1, 50),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_entry_follows_the_rule(operation, ours, twin, rule, shape, scale, steps, seed):
    """Whatever the shape and size of the gradients, each weight moves as if it were alone."""
    rng = np.random.default_rng(seed)
    w, grads = rng.standard_normal(shape), scale * rng.standard_normal((steps, *shape))
    expected, memory = w.copy(), {}
    optimizer = ours()
    # One entry is enough to follow in plain Python: which one is random too.
    index = tuple(rng.integers(0, shape)) if shape else ()
    value = float(expected[index])
    for t, g in enumerate(grads, start=1):
        optimizer.step([w], [g])
        value = rule(value, float(g[index]), memory, t)
    np.testing.assert_allclose(w[index], value, rtol=1e-9, atol=1e-9 * (1 + scale))
    assert w.shape == tuple(shape)


@witness("hypothesis", *CLIPS.values())
@given(
    st.lists(st.lists(st.integers(1, 3), max_size=3), min_size=1, max_size=3),
    st.sampled_from([0.0, 1e-3, 1.0, 1e4]),
    st.sampled_from([1e-3, 0.5, 1.0, 100.0]),
    st.integers(0, 2**32 - 1),
)
def test_clipping_limits_and_keeps_directions(shapes, scale, limit, seed):
    rng = np.random.default_rng(seed)
    grads = [scale * np.asarray(rng.standard_normal(shape)) for shape in shapes]
    before = [g.copy() for g in grads]
    by_value, by_norm, by_all = (clip(grads, limit) for clip in CLIPS.values())
    for g, v, n, a in zip(grads, by_value, by_norm, by_all, strict=True):
        assert v.shape == n.shape == a.shape == g.shape
        expected = [min(max(float(entry), -limit), limit) for entry in g.flat]
        np.testing.assert_array_equal(v.ravel(), expected)
        length = math.sqrt(math.fsum(float(entry) ** 2 for entry in g.flat))
        np.testing.assert_allclose(n, g * min(1, limit / length) if length else g, rtol=1e-12)
    together = math.sqrt(math.fsum(float(entry) ** 2 for g in grads for entry in g.flat))
    factor = min(1, limit / together) if together else 1
    for g, a in zip(grads, by_all, strict=True):
        np.testing.assert_allclose(a, factor * g, rtol=1e-12)
    assert all((g == kept).all() for g, kept in zip(grads, before, strict=True))


def test_clips_equal_tensorflow(rng, keras):
    import tensorflow as tf

    grads = [rng.standard_normal((3, 4)), rng.standard_normal(4)]
    for ours, theirs in (
        (clip_by_value(grads, 0.5), [tf.clip_by_value(g, -0.5, 0.5) for g in grads]),
        (clip_by_norm(grads, 0.5), [tf.clip_by_norm(tf.constant(g), 0.5) for g in grads]),
        (clip_by_global_norm(grads, 0.5), tf.clip_by_global_norm([tf.constant(g) for g in grads], 0.5)[0]),
    ):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9)


def test_adams_first_step_is_the_learning_rate(rng):
    """Without bias correction, as in a widely copied Adam, it would be a third of it here."""
    w = np.zeros(5)
    Adam(0.5, epsilon=0.0).step([w], [rng.uniform(1e-3, 1e3, 5)])
    np.testing.assert_allclose(w, -0.5, rtol=1e-12)


def test_a_schedule_is_asked_for_every_step():
    asked, w = [], np.zeros(1)
    optimizer = SGD(lambda step: asked.append(step) or 2.0**-step)
    for _ in range(4):
        optimizer.step([w], [np.ones(1)])
    # The first question is whether it gives rates at all.
    assert asked == [0, 0, 1, 2, 3]
    assert w == -1.875
    optimizer.learning_rate = 0.125
    optimizer.step([w], [np.ones(1)])
    assert w == -2


def test_each_optimizer_has_a_memory_of_its_own(rng):
    g = [np.ones(3)]
    a, b = [np.zeros(3)], [np.zeros(3)]
    first, second = Adam(), Adam()
    first.step(a, g)
    second.step(b, g)
    first.step(a, g)
    second.step(b, g)
    assert (a[0] == b[0]).all()


def steps(optimizer, *pairs):
    for params, grads in pairs:
        optimizer.step(params, grads)


W = np.zeros(2)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: SGD(-0.1), "learning_rate must be a number from 0 up, got -0.1"),
        (lambda: SGD(np.nan), "learning_rate must be a number from 0 up, got nan"),
        (lambda: Adam(np.inf), "learning_rate must be a number from 0 up, got inf"),
        (lambda: SGD(lambda step: -1.0), "learning_rate must be a number from 0 up, got -1"),
        (lambda: Momentum(momentum=1.5), r"momentum must be a number from 0 to below 1, got 1\.5"),
        (lambda: RMSprop(rho=-0.5), r"rho must be a number from 0 to below 1, got -0\.5"),
        (lambda: RMSprop(epsilon=-1), "epsilon must be a number from 0 up, got -1"),
        (lambda: Adagrad(epsilon=np.nan), "epsilon must be a number from 0 up, got nan"),
        (lambda: Adagrad(initial_accumulator_value=-1), "initial_accumulator_value must be a number from 0 up, got -1"),
        (lambda: Adam(beta_1=1.0), r"beta_1 must be a number from 0 to below 1, got 1\.0"),
        (lambda: Adam(beta_2=1.0), r"beta_2 must be a number from 0 to below 1, got 1\.0"),
        (lambda: Adam(epsilon=-1e-7), "epsilon must be a number from 0 up, got -1e-07"),
        (lambda: AdamW(weight_decay=-1), "weight_decay must be a number from 0 up, got -1"),
        (lambda: SGD(clipnorm=0.0), "clipnorm must be a number above 0, got 0.0"),
        (lambda: SGD(clipnorm=1.0, clipvalue=1.0), "at most one of clipvalue, clipnorm, global_clipnorm; got"),
        (lambda: SGD(clip=1.0), "at most one of clipvalue, clipnorm, global_clipnorm; got clip"),
        (lambda: clip_by_value([W], -1.0), "limit must be a number above 0, got -1.0"),
        (lambda: clip_by_norm([W], 0.0), "limit must be a number above 0, got 0.0"),
        (lambda: clip_by_global_norm([W], np.nan), "limit must be a number above 0, got nan"),
        (lambda: clip_by_norm([W + np.inf], 1.0), "grads, to be clipped by norm, must hold finite numbers, got inf"),
        (
            lambda: clip_by_global_norm([W, W + np.nan], 1.0),
            "grads, to be clipped by norm, must hold finite numbers, got nan",
        ),
        (lambda: SGD().step([W], [np.ones(1)]), r"grads arrays of the same shapes, got float64 in \(2,\), \(1,\)"),
        (lambda: SGD().step([np.zeros(2, int)], [W]), r"params must hold floats.*got int64 in \(2,\)"),
        (lambda: SGD().step([W], [W, W]), "grads must hold an array for each of 1 params, got 2"),
        (lambda: steps(Adam(), ([W], [W]), ([W.copy()], [W])), "params must be the arrays of the first step"),
        (lambda: steps(Adam(), ([W], [W]), ([W, W.copy()], [W, W])), "params must be the arrays of the first step"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


def test_base_class_computes_nothing():
    with pytest.raises(NotImplementedError):
        optimizers.Optimizer(0.1).step([np.zeros(1)], [np.ones(1)])


# --- what the exercises say


def test_the_black_boxes_move_as_the_exercise_says():
    boxes = {"A": RMSprop(0.1), "B": Momentum(0.1), "C": Adagrad(0.1, 0.0), "D": Adam(0.1), "E": SGD(0.1)}
    right = checks.black_boxes.mistakes.right()
    text = (ROOT / "solutions/source/05-optimizers.py").read_text(encoding="utf-8")
    for letter, optimizer in boxes.items():
        w, moves = np.zeros(1), []
        for g in (4.0, 4.0, 4.0, 0.04):
            before = w.copy()
            optimizer.step([w], [np.array([g])])
            moves.append(f"−{(before - w)[0]:.4f}")
        assert f"| {letter} | {' | '.join(moves)} |" in text
        assert {"Momentum": "momentum"}.get(type(optimizer).__name__, type(optimizer).__name__) == right[letter]


def test_lion_equals_keras(keras):
    rng = np.random.default_rng(0)
    w, grads = rng.normal(size=4), rng.normal(size=(30, 4))
    variable = keras.Variable(w)
    twin = keras.optimizers.Lion(2**-4, beta_1=7 / 8, beta_2=31 / 32, weight_decay=2**-3)
    for g in grads:
        twin.apply([g], [variable])
    ours = checks.lion.mistakes.right(w, grads, 2**-4, 7 / 8, 31 / 32, 2**-3)
    np.testing.assert_allclose(ours, variable.numpy(), rtol=1e-9)


def test_the_project_is_the_course_s_own_parts_together():
    """The same run out of Adam, the schedules, clipping and the loss, as course_lib has them."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)), rng.integers(0, 4, 20)
    layer = Dense(3, 4, rng, zeros)
    f_grad = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)[1]
    rate = LinearWarmup(5, CosineDecay(0.25, 20))
    # The exercise's warm-up is one step ahead: it begins above 0.
    optimizer = Adam(lambda t: rate(t + 1) if t < 5 else rate(t), global_clipnorm=0.125)
    for _ in range(25):
        layer.backward(f_grad(y, layer.forward(x)))
        decay = optimizer.current_rate() * 0.5 * layer.params["kernel"]
        optimizer.step(layer.parameters(), layer.gradients())
        layer.params["kernel"] -= decay
    kernel, bias = checks.train_softmax.mistakes.right(x, y, 4, 25, 0.25, 5, 0.125, 0.5)
    # Ours folds the bias correction into the rate, so that epsilon counts a little differently.
    np.testing.assert_allclose(kernel, layer.params["kernel"], rtol=0, atol=5e-4)
    np.testing.assert_allclose(bias, layer.params["bias"], rtol=0, atol=5e-4)
