"""Many small networks that learn side by side, by NumPy: the first axis of every array is theirs.

What chapters 11 and 12 compare is measured on twenty or forty of each.
"""

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
        self.class_weights = None if weights is None else np.asarray(weights, float)
        self.classes, self.last = widths[-1], 2 * len(widths) - 4
        self.params = self.starts(count, widths)
        self.first, self.second = ([np.zeros_like(w) for w in self.params] for _ in range(2))

    def starts(self, count, widths):
        """kernel, bias, kernel, bias, …: He's normal kernels, and biases of 0."""
        params = []
        for inputs, units in pairwise(widths):
            kernel = self.rng.standard_normal((count, inputs, units)) * np.sqrt(2 / inputs)
            params += [kernel.astype("float32"), np.zeros((count, 1, units), "float32")]
        return params

    def logits(self, x, training=False):
        """(N, examples, classes). What ``gradients`` needs of it is kept."""
        x = np.asarray(x, self.params[0].dtype)
        self.inputs, self.masks = [x], []
        for k in range(0, self.last, 2):
            z = self.before_the_bend(x @ self.params[k] + self.params[k + 1], training)
            self.masks.append(self._mask(z, training))
            x = z * self.masks[-1]
            self.inputs.append(x)
        return x @ self.params[self.last] + self.params[self.last + 1]

    def before_the_bend(self, z, training):
        """What stands between a hidden layer's sums and its ReLU."""
        return z

    def back_from_the_bend(self, d):
        """(slopes of the sums, gradients of more parameters), from the slopes behind ``before_the_bend``."""
        return d, []

    def _mask(self, z, training):
        """0 where ReLU or dropout says 0; else 1, or what makes up for those that were dropped."""
        mask = z > 0
        if training and self.dropout.any():
            mask = mask * (self.rng.random(z.shape, "float32") >= self.dropout)
            mask = mask * (1 / (1 - self.dropout.astype(float))).astype("float32")
        return mask

    def gradients(self, x, y):
        """Of each network's mean cross-entropy on its own batch.

        x: (N, batch, features)   y: (N, batch), whole numbers, or (N, batch, classes), shares
        """
        shares = np.eye(self.classes, dtype="float32")[y] if y.ndim == 2 else y
        d = softmax(self.logits(x, training=True)) - shares
        if self.class_weights is not None:
            d = d * self.class_weights[y][..., None]
        d = (d / y.shape[1]).astype(self.params[0].dtype)
        grads, more = [None] * (self.last + 2), []
        for k in range(self.last, -1, -2):
            into = self.inputs[k // 2]
            grads[k : k + 2] = into.swapaxes(1, 2) @ d, d.sum(axis=1, keepdims=True)
            if k:
                d, new = self.back_from_the_bend((d @ self.params[k].swapaxes(1, 2)) * self.masks[k // 2 - 1])
                more += new
        return grads + more

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
