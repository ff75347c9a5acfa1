"""Surfaces: losses of one or two weights that can be drawn, and the way that an optimizer takes over them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_lib import limits

FAR = 1000.0


@dataclass(frozen=True)
class Surface:
    """f(x, y), its slopes slope(x, y) = (df/dx, df/dy), where a walk starts, and where its lowest points lie.

    Or f(x) and slope(x) = (df/dx,) of a single weight. Both take arrays as well, entry by entry.
    """

    f: Callable
    slope: Callable
    start: tuple[float, ...]
    goals: tuple[tuple[float, ...], ...] = ()

    @property
    def weights(self):
        """How many weights the loss has: 1 or 2."""
        return len(self.start)

    def loss(self, w):
        """The height at w. w: (..., weights)   result: (...)"""
        return self.f(*self._coordinates(w)).T

    def gradient(self, w):
        """The slopes at w, in its shape: (..., weights)."""
        return np.array(self.slope(*self._coordinates(w)), float).T

    def _coordinates(self, w):
        return np.transpose(limits.floats(limits.shape("w", w, ..., self.weights)))


# What optimizers race over.
SURFACES = {
    "bowl": Surface(lambda x, y: (x**2 + y**2) / 2, lambda x, y: (x, y), (8.0, 3.0), ((0.0, 0.0),)),
    # A hundred times as steep across as along: a rate that suits one weight is wrong for the other.
    "ravine": Surface(lambda x, y: (x**2 + 100 * y**2) / 2, lambda x, y: (x, 100 * y), (10.0, 1.0), ((0.0, 0.0),)),
    # The middle is lowest along x and highest along y. The start lies a hair's breadth beside the ridge.
    "saddle": Surface(
        lambda x, y: x**2 / 2 - y**2 / 2 + y**4 / 4,
        lambda x, y: (x, y**3 - y),
        (2.0, 0.001),
        ((0.0, 1.0), (0.0, -1.0)),
    ),
    # A curved valley whose floor hardly falls, from its usual start. Rosenbrock, 1960.
    "Rosenbrock": Surface(
        lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
        lambda x, y: (2 * (x - 1) - 400 * x * (y - x**2), 200 * (y - x**2)),
        (-1.2, 1.0),
        ((1.0, 1.0),),
    ),
}


# x * x and not x**2, which for a single number is now and then another in its last digit than in an array.
def _two_valleys(x):
    """A curve with a local minimum near 1.83 and a lower one, the global, near -2.14."""
    return (x * x - 4) ** 2 / 16 + 0.3 * x


def _two_valleys_slope(x):
    return x * (x * x - 4) / 4 + 0.3


def _pass(y):
    """Between two equally deep places at -2 and 2 lies a pass at 0."""
    return (y * y - 4) ** 2 / 16


# What a ball rolls on: of one weight a curve, of two a map.
LANDSCAPES = {
    "one valley": Surface(lambda x: x * x, lambda x: (2 * x,), (3.0,), ((0.0,),)),
    "two valleys": Surface(_two_valleys, lambda x: (_two_valleys_slope(x),), (3.0,)),
    "a long valley": Surface(
        lambda x, y: 0.1 * (x * x) + y * y,
        lambda x, y: (0.2 * x, 2.0 * y),
        (3.0, 2.0),
        ((0.0, 0.0),),
    ),
    "a saddle": Surface(
        lambda x, y: x * x / 2 + _pass(y),
        lambda x, y: (x, y * (y * y - 4) / 4),
        (-2.5, 0.1),
        ((0.0, 2.0), (0.0, -2.0)),
    ),
    "two basins": Surface(
        lambda x, y: _two_valleys(x) + y * y / 2,
        lambda x, y: (_two_valleys_slope(x), y),
        (2.5, 2.0),
    ),
}


def walk(optimizer, surface, steps, start=None):
    """Where the optimizer is at first and after each step: (steps + 1, weights), or fewer rows where it left the map.

    A walk ends when a coordinate is farther than 1,000 from 0. start: in place of the surface's own
    """
    w = np.array(limits.floats(surface.start if start is None else start), float)
    limits.finite("start", limits.shape("start", w, surface.weights))
    path = [w.copy()]
    for _ in range(limits.whole("steps", steps, 0)):
        optimizer.step([w], [surface.gradient(w)])
        path.append(w.copy())
        if not np.abs(w).max() <= FAR:
            break
    return np.array(path)
