"""Widgets of chapter 06: a signal on its way through a deep network, and which numbers share a mean."""

from functools import lru_cache

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.palette import BLUE, GREY, INK, ORANGE, VERMILION
from course_lib.drawing.plane import NEGATIVE_SIDE, POSITIVE_SIDE
from course_lib.normalization import RECIPES, BatchNormalization, LayerNormalization, RMSNormalization, rms, stack
from course_lib.widgets.base import SvgDemo
from course_lib.widgets.controls import choice, slider

DEEPEST, WIDTH, EXAMPLES = 50, 64, 64


def _network(recipe, activation, seed):
    """The deepest network that the widget shows, an input of size 1 and, for any depth, a gradient of size 1."""
    rng = np.random.default_rng(seed)
    network = stack(DEEPEST, WIDTH, activation, RECIPES[recipe], rng)
    return network, rng.standard_normal((EXAMPLES, WIDTH)), rng.standard_normal((EXAMPLES, WIDTH))


class Signal(SvgDemo):
    """Depth, initialization, activation: what each layer makes of the signal, and of the gradient on its way back."""

    name = "signal"
    picture_width = 620
    rows = 6
    bins = np.linspace(-3, 3, 42)

    def __init__(self, initialization="Glorot", activation="relu", depth=50, seed=0):
        # Its own, because a layer keeps what it saw last. A depth then only has to be run.
        self._made = lru_cache(maxsize=8)(_network)
        super().__init__(
            {
                "initialization": choice("weights", list(RECIPES), initialization),
                "activation": choice("activation", ["relu", "tanh", "sigmoid", "linear"], activation),
                "depth": slider("layers", depth, 2, DEEPEST, 1),
                "seed": slider("random seed", seed, 0, 9, 1),
            }
        )

    def compute(self):
        """(outputs, gradients): each layer's output (examples, width), and the loss's gradient in it."""
        values = self.values
        network, x, dy = self._made(values["initialization"], values["activation"], values["seed"])
        layers, outputs, gradients = network.layers[: values["depth"]], [], [dy]
        for layer in layers:
            outputs.append(x := layer.forward(x))
        for layer in reversed(layers[1:]):
            gradients.insert(0, layer.backward(gradients[0]))
        return outputs, gradients

    @property
    def sizes(self):
        """{"forward", "backward"}: the rms of every layer's outputs and gradients."""
        outputs, gradients = self.compute()
        return {"forward": np.array([rms(y) for y in outputs]), "backward": np.array([rms(d) for d in gradients])}

    def draw(self):
        # Computed once for the picture and for its words.
        self._now = self.compute()
        super().draw()

    def svg(self):
        outputs, gradients = self._now
        shown = np.unique(np.linspace(0, len(outputs) - 1, self.rows).round().astype(int))
        parts = [
            svg.text(168, 14, "signal: the layer's outputs →", 13, bold=True),
            svg.text(448, 14, "← gradient in those outputs", 13, bold=True),
        ]
        for row, k in enumerate(shown):
            bottom = 62 + 42 * row
            parts += [
                svg.text(60, bottom - 12, f"layer {k + 1}", 12, anchor="end"),
                self._histogram(outputs[k], 78, bottom, BLUE),
                self._histogram(gradients[k], 358, bottom, ORANGE),
            ]
        bottom = 62 + 42 * (len(shown) - 1)
        for left in (78, 358):
            parts += [svg.text(left + 30 * (v + 3), bottom + 12, svg.signed(v, 0), 12) for v in (-3, 0, 3)]
        return svg.drawing(620, 292, *parts)

    def _histogram(self, values, left, bottom, colour):
        """How often each size occurs, from -3 to 3; what lies beyond is counted at the edge, with a mark."""
        counts, _ = np.histogram(np.clip(values, -3, 3), self.bins)
        heights, wide = 34 * counts / counts.max(), 180 / len(counts)
        outline = [(left, bottom)]
        for i, height in enumerate(heights):
            outline += [(left + wide * i, bottom - height), (left + wide * (i + 1), bottom - height)]
        parts = [
            svg.polygon([*outline, (left + 180, bottom)], colour),
            svg.line(left, bottom, left + 180, bottom, GREY),
            svg.text(left + 194, bottom - 17, size_in_words(rms(values)), 12, anchor="start"),
        ]
        if (np.abs(values) > 3).mean() > 0.01:
            parts += [svg.text(x, bottom - 5, mark, 12, VERMILION) for x, mark in ((left - 7, "◀"), (left + 187, "▶"))]
        return "".join(parts)

    def words(self):
        return (
            f"{self.describe()}<br>Beside each histogram stands the typical size (rms). "
            "Red triangles: numbers beyond −3 or 3, counted at the edge."
        )

    def describe(self):
        (outputs, gradients), values = self._now, self.values
        ways = []
        for name, first, last in (("signal", outputs[0], outputs[-1]), ("gradient", gradients[-1], gradients[0])):
            first, last = rms(first), rms(last)
            ways.append(f"the {name} {fate(first, last)}, from {size_in_words(first)} to {size_in_words(last)}")
        return (
            f"{values['depth']} layers of {WIDTH} {values['activation']} neurons, weights "
            f"“{values['initialization']}”: forward, {ways[0]}; backward, {ways[1]}."
        )


