"""``python -m course_lib.lab`` opens the course in JupyterLab."""

import errno
import glob
import importlib.util
import json
import logging
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import Annotated

try:
    import typer
except ImportError:
    sys.exit(
        f"This Python ({sys.executable}) has no course in it: run `make lab`, or see README.md for the way without."
    )

from course_lib.lab import copies, surroundings
from course_lib.lab.stills import keep_stills

ROOT = Path(__file__).resolve().parents[2]
START = "chapters/00-start-here.ipynb"
BACKENDS = ("tensorflow", "jax", "torch")
USUAL_PORT = 8888


class CannotStart(Exception):
    """One sentence for the person at the keyboard: what is wrong, and what to do."""


def has_screen(environ=os.environ, platform=sys.platform):
    """Whether a browser that is opened here would be seen by the person who started it."""
    if environ.get("BROWSER") == "none" or "SSH_CONNECTION" in environ:
        return False
    if platform in ("win32", "darwin"):
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def free_port(words):
    """The port that was asked for; raises where it cannot be had."""
    # tornado's own function: it decides later, too, and treats IPv4 and IPv6 alike.
    from tornado.netutil import bind_sockets

    if not (words.isdecimal() and 1 <= int(words) <= 65535):
        raise CannotStart(f"Port {words} does not exist: choose one from 1024 to 65535, as in PORT={USUAL_PORT}.")
    port = int(words)
    try:
        for listening in bind_sockets(port, "localhost"):
            listening.close()
    except OSError as problem:
        if problem.errno == errno.EACCES:
            raise CannotStart(f"Port {port} is reserved: choose one from 1024 to 65535.") from problem
        raise CannotStart(f"Port {port} is in use: choose another, or leave PORT out to get a free one.") from problem
    return port


def options(port=None, browser=True, folder=ROOT):
    """JupyterLab's options. Where the course has no need of its own, the learner's settings hold."""
    chosen = [
        f"--ServerApp.root_dir={folder}",
        # A preferred folder outside the course, set up for other work, would end the start with an error.
        f"--FileContentsManager.preferred_dir={folder}",
        # A browser in a sandbox (snap, WSL) cannot read the file in which Jupyter would give it the address.
        "--ServerApp.use_redirect_file=False",
        "--Application.log_level=WARN",
        # Ctrl+C stops it without asking back.
        "--ServerApp.answer_yes=True",
        # Nothing here asks the internet for news, updates or extensions.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        # The search for language servers starts npm, where there is one.
        "--LanguageServerManager.autodetect=False",
    ]
    if Path(folder, START).exists():
        chosen.append(f"--LabApp.default_url=/lab/tree/{START}")
    if port is not None:
        chosen += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        chosen.append("--ServerApp.open_browser=False")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container root is the usual user, and Jupyter would refuse.
        chosen.append("--ServerApp.allow_root=True")
    return chosen


def escaped():
    """Options for what Jupyter finds by patterns: a folder's name like ``[2026]`` would be taken for one."""
    if glob.escape(sys.prefix) == sys.prefix:
        return []
    # From inside, no pattern holds the folder's own name.
    os.chdir(sys.prefix)
    extensions = {}
    for path in sorted(Path("etc/jupyter/jupyter_server_config.d").glob("*.json")):
        extensions |= json.loads(path.read_text(encoding="utf-8")).get("ServerApp", {}).get("jpserver_extensions", {})
    return [
        f"--ServerApp.jpserver_extensions={extensions}",
        "--LabApp.labextensions_path=share/jupyter/labextensions",
        "--LabApp.schemas_dir=share/jupyter/lab/schemas",
        "--LabApp.themes_dir=share/jupyter/lab/themes",
    ]


class Unreadable(logging.Filter):
    """Says of each file of settings that cannot be read one sentence, where Jupyter has a traceback."""

    def __init__(self):
        super().__init__()
        self._said = set()

    def filter(self, record):
        if not str(record.msg).startswith(("Exception while loading config file", "Invalid JSON in")):
            return True
        (path,) = map(str, record.args)
        if path not in self._said:
            self._said.add(path)
            error = record.exc_info[1] if record.exc_info else "it is no JSON"
            print(f"Ignored: your settings in {path}, which cannot be read ({error}).", file=sys.stderr)
        return False


def prepare(arguments):
    """The server, listening but not yet answering."""
    from jupyterlab.labapp import LabApp
    from traitlets import TraitError

    for name in ("ServerApp", "LabApp"):
        logging.getLogger(name).addFilter(Unreadable())
    try:
        server = LabApp.initialize_server(argv=arguments)
    except (ImportError, TraitError) as problem:
        from jupyter_core.paths import jupyter_config_dir

        raise CannotStart(
            f"JupyterLab does not accept its settings, which are probably yours in {jupyter_config_dir()}: {problem}"
        ) from problem
    # Not an extension: jupytext's, which comes later, puts a new contents manager in this one's place.
    keep_stills(server)
    # Jupyter announces the address among words about files; ``announce`` says it plainly.
    server.identity_provider.token_generated = False
    return server


