"""A real JupyterLab, started as ``make lab`` starts it, and a real Chromium to use it with."""

import ast
import contextlib
import importlib.util
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import nbformat

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CHROMIUM = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# In a namespace of its own, so that the notebook cannot use by mistake what only the tests import.
KERNEL_SIDE = f"_course_test = {{}}\nexec({(HERE / 'kernel_side.py').read_text(encoding='utf-8')!r}, _course_test)"
workspaces = itertools.count()
# Every cell is in the page, also one that is out of sight, so that a test need not scroll to it.
ALL_CELLS = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}


class Lab(NamedTuple):
    """A JupyterLab that runs: where, with which token, and the folder with the learner's copies that it shows."""

    url: str
    token: str
    folder: Path


def missing():
    """A sentence that says what is missing for tests in a browser, or ""."""
    if not CHROMIUM:
        return "needs the browser Chromium (on Debian and Ubuntu: apt install chromium)"
    if not importlib.util.find_spec("playwright"):
        return "needs the package playwright (pip install playwright)"
    return ""


@contextlib.contextmanager
def jupyterlab(notebooks=None, nagle=False):
    """Start ``python -m course_lib.lab`` on a copy of the course, with every private folder a temporary one.

    notebooks: a dict from file names to notebooks that the copy holds besides the chapters
    nagle: True switches off the extension that switches off Nagle's algorithm
    """
    with tempfile.TemporaryDirectory(prefix="course-browser-", ignore_cleanup_errors=True) as private:
        private = Path(private)
        folder = copy_of_course(private / "course")
        # Where the learner's copies are made.
        mine = folder / "my_course"
        for name, notebook in (notebooks or {}).items():
            (mine / name).parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, mine / name)
        configure(private / "config", nagle)
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "course_lib.lab",
                "--no-browser",
                "--port",
                str(free_port()),
                "--",
                "--LabApp.expose_app_in_browser=True",
            ],
            cwd=folder,
            env=environment(private),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield Lab(*address(process), mine)
        finally:
            stop(process)


def copy_of_course(folder):
    """A copy of what ``make lab`` needs, so that nothing a test does changes the original."""
    shutil.copytree(ROOT / "course_lib", folder / "course_lib", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "chapters").mkdir()
    for notebook in ROOT.glob("chapters/*.ipynb"):
        shutil.copy(notebook, folder / "chapters")
    return folder


def configure(folder, nagle):
    """Settings that the tests add to the course's own."""
    (folder / "labconfig").mkdir(parents=True)
    (folder / "labconfig/default_setting_overrides.json").write_text(json.dumps(ALL_CELLS))
    if nagle:
        extensions = {"ServerApp": {"jpserver_extensions": {"course_lib.lab.nodelay": False}}}
        (folder / "jupyter_server_config.d").mkdir()
        (folder / "jupyter_server_config.d/course_lib.json").write_text(json.dumps(extensions))


def environment(private):
    """The environment of a learner who has never used Jupyter."""
    return os.environ | {
        "HOME": str(private),
        "IPYTHONDIR": str(private / "ipython"),
        "MPLCONFIGDIR": str(private / "matplotlib"),
        "JUPYTER_CONFIG_DIR": str(private / "config"),
        "JUPYTER_DATA_DIR": str(private / "data"),
        "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(private / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(private / "workspaces"),
        "COURSE_PROGRESS": str(private / "progress.jsonl"),
        # Our folder comes before the environment's, which would otherwise have the last word.
        "JUPYTER_CONFIG_PATH": str(private / "config"),
        # The kernel, too, imports the copy.
        "PYTHONPATH": str(private / "course"),
    }


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def address(process):
    """(url, token) as ``make lab`` prints them. Raises with all that was printed if the server ends instead."""
    printed = []
    for line in process.stdout:
        printed.append(line)
        if found := re.search(r"(http://\S+?)/lab\S*[?&]token=(\w+)", line):
            return found.groups()
    raise RuntimeError("JupyterLab did not start:\n" + "".join(printed))


def stop(process):
    """End the server, which on SIGTERM ends its kernels."""
    process.terminate()
    try:
        process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        # It began a session of its own, so this reaches the kernels and nothing else.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@contextlib.contextmanager
def browser(width=1280, height=900):
    """A browser without a memory of earlier ones: a Playwright context."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        try:
            context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
            context.add_init_script(path=HERE / "page_side.js")
            yield context
        finally:
            chromium.close()


def open_notebook(context, lab, path, seconds=90):
    """A page with the notebook open and its kernel idle. ``page.problems`` collects what the page complains of."""
    assert (lab.folder / path).exists(), f"there is no {path}; `make notebooks` builds it"
    page = context.new_page()
    page.set_default_timeout(1000 * seconds)
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(f"page error: {error}"))
    page.on("console", lambda said: said.type == "error" and page.problems.append(f"{said.text} ({said.location})"))
    # A workspace of its own: JupyterLab would move a second page that is in the same one.
    page.goto(f"{lab.url}/lab/workspaces/test{next(workspaces)}/tree/{path}?token={lab.token}")
    wait_until_open(page, path)
    return page


def wait_until_open(page, path):
    """Wait until the page shows the notebook and its kernel is idle, and teach the kernel what the tests ask."""
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate("() => window.jupyterapp.restored.then(() => true)")
    page.wait_for_function("(path) => courseTest.isOpen(path)", arg=path)
    page.evaluate("(code) => courseTest.tell(code)", KERNEL_SIDE)


def reload(page):
    """Load the page again, as after the browser was closed, with the notebook as it was saved last."""
    path = path_of(page)
    page.reload()
    wait_until_open(page, path)


def run_all(page):
    """Run the notebook from top to bottom, and wait until each of its widgets is drawn."""
    ran, errors = page.evaluate("courseTest.runAll()")
    assert ran, errors
    assert not errors, errors
    return widgets(page)


def widgets(page):
    """(model, cell) of every widget in the page: its model's id, and the number of the cell that shows it."""
    return page.wait_for_function("() => courseTest.widgets()").json_value()


def widget(page, model):
    """Where the widget is in the page."""
    return page.locator(f'[data-model="{model}"]')


def cells(page):
    """(id, type, source) of every cell."""
    return page.evaluate("courseTest.cells()")


def path_of(page):
    """The path of the notebook, as JupyterLab gives it."""
    return page.evaluate("courseTest.notebook().context.path")


def ask(page, expression):
    """The value of a Python expression in the notebook's kernel, with the functions of ``kernel_side.py``."""
    answer = page.evaluate("(expression) => courseTest.ask(expression)", f"_course_test['answer']({expression!r})")
    assert answer["status"] == "ok", f"{expression}: {answer}"
    return json.loads(ast.literal_eval(answer["data"]["text/plain"]))


def save(page):
    """Save the notebook as the browser does."""
    page.evaluate("courseTest.run('docmanager:save')")


def close(page):
    """Close the page and end its kernel."""
    page.evaluate("courseTest.notebook().sessionContext.shutdown()")
    page.close()
