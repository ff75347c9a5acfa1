"""LoRA, distillation and contrastive losses before their witnesses: brute-force gradients, Keras, and any shape."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import transfer as t
from course_lib.gradients import numeric_gradient
from course_lib.layers import Dense
from tests.witness import check_keras, check_numeric, shaken, witness

SEEDS = st.integers(0, 2**32 - 1)


def trained(inputs, units, rank, rng, alpha=None):
    return shaken(t.LoRADense(shaken(Dense(inputs, units, rng), rng), rank, rng, alpha), rng)


@witness("numeric", t.LoRADense)
@pytest.mark.parametrize(("shape", "alpha"), [((5, 4), None), ((2, 3, 4), 3.0)])
def test_lora_s_gradients_equal_brute_force(shape, alpha, rng):
    check_numeric(trained(4, 3, 2, rng, alpha), rng.standard_normal(shape), rng)


@witness("keras", t.LoRADense)
@pytest.mark.parametrize(("shape", "alpha"), [((5, 4), None), ((2, 3, 4), 3.0)])
def test_lora_equals_keras(shape, alpha, rng, keras):
    """Keras keeps A and B, and so their gradients, in float32, which holds the numbers chosen here exactly."""
    layer, twin = trained(4, 3, 2, rng, alpha), keras.layers.Dense(3, dtype="float64")
    for p in layer.parameters():
        p[...] = np.round(p * 64) / 64
    twin.build((None, 4))
    twin.kernel.assign(layer.kernel)
    twin.enable_lora(2, lora_alpha=alpha)
    check_keras(layer, twin, rng.standard_normal(shape), rng, rtol=1e-6, atol=1e-6)


@witness("hypothesis", t.LoRADense)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4), SEEDS)
def test_lora_begins_as_the_layer_it_came_from_and_ends_as_one_dense(inputs, units, rank, seed):
    rng = np.random.default_rng(seed)
    dense, x = shaken(Dense(inputs, units, rng), rng), rng.standard_normal((3, inputs))
    lora = t.LoRADense(dense, rank, rng)
    np.testing.assert_allclose(lora.forward(x), dense.forward(x), rtol=1e-12)
    before = lora.kernel.copy()
    shaken(lora, rng)
    np.testing.assert_allclose(lora.merged(rng).forward(x), lora.forward(x), rtol=1e-9, atol=1e-12)
    assert (lora.kernel == before).all()
    assert sum(p.size for p in lora.parameters()) == rank * (inputs + units) + units


def test_lora_without_a_bias_has_none(rng):
    lora = shaken(t.LoRADense(Dense(4, 3, rng, use_bias=False), 2, rng), rng)
    assert list(lora.params) == ["lora_kernel_a", "lora_kernel_b"]
    x = rng.standard_normal((5, 4))
    check_numeric(lora, x, rng)
    assert "bias" not in lora.merged(rng).params
    np.testing.assert_allclose(lora.merged(rng).forward(x), lora.forward(x), rtol=1e-9, atol=1e-12)


def test_lora_is_a_copy_with_all_its_weights(rng):
    dense = Dense(3, 2, rng)
    lora = t.LoRADense(dense, 1, rng)
    shaken(lora, rng)
    assert (dense.params["bias"] == 0).all()
    other = t.LoRADense(Dense(3, 2, rng), 1, rng)
    other.set_weights(lora.get_weights())
    x = rng.standard_normal((4, 3))
    np.testing.assert_array_equal(other.forward(x), lora.forward(x))


# our loss, its gradient, its Keras twin
LOSSES = [
    (
        t.distillation_loss,
        lambda s, teacher, T: (t.distillation_loss_grad(s, teacher, T),),
        t.distillation_loss_grad,
        lambda keras, s, teacher, T: (
            T**2 * keras.losses.KLDivergence()(keras.ops.softmax(teacher / T), keras.ops.softmax(s / T))
        ),
    ),
    (
        t.info_nce,
        t.info_nce_grad,
        t.info_nce_grad,
        lambda keras, q, k, T: crossentropy(keras, np.arange(5), unit(keras, q), unit(keras, k), T),
    ),
    (
        t.nt_xent,
        t.nt_xent_grad,
        t.nt_xent_grad,
        lambda keras, a, b, T: keras_nt_xent(keras, keras.ops.concatenate([unit(keras, a), unit(keras, b)]), T),
    ),
]


def unit(keras, x):
    return x / keras.ops.norm(x, axis=1, keepdims=True)


def crossentropy(keras, right, q, k, temperature):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return loss(right, keras.ops.matmul(q, keras.ops.transpose(k)) / temperature)


def keras_nt_xent(keras, views, temperature):
    """Its own cosine is taken away, column by column, rather than masked."""
    ops, n = keras.ops, 10
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    total = 0
    for i in range(n):
        others = [j for j in range(n) if j != i]
        logits = ops.matmul(ops.take(views, others, axis=0), views[i]) / temperature
        total = total + loss(np.array([others.index((i + 5) % n)]), logits[None])
    return total / n


def losses(kind):
    return [pytest.param(*case[:2], case[3], marks=witness(kind, case[0], case[2])) for case in LOSSES]


@pytest.mark.parametrize(("loss", "grad", "twin"), losses("numeric"))
def test_losses_gradients_equal_brute_force(loss, grad, twin, rng):
    args = list(rng.standard_normal((2, 5, 3)))
    for i, ours in enumerate(grad(*args, 0.5)):
        brute_force = numeric_gradient(lambda: 3.5 * loss(*args, 0.5), args[i])
        np.testing.assert_allclose(3.5 * ours, brute_force, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("loss", "grad", "twin"), losses("keras"))
def test_losses_equal_keras(loss, grad, twin, rng, keras):
    import tensorflow as tf

    variables = [tf.Variable(x) for x in rng.standard_normal((2, 5, 3))]
    args = [v.numpy() for v in variables]
    with tf.GradientTape() as tape:
        theirs = twin(keras, *map(tf.convert_to_tensor, variables), 0.5)
    np.testing.assert_allclose(loss(*args, 0.5), theirs, rtol=1e-9)
    grads = tape.gradient(theirs, variables)
    for ours, their in zip(grad(*args, 0.5), grads, strict=False):
        np.testing.assert_allclose(ours, their, rtol=1e-9, atol=1e-12)


@witness("hypothesis", t.distillation_loss, t.distillation_loss_grad)
@given(st.integers(1, 4), st.integers(1, 4), st.sampled_from([0.0, 1.0, 1e3]), st.sampled_from([0.5, 1.0, 10.0]), SEEDS)
def test_distillation_of_any_size(batch, classes, scale, temperature, seed):
    student, teacher = scale * np.random.default_rng(seed).standard_normal((2, batch, classes))

    def logs(row):
        top = max(v / temperature for v in row)
        total = top + math.log(sum(math.exp(v / temperature - top) for v in row))
        return [v / temperature - total for v in row]

    expected = 0.0
    for s, r in zip(student, teacher, strict=True):
        expected += sum(math.exp(q) * (q - p) for p, q in zip(logs(s), logs(r), strict=True))
    got = t.distillation_loss(student, teacher, temperature)
    np.testing.assert_allclose(got, temperature**2 * expected / batch, rtol=1e-9, atol=1e-9)
    assert t.distillation_loss(teacher, teacher, temperature) == 0
    np.testing.assert_allclose(t.distillation_loss_grad(student, teacher, temperature).sum(axis=1), 0, atol=1e-9)


def test_a_high_temperature_compares_the_logits_themselves(rng):
    """Hinton et al., eq. 4: the gradient tends to (s − t) / (classes · batch), both with the mean 0."""
    student, teacher = (x - x.mean(axis=1, keepdims=True) for x in rng.standard_normal((2, 4, 5)))
    np.testing.assert_allclose(
        t.distillation_loss_grad(student, teacher, 1e5), (student - teacher) / 5 / 4, rtol=1e-3, atol=1e-6
    )


def cosine(x, y):
    return sum(p * q for p, q in zip(x, y, strict=True)) / math.hypot(*x) / math.hypot(*y)


@witness("hypothesis", t.info_nce, t.info_nce_grad, t.nt_xent, t.nt_xent_grad)
@given(st.integers(2, 4), st.integers(1, 4), st.sampled_from([1e-3, 1.0, 1e3]), st.sampled_from([0.05, 1.0]), SEEDS)
def test_contrast_of_any_size(batch, width, scale, temperature, seed):
    """One by one; the length of a code is no matter, so the gradient is at right angles to it."""
    a, b = scale * np.random.default_rng(seed).standard_normal((2, batch, width))

    def cost(one, partner, others):
        return math.log(sum(math.exp((cosine(one, x) - cosine(one, partner)) / temperature) for x in others))

    among_keys = [cost(a[i], b[i], b) for i in range(batch)]
    np.testing.assert_allclose(t.info_nce(a, b, temperature), sum(among_keys) / batch, rtol=1e-9, atol=1e-9)
    views = [*a, *b]
    each = [
        cost(views[i], views[(i + batch) % (2 * batch)], [v for j, v in enumerate(views) if j != i])
        for i in range(2 * batch)
    ]
    np.testing.assert_allclose(t.nt_xent(a, b, temperature), sum(each) / 2 / batch, rtol=1e-9, atol=1e-9)
    for grad in (t.info_nce_grad, t.nt_xent_grad):
        for x, d in zip((a, b), grad(a, b, temperature), strict=True):
            np.testing.assert_allclose(np.sum(x * d, axis=1), 0, atol=1e-9)


def test_all_codes_in_one_place_cost_what_guessing_costs():
    """Collapse: no partner can be told from the others."""
    same = np.ones((8, 3))
    assert t.info_nce(same, same) == pytest.approx(math.log(8))
    assert t.nt_xent(same, same) == pytest.approx(math.log(15))


@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_small_whole_numbers_count_as_real_ones(dtype, rng):
    a, b = rng.integers(1, 100, (2, 4, 3)).astype(dtype)
    for operation in (t.distillation_loss, t.distillation_loss_grad, t.info_nce, t.info_nce_grad, t.nt_xent_grad):
        np.testing.assert_allclose(operation(a, b), operation(a.astype(float), b.astype(float)), rtol=1e-9, atol=1e-12)
    lora = trained(3, 2, 1, rng)
    np.testing.assert_allclose(lora.forward(a), lora.forward(a.astype(float)))


A = np.ones((3, 2))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: t.LoRADense(Dense(2, 2, np.random.default_rng(0)), 0, None), "rank must be a whole number from 1 up"),
        (
            lambda: t.LoRADense(Dense(2, 2, np.random.default_rng(0)), 1, np.random.default_rng(0), 0),
            "alpha must be a number above 0",
        ),
        (
            lambda: trained(4, 3, 2, np.random.default_rng(0)).forward(A),
            r"x must have the shape \(\.\.\., 4\), got \(3, 2\)",
        ),
        (lambda: t.distillation_loss(A, A[:1]), "teacher_logits must have the shape of student_logits"),
        (lambda: t.distillation_loss_grad(A[0], A[0]), r"student_logits must have the shape \(batch, classes\)"),
        (lambda: t.distillation_loss(A, A, 0), "temperature must be a number above 0, got 0"),
        (lambda: t.info_nce(A, A[:2]), "the second codes must have the shape of the first codes"),
        (lambda: t.info_nce_grad(A[:1], A[:1]), "the number of pairs must be a whole number from 2 up, got 1"),
        (lambda: t.nt_xent(0 * A, A), "the length of each code must hold numbers above 0, for 0 points nowhere"),
        (lambda: t.nt_xent_grad(A, A, -1), "temperature must be a number above 0, got -1"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


@pytest.mark.parametrize("student_s", [-np.inf, 5.0])
def test_a_class_that_the_teacher_rules_out_adds_nothing_to_distillation(student_s):
    """As masked logits do."""
    teacher, student = np.array([[1.0, 2.0, -np.inf]]), np.array([[2.0, 0.0, student_s]])
    p, q = (np.exp(x - np.log(np.exp(x).sum())) for x in (teacher / 2, student / 2))
    wanted = 4 * np.sum(p[0, :2] * np.log(p[0, :2] / q[0, :2]))
    assert t.distillation_loss(student, teacher, 2.0) == pytest.approx(wanted)
    assert np.isfinite(t.distillation_loss_grad(student, teacher, 2.0)).all()


def test_a_class_that_only_the_student_rules_out_costs_infinitely_much():
    assert t.distillation_loss(np.array([[0.0, -np.inf]]), np.zeros((1, 2))) == np.inf
