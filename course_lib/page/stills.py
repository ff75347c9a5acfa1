"""What is shown of a widget: its view where its kernel lives, and a still everywhere else."""

import os

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def beside(live, still):
    """A widget's display with a still in it, {MIME type: text}: what a widget's ``_repr_mimebundle_`` gives.

    live: what ipywidgets or anywidget display of it: data, or (data, metadata), or None where there is no kernel

    The view is told its process, because it dies with that: ``lab/stills.py`` asks for it. A virtual environment's
    Python on Windows runs in a process that another one has begun, and the server knows that other one.
    """
    data, metadata = live if isinstance(live, tuple) else (live or {}, {})
    if WIDGET_VIEW in data:
        data = {**data, WIDGET_VIEW: {**data[WIDGET_VIEW], "process": [os.getpid(), os.getppid()]}}
    return {**data, **still}, metadata
