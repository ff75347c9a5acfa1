"""Pictures of the playground: shades for each neuron, and the still picture of the whole."""

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image
from PIL.Image import Resampling

from course_lib.activations import sigmoid
from course_lib.drawing.palette import (
    BLUE,
    CLASS_COLOURS,
    CLASS_MARKERS,
    GREEN,
    GREY,
    INK,
    NEGATIVE_SHADE,
    ORANGE,
    PAPER,
    POSITIVE_SHADE,
    PURPLE,
)
from course_lib.page.pictures import SHARPNESS
from course_lib.playground.parts import FEATURES, dense_layers, features, neuron_outputs

# Points lie about from -5 to 5; pictures reach a little further, and are so many pixels wide and high.
REACH, GRID = 6.0, 50
# The output's picture tells apart logits from -6 to 6, probabilities from 0.0025 to 0.9975; a hidden neuron's, values
# from -1 to 1: where a trained one says 20 somewhere, its edge at 0 could not be seen otherwise.
LOGIT, HIDDEN = 6.0, 1.0
_middles = (np.arange(GRID) + 0.5) / GRID * 2 * REACH - REACH
# The middles of the pixels, row by row from the top. (GRID², 2)
PIXELS = np.stack(np.meshgrid(_middles, -_middles), axis=-1).reshape(-1, 2)
SHADES = LinearSegmentedColormap.from_list("shades", [NEGATIVE_SHADE, PAPER, POSITIVE_SHADE])


def shades(outputs, strongest=None):
    """(pictures, ranges): one byte a pixel, 0 for orange, 127 or 128 for white, 255 for blue; lowest and highest value.

    outputs: (pixels, neurons)   pictures: (neurons, pixels) uint8   ranges: (neurons, 2)
    0 is white. The full colour is for the value ``strongest``; if None, for each neuron's value furthest from 0, or
    for 1 where all lie nearer, so that what is faint looks so.
    """
    values = np.nan_to_num(outputs.T, posinf=1e300, neginf=-1e300)
    ranges = np.stack([values.min(axis=1), values.max(axis=1)], axis=1)
    full = strongest or np.maximum(np.abs(ranges).max(axis=1), 1)[:, None]
    return np.round(127.5 + 127.5 * np.clip(values / full, -1, 1)).astype(np.uint8), ranges


def feature_shades():
    """Those of all features."""
    return shades(features(PIXELS, FEATURES))


@np.errstate(all="ignore")
def neuron_shades(run):
    """Those of all hidden neurons, layer by layer, the strongest being HIDDEN; last of the output's logits, LOGIT."""
    *hidden, logits = neuron_outputs(run.network, features(PIXELS, run.now["features"]))
    parts = [*(shades(layer, HIDDEN) for layer in hidden), shades(logits, LOGIT)]
    return tuple(np.concatenate(some) for some in zip(*parts, strict=True))


def sure(picture):
    """The output's picture with the probabilities in place of the logits. Bytes."""
    logits = (picture / 127.5 - 1) * LOGIT
    return np.round(255 * sigmoid(logits)).astype(np.uint8)


def still_picture(run):
    """``draw_run`` as the bytes of a PNG file of few colours, a third of the size of one with all."""
    canvas, buffer = FigureCanvasAgg(draw_run(run)), io.BytesIO()
    canvas.draw()
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    ramps = [LinearSegmentedColormap.from_list("", [PAPER, ink]) for ink in (BLUE, ORANGE, GREEN, PURPLE, INK)]
    colours = [SHADES(i) for i in np.linspace(0, 1, 161)] + [ramp(i) for ramp in ramps for i in np.linspace(0, 1, 19)]
    colours = (255 * np.array(colours)[:, :3]).round().astype(np.uint8)
    # Pillow looks colours up in steps of 8: what is nearly white would tint the paper.
    colours = [(255, 255, 255), *colours[colours.min(axis=1) < 244]]
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.array(colours, np.uint8).tobytes())
    drawn.quantize(palette=palette, dither=Image.Dither.NONE).save(buffer, "png")
    return buffer.getvalue()


def draw_run(run):
    """A figure of the run: neurons with their pictures and weights, the output with the points, the losses."""
    figure = Figure(figsize=(9.2, 4.2), dpi=100 * SHARPNESS, layout="none")
    pictures = neuron_shades(run)[0]
    _draw_network(figure.add_axes((0, 0, 0.65, 1)), run, pictures)
    _draw_output(figure.add_axes((0.705, 0.36, 0.2785, 0.61)), run, pictures[-1])
    _draw_curves(figure.add_axes((0.705, 0.115, 0.2785, 0.16)), run)
    return figure


