"""What a page of a notebook says: claims, figures with their words, and no log lines."""

from course_lib.page.claims import claim
from course_lib.page.live_text import LiveText
from course_lib.page.pictures import show
from course_lib.page.silence import quiet

__all__ = ["LiveText", "claim", "quiet", "show"]
