"""What is saved of a widget: its still picture, and not its view, which dies with the kernel.

JupyterLab prefers the view wherever it trusts a notebook, and would show "model not found" in place of the picture
when the learner opens her own notebook again. What is on the screen does not change: only what is written.
"""

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def keep_stills(model, **_):
    """A hook before saving: take the view out of each output that has a picture or a text in HTML beside it."""
    if model["type"] != "notebook":
        return
    for cell in model["content"]["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                data.pop(WIDGET_VIEW, None)
