"""Activation functions: what a neuron does with its sum. Each acts on every entry alone."""

import numpy as np


def step(x):
    """1 where x >= 0, else 0: the neuron fires or it does not. McCulloch and Pitts, 1943."""
    return np.where(np.asarray(x) >= 0, 1.0, 0.0)


def linear(x):
    """x itself."""
    return np.asarray(x)


def sigmoid(x):
    """1 / (1 + e^-x), arranged so that e^ never overflows."""
    e = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1, e) / (1 + e)


def tanh(x):
    """(e^x - e^-x) / (e^x + e^-x)."""
    return np.tanh(x)


def relu(x):
    """x where x > 0, else 0."""
    return np.maximum(x, 0)


ACTIVATIONS = {"step": step, "linear": linear, "sigmoid": sigmoid, "tanh": tanh, "relu": relu}
