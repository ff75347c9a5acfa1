"""Widgets of chapter 06: a signal on its way through a deep network, and which numbers share a mean."""

from functools import lru_cache

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.chart import Chart
from course_lib.drawing.palette import BLUE, GREY, INK, ORANGE, VERMILION
from course_lib.drawing.plane import NEGATIVE_SIDE, POSITIVE_SIDE
from course_lib.normalization import RECIPES, BatchNormalization, LayerNormalization, RMSNormalization, rms, stack
from course_lib.widgets.base import SvgDemo
from course_lib.widgets.controls import pick, slide

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
    initialization = pick("weights", list(RECIPES), "Glorot")
    activation = pick("activation", ["relu", "tanh", "sigmoid", "linear"])
    depth = slide("layers", DEEPEST, 2, DEEPEST, 1)
    seed = slide("random seed", 0, 0, 9, 1)

    def prepare(self):
        # Its own, because a layer keeps what it saw last. A depth then only has to be run.
        self._made = lru_cache(maxsize=8)(_network)

    def compute(self):
        """(outputs, gradients): each layer's output (examples, width), and the loss's gradient in it."""
        network, x, dy = self._made(self.initialization, self.activation, self.seed)
        layers, outputs, gradients = network.layers[: self.depth], [], [dy]
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
            forward, backward = (Chart(left, 28 + 42 * row, 180, 34, (-3, 3), (0, 1)) for left in (78, 358))
            parts += [
                svg.text(60, forward.bottom - 12, f"layer {k + 1}", 12, anchor="end"),
                _histogram(forward, outputs[k], BLUE),
                _histogram(backward, gradients[k], ORANGE),
            ]
        # The lowest two have the numbers.
        ticks = [chart.x_ticks((-3, 0, 3), below=12) for chart in (forward, backward)]
        return svg.drawing(620, 292, *parts, *ticks)

    def words(self):
        return (
            f"{self.describe()}<br>Beside each histogram stands the typical size (rms). "
            "Red triangles: numbers beyond −3 or 3, counted at the edge."
        )

    def describe(self):
        (outputs, gradients), ways = self._now, []
        for name, first, last in (("signal", outputs[0], outputs[-1]), ("gradient", gradients[-1], gradients[0])):
            first, last = rms(first), rms(last)
            ways.append(f"the {name} {fate(first, last)}, from {size_in_words(first)} to {size_in_words(last)}")
        return (
            f"{self.depth} layers of {WIDTH} {self.activation} neurons, weights "
            f"“{self.initialization}”: forward, {ways[0]}; backward, {ways[1]}."
        )


