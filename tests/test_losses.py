"""Every loss and its gradient: brute force, the class of that name in Keras, and the plain sums over edge values."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from traitlets import TraitError

from course_lib import losses
from course_lib.activations import sigmoid, softmax
from course_lib.data import digits
from course_lib.drawing import svg
from course_lib.experiments import losses as experiments
from course_lib.gradients import numeric_gradient
from course_lib.losses import LOSSES, descend, loss_and_gradient
from course_lib.surfaces import LANDSCAPES
from course_lib.widgets import losses as widgets
from tests.witness import without, witness

pytestmark = without(["numeric"], "it follows a gradient that it is given", descend)


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


ROW = np.array([[0.25, 0.75]])
MSE, BINARY, DENSE = "mean_squared_error", "binary_crossentropy", "categorical_crossentropy"
SPARSE = "sparse_categorical_crossentropy"
BOTH = pytest.mark.parametrize("which", [0, 1], ids=["loss", "gradient"])


@BOTH
@pytest.mark.parametrize(
    ("name", "arguments", "options", "sentence"),
    [
        (MSE, (np.ones(3), np.ones((3, 1))), {}, r"y_true must have the shape of y_pred, \(3, 1\), got \(3,\)"),
        (
            "mean_absolute_error",
            (np.ones((1, 3)), np.ones((2, 3))),
            {},
            r"y_true must have the shape of y_pred, \(2, 3\), got \(1, 3\)",
        ),
        (
            "huber",
            (np.ones((0, 3)), np.ones((0, 3))),
            {},
            r"y_pred must have the shape \(examples, \.\.\.\) and not be empty, got \(0, 3\)",
        ),
        (MSE, (1.0, 2.0), {}, r"y_pred must have the shape \(examples, \.\.\.\) and not be empty, got \(\)"),
        ("huber", (ROW, ROW), {"delta": 0.0}, "delta must be a number above 0, got 0.0"),
        ("huber", (ROW, ROW), {"delta": np.nan}, "delta must be a number above 0, got nan"),
        (MSE, (ROW, ROW), {"sample_weight": np.ones(2)}, r"sample_weight must have the shape \(1,\)"),
        ("kl_divergence", (ROW, ROW), {"sample_weight": np.ones((1, 2))}, r"sample_weight must have the shape \(1,\)"),
        (MSE, (ROW, ROW), {"sample_weight": [-1.0]}, "sample_weight must hold numbers from 0 up, got -1"),
        (MSE, (ROW, ROW), {"sample_weight": [np.nan]}, "sample_weight must hold numbers from 0 up, got nan"),
        (BINARY, (ROW, ROW + 1), {}, r"y_pred must hold numbers from 0 to 1 \(.*from_logits=True\), got 1\.25"),
        (BINARY, (ROW, ROW * np.nan), {}, r"y_pred must hold numbers from 0 to 1 \(.*from_logits=True\), got nan"),
        (BINARY, (2 * ROW, ROW), {}, r"y_true must hold numbers from 0 to 1, got 1\.5$"),
        (BINARY, (-ROW, ROW), LOGITS, r"y_true must hold numbers from 0 to 1, got -0\.25"),
        (BINARY, (ROW, ROW), {"label_smoothing": 1.5}, r"label_smoothing must hold numbers from 0 to 1, got 1\.5"),
        (DENSE, (ROW, ROW), {"label_smoothing": -0.5}, r"label_smoothing must hold numbers from 0 to 1, got -0\.5"),
        (DENSE, (ROW / 2, ROW), LOGITS, "y_true must hold rows that add up to 1.*adds up to 0.5"),
        (DENSE, (ROW, -ROW), {}, r"y_pred must hold numbers from 0 to 1 \(.*from_logits=True\), got -0\.25"),
        (DENSE, (ROW, 0 * ROW), {}, "y_pred must hold rows of probabilities; one row adds up to 0"),
        (DENSE, (ROW[0], ROW[0]), {}, r"y_pred must have the shape \(examples, \.\.\., classes\), got \(2,\)"),
        (SPARSE, ([2], ROW), {}, "y_true must hold whole numbers from 0 to 1, got 2"),
        (SPARSE, ([-1], ROW), LOGITS, "y_true must hold whole numbers from 0 to 1, got -1"),
        (SPARSE, ([1.0], ROW), {}, "y_true must hold whole numbers from 0 to 1, got float64"),
        (SPARSE, ([[1]], ROW), {}, r"y_true must have the shape \(1,\), got \(1, 1\)"),
        (SPARSE, ([1], 2 * ROW), {}, r"y_pred must hold numbers from 0 to 1 \(.*from_logits=True\), got 1\.5"),
        ("kl_divergence", (2 * ROW, ROW), {}, r"y_true must hold numbers from 0 to 1, got 1\.5"),
        ("kl_divergence", (ROW, 2 * ROW), {}, r"y_pred must hold numbers from 0 to 1 \(.*from_logits=True\), got 1\.5"),
    ],
)
def test_bad_input_gets_a_sentence(name, arguments, options, sentence, which):
    with pytest.raises(ValueError, match=sentence):
        LOSSES[name][which](*arguments, **options)


def test_unknown_name_gets_a_sentence():
    with pytest.raises(ValueError, match=r"name must be one of mean_squared_error, .*; got 'mse'"):
        loss_and_gradient("mse")


# --- gradient descent


@witness("hypothesis", losses.descend)
@given(
    arrays(float, st.lists(st.integers(0, 3), max_size=2).map(tuple), elements=st.floats(-1e3, 1e3)),
    st.sampled_from([2**-10, 0.25, 0.5, 1.0, 1.5]),
    st.integers(0, 12),
)
def test_descent_on_a_parabola_shrinks_geometrically(start, rate, steps):
    """The loss w²/2 has the slope w, so each step multiplies w by 1 - rate: exactly, for rates exact in binary."""
    before = start.copy()
    path = descend(lambda w: w, start, rate, steps)
    assert path.shape == (steps + 1, *start.shape)
    expected = np.multiply.outer((1 - rate) ** np.arange(steps + 1), start)
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-300)
    assert (start == before).all()


@witness("keras", losses.descend)
@pytest.mark.parametrize("shape", [(), (3,), (2, 4)])
def test_descent_equals_keras_sgd(shape, rng, keras):
    start, centre = rng.standard_normal((2, *shape))
    variable, sgd = keras.Variable(start), keras.optimizers.SGD(0.125)
    path = descend(lambda w: 4 * (w - centre) ** 3, start, 0.125, 6)
    for w in path[1:]:
        sgd.apply([4 * (variable.numpy() - centre) ** 3], [variable])
        np.testing.assert_allclose(w, variable.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("gradient", "rate", "sentence"),
    [
        (lambda w: w, 0.0, "learning_rate must be a number above 0, got 0"),
        (lambda w: w, -0.5, "learning_rate must be a number above 0, got -0.5"),
        (lambda w: w, np.nan, "learning_rate must be a number above 0, got nan"),
        (lambda w: w, np.inf, "learning_rate must be a number above 0, got inf"),
        (lambda w: w.sum(), 0.5, r"a slope for each number, in the shape \(3,\), got \(\)"),
        (lambda w: w[:, None], 0.5, r"in the shape \(3,\), got \(3, 1\)"),
    ],
)
def test_descent_refuses(gradient, rate, sentence):
    with pytest.raises(ValueError, match=sentence):
        descend(gradient, np.ones(3), rate, 2)


# --- the widgets


@pytest.mark.parametrize("prediction", [-6.0, -0.5, 0.0, 0.3, 6.0])
def test_loss_widget_says_what_the_module_says(prediction):
    demo = widgets.Loss(prediction=prediction, target=0.3, delta=0.7)
    y, p = np.array([0.3]), np.array([prediction])
    expected = {
        "squared error": ("mean_squared_error", {}),
        "absolute error": ("mean_absolute_error", {}),
        "Huber": ("huber", {"delta": 0.7}),
    }
    for name, (f, options) in expected.items():
        loss, slope = (each(y, p, **options) for each in LOSSES[f])
        assert demo.now[name] == pytest.approx((loss, slope[0]))
        assert svg.signed(loss, 3) in demo.text.value
        assert svg.signed(slope[0], 3) in demo.describe()


@pytest.mark.parametrize(("task", "truth"), [(widgets.YES, 1.0), (widgets.NO, 0.0)])
@pytest.mark.parametrize("logit", [-6.0, 0.0, 2.5])
def test_loss_widget_for_yes_and_no(task, truth, logit):
    demo = widgets.Loss(task, logit)
    p = 1 / (1 + math.exp(-logit))
    surprise = -math.log(p if truth else 1 - p)
    assert demo.now["cross-entropy"] == pytest.approx((surprise, p - truth))
    square = (p - truth) ** 2, 2 * (p - truth) * p * (1 - p)
    assert demo.now["squared error of the sigmoid"] == pytest.approx(square)
    assert f"{p:.4f}" in demo.text.value
    assert f"truth: {'yes' if truth else 'no'}" in demo.describe()


def test_loss_widgets_curves_have_their_slopes():
    for task in (widgets.AMOUNT, widgets.YES, widgets.NO):
        grid = np.linspace(-5.95, 5.95, 120)
        for values, slopes in widgets.Loss(task, delta=2.0).compute(grid).values():
            assert values.shape == slopes.shape == (120,)
        h = 1e-5
        up, down = (widgets.Loss(task, delta=2.0).compute(grid + step) for step in (h, -h))
        for name, (_, slopes) in widgets.Loss(task, delta=2.0).compute(grid).items():
            np.testing.assert_allclose(slopes, (up[name][0] - down[name][0]) / (2 * h), atol=1e-4)


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        ({"landscape": "one valley", "start_1": -3.0, "learning_rate": 0.1, "steps": 60}, "a global minimum"),
        ({"landscape": "one valley", "start_1": -3.0, "learning_rate": 0.01, "steps": 20}, "still on its way down"),
        ({"landscape": "one valley", "start_1": -3.0, "learning_rate": 1.0, "steps": 20}, "Its last step led uphill"),
        ({"landscape": "one valley", "start_1": -3.0, "learning_rate": 1.1, "steps": 60}, "Step 1 throws it out"),
        ({"landscape": "one valley", "start_1": -2.0, "learning_rate": 1.1, "steps": 60}, "Step 4 throws it out"),
        ({"landscape": "one valley", "start_1": -2.0, "steps": 0}, "It lies at the start"),
        ({"landscape": "two valleys", "start_1": 3.0, "learning_rate": 0.1, "steps": 60}, "a local minimum, not the"),
        ({"landscape": "two valleys", "start_1": -3.0, "learning_rate": 0.1, "steps": 60}, "a global minimum"),
        ({"landscape": "a saddle", "start_1": -2.5, "start_2": 0.0, "learning_rate": 0.2, "steps": 60}, "a saddle"),
        ({"landscape": "a saddle", "start_1": -2.5, "start_2": 0.1, "learning_rate": 0.2, "steps": 60}, "a global"),
        ({"landscape": "two basins", "start_1": 2.5, "learning_rate": 0.2, "steps": 60}, "a local minimum, not the"),
    ],
)
def test_descent_widget_says_what_becomes_of_the_ball(settings, verdict):
    demo = widgets.Descent(**settings)
    assert verdict in demo.verdict
    assert demo.verdict in demo.describe()
    assert demo.message.value == ""


@pytest.mark.parametrize("name", LANDSCAPES)
def test_descent_widgets_path_is_that_of_descend(name):
    demo = widgets.Descent(name, 1.5, -2.0, 0.15, 25)
    start = np.array([1.5, -2.0])[: LANDSCAPES[name].weights]
    np.testing.assert_array_equal(demo.path, descend(LANDSCAPES[name].gradient, start, 0.15, 25))
    assert demo.left_at is None
    assert f"After step 25: w1 = {svg.signed(demo.path[-1, 0], 3)}" in demo.text.value


@pytest.mark.parametrize("name", ["one valley", "a long valley"])
def test_descent_widget_keeps_the_first_place_outside_and_no_more(name):
    demo = widgets.Descent(name, 3.0, 2.0, 1.2, 60)
    assert (np.abs(demo.path[:-1]) <= widgets.REACH).all()
    assert np.abs(demo.path[-1]).max() > widgets.REACH
    assert demo.left_at == len(demo.path) - 1
    assert np.isfinite(demo.path).all()


def test_play_begins_where_the_steps_stand():
    """The page links the two, and at the start the button's value would win."""
    demo = widgets.Descent(steps=20)
    assert demo.controls["play"].value == demo.controls["steps"].value == 20
    assert (demo.controls["play"].min, demo.controls["play"].max) == (0, widgets.MOST_STEPS)


