"""Chapter 03's diagrams: a ball's way down a curve or over a map, and the gradients of many mini-batches."""

import numpy as np

from course_lib.drawing import relief, svg
from course_lib.drawing.chart import GRID, Chart
from course_lib.drawing.palette import BLUE, GREY, VERMILION


def way_down_a_curve(chart, w, losses, path, heights):
    """A curve, and the ball's way on it. w, losses: (n,) of the curve   path, heights: (steps + 1,)"""
    frame = chart.frame("the loss, for each weight", "weight w₁", range(-3, 4), range(0, 11, 2))
    return frame + chart.curve(w, losses, GREY) + _within(chart, relief.trail(_wide(chart).points(path, heights)))


def way_over_a_map(chart, layers, path):
    """A map, and the ball's way on it. layers: as of ``relief.layers``   path: (steps + 1, 2)"""
    parts = [svg.polygon(chart.points(*region.T), shade) for region, shade in layers]
    ticks = range(-3, 4)
    parts.append(chart.frame("the map: darker is lower; w₂ goes up", "weight w₁", ticks, ticks, grid=False))
    return "".join([*parts, _within(chart, relief.trail(_wide(chart).points(*path.T)))])


def loss_of_each_step(chart, losses):
    """losses: (steps + 1,)"""
    end = chart.x_ends[1]
    places = _wide(chart).points(np.arange(len(losses)), losses)
    line = svg.path(places, VERMILION, 2) + svg.circle(*places[-1], 4, VERMILION, "#fff")
    return chart.frame("the loss, for each step", "step", (0, end), range(0, 11, 2)) + _within(chart, line)


def _wide(chart):
    """The same chart, where what lies far outside is drawn outside: its line leaves the frame where it is true."""
    return Chart(chart.left, chart.top, chart.width, chart.height, chart.x_ends, chart.y_ends, beyond=2000)


def _within(chart, *parts, room=8):
    """Cut at the frame, with room for a ball on its edge."""
    return svg.window(chart.left - room, chart.top - room, chart.width + 2 * room, chart.height + 2 * room, *parts)


def fan(angles, lengths):
    """Gradients of mini-batches beside that of all, to scale: half of them are drawn upwards, half downwards.

    angles: (n,), to the full gradient, in degrees   lengths: (n,), in full gradients
    """
    x, y, radius = 150, 160, 108
    # In doublings, so that another draw does not change it all the time.
    edge = 1.25 * 2 ** np.ceil(np.log2(max(lengths.max(), 1) / 1.25))
    parts = [
        svg.text(22, 23, "the gradients of forty mini-batches", 13, anchor="start", bold=True),
        svg.circle(x, y, radius, "none", GRID, 1),
        svg.line(x, y, x + radius, y, GREY, 1, dashed=True),
    ]
    for k, (angle, length) in enumerate(zip(np.radians(angles), lengths * radius / edge, strict=True)):
        up = 1 if k % 2 else -1
        end = x + length * np.cos(angle), y - up * length * np.sin(angle)
        parts += [svg.line(x, y, *end, BLUE, 1), svg.circle(*end, 2.5, BLUE, "none", 0)]
    parts += [
        svg.line(x, y, x + radius / edge, y, VERMILION, 4),
        svg.circle(x + radius / edge, y, 5, VERMILION, "#fff", 1.5),
        svg.text(x + radius + 8, y, "that of all", 12, anchor="start"),
        svg.text(x, 286, f"the circle: {edge:g} times the full gradient", 12),
        svg.text(x, 302, f"middle angle: {np.median(angles):.0f}°", 12),
    ]
    return "".join(parts)


def noise_law(computed, size, noise, most):
    """Both axes count in doublings, so that halving the noise is the same distance everywhere.

    computed: {size: noise} of the line   size, noise: of the dot, which a batch of all, ``most`` examples, has not
    """
    chart = Chart(370, 40, 216, 220, (2**-0.4, 2**10.4), (1 / 8, 256), log="xy")
    parts = [
        chart.frame("noise (in full gradients)", "examples in the batch", (), ()),
        chart.x_ticks({n: f"{n:,}" for n in (1, 4, 16, 64, 256, most)}),
        chart.y_ticks({1 / 4: "¼", 1: "1", 4: "4", 16: "16", 64: "64", 256: "256"}, beside=7),
        chart.curve(*map(np.array, (list(computed), list(computed.values()))), GREY),
        svg.circle(*chart.at(size, noise), 6, BLUE, "#fff", 1.5) if size < most else "",
        svg.text(578, 56, "line: computed", 12, anchor="end"),
        svg.text(578, 72, "dot: these forty", 12, anchor="end"),
    ]
    return "".join(parts)
