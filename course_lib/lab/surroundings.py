"""What another project, another Python or a cluster has left in the environment, and the course must not take over."""

import os
from pathlib import Path

import course_lib

ROOT = str(Path(__file__).resolve().parents[2])
# Of another Python; of another JupyterLab, its kernels and extensions; of another project's figures.
FOREIGN = (
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONOPTIMIZE",
    "PYTHONWARNINGS",
    "PYTHONINSPECT",
    "PYTHONPLATLIBDIR",
    "PYTHONDEVMODE",
    "PYTHONDEBUG",
    "PYTHONVERBOSE",
    "PYTHONPROFILEIMPORTTIME",
    "PYTHONWARNDEFAULTENCODING",
    "PYTHONEXECUTABLE",
    "JUPYTER_PATH",
    "JUPYTER_PREFER_ENV_PATH",
    "JUPYTERLAB_DIR",
    "MPLBACKEND",
    "MATPLOTLIBRC",
)
# A server elsewhere, on which kernels would run that know nothing of the course.
FOREIGN_BEGINNINGS = ("JUPYTER_GATEWAY_",)
# Kubernetes names the address of a service "jupyter" so; Jupyter itself means the number of a port.
NUMBERS = ("JUPYTER_PORT", "JUPYTER_PORT_RETRIES")
MOST = 65535


def settle(environ=os.environ):
    """Take out of the environment what is not the course's. Returns the names of what was ignored, in order."""
    ignored = [name for name in environ if name in FOREIGN or name.startswith(FOREIGN_BEGINNINGS)]
    ignored += [name for name in NUMBERS if name in environ and not _is_number(environ[name])]
    for name in ignored:
        del environ[name]
    return sorted([*ignored, *_settle_paths(environ), *course_lib.ignored])


def _is_number(words):
    return words.isdecimal() and len(words) <= len(str(MOST)) and int(words) <= MOST


def _settle_paths(environ):
    """Of PYTHONPATH only the course itself stays, where it is named."""
    named = list(filter(None, environ.pop("PYTHONPATH", "").split(os.pathsep)))
    own = [path for path in named if os.path.realpath(path) == ROOT]
    if own:
        environ["PYTHONPATH"] = ROOT
    return ["PYTHONPATH"] if len(own) < len(named) else []


def sentence(ignored):
    """What was ignored, for the person at the keyboard, or ""."""
    return f"Ignored, because the course needs its own: {', '.join(ignored)}." if ignored else ""
