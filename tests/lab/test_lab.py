"""The launcher: a real server with the course's settings, and one sentence where it cannot start."""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request

import pytest

from course_lib.lab.__main__ import ROOT, has_screen, options

# Starts the launcher as a learner does, and tells of what the server holds and whom it calls.
WATCHED = """
import sys
calls = []
sys.addaudithook(lambda event, args: calls.append(args) if event in ("socket.connect", "socket.getaddrinfo") else None)
from course_lib.lab import __main__ as lab
prepare = lab.prepare

def prepare_and_tell(arguments):
    server = prepare(arguments)
    print("connection:", server.web_app.settings["kernel_websocket_connection_class"].__name__)
    print("root_dir:", server.root_dir)
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
def running(tmp_path_factory):
    """(what the launcher printed, its errors' file) while it runs beside settings that suit other work."""
    settings = tmp_path_factory.mktemp("settings")
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        theirs = {"port": taken, "root_dir": "/", "open_browser": True, "quit_button": False}
        other = {"ServerApp": theirs, "FileContentsManager": {"preferred_dir": str(settings)}}
        (settings / "jupyter_server_config.json").write_text(json.dumps(other))
        environ = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
        environ |= {"JUPYTER_CONFIG_DIR": str(settings), "JUPYTER_RUNTIME_DIR": str(settings), "BROWSER": "none"}
        with open(settings / "errors", "w+") as errors:
            process = subprocess.Popen(
                [sys.executable, "-c", WATCHED], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=errors, text=True
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


def test_root_is_the_course_whatever_the_settings_say(running):
    printed, _, _ = running
    assert f"root_dir: {ROOT}\n" in printed
    assert "pyproject.toml" in {item["name"] for item in ask(printed, "/api/contents")["content"]}


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


def refusal(port):
    """The one sentence of a launcher that cannot start."""
    command = [sys.executable, "-m", "course_lib.lab", "--no-browser", "--port", str(port)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
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
