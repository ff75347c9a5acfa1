"""Controls: what a learner moves. A widget declares them as class attributes, and each widget gets its own.

``rate = slide("rate", 0.4, 0.02, 0.5)`` on a class is a declaration; on a widget, ``demo.rate`` is its value.
"""

import inspect

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


def declared(kind):
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


def signature(controls, first):
    """The arguments that give controls other values to start with: those named in ``first``, then the others."""
    order = [*first, *(name for name in controls if name not in first)]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature([inspect.Parameter(name, kind, default=controls[name].start) for name in order])


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


# The form before: it goes when no widget is left that makes its controls by hand.


def slider(name, value, low, high, step=0.1):
    """A slider over fractions (or, with a whole step, over whole numbers), labelled, drawn as it moves."""
    whole = all(isinstance(number, int) for number in (value, low, high, step))
    kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
    options = {} if whole else {"readout_format": ".2f"}
    return kind(
        value=value,
        min=low,
        max=high,
        step=step,
        description=name,
        layout={"width": "300px"},
        style={"description_width": "90px"},
        **options,
    )


def choice(name, options, value=None):
    """A drop-down list, labelled."""
    return ipywidgets.Dropdown(
        options=options,
        value=value or next(iter(options)),
        description=name,
        layout={"width": "300px"},
        style={"description_width": "90px"},
    )
