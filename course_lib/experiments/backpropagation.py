"""The experiment of chapter 04: how long a backward pass takes beside a forward one."""

import time

import numpy as np

from course_lib.layers import dense_stack


def time_passes(widths, batch, repeats=7):
    """(milliseconds forward, milliseconds backward, parameters) of dense layers with tanh: the best of some repeats."""
    rng = np.random.default_rng(0)
    network = dense_stack(widths, "tanh", rng, last="tanh")
    x, dy = rng.normal(size=(batch, widths[0])), rng.normal(size=(batch, widths[-1]))
    times = [(_milliseconds(network.forward, x), _milliseconds(network.backward, dy)) for _ in range(repeats)]
    return *np.min(times, axis=0), sum(p.size for p in network.parameters())


def _milliseconds(function, x):
    start = time.perf_counter()
    function(x)
    return 1000 * (time.perf_counter() - start)
