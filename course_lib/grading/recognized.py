"""What a notebook is, besides somebody's work: the course's own solution, the exercise as it was, another chapter's."""

import functools
import re

from course_lib import checks
from course_lib.grading.assignment import ROOT, chapter
from course_lib.grading.submissions import code_cells

SOLUTION = "This is the course's own solution."
RELEASED = "This is the exercise as it was released: nothing is written yet."


def remark(slug, sources):
    """One sentence where the code cells are known to the course, else ""."""
    own = _essence(sources)
    if not own:
        return "There is no code in this notebook."
    kinds = {"solutions": "course's own solution", "exercises": "exercise", "chapters": "chapter"}
    found = next((known for known, cells in _known().items() if cells == own), None)
    if found == ("solutions", slug):
        return SOLUTION
    if found == ("exercises", slug):
        return RELEASED
    if found:
        return f"This is the {kinds[found[0]]} {found[1]}; the exercise {slug} was expected."
    counts = _answers_in(sources)
    begun = max(counts, key=counts.get)
    return f"This is the exercise {begun}; {slug} was expected." if counts[begun] and not counts[slug] else ""


def own_work(slug, sources):
    """How many answers of this exercise somebody has written here: none where all is as the course gives it."""
    known = [cells for (_, of), cells in _known().items() if of == slug]
    return 0 if _essence(sources) in known else _answers_in(sources)[slug]


def _answers_in(sources):
    """{slug: how many of its answers are written in these cells}."""
    written = set(re.findall(r"^(?:(?:async )?def |class )?([^\W\d]\w*)[ \t]*[(=:]", "\n".join(sources), re.M))
    return {slug: len(names & written) for slug, names in _answers().items()}


@functools.cache
def _answers():
    """The names of the answers of each exercise."""
    names = {}
    for check in checks.all_checks():
        names.setdefault(chapter(check), set()).add(check.name)
    return names


@functools.cache
def _known():
    """{(folder, slug): code cells} of the course's own notebooks."""
    paths = [
        path for folder in ("solutions", "exercises", "chapters") for path in sorted(ROOT.glob(f"{folder}/*.ipynb"))
    ]
    return {(path.parent.name, path.stem): _essence(code_cells(path.read_bytes())) for path in paths}


def _essence(sources):
    """The code cells that say something, without the space around them."""
    stripped = [source.strip() for source in sources]
    return [source for source in stripped if source and not re.fullmatch(r"check\.\w+\(\w*\)", source)]
