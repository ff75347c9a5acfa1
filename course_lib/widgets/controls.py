"""Controls: what a learner moves. A widget declares them as class attributes, and each widget gets its own.

``rate = slide("rate", 0.4, 0.02, 0.5)`` on a class is a declaration; on a widget, ``demo.rate`` is its value.
"""

import contextlib
import inspect
import threading
from functools import partial

import ipywidgets
import numpy as np


class Control:
    """A declared control: its label, the value it starts with, and the kind of ipywidget that is made of it."""

    def __init__(self, label, start, kind, play=None, **options):
        self.label, self.start, self.kind, self.play, self.options = label, start, kind, play, options

    def __set_name__(self, owner, name):
        # A name that every widget needs for itself is declared with a line behind it: draw_ is the control "draw".
        self.name = name.rstrip("_")

    def __get__(self, demo, owner=None):
        return self if demo is None else demo.controls[self.name].value

    def __set__(self, demo, value):
        raise AttributeError(f"{self.name} is a control: move it with set({self.name}=...)")

    def spread(self, value):
        """{name: value} for each ipywidget that has one."""
        return {self.name: value}

    def make(self, values, label_width):
        """{name: a new ipywidget}, with a Play button behind a slider that has one."""
        made = self.kind(value=values[self.name], **_form(self.label, label_width), **self.options)
        if self.play is None:
            return {self.name: made}
        # It begins where the slider stands, or linking the two would move the slider.
        ends = {"min": made.min, "max": made.max, "step": made.step, "value": made.value}
        play = ipywidgets.Play(**ends, interval=self.play, description="Play", layout={"width": "300px"})
        ipywidgets.jslink((play, "value"), (made, "value"))
        return {self.name: made, "play": play}


class Group(Control):
    """Several controls under one name, which gives their values as an array."""

    def __init__(self, members):
        self.members, self.play = members, None
        self.start = tuple(member.start for member in members.values())
        for name, member in members.items():
            member.name = name

    def __get__(self, demo, owner=None):
        return self if demo is None else np.array([demo.controls[name].value for name in self.members])

    def spread(self, value):
        if len(value) != len(self.members):
            raise ValueError(f"{self.name} needs {len(self.members)} values, got {len(value)}")
        return dict(zip(self.members, value, strict=True))

    def make(self, values, label_width):
        made = [member.make(values, label_width) for member in self.members.values()]
        return {name: control for controls in made for name, control in controls.items()}


def slide(label, start, low, high, step=0.1, play=None):
    """A slider over fractions or, if all four numbers are whole, over whole numbers; drawn as it moves.

    play: the milliseconds of a step, for a Play button that moves it
    """
    if not low <= start <= high:
        raise ValueError(f"{label} must start between {low} and {high}, got {start}")
    whole = all(isinstance(number, int) for number in (start, low, high, step))
    if play is not None and not whole:
        raise ValueError(f"{label} must go in whole numbers to have a Play button")
    kind, form = (ipywidgets.IntSlider, {}) if whole else (ipywidgets.FloatSlider, {"readout_format": ".2f"})
    return Control(label, start, kind, play, min=low, max=high, step=step, **form)


def pick(label, options, start=None):
    """A drop-down list of values, or of (what is shown, value); without ``start`` it begins with the first."""
    return _one_of(ipywidgets.Dropdown, label, options, start)


def slide_over(label, options, start=None):
    """A slider with a stop for each option, which are as in ``pick``."""
    return _one_of(ipywidgets.SelectionSlider, label, options, start)


def group(members):
    """Controls that belong together: ``x = group({"x1": slide(...), "x2": slide(...)})``.

    A widget is made and set with ``x=(1, 2)``; ``demo.x`` is an array.
    """
    return Group(members)


def _one_of(kind, label, options, start):
    values = [option[1] if isinstance(option, tuple) else option for option in options]
    start = values[0] if start is None else start
    if start not in values:
        raise ValueError(f"{label} must start with one of {', '.join(map(str, values))}; got {start!r}")
    return Control(label, start, kind, options=list(options))


