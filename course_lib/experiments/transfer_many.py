"""Many small readers that learn side by side: what chapter 14 compares is measured on twenty of each.

All arrays begin with N, the number of readers. Each is the network of ``experiments.transfer``, written in NumPy:
Conv2D(16, 4, strides=2), Dense(64), Dense(outputs), with ReLU between; the first two are its encoder.
"""

from functools import cache
from pathlib import Path

import numpy as np

from course_lib.activations import softmax
from course_lib.data import digits

STORE = Path(__file__).with_name("transfer.npz")
FILTERS, WIDTH, WINDOW, STRIDE = 16, 64, 4, 2
RIDGES = 10.0 ** np.arange(-5, 5)


@cache
def windows(side):
    """The pixels of each window of a picture that is laid out in one row: (windows, 16)"""
    starts = range(0, side - WINDOW + 1, STRIDE)
    rows = [(top + i) * side + left + j for top in starts for left in starts for i in range(4) for j in range(4)]
    return np.reshape(rows, (-1, WINDOW**2))


class Readers:
    """N networks, each with its own weights and examples, that take steps of Adam together.

    side: of the pictures   outputs: classes, or the width of codes   encoders: of other readers, to begin with theirs
    """

    def __init__(self, count, side, outputs=5, seed=0, encoders=None):
        self.rng, self.count, self.time, self.windows = np.random.default_rng(seed), count, 0, windows(side)
        lengths = (WINDOW**2, FILTERS), (len(self.windows) * FILTERS, WIDTH), (WIDTH, outputs)
        self.params = []
        for inputs, units in lengths:
            scale = np.sqrt(2 / inputs) if units != outputs else np.sqrt(0.2 / inputs)
            kernel = scale * self.rng.standard_normal((count, inputs, units))
            self.params += [kernel.astype("float32"), np.zeros((count, 1, units), "float32")]
        if encoders is not None:
            self.params[:4] = [np.resize(w, (count, *w.shape[1:])).copy() for w in encoders.params[:4]]
        self.moments = [(np.zeros_like(w), np.zeros_like(w)) for w in self.params]

    def layers(self, x):
        """What each layer says of x, (N, batch, pixels): maps, (N, batch, windows · 16), features, outputs."""
        self.seen = x[:, :, self.windows].reshape(self.count, -1, WINDOW**2)
        first, second, last = (self.params[k : k + 2] for k in (0, 2, 4))
        maps = np.maximum(self.seen @ first[0] + first[1], 0).reshape(*x.shape[:2], -1)
        features = np.maximum(maps @ second[0] + second[1], 0)
        self.said = [maps, features, features @ last[0] + last[1]]
        return self.said

    def features(self, x):
        """(N, batch, 64): what the encoder makes of x."""
        return self.layers(x)[1]

    def step(self, d, rates, encoder_factor=1.0):
        """A step of Adam along what the loss says of the last layer. rates, encoder_factor: numbers, or (N,)"""
        maps, features, _ = self.said
        d = d.astype("float32")
        grads = [features.swapaxes(1, 2) @ d, d.sum(1, keepdims=True)]
        d = (d @ self.params[4].swapaxes(1, 2)) * (features > 0)
        grads = [maps.swapaxes(1, 2) @ d, d.sum(1, keepdims=True), *grads]
        d = ((d @ self.params[2].swapaxes(1, 2)) * (maps > 0)).reshape(self.count, -1, FILTERS)
        grads = [self.seen.swapaxes(1, 2) @ d, d.sum(1, keepdims=True), *grads]
        self.time += 1
        rates = np.broadcast_to(rates, self.count).astype("float32")[:, None, None]
        of_encoder = rates * np.broadcast_to(encoder_factor, self.count).astype("float32")[:, None, None]
        for k, (w, g, (first, second)) in enumerate(zip(self.params, grads, self.moments, strict=True)):
            first += 0.1 * (g - first)
            second += 0.001 * (g**2 - second)
            size = np.sqrt(second / (1 - 0.999**self.time)) + 1e-7
            w -= (of_encoder if k < 4 else rates) * first / (1 - 0.9**self.time) / size

    def learn(self, x, y, rates, encoder_factor=1.0):
        """A step along the cross-entropy. x: (N, batch, pixels)   y: (N, batch)"""
        d = softmax(self.layers(x)[-1])
        np.put_along_axis(d, y[..., None], np.take_along_axis(d, y[..., None], -1) - 1, -1)
        self.step(d / y.shape[1], rates, encoder_factor)

    def right(self, x, y):
        """(N,): the share read rightly."""
        return (self.layers(x)[-1].argmax(-1) == y).mean(-1)


# --- pictures


def centred(images, rng=None):
    """The digits as they are, in one row each: (..., 64)"""
    return images.reshape(*images.shape[:-2], -1)


def wandering(images, rng):
    """Each digit somewhere on a canvas of 12 × 12: (..., 8, 8) to (..., 144)"""
    flat = images.reshape(-1, 8, 8)
    padded = np.pad(flat, ((0, 0), (4, 4), (4, 4)))
    top, left = rng.integers(0, 5, (2, len(flat)))
    seen = np.lib.stride_tricks.sliding_window_view(padded, (12, 12), (1, 2))[np.arange(len(flat)), top, left]
    return seen.reshape(*images.shape[:-2], 144)


