"""What can be moved: one module of widgets a chapter, all built on ``course_lib.widgets.base``.

Importing the base makes the course's look matplotlib's default.
"""
