"""Figures: one look for all of them.

Importing this package makes the course's look matplotlib's default.
"""

from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILION
from course_lib.drawing.style import points, use_style

__all__ = ["BLUE", "GREEN", "GREY", "INK", "ORANGE", "PURPLE", "SKY", "VERMILION", "points"]

use_style()