def _histogram(chart, values, colour):
    """How often each size occurs, from -3 to 3; what lies beyond is counted at the edge, with a mark."""
    counts, edges = np.histogram(np.clip(values, -3, 3), np.linspace(-3, 3, 42))
    outline = chart.points(np.repeat(edges, 2), np.pad(np.repeat(counts / counts.max(), 2), 1))
    parts = [
        svg.polygon(outline, colour),
        svg.line(chart.left, chart.bottom, chart.right, chart.bottom, GREY),
        svg.text(chart.right + 14, chart.bottom - 17, size_in_words(rms(values)), 12, anchor="start"),
    ]
    if (np.abs(values) > 3).mean() > 0.01:
        parts.append(svg.text(chart.left - 7, chart.bottom - 5, "◀", 12, VERMILION))
        parts.append(svg.text(chart.right + 7, chart.bottom - 5, "▶", 12, VERMILION))
    return "".join(parts)


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
    kind = pick("normalize", KINDS, "batch norm, training")
    examples = slide("examples", len(INKS), 1, len(INKS), 1)
    ink = slide("ink of the 7 ×", 1.0, 0.0, 3.0)
    example = slide("look at row", 1, 1, len(INKS), 1)
    pixel = slide("at pixel", 3, 1, 8, 1)

    @property
    def x(self):
        """The table as it goes in: (examples, 8). The ink of its first row can be made stronger or weaker."""
        x = INKS[: self.examples].copy()
        x[0] *= self.ink
        return x

    @property
    def y(self):
        """The table as it comes out."""
        if self.kind == "nothing":
            return self.x
        if self.kind.startswith("batch"):
            # With a momentum of 0 it remembers the last batch: all six rows with their own ink.
            layer = BatchNormalization(8, momentum=0.0)
            layer.forward(INKS, training=True)
            return layer.forward(self.x, training="training" in self.kind)
        return (LayerNormalization if self.kind == "layer norm" else RMSNormalization)(8).forward(self.x)

    @property
    def chosen(self):
        """(row, pixel) that is looked at, from 0; a row that the batch does not have counts as its last."""
        return min(self.example, self.examples) - 1, self.pixel - 1

    @property
    def together(self):
        """The rows and pixels, from 0, whose numbers decide with it what becomes of the chosen one."""
        row, pixel = self.chosen
        if self.kind == "batch norm, training":
            return list(range(self.examples)), [pixel]
        return [row], (list(range(8)) if self.kind in ("layer norm", "RMS norm") else [pixel])

    def svg(self):
        heads = [
            svg.text(174, 14, "before: ink", 13, bold=True),
            svg.text(470, 14, f"after: {self.kind}", 13, bold=True),
        ]
        labels = [svg.text(52, 58 + 34 * i, f"a {LABELS[i]}", 13, anchor="end") for i in range(self.examples)]
        whole = self.ink == round(self.ink)
        tables = [
            _cells(self.x, 62, 28, lambda v: _mix("#A8A8A8", v / 16), 0 if whole else 1),
            _frames(*self.together, *self.chosen, 62, 28),
            _cells(self.y, 306, 41, _two_sided, 0 if self.kind == "nothing" and whole else 2),
            _frames(*self.together, *self.chosen, 306, 41),
        ]
        return svg.drawing(640, 258, *heads, *labels, *tables)

    def words(self):
        (row, pixel), x = self.chosen, self.x
        before, after = svg.signed(x[row, pixel], 1), svg.signed(self.y[row, pixel])
        if self.kind == "nothing":
            return f"Pixel {pixel + 1} of the {LABELS[row]} stays {before}."
        if self.kind == "RMS norm":
            mean_square = f"{np.mean(x[row] ** 2):.2f}"
            return (
                f"The mean of the squares of the row is {mean_square}:<br>"
                f"{before} / √({mean_square} + 0.000001) = <b>{after}</b>"
            )
        numbers, whose = {
            "batch norm, training": (x[:, pixel], "of the column"),
            "batch norm, afterwards": (INKS[:, pixel], "remembered from training"),
            "layer norm": (x[row], "of the row"),
        }[self.kind]
        mean, variance = f"{numbers.mean():.2f}", f"{numbers.var():.2f}"
        return (
            f"Mean {mean} and variance {variance}, {whose}:<br>"
            f"({before} − {mean}) / √({variance} + 0.001) = <b>{after}</b>"
        )

    def describe(self):
        (row, pixel), (rows, pixels) = self.chosen, self.together
        partners, examples = len(rows) * len(pixels), self.examples
        decides = "alone" if partners == 1 else f"with the others of its {'column' if len(rows) > 1 else 'row'}"
        return (
            f"Eight pixels of {examples} digit{'s' * (examples > 1)}, before and after “{self.kind}”. Pixel "
            f"{pixel + 1} of the {LABELS[row]} goes from {svg.signed(self.x[row, pixel], 1)} to "
            f"{svg.signed(self.y[row, pixel])}; in this batch its number decides {decides}."
        )


def _cells(numbers, left, width, colour, digits):
    """A cell for each number of a table, in the colour that ``colour`` gives it, and the columns' numbers above."""
    parts = [svg.text(left + width * (j + 0.5), 32, j + 1, 12, GREY) for j in range(8)]
    for (i, j), v in np.ndenumerate(numbers):
        x, y = left + width * j, 42 + 34 * i
        parts.append(svg.box(x, y, width, 32, colour(v), "#fff", 1, 2))
        parts.append(svg.text(x + width / 2, y + 16, svg.signed(v, digits), 12))
    return "".join(parts)


def _frames(rows, pixels, row, pixel, left, width):
    """A frame around the cells that decide together, and a thick one around the chosen one."""
    together = left + width * pixels[0], 42 + 34 * rows[0], width * len(pixels), 34 * len(rows) - 2
    chosen = left + width * pixel, 42 + 34 * row, width, 32
    return svg.box(*together, "none", VERMILION, 2.5, 3) + svg.box(*chosen, "none", INK, 3, 3)


def _mix(colour, share):
    """White with a share of the colour, which may be more than all of it."""
    share = min(max(share, 0), 1)
    rgb = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 + share * (part - 255)):02x}" for part in rgb)


def _two_sided(number):
    """Bluer the further above 0, more orange the further below."""
    return _mix(POSITIVE_SIDE if number >= 0 else NEGATIVE_SIDE, abs(number) / 1.5)
