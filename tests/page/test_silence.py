"""Silence: whatever writes to the process's error stream is kept away, and comes out where the block fails."""

import contextlib
import os
import subprocess
import sys

import pytest

from course_lib.page import quiet

FOLDERS = [folder for folder in ("/proc/self/fd", "/dev/fd") if os.path.isdir(folder)]
WRITERS = {
    "this process": lambda text: os.write(2, text.encode()),
    "another process": lambda text: subprocess.run([sys.executable, "-S", "-c", f"import os; os.write(2, b'{text}')"]),
}


def failing(error, content=b""):
    with quiet():
        os.write(2, content)
        raise error


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_is_silent_inside_and_not_outside(write, capfd):
    write("before ")
    with quiet():
        write("inside ")
    write("after")
    assert capfd.readouterr().err == "before after"


def test_standard_output_is_left_alone(capfd):
    with quiet():
        os.write(1, b"result")
    assert capfd.readouterr().out == "result"


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("content", [b"why", b"", b"line\n" * 10_000])
def test_a_failure_passes_and_what_was_held_comes_out(kind, content, capfd):
    with pytest.raises(kind, match="it failed"):
        failing(kind("it failed"), content)
    os.write(2, b"after")
    assert capfd.readouterr().err == content.decode() + "after"


def test_bytes_that_are_no_text_come_out_too(capfd):
    with pytest.raises(ValueError, match="it failed"):
        failing(ValueError("it failed"), b"\xff\xfe!")
    assert capfd.readouterr().err.endswith("!")


def test_one_inside_another(capfd):
    with quiet():
        with quiet():
            os.write(2, b"inner")
        os.write(2, b"outer")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


@pytest.mark.skipif(not FOLDERS, reason="this system does not list a process's open files")
def test_no_file_is_left_open():
    def once():
        with quiet():
            os.write(2, b"x")
        with contextlib.suppress(ValueError):
            failing(ValueError())

    once()
    before = len(os.listdir(FOLDERS[0]))
    for _ in range(20):
        once()
    assert len(os.listdir(FOLDERS[0])) == before


def fresh(code):
    """Run code in a new interpreter, without settings that make it quiet or write at once: its output and errors."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "PYTHONUNBUFFERED"))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=settings)
    return done.stdout, done.stderr


# Python's own stream is tried in fresh interpreters: pytest puts another in its place.
PYTHONS_STREAM = {
    "lines before, inside and after": ("say('1\\n')\nwith quiet():\n    say('2\\n')\nsay('3\\n')", "1\n3\n"),
    "half lines before, inside and after": ("say('1')\nwith quiet():\n    say('2')\nsay('3')", "13"),
    "a failure after half a line": (
        "try:\n    with quiet():\n        say('why')\n        1 / 0\nexcept ZeroDivisionError:\n    say(' after')",
        "why after",
    ),
    "a failure in the inner of two": (
        "with quiet():\n    try:\n        with quiet():\n            say('2'), 1 / 0\n"
        "    except ZeroDivisionError:\n        say('3')\nsay('4')",
        "4",
    ),
}


@pytest.mark.parametrize("name", PYTHONS_STREAM)
def test_pythons_own_stream(name):
    code, written = PYTHONS_STREAM[name]
    assert fresh(f"import sys\nfrom course_lib.page import quiet\nsay = sys.stderr.write\n{code}") == ("", written)


def test_a_learner_sees_no_log_line_of_tensorflow():
    """Not as Keras is imported, nor at the first computation, the first training or the sixth model."""
    code = """
from course_lib.page import quiet
with quiet():
    import keras
import numpy as np
import tensorflow as tf
x, y = np.zeros((8, 2), "float32"), np.zeros(8)
print(float(tf.reduce_sum(tf.constant([1.0, 2.0]))))
for _ in range(6):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.predict(x, verbose=0)
model.fit(x, y, verbose=0)
model.evaluate(x, y, verbose=0)
"""
    assert fresh(code) == ("3.0\n", "")
