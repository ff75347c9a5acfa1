"""What the server writes when a notebook with widgets is saved."""

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor

import nbformat
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from course_lib.lab.stills import WIDGET_VIEW, keep_stills


def code(**data):
    """A code cell with one output of these types, "text__html" for text/html."""
    data = {mime.replace("__", "/"): text for mime, text in data.items()}
    return nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("display_data", data)])


def saved(manager_class, folder, model):
    """The file that the server's own manager of contents writes."""
    manager = manager_class(root_dir=str(folder))
    manager.register_pre_save_hook(keep_stills)
    result = manager.save(model, "a.ipynb")
    if inspect.isawaitable(result):
        # Another test's browser may keep an event loop running in this thread.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, result).result()
    return nbformat.read(folder / "a.ipynb", as_version=4)


def test_a_view_with_a_picture_beside_it_is_not_saved(tmp_path):
    view = {WIDGET_VIEW: {"model_id": "1"}}
    printed = nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("stream", text="printed")])
    cells = [
        nbformat.v4.new_markdown_cell("words"),
        code(text__html="<img>"),
        code(text__html="<img>", text__plain="words", **view),
        code(text__plain="words", **view),
        printed,
    ]
    model = {"type": "notebook", "format": "json", "content": nbformat.v4.new_notebook(cells=cells)}
    written = [cell.get("outputs", []) for cell in saved(AsyncLargeFileManager, tmp_path, model).cells]
    assert written[1][0]["data"] == {"text/html": "<img>"}
    assert written[2][0]["data"] == {"text/html": "<img>", "text/plain": "words"}
    # A widget of the learner's own, without a picture, is saved as Jupyter would save it.
    assert WIDGET_VIEW in written[3][0]["data"]
    assert written[4][0]["text"] == "printed"


def test_other_files_are_left_alone(tmp_path):
    model = {"type": "file", "format": "text", "content": "words"}
    keep_stills(model, path="a.txt")
    assert model == {"type": "file", "format": "text", "content": "words"}