def fate(first, last):
    """What has become of a size on its way, in words."""
    if last == 0:
        return "is gone"
    growth = last / first if first else np.inf
    names = (1e-3, "vanishes"), (0.1, "fades"), (10, "keeps its size"), (1e3, "grows"), (np.inf, "explodes")
    return next(name for limit, name in names if growth <= limit)


def size_in_words(size):
    """0.02 or 3·10⁻²⁸, short enough to stand in a picture."""
    if size == 0 or 0.005 <= size < 1000:
        return f"{size:.2f}"
    digit, power = f"{size:.0e}".split("e")
    return f"{digit}·10{str(int(power)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


# The fifth row of six scanned digits, and what they are: 0 is paper, 16 is ink.
LABELS = (7, 8, 9, 6, 1, 0)
INKS = np.array(
    [
        [0, 0, 11, 16, 16, 16, 7, 0],
        [0, 0, 6, 16, 16, 6, 0, 0],
        [0, 0, 0, 4, 4, 12, 8, 0],
        [0, 0, 12, 16, 12, 11, 5, 0],
        [0, 1, 14, 16, 9, 0, 0, 0],
        [0, 5, 16, 2, 0, 12, 8, 0],
    ],
    float,
)
KINDS = ["nothing", "batch norm, training", "batch norm, afterwards", "layer norm", "RMS norm"]


