"""Pictures in diagrams are the pixels that were given."""

import base64
import io
import re

import numpy as np
from PIL import Image

from course_lib.drawing.pixels import image, mixed


def shown(part):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", part)[1]))))


def test_0_is_white_and_1_is_black():
    pixels = shown(image([[0, 1, 0.5]], 1, 2, 30, 10))
    assert pixels[0].tolist() == [[255] * 3, [0] * 3, [128] * 3]


def test_colours_are_kept():
    some = np.random.default_rng(0).random((5, 7, 3))
    np.testing.assert_array_equal(shown(image(some, 0, 0, 1, 1)), np.rint(255 * some))


def test_a_share_is_mixed_from_white():
    assert np.rint(255 * mixed([0, 0.5, 1], "#ff0000", "#0000ff")).tolist() == [[255, 0, 0], [255] * 3, [0, 0, 255]]
