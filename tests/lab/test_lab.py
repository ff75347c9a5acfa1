"""The launcher: a real server with the course's settings, and one sentence where it cannot start."""

import json
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from tornado.netutil import bind_sockets

from course_lib.lab.__main__ import (
    BACKENDS,
    ROOT,
    CannotStart,
    Unreadable,
    escaped,
    has_screen,
    options,
    refused,
    try_to_write,
)

# Starts the launcher as a learner does, and tells of what the server holds and whom it calls.
WATCHED = """
import os, sys
calls = []
sys.addaudithook(lambda event, args: calls.append(args) if event in ("socket.connect", "socket.getaddrinfo") else None)
from course_lib.lab import __main__ as lab
prepare = lab.prepare

def prepare_and_tell(arguments):
    server = prepare(arguments)
    print("connection:", server.web_app.settings["kernel_websocket_connection_class"].__name__)
    print("root_dir:", server.root_dir)
    print("kernels get:", {name: os.environ.get(name) for name in ("KERAS_BACKEND", "JUPYTER_PATH", "MPLBACKEND")})
    print("hosts:", sorted({str(call[0]) for call in calls if isinstance(call[0], str)}))
    return server

lab.prepare = prepare_and_tell
sys.argv = ["lab", *sys.argv[1:]]
lab.typer.run(lab.main)
"""


