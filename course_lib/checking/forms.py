"""What a learner's model is, seen in its description and in what it says: deep or not, straight, squeezed.

A description is that of ``model_answer``: parameters, shapes, layers, activations, bends.
"""

import numpy as np


def hidden_layers(model):
    """How many layers with a kernel there are before the last one, wherever they stand."""
    return sum(len(shape) > 1 for shape in model["shapes"]) - 1


def are_shares(outputs):
    """Whether each row of the outputs, (n, classes), holds numbers from 0 that add up to 1."""
    return bool(outputs.min() >= 0 and np.allclose(outputs.sum(axis=1), 1, atol=1e-3))


def is_flat(x, outputs):
    """Whether the outputs (n, 1) are w · x + b for some w and b."""
    with_one = np.column_stack([x, np.ones(len(x))])
    nearest = with_one @ np.linalg.lstsq(with_one, outputs, rcond=None)[0]
    return bool(np.abs(nearest - outputs).max() <= 1e-4 * max(1.0, np.abs(outputs).max()))


def is_squeezed(model, outputs):
    """Whether the outputs come from a layer that lets none beyond −1 and 1, or none below 0.

    A last layer that is known to be linear squeezes nothing, however small its outputs are.
    """
    linear = model["layers"][-1] == "Dense" and model["activations"][-1] == "linear"
    return bool(not linear and (np.abs(outputs).max() <= 1 or outputs.min() >= 0))
