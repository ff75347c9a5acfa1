"""The judge: one process computes, another judges. ``python -m course_lib.grading --help`` says how to use it."""
