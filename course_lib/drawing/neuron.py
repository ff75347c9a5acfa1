"""Chapter 01's diagrams: a neuron's terms, its activation and its line in the plane, and a perceptron's mistakes."""

import numpy as np

from course_lib.activations import ACTIVATIONS
from course_lib.drawing import svg
from course_lib.drawing.chart import Chart
from course_lib.drawing.network import Network
from course_lib.drawing.palette import BLUE, GREEN, INK, ORANGE, VERMILION
from course_lib.drawing.plane import Plane


def neuron_diagram(x, w, b, activation, down=0):
    """The inputs, their terms, the sum, the activation and the output, 340 wide and 270 high. x, w: (3,)"""
    z = float(w @ x + b)
    y = float(ACTIVATIONS[activation](z))
    parts = [
        _terms(x, w),
        svg.weight_line(176, 222, 176, 125, b),
        svg.text(176, 236, f"b = {svg.signed(b, 1)}", 13),
        svg.line(176, 125, 222, 125),
        svg.circle(176, 125, 27),
        svg.text(176, 115, "Σ", 15, bold=True),
        svg.text(176, 134, svg.signed(z), 13),
        _activation_box(activation, z),
        svg.text(250, 168, activation, 13),
        svg.line(278, 125, 296, 125),
        svg.text(314, 105, "y", 13),
        svg.text(300, 125, svg.signed(y), 15, anchor="start", bold=True),
    ]
    return f'<g transform="translate({down / 2:.0f} {down / 3:.0f})">{"".join(parts)}</g>'


def _terms(x, w):
    """The inputs, one above the other, and their terms on the lines to the sum. x, w: (3,)"""
    network = Network((3, 1), 32, 125, 144, 70)
    parts = [network.connections([w[:, None]], lit=(1, 0))]
    for i, term in enumerate(w * x):
        left, y = network.at(0, i)
        across, down = 96, y + (125 - y) * 0.45
        parts += [
            svg.circle(left, y, 22),
            svg.text(left, y, svg.signed(x[i], 1)),
            svg.text(left, y - 31, f"x{'₁₂₃'[i]}", 13),
            svg.box(across - 20, down - 9, 40, 18, "#fff", "none", 0, 4),
            svg.text(across, down, svg.signed(term), 13),
        ]
    return "".join(parts)


def _activation_box(activation, z):
    """The activation's curve from -4 to 4, and where on it the sum z stands."""
    f, x = ACTIVATIONS[activation], np.linspace(-4, 4, 81)
    chart = Chart(228, 105, 44, 40, (-4, 4), (min(f(x).min(), 0), f(x).max()))
    return svg.box(222, 97, 56, 56) + chart.curve(x, f(x), BLUE, 2.0) + svg.circle(*chart.at(z, f(z)), 4, VERMILION)


def decision(plane, x, w, b):
    """The line where the sum is 0, over the first two inputs, and the point that they are. x, w: (3,)"""
    return "".join(
        [
            plane.sides(w[0], w[1], b + w[2] * x[2]),
            plane.axes(),
            svg.circle(*plane.at(x[0], x[1]), 8, VERMILION, "#fff", 2),
            svg.text(plane.middle, plane.top - 30, "the line where the sum is 0", 13, bold=True),
            svg.text(plane.middle, plane.top - 14, f"(for x₃ = {svg.signed(x[2], 1)}); drag the point", 12),
            svg.text(plane.middle, plane.bottom + 38, "blue: sum above 0 · orange: below", 12),
        ]
    )


def history(mistakes, rounds):
    """One column a round: how many of its four looks were mistakes. mistakes: (rounds so far,)"""
    chart = Chart(301, 50, 19 * rounds, 180, (0, rounds), (0, 4))
    parts = [svg.text(410, 14, "mistakes in each round", 13), svg.line(300, 230, 530, 230)]
    parts.append(chart.x_ticks({k + 0.5: k + 1 for k in range(rounds)}, below=14))
    for k, count in enumerate(mistakes):
        left, top = chart.at(k, count)
        bar = svg.box(left + 3, top, 13, chart.bottom - top, VERMILION, "none", 0, 2)
        parts.append(bar if count else svg.text(left + 9.5, 220, "0", 13, GREEN, bold=True))
    return "".join([*parts, chart.y_ticks(range(5), beside=9, grid=False), svg.text(414, 260, "round", 12)])


def gate_plane(w, b, inputs, y, example=-1):
    """A perceptron's two sides, the four pairs with what is wanted, and a ring around the one that it looks at."""
    plane = Plane(40, 30, 200, -0.5, 1.5)
    parts = [plane.sides(*w, b), plane.axes(), svg.text(plane.middle, 14, "blue: says 1 · orange: says 0", 13)]
    if example >= 0:
        parts.append(svg.circle(*plane.at(*inputs[example]), 19, "none", VERMILION, 3))
    for x, wanted in zip(inputs, y, strict=True):
        parts.append(svg.circle(*plane.at(*x), 12, BLUE if wanted else ORANGE, "#fff", 2))
        # Dark on orange, white on blue: both can be read.
        parts.append(svg.text(*plane.at(*x), wanted, 14, "#fff" if wanted else INK, bold=True))
    return "".join(parts)


def sum_in_words(x, w, b, activation):
    """A neuron's arithmetic as HTML: the sum of products, of terms, and the output. x, w: (3,)"""
    z, bias = float(w @ x + b), svg.signed(b, 1)
    terms, output = " + ".join(f"({svg.signed(term)})" for term in w * x), float(ACTIVATIONS[activation](z))
    return (
        f"sum =  {svg.products(w, x, 1)} + ({bias})<br>{6 * '&nbsp;'}= {terms} + ({bias}) = <b>{svg.signed(z)}</b><br>"
        f"output = {activation}({svg.signed(z)}) = <b>{svg.signed(output, 4)}</b>"
    )


def look_in_words(updates, w, b, y, inputs, right):
    """A perceptron's last look as HTML, and its weights now. y: the gate's answers   right: how many it gives"""
    numbers = f"w₁ = {svg.signed(w[0], 0)}, w₂ = {svg.signed(w[1], 0)}, b = {svg.signed(b, 0)}"
    now = f"{numbers}; <b>{right} of 4 right</b>."
    if not updates:
        return f"Before the first look: {now}"
    last = updates[-1]
    x1, x2 = inputs[last.example].astype(int)
    verdict = "right, nothing changes" if last.y_pred == y[last.example] else "wrong, the line moves"
    return (
        f"Look {len(updates)}, round {last.epoch + 1}: shown ({x1}, {x2}), said {last.y_pred}, "
        f"wanted {y[last.example]}: {verdict}.<br>Now {now}"
    )