@pytest.fixture
def taken():
    """A port of this machine that someone listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A small course in a folder whose name is a pattern, has spaces and letters that are not ASCII."""
    folder = tmp_path_factory.mktemp("course [x] é")
    shutil.copytree(ROOT / "course_lib", folder / "course_lib", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ["chapters/00-start-here.ipynb", "exercises/00-start-here.ipynb"]:
        (folder / name).parent.mkdir()
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def running(course, tmp_path_factory):
    """(what the launcher printed, its errors' file) while it runs beside settings that suit other work."""
    settings, python = tmp_path_factory.mktemp("settings"), sys.executable
    if os.name != "nt":
        # A .venv in such a folder, too.
        (course / ".venv").symlink_to(sys.prefix)
        python = course / ".venv" / Path(sys.executable).relative_to(sys.prefix)
        (settings / "browser").write_text(f'#!/bin/sh\necho "$1" > "{settings}/opened"\n')
        (settings / "browser").chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        theirs = {"port": taken, "root_dir": "/", "open_browser": True, "quit_button": False}
        other = {"ServerApp": theirs, "FileContentsManager": {"preferred_dir": str(settings)}}
        (settings / "jupyter_server_config.json").write_text(json.dumps(other))
        environ = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
        environ.pop("SSH_CONNECTION", None)
        environ |= {"JUPYTER_CONFIG_DIR": str(settings), "JUPYTER_RUNTIME_DIR": str(settings)}
        environ |= {"BROWSER": str(settings / "browser"), "DISPLAY": ":9"}
        environ |= {"JUPYTER_PORT": "tcp://10.43.0.1:8888", "JUPYTER_PATH": "/opt/other", "MPLBACKEND": "TkAgg"}
        environ |= {"KERAS_BACKEND": "jax", "PORT": "tcp://10.43.0.1:80"}
        with open(settings / "errors", "w+") as errors:
            process = subprocess.Popen(
                [python, "-c", WATCHED], cwd=course, env=environ, stdout=subprocess.PIPE, stderr=errors, text=True
            )
            lines = []
            for line in process.stdout:
                lines.append(line)
                if "Ctrl+C" in line:
                    break
            try:
                yield "".join(lines), settings / "errors", taken
            finally:
                process.terminate()
                process.wait(timeout=20)
                process.stdout.close()


def ask(printed, path):
    """The JSON that the running server answers with."""
    base, token = re.search(r"(http://[^/]+)/\S*token=(\w+)", printed).groups()
    request = urllib.request.Request(base + path, headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def test_server_answers_at_the_address_that_is_printed(running):
    printed, _, _ = running
    assert "kernels" in ask(printed, "/api/status")


def test_learner_sees_her_copies_and_nothing_else_whatever_the_settings_say(running, course):
    printed, _, _ = running
    assert f"root_dir: {course / 'my_course'}\n" in printed
    assert f"Your own copies of the notebooks are in {course / 'my_course'}" in printed
    assert {item["name"] for item in ask(printed, "/api/contents")["content"]} == {"chapters", "exercises"}


def test_it_opens_at_the_first_chapter(running, course):
    printed, _, _ = running
    assert "/lab/tree/chapters/00-start-here.ipynb?token=" in printed
    assert (course / "my_course/chapters/00-start-here.ipynb").exists()


def test_what_another_project_left_is_ignored_in_one_sentence(running):
    printed, _, _ = running
    names = "JUPYTER_PATH, JUPYTER_PORT, KERAS_BACKEND=jax, MPLBACKEND, PORT"
    assert f"\nIgnored, because the course needs its own: {names}.\n" in printed
    assert "kernels get: {'KERAS_BACKEND': 'tensorflow', 'JUPYTER_PATH': None, 'MPLBACKEND': None}" in printed


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such scripts")
def test_browser_is_given_an_address_that_one_in_a_sandbox_can_open(running):
    printed, errors, _ = running
    until = time.monotonic() + 30
    while not (opened := errors.with_name("opened")).exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert opened.read_text().startswith("http://localhost:")
    assert opened.read_text().strip() in printed


def test_widgets_are_there_in_a_folder_whose_name_is_a_pattern(running):
    printed, _, _ = running
    base, token = re.search(r"(http://[^/]+)/\S*token=(\w+)", printed).groups()
    with urllib.request.urlopen(f"{base}/lab?token={token}", timeout=60) as page:
        text = page.read().decode()
    assert '"anywidget"' in text
    assert '"@jupyter-widgets/jupyterlab-manager"' in text


def test_small_messages_are_sent_at_once(running):
    printed, _, _ = running
    assert "connection: NoDelayConnection\n" in printed


def test_settings_of_the_course_are_in_effect(running):
    printed, _, _ = running
    overrides = json.loads((ROOT / "course_lib" / "lab" / "overrides.json").read_text())
    for plugin, settings in overrides.items():
        properties = ask(printed, f"/lab/api/settings/{plugin}")["schema"]["properties"]
        assert {name: properties[name]["default"] for name in settings} == settings


def test_taken_port_of_the_settings_gives_way_in_a_sentence(running):
    printed, _, taken = running
    assert f"Port {taken} is in use, so JupyterLab takes port " in printed


def test_start_is_quiet_and_calls_nobody(running):
    printed, errors, _ = running
    assert errors.read_text() == ""
    assert "hosts: ['localhost']\n" in printed


@pytest.mark.parametrize(("port", "problem"), [("70000", "does not exist"), ("0", "does not exist"), ("x", "does")])
def test_port_that_does_not_exist(port, problem):
    assert problem in refusal(port)


def test_port_that_is_taken(taken):
    assert f"Port {taken} is in use: choose another" in refusal(taken)


def test_backend_that_is_none():
    assert f"Backend caffe is none of {', '.join(BACKENDS)}." in refusal("--backend=caffe")
    assert "Backend caffe is none of " in refusal(COURSE_BACKEND="caffe")


@pytest.mark.skipif(os.name == "nt", reason="needs a place below which there is nothing")
def test_home_that_is_missing_or_not_writable():
    unset = dict.fromkeys(["JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "XDG_RUNTIME_DIR"], "")
    says = refusal(HOME=f"{os.devnull}/me", **unset)
    assert f"need a place to write, and have none in {os.devnull}/me" in says
    assert "name a home that is" in says


def test_user_without_a_home_gets_one_sentence(monkeypatch):
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    with pytest.raises(CannotStart, match="You have no home on this machine: name a folder for it, as in HOME="):
        try_to_write()


@pytest.mark.parametrize("ip", ["192.0.2.1", "no.such.host.invalid"])
def test_address_of_the_settings_at_which_nothing_can_listen_is_one_sentence(ip):
    with pytest.raises(OSError, match=r".") as problem:
        bind_sockets(0, ip)
    assert str(refused(problem.value)).startswith(
        "JupyterLab cannot listen at the address that your settings name as ip"
    )


def test_file_in_the_way_is_one_sentence():
    problem = FileExistsError(17, "File exists", "/me/my_course/chapters")
    assert (
        str(refused(problem)) == "A folder is needed in place of /me/my_course/chapters, which is a file: rename that."
    )


def test_settings_that_cannot_be_read_are_left_aside_in_a_sentence(tmp_path, capsys):
    from jupyter_server.serverapp import ServerApp

    logger = logging.getLogger("ServerApp")
    logger.addFilter(unreadable := Unreadable())
    try:
        for name, text in {"a.py": "1 / 0", "b.json": "{", "c.py": "c.A.b = 1"}.items():
            (tmp_path / name).write_text(text)
        for name in "abc":
            list(ServerApp._load_config_files(name, path=str(tmp_path), log=logger))
        logger.warning("Invalid JSON in %s, skipping", tmp_path / "b.json")
    finally:
        logger.removeFilter(unreadable)
    first, second = capsys.readouterr().err.splitlines()
    assert first == f"Ignored: your settings in {tmp_path / 'a.py'}, which cannot be read (division by zero)."
    assert second.startswith(f"Ignored: your settings in {tmp_path / 'b.json'}, which cannot be read (Expecting")


def test_full_disk_is_one_sentence():
    assert str(refused(OSError(28, "No space left on device"))).startswith("The disk is full: free some space")


def refusal(*arguments, **environ):
    """The one sentence of a launcher that cannot start: the arguments are options, or a port."""
    given = [words for word in arguments for words in ([word] if str(word).startswith("-") else ["--port", str(word)])]
    command = [sys.executable, "-m", "course_lib.lab", "--no-browser", *given]
    environ = os.environ | environ
    result = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    return result.stderr


@pytest.mark.parametrize(
    ("environ", "platform", "seen"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "a b"}, "linux", False),
        ({"DISPLAY": ":0", "BROWSER": "none"}, "linux", False),
        ({}, "darwin", True),
        ({}, "win32", True),
        ({"BROWSER": "none"}, "win32", False),
    ],
)
def test_browser_opens_only_where_it_is_seen(environ, platform, seen):
    assert has_screen(environ, platform) is seen


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_is_allowed_only_to_root(user, allowed, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    assert ("--ServerApp.allow_root=True" in options()) is allowed


def test_folder_whose_name_is_no_pattern_needs_no_more_options(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert escaped() == []
