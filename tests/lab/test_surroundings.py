"""What another project, another Python or a cluster has left behind does not reach the course."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.lab import surroundings

ROOT = Path(surroundings.ROOT)
KERAS = """
from course_lib.page import quiet
with quiet():
    import keras
import course_lib, json
settings = keras.backend.backend(), keras.config.floatx(), keras.config.image_data_format(), keras.config.max_epochs()
print(json.dumps([settings, course_lib.ignored]))
"""
# Looks at Keras' settings without the seconds that Keras takes.
SETTINGS = "import course_lib, json, os; print(json.dumps([dict(os.environ), course_lib.ignored]))"


def answer(code, home, **environ):
    """The JSON that a fresh Python prints, at this home, in this environment."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("KERAS", "COURSE_B"))
    } | environ
    environ |= {"HOME": str(home), "USERPROFILE": str(home)}
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def write_settings(home, text):
    (home / ".keras").mkdir()
    (home / ".keras/keras.json").write_text(text)


def test_keras_is_the_courses_whatever_another_project_has_set(tmp_path):
    settings = {"backend": "jax", "floatx": "float16", "epsilon": 0.1, "image_data_format": "channels_first"}
    write_settings(tmp_path, json.dumps(settings))
    seen, ignored = answer(KERAS, tmp_path, KERAS_BACKEND="torch", KERAS_MAX_EPOCHS="1")
    assert seen == ["tensorflow", "float32", "channels_last", None]
    assert ignored == ["KERAS_BACKEND=torch", "KERAS_MAX_EPOCHS", str(tmp_path / ".keras/keras.json")]
    assert json.loads((tmp_path / ".keras/keras.json").read_text()) == settings


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"floatx": "float8"}', '{"epsilon": 1}', '{"image_data_format": "channels_first"}']
)
def test_settings_of_keras_that_say_something_else_are_left_aside(tmp_path, text):
    write_settings(tmp_path, text)
    environ, ignored = answer(SETTINGS, tmp_path)
    assert environ["KERAS_HOME"] == str(tmp_path / ".keras/neural-networks-course")
    assert ignored == [str(tmp_path / ".keras/keras.json")]


@pytest.mark.parametrize(
    "text", [None, "{}", '{"backend": "jax", "floatx": "float32", "image_data_format": "channels_last"}']
)
def test_settings_of_keras_that_change_nothing_leave_its_downloads_where_they_are(tmp_path, text):
    if text is not None:
        write_settings(tmp_path, text)
    environ, ignored = answer(SETTINGS, tmp_path)
    assert ("KERAS_HOME" in environ, environ["KERAS_BACKEND"], ignored) == (False, "tensorflow", [])


