"""A network in a diagram: its neurons in columns, a layer each, and a line for every weight between them."""

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.palette import INK, VERMILION
from course_lib.drawing.plane import NEGATIVE_SIDE, POSITIVE_SIDE

SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"


class Network:
    """Where the neurons of a network stand in a drawing.

    widths: how many neurons each layer has, the inputs first
    left: the middle of the first column   middle: the height around which all columns stand
    across, down: from one column to the next, and from one neuron to the next below it
    """

    def __init__(self, widths, left, middle, across, down):
        self.widths, self.left, self.middle, self.across, self.down = widths, left, middle, across, down

    def at(self, layer, i):
        """The middle of a neuron: (across, down)."""
        return self.left + self.across * layer, self.middle + (i - (self.widths[layer] - 1) / 2) * self.down

    def connections(self, kernels, lit):
        """A line for each weight, faint but for those into the neuron ``lit``: (layer, neuron), or None.

        kernels: one for each layer after the inputs, (inputs, units)
        """
        parts = []
        for k, kernel in enumerate(kernels, 1):
            for (i, j), weight in np.ndenumerate(kernel):
                faint = (k, j) != lit
                parts.append((not faint, svg.weight_line(*self.at(k - 1, i), *self.at(k, j), weight, faint)))
        # Those of the neuron that is looked at lie over the others.
        return "".join(part for _, part in sorted(parts, key=lambda pair: pair[0]))

    def column(self, layer, letter, values, chosen, cells=False):
        """A layer's neurons with their values, in the colours of their signs. chosen: (layer, neuron)

        values: (units,), None for what is not known yet, which is drawn as a question mark
        cells: whether each can be clicked, as "layer,neuron"
        """
        parts = []
        for i, value in enumerate(values):
            x, y = self.at(layer, i)
            fill = "#fff" if value is None else POSITIVE_SIDE if value >= 0 else NEGATIVE_SIDE
            colour, width = (VERMILION, 3) if chosen == (layer, i) else (INK, 1.5)
            name, said = f"{letter}{SUBSCRIPTS[i + 1]}", "?" if value is None else svg.signed(value)
            drawn = svg.circle(x, y, 28, fill, colour, width) + svg.text(x, y - 11, name, 12) + svg.text(x, y + 6, said)
            role = f'data-cell="{layer},{i}" tabindex="-1" role="button" aria-label="{name}: {said}"'
            parts.append(f"<g {role}>{drawn}</g>" if cells else drawn)
        return "".join(parts)


def letter(layer, last):
    """What the neurons of a layer are called: x for inputs, y for outputs, h for what is hidden."""
    return "x" if layer == 0 else "y" if layer == last else "h"


def flow(outputs, kernels, done, chosen, width):
    """A network whose values are known up to the layer ``done``; its neurons can be clicked.

    outputs: what every layer puts out, the inputs first, (units,) each   kernels: (inputs, units) each
    chosen: (layer, neuron)   width: of the drawing
    """
    widths, last = [len(output) for output in outputs], len(kernels)
    edge = 46 if width < 500 else 110
    network = Network(widths, edge, 34 + 35 * max(widths), (width - 2 * edge) / last, 70)
    heads, neurons = [], []
    for k, output in enumerate(outputs):
        name = "input" if k == 0 else "output" if k == last else "hidden"
        heads.append(svg.text(network.at(k, 0)[0], 14, f"{name} ({len(output)})", 13, bold=k == done))
        values = output if k <= done else [None] * len(output)
        neurons.append(network.column(k, letter(k, last), values, chosen, cells=True))
    connections = network.connections(kernels, chosen if chosen[0] <= done else None)
    return svg.drawing(width, 46 + 70 * max(widths), *heads, connections, *neurons)


def arithmetic(layers, outputs, done, k, j):
    """How neuron j of layer k comes to its value, as HTML. layers: as ``forward`` takes them

    outputs: what each layer puts out, the inputs first   done: the layers that are computed
    """
    name = f"{letter(k, len(layers))}{SUBSCRIPTS[j + 1]}"
    if k > done:
        return f"{name} is not computed yet: click it, or move “layers done” to {k}."
    if k == 0:
        return f"{name} = <b>{svg.signed(outputs[0][j])}</b> is an input: nothing is computed here."
    (kernel, bias, activation), before = layers[k - 1], outputs[k - 1]
    total = svg.signed(before @ kernel[:, j] + bias[j])
    return (
        f"sum = {svg.products(before, kernel[:, j], 2)} + ({svg.signed(bias[j], 1)}) = <b>{total}</b><br>"
        f"{name} = {activation.__name__}({total}) = <b>{svg.signed(outputs[k][j])}</b>"
    )
