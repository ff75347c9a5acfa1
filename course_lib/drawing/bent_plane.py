"""The plane as the layers of a network bend it: a grid and points on it, wherever a step has taken them."""

import numpy as np

from course_lib.activations import sigmoid
from course_lib.drawing import svg
from course_lib.drawing.field import field
from course_lib.drawing.palette import BLUE, INK, ORANGE, VERMILION
from course_lib.drawing.plane import Plane
from course_lib.neurons import forward

GRID = "#BFC7CE"


def steps_through(x, layers):
    """What x is after each step of the hidden layers, two steps a layer: multiply and add, then activate.

    x: (n, 2)   layers: (kernel, bias, activation) each, two neurons wide   returns: a list of (n, 2), x itself first
    """
    found = [np.asarray(x, float)]
    for kernel, bias, activation in layers:
        found.append(found[-1] @ kernel + bias)
        found.append(activation(found[-1]))
    return found


def grid_lines(reach, lines=13, points=49):
    """Straight lines both ways over a square from -reach to reach: (2 * lines, points, 2)"""
    ends, along = np.linspace(-reach, reach, lines), np.linspace(-reach, reach, points)
    across = np.stack(np.meshgrid(along, ends), axis=-1)
    return np.concatenate([across, across[..., ::-1]])


def bent_plane(plane, lines, x, y, held=-1, under=""):
    """The lines and the points of two classes where they are now, cut at the plane's edges; ``held`` has a red rim.

    lines: (lines, points, 2)   x: (n, 2)   y: (n,) of 0 and 1   under: a drawing that lies under them
    """
    drawn = [svg.path(plane.points(*line.T), GRID, 1) for line in lines]
    for k in np.argsort(np.arange(len(x)) == held, kind="stable"):
        rim, width = (VERMILION, 3) if k == held else ("#fff", 1)
        drawn.append(svg.circle(*plane.at(*x[k]), 6, BLUE if y[k] else ORANGE, rim, width))
    frame = svg.box(plane.left, plane.top, plane.width, plane.height, "none", INK, 1, 0)
    return svg.window(plane.left, plane.top, plane.width, plane.height, under, *drawn) + frame


def before_and_after(left, narrow, x, y, layers, step, held):
    """The plane as the inputs have it, and as it is after so many steps.

    left: where the inputs are drawn   x: (n, 2)   y: (n,) of 0 and 1   held: a point's number, or -1
    layers: as ``forward`` takes them, the hidden ones of two neurons
    """
    *hidden, (kernel, bias, _) = layers
    lines = grid_lines(left.high)
    places = steps_through(np.concatenate([lines.reshape(-1, 2), x]), hidden)[step]
    bent, moved = places[: -len(x)].reshape(lines.shape), places[-len(x) :]
    right = roomy(*((222, 40, 160) if narrow else (430, 40, 300)), places)
    says = field(left, lambda some: sigmoid(forward(some, layers)[-1][:, 0]))
    sides = right.sides(*kernel[:, 0], bias[0]) if step == 2 * len(hidden) else ""
    return svg.drawing(
        *((400, 216) if narrow else (760, 360)),
        bent_plane(left, lines, x, y, held, says),
        bent_plane(right, bent, moved, y, held, sides),
        svg.text(left.left, 22, "the inputs: drag a point", 13, anchor="start", bold=True),
        svg.text(right.left, 22, f"after {step} of {2 * len(hidden)} steps", 13, anchor="start", bold=True),
    )


def step_in_words(step, layers):
    """The last of so many steps, in a sentence or two. layers: as in ``before_and_after``"""
    layer, activation = (step + 1) // 2, layers[max(step - 1, 0) // 2][2].__name__
    if step == 0:
        return "Nothing is done yet: right and left are the same plane."
    if step % 2:
        return f"Layer {layer} has multiplied and added: straight lines are still straight."
    done = f"Layer {layer} has put all through {activation}: that is what bends the lines."
    return done + " The last neuron now draws one straight line." * (step == 2 * len(layers[:-1]))


def roomy(left, top, size, x):
    """A plane around 0 in which all of x lies, with a little room. x: (n, 2)"""
    reach = max(1.15 * float(np.abs(x).max()), 0.1)
    return Plane(left, top, size, -reach, reach)