class Normalize(SvgDemo):
    """Eight pixels of six digits, before and after: which numbers share a mean, and who notices a change."""

    name = "normalize"
    picture_width = 640

    def __init__(self, kind="batch norm, training", examples=6, ink=1.0, example=1, pixel=3):
        super().__init__(
            {
                "kind": choice("normalize", KINDS, kind),
                "examples": slider("examples", examples, 1, 6, 1),
                "ink": slider("ink of the 7 ×", ink, 0.0, 3.0),
                "example": slider("look at row", example, 1, 6, 1),
                "pixel": slider("at pixel", pixel, 1, 8, 1),
            }
        )

    @property
    def x(self):
        """The table as it goes in: (examples, 8). The ink of its first row can be made stronger or weaker."""
        x = INKS[: self.values["examples"]].copy()
        x[0] *= self.values["ink"]
        return x

    @property
    def y(self):
        """The table as it comes out."""
        kind, x = self.values["kind"], self.x
        if kind == "nothing":
            return x
        if kind.startswith("batch"):
            # With a momentum of 0 it remembers the last batch: all six rows with their own ink.
            layer = BatchNormalization(8, momentum=0.0)
            layer.forward(INKS, training=True)
            return layer.forward(x, training="training" in kind)
        return (LayerNormalization if kind == "layer norm" else RMSNormalization)(8).forward(x)

    @property
    def chosen(self):
        """(row, pixel) that is looked at, from 0; a row that the batch does not have counts as its last."""
        return min(self.values["example"], self.values["examples"]) - 1, self.values["pixel"] - 1

    @property
    def together(self):
        """The rows and pixels, from 0, whose numbers decide with it what becomes of the chosen one."""
        (row, pixel), kind = self.chosen, self.values["kind"]
        if kind == "batch norm, training":
            return list(range(self.values["examples"])), [pixel]
        return [row], (list(range(8)) if kind in ("layer norm", "RMS norm") else [pixel])

    def svg(self):
        heads = [
            svg.text(174, 14, "before: ink", 13, bold=True),
            svg.text(470, 14, f"after: {self.values['kind']}", 13, bold=True),
        ]
        labels = [svg.text(52, 58 + 34 * i, f"a {LABELS[i]}", 13, anchor="end") for i in range(self.values["examples"])]
        before = self._table(self.x, 62, 28, lambda v: _mix("#A8A8A8", v / 16), 0 if self._whole else 1)
        after = self._table(self.y, 306, 41, _two_sided, 0 if self.values["kind"] == "nothing" and self._whole else 2)
        return svg.drawing(640, 258, *heads, *labels, before, after)

    @property
    def _whole(self):
        return self.values["ink"] == round(self.values["ink"])

    def _table(self, numbers, left, width, colour, digits):
        """A cell for each number; those that decide together are framed, the chosen one thickly."""
        parts = [svg.text(left + width * (j + 0.5), 32, j + 1, 12, GREY) for j in range(8)]
        for (i, j), v in np.ndenumerate(numbers):
            x, y = left + width * j, 42 + 34 * i
            parts += [
                svg.box(x, y, width, 32, colour(v), "#fff", 1, 2),
                svg.text(x + width / 2, y + 16, svg.signed(v, digits), 12),
            ]
        rows, pixels = self.together
        row, pixel = self.chosen
        frame = left + width * pixels[0], 42 + 34 * rows[0], width * len(pixels), 34 * len(rows) - 2
        return "".join(
            [
                *parts,
                svg.box(*frame, "none", VERMILION, 2.5, 3),
                svg.box(left + width * pixel, 42 + 34 * row, width, 32, "none", INK, 3, 3),
            ]
        )

    def words(self):
        (row, pixel), kind, x = self.chosen, self.values["kind"], self.x
        before, after = (svg.signed(v[row, pixel], digits) for v, digits in ((x, 1), (self.y, 2)))
        if kind == "nothing":
            return f"Pixel {pixel + 1} of the {LABELS[row]} stays {before}."
        if kind == "RMS norm":
            mean_square = np.mean(x[row] ** 2)
            return (
                f"The mean of the squares of the row is {mean_square:.2f}:<br>"
                f"{before} / √({mean_square:.2f} + 0.000001) = <b>{after}</b>"
            )
        if kind == "layer norm":
            numbers, whose = x[row], "of the row"
        elif kind == "batch norm, training":
            numbers, whose = x[:, pixel], "of the column"
        else:
            numbers, whose = INKS[:, pixel], "remembered from training"
        mean, variance = numbers.mean(), numbers.var()
        return (
            f"Mean {mean:.2f} and variance {variance:.2f}, {whose}:<br>"
            f"({before} − {mean:.2f}) / √({variance:.2f} + 0.001) = <b>{after}</b>"
        )

    def describe(self):
        row, pixel = self.chosen
        rows, pixels = self.together
        partners, examples = len(rows) * len(pixels), self.values["examples"]
        decides = "alone" if partners == 1 else f"with the others of its {'column' if len(rows) > 1 else 'row'}"
        return (
            f"Eight pixels of {examples} digit{'s' * (examples > 1)}, before and after “{self.values['kind']}”. Pixel "
            f"{pixel + 1} of the {LABELS[row]} goes from {svg.signed(self.x[row, pixel], 1)} to "
            f"{svg.signed(self.y[row, pixel])}; in this batch its number decides {decides}."
        )


def _mix(colour, share):
    """White with a share of the colour, which may be more than all of it."""
    share = min(max(share, 0), 1)
    rgb = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 + share * (part - 255)):02x}" for part in rgb)


def _two_sided(number):
    """Bluer the further above 0, more orange the further below."""
    return _mix(POSITIVE_SIDE if number >= 0 else NEGATIVE_SIDE, abs(number) / 1.5)
