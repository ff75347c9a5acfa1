"""Answers that are networks of step neurons, written as lists of numbers: what they compute."""

import itertools

import numpy as np

from course_lib.checking.answers import NotYet

# The four pairs of truth values.
INPUTS = np.array([*itertools.product((0, 1), repeat=2)])


def step_network_outputs(network):
    """What a network of step neurons, [(kernel, bias), (kernel, bias)], answers to the four pairs of truth values.

    ``NotYet`` if its parts do not fit together: an answer that is judged by what it computes must compute something.
    """
    containers = list, tuple
    if type(network) not in containers or [type(layer) in containers for layer in network] != [True, True]:
        raise NotYet("The network must be a list of two layers, each of them a pair: (kernel, bias).")
    x, width = INPUTS, 2
    for number, layer in enumerate(network, 1):
        kernel, bias = _layer_arrays(layer, number)
        units = len(bias) if number == 1 else 1
        if kernel.shape != (width, units) or bias.shape != (units,):
            raise NotYet(
                f"Layer {number}: its kernel has the shape {kernel.shape} and its bias {bias.shape}; "
                f"({width}, {units}) and ({units},) would fit together: a row for each input, a column for each neuron."
            )
        x, width = (x @ kernel + bias >= 0).astype(int), units
    return dict(zip(["0, 0", "0, 1", "1, 0", "1, 1"], x[:, 0].tolist(), strict=True))


def _layer_arrays(layer, number):
    try:
        kernel, bias = (np.array(part, float) for part in layer)
        sound = bias.ndim == 1 and np.isfinite(kernel).all() and np.isfinite(bias).all()
    # What a learner may have put into a layer can fail in any way.
    except Exception:
        sound = False
    if not sound:
        raise NotYet(f"Layer {number} must be a pair (kernel, bias): numbers in two brackets, then numbers in one.")
    return kernel, bias
