"""What trains or measures for a figure: one module a chapter. What they find is drawn by ``course_lib.plots``."""
