"""Activation functions: what a neuron does with its sum. Each acts on every entry alone."""

import numpy as np


def step(x):
    """1 where x >= 0, else 0: the neuron fires or it does not. McCulloch and Pitts, 1943."""
    return np.where(np.asarray(x) >= 0, 1.0, 0.0)


def linear(x):
    """x itself."""
    return np.asarray(x)


def linear_grad(x):
    """1 everywhere."""
    return np.ones_like(x, dtype=float)


def sigmoid(x):
    """1 / (1 + e^-x), arranged so that e^ never overflows."""
    e = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1, e) / (1 + e)


def sigmoid_grad(x):
    """y (1 - y)."""
    y = sigmoid(x)
    return y * (1 - y)


def tanh(x):
    """(e^x - e^-x) / (e^x + e^-x)."""
    return np.tanh(x)


def tanh_grad(x):
    """1 - y²."""
    return 1 - np.tanh(x) ** 2


def relu(x):
    """x where x > 0, else 0."""
    return np.maximum(x, 0)


def relu_grad(x):
    """1 where x > 0, else 0; the corner at 0 takes the slope 0, as in Keras."""
    return np.where(np.asarray(x) > 0, 1.0, 0.0)


ACTIVATIONS = {"step": step, "linear": linear, "sigmoid": sigmoid, "tanh": tanh, "relu": relu}
# Those that a gradient can pass, by Keras' names: the function and its slope.
ACTIVATION_GRADIENTS = {
    "linear": (linear, linear_grad),
    "sigmoid": (sigmoid, sigmoid_grad),
    "tanh": (tanh, tanh_grad),
    "relu": (relu, relu_grad),
}
