"""Controls: what a learner moves, each with a label and the same width."""

import ipywidgets


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
