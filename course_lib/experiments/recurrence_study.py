"""What takes minutes for chapter 08 and is kept: ``python -m course_lib.experiments.recurrence_study PART …``

Parts: ``rates recall clipping windows sun days digits readers units``. Each writes what it finds into
``recurrence.json``; ``readers`` keeps the trained weights, too, in ``recurrence.npz``. Settings are chosen where
nothing is claimed: ``rates`` with seeds of its own, ``sun`` by years before the test, ``digits`` on the validation
part, ``readers`` by the last ninth of the training text.
"""

import json
import sys

import numpy as np

from course_lib.data import digits as split_digits
from course_lib.data import topics_split
from course_lib.experiments import recurrence, recurrence_readers
from course_lib.layers import Dense
from course_lib.optimizers import Adam

SEEDS = list(range(20))
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
LENGTHS = (10, 20, 40, 60)
STRETCHED_RATES = (0.03, 0.1, 0.3, 1.0, 3.0)
WINDOWS = (5, 10, 20)
WIDTHS = (32, 64)
DIGIT_RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
SUN_RATES, SUN_PASSES = (0.0003, 0.001, 0.003, 0.01), (25, 50, 100, 200, 400)
READER_RATES = (0.0025, 0.005, 0.01, 0.02, 0.04)


def rates(found):
    """The updates that each cell needs to learn 40 and 20 steps, 400 at most, by rate; of three seeds of their own."""
    for name in recurrence.RECALLERS:
        for rate in RATES:
            for length in (40, 20):
                updates = learn_recall_many(name, length, [100, 101, 102], rate)[1]
                yield [name, str(rate), str(length)], updates


def best_rate(name, found):
    """The rate with which it learnt 40 steps the soonest; if it never did, 20 steps."""
    tried = found["rates"][name]
    return float(min(tried, key=lambda rate: [np.mean(tried[rate][length]) for length in ("40", "20")]))


def recall(found):
    """Of each cell and length the shares recalled, each cell at its best rate."""
    for length in LENGTHS:
        for name in recurrence.RECALLERS:
            yield [name, str(length)], learn_recall_many(name, length, SEEDS, best_rate(name, found))[0]


def clipping(found):
    """With and without a limit of 1: the updates by rate, of three seeds of their own; then, at two rates, of all."""
    for name, clip in (("not clipped", None), ("clipped", 1.0)):
        for rate in STRETCHED_RATES:
            runs = (recurrence.learn_stretched(seed, rate, clip) for seed in (100, 101, 102))
            yield ["chosen by", name, str(rate)], [len(losses) for _, losses in runs]
        for rate in (0.3, 1.0):
            runs = [recurrence.learn_stretched(seed, rate, clip) for seed in SEEDS]
            yield [name, str(rate), "share"], [share for share, _ in runs]
            yield [name, str(rate), "updates"], [len(losses) for _, losses in runs]


def windows(found):
    """Of each number of steps that the gradient goes back, the shares recalled of 20 steps by SimpleRNN, each at the
    rate with which three networks of their own learnt it the soonest, or else told the most."""
    for window in WINDOWS:
        tried = {}
        for rate in RATES:
            shares, updates = learn_recall_many("SimpleRNN", 20, [100, 101, 102], rate, window=window)
            tried[rate] = np.mean(updates), -np.mean(shares)
            yield ["chosen by", str(window), str(rate)], [updates, shares]
        best = min(tried, key=tried.get)
        yield ["rates", str(window)], best
        yield ["shares", str(window)], learn_recall_many("SimpleRNN", 20, SEEDS, best, window=window)[0]


def days(found):
    """Of each width of the state, for five seeds, the shares of days right in texts of one to five days."""
    for units in WIDTHS:
        yield [str(units)], [recurrence.learn_days(seed, units) for seed in range(5)]


def sun(found):
    """By rate and passes, how far five networks are off in 1880 to 1928; then how far twenty of the best are, later."""
    years, past, then = recurrence.sun_windows()
    early, later = years < 1880, years > 1928
    chosen_by = {}
    for rate in SUN_RATES:
        runs = []
        for seed in range(100, 105):
            said = recurrence.sun_forecasts(seed, past, then, early, rate, np.diff([0, *SUN_PASSES]))
            runs.append([recurrence.sun_miss(each, then, ~early & ~later) for each in said])
        for passes, off in zip(SUN_PASSES, np.transpose(runs).tolist(), strict=True):
            yield ["chosen by", str(rate), str(passes)], off
            chosen_by[rate, passes] = np.mean(off)
    best = min(chosen_by, key=chosen_by.get)
    yield ["best"], best
    said = (recurrence.sun_forecast(seed, past, then, ~later, *best) for seed in SEEDS)
    yield ["test"], [recurrence.sun_miss(each, then, later) for each in said]


