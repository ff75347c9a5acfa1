"""What the instructor reads of a whole class: tables, and a page with all that students may not be told."""

from course_lib.grading import roster as rosters
from course_lib.grading import statistics, tables
from course_lib.grading.judge import NOT_WRITTEN
from course_lib.grading.reports import PAGES


def write(folder, desk, assignment, lines, roster=None):
    """Write ``statistics.csv``, ``identical.csv``, ``report.html``, and with a roster ``grades.csv``.

    Returns sentences that the instructor should hear.
    """
    counted = statistics.rows(assignment, lines, NOT_WRITTEN)
    groups = statistics.identical(lines)
    tables.write(desk, folder / "statistics.csv", statistics.HEADER, counted)
    tables.write(desk, folder / "identical.csv", statistics.IDENTICAL_HEADER, statistics.identical_rows(groups))
    grades, nobodys = roster.rows(lines) if roster else ([], [])
    if roster:
        tables.write(desk, folder / "grades.csv", rosters.HEADER, grades)
    page = PAGES.get_template("report.html").render(
        slug=assignment.slug,
        titles=assignment.titles,
        statistics=[dict(zip(statistics.HEADER, row, strict=True)) for row in counted],
        groups=groups,
        grades=[dict(zip(rosters.HEADER, row, strict=True)) for row in grades],
        lines=lines,
    )
    desk.replace(folder / "report.html", lambda file: file.write(page))
    return [f"Not on the roster: {', '.join(nobodys)}."] if nobodys else []
