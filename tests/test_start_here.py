"""Chapter 00's module: the picture of a drawing beside a slow second implementation, accuracy beside two others."""

import math
import platform

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import data
from course_lib.start_here import BITMAP, GRID, PEN, accuracy, machine, picture_of

# Whole numbers: shifting them and scaling by powers of two rounds nothing, so pictures must be equal bit for bit.
points = st.tuples(st.integers(-64, 64), st.integers(-64, 64))
drawings = st.lists(st.lists(points, min_size=1, max_size=5), min_size=1, max_size=4)


def slowly(strokes):
    """The same picture pixel by pixel, with the distance to each segment by its three cases."""
    xs, ys = zip(*(point for stroke in strokes for point in stroke), strict=True)
    size = max(max(xs) - min(xs), max(ys) - min(ys)) or 1
    scale = (BITMAP - 2 * PEN) / size

    def placed(point):
        middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        return tuple((p - m) * scale + BITMAP / 2 for p, m in zip(point, middle, strict=True))

    picture = np.zeros((GRID, GRID))
    for row in range(BITMAP):
        for column in range(BITMAP):
            pixel = column + 0.5, row + 0.5
            segments = [(placed(a), placed(b)) for s in strokes for a, b in zip(s, [*s[1:], s[-1]], strict=True)]
            picture[row // 4, column // 4] += min(distance(pixel, a, b) for a, b in segments) <= PEN
    return picture / 16


def distance(p, a, b):
    """From a point to a segment: to its line where the foot lies between the ends, else to the nearer end."""
    length = math.dist(a, b)
    along = (p[0] - a[0]) * (b[0] - a[0]) + (p[1] - a[1]) * (b[1] - a[1])
    if length == 0 or along <= 0:
        return math.dist(p, a)
    if along >= length**2:
        return math.dist(p, b)
    return abs((p[0] - a[0]) * (b[1] - a[1]) - (p[1] - a[1]) * (b[0] - a[0])) / length


@pytest.mark.parametrize("seed", range(8))
def test_picture_counts_the_pixels_that_the_pen_touches(seed):
    rng = np.random.default_rng(seed)
    strokes = [rng.uniform(-3, 7, (rng.integers(1, 6), 2)).tolist() for _ in range(rng.integers(1, 4))]
    np.testing.assert_array_equal(picture_of(strokes), slowly(strokes))


def blocks(rows, columns, ink):
    """A picture with the same ink in a rectangle of blocks and none elsewhere."""
    picture = np.zeros((GRID, GRID))
    picture[rows, columns] = ink
    return picture


def test_a_vertical_line():
    """The pen is 5.6 pixels wide: around the middle, 16, it covers the centres 13.5 to 18.5, 3 of 4 on either side."""
    picture = picture_of([[[5, 0], [5, 9]]])
    np.testing.assert_array_equal(picture[1:-1], blocks(slice(1, -1), slice(3, 5), 0.75)[1:-1])
    # At its ends the pen is round, and yet it reaches the first and the last row.
    assert (picture[[0, -1], 3:5] > 0.5).all()
    assert (picture[[0, -1], 3:5] < 0.75).all()
    assert not np.delete(picture, [3, 4], axis=1).any()


def test_a_flat_line_fills_the_width():
    np.testing.assert_array_equal(picture_of([[[0, 5], [9, 5]]]), picture_of([[[5, 0], [5, 9]]]).T)


@pytest.mark.parametrize("strokes", [[[[3, 4]]], [[[3, 4], [3, 4]]], [[[3, 4]], [], [[3, 4], [3, 4], [3, 4]]]])
def test_a_dot_stays_a_dot(strokes):
    """Of a quarter's 16 pixels, the pen's disc holds the centres (½, ½), (½, 1½), (½, 2½), (1½, 1½) and mirrored: 6."""
    np.testing.assert_array_equal(picture_of(strokes), blocks(slice(3, 5), slice(3, 5), 6 / 16))


@pytest.mark.parametrize("strokes", [[], [[]], [[], []], [np.zeros((0, 2))]])
def test_nothing_drawn_is_blank_paper(strokes):
    picture = picture_of(strokes)
    assert picture.shape == (8, 8)
    assert picture.dtype == np.float32
    assert not picture.any()


@given(drawings)
def test_picture_is_eight_by_eight_from_paper_to_ink(strokes):
    picture = picture_of(strokes)
    assert picture.shape == (8, 8)
    assert picture.dtype == np.float32
    assert ((picture * 16) % 1 == 0).all()
    assert 0 <= picture.min() < picture.max() <= 1


@given(drawings, points, st.sampled_from([2.0**-10, 0.5, 1.0, 2.0, 2.0**10]))
def test_neither_place_nor_size_on_the_pad_matters(strokes, shift, scale):
    moved = [scale * (np.array(stroke) + shift) for stroke in strokes]
    np.testing.assert_array_equal(picture_of(moved), picture_of(strokes))


@given(drawings)
def test_turned_over_the_diagonal_the_picture_is_turned_too(strokes):
    np.testing.assert_array_equal(picture_of([np.array(stroke)[:, ::-1] for stroke in strokes]), picture_of(strokes).T)


@given(drawings)
def test_order_and_direction_of_strokes_do_not_matter(strokes):
    """Drawn backwards, a segment's nearest point is computed from its other end: equal but for a pixel on the edge."""
    backwards = [stroke[::-1] for stroke in reversed(strokes)]
    assert (np.abs(picture_of(backwards) - picture_of(strokes)) <= 2 / 16).all()
    np.testing.assert_array_equal(picture_of(list(reversed(strokes))), picture_of(strokes))


@given(drawings, drawings)
def test_more_strokes_never_mean_less_ink(first, more):
    """As long as they stay within what is drawn: else all of it is scaled down."""
    frame = [[(-64, -64)], [(64, 64)]]
    assert (picture_of(frame + first + more) >= picture_of(frame + first)).all()


@given(drawings)
def test_a_tall_drawing_reaches_top_and_bottom(strokes):
    picture = picture_of([*strokes, [(0, -100), (0, 100)]])
    assert picture[0].any()
    assert picture[-1].any()


REFUSED = {
    "NaN": ([[[0, 0], [np.nan, 1]]], "each stroke must hold finite numbers, got nan"),
    "infinity": ([[[0, 0]], [[np.inf, 1]]], "each stroke must hold finite numbers, got inf"),
    "x and y as rows": ([np.zeros((2, 5))], r"each stroke must have the shape \(n, 2\), got \(2, 5\)"),
    "one stroke, not a list of them": (
        [[0.1, 0.2], [0.3, 0.4]],
        r"each stroke must have the shape \(n, 2\), got \(2,\)",
    ),
    "points in space": ([[[0, 0]], [[1, 2, 3]]], r"each stroke must have the shape \(n, 2\), got \(1, 3\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_are_no_strokes(name):
    strokes, says = REFUSED[name]
    with pytest.raises(ValueError, match=says):
        picture_of(strokes)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_accuracy_counts_what_is_right(pairs):
    y_true, y_pred = zip(*pairs, strict=True)
    by_hand = sum(a == b for a, b in pairs) / len(pairs)
    assert accuracy(y_true, y_pred) == accuracy(np.array(y_true), list(y_pred)) == pytest.approx(by_hand, rel=1e-15)
    assert type(accuracy(y_true, y_pred)) is float


def test_accuracy_matches_scikit_learn():
    from sklearn.metrics import accuracy_score

    rng = np.random.default_rng(0)
    for n in (1, 2, 7, 360):
        y_true, y_pred = rng.integers(0, 10, (2, n))
        assert accuracy(y_true, y_pred) == pytest.approx(accuracy_score(y_true, y_pred), rel=1e-12)


def test_accuracy_matches_keras(keras):
    y_true, y_pred = np.random.default_rng(0).integers(0, 3, (2, 50))
    metric = keras.metrics.Accuracy()
    metric.update_state(y_true, y_pred)
    assert accuracy(y_true, y_pred) == pytest.approx(float(metric.result()), rel=1e-9)


@pytest.mark.parametrize(
    ("y_true", "y_pred", "says"),
    [
        ([1, 2, 3], [1, 2], r"equal and not empty, got \(3,\) and \(2,\)"),
        ([1, 2, 3], [[1], [2], [3]], r"\(3,\) and \(3, 1\)"),
        ([1, 2, 3], 1, r"\(3,\) and \(\)"),
        ([], [], r"not empty, got \(0,\) and \(0,\)"),
    ],
)
def test_accuracy_refuses_what_would_be_broadcast(y_true, y_pred, says):
    with pytest.raises(ValueError, match=says):
        accuracy(y_true, y_pred)


def test_machine_says_what_runs_here(keras):
    found = machine()
    assert list(found) == ["Python", "TensorFlow", "Keras", "Computes on"]
    assert found["Python"] == platform.python_version()
    assert found["Keras"] == keras.__version__
    assert all(isinstance(text, str) and text for text in found.values())


@pytest.mark.parametrize(("gpus", "words"), [(0, "the CPU, which is enough for this course"), (2, "2 GPU")])
def test_machine_counts_gpus(gpus, words, keras, monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["one"] * gpus * (kind == "GPU"))
    assert machine()["Computes on"] == words


# Chapter 00's rules for a 7 and a 1


def test_the_rules_that_the_chapter_suggests_read_as_many_as_it_says():
    digits = data.digits()
    some = np.isin(digits.y_test, (1, 7))
    x, seven = digits.x_test[some], digits.y_test[some] == 7
    assert len(x) == 72
    assert np.sum((x[:, 1, 2] > 0.3) == seven) == 55
    assert np.sum((x[:, 7, 4] < 0.5) == seven) == 71
