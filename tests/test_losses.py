"""Every loss and its gradient: brute force, the class of that name in Keras, and the plain sums over edge values."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import losses
from course_lib.activations import sigmoid, softmax
from course_lib.gradients import numeric_gradient
from course_lib.losses import LOSSES, loss_and_gradient
from tests.witness import witness


def numbers(shape, rng):
    return rng.standard_normal((2, *shape))


def yes_or_no(shape, rng):
    return rng.integers(0, 2, shape).astype(float), rng.uniform(0.05, 0.95, shape)


def yes_or_no_logits(shape, rng):
    return rng.integers(0, 2, shape).astype(float), rng.standard_normal(shape)


def rows(shape, rng):
    """Rows of shares, for the truth as for the prediction."""
    return softmax(rng.standard_normal(shape)), softmax(rng.standard_normal(shape))


def rows_logits(shape, rng):
    return softmax(rng.standard_normal(shape)), rng.standard_normal(shape)


def classes(shape, rng):
    return rng.integers(0, shape[-1], shape[:-1]), softmax(rng.standard_normal(shape))


def classes_logits(shape, rng):
    return rng.integers(0, shape[-1], shape[:-1]), rng.standard_normal(shape)


LOGITS, SMOOTH = {"from_logits": True}, {"label_smoothing": 0.125}

# the loss, its options (exact in float32, to which Keras rounds), an example's y_true and y_pred, Keras' class
CASES = [
    ("mean_squared_error", {}, numbers, "MeanSquaredError"),
    ("mean_absolute_error", {}, numbers, "MeanAbsoluteError"),
    ("huber", {}, numbers, "Huber"),
    ("huber", {"delta": 0.5}, numbers, "Huber"),
    ("binary_crossentropy", {}, yes_or_no, "BinaryCrossentropy"),
    ("binary_crossentropy", SMOOTH, yes_or_no, "BinaryCrossentropy"),
    ("binary_crossentropy", LOGITS, yes_or_no_logits, "BinaryCrossentropy"),
    ("binary_crossentropy", LOGITS | SMOOTH, yes_or_no_logits, "BinaryCrossentropy"),
    ("categorical_crossentropy", {}, rows, "CategoricalCrossentropy"),
    ("categorical_crossentropy", SMOOTH, rows, "CategoricalCrossentropy"),
    ("categorical_crossentropy", LOGITS, rows_logits, "CategoricalCrossentropy"),
    ("categorical_crossentropy", LOGITS | SMOOTH, rows_logits, "CategoricalCrossentropy"),
    ("sparse_categorical_crossentropy", {}, classes, "SparseCategoricalCrossentropy"),
    ("sparse_categorical_crossentropy", LOGITS, classes_logits, "SparseCategoricalCrossentropy"),
    ("kl_divergence", {}, rows, "KLDivergence"),
]


def table(kind):
    marks = [witness(kind, *LOSSES[name], loss_and_gradient) for name, *_ in CASES]
    ids = ["-".join([name, *options]) for name, options, *_ in CASES]
    return [pytest.param(*case, marks=mark, id=i) for case, mark, i in zip(CASES, marks, ids, strict=True)]


WITNESSED = ("name", "options", "example", "twin")
SHAPES = pytest.mark.parametrize("shape", [(5, 4), (1, 2), (2, 3, 4)])
WEIGHTED = pytest.mark.parametrize("weighted", [False, True])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def weights(weighted, shape, rng):
    return rng.uniform(0, 2, shape[:-1]) if weighted else None


@SHAPES
@WEIGHTED
@pytest.mark.parametrize(WITNESSED, table("numeric"))
def test_gradient_equals_brute_force(name, options, example, twin, shape, weighted, rng):
    f, f_grad = loss_and_gradient(name, **options)
    y_true, y_pred = example(shape, rng)
    w = weights(weighted, shape, rng)
    numeric = numeric_gradient(lambda: f(y_true, y_pred, sample_weight=w), y_pred)
    np.testing.assert_allclose(f_grad(y_true, y_pred, sample_weight=w), numeric, rtol=1e-5, atol=1e-8)


def check_twin(name, options, keras_loss, y_true, y_pred, w):
    import tensorflow as tf

    inputs = tf.constant(y_pred)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        loss = keras_loss(y_true, inputs, sample_weight=w)
    f, f_grad = loss_and_gradient(name, **options)
    np.testing.assert_allclose(f(y_true, y_pred, sample_weight=w), loss, rtol=1e-9, atol=1e-15)
    gradient = tape.gradient(loss, inputs)
    np.testing.assert_allclose(f_grad(y_true, y_pred, sample_weight=w), gradient, rtol=1e-9, atol=1e-12)


@SHAPES
@WEIGHTED
@pytest.mark.parametrize(WITNESSED, table("keras"))
def test_equals_keras(name, options, example, twin, shape, weighted, rng, keras):
    y_true, y_pred = example(shape, rng)
    check_twin(name, options, getattr(keras.losses, twin)(**options), y_true, y_pred, weights(weighted, shape, rng))


@pytest.mark.parametrize(("name", "options", "example", "twin"), CASES, ids=[case[0] for case in CASES])
def test_equals_keras_at_the_edges(name, options, example, twin, rng, keras):
    """Ties, logits of ±1e4, and probabilities of 0 and 1, also where the truth says the opposite."""
    y_true, y_pred = example((6, 3), rng)
    if y_true.ndim == 2 and example is not numbers:
        y_true = np.eye(3)[[0, 0, 0, 1, 1, 2]]
    if example in (yes_or_no, rows, classes):
        y_pred[:5] = [[1, 0, 0], [0, 1, 0], [0, 0.25, 0.75], [0.5, 0.5, 0], [0.25, 0.5, 0.25]]
    elif example is numbers:
        y_pred[:3], y_pred[3] = y_true[:3], y_true[3] + [0.5, -0.5, 1.0]
    else:
        y_pred[:4] = [[1e4, -1e4, 0], [-1e4, 1e4, 1e4], [0, 0, 0], [1e3, 0, -1e3]]
    check_twin(name, options, getattr(keras.losses, twin)(**options), y_true, y_pred, None)


@pytest.mark.parametrize("name", ["mean_squared_error", "mean_absolute_error", "huber", "binary_crossentropy"])
def test_a_loss_of_one_axis_equals_that_of_one_column(name, rng):
    y_true, y_pred = yes_or_no((6,), rng)
    f, f_grad = LOSSES[name]
    w = rng.uniform(0, 2, 6)
    column = y_true[:, None], y_pred[:, None]
    assert f(y_true, y_pred, sample_weight=w) == f(*column, sample_weight=w)
    assert (f_grad(y_true, y_pred, sample_weight=w) == f_grad(*column, sample_weight=w)[:, 0]).all()


# The equation of one number (or one row) and its prediction, in plain Python.
PLAIN = {
    "mean_squared_error": lambda y, p: (y - p) ** 2,
    "mean_absolute_error": lambda y, p: abs(y - p),
    "huber": lambda y, p: abs(y - p) ** 2 / 2 if abs(y - p) <= 1 else abs(y - p) - 0.5,
    "binary_crossentropy": lambda y, p: math.log1p(math.exp(-abs(p))) + max(p, 0) - y * p,
}


@witness("hypothesis", *(f for name in PLAIN for f in LOSSES[name]))
@given(
    st.sampled_from(sorted(PLAIN)),
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.sampled_from([0.0, 1.0, 1e3, 1e4]),
    st.integers(0, 2**32 - 1),
)
def test_mean_of_the_plain_equation(name, shape, scale, seed):
    """Over any shape and size it is the mean; errors of either sign cost alike; nothing handed over is changed."""
    rng = np.random.default_rng(seed)
    crossentropy = name == "binary_crossentropy"
    options = LOGITS if crossentropy else {}
    y_true = rng.integers(0, 2, shape).astype(float)
    # Half of them whole numbers, so that some predictions are exactly right.
    y_pred = scale * np.where(rng.random(shape) < 0.5, rng.integers(0, 2, shape), rng.standard_normal(shape))
    before = y_true.copy(), y_pred.copy()
    f, f_grad = loss_and_gradient(name, **options)
    with np.errstate(all="raise", under="ignore"):
        loss, gradient = f(y_true, y_pred), f_grad(y_true, y_pred)
    expected = [PLAIN[name](float(y), float(p)) for y, p in zip(y_true.flat, y_pred.flat, strict=True)]
    # The plain equation rounds at the size of its terms, and loses a loss that is smaller than that.
    rounding = np.finfo(float).eps * max(1.0, np.abs(y_pred).max())
    np.testing.assert_allclose(loss, math.fsum(expected) / len(expected), rtol=1e-9, atol=rounding)
    assert gradient.shape == y_pred.shape
    assert ((gradient * (y_pred - y_true) >= 0).all()) or crossentropy
    other = f(1 - y_true, -y_pred) if crossentropy else f(-y_true, -y_pred)
    np.testing.assert_allclose(other, loss, rtol=1e-9, atol=1e-9)
    assert all((a == b).all() for a, b in zip(before, (y_true, y_pred), strict=True))


CLASSIFY = [LOSSES[name] for name in ("categorical_crossentropy", "sparse_categorical_crossentropy", "kl_divergence")]


@witness("hypothesis", *(f for pair in CLASSIFY for f in pair), loss_and_gradient)
@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=2),
    st.integers(2, 5),
    st.sampled_from([0.0, 1.0, 1e3, 1e4]),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_crossentropies_tell_one_story(leading, n_classes, scale, from_logits, seed):
    """Whole numbers, one-hot rows and divergence say the same; the loss is minus the log of the right class."""
    rng = np.random.default_rng(seed)
    labels, logits = rng.integers(0, n_classes, leading), scale * rng.standard_normal((*leading, n_classes))
    one_hot, p = np.eye(n_classes)[labels], softmax(logits)
    y_pred = logits if from_logits else p
    before = labels.copy(), one_hot.copy(), y_pred.copy()
    sparse, sparse_grad = loss_and_gradient("sparse_categorical_crossentropy", from_logits=from_logits)
    dense, dense_grad = loss_and_gradient("categorical_crossentropy", from_logits=from_logits)
    with np.errstate(all="raise", under="ignore"):
        gradient = dense_grad(one_hot, y_pred)
        # What 1e-7 rounds up is summed here, and not there.
        np.testing.assert_allclose(sparse(labels, y_pred), dense(one_hot, y_pred), rtol=1e-9, atol=2e-6)
    right = np.take_along_axis(logits - logits.max(-1, keepdims=True), labels[..., None], -1)[..., 0]
    surprise = np.log(np.exp(logits - logits.max(-1, keepdims=True)).sum(-1)) - right
    if not from_logits:
        surprise = np.minimum(surprise, -math.log(1e-7))
    np.testing.assert_allclose(dense(one_hot, y_pred), surprise.mean(), rtol=1e-9, atol=2e-7)
    assert gradient.shape == sparse_grad(labels, y_pred).shape == y_pred.shape
    if from_logits:
        # A row's logits may all rise together and nothing changes; only the right one's gradient is not positive.
        np.testing.assert_allclose(gradient.sum(-1), 0, atol=1e-12)
        assert ((gradient <= 0) == (one_hot == 1))[p > 1e-300].all()
        np.testing.assert_allclose(sparse_grad(labels, y_pred), gradient, rtol=1e-9, atol=1e-15)
    else:
        # Moved to 1e-7 from 0, the other classes cost almost nothing.
        kl, kl_grad = LOSSES["kl_divergence"]
        np.testing.assert_allclose(kl(one_hot, p), dense(one_hot, p), rtol=1e-9, atol=1e-5)
        assert kl(p, p) == 0
        assert (kl_grad(one_hot, p) <= 0).all()
    assert all((a == b).all() for a, b in zip(before, (labels, one_hot, y_pred), strict=True))


def test_a_sure_and_right_answer_still_costs_something():
    """Cancelling 30 against 30 would leave three digits of e^-30."""
    loss = losses.binary_crossentropy(np.array([1.0]), np.array([30.0]), from_logits=True)
    np.testing.assert_allclose(loss, math.exp(-30), rtol=1e-12)


def test_probabilities_and_logits_agree(rng):
    y_true, logits = yes_or_no_logits((5, 3), rng)
    np.testing.assert_allclose(
        losses.binary_crossentropy(y_true, sigmoid(logits)), losses.binary_crossentropy(y_true, logits, True), rtol=1e-9
    )
    y_true, logits = rows_logits((5, 3), rng)
    expected = losses.categorical_crossentropy(y_true, logits, True)
    np.testing.assert_allclose(losses.categorical_crossentropy(y_true, softmax(logits)), expected, rtol=1e-9)


def test_names_are_keras(keras):
    for name, (f, f_grad) in LOSSES.items():
        assert keras.losses.get(name).__name__ == name == f.__name__
        assert f_grad.__name__ == f"{name}_grad"


def test_smoothed_labels_are_softer(rng):
    """The gradient no longer pulls a prediction that is already more certain than the smoothed truth."""
    sure = np.array([[9.0, 0.0, 0.0]])
    y_true = np.array([[1.0, 0.0, 0.0]])
    assert losses.categorical_crossentropy_grad(y_true, sure, True)[0, 0] < 0
    assert losses.categorical_crossentropy_grad(y_true, sure, True, label_smoothing=0.25)[0, 0] > 0
