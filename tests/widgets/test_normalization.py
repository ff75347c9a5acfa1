"""Chapter 06's widgets: every sentence and mark against the mathematics."""

from xml.etree import ElementTree

import numpy as np
import pytest

from course_lib import data
from course_lib.drawing import svg
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


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "linear"])
@pytest.mark.parametrize("recipe", list(RECIPES))
def test_signal_marks_each_edge_by_the_numbers_beyond_it(recipe, activation):
    """What ReLU passes on is never below -3, and what tanh does never beyond either: no mark may say so."""
    demo = widgets.Signal(recipe, activation)
    outputs, gradients = demo.compute()
    shown = np.unique(np.linspace(0, len(outputs) - 1, demo.rows).round().astype(int))
    numbers = [some[k] for some in (outputs, gradients) for k in shown]
    assert demo.picture.value.count("◀") == sum((v < -3).mean() > 0.01 for v in numbers)
    assert demo.picture.value.count("▶") == sum((v > 3).mean() > 0.01 for v in numbers)
    if activation == "relu":
        assert all((y >= 0).all() for y in outputs)


@pytest.mark.parametrize("seed", range(10))
def test_which_keep_both_sizes_within_ten_as_the_answer_says(seed):
    """He for ReLU, and LeCun, Glorot and orthogonal for linear, whatever the random seed."""

    def keep(activation):
        found = []
        for recipe in RECIPES:
            signal, gradient = widgets.Signal(recipe, activation, seed=seed).sizes.values()
            if signal[0] and 0.1 < signal[-1] / signal[0] < 10 and 0.1 < gradient[0] / gradient[-1] < 10:
                found.append(recipe)
        return found

    assert keep("relu") == ["He"]
    assert keep("linear") == ["LeCun", "Glorot", "orthogonal"]


@pytest.mark.parametrize(
    ("first", "last", "word"),
    [
        (1, 0, "is gone"),
        (0, 0, "is gone"),
        (1, 1e-9, "vanishes"),
        (1, 0.05, "fades"),
        (0.29, 0.09, "shrinks a little"),
        (1, 0.6, "keeps its size"),
        (1, 1.9, "keeps its size"),
        (0.5, 4, "grows a little"),
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
        (0, "0"),
        (0.72, "0.72"),
        (0.005, "0.0050"),
        (0.00996, "0.010"),
        (0.996, "1.0"),
        (9.96, "10"),
        (64.2, "64"),
        (999.4, "999"),
        (999.6, "1·10³"),
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
    demo = widgets.Normalize(kind, examples=3, cell="1,4")
    assert demo.chosen == (1, 4)
    assert demo.together == together


def test_a_row_that_the_batch_lacks_is_its_last():
    demo = widgets.Normalize(examples=2, cell="5,2")
    assert demo.chosen == (1, 2)
    assert "of the 8" in demo.describe()


@pytest.mark.parametrize("cell", ["", "9,9", "nonsense", "1,", ",1", "-1,0", "after", "after3,"])
def test_a_cell_that_is_not_there_is_another(cell):
    demo = widgets.Normalize()
    demo.set(cell=cell)
    assert demo.error == ""
    row, pixel = demo.chosen
    assert 0 <= row < 6
    assert 0 <= pixel < 8


def test_normalize_says_its_arithmetic():
    demo = widgets.Normalize()
    assert "Mean 9.83 and variance 28.81, of the column" in demo.words
    assert "(11.0 − 9.83) / √(28.81 + 0.001) = <b>0.22</b>" in demo.words
    demo.set(kind="RMS norm", cell="after3,5")
    assert "86.25" in demo.words
    assert "<b>1.18</b>" in demo.words


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("kind", widgets.KINDS)
@pytest.mark.parametrize(("examples", "ink"), [(1, 0.0), (1, 3.0), (6, 0.0), (6, 3.0)])
def test_every_cell_can_be_clicked_and_says_its_number(kind, examples, ink, narrow):
    demo = widgets.Normalize(kind, examples, ink)
    demo.narrow = narrow
    assert demo.error == ""
    assert demo.drawing.count("data-cell=") == 2 * 8 * examples
    # A still is an image, whose text has to be XML.
    ElementTree.fromstring(demo.drawing)
    for cell in ("0,0", f"after{examples - 1},7"):
        demo.set(cell=cell)
        row, pixel = demo.chosen
        assert f"{row},{pixel}" == cell.removeprefix("after")
        assert f"goes from {svg.signed(demo.x[row, pixel], 1)} to {svg.signed(demo.y[row, pixel])};" in demo.describe()
        after = demo.x[row, pixel] if kind == "nothing" else demo.y[row, pixel]
        assert svg.signed(after, 1 if kind == "nothing" else 2) in demo.words
        # Where several numbers decide, and only there, the words say so.
        alone = len(demo.together[0]) * len(demo.together[1]) == 1
        assert demo.describe().endswith("decides alone.") == alone


@pytest.mark.parametrize("shape", [(1, 8), (4, 5), (9, 12)])
def test_normalize_takes_a_table_of_ones_own(shape, rng):
    table = rng.normal(size=shape)
    demo = widgets.Normalize("layer norm", x=table)
    part = table[:6, :8]
    np.testing.assert_array_equal(demo.x, part)
    wanted = (part - part.mean(axis=1, keepdims=True)) / np.sqrt(part.var(axis=1, keepdims=True) + 1e-3)
    np.testing.assert_allclose(demo.y, wanted)
    assert "of row 1" in demo.describe()
    assert demo.error == ""