WORLDS = {"centred": (centred, 8), "wandering": (wandering, 12)}


def source():
    """All 901 pictures of 0 to 4 with their labels: none of them is ever asked for again."""
    x, y, x_val, y_val, x_test, y_test = digits()
    x, y = np.concatenate([x, x_val, x_test]), np.concatenate([y, y_val, y_test])
    return x[y < 5], y[y < 5]


def drawn(labels, seeds):
    """For each seed its own ``labels`` pictures of each of 5 to 9, of the training digits: x (N, n, 8, 8), y (N, n)"""
    x, y, *_ = digits()
    rows = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        rows.append(np.concatenate([rng.permutation(np.flatnonzero(y == k))[:labels] for k in range(5, 10)]))
    return x[np.array(rows)], y[np.array(rows)] - 5


def asked(part, world, count):
    """The pictures of 5 to 9 to choose by ("val") or to judge by ("test"): x (N, m, pixels), y (m,) from 0 to 4."""
    split = digits()
    x, y = (split.x_val, split.y_val) if part == "val" else (split.x_test, split.y_test)
    place, _ = WORLDS[world]
    seen = place(x[y >= 5], np.random.default_rng(5 if part == "val" else 6))
    return np.broadcast_to(seen, (count, *seen.shape)), y[y >= 5] - 5


# --- pre-training


@cache
def stored_reader(world):
    """One reader that has learnt 0 to 4, as ``transfer_study encoders`` keeps it, to half precision."""
    reader = Readers(1, WORLDS[world][1])
    with np.load(STORE) as kept:
        reader.params = [kept[f"{world} {k}"].astype("float32") for k in range(len(reader.params))]
    return reader


def pretrained(world, count, seed, epochs=30, rate=0.003, batch_size=64):
    """Readers that have learnt 0 to 4."""
    place, side = WORLDS[world]
    (x, y), readers, rows = source(), Readers(count, side, seed=seed), np.arange(count)[:, None]
    for _ in range(epochs):
        order = readers.rng.random((count, len(x))).argsort(1)
        for start in range(0, len(x), batch_size):
            batch = order[rows, np.arange(start, min(start + batch_size, len(x)))]
            readers.learn(place(x[batch], readers.rng), y[batch], rate)
    return readers


def contrasted(x, count, seed, epochs=30, rate=0.003, temperature=0.2, half=128, negatives=True):
    """Readers that have seen pictures without labels, each in two places. x: (n, 8, 8)   Their outputs are codes of 32.

    negatives: without them the two codes of a picture are only drawn together
    """
    readers, rows = Readers(count, 12, 32, seed), np.arange(count)[:, None]
    for _ in range(epochs):
        order = readers.rng.random((count, len(x))).argsort(1)
        for start in range(0, len(x) - half + 1, half):
            batch = x[order[rows, np.arange(start, start + half)]]
            views = np.concatenate([wandering(batch, readers.rng), wandering(batch, readers.rng)], axis=1)
            codes = readers.layers(views)[-1]
            readers.step((nt_xent_grad if negatives else attraction_grad)(codes, temperature), rate)
    return readers


def nt_xent_grad(codes, temperature):
    """``transfer.nt_xent_grad`` for N batches at once. codes: (N, 2 · half, width), both views one after the other"""
    n, unit = codes.shape[1], codes / _length(codes)
    logits = unit @ unit.swapaxes(1, 2) / temperature
    logits[:, np.arange(n), np.arange(n)] = -np.inf
    d = softmax(logits)
    d[:, np.arange(n), np.roll(np.arange(n), n // 2)] -= 1
    return _along_the_sphere((d + d.swapaxes(1, 2)) @ unit / n / temperature, unit, codes)


def attraction_grad(codes, _=None):
    """Of 1 − cosine between the two views, averaged: nothing holds different pictures apart."""
    unit = codes / _length(codes)
    return _along_the_sphere(-2 * np.roll(unit, codes.shape[1] // 2, axis=1) / codes.shape[1], unit, codes)


def _length(codes):
    return np.linalg.norm(codes, axis=-1, keepdims=True) + 1e-7


def _along_the_sphere(d, unit, codes):
    return (d - unit * (d * unit).sum(-1, keepdims=True)) / _length(codes)


# --- a straight line on top


def probes(features, y, asked_for, ridges=RIDGES, classes=5):
    """Ridge regression on frozen features, in closed form: for each ridge, what is said of each of ``asked_for``.

    features: (N, n, width)   y: (N, n)   asked_for: [(N, m, width)]   returns: [ridge][of asked_for] (N, m)
    """
    middle = features.mean(1, keepdims=True)
    scale = np.sqrt(((features - middle) ** 2).mean((1, 2), keepdims=True)) + 1e-9
    z = ((features - middle) / scale).astype(float)
    width = z.shape[-1]
    alike, target = z @ z.swapaxes(1, 2) / width, np.eye(classes)[y] - 1 / classes
    others = [((x - middle) / scale) @ z.swapaxes(1, 2) / width for x in asked_for]
    solved = (np.linalg.solve(alike + ridge * np.eye(z.shape[1]), target) for ridge in ridges)
    return [[(other @ weights).argmax(-1) for other in others] for weights in solved]