def _draw_network(axes, run, pictures):
    """Columns from left to right, rows centred on 0 and 1 apart; a neuron's picture is a square on the page."""
    axes.axis("off")
    sizes = [len(run.now["features"]), *run.now["hidden"], 1]
    across = np.linspace(0, 7.1, len(sizes))
    rows = [(n - 1) / 2 - np.arange(n) for n in sizes]
    _draw_weights(axes, run, across, rows)
    inputs = feature_shades()[0][[name in run.now["features"] for name in FEATURES]]
    shown, frames = iter([*inputs, *pictures[:-1], sure(pictures[-1])]), []
    for x, ys in zip(across, rows, strict=True):
        for y in ys:
            left, right, low, high = box = (x - 0.26, x + 0.26, y - 0.4, y + 0.4)
            axes.imshow(next(shown).reshape(GRID, GRID), cmap=SHADES, vmin=0, vmax=255, extent=box, zorder=2)
            frames.append([(left, low), (left, high), (right, high), (right, low), (left, low)])
    axes.add_collection(LineCollection(frames, color=INK, linewidth=0.8, zorder=3), autolim=False)
    for y, name in zip(rows[0], run.now["features"], strict=True):
        axes.text(-0.33, y, name, ha="right", va="center", fontsize=8)
    for x, n in zip(across[1:-1], sizes[1:-1], strict=True):
        axes.text(x, 4.45, n, ha="center", va="top", fontsize=9)
    axes.text(across[-1], 0.5, "output", ha="center", va="bottom", fontsize=8)
    axes.set(xlim=(-1.0, 7.5), ylim=(-4.4, 4.6), aspect="auto")


def _draw_weights(axes, run, across, rows):
    """A line for each weight: wider for a larger one; blue and solid if positive, orange and dashed if negative."""
    lines, widths, colours, dashes = [], [], [], []
    for layer, dense in enumerate(dense_layers(run.network)):
        for (i, j), w in np.ndenumerate(np.nan_to_num(dense.params["kernel"])):
            lines.append([(across[layer], rows[layer][i]), (across[layer + 1], rows[layer + 1][j])])
            widths.append(min(0.3 + 1.1 * abs(w), 5))
            colours.append(BLUE if w > 0 else ORANGE)
            dashes.append("-" if w > 0 else (0, (4, 2)))
    axes.add_collection(LineCollection(lines, linewidths=widths, colors=colours, linestyles=dashes, zorder=1))


def _draw_output(axes, run, picture):
    logits = Image.fromarray(picture.reshape(GRID, GRID))
    # Between pixels the logit is interpolated and not the colour, which keeps the boundary sharp.
    fine = np.asarray(logits.resize((5 * GRID, 5 * GRID), Resampling.BILINEAR))
    extent = (-REACH, REACH, -REACH, REACH)
    axes.imshow(sure(fine), cmap=SHADES, vmin=0, vmax=255, extent=extent)
    x_train, y_train, x_test, y_test = run.points
    for k in (0, 1):
        style = {"marker": CLASS_MARKERS[k], "s": 16, "linewidth": 0.7}
        axes.scatter(*x_train[y_train[:, 0] == k].T, color=CLASS_COLOURS[k], edgecolor="white", **style)
        axes.scatter(*x_test[y_test[:, 0] == k].T, facecolor="none", edgecolor=INK, alpha=0.45, **style)
    axes.set(xlim=extent[:2], ylim=extent[2:], xticks=[-5, 0, 5], yticks=[-5, 0, 5])
    axes.tick_params(labelsize=8)
    axes.grid(visible=False)


def _draw_curves(axes, run):
    epochs, style = np.arange(run.epoch + 1), {"marker": "o" if run.epoch == 0 else "", "clip_on": False}
    axes.plot(epochs, run.losses["loss"], color=GREEN, linestyle="-", label="training loss", **style)
    axes.plot(epochs, run.losses["test_loss"], color=PURPLE, linestyle="--", label="test loss", **style)
    axes.set_xlim(0, max(run.epoch, 1))
    axes.set_ylim(bottom=0)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("epoch", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.legend(frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=GREY, alpha=0.25)