def _form(label, label_width):
    """What all controls have in common."""
    return {
        "description": label,
        "layout": {"width": "300px"},
        "style": {"description_width": f"{label_width}px"},
    }


class Movable:
    """What has controls: each made from its declaration, read by ``values``, moved by ``set``, followed by ``show``.

    Where they start can be said by name, or in the order of declaration; those named in ``arguments`` come first.
    controls: a dict from names to ipywidgets, in the order in which they are shown
    """

    name = "demo"
    label_width = 90
    arguments = ()

    def __init_subclass__(cls):
        super().__init_subclass__()
        cls._declared = _declared(cls)
        cls._signature = _signature(cls._declared, cls.arguments)
        # What Jupyter tells of the widget's arguments.
        cls.__signature__ = cls._signature if cls.__init__ is Movable.__init__ else None

    def __init__(self, *args, **start):
        self.controls = self._make_controls(args, start)
        self._lock, self._waiting = threading.RLock(), False
        self.build()
        for name in self.values:
            self.controls[name].observe(partial(self._on_move, name), "value")
        self.refresh()

    def _make_controls(self, args, start):
        self._refuse_unknown(start.keys(), self._declared)
        bound = self._signature.bind(*args, **start)
        bound.apply_defaults()
        values = self._spread(bound.arguments)
        made = [control.make(values, self.label_width) for control in self._declared.values()]
        return {name: control for controls in made for name, control in controls.items()}

    @property
    def values(self):
        """The value of each control, by name; a Play button has none of its own."""
        return {
            name: control.value for name, control in self.controls.items() if not isinstance(control, ipywidgets.Play)
        }

    def set(self, **values):
        """Move controls from Python: ``demo.set(w1=2)``. The picture is drawn once, when all have moved."""
        values = self._spread(values)
        self._refuse_unknown(values.keys(), self.values)
        with self._lock, contextlib.ExitStack() as held:
            held.callback(self.refresh)
            # One inside another, as from ``follow``, leaves the drawing to the outer one.
            held.callback(setattr, self, "_waiting", self._waiting)
            self._waiting = True
            for name, value in values.items():
                self.controls[name].value = value

    def build(self):
        """Make what shows the controls' values. Called once, before they are shown for the first time."""

    def follow(self, name):
        """Set the controls that follow the one named, which has moved. Called before the picture is drawn."""

    def show(self):
        """Show what the controls say now."""
        raise NotImplementedError

    def refresh(self):
        """Show again, unless more controls are about to move."""
        # While a cell runs, a control's callback comes on another thread.
        with self._lock:
            if not self._waiting:
                self.show()

    def _on_move(self, name, change):
        self.follow(name)
        self.refresh()

    def _refuse_unknown(self, names, known):
        for name in sorted(names - known.keys()):
            raise ValueError(f"{self.name} has no control {name!r}; it has {', '.join(known)}")

    def _spread(self, values):
        """The same values, with a group's given to its members."""
        spread = {}
        for name, value in values.items():
            spread |= self._declared[name].spread(value) if name in self._declared else {name: value}
        return spread


def _declared(kind):
    """{name: Control} of a class of widgets: those it inherits, then its own."""
    found = {}
    for owner in reversed(kind.__mro__):
        for attribute, control in vars(owner).items():
            if not isinstance(control, Control):
                continue
            if not all(isinstance(vars(base).get(attribute, control), Control) for base in owner.__mro__):
                raise TypeError(f"every widget has its own {attribute}: declare that control as {attribute}_")
            found[control.name] = control
    if sum(control.play is not None for control in found.values()) > 1:
        raise TypeError(f"{kind.__name__} has room for one Play button")
    return found


def _signature(controls, first):
    """The arguments that give controls other values to start with: those named in ``first``, then the others."""
    order = [*first, *(name for name in controls if name not in first)]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature([inspect.Parameter(name, kind, default=controls[name].start) for name in order])
