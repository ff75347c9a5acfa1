"""Surfaces: losses of two weights that can be drawn as a map, and the way an optimizer takes over them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

FAR = 1000.0


@dataclass(frozen=True)
class Surface:
    """f(x, y), its slopes slope(x, y) = (df/dx, df/dy), where a walk starts, and where its lowest points lie."""

    f: Callable
    slope: Callable
    start: tuple[float, float]
    goals: tuple[tuple[float, float], ...]

    def gradient(self, w):
        """The slopes at w: (2,)."""
        return np.array(self.slope(*w), float)


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


def descend(optimizer, surface, steps, start=None):
    """Where the optimizer is at first and after each step: (steps + 1, 2), or fewer rows where it left the map.

    A walk ends when a coordinate is farther than 1,000 from 0. start: in place of the surface's own
    """
    w = np.array(surface.start if start is None else start, float)
    if w.shape != (2,) or not np.isfinite(w).all():
        raise ValueError(f"start must be two finite numbers, got {start}")
    path = [w.copy()]
    for _ in range(steps):
        optimizer.step([w], [surface.gradient(w)])
        path.append(w.copy())
        if not np.abs(w).max() <= FAR:
            break
    return np.array(path)
