"""Many small networks that learn side by side: what chapter 12 compares is measured on twenty of each."""

from itertools import pairwise

import numpy as np

from course_lib.activations import softmax

OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adam")


class Many:
    """N dense networks with ReLU and logits, each with its own rate, dropout, decay, weights and order of examples.

    rates, dropout, decay: numbers, or (N,)   x: (n, features), or each its own (N, n, features)   y: (n,) or (N, n)
    weights: (classes,), what an example of that class counts
    """

    def __init__(self, count, widths, rates=0.003, optimizer="adam", dropout=0.0, decay=0.0, seed=0, weights=None):
        self.rng, self.optimizer, self.count, self.time = np.random.default_rng(seed), optimizer, count, 0
        self.rates, self.dropout, self.decay = (
            np.broadcast_to(np.asarray(value, "float32"), count)[:, None, None] for value in (rates, dropout, decay)
        )
        self.class_weights = np.ones(widths[-1]) if weights is None else np.asarray(weights, float)
        self.params = []
        for inputs, units in pairwise(widths):
            kernel = self.rng.standard_normal((count, inputs, units)) * np.sqrt(2 / inputs)
            self.params += [kernel.astype("float32"), np.zeros((count, 1, units), "float32")]
        self.first, self.second = ([np.zeros_like(w) for w in self.params] for _ in range(2))

    def logits(self, x, training=False):
        """(N, examples, classes)"""
        x = np.asarray(x, "float32")
        self.inputs = []
        for k in range(0, len(self.params), 2):
            self.inputs.append(x)
            x = x @ self.params[k] + self.params[k + 1]
            if k + 2 < len(self.params):
                x = np.maximum(x, 0)
                if training and self.dropout.any():
                    x = x * (self.rng.random(x.shape, "float32") >= self.dropout) / (1 - self.dropout)
        return x

    def gradients(self, x, y):
        """Of each network's mean loss on its own batch. x: (N, batch, features)   y: (N, batch)"""
        d = softmax(self.logits(x, training=True))
        np.put_along_axis(d, y[..., None], np.take_along_axis(d, y[..., None], -1) - 1, -1)
        d = (d * self.class_weights[y][..., None] / y.shape[1]).astype("float32")
        grads = [None] * len(self.params)
        for k in range(len(self.params) - 2, -1, -2):
            into = self.inputs[k // 2]
            grads[k : k + 2] = into.swapaxes(1, 2) @ d, d.sum(axis=1, keepdims=True)
            if k:
                d = (d @ self.params[k].swapaxes(1, 2)) * (into > 0) / (1 - self.dropout)
        return grads

    def step(self, x, y):
        self.time += 1
        for k, (w, g) in enumerate(zip(self.params, self.gradients(x, y), strict=True)):
            w -= self.rates * (self._direction(k, g) + (self.decay * w if k % 2 == 0 else 0))

    def _direction(self, k, g):
        if self.optimizer == "sgd":
            return g
        if self.optimizer == "momentum":
            self.first[k] = 0.9 * self.first[k] + g
            return self.first[k]
        if self.optimizer == "rmsprop":
            self.second[k] = 0.9 * self.second[k] + 0.1 * g**2
            return g / (np.sqrt(self.second[k]) + 1e-7)
        self.first[k] = 0.9 * self.first[k] + 0.1 * g
        self.second[k] = 0.999 * self.second[k] + 0.001 * g**2
        first, second = self.first[k] / (1 - 0.9**self.time), self.second[k] / (1 - 0.999**self.time)
        return first / (np.sqrt(second) + 1e-7)

    def fit(self, x, y, epochs=30, batch_size=32, watch=()):
        """Returns for each of watch, pairs (x, y), the shares right and the losses, after each epoch: (epochs, 2, N)"""
        own, n = np.ndim(x) == 3, np.shape(x)[-2]
        seen, rows = [], np.arange(self.count)[:, None]
        for _ in range(epochs):
            order = self.rng.random((self.count, n)).argsort(axis=1)
            for start in range(0, n, batch_size):
                i = order[:, start : start + batch_size]
                self.step(x[rows, i] if own else x[i], y[rows, i] if own else y[i])
            seen.append([self.judged(*pair) for pair in watch])
        return [np.array(of_one) for of_one in zip(*seen, strict=True)]

    def judged(self, x, y):
        """(2, N): the share right, and the mean loss."""
        with np.errstate(all="ignore"):
            z = self.logits(x).astype(float)
            y = np.broadcast_to(y, z.shape[:2])
            z = z - z.max(axis=-1, keepdims=True)
            of_truth = np.take_along_axis(z, y[..., None], -1)[..., 0]
            return np.array([(z.argmax(-1) == y).mean(-1), (np.log(np.exp(z).sum(-1)) - of_truth).mean(-1)])
