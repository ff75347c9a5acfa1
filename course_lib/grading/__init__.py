"""The judge: one process computes, another judges. ``python -m course_lib.grading --help`` says how to use it."""

import sys

if sys.platform == "win32":
    raise ImportError("Grading works on Linux and macOS; on Windows, use it in WSL 2.")
