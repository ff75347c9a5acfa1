"""Plots draw what they are given: what trains or measures for a figure is in ``course_lib.experiments``."""

import ast

import pytest

from tests.house.test_imports import MODULES, folder, imports, loaded_by, path

PLOTS = [module for module in MODULES if folder(module) == "plots"]
EXPERIMENTS = [module for module in MODULES if folder(module) == "experiments"]
TRAINING = {"course_lib.training", "course_lib.optimizers", "course_lib.playground.run"}
STEPS = {"fit", "step", "train", "train_on_batch", "backward"}


def calls(module):
    """The names of all that a module's text calls: f for f(…), and for a.f(…)."""
    called = [node.func for node in ast.walk(ast.parse(path(module).read_text("utf-8"))) if isinstance(node, ast.Call)]
    return {getattr(f, "attr", getattr(f, "id", None)) for f in called}


@pytest.mark.parametrize("module", PLOTS)
def test_plots_train_nothing(module):
    assert not imports(module) & {*TRAINING, *EXPERIMENTS}
    assert not calls(module) & STEPS


def test_experiments_draw_nothing():
    loaded = loaded_by(EXPERIMENTS)
    assert "numpy" in loaded
    assert not {"matplotlib", "IPython", "ipywidgets", "tensorflow", "keras", "sklearn"} & loaded


def test_training_is_found_however_it_is_written(tmp_path, monkeypatch):
    file = tmp_path / "example.py"
    file.write_text("fit(network)\nrun.train(5)\nplt.step(x)\nprint(fit)\n", encoding="utf-8")
    monkeypatch.setitem(globals(), "path", lambda module: file)
    assert calls("course_lib.plots.example") == {"fit", "train", "step", "print"}


def test_there_is_something_to_look_at():
    assert len(PLOTS) > 5
    assert len(EXPERIMENTS) > 3
