"""The pictures of chapter 00's exercise are what its solution says."""

import numpy as np

from course_lib.data import digits
from course_lib.experiments.start_here import mystery_pictures


def test_each_picture_is_a_digit_once_its_damage_is_undone():
    pictures, known = mystery_pictures(), digits().x_train
    undone = {"A": pictures["A"][:, ::-1], "B": pictures["B"], "C": 1 - pictures["C"], "D": pictures["D"][::-1]}
    for letter, picture in undone.items():
        assert np.isclose(known, picture, atol=1e-6).all(axis=(1, 2)).any(), letter
