"""What a class found easy and hard: for each exercise the share that is right, and the hint that most have earned."""

import re
from collections import Counter, defaultdict

HEADER = ("exercise", "title", "points", "submissions", "written", "right", "pass_rate", "commonest_hint", "times")
HINT = re.compile(r"^Hint: (.+)$", re.M)


def rows(assignment, lines, not_written):
    """A row of ``HEADER`` for each exercise. What could not be graded is not counted."""
    graded = [line for line in lines if not line["error"]]
    return [_row(assignment, check, graded, not_written) for check in assignment.checks]


def _row(assignment, check, lines, not_written):
    of_check = [row for line in lines for row in line["checks"] if row["name"] == check.name]
    right = sum(row["passed"] for row in of_check)
    written = sum(row["message"] != not_written for row in of_check)
    hints = Counter(hint for row in of_check if (hint := hint_of(row)))
    hint, times = hints.most_common(1)[0] if hints else (None, None)
    rate = round(right / len(of_check), 3) if of_check else None
    return [check.name, assignment.titles[check.name], check.points, len(of_check), written, right, rate, hint, times]


def hint_of(row):
    """The hint that a check's row holds, or None: where it may not be told, the instructor's words have it."""
    found = HINT.search(row["for_instructor"]) or HINT.search(row["message"])
    return found and found[1]


def identical(lines):
    """Groups of lines that say the same: the same statements, but for names, comments and layout."""
    groups = defaultdict(list)
    for line in lines:
        if line["statements"]:
            groups[line["statements"]["hash"]].append(line)
    return sorted(
        (group for group in groups.values() if len(group) > 1), key=lambda group: -group[0]["statements"]["count"]
    )


IDENTICAL_HEADER = ("group", "statements", "submission", "same_file", "remark", "page")


def identical_rows(groups):
    """A row of ``IDENTICAL_HEADER`` for each submission in a group."""
    for number, group in enumerate(groups, 1):
        for line in group:
            same = sum(other["content"] == line["content"] for other in group) > 1
            words = ["yes" if same else "no", line["remark"], line["page"]]
            yield [number, line["statements"]["count"], line["submission"], *words]