def digits(found):
    """Readers of digits row by row: by rate, the shares right of the validation part; then, of twenty at the best, of
    the test part: as it is, with 32 blank rows behind each digit, and with as many before it."""
    data, tried = split_digits(), {}
    for rate in DIGIT_RATES:
        runs = [recurrence.digit_reader(data, seed, rate) for seed in (100, 101, 102)]
        shares = [recurrence.share_right(model, data.x_val, data.y_val) for model in runs]
        yield ["chosen by", str(rate)], shares
        tried[rate] = np.mean(shares)
    best = max(tried, key=tried.get)
    yield ["best"], best
    for seed in SEEDS:
        model = recurrence.digit_reader(data, seed, best)
        blank = ((0, 0), (0, 0)), ((0, 32), (0, 0)), ((32, 0), (0, 0))
        filled = (np.pad(data.x_test, ((0, 0), *rows)) for rows in blank)
        yield ["test", str(seed)], [recurrence.share_right(model, x, data.y_test) for x in filled]


def units(found):
    """How surely the best unit of untrained GRUs tells what is inside marks; their embedding is the trained one's."""
    gru, text = recurrence_readers.reader("GRU"), topics_split()[1][:16_000]
    scores = {"quotes": [], "brackets": []}
    for seed in SEEDS:
        states = recurrence_readers.untrained(gru, seed).states(text)
        for name, marks in recurrence_readers.MARKS.items():
            scores[name].append(recurrence_readers.found_unit(states, recurrence_readers.marked(text, *marks))[1])
    yield from (([name], kept) for name, kept in scores.items())


def readers(found):
    """Bits a character of each cell, by rate, on what is kept for choosing; then of the best on the test part."""
    train, test = topics_split()
    cut = len(train) * 8 // 9
    best, arrays = {}, {}
    for cell in recurrence.CELLS:
        for rate in READER_RATES:
            bits = recurrence_readers.train_reader(cell, rate, train[:cut], epochs=2).bits(train[cut:])
            yield [cell, "chosen by", str(rate)], bits
            best[bits, cell] = rate
    for cell in recurrence.CELLS:
        _, rate = min((bits, rate) for (bits, each), rate in best.items() if each == cell)
        reader = recurrence_readers.train_reader(cell, rate, train)
        arrays |= {f"{cell}_{name}": w for name, w in zip(recurrence_readers.ARRAYS, reader.weights(), strict=True)}
        yield [cell, "test"], reader.bits(test)
    np.savez_compressed(recurrence_readers.STORED, **{name: w.astype("float16") for name, w in arrays.items()})


PARTS = {part.__name__: part for part in (rates, recall, clipping, windows, sun, days, digits, readers, units)}


def study(*names):
    """Measure these parts; each number is stored as soon as it is there."""
    found = json.loads(recurrence.STORED.read_text(encoding="utf-8")) if recurrence.STORED.exists() else {}
    for name in names:
        kept = found[name] = {}
        for path, value in PARTS[name](found):
            _put(kept, path, value)
            recurrence.STORED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _put(kept, path, value):
    *folders, last = path
    for folder in folders:
        kept = kept.setdefault(folder, {})
    kept[last] = value


# --- networks side by side: each has its own start and its own batches, as if it were alone; only the matrix products
# know that there are several


def learn_recall_many(name, length, seeds, rate=0.01, steps=400, window=None):
    """(shares, updates) of networks with these seeds: each until it is done, see ``learn_recall``; two lists."""
    rngs = [np.random.default_rng(seed) for seed in seeds]
    many, optimizer, losses = _Many(name, rngs), Adam(rate), []
    done = {}
    while len(losses) < steps and len(done) < len(seeds):
        batches = [recurrence.recall_batch(32, length, rng) for rng in rngs]
        x, y = (np.stack(parts) for parts in zip(*batches, strict=True))
        loss, gradients = many.loss_and_gradients(x, y, window)
        optimizer.step(many.weights, gradients)
        losses.append(loss)
        if len(losses) > 30:
            for k in np.flatnonzero(np.mean(losses[-20:], axis=0) < 0.01):
                if k not in done:
                    done[k] = many.share(k, length, seeds[k]), len(losses)
    shares = [done[k][0] if k in done else many.share(k, length, seed) for k, seed in enumerate(seeds)]
    return shares, [done[k][1] if k in done else steps for k in range(len(seeds))]


