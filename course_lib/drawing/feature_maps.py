"""What is shown of a Keras layer that makes maps: the maps of a picture, and what one number of a map is made of."""

import numpy as np
from matplotlib.figure import Figure

from course_lib import limits
from course_lib.convolution import convolve
from course_lib.drawing.palette import VERMILION
from course_lib.drawing.svg import signed
from course_lib.page import quiet
from course_lib.windows import padding_widths, windows

KERNELS = {
    "leave as it is": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "brighter to the right": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "brighter downward": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "edges of any kind": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "blur": [[0.1, 0.1, 0.1], [0.1, 0.2, 0.1], [0.1, 0.1, 0.1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
}
# How a pooling layer makes one number of a window, and what stands where the window reaches beyond the picture.
POOLS = {"MaxPooling2D": ("the largest of", -np.inf), "AveragePooling2D": ("the mean of", np.nan)}
# The most pixels a side that can be told apart under a kernel. And more terms than these nobody reads.
MOST_PIXELS = 48
MOST_TERMS, MOST_PARTS = 9, 32


def layers_with_maps(model):
    """Those layers of a Keras model whose output is (height, width, channels), the input left out."""
    return [
        layer for layer in model.layers if type(layer).__name__ != "InputLayer" and len(np.shape(layer.output)) == 4
    ]


def looked_into(model, name):
    """A Keras model that gives a layer's input, its output, and the whole model's output."""
    with quiet():
        import keras
    layer = model.get_layer(name)
    return keras.Model(model.inputs[0], [layer.input, layer.output, model.outputs[0]])


def run(inner, image):
    """(inputs, maps, outputs) of ``looked_into`` for one image, as arrays without the batch."""
    import keras

    return [keras.ops.convert_to_numpy(a)[0].astype(float) for a in inner(image[None], training=False)]


def spoken(outputs):
    """What a model says of a picture, if it has logits or probabilities for classes."""
    if outputs.ndim != 1 or len(outputs) < 2:
        return ""
    sums_to_one = (outputs >= 0).all() and abs(outputs.sum() - 1) < 1e-3
    shares = outputs if sums_to_one else np.exp(outputs - outputs.max()) / np.exp(outputs - outputs.max()).sum()
    share = f"over {99.5:g}%" if shares.max() > 0.995 else f"{shares.max():.0%}"
    return f"The model reads {shares.argmax()}, with {share}."


def parts_of(layer, inputs, maps, chosen, row, column, channel=-1):
    """([(name, what a channel adds to the map, frame)], the number at a place as a sentence) of one map.

    frame: [row, column, rows, columns] of what the number at the place is taken from

    inputs: (height, width, channels)   maps: (rows, columns, filters)   chosen: which of them
    channel: that of which the sentence tells what it adds; -1: all together
    """
    kind, value = type(layer).__name__, maps[row, column, chosen]
    if kind == "Conv2D" and layer.groups == 1:
        return _convolution(layer, inputs, chosen, row, column, value, channel)
    if kind in POOLS:
        frame = _pooled_window(layer, inputs.shape, row, column)
        return [("channel", inputs[..., chosen], frame)], _pooled(layer, kind, inputs[..., chosen], row, column, value)
    return [], f"Row {row + 1}, column {column + 1} of map {chosen}: {signed(value)}."


def _convolution(layer, inputs, chosen, row, column, value, channel):
    kernel, *bias = (weights.astype(float)[..., chosen] for weights in layer.get_weights())
    bias = float(bias[0]) if bias else 0.0
    settings = {"strides": layer.strides, "padding": layer.padding, "dilation_rate": layer.dilation_rate}
    channels = range(kernel.shape[-1])
    parts = [
        convolve(inputs[None, ..., c : c + 1], kernel[..., c : c + 1, None], **settings)[0, ..., 0] for c in channels
    ]
    sums = [part[row, column] for part in parts]
    terms = [f"{signed(s)} from channel {c}" for c, s in enumerate(sums)]
    alone = 0 if len(sums) == 1 else channel if 0 <= channel < min(len(sums), MOST_PARTS) else None
    if alone is not None:
        products = _window(inputs, kernel.shape[:2], settings)[row, column, ..., alone] * kernel[..., alone]
        terms = [signed(p) for p in products.ravel() if p]
    said = " + ".join(terms[:MOST_TERMS]) + (" + …" if len(terms) > MOST_TERMS else "") or "0.00"
    total = sum(sums) + bias
    activation = getattr(layer.activation, "__name__", "linear")
    end = "" if activation == "linear" else f"; {activation} makes that {signed(value)}"
    place = f"Row {row + 1}, column {column + 1} of map {chosen}"
    named = [(f"channel {c}", part, [row, column, 1, 1]) for c, part in enumerate(parts[:MOST_PARTS])]
    if alone is not None and len(sums) > 1:
        return named, f"{place}, channel {alone} alone: {said} = {signed(sums[alone])}."
    return named, f"{place}: {said}, with the bias {signed(bias)}: {signed(total)}{end}."


def _pooled_window(layer, shape, row, column):
    """[row, column, rows, columns] of the window in the layer's input, of which a part may lie in the padding."""
    frame = []
    for place, n, size, step in zip((row, column), shape, layer.pool_size, layer.strides, strict=False):
        start = place * step - padding_widths(n, size, step, layer.padding)[0]
        frame.append((max(start, 0), min(start + size, n)))
    (top, bottom), (left, right) = frame
    return [top, left, bottom - top, right - left]


def _pooled(layer, kind, channel, row, column, value):
    words, fill = POOLS[kind]
    settings = {"strides": layer.strides, "padding": layer.padding}
    seen = windows(channel[None, ..., None], layer.pool_size, **settings, fill=fill)[0, row, column, ..., 0].ravel()
    numbers = [signed(n) for n in seen if np.isfinite(n)]
    said = ", ".join(numbers[:MOST_TERMS]) + (", …" if len(numbers) > MOST_TERMS else "")
    return f"Row {row + 1}, column {column + 1}: {words} {said} is {signed(value)}."


def _window(inputs, size, settings):
    return windows(inputs[None], size, **settings)[0]


def picture_of(image):
    """An image as lists of numbers to two decimals, (height, width), shrunk to at most 48 pixels a side.

    Colours become grey, negative numbers move all until the least is 0, and numbers up to 255 are scaled to 1.
    ``ValueError`` if it is no image.
    """
    array = limits.floats(np.asarray(image)).astype(float)
    if array.ndim == 3 and array.shape[2] in (1, 3, 4):
        array = array[..., :3].mean(axis=2)
    if array.ndim != 2 or not array.size or not np.isfinite(array).all():
        raise ValueError(f"the image must be (height, width), of finite numbers; got the shape {array.shape}")
    array = _shrunk(array - min(array.min(), 0), -(-max(array.shape) // MOST_PIXELS))
    return np.round(array / max(array.max(), 1), 2).tolist()


def _shrunk(array, step):
    """The mean of each square of so many pixels a side; what is left over at the right and below falls off."""
    array = np.pad(array, [(0, max(step - n, 0)) for n in array.shape], mode="edge")
    height, width = (n // step for n in array.shape)
    return array[: height * step, : width * step].reshape(height, step, width, step).mean(axis=(1, 3))


def products_said(row, column, products, before, after):
    """What one number of a map is summed up from, as a sentence. before, after: the shapes of picture and map"""
    parts = [signed(p) for p in products.ravel() if p]
    terms = " + ".join(parts[:MOST_TERMS]) + (" + …" if len(parts) > MOST_TERMS else "") or "nothing but zeros"
    return (
        f"Row {row + 1}, column {column + 1} of the map: {terms} = {signed(products.sum())}. "
        f"From {before[0]} × {before[1]} pixels to {after[0]} × {after[1]}."
    )


def maps_figure(seen, maps, chosen):
    """A picture, and beside it the first twelve maps of a layer; the chosen one's number is bold."""
    shown = maps[:12]
    figure = Figure(figsize=(7.6, 2.4), layout="constrained")
    grid = figure.add_gridspec(2, 8)
    panels = [figure.add_subplot(grid[:, :2])]
    panels += [figure.add_subplot(grid[k // 6, 2 + k % 6]) for k in range(len(shown))]
    most = np.abs(maps).max() or 1
    panels[0].imshow(seen, cmap="gray_r")
    for k, (axes, values) in enumerate(zip(panels[1:], shown, strict=True)):
        axes.imshow(values, cmap="RdBu", vmin=-most, vmax=most)
        axes.set_title(k, fontsize=9, fontweight="bold" if k == chosen else "normal")
    for axes in panels:
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(True)
    if len(maps) > len(shown):
        figure.supxlabel(f"the first {len(shown)} of {len(maps)} maps", fontsize=9)
    return figure


def kernel_figure(grids, frames):
    """Picture, kernel and map side by side. frames: (row, column, size) of a square to frame in each, or None"""
    figure = Figure(figsize=(7.6, 2.8), layout="constrained")
    titles = "picture", "kernel", "map"
    for axes, numbers, title, frame in zip(figure.subplots(1, 3), grids, titles, frames, strict=True):
        # The kernel is paler, so that its weights can be read.
        most, grey = (np.abs(numbers).max() or 1) * (1.8 if title == "kernel" else 1), title == "picture"
        axes.imshow(numbers, cmap="gray" if grey else "RdBu", vmin=0 if grey else -most, vmax=most)
        axes.set(title=title, xticks=[], yticks=[])
        axes.spines[:].set_visible(True)
        if frame:
            axes.plot(*_frame(*frame), color=VERMILION, linewidth=2.5, linestyle="-")
    for (row, column), weight in np.ndenumerate(np.array(grids[1])):
        figure.axes[1].text(column, row, f"{weight:g}".replace("-", "−"), ha="center", va="center")
    return figure


def _frame(row, column, size):
    """(x, y) of the corners of a square of pixels, round and back to the first."""
    left, top = column - 0.5, row - 0.5
    return [left, left + size, left + size, left, left], [top, top, top + size, top + size, top]