def test_the_map_is_darker_where_it_is_lower():
    regions = widgets._layers("a long valley")
    highest = [LANDSCAPES["a long valley"].loss(region).max() for region, _ in regions]
    assert (np.diff(highest) < 0).all()
    assert [shade for _, shade in regions] == sorted((shade for _, shade in regions), reverse=True)


@pytest.mark.parametrize("moment", widgets.MOMENTS)
@pytest.mark.parametrize("size", [1, 16, 256])
def test_batch_size_widgets_noise_is_what_the_theory_says(moment, size):
    """Measured on twenty draws of forty, computed over all."""
    demo, noises = widgets.BatchSize(size, moment), []
    for draw in range(1, 21):
        demo.set(draw=draw)
        noises.append(demo.noise)
    assert np.sqrt(np.mean(np.square(noises))) == pytest.approx(demo.expected(size), rel=0.1)
    assert demo.gradients.shape == (40, 65, 10)
    assert f"{demo.noise:.2f}" in demo.text.value
    assert f"{demo.noise:.2f}" in demo.describe()


def test_batch_size_widget_computes_the_gradient_of_the_loss():
    demo = widgets.BatchSize(1077)
    data = digits()
    x = experiments.with_one(data.x_train)
    np.testing.assert_allclose(demo.full, experiments.slopes(np.zeros((65, 10)), x, data.y_train), atol=1e-12)
    np.testing.assert_allclose(demo.gradients, np.broadcast_to(demo.full, (40, 65, 10)), atol=1e-12)
    assert demo.expected(1077) == 0
    assert demo.noise < 1e-9
    one = widgets.BatchSize(1)
    each = np.einsum("ni,nk->nik", *widgets.reader_at("before training"))
    spread = np.sqrt(((each - one.full) ** 2).sum(axis=(1, 2)).mean()) / np.linalg.norm(one.full)
    assert one.expected(1) == pytest.approx(spread)


