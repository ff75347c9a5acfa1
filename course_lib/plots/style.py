"""The look of every figure: colours that colour-blind people can tell apart, sizes that fit a notebook.

The paper is always light, so that a figure reads the same on JupyterLab's dark theme.
"""

import base64
import html
import io

import matplotlib.pyplot as plt
from cycler import cycler
from IPython.display import display
from matplotlib.colors import LinearSegmentedColormap

# Okabe and Ito, 2008: a palette that people with any common colour blindness can tell apart.
BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7"
INK, GREY, PAPER = "#222222", "#8A8A8A", "#FFFFFF"
LINE_COLOURS = BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY
# Class 1 is blue, as is the side of the plane on which a neuron says 1.
CLASS_COLOURS, CLASS_MARKERS = (ORANGE, BLUE, GREEN, PURPLE, VERMILION, SKY), "soD^vP"
# From one class's side to the other's, white where the neuron is undecided; usable with 0 at its middle.
TWO_SIDES = LinearSegmentedColormap.from_list("two sides", ["#F2CF7F", "#FFFFFF", "#7FB8D8"])
# Pixels in a figure's file for each pixel on the page: sharp on a screen of high resolution too.
SHARPNESS = 1.6


def use_style():
    """Make the course's look the default of this process."""
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


def show(alt, figure=None):
    """Show the current figure with ``alt``: what it shows, in words, for those who cannot see it. Then close it."""
    if not alt.strip():
        raise ValueError("alt is empty; say in a sentence or two what the figure shows")
    figure = figure or plt.gcf()
    display(picture_bundle(png(figure), "image/png", alt, width=round(figure.get_figwidth() * 100)), raw=True)
    plt.close(figure)


def png(figure):
    """The figure as the bytes of a PNG file without any date or version in it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100 * SHARPNESS, metadata={"Software": None})
    return buffer.getvalue()


def picture_bundle(content, mime, alt, width):
    """A picture as Jupyter displays it: HTML, because only there does its text survive, and the text alone.

    content: the bytes of the picture   mime: their type   width: in pixels on the page
    """
    source = f"data:{mime};base64,{base64.b64encode(content).decode()}"
    image = f'<img src="{source}" alt="{html.escape(alt)}" width="{width}" style="max-width: 100%">'
    return {"text/html": image, "text/plain": alt}
