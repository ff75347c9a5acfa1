"""Real nbgrader with our notebooks as they are: released, autograded and exported, the points are right."""

import csv
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib import checks
from course_lib.building.notebooks import ROOT, Target, from_source
from course_lib.checks import start_here

SLUG = "00-start-here"
# nbgrader may lie in a folder of its own: in JupyterLab's environment it would add menus to the course.
FOLDER = Path(os.environ.get("COURSE_NBGRADER", ""))
INSTALLED = importlib.util.find_spec("nbgrader") or (FOLDER / "nbgrader").is_dir()
EXERCISES = sorted(path.stem for path in (ROOT / "solutions/source").glob("*.py"))
both = pytest.mark.parametrize("folder", ["exercises", "solutions"])
every_exercise = pytest.mark.parametrize("slug", EXERCISES)


def marked(slug, folder):
    """The cells of a notebook that have nbgrader's metadata."""
    target = Target(ROOT / f"solutions/source/{slug}.py", ROOT / f"{folder}/{slug}.ipynb", folder == "exercises")
    return [cell for cell in from_source(target).cells if "nbgrader" in cell.metadata]


@both
@every_exercise
def test_each_check_has_its_points_and_each_task_is_locked(slug, folder):
    graded = [cell for cell in marked(slug, folder) if cell.metadata["nbgrader"]["grade"]]
    own = [check for check in checks.all_checks() if check.module.endswith(slug.partition("-")[2].replace("-", "_"))]
    assert [(cell.source, cell.metadata["nbgrader"]["points"]) for cell in graded] == [
        (f"check.{check.name}({check.name})", check.points) for check in own
    ]
    tasks = [cell for cell in marked(slug, folder) if not cell.metadata["nbgrader"]["grade"]]
    assert len(tasks) == len(own)
    assert all(cell.source.startswith("### Exercise") for cell in tasks)
    metadata = [cell.metadata["nbgrader"] for cell in marked(slug, folder)]
    assert all(one["locked"] and not one["solution"] and one["schema_version"] == 3 for one in metadata)
    assert len({one["grade_id"] for one in metadata}) == len(metadata)


def test_a_failing_check_raises_under_nbgrader_and_only_there(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.jsonl"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    start_here.misread(5)
    start_here.misread(...)
    assert "not yet" in capsys.readouterr().out
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match="misread: not yet"):
        start_here.misread(5)
    with pytest.raises(AssertionError, match="misread: not written yet"):
        start_here.misread(...)
    start_here.misread(18)
    assert "correct" in capsys.readouterr().out


def nbgrader(course, *arguments):
    program = "from nbgrader.apps.nbgraderapp import main; main()"
    path = os.pathsep.join([str(ROOT), *([str(FOLDER)] if FOLDER.name else [])])
    # nbgrader starts the program alembic.
    programs = os.pathsep.join([str(FOLDER / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {
        **os.environ,
        "PYTHONPATH": path,
        "PATH": programs,
        "COURSE_PROGRESS": str(course / "progress.jsonl"),
        "JUPYTER_CONFIG_DIR": str(course / "config"),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=course,
        env=environment,
        timeout=280,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def hand_in(course, student, text):
    path = course / f"submitted/{student}/{SLUG}/{SLUG}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def sources(path):
    return ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]


@pytest.mark.skipif(not INSTALLED, reason="nbgrader is not installed: see .ci/nbgrader.txt")
def test_nbgrader_gives_full_none_and_part_of_the_points(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text('get_config().CourseDirectory.course_id = "course"\n')
    exercise = ROOT / f"exercises/{SLUG}.ipynb"
    source = tmp_path / f"source/{SLUG}/{SLUG}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_bytes(exercise.read_bytes())
    nbgrader(tmp_path, "generate_assignment", SLUG, "--create")
    released = tmp_path / f"release/{SLUG}/{SLUG}.ipynb"
    assert sources(released) == sources(exercise), "released as they are"
    solution = (ROOT / f"solutions/{SLUG}.ipynb").read_text(encoding="utf-8")
    assert solution.count("misread = 18") == 1
    hand_in(tmp_path, "full", solution)
    hand_in(tmp_path, "part", solution.replace("misread = 18", "misread = 5"))
    hand_in(tmp_path, "stub", released.read_text(encoding="utf-8"))
    nbgrader(tmp_path, "autograde", SLUG, "--create")
    nbgrader(tmp_path, "export")
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        scores = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)}
    points = {check.name: check.points for check in vars(start_here).values() if hasattr(check, "points")}
    full = sum(points.values())
    assert scores == {"full": (full, full), "part": (full - points["misread"], full), "stub": (0, full)}
