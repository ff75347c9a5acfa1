"""A text that differs from machine to machine."""

import html

from course_lib.page.stills import beside


class LiveText:
    """A text that differs from machine to machine: seen where the cell runs; stored is only ``instead``."""

    def __init__(self, content, instead):
        self.content, self.instead = content, instead

    def _repr_mimebundle_(self, **kwargs):
        import ipywidgets

        still = {"text/html": f"<em>{html.escape(self.instead)}</em>", "text/plain": self.instead}
        return beside(ipywidgets.HTML(self.content)._repr_mimebundle_(**kwargs), still)
