"""What another project has left in the environment under the names that make knows is not what was asked for."""

import os
import subprocess
import sys

import pytest

from course_lib.lab import set_up

THIS = "{}.{}".format(*sys.version_info)


@pytest.mark.parametrize(
    ("environ", "chosen"),
    [
        ({}, None),
        ({"PYTHON": sys.executable}, sys.executable),
        ({"PYTHON": sys.executable, "MAKELEVEL": "1"}, sys.executable),
        # Left by a tool that needs an old one, or by one that is gone.
        ({"PYTHON": "/usr/bin/python2", "MAKELEVEL": "1"}, None),
        ({"PYTHON": " ", "MAKELEVEL": "1"}, None),
        # Asked for: an error says so, and no other is taken.
        (
            {"PYTHON": "/usr/bin/python2", "MAKELEVEL": "1", "MAKEFLAGS": " -- PYTHON=/usr/bin/python2"},
            "/usr/bin/python2",
        ),
        ({"PYTHON": "/usr/bin/python2"}, "/usr/bin/python2"),
    ],
)
def test_a_python_of_the_environment_that_does_not_suit_is_ignored_in_a_sentence(environ, chosen, capsys, monkeypatch):
    monkeypatch.setattr(set_up, "VERSIONS", [THIS])
    monkeypatch.setattr(set_up, "probe", lambda command, _: (THIS if command == [sys.executable] else None, True))
    assert set_up.python_choice(environ) == chosen
    ignored = chosen is None and "PYTHON" in environ
    said = f"Ignored: PYTHON={environ.get('PYTHON')} of the environment, which is no {set_up.SUITABLE}.\n"
    assert capsys.readouterr().out == (said if ignored else "")


@pytest.mark.parametrize(
    ("asked", "environ", "there"),
    [
        ([], {"ARGS": "--left-over"}, False),
        (["ARGS=--asked"], {}, True),
        (["ARGS=--asked"], {"ARGS": "--left-over"}, True),
    ],
)
def test_arguments_are_those_of_the_command_line(asked, environ, there):
    plain = {name: value for name, value in os.environ.items() if name not in ("ARGS", "MAKEFLAGS")}
    command = ["make", "-C", set_up.ROOT, "-n", "lab", *asked]
    said = subprocess.run(command, env=plain | environ, capture_output=True, text=True, check=True).stdout
    assert ("--asked" in said, "--left-over" in said) == (there, False)