def said(code, **environ):
    """What a fresh Python of the checkout prints, errors included."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True)


def test_backend_is_chosen_on_purpose():
    code = "import os, course_lib; course_lib._settle_keras(os.environ, 'jax'); print(os.environ['KERAS_BACKEND'])"
    assert said(code, KERAS_BACKEND="tensorflow").stdout == "jax\n"


def test_backend_that_is_none_is_a_sentence():
    last = "ValueError: COURSE_BACKEND must be one of tensorflow, jax, torch; got 'x'\n"
    assert said("import course_lib", COURSE_BACKEND="x").stderr.endswith(last)


DEVICE = """
import course_lib, json, os
from course_lib.start_here import machine
names = "CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS", "KERAS_TORCH_DEVICE", "NVIDIA_TF32_OVERRIDE"
print(json.dumps([[os.environ.get(name) for name in names], machine()["Computes on"]]))
"""


def test_a_device_is_chosen_on_purpose():
    """Where no GPU is, asking for one is answered in words, and nowhere is it hidden by accident."""
    hidden, words = json.loads(said(DEVICE, COURSE_DEVICE="cpu", CUDA_VISIBLE_DEVICES="0").stdout)
    assert hidden == ["-1", "cpu", "cpu", os.environ.get("NVIDIA_TF32_OVERRIDE")]
    assert words.startswith("the CPU")
    shown, words = json.loads(said(DEVICE, COURSE_DEVICE="gpu").stdout)
    assert shown[3] == "0"
    assert words.endswith("GPU") or words == "the CPU: a GPU was asked for, and Keras sees none"


def test_a_device_that_is_none_is_a_sentence():
    last = "ValueError: COURSE_DEVICE must be cpu or gpu; got 'tpu'\n"
    assert said("import course_lib", COURSE_DEVICE="tpu").stderr.endswith(last)


def test_packages_of_another_python_come_after_the_courses_own(tmp_path):
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy/__init__.py").write_text("raise ImportError('built for another Python')")
    (tmp_path / "my_own.py").write_text("")
    code = "import course_lib.neurons, numpy, my_own, json; print(json.dumps(numpy.__file__))"
    assert not answer(code, tmp_path, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}").startswith(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("PYTHONHOME", "/opt/python2", False),
        ("PYTHONSTARTUP", "/elsewhere/me/.pythonrc", False),
        ("PYTHONWARNINGS", "error", False),
        ("PYTHONDEVMODE", "1", False),
        ("PYTHONVERBOSE", "1", False),
        ("JUPYTER_PATH", "/opt/other/share/jupyter", False),
        ("JUPYTER_PORT", "tcp://10.43.0.1:8888", False),
        ("JUPYTER_PORT", "99999", False),
        ("JUPYTER_PORT", "9" * 5000, False),
        ("JUPYTER_PORT", "", False),
        ("JUPYTER_PORT", "9000", True),
        ("JUPYTER_GATEWAY_URL", "http://gateway:8888", False),
        ("JUPYTERLAB_DIR", "/opt/other/share/jupyter/lab", False),
        ("JUPYTER_CONFIG_DIR", "/elsewhere/me/.jupyter", True),
        ("JUPYTER_TOKEN", "secret", True),
        ("MPLBACKEND", "TkAgg", False),
        ("PATH", "/bin", True),
        ("CUDA_VISIBLE_DEVICES", "0", True),
    ],
)
def test_what_is_taken_out_of_the_environment(monkeypatch, name, value, kept):
    monkeypatch.setattr(surroundings.course_lib, "ignored", [])
    environ = {name: value}
    assert surroundings.settle(environ) == ([] if kept else [name])
    assert environ == ({name: value} if kept else {})


def test_the_course_itself_stays_in_pythonpath(monkeypatch):
    monkeypatch.setattr(surroundings.course_lib, "ignored", [])
    environ = {"PYTHONPATH": os.pathsep.join(["/opt/other", str(ROOT)])}
    assert surroundings.settle(environ) == ["PYTHONPATH"]
    assert environ == {"PYTHONPATH": str(ROOT)}
    assert surroundings.settle(environ) == []


def test_what_was_ignored_is_one_sentence():
    assert surroundings.sentence([]) == ""
    assert surroundings.sentence(["A", "B"]) == "Ignored, because the course needs its own: A, B."


# ---- A Python without the course's packages


def alone(code, folder, *needed):
    """What a Python that has nothing but itself, and these empty packages, says at the end."""
    for name in needed:
        (folder / f"{name}.py").write_text("")
    # -S: without site-packages; the course alone is put before it.
    call = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(folder)!r}]; {code}"
    return subprocess.run([sys.executable, "-I", "-S", "-c", call], cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize(
    "module", ["course_lib", "course_lib.neurons", "course_lib.widgets.start_here", "course_lib.checks"]
)
def test_python_without_packages_gets_a_sentence(tmp_path, module):
    *_, last = alone(f"import {module}", tmp_path).stderr.splitlines()
    assert last.startswith(
        f"ImportError: This Python ({sys.executable}) lacks packages of the course (numpy, matplotlib, keras, "
    )
    assert "-m pip install numpy matplotlib keras" in last


def test_only_what_is_missing_is_named(tmp_path):
    there = "numpy", "matplotlib", "keras", "ipywidgets", "executing", "platformdirs", "sklearn", "tensorflow"
    *_, last = alone("import course_lib.page", tmp_path, *there).stderr.splitlines()
    assert "(anywidget, pillow)" in last


def test_launcher_of_a_python_without_packages_says_one_sentence(tmp_path):
    code = "import runpy; sys.argv = ['-m']; runpy.run_module('course_lib.lab', run_name='__main__', alter_sys=True)"
    result = alone(code, tmp_path)
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "has no course in it: run `make lab`" in result.stderr
