"""What can be moved: one module of widgets a chapter, all built on ``course_lib.widgets.base``.

Importing this package makes the course's look matplotlib's default.
"""

from course_lib.drawing.style import use_style

use_style()
