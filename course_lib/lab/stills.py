"""What is saved of a widget: its still picture, and not its view, which dies with the kernel.

JupyterLab prefers the view wherever it trusts a notebook, and would show "model not found" in place of the picture
when the learner opens her own notebook again. What is on the screen does not change: only what is written. While the
kernel lives, the server remembers the views, and puts them back when the page is loaded again.
"""

import contextlib
import inspect

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def keep_stills(server):
    """Have a Jupyter server save stills, and give back the views of widgets that live."""
    views, contents = Views(server.session_manager, server.kernel_manager), server.contents_manager
    contents.register_pre_save_hook(views.take_out)
    read = contents.get

    def get(path, *args, **options):
        model = read(path, *args, **options)
        return _then(model, path, views) if inspect.isawaitable(model) else views.put_back(model, path)

    # There is a hook before and after saving, and none for reading.
    contents.get = get


async def _then(model, path, views):
    return views.put_back(await model, path)


class Views:
    """The views that were taken out of notebooks as they were saved, and are put back while their process lives."""

    def __init__(self, sessions, kernels):
        self._sessions, self._kernels, self._taken = sessions, kernels, {}

    def take_out(self, model, path="", **_):
        """A hook before saving: take the view out of each output that has a picture or a text in HTML beside it."""
        for place, data in _shown(model):
            if WIDGET_VIEW in data:
                # No two cells have the same id, so that a notebook can be renamed.
                self._taken[place] = _mark(data), data.pop(WIDGET_VIEW)

    def put_back(self, model, path):
        """Put each view back beside the still that it was taken from, if its kernel runs in the process that made it.

        A kernel that is restarted keeps its id; its process is another.
        """
        process = self._process(path)
        for place, data in _shown(model):
            mark, view = self._taken.get(place, (None, {}))
            if mark == _mark(data) and process in view.get("process", ()):
                data[WIDGET_VIEW] = view
        return model

    def _process(self, path):
        """The number of the process of a notebook's kernel, None if it has none."""
        # Whatever a server's managers lack: a notebook is opened all the same, with its stills.
        with contextlib.suppress(Exception):
            self._sessions.cursor.execute("SELECT kernel_id FROM session WHERE path = ?", [path.strip("/")])
            kernel = self._sessions.cursor.fetchone()["kernel_id"]
            return self._kernels.get_kernel(kernel).provisioner.pid


def _mark(data):
    """What tells one still from another; some programs give its lines one by one."""
    return hash("".join(data["text/html"]))


def _shown(model):
    """((cell, number), data) of each output of a notebook that has a picture or a text in HTML."""
    if model["type"] != "notebook" or not model["content"]:
        return
    for cell in model["content"]["cells"]:
        for number, output in enumerate(cell.get("outputs", [])):
            data = output.get("data", {})
            if "text/html" in data:
                yield (cell.get("id"), number), data