class _Many:
    """weights: kernel, recurrent kernel, bias, and kernel and bias of the readout, each (networks, …)."""

    def __init__(self, name, rngs, dtype="float32"):
        cell, keep = recurrence.RECALLERS[name]
        units, alone = recurrence.UNITS, []
        for rng in rngs:
            layer = recurrence.started(recurrence.CELLS[cell](8, units, rng), keep)
            alone.append([*layer.parameters(), *Dense(units, 4, rng).parameters()])
        self.weights = [np.stack(arrays).astype(dtype) for arrays in zip(*alone, strict=True)]
        self.layer = recurrence.CELLS[cell](8, units, np.random.default_rng(0))
        # Both rows of a bias are added here.
        self.layer.params["bias"] = 0

    def forward(self, x):
        """The logits (networks, batch, 4), and what the way back needs. x: (networks, batch, time, 8)"""
        kernel, recurrent, bias, read, read_bias = self.weights
        networks, batch, x = *x.shape[:2], x.astype(kernel.dtype)
        two = bias.ndim == 3
        first, second = (bias[:, 0], bias[:, 1]) if two else (bias, 0 * bias)
        sums = np.einsum("nbti,nig->tnbg", x, kernel, optimize=True) + first[None, :, None]
        states = [[np.zeros((networks * batch, recurrence.UNITS), kernel.dtype)] * self.layer.states]
        memories = []
        for x_sum in sums:
            h = states[-1][0].reshape(networks, batch, -1)
            h_sum = h @ recurrent + second[:, None]
            after, memory = self.layer.step(_flat(x_sum), _flat(h_sum), *states[-1])
            states.append(after)
            memories.append(memory)
        last = states[-1][0].reshape(networks, batch, -1)
        return last @ read + read_bias[:, None], states, memories

    def loss_and_gradients(self, x, y, window=None):
        """The loss of each network (networks,), and the gradients of all weights."""
        recurrent, bias, read = self.weights[1], self.weights[2], self.weights[3]
        logits, states, memories = self.forward(x)
        networks, batch, _ = logits.shape
        loss, gradient = recurrence.LOSS
        losses = [float(loss(y[k], logits[k])) for k in range(networks)]
        dlogits = np.stack([gradient(y[k], logits[k]) for k in range(networks)])
        last = states[-1][0].reshape(networks, batch, -1)
        dstate = [_flat(dlogits @ read.swapaxes(1, 2)), *[0] * (self.layer.states - 1)]
        grads = [np.zeros_like(w) for w in self.weights[:3]]
        first = 0 if window is None else max(0, len(memories) - window)
        for t in reversed(range(first, len(memories))):
            dx_sum, dh_sum, *before = self.layer.step_backward(memories[t], *states[t], *dstate)
            dx_sum, dh_sum = (d.reshape(networks, batch, -1) for d in (dx_sum, dh_sum))
            before[0] = before[0] + _flat(dh_sum @ recurrent.swapaxes(1, 2))
            dstate = before
            grads[0] += x[:, :, t].astype(recurrent.dtype).swapaxes(1, 2) @ dx_sum
            grads[1] += states[t][0].reshape(networks, batch, -1).swapaxes(1, 2) @ dh_sum
            sums = dx_sum.sum(axis=1), dh_sum.sum(axis=1)
            grads[2] += np.stack(sums, axis=1) if bias.ndim == 3 else sums[0]
        return losses, [*grads, last.swapaxes(1, 2) @ dlogits, dlogits.sum(axis=1)]

    def share(self, k, length, seed):
        """The share of new sequences that network k tells right."""
        x, y = recurrence.recall_batch(200, length, np.random.default_rng(10_000 + seed))
        alone = object.__new__(_Many)
        alone.layer, alone.weights = self.layer, [w[k : k + 1] for w in self.weights]
        return float(np.mean(alone.forward(x[None])[0][0].argmax(axis=1) == y))


def _flat(parts):
    """(networks, batch, width) as (networks · batch, width): for a step, one network's sequence is as good as any."""
    return parts.reshape(-1, parts.shape[-1])


if __name__ == "__main__":
    study(*sys.argv[1:])
