"""In which state of Python, NumPy and Keras an answer is judged: in that in which these begin.

So the same answer gets the same verdict in every notebook and from the judge, whatever ``np.seterr``, a filter that
makes errors of warnings, or Keras' dtype policy say by then. What the learner's own function sets, holds inside it.
"""

import contextlib
import contextvars
import sys
import warnings

import numpy as np

_filters = contextvars.ContextVar("the notebook's filters of warnings, while a check has its own", default=None)
_shown = contextvars.ContextVar("the warnings that a check's run has shown so far", default=None)


@contextlib.contextmanager
def state_of_checks():
    """For what a check itself computes: nothing warns, and nothing raises that would only warn."""
    kept, before = _filters.set(_filters.get() or list(warnings.filters)), _shown.set(set())
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        _shown.reset(before)
        _filters.reset(kept)


@contextlib.contextmanager
def state_of_answers(keras=False):
    """For the learner's function: NumPy warns as it does at first, and the notebook's warnings are shown, not raised.

    keras: whether Keras is to have its usual dtypes, epsilon and order of axes as well
    """
    shown = [("default", *rest) if action == "error" else (action, *rest) for action, *rest in _notebooks_filters()]
    with warnings.catch_warnings(), np.errstate(divide="warn", over="warn", invalid="warn", under="ignore"):
        warnings.resetwarnings()
        warnings.filters.extend(shown)
        warnings.showwarning = _each_once(warnings.showwarning)
        with _state_of_keras() if keras and "keras" in sys.modules else contextlib.nullcontext():
            yield


def _each_once(show):
    """``show``, but what a line warned of in an earlier case of the same check is not shown again.

    Python forgets what it has shown whenever the filters change, that is with every case.
    """
    shown = _shown.get()

    def showwarning(message, category, filename, lineno, file=None, line=None):
        key = str(message), category, filename, lineno
        if shown is None or key not in shown:
            show(message, category, filename, lineno, file, line)
        if shown is not None:
            shown.add(key)

    return showwarning


def _notebooks_filters():
    return _filters.get() or warnings.filters


@contextlib.contextmanager
def _state_of_keras():
    from keras import config

    usual = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last", "dtype_policy": "float32"}
    kept = {name: getattr(config, name)() for name in usual}
    _set(config, usual)
    try:
        yield
    finally:
        _set(config, kept)


def _set(config, values):
    for name, value in values.items():
        getattr(config, f"set_{name}")(value)