def test_another_draw_is_another_forty():
    demo = widgets.BatchSize(4)
    before = demo.angles.copy()
    demo.set(draw=2)
    assert (demo.angles != before).all()
    demo.set(draw=1)
    assert (demo.angles == before).all()


@pytest.mark.parametrize("kind", [widgets.Loss, widgets.Descent, widgets.BatchSize])
def test_bad_input_leaves_the_widget_alive(kind):
    demo = kind()
    name, control = next((name, c) for name, c in demo.controls.items() if c.has_trait("max"))
    demo.set(**{name: 1e9})
    assert demo.values[name] == control.max
    assert demo.message.value == ""
    with pytest.raises(TraitError):
        demo.set(**{name: "a lot"})
    with pytest.raises(ValueError, match="has no control 'nothing'"):
        demo.set(nothing=1)
    demo.set(**{name: control.min})
    assert demo.values[name] == control.min
    assert demo.message.value == ""


def test_controls_without_work_are_switched_off():
    demo = widgets.Loss()
    assert [name for name, control in demo.controls.items() if control.disabled] == []
    demo.set(task="yes or no; truth: yes")
    assert [name for name, control in demo.controls.items() if control.disabled] == ["target", "delta"]
    demo = widgets.Descent("one valley")
    assert demo.controls["start_2"].disabled
    demo.set(landscape="a saddle")
    assert not demo.controls["start_2"].disabled
