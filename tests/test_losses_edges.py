"""The losses at their edges: what they refuse, classes that are masked out, and whole numbers of every kind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.activations import softmax
from course_lib.losses import LOSSES, loss_and_gradient

ROW = np.array([[0.25, 0.75]])
MSE, BINARY, DENSE = "mean_squared_error", "binary_crossentropy", "categorical_crossentropy"
SPARSE, LOGITS = "sparse_categorical_crossentropy", {"from_logits": True}
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
        (BINARY, (ROW, ROW), {"label_smoothing": 1.5}, r"label_smoothing must be a number from 0 to 1, got 1\.5"),
        (DENSE, (ROW, ROW), {"label_smoothing": -0.5}, r"label_smoothing must be a number from 0 to 1, got -0\.5"),
        (DENSE, (ROW / 2, ROW), LOGITS, "y_true must hold rows that add up to 1.*got 0.5"),
        (DENSE, (ROW, -ROW), {}, r"y_pred must hold numbers from 0 to 1 \(.*from_logits=True\), got -0\.25"),
        (DENSE, (ROW, 0 * ROW), {}, "y_pred must hold rows of probabilities that add up to more than 0, got 0.0"),
        (DENSE, (ROW[0], ROW[0]), {}, r"y_pred must have the shape \(examples, \.\.\., classes\), got \(2,\)"),
        (SPARSE, ([2], ROW), {}, "y_true must hold whole numbers from 0 to 1, got 2"),
        (SPARSE, ([-1], ROW), LOGITS, "y_true must hold whole numbers from 0 to 1, got -1"),
        (SPARSE, ([1.0], ROW), {}, "y_true must hold whole numbers from 0 to 1, got float64"),
        (SPARSE, ([[1]], ROW), {}, r"y_true must have the shape \(1,\), got \(1, 1\)"),
        (SPARSE, ([1], 2 * ROW), {}, r"y_pred must hold numbers from 0 to 1 \(.*from_logits=True\), got 1\.5"),
        ("kl_divergence", (2 * ROW, ROW), {}, r"y_true must hold numbers from 0 to 1, got 1\.5"),
        ("kl_divergence", ([[0.2, 0.2]], [[0.5, 0.5]]), {}, r"y_true must hold rows that add up to 1.*got 0\.4"),
        ("kl_divergence", ([[0.5, 0.5]], [[0.5, 1]]), {}, r"y_pred must hold rows that add up to 1.*got 1\.5"),
        ("kl_divergence", ([[0.5, 0.5]], [[0, 0]]), {}, r"y_pred must hold rows that add up to 1.*got 0\.0"),
        (SPARSE, (0, 1.0), LOGITS, r"y_pred must have the shape \(examples, \.\.\., classes\), got \(\)"),
        (SPARSE, ([], np.ones((0, 2))), LOGITS, "y_true must hold whole numbers|not be empty"),
        ("kl_divergence", (ROW, 2 * ROW), {}, r"y_pred must hold numbers from 0 to 1 \(.*from_logits=True\), got 1\.5"),
    ],
)
def test_bad_input_gets_a_sentence(name, arguments, options, sentence, which):
    with pytest.raises(ValueError, match=sentence):
        LOSSES[name][which](*arguments, **options)


def test_unknown_name_gets_a_sentence():
    with pytest.raises(ValueError, match=r"name must be one of mean_squared_error, .*; got 'mse'"):
        loss_and_gradient("mse")


MASKED = np.array([[2.0, 1.0, -np.inf, -np.inf]])


def test_a_class_that_is_masked_out_costs_nothing():
    """As ``top_k`` leaves logits behind: 0.31326169 by Keras on TensorFlow, and by log(1 + 1/e)."""
    sparse, sparse_grad = loss_and_gradient(SPARSE, from_logits=True)
    np.testing.assert_allclose(sparse([0], MASKED), np.log1p(np.exp(-1)), rtol=1e-12)
    p = 1 / (1 + np.exp(-1))
    np.testing.assert_allclose(sparse_grad([0], MASKED), [[p - 1, 1 - p, 0, 0]], rtol=1e-12)
    assert sparse([2], MASKED) == np.inf


@pytest.mark.parametrize("row", [[0.0, 0.5, -np.inf], [-np.inf, 0.0, -np.inf], [3.0, -np.inf, 1e308]])
def test_masked_logits_are_as_in_keras(row, keras):
    import tensorflow as tf

    right, logits = np.array([np.argmax(row)]), tf.constant([row], tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(right, logits)
    for name, y_true in ((SPARSE, right), (DENSE, np.eye(3)[right])):
        f, f_grad = loss_and_gradient(name, from_logits=True)
        np.testing.assert_allclose(f(y_true, logits), loss, rtol=1e-9)
        np.testing.assert_allclose(f_grad(y_true, logits), tape.gradient(loss, logits), rtol=1e-9)


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=5), st.integers(0, 3), st.booleans())
def test_masking_is_leaving_out(logits, masked, dense):
    """With any number of masked classes behind them, the others cost what they cost alone."""
    f, f_grad = loss_and_gradient(DENSE if dense else SPARSE, from_logits=True)
    z, wide = np.array([logits]), np.array([logits + [-np.inf] * masked])
    y, y_wide = (np.eye(row.shape[1])[[0]] if dense else [0] for row in (z, wide))
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_allclose(f(y_wide, wide), f(y, z), rtol=1e-12, atol=1e-300)
        gradient = f_grad(y_wide, wide)
    np.testing.assert_allclose(gradient[:, : len(logits)], f_grad(y, z), rtol=1e-12, atol=1e-300)
    assert (gradient[:, len(logits) :] == 0).all()


def test_infinite_logits_of_yes_and_no():
    f, f_grad = loss_and_gradient(BINARY, from_logits=True)
    with np.errstate(all="raise", under="ignore"):
        assert f([0, 1, 1, 0], [-np.inf, np.inf, 1e308, -1e308]) == 0
        assert f([1.0], [-np.inf]) == f([0.0], [np.inf]) == np.inf
        assert f_grad([0.0, 1.0, 0.0, 1.0], [-np.inf, np.inf, np.inf, -np.inf]).tolist() == [0, 0, 0.25, -0.25]


@given(st.integers(2, 6), st.integers(0, 2**32 - 1), st.sampled_from(["float32", "float64"]))
def test_a_divergence_takes_softmax_of_any_width_and_is_not_negative(classes, seed, dtype):
    y, p = softmax(10 * np.random.default_rng(seed).standard_normal((2, 3, classes)).astype(dtype))
    assert LOSSES["kl_divergence"][0](y, p) >= -1e-6


@BOTH
@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint64, bool, np.float16, np.float32])
def test_numbers_of_every_kind_are_made_float(dtype, which):
    """200 - 201 is not 255, and 100² is not 16."""
    y_true = np.array([[0, 1], [1, 0]]).astype(dtype)
    y_pred = np.array([[1, 0], [1, 0]]).astype(dtype)
    large = (100 * np.array([[1, 0], [0, 1]])).astype(dtype)
    for name, (f, f_grad) in LOSSES.items():
        if name == SPARSE:
            continue
        f = (f, f_grad)[which]
        np.testing.assert_array_equal(f(y_true, y_pred), f(y_true.astype(float), y_pred.astype(float)))
        options = LOGITS if "crossentropy" in name else {}
        if name != "kl_divergence":
            np.testing.assert_array_equal(
                f(y_true, large, **options), f(y_true.astype(float), large.astype(float), **options)
            )


@BOTH
@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint64])
def test_classes_of_every_kind_of_whole_number(dtype, which):
    f, logits = LOSSES[SPARSE][which], np.array([[3, 200, 1], [0, 100, 7]], np.uint8)
    expected = f(np.array([1, 2]), logits.astype(float), True)
    np.testing.assert_array_equal(f(np.array([1, 2], dtype), logits, True), expected)
