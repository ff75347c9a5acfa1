"""Chapter 06's widgets: every sentence and mark against the mathematics."""

import numpy as np
import pytest

from course_lib import data
from course_lib.layers import Sequential
from course_lib.normalization import (
    RECIPES,
    layer_statistics,
    stack,
)
from course_lib.widgets import normalization as widgets


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "linear"])
@pytest.mark.parametrize("recipe", list(RECIPES))
def test_signal_follows_the_mathematics(recipe, activation):
    demo = widgets.Signal(recipe, activation, depth=20, seed=3)
    rng = np.random.default_rng(3)
    network = stack(50, 64, activation, RECIPES[recipe], rng)
    x, dy = rng.standard_normal((2, 64, 64))
    wanted = layer_statistics(Sequential(*network.layers[:20]), x, dy)
    for way in ("forward", "backward"):
        np.testing.assert_allclose(demo.sizes[way], wanted[way], rtol=1e-10)
    assert f"20 layers of 64 {activation} neurons, weights “{recipe}”" in demo.describe()
    assert f"to {widgets.size_in_words(wanted['forward'][-1])};" in demo.describe()
    assert f"to {widgets.size_in_words(wanted['backward'][0])}." in demo.describe()


def test_signal_shows_six_layers_and_their_sizes():
    demo = widgets.Signal("He", depth=50)
    text = demo.picture.value
    for layer in (1, 11, 21, 30, 40, 50):
        assert f">layer {layer}</text>" in text
    assert text.count("<polygon") == 12
    demo.set(depth=2)
    assert demo.picture.value.count("<polygon") == 4


def test_signal_marks_what_lies_beyond_its_histograms():
    assert "▶" in widgets.Signal("too large", "tanh").picture.value
    assert "▶" not in widgets.Signal("too small", "tanh", depth=5).picture.value.replace("signal", "")


@pytest.mark.parametrize(
    ("first", "last", "word"),
    [
        (1, 0, "is gone"),
        (0, 0, "is gone"),
        (1, 1e-9, "vanishes"),
        (1, 0.05, "fades"),
        (1, 0.5, "keeps its size"),
        (0.5, 4, "keeps its size"),
        (1, 50, "grows"),
        (1, 1e5, "explodes"),
        (0, 1, "explodes"),
    ],
)
def test_fate_in_words(first, last, word):
    assert widgets.fate(first, last) == word


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0.00"),
        (0.72, "0.72"),
        (0.005, "0.01"),
        (999.4, "999.40"),
        (1234, "1·10³"),
        (3e-28, "3·10⁻²⁸"),
        (2.4e22, "2·10²²"),
    ],
)
def test_size_in_words(size, words):
    assert widgets.size_in_words(size) == words


def test_the_strips_are_real_digits():
    training = data.digits()
    rows = [0, 1, 2, 3, 5, 8]
    np.testing.assert_array_equal(widgets.INKS, 16 * training.x_train[rows, 4])
    assert tuple(training.y_train[rows]) == widgets.LABELS


@pytest.mark.parametrize("examples", [1, 3, 6])
@pytest.mark.parametrize("ink", [0.0, 1.0, 2.5])
def test_normalize_follows_the_mathematics(examples, ink):
    x = widgets.INKS[:examples].copy()
    x[0] *= ink
    mean, variance = widgets.INKS.mean(axis=0), widgets.INKS.var(axis=0)
    wanted = {
        "nothing": x,
        "batch norm, training": (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-3),
        "batch norm, afterwards": (x - mean) / np.sqrt(variance + 1e-3),
        "layer norm": (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-3),
        "RMS norm": x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-6),
    }
    assert list(wanted) == widgets.KINDS
    for kind, y in wanted.items():
        demo = widgets.Normalize(kind, examples, ink)
        np.testing.assert_allclose(demo.x, x)
        np.testing.assert_allclose(demo.y, y, rtol=1e-10, atol=1e-12)


def test_who_notices_the_ink_of_the_seven():
    """As the chapter's answers say: with batch norm in training the other rows, with layer norm and afterwards none."""

    def others(kind, ink):
        return widgets.Normalize(kind, ink=ink).y[1:]

    assert not np.allclose(others("batch norm, training", 1.0), others("batch norm, training", 2.0))
    for kind in ("batch norm, afterwards", "layer norm", "RMS norm"):
        np.testing.assert_array_equal(others(kind, 1.0), others(kind, 2.0))
    for kind in ("layer norm", "RMS norm"):
        once, twice = (widgets.Normalize(kind, ink=ink).y[0] for ink in (1.0, 2.0))
        np.testing.assert_allclose(once, twice, atol=1e-4)
    assert (widgets.Normalize("batch norm, training", examples=1).y == 0).all()


@pytest.mark.parametrize(
    ("kind", "together"),
    [
        ("nothing", ([1], [4])),
        ("batch norm, training", ([0, 1, 2], [4])),
        ("batch norm, afterwards", ([1], [4])),
        ("layer norm", ([1], list(range(8)))),
        ("RMS norm", ([1], list(range(8)))),
    ],
)
def test_the_frame_shows_who_shares_a_mean(kind, together):
    demo = widgets.Normalize(kind, examples=3, example=2, pixel=5)
    assert demo.chosen == (1, 4)
    assert demo.together == together


def test_a_row_that_the_batch_lacks_is_its_last():
    demo = widgets.Normalize(examples=2, example=6)
    assert demo.chosen[0] == 1
    assert "of the 8" in demo.describe()


def test_normalize_says_its_arithmetic():
    demo = widgets.Normalize()
    assert "Mean 9.83 and variance 28.81, of the column" in demo.words()
    assert "(11.0 − 9.83) / √(28.81 + 0.001) = <b>0.22</b>" in demo.words()
    demo.set(kind="RMS norm", example=4, pixel=6)
    assert "86.25" in demo.words()
    assert "<b>1.18</b>" in demo.words()
