"""Experiments of chapter 03: the noise of mini-batches, and what it does to training."""

import numpy as np

from course_lib.losses import sparse_categorical_crossentropy, sparse_categorical_crossentropy_grad
from course_lib.training import batches


def with_one(images):
    """Every picture as a row of numbers with a 1 behind them, whose weights act as biases. (n, 8, 8) -> (n, 65)"""
    rows = images.reshape(len(images), -1).astype(float)
    return np.column_stack([rows, np.ones(len(rows))])


def slopes(kernel, x, y):
    """The gradient of the cross-entropy in the weights of one layer. x: (n, inputs)   y: (n,)   kernel: as returned"""
    return x.T @ sparse_categorical_crossentropy_grad(y, x @ kernel, from_logits=True)


def gradient_noise(kernel, x, y, batch_size, rng, draws=100):
    """How far mini-batch gradients lie from the full one, in units of its length: the root of the mean square."""
    full = slopes(kernel, x, y)
    drawn = [rng.permutation(len(x))[:batch_size] for _ in range(draws)]
    squares = [np.sum((slopes(kernel, x[i], y[i]) - full) ** 2) for i in drawn]
    return np.sqrt(np.mean(squares) / np.sum(full**2))


def losses_by_epoch(x, y, batch_size, learning_rate, epochs, seed, classes=10):
    """Train one layer from zeros; returns the loss over all examples before and after each epoch: (epochs + 1,)."""
    kernel, rng = np.zeros((x.shape[1], classes)), np.random.default_rng(seed)
    losses = [sparse_categorical_crossentropy(y, x @ kernel, from_logits=True)]
    for _ in range(epochs):
        for i in batches(len(x), batch_size, rng):
            kernel -= learning_rate * slopes(kernel, x[i], y[i])
        losses.append(sparse_categorical_crossentropy(y, x @ kernel, from_logits=True))
    return np.array(losses)


def best_runs(x, y, batch_size, epochs=3, seeds=5, rates=(0.1, 0.3, 1.0, 2.0)):
    """The losses of a run for each seed, with the rate whose mean came lowest: (seeds, epochs + 1)."""
    runs = [
        np.array([losses_by_epoch(x, y, batch_size, rate, epochs, seed) for seed in range(seeds)]) for rate in rates
    ]
    return min(runs, key=lambda losses: losses[:, -1].mean())