def wanted_port(server):
    """The port that the learner's settings name, or the usual one."""
    return server.config.ServerApp.get("port") or int(os.environ.get("JUPYTER_PORT", USUAL_PORT))


def address(server):
    """What to type into a browser."""
    from jupyter_server.utils import url_path_join
    from tornado.httputil import url_concat

    url = url_path_join(server.connection_url, server.default_url.removeprefix(server.base_url))
    return url_concat(url, {"token": server.identity_provider.token}) if server.identity_provider.token else url


def announce(server, wanted, browser):
    """Says where JupyterLab is, and how to stop it."""
    if server.port != wanted:
        print(f"Port {wanted} is in use, so JupyterLab takes port {server.port}.")
    print("JupyterLab is running. " + ("If no browser opens, open" if browser else "Open") + " this address in one:\n")
    print(f"    {address(server)}\n")
    print("To stop it, press Ctrl+C here.", flush=True)


def try_to_write():
    """Write, and forget, what no full disk holds where Jupyter keeps its files: it would fail with a traceback."""
    from jupyter_core.paths import jupyter_config_dir, jupyter_runtime_dir

    if os.path.expanduser("~") == "~":
        # A container's user, for example, of whom the system knows nothing but a number.
        raise CannotStart("You have no home on this machine: name a folder for it, as in HOME=/tmp/me make lab.")
    for folder in map(Path, (jupyter_runtime_dir(), jupyter_config_dir())):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(100_000))


def refused(problem):
    """What the system refuses while the server is being prepared, in one sentence."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return CannotStart("The disk is full: free some space, then run this again.")
    if problem.errno == errno.EADDRNOTAVAIL or isinstance(problem, socket.gaierror):
        return CannotStart(
            f"JupyterLab cannot listen at the address that your settings name as ip ({problem.strerror}): change them, "
            'or run make lab ARGS="-- --ServerApp.ip=localhost".'
        )
    place = f" in {problem.filename}" if problem.filename else ""
    if problem.errno == errno.EEXIST:
        return CannotStart(f"A folder is needed in place of {problem.filename}, which is a file: rename that.")
    return CannotStart(
        f"JupyterLab and your copies of the notebooks need a place to write, and have none{place} ({problem.strerror}):"
        " make it writable, or name a home that is, as in HOME=/tmp/me make lab."
    )


def choose(backend):
    """Let Keras compute with this library in every kernel."""
    if backend not in BACKENDS:
        raise CannotStart(f"Backend {backend} is none of {', '.join(BACKENDS)}.")
    if not importlib.util.find_spec(backend):
        raise CannotStart(f"Backend {backend} is not installed: run {sys.executable} -m pip install {backend} first.")
    os.environ.update(COURSE_BACKEND=backend, KERAS_BACKEND=backend)


def learners_folder():
    """Where the copies are, brought up to date; says what the learner should know of it."""
    if not (ROOT / START).exists():
        return ROOT
    mine = copies.place(ROOT)
    for sentence in copies.bring_up_to_date(ROOT, mine):
        print(sentence)
    return mine


def main(
    port: Annotated[str | None, typer.Option(help=f"The port to listen on; {USUAL_PORT} or the next free one.")] = None,
    browser: Annotated[bool, typer.Option(help="Whether to open a browser, where there is a screen.")] = True,
    backend: Annotated[str | None, typer.Option(help=f"What Keras computes with: {', '.join(BACKENDS)}.")] = None,
    more: Annotated[list[str] | None, typer.Argument(help="After --: options passed on to JupyterLab.")] = None,
):
    """Opens the course in JupyterLab, at its first page."""
    # A folder's name may be one that the terminal cannot write.
    sys.stdout.reconfigure(errors="backslashreplace")
    browser = browser and has_screen()
    # A cluster's: the course's is said to make, as in `make lab PORT=9000`.
    ignored = sorted([*surroundings.settle(), *(["PORT"] if "PORT" in os.environ and not port else [])])
    try:
        choose(backend or os.environ.get("COURSE_BACKEND") or BACKENDS[0])
        number = free_port(port) if port else None
        try_to_write()
        folder = learners_folder()
        server = prepare(options(number, browser, folder) + escaped() + (more or []))
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        raise typer.Exit(1) from problem
    except OSError as problem:
        print(refused(problem), file=sys.stderr)
        raise typer.Exit(1) from problem
    if ignored:
        print(surroundings.sentence(ignored))
    # The server takes its port in the loop's first turn; only after that does the address answer.
    server.io_loop.add_callback(announce, server, wanted_port(server), browser)
    server.start()


if __name__ == "__main__":
    typer.run(main)
