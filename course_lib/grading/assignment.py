"""An assignment: the exercises of one chapter, their checks, and what of the course a student's process may import."""

import ast
import importlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from course_lib import checks
from course_lib.building.exercises import HEADER
from course_lib.checking import answers
from course_lib.grading import fingerprints, imports, statements
from course_lib.grading.imports import PACKAGE

ROOT = Path(__file__).resolve().parents[2]
# What these import, they import where a page shows a picture, and hardly any student's process shows one.
SHOWING = {"course_lib.page.pictures", "course_lib.page.live_text"}
# A notebook can import any of it, so a student's process can.
MATHEMATICS = frozenset(f"course_lib.{path.stem}" for path in PACKAGE.glob("[a-z]*.py"))
# Nor is anything kept from it that only shows, trains or serves: no verdict depends on it.
CRAFTS = ("drawing", "experiments", "page", "playground", "plots", "serving", "widgets")
BESIDE = frozenset(
    f"course_lib.{'.'.join(path.relative_to(PACKAGE).with_suffix('').parts).removesuffix('.__init__')}"
    for folder in CRAFTS
    for path in PACKAGE.glob(f"{folder}/**/*.py")
)
DRAWN_AND_FOUND = (".css", ".js", ".json", ".npz")
# Nothing else in a notebook's `check` has a meaning while its answers are judged elsewhere.
SILENT_CHECKS = '''"""In place of the checks, which are not here: another process judges what they were given."""

from course_lib.grading.given import GIVEN


class Silent:
    def __init__(self, name):
        self._name = name

    def __call__(self, *written, **named):
        for value in (*written, *named.values()):
            GIVEN.add(self._name, value)

    def hint(self):
        pass


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Silent(name)
'''
SILENT_REPORT = '''"""In place of the checks, which are not here: another process judges."""


def progress_report():
    pass
'''


class AssignmentError(Exception):
    """There is no such assignment. The message says which there are."""


@dataclass(frozen=True)
class Assignment:
    """The exercises of a chapter: their checks in order, and a title for each.

    ``course_modules`` are those of the course that a student's process may import, ``preload`` those of other
    packages that the exercises begin by importing, and ``keras`` says whether any of them needs Keras.
    """

    slug: str
    checks: tuple
    titles: dict
    course_modules: frozenset
    preload: tuple
    keras: bool
    # For each check, a hash of all code that its verdict depends on, besides the notebook and the seed.
    fingerprints: dict
    # What of a submission is not its author's: hashes of the statements of the exercise as it is released.
    released: frozenset = frozenset()

    @property
    def max_score(self):
        return sum(check.points for check in self.checks)


def slugs():
    """The slugs of all chapters that have exercises."""
    return sorted({chapter(check) for check in checks.all_checks()})


def chapter(check):
    return importlib.import_module(check.module).CHAPTER


def load(slug):
    """The assignment of this slug. ``AssignmentError`` if there is none."""
    own = [check for check in checks.all_checks() if chapter(check) == slug]
    if not own:
        raise AssignmentError(f"There are no exercises {slug!r}. There are: {', '.join(slugs())}.")
    cells = json.loads((ROOT / f"exercises/{slug}.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = [("".join(cell["source"]), cell["cell_type"]) for cell in cells]
    trees = [ast.parse(source) for source, kind in sources if kind == "code"]
    titles = [found["title"] for source, kind in sources if kind == "markdown" for found in HEADER.finditer(source)]
    imported = {name for tree in trees for name in imports.imported(tree)}
    named = imports.closure(imported)
    modules = imports.closure(imported | MATHEMATICS)
    outside = imports.outside(trees)
    # What the course's own modules import, even inside functions, costs each child as much.
    own_trees = [imports.tree_of(module) for module in named if module not in SHOWING]
    all_outside = outside | imports.outside(own_trees)
    return Assignment(
        slug,
        tuple(own),
        dict(zip((check.name for check in own), titles, strict=True)),
        modules | BESIDE,
        preload=tuple(sorted(name for name in all_outside if name.partition(".")[0] not in ("keras", "tensorflow"))),
        keras="keras" in outside or any(check.accept is answers.model_answer for check in own),
        fingerprints=fingerprints.of_checks(own, modules),
        released=frozenset(statements.hashes(source for source, kind in sources if kind == "code")),
    )


def stage(assignment, folder):
    """Copy into the folder what of the course a student's process may import. The checks are silent ones."""
    for module in assignment.course_modules:
        source = imports.file_of(module)
        target = folder / source.relative_to(PACKAGE.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    # What widgets are drawn with, and what studies have found.
    files = [path for craft in CRAFTS for path in PACKAGE.glob(f"{craft}/**/*.*")]
    for path in filter(lambda path: path.suffix in DRAWN_AND_FOUND, files):
        target = folder / path.relative_to(PACKAGE.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    stand_ins = folder / "course_lib/checks"
    stand_ins.mkdir()
    (stand_ins / "__init__.py").write_text(SILENT_REPORT, encoding="utf-8")
    for path in PACKAGE.glob("checks/[a-z]*.py"):
        (stand_ins / path.name).write_text(SILENT_CHECKS, encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
