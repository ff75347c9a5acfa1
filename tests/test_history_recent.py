from course_lib.history import MILESTONES, milestone
from course_lib.history_recent import RECENT


def test_they_are_those_from_2010_on():
    recent = tuple(map(milestone, RECENT.strip().split("\n\n")))
    assert recent == tuple(m for m in MILESTONES if m.year >= 2010)
