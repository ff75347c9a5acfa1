"""What the server writes when a notebook with widgets is saved, and what it gives back."""

import asyncio
import inspect
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager, LargeFileManager

from course_lib.lab.stills import WIDGET_VIEW, keep_stills

# The managers' databases belong to one thread; in the tests' own another test's browser may keep an event loop running.
THREAD = ThreadPoolExecutor(1)
VIEW = {WIDGET_VIEW: {"model_id": "1", "process": [100, 1]}}


class Kernels(dict):
    """A manager of kernels: {id: number of its process}."""

    def get_kernel(self, kernel):
        return SimpleNamespace(provisioner=SimpleNamespace(pid=self[kernel]))


@pytest.fixture(params=[AsyncLargeFileManager, LargeFileManager], ids=["async", "plain"])
def server(request, tmp_path):
    """A server with a kernel for a.ipynb, none for others."""
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.row_factory = sqlite3.Row
    database.execute("CREATE TABLE session (path, kernel_id)")
    database.execute("INSERT INTO session VALUES ('a.ipynb', 'k'), ('b.ipynb', 'gone')")
    server = SimpleNamespace(
        session_manager=SimpleNamespace(cursor=database.cursor()),
        kernel_manager=Kernels(k=100),
        contents_manager=THREAD.submit(request.param, root_dir=str(tmp_path)).result(),
    )
    keep_stills(server)
    return server


def done(result):
    """What a manager of contents answers, now or later."""
    return THREAD.submit(asyncio.run, result).result() if inspect.isawaitable(result) else result


def code(name, **data):
    """A code cell with one output of these types, "text__html" for text/html."""
    data = {mime.replace("__", "/"): text for mime, text in data.items()}
    return nbformat.v4.new_code_cell("", id=name, outputs=[nbformat.v4.new_output("display_data", data)])


def save(server, *cells, path="a.ipynb"):
    content = nbformat.v4.new_notebook(cells=list(cells))
    done(server.contents_manager.save({"type": "notebook", "format": "json", "content": content}, path))


def written(server, path="a.ipynb"):
    """The cells that are in the file."""
    return nbformat.read(f"{server.contents_manager.root_dir}/{path}", as_version=4).cells


def views(server, path="a.ipynb"):
    """The view in each code cell of the notebook as the server gives it to the page."""
    cells = done(server.contents_manager.get(path))["content"]["cells"]
    return [cell["outputs"][0].get("data", {}).get(WIDGET_VIEW) for cell in cells if cell["cell_type"] == "code"]


def test_a_view_with_a_picture_beside_it_is_not_saved(server):
    printed = nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("stream", text="printed")])
    save(
        server,
        nbformat.v4.new_markdown_cell("words"),
        code("a", text__html="<img>"),
        code("b", text__html="<img>", text__plain="words", **VIEW),
        code("c", text__plain="words", **VIEW),
        printed,
    )
    outputs = [cell.get("outputs", []) for cell in written(server)]
    assert outputs[1][0]["data"] == {"text/html": "<img>"}
    assert outputs[2][0]["data"] == {"text/html": "<img>", "text/plain": "words"}
    # A widget of the learner's own, without a picture, is saved as Jupyter would save it.
    assert WIDGET_VIEW in outputs[3][0]["data"]
    assert outputs[4][0]["text"] == "printed"


def test_a_view_is_given_back_while_its_kernel_lives(server):
    save(server, code("a", text__html="<img>", **VIEW), code("b", text__html="<img>"))
    assert views(server) == [VIEW[WIDGET_VIEW], None]
    # Whoever asks for no content gets none.
    assert done(server.contents_manager.get("a.ipynb", content=False))["content"] is None


def test_lines_that_come_one_by_one_are_the_same_still(server):
    save(server, code("a", text__html=["<p>\n", "</p>"], **VIEW))
    assert views(server) == [VIEW[WIDGET_VIEW]]


def test_a_kernel_that_was_restarted_has_no_views(server):
    save(server, code("a", text__html="<img>", **VIEW))
    server.kernel_manager["k"] = 101
    assert views(server) == [None]
    # And saved anew by a page that has only the stills.
    save(server, code("a", text__html="<img>"))
    assert views(server) == [None]


def test_views_that_are_saved_after_a_restart_stay_dead(server):
    """The page still shows them, and gives them to the server, when their kernel's process is another already."""
    server.kernel_manager["k"] = 101
    save(server, code("a", text__html="<img>", **VIEW))
    assert views(server) == [None]


def test_a_process_that_another_one_has_begun_is_known_by_both(server):
    """As a virtual environment's Python on Windows."""
    server.kernel_manager["k"] = 1
    save(server, code("a", text__html="<img>", **VIEW))
    assert views(server) == [VIEW[WIDGET_VIEW]]


def test_a_view_of_unknown_process_is_not_given_back(server):
    save(server, code("a", text__html="<img>", **{WIDGET_VIEW: {"model_id": "1"}}))
    assert views(server) == [None]


def test_a_kernel_that_is_gone_has_no_views(server):
    save(server, code("a", text__html="<img>", **VIEW))
    server.kernel_manager.clear()
    assert views(server) == [None]


def test_a_notebook_without_a_kernel_is_given_as_it_is(server):
    for path in ["b.ipynb", "c.ipynb"]:
        save(server, code("a", text__html="<img>", **VIEW), path=path)
        assert views(server, path) == [None]


def test_a_copy_has_no_views_and_a_renamed_notebook_keeps_them(server):
    save(server, code("a", text__html="<img>", **VIEW))
    done(server.contents_manager.copy("a.ipynb", "copy.ipynb"))
    assert views(server, "copy.ipynb") == [None]
    done(server.contents_manager.rename_file("a.ipynb", "new.ipynb"))
    server.session_manager.cursor.execute("UPDATE session SET path = 'new.ipynb' WHERE path = 'a.ipynb'")
    assert views(server, "new.ipynb") == [VIEW[WIDGET_VIEW]]


def test_another_still_in_its_place_gets_no_view(server):
    save(server, code("a", text__html="<img>", **VIEW))
    save(server, code("a", text__html="<img alt=''>"))
    assert views(server) == [None]


def test_two_notebooks_of_one_kernel_keep_their_views(server):
    other = {"model_id": "2", "process": [100, 1]}
    server.session_manager.cursor.execute("INSERT INTO session VALUES ('d.ipynb', 'k')")
    save(server, code("a", text__html="<img>", **VIEW))
    save(server, code("d", text__html="<img>", **{WIDGET_VIEW: other}), path="d.ipynb")
    assert views(server) == [VIEW[WIDGET_VIEW]]
    assert views(server, "d.ipynb") == [other]


def test_a_server_that_knows_no_sessions_saves_stills(server):
    del server.session_manager.cursor
    save(server, code("a", text__html="<img>", **VIEW))
    assert views(server) == [None]


def test_other_files_are_left_alone(server):
    done(server.contents_manager.save({"type": "file", "format": "text", "content": "words"}, "a.txt"))
    assert done(server.contents_manager.get("a.txt"))["content"] == "words"
    assert done(server.contents_manager.get("", type="directory"))["type"] == "directory"
