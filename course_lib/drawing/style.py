"""The look of every figure: sizes that fit a notebook, and paper that is always light.

So a figure reads the same on JupyterLab's dark theme.
"""

import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap

from course_lib.drawing.palette import CLASS_COLOURS, CLASS_MARKERS, INK, LINE_COLOURS, PAPER

# From one class's side to the other's, white where the neuron is undecided; usable with 0 at its middle.
TWO_SIDES = LinearSegmentedColormap.from_list("two sides", ["#F2CF7F", "#FFFFFF", "#7FB8D8"])


def use_style():
    """Make the course's look the default of this process, whatever the learner's own matplotlibrc says."""
    plt.style.use("default")
    plt.rcParams.update(
        {
            "figure.figsize": (7.2, 3.2),
            "figure.dpi": 100,
            "figure.facecolor": PAPER,
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "axes.titlesize": 12,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "axes.grid": True,
            "grid.color": "#E3E3E3",
            "grid.linewidth": 0.8,
            "axes.axisbelow": True,
            "axes.prop_cycle": cycler(color=LINE_COLOURS) + cycler(linestyle=["-", "--", "-.", ":", "-", "--"]),
            "lines.linewidth": 2.2,
            "lines.markersize": 6,
            "legend.frameon": False,
            "image.cmap": "gray_r",
        }
    )


def points(axes, x, y, names=("class 0", "class 1"), size=28):
    """Scatter two-dimensional points, each class with its own colour and its own marker.

    x: (n, 2)   y: (n,) whole numbers that index ``names``
    """
    for k, name in enumerate(names):
        axes.scatter(
            *x[y == k].T,
            s=size,
            color=CLASS_COLOURS[k],
            marker=CLASS_MARKERS[k],
            edgecolor="white",
            linewidth=0.6,
            label=name,
            zorder=3,
        )
