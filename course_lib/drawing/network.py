"""A network in a diagram: its neurons in columns, a layer each, and a line for every weight between them."""

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.palette import INK, VERMILION
from course_lib.drawing.plane import NEGATIVE_SIDE, POSITIVE_SIDE


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

    def column(self, layer, letter, values, chosen):
        """A layer's neurons with their values, in the colours of their signs. chosen: (layer, neuron)

        values: (units,), None for what is not known yet, which is drawn as a question mark
        """
        parts = []
        for i, value in enumerate(values):
            x, y = self.at(layer, i)
            fill = "#fff" if value is None else POSITIVE_SIDE if value >= 0 else NEGATIVE_SIDE
            colour, width = (VERMILION, 3) if chosen == (layer, i) else (INK, 1.5)
            parts += [
                svg.circle(x, y, 28, fill, colour, width),
                svg.text(x, y - 11, f"{letter}{'₁₂₃₄₅₆₇₈₉'[i]}", 12),
                svg.text(x, y + 6, "?" if value is None else svg.signed(value)),
            ]
        return "".join(parts)
