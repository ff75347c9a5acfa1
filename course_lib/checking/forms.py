"""What a learner's model is, seen in its description and in what it says: deep or not, straight, squeezed.

A description is that of ``model_answer``: parameters, shapes, layers, activations, bends, last bend.
"""

import numpy as np

BOUNDED = {"sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "sparse_sigmoid", "sparsemax", "erf"}
BOUNDED |= {"relu6", "arctan", "sin", "cos", "sign"}


def hidden_layers(model):
    """How many layers with a kernel there are before the last one, wherever they stand."""
    return sum(len(shape) > 1 for shape in model["shapes"]) - 1


def are_shares(outputs):
    """Whether each row of the outputs, (n, classes), holds numbers from 0 that add up to 1."""
    return bool(outputs.min() >= 0 and np.allclose(outputs.sum(axis=1), 1, atol=1e-3))


def nearest_plane(x, y):
    """The weights, and the bias behind them, for which w · x + b is nearest to y, by least squares."""
    return np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)[0]


def is_flat(x, outputs):
    """Whether the outputs (n, 1) are w · x + b for some w and b."""
    *w, b = nearest_plane(x, outputs)
    return bool(np.abs(x @ w + b - outputs).max() <= 1e-4 * max(1.0, np.abs(outputs).max()))


def is_squeezed(model, outputs):
    """Whether the outputs are squeezed after the last kernel: by what has bounds, or so that none goes beyond −1 and 1,
    or none below 0.

    Where they come straight from a kernel nothing squeezes them, however small they are; and what comes between bounds
    stays so, however much it is multiplied afterwards.
    """
    bend = model["last bend"]
    return bool(bend in BOUNDED or (bend and (np.abs(outputs).max() <= 1 or outputs.min() >= 0)))
