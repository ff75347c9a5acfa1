"""The look of the figures: colours and marks that everybody can tell apart."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from course_lib.drawing import style
from course_lib.drawing.palette import CLASS_COLOURS, CLASS_MARKERS, LINE_COLOURS
from course_lib.drawing.style import points


def test_every_class_has_a_colour_and_a_marker_of_its_own():
    """Never colour alone: whoever sees none still has the markers."""
    assert len(set(CLASS_COLOURS)) == len(set(CLASS_MARKERS)) == len(CLASS_COLOURS) == len(CLASS_MARKERS) == 6
    _, axes = plt.subplots()
    y = np.arange(12) % 6
    points(axes, np.arange(24.0).reshape(12, 2), y, names="abcdef")
    assert len(axes.collections) == 6
    outlines = set()
    for k, drawn in enumerate(axes.collections):
        np.testing.assert_array_equal(drawn.get_offsets(), np.arange(24.0).reshape(12, 2)[y == k])
        assert tuple(drawn.get_facecolor()[0][:3]) == to_rgb(CLASS_COLOURS[k])
        assert drawn.get_label() == "abcdef"[k]
        outlines.add(drawn.get_paths()[0].vertices.tobytes())
    assert len(outlines) == 6
    plt.close()


def test_lines_differ_in_more_than_colour():
    """Lines 1 to 4 have four dashes; 5 and 6 begin again, with colours unlike those of 1 and 2."""
    with plt.rc_context():
        style.use_style()
        cycle = plt.rcParams["axes.prop_cycle"].by_key()
    assert tuple(cycle["color"]) == LINE_COLOURS
    assert set(LINE_COLOURS) == set(CLASS_COLOURS)
    assert len(set(cycle["linestyle"][:4])) == 4


# --- colours. Machado, Oliveira and Fernandes, A Physiologically-based Model for Simulation of Color Vision
# Deficiency, IEEE TVCG 15(6), 2009: the matrices of severity 1, for linear RGB.

SIGHTS = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
# sRGB's primaries and white (IEC 61966-2-1), from linear RGB to XYZ.
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
# From 2.3 on a difference in CIELAB is just noticed, from 5 on two colours are two (Mokrzycki and Tatol, 2011).
# Small marks far apart need more: three times that.
FAR_APART = 15


def lab(colour, sight):
    """CIELAB, where distances are about as large as differences look, of a colour as somebody sees it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    x, y, z = (TO_XYZ @ np.clip(SIGHTS[sight] @ linear, 0, 1)) / TO_XYZ.sum(axis=1)
    f = [np.cbrt(v) if v > (6 / 29) ** 3 else v / (3 * (6 / 29) ** 2) + 4 / 29 for v in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def closest(colours, sight):
    """The smallest distance between two of the colours."""
    return min(np.linalg.norm(lab(a, sight) - lab(b, sight)) for a, b in combinations(colours, 2))


def test_the_measure_knows_what_is_far_and_what_is_near():
    assert lab("white", "all cones") == pytest.approx([100, 0, 0], abs=0.02)
    assert lab("black", "all cones") == pytest.approx([0, 0, 0], abs=0.02)
    # Matrices of sight leave greys grey.
    for sight in SIGHTS:
        assert lab("#777777", sight)[1:] == pytest.approx([0, 0], abs=0.1)
    # A red and a green that many figures use: far apart for most people, too close for some.
    assert closest(["#d62728", "#2ca02c"], "all cones") > 100
    assert closest(["#d62728", "#2ca02c"], "deuteranopia") < FAR_APART


@pytest.mark.parametrize("sight", SIGHTS)
def test_everybody_can_tell_the_classes_apart(sight):
    assert closest(CLASS_COLOURS, sight) >= FAR_APART


def test_a_matplotlibrc_of_the_learners_does_not_reach_the_figures():
    theirs = {"text.usetex": True, "text.color": "white", "axes.facecolor": "black", "xtick.color": "white"}
    with plt.rc_context({**theirs, "figure.dpi": 30, "toolbar": "None"}):
        style.use_style()
        seen = {name: plt.rcParams[name] for name in [*theirs, "figure.dpi", "toolbar"]}
    mpl = plt.matplotlib.rcParamsDefault
    assert seen == {**{name: mpl[name] for name in theirs}, "figure.dpi": 100, "toolbar": "None"}
