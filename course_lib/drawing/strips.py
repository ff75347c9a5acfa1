"""Many runs in one figure: a strip of dots for each group of numbers, a band for each bundle of curves."""

from itertools import cycle

import numpy as np

from course_lib.drawing.palette import INK, LINE_COLOURS

MARKERS, LINE_STYLES = "osD^vP", ("-", "--", "-.", ":", "-", "--")
# The looks of groups, each with a colour and a mark of its own, so that none is told by its colour alone.
LOOKS = tuple(zip(LINE_COLOURS, MARKERS, strict=True))


def strip_plot(axes, groups, looks, spread, markersize=7, alpha=0.8, median=None, linewidth=1.5):
    """One dot for each number, a row for each group, the first on top; the groups' names on the left.

    groups: {name: (numbers,)}   looks: (colour, mark) of each row, from the first again where there are too few
    spread: how far a dot may lie from its row's middle   median: how far a stroke at the median reaches; none if None
    """
    for row, (numbers, (colour, mark)) in enumerate(zip(groups.values(), cycle(looks), strict=False)):
        heights = row + spread * np.linspace(-1, 1, len(numbers))
        axes.plot(numbers, heights, mark, color=colour, markersize=markersize, alpha=alpha, linestyle="none")
        if median:
            ends = [row - median, row + median]
            axes.plot([np.median(numbers)] * 2, ends, color=INK, linestyle="-", linewidth=linewidth)
    axes.set(yticks=range(len(groups)), yticklabels=list(groups), ylim=(len(groups) - 0.5, -0.5))


def band_plot(axes, runs, colour, **line):
    """The median of the runs as a line over 1, 2, 3, …, and a band from the least to the greatest of them.

    runs: (runs, places)   line: more about the line, as in ``axes.plot``
    """
    places = np.arange(1, runs.shape[1] + 1)
    axes.fill_between(places, runs.min(axis=0), runs.max(axis=0), color=colour, alpha=0.2, linewidth=0)
    axes.plot(places, np.median(runs, axis=0), color=colour, **line)
