"""Chapter 11's cures against learning by heart, each tried on many small networks at once.

x: (networks, examples, 64) float32   y: (networks, examples), whole numbers
"""

from dataclasses import dataclass

import numpy as np

from course_lib import augmentation
from course_lib.activations import softmax
from course_lib.experiments.many_networks import Many

CLASSES, SIDE, BATCH, STEPS, WIDTH, EPSILON = 10, 8, 20, 500, 128, 1e-3


@dataclass(frozen=True)
class Cure:
    """What is done against learning by heart, each at its own strength; 0 is nothing at all.

    held_out: the share of the examples that only say when the weights were best
    networks: how many with other starts answer together
    """

    l1: float = 0.0
    l2: float = 0.0
    decay: float = 0.0
    dropout: float = 0.0
    smoothing: float = 0.0
    noise: float = 0.0
    shift: float = 0.0
    degrees: float = 0.0
    mixup: float = 0.0
    cutout: int = 0
    cutmix: float = 0.0
    held_out: float = 0.0
    batch_norm: bool = False
    width: int = WIDTH
    networks: int = 1


class Stack(Many):
    """64 pixels, ``width`` hidden ReLU neurons, 10 logits, so many times; the starts are Keras' (Glorot uniform)."""

    def __init__(self, count, cure, rng):
        self.cure = cure
        super().__init__(count, (SIDE * SIDE, cure.width, CLASSES), dropout=cure.dropout, seed=rng)
        shape = count, 1, cure.width
        self.mean, self.variance = np.zeros(shape, "f4"), np.ones(shape, "f4")

    def starts(self, count, widths):
        """Glorot's uniform kernels, biases of 0, and a batch norm's gamma and beta."""
        inputs, h, classes = widths
        shapes = [(inputs, h), (1, h), (h, classes), (1, classes)] + [(1, h)] * 2 * self.cure.batch_norm
        ends = [np.sqrt(6 / (rows + columns)) * (rows > 1) for rows, columns in shapes]
        params = [
            self.rng.uniform(-end, end, (count, *shape)).astype("f4") for end, shape in zip(ends, shapes, strict=True)
        ]
        if self.cure.batch_norm:
            params[4] += 1
        return params

    def before_the_bend(self, z, training):
        """A batch norm, if there is one."""
        if not self.cure.batch_norm:
            return z
        if training:
            mean, variance = z.mean(1, keepdims=True), z.var(1, keepdims=True)
            self.mean += 0.01 * (mean - self.mean)
            self.variance += 0.01 * (variance - self.variance)
        else:
            mean, variance = self.mean, self.variance
        self.scale = 1 / np.sqrt(variance + np.float32(EPSILON))
        self.unit = (z - mean) * self.scale
        return self.unit * self.params[4] + self.params[5]

    def back_from_the_bend(self, d):
        """The way back through the batch norm, if there is one."""
        if not self.cure.batch_norm:
            return d, []
        more = [(d * self.unit).sum(1, keepdims=True), d.sum(1, keepdims=True)]
        d = d * self.params[4]
        d = d - d.mean(1, keepdims=True) - self.unit * (d * self.unit).mean(1, keepdims=True)
        return d * self.scale, more

    def step(self, x, targets, rate):
        """One step of Adam as Keras computes it, with the penalties on the two kernels, or AdamW's decay of them."""
        cure, grads = self.cure, self.gradients(x, targets)
        self.time += 1
        pace = np.float32(rate * np.sqrt(1 - 0.999**self.time) / (1 - 0.9**self.time))
        for k, (w, g, m, v) in enumerate(zip(self.params, grads, self.first, self.second, strict=True)):
            if k in (0, 2) and (cure.l1 or cure.l2):
                g = g + np.float32(cure.l1) * np.sign(w) + np.float32(2 * cure.l2) * w
            if k in (0, 2) and cure.decay:
                w *= np.float32(1 - rate * cure.decay)
            m += np.float32(0.1) * (g - m)
            v += np.float32(0.001) * (g * g - v)
            w -= pace * m / (np.sqrt(v) + np.float32(1e-7))

    def loss(self, x, y):
        """The cross-entropy of each network on its examples: (networks,)"""
        p = np.take_along_axis(softmax(self.logits(x)), y[..., None], axis=-1)[..., 0]
        return -np.log(np.maximum(p, 1e-30)).mean(axis=1)

    def probabilities(self, x):
        """(networks, examples, 10) for the same examples, (examples, 64), to all."""
        return softmax(self.logits(x[None]))


def changed(x, targets, cure, rng):
    """A batch as the cure shows it: moved, turned, noisy, cut, mixed with others of the same network's batch."""
    if cure.shift or cure.degrees or cure.noise or cure.cutout:
        images = x.reshape(-1, SIDE, SIDE)
        if cure.shift or cure.degrees:
            images = augmentation.augment(images, rng, cure.shift, cure.degrees)
        if cure.cutout:
            images = augmentation.cutout(images, rng, cure.cutout)
        x = augmentation.noise(images, rng, cure.noise).reshape(x.shape)
    if cure.mixup:
        pairs = [augmentation.mixup(*some, rng, cure.mixup) for some in zip(x, targets, strict=True)]
        x, targets = map(np.stack, zip(*pairs, strict=True))
    if cure.cutmix:
        images = x.reshape(*x.shape[:2], SIDE, SIDE)
        pairs = [augmentation.cutmix(*some, rng, cure.cutmix) for some in zip(images, targets, strict=True)]
        images, targets = map(np.stack, zip(*pairs, strict=True))
        x = images.reshape(x.shape)
    return x.astype("f4"), targets.astype("f4")


def train(x, y, cure=Cure(), rate=0.004, steps=STEPS, seed=0):
    """A ``Stack`` after so many steps with batches of 20; with ``held_out``, with the weights that were best there."""
    rng = np.random.default_rng(seed)
    x, y = (np.repeat(some, cure.networks, axis=0) for some in (x, y))
    keep = round(x.shape[1] * (1 - cure.held_out))
    x, y, x_out, y_out = x[:, :keep], y[:, :keep], x[:, keep:], y[:, keep:]
    stack = Stack(len(x), cure, rng)
    targets = np.eye(CLASSES, dtype="f4")[y] * (1 - cure.smoothing) + cure.smoothing / CLASSES
    best, least, per_epoch = [w.copy() for w in stack.params], np.full(len(x), np.inf), keep // BATCH
    for step in range(steps):
        if step % per_epoch == 0:
            order = rng.random(y.shape).argsort(axis=1)[..., None]
        rows = order[:, step % per_epoch * BATCH :][:, :BATCH]
        stack.step(*changed(np.take_along_axis(x, rows, 1), np.take_along_axis(targets, rows, 1), cure, rng), rate=rate)
        if cure.held_out and step % per_epoch == per_epoch - 1:
            better = (loss := stack.loss(x_out, y_out)) < least
            least = np.where(better, loss, least)
            for kept, w in zip(best, stack.params, strict=True):
                kept[better] = w[better]
    if cure.held_out:
        stack.params = best
    return stack


def accuracy(stack, x, y):
    """The share of right answers of each network, or each group of those that answer together: (groups,)"""
    p = stack.probabilities(x)
    p = p.reshape(-1, stack.cure.networks, *p.shape[1:]).mean(axis=1)
    return (p.argmax(axis=-1) == y).mean(axis=-1)
