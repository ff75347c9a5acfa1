"""The code behind the course: the implementations each chapter teaches from, and what shows and checks them.

Importing it loads neither TensorFlow nor Keras: a function that needs them imports them when it is called. It sees to
it that they will then be as the course needs them, whatever another project has left on this machine.
COURSE_BACKEND=jax or torch chooses Keras' backend on purpose, COURSE_DEVICE=cpu or gpu what it computes on.
"""

import importlib.util
import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BACKENDS = ("tensorflow", "jax", "torch")
# What hides every GPU from the backends; and what a GPU needs to keep the chapters' claims: float32 whose products are
# not rounded to 10 bits, and room for more than one notebook.
DEVICES = {
    "": {},
    "cpu": {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu", "KERAS_TORCH_DEVICE": "cpu"},
    "gpu": {
        "NVIDIA_TF32_OVERRIDE": "0",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    },
}
# What a notebook imports, by the names that pip has for it.
NEEDED = {
    **{name: name for name in ("numpy", "matplotlib", "keras", "ipywidgets", "anywidget", "executing", "platformdirs")},
    "sklearn": "scikit-learn",
    "PIL": "pillow",
}
# What a learner's ~/.keras/keras.json may say for the chapters to be true.
KERAS_SETTINGS = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last", "nnx_enabled": False}
KERAS_ENVIRONMENT = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "KERAS_NNX_ENABLED")
# What was on this machine and does not hold for the course, in words.
ignored = []


def _put_own_packages_first():
    """What PYTHONPATH names may be built for another Python: it comes after this Python's own packages."""
    named = {os.path.abspath(path) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path} - {ROOT}
    theirs = [path for path in sys.path if path and os.path.abspath(path) in named]
    sys.path[:] = [path for path in sys.path if path not in theirs] + theirs


def _settle_keras(environ, backend):
    """Keras with the course's backend and defaults."""
    if environ.get("KERAS_BACKEND", backend) != backend:
        ignored.append(f"KERAS_BACKEND={environ['KERAS_BACKEND']}")
    environ["KERAS_BACKEND"] = backend
    ignored.extend(name for name in KERAS_ENVIRONMENT if environ.pop(name, None))
    home = os.path.expanduser(environ.get("KERAS_HOME") or os.path.join("~", ".keras"))
    settings = os.path.join(home, "keras.json")
    if _differs(settings):
        ignored.append(settings)
        # Keras keeps what it downloads there, too: a folder of the course's own only where it is needed.
        environ["KERAS_HOME"] = os.path.join(home, "neural-networks-course")


def _differs(settings):
    """Whether a settings file of Keras says anything that chapters do not mean, or cannot be read as one."""
    try:
        with open(settings, encoding="utf-8") as file:
            said = json.load(file)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    return not isinstance(said, dict) or any(
        said.get(name, wanted) != wanted for name, wanted in KERAS_SETTINGS.items()
    )


def _settle_device(environ, device):
    """The CPU, though a GPU is there; or a GPU. ``start_here.machine`` and the tests say where one is missing."""
    if device not in DEVICES:
        raise ValueError(f"COURSE_DEVICE must be cpu or gpu; got {device!r}")
    environ.update(DEVICES[device])


def _refuse(backend):
    """Raise, in a sentence, where this Python lacks a package or the backend is none."""
    if backend not in BACKENDS:
        raise ValueError(f"COURSE_BACKEND must be one of {', '.join(BACKENDS)}; got {backend!r}")
    missing = [name for module, name in {**NEEDED, backend: backend}.items() if not _is_there(module)]
    if missing:
        kernel = os.path.join(ROOT, ".venv", *(["Scripts", "python.exe"] if os.name == "nt" else ["bin", "python"]))
        own = f"run `make lab` in {ROOT}, or choose {kernel} as the kernel, or " if os.path.exists(kernel) else ""
        raise ImportError(
            f"This Python ({sys.executable}) lacks packages of the course ({', '.join(missing)}): {own}install them "
            f"with `{sys.executable} -m pip install {' '.join(missing)}` and restart the kernel."
        )


def _is_there(module):
    try:
        return module in sys.modules or importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


_put_own_packages_first()
_backend = os.environ.get("COURSE_BACKEND") or BACKENDS[0]
_settle_keras(os.environ, _backend)
_settle_device(os.environ, os.environ.get("COURSE_DEVICE", ""))
# Python names a module so while it looks for a program to run: a program says in its own words what it lacks.
if sys.argv[:1] != ["-m"]:
    _refuse(_backend)
