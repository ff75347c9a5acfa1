"""Widgets of chapter 06: a signal on its way through a deep network, and which numbers share a mean."""

from functools import lru_cache

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.chart import Chart
from course_lib.drawing.number_table import frames, inked, table, two_sided
from course_lib.drawing.palette import BLUE, GREY, ORANGE, VERMILION
from course_lib.normalization import RECIPES, BatchNormalization, LayerNormalization, RMSNormalization, rms, stack
from course_lib.widgets.base import SvgDemo
from course_lib.widgets.controls import pick, slide
from course_lib.widgets.live import LiveDemo, choice, slider

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
            "A red triangle: more than 1 % of the numbers lie beyond that edge, and are counted at it."
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
    # Each edge by its own numbers: what ReLU passes on never lies below -3.
    for beyond, x, mark in ((values < -3, chart.left - 7, "◀"), (values > 3, chart.right + 7, "▶")):
        if beyond.mean() > 0.01:
            parts.append(svg.text(x, chart.bottom - 5, mark, 12, VERMILION))
    return "".join(parts)


def fate(first, last):
    """What has become of a size on its way, in words."""
    if last == 0:
        return "is gone"
    growth = last / first if first else np.inf
    names = [
        (1e-3, "vanishes"),
        (0.1, "fades"),
        (0.5, "shrinks a little"),
        (2, "keeps its size"),
        (10, "grows a little"),
        (1e3, "grows"),
        (np.inf, "explodes"),
    ]
    return next(name for limit, name in names if growth <= limit)


def size_in_words(size):
    """0.020, 64 or 3·10⁻²⁸: two digits, or one and a power, short enough to stand in a picture."""
    if size == 0:
        return "0"
    if 0.005 <= size < 999.5:
        # What is rounded first decides how many decimals two digits need.
        return f"{size:.{max(1 - int(np.floor(np.log10(float(f'{size:.1e}')))), 0)}f}"
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


class Normalize(LiveDemo):
    """Eight pixels of six digits, before and after: which numbers share a mean; point at a cell, or click it.

    x: a table of your own, up to 6 examples (rows) of up to 8 features   kind: of KINDS   cell: "row,feature", from 0
    """

    name = "normalize"
    picture_width = 640

    def __init__(self, kind="batch norm, training", examples=None, ink=1.0, cell="0,2", x=None):
        self.own = x is not None
        self.table = np.atleast_2d(np.asarray(x, float))[:6, :8] if self.own else INKS
        rows, first = len(self.table), "row 1" if self.own else f"ink of the {LABELS[0]}"
        controls = [
            choice("kind", "normalize", KINDS),
            slider("examples", "examples", 1, rows),
            slider("ink", f"{first} ×", 0.0, 3.0, 0.1),
        ]
        super().__init__(controls, pins=True, kind=kind, examples=examples or rows, ink=ink)
        self.set(cell=cell)

    @property
    def examples(self):
        return self.number("examples")

    @property
    def x(self):
        """The table as it goes in: (examples, features). Its first row can be made stronger or weaker."""
        x = self.table[: self.examples].copy()
        x[0] *= self.number("ink")
        return x

    @property
    def y(self):
        """The table as it comes out."""
        kind, features = self.state["kind"], self.table.shape[1]
        if kind == "nothing":
            return self.x
        if kind.startswith("batch"):
            # With a momentum of 0 it remembers the last batch: all rows as they were.
            layer = BatchNormalization(features, momentum=0.0)
            layer.forward(self.table, training=True)
            return layer.forward(self.x, training="training" in kind)
        return (LayerNormalization if kind == "layer norm" else RMSNormalization)(features).forward(self.x)

    @property
    def chosen(self):
        """(row, feature) that is looked at, from 0; a row that the batch does not have counts as its last."""
        row, _, feature = str(self.state["cell"]).removeprefix("after").partition(",")
        if not (row.isdigit() and feature.isdigit()):
            return 0, 0
        return min(int(row), self.examples - 1), min(int(feature), self.table.shape[1] - 1)

    @property
    def together(self):
        """The rows and features, from 0, whose numbers decide with it what becomes of the chosen one."""
        (row, feature), kind = self.chosen, self.state["kind"]
        if kind == "batch norm, training":
            return list(range(self.examples)), [feature]
        return [row], (list(range(self.table.shape[1])) if kind in ("layer norm", "RMS norm") else [feature])

    def draw(self):
        kind, ink, most = self.state["kind"], self.number("ink"), np.abs(self.table).max() or 1
        digits = 2 if self.own else 0 if ink == round(ink) else 1
        after = digits if kind == "nothing" else 2
        # Beside one another, or where the page is narrow, below.
        wide = 41 if self.own or self.narrow else 28
        x_after, top = (62, 250) if self.narrow else (82 + 8 * wide, 0)
        size = (400 if self.narrow else x_after + 8 * 41 + 6, top + 250)
        tables = [
            table(self.x, 62, 0, wide, lambda v: inked(v / most), digits, "before", "", self.chosen),
            table(self.y, x_after, top, 41, two_sided, after, f"after: {kind}", "after", self.chosen),
            frames(*self.together, *self.chosen, 62, 0, wide),
            frames(*self.together, *self.chosen, x_after, top, 41),
        ]
        names = [
            svg.text(54, down + 58 + 34 * i, f"row {i + 1}" if self.own else f"a {LABELS[i]}", 13, anchor="end")
            for down in sorted({0, top})
            for i in range(self.examples)
        ]
        x, y, (row, feature) = self.x, self.y, self.chosen
        whose = f"row {row + 1}" if self.own else f"the {LABELS[row]}"
        told = in_words(kind, x, y, row, feature, whose, self.together)
        return svg.drawing(*size, *names, *tables), arithmetic(kind, x, y, self.table, row, feature), told


def arithmetic(kind, x, y, before, row, feature):
    """How a number of the table comes to its value after, as HTML. before: the table that is remembered"""
    number, after = svg.signed(x[row, feature], 1), svg.signed(y[row, feature])
    if kind == "nothing":
        return f"Here pixel {feature + 1} stays {number}."
    if kind == "RMS norm":
        mean_square = f"{np.mean(x[row] ** 2):.2f}"
        return (
            f"The mean of the squares of the row is {mean_square}:<br>"
            f"{number} / √({mean_square} + 0.000001) = <b>{after}</b>"
        )
    numbers, whose = {
        "batch norm, training": (x[:, feature], "of the column"),
        "batch norm, afterwards": (before[:, feature], "remembered from training"),
        "layer norm": (x[row], "of the row"),
    }[kind]
    mean, variance = svg.signed(numbers.mean()), f"{numbers.var():.2f}"
    return (
        f"Mean {mean} and variance {variance}, {whose}:<br>"
        f"({number} − {_bracketed(mean)}) / √({variance} + 0.001) = <b>{after}</b>"
    )


def in_words(kind, x, y, row, feature, whose, together):
    """The same as plain text, with who decides. whose: row's name   together: (rows, features) that decide with it"""
    rows, features = map(len, together)
    decides = "alone"
    if rows * features > 1:
        decides = f"with the others of its {'column' if rows > 1 else 'row'}"
    return (
        f"{x.shape[1]} pixels of {len(x)} example{'s' * (len(x) > 1)}, before and after “{kind}”. "
        f"Pixel {feature + 1} of {whose} goes from {svg.signed(x[row, feature], 1)} to "
        f"{svg.signed(y[row, feature])}; in this batch its number decides {decides}."
    )


def _bracketed(number):
    return f"({number})" if number.startswith("−") else number
