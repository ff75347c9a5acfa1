"""Figures: one look for all of them, and a way to show each with a text for those who cannot see it.

Importing this package makes the course's look matplotlib's default.
"""

from course_lib.plots.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILION, points, show, use_style

__all__ = ["BLUE", "GREEN", "GREY", "INK", "ORANGE", "PURPLE", "SKY", "VERMILION", "points", "show"]

use_style()
