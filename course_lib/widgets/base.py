"""What every widget of the course is built on, so that all of them look and behave alike.

A widget has named controls, a picture, and its values in words beside the picture. It is shown live where
a kernel runs and as a still picture everywhere else. A mistake in drawing is shown in the widget, which
goes on living: Jupyter itself would hide it.
"""

import html
import io
import threading

import anywidget
import ipywidgets
import numpy as np
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from course_lib.drawing.style import use_style
from course_lib.page.pictures import still_bundle
from course_lib.page.stills import beside
from course_lib.widgets.controls import Movable
from course_lib.widgets.scripts import script, style

use_style()


class Keys(anywidget.AnyWidget):
    """Unseen: keeps keys that are meant for a control from reaching JupyterLab, and names the sliders."""

    _esm = script("keys.js")
    _css = style()


class Demo(Movable):
    """Controls, a picture and a text. A subclass declares its controls, see ``controls.py``, and writes ``draw``."""

    picture_width = 560

    def build(self):
        self.text = ipywidgets.HTML()
        self.message = ipywidgets.HTML()
        self.picture = self.make_picture()
        self.box = self._layout()

    def make_picture(self):
        """Call ``prepare``, and return the ipywidget that shows the picture."""
        raise NotImplementedError

    def prepare(self):
        """Make what is kept from one drawing to the next. Called once, when the controls are there."""

    def draw(self):
        """Set the picture and ``self.text`` from the controls."""
        raise NotImplementedError

    def describe(self):
        """What the picture shows now, in one or two sentences: its text for those who cannot see it."""
        raise NotImplementedError

    def still(self):
        """The picture as (bytes, MIME type), for places where no kernel runs."""
        raise NotImplementedError

    def show(self):
        """Draw. What goes wrong is said in the widget, because Jupyter would not show it."""
        try:
            self.draw()
            self.message.value = ""
        except Exception as error:
            self.message.value = f'<span role="alert">⚠ {html.escape(str(error) or type(error).__name__)}</span>'

    def _layout(self):
        self.picture.add_class("course-picture")
        self.text.add_class("course-text")
        self.message.add_class("course-message")
        left = ipywidgets.VBox(list(self.controls.values()), layout={"width": "310px", "flex": "0 0 auto"})
        # Beside JupyterLab's list of files on a small screen, the picture shrinks a little to stay beside its controls.
        right = ipywidgets.VBox(
            [self.picture, self.text], layout={"flex": "1 1 480px", "max_width": f"{self.picture_width + 12}px"}
        )
        row = ipywidgets.HBox([left, right], layout={"flex_flow": "row wrap"})
        box = ipywidgets.VBox([row, self.message, Keys()])
        box.add_class("course-widget").add_class(f"course-{self.name}")
        return box

    def _repr_mimebundle_(self, **kwargs):
        still = still_bundle(*self.still(), self.describe(), self.picture_width)
        return beside(self.box._repr_mimebundle_(**kwargs), still)

    def __repr__(self):
        return f"<{self.name}: {self.values}>"


class SvgDemo(Demo):
    """A widget whose picture is a diagram. A subclass writes ``svg``, which returns the drawing as text."""

    def make_picture(self):
        self.prepare()
        return ipywidgets.HTML()

    def svg(self):
        """The drawing: a text that begins with ``<svg``."""
        raise NotImplementedError

    def words(self):
        """The values as HTML, shown under the picture."""
        return html.escape(self.describe())

    def draw(self):
        self._svg = self.svg()
        self.picture.value = f'<div role="img" aria-label="{html.escape(self.describe())}">{self._svg}</div>'
        self.text.value = self.words()

    def still(self):
        return self._svg.encode(), "image/svg+xml"


class FigureDemo(Demo):
    """A widget whose picture is a matplotlib figure that repaints in about 10 ms.

    ``self.figure`` belongs to the widget alone (pyplot's state is not safe in a callback). A subclass makes its
    axes in ``prepare`` and names in ``self.moving`` the artists that change; all others are painted once and kept.
    """

    size = (5.6, 3.4)
    dpi = 100

    def make_picture(self):
        self.figure = Figure(figsize=self.size, dpi=self.dpi, layout="constrained")
        self.canvas = FigureCanvasAgg(self.figure)
        self.moving = []
        self.prepare()
        for artist in self.moving:
            artist.set_animated(True)
        self.canvas.draw()
        # Laid out once: later frames must fall on the same pixels as the background that was kept.
        self.figure.set_layout_engine("none")
        self._background = self.canvas.copy_from_bbox(self.figure.bbox)
        width, height = (round(inches * self.dpi) for inches in self.size)
        return ipywidgets.Image(format="png", width=width, height=height)

    def prepare(self):
        """Make the axes and the artists."""
        raise NotImplementedError

    def move(self):
        """Give the moving artists their new data."""
        raise NotImplementedError

    def draw(self):
        self.move()
        self.canvas.restore_region(self._background)
        for artist in self.moving:
            self.figure.draw_artist(artist)
        buffer = io.BytesIO()
        pixels = np.asarray(self.canvas.buffer_rgba())[..., :3]
        Image.fromarray(pixels).save(buffer, "png", compress_level=1)
        self.picture.value = buffer.getvalue()
        self.text.value = html.escape(self.describe())

    def still(self):
        return self.picture.value, "image/png"


class ScriptDemo(anywidget.AnyWidget):
    """A widget drawn by its own JavaScript module, with its state in traits that Python reads, sets and tests.

    A subclass names ``_esm`` and its traits, and writes ``describe`` and ``still`` as ``Demo`` has them.
    """

    _css = style()
    name = "demo"
    picture_width = 560
    error = traitlets.Unicode("").tag(sync=True)
    _failures = 0

    def react(self, trait, answer):
        """Call ``answer()`` whenever the trait changes, and keep in ``error`` what goes wrong in it."""
        lock = threading.RLock()

        def on_change(_):
            with lock:
                before = self._failures
                try:
                    answer()
                    # What another reaction, which this one has caused, has complained about stays.
                    if self._failures == before:
                        self.error = ""
                except Exception as error:
                    self._failures += 1
                    self.error = str(error) or type(error).__name__

        self.observe(on_change, trait)

    describe, still = Demo.describe, Demo.still

    def _repr_mimebundle_(self, **kwargs):
        still = still_bundle(*self.still(), self.describe(), self.picture_width)
        return beside(super()._repr_mimebundle_(**kwargs), still)

    def __repr__(self):
        return f"<{self.name}>"
