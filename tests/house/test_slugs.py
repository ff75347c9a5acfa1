"""One slug runs through the house: a folder named with a plural holds one module a slug, and nothing else."""

import pytest

from course_lib.building.notebooks import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
# What all modules of a folder are built on; the playground, a widget with a room of its own (chapter 05); what the
# checks show in JupyterLab; and what chapters 07 and on have measured once, with what they need for it.
BESIDES = {
    "checks": set(),
    "experiments": {
        "classic_networks",
        "convolution_study",
        "generation_judge",
        "generation_noise",
        "generation_plane",
        "generation_study",
        "history_lenet",
        "history_runs",
        "history_study",
        "many_networks",
        "overfitting_stack",
        "overfitting_study",
        "practice_rivals",
        "practice_study",
        "production_resume",
        "production_serving",
        "production_study",
        "production_workers",
        "recurrence_readers",
        "recurrence_study",
        "recurrence_tables",
        "stored_results",
        "transfer_costs",
        "transfer_many",
        "transfer_retrieval",
        "transfer_study",
        "transformers_chat",
        "transformers_study",
        "transformers_variants",
    },
    "plots": {"playground"},
    "widgets": {"base", "card", "controls", "course_map", "live", "playground", "scripts"},
}


def name(path):
    return f"{path.parent.name}/{path.stem}"


def slug(path):
    return path.stem.partition("-")[2].replace("-", "_")


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_one_slug_runs_through_the_house(path):
    places = [
        f"course_lib/{slug(path)}.py",
        f"course_lib/checks/{slug(path)}.py",
        f"course_lib/plots/{slug(path)}.py",
        f"course_lib/widgets/{slug(path)}.py",
        f"tests/test_{slug(path)}.py",
        f"exercises/{path.name}",
        f"solutions/{path.name}",
    ]
    assert [place for place in places if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("folder", BESIDES)
def test_a_folder_named_with_a_plural_holds_one_module_a_slug(folder):
    modules = {path.stem for path in (ROOT / "course_lib" / folder).glob("*.py")} - {"__init__"} - BESIDES[folder]
    assert modules
    assert modules <= {slug(path) for path in CHAPTERS}


def test_the_tests_mirror_the_house():
    """Beside one another for what lies flat; a folder for each of the house's, and for what only tests have."""
    rooms = {path.parent.name for path in (ROOT / "course_lib").glob("*/__init__.py")}
    only_here = {"bench", "browser", "house", "mutants"}
    assert {path.parent.name for path in (ROOT / "tests").glob("*/__init__.py")} <= rooms | only_here
    flat = {path.stem for path in (ROOT / "course_lib").glob("*.py")} - {"__init__"}
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests").glob("test_*.py")}
    assert flat <= tested
    # What would be too long for one file has a part of its own: test_generation_wasserstein.py.
    assert {name for name in tested - flat if not any(name.startswith(f"{module}_") for module in flat)} == set()
